/*
 * startup LIBRARY: how long it takes from dlopen() to the first client, in fresh processes. A figure, not a test.
 */

#define _POSIX_C_SOURCE 200809L

#include "loaded.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 21 };

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* In a fresh process: prints the milliseconds. */
static int measure(const char *library)
{
    struct loaded dmerp;
    dmerp_config *config = NULL;
    dmerp_client *client = NULL;
    double began = now_ms();
    bool good = loaded_open(&dmerp, library) && dmerp.config_new(&config, NULL) == DMERP_OK &&
                dmerp.config_set(config, "app_area", "DMDEV01", NULL) == DMERP_OK &&
                dmerp.config_set(config, "api_key", "a-key", NULL) == DMERP_OK &&
                dmerp.client_new(config, &client, NULL) == DMERP_OK;
    double took = now_ms() - began;
    if (!good)
        return EXIT_FAILURE;
    printf("%.3f\n", took);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool measure_in_fresh_process(const char *self, const char *library, double *ms)
{
    int ends[2];
    char text[64] = "";
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(self, self, "--measure", library, (char *)NULL);
        _exit(EXIT_FAILURE);
    }
    close(ends[1]);
    ssize_t len = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    int status = -1;
    bool good = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
    return good && len > 0 && sscanf(text, "%lf", ms) == 1;
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--measure") == 0)
        return measure(argv[2]);
    if (argc != 2) {
        fprintf(stderr, "usage: startup LIBRARY\n");
        return EXIT_FAILURE;
    }
    double ms[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        if (!measure_in_fresh_process(argv[0], argv[1], &ms[i])) {
            fprintf(stderr, "startup: a process failed\n");
            return EXIT_FAILURE;
        }
    }
    qsort(ms, PROCESSES, sizeof ms[0], by_size);
    printf("from dlopen to a client: median %.1f ms (%.1f to %.1f) of %d fresh processes\n", ms[PROCESSES / 2], ms[0],
           ms[PROCESSES - 1], PROCESSES);
    return EXIT_SUCCESS;
}
