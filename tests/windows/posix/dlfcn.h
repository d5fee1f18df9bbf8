/* For Windows: what loaded.h uses to load the library. */

#ifndef DMERP_TESTS_DLFCN_H
#define DMERP_TESTS_DLFCN_H

#define RTLD_NOW 0
#define RTLD_LOCAL 0

static inline void *dlopen(const char *path, int how)
{
    (void)how;
    return LoadLibraryA(path);
}
static inline void *dlsym(void *library, const char *name)
{
    FARPROC function = GetProcAddress((HMODULE)library, name);
    void *address;
    memcpy(&address, &function, sizeof address);
    return address;
}
static inline int dlclose(void *library)
{
    return FreeLibrary((HMODULE)library) ? 0 : -1;
}
static inline const char *dlerror(void)
{
    static char text[64];
    snprintf(text, sizeof text, "Windows' error %lu", GetLastError());
    return text;
}

#endif
