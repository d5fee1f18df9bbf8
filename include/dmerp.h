/*
 * dmerp: exchange synchronization packets between an ERP and Dynamics Mobile's cloud.
 *
 * Made by cbindgen from src/ffi; do not edit.
 *
 * The rules of every function:
 *
 * - Status. A function that can fail returns a dmerp_status and takes `dmerp_error **error` last. `error` may be NULL.
 *   Else *error becomes NULL on success, and on failure an error to be freed with dmerp_error_free().
 * - Handles. dmerp_config *, dmerp_client * and so on are not addresses. NULL, a freed handle and a handle of another kind
 *   give DMERP_INVALID_HANDLE, and freeing one is harmless.
 * - Text is UTF-8 and ends in a NUL. Text and arrays that go in are borrowed for the call alone.
 * - What comes out is a handle or a dmerp_buffer that the caller frees, or memory borrowed from a handle until that handle
 *   is freed; each function's comment says which. On failure it is NULL or empty.
 * - Threads. Every function may be called on any thread, and any handle be used by several threads at once. The library
 *   keeps no thread of its own (the system's name resolution has one while it lasts); callbacks run on the thread that made
 *   the call.
 * - Calls block, until they are done, cancelled or out of time. Nothing else stops them, and nothing waits for ever.
 * - Signals. The library installs no handler. Its writes to closed connections raise no SIGPIPE in the host.
 *
 * The options of dmerp_config_set():
 *
 *   app_area (text, 1 to 128 bytes; no default)
 *       The application area's code, such as DMDEV01. Required.
 *   api_key (secret text, 1 to 1024 bytes; no default)
 *       The application area's API key. Required. Appears in no message and no log. The library's own copies are
 *       wiped when the last handle that holds it is freed.
 *   base_url (an http or https URL; default https://api.portal.dynamicsmobile.com/mobile)
 *       Where the portal is; /erp/... is added to it. A trailing slash makes no difference.
 *   format (xml, json; default json)
 *       The form asked of pull and done where a call names none.
 *   timeout.connect_ms (1 to 86400000; default 10000)
 *       Milliseconds to make one connection: name resolution, TCP and TLS.
 *   timeout.idle_ms (1 to 86400000; default 60000)
 *       Milliseconds in which nothing is sent and nothing received before an attempt is given up.
 *   timeout.overall_ms (1 to 86400000; default 3600000)
 *       Milliseconds for one whole call, its retries included. A call's own time-out can only shorten it.
 *   retry.max_attempts (1 to 20; default 5)
 *       How often one request is tried in all; 1 turns retries off.
 *   retry.base_ms (1 to 60000; default 500)
 *       Milliseconds that the first wait between two tries is at most; each further wait may be twice as long. The
 *       real wait is drawn at random from nothing to that.
 *   retry.max_ms (1 to 600000; default 30000)
 *       Milliseconds that no wait between two tries exceeds, unless the portal's Retry-After asks for more.
 *   tls.roots (platform, file, both; default both)
 *       Which certificate authorities count: the platform's trust store, tls.ca_file, or both.
 *   tls.ca_file (a file's path; no default)
 *       A PEM file of certificate authorities to trust, such as a company's inspecting proxy.
 *   tls.ca_pem (PEM text, 1 to 1048576 bytes; no default)
 *       Certificate authorities to trust, as the text of a PEM file; counts as tls.ca_file does, and beside it.
 *   proxy (system, none, or an http URL; default system)
 *       system: the platform's settings (HTTPS_PROXY and its kin; on Windows and macOS the system's). none: connect
 *       directly. Or http://[user:password@]host:port.
 *   user_agent (text, 1 to 256 bytes; default dmerp/0.1.0)
 *       The User-Agent header of every request.
 *   upload_content_type (text, 1 to 128 bytes; no default)
 *       The Content-Type of an upload. By default it follows the packet: application/xml or application/json.
 *   done_batch (1 to 10000; default 500)
 *       How many packets one request of done marks; more are sent in several requests.
 *   temp_dir (a folder's path; no default)
 *       The folder for the temporary files of the stream verbs; by default the system's, which is often memory
 *       (/tmp). A download to a file has its temporary file beside the final one.
 *   max_list_bytes (1024 to 1099511627776; default 67108864)
 *       The largest list of packets accepted from pull, in bytes.
 *   max_memory_bytes (1024 to 1099511627776; default 268435456)
 *       The largest packet that download holds in memory, in bytes; download_file has max_download_bytes alone. In a
 *       32-bit process the default is 67108864.
 *   max_download_bytes (1024 to 1099511627776; default 4294967296)
 *       The largest packet accepted from the storage, in bytes.
 */

#ifndef DMERP_H
#define DMERP_H

#include <stddef.h>
#include <stdint.h>

/** The version of the library that this header belongs to. */
#define DMERP_VERSION_MAJOR 0
#define DMERP_VERSION_MINOR 1
#define DMERP_VERSION_PATCH 0

/**
 * The call did what it was asked. Go on.
 */
#define DMERP_OK 0

/**
 * An argument cannot be used: NULL where a value is needed, text that is not UTF-8, an empty name, a number out of
 * range. Fix the calling code; the message names the argument.
 */
#define DMERP_INVALID_ARGUMENT 1

/**
 * A handle is NULL, already freed, of another kind, or not from this library. Fix the calling code; the message names
 * the handle.
 */
#define DMERP_INVALID_HANDLE 2

/**
 * A configuration option is unknown, missing, malformed, or contradicts another. Fix the option that the message
 * names.
 */
#define DMERP_INVALID_CONFIG 3

/**
 * A local file, or a stream that was given, could not be read or written. Look at the path, its permissions and the
 * free space, then repeat the call.
 */
#define DMERP_FILE_ERROR 4

/**
 * The call was cancelled, or a callback returned non-zero. Nothing, it was asked for; repeating the call is safe.
 */
#define DMERP_CANCELLED 5

/**
 * The call's time-out passed, or nothing moved for longer than the idle or connect time-out. Try again later; if it
 * stays, look at the network, a proxy, or the timeout.* options. Worth repeating later.
 */
#define DMERP_TIMED_OUT 6

/**
 * The server's name could not be resolved (DNS). Check base_url for a misspelt host and this machine's DNS; else try
 * again later. Worth repeating later.
 */
#define DMERP_HOST_NOT_FOUND 7

/**
 * No connection could be made: refused, unreachable, or stopped by a proxy. Check base_url's port, the firewall and
 * the proxy option; else try again later. Worth repeating later.
 */
#define DMERP_CONNECT_FAILED 8

/**
 * The server's certificate was not accepted, or the TLS handshake failed. The message tells which. Check this
 * machine's clock and trust store; behind an inspecting proxy name its CA in tls.ca_file or tls.ca_pem.
 */
#define DMERP_TLS_FAILED 9

/**
 * The connection broke before the answer began. Try again later; every verb of this library may be repeated. Worth
 * repeating later.
 */
#define DMERP_CONNECTION_LOST 10

/**
 * An answer ended before its announced length; nothing of it was kept. Try again later; if it stays, look for a proxy
 * that cuts long answers. Worth repeating later.
 */
#define DMERP_TRUNCATED 11

/**
 * The portal refused the API key. Check api_key: complete, not expired, and of this app area.
 */
#define DMERP_AUTHENTICATION_FAILED 12

/**
 * The portal does not let this API key use this app area, or does not know the area. Check app_area's spelling and
 * that the key belongs to it.
 */
#define DMERP_UNKNOWN_APP_AREA 13

/**
 * The portal or the storage asks for fewer requests (HTTP 429, or S3's SlowDown), and went on asking through every
 * retry. Try again later, and less often. Worth repeating later.
 */
#define DMERP_THROTTLED 14

/**
 * The portal or the storage failed (HTTP 5xx) through every retry. Try again later; if it stays, tell Dynamics Mobile
 * the packet id and the time. Worth repeating later.
 */
#define DMERP_SERVER_ERROR 15

/**
 * The portal understood the request and said no. Read the server's message: the mobile user, the packet or the
 * receipt handle is not accepted.
 */
#define DMERP_REJECTED 16

/**
 * What was asked for does not exist (HTTP 404). Check base_url; for a packet, pull again: it may have been taken or
 * removed.
 */
#define DMERP_NOT_FOUND 17

/**
 * The storage refused a temporary link, also after a fresh one was fetched. Read the server's message; check this
 * machine's clock and any proxy that alters requests.
 */
#define DMERP_STORAGE_REFUSED 18

/**
 * The answer is not one the portal gives, such as a web page, a redirect, or broken JSON or XML. Check base_url and
 * any proxy or sign-in page between; the message says what came back.
 */
#define DMERP_BAD_ANSWER 19

/**
 * A body is larger than its configured limit; nothing of it was kept. Raise the limit that the message names, or
 * download to a file.
 */
#define DMERP_TOO_LARGE 20

/**
 * A defect in this library; the client stays usable. Report it with the message.
 */
#define DMERP_INTERNAL 21

/**
 * The memory for a packet's content or a list of packets could not be had; nothing of it was kept. Download to a file
 * or a stream, run fewer calls at once, or give the process more memory.
 */
#define DMERP_OUT_OF_MEMORY 22

/**
 * The proxy asks for a user and a password, or did not accept those it was given (HTTP 407). Correct the proxy option
 * or the system's settings; the message names what the proxy offers. It is tried once: repeating a wrong password
 * locks accounts.
 */
#define DMERP_PROXY_REFUSED 23

/**
 * The version of this binary interface; see dmerp_abi_version().
 */
#define DMERP_ABI_VERSION 1

/**
 * What keeps a buffer's memory; has no functions of its own.
 */
typedef struct dmerp_buffer_owner dmerp_buffer_owner;

/**
 * Controls one blocking call: its time-out, its progress, and its end before time. Make one, set it up, pass it to a call,
 * and cancel it from any other thread. It may be used for several calls in turn until it is cancelled.
 */
typedef struct dmerp_call dmerp_call;

/**
 * The way to one app area. Any number of threads may use one at once; it starts no thread of its own. A forked child can go
 * on using a client it inherited.
 */
typedef struct dmerp_client dmerp_client;

/**
 * The options of a client, before it is made. Any number of threads may use one at once. dmerp_client_new() copies it, so
 * it can be freed or changed at once afterwards.
 */
typedef struct dmerp_config dmerp_config;

/**
 * Why a call failed: a handle that a function put into its `error` argument, to be freed with dmerp_error_free(). Any
 * number of threads may read one at once.
 */
typedef struct dmerp_error dmerp_error;

/**
 * The list of pending packets that a pull returned; freed with dmerp_packets_free(). Any number of threads may read one at
 * once.
 */
typedef struct dmerp_packets dmerp_packets;

/**
 * What a push left behind, for tracing; freed with dmerp_pushed_free(). Any number of threads may read one at once.
 */
typedef struct dmerp_pushed dmerp_pushed;

/**
 * What became of each receipt that a call was given, in the order in which it was given them; freed with
 * dmerp_results_free(). Any number of threads may read one at once.
 */
typedef struct dmerp_results dmerp_results;

/**
 * How a call ended: 0 (DMERP_OK) or one of the DMERP_* statuses below. Later versions may add statuses; treat an unknown
 * one as a failure that is not worth repeating.
 */
typedef int32_t dmerp_status;

/**
 * Bytes that a function gave to the caller, to be freed with dmerp_buffer_free().
 *
 * `data` points to `len` bytes, and a NUL byte after them that `len` does not count, so a text can be used as a C
 * string. An empty buffer has `data` NULL or `len` 0. Read the fields; do not change them. Start with
 * `dmerp_buffer buffer = {0};`.
 */
typedef struct dmerp_buffer {
  /**
   * The bytes.
   */
  const uint8_t *data;
  /**
   * How many there are.
   */
  size_t len;
  /**
   * For dmerp_buffer_free() alone.
   */
  struct dmerp_buffer_owner *owner;
} dmerp_buffer;

/**
 * How much a log record matters: a DMERP_LOG_* value.
 */
typedef int32_t dmerp_log_level;

/**
 * Takes one log record: a line without a line end, borrowed for the time of the callback, that never holds the API key or
 * a temporary link's signature. It runs on the thread that made the call the record is about, possibly on several
 * threads at once when several make calls. It may call any function of this library. Nothing it does changes the call's
 * outcome. It must not throw or longjmp.
 */
typedef void (*dmerp_log_callback)(void *user_data,
                                   dmerp_log_level level,
                                   const char *message);

/**
 * Takes the progress of a transfer: `done` content bytes of `total`, which is 0 where it is not known. `done` starts again
 * at 0 when a try is repeated. It runs on the thread that made the call, at most about 20 times a second, and always at the
 * transfer's end. It may call any function of this library. Return 0 to go on; anything else ends the call with DMERP_CANCELLED. It must not throw
 * or longjmp.
 */
typedef int32_t (*dmerp_progress_callback)(void *user_data,
                                           uint64_t done,
                                           uint64_t total);

/**
 * Called about every 100 milliseconds while a call waits, on the thread that made the call, so that a host can look for
 * what would otherwise go unseen until the call ends: a signal, an interrupt. It may call any function of this library.
 * Return 0 to go on; anything else ends the call with DMERP_CANCELLED. It must not throw or longjmp.
 */
typedef int32_t (*dmerp_waiting_callback)(void *user_data);

/**
 * A field of a packet that dmerp_packet has no place for.
 */
typedef struct dmerp_field {
  /**
   * The portal's name for it.
   */
  const char *name;
  /**
   * Its value. What is no plain value is the JSON or XML text it came in.
   */
  const char *value;
} dmerp_field;

/**
 * One packet of a list. What it points to is borrowed from the list and valid until dmerp_packets_free(). The strings after
 * `url` are NULL where the portal did not send them.
 */
typedef struct dmerp_packet {
  /**
   * The packet's id. The same packet can be listed again, so one id can be seen twice.
   */
  const char *id;
  /**
   * Proof of this delivery, for dmerp_client_done(). It belongs to this listing and grows stale.
   */
  const char *receipt_handle;
  /**
   * The storage path, for dmerp_client_download(). It comes from outside: never use it as a file's path.
   */
  const char *url;
  /**
   * The mobile user who sent the packet. It comes from outside: never use it as a file's path.
   */
  const char *mobile_user;
  /**
   * The company.
   */
  const char *company_id;
  /**
   * The mobile app.
   */
  const char *app_code;
  /**
   * What the content is: "data" or "image", as far as is known.
   */
  const char *packet_type;
  /**
   * When it was sent, such as "2021-07-14T09:42:19.382Z".
   */
  const char *on_date;
  /**
   * The content's size in bytes; -1 where the portal did not send it.
   */
  int64_t size;
  /**
   * `other_len` further fields: the portal can add fields without notice. NULL where there is none.
   */
  const struct dmerp_field *other;
  /**
   * How many they are.
   */
  size_t other_len;
} dmerp_packet;

/**
 * An entry of the portal's list that cannot be used: without an id, receipt handle or url it can be neither downloaded nor
 * marked. The strings are borrowed from the list and valid until dmerp_packets_free(); those after `reason` are NULL where
 * that field could not be read.
 */
typedef struct dmerp_unreadable {
  /**
   * Its place in the portal's list, counted from 1.
   */
  size_t place;
  /**
   * What is wrong with it, on one line.
   */
  const char *reason;
  /**
   * The packet's id.
   */
  const char *id;
  /**
   * Proof of this delivery.
   */
  const char *receipt_handle;
  /**
   * The storage path.
   */
  const char *url;
} dmerp_unreadable;

/**
 * The form of a packet, a list or a request: a DMERP_FORMAT_* value.
 */
typedef int32_t dmerp_format;

/**
 * Gives a content's next bytes: puts up to `capacity` of them at `data`, and how many into `*len`; 0 is the content's end. It
 * runs on the thread that made the call, and may call any function of this library. Return 0 to go on; anything else ends the
 * call with DMERP_CANCELLED. It must not throw or longjmp.
 *
 * `*len` is an impossible number at first. So a callback that another language could not enter, and for which it returned
 * whatever it had, is DMERP_FILE_ERROR, and not the content's end.
 */
typedef int32_t (*dmerp_read_callback)(void *user_data,
                                       uint8_t *data,
                                       size_t capacity,
                                       size_t *len);

/**
 * Which of an app area's two lists of pending packets is meant: a DMERP_KIND_* value.
 */
typedef int32_t dmerp_packet_kind;

/**
 * Takes a content's next `len` bytes at `data`, borrowed for the time of the callback, and puts `len` into `*taken`. It runs on
 * the thread that made the call, and may call any function of this library. Return 0 to go on; anything else ends the call
 * with DMERP_CANCELLED. It must not throw or longjmp.
 *
 * `*taken` is an impossible number at first, for the reason that dmerp_read_callback tells: what was not taken does not count
 * as given.
 */
typedef int32_t (*dmerp_write_callback)(void *user_data,
                                        const uint8_t *data,
                                        size_t len,
                                        size_t *taken);

/**
 * One delivery of a packet, as dmerp_client_done() takes it: both fields as the list gave them.
 */
typedef struct dmerp_receipt {
  /**
   * The packet's id.
   */
  const char *id;
  /**
   * The receipt handle of the packet's latest listing.
   */
  const char *receipt_handle;
} dmerp_receipt;

/**
 * A call failed.
 */
#define DMERP_LOG_ERROR 1

/**
 * Something failed and is tried again.
 */
#define DMERP_LOG_WARNING 2

/**
 * A call succeeded.
 */
#define DMERP_LOG_INFO 3

/**
 * Every request and its answer.
 */
#define DMERP_LOG_DEBUG 4

/**
 * What the option `format` says; not for dmerp_client_push(), which must know what it sends.
 */
#define DMERP_FORMAT_DEFAULT 0

/**
 * XML.
 */
#define DMERP_FORMAT_XML 1

/**
 * JSON.
 */
#define DMERP_FORMAT_JSON 2

/**
 * Synchronization packets.
 */
#define DMERP_KIND_PACKET 0

/**
 * Images and other big files.
 */
#define DMERP_KIND_FILE 1

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The library's version, such as "0.1.0". Static: never freed. Any thread.
 */
const char *dmerp_version(void);

/**
 * The DMERP_ABI_VERSION of the library. A program works with every library that answers the number of the program's own
 * header: functions, options and statuses may be added under it, nothing changes. It is the number in the soname. Any
 * thread.
 */
uint32_t dmerp_abi_version(void);

/**
 * How many handles and buffers are not yet freed, in the whole process; 0 before the first and after the last. For
 * finding leaks. Any thread.
 */
size_t dmerp_live_handles(void);

/**
 * A status's name without its prefix, such as "TIMED_OUT"; NULL for a number that is no status. Static: never freed. Any
 * thread.
 */
const char *dmerp_status_name(dmerp_status status);

/**
 * What a status means, in a sentence; NULL for a number that is no status. Static: never freed. Any thread.
 */
const char *dmerp_status_meaning(dmerp_status status);

/**
 * What to do about a status, in a sentence; NULL for a number that is no status. Static: never freed. Any thread.
 */
const char *dmerp_status_action(dmerp_status status);

/**
 * 1 when a call that ended with this status can succeed if it is made later, unchanged; else 0. Any thread.
 */
int32_t dmerp_status_is_retryable(dmerp_status status);

/**
 * The status of the call that failed; DMERP_INVALID_HANDLE when `error` is not a live error.
 */
dmerp_status dmerp_error_status(const struct dmerp_error *error);

/**
 * What was tried, what came back, and what to do, on one line. It never holds the API key. Borrowed: valid until
 * dmerp_error_free(). NULL when `error` is not a live error.
 */
const char *dmerp_error_message(const struct dmerp_error *error);

/**
 * The HTTP status of the answer that decided; 0 where there was none or it broke off, or `error` is not a live error.
 */
int32_t dmerp_error_http_status(const struct dmerp_error *error);

/**
 * What the portal or the storage said, on one line of at most 300 characters. Borrowed: valid until dmerp_error_free().
 * NULL where it said nothing, or `error` is not a live error.
 */
const char *dmerp_error_server_message(const struct dmerp_error *error);

/**
 * The packet the call was about: the unique id of a push, the storage path of a link or download. Borrowed: valid until
 * dmerp_error_free(). NULL where there is none, or `error` is not a live error.
 */
const char *dmerp_error_packet_id(const struct dmerp_error *error);

/**
 * How many HTTP requests the call made; 0 when it failed before the first, or `error` is not a live error.
 */
uint32_t dmerp_error_attempts(const struct dmerp_error *error);

/**
 * 1 when the same call, made later and unchanged, can succeed; else 0.
 */
int32_t dmerp_error_is_retryable(const struct dmerp_error *error);

/**
 * The wait that the server asked for before the next try (Retry-After), in milliseconds; 0 where it asked for none, or `error`
 * is not a live error.
 */
uint64_t dmerp_error_retry_after_ms(const struct dmerp_error *error);

/**
 * 1 when the server may have done what was asked: all of a request was sent, and no answer came. A push may then be stored and
 * receipts may be marked; repeat the call with the same packet id or receipts. 0 when not, or `error` is not a live error.
 */
int32_t dmerp_error_is_outcome_unknown(const struct dmerp_error *error);

/**
 * Frees an error. NULL and an error freed before are left alone. Any thread.
 */
void dmerp_error_free(struct dmerp_error *error);

/**
 * Frees a buffer's memory and empties the buffer. NULL, an empty buffer, and one that was freed before, also as a copy,
 * are left alone. Any thread may call this, once nobody reads the bytes.
 */
void dmerp_buffer_free(struct dmerp_buffer *buffer);

/**
 * Makes a configuration in which every option has its default, and puts it into `*config`, to be freed with
 * dmerp_config_free().
 *
 * Statuses: DMERP_INVALID_ARGUMENT (`config` is NULL).
 */
dmerp_status dmerp_config_new(struct dmerp_config **config,
                              struct dmerp_error **error);

/**
 * Sets one option of the table above. The value is checked at once and copied; on an error the option keeps what it had.
 *
 * Statuses: DMERP_INVALID_CONFIG (no such option, or not a value for it), DMERP_INVALID_ARGUMENT (NULL or not UTF-8),
 * DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_config_set(struct dmerp_config *config,
                              const char *key,
                              const char *value,
                              struct dmerp_error **error);

/**
 * Puts the value in force for one option into `*value`, which the caller frees with dmerp_buffer_free(). An option without
 * value and default leaves it empty, with `data` NULL. A secret reads as "(set)".
 *
 * Statuses: DMERP_INVALID_CONFIG (no such option), DMERP_INVALID_ARGUMENT (NULL or not UTF-8), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_config_get(const struct dmerp_config *config,
                              const char *key,
                              struct dmerp_buffer *value,
                              struct dmerp_error **error);

/**
 * Gives the log records of every client made of this configuration, at least as important as `level`, to `callback`.
 * `user_data` is handed to the callback unseen; it must stay valid until the last such client is freed. A NULL callback
 * turns logging off, as it is at first.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (no such level), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_config_set_log(struct dmerp_config *config,
                                  dmerp_log_level level,
                                  dmerp_log_callback callback,
                                  void *user_data,
                                  struct dmerp_error **error);

/**
 * Frees a configuration and wipes the API key in it. NULL and a configuration freed before are left alone. Any thread;
 * calls that use it end first.
 */
void dmerp_config_free(struct dmerp_config *config);

/**
 * Makes a control that sets no limit yet, and puts it into `*call`, to be freed with dmerp_call_free().
 *
 * Statuses: DMERP_INVALID_ARGUMENT (`call` is NULL).
 */
dmerp_status dmerp_call_new(struct dmerp_call **call,
                            struct dmerp_error **error);

/**
 * Sets the time that a whole call may take, its retries included, in milliseconds from when the call is made; it cannot
 * extend timeout.overall_ms. Counts for calls made afterwards. A call that runs out of time ends with DMERP_TIMED_OUT.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (0), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_call_set_timeout_ms(struct dmerp_call *call,
                                       uint64_t timeout_ms,
                                       struct dmerp_error **error);

/**
 * Sets who is told the progress of a transfer; NULL for nobody, as it is at first. Counts for calls made afterwards.
 * `user_data` is handed to the callback unseen; it must stay valid until the last such call has returned.
 *
 * Statuses: DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_call_set_progress(struct dmerp_call *call,
                                     dmerp_progress_callback callback,
                                     void *user_data,
                                     struct dmerp_error **error);

/**
 * Sets who is called while a call waits; NULL for nobody, as it is at first. Counts for calls made afterwards. `user_data`
 * is handed to the callback unseen; it must stay valid until the last such call has returned.
 *
 * Statuses: DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_call_set_waiting(struct dmerp_call *call,
                                    dmerp_waiting_callback callback,
                                    void *user_data,
                                    struct dmerp_error **error);

/**
 * Ends every call that was given this control, within 250 milliseconds, with DMERP_CANCELLED; and at once every one that
 * is given it later. Any thread, also a callback.
 *
 * Statuses: DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_call_cancel(struct dmerp_call *call,
                               struct dmerp_error **error);

/**
 * 1 when dmerp_call_cancel() was called, 0 when not, or when `call` is not a live control. Any thread.
 */
int32_t dmerp_call_is_cancelled(const struct dmerp_call *call);

/**
 * Frees a control. NULL and a control freed before are left alone. Any thread; calls that were given it end first, so
 * cancel it before where that should not take long.
 */
void dmerp_call_free(struct dmerp_call *call);

/**
 * The packet's unique id: the caller's, or the one made for this push. Borrowed: valid until dmerp_pushed_free(). NULL when
 * `pushed` is not a live handle.
 */
const char *dmerp_pushed_packet_id(const struct dmerp_pushed *pushed);

/**
 * The portal's name for this synchronization, for asking Dynamics Mobile about it. Borrowed: valid until
 * dmerp_pushed_free(). NULL where the portal gave none, or `pushed` is not a live handle.
 */
const char *dmerp_pushed_sync_log_id(const struct dmerp_pushed *pushed);

/**
 * The packet's size in bytes; 0 when `pushed` is not a live handle.
 */
uint64_t dmerp_pushed_size(const struct dmerp_pushed *pushed);

/**
 * Frees what a push left behind. NULL and a handle freed before are left alone. Any thread.
 */
void dmerp_pushed_free(struct dmerp_pushed *pushed);

/**
 * How many packets a list holds; 0 when `packets` is not a live list.
 */
size_t dmerp_packets_len(const struct dmerp_packets *packets);

/**
 * Puts a list's packet number `index`, counted from 0, into `*packet`. What that points to is borrowed from the list.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (no such index, or `packet` is NULL), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packets_get(const struct dmerp_packets *packets,
                               size_t index,
                               struct dmerp_packet *packet,
                               struct dmerp_error **error);

/**
 * How many entries of the portal's list could not be read; 0 when `packets` is not a live list. They are listed again after
 * the portal's visibility time, as every packet that is not marked done.
 */
size_t dmerp_packets_unreadable_len(const struct dmerp_packets *packets);

/**
 * Puts the unreadable entry number `index`, counted from 0, into `*entry`. Its strings are borrowed from the list.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (no such index, or `entry` is NULL), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packets_unreadable_get(const struct dmerp_packets *packets,
                                          size_t index,
                                          struct dmerp_unreadable *entry,
                                          struct dmerp_error **error);

/**
 * Frees a list and all that is borrowed from it. NULL and a list freed before are left alone. Any thread.
 */
void dmerp_packets_free(struct dmerp_packets *packets);

/**
 * How many results there are: one for each receipt. 0 when `results` is not a live handle.
 */
size_t dmerp_results_len(const struct dmerp_results *results);

/**
 * The status of result number `index`, counted from 0: DMERP_OK where the packet is marked done. DMERP_INVALID_ARGUMENT when
 * there is no such result, DMERP_INVALID_HANDLE when `results` is not a live handle.
 */
dmerp_status dmerp_results_status(const struct dmerp_results *results,
                                  size_t index);

/**
 * Why result number `index` is not DMERP_OK: an error that the caller frees with dmerp_error_free(). NULL where the status is
 * DMERP_OK, there is no such result, or `results` is not a live handle.
 */
struct dmerp_error *dmerp_results_error(const struct dmerp_results *results,
                                        size_t index);

/**
 * Frees results. NULL and a handle freed before are left alone. Any thread. Errors taken from them stay valid.
 */
void dmerp_results_free(struct dmerp_results *results);

/**
 * Makes a client of a configuration, and puts it into `*client`, to be freed with dmerp_client_free(). It makes no request:
 * dmerp_client_check() tries the settings.
 *
 * Statuses: DMERP_INVALID_CONFIG (an option is missing or contradicts another, or a file it names cannot be read),
 * DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_client_new(const struct dmerp_config *config,
                              struct dmerp_client **client,
                              struct dmerp_error **error);

/**
 * Sends a synchronization packet of `len` bytes to a mobile user. `content` is borrowed for the call.
 *
 * `packet_id` is the packet's unique id at the portal; NULL to have a UUIDv7 made. When a push failed and is repeated, give
 * the same id again (dmerp_error_packet_id() tells it), so that the portal knows both for the same packet. `call` may be
 * NULL. `pushed` may be NULL; else it receives a handle to be freed with dmerp_pushed_free().
 *
 * DMERP_OK means that the storage has acknowledged every byte. Statuses: those of the network, the portal and the storage;
 * DMERP_INVALID_ARGUMENT also for an empty packet, DMERP_REJECTED with the portal's own message.
 */
dmerp_status dmerp_client_push(const struct dmerp_client *client,
                               const char *mobile_user,
                               dmerp_format format,
                               const uint8_t *content,
                               size_t len,
                               const char *packet_id,
                               const struct dmerp_call *call,
                               struct dmerp_pushed **pushed,
                               struct dmerp_error **error);

/**
 * Like dmerp_client_push(), with the file at `path` (UTF-8) as the packet's content. A file of any size is read in pieces
 * as it is sent; one that changes its size meanwhile is not sent.
 *
 * Statuses: those of dmerp_client_push(), and DMERP_FILE_ERROR.
 */
dmerp_status dmerp_client_push_file(const struct dmerp_client *client,
                                    const char *mobile_user,
                                    dmerp_format format,
                                    const char *path,
                                    const char *packet_id,
                                    const struct dmerp_call *call,
                                    struct dmerp_pushed **pushed,
                                    struct dmerp_error **error);

/**
 * Like dmerp_client_push(), with what `read` gives as the packet's content; `user_data` is handed to it unseen. The content
 * is read to its end first, since its size must be announced and a retry sends it again: up to 1 MiB is kept in memory,
 * more in an unnamed temporary file. It may have any length.
 *
 * Statuses: those of dmerp_client_push(), DMERP_CANCELLED (`read` ended the call), and DMERP_FILE_ERROR (the temporary file, or
 * `read` did not run to its end).
 */
dmerp_status dmerp_client_push_stream(const struct dmerp_client *client,
                                      const char *mobile_user,
                                      dmerp_format format,
                                      dmerp_read_callback read,
                                      void *user_data,
                                      const char *packet_id,
                                      const struct dmerp_call *call,
                                      struct dmerp_pushed **pushed,
                                      struct dmerp_error **error);

/**
 * Lists the packets that mobile users sent and nobody has marked done, and puts the list into `*packets`, to be freed with
 * dmerp_packets_free(). `format` is the form asked of the portal; `call` may be NULL.
 *
 * A listed packet is hidden from other pulls for a time that the portal sets, and listed again after it, with a new receipt
 * handle, until dmerp_client_done(). So one id can be seen twice.
 *
 * An entry that lacks its id, receipt handle or url is not among the packets; dmerp_packets_unreadable_get() tells what is wrong
 * with it.
 *
 * Statuses: those of the network and the portal; DMERP_TOO_LARGE (max_list_bytes), DMERP_OUT_OF_MEMORY; DMERP_BAD_ANSWER, also
 * when the list breaks off or none of its entries can be read.
 */
dmerp_status dmerp_client_pull(const struct dmerp_client *client,
                               dmerp_packet_kind kind,
                               dmerp_format format,
                               const struct dmerp_call *call,
                               struct dmerp_packets **packets,
                               struct dmerp_error **error);

/**
 * Gets a temporary link to a packet's content, and puts it into `*link`, which the caller frees with dmerp_buffer_free().
 * `path` is the `url` of a listed packet; `call` may be NULL.
 *
 * Whoever has the link can download the packet; by the portal's page the download must begin within 15 minutes.
 * dmerp_client_download() and dmerp_client_download_file() get their own.
 *
 * Statuses: those of the network and the portal; DMERP_NOT_FOUND.
 */
dmerp_status dmerp_client_link(const struct dmerp_client *client,
                               const char *path,
                               const struct dmerp_call *call,
                               struct dmerp_buffer *link,
                               struct dmerp_error **error);

/**
 * Downloads a packet's content into `*content`, which the caller frees with dmerp_buffer_free(). `path` is the `url` of a
 * listed packet; `call` may be NULL. A link that expired is fetched anew, once.
 *
 * Statuses: those of the network, the portal and the storage; DMERP_TOO_LARGE (max_memory_bytes), DMERP_OUT_OF_MEMORY,
 * DMERP_TRUNCATED, DMERP_NOT_FOUND, DMERP_STORAGE_REFUSED.
 */
dmerp_status dmerp_client_download(const struct dmerp_client *client,
                                   const char *path,
                                   const struct dmerp_call *call,
                                   struct dmerp_buffer *content,
                                   struct dmerp_error **error);

/**
 * Like dmerp_client_download(), to the file `to` (UTF-8), in pieces, up to max_download_bytes. The file appears under its
 * name, replacing an older one, only when it is whole and on the disk; until then the content is in a temporary file
 * `.dmerp-*.part` beside it, which an error or a cancel removes. `size` may be NULL; else it receives the content's size in
 * bytes.
 *
 * Statuses: those of dmerp_client_download(), and DMERP_FILE_ERROR; DMERP_TOO_LARGE is for max_download_bytes.
 */
dmerp_status dmerp_client_download_file(const struct dmerp_client *client,
                                        const char *path,
                                        const char *to,
                                        const struct dmerp_call *call,
                                        uint64_t *size,
                                        struct dmerp_error **error);

/**
 * Like dmerp_client_download_file(), to `write`, which is given the content in pieces, in order; `user_data` is handed to it
 * unseen. It is called only once all of the content has arrived: until then up to 1 MiB is kept in memory, more in an unnamed
 * temporary file. So what fails to arrive is not given out in part. `size` may be NULL.
 *
 * Statuses: those of dmerp_client_download_file(), and DMERP_CANCELLED (`write` ended the call); DMERP_FILE_ERROR is for the
 * temporary file, or says that `write` did not run to its end.
 */
dmerp_status dmerp_client_download_stream(const struct dmerp_client *client,
                                          const char *path,
                                          dmerp_write_callback write,
                                          void *user_data,
                                          const struct dmerp_call *call,
                                          uint64_t *size,
                                          struct dmerp_error **error);

/**
 * Marks `count` packets of the list `kind` as done: the portal lists them no more. Call it only when their content is safely
 * kept. `receipts` is borrowed for the call; `format` is the form of the request; `call` may be NULL.
 *
 * DMERP_OK means that all are marked. Else the status and the error are those of the first that is not. `results` may be NULL;
 * else it receives what became of each receipt, also when the call failed, to be freed with dmerp_results_free(); NULL when
 * nothing was sent.
 *
 * More than `done_batch` packets go in several requests. A receipt that the portal refuses, such as a stale one, does not hold
 * up the others: a refused request is repeated in halves until the refused receipts are known. Repeating the call is safe. No
 * packets, no request.
 *
 * Statuses: those of the network and the portal; DMERP_REJECTED with the portal's message, such as for a stale receipt
 * handle; DMERP_INVALID_ARGUMENT, before anything is sent, for a receipt that the form of the request cannot carry.
 */
dmerp_status dmerp_client_done(const struct dmerp_client *client,
                               const struct dmerp_receipt *receipts,
                               size_t count,
                               dmerp_packet_kind kind,
                               dmerp_format format,
                               const struct dmerp_call *call,
                               struct dmerp_results **results,
                               struct dmerp_error **error);

/**
 * Tries the settings, without touching any packet. `call` may be NULL.
 *
 * Each cause has its own status: DMERP_AUTHENTICATION_FAILED (the key), DMERP_UNKNOWN_APP_AREA (the area),
 * DMERP_HOST_NOT_FOUND, DMERP_CONNECT_FAILED and DMERP_TIMED_OUT (the network), DMERP_TLS_FAILED (the certificate),
 * DMERP_BAD_ANSWER and DMERP_NOT_FOUND (something else is at base_url). Where the portal answers a wrong area exactly as a
 * wrong key, that is DMERP_AUTHENTICATION_FAILED.
 */
dmerp_status dmerp_client_check(const struct dmerp_client *client,
                                const struct dmerp_call *call,
                                struct dmerp_error **error);

/**
 * Frees a client, its connections and its copy of the API key. NULL and a client freed before are left alone. Any thread;
 * calls that use the client end first, so cancel them where that should not take long. In a callback this does not wait:
 * the last of those calls frees the client as it ends.
 */
void dmerp_client_free(struct dmerp_client *client);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DMERP_H */
