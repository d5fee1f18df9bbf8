/* Packets by dmerp, from C.
 *
 *     dmerp_packets write TEXTS PACKET COUNT | read PACKET
 */
#include "rows.h"
#include <dmerp.h>

static void check(dmerp_status status, dmerp_error *error)
{
    if (status != DMERP_OK) {
        fprintf(stderr, "dmerp_packets: %s: %s\n", dmerp_status_name(status), dmerp_error_message(error));
        exit(1);
    }
}

static uint64_t write_packet(const char *path, uint64_t count)
{
    dmerp_packet_writer *packet;
    dmerp_error *error;
    dmerp_field fields[] = {
        {.name = "NO", .value = {.kind = DMERP_VALUE_TEXT, .len = DMERP_NUL_TERMINATED}},
        {.name = "DESCRIPTION", .value = {.kind = DMERP_VALUE_TEXT, .len = DMERP_NUL_TERMINATED}},
        {.name = "QUANTITY", .value = {.kind = DMERP_VALUE_INTEGER}},
        {.name = "PRICE", .value = {.kind = DMERP_VALUE_DECIMAL, .scale = 2}},
        {.name = "DUEDATE", .value = {.kind = DMERP_VALUE_DATE}},
        {.name = "CHANGED", .value = {.kind = DMERP_VALUE_INSTANT}},
        {.name = "BLOCKED", .value = {.kind = DMERP_VALUE_BOOL}},
        {.name = "NOTE", .value = {.kind = DMERP_VALUE_TEXT, .len = DMERP_NUL_TERMINATED}},
    };
    check(dmerp_packet_writer_new_file("SOFIA01", path, &packet, &error), error);
    check(dmerp_packet_writer_table(packet, "ITEMS", NULL, &error), error);
    for (uint64_t number = 0; number < count; number++) {
        const struct row *item = row_of(number);
        fields[0].value.text = item->no;
        fields[1].value.text = item->description;
        fields[2].value.integer = item->quantity;
        fields[3].value.integer = item->price;
        fields[4].value.integer = item->due_date;
        fields[5].value.integer = item->changed * 1000;
        fields[6].value.integer = item->blocked;
        fields[7].value.text = item->note;
        check(dmerp_packet_writer_record(packet, DMERP_RECORD_INSERT, fields, 8, NULL, 0, &error), error);
    }
    check(dmerp_packet_writer_finish(packet, &error), error);
    count = dmerp_packet_writer_count(packet);
    dmerp_packet_writer_free(packet);
    return count;
}

static uint64_t read_packet(const char *path, uint64_t *length)
{
    dmerp_packet_reader *packet;
    dmerp_record record;
    dmerp_error *error;
    uint64_t count = 0;
    check(dmerp_packet_reader_new_file(path, &packet, &error), error);
    for (;;) {
        check(dmerp_packet_reader_next(packet, &record, sizeof record, &error), error);
        if (record.table == NULL)
            break;
        count++;
        for (size_t i = 0; i < record.fields_len; i++)
            *length += strlen(record.fields[i].name) + record.fields[i].value.len;
    }
    dmerp_packet_reader_free(packet);
    return count;
}

int main(int argc, char **argv)
{
    uint64_t count, length = 0;
    if (argc > 4) {
        make_pool(argv[2]);
        count = write_packet(argv[3], strtoull(argv[4], NULL, 10));
    } else {
        count = read_packet(argv[2], &length);
    }
    printf("{\"records\": %" PRIu64 ", \"length\": %" PRIu64 "}\n", count, length);
    return 0;
}
