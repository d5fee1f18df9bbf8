/*
 * The verbs, their callbacks and their ends before time, against a sandbox (see sandbox.h for its settings).
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "sandbox.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static dmerp_client *client;

/* ---- Help ------------------------------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* Every byte there is, zero bytes included, in no order that repeats soon. */
static uint8_t *some_bytes(size_t len)
{
    uint8_t *bytes = malloc(len + 1);
    uint32_t state = 12345;
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = i % 7 == 0 ? 0 : (uint8_t)(state >> 24);
    }
    return bytes;
}

static dmerp_call *new_call(void)
{
    dmerp_call *call = NULL;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_call_new(&call, &error), &error);
    return call;
}

static dmerp_packets *pull(dmerp_packet_kind kind, dmerp_format format)
{
    dmerp_packets *packets = NULL;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_client_pull(client, kind, format, NULL, &packets, &error), &error);
    return packets;
}

/* Sends content as a mobile user, and gives what identifies the packet: to be freed with free(). */
static char *sent_packet(const char *queue, const void *content, size_t len)
{
    sandbox_send("sender", queue, NULL, content, len);
    dmerp_packets *packets = pull(strcmp(queue, "file") == 0 ? DMERP_KIND_FILE : DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT);
    dmerp_packet packet;
    size_t count = dmerp_packets_len(packets);
    CHECK(count > 0);
    CHECK_OK(dmerp_packets_get(packets, count - 1, &packet, NULL), NULL);
    char *url = strdup(packet.url);
    dmerp_packets_free(packets);
    return url;
}

static bool file_holds(const char *path, const uint8_t *bytes, size_t len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *found = malloc(len + 1);
    bool same = file != NULL && fread(found, 1, len + 1, file) == len && memcmp(found, bytes, len) == 0;
    if (file != NULL)
        fclose(file);
    free(found);
    return same;
}

/* ---- Round trips ------------------------------------------------------------------------------------------------ */

static void check(void)
{
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_client_check(client, NULL, &error), &error);
    dmerp_call *call = new_call();
    CHECK_OK(dmerp_client_check(client, call, NULL), NULL);
    dmerp_call_free(call);
}

static void check_pushed(const char *mobile_user, const char *id, const uint8_t *bytes, size_t len)
{
    size_t found_len = 0;
    uint8_t *found = sandbox_pushed(mobile_user, id, &found_len);
    if (CHECK(found != NULL)) {
        CHECK_NUMBER(len, found_len);
        CHECK(found_len == len && memcmp(found, bytes, len) == 0);
    }
    free(found);
}

static void push(void)
{
    size_t len = 300001;
    uint8_t *bytes = some_bytes(len);
    dmerp_pushed *pushed = NULL;
    dmerp_error *error = NULL;

    CHECK_OK(dmerp_client_push(client, "user1", DMERP_FORMAT_XML, bytes, len, "own id/\xd0\xba & more", NULL, &pushed, &error), &error);
    CHECK_TEXT("own id/\xd0\xba & more", dmerp_pushed_packet_id(pushed));
    CHECK(dmerp_pushed_sync_log_id(pushed) != NULL);
    CHECK_NUMBER(len, dmerp_pushed_size(pushed));
    check_pushed("user1", "own id/\xd0\xba & more", bytes, len);
    dmerp_pushed_free(pushed);
    CHECK(dmerp_pushed_packet_id(pushed) == NULL);
    CHECK(dmerp_pushed_sync_log_id(pushed) == NULL);
    CHECK_NUMBER(0, dmerp_pushed_size(pushed));
    dmerp_pushed_free(pushed);

    const char *user = "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd / \xce\x95\xce\xbb\xce\xad\xce\xbd\xce\xb7 & Gr\xc3\xb6\xc3\x9f" "e?#%";
    CHECK_OK(dmerp_client_push(client, user, DMERP_FORMAT_JSON, bytes, 1, NULL, NULL, &pushed, &error), &error);
    const char *id = dmerp_pushed_packet_id(pushed);
    CHECK(id != NULL && strlen(id) == 36 && id[14] == '7');
    check_pushed(user, id, bytes, 1);
    dmerp_pushed_free(pushed);

    CHECK_OK(dmerp_client_push(client, "user1", DMERP_FORMAT_XML, bytes, len, "no receipt", NULL, NULL, NULL), NULL);
    check_pushed("user1", "no receipt", bytes, len);
    free(bytes);
}

static void push_file(void)
{
    size_t len = 200003;
    uint8_t *bytes = some_bytes(len);
    FILE *file = fopen("verbs.tmp", "wb");
    CHECK(file != NULL && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
    dmerp_pushed *pushed = NULL;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_client_push_file(client, "user2", DMERP_FORMAT_JSON, "verbs.tmp", "file 1", NULL, &pushed, &error), &error);
    CHECK_TEXT("file 1", dmerp_pushed_packet_id(pushed));
    CHECK_NUMBER(len, dmerp_pushed_size(pushed));
    check_pushed("user2", "file 1", bytes, len);
    dmerp_pushed_free(pushed);
    CHECK(unlink("verbs.tmp") == 0);
    free(bytes);
}

/* Two lists, two formats; each packet's fields, content and end. */
static void receive(dmerp_packet_kind kind, dmerp_format format)
{
    enum { COUNT = 3 };
    const char *queue = kind == DMERP_KIND_FILE ? "file" : "packet";
    uint8_t *contents[COUNT];
    char ids[COUNT][32];
    sandbox_reset();
    sandbox_dialects("{\"unknown_fields\":true}");
    for (size_t i = 0; i < COUNT; i++) {
        contents[i] = some_bytes(100000 * i + 10);
        contents[i][1] = (uint8_t)i;
        snprintf(ids[i], sizeof ids[i], "\xce\xb1 <&>'\" %zu", i);
        sandbox_send("\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", queue, ids[i], contents[i], 100000 * i + 10);
    }
    dmerp_packets *packets = pull(kind, format);
    CHECK_NUMBER(COUNT, dmerp_packets_len(packets));
    dmerp_error *error = NULL;
    dmerp_receipt receipts[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        size_t len = 100000 * i + 10;
        dmerp_packet packet;
        if (!CHECK_OK(dmerp_packets_get(packets, i, &packet, &error), &error))
            break;
        CHECK_TEXT(ids[i], packet.id);
        CHECK(packet.receipt_handle != NULL && *packet.receipt_handle != '\0');
        CHECK(packet.url != NULL && *packet.url != '\0');
        CHECK_TEXT("\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", packet.mobile_user);
        CHECK(packet.company_id != NULL && packet.app_code != NULL);
        CHECK_TEXT(kind == DMERP_KIND_FILE ? "image" : "data", packet.packet_type);
        CHECK(packet.on_date != NULL && strchr(packet.on_date, 'T') != NULL);
        CHECK_NUMBER(len, (uintmax_t)packet.size);

        dmerp_buffer link = {0};
        CHECK_OK(dmerp_client_link(client, packet.url, NULL, &link, &error), &error);
        CHECK(link.len > 7 && memcmp(link.data, "http", 4) == 0 && link.data[link.len] == 0);
        dmerp_buffer_free(&link);

        dmerp_buffer content = {0};
        CHECK_OK(dmerp_client_download(client, packet.url, NULL, &content, &error), &error);
        CHECK_NUMBER(len, content.len);
        CHECK(content.len == len && memcmp(content.data, contents[i], len) == 0 && content.data[len] == 0);
        dmerp_buffer_free(&content);

        uint64_t size = 0;
        CHECK_OK(dmerp_client_download_file(client, packet.url, "verbs.tmp", NULL, &size, &error), &error);
        CHECK_NUMBER(len, size);
        CHECK(file_holds("verbs.tmp", contents[i], len)); /* replacing the one before */
        CHECK_OK(dmerp_client_download_file(client, packet.url, "verbs.tmp", NULL, NULL, NULL), NULL);
        receipts[i].id = packet.id;
        receipts[i].receipt_handle = packet.receipt_handle;
    }
    CHECK(unlink("verbs.tmp") == 0);

    dmerp_results *results = NULL;
    CHECK_OK(dmerp_client_done(client, receipts, COUNT, kind, format, NULL, &results, &error), &error);
    CHECK_NUMBER(COUNT, dmerp_results_len(results));
    for (size_t i = 0; i < COUNT; i++) {
        CHECK_OK(dmerp_results_status(results, i), NULL);
        CHECK(dmerp_results_error(results, i) == NULL);
    }
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_results_status(results, COUNT), NULL);
    CHECK(dmerp_results_error(results, COUNT) == NULL);
    dmerp_results_free(results);
    dmerp_packets_free(packets);
    packets = pull(kind, format);
    CHECK_NUMBER(0, dmerp_packets_len(packets));
    dmerp_packets_free(packets);
    for (size_t i = 0; i < COUNT; i++)
        free(contents[i]);
}

static const char *other_field(const dmerp_packet *packet, const char *name)
{
    for (size_t i = 0; i < packet->other_len; i++) {
        if (strcmp(packet->other[i].name, name) == 0)
            return packet->other[i].value;
    }
    return NULL;
}

static void lists(void)
{
    sandbox_reset();
    sandbox_send("user1", "packet", "one", "content", 7);
    dmerp_packets *packets = pull(DMERP_KIND_PACKET, DMERP_FORMAT_JSON);
    dmerp_error *error = NULL;
    dmerp_packet packet;
    CHECK_NUMBER(1, dmerp_packets_len(packets));
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packets_get(packets, 1, &packet, &error), &error);
    CHECK(packet.id == NULL && packet.size == -1);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packets_get(packets, SIZE_MAX, &packet, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packets_get(packets, 0, NULL, &error), &error);
    CHECK_OK(dmerp_packets_get(packets, 0, &packet, &error), &error);
    CHECK(packet.other == NULL && packet.other_len == 0);
    dmerp_unreadable entry;
    CHECK_NUMBER(0, dmerp_packets_unreadable_len(packets));
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packets_unreadable_get(packets, 0, &entry, &error), &error);
    CHECK(entry.place == 0 && entry.reason == NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packets_unreadable_get(packets, SIZE_MAX, &entry, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packets_unreadable_get(packets, 0, NULL, &error), &error);

    /* A list is no other kind of handle, and what a push left is none either. */
    dmerp_pushed *pushed = NULL;
    CHECK_OK(dmerp_client_push(client, "user1", DMERP_FORMAT_XML, (const uint8_t *)"x", 1, NULL, NULL, &pushed, &error), &error);
    CHECK_NUMBER(0, dmerp_packets_len((const dmerp_packets *)pushed));
    dmerp_packets_free((dmerp_packets *)pushed);
    CHECK(dmerp_pushed_packet_id((const dmerp_pushed *)packets) == NULL);
    CHECK_NUMBER(0, dmerp_results_len((const dmerp_results *)packets));
    dmerp_results_free((dmerp_results *)packets);
    dmerp_pushed_free((dmerp_pushed *)packets);
    dmerp_error_free((dmerp_error *)packets);
    dmerp_config_free((dmerp_config *)packets);
    dmerp_client_free((dmerp_client *)pushed);
    dmerp_call_free((dmerp_call *)pushed);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_client_check((const dmerp_client *)packets, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_client_check(client, (const dmerp_call *)pushed, &error), &error);
    CHECK(dmerp_pushed_packet_id(pushed) != NULL);
    CHECK_NUMBER(1, dmerp_packets_len(packets));
    dmerp_pushed_free(pushed);
    dmerp_packets_free(packets);
    CHECK_NUMBER(0, dmerp_packets_len(packets));
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_packets_get(packets, 0, &packet, &error), &error);
    dmerp_packets_free(packets);

    /* Where the portal leaves fields out, they are NULL; those that this header has no place for are listed. */
    sandbox_reset();
    sandbox_dialects("{\"omit_optional\":true}");
    sandbox_send("user1", "packet", "two", "content", 7);
    packets = pull(DMERP_KIND_PACKET, DMERP_FORMAT_XML);
    CHECK_OK(dmerp_packets_get(packets, 0, &packet, &error), &error);
    CHECK_TEXT("two", packet.id);
    CHECK(packet.mobile_user == NULL && packet.company_id == NULL && packet.app_code == NULL && packet.packet_type == NULL &&
          packet.on_date == NULL && packet.size == -1);
    dmerp_packets_free(packets);
    static const dmerp_format FORMATS[] = {DMERP_FORMAT_JSON, DMERP_FORMAT_XML};
    for (size_t i = 0; i < 2; i++) {
        sandbox_reset();
        sandbox_dialects("{\"unknown_fields\":true}");
        sandbox_send("user1", "packet", "three", "content", 7);
        packets = pull(DMERP_KIND_PACKET, FORMATS[i]);
        CHECK_OK(dmerp_packets_get(packets, 0, &packet, &error), &error);
        CHECK_TEXT("5", other_field(&packet, "priority"));
        CHECK(other_field(&packet, "Priority") == NULL);
        CHECK(other_field(&packet, "id") == NULL); /* which has a place of its own */
        dmerp_packets_free(packets);
    }
}

/* Entries that cannot be read are told beside the good ones, which they do not hold up. */
static void unreadable_entries(void)
{
    static const struct {
        const char *how;
        bool id, receipt_handle, url;
    } KINDS[] = {
        {"no_id", false, true, true},
        {"no_receipt_handle", true, false, true},
        {"no_url", true, true, false},
        {"nested_id", false, true, true},
        {"text", false, false, false},
    };
    static const dmerp_format FORMATS[] = {DMERP_FORMAT_JSON, DMERP_FORMAT_XML};
    dmerp_error *error = NULL;
    char fault[200];
    for (size_t i = 0; i < 2 * sizeof KINDS / sizeof KINDS[0]; i++) {
        size_t kind = i / 2;
        sandbox_reset();
        sandbox_send_many("sender", "4", "content", 7);
        snprintf(fault, sizeof fault,
                 "{\"on\":\"portal\",\"path\":\"/pull/\",\"action\":{\"spoil_entries\":[{\"place\":1,\"how\":\"%s\"},"
                 "{\"place\":3,\"how\":\"%s\"}]}}",
                 KINDS[kind].how, KINDS[kind].how);
        sandbox_fault(fault);
        dmerp_packets *packets = pull(DMERP_KIND_PACKET, FORMATS[i % 2]);
        CHECK_NUMBER(2, dmerp_packets_len(packets));
        CHECK_NUMBER(2, dmerp_packets_unreadable_len(packets));
        for (size_t at = 0; at < dmerp_packets_unreadable_len(packets); at++) {
            dmerp_unreadable entry;
            CHECK_OK(dmerp_packets_unreadable_get(packets, at, &entry, &error), &error);
            CHECK_NUMBER(2 * at + 1, entry.place);
            CHECK(entry.reason != NULL && *entry.reason != '\0' && strpbrk(entry.reason, "\r\n") == NULL);
            if (!CHECK((entry.id != NULL) == KINDS[kind].id && (entry.receipt_handle != NULL) == KINDS[kind].receipt_handle &&
                       (entry.url != NULL) == KINDS[kind].url))
                fprintf(stderr, "    of an entry with %s: %s\n", KINDS[kind].how, entry.reason);
        }
        dmerp_unreadable none;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packets_unreadable_get(packets, 2, &none, &error), &error);
        dmerp_packet packet;
        CHECK_OK(dmerp_packets_get(packets, 1, &packet, &error), &error);
        dmerp_receipt receipt = {packet.id, packet.receipt_handle};
        CHECK_OK(dmerp_client_done(client, &receipt, 1, DMERP_KIND_PACKET, FORMATS[i % 2], NULL, NULL, &error), &error);
        dmerp_packets_free(packets);
    }
    sandbox_reset();
}

/* Looks at the results of five receipts, of which the second was stale, and whether the others are done. */
static void check_one_refused(dmerp_status status, dmerp_results *results, dmerp_error **error)
{
    CHECK(dmerp_error_server_message(*error) != NULL);
    CHECK_STATUS(DMERP_REJECTED, status, error);
    CHECK_NUMBER(5, dmerp_results_len(results));
    for (size_t i = 0; i < 5; i++) {
        dmerp_error *one = dmerp_results_error(results, i);
        CHECK_STATUS(i == 1 ? DMERP_REJECTED : DMERP_OK, dmerp_results_status(results, i), NULL);
        CHECK((one != NULL) == (i == 1));
        if (one != NULL) {
            CHECK(dmerp_error_server_message(one) != NULL);
            CHECK_STATUS(DMERP_REJECTED, dmerp_error_status(one), &one);
        }
    }
    dmerp_error *kept = dmerp_results_error(results, 1);
    dmerp_results_free(results);
    dmerp_results_free(results);
    CHECK_NUMBER(0, dmerp_results_len(results));
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_results_status(results, 1), NULL);
    CHECK(dmerp_results_error(results, 1) == NULL);
    CHECK_STATUS(DMERP_REJECTED, dmerp_error_status(kept), &kept); /* an error taken from them stays valid */
    dmerp_packets *packets = pull(DMERP_KIND_PACKET, DMERP_FORMAT_JSON);
    CHECK_NUMBER(0, dmerp_packets_len(packets));
    dmerp_packets_free(packets);
}

/* One refused receipt does not hold up the others, and the results tell which it was. */
static void partly_refused(void)
{
    static const char *const DIALECTS[] = {"others_removed", "none_removed", "bad_request"};
    static const char *const BATCHES[] = {"1", "2", "500"};
    static const dmerp_format FORMATS[] = {DMERP_FORMAT_JSON, DMERP_FORMAT_XML};
    dmerp_error *error = NULL;
    for (size_t i = 0; i < 3 * 3 * 2; i++) {
        char dialect[64];
        sandbox_reset();
        snprintf(dialect, sizeof dialect, "{\"stale_receipt\":\"%s\"}", DIALECTS[i / 6]);
        sandbox_dialects(dialect);
        sandbox_send_many("sender", "4", "content", 7);
        dmerp_packets *packets = pull(DMERP_KIND_PACKET, DMERP_FORMAT_JSON);
        dmerp_receipt receipts[5];
        for (size_t at = 0; at < 5; at++) {
            dmerp_packet packet;
            CHECK_OK(dmerp_packets_get(packets, at < 2 ? at : at - 1, &packet, &error), &error);
            receipts[at].id = at == 1 ? "no such id" : packet.id;
            receipts[at].receipt_handle = at == 1 ? "no such handle" : packet.receipt_handle;
        }
        dmerp_client *by = sandbox_client_with("done_batch", BATCHES[i / 2 % 3], NULL);
        dmerp_results *results = NULL;
        dmerp_status status = dmerp_client_done(by, receipts, 5, DMERP_KIND_PACKET, FORMATS[i % 2], NULL, &results, &error);
        check_one_refused(status, results, &error);
        dmerp_client_free(by);
        dmerp_packets_free(packets);
    }
    sandbox_reset();
}

/* A receipt that cannot be written is seen before the first batch is sent. */
static void refused_before_sending(void)
{
    dmerp_error *error = NULL;
    dmerp_results *results = (dmerp_results *)&error;
    dmerp_receipt receipts[5];
    sandbox_reset();
    sandbox_send_many("sender", "4", "content", 7);
    dmerp_packets *packets = pull(DMERP_KIND_PACKET, DMERP_FORMAT_XML);
    for (size_t i = 0; i < 4; i++) {
        dmerp_packet packet;
        CHECK_OK(dmerp_packets_get(packets, i, &packet, &error), &error);
        receipts[i] = (dmerp_receipt){packet.id, packet.receipt_handle};
    }
    receipts[4] = (dmerp_receipt){"id", "\x01"}; /* which XML has no way to write */
    dmerp_client *by = sandbox_client_with("done_batch", "2", NULL);
    dmerp_status status = dmerp_client_done(by, receipts, 5, DMERP_KIND_PACKET, DMERP_FORMAT_XML, NULL, &results, &error);
    CHECK(results == NULL);
    CHECK_NUMBER(0, dmerp_error_attempts(error));
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, status, &error);
    dmerp_client_free(by);
    dmerp_packets_free(packets);
    sandbox_show_hidden();
    packets = pull(DMERP_KIND_PACKET, DMERP_FORMAT_XML);
    CHECK_NUMBER(4, dmerp_packets_len(packets));
    dmerp_packets_free(packets);
    sandbox_reset();
}

/* What a call tells whose requests were sent and not answered, or answered with a wish. */
static void what_errors_tell(void)
{
    dmerp_error *error = NULL;
    dmerp_results *results = NULL;
    dmerp_receipt receipt = {"id", "handle"};
    dmerp_client *once = sandbox_client_with("retry.max_attempts", "1", NULL);
    sandbox_reset();
    sandbox_fault("{\"on\":\"portal\",\"action\":{\"throttle\":{\"retry_after\":{\"seconds\":7}}}}");
    CHECK(dmerp_client_check(once, NULL, &error) == DMERP_THROTTLED);
    CHECK_NUMBER(7000, dmerp_error_retry_after_ms(error));
    CHECK(dmerp_error_is_outcome_unknown(error) == 0);
    CHECK_STATUS(DMERP_THROTTLED, dmerp_error_status(error), &error);
    sandbox_fault("{\"on\":\"portal\",\"action\":{\"status\":{\"code\":503}}}");
    CHECK(dmerp_client_check(once, NULL, &error) == DMERP_SERVER_ERROR);
    CHECK_NUMBER(0, dmerp_error_retry_after_ms(error));
    CHECK(dmerp_error_is_outcome_unknown(error) == 0);
    CHECK_STATUS(DMERP_SERVER_ERROR, dmerp_error_status(error), &error);

    sandbox_fault("{\"on\":\"storage\",\"method\":\"PUT\",\"action\":\"lose_answer\"}");
    CHECK(dmerp_client_push(once, "u", DMERP_FORMAT_XML, (const uint8_t *)"<x/>", 4, "lost", NULL, NULL, &error) ==
          DMERP_CONNECTION_LOST);
    CHECK(dmerp_error_is_outcome_unknown(error) == 1);
    CHECK(dmerp_error_is_retryable(error) == 1);
    CHECK_TEXT("lost", dmerp_error_packet_id(error));
    CHECK_STATUS(DMERP_CONNECTION_LOST, dmerp_error_status(error), &error);
    check_pushed("u", "lost", (const uint8_t *)"<x/>", 4); /* as it is indeed */

    sandbox_fault("{\"on\":\"portal\",\"action\":\"lose_answer\"}");
    CHECK(dmerp_client_done(once, &receipt, 1, DMERP_KIND_PACKET, DMERP_FORMAT_JSON, NULL, &results, &error) ==
          DMERP_CONNECTION_LOST);
    CHECK(dmerp_error_is_outcome_unknown(error) == 1);
    CHECK_STATUS(DMERP_CONNECTION_LOST, dmerp_error_status(error), &error);
    CHECK_STATUS(DMERP_CONNECTION_LOST, dmerp_results_status(results, 0), NULL);
    error = dmerp_results_error(results, 0);
    CHECK(dmerp_error_is_outcome_unknown(error) == 1);
    dmerp_error_free(error);
    dmerp_results_free(results);
    dmerp_client_free(once);
    sandbox_reset();
}

/* ---- Failures --------------------------------------------------------------------------------------------------- */

static void failures(void)
{
    dmerp_error *error = NULL;
    dmerp_buffer content = {0};
    sandbox_reset();

    dmerp_client *wrong = sandbox_client_with("api_key", "another-key", NULL);
    CHECK(dmerp_client_check(wrong, NULL, &error) == DMERP_AUTHENTICATION_FAILED);
    CHECK(dmerp_error_http_status(error) == 403);
    CHECK_TEXT("Forbidden", dmerp_error_server_message(error));
    CHECK(dmerp_error_packet_id(error) == NULL);
    CHECK_NUMBER(1, dmerp_error_attempts(error));
    CHECK(strstr(dmerp_error_message(error), "another-key") == NULL);
    CHECK_STATUS(DMERP_AUTHENTICATION_FAILED, dmerp_error_status(error), &error);
    dmerp_client_free(wrong);

    wrong = sandbox_client_with("app_area", "NOSUCH", NULL);
    CHECK_STATUS(DMERP_UNKNOWN_APP_AREA, dmerp_client_check(wrong, NULL, &error), &error);
    dmerp_client_free(wrong);

    dmerp_client *once = sandbox_client_with("retry.max_attempts", "1", NULL);
    enum { ANY = -1 };
    static const struct {
        const char *fault;
        dmerp_status status;
        int32_t http_status;
    } ON_PORTAL[] = {
        {"{\"on\":\"portal\",\"action\":{\"throttle\":{}}}", DMERP_THROTTLED, 429},
        {"{\"on\":\"portal\",\"action\":{\"status\":{\"code\":503}}}", DMERP_SERVER_ERROR, 503},
        {"{\"on\":\"portal\",\"action\":{\"status\":{\"code\":400,\"body\":\"{\\\"message\\\":\\\"no\\\"}\"}}}", DMERP_REJECTED, 400},
        {"{\"on\":\"portal\",\"action\":\"html\"}", DMERP_BAD_ANSWER, 200},
        {"{\"on\":\"portal\",\"action\":{\"garbage\":{}}}", DMERP_BAD_ANSWER, 200},
        {"{\"on\":\"portal\",\"action\":{\"redirect\":{\"code\":302,\"location\":\"http://127.0.0.1:1/\"}}}", DMERP_BAD_ANSWER, 302},
        {"{\"on\":\"portal\",\"action\":\"drop_before_headers\"}", DMERP_CONNECTION_LOST, 0},
        {"{\"on\":\"portal\",\"action\":{\"truncate\":{\"bytes\":1}}}", DMERP_TRUNCATED, ANY},
    };
    sandbox_send("user1", "packet", NULL, "<x/>", 4);
    for (size_t i = 0; i < sizeof ON_PORTAL / sizeof ON_PORTAL[0]; i++) {
        dmerp_packets *packets = (dmerp_packets *)&error;
        sandbox_fault(ON_PORTAL[i].fault);
        dmerp_status status = dmerp_client_pull(once, DMERP_KIND_PACKET, DMERP_FORMAT_JSON, NULL, &packets, &error);
        CHECK(packets == NULL);
        CHECK(ON_PORTAL[i].http_status == ANY || dmerp_error_http_status(error) == ON_PORTAL[i].http_status);
        CHECK_NUMBER(1, dmerp_error_attempts(error));
        CHECK(dmerp_error_is_retryable(error) == dmerp_status_is_retryable(status));
        if (!CHECK_STATUS(ON_PORTAL[i].status, status, &error))
            fprintf(stderr, "    after %s\n", ON_PORTAL[i].fault);
    }
    /* What goes away is tried again, and the caller sees nothing of it. */
    sandbox_fault("{\"on\":\"portal\",\"times\":2,\"action\":{\"status\":{\"code\":500}}}");
    CHECK_OK(dmerp_client_check(client, NULL, &error), &error);
    dmerp_client_free(once);

    char *url = sent_packet("packet", "0123456789", 10);
    sandbox_fault("{\"on\":\"storage\",\"times\":0,\"action\":{\"truncate\":{\"bytes\":4}}}");
    dmerp_client *quick = sandbox_client_with("retry.base_ms", "1", NULL);
    CHECK_STATUS(DMERP_TRUNCATED, dmerp_client_download(quick, url, NULL, &content, &error), &error);
    CHECK(content.data == NULL && content.len == 0 && content.owner == NULL);
    CHECK_STATUS(DMERP_TRUNCATED, dmerp_client_download_file(quick, url, "verbs.tmp", NULL, NULL, &error), &error);
    CHECK(access("verbs.tmp", F_OK) != 0);
    dmerp_client_free(quick);
    free(url);

    sandbox_reset();
    CHECK_STATUS(DMERP_NOT_FOUND, dmerp_client_download(client, "push_done/none.xml", NULL, &content, &error), &error);
    dmerp_receipt stale = {"no such id", "no such handle"};
    dmerp_status status = dmerp_client_done(client, &stale, 1, DMERP_KIND_PACKET, DMERP_FORMAT_XML, NULL, NULL, &error);
    CHECK(dmerp_error_server_message(error) != NULL);
    CHECK_STATUS(DMERP_REJECTED, status, &error);

    dmerp_client *narrow = sandbox_client_with("max_memory_bytes", "1024", NULL);
    uint8_t *bytes = some_bytes(1025);
    url = sent_packet("packet", bytes, 1025);
    CHECK_STATUS(DMERP_TOO_LARGE, dmerp_client_download(narrow, url, NULL, &content, &error), &error);
    CHECK(content.data == NULL);
    CHECK_OK(dmerp_client_download_file(narrow, url, "verbs.tmp", NULL, NULL, &error), &error);
    CHECK(unlink("verbs.tmp") == 0);
    dmerp_client_free(narrow);
    free(url);
    free(bytes);
}

/* ---- Callbacks -------------------------------------------------------------------------------------------------- */

/* What a callback saw, and what it is to do. */
struct seen {
    pthread_t thread;
    unsigned calls;
    bool wrong;
    dmerp_progress progress;
    bool stop;                     /* ends the call */
    void (*at_first)(struct seen *); /* done in the first call */
    dmerp_client *client;
    dmerp_call *call;
};

static int32_t on_progress(void *user_data, const dmerp_progress *progress)
{
    struct seen *seen = user_data;
    seen->wrong = seen->wrong || !pthread_equal(seen->thread, pthread_self()) || progress->done > progress->total ||
                  progress->done < seen->progress.done || progress->packets > 1 || progress->packets_total != 1;
    seen->progress = *progress;
    if (seen->calls++ == 0 && seen->at_first != NULL)
        seen->at_first(seen);
    return seen->stop ? 7 : 0;
}

static void on_log(void *user_data, dmerp_log_level level, const char *message)
{
    struct seen *seen = user_data;
    seen->wrong = seen->wrong || !pthread_equal(seen->thread, pthread_self()) || level < DMERP_LOG_ERROR ||
                  level > DMERP_LOG_DEBUG || message == NULL || *message == '\0' || strpbrk(message, "\r\n") != NULL ||
                  strstr(message, sandbox_api_key()) != NULL || strstr(message, "X-Amz-Signature=") != NULL;
    if (seen->calls++ == 0 && seen->at_first != NULL)
        seen->at_first(seen);
}

static dmerp_call *call_with_progress(struct seen *seen)
{
    dmerp_call *call = new_call();
    dmerp_error *error = NULL;
    memset(seen, 0, sizeof *seen);
    seen->thread = pthread_self();
    seen->call = call;
    CHECK_OK(dmerp_call_set_progress(call, on_progress, seen, &error), &error);
    return call;
}

static dmerp_client *client_with_log(dmerp_log_level level, struct seen *seen)
{
    dmerp_config *config = sandbox_config();
    dmerp_client *made = NULL;
    dmerp_error *error = NULL;
    memset(seen, 0, sizeof *seen);
    seen->thread = pthread_self();
    CHECK_OK(dmerp_config_set_log(config, level, on_log, seen, &error), &error);
    CHECK_OK(dmerp_client_new(config, &made, &error), &error);
    dmerp_config_free(config);
    seen->client = made;
    return made;
}

static void progress(void)
{
    size_t len = 2000000;
    uint8_t *bytes = some_bytes(len);
    struct seen seen;
    dmerp_error *error = NULL;
    dmerp_buffer content = {0};
    sandbox_reset();
    char *url = sent_packet("packet", bytes, len);

    /* However quick a transfer is, its end is told. */
    dmerp_call *call = call_with_progress(&seen);
    CHECK_OK(dmerp_client_push(client, "u", DMERP_FORMAT_XML, bytes, len, NULL, call, NULL, &error), &error);
    CHECK(seen.calls > 0 && !seen.wrong);
    CHECK_NUMBER(len, seen.progress.done);
    CHECK_NUMBER(len, seen.progress.total);
    CHECK_NUMBER(1, seen.progress.packets);
    dmerp_call_free(call);
    call = call_with_progress(&seen);
    CHECK_OK(dmerp_client_download(client, url, call, &content, &error), &error);
    CHECK(seen.calls > 0 && !seen.wrong);
    CHECK_NUMBER(len, seen.progress.done);
    CHECK_NUMBER(len, seen.progress.total);
    CHECK_NUMBER(1, seen.progress.packets);
    dmerp_buffer_free(&content);
    dmerp_call_free(call);

    /* However many pieces there are, it is told about 20 times a second: here a hundred in a second or more. */
    sandbox_fault("{\"on\":\"storage\",\"action\":{\"trickle\":{\"bytes_per_chunk\":20000,\"ms\":10}}}");
    call = call_with_progress(&seen);
    int64_t began_ms = now_ms();
    CHECK_OK(dmerp_client_download(client, url, call, &content, &error), &error);
    unsigned most = (unsigned)((now_ms() - began_ms) / 50) + 5;
    if (!CHECK(seen.calls >= 5 && seen.calls <= most))
        fprintf(stderr, "    %u calls; %u would be 20 a second\n", seen.calls, most);
    CHECK_NUMBER(len, seen.progress.done);
    dmerp_buffer_free(&content);
    dmerp_call_free(call);

    /* Non-zero ends the call; nothing of a download stays. The push lasts, since nobody reads it for a while. */
    size_t more = 16000000;
    uint8_t *many = some_bytes(more);
    sandbox_fault("{\"on\":\"storage\",\"method\":\"PUT\",\"action\":{\"delay\":{\"ms\":300}}}");
    call = call_with_progress(&seen);
    seen.stop = true;
    CHECK_STATUS(DMERP_CANCELLED, dmerp_client_push(client, "u", DMERP_FORMAT_XML, many, more, "stopped", call, NULL, &error),
                 &error);
    CHECK_NUMBER(1, seen.calls);
    CHECK(seen.progress.done < more);
    CHECK(dmerp_call_is_cancelled(call) == 0); /* only this one call ended */
    size_t none = 0;
    CHECK(sandbox_pushed("u", "stopped", &none) == NULL);
    dmerp_call_free(call);
    free(many);
    call = call_with_progress(&seen);
    seen.stop = true;
    CHECK_STATUS(DMERP_CANCELLED, dmerp_client_download(client, url, call, &content, &error), &error);
    CHECK_NUMBER(1, seen.calls);
    CHECK(content.data == NULL);
    dmerp_call_free(call);
    call = call_with_progress(&seen);
    seen.stop = true;
    CHECK_STATUS(DMERP_CANCELLED, dmerp_client_download_file(client, url, "verbs.tmp", call, NULL, &error), &error);
    CHECK_NUMBER(1, seen.calls);
    dmerp_call_free(call);
    CHECK(access("verbs.tmp", F_OK) != 0);
    DIR *folder = opendir(".");
    bool leftover = folder == NULL;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        leftover = leftover || strncmp(entry->d_name, ".dmerp-", 7) == 0;
    CHECK(!leftover);
    closedir(folder);

    free(url);
    free(bytes);
}

/* A content on its way through callbacks, in pieces of at most `most` bytes. */
struct stream {
    uint8_t *bytes;
    size_t len;
    size_t at;
    size_t most;
    unsigned calls;
    unsigned stop_at;   /* the call that ends the verb; 0 for none */
    unsigned skip_at;   /* the call that does nothing, as one that another language could not enter; 0 for none */
    bool overdo;        /* claims more bytes than there was room for */
};

static int32_t read_stream(void *user_data, uint8_t *data, size_t capacity, size_t *read)
{
    struct stream *stream = user_data;
    if (++stream->calls == stream->stop_at)
        return -1;
    if (stream->calls == stream->skip_at)
        return 0;
    *read = capacity + 1;
    if (stream->overdo)
        return 0;
    size_t len = stream->len - stream->at;
    len = len < stream->most ? len : stream->most;
    len = len < capacity ? len : capacity;
    memcpy(data, stream->bytes + stream->at, len);
    stream->at += len;
    *read = len;
    return 0;
}

static int32_t write_stream(void *user_data, const uint8_t *data, size_t len, size_t *taken)
{
    struct stream *stream = user_data;
    if (++stream->calls == stream->stop_at || len == 0 || len > stream->len - stream->at)
        return 1;
    if (stream->calls == stream->skip_at)
        return 0;
    memcpy(stream->bytes + stream->at, data, len);
    stream->at += len;
    *taken = stream->overdo ? len + 1 : len;
    return 0;
}

static void through_streams(void)
{
    size_t len = 3000001; /* more than is kept in memory */
    uint8_t *bytes = some_bytes(len);
    dmerp_pushed *pushed = NULL;
    dmerp_error *error = NULL;
    sandbox_reset();

    struct stream in = {.bytes = bytes, .len = len, .most = 10007};
    sandbox_fault("{\"on\":\"storage\",\"action\":{\"status\":{\"code\":503}}}"); /* so it is sent twice */
    CHECK_OK(dmerp_client_push_stream(client, "u", DMERP_FORMAT_XML, read_stream, &in, "streamed", NULL, &pushed, &error), &error);
    CHECK_TEXT("streamed", dmerp_pushed_packet_id(pushed));
    CHECK_NUMBER(len, dmerp_pushed_size(pushed));
    dmerp_pushed_free(pushed);
    check_pushed("u", "streamed", bytes, len);

    in = (struct stream){.bytes = bytes, .len = len, .most = len, .stop_at = 2};
    CHECK_STATUS(DMERP_CANCELLED,
                 dmerp_client_push_stream(client, "u", DMERP_FORMAT_XML, read_stream, &in, "stopped", NULL, NULL, &error), &error);
    CHECK_NUMBER(2, in.calls);
    in = (struct stream){.bytes = bytes, .len = len, .most = len, .overdo = true};
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_push_stream(client, "u", DMERP_FORMAT_XML, read_stream, &in, "stopped", NULL, NULL, &error), &error);
    in = (struct stream){.bytes = bytes, .len = len, .most = len, .skip_at = 3};
    CHECK_STATUS(DMERP_FILE_ERROR,
                 dmerp_client_push_stream(client, "u", DMERP_FORMAT_XML, read_stream, &in, "stopped", NULL, NULL, &error), &error);
    size_t none = 0;
    CHECK(sandbox_pushed("u", "stopped", &none) == NULL);

    char *url = sent_packet("file", bytes, len);
    uint64_t size = 0;
    struct stream out = {.bytes = malloc(len), .len = len};
    sandbox_fault("{\"on\":\"storage\",\"action\":{\"truncate\":{\"bytes\":2000000}}}");
    CHECK_OK(dmerp_client_download_stream(client, url, write_stream, &out, NULL, &size, &error), &error);
    CHECK_NUMBER(len, size);
    CHECK(out.at == len && memcmp(out.bytes, bytes, len) == 0);

    /* A packet that does not arrive whole is not given out in part. */
    sandbox_fault("{\"on\":\"storage\",\"times\":0,\"action\":{\"truncate\":{\"bytes\":2000000}}}");
    out = (struct stream){.bytes = out.bytes, .len = len};
    dmerp_client *once = sandbox_client_with("retry.max_attempts", "1", NULL);
    CHECK_STATUS(DMERP_TRUNCATED, dmerp_client_download_stream(once, url, write_stream, &out, NULL, &size, &error), &error);
    CHECK_NUMBER(0, out.calls);
    CHECK_NUMBER(0, size);
    dmerp_client_free(once);
    sandbox_reset();

    free(url);
    url = sent_packet("file", bytes, len);
    out = (struct stream){.bytes = out.bytes, .len = len, .stop_at = 3};
    CHECK_STATUS(DMERP_CANCELLED, dmerp_client_download_stream(client, url, write_stream, &out, NULL, NULL, &error), &error);
    CHECK_NUMBER(3, out.calls);
    out = (struct stream){.bytes = out.bytes, .len = len, .skip_at = 3};
    CHECK_STATUS(DMERP_FILE_ERROR, dmerp_client_download_stream(client, url, write_stream, &out, NULL, &size, &error), &error);
    CHECK_NUMBER(3, out.calls);
    CHECK_NUMBER(0, size);
    out = (struct stream){.bytes = out.bytes, .len = len, .overdo = true};
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_download_stream(client, url, write_stream, &out, NULL, NULL, &error), &error);
    free(out.bytes);
    free(url);
    free(bytes);
}

struct looks {
    unsigned calls;
    unsigned stop_at;
    pthread_t caller;
    bool wrong;
};

static int32_t look(void *user_data)
{
    struct looks *looks = user_data;
    looks->wrong = looks->wrong || !pthread_equal(pthread_self(), looks->caller);
    return ++looks->calls == looks->stop_at;
}

static void waiting(void)
{
    sandbox_reset();
    sandbox_fault("{\"on\":\"portal\",\"times\":0,\"action\":\"hang\"}");
    struct looks looks = {.stop_at = 3, .caller = pthread_self()};
    dmerp_call *call = new_call();
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_call_set_waiting(call, look, &looks, &error), &error);
    CHECK_STATUS(DMERP_CANCELLED, dmerp_client_check(client, call, &error), &error);
    CHECK_NUMBER(3, looks.calls);
    CHECK(!looks.wrong);
    CHECK(dmerp_call_is_cancelled(call) == 0); /* only this one call ended */
    CHECK_OK(dmerp_call_set_waiting(call, NULL, NULL, &error), &error);
    CHECK_OK(dmerp_call_set_timeout_ms(call, 400, &error), &error);
    CHECK_STATUS(DMERP_TIMED_OUT, dmerp_client_check(client, call, &error), &error);
    CHECK_NUMBER(3, looks.calls);
    dmerp_call_free(call);
    sandbox_reset();
}

static void logs(void)
{
    struct seen seen;
    dmerp_error *error = NULL;
    sandbox_reset();
    char *url = sent_packet("packet", "content", 7);
    dmerp_client *logging = client_with_log(DMERP_LOG_DEBUG, &seen);
    dmerp_buffer content = {0};
    CHECK_OK(dmerp_client_download(logging, url, NULL, &content, &error), &error);
    dmerp_buffer_free(&content);
    CHECK(seen.calls >= 3 && !seen.wrong);
    dmerp_client_free(logging);

    logging = client_with_log(DMERP_LOG_WARNING, &seen);
    CHECK_OK(dmerp_client_check(logging, NULL, &error), &error);
    CHECK_NUMBER(0, seen.calls);
    sandbox_fault("{\"on\":\"portal\",\"action\":{\"status\":{\"code\":500}}}");
    CHECK_OK(dmerp_client_check(logging, NULL, &error), &error);
    CHECK_NUMBER(1, seen.calls);
    CHECK(!seen.wrong);
    dmerp_client_free(logging);
    free(url);
}

/* ---- The library inside a callback ------------------------------------------------------------------------------ */

static void use_the_library(struct seen *seen)
{
    dmerp_error *error = NULL;
    dmerp_packets *packets = NULL;
    dmerp_pushed *pushed = NULL;
    CHECK(dmerp_live_handles() > 0);
    CHECK_OK(dmerp_client_check(client, NULL, &error), &error);
    CHECK_OK(dmerp_client_pull(client, DMERP_KIND_FILE, DMERP_FORMAT_DEFAULT, NULL, &packets, &error), &error);
    dmerp_packets_free(packets);
    CHECK_OK(dmerp_client_push(client, "within", DMERP_FORMAT_XML, (const uint8_t *)"<x/>", 4, NULL, NULL, &pushed, &error), &error);
    dmerp_pushed_free(pushed);
    dmerp_client *another = sandbox_client();
    CHECK_OK(dmerp_client_check(another, NULL, &error), &error);
    dmerp_client_free(another);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_config_set(NULL, "a", "b", &error), &error);
    CHECK(dmerp_call_is_cancelled(seen->call) == 0);
}

static void free_the_client(struct seen *seen)
{
    dmerp_client_free(seen->client);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_client_check(seen->client, NULL, NULL), NULL);
    dmerp_client_free(seen->client);
}

static void free_the_call(struct seen *seen)
{
    dmerp_call_free(seen->call);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_call_cancel(seen->call, NULL), NULL);
}

static void cancel_the_call(struct seen *seen)
{
    CHECK_OK(dmerp_call_cancel(seen->call, NULL), NULL);
}

static void within_callbacks(void)
{
    size_t len = 1000000;
    uint8_t *bytes = some_bytes(len);
    struct seen seen;
    dmerp_error *error = NULL;
    dmerp_buffer content = {0};
    sandbox_reset();
    char *url = sent_packet("packet", bytes, len);

    dmerp_call *call = call_with_progress(&seen);
    seen.at_first = use_the_library;
    CHECK_OK(dmerp_client_push(client, "u", DMERP_FORMAT_XML, bytes, len, "with calls within", call, NULL, &error), &error);
    CHECK(!seen.wrong);
    check_pushed("u", "with calls within", bytes, len);
    memset(&seen, 0, sizeof seen);
    seen.thread = pthread_self();
    seen.call = call;
    seen.at_first = use_the_library;
    CHECK_OK(dmerp_client_download(client, url, call, &content, &error), &error);
    CHECK(content.len == len && memcmp(content.data, bytes, len) == 0);
    dmerp_buffer_free(&content);
    dmerp_call_free(call);

    size_t live = dmerp_live_handles();
    call = call_with_progress(&seen);
    seen.client = sandbox_client();
    seen.at_first = free_the_client;
    CHECK_OK(dmerp_client_download(seen.client, url, call, &content, &error), &error);
    CHECK(content.len == len && memcmp(content.data, bytes, len) == 0);
    dmerp_buffer_free(&content);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_client_check(seen.client, NULL, &error), &error);
    dmerp_call_free(call);
    CHECK_NUMBER(live, dmerp_live_handles());

    dmerp_client *logging = client_with_log(DMERP_LOG_DEBUG, &seen);
    seen.at_first = free_the_client;
    CHECK_OK(dmerp_client_check(logging, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_client_check(logging, NULL, &error), &error);
    CHECK_NUMBER(live, dmerp_live_handles());

    call = call_with_progress(&seen);
    seen.at_first = free_the_call;
    CHECK_OK(dmerp_client_push(client, "u", DMERP_FORMAT_XML, bytes, len, NULL, call, NULL, &error), &error);
    CHECK_NUMBER(live, dmerp_live_handles());

    sandbox_fault("{\"on\":\"storage\",\"method\":\"PUT\",\"action\":{\"delay\":{\"ms\":300}}}"); /* no answer before that */
    call = call_with_progress(&seen);
    seen.at_first = cancel_the_call;
    CHECK_STATUS(DMERP_CANCELLED, dmerp_client_push(client, "u", DMERP_FORMAT_XML, bytes, len, NULL, call, NULL, &error), &error);
    CHECK(dmerp_call_is_cancelled(call) == 1);
    dmerp_call_free(call);
    CHECK_NUMBER(live, dmerp_live_handles());
    free(url);
    free(bytes);
}

/* ---- Other threads ---------------------------------------------------------------------------------------------- */

/* A call that another thread makes. */
struct other {
    pthread_t thread;
    dmerp_status (*verb)(struct other *);
    dmerp_client *client;
    dmerp_call *call;
    const char *url;
    dmerp_status status;
    int64_t ended_ms;
};

static dmerp_status other_check(struct other *other)
{
    return dmerp_client_check(other->client, other->call, NULL);
}

static dmerp_status other_push(struct other *other)
{
    static const uint8_t CONTENT[100000];
    return dmerp_client_push(other->client, "u", DMERP_FORMAT_XML, CONTENT, sizeof CONTENT, NULL, other->call, NULL, NULL);
}

static dmerp_status other_pull(struct other *other)
{
    dmerp_packets *packets = NULL;
    dmerp_status status = dmerp_client_pull(other->client, DMERP_KIND_PACKET, DMERP_FORMAT_XML, other->call, &packets, NULL);
    dmerp_packets_free(packets);
    return status;
}

static dmerp_status other_download(struct other *other)
{
    dmerp_buffer content = {0};
    dmerp_status status = dmerp_client_download(other->client, other->url, other->call, &content, NULL);
    dmerp_buffer_free(&content);
    return status;
}

static dmerp_status other_download_file(struct other *other)
{
    return dmerp_client_download_file(other->client, other->url, "verbs.tmp", other->call, NULL, NULL);
}

static void *run_other(void *user_data)
{
    struct other *other = user_data;
    other->status = other->verb(other);
    other->ended_ms = now_ms();
    return NULL;
}

static void start(struct other *other, dmerp_status (*verb)(struct other *))
{
    other->verb = verb;
    CHECK(pthread_create(&other->thread, NULL, run_other, other) == 0);
}

/* A verb that waits for something that does not come is cancelled while it does. */
static void cancel_while(const char *fault, const char *seen, dmerp_status (*verb)(struct other *), dmerp_client *by)
{
    uint8_t *bytes = some_bytes(500000);
    sandbox_reset();
    char *url = sent_packet("packet", bytes, 500000);
    sandbox_fault(fault);
    struct other other = {.client = by, .call = new_call(), .url = url};
    start(&other, verb);
    CHECK(sandbox_has_seen(seen));
    sleep_ms(150);
    int64_t cancelled_ms = now_ms();
    CHECK_OK(dmerp_call_cancel(other.call, NULL), NULL);
    pthread_join(other.thread, NULL);
    if (!CHECK_STATUS(DMERP_CANCELLED, other.status, NULL) || !CHECK(other.ended_ms - cancelled_ms <= 250))
        fprintf(stderr, "    after %lld ms, with %s\n", (long long)(other.ended_ms - cancelled_ms), fault);
    CHECK(access("verbs.tmp", F_OK) != 0);
    dmerp_call_free(other.call);
    free(url);
    free(bytes);
}

static void cancels(void)
{
    static const char HANG_PORTAL[] = "{\"on\":\"portal\",\"times\":0,\"action\":\"hang\"}";
    static const char HANG_STORAGE[] = "{\"on\":\"storage\",\"times\":0,\"action\":\"hang\"}";
    static const char STALL_STORAGE[] = "{\"on\":\"storage\",\"times\":0,\"action\":{\"stall\":{\"bytes\":1000}}}";
    static const char TRICKLE[] = "{\"on\":\"storage\",\"times\":0,\"action\":{\"trickle\":{\"bytes_per_chunk\":100,\"ms\":20}}}";
    static const char THROTTLE[] = "{\"on\":\"portal\",\"times\":0,\"action\":{\"throttle\":{\"retry_after\":{\"seconds\":60}}}}";
    cancel_while(HANG_PORTAL, "dmerp-connection-check", other_check, client);
    cancel_while(HANG_PORTAL, "/erp/pull/", other_pull, client);
    cancel_while(HANG_PORTAL, "/erp/push/", other_push, client);
    cancel_while(HANG_STORAGE, "\"PUT\"", other_push, client);
    cancel_while(HANG_STORAGE, "\"storage\"", other_download, client);
    cancel_while(STALL_STORAGE, "\"storage\"", other_download, client);
    cancel_while(STALL_STORAGE, "\"storage\"", other_download_file, client);
    cancel_while(TRICKLE, "\"storage\"", other_download_file, client);
    cancel_while(THROTTLE, "dmerp-connection-check", other_check, client); /* while it waits for its next try */
}

static void timeouts(void)
{
    sandbox_reset();
    sandbox_fault("{\"on\":\"portal\",\"times\":0,\"action\":\"hang\"}");
    dmerp_call *call = new_call();
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_call_set_timeout_ms(call, 400, &error), &error);
    for (int i = 0; i < 2; i++) {
        int64_t began_ms = now_ms();
        CHECK_STATUS(DMERP_TIMED_OUT, dmerp_client_check(client, call, &error), &error);
        int64_t took_ms = now_ms() - began_ms;
        if (!CHECK(took_ms >= 390 && took_ms <= 650))
            fprintf(stderr, "    it took %lld ms\n", (long long)took_ms);
    }
    dmerp_call_free(call);

    dmerp_client *hasty = sandbox_client_with("timeout.overall_ms", "300", NULL);
    CHECK_STATUS(DMERP_TIMED_OUT, dmerp_client_check(hasty, NULL, &error), &error);
    dmerp_client_free(hasty);
    sandbox_reset();
}

/* Freeing what another thread's call uses waits until that call has ended. */
static void frees(void)
{
    for (int freed = 0; freed < 2; freed++) {
        sandbox_reset();
        sandbox_fault("{\"on\":\"portal\",\"times\":0,\"action\":\"hang\"}");
        size_t live = dmerp_live_handles();
        struct other other = {.client = sandbox_client(), .call = new_call()};
        CHECK_OK(dmerp_call_set_timeout_ms(other.call, 700, NULL), NULL);
        start(&other, other_check);
        CHECK(sandbox_has_seen("dmerp-connection-check"));
        if (freed == 0)
            dmerp_client_free(other.client);
        else
            dmerp_call_free(other.call);
        int64_t freed_ms = now_ms();
        pthread_join(other.thread, NULL);
        CHECK_STATUS(DMERP_TIMED_OUT, other.status, NULL);
        CHECK(freed_ms >= other.ended_ms - 20); /* the two threads go on at the same moment */
        CHECK_STATUS(freed == 0 ? DMERP_OK : DMERP_INVALID_HANDLE, dmerp_call_cancel(other.call, NULL), NULL);
        dmerp_client_free(other.client);
        dmerp_call_free(other.call);
        CHECK_NUMBER(live, dmerp_live_handles());
    }
    sandbox_reset();
}

/* ---- */

static void run(void)
{
    sandbox_reset();
    client = sandbox_client();
    check();
    push();
    push_file();
    receive(DMERP_KIND_PACKET, DMERP_FORMAT_JSON);
    receive(DMERP_KIND_PACKET, DMERP_FORMAT_XML);
    receive(DMERP_KIND_FILE, DMERP_FORMAT_JSON);
    receive(DMERP_KIND_FILE, DMERP_FORMAT_XML);
    receive(DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT);
    lists();
    unreadable_entries();
    partly_refused();
    refused_before_sending();
    what_errors_tell();
    failures();
    progress();
    through_streams();
    waiting();
    logs();
    within_callbacks();
    cancels();
    timeouts();
    frees();
    dmerp_client_free(client);
    CHECK_NUMBER(0, dmerp_live_handles());
}

int main(void)
{
    return check_run(run);
}
