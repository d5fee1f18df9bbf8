/*
 * The library as a host loads it that was not linked with it: by dlopen(). For programs that must see it come and go.
 */

#ifndef DMERP_TESTS_LOADED_H
#define DMERP_TESTS_LOADED_H

#include <dmerp.h>

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>

struct loaded {
    void *library;
    dmerp_status (*config_new)(dmerp_config **, dmerp_error **);
    dmerp_status (*config_set)(dmerp_config *, const char *, const char *, dmerp_error **);
    void (*config_free)(dmerp_config *);
    dmerp_status (*client_new)(const dmerp_config *, dmerp_client **, dmerp_error **);
    dmerp_status (*client_check)(const dmerp_client *, const dmerp_call *, dmerp_error **);
    void (*client_free)(dmerp_client *);
    size_t (*live_handles)(void);
};

/* False, with a message, if the library or a function of it cannot be loaded. */
static inline bool loaded_open(struct loaded *loaded, const char *path)
{
    const struct {
        void **function;
        const char *name;
    } functions[] = {
        /* POSIX has a function's address fit into a void *; C has no cast for it. */
        {(void **)(void *)&loaded->config_new, "dmerp_config_new"},
        {(void **)(void *)&loaded->config_set, "dmerp_config_set"},
        {(void **)(void *)&loaded->config_free, "dmerp_config_free"},
        {(void **)(void *)&loaded->client_new, "dmerp_client_new"},
        {(void **)(void *)&loaded->client_check, "dmerp_client_check"},
        {(void **)(void *)&loaded->client_free, "dmerp_client_free"},
        {(void **)(void *)&loaded->live_handles, "dmerp_live_handles"},
    };
    loaded->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; loaded->library != NULL && i < sizeof functions / sizeof functions[0]; i++) {
        *functions[i].function = dlsym(loaded->library, functions[i].name);
        if (*functions[i].function == NULL) {
            dlclose(loaded->library);
            loaded->library = NULL;
        }
    }
    if (loaded->library == NULL)
        fprintf(stderr, "%s\n", dlerror());
    return loaded->library != NULL;
}

#endif
