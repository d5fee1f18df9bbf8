/* A program of the platform that uses the library: it has the header's version, and a request to a port that nobody listens at
 * fails as it should. */
#include "dmerp.h"

#include <stdio.h>
#include <string.h>

#define TEXT(number) #number
#define VERSION(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

static int failed(const char *what, dmerp_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error ? dmerp_error_message(error) : "no error");
    dmerp_error_free(error);
    return 1;
}

int main(void)
{
    dmerp_config *config;
    dmerp_client *client;
    dmerp_error *error = NULL;

    if (dmerp_abi_version() != DMERP_ABI_VERSION)
        return failed("dmerp_abi_version() is not the header's", NULL);
    if (strcmp(dmerp_version(), VERSION(DMERP_VERSION_MAJOR, DMERP_VERSION_MINOR, DMERP_VERSION_PATCH)) != 0)
        return failed("dmerp_version() is not the header's", NULL);
    if (dmerp_config_new(&config, &error) || dmerp_config_set(config, "app_area", "DMDEV01", &error) ||
        dmerp_config_set(config, "api_key", "no-key", &error) ||
        dmerp_config_set(config, "base_url", "http://127.0.0.1:9", &error) ||
        dmerp_config_set(config, "retry.max_attempts", "1", &error) || dmerp_client_new(config, &client, &error))
        return failed("dmerp_client_new", error);
    dmerp_config_free(config);
    if (dmerp_client_check(client, NULL, &error) != DMERP_CONNECT_FAILED)
        return failed("dmerp_client_check", error);
    dmerp_error_free(error);
    dmerp_client_free(client);
    printf("dmerp %s\n", dmerp_version());
    return dmerp_live_handles() == 0 ? 0 : failed("a handle is left", NULL);
}
