/*
 * The tests' only tool: CHECK and its kin count, and tell what failed and where. Safe from any thread; for C99 and C++.
 */

#ifndef DMERP_TESTS_CHECK_H
#define DMERP_TESTS_CHECK_H

#include <dmerp.h>

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifndef _WIN32
#include <sys/wait.h>
#endif

static unsigned long check_passed;
static unsigned long check_failed;

static inline bool check_note(bool good, const char *what, const char *file, int line)
{
    if (good) {
        __atomic_add_fetch(&check_passed, 1, __ATOMIC_RELAXED);
    } else {
        __atomic_add_fetch(&check_failed, 1, __ATOMIC_RELAXED);
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    }
    return good;
}

/* A status as a test's reader wants it. */
static inline const char *check_name(dmerp_status status)
{
    const char *name = dmerp_status_name(status);
    return name != NULL ? name : "no status";
}

static inline bool check_status(dmerp_status expected, dmerp_status status, dmerp_error **error, const char *what,
                                const char *file, int line)
{
    const char *message = error != NULL ? dmerp_error_message(*error) : NULL;
    bool good = check_note(status == expected, what, file, line);
    if (!good)
        fprintf(stderr, "    %s, not %s: %s\n", check_name(status), check_name(expected),
                message != NULL ? message : "(no message)");
    if (error != NULL) {
        if (status == DMERP_OK) {
            check_note(*error == NULL, "no error on success", file, line);
        } else {
            check_note(dmerp_error_status(*error) == status, "the error has the status", file, line);
            check_note(message != NULL && *message != '\0', "the error has a message", file, line);
        }
        dmerp_error_free(*error);
        *error = NULL;
    }
    return good;
}

static inline bool check_text(const char *expected, const char *text, const char *what, const char *file, int line)
{
    bool good = expected == NULL || text == NULL ? expected == text : strcmp(expected, text) == 0;
    check_note(good, what, file, line);
    if (!good)
        fprintf(stderr, "    \"%s\", not \"%s\"\n", text != NULL ? text : "(NULL)", expected != NULL ? expected : "(NULL)");
    return good;
}

static inline bool check_number(uintmax_t expected, uintmax_t number, const char *what, const char *file, int line)
{
    bool good = check_note(number == expected, what, file, line);
    if (!good)
        fprintf(stderr, "    %" PRIuMAX ", not %" PRIuMAX "\n", number, expected);
    return good;
}

/* Whether it holds; true if so, to be used for skipping what could only crash. */
#define CHECK(condition) check_note((condition), #condition, __FILE__, __LINE__)

/* Whether a call ended with this status. `error` is the place of its error, which is looked at and freed; or NULL. */
#define CHECK_STATUS(expected, status, error) \
    check_status((expected), (status), (error), #status " is " #expected, __FILE__, __LINE__)

#define CHECK_OK(status, error) CHECK_STATUS(DMERP_OK, status, error)

/* Whether a C string, which may be NULL, is this one. */
#define CHECK_TEXT(expected, text) check_text((expected), (text), #text " is " #expected, __FILE__, __LINE__)

/* Whether an unsigned number is this one. */
#define CHECK_NUMBER(expected, number) check_number((expected), (number), #number " is " #expected, __FILE__, __LINE__)

/* The last line of a test program, and its exit code. */
static inline int check_summary(void)
{
    unsigned long failed = __atomic_load_n(&check_failed, __ATOMIC_RELAXED);
    fflush(stderr);
    printf("%lu passed, %lu failed\n", __atomic_load_n(&check_passed, __ATOMIC_RELAXED), failed);
    return failed == 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Does the work in a child process; true if all its checks passed, in time, and nothing else ended it. */
static inline bool check_in_child(void (*work)(void), unsigned limit_s)
{
#ifdef _WIN32
    return posix_in_child(work, limit_s); /* tests/windows/posix/posix.h */
#else
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        check_failed = 0;
        alarm(limit_s);
        work();
        fflush(NULL);
        _exit(__atomic_load_n(&check_failed, __ATOMIC_RELAXED) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int status = 0;
    bool waited = child > 0 && waitpid(child, &status, 0) == child;
    if (waited && WIFSIGNALED(status))
        fprintf(stderr, "a child was ended by signal %d\n", WTERMSIG(status));
    return waited && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
#endif
}

static inline void *check_run_on_thread(void *tests)
{
    (*(void (**)(void))tests)();
    return NULL;
}

/*
 * Runs the tests on a thread that ends, and gives the program's exit code. What the library keeps for a thread is freed when
 * that thread ends, which the main thread never does: a leak checker would have to be told to overlook it.
 */
static inline int check_run(void (*tests)(void))
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, check_run_on_thread, &tests) == 0 && pthread_join(thread, NULL) == 0);
    return check_summary();
}

#endif
