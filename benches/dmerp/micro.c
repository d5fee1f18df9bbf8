/* What dmerp takes where there is no network to wait for, as a line of JSON:
 *
 *     micro LIBRARY http|https
 *
 * The portal is a socket of this program: it notes when the first byte of a request (of a TLS handshake, with https) arrives.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <dmerp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SETS = 1000000, GETS = 10000000, ENTRIES = 100 };

static int listener;
static struct timespec arrived;

static double between(struct timespec from, struct timespec to)
{
    return (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
}

static void fail(const char *what)
{
    fprintf(stderr, "micro: %s\n", what);
    exit(1);
}

/* Answers one request with a list. */
static void *portal(void *unused)
{
    static char received[4096], body[ENTRIES * 128], head[128];
    int connection = accept(listener, NULL, NULL);
    if (recv(connection, received, sizeof received, 0) <= 0)
        fail("no request came");
    clock_gettime(CLOCK_MONOTONIC, &arrived);
    size_t len = 0;
    for (int i = 0; i < ENTRIES; i++)
        len += (size_t)sprintf(body + len, "%s{\"id\":\"id-%d\",\"receiptHandle\":\"handle-%d\",\"url\":\"push_done/A/1/u/%d.xml\"}",
            i == 0 ? "[" : ",", i, i, i);
    len += (size_t)sprintf(body + len, "]");
    int head_len = sprintf(head, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", len);
    if (received[0] == 'G' && (send(connection, head, (size_t)head_len, 0) < 0 || send(connection, body, len, 0) < 0))
        fail("the answer could not be sent");
    close(connection);
    return unused;
}

static unsigned listen_on_loopback(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        fail("no socket");
    return ntohs(address.sin_port);
}

/* ISO C knows no cast from an object's pointer to a function's. */
#define FUNCTION(name)                                                                                                             \
    __typeof__(&name) name##_;                                                                                                     \
    *(void **)&name##_ = dlsym(library, #name);                                                                                    \
    if (name##_ == NULL)                                                                                                           \
        fail(#name " is missing");

int main(int argc, char **argv)
{
    char url[64];
    pthread_t thread;
    struct timespec began, ended;
    if (argc != 3)
        fail("micro LIBRARY http|https");
    snprintf(url, sizeof url, "%s://127.0.0.1:%u/mobile", argv[2], listen_on_loopback());
    pthread_create(&thread, NULL, portal, NULL);

    clock_gettime(CLOCK_MONOTONIC, &began);
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        fail(dlerror());
    FUNCTION(dmerp_config_new)
    FUNCTION(dmerp_config_set)
    FUNCTION(dmerp_client_new)
    FUNCTION(dmerp_client_pull)
    FUNCTION(dmerp_packets_get)
    FUNCTION(dmerp_packets_len)
    dmerp_config *config;
    dmerp_client *client;
    dmerp_packets *packets;
    if (dmerp_config_new_(&config, NULL) != DMERP_OK || dmerp_config_set_(config, "base_url", url, NULL) != DMERP_OK ||
        dmerp_config_set_(config, "app_area", "DMDEV01", NULL) != DMERP_OK ||
        dmerp_config_set_(config, "api_key", "key", NULL) != DMERP_OK ||
        dmerp_config_set_(config, "retry.max_attempts", "1", NULL) != DMERP_OK ||
        dmerp_client_new_(config, &client, NULL) != DMERP_OK)
        fail("the client cannot be made");
    dmerp_status pulled = dmerp_client_pull_(client, DMERP_KIND_PACKET, DMERP_FORMAT_JSON, NULL, &packets, NULL);
    pthread_join(thread, NULL);
    printf("{\"first_request_ms\": %.3f", between(began, arrived) / 1e6);

    if (strcmp(argv[2], "http") == 0) {
        if (pulled != DMERP_OK || dmerp_packets_len_(packets) != ENTRIES)
            fail("the list was not pulled");
        clock_gettime(CLOCK_MONOTONIC, &began);
        for (int i = 0; i < SETS; i++)
            if (dmerp_config_set_(config, "timeout.idle_ms", "60000", NULL) != DMERP_OK)
                fail("config_set");
        clock_gettime(CLOCK_MONOTONIC, &ended);
        printf(", \"config_set_ns\": %.1f", between(began, ended) / SETS);
        clock_gettime(CLOCK_MONOTONIC, &began);
        for (size_t i = 0; i < GETS; i++) {
            dmerp_packet packet;
            if (dmerp_packets_get_(packets, i % ENTRIES, &packet, NULL) != DMERP_OK)
                fail("packets_get");
        }
        clock_gettime(CLOCK_MONOTONIC, &ended);
        printf(", \"packets_get_ns\": %.1f", between(began, ended) / GETS);
    }
    printf("}\n");
    return 0;
}
