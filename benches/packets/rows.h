/* What the programs in C and C++ write: native values, most of them made before the first record. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS 8
#define POOL 1000

struct row {
    char no[16];
    const char *description, *note;
    int64_t quantity;
    int64_t price;    /* in hundredths */
    int64_t due_date; /* days since 1970-01-01 */
    int64_t changed;  /* seconds since 1970-01-01T00:00:00Z */
    int blocked;
};

static struct row pool[POOL];

static void make_pool(const char *path)
{
    static char lines[2 * TEXTS][128];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    for (int i = 0; i < 2 * TEXTS; i++) {
        if (fgets(lines[i], sizeof lines[i], file) == NULL)
            abort();
        lines[i][strcspn(lines[i], "\n")] = '\0';
    }
    fclose(file);
    for (int64_t i = 0; i < POOL; i++) {
        struct row *row = &pool[i];
        row->description = lines[i % TEXTS];
        row->note = lines[TEXTS + i % TEXTS];
        row->quantity = i * 7 % 1000 - 100;
        row->price = i * 3737 % 100000;
        row->due_date = 20454 + i % 365; /* from 2026-01-01 */
        row->changed = INT64_C(1767225600) + i * 30011;
        row->blocked = i % 3 == 0;
    }
}

/* The row with this number, until the next call. */
static const struct row *row_of(uint64_t number)
{
    struct row *row = &pool[number % POOL];
    memcpy(row->no, "I0000000", 9);
    for (char *digit = row->no + 7; number > 0; number /= 10)
        *digit-- = (char)('0' + number % 10);
    return row;
}
