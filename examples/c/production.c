/*
 * A night job: makes one synchronization packet of an ERP's master data, pushes it to several mobile users, and receives and reads
 * what mobile users sent.
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

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LONGEST_PATH = 4096 };

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

static const char *setting(const char *variable)
{
    return getenv(variable);
}

static unsigned long process_id(void)
{
    return (unsigned long)getpid();
}

#endif

/* ---- The packet ---- */

/* True if the packet has no mistake; else tells them. */
static bool is_faultless(const dmerp_buffer *packet)
{
    dmerp_mistakes *mistakes = NULL;
    dmerp_mistake mistake;
    dmerp_error *error = NULL;
    bool good = succeeded(dmerp_packet_check(packet->data, packet->len, &mistakes, &error), &error);
    size_t count = dmerp_mistakes_len(mistakes);
    for (size_t i = 0; i < count; i++) {
        if (!succeeded(dmerp_mistakes_get(mistakes, i, &mistake, &error), &error))
            continue;
        fprintf(stderr, "mistake: line %" PRIu64, mistake.line);
        if (mistake.table != NULL)
            fprintf(stderr, ", table %s", mistake.table);
        if (mistake.record != 0)
            fprintf(stderr, ", record %" PRIu64, mistake.record);
        if (mistake.field != NULL)
            fprintf(stderr, ", field %s", mistake.field);
        fprintf(stderr, ": %s\n", mistake.what);
    }
    dmerp_mistakes_free(mistakes);
    return good && count == 0;
}

/* Makes the packet of the CSV files in the folder. It is for several users, so it names none. */
static bool make_packet(const char *folder, dmerp_buffer *packet)
{
    static const char *const tables[][2] = {
        {"customers.csv", "CUSTOMERS"}, {"items.csv", "ITEMS"}, {"prices.csv", "PRICES"}, {"visits.csv", "VISITS"}};
    char path[LONGEST_PATH];
    dmerp_packet_writer *writer = NULL;
    dmerp_error *error = NULL;
    bool good = succeeded(dmerp_packet_writer_new(NULL, &writer, &error), &error) &&
                succeeded(dmerp_packet_writer_set(writer, "state", "true", &error), &error);
    for (size_t i = 0; good && i < sizeof tables / sizeof tables[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, tables[i][0]);
        good = succeeded(dmerp_packet_writer_table(writer, tables[i][1], NULL, &error), &error) &&
               succeeded(dmerp_packet_writer_csv(writer, DMERP_RECORD_INSERT, path, ',', NULL, &error), &error);
    }
    good = good && succeeded(dmerp_packet_writer_content(writer, packet, &error), &error);
    if (good)
        printf("push: packet of %" PRIu64 " records, %zu bytes\n", dmerp_packet_writer_count(writer), packet->len);
    dmerp_packet_writer_free(writer);
    return good && is_faultless(packet);
}

/*
 * The id follows from user, day and content (FNV-1a). So a job that broke off and runs again the same day pushes the same packet
 * under the same id, and the portal knows it for the same. An ERP with a document number uses that.
 */
static void make_packet_id(char id[64], const char *user, const dmerp_buffer *packet)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *user != '\0'; user++)
        hash = (hash ^ (unsigned char)*user) * UINT64_C(1099511628211);
    for (size_t i = 0; i < packet->len; i++)
        hash = (hash ^ packet->data[i]) * UINT64_C(1099511628211);
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
    size_t content = 0;
    dmerp_buffer packet = {0};
    bool good = make_packet(folder, &packet) && succeeded(dmerp_batch_new(client, &batch, &error), &error) &&
                succeeded(dmerp_batch_content(batch, packet.data, packet.len, &content, &error), &error);
    for (char *user = strtok(users, ","); good && user != NULL; user = strtok(NULL, ",")) {
        char id[64];
        make_packet_id(id, user, &packet);
        printf("push: packet %s of %zu bytes to %s\n", id, packet.len, user);
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
    dmerp_buffer_free(&packet);
    return good;
}

/* How many records of a table a packet has. */
typedef struct count {
    struct count *next;
    uint64_t records;
    char table[]; /* a copy: the record's own name goes with the record */
} count;

/* Counts a record of the table. False if there is no memory for it. */
static bool count_record(count **counts, const char *table)
{
    while (*counts != NULL && strcmp((*counts)->table, table) != 0)
        counts = &(*counts)->next;
    if (*counts == NULL) {
        *counts = calloc(1, sizeof **counts + strlen(table) + 1);
        if (*counts == NULL)
            return false;
        strcpy((*counts)->table, table);
    }
    (*counts)->records++;
    return true;
}

static void free_counts(count *counts)
{
    while (counts != NULL) {
        count *next = counts->next;
        free(counts);
        counts = next;
    }
}

/* Reads a packet, and counts the records of each table. True if it could read all of it; else it leaves it in the queue. */
static bool read_packet(dmerp_received *received, count **counts)
{
    dmerp_packet_reader *reader = NULL;
    dmerp_record record = {0};
    dmerp_error *error = NULL;
    char text[100];
    dmerp_status status = dmerp_packet_reader_new_received(received, &reader, &error);
    while (status == DMERP_OK && (status = dmerp_packet_reader_next(reader, &record, sizeof record, &error)) == DMERP_OK &&
           record.table != NULL) {
        /* An ERP takes the record here: its status, and its fields with dmerp_record_field() and dmerp_value_read(). */
        if (!count_record(counts, record.table))
            status = DMERP_OUT_OF_MEMORY;
    }
    uint64_t skipped = dmerp_packet_reader_skipped(reader);
    bool good = status == DMERP_OK && skipped == 0;
    if (!good) { /* the summary tells why */
        const char *reason = error != NULL ? dmerp_error_message(error) : dmerp_status_meaning(status);
        if (status == DMERP_OK) {
            snprintf(text, sizeof text, "unknown elements were skipped: %" PRIu64, skipped);
            reason = text;
        }
        dmerp_received_keep(received, reason, NULL);
    }
    dmerp_error_free(error);
    dmerp_packet_reader_free(reader);
    return good;
}

/* Saves a packet that was read, says that it is done, and tells it. */
static bool take(dmerp_received *received, const char *path, const count *counts)
{
    dmerp_packet packet = {0};
    dmerp_error *error = NULL;
    if (!succeeded(dmerp_received_packet(received, &packet, &error), &error) ||
        !succeeded(dmerp_received_save_as(received, path, &error), &error) ||
        !succeeded(dmerp_received_done(received, &error), &error)) /* only now that it is on the disk */
        return false;
    printf("receive: packet %s of %s: %" PRIu64 " bytes in %s\n", packet.id,
           packet.mobile_user != NULL ? packet.mobile_user : "(unknown)", dmerp_received_size(received), path);
    for (; counts != NULL; counts = counts->next)
        printf("receive: %" PRIu64 " records of %s\n", counts->records, counts->table);
    return true;
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
    bool good = succeeded(dmerp_client_receive(client, kind, DMERP_FORMAT_XML, &receiver, &error), &error);
    for (unsigned number = 1; good && !interrupted; number++) {
        good = succeeded(dmerp_receiver_next(receiver, call, &received, &error), &error);
        if (received == NULL)
            break; /* the list is empty, or the call failed */
        char path[LONGEST_PATH];
        count *counts = NULL;
        snprintf(path, sizeof path, "%s/%s-%lld-%lu-%04u", folder, name, began, process_id(), number);
        /* A packet that cannot be read holds up no other. But what keeps one from the disk would keep the next one, too. */
        if (kind == DMERP_KIND_FILE || read_packet(received, &counts))
            good = take(received, path, counts);
        free_counts(counts);
        dmerp_received_free(received);
    }
    /* Marks at the portal what is done, also after a failure or Ctrl-C. */
    good = receiver != NULL && succeeded(dmerp_receiver_close(receiver, &summary, &error), &error) && good && !interrupted;
    for (size_t i = 0; i < dmerp_summary_left_len(summary); i++) {
        dmerp_left left;
        good = false;
        if (!succeeded(dmerp_summary_left_get(summary, i, &left, &error), &error))
            continue;
        fprintf(stderr, "left: %s: ", left.id != NULL ? left.id : "?");
        if (left.status != DMERP_OK) /* there is no error behind a packet that was kept */
            fprintf(stderr, "%s: ", dmerp_status_name(left.status));
        fprintf(stderr, "%s\n", left.reason);
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
