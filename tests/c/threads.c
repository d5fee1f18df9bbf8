/*
 * Many threads on one client, each with a round trip of its own again and again, and many on one receiver: every content comes
 * back right, and each packet once.
 *
 * Against a sandbox (see sandbox.h for its settings).
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "sandbox.h"

#include <pthread.h>
#include <unistd.h>

enum { THREADS = 32, ROUNDS = 6 };

static dmerp_client *client;

static void fill(uint8_t *bytes, size_t len, uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 1;
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(state >> 24);
    }
}

static void push_one(uint32_t seed, const uint8_t *bytes, size_t len)
{
    char user[32], id[32];
    snprintf(user, sizeof user, "thread%u", (unsigned)(seed % THREADS));
    snprintf(id, sizeof id, "packet-%u", (unsigned)seed);
    dmerp_pushed *pushed = NULL;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_client_push(client, user, seed % 2 == 0 ? DMERP_FORMAT_XML : DMERP_FORMAT_JSON, bytes, len, id, NULL, &pushed,
                               &error),
             &error);
    CHECK_TEXT(id, dmerp_pushed_packet_id(pushed));
    dmerp_pushed_free(pushed);
    size_t found_len = 0;
    uint8_t *found = sandbox_pushed(user, id, &found_len);
    CHECK(found != NULL && found_len == len && memcmp(found, bytes, len) == 0);
    free(found);
}

/* Sends a packet and receives those that this thread's pull happens to list: which, its name tells, and so its content. */
static void receive_some(uint32_t seed, const uint8_t *bytes, size_t len, unsigned *received)
{
    char id[32];
    snprintf(id, sizeof id, "%u %zu", (unsigned)seed, len);
    sandbox_send("sender", "packet", id, bytes, len);
    dmerp_packets *packets = NULL;
    dmerp_error *error = NULL;
    dmerp_format format = seed % 3 == 0 ? DMERP_FORMAT_XML : DMERP_FORMAT_JSON;
    CHECK_OK(dmerp_client_pull(client, DMERP_KIND_PACKET, format, NULL, &packets, &error), &error);
    size_t count = dmerp_packets_len(packets);
    for (size_t i = 0; i < count; i++) {
        dmerp_packet packet;
        unsigned its_seed = 0;
        size_t its_len = 0;
        CHECK_OK(dmerp_packets_get(packets, i, &packet, &error), &error);
        CHECK(sscanf(packet.id, "%u %zu", &its_seed, &its_len) == 2);
        uint8_t *expected = malloc(its_len + 1);
        fill(expected, its_len, its_seed);

        dmerp_buffer link = {0};
        CHECK_OK(dmerp_client_link(client, packet.url, NULL, &link, &error), &error);
        CHECK(link.len > 0);
        dmerp_buffer_free(&link);
        dmerp_buffer content = {0};
        CHECK_OK(dmerp_client_download(client, packet.url, NULL, &content, &error), &error);
        CHECK(content.len == its_len && memcmp(content.data, expected, its_len) == 0);
        dmerp_buffer_free(&content);
        free(expected);
        dmerp_receipt receipt = {packet.id, packet.receipt_handle};
        CHECK_OK(dmerp_client_done(client, &receipt, 1, DMERP_KIND_PACKET, format, NULL, NULL, &error), &error);
        __atomic_add_fetch(received, 1, __ATOMIC_RELAXED);
    }
    dmerp_packets_free(packets);
}

/*
 * A thread's end. Under Wine 8, where threads end, a call on another thread now and then gets its answer only after timeout.idle_ms
 * (docs/windows.md); by then, packets are listed again, and one is received twice. So no thread ends there before all are through.
 */
static pthread_barrier_t all_through;

static void *through(void)
{
#ifdef _WIN32
    pthread_barrier_wait(&all_through);
#endif
    return NULL;
}

static unsigned received;

static void *round_trips(void *user_data)
{
    const uint32_t number = *(const uint32_t *)user_data;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t seed = number + THREADS * round;
        size_t len = 1 + (seed * 7919) % 150000;
        uint8_t *bytes = malloc(len);
        fill(bytes, len, seed);
        push_one(seed, bytes, len);
        receive_some(seed, bytes, len, &received);
        free(bytes);
    }
    return through();
}

static void on_threads(void *(*work)(void *))
{
    pthread_t threads[THREADS];
    uint32_t numbers[THREADS];
    CHECK(pthread_barrier_init(&all_through, NULL, THREADS) == 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(pthread_barrier_destroy(&all_through) == 0);
}

/* ---- One receiver ----------------------------------------------------------------------------------------------- */

enum { PACKETS = 400 };

static dmerp_receiver *receiver;
static unsigned times_received[PACKETS];
static unsigned kept;

/* Handles packets until there are none; every tenth it leaves in the queue. */
static void *handle_packets(void *nothing)
{
    (void)nothing;
    dmerp_error *error = NULL;
    for (;;) {
        dmerp_received *packet = NULL;
        if (!CHECK_OK(dmerp_receiver_next(receiver, NULL, &packet, &error), &error) || packet == NULL)
            return through();
        dmerp_packet about;
        unsigned number = PACKETS;
        size_t len = 0, expected_len = 0;
        const uint8_t *bytes = NULL;
        CHECK_OK(dmerp_received_packet(packet, &about, &error), &error);
        CHECK_OK(dmerp_received_content(packet, &bytes, &len, &error), &error);
        CHECK(sscanf(about.id, "%u %zu", &number, &expected_len) == 2);
        if (CHECK(number < PACKETS && len == expected_len)) {
            uint8_t *expected = malloc(len);
            fill(expected, len, number);
            CHECK(memcmp(bytes, expected, len) == 0);
            free(expected);
            __atomic_add_fetch(&times_received[number], 1, __ATOMIC_RELAXED);
        }
        if (number % 10 == 0) {
            CHECK_OK(dmerp_received_keep(packet, NULL, &error), &error);
            __atomic_add_fetch(&kept, 1, __ATOMIC_RELAXED);
        } else {
            CHECK_OK(dmerp_received_done(packet, &error), &error);
        }
        dmerp_received_free(packet);
    }
}

static void on_one_receiver(void)
{
    sandbox_reset();
    for (unsigned number = 0; number < PACKETS; number++) {
        char id[32];
        size_t len = 1 + number * 7919 % 20000;
        uint8_t *bytes = malloc(len);
        fill(bytes, len, number);
        snprintf(id, sizeof id, "%u %zu", number, len);
        sandbox_send("sender", "packet", id, bytes, len);
        free(bytes);
    }
    dmerp_error *error = NULL;
    client = sandbox_client_with("receive.memory_bytes", "10000", NULL); /* so half of them come in files */
    CHECK_OK(dmerp_client_receive(client, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, &receiver, &error), &error);
    on_threads(handle_packets);
    for (unsigned number = 0; number < PACKETS; number++)
        CHECK_NUMBER(1, times_received[number]);
    CHECK_NUMBER(PACKETS / 10, kept);
    dmerp_summary *summary = NULL;
    dmerp_totals totals;
    CHECK_OK(dmerp_receiver_close(receiver, &summary, &error), &error);
    CHECK_OK(dmerp_summary_totals(summary, &totals, sizeof totals, &error), &error);
    CHECK_NUMBER(PACKETS, totals.handed_over);
    CHECK_NUMBER(PACKETS - kept, totals.marked);
    CHECK_NUMBER(kept, totals.left);
    CHECK_NUMBER(kept, dmerp_summary_left_len(summary));
    dmerp_summary_free(summary);
    dmerp_receiver_free(receiver);
    CHECK_NUMBER(kept, sandbox_waiting("packet"));
    CHECK_NUMBER(1, dmerp_live_handles());
    dmerp_client_free(client);
}

/* ---- */

static void run(void)
{
    sandbox_reset();
    client = sandbox_client();
    on_threads(round_trips);
    CHECK_NUMBER(THREADS * ROUNDS, received); /* each packet by one thread, once */
    CHECK_NUMBER(1, dmerp_live_handles());
    dmerp_client_free(client);
    on_one_receiver();
    CHECK_NUMBER(0, dmerp_live_handles());
}

int main(void)
{
    return check_run(run);
}
