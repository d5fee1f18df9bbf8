/*
 * A FIFO is no file to send: an error, and no wait for a writer. (Its own program since other systems have no such files.)
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static const char FIFO[] = "fifo.tmp";
static volatile sig_atomic_t writer = -1;

/* Becomes the writer that a reader of the pipe waits for. */
static void on_alarm(int number)
{
    (void)number;
    writer = open(FIFO, O_RDWR);
}

static void run(void)
{
    dmerp_config *config = NULL;
    dmerp_client *client = NULL;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_config_new(&config, &error), &error);
    CHECK_OK(dmerp_config_set(config, "app_area", "DMDEV01", &error), &error);
    CHECK_OK(dmerp_config_set(config, "api_key", "a-key", &error), &error);
    CHECK_OK(dmerp_client_new(config, &client, &error), &error);

    unlink(FIFO);
    CHECK(mkfifo(FIFO, 0600) == 0);
    CHECK(signal(SIGALRM, on_alarm) != SIG_ERR);
    alarm(5);
    CHECK_STATUS(DMERP_FILE_ERROR, dmerp_client_push_file(client, "u", DMERP_FORMAT_XML, FIFO, NULL, NULL, NULL, &error), &error);
    alarm(0);
    CHECK(writer == -1); /* nobody had to be freed */
    if (writer != -1)
        close(writer);
    CHECK(unlink(FIFO) == 0);

    dmerp_client_free(client);
    dmerp_config_free(config);
}

int main(void)
{
    return check_run(run);
}
