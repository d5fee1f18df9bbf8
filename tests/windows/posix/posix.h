/*
 * What the tests in tests/c use of POSIX and MinGW lacks, so that they compile for Windows as they are: the compiler includes this
 * before each of them (-include posix.h), and finds the headers that Windows has not beside it.
 */

#ifndef DMERP_TESTS_POSIX_H
#define DMERP_TESTS_POSIX_H

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#undef ERROR
#undef CONST

#include <direct.h>
#include <errno.h>
#include <io.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* ---- Processes: there is no fork(). A child is this program, told by a variable to do the work instead of main(). ---- */

#define POSIX_CHILD "DMERP_TESTS_CHILD"

/* The work's place from the start of the program, which is loaded elsewhere in each process. */
static inline uintptr_t posix_place(uintptr_t of)
{
    return of - (uintptr_t)GetModuleHandleW(NULL);
}

static void __attribute__((constructor)) posix_start(void)
{
    WSADATA about;
    if (WSAStartup(MAKEWORD(2, 2), &about) != 0)
        abort();
    const char *work = getenv(POSIX_CHILD);
    if (work != NULL) {
        uintptr_t place = (uintptr_t)GetModuleHandleW(NULL) + (uintptr_t)strtoull(work, NULL, 10);
        SetEnvironmentVariableA(POSIX_CHILD, NULL);
        (*(void (*)(void))place)();
        exit(EXIT_FAILURE); /* the work ends the process itself */
    }
}

/* Does the work in a child process, which must end it; true if it ended with 0, in time. */
static inline bool posix_in_child(void (*work)(void), unsigned limit_s)
{
    char program[MAX_PATH], place[32];
    STARTUPINFOA start;
    PROCESS_INFORMATION child;
    DWORD code = 1;
    ZeroMemory(&start, sizeof start);
    start.cb = sizeof start;
    GetModuleFileNameA(NULL, program, sizeof program);
    snprintf(place, sizeof place, "%llu", (unsigned long long)posix_place((uintptr_t)work));
    SetEnvironmentVariableA(POSIX_CHILD, place);
    bool started = CreateProcessA(program, NULL, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child);
    SetEnvironmentVariableA(POSIX_CHILD, NULL);
    if (!started)
        return false;
    if (WaitForSingleObject(child.hProcess, limit_s * 1000) == WAIT_OBJECT_0)
        GetExitCodeProcess(child.hProcess, &code);
    else
        fprintf(stderr, "a child did not end within %u s\n", limit_s);
    TerminateProcess(child.hProcess, 1);
    CloseHandle(child.hProcess);
    CloseHandle(child.hThread);
    return code == 0;
}

static inline int pause(void)
{
    Sleep(INFINITE);
    return -1;
}

/* ---- Files ---- */

static inline int posix_mkdir(const char *path, int mode)
{
    (void)mode;
    return _mkdir(path);
}
#define mkdir posix_mkdir

/* ---- Sockets: they are no files, and have their own close(). ---- */

#define MSG_NOSIGNAL 0

static inline int posix_socket(int family, int type, int protocol)
{
    return (int)socket(family, type, protocol);
}
static inline int posix_connect(int socket, const struct sockaddr *address, size_t len)
{
    return connect((SOCKET)socket, address, (int)len);
}
static inline int posix_bind(int socket, const struct sockaddr *address, size_t len)
{
    return bind((SOCKET)socket, address, (int)len);
}
static inline int posix_getsockname(int socket, struct sockaddr *address, socklen_t *len)
{
    return getsockname((SOCKET)socket, address, len);
}
static inline ssize_t posix_send(int socket, const void *bytes, size_t len, int flags)
{
    return send((SOCKET)socket, (const char *)bytes, (int)len, flags);
}
static inline ssize_t posix_recv(int socket, void *bytes, size_t len, int flags)
{
    return recv((SOCKET)socket, (char *)bytes, (int)len, flags);
}
static inline int posix_close(int file)
{
    return closesocket((SOCKET)file) == 0 ? 0 : _close(file);
}
#ifndef __cplusplus /* where methods have these names */
#define socket posix_socket
#define connect posix_connect
#define bind posix_bind
#define getsockname posix_getsockname
#define send posix_send
#define recv posix_recv
#define close posix_close
#endif

#endif
