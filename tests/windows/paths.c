/*
 * Files on Windows: names in UTF-8, long paths, names that Windows does not allow or that lead elsewhere, and files that another
 * program has open.
 *
 * Against a sandbox (see sandbox.h for its settings). Works in a new folder under the current one, which it removes.
 */

#include "../c/check.h"
#include "../c/sandbox.h"

enum { LONGEST = 4096, HELD_MS = 300, WAIT_MS = 20000 };

/* What a text mode would change, and what ends a text file in DOS. */
static const uint8_t CONTENT[] = "one\ntwo\r\nthree\r\x1a\0four\n";
static const char OLD[] = "this is what was there before, and longer than what comes";

static dmerp_client *client;
static char *url; /* of a packet with CONTENT */
static wchar_t folder[LONGEST]; /* absolute */

/* ---- Help ----------------------------------------------------------------------------------------------------------- */

static const char *utf8(const wchar_t *path)
{
    static char text[3 * LONGEST];
    CHECK(WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, path, -1, text, sizeof text, NULL, NULL) > 0);
    return text;
}

/* A name in the folder; of these, the last four are there. For the main thread. */
static const wchar_t *in_folder(const wchar_t *name)
{
    static wchar_t paths[4][LONGEST];
    static unsigned last;
    wchar_t *path = paths[++last % 4];
    _snwprintf(path, LONGEST - 1, L"%ls\\%ls", folder, name);
    return path;
}

static void put(const wchar_t *path, const void *bytes, size_t len)
{
    FILE *file = _wfopen(path, L"wb");
    CHECK(file != NULL && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
}

/* Whether the file has exactly these bytes. */
static bool has(const wchar_t *path, const void *bytes, size_t len)
{
    uint8_t found[256];
    FILE *file = _wfopen(path, L"rb");
    if (file == NULL)
        return false;
    size_t found_len = fread(found, 1, sizeof found, file);
    fclose(file);
    return found_len == len && memcmp(found, bytes, len) == 0;
}

/* How many files with such a name there are. */
static unsigned count(const wchar_t *pattern)
{
    WIN32_FIND_DATAW about;
    HANDLE each = FindFirstFileW(pattern, &about);
    unsigned number = 0;
    if (each == INVALID_HANDLE_VALUE)
        return 0;
    do
        number += wcscmp(about.cFileName, L".") != 0 && wcscmp(about.cFileName, L"..") != 0;
    while (FindNextFileW(each, &about));
    FindClose(each);
    return number;
}

static dmerp_status download(const wchar_t *to, dmerp_error **error)
{
    return dmerp_client_download_file(client, url, utf8(to), NULL, NULL, error);
}

static void told(const char *what, const wchar_t *path)
{
    fprintf(stderr, "    %s: %s\n", what, utf8(path));
}

/* ---- Names that are fine -------------------------------------------------------------------------------------------- */

/* There and back: the file has the content, and its content can be pushed; also over a file that is there. */
static void round_trip(const wchar_t *path)
{
    dmerp_error *error = NULL;
    bool good = true;
    for (int times = 0; times < 2; times++) {
        good = CHECK_OK(download(path, &error), &error) && good;
        good = CHECK(has(path, CONTENT, sizeof CONTENT)) && good;
        put(path, OLD, sizeof OLD);
    }
    good = CHECK_OK(dmerp_client_push_file(client, "u", DMERP_FORMAT_XML, utf8(path), "from-file", NULL, NULL, &error), &error) && good;
    size_t len = 0;
    uint8_t *pushed = sandbox_pushed("u", "from-file", &len);
    good = CHECK(pushed != NULL && len == sizeof OLD && memcmp(pushed, OLD, len) == 0) && good;
    free(pushed);
    good = CHECK(DeleteFileW(path)) && good;
    good = CHECK_NUMBER(0, count(in_folder(L"*"))) && good; /* nothing is left beside it */
    if (!good)
        told("with", path);
}

static void names(void)
{
    static const wchar_t *const NAMES[] = {
        L"plain.xml", L"with blanks in it.xml", L"\u00fc\u00e9.xml", L"\u0417\u0430\u043a\u0430\u0437 4711.xml" /* Cyrillic */,
        L"\u6ce8\u6587.xml" /* Chinese */, L"\xd83d\xde9a.xml" /* a lorry, beyond 16 bits */, L"e\u0301.xml" /* combining */,
        L"100%.xml", L"a&b;c=d,e'f`g!h@i#j$k^l(m)n{o}p[q]r~s+t-u_v.xml", L"no-extension", L".dot-first", L"two..dots.xml",
        /* not the devices whose names begin so */
        L"console.xml", L"nullable.xml", L"com10.xml", L"comx", L"auxiliary.txt", L"lpt.xml", L"a.con"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        round_trip(in_folder(NAMES[i]));
        round_trip(NAMES[i]); /* the folder is the current one */
    }
    wchar_t path[LONGEST];
    for (size_t i = 0; (path[i] = in_folder(L"slashes.xml")[i]) != L'\0'; i++) {
        if (path[i] == L'\\')
            path[i] = L'/';
    }
    round_trip(path);
    _snwprintf(path, LONGEST - 1, L"%.2lsdrive-relative.xml", folder);
    round_trip(path);
    _snwprintf(path, LONGEST - 1, L"\\\\?\\%ls", in_folder(L"verbatim.xml"));
    round_trip(path);
}

/* Makes a path of so many characters below the folder; `path` without the \\?\ that only these calls need. */
static void long_path(wchar_t *path, size_t len)
{
    static const wchar_t NAME[] = L"\\0123456789012345678901234567890123456789";
    wchar_t verbatim[LONGEST];
    wcscpy(path, folder);
    while (wcslen(path) + wcslen(NAME) + 3 < len) {
        wcscat(path, NAME);
        _snwprintf(verbatim, LONGEST - 1, L"\\\\?\\%ls", path);
        CHECK(CreateDirectoryW(verbatim, NULL));
    }
    wcscat(path, L"\\");
    while (wcslen(path) < len)
        wcscat(path, L"f");
}

/* Removes a long path's folders, which are empty, and its file, if it is there. */
static void remove_long_path(wchar_t *path)
{
    wchar_t verbatim[LONGEST];
    _snwprintf(verbatim, LONGEST - 1, L"\\\\?\\%ls", path);
    DeleteFileW(verbatim);
    for (wchar_t *end; (end = wcsrchr(verbatim, L'\\')) != NULL && wcslen(verbatim + 4) > wcslen(folder) + 1;) {
        *end = L'\0';
        if (wcslen(verbatim + 4) > wcslen(folder))
            CHECK(RemoveDirectoryW(verbatim));
    }
}

static void long_names(void)
{
    /* 250: the temporary file beside it has a longer name. */
    static const size_t LENGTHS[] = {250, 259, 260, 261, 300, 1000};
    dmerp_error *error = NULL;
    for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
        wchar_t path[LONGEST], verbatim[LONGEST];
        long_path(path, LENGTHS[i]);
        CHECK_NUMBER(LENGTHS[i], wcslen(path));
        _snwprintf(verbatim, LONGEST - 1, L"\\\\?\\%ls", path);
        const wchar_t *const PATHS[] = {path, verbatim, path + wcslen(folder) + 1 /* relative */};
        for (size_t form = 0; form < sizeof PATHS / sizeof PATHS[0]; form++) {
            CHECK_OK(download(PATHS[form], &error), &error);
            CHECK(has(verbatim, CONTENT, sizeof CONTENT));
            CHECK_OK(download(PATHS[form], &error), &error); /* over it */
            CHECK_OK(dmerp_client_push_file(client, "u", DMERP_FORMAT_XML, utf8(PATHS[form]), NULL, NULL, NULL, &error), &error);
            CHECK(DeleteFileW(verbatim));
        }
        remove_long_path(path);
    }
}

/* Folders that options and the receiver's calls name. */
static void folders_of_options(void)
{
    dmerp_error *error = NULL;
    dmerp_receiver *receiver = NULL;
    dmerp_received *received = NULL;
    CHECK(CreateDirectoryW(L"\u043f\u0430\u043f\u043a\u0430", NULL));
    dmerp_client *other = sandbox_client_with("temp_dir", utf8(in_folder(L"\u043f\u0430\u043f\u043a\u0430")), "receive.memory_bytes", "0",
                                              (char *)NULL);
    sandbox_show_hidden();
    CHECK_OK(dmerp_client_receive(other, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, &receiver, &error), &error);
    CHECK_OK(dmerp_receiver_next(receiver, NULL, &received, &error), &error);
    CHECK_OK(dmerp_received_save_as(received, utf8(L"\u043f\u0430\u043f\u043a\u0430\\\xd83d\xde9a.xml"), &error), &error);
    CHECK(has(L"\u043f\u0430\u043f\u043a\u0430\\\xd83d\xde9a.xml", CONTENT, sizeof CONTENT));
    dmerp_received_free(received);
    CHECK_OK(dmerp_receiver_close(receiver, NULL, &error), &error);
    dmerp_receiver_free(receiver);
    dmerp_client_free(other);
    CHECK(DeleteFileW(L"\u043f\u0430\u043f\u043a\u0430\\\xd83d\xde9a.xml"));
    CHECK(RemoveDirectoryW(L"\u043f\u0430\u043f\u043a\u0430")); /* nothing else is in it */
}

/* ---- Names that cannot be ------------------------------------------------------------------------------------------- */

/* It is refused, and before the content is fetched, which would be in vain. */
static void refused(const wchar_t *path)
{
    dmerp_error *error = NULL;
    size_t before = sandbox_requests("\"listener\":\"storage\"");
    bool good = CHECK_STATUS(DMERP_FILE_ERROR, download(path, &error), &error);
    good = CHECK_NUMBER(before, sandbox_requests("\"listener\":\"storage\"")) && good;
    good = CHECK_NUMBER(1, count(in_folder(L"*"))) && good; /* keep.xml */
    good = CHECK(has(in_folder(L"keep.xml"), OLD, sizeof OLD)) && good;
    if (!good)
        told("to", path);
}

static void impossible_names(void)
{
    static const wchar_t *const NAMES[] = {
        L"keep.xml:stream", L"keep.xml::$DATA", L"new.xml:stream", L"a?.xml", L"a*.xml", L"a<b.xml", L"a>b.xml", L"a|b.xml", L"a\"b.xml",
        L"a\tb.xml", L"a\x01.xml", L"dot.", L"dots..", L"blank ", L"blank. ", L"folder\\", L"keep.xml\\", L"keep.xml/", L"no\\such\\folder.xml",
        L"NUL", L"nul", L"NUL.xml", L"CON", L"con.txt", L"con.tar.gz", L"PRN", L"AUX.", L"aux .xml", L"COM1", L"com1.xml", L"COM9", L"LPT1",
        L"lpt9.txt", L"COM\u00b9", L"LPT\u00b3.txt", L"CONIN$", L"CONOUT$", L".", L"..", L""};
    put(in_folder(L"keep.xml"), OLD, sizeof OLD);
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        refused(in_folder(NAMES[i]));
        if (wcslen(NAMES[i]) > 2)
            refused(NAMES[i]);
    }
    static const wchar_t *const ELSEWHERE[] = {L"a:b", L"\\\\.\\NUL", L"\\\\.\\pipe\\nobody", L"\\\\.\\COM1", L"C:", L"C:\\", L"/"};
    for (size_t i = 0; i < sizeof ELSEWHERE / sizeof ELSEWHERE[0]; i++)
        refused(ELSEWHERE[i]);
    CHECK(DeleteFileW(in_folder(L"keep.xml")));

    /* What is no file cannot be pushed, either, and nothing waits for it. */
    static const wchar_t *const NO_FILES[] = {L"NUL", L"CON", L"COM1", L"\\\\.\\NUL", L".", L"..\\", L"none.xml", L"a?.xml"};
    for (size_t i = 0; i < sizeof NO_FILES / sizeof NO_FILES[0]; i++) {
        dmerp_error *error = NULL;
        if (!CHECK_STATUS(DMERP_FILE_ERROR,
                          dmerp_client_push_file(client, "u", DMERP_FORMAT_XML, utf8(NO_FILES[i]), NULL, NULL, NULL, &error), &error))
            told("from", NO_FILES[i]);
    }
}

/* Bytes that are no UTF-8, as a path in the ANSI code page is. */
static void no_utf8(void)
{
    dmerp_error *error = NULL;
    CHECK_STATUS(DMERP_INVALID_ARGUMENT, dmerp_client_download_file(client, url, "\xfc.xml", NULL, NULL, &error), &error);
    CHECK_NUMBER(0, count(in_folder(L"*")));
}

/* ---- Files that are open elsewhere ---------------------------------------------------------------------------------- */

static void open_elsewhere(DWORD access, DWORD share)
{
    const wchar_t *path = in_folder(L"open.xml");
    dmerp_error *error = NULL;
    put(path, OLD, sizeof OLD);
    HANDLE file = CreateFileW(path, access, share, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    dmerp_status status = download(path, &error);
    const char *message = dmerp_error_message(error);
    CHECK(message != NULL && strstr(message, "open.xml") != NULL);
    CHECK_STATUS(DMERP_FILE_ERROR, status, &error);
    CHECK(CloseHandle(file));
    CHECK(has(path, OLD, sizeof OLD));
    CHECK_NUMBER(1, count(in_folder(L"*"))); /* no part is left */
    CHECK_OK(download(path, &error), &error); /* now */
    CHECK(has(path, CONTENT, sizeof CONTENT));
    CHECK(DeleteFileW(path));
}

/* How many requests have an answer. */
static size_t answered(void)
{
    return sandbox_requests("\"outcome\":{\"status\":200}");
}

static size_t awaited; /* so many requests have an answer when the content has come */

/* A virus scanner, which opens a file as soon as it sees it, and holds it until the content has come and a moment longer. */
static DWORD WINAPI scan(void *pattern)
{
    WIN32_FIND_DATAW about;
    for (DWORD began = GetTickCount(); GetTickCount() - began < WAIT_MS; Sleep(1)) {
        HANDLE found = FindFirstFileW(pattern, &about);
        if (found == INVALID_HANDLE_VALUE)
            continue;
        FindClose(found);
        wchar_t path[LONGEST];
        _snwprintf(path, LONGEST - 1, L"%ls\\%ls", folder, about.cFileName);
        HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
        if (file == INVALID_HANDLE_VALUE)
            continue;
        while (answered() < awaited && GetTickCount() - began < WAIT_MS)
            Sleep(1);
        Sleep(HELD_MS);
        CloseHandle(file);
        return 0;
    }
    return 1;
}

static void held_for_a_moment(const wchar_t *pattern)
{
    static wchar_t path[LONGEST], sought[LONGEST];
    dmerp_error *error = NULL;
    wcscpy(path, in_folder(L"scanned.xml"));
    wcscpy(sought, in_folder(pattern));
    /* The content comes late, so that the scanner is there before it. */
    sandbox_fault("{\"on\":\"storage\",\"action\":{\"delay\":{\"ms\":500}}}");
    awaited = answered() + 2; /* the link and the content */
    HANDLE scanner = CreateThread(NULL, 0, scan, sought, 0, NULL);
    CHECK_OK(download(path, &error), &error);
    DWORD code = 1;
    CHECK(WaitForSingleObject(scanner, WAIT_MS) == WAIT_OBJECT_0 && GetExitCodeThread(scanner, &code) && code == 0);
    CloseHandle(scanner);
    CHECK(has(path, CONTENT, sizeof CONTENT));
    CHECK(DeleteFileW(path));
    CHECK_NUMBER(0, count(in_folder(L"*")));
}

/* ---- */

static void run(void)
{
    dmerp_error *error = NULL;
    dmerp_packets *packets = NULL;
    dmerp_packet packet;
    sandbox_reset();
    client = sandbox_client();
    sandbox_send("anna", "packet", NULL, CONTENT, sizeof CONTENT);
    CHECK_OK(dmerp_client_pull(client, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, NULL, &packets, &error), &error);
    if (!CHECK_OK(dmerp_packets_get(packets, 0, &packet, &error), &error))
        return;
    url = _strdup(packet.url);
    dmerp_packets_free(packets);

    CHECK(CreateDirectoryW(L"paths.tmp", NULL) && SetCurrentDirectoryW(L"paths.tmp"));
    CHECK(GetCurrentDirectoryW(LONGEST, folder) > 0);
    names();
    long_names();
    folders_of_options();
    impossible_names();
    no_utf8();
    open_elsewhere(GENERIC_READ, 0);
    open_elsewhere(GENERIC_READ, FILE_SHARE_READ);
    open_elsewhere(GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE);
    held_for_a_moment(L".dmerp-*");
    put(in_folder(L"scanned.xml"), OLD, sizeof OLD);
    held_for_a_moment(L"scanned.xml");
    CHECK(SetCurrentDirectoryW(L"..") && RemoveDirectoryW(folder));

    dmerp_client_free(client);
    free(url);
    CHECK_NUMBER(0, dmerp_live_handles());
}

int main(void)
{
    return check_run(run);
}
