/*
 * How much memory this process has, as its system counts it.
 */

#ifndef DMERP_TESTS_MEMORY_USE_H
#define DMERP_TESTS_MEMORY_USE_H

#include "check.h"

#ifdef _WIN32

#include <psapi.h>

static inline long memory_use(bool peak)
{
    PROCESS_MEMORY_COUNTERS counters;
    CHECK(GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters));
    return (long)((peak ? counters.PeakWorkingSetSize : counters.WorkingSetSize) / 1024);
}

/* Windows does not forget a peak: one from before counts as well. */
static inline void memory_forget_peak(void)
{
}

#else

/* A line of /proc/self/status. */
static inline long memory_use(bool peak)
{
    const char *name = peak ? "VmHWM" : "VmRSS";
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0)
            sscanf(line + strlen(name), ": %ld", &kib);
    }
    if (status != NULL)
        fclose(status);
    CHECK(kib >= 0);
    return kib;
}

static inline void memory_forget_peak(void)
{
    FILE *clear = fopen("/proc/self/clear_refs", "w");
    CHECK(clear != NULL && fputs("5", clear) >= 0 && fclose(clear) == 0);
}

#endif

/* In KiB: what there is, and the most that there was since memory_forget_peak(). */
static inline long memory_now_kib(void)
{
    return memory_use(false);
}

static inline long memory_peak_kib(void)
{
    return memory_use(true);
}

#endif
