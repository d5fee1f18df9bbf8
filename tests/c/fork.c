/*
 * A process that forks while its threads make calls: each child uses the client that it inherited, and the parent's calls
 * go on undisturbed. A receiver stays the parent's: the child can only let go of it.
 *
 * Against a sandbox (see sandbox.h for its settings).
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "sandbox.h"

#include <pthread.h>
#include <unistd.h>

enum { THREADS = 4, CHILDREN = 20, TIME_LIMIT_S = 120, CHILD_LIMIT_S = 20 };

static dmerp_client *client;
static int stop;
static unsigned calls;

static void push_and_pull(dmerp_client *by, const char *user, unsigned number)
{
    char id[64], content[128];
    snprintf(id, sizeof id, "%ld-%u", (long)getpid(), number);
    int len = snprintf(content, sizeof content, "<NavMobileSync salesmancode=\"%s\"/><!-- %s -->", user, id);
    dmerp_pushed *pushed = NULL;
    dmerp_packets *packets = NULL;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_client_push(by, user, DMERP_FORMAT_XML, (const uint8_t *)content, (size_t)len, id, NULL, &pushed, &error), &error);
    CHECK_TEXT(id, dmerp_pushed_packet_id(pushed));
    dmerp_pushed_free(pushed);
    size_t found_len = 0;
    uint8_t *found = sandbox_pushed(user, id, &found_len);
    CHECK(found != NULL && found_len == (size_t)len && memcmp(found, content, found_len) == 0);
    free(found);
    CHECK_OK(dmerp_client_pull(by, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, NULL, &packets, &error), &error);
    dmerp_packets_free(packets);
}

static void *keep_calling(void *user_data)
{
    const unsigned thread = *(const unsigned *)user_data;
    char user[32];
    snprintf(user, sizeof user, "parent%u", thread);
    for (unsigned number = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); number++) {
        push_and_pull(client, user, thread * 1000000 + number);
        __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

/* ---- What a child does ------------------------------------------------------------------------------------------ */

static void use_inherited(void)
{
    push_and_pull(client, "child", 0);
    push_and_pull(client, "child", 1);
}

static void free_inherited(void)
{
    dmerp_client_free(client);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_client_check(client, NULL, NULL), NULL);
    CHECK_NUMBER(0, dmerp_live_handles());
}

static void use_and_free_inherited(void)
{
    push_and_pull(client, "child", 0);
    free_inherited();
}

static void make_its_own(void)
{
    dmerp_client *own = sandbox_client();
    push_and_pull(own, "child", 0);
    dmerp_client_free(own);
    push_and_pull(client, "child", 1);
}

static void use_the_library_first(void)
{
    dmerp_client *own = sandbox_client();
    push_and_pull(own, "child", 0);
    dmerp_client_free(own);
    CHECK_NUMBER(0, dmerp_live_handles());
}

/* Freed before the fork, so it is in the child. */
static void see_it_freed(void)
{
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_client_check(client, NULL, NULL), NULL);
}

static bool in_child(void (*work)(void))
{
    return check_in_child(work, CHILD_LIMIT_S);
}

static void fork_again(void)
{
    use_inherited();
    CHECK(in_child(use_inherited));
    use_inherited();
}

/* ---- A receiver ------------------------------------------------------------------------------------------------- */

enum { BIG = 100000 };

static dmerp_receiver *receiver;
static dmerp_received *in_memory;
static dmerp_received *in_a_file;
static dmerp_received *last;
static dmerp_batch *batch;

static void check_contents(void)
{
    static uint8_t zeros[BIG];
    const uint8_t *data = NULL;
    size_t len = 0;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_received_content(in_memory, &data, &len, &error), &error);
    CHECK(len == 5 && memcmp(data, "small", 5) == 0);
    const char *path = dmerp_received_path(in_a_file);
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;
    uint8_t *found = malloc(BIG + 1);
    CHECK(file != NULL && fread(found, 1, BIG + 1, file) == BIG && memcmp(found, zeros, BIG) == 0);
    if (file != NULL)
        fclose(file);
    free(found);
}

static void open_a_receiver(void)
{
    static const uint8_t CONTENT[BIG];
    dmerp_error *error = NULL;
    sandbox_reset();
    sandbox_send("sender", "packet", "small", "small", 5);
    sandbox_send("sender", "packet", "big", CONTENT, BIG);
    sandbox_send("sender", "packet", "last", "last", 4);
    client = sandbox_client_with("receive.memory_bytes", "1000", "receive.done_ms", "60000", "receive.poll_ms", "60000", NULL);
    CHECK_OK(dmerp_client_receive(client, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, &receiver, &error), &error);
    CHECK_OK(dmerp_receiver_next(receiver, NULL, &in_memory, &error), &error);
    CHECK_OK(dmerp_receiver_next(receiver, NULL, &in_a_file, &error), &error);
    CHECK_OK(dmerp_batch_new(client, &batch, &error), &error);
    check_contents();
}

/* What a child may not do, since the parent goes on. */
static void refuse_inherited(void)
{
    dmerp_received *received = NULL;
    dmerp_summary *summary = NULL;
    dmerp_error *error = NULL;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_receiver_next(receiver, NULL, &received, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_receiver_close(receiver, &summary, &error), &error);
    CHECK(received == NULL && summary == NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_done(in_memory, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_keep(in_a_file, NULL, &error), &error);
    check_contents();
}

/* No file of the parent's goes, and nothing is marked. */
static void free_inherited_receiver(void)
{
    dmerp_received_free(in_memory);
    dmerp_received_free(in_a_file);
    dmerp_received_free(last);
    dmerp_receiver_free(receiver);
    dmerp_batch_free(batch);
    free_inherited();
}

static void exit_with_inherited(void)
{
    exit(__atomic_load_n(&check_failed, __ATOMIC_RELAXED) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void receive_by(dmerp_client *by)
{
    dmerp_receiver *own = NULL;
    dmerp_received *received = NULL;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_client_receive(by, DMERP_KIND_FILE, DMERP_FORMAT_DEFAULT, &own, &error), &error);
    CHECK_OK(dmerp_receiver_next(own, NULL, &received, &error), &error);
    CHECK_OK(dmerp_received_done(received, &error), &error);
    dmerp_received_free(received);
    CHECK_OK(dmerp_receiver_close(own, NULL, &error), &error);
    dmerp_receiver_free(own);
}

static void receive_by_its_own(void)
{
    dmerp_client *own = sandbox_client();
    receive_by(own);
    dmerp_client_free(own);
}

static void receive_by_inherited(void)
{
    receive_by(client);
}

static void *wait_in_next(void *nothing)
{
    dmerp_received *received = NULL;
    CHECK_OK(dmerp_receiver_next(receiver, NULL, &received, NULL), NULL);
    CHECK(received == NULL); /* at the stop */
    return nothing;
}

static void children_of_a_receiver(void)
{
    dmerp_error *error = NULL;
    open_a_receiver();
    CHECK_OK(dmerp_received_done(in_memory, &error), &error); /* to be marked later, by the parent */
    CHECK(in_child(free_inherited_receiver));
    check_contents();
    CHECK(in_child(exit_with_inherited));
    check_contents();
    CHECK_NUMBER(3, sandbox_waiting("packet"));
    dmerp_received_free(in_memory);
    dmerp_received_free(in_a_file);

    CHECK_OK(dmerp_receiver_next(receiver, NULL, &last, &error), &error);
    CHECK_NUMBER(4, dmerp_received_size(last));
    CHECK_OK(dmerp_received_done(last, &error), &error);
    dmerp_received_free(last);
    dmerp_summary *summary = NULL;
    dmerp_totals totals;
    CHECK_OK(dmerp_receiver_close(receiver, &summary, &error), &error);
    CHECK_OK(dmerp_summary_totals(summary, &totals, sizeof totals, &error), &error);
    CHECK(totals.done == 2 && totals.marked == 2 && totals.left == 1);
    dmerp_summary_free(summary);
    CHECK_NUMBER(1, sandbox_waiting("packet"));
    dmerp_receiver_free(receiver);
    dmerp_batch_free(batch);
    dmerp_client_free(client);

    open_a_receiver();
    CHECK(in_child(refuse_inherited));
    check_contents();
    sandbox_send("sender", "file", "for the child", "x", 1);
    CHECK(in_child(receive_by_its_own));
    sandbox_send("sender", "file", "for the next child", "x", 1);
    CHECK(in_child(receive_by_inherited));
    CHECK_NUMBER(0, sandbox_waiting("file"));
    /* While another thread waits in next. */
    pthread_t waiter;
    CHECK_OK(dmerp_receiver_next(receiver, NULL, &last, &error), &error);
    CHECK(pthread_create(&waiter, NULL, wait_in_next, NULL) == 0);
    for (unsigned i = 0; i < CHILDREN; i++) {
        CHECK(in_child(refuse_inherited));
        CHECK(in_child(free_inherited_receiver));
    }
    check_contents();
    CHECK_OK(dmerp_received_done(last, &error), &error);
    dmerp_received_free(last);
    CHECK_OK(dmerp_receiver_stop(receiver, &error), &error);
    CHECK(pthread_join(waiter, NULL) == 0);
    dmerp_received_free(in_memory);
    dmerp_received_free(in_a_file);
    dmerp_receiver_free(receiver);
    dmerp_batch_free(batch);
    dmerp_client_free(client);
    CHECK_NUMBER(2, sandbox_waiting("packet"));
    CHECK_NUMBER(0, dmerp_live_handles());
}

/* ---- */

int main(void)
{
    alarm(TIME_LIMIT_S);
    children_of_a_receiver();
    sandbox_reset();
    CHECK(in_child(use_the_library_first));
    client = sandbox_client();
    CHECK(in_child(use_inherited)); /* a client that was not used yet */
    push_and_pull(client, "parent", 0);
    CHECK(in_child(use_inherited));
    CHECK(in_child(free_inherited));
    push_and_pull(client, "parent", 1);

    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i + 1;
        CHECK(pthread_create(&threads[i], NULL, keep_calling, &numbers[i]) == 0);
    }
    for (unsigned i = 0; i < CHILDREN; i++) {
        unsigned before = __atomic_load_n(&calls, __ATOMIC_RELAXED);
        CHECK(in_child(use_inherited));
        CHECK(__atomic_load_n(&calls, __ATOMIC_RELAXED) >= before);
    }
    CHECK(in_child(free_inherited));
    CHECK(in_child(use_and_free_inherited));
    CHECK(in_child(make_its_own));
    CHECK(in_child(fork_again));
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(calls > THREADS);

    push_and_pull(client, "parent", 2);
    CHECK_NUMBER(1, dmerp_live_handles());
    dmerp_client_free(client);
    CHECK_NUMBER(0, dmerp_live_handles());
    CHECK(in_child(see_it_freed));
    printf("%u round trips of the parent meanwhile\n", calls);
    return check_summary();
}
