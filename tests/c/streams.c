/*
 * streams FOLDER [BYTES]: sends and receives a file of that size (1 GiB if not said) through a sandbox, and writes and reads a
 * packet of an eighth of that. It fails if the process needed more than 32 MiB for one of these, for a packet 16 MiB, or if a byte
 * is wrong. Its files are in FOLDER and removed again.
 *
 * Against a sandbox (see sandbox.h for its settings).
 */

#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

#include "check.h"
#include "memory_use.h"
#include "sandbox.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 1 << 16, LIMIT_KIB = 32 * 1024, PACKET_LIMIT_KIB = 16 * 1024 };

/* FNV-1a over 64-bit words: quick, and different for pieces that changed places. */
struct sum {
    uint64_t hash;
    uint64_t len;
};

static void sum_add(struct sum *sum, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes + i, len - i < 8 ? len - i : 8);
        sum->hash = (sum->hash ^ word) * UINT64_C(1099511628211);
    }
    sum->len += len;
}

/* Writes a file of that size, no two pieces of which are alike. */
static struct sum make_file(const char *path, uint64_t size)
{
    static uint64_t piece[PIECE / 8];
    struct sum sum = {0, 0};
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    while (file != NULL && sum.len < size) {
        for (size_t i = 0; i < PIECE / 8; i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            piece[i] = state;
        }
        size_t len = size - sum.len < PIECE ? (size_t)(size - sum.len) : PIECE;
        if (!CHECK(fwrite(piece, 1, len, file) == len))
            break;
        sum_add(&sum, (const uint8_t *)piece, len);
    }
    CHECK(file != NULL && fclose(file) == 0);
    return sum;
}

static struct sum sum_of_file(const char *path)
{
    static uint8_t piece[PIECE];
    struct sum sum = {0, 0};
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    for (size_t len; file != NULL && (len = fread(piece, 1, PIECE, file)) > 0;)
        sum_add(&sum, piece, len);
    CHECK(file != NULL && fclose(file) == 0);
    return sum;
}

struct measure {
    long before_kib;
    struct timespec began;
};

static void measure_begin(struct measure *measure)
{
    memory_forget_peak();
    measure->before_kib = memory_now_kib();
    clock_gettime(CLOCK_MONOTONIC, &measure->began);
}

static void measure_end(const struct measure *measure, const char *what, uint64_t bytes, long limit_kib)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long more_kib = memory_peak_kib() - measure->before_kib;
    double seconds = (double)(now.tv_sec - measure->began.tv_sec) + (double)(now.tv_nsec - measure->began.tv_nsec) / 1e9;
    double mib = (double)bytes / (1 << 20);
    printf("%s of %.0f MiB: %.1f s, %.0f MiB/s, %.1f MiB of memory more\n", what, mib, seconds, mib / seconds,
           (double)more_kib / 1024);
    CHECK(more_kib <= limit_kib);
}

/* Writes records of about so many bytes together, and gives their number. */
static uint64_t write_records(dmerp_packet_writer *writer, uint64_t size)
{
    static const char TEXT[] = "Sunflower oil, 1 l, in a bottle <of glass>";
    dmerp_error *error = NULL;
    uint64_t count = 0;
    CHECK_OK(dmerp_packet_writer_table(writer, "ITEMS", NULL, &error), &error);
    for (bool good = true; good && count * 128 < size; count++) {
        const dmerp_field fields[] = {{"NO", {DMERP_VALUE_INTEGER, 0, (int64_t)count, 0, NULL, 0}, NULL, 0},
                                      {"DESCRIPTION", {DMERP_VALUE_TEXT, 0, 0, 0, TEXT, sizeof TEXT - 1}, NULL, 0}};
        dmerp_status status = dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, fields, 2, NULL, 0, &error);
        good = status == DMERP_OK || CHECK_OK(status, &error);
    }
    return count;
}

/* A packet that is larger than what is kept of it in memory. */
static void write_and_read_packet(const dmerp_client *client, uint64_t size, const char *path)
{
    dmerp_packet_writer *writer = NULL;
    dmerp_packet_reader *reader = NULL;
    dmerp_pushed *pushed = NULL;
    dmerp_error *error = NULL;
    struct measure measure;

    measure_begin(&measure);
    CHECK_OK(dmerp_packet_writer_new("big", &writer, &error), &error);
    uint64_t count = write_records(writer, size);
    CHECK_OK(dmerp_client_push_packet(client, NULL, writer, "made", NULL, &pushed, &error), &error);
    uint64_t len = dmerp_pushed_size(pushed);
    dmerp_pushed_free(pushed);
    dmerp_packet_writer_free(writer);
    measure_end(&measure, "push_packet", len, PACKET_LIMIT_KIB);
    CHECK(sandbox_pushed_to_file("big", "made", path));

    measure_begin(&measure);
    CHECK_OK(dmerp_packet_reader_new_file(path, &reader, &error), &error);
    uint64_t number = 0;
    dmerp_record record;
    do {
        dmerp_status status = dmerp_packet_reader_next(reader, &record, sizeof record, &error);
        if (status != DMERP_OK && !CHECK_OK(status, &error))
            break;
        if (record.table != NULL && strtoull(record.fields[0].value.text, NULL, 10) != number++ && !CHECK(false))
            break;
    } while (record.table != NULL);
    CHECK_NUMBER(count, number);
    dmerp_packet_reader_free(reader);
    measure_end(&measure, "packet_reader", len, PACKET_LIMIT_KIB);

    measure_begin(&measure);
    CHECK_OK(dmerp_packet_writer_new_file("big", path, &writer, &error), &error);
    CHECK_NUMBER(count, write_records(writer, size));
    CHECK_OK(dmerp_packet_writer_finish(writer, &error), &error);
    dmerp_packet_writer_free(writer);
    measure_end(&measure, "packet_writer", len, PACKET_LIMIT_KIB);
    CHECK_NUMBER(len, sum_of_file(path).len);
    CHECK(unlink(path) == 0);
}

int main(int argc, char **argv)
{
    uint64_t size = argc == 3 ? strtoull(argv[2], NULL, 10) : UINT64_C(1) << 30;
    if (argc < 2 || argc > 3 || size == 0) {
        fprintf(stderr, "usage: streams FOLDER [BYTES]\n");
        return EXIT_FAILURE;
    }
    char sent[4096], received[4096];
    snprintf(sent, sizeof sent, "%s/sent.bin", argv[1]);
    snprintf(received, sizeof received, "%s/received.bin", argv[1]);

    sandbox_reset();
    dmerp_client *client = sandbox_client();
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_client_check(client, NULL, &error), &error); /* what the first use needs is not the transfer's */
    struct sum sum = make_file(sent, size);
    struct measure measure;

    measure_begin(&measure);
    CHECK_OK(dmerp_client_push_file(client, "big", DMERP_FORMAT_XML, sent, "big-packet", NULL, NULL, &error), &error);
    measure_end(&measure, "push_file", size, LIMIT_KIB);
    CHECK(sandbox_pushed_to_file("big", "big-packet", received));
    struct sum found = sum_of_file(received);
    CHECK_NUMBER(sum.len, found.len);
    CHECK_NUMBER(sum.hash, found.hash);
    unlink(received);

    sandbox_send_file("big", "file", sent);
    unlink(sent);
    dmerp_packets *packets = NULL;
    CHECK_OK(dmerp_client_pull(client, DMERP_KIND_FILE, DMERP_FORMAT_DEFAULT, NULL, &packets, &error), &error);
    dmerp_packet packet;
    if (CHECK_OK(dmerp_packets_get(packets, 0, &packet, &error), &error)) {
        uint64_t got = 0;
        measure_begin(&measure);
        CHECK_OK(dmerp_client_download_file(client, packet.url, received, NULL, &got, &error), &error);
        measure_end(&measure, "download_file", size, LIMIT_KIB);
        CHECK_NUMBER(size, got);
        found = sum_of_file(received);
        CHECK_NUMBER(sum.len, found.len);
        CHECK_NUMBER(sum.hash, found.hash);
    }
    unlink(received);
    dmerp_packets_free(packets);
    write_and_read_packet(client, size / 8, received);
    dmerp_client_free(client);
    CHECK_NUMBER(0, dmerp_live_handles());
    return check_summary();
}
