/*
 * A server that closes the connection while a packet is sent to it: the write that meets the closed connection must raise no
 * SIGPIPE in the host, whatever the host does with that signal, and must leave the host's signals as they were.
 *
 * Against two sandboxes (see sandbox.h for their settings): a plain one, and one with TLS, whose storage drops every upload.
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "sandbox.h"

#include <signal.h>
#include <unistd.h>

enum { CONTENT_LEN = 64 << 20, CHILD_LIMIT_S = 60 };

static const uint8_t *content;
static bool with_tls;
static volatile sig_atomic_t taken; /* SIGPIPEs that came to a handler of the host's */

static void on_sigpipe(int number)
{
    (void)number;
    taken++;
}

/* Whether the thread blocks the same signals before and after, and SIGPIPE is pending as before. */
struct signals {
    sigset_t blocked;
    bool pending;
};

static struct signals signals_now(void)
{
    struct signals signals;
    sigset_t pending;
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &signals.blocked) == 0 && sigpending(&pending) == 0);
    signals.pending = sigismember(&pending, SIGPIPE) == 1;
    return signals;
}

static void check_signals(const struct signals *before)
{
    struct signals after = signals_now();
    for (int number = 1; number < SIGRTMIN; number++) {
        if (!CHECK(sigismember(&before->blocked, number) == sigismember(&after.blocked, number)))
            fprintf(stderr, "    signal %d\n", number);
    }
    CHECK(before->pending == after.pending);
}

/* The same through a batch, and a receiver whose connections are closed: its own end included. */
static void push_and_receive_on_closed_connections(const dmerp_client *client, const struct signals *before)
{
    dmerp_error *error = NULL;
    dmerp_batch *batch = NULL;
    size_t number = 0;
    CHECK_OK(dmerp_batch_new(client, &batch, &error), &error);
    CHECK_OK(dmerp_batch_content(batch, content, CONTENT_LEN, &number, &error), &error);
    CHECK_OK(dmerp_batch_add(batch, "dropped", DMERP_FORMAT_XML, number, NULL, &error), &error);
    CHECK_OK(dmerp_batch_add(batch, "dropped too", DMERP_FORMAT_XML, number, NULL, &error), &error);
    CHECK_STATUS(DMERP_CONNECTION_LOST, dmerp_batch_run(batch, NULL, NULL, &error), &error);
    check_signals(before);
    dmerp_batch_free(batch);

    dmerp_receiver *receiver = NULL;
    dmerp_received *received = NULL;
    CHECK_OK(dmerp_client_receive(client, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, &receiver, &error), &error);
    CHECK_OK(dmerp_receiver_next(receiver, NULL, &received, &error), &error);
    CHECK(received == NULL);
    check_signals(before);
    CHECK_OK(dmerp_receiver_close(receiver, NULL, &error), &error);
    dmerp_receiver_free(receiver);
    check_signals(before);
}

/* Pushes again and again: not every write to a closed connection comes so late that it would raise the signal. */
static void push_into_closed_connections(void)
{
    struct signals before = signals_now();
    dmerp_config *config = with_tls ? sandbox_tls_config() : sandbox_config();
    dmerp_client *client = NULL;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_config_set(config, "retry.base_ms", "1", &error), &error);
    CHECK_OK(dmerp_client_new(config, &client, &error), &error);
    dmerp_config_free(config);
    CHECK_OK(dmerp_client_check(client, NULL, &error), &error); /* so it is the upload that fails */
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(DMERP_CONNECTION_LOST,
                     dmerp_client_push(client, "dropped", DMERP_FORMAT_XML, content, CONTENT_LEN, NULL, NULL, NULL, &error),
                     &error);
        check_signals(&before);
    }
    push_and_receive_on_closed_connections(client, &before);
    CHECK_OK(dmerp_client_check(client, NULL, &error), &error);
    dmerp_client_free(client);
    check_signals(&before);
}

/* ---- What a host may do with SIGPIPE ---------------------------------------------------------------------------- */

static void leave_it_alone(void)
{
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    push_into_closed_connections();
}

static void handle_it(void)
{
    struct sigaction handler;
    memset(&handler, 0, sizeof handler);
    handler.sa_handler = on_sigpipe;
    CHECK(sigaction(SIGPIPE, &handler, NULL) == 0);
    push_into_closed_connections();
    CHECK_NUMBER(0, (uintmax_t)taken);
    CHECK(sigaction(SIGPIPE, NULL, &handler) == 0 && handler.sa_handler == on_sigpipe);
}

static void block_it(void)
{
    sigset_t sigpipe;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    CHECK(pthread_sigmask(SIG_BLOCK, &sigpipe, NULL) == 0);
    push_into_closed_connections();
    CHECK(!signals_now().pending);
}

/* One of the host's own, for this thread or for the process, waits until the host takes it. */
static void block_it_with_one_pending(int (*raise_it)(void))
{
    block_it();
    CHECK(raise_it() == 0 && signals_now().pending);
    push_into_closed_connections();
    CHECK(signals_now().pending);
    struct sigaction handler;
    memset(&handler, 0, sizeof handler);
    handler.sa_handler = on_sigpipe;
    sigset_t sigpipe;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    CHECK(sigaction(SIGPIPE, &handler, NULL) == 0 && pthread_sigmask(SIG_UNBLOCK, &sigpipe, NULL) == 0);
    CHECK_NUMBER(1, (uintmax_t)taken);
}

static int raise_for_thread(void)
{
    return pthread_kill(pthread_self(), SIGPIPE);
}

static int raise_for_process(void)
{
    return kill(getpid(), SIGPIPE);
}

static void block_it_with_one_for_the_thread(void)
{
    block_it_with_one_pending(raise_for_thread);
}

static void block_it_with_one_for_the_process(void)
{
    block_it_with_one_pending(raise_for_process);
}

/* ---- */

static void as_every_host(void)
{
    CHECK(check_in_child(leave_it_alone, CHILD_LIMIT_S));
    CHECK(check_in_child(handle_it, CHILD_LIMIT_S));
    CHECK(check_in_child(block_it, CHILD_LIMIT_S));
    CHECK(check_in_child(block_it_with_one_for_the_thread, CHILD_LIMIT_S));
    CHECK(check_in_child(block_it_with_one_for_the_process, CHILD_LIMIT_S));
}

int main(void)
{
    content = calloc(1, CONTENT_LEN);
    if (!CHECK(content != NULL))
        return check_summary();
    static const char *const DROPS[] = {"\"drop_before_headers\"", "{\"drop_while_reading\":{\"bytes\":1000000}}"};
    for (size_t i = 0; i < sizeof DROPS / sizeof DROPS[0]; i++) {
        char fault[200];
        snprintf(fault, sizeof fault, "{\"on\":\"storage\",\"method\":\"PUT\",\"times\":0,\"action\":%s}", DROPS[i]);
        sandbox_reset();
        sandbox_fault(fault);
        as_every_host();
    }
    sandbox_reset();
    with_tls = true;
    as_every_host();
    return check_summary();
}
