/*
 * dmerp: exchange synchronization packets between an ERP and Dynamics Mobile's cloud.
 *
 * Made by cbindgen from src/ffi; do not edit.
 *
 * These rules hold for all functions:
 *
 * - Statuses. A function that can fail returns a dmerp_status and takes `dmerp_error **error` as its last argument.
 *   `error` may be NULL. Else *error becomes NULL on success, and an error on failure; free that with
 *   dmerp_error_free().
 * - Handles. A dmerp_config *, dmerp_client * and so on is a handle, not an address. NULL, a freed handle and a handle
 *   of another kind give DMERP_INVALID_HANDLE; to free one of them does nothing.
 * - Input. Text is UTF-8 and ends with a NUL. Text and arrays that you pass are borrowed until the function returns.
 * - Output. A function returns a handle or a dmerp_buffer, which you free, or memory that is borrowed from a handle and
 *   valid until you free that handle. The comment of each function says which. On failure, the output is NULL or empty.
 * - Threads. Any thread may call any function, and several threads may use one handle at the same time; a packet writer
 *   or reader serves one of them after the other. The library keeps no thread of its own; only the system's name
 *   resolution and its check of certificates run on a thread, while they last. Callbacks run on the thread that made the
 *   call. A call uses at most 48 KB of the thread's stack, besides callbacks; 64 KB if it connects through a proxy.
 * - Blocking. The functions dmerp_client_push() to dmerp_client_check(), dmerp_client_push_packet() and
 *   dmerp_batch_run() block until they are done, cancelled (dmerp_call) or out of time (timeout.overall_ms).
 *   Only dmerp_receiver_next() waits without a limit if the receiver polls; a dmerp_call can limit it.
 * - Signals. The library installs no signal handler. Its writes to closed connections raise no SIGPIPE in the host.
 *
 * The options of dmerp_config_set():
 *
 *   app_area (text, 1 to 128 bytes; no default)
 *       The application area's code, such as DMDEV01. Required.
 *   api_key (secret text, 1 to 1024 bytes; no default)
 *       The application area's API key. Required. No message and no log record contains it. The library wipes its
 *       own copies when the last handle that holds the key is freed.
 *   base_url (an http or https URL; default https://api.portal.dynamicsmobile.com/mobile)
 *       The portal's URL. The library appends /erp/... to it. A trailing slash makes no difference.
 *   format (xml, json; default json)
 *       The format of pull and done, for calls that do not name one.
 *   timeout.connect_ms (1 to 86400000; default 10000)
 *       The longest time to make one connection, in milliseconds: name resolution, TCP and TLS. The check of the
 *       certificate may then take 5000 more than that.
 *   timeout.idle_ms (1 to 86400000; default 60000)
 *       The longest time in which nothing is sent and nothing is received, in milliseconds. After it, the try has
 *       failed. On a slow uplink raise it: up to about half a megabyte of an upload can wait in buffers unseen.
 *   timeout.overall_ms (1 to 86400000; default 3600000)
 *       The longest time for a whole call, its retries included, in milliseconds. A call's own time-out can only
 *       shorten it.
 *   retry.max_attempts (1 to 20; default 5)
 *       How often one request is tried at most, the first try included; 1 turns retries off.
 *   retry.base_ms (1 to 60000; default 500)
 *       The longest wait before the second try, in milliseconds. It doubles with each further try, up to
 *       retry.max_ms. The actual wait is random, from 0 to this value.
 *   retry.max_ms (1 to 600000; default 30000)
 *       The longest wait between two tries, in milliseconds, unless the server's Retry-After header asks for more.
 *   tls.roots (platform, file, both; default both)
 *       Which certificate authorities are trusted. platform: the platform's trust store. file: those in tls.ca_file
 *       and tls.ca_pem. both: all of these.
 *   tls.ca_file (a file's path; no default)
 *       A PEM file of certificate authorities to trust, such as that of a proxy that inspects TLS.
 *   tls.ca_pem (PEM text, 1 to 1048576 bytes; no default)
 *       Certificate authorities to trust, as the text of a PEM file. May be used together with tls.ca_file.
 *   proxy (system, none, or an http URL; default system)
 *       system: the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY), and on Windows and macOS the
 *       system's settings. none: connect directly. Or http://[user:password@]host:port.
 *   user_agent (text, 1 to 256 bytes; default dmerp/0.1.0)
 *       The User-Agent header of every request.
 *   upload_content_type (text, 1 to 128 bytes; no default)
 *       The Content-Type of an upload. The default follows the packet's format: application/xml or application/json.
 *   done_batch (1 to 10000; default 500)
 *       How many packets one done request marks at most. More packets are sent in several requests.
 *   temp_dir (a folder's path; no default)
 *       The folder for the temporary files of the stream verbs and of receivers. The default is the system's folder,
 *       such as /tmp, which on many systems is in memory. A download to a file uses the folder of that file instead,
 *       and a packet writer has a temp_dir of its own.
 *   max_list_bytes (1024 to 1099511627776; default 67108864)
 *       The largest list of packets that pull accepts, in bytes.
 *   max_memory_bytes (1024 to 1099511627776; default 268435456)
 *       The largest packet that download accepts into memory, in bytes. Downloads to files and streams have only
 *       max_download_bytes. In a 32-bit process the default is 67108864.
 *   max_download_bytes (1024 to 1099511627776; default 4294967296)
 *       The largest packet that any download accepts, in bytes.
 *   receive.concurrency (1 to 64; default 16)
 *       How many packets a receiver downloads at the same time.
 *   receive.ahead_packets (1 to 10000; default 64)
 *       How many packets a receiver downloads before the host takes them, at most.
 *   receive.ahead_bytes (1024 to 1099511627776; default 67108864)
 *       How many content bytes a receiver downloads before the host takes them, in memory and in files. One packet
 *       may be larger. A packet that is listed without its size counts as receive.memory_bytes until its download
 *       begins.
 *   receive.memory_bytes (0 to 1099511627776; default 1048576)
 *       The largest packet that a receiver keeps in memory, in bytes. Larger content is in a file in temp_dir.
 *   receive.done_count (1 to 10000; default 50)
 *       A receiver marks handled packets done when this many wait. It also does so by receive.done_ms, before it
 *       waits for new packets, and at its end.
 *   receive.done_ms (1 to 86400000; default 1000)
 *       A receiver marks handled packets done when the oldest has waited this long, in milliseconds. It looks when
 *       the host asks for a packet, and while it waits for one.
 *   receive.close_ms (1 to 86400000; default 10000)
 *       The longest time in which a receiver marks handled packets done at its end, in milliseconds. A cancel does
 *       not shorten it.
 *   receive.lease_ms (100 to 86400000; default 25000)
 *       How long a listed packet may wait until it is handed over, in milliseconds. Then its receipt handle counts
 *       as stale, and a later list must show the packet again. Keep it below the portal's visibility time-out, which
 *       is not published.
 *   receive.max_deliveries (1 to 1000000; default 5)
 *       After this many failures a packet goes to receive.dead_letter_dir: the host kept it or did not say done, or
 *       its download failed for a reason of its own (not by an outage) while another packet of the list could be
 *       downloaded. The client counts by packet id.
 *   receive.dead_letter_dir (a folder's path; no default)
 *       The folder for packets that fail again and again. A receiver stores the content, as far as it can be had,
 *       and a JSON file that says why, and then marks the packet done. Without this option such packets stay in the
 *       queue.
 *   receive.poll_ms (0 to 86400000; default 0)
 *       0: a receiver ends when the queue is empty. Else it waits this long for new packets, in milliseconds, and
 *       lists again. The wait grows up to receive.poll_max_ms while the queue stays empty.
 *   receive.poll_max_ms (1 to 86400000; default 60000)
 *       The longest wait between two lists of an empty queue, in milliseconds; not less than receive.poll_ms.
 *   receive.max_packets (0 to 1099511627776; default 0)
 *       A receiver ends after it has handed over this many packets. 0: no limit.
 *   receive.max_ms (0 to 31536000000; default 0)
 *       A receiver hands over nothing new after this time, in milliseconds since it was opened. 0: no limit.
 *   push.concurrency (1 to 64; default 16)
 *       How many packets a batch pushes at the same time. Each mobile user gets one at a time.
 */

#ifndef DMERP_H
#define DMERP_H

#include <stddef.h>
#include <stdint.h>

/** The version of the library that belongs to this header. */
#define DMERP_VERSION_MAJOR 0
#define DMERP_VERSION_MINOR 1
#define DMERP_VERSION_PATCH 0

/** The `len` of a dmerp_value whose text ends with a NUL. */
#define DMERP_NUL_TERMINATED SIZE_MAX

/**
 * The call succeeded. Nothing.
 */
#define DMERP_OK 0

/**
 * An argument is not valid: NULL where a value is needed, text that is not UTF-8, an empty name, a number out of
 * range. Correct the calling code; the message names the argument.
 */
#define DMERP_INVALID_ARGUMENT 1

/**
 * A handle is NULL, already freed, of another kind, or not from this library. Correct the calling code; the message
 * names the handle.
 */
#define DMERP_INVALID_HANDLE 2

/**
 * A configuration option is unknown, missing, malformed, or contradicts another option. Correct the option that the
 * message names.
 */
#define DMERP_INVALID_CONFIG 3

/**
 * A local file, or the caller's stream, could not be read or written. Check the path, its permissions and the free
 * space, then repeat the call.
 */
#define DMERP_FILE_ERROR 4

/**
 * The call was cancelled, or a callback returned non-zero. Nothing: the caller asked for it. Repeating the call is
 * safe.
 */
#define DMERP_CANCELLED 5

/**
 * The call's time-out passed, nothing was sent or received for the idle time-out, or no connection was made in time.
 * Try again later. If it happens again, check the network, the proxy and the timeout.* options. Worth repeating
 * later.
 */
#define DMERP_TIMED_OUT 6

/**
 * The server's name could not be resolved (DNS). Check base_url for a misspelt host, and this machine's DNS. If both
 * are right, try again later. Worth repeating later.
 */
#define DMERP_HOST_NOT_FOUND 7

/**
 * No connection could be made: it was refused, the host is unreachable, or a proxy stopped it. Check base_url's port,
 * the firewall and the proxy option. If all are right, try again later. Worth repeating later.
 */
#define DMERP_CONNECT_FAILED 8

/**
 * The server's certificate was not accepted, or the TLS handshake failed. The message says which. Check this
 * machine's clock and trust store. If a proxy inspects TLS, name its CA in tls.ca_file or tls.ca_pem.
 */
#define DMERP_TLS_FAILED 9

/**
 * The connection broke before the answer began. Try again later. Every call of this library may be repeated. Worth
 * repeating later.
 */
#define DMERP_CONNECTION_LOST 10

/**
 * An answer ended before its announced length; nothing of it was kept. Try again later. If it happens again, look for
 * a proxy that cuts long answers. Worth repeating later.
 */
#define DMERP_TRUNCATED 11

/**
 * The portal refused the API key. Check that api_key is complete, has not expired, and belongs to this app area.
 */
#define DMERP_AUTHENTICATION_FAILED 12

/**
 * The portal does not let this API key use this app area, or does not know the app area. Check the spelling of
 * app_area, and that the key belongs to it.
 */
#define DMERP_UNKNOWN_APP_AREA 13

/**
 * The portal or the storage asks for fewer requests (HTTP 429, or S3's SlowDown). Try again later, and less often.
 * Worth repeating later.
 */
#define DMERP_THROTTLED 14

/**
 * The portal or the storage failed (HTTP 408 or 5xx). Try again later. If it happens again, tell Dynamics Mobile the
 * packet id and the time. Worth repeating later.
 */
#define DMERP_SERVER_ERROR 15

/**
 * The portal understood the request and refused it. Read the server's message: the mobile user, the packet or the
 * receipt handle is not accepted.
 */
#define DMERP_REJECTED 16

/**
 * The portal or the storage does not have what was asked for. Check base_url. For a packet, pull again: somebody may
 * have taken or removed it.
 */
#define DMERP_NOT_FOUND 17

/**
 * The storage refused a temporary link. If the link may have expired, a new one was tried, once. Read the server's
 * message. Check this machine's clock, and any proxy that changes requests.
 */
#define DMERP_STORAGE_REFUSED 18

/**
 * The answer is not one that the portal gives: a web page, a redirect, or broken JSON or XML. Check base_url, and
 * whether a proxy or a sign-in page answered; the message says what came back.
 */
#define DMERP_BAD_ANSWER 19

/**
 * An answer is larger than its configured limit; nothing of it was kept. Raise the limit that the message names, or
 * download to a file.
 */
#define DMERP_TOO_LARGE 20

/**
 * A defect in this library; the client stays usable. Report it, with the message.
 */
#define DMERP_INTERNAL 21

/**
 * There was not enough memory for a packet's content or a list of packets; nothing of it was kept. Download to a file
 * or a stream, run fewer calls at once, or give the process more memory.
 */
#define DMERP_OUT_OF_MEMORY 22

/**
 * The proxy asks for a user and a password, or did not accept those it was given (HTTP 407). Correct the proxy option
 * or the system's settings; the message names the schemes that the proxy offers. The library tries once: repeating a
 * wrong password can lock the account.
 */
#define DMERP_PROXY_REFUSED 23

/**
 * The content is not a synchronization packet as the format has it; the message names the line, the table, the record
 * and the field. Correct what writes the packet. Keep a received packet in the queue, or save it, and have a person
 * look at it.
 */
#define DMERP_BAD_PACKET 24

/**
 * The version of this binary interface. See dmerp_abi_version().
 */
#define DMERP_ABI_VERSION 1



/**
 * Packets that are pushed together. Give it contents, then entries that say which mobile user gets which content, then
 * run it. Free it with dmerp_batch_free(). It keeps what it needs of its client, so the client can be freed first. Use
 * a batch in one thread at a time.
 */
typedef struct dmerp_batch dmerp_batch;

/**
 * Owns a buffer's memory. It has no functions of its own.
 */
typedef struct dmerp_buffer_owner dmerp_buffer_owner;

/**
 * Options and a cancel switch for calls. Make one, set its time-out and its callbacks, and pass it to a call. To end
 * the call early, cancel it from any other thread. Several calls may use one control, in turn or at the same time,
 * until it is cancelled.
 */
typedef struct dmerp_call dmerp_call;

/**
 * A client for one app area. Any number of threads may use one client at the same time. It keeps no thread of its own.
 * A forked child can use the client that it inherited.
 */
typedef struct dmerp_client dmerp_client;

/**
 * The options for making a client. Any number of threads may use one configuration at the same time.
 * dmerp_client_new() copies it, so it can then be freed or changed.
 */
typedef struct dmerp_config dmerp_config;

/**
 * Describes why a call failed. A function stores this handle through its `error` argument; free it with
 * dmerp_error_free(). Any number of threads may read an error at the same time.
 */
typedef struct dmerp_error dmerp_error;

/**
 * The mistakes in a packet. Free it with dmerp_mistakes_free(). Any thread may use it.
 */
typedef struct dmerp_mistakes dmerp_mistakes;

/**
 * Reads a synchronization packet, a record at a time. Its memory does not grow with the packet. Free it with
 * dmerp_packet_reader_free(). Any thread may use it, but one at a time: each call ends what the call before has lent.
 *
 * It takes what the vendor's own ERP extension takes, and refuses what would lose data with DMERP_BAD_PACKET: a field
 * that stands twice in a record, a text where a record should be, a packet that breaks off. The records before the
 * refused place are handed over; every later call fails likewise. No entity is expanded but XML's own five, and
 * nothing outside the packet is read.
 */
typedef struct dmerp_packet_reader dmerp_packet_reader;

/**
 * Writes a synchronization packet: the `NavMobileSync` XML that mobile users get, a record at a time. Its memory does
 * not grow with the packet. Free it with dmerp_packet_writer_free(). Any thread may use it, but a second thread waits
 * until the first one's call has ended. No call waits for a push: while dmerp_client_push_packet() runs,
 * dmerp_packet_writer_count() works, and all other calls but dmerp_packet_writer_free() are refused.
 *
 * What the format cannot hold is refused with DMERP_INVALID_ARGUMENT, and the message names the table, the record and
 * the field. Nothing of a refused record is written, and the writer can go on. After DMERP_FILE_ERROR it cannot: a part
 * of the packet is missing.
 */
typedef struct dmerp_packet_writer dmerp_packet_writer;

/**
 * The list of pending packets that a pull returned. Free it with dmerp_packets_free(). Any number of threads may read
 * it at the same time.
 */
typedef struct dmerp_packets dmerp_packets;

/**
 * The outcome of a successful push, for tracing. Free it with dmerp_pushed_free(). Any number of threads may read it
 * at the same time.
 */
typedef struct dmerp_pushed dmerp_pushed;

/**
 * A packet with its content, which a receiver handed over. Free it with dmerp_received_free(). Any thread may use it.
 *
 * Call dmerp_received_done() when you have stored the content safely, or dmerp_received_keep() to leave the packet in
 * the queue. A packet that is freed without either stays in the queue, too.
 */
typedef struct dmerp_received dmerp_received;

/**
 * Receives the packets of one list. It downloads several packets at the same time, hands them over one at a time, and
 * marks those done that you have handled. Free it with dmerp_receiver_free(). It keeps what it needs of its client, so
 * the client can be freed first.
 *
 * Only dmerp_received_done() takes a packet from the queue. A packet stays there if your program ends early, or if it
 * forgets to say done.
 *
 * Packets come in the order of the list. A packet that is late holds up the others for a tenth of receive.lease_ms at
 * most. A packet that this client failed to download before, or that you did not handle before, comes after the others.
 * A packet that cannot be downloaded stays in the queue; the log and dmerp_summary say why.
 *
 * A receiver hands over each packet once. If the packet is listed again, the receiver marks it if it was handled. A
 * packet that was kept (dmerp_received_keep()) comes again only in a run that polls (receive.poll_ms).
 *
 * Any number of threads may call dmerp_receiver_next() on one receiver. Work goes on only while a thread is inside
 * that function. The receiver belongs to the process that opened it: a forked child opens its own.
 */
typedef struct dmerp_receiver dmerp_receiver;

/**
 * The outcome of each receipt that dmerp_client_done() was given, or of each entry of a batch, in the same order. Free
 * it with dmerp_results_free(). Any number of threads may read it at the same time.
 */
typedef struct dmerp_results dmerp_results;

/**
 * What became of a receiver's run. Free it with dmerp_summary_free(). Any number of threads may read it at the same
 * time.
 */
typedef struct dmerp_summary dmerp_summary;

/**
 * The outcome of a call: 0 (DMERP_OK) or one of the DMERP_* statuses at the beginning of the header. Later versions
 * may add statuses. Treat a status that you do not know as a failure, and ask dmerp_error_is_retryable() whether to
 * repeat the call.
 */
typedef int32_t dmerp_status;

/**
 * Bytes that belong to the caller. Free them with dmerp_buffer_free().
 *
 * `data` points to `len` bytes. A NUL byte follows them, which `len` does not count, so a text can be used as a C
 * string. An empty buffer has `data` NULL or `len` 0. Read the fields, but do not change them. Start with
 * `dmerp_buffer buffer = {0};`.
 */
typedef struct dmerp_buffer {
  /**
   * The bytes.
   */
  const uint8_t *data;
  /**
   * The number of bytes.
   */
  size_t len;
  /**
   * Used by dmerp_buffer_free() only.
   */
  struct dmerp_buffer_owner *owner;
} dmerp_buffer;

/**
 * The importance of a log record: a DMERP_LOG_* value.
 */
typedef int32_t dmerp_log_level;

/**
 * Receives one log record: one line of text without a line end. `message` is borrowed until the callback returns. It
 * never holds the API key or a temporary link's signature.
 *
 * The callback runs on the thread that made the call. If several threads make calls, it may run on several threads at
 * the same time. It may call any function of this library. Nothing that it does changes the outcome of the call. It
 * must not throw or longjmp.
 */
typedef void (*dmerp_log_callback)(void *user_data,
                                   dmerp_log_level level,
                                   const char *message);

/**
 * The progress of a call that transfers content.
 */
typedef struct dmerp_progress {
  /**
   * Content bytes sent or received so far. What a failed try has moved is taken back.
   */
  uint64_t done;
  /**
   * All content bytes of the call; 0 if they are not known. A receiver does not know them.
   */
  uint64_t total;
  /**
   * Packets sent or received completely.
   */
  uint64_t packets;
  /**
   * All packets of the call: 1, or those that a batch sends in this run; 0 for a receiver, which does not know them.
   */
  uint64_t packets_total;
} dmerp_progress;

/**
 * Receives the progress of a call. `progress` is borrowed until the callback returns.
 *
 * The callback runs on the thread that made the call, at most about 20 times a second, and once when all of the
 * content has been transferred; a receiver knows no such end. It may call any function of this library. Return 0 to go
 * on; any other value ends the call with DMERP_CANCELLED, unless the content is already stored. It must not throw or
 * longjmp.
 */
typedef int32_t (*dmerp_progress_callback)(void *user_data,
                                           const struct dmerp_progress *progress);

/**
 * Called about every 100 milliseconds during a call, on the thread that made the call. Use it to notice what the
 * blocked thread would otherwise see only after the call, such as a signal or an interrupt. It may call any function
 * of this library. Return 0 to go on; any other value ends the call with DMERP_CANCELLED. It must not throw or
 * longjmp.
 */
typedef int32_t (*dmerp_waiting_callback)(void *user_data);

/**
 * A name and a value: NUL-terminated UTF-8. A further field of a listed packet, or an attribute in a synchronization
 * packet.
 */
typedef struct dmerp_attribute {
  /**
   * The name.
   */
  const char *name;
  /**
   * The value.
   */
  const char *value;
} dmerp_attribute;

/**
 * One packet, as the portal listed it. All pointers are borrowed from the list (dmerp_packets) or the received packet
 * (dmerp_received) that it was read from, and valid until that is freed. The strings after `url` are NULL if the
 * portal did not send them.
 */
typedef struct dmerp_packet {
  /**
   * The packet's id. The same packet can be listed more than once, with the same id.
   */
  const char *id;
  /**
   * The receipt handle of this listing, for dmerp_client_done(). It can become stale.
   */
  const char *receipt_handle;
  /**
   * The storage path, for dmerp_client_link() and the downloads. It comes from outside: never use it as the path of
   * a file.
   */
  const char *url;
  /**
   * The mobile user who sent the packet. It comes from outside: never use it as the path of a file.
   */
  const char *mobile_user;
  /**
   * The company that the packet belongs to.
   */
  const char *company_id;
  /**
   * The mobile app that sent the packet.
   */
  const char *app_code;
  /**
   * The kind of content: "data" or "image", as far as is known.
   */
  const char *packet_type;
  /**
   * When the packet was sent, such as "2021-07-14T09:42:19.382Z".
   */
  const char *on_date;
  /**
   * The content's size in bytes; -1 if the portal did not send it.
   */
  int64_t size;
  /**
   * The further fields, `other_len` of them, each by the portal's own name for it; NULL if there are none. The portal
   * may add fields at any time. A nested value is its JSON or XML source text.
   */
  const struct dmerp_attribute *other;
  /**
   * The number of further fields.
   */
  size_t other_len;
} dmerp_packet;

/**
 * An entry of the portal's list that cannot be used: its id, its receipt handle or its url is missing, or a part of
 * the entry cannot be read. The strings are borrowed from the list and valid until dmerp_packets_free(). The strings
 * after `reason` are NULL if the field could not be read.
 */
typedef struct dmerp_unreadable {
  /**
   * The entry's place in the portal's list, counted from 1.
   */
  size_t place;
  /**
   * What is wrong with the entry, on one line.
   */
  const char *reason;
  /**
   * The packet's id.
   */
  const char *id;
  /**
   * The receipt handle of this listing.
   */
  const char *receipt_handle;
  /**
   * The storage path.
   */
  const char *url;
} dmerp_unreadable;

/**
 * The format of a packet, a list or a request: a DMERP_FORMAT_* value.
 */
typedef int32_t dmerp_format;

/**
 * Reads the next bytes of a content: writes at most `capacity` bytes to `data`, and stores their number in `*len`. 0
 * means the end of the content.
 *
 * The callback runs on the thread that made the call, and may call any function of this library. Return 0 to go on;
 * any other value ends the call with DMERP_CANCELLED. It must not throw or longjmp.
 *
 * The callback must always set `*len`. The library sets it to an invalid value first: if another language's runtime
 * cannot run the callback and returns some default, the call ends with DMERP_FILE_ERROR, and the content does not end
 * early.
 */
typedef int32_t (*dmerp_read_callback)(void *user_data,
                                       uint8_t *data,
                                       size_t capacity,
                                       size_t *len);

/**
 * Which of an app area's two lists of pending packets: a DMERP_KIND_* value.
 */
typedef int32_t dmerp_packet_kind;

/**
 * Receives the next `len` bytes of a content at `data`, which are borrowed until the callback returns. The callback
 * must take all of them, and store `len` in `*taken`.
 *
 * The callback runs on the thread that made the call, and may call any function of this library. Return 0 to go on;
 * any other value ends the call with DMERP_CANCELLED. It must not throw or longjmp.
 *
 * The library sets `*taken` to an invalid value first: if another language's runtime cannot run the callback, the call
 * ends with DMERP_FILE_ERROR (see dmerp_read_callback).
 */
typedef int32_t (*dmerp_write_callback)(void *user_data,
                                        const uint8_t *data,
                                        size_t len,
                                        size_t *taken);

/**
 * What dmerp_client_done() needs to mark one packet done. Copy both fields from the list.
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
 * The counts of a run.
 */
typedef struct dmerp_totals {
  /**
   * Lists that the portal sent.
   */
  uint64_t lists;
  /**
   * Packets listed, each id counted once.
   */
  uint64_t listed;
  /**
   * Packets handed over.
   */
  uint64_t handed_over;
  /**
   * Content bytes of the packets handed over.
   */
  uint64_t bytes;
  /**
   * Packets of which you said done.
   */
  uint64_t done;
  /**
   * Handled packets that are marked done at the portal. An earlier run's packet counts, too, if this run marked it.
   */
  uint64_t marked;
  /**
   * Packets that were listed again and not handed over again.
   */
  uint64_t repeated;
  /**
   * Packets that went to receive.dead_letter_dir.
   */
  uint64_t dead_lettered;
  /**
   * Packets left behind. dmerp_summary_left_get() returns the latest 10,000 of them.
   */
  uint64_t left;
  /**
   * How long the portal hides a listed packet, in milliseconds: the shortest time that this client has seen between
   * two lists of one packet. The portal does not publish it. 0 if no packet was listed twice.
   */
  uint64_t hidden_ms;
} dmerp_totals;

/**
 * Why a packet was left behind: a DMERP_LEFT_* value.
 */
typedef int32_t dmerp_left_why;

/**
 * A packet that a run left behind. The strings are borrowed from the summary and valid until dmerp_summary_free().
 */
typedef struct dmerp_left {
  /**
   * The packet's id; NULL if its entry in the list has none.
   */
  const char *id;
  /**
   * The mobile user who sent it; NULL if the portal did not say so.
   */
  const char *mobile_user;
  /**
   * Why it was left: a DMERP_LEFT_* value.
   */
  dmerp_left_why why;
  /**
   * The status of the error behind it; DMERP_OK if there was none.
   */
  dmerp_status status;
  /**
   * Why it was left, in words, on one line.
   */
  const char *reason;
} dmerp_left;

/**
 * What a client has done since it was made. Receivers and batches count for their client. The library counts always,
 * and nothing is kept for later: this is a copy as of one moment. Times are milliseconds since 1970 (UTC); 0 means
 * never.
 */
typedef struct dmerp_stats {
  /**
   * HTTP requests, repeated ones included.
   */
  uint64_t requests;
  /**
   * Of these, requests that repeated a failed one.
   */
  uint64_t retries;
  /**
   * Content bytes uploaded to the storage, repeated tries included.
   */
  uint64_t bytes_sent;
  /**
   * Content bytes downloaded from the storage, repeated tries included.
   */
  uint64_t bytes_received;
  /**
   * Connections opened to the portal, the storage or a proxy.
   */
  uint64_t connections_opened;
  /**
   * Packets whose push the storage has acknowledged.
   */
  uint64_t packets_pushed;
  /**
   * Packets downloaded completely.
   */
  uint64_t packets_received;
  /**
   * Packets marked done at the portal.
   */
  uint64_t packets_done;
  /**
   * Packets that a receiver's host has handled and that are not known to be marked done at the portal. One leaves this
   * count when a receiver has marked it, which may be when it is listed again.
   */
  uint64_t unmarked;
  /**
   * When the host said done of the oldest of these.
   */
  uint64_t oldest_unmarked_at;
  /**
   * The last success of dmerp_client_check().
   */
  uint64_t last_check_at;
  /**
   * The last success of a push.
   */
  uint64_t last_push_at;
  /**
   * The last success of a pull.
   */
  uint64_t last_pull_at;
  /**
   * The last success of a link; each download asks for one.
   */
  uint64_t last_link_at;
  /**
   * The last success of a download.
   */
  uint64_t last_download_at;
  /**
   * The last success of a done.
   */
  uint64_t last_done_at;
} dmerp_stats;

/**
 * What kind of value a dmerp_value is: one of the DMERP_VALUE_* constants. The forms in which values are written and
 * read are those of the vendor's own ERP extension.
 */
typedef int32_t dmerp_value_kind;

/**
 * The value of a field. `kind` says which of the other members hold it; the rest is not looked at.
 * `dmerp_value null = {0};` is a null.
 */
typedef struct dmerp_value {
  /**
   * One of the DMERP_VALUE_* constants.
   */
  dmerp_value_kind kind;
  /**
   * How many digits of a decimal stand after the point.
   */
  int32_t scale;
  /**
   * The number, for all kinds but texts, bytes and reals.
   */
  int64_t integer;
  /**
   * The number of a DMERP_VALUE_REAL.
   */
  double real;
  /**
   * The text or the bytes.
   */
  const char *text;
  /**
   * The number of bytes of `text`, or DMERP_NUL_TERMINATED. For an empty text, `len` is 0 and `text` points to a NUL.
   * Another byte there is refused, because the `len` was probably forgotten.
   */
  size_t len;
} dmerp_value;

/**
 * What a record says of the row that it holds: one of the DMERP_RECORD_* constants.
 */
typedef int32_t dmerp_record_status;

/**
 * A field of a record.
 */
typedef struct dmerp_field {
  /**
   * The name: NUL-terminated UTF-8.
   */
  const char *name;
  /**
   * The value. A reader gives texts, each followed by a NUL in memory.
   */
  struct dmerp_value value;
  /**
   * The field's attributes, such as `validate`. NULL if `attributes_len` is 0.
   */
  const struct dmerp_attribute *attributes;
  /**
   * The number of attributes.
   */
  size_t attributes_len;
} dmerp_field;

/**
 * A record of a packet. All that it points to is borrowed from the reader until the next call with it.
 */
typedef struct dmerp_record {
  /**
   * The table's name. NULL: this is the end of the packet, and there is no record. Empty for an unknown element
   * outside the tables.
   */
  const char *table;
  /**
   * The name of the element that holds the record: `r`, or another one in system tables and if unknown elements are
   * kept.
   */
  const char *element;
  /**
   * What the record says of its row.
   */
  dmerp_record_status status;
  /**
   * The record's number in its table, from 1.
   */
  uint64_t number;
  /**
   * The line in which the record begins, from 1.
   */
  uint64_t line;
  /**
   * The fields, in their order. All values are texts.
   */
  const struct dmerp_field *fields;
  /**
   * The number of fields.
   */
  size_t fields_len;
  /**
   * The record's own attributes, such as `directresponse`. A status that is known is not among them.
   */
  const struct dmerp_attribute *attributes;
  /**
   * The number of attributes.
   */
  size_t attributes_len;
} dmerp_record;

/**
 * Records of one table in a compact form, for languages in which a call is dear. All that it points to is borrowed
 * from the reader until the next call with it.
 */
typedef struct dmerp_rows {
  /**
   * The table's name; NULL if `count` is 0.
   */
  const char *table;
  /**
   * The number of the first record in its table, from 1. The others follow it.
   */
  uint64_t first;
  /**
   * The number of records.
   */
  size_t count;
  /**
   * The number of names.
   */
  size_t columns;
  /**
   * The names of the fields, each ended by a NUL.
   */
  const char *names;
  /**
   * The number of bytes of `names`.
   */
  size_t names_len;
  /**
   * The values, row after row: a text for each name, each ended by a NUL. A text of the one byte 0xFF says that the
   * record does not have the field.
   */
  const char *values;
  /**
   * The number of bytes of `values`.
   */
  size_t values_len;
  /**
   * The status of each record.
   */
  const uint8_t *statuses;
  /**
   * The line in which each record begins, from 1.
   */
  const uint64_t *lines;
} dmerp_rows;

/**
 * A mistake in a packet. Its texts are borrowed from the dmerp_mistakes.
 */
typedef struct dmerp_mistake {
  /**
   * The line, from 1.
   */
  uint64_t line;
  /**
   * The table; NULL if it is in none.
   */
  const char *table;
  /**
   * The number of the record in its table, from 1; 0 if it is in none.
   */
  uint64_t record;
  /**
   * The field; NULL if it is in none.
   */
  const char *field;
  /**
   * What is wrong.
   */
  const char *what;
} dmerp_mistake;

/**
 * A call failed.
 */
#define DMERP_LOG_ERROR 1

/**
 * Something failed and is tried again, or an entry of the list cannot be read.
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
 * The format that the option `format` sets. A push must name its format, so it does not accept this value.
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

/**
 * You kept it in the queue.
 */
#define DMERP_LEFT_KEPT 1

/**
 * You got it, and said neither done nor keep.
 */
#define DMERP_LEFT_UNSETTLED 2

/**
 * Its download failed.
 */
#define DMERP_LEFT_NOT_DOWNLOADED 3

/**
 * It was not handed over within receive.lease_ms of its listing.
 */
#define DMERP_LEFT_LAPSED 4

/**
 * The run ended before it was handed over.
 */
#define DMERP_LEFT_NOT_HANDED_OVER 5

/**
 * Its entry in the list cannot be read.
 */
#define DMERP_LEFT_UNREADABLE 6

/**
 * You have handled it, but it is not marked: the portal refused, or the request failed. If this client receives it
 * again, it marks it and does not hand it over again.
 */
#define DMERP_LEFT_NOT_MARKED 7

/**
 * Like DMERP_LEFT_NOT_MARKED, but the portal may have marked it: the request was sent and not answered.
 */
#define DMERP_LEFT_MARK_UNKNOWN 8

/**
 * No value: the field is left out.
 */
#define DMERP_VALUE_NULL 0

/**
 * A text: `text`, `len` (UTF-8). A text that ends with a NUL can have the `len` DMERP_NUL_TERMINATED.
 */
#define DMERP_VALUE_TEXT 1

/**
 * `integer` is 0 or 1. Written `false` or `true`.
 */
#define DMERP_VALUE_BOOL 2

/**
 * `integer`, such as `-12`.
 */
#define DMERP_VALUE_INTEGER 3

/**
 * `integer` has all digits, and `scale` says how many of them stand after the point: 0 to 28. 1250 with the scale 2 is
 * `12.50`.
 */
#define DMERP_VALUE_DECIMAL 4

/**
 * `real`. Written as the shortest decimal number that reads back the same, without an exponent. Infinity and NaN are
 * refused.
 */
#define DMERP_VALUE_REAL 5

/**
 * `integer` is the number of days since 1970-01-01. Written `2026-11-24`.
 */
#define DMERP_VALUE_DATE 6

/**
 * `integer` is the number of milliseconds since midnight. Written `09:42:19Z`, or with milliseconds `09:42:19.382`.
 */
#define DMERP_VALUE_TIME 7

/**
 * `integer` is the number of milliseconds since 1970-01-01, 00:00 UTC. Written `2026-11-24T09:42:19Z`, or with
 * milliseconds `2026-11-24T09:42:19.382Z`.
 */
#define DMERP_VALUE_INSTANT 8

/**
 * Bytes: `text`, `len`. Written as base64.
 */
#define DMERP_VALUE_BYTES 9

/**
 * The record has no status. Only a reader gives this.
 */
#define DMERP_RECORD_NONE 0

/**
 * The record is new: `inserted` or `insert`. The vendor's own extension says so of every record that it sends to a mobile
 * user.
 */
#define DMERP_RECORD_INSERT 1

/**
 * The row was changed: `updated` or `update`.
 */
#define DMERP_RECORD_UPDATE 2

/**
 * The row was deleted: `deleted` or `delete`.
 */
#define DMERP_RECORD_DELETE 3

/**
 * The row was read: `read`.
 */
#define DMERP_RECORD_READ 4

/**
 * A status that is none of these; it is among the attributes. Only a reader gives this.
 */
#define DMERP_RECORD_OTHER 5

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the library's version, such as "0.1.0". The text is static: do not free it. Any thread may call this.
 */
const char *dmerp_version(void);

/**
 * Returns the DMERP_ABI_VERSION that the library was built with. It is the number in the soname.
 *
 * A program works with a library that returns the DMERP_ABI_VERSION of the program's own header and is at least as new
 * as that header. Later releases with the same number may add functions, options and statuses; they change none. Any
 * thread may call this.
 */
uint32_t dmerp_abi_version(void);

/**
 * Returns how many handles and buffers in this process are not yet freed; 0 if all are. Use it to find leaks. Any
 * thread may call this.
 */
size_t dmerp_live_handles(void);

/**
 * Returns a status's name without its prefix, such as "TIMED_OUT"; NULL for an unknown number. The text is static: do
 * not free it. Any thread may call this.
 */
const char *dmerp_status_name(dmerp_status status);

/**
 * Returns what a status means, in a sentence; NULL for an unknown number. The text is static: do not free it. Any
 * thread may call this.
 */
const char *dmerp_status_meaning(dmerp_status status);

/**
 * Returns what to do about a status, in a sentence; NULL for an unknown number. The text is static: do not free it.
 * Any thread may call this.
 */
const char *dmerp_status_action(dmerp_status status);

/**
 * Returns 1 if a call that ended with this status can succeed when it is made later, unchanged; else 0. Any thread may
 * call this.
 */
int32_t dmerp_status_is_retryable(dmerp_status status);

/**
 * Returns the status of the failed call; DMERP_INVALID_HANDLE if `error` is not a live error.
 */
dmerp_status dmerp_error_status(const struct dmerp_error *error);

/**
 * Returns the message: what was tried, what came back, and what to do, on one line. It never holds the API key. The
 * text is borrowed and valid until dmerp_error_free(). NULL if `error` is not a live error.
 */
const char *dmerp_error_message(const struct dmerp_error *error);

/**
 * Returns the HTTP status of the answer that caused the error; 0 if no answer came, the answer broke off, or `error`
 * is not a live error.
 */
int32_t dmerp_error_http_status(const struct dmerp_error *error);

/**
 * Returns the message of the portal or the storage, on one line of at most 300 characters. The text is borrowed and
 * valid until dmerp_error_free(). NULL if there was no message, or `error` is not a live error.
 */
const char *dmerp_error_server_message(const struct dmerp_error *error);

/**
 * Returns the packet of the call: the unique id for a push, the storage path for a link or a download. The text is
 * borrowed and valid until dmerp_error_free(). NULL if the call had no packet, or `error` is not a live error.
 */
const char *dmerp_error_packet_id(const struct dmerp_error *error);

/**
 * Returns how many HTTP requests the call made; 0 if it failed before the first one, or `error` is not a live error.
 */
uint32_t dmerp_error_attempts(const struct dmerp_error *error);

/**
 * Returns 1 if the same call, made later and unchanged, can succeed; else 0, also if `error` is not a live error.
 */
int32_t dmerp_error_is_retryable(const struct dmerp_error *error);

/**
 * Returns how long the server asked to wait before the next try (Retry-After), in milliseconds; 0 if it did not ask,
 * or `error` is not a live error.
 */
uint64_t dmerp_error_retry_after_ms(const struct dmerp_error *error);

/**
 * Returns 1 if the server may have done what was asked: a request was sent completely, and no answer came. A push may
 * have been stored, and packets may have been marked done. Repeat the call with the same packet id or receipts.
 * Returns 0 if not, or if `error` is not a live error.
 */
int32_t dmerp_error_is_outcome_unknown(const struct dmerp_error *error);

/**
 * Frees an error. NULL, and an error that was freed before, are ignored. Any thread may call this.
 */
void dmerp_error_free(struct dmerp_error *error);

/**
 * Frees a buffer's memory and empties the buffer. NULL, an empty buffer, and a buffer that was freed before (also
 * through a copy) are ignored. Any thread may call this when no thread reads the bytes any more.
 */
void dmerp_buffer_free(struct dmerp_buffer *buffer);

/**
 * Makes a configuration in which every option has its default, and stores it in `*config`. Free it with
 * dmerp_config_free().
 *
 * Statuses: DMERP_INVALID_ARGUMENT (`config` is NULL).
 */
dmerp_status dmerp_config_new(struct dmerp_config **config,
                              struct dmerp_error **error);

/**
 * Sets one option of the table above. `key` and `value` are copied. The value is checked at once; after an error the
 * option keeps its previous value.
 *
 * Statuses: DMERP_INVALID_CONFIG (unknown option, or not a valid value), DMERP_INVALID_ARGUMENT (NULL or not UTF-8),
 * DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_config_set(struct dmerp_config *config,
                              const char *key,
                              const char *value,
                              struct dmerp_error **error);

/**
 * Stores the current value of an option in `*value`: the value that was set, or else the default. Free it with
 * dmerp_buffer_free(). An option with neither leaves `*value` empty, with `data` NULL. The API key, and a proxy URL
 * with a password, read as "(set)".
 *
 * Statuses: DMERP_INVALID_CONFIG (unknown option), DMERP_INVALID_ARGUMENT (NULL or not UTF-8), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_config_get(const struct dmerp_config *config,
                              const char *key,
                              struct dmerp_buffer *value,
                              struct dmerp_error **error);

/**
 * Sets the callback for the log records of every client that is made from this configuration later. It gets records of
 * `level` and of more important levels. NULL turns logging off, which is the default.
 *
 * `user_data` is passed to the callback unchanged; it must stay valid until the last such client is freed.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (unknown level), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_config_set_log(struct dmerp_config *config,
                                  dmerp_log_level level,
                                  dmerp_log_callback callback,
                                  void *user_data,
                                  struct dmerp_error **error);

/**
 * Frees a configuration and wipes its copy of the API key. NULL, and a configuration that was freed before, are
 * ignored. Any thread may call this. It waits for calls of other threads that use the configuration.
 */
void dmerp_config_free(struct dmerp_config *config);

/**
 * Makes a control without a time-out and without callbacks, and stores it in `*call`. Free it with dmerp_call_free().
 *
 * Statuses: DMERP_INVALID_ARGUMENT (`call` is NULL).
 */
dmerp_status dmerp_call_new(struct dmerp_call **call,
                            struct dmerp_error **error);

/**
 * Sets the longest time that a whole call may take, its retries included, in milliseconds from the start of the call.
 * It cannot exceed the option timeout.overall_ms, except for dmerp_receiver_next(). It applies to calls that are made later. A call that takes longer
 * ends with DMERP_TIMED_OUT.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (0), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_call_set_timeout_ms(struct dmerp_call *call,
                                       uint64_t timeout_ms,
                                       struct dmerp_error **error);

/**
 * Sets the callback for the progress of a transfer; NULL for none, which is the default. It applies to calls that are
 * made later. `user_data` is passed to the callback unchanged; it must stay valid until the last such call has
 * returned.
 *
 * Statuses: DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_call_set_progress(struct dmerp_call *call,
                                     dmerp_progress_callback callback,
                                     void *user_data,
                                     struct dmerp_error **error);

/**
 * Sets the callback that runs about every 100 milliseconds during a call; NULL for none, which is the default. It
 * applies to calls that are made later. `user_data` is passed to the callback unchanged; it must stay valid until the
 * last such call has returned.
 *
 * Statuses: DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_call_set_waiting(struct dmerp_call *call,
                                    dmerp_waiting_callback callback,
                                    void *user_data,
                                    struct dmerp_error **error);

/**
 * Cancels every call that has this control: it ends with DMERP_CANCELLED within 250 milliseconds, unless its thread is
 * blocked in a callback or a file operation. Later calls with this control fail at once. Any thread may call this,
 * also in a callback.
 *
 * Statuses: DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_call_cancel(struct dmerp_call *call,
                               struct dmerp_error **error);

/**
 * Returns 1 if dmerp_call_cancel() was called; 0 if not, or if `call` is not a live control. Any thread may call this.
 */
int32_t dmerp_call_is_cancelled(const struct dmerp_call *call);

/**
 * Frees a control. NULL, and a control that was freed before, are ignored. Any thread may call this. It waits for the
 * calls of other threads that use the control; cancel them first if you cannot wait. In a callback it does not wait:
 * the last of those calls frees the control when it ends.
 */
void dmerp_call_free(struct dmerp_call *call);

/**
 * Returns the packet's unique id: the caller's own, or the id that was made for this push. The text is borrowed and
 * valid until dmerp_pushed_free(). NULL if `pushed` is not a live handle.
 */
const char *dmerp_pushed_packet_id(const struct dmerp_pushed *pushed);

/**
 * Returns the portal's id for this synchronization (syncLogId), for questions to Dynamics Mobile. The text is borrowed
 * and valid until dmerp_pushed_free(). NULL if the portal sent none, or `pushed` is not a live handle.
 */
const char *dmerp_pushed_sync_log_id(const struct dmerp_pushed *pushed);

/**
 * Returns the packet's size in bytes; 0 if `pushed` is not a live handle.
 */
uint64_t dmerp_pushed_size(const struct dmerp_pushed *pushed);

/**
 * Frees the outcome of a push. NULL, and a handle that was freed before, are ignored. Any thread may call this.
 */
void dmerp_pushed_free(struct dmerp_pushed *pushed);

/**
 * Returns the number of packets in a list; 0 if `packets` is not a live list.
 */
size_t dmerp_packets_len(const struct dmerp_packets *packets);

/**
 * Stores the packet at `index`, counted from 0, in `*packet`. Its pointers are borrowed from the list.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (no such index, or `packet` is NULL), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packets_get(const struct dmerp_packets *packets,
                               size_t index,
                               struct dmerp_packet *packet,
                               struct dmerp_error **error);

/**
 * Returns the number of entries that could not be read; 0 if `packets` is not a live list. The portal lists them again
 * after its visibility time-out, like every packet that is not marked done.
 */
size_t dmerp_packets_unreadable_len(const struct dmerp_packets *packets);

/**
 * Stores the unreadable entry at `index`, counted from 0, in `*unreadable`. Its strings are borrowed from the list.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (no such index, or `unreadable` is NULL), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packets_unreadable_get(const struct dmerp_packets *packets,
                                          size_t index,
                                          struct dmerp_unreadable *unreadable,
                                          struct dmerp_error **error);

/**
 * Frees a list and everything that is borrowed from it. NULL, and a list that was freed before, are ignored. Any
 * thread may call this.
 */
void dmerp_packets_free(struct dmerp_packets *packets);

/**
 * Returns the number of results; 0 if `results` is not a live handle.
 */
size_t dmerp_results_len(const struct dmerp_results *results);

/**
 * Returns the status at `index`, counted from 0: DMERP_OK if the packet is marked done, or stored.
 * DMERP_INVALID_ARGUMENT if there is no such result, DMERP_INVALID_HANDLE if `results` is not a live handle.
 */
dmerp_status dmerp_results_status(const struct dmerp_results *results,
                                  size_t index);

/**
 * Returns why the packet at `index`, counted from 0, is not marked or not stored, as an error of its own. Free it with
 * dmerp_error_free(). NULL if the status is DMERP_OK, if there is no such result, or if `results` is not a live
 * handle.
 */
struct dmerp_error *dmerp_results_error(const struct dmerp_results *results,
                                        size_t index);

/**
 * Returns the outcome of the batch's entry at `index`, counted from 0, if it is stored. Free it with
 * dmerp_pushed_free(). NULL if the entry is not stored, if there is no such entry, if these are results of a done, or
 * if `results` is not a live handle.
 */
struct dmerp_pushed *dmerp_results_pushed(const struct dmerp_results *results,
                                          size_t index);

/**
 * Frees results. NULL, and results that were freed before, are ignored. Any thread may call this. What was
 * taken from the results stays valid.
 */
void dmerp_results_free(struct dmerp_results *results);

/**
 * Makes a client from a configuration, and stores it in `*client`. Free it with dmerp_client_free(). This sends no
 * request; use dmerp_client_check() to test the settings.
 *
 * Statuses: DMERP_INVALID_CONFIG (an option is missing or contradicts another option, or a file that it names cannot
 * be read), DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_client_new(const struct dmerp_config *config,
                              struct dmerp_client **client,
                              struct dmerp_error **error);

/**
 * Sends a synchronization packet of `len` bytes to a mobile user. `content` is borrowed for the call. `call` may be
 * NULL.
 *
 * `packet_id` is the packet's unique id at the portal. With NULL, the library makes a UUIDv7. To repeat a push that
 * failed, pass the same id again (dmerp_error_packet_id() returns it), so that the portal can treat both pushes as one
 * packet.
 *
 * `pushed` may be NULL. Else it receives a handle; free it with dmerp_pushed_free().
 *
 * DMERP_OK means that the storage has acknowledged every byte. If the upload link may have expired, the library gets a
 * new one for the same packet id, once.
 *
 * Statuses: those of the network, the portal and the storage; DMERP_INVALID_ARGUMENT also for an empty packet;
 * DMERP_REJECTED with the portal's message.
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
 * Like dmerp_client_push(), but the content is the file at `path` (UTF-8), of any size. The file is read in pieces
 * while it is sent. If the file changes (size or time of modification) during the push, the push fails with
 * DMERP_FILE_ERROR.
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
 * Like dmerp_client_push(), but `read` provides the content, of any length. `user_data` is passed to `read` unchanged.
 *
 * The content is first read to its end, because the portal must be told its size and a retry sends it again. Up to 1
 * MiB is kept in memory; a larger content is kept in an unnamed temporary file (option temp_dir).
 *
 * Statuses: those of dmerp_client_push(), DMERP_CANCELLED (`read` ended the call), and DMERP_FILE_ERROR (the temporary
 * file, or `read` did not run to its end).
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
 * Lists the packets that mobile users sent and that are not marked done, and stores the list in `*packets`. Free it
 * with dmerp_packets_free(). `format` is the format that the portal is asked for. `call` may be NULL.
 *
 * A listed packet is hidden from other pulls for a time that the portal sets. Then it is listed again, with a new
 * receipt handle, until dmerp_client_done() marks it. So the same id can be listed more than once.
 *
 * An entry that cannot be read, for example without an id, a receipt handle or a url, is not among the packets;
 * dmerp_packets_unreadable_get() returns it and says what is wrong with it.
 *
 * Statuses: those of the network and the portal; DMERP_TOO_LARGE (max_list_bytes); DMERP_OUT_OF_MEMORY;
 * DMERP_BAD_ANSWER, also if the list is cut off, if none of its entries can be read, or if more than 10,000 cannot.
 */
dmerp_status dmerp_client_pull(const struct dmerp_client *client,
                               dmerp_packet_kind kind,
                               dmerp_format format,
                               const struct dmerp_call *call,
                               struct dmerp_packets **packets,
                               struct dmerp_error **error);

/**
 * Gets a temporary link to a packet's content, and stores it in `*link`. Free it with dmerp_buffer_free(). `url` is
 * the `url` of a listed packet. `call` may be NULL.
 *
 * Anybody who has the link can download the packet. According to the portal's documentation the download must begin
 * within 15 minutes. The download functions of this library get their own link.
 *
 * Statuses: those of the network and the portal; DMERP_NOT_FOUND.
 */
dmerp_status dmerp_client_link(const struct dmerp_client *client,
                               const char *url,
                               const struct dmerp_call *call,
                               struct dmerp_buffer *link,
                               struct dmerp_error **error);

/**
 * Downloads a packet's content into memory, and stores it in `*content`. Free it with dmerp_buffer_free(). `url` is
 * the `url` of a listed packet. `call` may be NULL. If the link may have expired, the library gets a new one, once.
 *
 * Statuses: those of the network, the portal and the storage; DMERP_TOO_LARGE (max_memory_bytes), DMERP_OUT_OF_MEMORY,
 * DMERP_TRUNCATED, DMERP_NOT_FOUND, DMERP_STORAGE_REFUSED.
 */
dmerp_status dmerp_client_download(const struct dmerp_client *client,
                                   const char *url,
                                   const struct dmerp_call *call,
                                   struct dmerp_buffer *content,
                                   struct dmerp_error **error);

/**
 * Like dmerp_client_download(), but to the file `to` (UTF-8). The option max_download_bytes limits the size.
 *
 * The content is first written to a temporary file `.dmerp-*.part` in the same folder. When it is complete and flushed
 * to the disk, the temporary file is renamed to `to` and replaces an older file. An error or a cancel removes the
 * temporary file. `size` may be NULL; else it receives the content's size in bytes.
 *
 * Statuses: those of dmerp_client_download(), and DMERP_FILE_ERROR. DMERP_TOO_LARGE is for max_download_bytes.
 */
dmerp_status dmerp_client_download_file(const struct dmerp_client *client,
                                        const char *url,
                                        const char *to,
                                        const struct dmerp_call *call,
                                        uint64_t *size,
                                        struct dmerp_error **error);

/**
 * Like dmerp_client_download_file(), but `write` receives the content in pieces, in order. `user_data` is passed to
 * `write` unchanged.
 *
 * Nothing is passed to `write` before all of the content has arrived, so a failed download passes on no partial
 * content. Until then up to 1 MiB is kept in memory, and a larger content in an unnamed temporary file (option
 * temp_dir). `size` may be NULL; else it receives the content's size in bytes.
 *
 * Statuses: those of dmerp_client_download_file(), and DMERP_CANCELLED (`write` ended the call). DMERP_FILE_ERROR is
 * for the temporary file, or if `write` did not run to its end.
 */
dmerp_status dmerp_client_download_stream(const struct dmerp_client *client,
                                          const char *url,
                                          dmerp_write_callback write,
                                          void *user_data,
                                          const struct dmerp_call *call,
                                          uint64_t *size,
                                          struct dmerp_error **error);

/**
 * Marks `count` packets of the list `kind` as done: the portal no longer lists them. Call it only when you have stored
 * their content safely. `receipts` is borrowed for the call. `format` is the format of the request. `call` may be
 * NULL.
 *
 * DMERP_OK means that all packets are marked. Else the status and the error are those of the first packet that is not
 * marked. `results` may be NULL; else it receives the outcome of each receipt, also if the call failed. Free it with
 * dmerp_results_free(). It is NULL if the arguments were refused.
 *
 * More than `done_batch` packets are sent in several requests. If the portal refuses a request, for example because
 * one receipt handle is stale, the request is split into halves and repeated until the refused receipts are known; all
 * other packets are marked. Repeating the call is safe. With no packets, no request is sent.
 *
 * Statuses: those of the network and the portal; DMERP_REJECTED with the portal's message, such as for a stale receipt
 * handle; DMERP_INVALID_ARGUMENT, before anything is sent, for a receipt that the request's format cannot hold.
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
 * Tests the settings without touching any packet: it asks for a link to a path where nothing is stored. `call` may be
 * NULL.
 *
 * Each cause has its own status: DMERP_AUTHENTICATION_FAILED (the key), DMERP_UNKNOWN_APP_AREA (the app area),
 * DMERP_HOST_NOT_FOUND, DMERP_CONNECT_FAILED, DMERP_TIMED_OUT and DMERP_PROXY_REFUSED (the network), DMERP_TLS_FAILED
 * (the certificate), DMERP_BAD_ANSWER and DMERP_NOT_FOUND (another server is at base_url). If the portal gives the
 * same answer to a wrong app area as to a wrong key, the status is DMERP_AUTHENTICATION_FAILED; the message names
 * both.
 */
dmerp_status dmerp_client_check(const struct dmerp_client *client,
                                const struct dmerp_call *call,
                                struct dmerp_error **error);

/**
 * Frees a client, its connections and its copy of the API key. NULL, and a client that was freed before, are ignored.
 * Any thread may call this. It waits for the calls of other threads that use the client; cancel them first if you
 * cannot wait. In a callback it does not wait: the last of those calls frees the client when it ends.
 */
void dmerp_client_free(struct dmerp_client *client);

/**
 * Stores the packet as the portal listed it in `*packet`. Its pointers are borrowed from `received`.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (`packet` is NULL), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_received_packet(const struct dmerp_received *received,
                                   struct dmerp_packet *packet,
                                   struct dmerp_error **error);

/**
 * Returns the content's size in bytes; 0 if `received` is not a live handle.
 */
uint64_t dmerp_received_size(const struct dmerp_received *received);

/**
 * Stores a pointer to the content in `*data` and its length in `*len`. The content is borrowed from `received`. A
 * content of more than receive.memory_bytes is in a file, and is first read into memory; use dmerp_received_path() or
 * dmerp_received_save_as() to avoid that.
 *
 * Statuses: DMERP_TOO_LARGE (the content is in a file and larger than max_memory_bytes), DMERP_OUT_OF_MEMORY,
 * DMERP_FILE_ERROR, DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_received_content(const struct dmerp_received *received,
                                    const uint8_t **data,
                                    size_t *len,
                                    struct dmerp_error **error);

/**
 * Returns the path (UTF-8) of the file that holds the content, to read it from there. NULL if the content is in
 * memory, if dmerp_received_save_as() has moved the file, or if `received` is not a live handle. The text and the file
 * are valid until dmerp_received_free(). Do not change the file.
 */
const char *dmerp_received_path(const struct dmerp_received *received);

/**
 * Stores the content in the file `path` (UTF-8), and replaces an older file. The file appears under its name only when
 * it is complete and flushed to the disk. A content that is in a file is moved, if `path` is on the same file system:
 * later reads of the content read that file, and fail if it was changed. A file that another program has open is tried
 * again for 2 seconds on Windows.
 *
 * Statuses: DMERP_FILE_ERROR (the packet can then be saved elsewhere), DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_received_save_as(struct dmerp_received *received,
                                    const char *path,
                                    struct dmerp_error **error);

/**
 * Says that you have handled the packet. The receiver will mark it done at the portal. While the client remembers the
 * packet (10,000 of them), it is never handed over again. This sends no request. A second call does nothing.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (you kept the packet before, or the receiver is closed; the packet stays in the
 * queue), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_received_done(struct dmerp_received *received,
                                 struct dmerp_error **error);

/**
 * Leaves the packet in the queue. A later run receives it again; so does this one if it polls. `reason` is for the
 * summary, and may be NULL. A packet that was kept receive.max_deliveries times goes to receive.dead_letter_dir, if
 * that is set.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (you said done before, or the receiver is closed), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_received_keep(struct dmerp_received *received,
                                 const char *reason,
                                 struct dmerp_error **error);

/**
 * Frees a packet, its content, and the file that holds the content. NULL, and a packet that was freed before, are
 * ignored. Any thread may call this when no thread reads the content any more.
 */
void dmerp_received_free(struct dmerp_received *received);

/**
 * Opens a receiver for the list `kind`, and stores it in `*receiver`. `format` is the format that the portal is asked
 * for. The options receive.* set how it works. This sends no request.
 *
 * Statuses: DMERP_INVALID_ARGUMENT, also while the client has another receiver of the same list that has not come to
 * its end and is not closed; DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_client_receive(const struct dmerp_client *client,
                                  dmerp_packet_kind kind,
                                  dmerp_format format,
                                  struct dmerp_receiver **receiver,
                                  struct dmerp_error **error);

/**
 * Waits for the next packet, and stores it in `*received`; free that with dmerp_received_free(). DMERP_OK with NULL in
 * `*received` is the end: the queue is empty, a limit was reached, or another thread stopped or closed the receiver.
 *
 * `call` may be NULL. A cancel or a time-out ends this function only: call it again, or close the receiver. The option
 * timeout.overall_ms limits each transfer, not this function. The progress callback counts what the receiver has
 * downloaded so far.
 *
 * Statuses: those of dmerp_client_pull(). While the receiver polls, it goes on after errors that can pass. If the key,
 * the app area, the certificate or the proxy is refused, this function sends nothing more, and every later call returns
 * the same error. DMERP_INVALID_ARGUMENT in a callback of the same receiver, and in a forked child.
 */
dmerp_status dmerp_receiver_next(struct dmerp_receiver *receiver,
                                 const struct dmerp_call *call,
                                 struct dmerp_received **received,
                                 struct dmerp_error **error);

/**
 * Returns 1 if dmerp_receiver_next() has a packet, the end or an error at hand, so that it would not wait; 0 if not, or
 * if `receiver` is not a live handle. With it, a host that must not block its thread calls that function there, and
 * else on another thread.
 */
int32_t dmerp_receiver_is_ready(const struct dmerp_receiver *receiver);

/**
 * Ends the run in good order: dmerp_receiver_next() hands over nothing new and reports the end. Packets that were
 * handed over can still be done. Any thread may call this, also in a callback.
 *
 * Statuses: DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_receiver_stop(struct dmerp_receiver *receiver,
                                 struct dmerp_error **error);

/**
 * Ends the run at once: threads inside dmerp_receiver_next() return. Marks the packets that you have handled, for at
 * most receive.close_ms; no cancel ends that. What is not marked in that time, the client remembers: it marks those
 * packets when they are listed again, and does not hand them over again.
 *
 * `summary` may be NULL. Else it receives what became of the run; free it with dmerp_summary_free(). A second call
 * gives the same summary. Packets that were handed over stay readable, but can no longer be done.
 *
 * Statuses: DMERP_INVALID_ARGUMENT in a callback of dmerp_receiver_next() and in a forked child;
 * DMERP_INVALID_HANDLE. What cannot be marked is not an error; the summary lists it.
 */
dmerp_status dmerp_receiver_close(struct dmerp_receiver *receiver,
                                  struct dmerp_summary **summary,
                                  struct dmerp_error **error);

/**
 * Frees a receiver. If you have not closed it, this does so first, which can take up to receive.close_ms: other
 * threads inside dmerp_receiver_next() return. NULL, and a receiver that was freed before, are ignored. Any thread may
 * call this. In a callback it does not wait: the receiver is closed and freed when the last call that uses it ends.
 */
void dmerp_receiver_free(struct dmerp_receiver *receiver);

/**
 * Stores the counts of a run in `*totals`. `size` is sizeof(dmerp_totals), so that a later version of the library can
 * add fields at the end.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (`totals` is NULL, or `size` is no size that this struct ever had),
 * DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_summary_totals(const struct dmerp_summary *summary,
                                  struct dmerp_totals *totals,
                                  size_t size,
                                  struct dmerp_error **error);

/**
 * Returns the number of packets that dmerp_summary_left_get() can return; 0 if `summary` is not a live handle.
 */
size_t dmerp_summary_left_len(const struct dmerp_summary *summary);

/**
 * Stores the packet at `index`, counted from 0, of those left behind in `*left`. Its strings are borrowed from the
 * summary.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (no such index, or `left` is NULL), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_summary_left_get(const struct dmerp_summary *summary,
                                    size_t index,
                                    struct dmerp_left *left,
                                    struct dmerp_error **error);

/**
 * Frees a summary. NULL, and a summary that was freed before, are ignored. Any thread may call this.
 */
void dmerp_summary_free(struct dmerp_summary *summary);

/**
 * Makes an empty batch, and stores it in `*batch`.
 *
 * Statuses: DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_batch_new(const struct dmerp_client *client,
                             struct dmerp_batch **batch,
                             struct dmerp_error **error);

/**
 * Copies `len` bytes as a content, and stores its number in `*content`, for dmerp_batch_add(). Any number of entries
 * may send it.
 *
 * Statuses: DMERP_OUT_OF_MEMORY, DMERP_INVALID_ARGUMENT (also: the batch is running), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_batch_content(struct dmerp_batch *batch,
                                 const uint8_t *data,
                                 size_t len,
                                 size_t *content,
                                 struct dmerp_error **error);

/**
 * Takes the file at `path` (UTF-8) as a content, and stores its number in `*content`. The file is opened and read for
 * each entry, when that is pushed. If it changes while it is sent, that entry fails with DMERP_FILE_ERROR.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (also: the batch is running), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_batch_content_file(struct dmerp_batch *batch,
                                      const char *path,
                                      size_t *content,
                                      struct dmerp_error **error);

/**
 * Adds an entry: the content with the number `content` goes to a mobile user. Entries are numbered from 0 in the order
 * in which they are added.
 *
 * `packet_id` is as in dmerp_client_push(). With NULL, the entry gets a UUIDv7 now, and keeps it when the batch is run
 * again.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (a name that no URL can hold, no such content, a packet id that another entry has,
 * or the batch is running), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_batch_add(struct dmerp_batch *batch,
                             const char *mobile_user,
                             dmerp_format format,
                             size_t content,
                             const char *packet_id,
                             struct dmerp_error **error);

/**
 * Pushes every entry that is not stored yet: push.concurrency at the same time, and those of one mobile user one after
 * the other, in the order in which they were added. Run it again to send what failed. `call` may be NULL. Its time-out
 * and a cancel hold for the whole run, and its progress counts the bytes and packets of this run.
 *
 * A failure concerns its entry only. If the key, the app area, the certificate or the proxy is refused, no further
 * entry is tried, and all of these get that error.
 *
 * DMERP_OK means that every entry is stored. Else the status and the error are those of the first entry that is not.
 * `results` may be NULL; else it receives the outcome of each entry, also if the run failed. Free it with
 * dmerp_results_free(). It is NULL if the arguments were refused.
 *
 * Statuses: those of dmerp_client_push() and dmerp_client_push_file().
 */
dmerp_status dmerp_batch_run(struct dmerp_batch *batch,
                             const struct dmerp_call *call,
                             struct dmerp_results **results,
                             struct dmerp_error **error);

/**
 * Frees a batch. NULL, and a batch that was freed before, are ignored. Any thread may call this. It waits for the
 * calls of other threads that use the batch.
 */
void dmerp_batch_free(struct dmerp_batch *batch);

/**
 * Stores what a client has done so far in `*stats`. `size` is sizeof(dmerp_stats), so that a later version of the
 * library can add fields at the end. This sends no request.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (`stats` is NULL, or `size` is no size that this struct ever had),
 * DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_client_stats(const struct dmerp_client *client,
                                struct dmerp_stats *stats,
                                size_t size,
                                struct dmerp_error **error);

/**
 * Reads a text as a value of another kind, and stores it in `*value`. White space around the text is ignored. An empty
 * text gives a DMERP_VALUE_NULL.
 *
 * | kind | what is read |
 * | --- | --- |
 * | DMERP_VALUE_BOOL | `true`, `false`, `1`, `0`, in any case |
 * | DMERP_VALUE_INTEGER | a whole number of 64 bits |
 * | DMERP_VALUE_DECIMAL | digits with a point, such as `-1234.50`; no exponent, no thousands separators |
 * | DMERP_VALUE_REAL | a number, which may have an exponent |
 * | DMERP_VALUE_DATE | `2026-11-24` |
 * | DMERP_VALUE_TIME | `09:42:19` or `09:42:19.382`, with or without a `Z` |
 * | DMERP_VALUE_INSTANT | `2026-11-24T09:42:19Z` or `2026-11-24T09:42:19.382Z` |
 *
 * A decimal also has its digits in `text` and `len`, which are borrowed from the text that was read, for languages with
 * a decimal type of their own. Its `scale` is -1 if `integer` cannot hold it. For bytes use dmerp_value_bytes().
 *
 * Statuses: DMERP_INVALID_ARGUMENT (the text is not such a value; `text` is not a text; the kind is not in the table).
 */
dmerp_status dmerp_value_read(const struct dmerp_value *text,
                              dmerp_value_kind kind,
                              struct dmerp_value *value,
                              struct dmerp_error **error);

/**
 * Reads a text as bytes: base64, or what stands after the comma of a data URL. White space in it is ignored. Stores
 * the bytes in `*bytes`; free them with dmerp_buffer_free(). An empty text gives an empty buffer.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (the text is not base64, or `text` is not a text).
 */
dmerp_status dmerp_value_bytes(const struct dmerp_value *text,
                               struct dmerp_buffer *bytes,
                               struct dmerp_error **error);

/**
 * Makes a writer and stores it in `*writer`. The packet is for dmerp_client_push_packet() or
 * dmerp_packet_writer_content(). Up to 1 MiB of it is in memory, and a larger one in an unnamed temporary file.
 *
 * `mobile_user` is the mobile user that the packet is for, the root's `salesmancode`. It may be NULL or empty, for a
 * packet that goes to several.
 *
 * Statuses: DMERP_INVALID_ARGUMENT.
 */
dmerp_status dmerp_packet_writer_new(const char *mobile_user,
                                     struct dmerp_packet_writer **writer,
                                     struct dmerp_error **error);

/**
 * Like dmerp_packet_writer_new(), but the packet goes to the file `path` (UTF-8). It is first written to a temporary
 * file `.dmerp-*.part` in the same folder, which dmerp_packet_writer_finish() flushes to the disk and renames. An older
 * file of that name stays until then.
 *
 * Statuses: DMERP_FILE_ERROR, DMERP_INVALID_ARGUMENT.
 */
dmerp_status dmerp_packet_writer_new_file(const char *mobile_user,
                                          const char *path,
                                          struct dmerp_packet_writer **writer,
                                          struct dmerp_error **error);

/**
 * Sets an option, before the first table. `key` and `value` are copied.
 *
 * | key | value | default | meaning |
 * | --- | --- | --- | --- |
 * | `status` | `inserted` or `insert` | `inserted` | how the status of a record is spelt |
 * | `state` | `true` or `false` | `false` | whether a field `state` (1 inserted, 2 updated, 3 deleted) ends each record |
 * | `metadata` | `true` or `false` | `false` | whether a table `$metadata` ends the packet |
 * | `empty_texts` | `write` or `omit` | `write` | whether an empty text is an empty element, or is left out as a null is |
 * | `invalid_characters` | `refuse` or `replace` | `refuse` | what becomes of a character that XML cannot carry; U+FFFD replaces it |
 * | `temp_dir` | a folder | the system's | where the temporary file of a large packet goes |
 *
 * Statuses: DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packet_writer_set(struct dmerp_packet_writer *writer,
                                     const char *key,
                                     const char *value,
                                     struct dmerp_error **error);

/**
 * Adds an attribute to the root, before the first table: `roleid`, `synctype` and so on. Both texts are copied.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (the name is no XML name, or is there already), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packet_writer_attribute(struct dmerp_packet_writer *writer,
                                           const char *name,
                                           const char *value,
                                           struct dmerp_error **error);

/**
 * Begins a table. Each name can be used once. `row_id` names the field whose value is the primary key of each record:
 * it is written as `DMS_ROWID`, too. NULL for no such field. If the table is refused, records are refused until another
 * begins: none comes into the table before it.
 *
 * Statuses: DMERP_INVALID_ARGUMENT, DMERP_FILE_ERROR, DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packet_writer_table(struct dmerp_packet_writer *writer,
                                       const char *name,
                                       const char *row_id,
                                       struct dmerp_error **error);

/**
 * Writes a record of the open table. `fields` are its fields, in their order; `attributes` are its own, such as
 * `directresponse`, and may be NULL if `attributes_len` is 0. All is borrowed for the call.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (see dmerp_packet_writer), DMERP_OUT_OF_MEMORY, DMERP_FILE_ERROR,
 * DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packet_writer_record(struct dmerp_packet_writer *writer,
                                        dmerp_record_status status,
                                        const struct dmerp_field *fields,
                                        size_t fields_len,
                                        const struct dmerp_attribute *attributes,
                                        size_t attributes_len,
                                        struct dmerp_error **error);

/**
 * Writes `count` records with the same fields in one call, for languages in which a call is dear.
 *
 * `names` are the names of the fields, and each ends with a NUL. `values` are the rows, one after another: a text for
 * each name, and each text ends with a NUL. A text of the one byte 0xFF is a null. A U+0000 in a text is passed as the
 * two bytes 0xC0 0x80, and half a surrogate pair, which the texts of some languages can hold, as the three bytes that UTF-8
 * would have for it. They are refused or replaced, as every character that XML cannot carry.
 *
 * `written` may be NULL; else it receives how many records were written. On an error the record after them was refused;
 * nothing is written if there are more or fewer texts than there should be.
 *
 * Statuses: those of dmerp_packet_writer_record(). DMERP_INVALID_ARGUMENT also if there are more or fewer texts than
 * there should be.
 */
dmerp_status dmerp_packet_writer_rows(struct dmerp_packet_writer *writer,
                                      dmerp_record_status status,
                                      const char *names,
                                      size_t names_len,
                                      const char *values,
                                      size_t values_len,
                                      size_t count,
                                      size_t *written,
                                      struct dmerp_error **error);

/**
 * Writes all records of the CSV file `path`. The file is CSV as in RFC 4180, in UTF-8 with or without a byte order
 * mark. The first row names the fields. An empty value is a null. An empty line is passed over, unless there is only one
 * column. `delimiter` stands between the values, such as `,` or `;`.
 *
 * `written` may be NULL; else it receives how many records were written, also on an error.
 *
 * Statuses: DMERP_FILE_ERROR (also of the CSV file), and those of dmerp_packet_writer_record(). DMERP_INVALID_ARGUMENT
 * also for a row with more or fewer values than the first one has, and for a quote or a carriage return where RFC 4180
 * has none. The message names the line, or the first row.
 */
dmerp_status dmerp_packet_writer_csv(struct dmerp_packet_writer *writer,
                                     dmerp_record_status status,
                                     const char *path,
                                     char delimiter,
                                     uint64_t *written,
                                     struct dmerp_error **error);

/**
 * Returns how many records were written so far; 0 if `writer` is not a live handle. Those of `$metadata` are not
 * counted.
 */
uint64_t dmerp_packet_writer_count(const struct dmerp_packet_writer *writer);

/**
 * Ends the packet. A file gets its name. No record can follow; a second call does nothing.
 *
 * Statuses: DMERP_FILE_ERROR (the packet may not be in the file; write it anew), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packet_writer_finish(struct dmerp_packet_writer *writer,
                                        struct dmerp_error **error);

/**
 * Stores the whole packet in `*content`; free it with dmerp_buffer_free(). dmerp_packet_writer_finish() is called
 * first.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (the packet goes to a file), DMERP_OUT_OF_MEMORY, DMERP_FILE_ERROR,
 * DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packet_writer_content(struct dmerp_packet_writer *writer,
                                         struct dmerp_buffer *content,
                                         struct dmerp_error **error);

/**
 * Like dmerp_client_push(), but the content is the packet that `writer` has written. dmerp_packet_writer_finish() is
 * called first. If `mobile_user` is NULL or empty, the packet goes to the mobile user that the writer was made for.
 *
 * A push that failed can be repeated with the same writer. If `packet_id` is NULL, the writer makes one id for each
 * mobile user and keeps it, so a push that is repeated makes no second packet.
 *
 * Statuses: those of dmerp_client_push(), and DMERP_FILE_ERROR.
 */
dmerp_status dmerp_client_push_packet(const struct dmerp_client *client,
                                      const char *mobile_user,
                                      struct dmerp_packet_writer *writer,
                                      const char *packet_id,
                                      const struct dmerp_call *call,
                                      struct dmerp_pushed **pushed,
                                      struct dmerp_error **error);

/**
 * Frees a writer. A packet that is not finished leaves nothing: its temporary file is removed. NULL, and a writer that
 * was freed before, are ignored. Any thread may call this. It waits for calls of other threads that use the writer.
 */
void dmerp_packet_writer_free(struct dmerp_packet_writer *writer);

/**
 * Makes a reader of a packet of `len` bytes in memory, and stores it in `*reader`. The bytes are borrowed until the
 * reader is freed.
 *
 * Statuses: DMERP_INVALID_ARGUMENT.
 */
dmerp_status dmerp_packet_reader_new(const uint8_t *data,
                                     size_t len,
                                     struct dmerp_packet_reader **reader,
                                     struct dmerp_error **error);

/**
 * Like dmerp_packet_reader_new(), but the packet is in the file `path` (UTF-8). Do not change the file while it is
 * read.
 *
 * Statuses: DMERP_FILE_ERROR, DMERP_INVALID_ARGUMENT.
 */
dmerp_status dmerp_packet_reader_new_file(const char *path,
                                          struct dmerp_packet_reader **reader,
                                          struct dmerp_error **error);

/**
 * Like dmerp_packet_reader_new(), but the packet is the content that a receiver handed over, in memory or in a file.
 * `received` may be freed before the reader.
 *
 * Statuses: DMERP_FILE_ERROR, DMERP_OUT_OF_MEMORY, DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packet_reader_new_received(const struct dmerp_received *received,
                                              struct dmerp_packet_reader **reader,
                                              struct dmerp_error **error);

/**
 * Sets an option, before the first record. `key` and `value` are copied.
 *
 * | key | value | default | meaning |
 * | --- | --- | --- | --- |
 * | `unknown_elements` | `skip` or `keep` | `skip` | what becomes of an element that is no table and no record: it is kept as a record with its own `element` name, and a text in it as a field of that name. Elements in a value are refused, or kept as XML |
 * | `system_tables` | `true` or `false` | `false` | whether the tables whose name begins with `$` are read; they hold no data of the ERP |
 * | `max_record_bytes` | 1 or more | 67108864 | the size of the largest record |
 *
 * Statuses: DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packet_reader_set(struct dmerp_packet_reader *reader,
                                     const char *key,
                                     const char *value,
                                     struct dmerp_error **error);

/**
 * Stores the root's attributes in `*attributes` and their number in `*len`. They are borrowed until the reader is
 * freed.
 *
 * Statuses: those of dmerp_packet_reader_next().
 */
dmerp_status dmerp_packet_reader_root(struct dmerp_packet_reader *reader,
                                      const struct dmerp_attribute **attributes,
                                      size_t *len,
                                      struct dmerp_error **error);

/**
 * Stores the mobile user that sent the packet, or that it is for, in `*mobile_user`: the root's `salesmancode` or
 * `salesmanCode`; NULL if it has none. The text is borrowed until the reader is freed.
 *
 * Statuses: those of dmerp_packet_reader_next().
 */
dmerp_status dmerp_packet_reader_mobile_user(struct dmerp_packet_reader *reader,
                                             const char **mobile_user,
                                             struct dmerp_error **error);

/**
 * Reads the next record and stores it in `*record`. At the end of the packet, and after an error, `record->table` is
 * NULL. `size` is `sizeof(dmerp_record)`.
 *
 * Statuses: DMERP_BAD_PACKET, DMERP_TOO_LARGE (a record, see max_record_bytes), DMERP_OUT_OF_MEMORY, DMERP_FILE_ERROR,
 * DMERP_INVALID_ARGUMENT, DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_packet_reader_next(struct dmerp_packet_reader *reader,
                                      struct dmerp_record *record,
                                      size_t size,
                                      struct dmerp_error **error);

/**
 * Returns the field `name` (UTF-8) of a record; NULL if the record has none, which is a null. It is borrowed as the
 * record is.
 */
const struct dmerp_field *dmerp_record_field(const struct dmerp_record *record,
                                             const char *name);

/**
 * Reads as many of the next records as have one table and the same fields, or some of them, and no attributes: at most
 * 1,000 records, and about 256 KiB. Stores them in `*rows`. `size` is `sizeof(dmerp_rows)`.
 *
 * If `rows->count` is 0, call dmerp_packet_reader_next(): it gives a record that this form cannot hold, or the end.
 *
 * Statuses: those of dmerp_packet_reader_next(), but only after the records before the refused one were handed over.
 */
dmerp_status dmerp_packet_reader_rows(struct dmerp_packet_reader *reader,
                                      struct dmerp_rows *rows,
                                      size_t size,
                                      struct dmerp_error **error);

/**
 * Returns how many unknown elements were skipped so far; 0 if `reader` is not a live handle.
 */
uint64_t dmerp_packet_reader_skipped(const struct dmerp_packet_reader *reader);

/**
 * Frees a reader and all that it has lent. NULL, and a reader that was freed before, are ignored. Any thread may call
 * this. It waits for calls of other threads that use the reader.
 */
void dmerp_packet_reader_free(struct dmerp_packet_reader *reader);

/**
 * Reads a packet of `len` bytes to its end, and stores its mistakes in `*mistakes`: what a dmerp_packet_reader
 * refuses, and what it takes but another program may refuse, such as a record without a status. A good packet has 0
 * mistakes. At most 1,000 are listed; then one more says how many others there are. What cannot be read on from, such
 * as broken XML, is the last mistake. `data` is borrowed for the call.
 *
 * Statuses: DMERP_OUT_OF_MEMORY, DMERP_INVALID_ARGUMENT. A packet with mistakes is no error.
 */
dmerp_status dmerp_packet_check(const uint8_t *data,
                                size_t len,
                                struct dmerp_mistakes **mistakes,
                                struct dmerp_error **error);

/**
 * Like dmerp_packet_check(), but for the file `path` (UTF-8).
 *
 * Statuses: DMERP_FILE_ERROR, DMERP_OUT_OF_MEMORY, DMERP_INVALID_ARGUMENT.
 */
dmerp_status dmerp_packet_check_file(const char *path,
                                     struct dmerp_mistakes **mistakes,
                                     struct dmerp_error **error);

/**
 * Returns the number of mistakes; 0 if `mistakes` is not a live handle.
 */
size_t dmerp_mistakes_len(const struct dmerp_mistakes *mistakes);

/**
 * Stores a mistake in `*mistake`. Its texts are borrowed from `mistakes`.
 *
 * Statuses: DMERP_INVALID_ARGUMENT (`index` is not less than dmerp_mistakes_len()), DMERP_INVALID_HANDLE.
 */
dmerp_status dmerp_mistakes_get(const struct dmerp_mistakes *mistakes,
                                size_t index,
                                struct dmerp_mistake *mistake,
                                struct dmerp_error **error);

/**
 * Frees the mistakes and their texts. NULL, and what was freed before, are ignored. Any thread may call this.
 */
void dmerp_mistakes_free(struct dmerp_mistakes *mistakes);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DMERP_H */
