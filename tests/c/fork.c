/*
 * A process that forks while its threads make calls: each child uses the client that it inherited, and the parent's calls
 * go on undisturbed.
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

/* ---- */

int main(void)
{
    alarm(TIME_LIMIT_S);
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
