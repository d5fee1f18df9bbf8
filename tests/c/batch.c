/*
 * Packets that are pushed together, against a sandbox (see sandbox.h for its settings).
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "sandbox.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

/* Places that hold something else beforehand, so that the tests see them emptied. */
#define JUNK ((void *)(uintptr_t)0x5a5a5a5a)

static const uint8_t SMALL[] = {'<', 'x', '/', '>', 0, 255};

/* ---- Help ------------------------------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static dmerp_batch *new_batch(const dmerp_client *client)
{
    dmerp_batch *batch = JUNK;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_batch_new(client, &batch, &error), &error);
    return batch;
}

static size_t content(dmerp_batch *batch, const void *data, size_t len)
{
    size_t number = 77;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_batch_content(batch, data, len, &number, &error), &error);
    return number;
}

static void add(dmerp_batch *batch, const char *mobile_user, size_t content, const char *packet_id)
{
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_batch_add(batch, mobile_user, DMERP_FORMAT_XML, content, packet_id, &error), &error);
}

/* Entries for mobile users u0, u1, ..., with the ids p0, p1, ... and one content. */
static dmerp_batch *batch_of(const dmerp_client *client, unsigned count, const void *data, size_t len)
{
    dmerp_batch *batch = new_batch(client);
    size_t number = content(batch, data, len);
    for (unsigned i = 0; i < count; i++) {
        char mobile_user[16], packet_id[16];
        snprintf(mobile_user, sizeof mobile_user, "u%u", i);
        snprintf(packet_id, sizeof packet_id, "p%u", i);
        add(batch, mobile_user, number, packet_id);
    }
    return batch;
}

static void check_pushed(const char *mobile_user, const char *packet_id, const void *bytes, size_t len)
{
    size_t found_len = 0;
    uint8_t *found = sandbox_pushed(mobile_user, packet_id, &found_len);
    CHECK(found != NULL && found_len == len && memcmp(found, bytes, len) == 0);
    free(found);
}

static bool is_stored(const dmerp_results *results, size_t index, const char *packet_id, uint64_t size)
{
    dmerp_pushed *pushed = dmerp_results_pushed(results, index);
    const char *id = dmerp_pushed_packet_id(pushed);
    bool stored = dmerp_results_status(results, index) == DMERP_OK && dmerp_results_error(results, index) == NULL && id != NULL &&
                  strcmp(id, packet_id) == 0 && dmerp_pushed_size(pushed) == size && dmerp_pushed_sync_log_id(pushed) != NULL;
    dmerp_pushed_free(pushed);
    return stored;
}

/* Whether an entry is not stored, and its error says the same. */
static void check_failed_entry(const dmerp_results *results, size_t index, dmerp_status status, const char *packet_id)
{
    CHECK_STATUS(status, dmerp_results_status(results, index), NULL);
    CHECK(dmerp_results_pushed(results, index) == NULL);
    dmerp_error *error = dmerp_results_error(results, index);
    CHECK_TEXT(packet_id, dmerp_error_packet_id(error));
    CHECK_STATUS(status, dmerp_error_status(error), &error);
}

static uint64_t pushed_by(const dmerp_client *client)
{
    dmerp_stats stats; /* zeros, if it fails */
    dmerp_client_stats(client, &stats, sizeof stats, NULL);
    return stats.packets_pushed;
}

/* ---- Runs ------------------------------------------------------------------------------------------------------- */

/* Bytes and a file, several entries of one content and of one mobile user, ids of the host's own and made ones. */
static void stores_all(void)
{
    enum { BIG = 300001 };
    uint8_t *big = malloc(BIG);
    for (size_t i = 0; i < BIG; i++)
        big[i] = (uint8_t)(i * 31 + i / 251);
    FILE *file = fopen("batch.tmp", "wb");
    CHECK(file != NULL && fwrite(big, 1, BIG, file) == BIG && fclose(file) == 0);
    dmerp_error *error = JUNK;
    dmerp_results *results = JUNK;
    sandbox_reset();
    dmerp_client *client = sandbox_client();
    dmerp_batch *batch = new_batch(client);

    uint8_t bytes[sizeof SMALL];
    memcpy(bytes, SMALL, sizeof SMALL);
    size_t small = content(batch, bytes, sizeof bytes);
    memset(bytes, 0, sizeof bytes); /* it was copied */
    size_t from_file = 77;
    CHECK_OK(dmerp_batch_content_file(batch, "batch.tmp", &from_file, &error), &error);
    CHECK(small != from_file);
    add(batch, "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd / ?#", small, "own id/\xd0\xba & more");
    add(batch, "u", from_file, "file 1");
    add(batch, "u", small, "small 1");
    add(batch, "u", from_file, "file 2");
    CHECK_OK(dmerp_batch_add(batch, "v", DMERP_FORMAT_JSON, small, NULL, &error), &error);
    CHECK_OK(dmerp_batch_run(batch, NULL, &results, &error), &error);
    CHECK_NUMBER(5, dmerp_results_len(results));
    CHECK(is_stored(results, 0, "own id/\xd0\xba & more", sizeof SMALL) && is_stored(results, 1, "file 1", BIG));
    CHECK(is_stored(results, 2, "small 1", sizeof SMALL) && is_stored(results, 3, "file 2", BIG));
    dmerp_pushed *made = dmerp_results_pushed(results, 4);
    const char *id = dmerp_pushed_packet_id(made);
    CHECK(id != NULL && strlen(id) == 36 && id[14] == '7');
    check_pushed("\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd / ?#", "own id/\xd0\xba & more", SMALL, sizeof SMALL);
    check_pushed("u", "file 1", big, BIG);
    check_pushed("u", "small 1", SMALL, sizeof SMALL);
    check_pushed("u", "file 2", big, BIG);
    CHECK(dmerp_results_pushed(results, 5) == NULL && dmerp_results_pushed(results, SIZE_MAX) == NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_results_status(results, 5), NULL);
    dmerp_results_free(results);
    dmerp_results_free(results);
    CHECK(dmerp_results_pushed(results, 0) == NULL);
    check_pushed("v", id, SMALL, sizeof SMALL); /* what was taken from the results stays valid */

    /* Run again, it sends nothing; with an entry more, that alone. */
    CHECK_NUMBER(5, pushed_by(client));
    CHECK_OK(dmerp_batch_run(batch, NULL, NULL, NULL), NULL);
    CHECK_NUMBER(5, pushed_by(client));
    add(batch, "w", small, "late");
    CHECK_OK(dmerp_batch_run(batch, NULL, &results, &error), &error);
    CHECK_NUMBER(6, pushed_by(client));
    CHECK_NUMBER(6, dmerp_results_len(results));
    CHECK(is_stored(results, 1, "file 1", BIG) && is_stored(results, 5, "late", sizeof SMALL));
    dmerp_pushed *again = dmerp_results_pushed(results, 4);
    CHECK_TEXT(id, dmerp_pushed_packet_id(again));
    dmerp_pushed_free(again);
    dmerp_pushed_free(made);
    dmerp_results_free(results);
    dmerp_batch_free(batch);

    batch = new_batch(client); /* nothing to do */
    CHECK_OK(dmerp_batch_run(batch, NULL, &results, &error), &error);
    CHECK_NUMBER(0, dmerp_results_len(results));
    CHECK(dmerp_results_pushed(results, 0) == NULL);
    dmerp_results_free(results);
    dmerp_batch_free(batch);
    dmerp_client_free(client);
    CHECK(unlink("batch.tmp") == 0);
    free(big);
}

/* An entry that fails holds up no other, and a second run sends only what is missing, with the same ids. */
static void runs_again(void)
{
    dmerp_error *error = JUNK;
    dmerp_results *results = JUNK;
    sandbox_reset();
    sandbox_fault("{\"on\":\"portal\",\"path\":\"/u2\",\"times\":0,\"action\":{\"status\":{\"code\":400,\"body\":\"{\\\"message\\\":"
                  "\\\"no such user\\\"}\"}}}");
    sandbox_fault("{\"on\":\"portal\",\"path\":\"/u4\",\"times\":0,\"action\":{\"status\":{\"code\":503}}}");
    dmerp_client *client = sandbox_client_with("retry.max_attempts", "1", NULL);
    dmerp_batch *batch = batch_of(client, 6, SMALL, sizeof SMALL);
    size_t absent = 77;
    CHECK_OK(dmerp_batch_content_file(batch, "batch.tmp", &absent, &error), &error);
    add(batch, "u6", absent, "p6");
    dmerp_status status = dmerp_batch_run(batch, NULL, &results, &error);
    CHECK_TEXT("p2", dmerp_error_packet_id(error)); /* the first that is not stored */
    CHECK_TEXT("no such user", dmerp_error_server_message(error));
    CHECK_STATUS(DMERP_REJECTED, status, &error);
    CHECK_NUMBER(7, dmerp_results_len(results));
    check_failed_entry(results, 2, DMERP_REJECTED, "p2");
    check_failed_entry(results, 4, DMERP_SERVER_ERROR, "p4");
    check_failed_entry(results, 6, DMERP_FILE_ERROR, "p6");
    CHECK(is_stored(results, 0, "p0", sizeof SMALL) && is_stored(results, 1, "p1", sizeof SMALL));
    CHECK(is_stored(results, 3, "p3", sizeof SMALL) && is_stored(results, 5, "p5", sizeof SMALL));
    dmerp_results_free(results);
    CHECK_NUMBER(4, pushed_by(client));

    sandbox_clear_faults();
    FILE *file = fopen("batch.tmp", "wb");
    CHECK(file != NULL && fwrite(SMALL, 1, sizeof SMALL, file) == sizeof SMALL && fclose(file) == 0);
    CHECK_OK(dmerp_batch_run(batch, NULL, &results, &error), &error);
    CHECK_NUMBER(7, pushed_by(client));
    for (unsigned i = 0; i < 7; i++) {
        char mobile_user[16], packet_id[16];
        snprintf(mobile_user, sizeof mobile_user, "u%u", i);
        snprintf(packet_id, sizeof packet_id, "p%u", i);
        CHECK(is_stored(results, i, packet_id, sizeof SMALL));
        check_pushed(mobile_user, packet_id, SMALL, sizeof SMALL);
    }
    dmerp_results_free(results);
    dmerp_batch_free(batch);
    dmerp_client_free(client);
    CHECK(unlink("batch.tmp") == 0);
}

/* What concerns all is asked once, and told of all. */
static void wrong_key(void)
{
    dmerp_error *error = JUNK;
    dmerp_results *results = JUNK;
    dmerp_stats stats;
    sandbox_reset();
    dmerp_client *client = sandbox_client_with("api_key", "another-key", "push.concurrency", "1", NULL);
    dmerp_batch *batch = batch_of(client, 5, SMALL, sizeof SMALL);
    dmerp_status status = dmerp_batch_run(batch, NULL, &results, &error);
    CHECK(strstr(dmerp_error_message(error), "another-key") == NULL);
    CHECK_STATUS(DMERP_AUTHENTICATION_FAILED, status, &error);
    for (unsigned i = 0; i < 5; i++) {
        char packet_id[16];
        snprintf(packet_id, sizeof packet_id, "p%u", i);
        check_failed_entry(results, i, DMERP_AUTHENTICATION_FAILED, packet_id);
    }
    CHECK_OK(dmerp_client_stats(client, &stats, sizeof stats, &error), &error);
    CHECK_NUMBER(1, stats.requests);
    dmerp_results_free(results);
    dmerp_batch_free(batch);
    dmerp_client_free(client);
}

/* ---- Arguments and handles -------------------------------------------------------------------------------------- */

static void refuses(void)
{
    dmerp_error *error = JUNK;
    sandbox_reset();
    dmerp_client *client = sandbox_client();
    dmerp_batch *batch = new_batch(client);
    size_t small = content(batch, SMALL, sizeof SMALL);
    add(batch, "u", small, "id");
    add(batch, "u", small, NULL);
    dmerp_status status = dmerp_batch_add(batch, "v", DMERP_FORMAT_XML, small, "id", &error);
    CHECK(strstr(dmerp_error_message(error), "id") != NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, status, &error); /* two of one id would replace each other */
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_add(batch, "v", DMERP_FORMAT_XML, small + 1, "id 2", &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_add(batch, "v", DMERP_FORMAT_DEFAULT, small, "id 2", &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_add(batch, "..", DMERP_FORMAT_XML, small, "id 2", &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_add(batch, "", DMERP_FORMAT_XML, small, "id 2", &error), &error);

    /* Results of a done have no push. */
    dmerp_receipt stale = {"no such id", "no such handle"};
    dmerp_results *results = JUNK;
    CHECK_OK(dmerp_batch_run(batch, NULL, &results, &error), &error);
    CHECK_NUMBER(2, dmerp_results_len(results)); /* nothing that was refused is in it */
    dmerp_results_free(results);
    CHECK_STATUS(DMERP_REJECTED,
                 dmerp_client_done(client, &stale, 1, DMERP_KIND_PACKET, DMERP_FORMAT_JSON, NULL, &results, &error), &error);
    CHECK(dmerp_results_pushed(results, 0) == NULL);

    /* A batch, its results and a push are no other kind of handle. */
    size_t number = 77;
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_batch_content((dmerp_batch *)results, SMALL, 1, &number, &error), &error);
    CHECK_NUMBER(0, number);
    CHECK(dmerp_results_pushed((dmerp_results *)batch, 0) == NULL);
    dmerp_batch_free((dmerp_batch *)results);
    dmerp_results_free((dmerp_results *)batch);
    dmerp_receiver_free((dmerp_receiver *)batch);
    dmerp_results_free(results);
    dmerp_client_free(client); /* the batch keeps what it needs of it */
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_client_check(client, NULL, &error), &error);
    add(batch, "v", small, "later");
    CHECK_OK(dmerp_batch_run(batch, NULL, NULL, &error), &error);
    check_pushed("v", "later", SMALL, sizeof SMALL);
    dmerp_batch_free(batch);
    dmerp_batch_free(batch);
    results = JUNK;
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_batch_run(batch, NULL, &results, &error), &error);
    CHECK(results == NULL);
    CHECK_NUMBER(0, dmerp_live_handles());
}

/* ---- Callbacks and threads -------------------------------------------------------------------------------------- */

/* What a callback saw, and what it is to do the first time. */
struct seen {
    pthread_t thread;
    dmerp_batch *batch;
    dmerp_progress progress;
    unsigned calls;
    bool wrong;
    bool stop;
    void (*at_first)(struct seen *);
};

static int32_t on_progress(void *user_data, const dmerp_progress *progress)
{
    struct seen *seen = user_data;
    seen->wrong = seen->wrong || !pthread_equal(seen->thread, pthread_self()) || progress->done > progress->total ||
                  progress->packets > progress->packets_total || progress->packets < seen->progress.packets;
    seen->progress = *progress;
    if (seen->calls++ == 0 && seen->at_first != NULL)
        seen->at_first(seen);
    return seen->stop;
}

static dmerp_call *call_with_progress(struct seen *seen)
{
    dmerp_call *call = NULL;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_call_new(&call, &error), &error);
    CHECK_OK(dmerp_call_set_progress(call, on_progress, seen, &error), &error);
    return call;
}

static void use_the_batch(struct seen *seen)
{
    dmerp_error *error = JUNK;
    dmerp_results *results = JUNK;
    size_t number = 77;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_content(seen->batch, SMALL, 1, &number, &error), &error);
    CHECK_NUMBER(0, number);
    number = 77;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_content_file(seen->batch, "batch.tmp", &number, &error), &error);
    CHECK_NUMBER(0, number);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_add(seen->batch, "u", DMERP_FORMAT_XML, 0, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_run(seen->batch, NULL, &results, &error), &error);
    CHECK(results == NULL);
}

static void free_the_batch(struct seen *seen)
{
    dmerp_batch_free(seen->batch);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_batch_run(seen->batch, NULL, NULL, NULL), NULL);
    dmerp_batch_free(seen->batch);
}

static void progress(void)
{
    enum { COUNT = 10, LEN = 100000 };
    static const uint8_t CONTENT[LEN];
    dmerp_error *error = JUNK;
    dmerp_results *results = JUNK;
    sandbox_reset();
    sandbox_fault("{\"on\":\"portal\",\"path\":\"/u3\",\"times\":1,\"action\":{\"status\":{\"code\":400}}}");
    dmerp_client *client = sandbox_client();
    struct seen seen = {.thread = pthread_self(), .at_first = use_the_batch};
    seen.batch = batch_of(client, COUNT, CONTENT, LEN);
    dmerp_call *call = call_with_progress(&seen);
    CHECK_STATUS(DMERP_REJECTED, dmerp_batch_run(seen.batch, call, &results, &error), &error);
    CHECK(seen.calls > 0 && !seen.wrong);
    CHECK(seen.progress.total == COUNT * LEN && seen.progress.packets_total == COUNT);
    CHECK(seen.progress.packets < COUNT);
    dmerp_results_free(results);

    /* The second run counts its own bytes and packets, and its end is told. */
    seen.at_first = NULL;
    seen.progress = (dmerp_progress){0, 0, 0, 0};
    CHECK_OK(dmerp_batch_run(seen.batch, call, NULL, &error), &error);
    CHECK(!seen.wrong);
    CHECK_NUMBER(LEN, seen.progress.done);
    CHECK_NUMBER(LEN, seen.progress.total);
    CHECK_NUMBER(1, seen.progress.packets);
    CHECK_NUMBER(1, seen.progress.packets_total);
    dmerp_batch_free(seen.batch);

    /* However many are stored at once, the end of all is told. */
    seen = (struct seen){.thread = pthread_self()};
    seen.batch = batch_of(client, COUNT, CONTENT, LEN);
    CHECK_OK(dmerp_batch_run(seen.batch, call, NULL, &error), &error);
    CHECK(!seen.wrong && seen.progress.done == COUNT * LEN && seen.progress.packets == COUNT);
    dmerp_batch_free(seen.batch);

    /* Freed within its own run: the run goes on. */
    size_t live = dmerp_live_handles();
    seen = (struct seen){.thread = pthread_self(), .at_first = free_the_batch};
    seen.batch = batch_of(client, COUNT, CONTENT, LEN);
    CHECK_OK(dmerp_batch_run(seen.batch, call, &results, &error), &error);
    CHECK_NUMBER(COUNT, dmerp_results_len(results));
    dmerp_results_free(results);
    CHECK_NUMBER(live, dmerp_live_handles());

    /* A callback that ends it: what is stored stays stored. */
    sandbox_fault("{\"on\":\"storage\",\"times\":0,\"action\":{\"delay\":{\"ms\":20}}}");
    dmerp_client *slow = sandbox_client_with("push.concurrency", "1", NULL);
    seen = (struct seen){.thread = pthread_self(), .stop = true};
    seen.batch = batch_of(slow, COUNT, CONTENT, LEN);
    CHECK_STATUS(DMERP_CANCELLED, dmerp_batch_run(seen.batch, call, &results, &error), &error);
    size_t stored = 0;
    for (size_t i = 0; i < COUNT; i++)
        stored += dmerp_results_status(results, i) == DMERP_OK;
    CHECK_NUMBER(pushed_by(slow), stored);
    CHECK(stored < COUNT);
    check_failed_entry(results, COUNT - 1, DMERP_CANCELLED, "p9");
    dmerp_results_free(results);
    CHECK_OK(dmerp_batch_run(seen.batch, NULL, NULL, &error), &error);
    CHECK_NUMBER(COUNT, pushed_by(slow));
    dmerp_batch_free(seen.batch);
    dmerp_client_free(slow);
    dmerp_call_free(call);
    dmerp_client_free(client);
}

/* A run that another thread is in. */
struct other {
    pthread_t thread;
    dmerp_batch *batch;
    dmerp_call *call;
    dmerp_results *results;
    dmerp_status status;
    int64_t ended_ms;
};

static void *run_other(void *user_data)
{
    struct other *other = user_data;
    other->status = dmerp_batch_run(other->batch, other->call, &other->results, NULL);
    other->ended_ms = now_ms();
    return NULL;
}

static void cancelled(void)
{
    dmerp_error *error = JUNK;
    sandbox_reset();
    sandbox_fault("{\"on\":\"storage\",\"path\":\"u2\",\"times\":0,\"action\":\"hang\"}");
    dmerp_client *client = sandbox_client();
    struct other other = {.batch = batch_of(client, 4, SMALL, sizeof SMALL), .results = JUNK};
    CHECK_OK(dmerp_call_new(&other.call, NULL), NULL);
    CHECK(pthread_create(&other.thread, NULL, run_other, &other) == 0);
    while (pushed_by(client) < 3) { /* all but the one that hangs */
        struct timespec pause = {0, 5 * 1000 * 1000};
        nanosleep(&pause, NULL);
    }
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_run(other.batch, NULL, NULL, &error), &error); /* one thread at a time */
    int64_t cancelled_ms = now_ms();
    CHECK_OK(dmerp_call_cancel(other.call, &error), &error);
    CHECK(pthread_join(other.thread, NULL) == 0);
    CHECK(other.ended_ms - cancelled_ms <= 250);
    CHECK_STATUS(DMERP_CANCELLED, other.status, NULL);
    check_failed_entry(other.results, 2, DMERP_CANCELLED, "p2");
    CHECK(is_stored(other.results, 0, "p0", sizeof SMALL) && is_stored(other.results, 3, "p3", sizeof SMALL));
    dmerp_results_free(other.results);

    /* Cancelled before, it sends nothing; and without the control it sends what is missing. */
    CHECK_STATUS(DMERP_CANCELLED, dmerp_batch_run(other.batch, other.call, NULL, &error), &error);
    dmerp_call_free(other.call);
    sandbox_clear_faults();
    CHECK_OK(dmerp_batch_run(other.batch, NULL, NULL, &error), &error);
    CHECK_NUMBER(4, pushed_by(client));

    /* A time-out holds for the whole run. */
    sandbox_fault("{\"on\":\"portal\",\"times\":0,\"action\":\"hang\"}");
    dmerp_batch *late = batch_of(client, 3, SMALL, sizeof SMALL);
    CHECK_OK(dmerp_call_new(&other.call, NULL), NULL);
    CHECK_OK(dmerp_call_set_timeout_ms(other.call, 300, NULL), NULL);
    int64_t began_ms = now_ms();
    CHECK_STATUS(DMERP_TIMED_OUT, dmerp_batch_run(late, other.call, NULL, &error), &error);
    CHECK(now_ms() - began_ms < 600);
    dmerp_call_free(other.call);
    dmerp_batch_free(late);
    dmerp_batch_free(other.batch);
    dmerp_client_free(client);
}

/* ---- */

static void run(void)
{
    stores_all();
    runs_again();
    wrong_key();
    refuses();
    progress();
    cancelled();
    sandbox_reset();
    CHECK_NUMBER(0, dmerp_live_handles());
}

int main(void)
{
    return check_run(run);
}
