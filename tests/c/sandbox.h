/*
 * The tests' side of a running dmerp-sandbox: a client of it, and its control API. For C99 and C++.
 *
 * A function that cannot do its work, as when the sandbox is gone, ends the program with a message.
 */

#ifndef DMERP_TESTS_SANDBOX_H
#define DMERP_TESTS_SANDBOX_H

#include <dmerp.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The settings, from DMERP_BASE_URL, DMERP_APP_AREA and DMERP_API_KEY. */
const char *sandbox_base_url(void);
const char *sandbox_app_area(void);
const char *sandbox_api_key(void);

/*
 * For a sandbox with TLS: the certificate of its CA, from the file DMERP_CA_FILE; NULL if that is not set. The control API is then
 * reached without TLS at DMERP_CONTROL_URL, where somebody must pass it on.
 */
const char *sandbox_ca_pem(void);

/* A configuration for the sandbox. */
dmerp_config *sandbox_config(void);

/*
 * The same for another sandbox, which has TLS and the same area and key: DMERP_TLS_BASE_URL and DMERP_TLS_CA_FILE. Its control
 * API is not reached from here.
 */
dmerp_config *sandbox_tls_config(void);

/* A client of the sandbox. */
dmerp_client *sandbox_client(void);

/* The same with options set: keys and their values, and a NULL at the end. */
dmerp_client *sandbox_client_with(const char *key, ...) __attribute__((sentinel));

/* Sends content as a mobile user does. `queue` is "packet" or "file"; `id` may be NULL, to have one made. */
void sandbox_send(const char *mobile_user, const char *queue, const char *id, const void *content, size_t len);

/* The same, so many times, to the list of packets. */
void sandbox_send_many(const char *mobile_user, const char *count, const void *content, size_t len);

/* The same with a file of any size as the content. */
void sandbox_send_file(const char *mobile_user, const char *queue, const char *path);

/* What was pushed, as the storage has it: `*len` bytes to be freed with free(); NULL if there is no such packet. */
uint8_t *sandbox_pushed(const char *mobile_user, const char *packet_id, size_t *len);

/* The same for a packet of any size, into a file; false if there is no such packet. */
bool sandbox_pushed_to_file(const char *mobile_user, const char *packet_id, const char *path);

/* How many packets of a queue are not marked done. */
size_t sandbox_waiting(const char *queue);

/* Adds a fault by its JSON. */
void sandbox_fault(const char *json);

/* Takes all faults back. */
void sandbox_clear_faults(void);

/* Changes the dialects by JSON. */
void sandbox_dialects(const char *json);

/* Ends every visibility time-out: the next pull lists what is not marked done. */
void sandbox_show_hidden(void);

/* No packets, no faults, no pushes, the dialects of the start. */
void sandbox_reset(void);

/* How many of the requests that the sandbox has received have `text` in their log entry. */
size_t sandbox_requests(const char *text);

/* Waits until the sandbox has received a request with `text` in its log entry; false if that takes more than 10 seconds. */
bool sandbox_has_seen(const char *text);

#ifdef __cplusplus
}
#endif

#endif
