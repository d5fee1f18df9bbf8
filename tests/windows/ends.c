/*
 * Windows' own ways to end a process or a thread amid a call: it ends at once, and what goes on is not held up. tests/c/exit.c has
 * the ways of C.
 *
 * Against a sandbox (see sandbox.h for its settings).
 */

#include "../c/check.h"
#include "../c/sandbox.h"

enum { CHILD_LIMIT_S = 30, CALLERS = 4 };

static dmerp_client *client;

static DWORD WINAPI wait_for_an_answer(void *call)
{
    dmerp_client_check(client, call, NULL);
    return 0;
}

/* Threads that are amid a call, to which no answer comes. */
static void start_calls(HANDLE threads[CALLERS], dmerp_waiting_callback waiting)
{
    dmerp_error *error = NULL;
    dmerp_call *call = NULL;
    sandbox_reset();
    sandbox_fault("{\"on\":\"portal\",\"times\":0,\"action\":\"hang\"}");
    client = sandbox_client();
    CHECK_OK(dmerp_call_new(&call, &error), &error);
    CHECK_OK(dmerp_call_set_waiting(call, waiting, NULL, &error), &error);
    for (int i = 0; i < CALLERS; i++)
        threads[i] = CreateThread(NULL, 0, wait_for_an_answer, call, 0, NULL);
    /* All are sent, and the threads only wait: one that is killed while it allocates would leave the process's heap locked. */
    for (DWORD began = GetTickCount(); sandbox_requests("\"outcome\":\"pending\"") < CALLERS && GetTickCount() - began < 10000;)
        Sleep(10);
    CHECK_NUMBER(CALLERS, sandbox_requests("\"outcome\":\"pending\""));
}

static void end_by_checks(void)
{
    ExitProcess(__atomic_load_n(&check_failed, __ATOMIC_RELAXED) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void exit_process(void)
{
    HANDLE threads[CALLERS];
    start_calls(threads, NULL);
    end_by_checks();
}

static int32_t end_in_callback(void *user_data)
{
    (void)user_data;
    end_by_checks();
    return 0;
}

static void exit_process_in_a_callback(void)
{
    HANDLE threads[CALLERS];
    start_calls(threads, end_in_callback);
    Sleep(INFINITE);
}

static void terminate_process(void)
{
    HANDLE threads[CALLERS];
    start_calls(threads, NULL);
    TerminateProcess(GetCurrentProcess(), __atomic_load_n(&check_failed, __ATOMIC_RELAXED) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* A killed thread takes the client with it whose event loop it ran. Other clients work, and the process ends. */
static void terminate_threads(void)
{
    HANDLE threads[CALLERS];
    dmerp_error *error = NULL;
    start_calls(threads, NULL);
    for (int i = 0; i < CALLERS; i++)
        CHECK(TerminateThread(threads[i], 1) && WaitForSingleObject(threads[i], INFINITE) == WAIT_OBJECT_0);
    sandbox_clear_faults();
    client = sandbox_client();
    CHECK_OK(dmerp_client_check(client, NULL, &error), &error);
    dmerp_client_free(client);
    end_by_checks();
}

/* The same, with an end by exit(), which detaches the DLL in order. */
static void terminate_threads_and_exit(void)
{
    HANDLE threads[CALLERS];
    start_calls(threads, NULL);
    for (int i = 0; i < CALLERS; i++)
        CHECK(TerminateThread(threads[i], 1));
    exit(check_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int main(void)
{
    CHECK(check_in_child(exit_process, CHILD_LIMIT_S));
    CHECK(check_in_child(exit_process_in_a_callback, CHILD_LIMIT_S));
    CHECK(check_in_child(terminate_process, CHILD_LIMIT_S));
    CHECK(check_in_child(terminate_threads, CHILD_LIMIT_S));
    CHECK(check_in_child(terminate_threads_and_exit, CHILD_LIMIT_S));
    sandbox_reset();
    return check_summary();
}
