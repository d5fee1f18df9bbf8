/*
 * A program that ends while others of its threads are amid a call: it ends soon and cleanly, whether it frees what it has or
 * not, and on whichever thread it ends.
 *
 * Against a sandbox (see sandbox.h for its settings).
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "sandbox.h"

#include <pthread.h>
#include <unistd.h>

enum { CHILD_LIMIT_S = 10, CALLERS = 4 };

static dmerp_client *client;
static dmerp_call *call;

static void *wait_for_an_answer(void *nothing)
{
    dmerp_client_check(client, call, NULL);
    return nothing;
}

/* Threads that are amid a call, to which no answer comes. */
static void start_calls(dmerp_waiting_callback waiting, uint64_t timeout_ms)
{
    dmerp_error *error = NULL;
    sandbox_reset();
    sandbox_fault("{\"on\":\"portal\",\"times\":0,\"action\":\"hang\"}");
    client = sandbox_client();
    CHECK_OK(dmerp_call_new(&call, &error), &error);
    CHECK_OK(dmerp_call_set_waiting(call, waiting, NULL, &error), &error);
    CHECK_OK(dmerp_call_set_timeout_ms(call, timeout_ms, &error), &error);
    for (int i = 0; i < CALLERS; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, wait_for_an_answer, NULL) == 0 && pthread_detach(thread) == 0);
    }
    CHECK(sandbox_has_seen("dmerp-connection-check"));
}

/* At the exit, where a check that fails must still count. */
static void end_by_checks(void)
{
    if (__atomic_load_n(&check_failed, __ATOMIC_RELAXED) != 0)
        _exit(EXIT_FAILURE);
}

static void free_all(void)
{
    dmerp_call_free(call);
    dmerp_client_free(client);
    CHECK_NUMBER(0, dmerp_live_handles());
    end_by_checks();
}

static void cancel_and_free_all(void)
{
    CHECK_OK(dmerp_call_cancel(call, NULL), NULL);
    free_all();
}

/* In a callback nothing is waited for: the calls themselves let go of what was freed, if they get that far. */
static void free_all_in_a_callback(void)
{
    dmerp_call_free(call);
    dmerp_client_free(client);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_client_check(client, NULL, NULL), NULL);
    end_by_checks();
}

static int32_t exit_once(void *user_data)
{
    static int exits; /* exit() itself may be called but once */
    (void)user_data;
    if (__atomic_fetch_add(&exits, 1, __ATOMIC_RELAXED) == 0)
        exit(EXIT_SUCCESS);
    pause();
    return 0;
}

/* ---- How a program may end -------------------------------------------------------------------------------------- */

static void free_nothing(void)
{
    start_calls(NULL, 60000);
    end_by_checks();
    exit(EXIT_SUCCESS);
}

static void free_after_a_cancel(void)
{
    CHECK(atexit(cancel_and_free_all) == 0);
    start_calls(NULL, 60000);
    exit(EXIT_SUCCESS);
}

/* Freeing waits for the calls, which end by their time-out. */
static void free_without_a_cancel(void)
{
    CHECK(atexit(free_all) == 0);
    start_calls(NULL, 1000);
    exit(EXIT_SUCCESS);
}

static void free_nothing_on_another_thread(void)
{
    start_calls(exit_once, 60000);
    pause();
}

static void free_on_another_thread(void)
{
    CHECK(atexit(free_all_in_a_callback) == 0);
    start_calls(exit_once, 60000);
    pause();
}

int main(void)
{
    CHECK(check_in_child(free_nothing, CHILD_LIMIT_S));
    CHECK(check_in_child(free_after_a_cancel, CHILD_LIMIT_S));
    CHECK(check_in_child(free_without_a_cancel, CHILD_LIMIT_S));
    CHECK(check_in_child(free_nothing_on_another_thread, CHILD_LIMIT_S));
    CHECK(check_in_child(free_on_another_thread, CHILD_LIMIT_S));
    sandbox_reset();
    return check_summary();
}
