/*
 * loader DMERP.DLL COPY.DLL: a host that loads the DLL and frees it again and again, as hosts of plug-ins do: without a use, with a
 * use on its main thread, on a thread that ends, and on one that goes on after FreeLibrary(). Each process has 1,088 TLS indexes: a
 * DLL that loses some with each load ends it sooner or later. Then two copies of the DLL in one process.
 *
 * Against a sandbox: DMERP_BASE_URL, DMERP_APP_AREA, DMERP_API_KEY.
 */

#include "../c/check.h"
#include "../c/loaded.h"

#include <tlhelp32.h>

enum { ROUNDS = 2000, CHECK_EACH = 100, WAIT_MS = 60000 };

static const char *library;

static void configure(const struct loaded *dmerp, dmerp_config *config)
{
    static const char *const settings[][2] = {
        {"base_url", "DMERP_BASE_URL"}, {"app_area", "DMERP_APP_AREA"}, {"api_key", "DMERP_API_KEY"}};
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        CHECK(dmerp->config_set(config, settings[i][0], getenv(settings[i][1]), NULL) == DMERP_OK);
    CHECK(dmerp->config_set(config, "proxy", "none", NULL) == DMERP_OK);
}

/* Makes a client and frees it; `with_call`: and sends a request with it. */
static void use(const struct loaded *dmerp, bool with_call)
{
    dmerp_config *config = NULL;
    dmerp_client *client = NULL;
    CHECK(dmerp->config_new(&config, NULL) == DMERP_OK);
    configure(dmerp, config);
    CHECK(dmerp->client_new(config, &client, NULL) == DMERP_OK);
    if (with_call)
        CHECK(dmerp->client_check(client, NULL, NULL) == DMERP_OK);
    dmerp->client_free(client);
    dmerp->config_free(config);
    CHECK_NUMBER(0, dmerp->live_handles());
}

/* ---- What a process has --------------------------------------------------------------------------------------------- */

static DWORD next_tls_index(void)
{
    DWORD index = TlsAlloc();
    TlsFree(index);
    return index;
}

static unsigned threads(void)
{
    unsigned count = 0;
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 thread = {.dwSize = sizeof thread};
    for (BOOL more = Thread32First(all, &thread); more; more = Thread32Next(all, &thread))
        count += thread.th32OwnerProcessID == GetCurrentProcessId();
    CloseHandle(all);
    return count;
}

/* ---- Rounds --------------------------------------------------------------------------------------------------------- */

static struct loaded dmerp;
static int round_number;

static void do_not_use(void)
{
    CHECK(dlclose(dmerp.library) == 0);
}

static void use_here(void)
{
    use(&dmerp, round_number % CHECK_EACH == 0);
    CHECK(dlclose(dmerp.library) == 0);
}

static DWORD WINAPI using_thread(void *nothing)
{
    (void)nothing;
    use(&dmerp, round_number % CHECK_EACH == 0);
    return 0;
}

static void wait_for(HANDLE thread)
{
    CHECK(WaitForSingleObject(thread, WAIT_MS) == WAIT_OBJECT_0);
    CloseHandle(thread);
}

static void use_on_thread_that_ends(void)
{
    wait_for(CreateThread(NULL, 0, using_thread, NULL, 0, NULL));
    CHECK(dlclose(dmerp.library) == 0);
}

static HANDLE used, may_end;

static DWORD WINAPI lasting_thread(void *nothing)
{
    using_thread(nothing);
    SetEvent(used);
    WaitForSingleObject(may_end, WAIT_MS);
    return 0; /* what the library keeps for this thread is freed now */
}

static void use_on_thread_that_outlives(void)
{
    HANDLE thread = CreateThread(NULL, 0, lasting_thread, NULL, 0, NULL);
    CHECK(WaitForSingleObject(used, WAIT_MS) == WAIT_OBJECT_0);
    CHECK(dlclose(dmerp.library) == 0);
    SetEvent(may_end);
    wait_for(thread);
}

static void rounds(const char *what, void (*round)(void))
{
    unsigned threads_before = threads();
    DWORD index_before = next_tls_index(), began = GetTickCount();
    for (round_number = 0; round_number < ROUNDS; round_number++) {
        if (!CHECK(loaded_open(&dmerp, library)))
            return;
        round();
        if (round_number == 0)
            index_before = next_tls_index(); /* the first load may take what all later ones use */
    }
    DWORD index = next_tls_index();
    printf("%s: %d rounds in %lu ms, the next TLS index %lu, then %lu\n", what, ROUNDS, GetTickCount() - began, index_before, index);
    CHECK_NUMBER(index_before, index);
    CHECK_NUMBER(threads_before, threads());
}

/* Two copies are two libraries: what one made is a wrong handle to the other. */
static void two_copies(const char *copy)
{
    struct loaded one, two;
    if (!CHECK(loaded_open(&one, library) && loaded_open(&two, copy) && one.library != two.library))
        return;
    dmerp_config *of_one = NULL, *of_two = NULL;
    dmerp_client *client_of_one = NULL, *client_of_two = NULL;
    CHECK(one.config_new(&of_one, NULL) == DMERP_OK && two.config_new(&of_two, NULL) == DMERP_OK);
    configure(&one, of_one);
    configure(&two, of_two);
    CHECK(one.client_new(of_one, &client_of_one, NULL) == DMERP_OK && two.client_new(of_two, &client_of_two, NULL) == DMERP_OK);
    CHECK(one.client_check(client_of_one, NULL, NULL) == DMERP_OK && two.client_check(client_of_two, NULL, NULL) == DMERP_OK);
    CHECK_NUMBER(2, one.live_handles());
    CHECK_NUMBER(2, two.live_handles());
    one.client_free(client_of_one);
    one.config_free(of_one);
    CHECK(dlclose(one.library) == 0);
    CHECK_NUMBER(2, two.live_handles());
    CHECK(two.client_check(client_of_two, NULL, NULL) == DMERP_OK);
    two.client_free(client_of_two);
    two.config_free(of_two);
    CHECK_NUMBER(0, two.live_handles());
    CHECK(dlclose(two.library) == 0);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: loader DMERP.DLL COPY.DLL\n");
        return EXIT_FAILURE;
    }
    library = argv[1];
    used = CreateEventW(NULL, FALSE, FALSE, NULL);
    may_end = CreateEventW(NULL, FALSE, FALSE, NULL);
    rounds("not used", do_not_use);
    rounds("used on the main thread", use_here);
    rounds("used on a thread that ends", use_on_thread_that_ends);
    rounds("used on a thread that outlives FreeLibrary()", use_on_thread_that_outlives);
    two_copies(argv[2]);
    return check_summary();
}
