/*
 * The shortest useful program: sends a packet to a mobile user, then receives what mobile users sent.
 *
 *     cc -std=c99 -o quickstart quickstart.c $(pkg-config --cflags --libs dmerp)
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... ./quickstart ../data/packet.xml SOFIA01 received
 *
 * The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one.
 * On Windows, arguments with letters beyond ASCII need what the production example does.
 */
#include <dmerp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static dmerp_error *error; /* where a call puts its error */

static int failed(dmerp_status status)
{
    if (status != DMERP_OK)
        fprintf(stderr, "failed: %s\n", dmerp_error_message(error));
    dmerp_error_free(error);
    return status != DMERP_OK;
}

int main(int argc, char **argv)
{
    const char *app_area = getenv("DMERP_APP_AREA"), *api_key = getenv("DMERP_API_KEY"), *base_url = getenv("DMERP_BASE_URL");
    if (argc != 4 || app_area == NULL || api_key == NULL) {
        fprintf(stderr, "usage: DMERP_APP_AREA=... DMERP_API_KEY=... quickstart PACKET_FILE MOBILE_USER FOLDER\n");
        return 2;
    }
    dmerp_config *config;
    dmerp_client *client;
    dmerp_pushed *pushed;
    dmerp_receiver *receiver;
    dmerp_received *packet;
    dmerp_summary *summary;
    if (failed(dmerp_config_new(&config, &error)) || failed(dmerp_config_set(config, "app_area", app_area, &error)) ||
        failed(dmerp_config_set(config, "api_key", api_key, &error)) ||
        (base_url != NULL && failed(dmerp_config_set(config, "base_url", base_url, &error))) ||
        failed(dmerp_client_new(config, &client, &error)) ||
        failed(dmerp_client_push_file(client, argv[2], DMERP_FORMAT_XML, argv[1], NULL, NULL, &pushed, &error)) ||
        failed(dmerp_client_receive(client, DMERP_KIND_PACKET, DMERP_FORMAT_DEFAULT, &receiver, &error)))
        return 1; /* the end of the process frees what is there */
    printf("pushed %s\n", dmerp_pushed_packet_id(pushed));
    int problems = 0;
    for (int n = 1; problems == 0; n++) {
        problems = failed(dmerp_receiver_next(receiver, NULL, &packet, &error));
        if (packet == NULL)
            break; /* the queue is empty, or the call failed */
        char path[1024]; /* nothing that came from outside is part of it */
        snprintf(path, sizeof path, "%s/received-%lld-%d.xml", argv[3], (long long)time(NULL), n);
        problems = failed(dmerp_received_save_as(packet, path, &error)) || failed(dmerp_received_done(packet, &error));
        printf("%s %s\n", problems == 0 ? "received" : "not received:", path);
        dmerp_received_free(packet); /* it stays in the queue if it is not done */
    }
    problems |= failed(dmerp_receiver_close(receiver, &summary, &error)); /* tells the portal which packets are done */
    if (dmerp_summary_left_len(summary) > 0)
        fprintf(stderr, "failed: %zu packets are left in the queue\n", dmerp_summary_left_len(summary));
    return problems || dmerp_summary_left_len(summary) > 0;
}
