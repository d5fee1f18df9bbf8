/*
 * Processes with no SystemRoot, and with no environment at all, as services and sandboxes start them: the library works in them,
 * and finds hosts by name.
 *
 * Against a sandbox (see sandbox.h for its settings).
 */

#include "../c/check.h"
#include "../c/sandbox.h"

enum { CHILD_LIMIT_MS = 60000 };

/* The child's work: its settings are its arguments. */
static int exchange(char **arguments)
{
    dmerp_config *config = NULL;
    dmerp_client *client = NULL;
    dmerp_error *error = NULL;
    dmerp_receiver *receiver = NULL;
    dmerp_received *received = NULL;
    CHECK_OK(dmerp_config_new(&config, &error), &error);
    CHECK_OK(dmerp_config_set(config, "base_url", arguments[0], &error), &error);
    CHECK_OK(dmerp_config_set(config, "app_area", arguments[1], &error), &error);
    CHECK_OK(dmerp_config_set(config, "api_key", arguments[2], &error), &error);
    if (*arguments[3] != '\0') {
        CHECK_OK(dmerp_config_set(config, "tls.ca_file", arguments[3], &error), &error);
        CHECK_OK(dmerp_config_set(config, "tls.roots", "file", &error), &error);
    }
    CHECK_OK(dmerp_client_new(config, &client, &error), &error);
    CHECK_OK(dmerp_client_check(client, NULL, &error), &error);
    CHECK_OK(dmerp_client_push(client, "u", DMERP_FORMAT_XML, (const uint8_t *)"<a/>", 4, NULL, NULL, NULL, &error), &error);
    sandbox_send("anna", "packet", NULL, "<b/>", 4);
    CHECK_OK(dmerp_client_receive(client, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, &receiver, &error), &error);
    CHECK_OK(dmerp_receiver_next(receiver, NULL, &received, &error), &error);
    CHECK_OK(dmerp_received_save_as(received, "environment.tmp", &error), &error);
    CHECK(remove("environment.tmp") == 0);
    CHECK_OK(dmerp_received_done(received, &error), &error);
    dmerp_received_free(received);
    CHECK_OK(dmerp_receiver_close(receiver, NULL, &error), &error);
    dmerp_receiver_free(receiver);
    dmerp_client_free(client);
    dmerp_config_free(config);
    return check_summary();
}

/* Runs this program with this environment: "NAME=value"s, each with a NUL, and one more. */
static void exchange_in(char *environment, const char *base_url)
{
    char program[MAX_PATH], line[4096];
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION child;
    DWORD code = 1;
    const char *ca_file = getenv("DMERP_CA_FILE");
    GetModuleFileNameA(NULL, program, sizeof program);
    snprintf(line, sizeof line, "\"%s\" %s %s %s \"%s\"", program, base_url, sandbox_app_area(), sandbox_api_key(),
             ca_file != NULL ? ca_file : "");
    if (!CHECK(CreateProcessA(program, line, NULL, NULL, TRUE, 0, environment, NULL, &start, &child)))
        return;
    CHECK(WaitForSingleObject(child.hProcess, CHILD_LIMIT_MS) == WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(child.hProcess, &code));
    CHECK_NUMBER(EXIT_SUCCESS, code);
    CloseHandle(child.hThread);
    CloseHandle(child.hProcess);
}

int main(int argc, char **argv)
{
    if (argc == 5)
        return exchange(argv + 1);
    char by_name[1024];
    const char *by_number = sandbox_base_url(), *host = strstr(by_number, "127.0.0.1");
    sandbox_reset();
    if (!CHECK(host != NULL))
        return check_summary();
    snprintf(by_name, sizeof by_name, "%.*slocalhost%s", (int)(host - by_number), by_number, host + strlen("127.0.0.1"));

    /* The control API's address is needed only by the test. */
    char control[1024];
    const char *control_url = getenv("DMERP_CONTROL_URL");
    snprintf(control, sizeof control, "DMERP_CONTROL_URL=%s%c", control_url != NULL ? control_url : by_number, '\0');
    exchange_in(control, by_number);
    exchange_in(control, by_name);

    CHECK(SetEnvironmentVariableA("SystemRoot", NULL) && SetEnvironmentVariableA("windir", NULL));
    exchange_in(NULL, by_number); /* NULL: this process's */
    exchange_in(NULL, by_name);
    return check_summary();
}
