/*
 * unload LIBRARY: a host that loads the library, uses it, and unloads it, again and again, on a thread that ends and on
 * its main thread. Nothing of the library goes on: no thread, no descriptor, no handler that a later fork() or the end of a
 * thread would run into. Whether its code stays mapped is not looked at.
 *
 * Against a sandbox: DMERP_BASE_URL, DMERP_APP_AREA, DMERP_API_KEY.
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "loaded.h"

#include <dirent.h>
#include <limits.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMES = 100, TIME_LIMIT_S = 120 };

static const char *library;

static const char *setting(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL ? value : "";
}

static void use(const struct loaded *loaded)
{
    const struct loaded dmerp = *loaded;
    dmerp_config *config = NULL;
    dmerp_client *client = NULL;
    CHECK(dmerp.config_new(&config, NULL) == DMERP_OK);
    CHECK(dmerp.config_set(config, "base_url", setting("DMERP_BASE_URL"), NULL) == DMERP_OK);
    CHECK(dmerp.config_set(config, "app_area", setting("DMERP_APP_AREA"), NULL) == DMERP_OK);
    CHECK(dmerp.config_set(config, "api_key", setting("DMERP_API_KEY"), NULL) == DMERP_OK);
    CHECK(dmerp.config_set(config, "proxy", "none", NULL) == DMERP_OK);
    CHECK(dmerp.client_new(config, &client, NULL) == DMERP_OK);
    CHECK(dmerp.client_check(client, NULL, NULL) == DMERP_OK);
    dmerp.client_free(client);
    dmerp.config_free(config);
    CHECK_NUMBER(0, dmerp.live_handles());
}

static void *use_on_thread(void *loaded)
{
    use(loaded);
    return NULL;
}

static void load_use_unload(void)
{
    struct loaded dmerp;
    if (CHECK(loaded_open(&dmerp, library))) {
        use(&dmerp);
        CHECK(dlclose(dmerp.library) == 0);
    }
}

static void *load_use_unload_on_thread(void *nothing)
{
    load_use_unload();
    return nothing;
}

/* A thread that uses the library and lives on until it is told to end. */
struct lasting {
    const struct loaded *loaded;
    pthread_barrier_t used;
    pthread_barrier_t may_end;
};

static void *use_and_last(void *user_data)
{
    struct lasting *lasting = user_data;
    use(lasting->loaded);
    pthread_barrier_wait(&lasting->used);
    pthread_barrier_wait(&lasting->may_end);
    return NULL;
}

/* Unloads while the thread that used the library lives: its end must not run into what is gone. */
static void unload_before_the_thread_ends(void)
{
    struct loaded dmerp;
    struct lasting lasting = {.loaded = &dmerp};
    pthread_t thread;
    CHECK(pthread_barrier_init(&lasting.used, NULL, 2) == 0 && pthread_barrier_init(&lasting.may_end, NULL, 2) == 0);
    if (CHECK(loaded_open(&dmerp, library)) && CHECK(pthread_create(&thread, NULL, use_and_last, &lasting) == 0)) {
        pthread_barrier_wait(&lasting.used);
        CHECK(dlclose(dmerp.library) == 0);
        pthread_barrier_wait(&lasting.may_end);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    pthread_barrier_destroy(&lasting.used);
    pthread_barrier_destroy(&lasting.may_end);
}

static void on_a_thread(void *(*work)(void *), void *user_data)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, work, user_data) == 0 && pthread_join(thread, NULL) == 0);
}

static size_t entries(const char *folder)
{
    size_t count = 0;
    DIR *open = opendir(folder);
    while (open != NULL && readdir(open) != NULL)
        count++;
    if (open != NULL)
        closedir(open);
    return count;
}

/* A fork runs what was registered with pthread_atfork(), which must not be gone with the library. */
static void fork_once(bool use_library)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        check_failed = 0;
        if (use_library)
            load_use_unload();
        _exit(check_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: unload LIBRARY\n");
        return EXIT_FAILURE;
    }
    library = argv[1];
    alarm(TIME_LIMIT_S);
    size_t threads = entries("/proc/self/task");
    size_t descriptors = entries("/proc/self/fd");

    /* Loaded and unloaded by the thread that uses it. */
    for (int i = 0; i < TIMES; i++)
        on_a_thread(load_use_unload_on_thread, NULL);
    fork_once(false);
    fork_once(true);

    for (int i = 0; i < TIMES; i++)
        unload_before_the_thread_ends();
    fork_once(false);
    fork_once(true);

    /* Loaded here, used by threads that end, and unloaded then; more often than a process can have keys for its threads'
       own data, should each time leave one behind. */
    for (int i = 0; i < PTHREAD_KEYS_MAX + 10; i++) {
        struct loaded dmerp;
        if (!CHECK(loaded_open(&dmerp, library)))
            break;
        on_a_thread(use_on_thread, &dmerp);
        CHECK(dlclose(dmerp.library) == 0);
        if (i % 100 == 0)
            fork_once(i % 200 == 0);
    }

    for (int i = 0; i < TIMES; i++)
        load_use_unload();
    fork_once(false);
    fork_once(true);

    CHECK_NUMBER(threads, entries("/proc/self/task"));
    CHECK_NUMBER(descriptors, entries("/proc/self/fd"));
    return check_summary();
}
