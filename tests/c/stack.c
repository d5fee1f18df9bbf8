/*
 * How much of a host's thread the library uses: at most 48 KB of its stack in any call, so that a thread with a small stack can
 * make it. Each call is the first of its client, which has to connect; and then again.
 *
 * Against a sandbox (see sandbox.h for its settings).
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "sandbox.h"

#include <pthread.h>

enum { LIMIT = 48 * 1024, PAINTED = 160 * 1024, PAINT = 0xa5 };

/* ---- Painting --------------------------------------------------------------------------------------------------- */

static uintptr_t painted; /* the first byte of the paint */

/* Paints the stack below the caller's frame. From its top, as Windows makes a stack's pages one after the other. */
__attribute__((noinline)) static void paint(void)
{
    volatile uint8_t area[PAINTED];
    for (size_t i = PAINTED; i > 0; i--)
        area[i - 1] = PAINT;
    painted = (uintptr_t)area;
}

/* How far below the caller's frame the paint is gone. */
__attribute__((noinline)) static size_t used_below(uintptr_t frame)
{
    const volatile uint8_t *at = (const volatile uint8_t *)painted;
    while ((uintptr_t)at < frame && *at == PAINT)
        at++;
    return frame - (uintptr_t)at;
}

static void (*work)(void);

__attribute__((noinline)) static size_t used(void)
{
    volatile uint8_t frame = 0;
    paint();
    work();
    return used_below((uintptr_t)&frame);
}

/* ---- The calls -------------------------------------------------------------------------------------------------- */

static dmerp_error *error;
static dmerp_config *config;
static dmerp_client *client;
static dmerp_packets *packets;
static dmerp_packet packet; /* of the packets */
static dmerp_batch *batch;
static dmerp_results *results;
static dmerp_receiver *receiver;
static dmerp_received *received;
static dmerp_buffer buffer;
static dmerp_status status;

static const uint8_t CONTENT[] = "<NavMobileSync/>";

static int32_t read_once(void *user_data, uint8_t *bytes, size_t room, size_t *len)
{
    bool *done = user_data;
    *len = *done || room < sizeof CONTENT ? 0 : sizeof CONTENT;
    memcpy(bytes, CONTENT, *len);
    *done = true;
    return 0;
}

static int32_t write_nowhere(void *user_data, const uint8_t *bytes, size_t len, size_t *taken)
{
    (void)user_data;
    (void)bytes;
    *taken = len;
    return 0;
}

static void config_new(void)
{
    config = sandbox_config();
}
static void config_free(void)
{
    dmerp_config_free(config);
}
static void client_new(void)
{
    status = dmerp_client_new(config, &client, &error);
}
static void client_free(void)
{
    dmerp_client_free(client);
}
static void check(void)
{
    status = dmerp_client_check(client, NULL, &error);
}
static void push(void)
{
    status = dmerp_client_push(client, "u", DMERP_FORMAT_XML, CONTENT, sizeof CONTENT, NULL, NULL, NULL, &error);
}
static void push_file(void)
{
    status = dmerp_client_push_file(client, "u", DMERP_FORMAT_XML, "stack.tmp", NULL, NULL, NULL, &error);
}
static void push_stream(void)
{
    bool done = false;
    status = dmerp_client_push_stream(client, "u", DMERP_FORMAT_XML, read_once, &done, NULL, NULL, NULL, &error);
}
static void push_many(void)
{
    status = dmerp_batch_run(batch, NULL, &results, &error);
}
static void pull(void)
{
    status = dmerp_client_pull(client, DMERP_KIND_PACKET, DMERP_FORMAT_JSON, NULL, &packets, &error);
}
static void pull_xml(void)
{
    status = dmerp_client_pull(client, DMERP_KIND_PACKET, DMERP_FORMAT_XML, NULL, &packets, &error);
}
static void link_of(void)
{
    status = dmerp_client_link(client, packet.url, NULL, &buffer, &error);
}
static void download(void)
{
    status = dmerp_client_download(client, packet.url, NULL, &buffer, &error);
}
static void download_file(void)
{
    status = dmerp_client_download_file(client, packet.url, "stack.tmp", NULL, NULL, &error);
}
static void download_stream(void)
{
    status = dmerp_client_download_stream(client, packet.url, write_nowhere, NULL, NULL, NULL, &error);
}
static void done(void)
{
    dmerp_receipt receipt = {packet.id, packet.receipt_handle};
    status = dmerp_client_done(client, &receipt, 1, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, NULL, NULL, &error);
}
static void receiver_new(void)
{
    status = dmerp_client_receive(client, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, &receiver, &error);
}
static void receiver_next(void)
{
    status = dmerp_receiver_next(receiver, NULL, &received, &error);
}
static void received_save_as(void)
{
    status = dmerp_received_save_as(received, "stack.tmp", &error);
}
static void received_done(void)
{
    status = dmerp_received_done(received, &error);
}
static void receiver_close(void)
{
    status = dmerp_receiver_close(receiver, NULL, &error);
}
static void receiver_free(void)
{
    dmerp_receiver_free(receiver);
}

/* ---- The table -------------------------------------------------------------------------------------------------- */

static const char *scheme, *deepest_name = "";
static size_t deepest;

/* Measures a call, which must succeed. */
static void measure(const char *name, void (*call)(void))
{
    status = DMERP_OK;
    work = call;
    size_t bytes = used();
    printf("%-6s %-18s %6zu bytes\n", scheme, name, bytes);
    if (bytes > deepest) {
        deepest = bytes;
        deepest_name = name;
    }
    CHECK_OK(status, &error);
    if (!CHECK(bytes <= LIMIT))
        fprintf(stderr, "    %s over %s: %zu bytes\n", name, scheme, bytes);
    CHECK(bytes > 100); /* it was measured */
}

/* A client that has no connection yet. */
static void renew(void)
{
    dmerp_client_free(client);
    CHECK_OK(dmerp_client_new(config, &client, &error), &error);
}

/* Measures a verb of a new client, and again. */
static void measure_twice(const char *name, void (*call)(void))
{
    renew();
    measure(name, call);
    measure("    again", call);
}

/* As above, for a verb that needs a packet listed. */
static void measure_with_a_packet(const char *name, void (*call)(void))
{
    renew();
    pull();
    CHECK_OK(status, &error);
    CHECK_OK(dmerp_packets_get(packets, 0, &packet, &error), &error);
    renew();
    measure(name, call);
    dmerp_packets_free(packets);
    sandbox_show_hidden();
}

static void measure_all(void)
{
    measure("client_new", client_new);
    measure_twice("check", check);
    measure_twice("push", push);
    measure_twice("push_file", push_file);
    measure_twice("push_stream", push_stream);

    size_t content = 0;
    CHECK_OK(dmerp_batch_new(client, &batch, &error), &error);
    CHECK_OK(dmerp_batch_content(batch, CONTENT, sizeof CONTENT, &content, &error), &error);
    for (int i = 0; i < 40; i++) {
        char user[16];
        snprintf(user, sizeof user, "u%d", i);
        CHECK_OK(dmerp_batch_add(batch, user, DMERP_FORMAT_XML, content, NULL, &error), &error);
    }
    measure("push_many", push_many);
    dmerp_results_free(results);
    dmerp_batch_free(batch);

    renew();
    measure("pull", pull);
    dmerp_packets_free(packets);
    sandbox_show_hidden();
    renew();
    measure("pull, XML", pull_xml);
    dmerp_packets_free(packets);
    sandbox_show_hidden();
    measure_with_a_packet("link", link_of);
    dmerp_buffer_free(&buffer);
    measure_with_a_packet("download", download);
    dmerp_buffer_free(&buffer);
    measure_with_a_packet("download_file", download_file);
    measure_with_a_packet("download_stream", download_stream);
    measure_with_a_packet("done", done);

    renew();
    measure("receive", receiver_new);
    measure("receiver_next", receiver_next);
    measure("received_save_as", received_save_as);
    measure("received_done", received_done);
    dmerp_received_free(received);
    measure("receiver_close", receiver_close);
    measure("receiver_free", receiver_free);
    measure("client_free", client_free);
    measure("config_free", config_free);
}

static void run(void)
{
    sandbox_reset();
    FILE *file = fopen("stack.tmp", "wb");
    CHECK(file != NULL && fwrite(CONTENT, sizeof CONTENT, 1, file) == 1 && fclose(file) == 0);
    sandbox_send_many("anna", "20", CONTENT, sizeof CONTENT);
    scheme = strncmp(sandbox_base_url(), "https:", 6) == 0 ? "https" : "http";
    measure("config", config_new);
    measure_all();
    printf("at most %zu bytes of stack: %s\n", deepest, deepest_name);
    CHECK(remove("stack.tmp") == 0);
    CHECK_NUMBER(0, dmerp_live_handles());
}

int main(void)
{
    return check_run(run);
}
