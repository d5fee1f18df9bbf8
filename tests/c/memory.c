/*
 * A process that has little memory left: a content, a list or a record that does not fit into it is DMERP_OUT_OF_MEMORY, never the
 * end of the process, and the client works on.
 *
 * Against a sandbox (see sandbox.h for its settings). The memory is the process's address space, which each child limits.
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "sandbox.h"

#include <sys/resource.h>

enum { MIB = 1 << 20, CONTENT_LEN = 64 * MIB, VALUE_LEN = 48 * MIB, ENTRIES = 10000, CHILD_LIMIT_S = 120 };

static dmerp_client *client;
static char *big_url;
static char *small_url;
static char *big_packet; /* with one record, of which a value is large */
static char *big_value;
static size_t room;      /* what a child may take more than it has, in bytes */
static bool must_fit;    /* whether that is enough */
static bool must_not_fit;

static size_t address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%lu", &pages) == 1 && fclose(file) == 0);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void leave_room(void)
{
    struct rlimit limit = {address_space() + room, RLIM_INFINITY};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
}

/* What a small packet needs is there in any case. */
static void the_client_works(void)
{
    dmerp_buffer content = {0};
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_client_check(client, NULL, &error), &error);
    CHECK_OK(dmerp_client_download(client, small_url, NULL, &content, &error), &error);
    CHECK(content.len == 5 && memcmp(content.data, "small", 5) == 0);
    dmerp_buffer_free(&content);
}

static void check_fit(dmerp_status status, dmerp_error **error)
{
    CHECK(!must_fit || status == DMERP_OK);
    CHECK(!must_not_fit || status == DMERP_OUT_OF_MEMORY);
    CHECK_NUMBER(0, (uintmax_t)dmerp_error_is_retryable(*error));
    CHECK_STATUS(status == DMERP_OK ? DMERP_OK : DMERP_OUT_OF_MEMORY, status, error);
}

static void download(void)
{
    dmerp_buffer content = {0};
    dmerp_error *error = NULL;
    the_client_works(); /* what the first use needs is not the content's */
    leave_room();
    size_t live = dmerp_live_handles();
    for (int i = 0; i < 2; i++) {
        dmerp_status status = dmerp_client_download(client, big_url, NULL, &content, &error);
        CHECK_NUMBER(status == DMERP_OK ? CONTENT_LEN : 0, content.len);
        CHECK((content.data != NULL) == (status == DMERP_OK));
        check_fit(status, &error);
        dmerp_buffer_free(&content);
        CHECK_NUMBER(live, dmerp_live_handles());
        the_client_works();
    }
}

static void pull(void)
{
    dmerp_packets *packets = NULL;
    dmerp_error *error = NULL;
    the_client_works();
    leave_room();
    size_t live = dmerp_live_handles();
    dmerp_status status = dmerp_client_pull(client, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, NULL, &packets, &error);
    CHECK_NUMBER(status == DMERP_OK ? ENTRIES : 0, dmerp_packets_len(packets));
    check_fit(status, &error);
    dmerp_packets_free(packets);
    CHECK_NUMBER(live, dmerp_live_handles());
    the_client_works();
}

/* A content that a receiver keeps in a file is read into memory where there is room, and can be saved where there is not. */
static void receive(void)
{
    dmerp_receiver *receiver = NULL;
    dmerp_received *received = NULL;
    dmerp_error *error = NULL;
    the_client_works();
    CHECK_OK(dmerp_client_receive(client, DMERP_KIND_FILE, DMERP_FORMAT_DEFAULT, &receiver, &error), &error);
    CHECK_OK(dmerp_receiver_next(receiver, NULL, &received, &error), &error);
    CHECK_NUMBER(5, dmerp_received_size(received)); /* the small one */
    dmerp_received_free(received);
    CHECK_OK(dmerp_receiver_next(receiver, NULL, &received, &error), &error);
    CHECK_NUMBER(CONTENT_LEN, dmerp_received_size(received));
    leave_room();
    for (int i = 0; i < 2; i++) {
        const uint8_t *data = NULL;
        size_t len = 0;
        dmerp_status status = dmerp_received_content(received, &data, &len, &error);
        CHECK_NUMBER(status == DMERP_OK ? CONTENT_LEN : 0, len);
        CHECK((data != NULL) == (status == DMERP_OK));
        check_fit(status, &error);
    }
    CHECK_OK(dmerp_received_save_as(received, "memory.tmp", &error), &error);
    CHECK(unlink("memory.tmp") == 0);
    dmerp_received_free(received);
    CHECK_OK(dmerp_receiver_close(receiver, NULL, &error), &error);
    dmerp_receiver_free(receiver);
    the_client_works();
}

/* A content that is copied into a batch. */
static void batch(void)
{
    const uint8_t *content = calloc(1, CONTENT_LEN);
    dmerp_batch *made = NULL;
    dmerp_error *error = NULL;
    size_t number = 0;
    the_client_works();
    leave_room();
    CHECK_OK(dmerp_batch_new(client, &made, &error), &error);
    dmerp_status status = dmerp_batch_content(made, content, CONTENT_LEN, &number, &error);
    check_fit(status, &error);
    CHECK_OK(dmerp_batch_content(made, content, 5, &number, &error), &error);
    CHECK_OK(dmerp_batch_add(made, "u", DMERP_FORMAT_XML, number, NULL, &error), &error);
    CHECK_OK(dmerp_batch_run(made, NULL, NULL, &error), &error);
    dmerp_batch_free(made);
}

/* A record that is written; those after it are written in any case. */
static void write_record(void)
{
    dmerp_field field = {"NAME", {DMERP_VALUE_TEXT, 0, 0, 0, big_value, VALUE_LEN}, NULL, 0};
    dmerp_packet_writer *writer = NULL;
    dmerp_error *error = NULL;
    the_client_works();
    CHECK_OK(dmerp_packet_writer_new("u", &writer, &error), &error);
    CHECK_OK(dmerp_packet_writer_table(writer, "T", NULL, &error), &error);
    leave_room();
    dmerp_status status = dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, &field, 1, NULL, 0, &error);
    uint64_t count = status == DMERP_OK ? 1 : 0;
    check_fit(status, &error);
    field.value.len = 5;
    CHECK_OK(dmerp_packet_writer_record(writer, DMERP_RECORD_INSERT, &field, 1, NULL, 0, &error), &error);
    CHECK_NUMBER(count + 1, dmerp_packet_writer_count(writer));
    CHECK_OK(dmerp_client_push_packet(client, NULL, writer, NULL, NULL, NULL, &error), &error);
    dmerp_packet_writer_free(writer);
    the_client_works();
}

/* A record that is read. */
static void read_record(void)
{
    dmerp_packet_reader *reader = NULL;
    dmerp_record record;
    dmerp_error *error = NULL;
    the_client_works();
    CHECK_OK(dmerp_packet_reader_new((const uint8_t *)big_packet, strlen(big_packet), &reader, &error), &error);
    leave_room();
    dmerp_status status = dmerp_packet_reader_next(reader, &record, sizeof record, &error);
    CHECK_NUMBER(status == DMERP_OK ? VALUE_LEN : 0, record.fields_len > 0 ? record.fields[0].value.len : 0);
    check_fit(status, &error);
    dmerp_packet_reader_free(reader);
    the_client_works();
}

static void check_packet(void)
{
    dmerp_mistakes *mistakes = NULL;
    dmerp_error *error = NULL;
    the_client_works();
    leave_room();
    dmerp_status status = dmerp_packet_check((const uint8_t *)big_packet, strlen(big_packet), &mistakes, &error);
    CHECK_NUMBER(0, dmerp_mistakes_len(mistakes));
    check_fit(status, &error);
    dmerp_mistakes_free(mistakes);
    the_client_works();
}

/* With so much room as cannot suffice, with ever more, and with what must suffice. */
static void with_ever_more_room(void (*work)(void), size_t too_little, size_t enough)
{
    enum { STEPS = 6 };
    for (size_t step = 0; step <= STEPS; step++) {
        room = too_little + (enough - too_little) * step / STEPS;
        must_not_fit = step == 0;
        must_fit = step == STEPS;
        sandbox_show_hidden();
        if (!CHECK(check_in_child(work, CHILD_LIMIT_S)))
            fprintf(stderr, "    with room for %zu MiB\n", room / MIB);
    }
}

static char *sent_file(const void *content, size_t len)
{
    dmerp_packets *packets = NULL;
    dmerp_packet packet;
    dmerp_error *error = NULL;
    sandbox_send("sender", "file", NULL, content, len);
    CHECK_OK(dmerp_client_pull(client, DMERP_KIND_FILE, DMERP_FORMAT_DEFAULT, NULL, &packets, &error), &error);
    CHECK_OK(dmerp_packets_get(packets, 0, &packet, &error), &error);
    char *url = strdup(packet.url);
    dmerp_packets_free(packets);
    return url;
}

int main(void)
{
    sandbox_reset();
    client = sandbox_client();
    uint8_t *content = calloc(1, CONTENT_LEN);
    small_url = sent_file("small", 5);
    big_url = sent_file(content, CONTENT_LEN);
    free(content);
    with_ever_more_room(download, 16 * MIB, 256 * MIB);
    with_ever_more_room(receive, 16 * MIB, 256 * MIB);
    with_ever_more_room(batch, 16 * MIB, 256 * MIB);

    static const char BEGIN[] = "<NavMobileSync><table tablename=\"T\"><r status=\"insert\"><NAME>";
    static const char END[] = "</NAME></r></table></NavMobileSync>";
    big_packet = malloc(sizeof BEGIN + VALUE_LEN + sizeof END);
    strcpy(big_packet, BEGIN);
    big_value = big_packet + strlen(BEGIN);
    memset(big_value, 'x', VALUE_LEN);
    strcpy(big_value + VALUE_LEN, END);
    with_ever_more_room(write_record, 16 * MIB, 512 * MIB);
    with_ever_more_room(read_record, 16 * MIB, 512 * MIB);
    with_ever_more_room(check_packet, 16 * MIB, 512 * MIB);
    free(big_packet);

    /* A list of some 10 MiB. */
    char user[901];
    memset(user, 'u', sizeof user - 1);
    user[sizeof user - 1] = '\0';
    char count[16];
    snprintf(count, sizeof count, "%d", ENTRIES);
    sandbox_send_many(user, count, "x", 1);
    with_ever_more_room(pull, 4 * MIB, 256 * MIB);

    free(big_url);
    free(small_url);
    dmerp_client_free(client);
    CHECK_NUMBER(0, dmerp_live_handles());
    return check_summary();
}
