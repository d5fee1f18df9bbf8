#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64

#include "sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

__attribute__((noreturn)) static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "the sandbox: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static const char *setting(const char *variable)
{
    const char *value = getenv(variable);
    if (value == NULL || *value == '\0')
        give_up(variable, "is not set");
    return value;
}

const char *sandbox_base_url(void)
{
    return setting("DMERP_BASE_URL");
}

const char *sandbox_app_area(void)
{
    return setting("DMERP_APP_AREA");
}

const char *sandbox_api_key(void)
{
    return setting("DMERP_API_KEY");
}

static void must(const char *what, dmerp_status status, dmerp_error **error)
{
    if (status != DMERP_OK) {
        const char *message = dmerp_error_message(*error);
        give_up(what, message != NULL ? message : "failed");
    }
}

static void set(dmerp_config *config, const char *key, const char *value)
{
    dmerp_error *error = NULL;
    must(key, dmerp_config_set(config, key, value, &error), &error);
}

/* The text of a file that a variable names; NULL if the variable is not set. */
static const char *text_of(const char *variable)
{
    static char text[16384];
    const char *path = getenv(variable);
    if (path == NULL)
        return NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        give_up(path, strerror(errno));
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

const char *sandbox_ca_pem(void)
{
    return text_of("DMERP_CA_FILE");
}

static dmerp_config *config_for(const char *base_url, const char *ca_pem)
{
    dmerp_config *config = NULL;
    dmerp_error *error = NULL;
    must("config", dmerp_config_new(&config, &error), &error);
    set(config, "base_url", base_url);
    set(config, "app_area", sandbox_app_area());
    set(config, "api_key", sandbox_api_key());
    set(config, "proxy", "none");
    if (ca_pem != NULL) {
        set(config, "tls.ca_pem", ca_pem);
        set(config, "tls.roots", "file");
    }
    return config;
}

dmerp_config *sandbox_config(void)
{
    return config_for(sandbox_base_url(), sandbox_ca_pem());
}

dmerp_config *sandbox_tls_config(void)
{
    setting("DMERP_TLS_CA_FILE");
    return config_for(setting("DMERP_TLS_BASE_URL"), text_of("DMERP_TLS_CA_FILE"));
}

dmerp_client *sandbox_client(void)
{
    return sandbox_client_with(NULL, NULL);
}

dmerp_client *sandbox_client_with(const char *key, ...)
{
    dmerp_config *config = sandbox_config();
    dmerp_client *client = NULL;
    dmerp_error *error = NULL;
    va_list options;
    va_start(options, key);
    for (; key != NULL; key = va_arg(options, const char *))
        set(config, key, va_arg(options, const char *));
    va_end(options);
    must("client", dmerp_client_new(config, &client, &error), &error);
    dmerp_config_free(config);
    return client;
}

/* ---- The control API, over a socket of our own: HTTP/1.0, so that an answer ends with its connection. ---- */

static int connect_to_sandbox(void)
{
    unsigned port = 0;
    const char *url = getenv("DMERP_CONTROL_URL") != NULL ? getenv("DMERP_CONTROL_URL") : sandbox_base_url();
    if (sscanf(url, "http://127.0.0.1:%u/", &port) != 1 || port == 0 || port > 65535)
        give_up(url, "is not http://127.0.0.1:PORT/...");
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0)
        give_up("connect", strerror(errno));
    return connection;
}

static void send_all(int connection, const void *bytes, size_t len)
{
    const char *rest = bytes;
    while (len > 0) {
        ssize_t sent = send(connection, rest, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            give_up("send", strerror(errno));
        rest += sent;
        len -= (size_t)sent;
    }
}

/* What has arrived, at most `len` bytes; 0 at the connection's end. */
static size_t receive_some(int connection, char *bytes, size_t len, const char *what)
{
    ssize_t received;
    do
        received = recv(connection, bytes, len, 0);
    while (received < 0 && errno == EINTR);
    if (received < 0)
        give_up(what, strerror(errno));
    return (size_t)received;
}

/* The answer's body, with a NUL after its `*len` bytes; NULL for 404. */
static uint8_t *receive_answer(int connection, const char *what, size_t *len)
{
    size_t room = 1 << 16, got = 0;
    char *answer = malloc(room + 1);
    for (;;) {
        if (answer == NULL)
            give_up(what, "out of memory");
        size_t received = receive_some(connection, answer + got, room - got, what);
        if (received == 0)
            break;
        got += received;
        if (got == room) {
            room *= 2;
            answer = realloc(answer, room + 1);
        }
    }
    answer[got] = '\0';
    int status = 0;
    const char *end_of_head = strstr(answer, "\r\n\r\n");
    if (sscanf(answer, "HTTP/%*s %d", &status) != 1 || end_of_head == NULL)
        give_up(what, "no answer");
    if (status == 404) {
        free(answer);
        return NULL;
    }
    if (status < 200 || status > 299)
        give_up(what, answer);
    size_t head = (size_t)(end_of_head - answer) + 4;
    memmove(answer, answer + head, got - head + 1);
    *len = got - head;
    return (uint8_t *)answer;
}

/* A connection on which a request's head is sent, and its body is to follow. */
static int begin_request(const char *method, const char *target, const char *content_type, uint64_t body_len)
{
    char head[8192];
    int len = snprintf(head, sizeof head,
                       "%s /_sandbox/%s HTTP/1.0\r\nHost: sandbox\r\nContent-Type: %s\r\nContent-Length: %" PRIu64 "\r\n\r\n",
                       method, target, content_type, body_len);
    if (len < 0 || (size_t)len >= sizeof head)
        give_up(target, "too long");
    int connection = connect_to_sandbox();
    send_all(connection, head, (size_t)len);
    return connection;
}

static uint8_t *control(const char *method, const char *target, const char *content_type, const void *body, size_t body_len,
                        size_t *len)
{
    int connection = begin_request(method, target, content_type, body_len);
    send_all(connection, body, body_len);
    uint8_t *answer = receive_answer(connection, target, len);
    close(connection);
    return answer;
}

static void command(const char *method, const char *target, const char *json)
{
    size_t len = 0;
    uint8_t *answer = control(method, target, "application/json", json, strlen(json), &len);
    if (answer == NULL)
        give_up(target, "not found");
    free(answer);
}

/* Adds "&name=value" to a target, percent-encoded. */
static void add_to_query(char *target, size_t size, const char *name, const char *value)
{
    size_t at = strlen(target);
    at += (size_t)snprintf(target + at, size - at, "%c%s=", strchr(target, '?') != NULL ? '&' : '?', name);
    for (; *value != '\0'; value++) {
        if (at + 4 >= size)
            give_up(name, "too long");
        at += (size_t)snprintf(target + at, size - at, "%%%02X", (unsigned)(unsigned char)*value);
    }
}

static void send_to(const char *target, const void *content, size_t len)
{
    size_t answer_len = 0;
    uint8_t *answer = control("POST", target, "application/octet-stream", content, len, &answer_len);
    if (answer == NULL)
        give_up(target, "not found");
    free(answer);
}

void sandbox_send(const char *mobile_user, const char *queue, const char *id, const void *content, size_t len)
{
    char target[4096] = "packets";
    add_to_query(target, sizeof target, "mobileUser", mobile_user);
    add_to_query(target, sizeof target, "queue", queue);
    if (id != NULL)
        add_to_query(target, sizeof target, "id", id);
    send_to(target, content, len);
}

void sandbox_send_many(const char *mobile_user, const char *count, const void *content, size_t len)
{
    char target[4096] = "packets";
    add_to_query(target, sizeof target, "mobileUser", mobile_user);
    add_to_query(target, sizeof target, "count", count);
    send_to(target, content, len);
}

void sandbox_send_file(const char *mobile_user, const char *queue, const char *path)
{
    char target[4096] = "packets", piece[1 << 16];
    add_to_query(target, sizeof target, "mobileUser", mobile_user);
    add_to_query(target, sizeof target, "queue", queue);
    struct stat about;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &about) != 0)
        give_up(path, strerror(errno));
    int connection = begin_request("POST", target, "application/octet-stream", (uint64_t)about.st_size);
    for (size_t len; (len = fread(piece, 1, sizeof piece, file)) > 0;)
        send_all(connection, piece, len);
    fclose(file);
    size_t len = 0;
    uint8_t *answer = receive_answer(connection, target, &len);
    close(connection);
    if (answer == NULL)
        give_up(target, "not found");
    free(answer);
}

bool sandbox_pushed_to_file(const char *mobile_user, const char *packet_id, const char *path)
{
    char target[4096] = "pushed/content";
    add_to_query(target, sizeof target, "mobileUser", mobile_user);
    add_to_query(target, sizeof target, "packetUniqueId", packet_id);
    int connection = begin_request("GET", target, "application/json", 0);
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        give_up(path, strerror(errno));
    /* The head, whose end is an empty line, and no byte of what follows; then the body. */
    char head[4096], piece[1 << 16];
    size_t len = 0;
    while (len + 1 < sizeof head && receive_some(connection, head + len, 1, path) == 1 &&
           (++len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0))
        continue;
    head[len] = '\0';
    int status = 0;
    bool there = sscanf(head, "HTTP/%*s %d", &status) == 1 && status == 200;
    while (there && (len = receive_some(connection, piece, sizeof piece, path)) > 0) {
        if (fwrite(piece, 1, len, file) != len)
            give_up(path, strerror(errno));
    }
    if (fclose(file) != 0)
        give_up(path, strerror(errno));
    close(connection);
    return there;
}

uint8_t *sandbox_pushed(const char *mobile_user, const char *packet_id, size_t *len)
{
    char target[4096] = "pushed/content";
    add_to_query(target, sizeof target, "mobileUser", mobile_user);
    add_to_query(target, sizeof target, "packetUniqueId", packet_id);
    return control("GET", target, "application/json", "", 0, len);
}

size_t sandbox_waiting(const char *queue)
{
    char field[64];
    size_t len = 0, count = 0;
    snprintf(field, sizeof field, "\"queue\":\"%s\"", queue);
    char *packets = (char *)control("GET", "packets", "application/json", "", 0, &len);
    for (const char *at = packets; at != NULL && (at = strstr(at, field)) != NULL; at++)
        count++;
    free(packets);
    return count;
}

void sandbox_fault(const char *json)
{
    command("POST", "faults", json);
}

void sandbox_clear_faults(void)
{
    command("DELETE", "faults", "");
}

void sandbox_dialects(const char *json)
{
    command("PATCH", "dialects", json);
}

void sandbox_show_hidden(void)
{
    command("POST", "show-hidden", "");
}

void sandbox_reset(void)
{
    command("POST", "reset", "");
}

size_t sandbox_requests(const char *text)
{
    size_t len = 0, count = 0;
    char *log = (char *)control("GET", "requests", "application/json", "", 0, &len);
    for (const char *at = log; at != NULL && (at = strstr(at, text)) != NULL; at++)
        count++;
    free(log);
    return count;
}

bool sandbox_has_seen(const char *text)
{
    for (int tries = 0; tries < 1000; tries++) {
        if (sandbox_requests(text) > 0)
            return true;
        struct timespec pause = {0, 10 * 1000 * 1000};
        nanosleep(&pause, NULL);
    }
    return false;
}
