/*
 * A night job: makes one synchronization packet of an ERP's master data, pushes it to several mobile users, and receives what
 * mobile users sent.
 *
 *     cc -std=c99 -o production production.c $(pkg-config --cflags --libs dmerp)
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... ./production ../data SOFIA01,SOFIA02 received
 *
 * The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one; DMERP_CA_FILE is a CA to
 * trust beside the platform's. Exit code: 0 when everything was done and no packet was left in the queue, 1 when not, 2 for wrong
 * arguments. Ctrl-C and SIGTERM end it in good order: what was received is still marked done.
 */
#include <dmerp.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h> /* getpid(); the rest is C99 */

enum { MAX_FIELDS = 32, MAX_TEXT = 1024, MAX_PATH = 4096 };

/* ---- What the library tells ---- */

/* True when the call succeeded; else tells the error. Frees it. */
static bool succeeded(dmerp_status status, dmerp_error **error)
{
    if (status != DMERP_OK)
        fprintf(stderr, "failed: %s: %s\n", dmerp_status_name(status), dmerp_error_message(*error));
    dmerp_error_free(*error);
    *error = NULL;
    return status == DMERP_OK;
}

static void on_log(void *user_data, dmerp_log_level level, const char *message)
{
    (void)user_data;
    fprintf(stderr, "dmerp %s: %s\n", level == DMERP_LOG_ERROR ? "error" : "warning", message);
}

/* Tells the progress, at most every 5 seconds. `user_data` is the time of the last line. */
static int32_t on_progress(void *user_data, const dmerp_progress *progress)
{
    time_t *last = user_data;
    if (time(NULL) - *last >= 5) {
        *last = time(NULL);
        printf("    %" PRIu64 " packets, %" PRIu64 " bytes so far\n", progress->packets, progress->done);
    }
    return 0;
}

/* A signal handler must not call the library. So it sets this, and the library asks on_waiting() during each call. */
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static int32_t on_waiting(void *user_data)
{
    (void)user_data;
    return interrupted; /* not 0: the call ends with DMERP_CANCELLED */
}

/* ---- From CSV to a packet ---- */

static void put_escaped(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '\r': fputs("&#13;", out); break;
        default: putc(*text, out); break;
        }
    }
}

/* Reads a field, as RFC 4180 has it. Returns what ended it: ',', '\n' or EOF; 0 if it is too long or broken off. */
static int read_field(FILE *file, char field[MAX_TEXT])
{
    size_t len = 0;
    int c = getc(file);
    bool quoted = c == '"';
    if (quoted)
        c = getc(file);
    for (; quoted ? c != EOF : c != ',' && c != '\n' && c != '\r' && c != EOF; c = getc(file)) {
        if (quoted && c == '"' && (c = getc(file)) != '"') { /* two quotes stand for one; one quote is the end */
            quoted = false;
            break;
        }
        if (len + 1 == MAX_TEXT)
            return 0;
        field[len++] = (char)c;
    }
    field[len] = '\0';
    if (c == '\r')
        c = getc(file);
    return quoted ? 0 : c;
}

/* Writes a file as a table: its first row names the fields, each other row is a record, and a null is left out. */
static bool put_table(FILE *file, const char *table, FILE *out)
{
    static char names[MAX_FIELDS][MAX_TEXT], value[MAX_TEXT];
    size_t count = 0;
    int end = ',';
    while (end == ',' && count < MAX_FIELDS)
        end = read_field(file, names[count++]);
    bool good = end == '\n';
    fprintf(out, "<table tablename=\"%s\">\n", table);
    while (good && (end = getc(file)) != EOF) {
        ungetc(end, file);
        fputs("<r status=\"insert\">", out);
        for (size_t i = 0; good && i < count; i++) {
            end = read_field(file, value);
            good = i + 1 < count ? end == ',' : end == '\n' || end == EOF;
            if (good && value[0] != '\0') {
                fprintf(out, "<%s>", names[i]);
                put_escaped(value, out);
                fprintf(out, "</%s>", names[i]);
            }
        }
        fputs("<state>1</state></r>\n", out);
    }
    fputs("</table>\n", out);
    return good && !ferror(file);
}

/* Returns the packet, for free(); NULL, with a message, if it cannot be made. It is for several users, so it names none. */
static char *make_packet(const char *folder, size_t *len)
{
    static const char *const tables[][2] = {
        {"customers.csv", "CUSTOMERS"}, {"items.csv", "ITEMS"}, {"prices.csv", "PRICES"}, {"visits.csv", "VISITS"}};
    char path[MAX_PATH] = "a temporary file", *packet = NULL;
    errno = 0;
    FILE *out = tmpfile(); /* a packet's size is known only when it is written */
    bool good = out != NULL && fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NavMobileSync>\n", out) >= 0;
    for (size_t i = 0; good && i < sizeof tables / sizeof tables[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, tables[i][0]);
        FILE *file = fopen(path, "rb");
        good = file != NULL && put_table(file, tables[i][1], out);
        if (file != NULL)
            fclose(file);
    }
    if (good && fputs("</NavMobileSync>\n", out) >= 0 && (*len = (size_t)ftell(out)) > 0 && (packet = malloc(*len)) != NULL)
        good = !ferror(out) && fseek(out, 0, SEEK_SET) == 0 && fread(packet, 1, *len, out) == *len;
    if (out != NULL)
        fclose(out);
    if (good && packet != NULL)
        return packet;
    fprintf(stderr, "failed: the packet cannot be made: %s: %s\n", path, errno != 0 ? strerror(errno) : "this is not CSV");
    free(packet);
    return NULL;
}

/*
 * The id follows from user, day and content (FNV-1a). So a job that broke off and runs again the same day pushes the same packet
 * under the same id, and the portal knows it for the same. An ERP with a document number uses that.
 */
static void make_packet_id(char id[64], const char *user, const char *packet, size_t len)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *user != '\0'; user++)
        hash = (hash ^ (unsigned char)*user) * UINT64_C(1099511628211);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)packet[i]) * UINT64_C(1099511628211);
    char day[16] = "";
    time_t now = time(NULL);
    strftime(day, sizeof day, "%Y%m%d", gmtime(&now));
    snprintf(id, 64, "masterdata-%s-%016" PRIx64, day, hash);
}

/* ---- The job ---- */

/* Pushes the packet to each of the users, whose names are separated by commas. */
static bool push(const dmerp_client *client, const dmerp_call *call, const char *folder, char *users)
{
    dmerp_batch *batch = NULL;
    dmerp_results *results = NULL;
    dmerp_error *error = NULL;
    size_t len = 0, content = 0;
    char *packet = make_packet(folder, &len);
    bool good = packet != NULL && succeeded(dmerp_batch_new(client, &batch, &error), &error) &&
                succeeded(dmerp_batch_content(batch, (const uint8_t *)packet, len, &content, &error), &error);
    for (char *user = strtok(users, ","); good && user != NULL; user = strtok(NULL, ",")) {
        char id[64];
        make_packet_id(id, user, packet, len);
        printf("push: packet %s of %zu bytes to %s\n", id, len, user);
        good = succeeded(dmerp_batch_add(batch, user, DMERP_FORMAT_XML, content, id, &error), &error);
    }
    /* The results have the error of each entry; that of the run is the first of them. */
    good = good && dmerp_batch_run(batch, call, &results, NULL) == DMERP_OK;
    for (size_t i = 0; i < dmerp_results_len(results); i++) {
        error = dmerp_results_error(results, i);
        if (succeeded(dmerp_results_status(results, i), &error)) {
            dmerp_pushed *pushed = dmerp_results_pushed(results, i);
            printf("push: stored %s\n", dmerp_pushed_packet_id(pushed));
            dmerp_pushed_free(pushed);
        }
    }
    dmerp_results_free(results);
    dmerp_batch_free(batch);
    free(packet);
    return good;
}

/* Receives what a list holds into files in `folder`. Nothing that came from outside is part of a file's name. */
static bool receive(const dmerp_client *client, const dmerp_call *call, dmerp_packet_kind kind, const char *folder)
{
    const char *name = kind == DMERP_KIND_FILE ? "file" : "packet";
    long long began = (long long)time(NULL);
    dmerp_receiver *receiver = NULL;
    dmerp_received *received = NULL;
    dmerp_summary *summary = NULL;
    dmerp_error *error = NULL;
    bool good = succeeded(dmerp_client_receive(client, kind, DMERP_FORMAT_DEFAULT, &receiver, &error), &error);
    for (unsigned number = 1; good && !interrupted; number++) {
        good = succeeded(dmerp_receiver_next(receiver, call, &received, &error), &error);
        if (received == NULL)
            break; /* the list is empty, or the call failed */
        char path[MAX_PATH];
        dmerp_packet packet = {0};
        snprintf(path, sizeof path, "%s/%s-%lld-%ld-%04u", folder, name, began, (long)getpid(), number);
        /* It is done only when it is on the disk. If that fails, it would fail for the next one, too: the loop ends. */
        good = succeeded(dmerp_received_packet(received, &packet, &error), &error) &&
               succeeded(dmerp_received_save_as(received, path, &error), &error) &&
               succeeded(dmerp_received_done(received, &error), &error);
        if (good)
            printf("receive: packet %s of %s: %" PRIu64 " bytes in %s\n", packet.id,
                   packet.mobile_user != NULL ? packet.mobile_user : "(unknown)", dmerp_received_size(received), path);
        dmerp_received_free(received);
    }
    /* Marks at the portal what is done, also after a failure or Ctrl-C. */
    good = receiver != NULL && succeeded(dmerp_receiver_close(receiver, &summary, &error), &error) && good && !interrupted;
    for (size_t i = 0; i < dmerp_summary_left_len(summary); i++) {
        dmerp_left left;
        good = false;
        if (succeeded(dmerp_summary_left_get(summary, i, &left, &error), &error))
            fprintf(stderr, "left: %s: %s: %s\n", left.id != NULL ? left.id : "?", dmerp_status_name(left.status), left.reason);
    }
    dmerp_summary_free(summary);
    dmerp_receiver_free(receiver);
    return good;
}

/* Sets an option from an environment variable, if that is there. */
static bool set_from(const char *variable, dmerp_config *config, const char *key)
{
    const char *value = getenv(variable);
    dmerp_error *error = NULL;
    return value == NULL || succeeded(dmerp_config_set(config, key, value, &error), &error);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: production DATA_FOLDER MOBILE_USERS FOLDER\n");
        return 2;
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    time_t shown = time(NULL);
    dmerp_config *config = NULL;
    dmerp_client *client = NULL;
    dmerp_call *call = NULL;
    dmerp_error *error = NULL;
    bool good = succeeded(dmerp_config_new(&config, &error), &error) && set_from("DMERP_APP_AREA", config, "app_area") &&
                set_from("DMERP_API_KEY", config, "api_key") && set_from("DMERP_BASE_URL", config, "base_url") &&
                set_from("DMERP_CA_FILE", config, "tls.ca_file") &&
                succeeded(dmerp_config_set_log(config, DMERP_LOG_WARNING, on_log, NULL, &error), &error) &&
                succeeded(dmerp_client_new(config, &client, &error), &error) &&
                succeeded(dmerp_call_new(&call, &error), &error) &&
                succeeded(dmerp_call_set_progress(call, on_progress, &shown, &error), &error) &&
                succeeded(dmerp_call_set_waiting(call, on_waiting, NULL, &error), &error) &&
                succeeded(dmerp_client_check(client, call, &error), &error);
    if (good) { /* a failure of one part does not keep the others from their work */
        good = push(client, call, argv[1], argv[2]);
        good = receive(client, call, DMERP_KIND_PACKET, argv[3]) && good;
        good = receive(client, call, DMERP_KIND_FILE, argv[3]) && good;
    }
    dmerp_call_free(call);
    dmerp_client_free(client);
    dmerp_config_free(config);
    if (dmerp_live_handles() != 0) { /* a defect in this program */
        fprintf(stderr, "failed: %zu handles were not freed\n", dmerp_live_handles());
        good = false;
    }
    printf(good ? "all done\n" : "not all done\n");
    return good ? 0 : 1;
}
