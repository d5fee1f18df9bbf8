/*
 * console.c: runs a program with a console of its own, and gives it Ctrl-C as soon as a file is there. It stands for the person at
 * the console: wine.sh --console has it do so when it gets SIGTERM. Windows has no signals between processes.
 *
 *     console.exe FILE PROGRAM ARGUMENT...
 */

#include <windows.h>

#include <stdio.h>

/* The rest of the command line after its first argument, as it is: to quote it anew would change it. */
static wchar_t *after_first(wchar_t *line)
{
    BOOL quoted = FALSE;
    for (; *line != L'\0' && (quoted || *line != L' '); line++)
        quoted ^= *line == L'"';
    while (*line == L' ')
        line++;
    return line;
}

int wmain(int argc, wchar_t **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: console FILE PROGRAM ARGUMENT...\n");
        return 2;
    }
    STARTUPINFOW start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
    start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    PROCESS_INFORMATION program;
    if (!CreateProcessW(NULL, after_first(after_first(GetCommandLineW())), NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &start,
                        &program)) {
        fprintf(stderr, "console: %ls does not start: error %lu\n", argv[2], GetLastError());
        return 1;
    }
    BOOL asked = FALSE;
    while (WaitForSingleObject(program.hProcess, 50) == WAIT_TIMEOUT) {
        if (asked || GetFileAttributesW(argv[1]) == INVALID_FILE_ATTRIBUTES)
            continue;
        FreeConsole();
        SetConsoleCtrlHandler(NULL, TRUE); /* it is not for this process */
        asked = AttachConsole(program.dwProcessId) && GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0); /* else again: it may be too soon */
    }
    DWORD code = 1;
    GetExitCodeProcess(program.hProcess, &code);
    return (int)code;
}
