/*
 * What dmerp.h promises about wrong use: every function with every kind of argument that it cannot use. Nothing here may
 * crash, hang, leak, or be called a success, and each failure has its exact status.
 *
 * It needs no network but a loopback port at which nobody listens.
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- Handles ---------------------------------------------------------------------------------------------------- */

enum kind {
    CONFIG,
    CALL,
    CLIENT,
    ERROR,
    PACKETS,
    PUSHED,
    RESULTS,
    RECEIVER,
    RECEIVED,
    SUMMARY,
    BATCH,
    WRITER,
    READER,
    MISTAKES,
    NO_KIND
};

/* One live handle of every kind that can be made without a portal. */
static dmerp_config *live_config;
static dmerp_call *live_call;
static dmerp_client *live_client;
static dmerp_error *live_error;
static dmerp_results *live_results;
static dmerp_receiver *live_receiver; /* of the list of packets */
static dmerp_summary *live_summary;
static dmerp_batch *live_batch;
static dmerp_packet_writer *live_writer; /* in a table, without a record */
static dmerp_packet_reader *live_reader; /* before its first record */
static dmerp_mistakes *live_mistakes;
static dmerp_buffer live_buffer;

/* A socket that holds a port without listening, so that a connection to it is refused. */
static int closed_port = -1;

static const uint8_t BYTES[4] = {1, 0, 2, 0};

static const char PACKET[] = "<NavMobileSync><table tablename=\"T\"><r status=\"insert\"><NO>1</NO></r>"
                             "<r status=\"insert\">text</r></table></NavMobileSync>";

/* A field that can be written. */
static const dmerp_field FIELD = {"NO", {DMERP_VALUE_TEXT, 0, 0, 0, "1", 1}, NULL, 0};

/* Places that hold something else beforehand, so that the tests see them emptied. */
#define JUNK ((void *)(uintptr_t)0x5a5a5a5a)

static dmerp_buffer junk_buffer(void)
{
    dmerp_buffer buffer;
    memset(&buffer, 0x5a, sizeof buffer);
    return buffer;
}

static bool is_empty(const dmerp_buffer *buffer)
{
    return buffer->data == NULL && buffer->len == 0 && buffer->owner == NULL;
}

static dmerp_packet junk_packet(void)
{
    dmerp_packet packet;
    memset(&packet, 0x5a, sizeof packet);
    return packet;
}

static bool is_empty_packet(const dmerp_packet *packet)
{
    return packet->id == NULL && packet->receipt_handle == NULL && packet->url == NULL && packet->mobile_user == NULL &&
           packet->company_id == NULL && packet->app_code == NULL && packet->packet_type == NULL && packet->on_date == NULL &&
           packet->size == -1 && packet->other == NULL && packet->other_len == 0;
}

static dmerp_unreadable junk_unreadable(void)
{
    dmerp_unreadable entry;
    memset(&entry, 0x5a, sizeof entry);
    return entry;
}

static bool is_empty_unreadable(const dmerp_unreadable *entry)
{
    return entry->place == 0 && entry->reason == NULL && entry->id == NULL && entry->receipt_handle == NULL && entry->url == NULL;
}

static bool mentions(const dmerp_error *error, const char *word)
{
    const char *message = dmerp_error_message(error);
    return message != NULL && strstr(message, word) != NULL;
}

/* Makes an error the honest way. */
static dmerp_error *some_error(void)
{
    dmerp_error *error = NULL;
    CHECK(dmerp_config_set(live_config, "no such option", "x", &error) == DMERP_INVALID_CONFIG);
    CHECK(error != NULL);
    return error;
}

static dmerp_config *new_config(void)
{
    dmerp_config *config = JUNK;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_config_new(&config, &error), &error);
    return config;
}

static dmerp_call *new_call(void)
{
    dmerp_call *call = JUNK;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_call_new(&call, &error), &error);
    return call;
}

/* A client of the closed port, which tries once. */
static dmerp_client *new_client(void)
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    memset(&address, 0, sizeof address);
    CHECK(getsockname(closed_port, (struct sockaddr *)&address, &len) == 0);
    char base_url[64];
    snprintf(base_url, sizeof base_url, "http://127.0.0.1:%u/mobile", (unsigned)ntohs(address.sin_port));

    dmerp_config *config = new_config();
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_config_set(config, "base_url", base_url, &error), &error);
    CHECK_OK(dmerp_config_set(config, "app_area", "DMDEV01", &error), &error);
    CHECK_OK(dmerp_config_set(config, "api_key", "a-key", &error), &error);
    CHECK_OK(dmerp_config_set(config, "proxy", "none", &error), &error);
    CHECK_OK(dmerp_config_set(config, "retry.max_attempts", "1", &error), &error);
    dmerp_client *client = JUNK;
    CHECK_OK(dmerp_client_new(config, &client, &error), &error);
    dmerp_config_free(config);
    return client;
}

/* Results of no receipts, which take no request. */
static dmerp_results *new_results(void)
{
    dmerp_results *results = JUNK;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_client_done(live_client, NULL, 0, DMERP_KIND_PACKET, DMERP_FORMAT_JSON, NULL, &results, &error), &error);
    return results;
}

static dmerp_receiver *new_receiver(dmerp_packet_kind kind)
{
    dmerp_receiver *receiver = JUNK;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_client_receive(live_client, kind, DMERP_FORMAT_DEFAULT, &receiver, &error), &error);
    return receiver;
}

/* The summary of a run that has done nothing. */
static dmerp_summary *new_summary(void)
{
    dmerp_summary *summary = JUNK;
    dmerp_error *error = JUNK;
    dmerp_receiver *receiver = new_receiver(DMERP_KIND_FILE);
    CHECK_OK(dmerp_receiver_close(receiver, &summary, &error), &error);
    dmerp_receiver_free(receiver);
    return summary;
}

/* A batch with one content. */
static dmerp_batch *new_batch(void)
{
    dmerp_batch *batch = JUNK;
    dmerp_error *error = JUNK;
    size_t content = 77;
    CHECK_OK(dmerp_batch_new(live_client, &batch, &error), &error);
    CHECK_OK(dmerp_batch_content(batch, BYTES, sizeof BYTES, &content, &error), &error);
    CHECK_NUMBER(0, content);
    return batch;
}

/* A writer in a table. */
static dmerp_packet_writer *new_writer(void)
{
    dmerp_packet_writer *writer = JUNK;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_packet_writer_new("user", &writer, &error), &error);
    CHECK_OK(dmerp_packet_writer_table(writer, "T", NULL, &error), &error);
    return writer;
}

static dmerp_packet_reader *new_reader(void)
{
    dmerp_packet_reader *reader = JUNK;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_packet_reader_new((const uint8_t *)PACKET, strlen(PACKET), &reader, &error), &error);
    return reader;
}

static dmerp_mistakes *new_mistakes(void)
{
    dmerp_mistakes *mistakes = JUNK;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_packet_check((const uint8_t *)PACKET, strlen(PACKET), &mistakes, &error), &error);
    return mistakes;
}

/* Whether every byte is 0. */
static bool is_zero(const void *place, size_t size)
{
    const uint8_t *bytes = place;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

/* Checks that a call which got a bad handle of the type `name` said so, with an error and without. */
#define CHECK_REFUSED(name, call_with)                                  \
    do {                                                                \
        dmerp_error *refusal = JUNK;                                    \
        dmerp_error **error = &refusal;                                 \
        dmerp_status status = (call_with);                              \
        CHECK(mentions(refusal, name));                                 \
        CHECK_STATUS(DMERP_INVALID_HANDLE, status, error);              \
        error = NULL;                                                   \
        CHECK_STATUS(DMERP_INVALID_HANDLE, (call_with), NULL);          \
    } while (0)

static int32_t no_progress(void *user_data, const dmerp_progress *progress)
{
    (void)user_data, (void)progress;
    return 0;
}

static int32_t no_waiting(void *user_data)
{
    (void)user_data;
    return 0;
}

static int32_t read_end(void *user_data, uint8_t *data, size_t capacity, size_t *len)
{
    (void)user_data, (void)data, (void)capacity;
    *len = 0;
    return 0;
}

static int32_t no_write(void *user_data, const uint8_t *data, size_t len, size_t *taken)
{
    (void)user_data, (void)data, (void)len, (void)taken;
    return 0;
}

static void no_log(void *user_data, dmerp_log_level level, const char *message)
{
    (void)user_data, (void)level, (void)message;
}

static void config_functions_refuse(void *bad)
{
    dmerp_config *config = bad;
    CHECK_REFUSED("dmerp_config", dmerp_config_set(config, "app_area", "x", error));
    dmerp_buffer value = junk_buffer();
    CHECK_REFUSED("dmerp_config", dmerp_config_get(config, "app_area", &value, error));
    CHECK(is_empty(&value));
    CHECK_REFUSED("dmerp_config", dmerp_config_set_log(config, DMERP_LOG_INFO, no_log, NULL, error));
    dmerp_client *client = JUNK;
    CHECK_REFUSED("dmerp_config", dmerp_client_new(config, &client, error));
    CHECK(client == NULL);
    dmerp_config_free(config);
}

/* The verbs, with a client and a control of which one is bad. */
static void verbs_refuse(const char *name, const dmerp_client *client, const dmerp_call *call)
{
    dmerp_pushed *pushed = JUNK;
    CHECK_REFUSED(name, dmerp_client_push(client, "user", DMERP_FORMAT_XML, BYTES, sizeof BYTES, "id", call, &pushed, error));
    CHECK(pushed == NULL);
    pushed = JUNK;
    CHECK_REFUSED(name, dmerp_client_push_file(client, "user", DMERP_FORMAT_JSON, "a", NULL, call, &pushed, error));
    CHECK(pushed == NULL);
    pushed = JUNK;
    CHECK_REFUSED(name, dmerp_client_push_stream(client, "user", DMERP_FORMAT_XML, read_end, NULL, NULL, call, &pushed, error));
    CHECK(pushed == NULL);
    pushed = JUNK;
    CHECK_REFUSED(name, dmerp_client_push_packet(client, NULL, live_writer, NULL, call, &pushed, error));
    CHECK(pushed == NULL);
    dmerp_packets *packets = JUNK;
    CHECK_REFUSED(name, dmerp_client_pull(client, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, call, &packets, error));
    CHECK(packets == NULL);
    dmerp_buffer buffer = junk_buffer();
    CHECK_REFUSED(name, dmerp_client_link(client, "a/b", call, &buffer, error));
    CHECK(is_empty(&buffer));
    buffer = junk_buffer();
    CHECK_REFUSED(name, dmerp_client_download(client, "a/b", call, &buffer, error));
    CHECK(is_empty(&buffer));
    uint64_t size = 77;
    CHECK_REFUSED(name, dmerp_client_download_file(client, "a/b", "conformance.part", call, &size, error));
    CHECK_NUMBER(0, size);
    size = 77;
    CHECK_REFUSED(name, dmerp_client_download_stream(client, "a/b", no_write, NULL, call, &size, error));
    CHECK_NUMBER(0, size);
    dmerp_receipt receipt = {"id", "handle"};
    dmerp_results *results = JUNK;
    CHECK_REFUSED(name, dmerp_client_done(client, &receipt, 1, DMERP_KIND_FILE, DMERP_FORMAT_XML, call, &results, error));
    CHECK(results == NULL);
    results = JUNK;
    CHECK_REFUSED(name, dmerp_client_done(client, NULL, 0, DMERP_KIND_PACKET, DMERP_FORMAT_JSON, call, &results, error));
    CHECK(results == NULL);
    CHECK_REFUSED(name, dmerp_client_done(client, &receipt, 1, DMERP_KIND_PACKET, DMERP_FORMAT_JSON, call, NULL, error));
    CHECK_REFUSED(name, dmerp_client_check(client, call, error));
}

/* What makes no request. */
static void client_functions_without_a_call_refuse(const dmerp_client *client)
{
    dmerp_receiver *receiver = JUNK;
    CHECK_REFUSED("dmerp_client", dmerp_client_receive(client, DMERP_KIND_FILE, DMERP_FORMAT_DEFAULT, &receiver, error));
    CHECK(receiver == NULL);
    dmerp_batch *batch = JUNK;
    CHECK_REFUSED("dmerp_client", dmerp_batch_new(client, &batch, error));
    CHECK(batch == NULL);
    dmerp_stats stats;
    memset(&stats, 0x5a, sizeof stats);
    CHECK_REFUSED("dmerp_client", dmerp_client_stats(client, &stats, sizeof stats, error));
    CHECK(is_zero(&stats, sizeof stats));
}

static void client_functions_refuse(void *bad)
{
    verbs_refuse("dmerp_client", bad, NULL);
    verbs_refuse("dmerp_client", bad, live_call);
    client_functions_without_a_call_refuse(bad);
    dmerp_client_free(bad);
}

static void call_functions_refuse(void *bad)
{
    dmerp_call *call = bad;
    CHECK_REFUSED("dmerp_call", dmerp_call_set_timeout_ms(call, 1000, error));
    CHECK_REFUSED("dmerp_call", dmerp_call_set_progress(call, no_progress, NULL, error));
    CHECK_REFUSED("dmerp_call", dmerp_call_set_progress(call, NULL, NULL, error));
    CHECK_REFUSED("dmerp_call", dmerp_call_set_waiting(call, no_waiting, NULL, error));
    CHECK_REFUSED("dmerp_call", dmerp_call_set_waiting(call, NULL, NULL, error));
    CHECK_REFUSED("dmerp_call", dmerp_call_cancel(call, error));
    CHECK(dmerp_call_is_cancelled(call) == 0);
    if (bad != NULL) { /* NULL is no control at all, which the verbs allow */
        verbs_refuse("dmerp_call", live_client, call);
        dmerp_received *received = JUNK;
        CHECK_REFUSED("dmerp_call", dmerp_receiver_next(live_receiver, call, &received, error));
        CHECK(received == NULL);
        dmerp_results *results = JUNK;
        CHECK_REFUSED("dmerp_call", dmerp_batch_run(live_batch, call, &results, error));
    }
    dmerp_call_free(call);
}

static void error_functions_refuse(void *bad)
{
    dmerp_error *error = bad;
    CHECK(dmerp_error_status(error) == DMERP_INVALID_HANDLE);
    CHECK(dmerp_error_message(error) == NULL);
    CHECK(dmerp_error_http_status(error) == 0);
    CHECK(dmerp_error_server_message(error) == NULL);
    CHECK(dmerp_error_packet_id(error) == NULL);
    CHECK(dmerp_error_attempts(error) == 0);
    CHECK(dmerp_error_is_retryable(error) == 0);
    CHECK_NUMBER(0, dmerp_error_retry_after_ms(error));
    CHECK(dmerp_error_is_outcome_unknown(error) == 0);
    dmerp_error_free(error);
}

static void packets_functions_refuse(void *bad)
{
    dmerp_packets *packets = bad;
    CHECK_NUMBER(0, dmerp_packets_len(packets));
    dmerp_packet packet = junk_packet();
    CHECK_REFUSED("dmerp_packets", dmerp_packets_get(packets, 0, &packet, error));
    CHECK(is_empty_packet(&packet));
    CHECK_NUMBER(0, dmerp_packets_unreadable_len(packets));
    dmerp_unreadable entry = junk_unreadable();
    CHECK_REFUSED("dmerp_packets", dmerp_packets_unreadable_get(packets, 0, &entry, error));
    CHECK(is_empty_unreadable(&entry));
    dmerp_packets_free(packets);
}

static void pushed_functions_refuse(void *bad)
{
    dmerp_pushed *pushed = bad;
    CHECK(dmerp_pushed_packet_id(pushed) == NULL);
    CHECK(dmerp_pushed_sync_log_id(pushed) == NULL);
    CHECK_NUMBER(0, dmerp_pushed_size(pushed));
    dmerp_pushed_free(pushed);
}

static void results_functions_refuse(void *bad)
{
    static const size_t INDEXES[] = {0, 1, SIZE_MAX};
    dmerp_results *results = bad;
    CHECK_NUMBER(0, dmerp_results_len(results));
    for (size_t i = 0; i < sizeof INDEXES / sizeof INDEXES[0]; i++) {
        CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_results_status(results, INDEXES[i]), NULL);
        CHECK(dmerp_results_error(results, INDEXES[i]) == NULL);
        CHECK(dmerp_results_pushed(results, INDEXES[i]) == NULL);
    }
    dmerp_results_free(results);
}

static void receiver_functions_refuse(void *bad)
{
    dmerp_receiver *receiver = bad;
    dmerp_received *received = JUNK;
    CHECK_REFUSED("dmerp_receiver", dmerp_receiver_next(receiver, NULL, &received, error));
    CHECK(received == NULL);
    received = JUNK;
    CHECK_REFUSED("dmerp_receiver", dmerp_receiver_next(receiver, live_call, &received, error));
    CHECK(received == NULL);
    CHECK(dmerp_receiver_is_ready(receiver) == 0);
    CHECK_REFUSED("dmerp_receiver", dmerp_receiver_stop(receiver, error));
    dmerp_summary *summary = JUNK;
    CHECK_REFUSED("dmerp_receiver", dmerp_receiver_close(receiver, &summary, error));
    CHECK(summary == NULL);
    CHECK_REFUSED("dmerp_receiver", dmerp_receiver_close(receiver, NULL, error));
    dmerp_receiver_free(receiver);
}

static void received_functions_refuse(void *bad)
{
    dmerp_received *received = bad;
    dmerp_packet packet = junk_packet();
    CHECK_REFUSED("dmerp_received", dmerp_received_packet(received, &packet, error));
    CHECK(is_empty_packet(&packet));
    CHECK_NUMBER(0, dmerp_received_size(received));
    const uint8_t *data = JUNK;
    size_t len = 77;
    CHECK_REFUSED("dmerp_received", dmerp_received_content(received, &data, &len, error));
    CHECK(data == NULL && len == 0);
    CHECK(dmerp_received_path(received) == NULL);
    CHECK_REFUSED("dmerp_received", dmerp_received_save_as(received, "conformance.part", error));
    CHECK_REFUSED("dmerp_received", dmerp_received_done(received, error));
    CHECK_REFUSED("dmerp_received", dmerp_received_keep(received, "reason", error));
    CHECK_REFUSED("dmerp_received", dmerp_received_keep(received, NULL, error));
    dmerp_packet_reader *reader = JUNK;
    CHECK_REFUSED("dmerp_received", dmerp_packet_reader_new_received(received, &reader, error));
    CHECK(reader == NULL);
    dmerp_received_free(received);
}

static void summary_functions_refuse(void *bad)
{
    dmerp_summary *summary = bad;
    dmerp_totals totals;
    memset(&totals, 0x5a, sizeof totals);
    CHECK_REFUSED("dmerp_summary", dmerp_summary_totals(summary, &totals, sizeof totals, error));
    CHECK(is_zero(&totals, sizeof totals));
    CHECK_NUMBER(0, dmerp_summary_left_len(summary));
    dmerp_left left;
    memset(&left, 0x5a, sizeof left);
    CHECK_REFUSED("dmerp_summary", dmerp_summary_left_get(summary, 0, &left, error));
    CHECK(left.id == NULL && left.mobile_user == NULL && left.why == 0 && left.status == DMERP_OK && left.reason == NULL);
    dmerp_summary_free(summary);
}

static void batch_functions_refuse(void *bad)
{
    dmerp_batch *batch = bad;
    size_t content = 77;
    CHECK_REFUSED("dmerp_batch", dmerp_batch_content(batch, BYTES, sizeof BYTES, &content, error));
    CHECK_NUMBER(0, content);
    content = 77;
    CHECK_REFUSED("dmerp_batch", dmerp_batch_content_file(batch, "a", &content, error));
    CHECK_NUMBER(0, content);
    CHECK_REFUSED("dmerp_batch", dmerp_batch_add(batch, "user", DMERP_FORMAT_XML, 0, "id", error));
    dmerp_results *results = JUNK;
    CHECK_REFUSED("dmerp_batch", dmerp_batch_run(batch, NULL, &results, error));
    CHECK(results == NULL);
    CHECK_REFUSED("dmerp_batch", dmerp_batch_run(batch, live_call, NULL, error));
    dmerp_batch_free(batch);
}

static void writer_functions_refuse(void *bad)
{
    dmerp_packet_writer *writer = bad;
    CHECK_REFUSED("dmerp_packet_writer", dmerp_packet_writer_set(writer, "state", "true", error));
    CHECK_REFUSED("dmerp_packet_writer", dmerp_packet_writer_attribute(writer, "a", "b", error));
    CHECK_REFUSED("dmerp_packet_writer", dmerp_packet_writer_table(writer, "U", NULL, error));
    CHECK_REFUSED("dmerp_packet_writer", dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, &FIELD, 1, NULL, 0, error));
    size_t written = 77;
    CHECK_REFUSED("dmerp_packet_writer", dmerp_packet_writer_rows(writer, DMERP_RECORD_INSERT, "A", 2, "1", 2, 1, &written, error));
    CHECK_NUMBER(0, written);
    uint64_t lines = 77;
    CHECK_REFUSED("dmerp_packet_writer", dmerp_packet_writer_csv(writer, DMERP_RECORD_INSERT, "a", ',', &lines, error));
    CHECK_NUMBER(0, lines);
    CHECK_NUMBER(0, dmerp_packet_writer_count(writer));
    CHECK_REFUSED("dmerp_packet_writer", dmerp_packet_writer_finish(writer, error));
    dmerp_buffer content = junk_buffer();
    CHECK_REFUSED("dmerp_packet_writer", dmerp_packet_writer_content(writer, &content, error));
    CHECK(is_empty(&content));
    dmerp_pushed *pushed = JUNK;
    CHECK_REFUSED("dmerp_packet_writer", dmerp_client_push_packet(live_client, "u", writer, NULL, NULL, &pushed, error));
    CHECK(pushed == NULL);
    dmerp_packet_writer_free(writer);
}

static bool is_empty_record(const dmerp_record *record)
{
    return record->table == NULL && record->element == NULL && record->status == DMERP_RECORD_NONE && record->number == 0 &&
           record->line == 0 && record->fields == NULL && record->fields_len == 0 && record->attributes == NULL &&
           record->attributes_len == 0;
}

static void reader_functions_refuse(void *bad)
{
    dmerp_packet_reader *reader = bad;
    CHECK_REFUSED("dmerp_packet_reader", dmerp_packet_reader_set(reader, "system_tables", "true", error));
    const dmerp_attribute *attributes = JUNK;
    size_t len = 77;
    CHECK_REFUSED("dmerp_packet_reader", dmerp_packet_reader_root(reader, &attributes, &len, error));
    CHECK(attributes == NULL && len == 0);
    const char *mobile_user = JUNK;
    CHECK_REFUSED("dmerp_packet_reader", dmerp_packet_reader_mobile_user(reader, &mobile_user, error));
    CHECK(mobile_user == NULL);
    dmerp_record record;
    memset(&record, 0x5a, sizeof record);
    CHECK_REFUSED("dmerp_packet_reader", dmerp_packet_reader_next(reader, &record, sizeof record, error));
    CHECK(is_empty_record(&record) && dmerp_record_field(&record, "NO") == NULL);
    dmerp_rows rows;
    memset(&rows, 0x5a, sizeof rows);
    CHECK_REFUSED("dmerp_packet_reader", dmerp_packet_reader_rows(reader, &rows, sizeof rows, error));
    CHECK(rows.table == NULL && rows.count == 0 && rows.columns == 0 && rows.names == NULL && rows.values == NULL &&
          rows.statuses == NULL && rows.lines == NULL);
    CHECK_NUMBER(0, dmerp_packet_reader_skipped(reader));
    dmerp_packet_reader_free(reader);
}

static bool is_empty_mistake(const dmerp_mistake *mistake)
{
    return mistake->line == 0 && mistake->table == NULL && mistake->record == 0 && mistake->field == NULL && mistake->what == NULL;
}

static void mistakes_functions_refuse(void *bad)
{
    dmerp_mistakes *mistakes = bad;
    CHECK_NUMBER(0, dmerp_mistakes_len(mistakes));
    dmerp_mistake mistake;
    memset(&mistake, 0x5a, sizeof mistake);
    CHECK_REFUSED("dmerp_mistakes", dmerp_mistakes_get(mistakes, 0, &mistake, error));
    CHECK(is_empty_mistake(&mistake));
    dmerp_mistakes_free(mistakes);
}

/* Every function with a handle that is not a live one of its kind; `kind` is the kind it would be right for. */
static void refuse(void *bad, enum kind kind)
{
    size_t live = dmerp_live_handles();
    if (kind != CONFIG)
        config_functions_refuse(bad);
    if (kind != CALL)
        call_functions_refuse(bad);
    if (kind != CLIENT)
        client_functions_refuse(bad);
    if (kind != ERROR)
        error_functions_refuse(bad);
    if (kind != PACKETS)
        packets_functions_refuse(bad);
    if (kind != PUSHED)
        pushed_functions_refuse(bad);
    if (kind != RESULTS)
        results_functions_refuse(bad);
    if (kind != RECEIVER)
        receiver_functions_refuse(bad);
    if (kind != RECEIVED)
        received_functions_refuse(bad);
    if (kind != SUMMARY)
        summary_functions_refuse(bad);
    if (kind != BATCH)
        batch_functions_refuse(bad);
    if (kind != WRITER)
        writer_functions_refuse(bad);
    if (kind != READER)
        reader_functions_refuse(bad);
    if (kind != MISTAKES)
        mistakes_functions_refuse(bad);
    dmerp_buffer buffer = {BYTES, sizeof BYTES, bad};
    if (bad != live_buffer.owner)
        dmerp_buffer_free(&buffer);
    CHECK_NUMBER(live, dmerp_live_handles());
}

static void handles_of_another_kind(void)
{
    refuse(live_config, CONFIG);
    refuse(live_call, CALL);
    refuse(live_client, CLIENT);
    refuse(live_error, ERROR);
    refuse(live_results, RESULTS);
    refuse(live_receiver, RECEIVER);
    refuse(live_summary, SUMMARY);
    refuse(live_batch, BATCH);
    refuse(live_writer, WRITER);
    refuse(live_reader, READER);
    refuse(live_mistakes, MISTAKES);
    refuse(live_buffer.owner, NO_KIND);

    /* And all of them are as good as before. */
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_config_set(live_config, "app_area", "DMDEV01", &error), &error);
    CHECK_OK(dmerp_call_set_timeout_ms(live_call, 5000, &error), &error);
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_client_check(live_client, live_call, &error), &error);
    CHECK(dmerp_error_status(live_error) == DMERP_INVALID_CONFIG);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_results_status(live_results, 0), NULL);
    dmerp_received *received = JUNK;
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_receiver_next(live_receiver, live_call, &received, &error), &error);
    CHECK(received == NULL);
    dmerp_totals totals;
    CHECK_OK(dmerp_summary_totals(live_summary, &totals, sizeof totals, &error), &error);
    CHECK_OK(dmerp_batch_run(live_batch, live_call, NULL, &error), &error);
    CHECK_OK(dmerp_packet_writer_record(live_writer, DMERP_RECORD_INSERT, &FIELD, 1, NULL, 0, &error), &error);
    dmerp_record record;
    CHECK_OK(dmerp_packet_reader_next(live_reader, &record, sizeof record, &error), &error);
    CHECK_TEXT("T", record.table);
    CHECK_NUMBER(1, dmerp_mistakes_len(live_mistakes));
    CHECK_TEXT("DMDEV01", (const char *)live_buffer.data);
}

static void freed_handles(void)
{
    dmerp_config *config = new_config();
    dmerp_config_free(config);
    refuse(config, NO_KIND);
    dmerp_call *call = new_call();
    dmerp_call_free(call);
    refuse(call, NO_KIND);
    dmerp_client *client = new_client();
    dmerp_client_free(client);
    refuse(client, NO_KIND);
    dmerp_error *error = some_error();
    dmerp_error_free(error);
    refuse(error, NO_KIND);
    dmerp_results *results = new_results();
    dmerp_results_free(results);
    refuse(results, NO_KIND);
    dmerp_receiver *receiver = new_receiver(DMERP_KIND_FILE);
    dmerp_receiver_free(receiver);
    refuse(receiver, NO_KIND);
    dmerp_summary *summary = new_summary();
    dmerp_summary_free(summary);
    refuse(summary, NO_KIND);
    dmerp_batch *batch = new_batch();
    dmerp_batch_free(batch);
    refuse(batch, NO_KIND);
    dmerp_packet_writer *writer = new_writer();
    dmerp_packet_writer_free(writer);
    refuse(writer, NO_KIND);
    dmerp_packet_reader *reader = new_reader();
    dmerp_packet_reader_free(reader);
    refuse(reader, NO_KIND);
    dmerp_mistakes *mistakes = new_mistakes();
    dmerp_mistakes_free(mistakes);
    refuse(mistakes, NO_KIND);

    /* Its place may have been taken by a new handle; the old one is not that. */
    for (int i = 0; i < 1000; i++) {
        dmerp_call *old = new_call();
        dmerp_call_free(old);
        dmerp_call *young = new_call();
        CHECK(young != old);
        dmerp_call_free(old);
        CHECK_OK(dmerp_call_set_timeout_ms(young, 1, NULL), NULL);
        CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_call_cancel(old, NULL), NULL);
        CHECK(dmerp_call_is_cancelled(young) == 0);
        dmerp_call_free(young);
        dmerp_call_free(young);
    }
}

static void foreign_handles(void)
{
    refuse(NULL, NO_KIND);
    refuse((void *)UINTPTR_MAX, NO_KIND);
    refuse((void *)(UINTPTR_MAX - 1), NO_KIND);
    refuse((void *)(UINTPTR_MAX >> 1), NO_KIND);
    for (uintptr_t small = 1; small <= 64; small++)
        refuse((void *)small, NO_KIND);
    for (unsigned bit = 0; bit < sizeof(uintptr_t) * 8; bit++)
        refuse((void *)((uintptr_t)1 << bit), NO_KIND);

    uint64_t on_stack = 0;
    refuse(&on_stack, NO_KIND);
    refuse((char *)&on_stack + 1, NO_KIND);
    void *on_heap = calloc(1, 256);
    refuse(on_heap, NO_KIND);
    refuse((char *)on_heap + 1, NO_KIND);
    free(on_heap);
    static int in_data;
    refuse(&in_data, NO_KIND);
    refuse((void *)(uintptr_t)&foreign_handles, NO_KIND);

    /* xorshift64: the same bits each time. */
    uint64_t bits = UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 0; i < 200; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        refuse((void *)(uintptr_t)bits, NO_KIND);
    }

    /* A live handle with one bit turned. */
    for (unsigned bit = 0; bit < sizeof(uintptr_t) * 8; bit++) {
        uintptr_t turned = (uintptr_t)live_config ^ ((uintptr_t)1 << bit);
        void *handle = (void *)turned;
        if (handle != live_config && handle != (void *)live_call && handle != (void *)live_client &&
            handle != (void *)live_error && handle != (void *)live_results && handle != (void *)live_receiver &&
            handle != (void *)live_summary && handle != (void *)live_batch && handle != (void *)live_writer &&
            handle != (void *)live_reader && handle != (void *)live_mistakes && handle != (void *)live_buffer.owner)
            refuse(handle, NO_KIND);
    }
}

/* ---- Strings ---------------------------------------------------------------------------------------------------- */

static const char *const NOT_UTF8[] = {
    "\x80",                 /* a continuation without a beginning */
    "\xff\xfe",             /* bytes that UTF-8 never has */
    "\xc3",                 /* a beginning without a continuation */
    "abc\xe2\x82",          /* cut off */
    "\xc0\xaf",             /* two bytes for what takes one */
    "\xe0\x80\xaf",         /* three */
    "\xed\xa0\x80",         /* half of a surrogate pair */
    "\xf4\x90\x80\x80",     /* beyond the last character */
    "\xf8\x88\x80\x80\x80", /* five bytes */
    "M\xfcnchen",           /* Latin-1 */
    "\xd1\xee\xf4\xe8\xff", /* Windows-1251 */
};

/* Every string argument with one that no call can use; `status` is what that gives. */
static void strings_refuse(const char *bad, dmerp_status status)
{
    size_t live = dmerp_live_handles();
    dmerp_error *error = JUNK;
    dmerp_pushed *pushed = JUNK;
    CHECK_STATUS(status, dmerp_client_push(live_client, bad, DMERP_FORMAT_XML, BYTES, 4, "id", NULL, &pushed, &error), &error);
    CHECK(pushed == NULL);
    CHECK_STATUS(status, dmerp_client_push(live_client, bad, DMERP_FORMAT_XML, BYTES, 4, "id", NULL, NULL, NULL), NULL);
    if (bad != NULL) {
        pushed = JUNK;
        CHECK_STATUS(status, dmerp_client_push(live_client, "u", DMERP_FORMAT_XML, BYTES, 4, bad, NULL, &pushed, &error), &error);
        CHECK(pushed == NULL);
        pushed = JUNK;
        CHECK_STATUS(status, dmerp_client_push_file(live_client, "u", DMERP_FORMAT_XML, "/dev/null", bad, NULL, &pushed, &error),
                     &error);
        CHECK(pushed == NULL);
        pushed = JUNK;
        CHECK_STATUS(status,
                     dmerp_client_push_stream(live_client, "u", DMERP_FORMAT_XML, read_end, NULL, bad, NULL, &pushed, &error),
                     &error);
        CHECK(pushed == NULL);
    }
    pushed = JUNK;
    CHECK_STATUS(status, dmerp_client_push_stream(live_client, bad, DMERP_FORMAT_XML, read_end, NULL, NULL, NULL, &pushed, &error),
                 &error);
    CHECK(pushed == NULL);
    pushed = JUNK;
    CHECK_STATUS(status, dmerp_client_push_file(live_client, bad, DMERP_FORMAT_XML, "/dev/null", NULL, NULL, &pushed, &error),
                 &error);
    CHECK(pushed == NULL);
    dmerp_buffer buffer = junk_buffer();
    CHECK_STATUS(status, dmerp_client_link(live_client, bad, NULL, &buffer, &error), &error);
    CHECK(is_empty(&buffer));
    buffer = junk_buffer();
    CHECK_STATUS(status, dmerp_client_download(live_client, bad, NULL, &buffer, &error), &error);
    CHECK(is_empty(&buffer));
    uint64_t size = 77;
    CHECK_STATUS(status, dmerp_client_download_file(live_client, bad, "conformance.part", NULL, &size, &error), &error);
    CHECK_NUMBER(0, size);
    size = 77;
    CHECK_STATUS(status, dmerp_client_download_stream(live_client, bad, no_write, NULL, NULL, &size, &error), &error);
    CHECK_NUMBER(0, size);
    dmerp_receipt receipts[2] = {{"id", "handle"}, {bad, "handle"}};
    dmerp_results *results = JUNK;
    CHECK_STATUS(status,
                 dmerp_client_done(live_client, receipts, 2, DMERP_KIND_PACKET, DMERP_FORMAT_JSON, NULL, &results, &error), &error);
    CHECK(results == NULL); /* nothing was sent */
    receipts[1].id = "id";
    receipts[1].receipt_handle = bad;
    results = JUNK;
    CHECK_STATUS(status,
                 dmerp_client_done(live_client, receipts, 2, DMERP_KIND_PACKET, DMERP_FORMAT_XML, NULL, &results, &error), &error);
    CHECK(results == NULL);
    if (bad != NULL && *bad != '\0') { /* without either, the packet goes to the writer's own mobile user */
        pushed = JUNK;
        CHECK_STATUS(status, dmerp_client_push_packet(live_client, bad, live_writer, NULL, NULL, &pushed, &error), &error);
        CHECK(pushed == NULL);
    }
    if (bad != NULL) {
        pushed = JUNK;
        CHECK_STATUS(status, dmerp_client_push_packet(live_client, "u", live_writer, bad, NULL, &pushed, &error), &error);
        CHECK(pushed == NULL);
    }
    CHECK_STATUS(status, dmerp_packet_writer_set(live_writer, bad, "true", &error), &error);
    CHECK_STATUS(status, dmerp_packet_writer_set(live_writer, "state", bad, &error), &error);
    CHECK_STATUS(status, dmerp_packet_writer_attribute(live_writer, bad, "x", &error), &error);
    CHECK_STATUS(status, dmerp_packet_writer_table(live_writer, bad, NULL, &error), &error);
    CHECK_STATUS(status, dmerp_packet_reader_set(live_reader, bad, "true", &error), &error);
    CHECK_STATUS(status, dmerp_packet_reader_set(live_reader, "system_tables", bad, &error), &error);
    dmerp_field field = FIELD;
    field.name = bad;
    CHECK_STATUS(status, dmerp_packet_writer_record(live_writer, DMERP_RECORD_INSERT, &field, 1, NULL, 0, &error), &error);
    dmerp_attribute attribute = {bad, "x"};
    CHECK_STATUS(status, dmerp_packet_writer_record(live_writer, DMERP_RECORD_INSERT, &FIELD, 1, &attribute, 1, &error), &error);
    field = FIELD;
    field.attributes = &attribute;
    field.attributes_len = 1;
    CHECK_STATUS(status, dmerp_packet_writer_record(live_writer, DMERP_RECORD_INSERT, &field, 1, NULL, 0, &error), &error);
    CHECK_STATUS(status, dmerp_batch_add(live_batch, bad, DMERP_FORMAT_XML, 0, "id", &error), &error);
    if (bad != NULL)
        CHECK_STATUS(status, dmerp_batch_add(live_batch, "u", DMERP_FORMAT_XML, 0, bad, &error), &error);
    CHECK_NUMBER(live, dmerp_live_handles());
}

/* Every path of a packet with one that no call can use. */
static void packet_paths_refuse(const char *bad, dmerp_status status)
{
    dmerp_error *error = JUNK;
    dmerp_packet_writer *writer = JUNK;
    CHECK_STATUS(status, dmerp_packet_writer_new_file(NULL, bad, &writer, &error), &error);
    CHECK(writer == NULL);
    dmerp_packet_reader *reader = JUNK;
    CHECK_STATUS(status, dmerp_packet_reader_new_file(bad, &reader, &error), &error);
    CHECK(reader == NULL);
    dmerp_mistakes *mistakes = JUNK;
    CHECK_STATUS(status, dmerp_packet_check_file(bad, &mistakes, &error), &error);
    CHECK(mistakes == NULL);
    uint64_t lines = 77;
    CHECK_STATUS(status, dmerp_packet_writer_csv(live_writer, DMERP_RECORD_INSERT, bad, ',', &lines, &error), &error);
    CHECK_NUMBER(0, lines);
}

static void strings(void)
{
    dmerp_error *error = JUNK;
    dmerp_pushed *pushed = JUNK;
    dmerp_buffer value = junk_buffer();
    uint64_t size = 77;

    for (size_t i = 0; i < sizeof NOT_UTF8 / sizeof NOT_UTF8[0]; i++) {
        const char *bad = NOT_UTF8[i];
        strings_refuse(bad, DMERP_INVALID_ARGUMENT);
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_config_set(live_config, bad, "x", &error), &error);
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_config_set(live_config, "app_area", bad, &error), &error);
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_config_set(live_config, "tls.ca_file", bad, NULL), NULL);
        value = junk_buffer();
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_config_get(live_config, bad, &value, &error), &error);
        CHECK(is_empty(&value));
        pushed = JUNK;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                     dmerp_client_push_file(live_client, "u", DMERP_FORMAT_XML, bad, NULL, NULL, &pushed, &error), &error);
        CHECK(pushed == NULL);
        size = 77;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_download_file(live_client, "a/b", bad, NULL, &size, &error), &error);
        CHECK_NUMBER(0, size);
        size_t content = 77;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_content_file(live_batch, bad, &content, &error), &error);
        CHECK_NUMBER(0, content);
        dmerp_packet_writer *writer = JUNK;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_new(bad, &writer, &error), &error);
        CHECK(writer == NULL);
        packet_paths_refuse(bad, DMERP_INVALID_ARGUMENT);
    }

    strings_refuse(NULL, DMERP_INVALID_ARGUMENT);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_config_set(live_config, NULL, "x", &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_config_set(live_config, "app_area", NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_config_get(live_config, NULL, &value, &error), &error);
    CHECK(is_empty(&value));
    pushed = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_push_file(live_client, "u", DMERP_FORMAT_XML, NULL, NULL, NULL, &pushed, &error), &error);
    CHECK(pushed == NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_download_file(live_client, "a/b", NULL, NULL, NULL, &error), &error);
    size_t content = 77;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_content_file(live_batch, NULL, &content, &error), &error);
    CHECK_NUMBER(0, content);

    packet_paths_refuse(NULL, DMERP_INVALID_ARGUMENT);
    packet_paths_refuse("", DMERP_FILE_ERROR);

    strings_refuse("", DMERP_INVALID_ARGUMENT);
    CHECK_STATUS(DMERP_INVALID_CONFIG, dmerp_config_set(live_config, "", "x", &error), &error);
    CHECK_STATUS(DMERP_INVALID_CONFIG, dmerp_config_set(live_config, "app_area", "", &error), &error);
    CHECK_STATUS(DMERP_INVALID_CONFIG, dmerp_config_get(live_config, "", &value, &error), &error);
    CHECK_STATUS(DMERP_FILE_ERROR, dmerp_client_push_file(live_client, "u", DMERP_FORMAT_XML, "", NULL, NULL, NULL, &error),
                 &error);
    CHECK_STATUS(DMERP_FILE_ERROR, dmerp_client_download_file(live_client, "a/b", "", NULL, NULL, &error), &error);

    /* What a URL cannot hold; the failed sets above changed nothing. */
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_push(live_client, "..", DMERP_FORMAT_XML, BYTES, 4, NULL, NULL, NULL, &error),
                 &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_push(live_client, "a\nb", DMERP_FORMAT_XML, BYTES, 4, NULL, NULL, NULL, &error), &error);
    CHECK_OK(dmerp_config_get(live_config, "app_area", &value, &error), &error);
    CHECK_TEXT("DMDEV01", (const char *)value.data);
    dmerp_buffer_free(&value);
}

/* ---- Numbers, arrays, places ------------------------------------------------------------------------------------ */

static void numbers(void)
{
    static const int32_t NO_FORMAT[] = {-1, 3, 100, INT32_MIN, INT32_MAX};
    static const int32_t NO_KIND_OF_LIST[] = {-1, 2, 100, INT32_MIN, INT32_MAX};
    static const int32_t NO_LEVEL[] = {-1, 0, 5, 100, INT32_MIN, INT32_MAX};
    dmerp_error *error = JUNK;
    dmerp_receipt receipt = {"id", "handle"};
    for (size_t i = 0; i < sizeof NO_FORMAT / sizeof NO_FORMAT[0]; i++) {
        dmerp_format format = NO_FORMAT[i];
        dmerp_pushed *pushed = JUNK;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_push(live_client, "u", format, BYTES, 4, NULL, NULL, &pushed, &error),
                     &error);
        CHECK(pushed == NULL);
        pushed = JUNK;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                     dmerp_client_push_file(live_client, "u", format, "/dev/null", NULL, NULL, &pushed, &error), &error);
        CHECK(pushed == NULL);
        pushed = JUNK;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                     dmerp_client_push_stream(live_client, "u", format, read_end, NULL, NULL, NULL, &pushed, &error), &error);
        CHECK(pushed == NULL);
        dmerp_packets *packets = JUNK;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_pull(live_client, DMERP_KIND_PACKET, format, NULL, &packets, &error),
                     &error);
        CHECK(packets == NULL);
        CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                     dmerp_client_done(live_client, &receipt, 1, DMERP_KIND_PACKET, format, NULL, NULL, &error), &error);
        dmerp_receiver *receiver = JUNK;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_receive(live_client, DMERP_KIND_FILE, format, &receiver, &error), &error);
        CHECK(receiver == NULL);
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_add(live_batch, "u", format, 0, NULL, &error), &error);
    }
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_add(live_batch, "u", DMERP_FORMAT_DEFAULT, 0, NULL, &error), &error);
    static const size_t NO_CONTENT[] = {1, 100, SIZE_MAX};
    for (size_t i = 0; i < sizeof NO_CONTENT / sizeof NO_CONTENT[0]; i++)
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_add(live_batch, "u", DMERP_FORMAT_XML, NO_CONTENT[i], NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_push(live_client, "u", DMERP_FORMAT_DEFAULT, BYTES, 4, NULL, NULL, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_push_file(live_client, "u", DMERP_FORMAT_DEFAULT, "/dev/null", NULL, NULL, NULL, &error), &error);
    for (size_t i = 0; i < sizeof NO_KIND_OF_LIST / sizeof NO_KIND_OF_LIST[0]; i++) {
        dmerp_packet_kind kind = NO_KIND_OF_LIST[i];
        dmerp_packets *packets = JUNK;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_pull(live_client, kind, DMERP_FORMAT_XML, NULL, &packets, &error),
                     &error);
        CHECK(packets == NULL);
        CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                     dmerp_client_done(live_client, &receipt, 1, kind, DMERP_FORMAT_XML, NULL, NULL, &error), &error);
        dmerp_receiver *receiver = JUNK;
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_receive(live_client, kind, DMERP_FORMAT_XML, &receiver, &error), &error);
        CHECK(receiver == NULL);
    }
    for (size_t i = 0; i < sizeof NO_LEVEL / sizeof NO_LEVEL[0]; i++)
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_config_set_log(live_config, NO_LEVEL[i], no_log, NULL, &error), &error);
    for (dmerp_log_level level = DMERP_LOG_ERROR; level <= DMERP_LOG_DEBUG; level++)
        CHECK_OK(dmerp_config_set_log(live_config, level, no_log, NULL, &error), &error);
    CHECK_OK(dmerp_config_set_log(live_config, DMERP_LOG_INFO, NULL, NULL, &error), &error);

    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_call_set_timeout_ms(live_call, 0, &error), &error);
    CHECK_OK(dmerp_call_set_timeout_ms(live_call, UINT64_MAX, &error), &error);
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_client_check(live_client, live_call, &error), &error);
    CHECK_OK(dmerp_call_set_timeout_ms(live_call, 1, &error), &error);
    CHECK_OK(dmerp_call_set_timeout_ms(live_call, 60000, &error), &error);
}

static void arrays(void)
{
    dmerp_error *error = JUNK;
    dmerp_pushed *pushed = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_push(live_client, "u", DMERP_FORMAT_XML, NULL, 4, NULL, NULL, &pushed, &error), &error);
    CHECK(pushed == NULL);
    pushed = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_push(live_client, "u", DMERP_FORMAT_XML, NULL, 0, NULL, NULL, &pushed, &error), &error);
    CHECK(pushed == NULL);
    pushed = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_push(live_client, "u", DMERP_FORMAT_XML, BYTES, 0, NULL, NULL, &pushed, &error), &error);
    CHECK(pushed == NULL);
    pushed = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_push(live_client, "u", DMERP_FORMAT_XML, BYTES, SIZE_MAX, NULL, NULL, &pushed, &error), &error);
    CHECK(pushed == NULL);

    size_t content = 77;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_content(live_batch, NULL, 4, &content, &error), &error);
    CHECK_NUMBER(0, content);
    content = 77;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_content(live_batch, BYTES, SIZE_MAX, &content, &error), &error);
    CHECK_NUMBER(0, content);

    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_record(live_writer, DMERP_RECORD_INSERT, NULL, 1, NULL, 0, &error),
                 &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_packet_writer_record(live_writer, DMERP_RECORD_INSERT, &FIELD, SIZE_MAX, NULL, 0, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_record(live_writer, DMERP_RECORD_INSERT, &FIELD, 1, NULL, 1, &error),
                 &error);
    dmerp_field wild = FIELD;
    wild.value.len = SIZE_MAX;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_record(live_writer, DMERP_RECORD_INSERT, &wild, 1, NULL, 0, &error),
                 &error);
    wild = FIELD;
    wild.attributes_len = 1;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_record(live_writer, DMERP_RECORD_INSERT, &wild, 1, NULL, 0, &error),
                 &error);
    dmerp_packet_reader *reader = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_new(NULL, 4, &reader, &error), &error);
    CHECK(reader == NULL);
    reader = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_new(BYTES, SIZE_MAX, &reader, &error), &error);
    CHECK(reader == NULL);
    dmerp_mistakes *mistakes = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_check(NULL, 4, &mistakes, &error), &error);
    CHECK(mistakes == NULL);
    mistakes = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_check(BYTES, SIZE_MAX, &mistakes, &error), &error);
    CHECK(mistakes == NULL);
    CHECK_OK(dmerp_packet_check(NULL, 0, &mistakes, &error), &error); /* nothing is no packet, which is a mistake */
    CHECK_NUMBER(1, dmerp_mistakes_len(mistakes));
    dmerp_mistakes_free(mistakes);

    dmerp_receipt receipt = {"id", "handle"};
    dmerp_results *results = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_done(live_client, NULL, 1, DMERP_KIND_PACKET, DMERP_FORMAT_XML, NULL, &results, &error), &error);
    CHECK(results == NULL);
    results = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_done(live_client, &receipt, SIZE_MAX, DMERP_KIND_PACKET, DMERP_FORMAT_XML, NULL, &results, &error),
                 &error);
    CHECK(results == NULL);
    /* No packets, no request: it does not even find out that nobody listens. */
    CHECK_OK(dmerp_client_done(live_client, &receipt, 0, DMERP_KIND_FILE, DMERP_FORMAT_JSON, NULL, NULL, NULL), NULL);
    results = new_results();
    CHECK_NUMBER(0, dmerp_results_len(results));
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_results_status(results, 0), NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_results_status(results, SIZE_MAX), NULL);
    CHECK(dmerp_results_error(results, 0) == NULL);
    dmerp_results_free(results);
    dmerp_results_free(results);
}

static void places(void)
{
    size_t live = dmerp_live_handles();
    dmerp_error *error = JUNK;
    dmerp_pushed *pushed = JUNK;
    uint64_t size = 77;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_push_stream(live_client, "u", DMERP_FORMAT_XML, NULL, NULL, NULL, NULL, &pushed, &error), &error);
    CHECK(pushed == NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_download_stream(live_client, "a/b", NULL, NULL, NULL, &size, &error), &error);
    CHECK_NUMBER(0, size);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_config_new(NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_config_new(NULL, NULL), NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_config_get(live_config, "app_area", NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_call_new(NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_new(live_config, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_pull(live_client, DMERP_KIND_PACKET, DMERP_FORMAT_XML, NULL, NULL, &error),
                 &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_link(live_client, "a/b", NULL, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_download(live_client, "a/b", NULL, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packets_get(NULL, 0, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packets_unreadable_get(NULL, 0, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_receive(live_client, DMERP_KIND_FILE, DMERP_FORMAT_DEFAULT, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_receiver_next(live_receiver, NULL, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_packet(NULL, NULL, &error), &error);
    size_t len = 77;
    const uint8_t *data = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_content(NULL, NULL, &len, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_content(NULL, &data, NULL, &error), &error);
    CHECK(data == NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_summary_left_get(live_summary, 0, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_new(live_client, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_content(live_batch, BYTES, sizeof BYTES, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_content_file(live_batch, "a", NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_new(NULL, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_new_file(NULL, "conformance.part", NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_writer_content(live_writer, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_new(BYTES, sizeof BYTES, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_new_file("a", NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_new_received(NULL, NULL, &error), &error);
    const dmerp_attribute *attributes = JUNK;
    len = 77;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_root(live_reader, NULL, &len, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_root(live_reader, &attributes, NULL, &error), &error);
    CHECK(attributes == NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_reader_mobile_user(live_reader, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_check(BYTES, sizeof BYTES, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_packet_check_file("a", NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_mistakes_get(live_mistakes, 0, NULL, &error), &error);
    dmerp_buffer_free(NULL);
    CHECK_NUMBER(live, dmerp_live_handles());
}

/* Values are no handles: each argument that a function cannot use. */
static void values(void)
{
    dmerp_error *error = JUNK;
    dmerp_value text = {DMERP_VALUE_TEXT, 0, 0, 0, "1", 1}, value;
    dmerp_buffer bytes = junk_buffer();
    CHECK_OK(dmerp_value_read(&text, DMERP_VALUE_INTEGER, &value, &error), &error);
    CHECK(value.kind == DMERP_VALUE_INTEGER && value.integer == 1);
    static const dmerp_value_kind NO_KIND_OF_VALUE[] = {-1, 10, INT32_MIN, INT32_MAX, DMERP_VALUE_NULL};
    for (size_t i = 0; i < sizeof NO_KIND_OF_VALUE / sizeof NO_KIND_OF_VALUE[0]; i++) {
        memset(&value, 0x5a, sizeof value);
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_value_read(&text, NO_KIND_OF_VALUE[i], &value, &error), &error);
        CHECK(is_zero(&value, sizeof value));
    }
    memset(&value, 0x5a, sizeof value);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_value_read(NULL, DMERP_VALUE_INTEGER, &value, &error), &error);
    CHECK(is_zero(&value, sizeof value));
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_value_read(&text, DMERP_VALUE_INTEGER, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_value_read(&text, DMERP_VALUE_INTEGER, NULL, NULL), NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_value_bytes(NULL, &bytes, &error), &error);
    CHECK(is_empty(&bytes));
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_value_bytes(&text, NULL, &error), &error);

    /* What is no text, or one that cannot be read. */
    dmerp_value wrong[] = {text, text, text, text};
    wrong[0].kind = DMERP_VALUE_INTEGER;
    wrong[1].text = NULL;
    wrong[2].len = SIZE_MAX / 2 + 1;
    wrong[3].text = "\377";
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        bytes = junk_buffer();
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_value_read(&wrong[i], DMERP_VALUE_INTEGER, &value, &error), &error);
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_value_bytes(&wrong[i], &bytes, &error), &error);
        CHECK(is_empty(&bytes));
    }
}

/* Structs that can grow are given with their sizes: only a size that they ever had is taken, and nothing else is written. */
static void sizes(void)
{
    enum { ROOM = 4096 };
    static uint8_t room[ROOM + sizeof(uint64_t)];
    void *place = room;
    dmerp_error *error = JUNK;
    dmerp_totals totals;
    dmerp_stats stats;
    CHECK_NUMBER(10 * sizeof(uint64_t), sizeof totals);
    CHECK_NUMBER(16 * sizeof(uint64_t), sizeof stats);
    memset(&totals, 0x5a, sizeof totals);
    memset(&stats, 0x5a, sizeof stats);
    CHECK_OK(dmerp_summary_totals(live_summary, &totals, sizeof totals, &error), &error);
    CHECK(is_zero(&totals, sizeof totals)); /* of a run that has done nothing */
    dmerp_client *fresh = new_client();
    CHECK_OK(dmerp_client_stats(fresh, &stats, sizeof stats, &error), &error);
    CHECK(is_zero(&stats, sizeof stats));
    dmerp_client_free(fresh);

    static const size_t NO_SIZE[] = {0, 1, 8, 72, 79, 81, 88, 120, 127, 129, 136, ROOM, SIZE_MAX};
    for (size_t i = 0; i < sizeof NO_SIZE / sizeof NO_SIZE[0]; i++) {
        memset(room, 0x5a, sizeof room);
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_summary_totals(live_summary, place, NO_SIZE[i], &error), &error);
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_stats(live_client, place, NO_SIZE[i], &error), &error);
        for (size_t at = 0; at < sizeof room; at++) {
            if (room[at] != 0x5a && !CHECK(room[at] == 0 && at < NO_SIZE[i]))
                break;
        }
    }
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_summary_totals(live_summary, NULL, sizeof totals, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_stats(live_client, NULL, sizeof stats, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_summary_totals(live_summary, NULL, 0, &error), &error);
}

/* ---- Configurations --------------------------------------------------------------------------------------------- */

static void configurations(void)
{
    dmerp_config *config = new_config();
    dmerp_client *client = JUNK;
    dmerp_error *error = JUNK;
    dmerp_buffer value = {0};

    CHECK_OK(dmerp_config_get(config, "app_area", &value, &error), &error);
    CHECK(is_empty(&value));
    CHECK_OK(dmerp_config_get(config, "retry.max_attempts", &value, &error), &error);
    CHECK_TEXT("5", (const char *)value.data);
    CHECK_NUMBER(1, value.len);
    dmerp_buffer_free(&value);
    CHECK(is_empty(&value));
    dmerp_buffer_free(&value);

    CHECK_STATUS(DMERP_INVALID_CONFIG, dmerp_client_new(config, &client, &error), &error);
    CHECK(client == NULL);
    CHECK_OK(dmerp_config_set(config, "app_area", "\xd0\x9e\xd0\xb1\xd0\xbb\xd0\xb0\xd1\x81\xd1\x82", &error), &error);
    CHECK_OK(dmerp_config_set(config, "api_key", "a-key", &error), &error);
    CHECK_OK(dmerp_config_get(config, "api_key", &value, &error), &error);
    CHECK_TEXT("(set)", (const char *)value.data);
    dmerp_buffer_free(&value);

    /* What reads so is no key: a configuration that was read out and is set again would lock the account. */
    dmerp_status status = dmerp_config_set(config, "api_key", "(set)", &error);
    CHECK(mentions(error, "api_key"));
    CHECK_STATUS(DMERP_INVALID_CONFIG, status, &error);
    CHECK_OK(dmerp_config_set(config, "user_agent", "(set)", &error), &error); /* which is no secret */

    static const char *const BAD[][2] = {
        {"api_key", "with space"},     {"base_url", "ftp://host"},   {"base_url", "no url"},
        {"format", "yaml"},            {"format", "XML"},            {"timeout.connect_ms", "0"},
        {"timeout.idle_ms", "-1"},     {"timeout.overall_ms", "1s"}, {"retry.max_attempts", "21"},
        {"retry.base_ms", "99999999"}, {"tls.roots", "none"},        {"proxy", "nowhere"},
        {"done_batch", "0"},           {"max_list_bytes", "1"},      {"user_agent", "two\nlines"},
        {"APP_AREA", "DMDEV01"},       {"app_area ", "DMDEV01"},     {"max_memory_bytes", "99999999999999999999"},
        {"tls.ca_pem", ""},            {"temp_dir", ""},             {"receive.concurrency", "65"},
        {"receive.lease_ms", "0"},     {"push.concurrency", "0"},    {"receive.max_deliveries", "never"},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        status = dmerp_config_set(config, BAD[i][0], BAD[i][1], &error);
        CHECK(mentions(error, BAD[i][0]));
        CHECK_STATUS(DMERP_INVALID_CONFIG, status, &error);
    }
    CHECK_OK(dmerp_config_set(config, "retry.base_ms", "60000", &error), &error);
    client = JUNK;
    CHECK_STATUS(DMERP_INVALID_CONFIG, dmerp_client_new(config, &client, &error), &error); /* above retry.max_ms */
    CHECK(client == NULL);
    CHECK_OK(dmerp_config_set(config, "retry.base_ms", "500", &error), &error);
    CHECK_OK(dmerp_config_set(config, "tls.ca_file", "no/such/file.pem", &error), &error);
    CHECK_STATUS(DMERP_INVALID_CONFIG, dmerp_client_new(config, &client, &error), &error);
    CHECK(client == NULL);
    dmerp_config_free(config);
    dmerp_config_free(config);

    config = new_config();
    CHECK_OK(dmerp_config_set(config, "app_area", "DMDEV01", &error), &error);
    CHECK_OK(dmerp_config_set(config, "api_key", "a-key", &error), &error);
    CHECK_OK(dmerp_config_set(config, "tls.ca_pem", "no certificate\nin here\n", &error), &error);
    client = JUNK;
    status = dmerp_client_new(config, &client, &error);
    CHECK(client == NULL && mentions(error, "tls.ca_pem"));
    CHECK_STATUS(DMERP_INVALID_CONFIG, status, &error);
    dmerp_config_free(config);
}

/* ---- Buffers and errors ----------------------------------------------------------------------------------------- */

static void buffers(void)
{
    size_t live = dmerp_live_handles();
    dmerp_buffer value = {0};
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_config_get(live_config, "app_area", &value, &error), &error);
    CHECK_NUMBER(live + 1, dmerp_live_handles());
    CHECK_NUMBER(7, value.len);
    CHECK(value.data != NULL && value.data[value.len] == 0);
    dmerp_buffer copy = value;
    dmerp_buffer_free(&value);
    CHECK(is_empty(&value));
    dmerp_buffer_free(&copy);
    CHECK(is_empty(&copy));
    dmerp_buffer_free(&value);
    dmerp_buffer_free(&copy);
    CHECK_NUMBER(live, dmerp_live_handles());
}

static void errors(void)
{
    size_t live = dmerp_live_handles();
    dmerp_error *error = NULL;
    CHECK(dmerp_client_push(live_client, "user", DMERP_FORMAT_XML, BYTES, 4, "packet-7", NULL, NULL, &error) ==
          DMERP_CONNECT_FAILED);
    CHECK(dmerp_error_status(error) == DMERP_CONNECT_FAILED);
    CHECK(mentions(error, "packet-7"));
    CHECK(!mentions(error, "a-key"));
    CHECK(dmerp_error_http_status(error) == 0);
    CHECK(dmerp_error_server_message(error) == NULL);
    CHECK_TEXT("packet-7", dmerp_error_packet_id(error));
    CHECK_NUMBER(1, dmerp_error_attempts(error));
    CHECK(dmerp_error_is_retryable(error) == 1);
    CHECK_NUMBER(0, dmerp_error_retry_after_ms(error));
    CHECK(dmerp_error_is_outcome_unknown(error) == 0); /* nothing was sent */
    dmerp_error_free(error);
    error_functions_refuse(error);

    /* A push without an id was given one, and the error has it, so that the push can be repeated. */
    CHECK(dmerp_client_push(live_client, "user", DMERP_FORMAT_XML, BYTES, 4, NULL, NULL, NULL, &error) == DMERP_CONNECT_FAILED);
    const char *id = dmerp_error_packet_id(error);
    CHECK(id != NULL && strlen(id) == 36 && id[14] == '7');
    dmerp_error_free(error);

    CHECK(dmerp_client_download_file(live_client, "a/b", "conformance.part", NULL, NULL, &error) == DMERP_CONNECT_FAILED);
    CHECK_TEXT("a/b", dmerp_error_packet_id(error));
    dmerp_error_free(error);
    CHECK(access("conformance.part", F_OK) != 0);

    error = some_error();
    CHECK(dmerp_error_http_status(error) == 0);
    CHECK(dmerp_error_packet_id(error) == NULL);
    CHECK_NUMBER(0, dmerp_error_attempts(error));
    CHECK(dmerp_error_is_retryable(error) == 0);
    dmerp_error_free(error);

    /* Nobody has to take the error, of any verb. */
    dmerp_packets *packets = JUNK;
    dmerp_buffer buffer = junk_buffer();
    dmerp_receipt receipt = {"id", "handle"};
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_client_pull(live_client, DMERP_KIND_FILE, DMERP_FORMAT_XML, NULL, &packets, NULL), NULL);
    CHECK(packets == NULL);
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_client_link(live_client, "a/b", NULL, &buffer, NULL), NULL);
    CHECK(is_empty(&buffer));
    buffer = junk_buffer();
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_client_download(live_client, "a/b", NULL, &buffer, NULL), NULL);
    CHECK(is_empty(&buffer));
    CHECK_STATUS(DMERP_CONNECT_FAILED,
                 dmerp_client_done(live_client, &receipt, 1, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, NULL, NULL, NULL), NULL);
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_client_check(live_client, NULL, NULL), NULL);
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_client_download_stream(live_client, "a/b", no_write, NULL, NULL, NULL, NULL), NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_push_stream(live_client, "u", DMERP_FORMAT_XML, read_end, NULL, NULL, NULL, NULL, NULL), NULL);
    CHECK_STATUS(DMERP_FILE_ERROR,
                 dmerp_client_push_file(live_client, "u", DMERP_FORMAT_XML, "no/such/file", NULL, NULL, NULL, NULL), NULL);
    CHECK_NUMBER(live, dmerp_live_handles());
}

/* ---- Controls --------------------------------------------------------------------------------------------------- */

static void controls(void)
{
    dmerp_call *call = new_call();
    dmerp_error *error = JUNK;
    CHECK(dmerp_call_is_cancelled(call) == 0);
    CHECK_OK(dmerp_call_set_progress(call, no_progress, NULL, &error), &error);
    CHECK_OK(dmerp_call_set_progress(call, NULL, NULL, &error), &error);
    CHECK_OK(dmerp_call_set_waiting(call, no_waiting, NULL, &error), &error);
    CHECK_OK(dmerp_call_set_waiting(call, NULL, NULL, &error), &error);
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_client_check(live_client, call, &error), &error);
    CHECK_OK(dmerp_call_cancel(call, &error), &error);
    CHECK(dmerp_call_is_cancelled(call) == 1);
    CHECK_OK(dmerp_call_cancel(call, NULL), NULL);
    CHECK_STATUS(DMERP_CANCELLED, dmerp_client_check(live_client, call, &error), &error);
    dmerp_packets *packets = JUNK;
    CHECK_STATUS(DMERP_CANCELLED, dmerp_client_pull(live_client, DMERP_KIND_PACKET, DMERP_FORMAT_XML, call, &packets, &error),
                 &error);
    CHECK(packets == NULL);
    CHECK_OK(dmerp_call_set_timeout_ms(call, 1000, &error), &error);
    CHECK_STATUS(DMERP_CANCELLED, dmerp_client_check(live_client, call, &error), &error);
    dmerp_call_free(call);
    dmerp_call_free(call);
}

/* ---- Receivers and batches -------------------------------------------------------------------------------------- */

static void receivers(void)
{
    size_t live = dmerp_live_handles();
    dmerp_receiver *receiver = new_receiver(DMERP_KIND_FILE);
    dmerp_receiver *second = JUNK;
    dmerp_received *received = JUNK;
    dmerp_error *error = JUNK;
    CHECK_NUMBER(live + 1, dmerp_live_handles());
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_receive(live_client, DMERP_KIND_FILE, DMERP_FORMAT_DEFAULT, &second, &error), &error);
    CHECK(second == NULL);

    /* The list cannot be had, now and later. */
    for (int i = 0; i < 2; i++) {
        received = JUNK;
        dmerp_status status = dmerp_receiver_next(receiver, NULL, &received, &error);
        CHECK_NUMBER(1, dmerp_error_attempts(error));
        CHECK(received == NULL && mentions(error, "file") && !mentions(error, "a-key"));
        CHECK_STATUS(DMERP_CONNECT_FAILED, status, &error);
    }
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_receiver_next(receiver, live_call, &received, NULL), NULL);
    CHECK_OK(dmerp_receiver_stop(receiver, &error), &error);
    CHECK_OK(dmerp_receiver_stop(receiver, NULL), NULL);
    received = JUNK;
    CHECK_OK(dmerp_receiver_next(receiver, NULL, &received, &error), &error);
    CHECK(received == NULL);

    dmerp_summary *summary = JUNK;
    CHECK_OK(dmerp_receiver_close(receiver, &summary, &error), &error);
    CHECK_NUMBER(0, dmerp_summary_left_len(summary));
    dmerp_left left;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_summary_left_get(summary, 0, &left, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_summary_left_get(summary, SIZE_MAX, &left, &error), &error);
    dmerp_summary_free(summary);
    dmerp_summary_free(summary);
    CHECK_OK(dmerp_receiver_close(receiver, NULL, NULL), NULL);
    CHECK_OK(dmerp_receiver_stop(receiver, NULL), NULL);
    dmerp_receiver_free(receiver);
    dmerp_receiver_free(receiver);
    CHECK_NUMBER(live, dmerp_live_handles());
}

static void batches(void)
{
    size_t live = dmerp_live_handles();
    dmerp_batch *batch = new_batch();
    dmerp_results *results = JUNK;
    dmerp_error *error = JUNK;
    size_t empty = 77;
    CHECK_NUMBER(live + 1, dmerp_live_handles());
    CHECK_OK(dmerp_batch_content(batch, NULL, 0, &empty, &error), &error); /* found out when it is pushed, as a file is */
    CHECK_OK(dmerp_batch_add(batch, "u", DMERP_FORMAT_XML, 0, "one", &error), &error);
    CHECK_OK(dmerp_batch_add(batch, "v", DMERP_FORMAT_JSON, empty, "empty", &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_batch_add(batch, "v", DMERP_FORMAT_JSON, 0, "one", &error), &error);
    dmerp_status status = dmerp_batch_run(batch, NULL, &results, &error);
    CHECK_TEXT("one", dmerp_error_packet_id(error));
    CHECK_STATUS(DMERP_CONNECT_FAILED, status, &error);
    CHECK_NUMBER(2, dmerp_results_len(results));
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_results_status(results, 0), NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_results_status(results, 1), NULL);
    CHECK(dmerp_results_pushed(results, 0) == NULL && dmerp_results_pushed(results, 1) == NULL);
    dmerp_results_free(results);
    CHECK_STATUS(DMERP_CONNECT_FAILED, dmerp_batch_run(batch, live_call, NULL, NULL), NULL);
    dmerp_batch_free(batch);
    dmerp_batch_free(batch);
    CHECK_NUMBER(live, dmerp_live_handles());
}

/* ---- Files ------------------------------------------------------------------------------------------------------ */

/* What is no file to send or to write is an error, and no wait. */
static void files(void)
{
    dmerp_error *error = JUNK;
    CHECK_STATUS(DMERP_FILE_ERROR, dmerp_client_push_file(live_client, "u", DMERP_FORMAT_XML, ".", NULL, NULL, NULL, &error), &error);
    CHECK_STATUS(DMERP_FILE_ERROR, dmerp_client_push_file(live_client, "u", DMERP_FORMAT_XML, "/dev/zero", NULL, NULL, NULL, &error),
                 &error);
    CHECK_STATUS(DMERP_FILE_ERROR, dmerp_client_download_file(live_client, "a/b", ".", NULL, NULL, &error), &error);
    CHECK_STATUS(DMERP_FILE_ERROR, dmerp_client_download_file(live_client, "a/b", "no/such/folder/a", NULL, NULL, &error), &error);

    char empty[] = "conformance-XXXXXX";
    int file = mkstemp(empty);
    CHECK(file >= 0 && close(file) == 0);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_push_file(live_client, "u", DMERP_FORMAT_XML, empty, NULL, NULL, NULL, &error),
                 &error);
    CHECK(unlink(empty) == 0);
}

/* ---- The library itself ----------------------------------------------------------------------------------------- */

static void library(void)
{
    char version[64];
    snprintf(version, sizeof version, "%d.%d.%d", DMERP_VERSION_MAJOR, DMERP_VERSION_MINOR, DMERP_VERSION_PATCH);
    CHECK_TEXT(version, dmerp_version());
    CHECK_NUMBER(DMERP_ABI_VERSION, dmerp_abi_version());
}

static void statuses(void)
{
    static const struct {
        dmerp_status status;
        const char *name;
        int32_t retryable;
    } STATUSES[] = {
        {DMERP_OK, "OK", 0},
        {DMERP_INVALID_ARGUMENT, "INVALID_ARGUMENT", 0},
        {DMERP_INVALID_HANDLE, "INVALID_HANDLE", 0},
        {DMERP_INVALID_CONFIG, "INVALID_CONFIG", 0},
        {DMERP_FILE_ERROR, "FILE_ERROR", 0},
        {DMERP_CANCELLED, "CANCELLED", 0},
        {DMERP_TIMED_OUT, "TIMED_OUT", 1},
        {DMERP_HOST_NOT_FOUND, "HOST_NOT_FOUND", 1},
        {DMERP_CONNECT_FAILED, "CONNECT_FAILED", 1},
        {DMERP_TLS_FAILED, "TLS_FAILED", 0},
        {DMERP_CONNECTION_LOST, "CONNECTION_LOST", 1},
        {DMERP_TRUNCATED, "TRUNCATED", 1},
        {DMERP_AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", 0},
        {DMERP_UNKNOWN_APP_AREA, "UNKNOWN_APP_AREA", 0},
        {DMERP_THROTTLED, "THROTTLED", 1},
        {DMERP_SERVER_ERROR, "SERVER_ERROR", 1},
        {DMERP_REJECTED, "REJECTED", 0},
        {DMERP_NOT_FOUND, "NOT_FOUND", 0},
        {DMERP_STORAGE_REFUSED, "STORAGE_REFUSED", 0},
        {DMERP_BAD_ANSWER, "BAD_ANSWER", 0},
        {DMERP_TOO_LARGE, "TOO_LARGE", 0},
        {DMERP_INTERNAL, "INTERNAL", 0},
        {DMERP_OUT_OF_MEMORY, "OUT_OF_MEMORY", 0},
        {DMERP_PROXY_REFUSED, "PROXY_REFUSED", 0},
        {DMERP_BAD_PACKET, "BAD_PACKET", 0},
    };
    for (size_t i = 0; i < sizeof STATUSES / sizeof STATUSES[0]; i++) {
        dmerp_status status = STATUSES[i].status;
        CHECK_NUMBER(i, (uintmax_t)status); /* the numbers never change */
        CHECK_TEXT(STATUSES[i].name, dmerp_status_name(status));
        const char *meaning = dmerp_status_meaning(status);
        CHECK(meaning != NULL && *meaning != '\0');
        const char *action = dmerp_status_action(status);
        CHECK(action != NULL && *action != '\0');
        CHECK(dmerp_status_is_retryable(status) == STATUSES[i].retryable);
    }
    static const dmerp_status NONE[] = {-1, sizeof STATUSES / sizeof STATUSES[0], 1000, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++) {
        CHECK(dmerp_status_name(NONE[i]) == NULL);
        CHECK(dmerp_status_meaning(NONE[i]) == NULL);
        CHECK(dmerp_status_action(NONE[i]) == NULL);
        CHECK(dmerp_status_is_retryable(NONE[i]) == 0);
    }
}

/* ---- */

static void set_up(void)
{
    struct sockaddr_in loopback;
    memset(&loopback, 0, sizeof loopback);
    loopback.sin_family = AF_INET;
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    closed_port = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(closed_port >= 0 && bind(closed_port, (struct sockaddr *)&loopback, sizeof loopback) == 0);

    live_config = new_config();
    CHECK_OK(dmerp_config_set(live_config, "app_area", "DMDEV01", NULL), NULL);
    live_call = new_call();
    live_client = new_client();
    live_error = some_error();
    live_results = new_results();
    live_receiver = new_receiver(DMERP_KIND_PACKET);
    live_summary = new_summary();
    live_batch = new_batch();
    live_writer = new_writer();
    live_reader = new_reader();
    live_mistakes = new_mistakes();
    CHECK_OK(dmerp_config_get(live_config, "app_area", &live_buffer, NULL), NULL);
    CHECK_NUMBER(12, dmerp_live_handles());
}

static void tear_down(void)
{
    /* No refused call has ended the packet. */
    CHECK_OK(dmerp_packet_writer_table(live_writer, "LAST", NULL, NULL), NULL);
    CHECK_OK(dmerp_packet_writer_record(live_writer, DMERP_RECORD_INSERT, &FIELD, 1, NULL, 0, NULL), NULL);
    CHECK_NUMBER(12, dmerp_live_handles());
    dmerp_buffer_free(&live_buffer);
    dmerp_results_free(live_results);
    dmerp_receiver_free(live_receiver);
    dmerp_summary_free(live_summary);
    dmerp_batch_free(live_batch);
    dmerp_packet_writer_free(live_writer);
    dmerp_packet_reader_free(live_reader);
    dmerp_mistakes_free(live_mistakes);
    dmerp_error_free(live_error);
    dmerp_client_free(live_client);
    dmerp_call_free(live_call);
    dmerp_config_free(live_config);
    CHECK_NUMBER(0, dmerp_live_handles());
    close(closed_port);
}

static void run(void)
{
    CHECK_NUMBER(0, dmerp_live_handles());
    library();
    statuses();
    set_up();
    handles_of_another_kind();
    freed_handles();
    foreign_handles();
    strings();
    numbers();
    arrays();
    places();
    values();
    sizes();
    configurations();
    buffers();
    errors();
    controls();
    receivers();
    batches();
    files();
    tear_down();
}

int main(void)
{
    return check_run(run);
}
