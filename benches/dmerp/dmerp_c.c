/* dmerp from C.
 *
 *     dmerp_c receive COUNT | push COUNT SIZE | list COUNT TIMES
 */
#include <dmerp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t packets, bytes;
} totals;

static void check(dmerp_status status, dmerp_error *error)
{
    if (status != DMERP_OK) {
        fprintf(stderr, "dmerp_c: %s: %s\n", dmerp_status_name(status), dmerp_error_message(error));
        exit(1);
    }
}

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL) {
        fprintf(stderr, "dmerp_c: %s is not set\n", name);
        exit(1);
    }
    return value;
}

static dmerp_client *new_client(void)
{
    dmerp_config *config;
    dmerp_client *client;
    dmerp_error *error;
    check(dmerp_config_new(&config, &error), error);
    check(dmerp_config_set(config, "base_url", setting("DMERP_BASE_URL"), &error), error);
    check(dmerp_config_set(config, "app_area", setting("DMERP_APP_AREA"), &error), error);
    check(dmerp_config_set(config, "api_key", setting("DMERP_API_KEY"), &error), error);
    check(dmerp_client_new(config, &client, &error), error);
    dmerp_config_free(config);
    return client;
}

static void receive(dmerp_client *client, totals *totals)
{
    dmerp_receiver *receiver;
    dmerp_received *received;
    dmerp_summary *summary;
    dmerp_totals marked;
    dmerp_error *error;
    check(dmerp_client_receive(client, DMERP_KIND_PACKET, DMERP_FORMAT_JSON, &receiver, &error), error);
    for (;;) {
        dmerp_packet packet;
        uint64_t size;
        check(dmerp_receiver_next(receiver, NULL, &received, &error), error);
        if (received == NULL)
            break;
        check(dmerp_received_packet(received, &packet, &error), error);
        size = dmerp_received_size(received);
        if (dmerp_received_path(received) == NULL) {
            const uint8_t *data;
            size_t len;
            check(dmerp_received_content(received, &data, &len, &error), error);
            size = len;
        }
        if (packet.size >= 0 && size != (uint64_t)packet.size) {
            fprintf(stderr, "dmerp_c: %" PRIu64 " bytes instead of %" PRId64 "\n", size, packet.size);
            exit(1);
        }
        totals->packets++;
        totals->bytes += size;
        check(dmerp_received_done(received, &error), error);
        dmerp_received_free(received);
    }
    check(dmerp_receiver_close(receiver, &summary, &error), error);
    check(dmerp_summary_totals(summary, &marked, sizeof marked, &error), error);
    if (marked.marked != totals->packets) {
        fprintf(stderr, "dmerp_c: %" PRIu64 " packets are marked\n", marked.marked);
        exit(1);
    }
    dmerp_summary_free(summary);
    dmerp_receiver_free(receiver);
}

static void push(dmerp_client *client, size_t count, size_t size, totals *totals)
{
    dmerp_batch *batch;
    dmerp_error *error;
    size_t content;
    uint8_t *data = malloc(size + 1);
    if (data == NULL)
        abort();
    memset(data, 'x', size);
    check(dmerp_batch_new(client, &batch, &error), error);
    check(dmerp_batch_content(batch, data, size, &content, &error), error);
    free(data);
    for (size_t i = 0; i < count; i++) {
        char user[32];
        snprintf(user, sizeof user, "user%zu", i);
        check(dmerp_batch_add(batch, user, DMERP_FORMAT_XML, content, NULL, &error), error);
    }
    check(dmerp_batch_run(batch, NULL, NULL, &error), error);
    dmerp_batch_free(batch);
    totals->packets = count;
    totals->bytes = (uint64_t)count * size;
}

static void list(dmerp_client *client, size_t times, totals *totals)
{
    for (size_t i = 0; i < times; i++) {
        dmerp_packets *packets;
        dmerp_error *error;
        check(dmerp_client_pull(client, DMERP_KIND_PACKET, DMERP_FORMAT_JSON, NULL, &packets, &error), error);
        for (size_t place = 0; place < dmerp_packets_len(packets); place++) {
            dmerp_packet packet;
            check(dmerp_packets_get(packets, place, &packet, &error), error);
            totals->packets++;
            totals->bytes += (uint64_t)packet.size;
        }
        dmerp_packets_free(packets);
    }
}

int main(int argc, char **argv)
{
    totals totals = {0, 0};
    size_t expected = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    size_t more = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
    dmerp_client *client = new_client();
    if (argc > 1 && strcmp(argv[1], "receive") == 0) {
        receive(client, &totals);
    } else if (argc > 1 && strcmp(argv[1], "push") == 0) {
        push(client, expected, more, &totals);
    } else {
        list(client, more, &totals);
        expected *= more;
    }
    dmerp_client_free(client);
    if (totals.packets != expected) {
        fprintf(stderr, "dmerp_c: %" PRIu64 " packets instead of %zu\n", totals.packets, expected);
        return 1;
    }
    printf("{\"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 "}\n", totals.packets, totals.bytes);
    return 0;
}
