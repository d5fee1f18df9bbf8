/*
 * Packets: written, read, checked, pushed and received, against a sandbox (see sandbox.h for its settings). What a whole packet is
 * for another XML parser, packets_judge.c finds out.
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "sandbox.h"

#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEN(array) (sizeof(array) / sizeof(array)[0])

/* Places that hold something else beforehand, so that the tests see them emptied. */
#define JUNK ((void *)(uintptr_t)0x5a5a5a5a)

static dmerp_client *client;
static dmerp_error *error;

/* ---- Help ------------------------------------------------------------------------------------------------------- */

/* Whether a call failed so, with a message that has every one of the words, which end with a NULL. */
static bool refused(int line, dmerp_status expected, dmerp_status status, const char *const words[])
{
    const char *message = dmerp_error_message(error);
    bool good = check_note(status == expected, "the status of a refusal", __FILE__, line);
    for (size_t i = 0; words[i] != NULL; i++)
        good = check_note(message != NULL && strstr(message, words[i]) != NULL, words[i], __FILE__, line) && good;
    if (!good)
        fprintf(stderr, "    %s: %s\n", check_name(status), message != NULL ? message : "(no message)");
    dmerp_error_free(error);
    error = NULL;
    return good;
}

#define CHECK_REFUSED(expected, status, ...) refused(__LINE__, (expected), (status), (const char *const[]){__VA_ARGS__, NULL})

static dmerp_packet_writer *new_writer(const char *mobile_user)
{
    dmerp_packet_writer *writer = JUNK;
    CHECK_OK(dmerp_packet_writer_new(mobile_user, &writer, &error), &error);
    return writer;
}

static dmerp_packet_writer *new_file_writer(const char *mobile_user, const char *path)
{
    dmerp_packet_writer *writer = JUNK;
    CHECK_OK(dmerp_packet_writer_new_file(mobile_user, path, &writer, &error), &error);
    return writer;
}

static void set_writer(dmerp_packet_writer *writer, const char *key, const char *value)
{
    CHECK_OK(dmerp_packet_writer_set(writer, key, value, &error), &error);
}

static void begin_table(dmerp_packet_writer *writer, const char *name)
{
    CHECK_OK(dmerp_packet_writer_table(writer, name, NULL, &error), &error);
}

static dmerp_value text(const char *text)
{
    dmerp_value value = {DMERP_VALUE_TEXT, 0, 0, 0, text, DMERP_NUL_TERMINATED};
    return value;
}

static dmerp_value number(dmerp_value_kind kind, int64_t integer, int32_t scale)
{
    dmerp_value value = {kind, scale, integer, 0, NULL, 0};
    return value;
}

static dmerp_value real(double real)
{
    dmerp_value value = {DMERP_VALUE_REAL, 0, 0, real, NULL, 0};
    return value;
}

static dmerp_value bytes(const void *bytes, size_t len)
{
    dmerp_value value = {DMERP_VALUE_BYTES, 0, 0, 0, bytes, len};
    return value;
}

static dmerp_field field(const char *name, dmerp_value value)
{
    dmerp_field field = {name, value, NULL, 0};
    return field;
}

/* A record of one field. */
static dmerp_status put(dmerp_packet_writer *writer, const char *name, dmerp_value value)
{
    dmerp_field one = field(name, value);
    return dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, &one, 1, NULL, 0, &error);
}

/* Ends the packet, frees the writer, and gives the packet's text: to be freed with dmerp_buffer_free(). */
static dmerp_buffer finished(dmerp_packet_writer *writer)
{
    dmerp_buffer content = {0};
    CHECK_OK(dmerp_packet_writer_content(writer, &content, &error), &error);
    CHECK(content.data != NULL && strlen((const char *)content.data) == content.len);
    dmerp_packet_writer_free(writer);
    return content;
}

static bool holds(const dmerp_buffer *content, const char *part)
{
    bool found = content->data != NULL && strstr((const char *)content->data, part) != NULL;
    if (!found)
        fprintf(stderr, "    no %s in %s\n", part, content->data != NULL ? (const char *)content->data : "(nothing)");
    return found;
}

static dmerp_packet_reader *new_reader(const char *content)
{
    dmerp_packet_reader *reader = JUNK;
    CHECK_OK(dmerp_packet_reader_new((const uint8_t *)content, strlen(content), &reader, &error), &error);
    return reader;
}

static dmerp_record next(dmerp_packet_reader *reader)
{
    dmerp_record record;
    memset(&record, 0x5a, sizeof record);
    if (!CHECK_OK(dmerp_packet_reader_next(reader, &record, sizeof record, &error), &error))
        memset(&record, 0, sizeof record);
    return record;
}

/* A field's text; NULL if the record does not have it. */
static const char *text_of(const dmerp_record *record, const char *name)
{
    const dmerp_field *found = dmerp_record_field(record, name);
    if (found == NULL)
        return NULL;
    CHECK(found->value.kind == DMERP_VALUE_TEXT && found->value.text != NULL && strlen(found->value.text) == found->value.len);
    return found->value.text;
}

/* The number of files in a folder. */
static size_t files_in(const char *folder)
{
    size_t count = 0;
    DIR *opened = opendir(folder);
    if (!CHECK(opened != NULL))
        return 0;
    for (struct dirent *entry; (entry = readdir(opened)) != NULL;)
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(opened);
    return count;
}

/* What is in a file, with a NUL at its end: to be freed with free(). */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!CHECK(file != NULL))
        return calloc(1, 1);
    CHECK(fseek(file, 0, SEEK_END) == 0);
    size_t len = (size_t)ftell(file);
    rewind(file);
    char *content = calloc(1, len + 1);
    CHECK(fread(content, 1, len, file) == len);
    fclose(file);
    return content;
}

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(content, 1, strlen(content), file) == strlen(content) && fclose(file) == 0);
}

/* ---- Values ----------------------------------------------------------------------------------------------------- */

#define DAYS_TO_2026_11_24 20781

static void values_are_written(void)
{
    const struct {
        dmerp_value value;
        const char *written;
    } VALUES[] = {
        {text("Sunflower oil, 1 l"), "Sunflower oil, 1 l"},
        {text("\320\232\320\270\321\201\320\265\320\273\320\276 <2 %> & \"x\""), NULL},
        {{DMERP_VALUE_TEXT, 0, 0, 0, "cut here", 3}, "cut"},
        {{DMERP_VALUE_TEXT, 0, 0, 0, "\0not empty before", 0}, ""},
        {number(DMERP_VALUE_BOOL, 1, 0), "true"},
        {number(DMERP_VALUE_BOOL, 0, 0), "false"},
        {number(DMERP_VALUE_INTEGER, -12, 0), "-12"},
        {number(DMERP_VALUE_INTEGER, INT64_MAX, 0), "9223372036854775807"},
        {number(DMERP_VALUE_INTEGER, INT64_MIN, 0), "-9223372036854775808"},
        {number(DMERP_VALUE_DECIMAL, 1250, 2), "12.50"},
        {number(DMERP_VALUE_DECIMAL, -5, 2), "-0.05"},
        {number(DMERP_VALUE_DECIMAL, 7, 0), "7"},
        {number(DMERP_VALUE_DECIMAL, 1, 28), "0.0000000000000000000000000001"},
        {number(DMERP_VALUE_DECIMAL, INT64_MIN, 19), "-0.9223372036854775808"},
        {real(0.1), "0.1"},
        {real(-2.5), "-2.5"},
        {real(1e21), "1000000000000000000000"},
        {real(1e-7), "0.0000001"},
        {number(DMERP_VALUE_DATE, DAYS_TO_2026_11_24, 0), "2026-11-24"},
        {number(DMERP_VALUE_DATE, 0, 0), "1970-01-01"},
        {number(DMERP_VALUE_DATE, -1, 0), "1969-12-31"},
        {number(DMERP_VALUE_DATE, 11016, 0), "2000-02-29"},
        {number(DMERP_VALUE_TIME, ((9 * 60 + 42) * 60 + 19) * INT64_C(1000), 0), "09:42:19Z"},
        {number(DMERP_VALUE_TIME, ((9 * 60 + 42) * 60 + 19) * INT64_C(1000) + 382, 0), "09:42:19.382"},
        {number(DMERP_VALUE_TIME, 0, 0), "00:00:00Z"},
        {number(DMERP_VALUE_INSTANT, (DAYS_TO_2026_11_24 * INT64_C(86400) + 34939) * 1000, 0), "2026-11-24T09:42:19Z"},
        {number(DMERP_VALUE_INSTANT, (DAYS_TO_2026_11_24 * INT64_C(86400) + 34939) * 1000 + 382, 0), "2026-11-24T09:42:19.382Z"},
        {number(DMERP_VALUE_INSTANT, -1, 0), "1969-12-31T23:59:59.999Z"},
        {bytes("any\0bytes", 9), "YW55AGJ5dGVz"},
        {bytes("ab", 2), "YWI="},
    };
    dmerp_packet_writer *writer = new_writer(NULL);
    begin_table(writer, "T");
    for (size_t i = 0; i < LEN(VALUES); i++)
        CHECK_OK(put(writer, "V", VALUES[i].value), &error);
    CHECK_NUMBER(LEN(VALUES), dmerp_packet_writer_count(writer));
    dmerp_buffer content = finished(writer);
    dmerp_packet_reader *reader = new_reader((const char *)content.data);
    for (size_t i = 0; i < LEN(VALUES); i++) {
        dmerp_record record = next(reader);
        CHECK_TEXT(VALUES[i].written != NULL ? VALUES[i].written : VALUES[i].value.text, text_of(&record, "V"));
    }
    CHECK(next(reader).table == NULL);
    dmerp_packet_reader_free(reader);
    dmerp_buffer_free(&content);
}

static void values_are_refused(void)
{
    const dmerp_value VALUES[] = {
        real(NAN),
        real(INFINITY),
        real(-INFINITY),
        number(DMERP_VALUE_DECIMAL, 1, 29),
        number(DMERP_VALUE_DECIMAL, 1, -1),
        number(DMERP_VALUE_TIME, 86400000, 0),
        number(DMERP_VALUE_TIME, -1, 0),
        number(DMERP_VALUE_DATE, INT64_MIN, 0),
        number(DMERP_VALUE_DATE, INT64_MAX, 0),
        number(DMERP_VALUE_DATE, 2932897, 0), /* the year 10000 */
        number(DMERP_VALUE_INSTANT, INT64_MIN, 0),
        number(DMERP_VALUE_INSTANT, INT64_MAX, 0),
        number(DMERP_VALUE_BOOL, 2, 0),
        number(-1, 0, 0),
        number(10, 0, 0),
        text("M\374nchen"), /* Latin-1 */
        text("\300\200"),
        text("\355\240\200"), /* half of a pair */
        text("a\001b"),
        text("\357\277\277"), /* U+FFFF */
        {DMERP_VALUE_TEXT, 0, 0, 0, "a\0b", 3},
        {DMERP_VALUE_TEXT, 0, 0, 0, NULL, 3},
        {DMERP_VALUE_TEXT, 0, 0, 0, "len forgotten", 0},
        {DMERP_VALUE_BYTES, 0, 0, 0, NULL, 3},
    };
    dmerp_packet_writer *writer = new_writer(NULL);
    begin_table(writer, "ITEMS");
    CHECK_OK(put(writer, "BEFORE", text("1")), &error);
    for (size_t i = 0; i < LEN(VALUES); i++) {
        const dmerp_field fields[] = {field("NO", text("half-written")), field("UNITPRICE", VALUES[i])};
        if (!CHECK_REFUSED(DMERP_INVALID_ARGUMENT,
                           dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, fields, 2, NULL, 0, &error), "table ITEMS",
                           "record 2", "field UNITPRICE"))
            fprintf(stderr, "    that was value %zu\n", i);
    }
    CHECK_NUMBER(1, dmerp_packet_writer_count(writer));
    CHECK_OK(put(writer, "AFTER", text("2")), &error);
    dmerp_buffer content = finished(writer);
    CHECK(strstr((const char *)content.data, "half-written") == NULL);
    dmerp_packet_reader *reader = new_reader((const char *)content.data);
    dmerp_record record = next(reader);
    CHECK_TEXT("1", text_of(&record, "BEFORE"));
    record = next(reader);
    CHECK_TEXT("2", text_of(&record, "AFTER"));
    CHECK_NUMBER(2, record.number);
    CHECK(next(reader).table == NULL);
    dmerp_packet_reader_free(reader);
    dmerp_buffer_free(&content);
}

/* Reads a text as a value of a kind. */
static dmerp_status read_value(const char *written, dmerp_value_kind kind, dmerp_value *value)
{
    dmerp_value source = text(written);
    memset(value, 0x5a, sizeof *value);
    return dmerp_value_read(&source, kind, value, &error);
}

static void values_are_read(void)
{
    static const struct {
        dmerp_value_kind kind;
        const char *written;
        int64_t integer;
        int32_t scale;
    } VALUES[] = {
        {DMERP_VALUE_BOOL, "true", 1, 0},
        {DMERP_VALUE_BOOL, "FALSE", 0, 0},
        {DMERP_VALUE_BOOL, " True\n", 1, 0},
        {DMERP_VALUE_BOOL, "1", 1, 0},
        {DMERP_VALUE_BOOL, "0", 0, 0},
        {DMERP_VALUE_INTEGER, "-12", -12, 0},
        {DMERP_VALUE_INTEGER, "+12", 12, 0},
        {DMERP_VALUE_INTEGER, "\t0012 ", 12, 0},
        {DMERP_VALUE_INTEGER, "9223372036854775807", INT64_MAX, 0},
        {DMERP_VALUE_INTEGER, "-9223372036854775808", INT64_MIN, 0},
        {DMERP_VALUE_DECIMAL, "12.50", 1250, 2},
        {DMERP_VALUE_DECIMAL, "-0.05", -5, 2},
        {DMERP_VALUE_DECIMAL, " 7 ", 7, 0},
        {DMERP_VALUE_DATE, "2026-11-24", DAYS_TO_2026_11_24, 0},
        {DMERP_VALUE_DATE, "2000-02-29", 11016, 0},
        {DMERP_VALUE_TIME, "09:42:19", 34939000, 0},
        {DMERP_VALUE_TIME, "09:42:19Z", 34939000, 0},
        {DMERP_VALUE_TIME, "09:42:19.382", 34939382, 0},
        {DMERP_VALUE_TIME, "09:42:19.382Z", 34939382, 0},
        {DMERP_VALUE_INSTANT, "2026-11-24T09:42:19Z", (DAYS_TO_2026_11_24 * INT64_C(86400) + 34939) * 1000, 0},
        {DMERP_VALUE_INSTANT, "2026-11-24T09:42:19.382Z", (DAYS_TO_2026_11_24 * INT64_C(86400) + 34939) * 1000 + 382, 0},
    };
    dmerp_value value;
    for (size_t i = 0; i < LEN(VALUES); i++) {
        if (!CHECK_OK(read_value(VALUES[i].written, VALUES[i].kind, &value), &error) || !CHECK(value.kind == VALUES[i].kind) ||
            !CHECK(value.integer == VALUES[i].integer && value.scale == VALUES[i].scale))
            fprintf(stderr, "    \"%s\" is %" PRId64 ", %" PRId32 "\n", VALUES[i].written, value.integer, value.scale);
    }
    CHECK_OK(read_value("0.1", DMERP_VALUE_REAL, &value), &error);
    static const double TENTH = 0.1; /* a constant in an expression may be a long double, as on 32-bit x86 */
    CHECK(value.kind == DMERP_VALUE_REAL && value.real == TENTH);

    /* A decimal's own digits, also of one that no integer holds. */
    CHECK_OK(read_value("  -12.50 ", DMERP_VALUE_DECIMAL, &value), &error);
    CHECK(value.len == 6 && memcmp(value.text, "-12.50", 6) == 0);
    CHECK_OK(read_value("123456789012345678901234567890.12", DMERP_VALUE_DECIMAL, &value), &error);
    CHECK(value.scale == -1 && value.len == 33 && memcmp(value.text, "123456789012345678901234567890.12", 33) == 0);

    /* Nothing is a null. */
    for (dmerp_value_kind kind = DMERP_VALUE_BOOL; kind <= DMERP_VALUE_INSTANT; kind++) {
        CHECK_OK(read_value("", kind, &value), &error);
        CHECK(value.kind == DMERP_VALUE_NULL);
        CHECK_OK(read_value(" \n", kind, &value), &error);
        CHECK(value.kind == DMERP_VALUE_NULL);
    }

    /* `len` ends a text, too. */
    dmerp_value part = {DMERP_VALUE_TEXT, 0, 0, 0, "129", 2};
    CHECK_OK(dmerp_value_read(&part, DMERP_VALUE_INTEGER, &value, &error), &error);
    CHECK(value.integer == 12);

    static const struct {
        dmerp_value_kind kind;
        const char *written;
    } WRONG[] = {
        {DMERP_VALUE_BOOL, "yes"},
        {DMERP_VALUE_BOOL, "2"},
        {DMERP_VALUE_INTEGER, "12.5"},
        {DMERP_VALUE_INTEGER, "1 2"},
        {DMERP_VALUE_INTEGER, "9223372036854775808"},
        {DMERP_VALUE_INTEGER, "0x10"},
        {DMERP_VALUE_DECIMAL, "12,50"},
        {DMERP_VALUE_DECIMAL, "1.2.3"},
        {DMERP_VALUE_DECIMAL, "twelve"},
        {DMERP_VALUE_REAL, "much"},
        {DMERP_VALUE_DATE, "24.11.2026"},
        {DMERP_VALUE_DATE, "2026-02-29"},
        {DMERP_VALUE_DATE, "2026-13-01"},
        {DMERP_VALUE_TIME, "9:42"},
        {DMERP_VALUE_TIME, "25:00:00"},
        {DMERP_VALUE_INSTANT, "2026-11-24 09:42:19"},
        {DMERP_VALUE_INSTANT, "2026-11-24T25:42:19Z"},
    };
    for (size_t i = 0; i < LEN(WRONG); i++)
        CHECK_REFUSED(DMERP_INVALID_ARGUMENT, read_value(WRONG[i].written, WRONG[i].kind, &value), WRONG[i].written);
}

static void bytes_are_read(void)
{
    static const struct {
        const char *written, *bytes;
        size_t len;
    } BYTES[] = {
        {"YW55AGJ5dGVz", "any\0bytes", 9},
        {" YW55\r\nAGJ5\tdGVz ", "any\0bytes", 9},
        {"YWI=", "ab", 2},
        {"data:image/png;base64,YWI=", "ab", 2},
        {"", "", 0},
    };
    for (size_t i = 0; i < LEN(BYTES); i++) {
        dmerp_value source = text(BYTES[i].written);
        dmerp_buffer read = {0};
        CHECK_OK(dmerp_value_bytes(&source, &read, &error), &error);
        CHECK(read.len == BYTES[i].len && (read.len == 0 || memcmp(read.data, BYTES[i].bytes, read.len) == 0));
        dmerp_buffer_free(&read);
    }
    static const char *const WRONG[] = {"!!!!", "YW5", "YWI=YWI=", "data:image/png;base64"};
    for (size_t i = 0; i < LEN(WRONG); i++) {
        dmerp_value source = text(WRONG[i]);
        dmerp_buffer read = {JUNK, 7, JUNK};
        CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_value_bytes(&source, &read, &error), WRONG[i]);
        CHECK(read.data == NULL && read.len == 0 && read.owner == NULL);
    }
}

/* ---- Writer ----------------------------------------------------------------------------------------------------- */

static void nulls_and_empty_texts(void)
{
    const dmerp_field fields[] = {field("A", text("")), field("B", number(DMERP_VALUE_NULL, 0, 0)), field("C", text("c")),
                                  field("D", bytes("", 0))};
    static const char *const EMPTY_TEXTS[] = {"write", "omit"};
    for (size_t i = 0; i < LEN(EMPTY_TEXTS); i++) {
        dmerp_packet_writer *writer = new_writer(NULL);
        set_writer(writer, "empty_texts", EMPTY_TEXTS[i]);
        begin_table(writer, "T");
        CHECK_OK(dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, fields, LEN(fields), NULL, 0, &error), &error);
        CHECK_OK(dmerp_packet_writer_record(writer, DMERP_RECORD_DELETE, NULL, 0, NULL, 0, &error), &error);
        dmerp_buffer content = finished(writer);
        dmerp_packet_reader *reader = new_reader((const char *)content.data);
        dmerp_record record = next(reader);
        CHECK_TEXT(i == 0 ? "" : NULL, text_of(&record, "A"));
        CHECK(dmerp_record_field(&record, "B") == NULL);
        CHECK_TEXT("c", text_of(&record, "C"));
        record = next(reader);
        CHECK(record.table != NULL && record.fields_len == 0 && record.status == DMERP_RECORD_DELETE);
        CHECK(next(reader).table == NULL);
        dmerp_packet_reader_free(reader);
        dmerp_buffer_free(&content);
    }
}

static void options_of_the_writer(void)
{
    dmerp_packet_writer *writer = new_writer("SOFIA01");
    CHECK_OK(dmerp_packet_writer_attribute(writer, "roleid", "\"a\" & <b>", &error), &error);
    begin_table(writer, "T");
    for (dmerp_record_status status = DMERP_RECORD_INSERT; status <= DMERP_RECORD_READ; status++) {
        dmerp_field one = field("NO", text("1"));
        CHECK_OK(dmerp_packet_writer_record(writer, status, &one, 1, NULL, 0, &error), &error);
    }
    dmerp_buffer content = finished(writer);
    CHECK(holds(&content, "status=\"inserted\"") && holds(&content, "status=\"updated\""));
    CHECK(holds(&content, "status=\"deleted\"") && holds(&content, "status=\"read\""));
    CHECK(strstr((const char *)content.data, "<state>") == NULL && strstr((const char *)content.data, "$metadata") == NULL);
    dmerp_packet_reader *reader = new_reader((const char *)content.data);
    const char *mobile_user = JUNK;
    CHECK_OK(dmerp_packet_reader_mobile_user(reader, &mobile_user, &error), &error);
    CHECK_TEXT("SOFIA01", mobile_user);
    const dmerp_attribute *root = JUNK;
    size_t len = 77;
    CHECK_OK(dmerp_packet_reader_root(reader, &root, &len, &error), &error);
    if (CHECK(len == 2)) {
        CHECK_TEXT("salesmancode", root[0].name);
        CHECK_TEXT("SOFIA01", root[0].value);
        CHECK_TEXT("roleid", root[1].name);
        CHECK_TEXT("\"a\" & <b>", root[1].value);
    }
    dmerp_packet_reader_free(reader);
    dmerp_buffer_free(&content);

    writer = new_writer(NULL);
    set_writer(writer, "status", "insert");
    set_writer(writer, "state", "true");
    set_writer(writer, "metadata", "true");
    set_writer(writer, "invalid_characters", "replace");
    begin_table(writer, "T");
    for (dmerp_record_status status = DMERP_RECORD_INSERT; status <= DMERP_RECORD_DELETE; status++) {
        dmerp_field one = field("NO", text("a\001b"));
        CHECK_OK(dmerp_packet_writer_record(writer, status, &one, 1, NULL, 0, &error), &error);
    }
    CHECK_NUMBER(3, dmerp_packet_writer_count(writer));
    content = finished(writer);
    CHECK(holds(&content, "status=\"insert\"") && holds(&content, "status=\"update\"") && holds(&content, "status=\"delete\""));
    CHECK(holds(&content, "tablename=\"$metadata\""));
    reader = new_reader((const char *)content.data);
    CHECK_OK(dmerp_packet_reader_mobile_user(reader, &mobile_user, &error), &error);
    CHECK(mobile_user == NULL);
    static const char *const STATES[] = {"1", "2", "3"};
    for (size_t i = 0; i < LEN(STATES); i++) {
        dmerp_record record = next(reader);
        CHECK_NUMBER(i + 1, (uintmax_t)record.status);
        CHECK_TEXT(STATES[i], text_of(&record, "state"));
        CHECK_TEXT("a\357\277\275b", text_of(&record, "NO"));
    }
    CHECK(next(reader).table == NULL); /* $metadata is no data */
    dmerp_packet_reader_free(reader);
    reader = new_reader((const char *)content.data);
    CHECK_OK(dmerp_packet_reader_set(reader, "system_tables", "true", &error), &error);
    for (size_t i = 0; i < LEN(STATES); i++)
        CHECK_TEXT("T", next(reader).table);
    CHECK_TEXT("$metadata", next(reader).table);
    dmerp_packet_reader_free(reader);
    dmerp_buffer_free(&content);
}

static void attributes_are_written(void)
{
    static const dmerp_attribute VALIDATE = {"validate", "true"}, HINT = {"hint", "a\"b\n\tc"};
    dmerp_packet_writer *writer = new_writer(NULL);
    begin_table(writer, "T");
    dmerp_field one = {"NO", {DMERP_VALUE_TEXT, 0, 0, 0, "1", 1}, &VALIDATE, 1};
    CHECK_OK(dmerp_packet_writer_record(writer, DMERP_RECORD_UPDATE, &one, 1, &HINT, 1, &error), &error);
    const dmerp_attribute bad[] = {{"two words", "x"}, {"", "x"}, {"a", "\001"}, {"status", "inserted"}};
    for (size_t i = 0; i < LEN(bad); i++)
        CHECK_REFUSED(DMERP_INVALID_ARGUMENT,
                      dmerp_packet_writer_record(writer, DMERP_RECORD_UPDATE, &one, 1, &bad[i], 1, &error), "table T, record 2: ");
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_record(writer, DMERP_RECORD_UPDATE, NULL, 0, &bad[0], 1, &error),
                  "table T, record 2: ", "two words"); /* it has no field */
    static const dmerp_attribute NO_TRUTH[] = {{"validate", "maybe"}, {"directresponse", ""}};
    for (size_t i = 0; i < LEN(NO_TRUTH); i++) {
        dmerp_field other = {"NO", {DMERP_VALUE_TEXT, 0, 0, 0, "1", 1}, &NO_TRUTH[i], 1};
        CHECK_REFUSED(DMERP_INVALID_ARGUMENT,
                      dmerp_packet_writer_record(writer, DMERP_RECORD_UPDATE, &other, 1, NULL, 0, &error),
                      "table T, record 2, field NO: ", NO_TRUTH[i].name);
        CHECK_REFUSED(DMERP_INVALID_ARGUMENT,
                      dmerp_packet_writer_record(writer, DMERP_RECORD_UPDATE, NULL, 0, &NO_TRUTH[i], 1, &error),
                      "table T, record 2: ", NO_TRUTH[i].name);
    }
    dmerp_buffer content = finished(writer);
    dmerp_packet_reader *reader = new_reader((const char *)content.data);
    dmerp_record record = next(reader);
    CHECK(record.status == DMERP_RECORD_UPDATE);
    if (CHECK(record.attributes_len == 1 && record.fields_len == 1 && record.fields[0].attributes_len == 1)) {
        CHECK_TEXT("hint", record.attributes[0].name);
        CHECK_TEXT("a\"b\n\tc", record.attributes[0].value);
        CHECK_TEXT("validate", record.fields[0].attributes[0].name);
        CHECK_TEXT("true", record.fields[0].attributes[0].value);
    }
    CHECK(next(reader).table == NULL);
    dmerp_packet_reader_free(reader);
    dmerp_buffer_free(&content);
}

static void the_row_id(void)
{
    dmerp_packet_writer *writer = new_writer(NULL);
    CHECK_OK(dmerp_packet_writer_table(writer, "T", "NO", &error), &error);
    const dmerp_field fields[] = {field("NAME", text("n")), field("NO", number(DMERP_VALUE_INTEGER, 7, 0))};
    CHECK_OK(dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, fields, 2, NULL, 0, &error), &error);
    dmerp_buffer content = finished(writer);
    dmerp_packet_reader *reader = new_reader((const char *)content.data);
    dmerp_record record = next(reader);
    if (CHECK(record.fields_len == 3)) {
        CHECK_TEXT("NAME", record.fields[0].name);
        CHECK_TEXT("NO", record.fields[1].name);
        CHECK_TEXT("7", record.fields[1].value.text);
        CHECK_TEXT("DMS_ROWID", record.fields[2].name);
        CHECK_TEXT("7", record.fields[2].value.text);
    }
    CHECK(next(reader).table == NULL);
    dmerp_packet_reader_free(reader);
    dmerp_buffer_free(&content);
}

static void the_writer_refuses(void)
{
    dmerp_packet_writer *writer = new_writer("SOFIA01");
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT, put(writer, "NO", text("1")), "table"); /* there is none yet */
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_attribute(writer, "two words", "x", &error), "two words");
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_attribute(writer, "salesmancode", "x", &error), "mobile user");
    CHECK_OK(dmerp_packet_writer_attribute(writer, "roleid", "x", &error), &error);
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_attribute(writer, "roleid", "y", &error), "roleid");
    static const char *const NO_OPTION[][2] = {{"colour", "red"},           {"state", "maybe"},   {"status", "new"},
                                               {"empty_texts", "sometimes"}, {"metadata", ""}, {"invalid_characters", "keep"}};
    for (size_t i = 0; i < LEN(NO_OPTION); i++)
        CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_set(writer, NO_OPTION[i][0], NO_OPTION[i][1], &error),
                      NO_OPTION[i][0]);
    begin_table(writer, "ITEMS");
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_set(writer, "state", "true", &error), "first table");
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_attribute(writer, "syncid", "1", &error), "first table");

    static const char *const NO_NAME[] = {"UNIT PRICE", "", "1ST", "-x", "a&b", "\303\227", "a<", "\377"};
    for (size_t i = 0; i < LEN(NO_NAME); i++)
        CHECK_REFUSED(DMERP_INVALID_ARGUMENT, put(writer, NO_NAME[i], text("1")), "table ITEMS", "record 1");
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT, put(writer, NULL, text("1")), "table ITEMS", "record 1");
    const dmerp_field twice[] = {field("NO", text("1")), field("NAME", text("n")), field("NO", text("2"))};
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, twice, 3, NULL, 0, &error),
                  "table ITEMS", "record 1", "field NO");
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, NULL, 1, NULL, 0, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, twice, 1, NULL, 1, &error), &error);
    static const dmerp_record_status NO_STATUS[] = {DMERP_RECORD_NONE, DMERP_RECORD_OTHER, -1, 6, INT32_MAX};
    for (size_t i = 0; i < LEN(NO_STATUS); i++)
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_record(writer, NO_STATUS[i], twice, 1, NULL, 0, &error), &error);

    /* Names that are not ASCII are names. */
    CHECK_OK(put(writer, "\320\246\320\225\320\235\320\220", text("1")), &error);

    /* The records of a refused table do not come into the one before it. */
    static const char *const NO_TABLE[] = {"ITEMS", "", "a\001b", "\377", NULL};
    for (size_t i = 0; i < LEN(NO_TABLE); i++) {
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_table(writer, NO_TABLE[i], NULL, &error), &error);
        CHECK_REFUSED(DMERP_INVALID_ARGUMENT, put(writer, "NO", text("1")), "the last table was refused");
        char name[] = "T0";
        name[1] = (char)('0' + i);
        begin_table(writer, name);
    }
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_table(writer, "ITEMS", NULL, &error), "ITEMS");
    begin_table(writer, "CUSTOMERS");
    CHECK_OK(put(writer, "NO", text("1")), &error);
    CHECK_OK(dmerp_packet_writer_finish(writer, &error), &error);
    CHECK_OK(dmerp_packet_writer_finish(writer, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, put(writer, "NO", text("2")), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_table(writer, "VISITS", NULL, &error), &error);
    CHECK_NUMBER(2, dmerp_packet_writer_count(writer));
    dmerp_buffer once = {0};
    CHECK_OK(dmerp_packet_writer_content(writer, &once, &error), &error);
    dmerp_buffer again = finished(writer);
    CHECK(once.len == again.len && memcmp(once.data, again.data, once.len) == 0);
    dmerp_packet_reader *reader = new_reader((const char *)once.data);
    CHECK_TEXT("ITEMS", next(reader).table);
    CHECK_TEXT("CUSTOMERS", next(reader).table);
    CHECK(next(reader).table == NULL);
    dmerp_packet_reader_free(reader);
    dmerp_buffer_free(&once);
    dmerp_buffer_free(&again);
}

/* Text ends with a NUL, so one at the end of a literal is that of the last text. */
#define BLOCK(literal) literal, sizeof(literal)

static dmerp_status put_rows(dmerp_packet_writer *writer, const char *names, size_t names_len, const char *values, size_t values_len,
                             size_t count, size_t *written)
{
    return dmerp_packet_writer_rows(writer, DMERP_RECORD_INSERT, names, names_len, values, values_len, count, written, &error);
}

static void rows_are_written(void)
{
    dmerp_packet_writer *writer = new_writer(NULL);
    CHECK_OK(dmerp_packet_writer_table(writer, "T", "NO", &error), &error);
    size_t written = 77;
    CHECK_OK(put_rows(writer, BLOCK("NO\0NAME"), BLOCK("1\0<one>\0" "2\0\377\0" "3\0"), 3, &written), &error);
    CHECK_NUMBER(3, written);
    CHECK_OK(put_rows(writer, BLOCK("NO\0NAME"), NULL, 0, 0, NULL), &error);

    /* The refused record is told, and what stood before it stays. */
    written = 77;
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT,
                  put_rows(writer, BLOCK("NO\0NAME"), BLOCK("4\0four\0" "5\0\300\200\0" "6\0six"), 3, &written), "table T", "record 5",
                  "field NAME");
    CHECK_NUMBER(1, written);
    CHECK_NUMBER(4, dmerp_packet_writer_count(writer));

    /* Blocks that do not hold what they should: nothing is written. */
    static const struct {
        const char *names;
        size_t names_len;
        const char *values;
        size_t values_len;
        size_t count;
    } WRONG[] = {
        {BLOCK("NO\0NAME"), BLOCK("7\0seven\0" "8"), 2},
        {BLOCK("NO\0NAME"), BLOCK("7\0seven\0" "8\0eight"), 1},
        {BLOCK("NO\0NAME"), BLOCK("7\0seven"), SIZE_MAX},
        {BLOCK("NO\0NO"), BLOCK("7\0seven"), 1},
        {BLOCK("NO\0A NAME"), BLOCK("7\0seven"), 1},
        {NULL, 8, BLOCK("7\0seven"), 1},
        {BLOCK("NO\0NAME"), NULL, 8, 1},
    };
    for (size_t i = 0; i < LEN(WRONG); i++) {
        written = 77;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                     put_rows(writer, WRONG[i].names, WRONG[i].names_len, WRONG[i].values, WRONG[i].values_len, WRONG[i].count,
                              &written),
                     &error);
        CHECK_NUMBER(0, written);
    }
    CHECK_NUMBER(4, dmerp_packet_writer_count(writer));
    dmerp_buffer content = finished(writer);
    dmerp_packet_reader *reader = new_reader((const char *)content.data);
    static const char *const EXPECTED[][2] = {{"1", "<one>"}, {"2", NULL}, {"3", ""}, {"4", "four"}};
    for (size_t i = 0; i < LEN(EXPECTED); i++) {
        dmerp_record record = next(reader);
        CHECK_TEXT(EXPECTED[i][0], text_of(&record, "DMS_ROWID"));
        CHECK_TEXT(EXPECTED[i][0], text_of(&record, "NO"));
        CHECK_TEXT(EXPECTED[i][1], text_of(&record, "NAME"));
    }
    CHECK(next(reader).table == NULL);
    dmerp_packet_reader_free(reader);
    dmerp_buffer_free(&content);

    /* The two bytes that stand for U+0000 are replaced as any character that XML does not have. */
    writer = new_writer(NULL);
    set_writer(writer, "invalid_characters", "replace");
    begin_table(writer, "T");
    CHECK_OK(put_rows(writer, BLOCK("NAME"), BLOCK("a\300\200b"), 1, NULL), &error);
    content = finished(writer);
    CHECK(holds(&content, "a\357\277\275b"));
    dmerp_buffer_free(&content);
}

/* ---- CSV -------------------------------------------------------------------------------------------------------- */

static void csv_files(void)
{
    static const struct {
        const char *csv;
        char delimiter;
    } FILES[] = {
        {"NO,NAME,NOTE\nI1,\"Oil, \"\"1 l\"\"\",\nI2,\"two\r\nlines\",\320\232<&>\n", ','},
        {"\357\273\277NO;NAME;NOTE\r\nI1;\"Oil, \"\"1 l\"\"\";\"\"\r\nI2;\"two\r\nlines\";\320\232<&>", ';'},
        {"NO\tNAME\tNOTE\nI1\t\"Oil, \"\"1 l\"\"\"\t\nI2\t\"two\r\nlines\"\t\320\232<&>\n", '\t'},
    };
    for (size_t i = 0; i < LEN(FILES); i++) {
        write_file("packets.csv", FILES[i].csv);
        dmerp_packet_writer *writer = new_writer(NULL);
        begin_table(writer, "ITEMS");
        uint64_t written = 77;
        CHECK_OK(dmerp_packet_writer_csv(writer, DMERP_RECORD_UPDATE, "packets.csv", FILES[i].delimiter, &written, &error), &error);
        CHECK_NUMBER(2, written);
        dmerp_buffer content = finished(writer);
        dmerp_packet_reader *reader = new_reader((const char *)content.data);
        dmerp_record record = next(reader);
        CHECK(record.status == DMERP_RECORD_UPDATE);
        CHECK_TEXT("I1", text_of(&record, "NO"));
        CHECK_TEXT("Oil, \"1 l\"", text_of(&record, "NAME"));
        CHECK_TEXT(NULL, text_of(&record, "NOTE"));
        record = next(reader);
        CHECK_TEXT("two\r\nlines", text_of(&record, "NAME"));
        CHECK_TEXT("\320\232<&>", text_of(&record, "NOTE"));
        CHECK(next(reader).table == NULL);
        dmerp_packet_reader_free(reader);
        dmerp_buffer_free(&content);
    }

    static const struct {
        const char *csv, *word, *place;
    } WRONG[] = {
        {"NO,NAME\nI1,Oil\nI2\n", "line 3", "table ITEMS"},
        {"NO,NAME\nI1,Oil,more\n", "line 2", "table ITEMS"},
        {"NO,NAME\nI1,\"never ends\n", "packets.csv", ""},
        {"NO,A NAME\nI1,Oil\n", "A NAME", "table ITEMS"},
        {"NO,NAME\nI1,M\374nchen\n", "field NAME", "table ITEMS"},
        {"", "packets.csv", ""},
    };
    dmerp_packet_writer *writer = new_writer(NULL);
    begin_table(writer, "ITEMS");
    for (size_t i = 0; i < LEN(WRONG); i++) {
        write_file("packets.csv", WRONG[i].csv);
        dmerp_status status = dmerp_packet_writer_csv(writer, DMERP_RECORD_INSERT, "packets.csv", ',', NULL, &error);
        if (!CHECK_REFUSED(DMERP_INVALID_ARGUMENT, status, WRONG[i].word, WRONG[i].place))
            fprintf(stderr, "    that was file %zu\n", i);
    }
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_csv(writer, DMERP_RECORD_INSERT, "packets.csv", '"', NULL, &error),
                 &error);
    CHECK(unlink("packets.csv") == 0);
    CHECK_REFUSED(DMERP_FILE_ERROR, dmerp_packet_writer_csv(writer, DMERP_RECORD_INSERT, "packets.csv", ',', NULL, &error),
                  "packets.csv");
    dmerp_packet_writer_free(writer);
}

/* ---- Files ------------------------------------------------------------------------------------------------------ */

static void files_are_never_half_written(void)
{
    CHECK(mkdir("packets", 0700) == 0);
    size_t live = dmerp_live_handles();
    dmerp_packet_writer *writer = new_file_writer("SOFIA01", "packets/out.xml");
    begin_table(writer, "ITEMS");
    for (int i = 0; i < 30000; i++) {
        if (put(writer, "NAME", text("what is in a file before its end")) != DMERP_OK && !CHECK(false))
            break;
    }
    CHECK(access("packets/out.xml", F_OK) != 0);
    dmerp_packet_writer_free(writer); /* thrown away */
    CHECK_NUMBER(0, files_in("packets"));

    write_file("packets/out.xml", "older");
    writer = new_file_writer("SOFIA01", "packets/out.xml");
    begin_table(writer, "ITEMS");
    CHECK_OK(put(writer, "NO", text("1")), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, put(writer, "N O", text("1")), &error);
    char *content = read_file("packets/out.xml");
    CHECK_TEXT("older", content);
    free(content);
    dmerp_buffer none = {JUNK, 7, JUNK};
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_content(writer, &none, &error), &error);
    CHECK(none.data == NULL && none.len == 0);
    CHECK_OK(dmerp_packet_writer_finish(writer, &error), &error);
    CHECK_OK(dmerp_packet_writer_finish(writer, &error), &error);
    dmerp_packet_writer_free(writer);
    CHECK_NUMBER(1, files_in("packets"));
    dmerp_packet_reader *reader = JUNK;
    CHECK_OK(dmerp_packet_reader_new_file("packets/out.xml", &reader, &error), &error);
    dmerp_record record = next(reader);
    CHECK_TEXT("1", text_of(&record, "NO"));
    CHECK(next(reader).table == NULL);
    dmerp_packet_reader_free(reader);
    CHECK(unlink("packets/out.xml") == 0);

    writer = JUNK;
    CHECK_REFUSED(DMERP_FILE_ERROR, dmerp_packet_writer_new_file(NULL, "packets/none/out.xml", &writer, &error), "packets/none");
    CHECK(writer == NULL);

    /* The file is where the host's folder was when the writer was made. */
    writer = new_file_writer(NULL, "packets/moved.xml");
    CHECK(chdir("packets") == 0);
    CHECK_OK(dmerp_packet_writer_finish(writer, &error), &error);
    dmerp_packet_writer_free(writer);
    CHECK(chdir("..") == 0);
    CHECK(unlink("packets/moved.xml") == 0);

    writer = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_new_file(NULL, NULL, &writer, &error), &error);
    CHECK(writer == NULL);

    /* Its name is taken by a folder, which shows when it gets it. The packet is not lost for that: it can be finished later. */
    CHECK(mkdir("packets/out.xml", 0700) == 0);
    dmerp_status status = dmerp_packet_writer_new_file(NULL, "packets/out.xml", &writer, &error);
    if (status == DMERP_OK) {
        begin_table(writer, "T");
        status = dmerp_packet_writer_finish(writer, &error);
        dmerp_packet_writer_free(writer);
    }
    CHECK_STATUS(DMERP_FILE_ERROR, status, &error);
    CHECK(rmdir("packets/out.xml") == 0);

    reader = JUNK;
    CHECK_REFUSED(DMERP_FILE_ERROR, dmerp_packet_reader_new_file("packets/none.xml", &reader, &error), "packets/none.xml");
    CHECK(reader == NULL);
    dmerp_mistakes *mistakes = JUNK;
    CHECK_REFUSED(DMERP_FILE_ERROR, dmerp_packet_check_file("packets/none.xml", &mistakes, &error), "packets/none.xml");
    CHECK(mistakes == NULL);
    CHECK_NUMBER(live, dmerp_live_handles());
    CHECK_NUMBER(0, files_in("packets"));
    CHECK(rmdir("packets") == 0);
}

/* ---- Reader ----------------------------------------------------------------------------------------------------- */

/* As mobile users and other programs write it. */
static const char TOLERATED[] =
    "\357\273\277<?xml version='1.0' encoding='utf-8'?>\n"
    "<!-- made by hand --><?app x?>\n"
    "<NavMobileSync salesmanCode='SOFIA01' challange=\"a&amp;b\">\n"
    "  <table tablename=\"$context\"><r><x>1</x></r></table>\n"
    "  <table tablename=\"ORDERS\">\n"
    "    <r status=\"inserted\" directresponse='true'><NO validate=\"true\">1</NO>"
    "<NAME>a &lt;b&gt; &#x41;&#66;<![CDATA[ <c> ]]></NAME></r>\n"
    "    <r><NO>2</NO><!-- none --><NAME/></r>\n"
    "    <hint status=\"update\"><NO>3</NO></hint>\n"
    "    <r status=\"DELETE\"\n"
    "       ></r><r status=\"moved\"><NO> 5 </NO></r>\n"
    "  </table><table tablename='EMPTY'/>\n"
    "  <table tablename='LINES'><r status=\"read\"><NO>a\r\nb</NO></r></table>\n"
    "</NavMobileSync>\n"
    "<!-- the end -->\n";

static void the_reader_is_tolerant(void)
{
    dmerp_packet_reader *reader = new_reader(TOLERATED);
    const char *mobile_user = JUNK;
    CHECK_OK(dmerp_packet_reader_mobile_user(reader, &mobile_user, &error), &error);
    CHECK_TEXT("SOFIA01", mobile_user);
    const dmerp_attribute *root = JUNK;
    size_t len = 77;
    CHECK_OK(dmerp_packet_reader_root(reader, &root, &len, &error), &error);
    if (CHECK(len == 2)) {
        CHECK_TEXT("salesmanCode", root[0].name);
        CHECK_TEXT("challange", root[1].name);
        CHECK_TEXT("a&b", root[1].value);
    }

    dmerp_record record = next(reader);
    CHECK_TEXT("ORDERS", record.table);
    CHECK_TEXT("r", record.element);
    CHECK(record.status == DMERP_RECORD_INSERT && record.number == 1 && record.line == 6 && record.fields_len == 2);
    if (CHECK(record.attributes_len == 1))
        CHECK_TEXT("directresponse", record.attributes[0].name);
    const dmerp_field *no = dmerp_record_field(&record, "NO");
    if (CHECK(no != NULL && no == &record.fields[0] && no->attributes_len == 1))
        CHECK_TEXT("validate", no->attributes[0].name);
    CHECK_TEXT("a <b> AB <c> ", text_of(&record, "NAME"));
    CHECK(dmerp_record_field(&record, "no") == NULL && dmerp_record_field(&record, "N") == NULL);
    CHECK(dmerp_record_field(&record, NULL) == NULL && dmerp_record_field(NULL, "NO") == NULL);

    record = next(reader);
    CHECK(record.status == DMERP_RECORD_NONE && record.number == 2 && record.line == 7 && record.attributes_len == 0);
    CHECK_TEXT("", text_of(&record, "NAME"));
    CHECK_NUMBER(0, dmerp_packet_reader_skipped(reader));
    record = next(reader);
    CHECK(record.status == DMERP_RECORD_DELETE && record.fields_len == 0);
    CHECK_NUMBER(1, dmerp_packet_reader_skipped(reader));
    record = next(reader);
    CHECK(record.status == DMERP_RECORD_OTHER);
    if (CHECK(record.attributes_len == 1))
        CHECK_TEXT("moved", record.attributes[0].value);
    CHECK_TEXT(" 5 ", text_of(&record, "NO"));
    record = next(reader);
    CHECK_TEXT("LINES", record.table);
    CHECK(record.status == DMERP_RECORD_READ && record.number == 1);
    CHECK_TEXT("a\nb", text_of(&record, "NO"));
    for (int i = 0; i < 2; i++) {
        record = next(reader);
        CHECK(record.table == NULL && record.element == NULL && record.fields_len == 0 && record.attributes_len == 0);
    }
    CHECK_TEXT("SOFIA01", mobile_user); /* as long as the reader */
    dmerp_packet_reader_free(reader);

    reader = new_reader(TOLERATED);
    CHECK_OK(dmerp_packet_reader_set(reader, "unknown_elements", "keep", &error), &error);
    CHECK_OK(dmerp_packet_reader_set(reader, "system_tables", "true", &error), &error);
    static const char *const ELEMENTS[][2] = {{"$context", "r"}, {"ORDERS", "r"}, {"ORDERS", "r"}, {"ORDERS", "hint"},
                                              {"ORDERS", "r"},   {"ORDERS", "r"}, {"LINES", "r"}};
    for (size_t i = 0; i < LEN(ELEMENTS); i++) {
        record = next(reader);
        CHECK_TEXT(ELEMENTS[i][0], record.table);
        CHECK_TEXT(ELEMENTS[i][1], record.element);
    }
    CHECK(next(reader).table == NULL);
    CHECK_NUMBER(0, dmerp_packet_reader_skipped(reader));
    dmerp_packet_reader_free(reader);

    static const char *const EMPTY[] = {"<NavMobileSync/>", "<NavMobileSync salesmancode=\"A\"> </NavMobileSync>",
                                        "<NavMobileSync><table tablename=\"T\"></table></NavMobileSync>"};
    for (size_t i = 0; i < LEN(EMPTY); i++) {
        reader = new_reader(EMPTY[i]);
        CHECK(next(reader).table == NULL);
        dmerp_packet_reader_free(reader);
    }
}

/* Reads to the end or the first error, whose status is returned; `error` has it. */
static dmerp_status read_all(const char *content, size_t len)
{
    dmerp_packet_reader *reader = NULL;
    dmerp_status status = dmerp_packet_reader_new((const uint8_t *)content, len, &reader, &error);
    dmerp_record record = {0};
    do {
        if (status == DMERP_OK)
            status = dmerp_packet_reader_next(reader, &record, sizeof record, &error);
    } while (status == DMERP_OK && record.table != NULL);
    if (status != DMERP_OK)
        CHECK(record.table == NULL && record.fields == NULL && record.fields_len == 0);
    dmerp_packet_reader_free(reader);
    return status;
}

#define PACKET(inside) "<NavMobileSync>\n" inside "\n</NavMobileSync>"
#define TABLE(inside) PACKET("<table tablename=\"ORDERS\">\n" inside "\n</table>")

static void the_reader_is_strict(void)
{
    static const char *const WRONG[][2] = {
        {"", "empty"},
        {"not XML", "line 1"},
        {"{\"NavMobileSync\":{}}", "line 1"},
        {"<html><body/></html>", "html"},
        {PACKET("<table><r/></table>"), "tablename"},
        {PACKET("<Table tablename=\"T\"><r/></Table>"), "<Table>"},
        {PACKET("<r><NO>1</NO></r>"), "<r>"},
        {PACKET("<hint><table tablename=\"T\"/></hint>"), "<table>"},
        {TABLE("<hint><r/></hint>"), "<r>"},
        {PACKET("text"), "a table should be"},
        {TABLE("text"), "ORDERS"},
        {TABLE("<r>text</r>"), "ORDERS"},
        {TABLE("<r><NO>1</NO><NO>2</NO></r>"), "NO"},
        {TABLE("<r><NO>1<B>2</B></NO></r>"), "NO"},
        {TABLE("<r><NO>1</no></r>"), "line 3"},
        {TABLE("<r status=\"insert\" status=\"update\"/>"), "record 1"},
        {TABLE("<r><NO>&unknown;</NO></r>"), "unknown"},
        {TABLE("<r><NO>a & b</NO></r>"), "line 3"},
        {TABLE("<r><NO>&#0;</NO></r>"), "line 3"},
        {TABLE("<r><NO>\001</NO></r>"), "line 3"},
        {TABLE("<r><NO>M\374nchen</NO></r>"), "line 3"},
        {"<!DOCTYPE NavMobileSync [<!ENTITY e \"x\">]>" TABLE("<r><NO>&e;</NO></r>"), "document type"},
        {"<NavMobileSync/><NavMobileSync/>", "line 1"},
        {"<NavMobileSync/>rest", "line 1"},
    };
    for (size_t i = 0; i < LEN(WRONG); i++) {
        if (!CHECK_REFUSED(DMERP_BAD_PACKET, read_all(WRONG[i][0], strlen(WRONG[i][0])), WRONG[i][1]))
            fprintf(stderr, "    that was packet %zu: %s\n", i, WRONG[i][0]);
    }

    /* A packet that breaks off anywhere is not one that ends. */
    CHECK_OK(read_all(TOLERATED, strlen(TOLERATED)), &error);
    size_t end = (size_t)(strstr(TOLERATED, "</NavMobileSync>") - TOLERATED) + strlen("</NavMobileSync>");
    for (size_t len = 0; len < end; len++) {
        if (!CHECK_STATUS(DMERP_BAD_PACKET, read_all(TOLERATED, len), &error))
            fprintf(stderr, "    of %zu bytes\n", len);
    }

    /* After an error it is the same error. */
    dmerp_packet_reader *reader = new_reader(TABLE("<r><NO>1</NO></r>\n<r><NO>2</NO>text</r><r/>"));
    dmerp_record record = next(reader);
    CHECK_TEXT("1", text_of(&record, "NO"));
    for (int i = 0; i < 2; i++)
        CHECK_REFUSED(DMERP_BAD_PACKET, dmerp_packet_reader_next(reader, &record, sizeof record, &error), "line 4", "table ORDERS",
                      "record 2");
    dmerp_packet_reader_free(reader);
}

static void limits_of_the_reader(void)
{
    size_t len = 200000;
    char *content = malloc(len + 200);
    strcpy(content, "<NavMobileSync><table tablename=\"T\">\n<r><NO>1</NO></r>\n<r><NO>");
    size_t begin = strlen(content);
    memset(content + begin, 'x', len);
    strcpy(content + begin + len, "</NO></r></table></NavMobileSync>");
    dmerp_packet_reader *reader = new_reader(content);
    CHECK_OK(dmerp_packet_reader_set(reader, "max_record_bytes", "100000", &error), &error);
    dmerp_record record = next(reader);
    CHECK_TEXT("1", text_of(&record, "NO"));
    CHECK_REFUSED(DMERP_TOO_LARGE, dmerp_packet_reader_next(reader, &record, sizeof record, &error), "line 3, table T, record 2",
                  "max_record_bytes");
    dmerp_packet_reader_free(reader);
    reader = new_reader(content);
    next(reader);
    record = next(reader);
    const char *large = text_of(&record, "NO");
    CHECK(large != NULL && strlen(large) == len);
    dmerp_packet_reader_free(reader);
    free(content);

    /* Elements in elements, skipped or kept: no depth takes the stack. */
    static const char DEEPER[] = "<a>";
    size_t depth = 1000000;
    content = malloc(depth * 3 + 100);
    strcpy(content, "<NavMobileSync><table tablename=\"T\">");
    begin = strlen(content);
    for (size_t i = 0; i < depth; i++)
        memcpy(content + begin + 3 * i, DEEPER, 3);
    dmerp_status status = read_all(content, begin + 3 * depth);
    CHECK(status == DMERP_BAD_PACKET || status == DMERP_TOO_LARGE);
    CHECK_STATUS(status, status, &error);
    free(content);

    reader = new_reader("<NavMobileSync/>");
    static const char *const NO_OPTION[][2] = {
        {"colour", "red"}, {"unknown_elements", "burn"}, {"system_tables", "maybe"}, {"max_record_bytes", "many"}};
    for (size_t i = 0; i < LEN(NO_OPTION); i++)
        CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_set(reader, NO_OPTION[i][0], NO_OPTION[i][1], &error),
                      NO_OPTION[i][0]);
    next(reader);
    CHECK_REFUSED(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_set(reader, "system_tables", "true", &error), "too late");
    dmerp_packet_reader_free(reader);
}

/* The text at a row and a column. */
static const char *cell(const dmerp_rows *rows, size_t row, size_t column)
{
    const char *value = rows->values;
    for (size_t i = 0; i < row * rows->columns + column; i++)
        value += strlen(value) + 1;
    return value;
}

static void rows_are_read(void)
{
    dmerp_packet_reader *reader =
        new_reader("<NavMobileSync><table tablename='A'>\n"
                   "<r status='insert'><NO>1</NO><NAME>one</NAME></r>\n"
                   "<r status='update'><NO>2</NO></r>\n"
                   "<r status='delete'><NO>3</NO><NAME></NAME></r>\n"
                   "<r directresponse='true'><NO>4</NO></r>\n"
                   "<r><NO>5</NO></r></table><table tablename='B'>\n"
                   "<r status='inserted'><ID>6</ID></r><r><ID>7</ID><ID>8</ID></r></table></NavMobileSync>");
    dmerp_rows rows;
    char seen[16] = "";
    uint64_t line = 2;
    dmerp_status status = DMERP_OK;
    /* However they are cut into blocks: each record once, in order, and the block that cannot be is left to next(). */
    while (status == DMERP_OK && strlen(seen) < 6) {
        memset(&rows, 0x5a, sizeof rows);
        status = dmerp_packet_reader_rows(reader, &rows, sizeof rows, &error);
        if (!CHECK_OK(status, &error))
            break;
        for (size_t i = 0; i < rows.count; i++, line++) {
            CHECK_TEXT(line < 7 ? "A" : "B", rows.table);
            CHECK_NUMBER(line, rows.lines[i]);
            CHECK_NUMBER(line < 7 ? line - 1 : 1, rows.first + i);
            CHECK_TEXT(line < 7 ? "NO" : "ID", rows.names);
            CHECK_NUMBER(line == 2 || line == 7 ? DMERP_RECORD_INSERT : line <= 4 ? line - 1 : DMERP_RECORD_NONE, rows.statuses[i]);
            strncat(seen, cell(&rows, i, 0), 1);
            if (line == 2 || line == 4)
                CHECK(rows.columns == 2 && strcmp(cell(&rows, i, 1), line == 2 ? "one" : "") == 0);
            if (line == 3 && rows.columns == 2)
                CHECK_TEXT("\377", cell(&rows, i, 1));
        }
        if (rows.count == 0) {
            dmerp_record record = next(reader);
            if (record.table == NULL)
                break;
            CHECK_NUMBER(line, record.line);
            strncat(seen, record.fields_len > 0 ? record.fields[0].value.text : "?", 1);
            line++;
        }
    }
    CHECK_TEXT("123456", seen);

    /* The error comes after the records before it. */
    CHECK_REFUSED(DMERP_BAD_PACKET, dmerp_packet_reader_rows(reader, &rows, sizeof rows, &error), "table B", "record 2", "field ID");
    dmerp_packet_reader_free(reader);

    /* Many. */
    dmerp_packet_writer *writer = new_writer(NULL);
    begin_table(writer, "T");
    for (int64_t i = 1; i <= 5000; i++) {
        if (put(writer, "NO", number(DMERP_VALUE_INTEGER, i, 0)) != DMERP_OK && !CHECK(false))
            break;
    }
    dmerp_buffer content = finished(writer);
    reader = new_reader((const char *)content.data);
    size_t count = 0;
    do {
        CHECK_OK(dmerp_packet_reader_rows(reader, &rows, sizeof rows, &error), &error);
        const char *value = rows.values;
        for (size_t i = 0; i < rows.count; i++) {
            if (strtoull(value, NULL, 10) != ++count && !CHECK(false))
                break;
            value += strlen(value) + 1;
        }
        CHECK(value == rows.values + rows.values_len);
    } while (rows.count > 0);
    CHECK_NUMBER(5000, count);
    CHECK(next(reader).table == NULL);
    dmerp_packet_reader_free(reader);
    dmerp_buffer_free(&content);
}

/* ---- Check ------------------------------------------------------------------------------------------------------ */

static void mistakes_are_found(void)
{
    static const char CONTENT[] = TABLE("<r status=\"insert\"><NO>1</NO></r>\n"
                                        "<r status=\"update\"><NO>1</NO><NO>2</NO></r>\n"
                                        "<r status=\"read\">text</r>\n"
                                        "<r><NO>4</NO></r>"); /* without a status: another program may refuse it */
    dmerp_mistakes *mistakes = JUNK;
    CHECK_OK(dmerp_packet_check((const uint8_t *)CONTENT, strlen(CONTENT), &mistakes, &error), &error);
    CHECK_NUMBER(3, dmerp_mistakes_len(mistakes));
    dmerp_mistake mistake;
    memset(&mistake, 0x5a, sizeof mistake);
    CHECK_OK(dmerp_mistakes_get(mistakes, 0, &mistake, &error), &error);
    CHECK(mistake.line == 4 && mistake.record == 2 && mistake.what != NULL && *mistake.what != '\0');
    CHECK_TEXT("ORDERS", mistake.table);
    CHECK_TEXT("NO", mistake.field);
    CHECK_OK(dmerp_mistakes_get(mistakes, 1, &mistake, &error), &error);
    CHECK(mistake.line == 5 && mistake.record == 3 && mistake.field == NULL);
    CHECK_OK(dmerp_mistakes_get(mistakes, 2, &mistake, &error), &error);
    CHECK(mistake.line == 6 && mistake.record == 4 && mistake.what != NULL && strstr(mistake.what, "status") != NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_mistakes_get(mistakes, 3, &mistake, &error), &error);
    CHECK(mistake.line == 0 && mistake.table == NULL && mistake.record == 0 && mistake.field == NULL && mistake.what == NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_mistakes_get(mistakes, 0, NULL, &error), &error);
    dmerp_mistakes_free(mistakes);
    dmerp_mistakes_free(mistakes);

    /* In a file it is the same; and what is right has none. */
    write_file("packets.xml", CONTENT);
    CHECK_OK(dmerp_packet_check_file("packets.xml", &mistakes, &error), &error);
    CHECK_NUMBER(3, dmerp_mistakes_len(mistakes));
    dmerp_mistakes_free(mistakes);
    CHECK(unlink("packets.xml") == 0);
    static const char RIGHT[] = TABLE("<r status=\"insert\"><NO>1</NO></r>");
    CHECK_OK(dmerp_packet_check((const uint8_t *)RIGHT, strlen(RIGHT), &mistakes, &error), &error);
    CHECK_NUMBER(0, dmerp_mistakes_len(mistakes));
    dmerp_mistakes_free(mistakes);

    /* What is no packet at all is a mistake, not a failure of the check. */
    static const char *const NONE[] = {"", "no XML", "<html/>", "<NavMobileSync><table tablename=\"T\"><r>"};
    for (size_t i = 0; i < LEN(NONE); i++) {
        CHECK_OK(dmerp_packet_check((const uint8_t *)NONE[i], strlen(NONE[i]), &mistakes, &error), &error);
        CHECK(dmerp_mistakes_len(mistakes) >= 1);
        dmerp_mistakes_free(mistakes);
    }

    /* Of too many, one more tells how many others there are. */
    static const char RECORD[] = "<r status=\"insert\">text</r>\n";
    size_t count = 1500, each = sizeof RECORD - 1;
    char *content = malloc(count * each + 200);
    strcpy(content, "<NavMobileSync><table tablename=\"T\">");
    size_t begin = strlen(content);
    for (size_t i = 0; i < count; i++)
        memcpy(content + begin + i * each, RECORD, each);
    strcpy(content + begin + count * each, "</table></NavMobileSync>");
    CHECK_OK(dmerp_packet_check((const uint8_t *)content, strlen(content), &mistakes, &error), &error);
    CHECK_NUMBER(1001, dmerp_mistakes_len(mistakes));
    CHECK_OK(dmerp_mistakes_get(mistakes, 1000, &mistake, &error), &error);
    CHECK(mistake.what != NULL && strstr(mistake.what, "500") != NULL);
    dmerp_mistakes_free(mistakes);
    free(content);
}

/* ---- Push and receive ------------------------------------------------------------------------------------------- */

/* A packet of about so many bytes. */
static void fill(dmerp_packet_writer *writer, size_t len)
{
    static char value[1001];
    memset(value, 'x', 1000);
    begin_table(writer, "ITEMS");
    for (size_t i = 0; i <= len / 1000; i++) {
        if (put(writer, "NAME", text(value)) != DMERP_OK && !CHECK(false))
            break;
    }
}

static bool is_pushed(const char *mobile_user, const char *id, const void *content, size_t len)
{
    size_t found_len = 0;
    uint8_t *found = sandbox_pushed(mobile_user, id, &found_len);
    bool same = found != NULL && found_len == len && memcmp(found, content, len) == 0;
    free(found);
    return same;
}

/* The writer of a push that runs. */
static dmerp_packet_writer *pushed_now;
static unsigned looked_at;

/* A callback of a push can count the records. All else is refused, and does not wait for the push. */
static int32_t uses_the_writer(void *user_data, const dmerp_progress *progress)
{
    (void)user_data;
    (void)progress;
    dmerp_error *why = NULL;
    CHECK(dmerp_packet_writer_count(pushed_now) > 0);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_finish(pushed_now, &why), &why);
    looked_at++;
    return 0;
}

static void packets_are_pushed(void)
{
    static const size_t SIZES[] = {100, 3000000}; /* in memory, and in a temporary file */
    sandbox_reset();
    for (size_t i = 0; i < LEN(SIZES); i++) {
        dmerp_packet_writer *writer = new_writer("SOFIA01");
        fill(writer, SIZES[i]);
        dmerp_pushed *pushed = JUNK;
        char id[32];
        snprintf(id, sizeof id, "own-%zu", i);
        CHECK_OK(dmerp_client_push_packet(client, NULL, writer, id, NULL, &pushed, &error), &error);
        CHECK_TEXT(id, dmerp_pushed_packet_id(pushed));
        uint64_t size = dmerp_pushed_size(pushed);
        dmerp_pushed_free(pushed);
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, put(writer, "NAME", text("too late")), &error);

        /* The same to another user, and without an id. */
        CHECK_OK(dmerp_client_push_packet(client, "SOFIA02", writer, NULL, NULL, &pushed, &error), &error);
        char *other = strdup(dmerp_pushed_packet_id(pushed));
        dmerp_pushed_free(pushed);
        CHECK_OK(dmerp_client_push_packet(client, NULL, writer, NULL, NULL, NULL, NULL), NULL);
        dmerp_buffer content = finished(writer);
        CHECK_NUMBER(content.len, size);
        CHECK(is_pushed("SOFIA01", id, content.data, content.len));
        CHECK(is_pushed("SOFIA02", other, content.data, content.len));
        free(other);
        dmerp_buffer_free(&content);
    }

    /* A file is pushed as well, and is there. */
    dmerp_packet_writer *writer = new_file_writer("SOFIA01", "packets.xml");
    fill(writer, 2000000);
    dmerp_call *call = NULL;
    CHECK_OK(dmerp_call_new(&call, &error), &error);
    CHECK_OK(dmerp_call_set_progress(call, uses_the_writer, NULL, &error), &error);
    pushed_now = writer;
    CHECK_OK(dmerp_client_push_packet(client, NULL, writer, "file", call, NULL, &error), &error);
    CHECK(looked_at > 0);
    CHECK(dmerp_packet_writer_count(writer) > 0);
    dmerp_call_free(call);
    dmerp_packet_writer_free(writer);
    char *content = read_file("packets.xml");
    CHECK(is_pushed("SOFIA01", "file", content, strlen(content)));
    free(content);
    CHECK(unlink("packets.xml") == 0);

    /* A push that failed can be repeated. */
    writer = new_writer(NULL);
    fill(writer, 100);
    dmerp_pushed *pushed = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_push_packet(client, NULL, writer, "again", NULL, &pushed, &error), &error);
    CHECK(pushed == NULL); /* neither names a mobile user */
    sandbox_fault("{\"on\":\"storage\",\"method\":\"PUT\",\"times\":0,\"action\":{\"status\":{\"code\":403}}}");
    CHECK_STATUS(DMERP_STORAGE_REFUSED, dmerp_client_push_packet(client, "SOFIA01", writer, "again", NULL, &pushed, &error), &error);
    sandbox_clear_faults();
    CHECK_OK(dmerp_client_push_packet(client, "SOFIA01", writer, "again", NULL, NULL, &error), &error);
    dmerp_buffer repeated = finished(writer);
    CHECK(is_pushed("SOFIA01", "again", repeated.data, repeated.len));
    dmerp_buffer_free(&repeated);
}

static void packets_are_received(void)
{
    static const char *const MEMORY_BYTES[] = {"1048576", "0"}; /* in memory, and in a file */
    for (size_t i = 0; i < LEN(MEMORY_BYTES); i++) {
        sandbox_reset();
        sandbox_send("SOFIA01", "packet", NULL, TOLERATED, strlen(TOLERATED));
        dmerp_client *another = sandbox_client_with("receive.memory_bytes", MEMORY_BYTES[i], NULL);
        dmerp_receiver *receiver = NULL;
        dmerp_received *received = NULL;
        CHECK_OK(dmerp_client_receive(another, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, &receiver, &error), &error);
        CHECK_OK(dmerp_receiver_next(receiver, NULL, &received, &error), &error);
        CHECK((dmerp_received_path(received) != NULL) == (i == 1));
        dmerp_packet_reader *first = JUNK, *second = JUNK;
        CHECK_OK(dmerp_packet_reader_new_received(received, &first, &error), &error);
        CHECK_TEXT("ORDERS", next(first).table);
        CHECK_OK(dmerp_packet_reader_new_received(received, &second, &error), &error);
        CHECK_OK(dmerp_received_done(received, &error), &error);
        dmerp_received_free(received); /* the readers do not need it */
        dmerp_receiver_free(receiver);
        dmerp_client_free(another);
        size_t count = 1;
        while (next(first).table != NULL)
            count++;
        CHECK_NUMBER(5, count);
        const char *mobile_user = JUNK;
        CHECK_OK(dmerp_packet_reader_mobile_user(second, &mobile_user, &error), &error);
        CHECK_TEXT("SOFIA01", mobile_user);
        dmerp_packet_reader_free(first);
        dmerp_packet_reader_free(second);
    }
}

/* ---- Handles and threads ---------------------------------------------------------------------------------------- */

/* Structs that can grow are given with their sizes: only a size that they ever had is taken. */
static void sizes(void)
{
    static uint8_t room[4096 + sizeof(uint64_t)];
    const size_t record = sizeof(dmerp_record), rows = sizeof(dmerp_rows);
    const size_t NO_SIZE[] = {0, 1, 8, record - 8, record - 1, record + 1, rows - 8, rows - 1, rows + 1, 4096, SIZE_MAX};
    dmerp_packet_reader *reader = new_reader(TABLE("<r><NO>1</NO></r>"));
    void *place = room;
    for (size_t i = 0; i < LEN(NO_SIZE); i++) {
        memset(room, 0x5a, sizeof room);
        if (NO_SIZE[i] != record)
            CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_next(reader, place, NO_SIZE[i], &error), &error);
        if (NO_SIZE[i] != rows)
            CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_rows(reader, place, NO_SIZE[i], &error), &error);
        for (size_t at = 0; at < sizeof room; at++) {
            if (room[at] != 0x5a && !CHECK(room[at] == 0 && at < NO_SIZE[i]))
                break;
        }
    }
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_next(reader, NULL, record, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_rows(reader, NULL, rows, &error), &error);
    dmerp_record first = next(reader); /* none of these took it */
    CHECK_TEXT("1", text_of(&first, "NO"));
    dmerp_packet_reader_free(reader);
}

static void handles_are_counted(void)
{
    size_t live = dmerp_live_handles();
    dmerp_packet_writer *writer = new_writer(NULL);
    CHECK_NUMBER(live + 1, dmerp_live_handles());
    dmerp_packet_reader *reader = new_reader("<NavMobileSync/>");
    CHECK_NUMBER(live + 2, dmerp_live_handles());
    dmerp_mistakes *mistakes = NULL;
    CHECK_OK(dmerp_packet_check((const uint8_t *)"<NavMobileSync/>", 16, &mistakes, &error), &error);
    CHECK_NUMBER(live + 3, dmerp_live_handles());
    for (int i = 0; i < 2; i++) {
        dmerp_packet_writer_free(writer);
        dmerp_packet_reader_free(reader);
        dmerp_mistakes_free(mistakes);
    }
    CHECK_NUMBER(live, dmerp_live_handles());
    dmerp_field one = field("NO", text("1"));
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, &one, 1, NULL, 0, &error), &error);
    CHECK_NUMBER(0, dmerp_packet_writer_count(writer));
}

enum { THREADS = 4, RECORDS_OF_A_THREAD = 1000 };

static void *write_many(void *writer)
{
    dmerp_field one = field("NAME", text("of many threads"));
    bool good = true;
    for (int i = 0; good && i < RECORDS_OF_A_THREAD; i++)
        good = dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, &one, 1, NULL, 0, NULL) == DMERP_OK;
    CHECK(good);
    return NULL;
}

/* A second thread waits; no record is lost, and none is written into another. */
static void threads(void)
{
    dmerp_packet_writer *writer = new_writer(NULL);
    begin_table(writer, "T");
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, write_many, writer) == 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK_NUMBER(THREADS * RECORDS_OF_A_THREAD, dmerp_packet_writer_count(writer));
    dmerp_buffer content = finished(writer);
    CHECK_OK(read_all((const char *)content.data, content.len), &error);
    dmerp_buffer_free(&content);
}

static void run(void)
{
    client = sandbox_client();
    size_t live = dmerp_live_handles();
    values_are_written();
    values_are_refused();
    values_are_read();
    bytes_are_read();
    nulls_and_empty_texts();
    options_of_the_writer();
    attributes_are_written();
    the_row_id();
    the_writer_refuses();
    rows_are_written();
    csv_files();
    files_are_never_half_written();
    the_reader_is_tolerant();
    the_reader_is_strict();
    limits_of_the_reader();
    rows_are_read();
    mistakes_are_found();
    packets_are_pushed();
    packets_are_received();
    sizes();
    handles_are_counted();
    threads();
    CHECK_NUMBER(live, dmerp_live_handles());
    dmerp_client_free(client);
}

int main(void)
{
    return check_run(run);
}
