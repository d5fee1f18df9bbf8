/*
 * A full round trip with dmerp in C: makes a synchronization packet of an ERP's master data, pushes it to a mobile user,
 * then pulls what mobile users sent, keeps it safely, and only then marks it done.
 *
 * Compile it where pkg-config finds dmerp (for a prefix of your own, put <prefix>/lib/pkgconfig into PKG_CONFIG_PATH):
 *
 *     cc -std=c99 -o roundtrip roundtrip.c $(pkg-config --cflags --libs dmerp) -pthread
 *
 * Run it with the settings in the environment:
 *
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... ./roundtrip ../data SOFIA01 received
 *
 *     DMERP_APP_AREA  the application area          DMERP_BASE_URL  the portal, if it is not the public one
 *     DMERP_API_KEY   the area's API key            DMERP_CA_FILE   a CA to trust beside the platform's
 *
 * The last argument is an existing folder for what is received. Exit code: 0 when everything was done, 1 when not, 2 for
 * wrong arguments. Ctrl-C ends the call that is running, and so the program, in an orderly way.
 *
 * It runs on POSIX systems; of dmerp it uses nothing that would not be the same on Windows.
 */

#define _POSIX_C_SOURCE 200809L

#include <dmerp.h>

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- Text that grows -------------------------------------------------------------------------------------------- */

/* After a failure to get memory, `failed` is set and whatever is added is dropped: look once, at the end. */
struct text {
    char *bytes;
    size_t len;
    size_t room;
    bool failed;
};

static void text_add(struct text *text, const char *bytes, size_t len)
{
    if (!text->failed && text->room - text->len < len) {
        size_t room = text->room + len + text->room / 2 + 1024;
        char *more = realloc(text->bytes, room);
        if (more == NULL) {
            text->failed = true;
        } else {
            text->bytes = more;
            text->room = room;
        }
    }
    if (!text->failed && len > 0) {
        memcpy(text->bytes + text->len, bytes, len);
        text->len += len;
    }
}

static void text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

/* Adds what stands for `bytes` in XML, in an element or an attribute. */
static void text_add_escaped(struct text *text, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (bytes[i]) {
        case '&': text_add_string(text, "&amp;"); break;
        case '<': text_add_string(text, "&lt;"); break;
        case '>': text_add_string(text, "&gt;"); break;
        case '"': text_add_string(text, "&quot;"); break;
        case '\r': text_add_string(text, "&#13;"); break;
        default: text_add(text, &bytes[i], 1); break;
        }
    }
}

static void text_free(struct text *text)
{
    free(text->bytes);
    memset(text, 0, sizeof *text);
}

/* ---- From CSV to a packet --------------------------------------------------------------------------------------- */

static const struct {
    const char *file;
    const char *table;
} TABLES[] = {
    {"customers.csv", "CUSTOMERS"},
    {"items.csv", "ITEMS"},
    {"prices.csv", "PRICES"},
    {"visits.csv", "VISITS"},
};

enum { MAX_FIELDS = 32, MAX_PATH = 4096 };

/* A row of a CSV file: the fields' texts, one after the other, in `bytes`. */
struct row {
    struct text bytes;
    size_t begin[MAX_FIELDS];
    size_t len[MAX_FIELDS];
    size_t count;
};

/* Reads the next row, as RFC 4180 has it. Returns 1 for a row, 0 at the end of the file, -1 for what is no CSV. */
static int read_row(FILE *file, struct row *row)
{
    row->bytes.len = 0;
    row->count = 0;
    int c = getc(file);
    if (c == EOF)
        return ferror(file) ? -1 : 0;
    for (;;) {
        if (row->count == MAX_FIELDS)
            return -1;
        row->begin[row->count] = row->bytes.len;
        bool quoted = c == '"';
        if (quoted)
            c = getc(file);
        for (;; c = getc(file)) {
            if (quoted && c == '"') {
                c = getc(file);
                if (c != '"')
                    break; /* the closing quote */
            } else if (quoted ? c == EOF : c == ',' || c == '\n' || c == '\r' || c == EOF) {
                break;
            }
            char byte = (char)c;
            text_add(&row->bytes, &byte, 1);
        }
        row->len[row->count] = row->bytes.len - row->begin[row->count];
        row->count++;
        if (c == ',') {
            c = getc(file);
            continue;
        }
        if (c == '\r')
            c = getc(file);
        bool ended = c == '\n' || (c == EOF && !quoted);
        return ended && !ferror(file) && !row->bytes.failed ? 1 : -1;
    }
}

static void add_record(struct text *packet, const struct row *names, const struct row *row)
{
    text_add_string(packet, "<r status=\"insert\">");
    for (size_t i = 0; i < row->count; i++) {
        if (row->len[i] == 0)
            continue; /* a null is left out */
        const char *name = names->bytes.bytes + names->begin[i];
        text_add_string(packet, "<");
        text_add(packet, name, names->len[i]);
        text_add_string(packet, ">");
        text_add_escaped(packet, row->bytes.bytes + row->begin[i], row->len[i]);
        text_add_string(packet, "</");
        text_add(packet, name, names->len[i]);
        text_add_string(packet, ">");
    }
    text_add_string(packet, "<state>1</state></r>\n");
}

/* Adds a file as a table; false, with a message, if that cannot be done. */
static bool add_table(struct text *packet, const char *folder, const char *name, const char *table)
{
    char path[MAX_PATH];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    errno = ENAMETOOLONG;
    FILE *file = len > 0 && (size_t)len < sizeof path ? fopen(path, "rb") : NULL;
    if (file == NULL) {
        fprintf(stderr, "cannot open %s in %s: %s\n", name, folder, strerror(errno));
        return false;
    }
    struct row names = {0};
    struct row row = {0};
    size_t rows = 0;
    int more = read_row(file, &names);
    if (more == 1) {
        text_add_string(packet, "<table tablename=\"");
        text_add_escaped(packet, table, strlen(table));
        text_add_string(packet, "\">\n");
        while ((more = read_row(file, &row)) == 1 && row.count == names.count) {
            add_record(packet, &names, &row);
            rows++;
        }
        text_add_string(packet, "</table>\n");
    }
    bool good = more == 0 && rows > 0;
    if (!good)
        fprintf(stderr, "%s: row %zu cannot be used\n", path, rows + 1);
    text_free(&names.bytes);
    text_free(&row.bytes);
    fclose(file);
    return good;
}

static bool make_packet(struct text *packet, const char *folder, const char *mobile_user)
{
    text_add_string(packet, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NavMobileSync salesmancode=\"");
    text_add_escaped(packet, mobile_user, strlen(mobile_user));
    text_add_string(packet, "\">\n");
    for (size_t i = 0; i < sizeof TABLES / sizeof TABLES[0]; i++) {
        if (!add_table(packet, folder, TABLES[i].file, TABLES[i].table))
            return false;
    }
    text_add_string(packet, "</NavMobileSync>\n");
    if (packet->failed)
        fprintf(stderr, "out of memory\n");
    return !packet->failed;
}

/*
 * The id follows from the user, the day and the content (FNV-1a). So a job that broke off and runs again the same day pushes
 * the same packet under the same id, and the portal knows it for the same. An ERP with a document number would use that.
 */
static void make_packet_id(char *id, size_t size, const char *mobile_user, const struct text *packet)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *user = mobile_user; *user != '\0'; user++)
        hash = (hash ^ (unsigned char)*user) * UINT64_C(1099511628211);
    for (size_t i = 0; i < packet->len; i++)
        hash = (hash ^ (unsigned char)packet->bytes[i]) * UINT64_C(1099511628211);
    char day[16] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) != NULL)
        strftime(day, sizeof day, "%Y%m%d", &utc);
    snprintf(id, size, "masterdata-%s-%016" PRIx64, day, hash);
}

/* ---- What dmerp tells ------------------------------------------------------------------------------------------- */

static const char *or_nothing(const char *text)
{
    return text != NULL ? text : "(none)";
}

/*
 * True when the call succeeded. Else tells all there is to know about the failure, and frees the error. It takes the error's
 * place, so that a call can stand among the arguments, in whatever order they are evaluated.
 */
static bool succeeded(const char *step, dmerp_status status, dmerp_error **place)
{
    if (status == DMERP_OK)
        return true;
    dmerp_error *error = *place;
    const char *message = dmerp_error_message(error);
    fprintf(stderr, "%s failed: %s\n", step, message != NULL ? message : or_nothing(dmerp_status_meaning(status)));
    fprintf(stderr, "    status:         %s (%" PRId32 ")\n", or_nothing(dmerp_status_name(status)), status);
    fprintf(stderr, "    to do:          %s\n", or_nothing(dmerp_status_action(status)));
    fprintf(stderr, "    server said:    %s\n", or_nothing(dmerp_error_server_message(error)));
    fprintf(stderr, "    HTTP status:    %" PRId32 "\n", dmerp_error_http_status(error));
    fprintf(stderr, "    packet:         %s\n", or_nothing(dmerp_error_packet_id(error)));
    fprintf(stderr, "    requests made:  %" PRIu32 "\n", dmerp_error_attempts(error));
    fprintf(stderr, "    retry can help: %s\n", dmerp_error_is_retryable(error) ? "yes" : "no");
    if (dmerp_error_retry_after_ms(error) > 0)
        fprintf(stderr, "    but not before: %" PRIu64 " ms\n", dmerp_error_retry_after_ms(error));
    if (dmerp_error_is_outcome_unknown(error))
        fprintf(stderr, "    it may have been done: no answer came\n");
    dmerp_error_free(error);
    *place = NULL;
    return false;
}

static void on_log(void *user_data, dmerp_log_level level, const char *message)
{
    (void)user_data;
    fprintf(stderr, "dmerp %s: %s\n", level == DMERP_LOG_ERROR ? "error" : "warning", message);
}

/* Shows a transfer's progress, at most a line each quarter, and its end. */
struct progress {
    uint64_t quarters;
};

static int32_t on_progress(void *user_data, uint64_t done, uint64_t total)
{
    struct progress *progress = user_data;
    uint64_t quarters = total > 0 ? done / (total / 4 + 1) : 0;
    if (done < total && quarters == progress->quarters)
        return 0;
    progress->quarters = done < total ? quarters : 0;
    printf("    %" PRIu64 " of %" PRIu64 " bytes\n", done, total);
    return 0;
}

/* ---- Ctrl-C ----------------------------------------------------------------------------------------------------- */

/*
 * The signals are blocked in every thread and taken by one that waits for them: a signal handler could not call the library.
 * SIGUSR1 is how main tells that thread to end.
 */
struct watcher {
    sigset_t signals;
    dmerp_call *call;
    pthread_t thread;
};

static void *watch(void *user_data)
{
    const struct watcher *watcher = user_data;
    int number = 0;
    while (sigwait(&watcher->signals, &number) == 0 && number != SIGUSR1) {
        fprintf(stderr, "interrupted\n");
        dmerp_error *error = NULL;
        succeeded("cancel", dmerp_call_cancel(watcher->call, &error), &error);
    }
    return NULL;
}

static bool watcher_start(struct watcher *watcher, dmerp_call *call)
{
    watcher->call = call;
    sigemptyset(&watcher->signals);
    sigaddset(&watcher->signals, SIGINT);
    sigaddset(&watcher->signals, SIGTERM);
    sigaddset(&watcher->signals, SIGUSR1);
    int problem = pthread_sigmask(SIG_BLOCK, &watcher->signals, NULL);
    if (problem == 0)
        problem = pthread_create(&watcher->thread, NULL, watch, watcher);
    if (problem != 0)
        fprintf(stderr, "cannot watch for Ctrl-C: %s\n", strerror(problem));
    return problem == 0;
}

static void watcher_stop(struct watcher *watcher)
{
    pthread_kill(watcher->thread, SIGUSR1);
    pthread_join(watcher->thread, NULL);
}

/* ---- The round trip --------------------------------------------------------------------------------------------- */

struct round_trip {
    dmerp_client *client;
    dmerp_call *call;
    const char *data;
    const char *mobile_user;
    const char *received;
    char run[32]; /* begins the names of the files that this run writes */
};

static bool push(const struct round_trip *trip)
{
    struct text packet = {0};
    dmerp_pushed *pushed = NULL;
    bool good = make_packet(&packet, trip->data, trip->mobile_user);
    if (good) {
        char id[64];
        make_packet_id(id, sizeof id, trip->mobile_user, &packet);
        printf("push: packet %s of %zu bytes to %s\n", id, packet.len, trip->mobile_user);
        dmerp_error *error = NULL;
        dmerp_status status = dmerp_client_push(trip->client, trip->mobile_user, DMERP_FORMAT_XML,
                                                (const uint8_t *)packet.bytes, packet.len, id, trip->call, &pushed, &error);
        good = succeeded("push", status, &error);
    }
    if (good)
        printf("push: %" PRIu64 " bytes acknowledged; the portal calls it %s\n", dmerp_pushed_size(pushed),
               or_nothing(dmerp_pushed_sync_log_id(pushed)));
    dmerp_pushed_free(pushed);
    text_free(&packet);
    return good;
}

/*
 * Writes a packet to the disk for good: the file has its name only when it is whole. An ERP would book it in one transaction of
 * its database instead.
 */
static bool write_durably(const char *path, const uint8_t *bytes, size_t len)
{
    char part[MAX_PATH + sizeof ".part"];
    snprintf(part, sizeof part, "%s.part", path);
    FILE *file = fopen(part, "wb");
    bool good = file != NULL;
    if (good) {
        good = (len == 0 || fwrite(bytes, 1, len, file) == len) && fflush(file) == 0 && fsync(fileno(file)) == 0;
        good = fclose(file) == 0 && good;
        good = good && rename(part, path) == 0;
    }
    if (!good) {
        fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
        remove(part);
    }
    return good;
}

/* Downloads one listed packet and keeps it, and tells how that ended. Nothing that came from outside becomes part of the path. */
static dmerp_status receive_one(const struct round_trip *trip, dmerp_packet_kind kind, const dmerp_packet *packet, unsigned number)
{
    char path[MAX_PATH];
    int len = snprintf(path, sizeof path, "%s/%s-%s-%04u", trip->received, kind == DMERP_KIND_FILE ? "file" : "packet",
                       trip->run, number);
    if (len < 0 || (size_t)len >= sizeof path) {
        fprintf(stderr, "the path of the folder for received packets is too long\n");
        return DMERP_FILE_ERROR;
    }
    dmerp_status status;
    uint64_t size = 0;
    dmerp_error *error = NULL;
    if (kind == DMERP_KIND_FILE) {
        /* Of any size: it never is in memory as a whole. */
        status = dmerp_client_download_file(trip->client, packet->url, path, trip->call, &size, &error);
        succeeded("download of a file", status, &error);
    } else {
        dmerp_buffer content = {0};
        status = dmerp_client_download(trip->client, packet->url, trip->call, &content, &error);
        if (succeeded("download of a packet", status, &error) && !write_durably(path, content.data, content.len))
            status = DMERP_FILE_ERROR;
        size = content.len;
        dmerp_buffer_free(&content);
    }
    if (status == DMERP_OK)
        printf("    packet %s of %s: %" PRIu64 " bytes in %s\n", packet->id, or_nothing(packet->mobile_user), size, path);
    return status;
}

/* Whether what failed for one packet would fail for the others as well; else it is about that packet alone. */
static bool concerns_all(dmerp_status status)
{
    return status == DMERP_CANCELLED || status == DMERP_FILE_ERROR || dmerp_status_is_retryable(status);
}

/*
 * Marks what was kept, and tells of each that could not be: it comes again. With a control of its own, so that it is marked also
 * after Ctrl-C has cancelled the other.
 */
static bool mark_done(const struct round_trip *trip, dmerp_packet_kind kind, const dmerp_receipt *receipts, size_t count)
{
    dmerp_call *call = NULL;
    dmerp_results *results = NULL;
    dmerp_error *error = NULL;
    bool good = succeeded("a control", dmerp_call_new(&call, &error), &error) &&
                succeeded("a time-out", dmerp_call_set_timeout_ms(call, 60 * 1000, &error), &error) &&
                succeeded("done",
                          dmerp_client_done(trip->client, receipts, count, kind, DMERP_FORMAT_DEFAULT, call, &results, &error),
                          &error);
    size_t marked = 0;
    for (size_t i = 0; i < dmerp_results_len(results); i++) {
        if (dmerp_results_status(results, i) == DMERP_OK)
            marked++;
        else
            fprintf(stderr, "not marked: packet %s\n", receipts[i].id);
    }
    printf("done: %zu of %zu marked in the %s list\n", marked, count, kind == DMERP_KIND_FILE ? "file" : "packet");
    dmerp_results_free(results);
    dmerp_call_free(call);
    return good;
}

/* Tells of the entries that cannot be used; true if there are none. They are listed again, so somebody has to look. */
static bool tell_unreadable(const dmerp_packets *packets)
{
    size_t count = dmerp_packets_unreadable_len(packets);
    for (size_t i = 0; i < count; i++) {
        dmerp_unreadable entry;
        dmerp_error *error = NULL;
        if (succeeded("reading the list", dmerp_packets_unreadable_get(packets, i, &entry, &error), &error))
            fprintf(stderr, "entry %zu of the list cannot be used: %s; packet %s\n", entry.place, entry.reason,
                    or_nothing(entry.id));
    }
    return count == 0;
}

/*
 * Receives what a list holds at the moment. The same packet can be listed again later, so an ERP must be able to take one
 * twice. One that cannot be had does not hold up the others; it comes again. What was kept is marked done, whatever failed.
 */
static bool receive(const struct round_trip *trip, dmerp_packet_kind kind)
{
    dmerp_error *error = NULL;
    dmerp_packets *packets = NULL;
    dmerp_status status = dmerp_client_pull(trip->client, kind, DMERP_FORMAT_DEFAULT, trip->call, &packets, &error);
    if (!succeeded("pull", status, &error))
        return false;

    size_t count = dmerp_packets_len(packets);
    printf("pull: %zu in the %s list\n", count, kind == DMERP_KIND_FILE ? "file" : "packet");
    dmerp_receipt *receipts = calloc(count > 0 ? count : 1, sizeof *receipts);
    bool good = tell_unreadable(packets);
    if (receipts == NULL) {
        fprintf(stderr, "out of memory\n");
        good = false;
    }
    size_t kept = 0;
    status = DMERP_OK;
    for (size_t i = 0; receipts != NULL && i < count && !concerns_all(status); i++) {
        dmerp_packet packet;
        status = dmerp_packets_get(packets, i, &packet, &error);
        if (succeeded("reading the list", status, &error))
            status = receive_one(trip, kind, &packet, (unsigned)i + 1);
        if (status == DMERP_OK) {
            receipts[kept].id = packet.id; /* borrowed from `packets` */
            receipts[kept].receipt_handle = packet.receipt_handle;
            kept++;
        } else {
            good = false;
        }
    }
    if (kept > 0)
        good = mark_done(trip, kind, receipts, kept) && good;
    free(receipts);
    dmerp_packets_free(packets);
    return good;
}

static bool run(const struct round_trip *trip)
{
    dmerp_error *error = NULL;
    dmerp_status status = dmerp_client_check(trip->client, trip->call, &error);
    if (!succeeded("check of the settings", status, &error))
        return false;
    printf("check: the settings are good\n");
    if (!push(trip))
        return false;
    bool packets = receive(trip, DMERP_KIND_PACKET);
    return receive(trip, DMERP_KIND_FILE) && packets;
}

/* ---- Setting up ------------------------------------------------------------------------------------------------- */

/* Sets an option from an environment variable. */
static bool set_from(dmerp_config *config, const char *key, const char *variable, bool required)
{
    const char *value = getenv(variable);
    if (value == NULL || *value == '\0') {
        if (required)
            fprintf(stderr, "%s is not set\n", variable);
        return !required;
    }
    dmerp_error *error = NULL;
    return succeeded(variable, dmerp_config_set(config, key, value, &error), &error);
}

static bool make_client(dmerp_client **client)
{
    dmerp_config *config = NULL;
    dmerp_error *error = NULL;
    bool good = succeeded("a configuration", dmerp_config_new(&config, &error), &error) &&
                set_from(config, "base_url", "DMERP_BASE_URL", false) &&
                set_from(config, "app_area", "DMERP_APP_AREA", true) &&
                set_from(config, "api_key", "DMERP_API_KEY", true) &&
                set_from(config, "tls.ca_file", "DMERP_CA_FILE", false) &&
                succeeded("logging", dmerp_config_set_log(config, DMERP_LOG_WARNING, on_log, NULL, &error), &error) &&
                succeeded("a client", dmerp_client_new(config, client, &error), &error);
    dmerp_config_free(config);
    return good;
}

static bool make_call(dmerp_call **call, struct progress *progress)
{
    dmerp_error *error = NULL;
    return succeeded("a call", dmerp_call_new(call, &error), &error) &&
           succeeded("progress", dmerp_call_set_progress(*call, on_progress, progress, &error), &error) &&
           succeeded("a time-out", dmerp_call_set_timeout_ms(*call, 10 * 60 * 1000, &error), &error);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s DATA_FOLDER MOBILE_USER FOLDER_FOR_WHAT_IS_RECEIVED\n", argc > 0 ? argv[0] : "roundtrip");
        return 2;
    }
    if (dmerp_abi_version() != DMERP_ABI_VERSION) {
        fprintf(stderr, "this program was not made for dmerp %s\n", dmerp_version());
        return 1;
    }
    struct round_trip trip = {.data = argv[1], .mobile_user = argv[2], .received = argv[3]};
    snprintf(trip.run, sizeof trip.run, "%lld-%ld", (long long)time(NULL), (long)getpid());

    struct progress progress = {0};
    struct watcher watcher;
    bool good = make_client(&trip.client) && make_call(&trip.call, &progress) && watcher_start(&watcher, trip.call);
    if (good) {
        good = run(&trip);
        watcher_stop(&watcher);
    }
    dmerp_call_free(trip.call);
    dmerp_client_free(trip.client);

    size_t leaked = dmerp_live_handles();
    if (leaked != 0) {
        fprintf(stderr, "%zu handles were not freed\n", leaked);
        good = false;
    }
    printf(good ? "all done\n" : "not all done\n");
    return good ? 0 : 1;
}
