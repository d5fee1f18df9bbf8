/*
 * A night job: makes one synchronization packet of an ERP's master data, pushes it to several mobile users, and receives what
 * mobile users sent.
 *
 *     cc -std=c99 -o production production.c $(pkg-config --cflags --libs dmerp)
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... ./production ../data SOFIA01,SOFIA02 received
 *
 * On Windows, with dmerp.dll beside the program: `cl /I include production.c lib\\dmerp.lib`, or
 * `gcc -municode -Iinclude production.c -Llib -ldmerp` with MinGW.
 *
 * The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one; DMERP_CA_FILE is a CA to
 * trust beside the platform's. Exit code: 0 when everything was done and no packet was left in the queue, 1 when not, 2 for wrong
 * arguments. Ctrl-C ends it in good order: what was received is still marked done. So do SIGTERM, and on Windows Ctrl-Break and the
 * close of its console.
 */
#ifdef _WIN32
#define _CRT_SECURE_NO_WARNINGS /* Microsoft's compiler warns of standard C */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <unistd.h> /* getpid(); the rest is C99 */
#endif

#include <dmerp.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_FIELDS = 32, MAX_TEXT = 1024, LONGEST_PATH = 4096 };

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

/* Set when the program is to end. What sets it must not call the library: the library asks on_waiting() during each call. */
static volatile sig_atomic_t interrupted;

static int32_t on_waiting(void *user_data)
{
    (void)user_data;
    return interrupted; /* not 0: the call ends with DMERP_CANCELLED */
}

/* ---- What is different on Windows ---- */

#ifdef _WIN32

/*
 * Windows calls this on a thread of its own. After Ctrl-C and Ctrl-Break the program goes on. But when its console is closed,
 * Windows ends the program as soon as this returns, and after 5 seconds anyway: the marks must be done by then (CLOSE_MS).
 */
static BOOL WINAPI on_event(DWORD event)
{
    interrupted = 1;
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        Sleep(INFINITE); /* the end of the program ends this, too */
    return TRUE;
}

/* The library has its text in UTF-8. Windows has it in UTF-16; what its functions without a w take depends on the machine. */
static bool to_utf8(const wchar_t *wide, char text[LONGEST_PATH])
{
    return WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, text, LONGEST_PATH, NULL, NULL) > 0;
}

static bool to_wide(const char *text, wchar_t wide[LONGEST_PATH])
{
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, wide, LONGEST_PATH) > 0;
}

static FILE *open_to_read(const char *path)
{
    static wchar_t wide[LONGEST_PATH];
    return to_wide(path, wide) ? _wfopen(wide, L"rb") : NULL;
}

/* An environment variable, NULL if it is not there. Valid until the next one. */
static const char *setting(const char *variable)
{
    static wchar_t wide[LONGEST_PATH];
    static char value[LONGEST_PATH];
    const wchar_t *found = to_wide(variable, wide) ? _wgetenv(wide) : NULL;
    return found != NULL && to_utf8(found, value) ? value : NULL;
}

static unsigned long process_id(void)
{
    return GetCurrentProcessId();
}

#else

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static FILE *open_to_read(const char *path)
{
    return fopen(path, "rb");
}

static const char *setting(const char *variable)
{
    return getenv(variable);
}

static unsigned long process_id(void)
{
    return (unsigned long)getpid();
}

#endif

/* ---- From CSV to a packet ---- */

/* A text that grows; for want of memory it ends, and `bytes` is NULL. */
struct text {
    char *bytes;
    size_t len, room;
};

static void put_bytes(struct text *text, const char *more, size_t len)
{
    if (text->bytes != NULL && len > text->room - text->len) {
        size_t room = 2 * text->room + len;
        char *bytes = realloc(text->bytes, room);
        if (bytes == NULL)
            free(text->bytes);
        text->bytes = bytes;
        text->room = room;
    }
    if (text->bytes != NULL) {
        memcpy(text->bytes + text->len, more, len);
        text->len += len;
    }
}

static void put(struct text *text, const char *more)
{
    put_bytes(text, more, strlen(more));
}

static void put_escaped(struct text *text, const char *more)
{
    for (; *more != '\0'; more++) {
        switch (*more) {
        case '&': put(text, "&amp;"); break;
        case '<': put(text, "&lt;"); break;
        case '>': put(text, "&gt;"); break;
        case '\r': put(text, "&#13;"); break;
        default: put_bytes(text, more, 1); break;
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

/* Adds a file as a table: its first row names the fields, each other row is a record, and a null is left out. */
static bool put_table(FILE *file, const char *table, struct text *out)
{
    static char names[MAX_FIELDS][MAX_TEXT], value[MAX_TEXT];
    size_t count = 0;
    int end = ',';
    while (end == ',' && count < MAX_FIELDS)
        end = read_field(file, names[count++]);
    bool good = end == '\n';
    put(out, "<table tablename=\"");
    put(out, table);
    put(out, "\">\n");
    while (good && (end = getc(file)) != EOF) {
        ungetc(end, file);
        put(out, "<r status=\"insert\">");
        for (size_t i = 0; good && i < count; i++) {
            end = read_field(file, value);
            good = i + 1 < count ? end == ',' : end == '\n' || end == EOF;
            if (good && value[0] != '\0') {
                put(out, "<");
                put(out, names[i]);
                put(out, ">");
                put_escaped(out, value);
                put(out, "</");
                put(out, names[i]);
                put(out, ">");
            }
        }
        put(out, "<state>1</state></r>\n");
    }
    put(out, "</table>\n");
    return good && !ferror(file);
}

/* Returns the packet, for free(); NULL, with a message, if it cannot be made. It is for several users, so it names none. */
static char *make_packet(const char *folder, size_t *len)
{
    static const char *const tables[][2] = {
        {"customers.csv", "CUSTOMERS"}, {"items.csv", "ITEMS"}, {"prices.csv", "PRICES"}, {"visits.csv", "VISITS"}};
    char path[LONGEST_PATH] = "";
    struct text packet = {malloc(1), 0, 1};
    bool good = true;
    errno = 0;
    put(&packet, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NavMobileSync>\n");
    for (size_t i = 0; good && i < sizeof tables / sizeof tables[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, tables[i][0]);
        FILE *file = open_to_read(path);
        good = file != NULL && put_table(file, tables[i][1], &packet);
        if (file != NULL)
            fclose(file);
    }
    put(&packet, "</NavMobileSync>\n");
    *len = packet.len;
    if (good && packet.bytes != NULL)
        return packet.bytes;
    fprintf(stderr, "failed: the packet cannot be made: %s: %s\n", path, errno != 0 ? strerror(errno) : "this is not CSV");
    free(packet.bytes);
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
        char path[LONGEST_PATH];
        dmerp_packet packet = {0};
        snprintf(path, sizeof path, "%s/%s-%lld-%lu-%04u", folder, name, began, process_id(), number);
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

/* How long the close of a receiver may take to mark what is done: shorter than the time that systems give a program to end. */
#define CLOSE_MS "3000"

/* Sets an option from an environment variable, if that is there. */
static bool set_from(const char *variable, dmerp_config *config, const char *key)
{
    const char *value = setting(variable);
    dmerp_error *error = NULL;
    return value == NULL || succeeded(dmerp_config_set(config, key, value, &error), &error);
}

static int run(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: production DATA_FOLDER MOBILE_USERS FOLDER\n");
        return 2;
    }
    time_t shown = time(NULL);
    dmerp_config *config = NULL;
    dmerp_client *client = NULL;
    dmerp_call *call = NULL;
    dmerp_error *error = NULL;
    bool good = succeeded(dmerp_config_new(&config, &error), &error) && set_from("DMERP_APP_AREA", config, "app_area") &&
                set_from("DMERP_API_KEY", config, "api_key") && set_from("DMERP_BASE_URL", config, "base_url") &&
                set_from("DMERP_CA_FILE", config, "tls.ca_file") &&
                succeeded(dmerp_config_set(config, "receive.close_ms", CLOSE_MS, &error), &error) &&
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

#ifdef _WIN32
int wmain(int argc, wchar_t **argv)
{
    static char texts[4][LONGEST_PATH];
    char *arguments[4];
    for (int i = 0; i < 4 && i < argc; i++) {
        arguments[i] = texts[i];
        if (!to_utf8(argv[i], texts[i])) {
            fprintf(stderr, "failed: argument %d is too long, or not Unicode\n", i);
            return 2;
        }
    }
    SetConsoleOutputCP(CP_UTF8);
    SetConsoleCtrlHandler(on_event, TRUE);
    return run(argc, arguments);
}
#else
int main(int argc, char **argv)
{
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    return run(argc, argv);
}
#endif
