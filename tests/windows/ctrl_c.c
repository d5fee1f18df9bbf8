/*
 * ctrl_c.exe FILE PROGRAM ARGUMENT...: runs a program in a console of its own, and presses Ctrl-C there as soon as FILE exists. Its
 * output and its exit code are the program's; 127 if it cannot be run.
 *
 * Wine has no console without a terminal, so this is a pseudo console. Nobody sees what is written to it: the program's
 * standard output is this program's.
 */
#define _WIN32_WINNT 0x0A00
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

/* MinGW's headers do not know them yet. */
#define PSEUDOCONSOLE 0x20016 /* PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE */
HRESULT WINAPI CreatePseudoConsole(COORD size, HANDLE input, HANDLE output, DWORD flags, void **console);

/* The console's other processes get Ctrl-C, too: this one. */
static BOOL WINAPI ignore(DWORD event)
{
    (void)event;
    return TRUE;
}

static int fail(const char *what)
{
    fprintf(stderr, "ctrl_c: %s: Windows error %lu\n", what, GetLastError());
    return 127;
}

int wmain(int argc, wchar_t **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: ctrl_c FILE PROGRAM ARGUMENT...\n");
        return 127;
    }
    HANDLE input, keys, screen, output;
    void *console;
    COORD size = {80, 25};
    if (!CreatePipe(&input, &keys, NULL, 0) || !CreatePipe(&screen, &output, NULL, 0) ||
        CreatePseudoConsole(size, input, output, 0, &console) != S_OK)
        return fail("no pseudo console");

    char attributes[256];
    SIZE_T room = sizeof attributes;
    STARTUPINFOEXW start = {
        .StartupInfo = {
            .cb = sizeof start,
            .dwFlags = STARTF_USESTDHANDLES,
            .hStdInput = GetStdHandle(STD_INPUT_HANDLE),
            .hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE),
            .hStdError = GetStdHandle(STD_ERROR_HANDLE),
        },
        .lpAttributeList = (LPPROC_THREAD_ATTRIBUTE_LIST)attributes,
    };
    /* The command line's rest, with its quotes; FILE has no space. */
    wchar_t *command = wcschr(wcsstr(GetCommandLineW(), argv[1]), L' ');
    command += wcsspn(command, L" ");
    PROCESS_INFORMATION program;
    if (!InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0, &room) ||
        !UpdateProcThreadAttribute(start.lpAttributeList, 0, PSEUDOCONSOLE, console, sizeof console, NULL, NULL) ||
        !CreateProcessW(NULL, command, NULL, NULL, TRUE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &start.StartupInfo, &program))
        return fail("the program does not start");

    BOOL pressed = FALSE;
    while (WaitForSingleObject(program.hProcess, 50) == WAIT_TIMEOUT)
        if (!pressed && GetFileAttributesW(argv[1]) != INVALID_FILE_ATTRIBUTES) {
            FreeConsole();
            pressed = AttachConsole(program.dwProcessId) && SetConsoleCtrlHandler(ignore, TRUE) &&
                GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
            if (!pressed) {
                TerminateProcess(program.hProcess, 127);
                return fail("Ctrl-C cannot be pressed");
            }
        }
    DWORD ended;
    GetExitCodeProcess(program.hProcess, &ended);
    return (int)ended;
}
