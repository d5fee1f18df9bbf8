/*
 * The shortest useful program: makes a packet, sends it to a mobile user, then receives and reads what mobile users sent.
 *
 *     cc -std=c99 -o quickstart quickstart.c $(pkg-config --cflags --libs dmerp)
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... ./quickstart SOFIA01 received
 *
 * The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one.
 * On Windows, arguments with letters beyond ASCII need what the production example does.
 */
#include <dmerp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static dmerp_error *error; /* where a call puts its error */

static int failed(dmerp_status status)
{
    if (status != DMERP_OK)
        fprintf(stderr, "failed: %s\n", dmerp_error_message(error));
    dmerp_error_free(error);
    return status != DMERP_OK;
}

/* Makes a packet of three records, and sends it. Your ERP's data goes here. */
static int push(const dmerp_client *client, const char *mobile_user)
{
    static const struct {
        const char *code, *description;
        int64_t cents;
    } items[] = {{"I00001", "Sunflower oil, 1 l", 349}, {"I00002", "Crisps <salt & pepper>", 99}, {"I00003", "Bread", 120}};
    dmerp_packet_writer *writer;
    dmerp_pushed *pushed;
    if (failed(dmerp_packet_writer_new(mobile_user, &writer, &error)) ||
        failed(dmerp_packet_writer_table(writer, "ITEMS", "CODE", &error))) /* CODE is the key of a record */
        return 1;
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        dmerp_field fields[] = {
            {.name = "CODE", .value = {.kind = DMERP_VALUE_TEXT, .text = items[i].code, .len = DMERP_NUL_TERMINATED}},
            {.name = "DESCRIPTION",
             .value = {.kind = DMERP_VALUE_TEXT, .text = items[i].description, .len = DMERP_NUL_TERMINATED}},
            {.name = "UNITPRICE", .value = {.kind = DMERP_VALUE_DECIMAL, .integer = items[i].cents, .scale = 2}},
        };
        if (failed(dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, fields, 3, NULL, 0, &error)))
            return 1;
    }
    if (failed(dmerp_client_push_packet(client, NULL, writer, NULL, NULL, &pushed, &error)))
        return 1;
    printf("pushed %s\n", dmerp_pushed_packet_id(pushed));
    dmerp_pushed_free(pushed);
    dmerp_packet_writer_free(writer);
    return 0;
}

/* Reads a packet's records, and counts them. Your ERP takes them here. */
static int read_records(const dmerp_received *packet, uint64_t *count)
{
    dmerp_packet_reader *reader;
    dmerp_record record;
    int problems = failed(dmerp_packet_reader_new_received(packet, &reader, &error));
    while (!problems) {
        problems = failed(dmerp_packet_reader_next(reader, &record, sizeof record, &error));
        if (record.table == NULL)
            break; /* the end of the packet, or a failure */
        ++*count;
    }
    dmerp_packet_reader_free(reader);
    return problems;
}

int main(int argc, char **argv)
{
    const char *app_area = getenv("DMERP_APP_AREA"), *api_key = getenv("DMERP_API_KEY"), *base_url = getenv("DMERP_BASE_URL");
    if (argc != 3 || app_area == NULL || api_key == NULL) {
        fprintf(stderr, "usage: DMERP_APP_AREA=... DMERP_API_KEY=... quickstart MOBILE_USER FOLDER\n");
        return 2;
    }
    dmerp_config *config;
    dmerp_client *client;
    dmerp_receiver *receiver;
    dmerp_received *packet;
    dmerp_summary *summary;
    if (failed(dmerp_config_new(&config, &error)) || failed(dmerp_config_set(config, "app_area", app_area, &error)) ||
        failed(dmerp_config_set(config, "api_key", api_key, &error)) ||
        (base_url != NULL && failed(dmerp_config_set(config, "base_url", base_url, &error))) ||
        failed(dmerp_client_new(config, &client, &error)) || push(client, argv[1]) ||
        failed(dmerp_client_receive(client, DMERP_KIND_PACKET, DMERP_FORMAT_XML, &receiver, &error)))
        return 1; /* the end of the process frees what is there */
    int problems = 0;
    for (int n = 1; problems == 0; n++) {
        problems = failed(dmerp_receiver_next(receiver, NULL, &packet, &error));
        if (packet == NULL)
            break; /* the queue is empty, or the call failed */
        char path[1024]; /* nothing that came from outside is part of it */
        snprintf(path, sizeof path, "%s/received-%lld-%d.xml", argv[2], (long long)time(NULL), n);
        uint64_t records = 0;
        problems = read_records(packet, &records) || failed(dmerp_received_save_as(packet, path, &error)) ||
                   failed(dmerp_received_done(packet, &error));
        printf("%s %s: %" PRIu64 " records\n", problems == 0 ? "received" : "not received:", path, records);
        dmerp_received_free(packet); /* it stays in the queue if it is not done */
    }
    problems |= failed(dmerp_receiver_close(receiver, &summary, &error)); /* tells the portal which packets are done */
    if (dmerp_summary_left_len(summary) > 0)
        fprintf(stderr, "failed: %zu packets are left in the queue\n", dmerp_summary_left_len(summary));
    return problems || dmerp_summary_left_len(summary) > 0;
}
