/*
 * A receiver, its packets and what it tells of its run, against a sandbox (see sandbox.h for its settings).
 */

#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "sandbox.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Places that hold something else beforehand, so that the tests see them emptied. */
#define JUNK ((void *)(uintptr_t)0x5a5a5a5a)

/* ---- Help ------------------------------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Zero bytes included, other bytes for another seed. */
static uint8_t *some_bytes(size_t len, unsigned seed)
{
    uint8_t *bytes = malloc(len + 1);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i % 7 == 0 ? 0 : i * 31 + i / 251 + seed);
    return bytes;
}

/* A packet of the list of packets, whose content is its id. */
static void send_one(const char *id)
{
    sandbox_send("sender", "packet", id, id, strlen(id));
}

static dmerp_receiver *receive(const dmerp_client *client, dmerp_packet_kind kind)
{
    dmerp_receiver *receiver = JUNK;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_client_receive(client, kind, DMERP_FORMAT_DEFAULT, &receiver, &error), &error);
    return receiver;
}

/* NULL at the end. */
static dmerp_received *next(dmerp_receiver *receiver)
{
    dmerp_received *received = JUNK;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_receiver_next(receiver, NULL, &received, &error), &error);
    return received;
}

static bool has_id(const dmerp_received *received, const char *id)
{
    dmerp_packet packet;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_received_packet(received, &packet, &error), &error);
    return packet.id != NULL && strcmp(packet.id, id) == 0;
}

static bool has_content(const dmerp_received *received, const void *bytes, size_t len)
{
    const uint8_t *data = JUNK;
    size_t found = 77;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_received_content(received, &data, &found, &error), &error);
    CHECK_NUMBER(len, dmerp_received_size(received));
    return found == len && (len == 0 || memcmp(data, bytes, len) == 0);
}

/* The next packet, which must be this one. */
static dmerp_received *next_is(dmerp_receiver *receiver, const char *id)
{
    dmerp_received *received = next(receiver);
    CHECK(has_id(received, id));
    return received;
}

static void done(dmerp_received *received)
{
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_received_done(received, &error), &error);
    dmerp_received_free(received);
}

static dmerp_summary *close_it(dmerp_receiver *receiver)
{
    dmerp_summary *summary = JUNK;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_receiver_close(receiver, &summary, &error), &error);
    return summary;
}

static dmerp_totals totals_of(const dmerp_summary *summary)
{
    dmerp_totals totals;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_summary_totals(summary, &totals, sizeof totals, &error), &error);
    return totals;
}

/* What was left behind at `index`. */
static dmerp_left left_at(const dmerp_summary *summary, size_t index)
{
    dmerp_left left;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_summary_left_get(summary, index, &left, &error), &error);
    CHECK(left.reason != NULL && *left.reason != '\0' && strpbrk(left.reason, "\r\n") == NULL);
    return left;
}

/* Closes and frees a receiver that has left this one packet behind. */
static void close_with_one_left(dmerp_receiver *receiver, const char *id, dmerp_left_why why, dmerp_status status)
{
    dmerp_summary *summary = close_it(receiver);
    CHECK_NUMBER(1, totals_of(summary).left);
    CHECK_NUMBER(1, dmerp_summary_left_len(summary));
    dmerp_left left = left_at(summary, 0);
    CHECK_TEXT(id, left.id);
    CHECK_NUMBER((uintmax_t)why, (uintmax_t)left.why);
    CHECK_STATUS(status, left.status, NULL);
    dmerp_summary_free(summary);
    dmerp_receiver_free(receiver);
}

static dmerp_stats stats_of(const dmerp_client *client)
{
    dmerp_stats stats;
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_client_stats(client, &stats, sizeof stats, &error), &error);
    return stats;
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

static size_t files_in(const char *folder)
{
    size_t count = 0;
    DIR *opened = opendir(folder);
    CHECK(opened != NULL);
    for (struct dirent *entry; opened != NULL && (entry = readdir(opened)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(opened);
    return count;
}

/* ---- Runs ------------------------------------------------------------------------------------------------------- */

/* Each packet once, whole, in the order of the list; then it is marked, and the queue is empty. */
static void empties_a_queue(dmerp_packet_kind kind, dmerp_format format)
{
    enum { COUNT = 5 };
    char ids[COUNT][32];
    uint8_t *contents[COUNT];
    const char *queue = kind == DMERP_KIND_FILE ? "file" : "packet";
    uint64_t bytes = 0;
    dmerp_error *error = JUNK;
    sandbox_reset();
    sandbox_dialects("{\"unknown_fields\":true}");
    for (unsigned i = 0; i < COUNT; i++) {
        size_t len = 1 + 30000 * i;
        contents[i] = some_bytes(len, i);
        snprintf(ids[i], sizeof ids[i], "\xce\xb1 <&>'\" %u", i);
        sandbox_send("\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", queue, ids[i], contents[i], len);
        bytes += len;
    }
    dmerp_client *client = sandbox_client();
    dmerp_receiver *receiver = JUNK;
    CHECK_OK(dmerp_client_receive(client, kind, format, &receiver, &error), &error);
    CHECK(!dmerp_receiver_is_ready(receiver));
    CHECK_NUMBER(0, stats_of(client).requests); /* it has not begun */
    for (unsigned i = 0; i < COUNT; i++) {
        dmerp_received *received = next_is(receiver, ids[i]);
        dmerp_packet packet;
        CHECK_OK(dmerp_received_packet(received, &packet, &error), &error);
        CHECK_TEXT("\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", packet.mobile_user);
        CHECK_NUMBER(1 + 30000 * i, (uintmax_t)packet.size);
        CHECK(packet.receipt_handle != NULL && packet.url != NULL && packet.other_len > 0 && packet.other[0].name != NULL);
        CHECK(has_content(received, contents[i], 1 + 30000 * i));
        CHECK(dmerp_received_path(received) == NULL);
        CHECK_OK(dmerp_received_done(received, &error), &error);
        CHECK_OK(dmerp_received_done(received, NULL), NULL); /* once more does nothing */
        CHECK(has_content(received, contents[i], 1 + 30000 * i));
        dmerp_received_free(received);
        free(contents[i]);
    }
    CHECK(next(receiver) == NULL);
    CHECK(dmerp_receiver_is_ready(receiver) == 1);
    CHECK(next(receiver) == NULL);
    for (int time = 0; time < 2; time++) { /* a second close tells the same */
        dmerp_summary *summary = close_it(receiver);
        dmerp_totals totals = totals_of(summary);
        CHECK(totals.lists >= 1);
        CHECK_NUMBER(COUNT, totals.listed);
        CHECK_NUMBER(COUNT, totals.handed_over);
        CHECK_NUMBER(bytes, totals.bytes);
        CHECK_NUMBER(COUNT, totals.done);
        CHECK_NUMBER(COUNT, totals.marked);
        CHECK(totals.repeated == 0 && totals.dead_lettered == 0 && totals.left == 0);
        CHECK_NUMBER(0, dmerp_summary_left_len(summary));
        dmerp_summary_free(summary);
    }
    CHECK_OK(dmerp_receiver_close(receiver, NULL, NULL), NULL);
    CHECK(next(receiver) == NULL);
    dmerp_receiver_free(receiver);

    dmerp_stats stats = stats_of(client);
    CHECK(stats.requests >= 1 + COUNT * 2 + 1 && stats.connections_opened >= 2 && stats.retries == 0);
    CHECK_NUMBER(bytes, stats.bytes_received);
    CHECK_NUMBER(COUNT, stats.packets_received);
    CHECK_NUMBER(COUNT, stats.packets_done);
    CHECK(stats.unmarked == 0 && stats.oldest_unmarked_at == 0 && stats.packets_pushed == 0 && stats.bytes_sent == 0);
    uint64_t today_ms = (uint64_t)time(NULL) * 1000;
    CHECK(stats.last_pull_at > today_ms - 60000 && stats.last_pull_at < today_ms + 60000);
    CHECK(stats.last_link_at > 0 && stats.last_download_at > 0 && stats.last_done_at >= stats.last_pull_at);
    CHECK(stats.last_check_at == 0 && stats.last_push_at == 0);
    dmerp_client_free(client);
    CHECK_NUMBER(0, sandbox_waiting(queue));
}

/* Whether next would wait: it has a packet at hand once the one before it, which was late, has come. */
static void says_whether_it_is_ready(void)
{
    sandbox_reset();
    send_one("late");
    send_one("early");
    sandbox_fault("{\"on\":\"storage\",\"path\":\"late\",\"action\":{\"delay\":{\"ms\":300}}}");
    dmerp_client *client = sandbox_client();
    dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
    CHECK(dmerp_receiver_is_ready(receiver) == 0);
    done(next_is(receiver, "late"));
    CHECK(dmerp_receiver_is_ready(receiver) == 1);
    done(next_is(receiver, "early"));
    CHECK(dmerp_receiver_is_ready(receiver) == 0); /* the portal must say whether there are more */
    CHECK_OK(dmerp_receiver_close(receiver, NULL, NULL), NULL);
    CHECK(dmerp_receiver_is_ready(receiver) == 1);
    dmerp_receiver_free(receiver);
    CHECK(dmerp_receiver_is_ready(receiver) == 0);
    CHECK(dmerp_receiver_is_ready(NULL) == 0);
    dmerp_client_free(client);
    CHECK_NUMBER(0, sandbox_waiting("packet"));
}

/* Only done takes a packet from the queue. */
static void what_is_not_done_stays(void)
{
    sandbox_reset();
    send_one("done");
    send_one("kept");
    send_one("kept without a reason");
    send_one("forgotten");
    dmerp_client *client = sandbox_client();
    dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
    dmerp_error *error = JUNK;
    done(next_is(receiver, "done"));
    dmerp_received *received = next_is(receiver, "kept");
    CHECK_OK(dmerp_received_keep(received, "the books are\nclosed", &error), &error);
    CHECK_OK(dmerp_received_keep(received, NULL, NULL), NULL); /* once more does nothing */
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_done(received, &error), &error);
    dmerp_received_free(received);
    received = next_is(receiver, "kept without a reason");
    CHECK_OK(dmerp_received_keep(received, NULL, &error), &error);
    dmerp_received_free(received);
    dmerp_received_free(next_is(receiver, "forgotten"));
    sandbox_show_hidden(); /* they are listed again, but not handed over again in this run */
    CHECK(next(receiver) == NULL);

    dmerp_summary *summary = close_it(receiver);
    dmerp_totals totals = totals_of(summary);
    CHECK(totals.handed_over == 4 && totals.done == 1 && totals.marked == 1 && totals.left == 3);
    static const struct {
        const char *id;
        dmerp_left_why why;
    } LEFT[] = {{"kept", DMERP_LEFT_KEPT}, {"kept without a reason", DMERP_LEFT_KEPT}, {"forgotten", DMERP_LEFT_UNSETTLED}};
    CHECK_NUMBER(3, dmerp_summary_left_len(summary));
    for (size_t i = 0; i < 3; i++) {
        dmerp_left left = left_at(summary, i);
        CHECK_TEXT(LEFT[i].id, left.id);
        CHECK_TEXT("sender", left.mobile_user);
        CHECK_NUMBER((uintmax_t)LEFT[i].why, (uintmax_t)left.why);
        CHECK_STATUS(DMERP_OK, left.status, NULL);
    }
    CHECK(strstr(left_at(summary, 0).reason, "the books are") != NULL);
    dmerp_left none;
    memset(&none, 0x5a, sizeof none);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_summary_left_get(summary, 3, &none, &error), &error);
    CHECK(none.id == NULL && none.mobile_user == NULL && none.why == 0 && none.status == DMERP_OK && none.reason == NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_summary_left_get(summary, 0, NULL, &error), &error);
    dmerp_receiver_free(receiver);
    CHECK_TEXT("forgotten", left_at(summary, 2).id); /* it is the summary's own */
    dmerp_summary_free(summary);

    CHECK_NUMBER(3, sandbox_waiting("packet"));
    sandbox_show_hidden();
    receiver = receive(client, DMERP_KIND_PACKET);
    for (size_t i = 0; i < 3; i++)
        done(next_is(receiver, LEFT[i].id));
    CHECK(next(receiver) == NULL);
    dmerp_receiver_free(receiver); /* which closes it: all are marked */
    CHECK_NUMBER(0, sandbox_waiting("packet"));
    dmerp_client_free(client);
}

/* What the host has is readable after the close, but it is too late to settle it. */
static void after_the_close(void)
{
    sandbox_reset();
    send_one("done before");
    send_one("in hand");
    send_one("kept too late");
    dmerp_client *client = sandbox_client();
    dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
    dmerp_error *error = JUNK;
    done(next_is(receiver, "done before"));
    dmerp_received *received = next_is(receiver, "in hand");
    dmerp_received *other = next_is(receiver, "kept too late");
    dmerp_summary *summary = close_it(receiver); /* amid the run */
    CHECK_NUMBER(1, totals_of(summary).marked);
    CHECK_NUMBER(2, totals_of(summary).left);
    for (size_t i = 0; i < dmerp_summary_left_len(summary); i++)
        CHECK_NUMBER(DMERP_LEFT_UNSETTLED, (uintmax_t)left_at(summary, i).why);
    dmerp_summary_free(summary);
    CHECK(next(receiver) == NULL);
    CHECK(has_id(received, "in hand") && has_content(received, "in hand", 7));
    CHECK_OK(dmerp_received_save_as(received, "receive.tmp", &error), &error);
    CHECK(file_holds("receive.tmp", (const uint8_t *)"in hand", 7));
    CHECK(unlink("receive.tmp") == 0);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_done(received, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_done(received, NULL), NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_keep(other, NULL, &error), &error);
    dmerp_receiver_free(receiver);
    CHECK(has_content(received, "in hand", 7));
    dmerp_received_free(received);
    dmerp_received_free(other);
    CHECK_NUMBER(2, sandbox_waiting("packet"));
    dmerp_client_free(client);
}

static void one_list_has_one_receiver(void)
{
    sandbox_reset();
    dmerp_client *client = sandbox_client();
    dmerp_client *other_client = sandbox_client();
    dmerp_receiver *first = receive(client, DMERP_KIND_PACKET);
    dmerp_receiver *refused = JUNK;
    dmerp_error *error = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT,
                 dmerp_client_receive(client, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, &refused, &error), &error);
    CHECK(refused == NULL);
    dmerp_receiver *files = receive(client, DMERP_KIND_FILE);
    dmerp_receiver *others = receive(other_client, DMERP_KIND_PACKET);
    CHECK(next(first) == NULL); /* at its end it makes room */
    dmerp_receiver *second = receive(client, DMERP_KIND_PACKET);
    CHECK_OK(dmerp_receiver_close(second, NULL, &error), &error);
    dmerp_receiver *third = receive(client, DMERP_KIND_PACKET);
    dmerp_receiver_free(third);
    dmerp_receiver_free(receive(client, DMERP_KIND_PACKET));
    dmerp_receiver_free(first);
    dmerp_receiver_free(second);
    dmerp_receiver_free(files);
    dmerp_receiver_free(others);
    dmerp_client_free(client);
    dmerp_client_free(other_client);
}

static void ends_at_its_limit(void)
{
    sandbox_reset();
    send_one("first");
    send_one("second");
    send_one("third");
    dmerp_client *client = sandbox_client_with("receive.max_packets", "2", NULL);
    dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
    done(next_is(receiver, "first"));
    done(next_is(receiver, "second"));
    CHECK(next(receiver) == NULL);
    close_with_one_left(receiver, "third", DMERP_LEFT_NOT_HANDED_OVER, DMERP_OK);
    dmerp_client_free(client);
    CHECK_NUMBER(1, sandbox_waiting("packet"));
}

/* ---- Handles ---------------------------------------------------------------------------------------------------- */

/* A received packet that is not one: `bad` is freed, or a handle of another kind. */
static void received_functions_refuse(void *bad)
{
    dmerp_error *error = JUNK;
    dmerp_packet packet;
    const uint8_t *data = JUNK;
    size_t len = 77;
    memset(&packet, 0x5a, sizeof packet);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_received_packet(bad, &packet, &error), &error);
    CHECK(packet.id == NULL && packet.size == -1);
    CHECK_NUMBER(0, dmerp_received_size(bad));
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_received_content(bad, &data, &len, &error), &error);
    CHECK(data == NULL && len == 0);
    CHECK(dmerp_received_path(bad) == NULL);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_received_save_as(bad, "receive.tmp", &error), &error);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_received_done(bad, &error), &error);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_received_keep(bad, NULL, &error), &error);
    dmerp_received_free(bad);
}

static void handles(void)
{
    sandbox_reset();
    send_one("one");
    dmerp_client *client = sandbox_client();
    dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
    dmerp_received *received = next(receiver);
    dmerp_error *error = JUNK;
    dmerp_summary *summary = JUNK;
    dmerp_received *none = JUNK;
    size_t live = dmerp_live_handles();

    received_functions_refuse(client);
    received_functions_refuse(receiver);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_receiver_next((dmerp_receiver *)received, NULL, &none, &error), &error);
    CHECK(none == NULL);
    CHECK(dmerp_receiver_is_ready((dmerp_receiver *)received) == 0);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_receiver_stop((dmerp_receiver *)received, &error), &error);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_receiver_close((dmerp_receiver *)received, &summary, &error), &error);
    CHECK(summary == NULL);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_client_check((dmerp_client *)received, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_receiver_next(receiver, (dmerp_call *)received, &none, &error), &error);
    dmerp_receiver_free((dmerp_receiver *)received);
    dmerp_summary_free((dmerp_summary *)received);
    dmerp_batch_free((dmerp_batch *)received);
    dmerp_client_free((dmerp_client *)received);
    dmerp_packets_free((dmerp_packets *)received);
    dmerp_error_free((dmerp_error *)received);
    CHECK(has_id(received, "one"));
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_packet(received, NULL, &error), &error);
    const uint8_t *data = JUNK;
    size_t len = 77;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_content(received, NULL, &len, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_content(received, &data, NULL, &error), &error);
    CHECK(data == NULL && len == 77);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_save_as(received, NULL, &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_save_as(received, "\xff", &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_keep(received, "\xff", &error), &error);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_receiver_next(receiver, NULL, NULL, &error), &error);
    CHECK_NUMBER(live, dmerp_live_handles());
    done(received); /* none of that has settled it */
    received_functions_refuse(received);
    dmerp_receiver_free(receiver);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_receiver_next(receiver, NULL, &none, &error), &error);
    dmerp_receiver_free(receiver);
    dmerp_client_free(client);
    CHECK_NUMBER(0, dmerp_live_handles());
    CHECK_NUMBER(0, sandbox_waiting("packet"));
}

/* The client before the receiver, the receiver before the packet: each keeps what it needs. */
static void frees_in_any_order(void)
{
    for (unsigned order = 0; order < 6; order++) {
        static const char ORDERS[6][4] = {"crp", "cpr", "rcp", "rpc", "pcr", "prc"};
        sandbox_reset();
        send_one("first");
        send_one("second");
        dmerp_client *client = sandbox_client();
        dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
        dmerp_received *received = next_is(receiver, "first");
        bool settles = order % 2 == 0;
        if (settles)
            CHECK_OK(dmerp_received_done(received, NULL), NULL);
        bool has_client = true, has_receiver = true, has_packet = true;
        for (unsigned at = 0; at < 3; at++) {
            switch (ORDERS[order][at]) {
            case 'c':
                dmerp_client_free(client);
                has_client = false;
                break;
            case 'r':
                dmerp_receiver_free(receiver);
                has_receiver = false;
                break;
            default:
                dmerp_received_free(received);
                has_packet = false;
            }
            if (has_packet)
                CHECK(has_content(received, "first", 5));
            if (has_receiver && !has_client) {
                dmerp_received *second = next(receiver); /* there once, then the end */
                if (second != NULL)
                    done(second);
            }
        }
        CHECK_NUMBER(0, dmerp_live_handles());
        bool second_done = strchr(ORDERS[order], 'c') < strchr(ORDERS[order], 'r');
        CHECK_NUMBER((settles ? 0u : 1u) + (second_done ? 0u : 1u), sandbox_waiting("packet"));
    }
}

/* ---- Content ---------------------------------------------------------------------------------------------------- */

static void content_in_files(void)
{
    static const char FOLDER[] = "receive.folder";
    enum { SMALL = 1000, BIG = 1400, HUGE = 5000 };
    uint8_t *small = some_bytes(SMALL, 1), *big = some_bytes(BIG, 2), *huge = some_bytes(HUGE, 3);
    dmerp_error *error = JUNK;
    sandbox_reset();
    CHECK(mkdir(FOLDER, 0700) == 0);
    sandbox_send("sender", "file", "small", small, SMALL);
    sandbox_send("sender", "file", "big", big, BIG);
    sandbox_send("sender", "file", "huge", huge, HUGE);
    sandbox_send("sender", "file", "big again", big, BIG);
    dmerp_client *client = sandbox_client_with("temp_dir", FOLDER, "receive.memory_bytes", "1000", "max_memory_bytes", "1500", NULL);
    dmerp_receiver *receiver = receive(client, DMERP_KIND_FILE);

    dmerp_received *received = next_is(receiver, "small");
    CHECK(dmerp_received_path(received) == NULL);
    FILE *older = fopen("receive.tmp", "wb");
    CHECK(older != NULL && fputs("older", older) >= 0 && fclose(older) == 0);
    CHECK_OK(dmerp_received_save_as(received, "receive.tmp", &error), &error);
    CHECK(file_holds("receive.tmp", small, SMALL));
    done(received);

    received = next_is(receiver, "big");
    const char *path = dmerp_received_path(received);
    if (CHECK(path != NULL)) {
        CHECK((path[0] == '/' || path[1] == ':') && strstr(path, FOLDER) != NULL && file_holds(path, big, BIG));
        CHECK(has_content(received, big, BIG));
        char *copy = strdup(path);
        done(received);
        CHECK(access(copy, F_OK) != 0); /* the file goes with the packet */
        free(copy);
    }

    received = next_is(receiver, "huge");
    const uint8_t *data = JUNK;
    size_t len = 77;
    CHECK_STATUS(DMERP_TOO_LARGE, dmerp_received_content(received, &data, &len, &error), &error);
    CHECK(data == NULL && len == 0);
    CHECK_NUMBER(HUGE, dmerp_received_size(received));
    CHECK(dmerp_received_path(received) != NULL && file_holds(dmerp_received_path(received), huge, HUGE));
    CHECK_STATUS(DMERP_FILE_ERROR, dmerp_received_save_as(received, "no/such/folder/a", &error), &error);
    CHECK_STATUS(DMERP_FILE_ERROR, dmerp_received_save_as(received, ".", &error), &error);
    CHECK(dmerp_received_path(received) != NULL); /* it can be saved elsewhere */
    CHECK_OK(dmerp_received_save_as(received, "receive.tmp", &error), &error);
    CHECK(file_holds("receive.tmp", huge, HUGE));
    CHECK(dmerp_received_path(received) == NULL);
    done(received);
    CHECK(file_holds("receive.tmp", huge, HUGE));

    received = next_is(receiver, "big again");
    CHECK(next(receiver) == NULL);
    dmerp_receiver_free(receiver);
    CHECK(has_content(received, big, BIG)); /* it outlives its receiver */
    dmerp_received_free(received);
    dmerp_client_free(client);
    CHECK_NUMBER(0, files_in(FOLDER));
    CHECK(rmdir(FOLDER) == 0 && unlink("receive.tmp") == 0);
    free(small);
    free(big);
    free(huge);
}

/* ---- Failures --------------------------------------------------------------------------------------------------- */

/* A packet that cannot be had holds up no other. */
static void not_downloaded(void)
{
    sandbox_reset();
    send_one("first");
    send_one("second");
    send_one("third");
    sandbox_fault("{\"on\":\"storage\",\"path\":\"second\",\"times\":0,\"action\":{\"status\":{\"code\":403}}}");
    dmerp_client *client = sandbox_client();
    dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
    done(next_is(receiver, "first"));
    done(next_is(receiver, "third"));
    CHECK(next(receiver) == NULL);
    close_with_one_left(receiver, "second", DMERP_LEFT_NOT_DOWNLOADED, DMERP_STORAGE_REFUSED);
    dmerp_client_free(client);
    CHECK_NUMBER(1, sandbox_waiting("packet"));
}

static void unreadable(void)
{
    sandbox_reset();
    send_one("first");
    send_one("second");
    sandbox_fault("{\"on\":\"portal\",\"path\":\"/pull/\",\"action\":{\"spoil_entries\":[{\"place\":1,\"how\":\"text\"}]}}");
    dmerp_client *client = sandbox_client();
    dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
    done(next_is(receiver, "second"));
    CHECK(next(receiver) == NULL);
    dmerp_summary *summary = close_it(receiver);
    CHECK(left_at(summary, 0).mobile_user == NULL);
    dmerp_summary_free(summary);
    close_with_one_left(receiver, NULL, DMERP_LEFT_UNREADABLE, DMERP_BAD_ANSWER);
    dmerp_client_free(client);
}

/* What was handled and could not be marked is not handed over again, and marked when that is possible. */
static void not_marked(void)
{
    static const struct {
        const char *fault;
        dmerp_left_why why;
        dmerp_status status;
    } KINDS[] = {
        {"{\"on\":\"portal\",\"path\":\"/done\",\"times\":0,\"action\":{\"status\":{\"code\":400}}}", DMERP_LEFT_NOT_MARKED, DMERP_REJECTED},
        {"{\"on\":\"portal\",\"path\":\"/done\",\"times\":0,\"action\":{\"status\":{\"code\":503}}}", DMERP_LEFT_NOT_MARKED,
         DMERP_SERVER_ERROR},
        {"{\"on\":\"portal\",\"path\":\"/done\",\"times\":0,\"action\":\"hang\"}", DMERP_LEFT_MARK_UNKNOWN, DMERP_TIMED_OUT},
    };
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        sandbox_reset();
        send_one("handled");
        sandbox_fault(KINDS[i].fault);
        dmerp_client *client = sandbox_client_with("retry.max_attempts", "1", "receive.close_ms", "500", NULL);
        dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
        dmerp_received *received = next_is(receiver, "handled");
        CHECK_OK(dmerp_received_done(received, NULL), NULL);
        dmerp_received_free(received);
        int64_t began_ms = now_ms();
        close_with_one_left(receiver, "handled", KINDS[i].why, KINDS[i].status);
        CHECK(now_ms() - began_ms < 2000);
        dmerp_stats stats = stats_of(client);
        CHECK_NUMBER(1, stats.unmarked);
        CHECK(stats.oldest_unmarked_at > 0 && stats.packets_done == 0);

        sandbox_clear_faults();
        CHECK_NUMBER(1, sandbox_waiting("packet"));
        sandbox_show_hidden();
        receiver = receive(client, DMERP_KIND_PACKET);
        CHECK(next(receiver) == NULL);
        dmerp_summary *summary = close_it(receiver);
        dmerp_totals totals = totals_of(summary);
        CHECK(totals.handed_over == 0 && totals.marked == 1 && totals.left == 0 && totals.repeated == 1);
        CHECK(totals.hidden_ms > 0); /* it was listed twice */
        dmerp_summary_free(summary);
        dmerp_receiver_free(receiver);
        CHECK_NUMBER(0, stats_of(client).unmarked);
        dmerp_client_free(client);
        CHECK_NUMBER(0, sandbox_waiting("packet"));
    }
}

/* A wrong key ends the run: no later call asks again. */
static void wrong_key(void)
{
    sandbox_reset();
    dmerp_client *client = sandbox_client_with("api_key", "another-key", "receive.poll_ms", "10", NULL);
    dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
    dmerp_error *error = JUNK;
    for (int i = 0; i < 3; i++) {
        dmerp_received *received = JUNK;
        dmerp_status status = dmerp_receiver_next(receiver, NULL, &received, &error);
        CHECK(received == NULL && dmerp_error_http_status(error) == 403);
        CHECK(strstr(dmerp_error_message(error), "another-key") == NULL);
        CHECK_STATUS(DMERP_AUTHENTICATION_FAILED, status, &error);
    }
    CHECK_NUMBER(1, stats_of(client).requests);
    dmerp_receiver_free(receiver);
    dmerp_client_free(client);

    /* A list that fails is an error of next, too; but the run can go on. */
    client = sandbox_client_with("retry.max_attempts", "1", NULL);
    receiver = receive(client, DMERP_KIND_PACKET);
    send_one("one");
    sandbox_fault("{\"on\":\"portal\",\"action\":{\"status\":{\"code\":503}}}");
    dmerp_received *received = JUNK;
    CHECK_STATUS(DMERP_SERVER_ERROR, dmerp_receiver_next(receiver, NULL, &received, &error), &error);
    CHECK(received == NULL);
    done(next_is(receiver, "one"));
    dmerp_receiver_free(receiver);
    dmerp_client_free(client);
}

/* A packet that fails again and again goes to the folder, and is marked. */
static void dead_letters(void)
{
    static const char FOLDER[] = "receive.letters";
    sandbox_reset();
    CHECK(mkdir(FOLDER, 0700) == 0);
    send_one("bad");
    dmerp_client *client = sandbox_client_with("receive.max_deliveries", "2", "receive.dead_letter_dir", FOLDER, NULL);
    for (int i = 0; i < 2; i++) {
        CHECK_NUMBER(0, files_in(FOLDER));
        sandbox_show_hidden();
        dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
        dmerp_received *received = next_is(receiver, "bad");
        dmerp_error *error = JUNK;
        CHECK_OK(dmerp_received_keep(received, "no such item", &error), &error);
        dmerp_received_free(received);
        CHECK(next(receiver) == NULL);
        dmerp_summary *summary = close_it(receiver);
        dmerp_totals totals = totals_of(summary);
        CHECK(i == 0 ? totals.dead_lettered == 0 && totals.left == 1 : totals.dead_lettered == 1 && totals.left == 0);
        dmerp_summary_free(summary);
        dmerp_receiver_free(receiver);
    }
    dmerp_client_free(client);
    CHECK_NUMBER(0, sandbox_waiting("packet"));
    CHECK_NUMBER(2, files_in(FOLDER));
    CHECK(file_holds("receive.letters/packet-bad.content", (const uint8_t *)"bad", 3));
    FILE *file = fopen("receive.letters/packet-bad.json", "rb");
    char why[4096] = "";
    CHECK(file != NULL && fread(why, 1, sizeof why - 1, file) > 0 && fclose(file) == 0);
    CHECK(strstr(why, "no such item") != NULL);
    CHECK(unlink("receive.letters/packet-bad.content") == 0 && unlink("receive.letters/packet-bad.json") == 0 && rmdir(FOLDER) == 0);
}

/* ---- Callbacks -------------------------------------------------------------------------------------------------- */

/* What a callback saw, and what it is to do the first time. */
struct seen {
    pthread_t thread;
    dmerp_receiver *receiver;
    dmerp_progress progress;
    unsigned calls;
    bool wrong;
    void (*at_first)(struct seen *);
};

static void see(struct seen *seen)
{
    seen->wrong = seen->wrong || !pthread_equal(seen->thread, pthread_self());
    if (seen->calls++ == 0 && seen->at_first != NULL)
        seen->at_first(seen);
}

static int32_t on_progress(void *user_data, const dmerp_progress *progress)
{
    struct seen *seen = user_data;
    seen->wrong = seen->wrong || progress->total != 0 || progress->packets_total != 0 || progress->done < seen->progress.done ||
                  progress->packets < seen->progress.packets;
    seen->progress = *progress;
    see(seen);
    return 0;
}

static int32_t on_waiting(void *user_data)
{
    struct seen *seen = user_data;
    see(seen);
    return seen->calls >= 3;
}

static void on_log(void *user_data, dmerp_log_level level, const char *message)
{
    (void)level, (void)message;
    struct seen *seen = user_data;
    if (seen->receiver != NULL)
        see(seen);
}

static dmerp_call *call_with_progress(struct seen *seen)
{
    dmerp_call *call = NULL;
    dmerp_error *error = NULL;
    CHECK_OK(dmerp_call_new(&call, &error), &error);
    CHECK_OK(dmerp_call_set_progress(call, on_progress, seen, &error), &error);
    return call;
}

/* A callback of next can do everything but wait for itself. */
static void call_what_waits(struct seen *seen)
{
    dmerp_received *received = JUNK;
    dmerp_summary *summary = JUNK;
    dmerp_error *error = JUNK;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_receiver_next(seen->receiver, NULL, &received, &error), &error);
    CHECK(received == NULL);
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_receiver_close(seen->receiver, &summary, &error), &error);
    CHECK(summary == NULL);
    dmerp_client *another = sandbox_client();
    dmerp_receiver *own = receive(another, DMERP_KIND_FILE);
    CHECK((received = next(own)) == NULL);
    dmerp_receiver_free(own);
    dmerp_client_free(another);
}

static void stop_it(struct seen *seen)
{
    CHECK_OK(dmerp_receiver_stop(seen->receiver, NULL), NULL);
}

static void free_it(struct seen *seen)
{
    dmerp_receiver_free(seen->receiver);
    CHECK_STATUS(DMERP_INVALID_HANDLE, dmerp_receiver_stop(seen->receiver, NULL), NULL);
    dmerp_receiver_free(seen->receiver);
}

static void within_callbacks(void)
{
    enum { LEN = 500000 };
    uint8_t *bytes = some_bytes(LEN, 4);
    dmerp_error *error = JUNK;
    sandbox_reset();
    sandbox_send("sender", "packet", "one", bytes, LEN);
    sandbox_send("sender", "packet", "two", bytes, LEN);
    sandbox_fault("{\"on\":\"storage\",\"times\":0,\"action\":{\"trickle\":{\"bytes_per_chunk\":50000,\"ms\":20}}}");
    dmerp_client *client = sandbox_client_with("receive.concurrency", "1", NULL);
    struct seen seen = {.thread = pthread_self(), .at_first = call_what_waits};
    seen.receiver = receive(client, DMERP_KIND_PACKET);
    dmerp_call *call = call_with_progress(&seen);
    for (int i = 0; i < 3; i++) {
        dmerp_received *received = JUNK;
        CHECK_OK(dmerp_receiver_next(seen.receiver, call, &received, &error), &error);
        CHECK(i == 2 ? received == NULL : has_id(received, i == 0 ? "one" : "two"));
        if (received != NULL)
            done(received);
    }
    CHECK(seen.calls > 0 && !seen.wrong);
    CHECK(seen.progress.done > LEN && seen.progress.done <= 2 * LEN); /* it is told 20 times a second */
    CHECK(seen.progress.packets >= 1);
    dmerp_call_free(call);
    dmerp_receiver_free(seen.receiver);
    dmerp_client_free(client);

    /* Freed within its own next: the packet is handed over all the same, and can no longer be done. */
    sandbox_reset();
    sandbox_send("sender", "packet", "one", bytes, LEN);
    client = sandbox_client();
    seen = (struct seen){.thread = pthread_self(), .at_first = free_it};
    seen.receiver = receive(client, DMERP_KIND_PACKET);
    call = call_with_progress(&seen);
    dmerp_received *received = JUNK;
    CHECK_OK(dmerp_receiver_next(seen.receiver, call, &received, &error), &error);
    if (received != NULL) {
        CHECK(has_content(received, bytes, LEN));
        CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_received_done(received, &error), &error);
    }
    dmerp_received_free(received);
    dmerp_call_free(call);
    dmerp_client_free(client);
    CHECK_NUMBER(0, dmerp_live_handles());
    CHECK_NUMBER(1, sandbox_waiting("packet"));
    free(bytes);
}

/* A log that stops the run: nothing is handed over, and nothing is lost. */
static void stopped_by_the_log(void)
{
    sandbox_reset();
    send_one("one");
    dmerp_config *config = sandbox_config();
    dmerp_client *client = NULL;
    dmerp_error *error = NULL;
    struct seen seen = {.thread = pthread_self(), .at_first = stop_it};
    CHECK_OK(dmerp_config_set_log(config, DMERP_LOG_DEBUG, on_log, &seen, &error), &error);
    CHECK_OK(dmerp_client_new(config, &client, &error), &error);
    dmerp_config_free(config);
    seen.receiver = receive(client, DMERP_KIND_PACKET);
    CHECK(next(seen.receiver) == NULL);
    CHECK(seen.calls > 0 && !seen.wrong);
    dmerp_summary *summary = close_it(seen.receiver);
    CHECK_NUMBER(0, totals_of(summary).handed_over);
    dmerp_summary_free(summary);
    dmerp_receiver_free(seen.receiver);
    dmerp_client_free(client);
    CHECK_NUMBER(1, sandbox_waiting("packet"));
}

static void the_waiting_callback(void)
{
    sandbox_reset();
    dmerp_client *client = sandbox_client_with("receive.poll_ms", "50", NULL);
    dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
    struct seen seen = {.thread = pthread_self()};
    dmerp_call *call = NULL;
    dmerp_error *error = NULL;
    dmerp_received *received = JUNK;
    CHECK_OK(dmerp_call_new(&call, &error), &error);
    CHECK_OK(dmerp_call_set_waiting(call, on_waiting, &seen, &error), &error);
    CHECK_STATUS(DMERP_CANCELLED, dmerp_receiver_next(receiver, call, &received, &error), &error);
    CHECK(received == NULL && seen.calls == 3 && !seen.wrong);

    /* A time-out limits next, and only that. */
    CHECK_OK(dmerp_call_set_waiting(call, NULL, NULL, &error), &error);
    CHECK_OK(dmerp_call_set_timeout_ms(call, 300, &error), &error);
    int64_t began_ms = now_ms();
    received = JUNK;
    CHECK_STATUS(DMERP_TIMED_OUT, dmerp_receiver_next(receiver, call, &received, &error), &error);
    CHECK(received == NULL && now_ms() - began_ms >= 290);
    send_one("one");
    done(next_is(receiver, "one"));
    dmerp_call_free(call);
    dmerp_receiver_free(receiver);
    dmerp_client_free(client);
    CHECK_NUMBER(0, sandbox_waiting("packet"));
}

/* ---- Other threads ---------------------------------------------------------------------------------------------- */

/* A next that another thread waits in. */
struct other {
    pthread_t thread;
    dmerp_receiver *receiver;
    dmerp_call *call;
    dmerp_received *received;
    dmerp_status status;
    int64_t ended_ms;
};

static void *run_other(void *user_data)
{
    struct other *other = user_data;
    other->status = dmerp_receiver_next(other->receiver, other->call, &other->received, NULL);
    other->ended_ms = now_ms();
    return NULL;
}

/* Ends it as the other thread waits for packets. */
static void ended_by_another_thread(void (*end)(struct other *), dmerp_status status)
{
    sandbox_reset();
    dmerp_client *client = sandbox_client_with("receive.poll_ms", "60000", NULL);
    struct other other = {.receiver = receive(client, DMERP_KIND_PACKET), .received = JUNK};
    CHECK_OK(dmerp_call_new(&other.call, NULL), NULL);
    CHECK(pthread_create(&other.thread, NULL, run_other, &other) == 0);
    CHECK(sandbox_has_seen("/erp/pull/") && sandbox_has_seen("{\"status\":200}"));
    int64_t ended_ms = now_ms();
    end(&other);
    CHECK(pthread_join(other.thread, NULL) == 0);
    CHECK_STATUS(status, other.status, NULL);
    CHECK(other.received == NULL);
    if (!CHECK(other.ended_ms - ended_ms <= 250))
        fprintf(stderr, "    after %lld ms\n", (long long)(other.ended_ms - ended_ms));
    dmerp_receiver_free(other.receiver);
    dmerp_call_free(other.call);
    dmerp_client_free(client);
    CHECK_NUMBER(0, dmerp_live_handles());
}

static void stop_other(struct other *other)
{
    CHECK_OK(dmerp_receiver_stop(other->receiver, NULL), NULL);
}

static void cancel_other(struct other *other)
{
    CHECK_OK(dmerp_call_cancel(other->call, NULL), NULL);
}

static void close_other(struct other *other)
{
    dmerp_summary_free(close_it(other->receiver));
}

static void free_other(struct other *other)
{
    dmerp_receiver_free(other->receiver);
}

/* After a cancel, close still marks what was done. */
static void a_cancel_ends_next_alone(void)
{
    sandbox_reset();
    send_one("one");
    send_one("two");
    dmerp_client *client = sandbox_client();
    dmerp_receiver *receiver = receive(client, DMERP_KIND_PACKET);
    dmerp_call *call = NULL;
    dmerp_received *received = next_is(receiver, "one");
    dmerp_error *error = JUNK;
    CHECK_OK(dmerp_received_done(received, NULL), NULL);
    dmerp_received_free(received);
    CHECK_OK(dmerp_call_new(&call, NULL), NULL);
    CHECK_OK(dmerp_call_cancel(call, NULL), NULL);
    received = JUNK;
    CHECK_STATUS(DMERP_CANCELLED, dmerp_receiver_next(receiver, call, &received, &error), &error);
    CHECK(received == NULL);
    dmerp_received_free(next_is(receiver, "two"));
    dmerp_summary *summary = close_it(receiver);
    CHECK_NUMBER(1, totals_of(summary).marked);
    dmerp_summary_free(summary);
    dmerp_receiver_free(receiver);
    dmerp_call_free(call);
    dmerp_client_free(client);
    CHECK_NUMBER(1, sandbox_waiting("packet"));
}

/* ---- */

static void run(void)
{
    empties_a_queue(DMERP_KIND_PACKET, DMERP_FORMAT_JSON);
    empties_a_queue(DMERP_KIND_PACKET, DMERP_FORMAT_XML);
    empties_a_queue(DMERP_KIND_FILE, DMERP_FORMAT_JSON);
    empties_a_queue(DMERP_KIND_FILE, DMERP_FORMAT_XML);
    empties_a_queue(DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT);
    what_is_not_done_stays();
    after_the_close();
    one_list_has_one_receiver();
    ends_at_its_limit();
    says_whether_it_is_ready();
    handles();
    frees_in_any_order();
    content_in_files();
    not_downloaded();
    unreadable();
    not_marked();
    wrong_key();
    dead_letters();
    within_callbacks();
    stopped_by_the_log();
    the_waiting_callback();
    ended_by_another_thread(stop_other, DMERP_OK);
    ended_by_another_thread(cancel_other, DMERP_CANCELLED);
    ended_by_another_thread(close_other, DMERP_OK);
    ended_by_another_thread(free_other, DMERP_OK);
    a_cancel_ends_next_alone();
    sandbox_reset();
    CHECK_NUMBER(0, dmerp_live_handles());
}

int main(void)
{
    return check_run(run);
}
