/*
 * dmerp for C++11 and later: classes that own the handles of dmerp.h. Header-only; link with the same library.
 *
 *     dmerp::Config config;
 *     config.app_area("DMDEV01");
 *     config.api_key(key);
 *     dmerp::Client client(config);
 *     dmerp::Receiver receiver = client.receive();
 *     for (auto &packet : receiver) {
 *         packet.save_as(next_file_name());
 *         packet.done();
 *     }
 *     dmerp::Summary summary = receiver.close();
 *
 * These rules hold for all functions:
 *
 * - Errors. A function that can fail returns Outcome<T>. By default Outcome<T> is T, and a failure is thrown as the
 *   subclass of Error that belongs to its status. If you define DMERP_NO_EXCEPTIONS before you include this header,
 *   nothing is thrown, and Outcome<T> is Result<T>, which holds the value or the Error. One program may use both forms.
 *   If this header's own copies run out of memory, std::bad_alloc is thrown.
 * - Ownership. What a function returns belongs to the caller. Arguments are borrowed for the call. Config, Call, Client,
 *   Receiver, Received, Batch, PacketWriter, PacketReader and Buffer own a handle: they can be moved, but not copied. An
 *   object that was moved from can be destroyed or assigned to; any other use of it gives InvalidHandle. Bytes, Value,
 *   Field and Record refer to memory of others. All other classes are plain values. The objects can be destroyed in any
 *   order.
 * - Text is UTF-8. A std::string that contains a NUL is an error; it is not cut short.
 * - Threads. Several threads may call `const` functions of one object at the same time: all functions of Client and
 *   Receiver, and cancel() and is_cancelled() of Call. They may not do so with other functions, as with the standard
 *   library's classes.
 * - Callbacks run on the thread that made the call. An exception from a progress function, a waiting function or a
 *   stream ends the call and is thrown again, unchanged, where the call returns, in place of the library's Error. A push
 *   may have been stored by then: repeat it with the same packet id. It must be an id of your own, because an id that the
 *   library made is lost with that Error. An exception from a log function is ignored: logging does not change the
 *   outcome of a call.
 * - DLLs. If one DLL sets a callback and another one makes the call, an exception from the callback is lost, and the
 *   call ends with Cancelled. The same holds for shared objects with hidden visibility.
 *
 * dmerp.h describes what the calls do, the options and the statuses.
 */

#ifndef DMERP_HPP
#define DMERP_HPP

#include "dmerp.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <istream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <ostream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#ifndef DMERP_NO_EXCEPTIONS
#include <exception>
#endif

#if !defined(DMERP_NO_EXCEPTIONS) && defined(__GNUC__) && !defined(__EXCEPTIONS)
#error "this program is built without exceptions: define DMERP_NO_EXCEPTIONS before dmerp.hpp is included"
#endif

#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(nodiscard) && __cplusplus >= 201703L
#define DMERP_NODISCARD [[nodiscard]]
#endif
#endif
#ifndef DMERP_NODISCARD
#define DMERP_NODISCARD
#endif

/** dmerp for C++. */
namespace dmerp {

// The two forms have different function types, so they need different names for the linker.
#ifdef DMERP_NO_EXCEPTIONS
inline namespace without_exceptions {
#else
inline namespace with_exceptions {
#endif

/** The outcome of a call. A later library may return numbers that have no name here. */
enum class Status : dmerp_status {
    Ok = DMERP_OK,                                     /**< The call succeeded. dmerp.h describes each status. */
    InvalidArgument = DMERP_INVALID_ARGUMENT,          /**< An argument is not valid. */
    InvalidHandle = DMERP_INVALID_HANDLE,              /**< An object was moved from, or header and library differ. */
    InvalidConfig = DMERP_INVALID_CONFIG,              /**< An option is unknown, missing or malformed. */
    FileError = DMERP_FILE_ERROR,                      /**< A local file or stream could not be read or written. */
    Cancelled = DMERP_CANCELLED,                       /**< The call was cancelled, or a callback ended it. */
    TimedOut = DMERP_TIMED_OUT,                        /**< A time-out passed. */
    HostNotFound = DMERP_HOST_NOT_FOUND,               /**< The server's host name could not be resolved. */
    ConnectFailed = DMERP_CONNECT_FAILED,              /**< No connection could be made. */
    TlsFailed = DMERP_TLS_FAILED,                      /**< The server's certificate was not accepted, or TLS failed. */
    ConnectionLost = DMERP_CONNECTION_LOST,            /**< The connection broke before the answer began. */
    Truncated = DMERP_TRUNCATED,                       /**< An answer ended before its announced length. */
    AuthenticationFailed = DMERP_AUTHENTICATION_FAILED,/**< The portal refused the API key. */
    UnknownAppArea = DMERP_UNKNOWN_APP_AREA,           /**< The key may not use this app area. */
    Throttled = DMERP_THROTTLED,                       /**< The portal or the storage asks for fewer requests. */
    ServerError = DMERP_SERVER_ERROR,                  /**< The portal or the storage failed. */
    Rejected = DMERP_REJECTED,                         /**< The portal understood the request and refused it. */
    NotFound = DMERP_NOT_FOUND,                        /**< What was asked for does not exist. */
    StorageRefused = DMERP_STORAGE_REFUSED,            /**< The storage refused a temporary link. */
    BadAnswer = DMERP_BAD_ANSWER,                      /**< The answer is not one that the portal gives. */
    TooLarge = DMERP_TOO_LARGE,                        /**< An answer is larger than its configured limit. */
    Internal = DMERP_INTERNAL,                         /**< A defect in the library. */
    OutOfMemory = DMERP_OUT_OF_MEMORY,                 /**< There was not enough memory for a content or a list. */
    ProxyRefused = DMERP_PROXY_REFUSED,                /**< The proxy asks for a user and a password. */
    BadPacket = DMERP_BAD_PACKET                       /**< A packet that is read is not what its format allows. */
};

/** The format of a packet, a list or a request. */
enum class Format : dmerp_format {
    Default = DMERP_FORMAT_DEFAULT, /**< The format that the option `format` sets; not for a push. */
    Xml = DMERP_FORMAT_XML,         /**< XML. */
    Json = DMERP_FORMAT_JSON        /**< JSON. */
};

/** Which of an app area's two lists of pending packets. */
enum class PacketKind : dmerp_packet_kind {
    Packet = DMERP_KIND_PACKET, /**< Synchronization packets. */
    File = DMERP_KIND_FILE      /**< Images and other big files. */
};

/** Why a receiver left a packet behind. A later library may return numbers that have no name here. */
enum class LeftWhy : dmerp_left_why {
    Kept = DMERP_LEFT_KEPT,                     /**< You kept it in the queue. */
    Unsettled = DMERP_LEFT_UNSETTLED,           /**< You got it, and said neither done nor keep. */
    NotDownloaded = DMERP_LEFT_NOT_DOWNLOADED,  /**< Its download failed. */
    Lapsed = DMERP_LEFT_LAPSED,                 /**< It was not handed over within receive.lease_ms of its listing. */
    NotHandedOver = DMERP_LEFT_NOT_HANDED_OVER, /**< The run ended before it was handed over. */
    Unreadable = DMERP_LEFT_UNREADABLE,         /**< Its entry in the list cannot be read. */
    NotMarked = DMERP_LEFT_NOT_MARKED,          /**< You have handled it, but it is not marked. The client remembers it. */
    MarkUnknown = DMERP_LEFT_MARK_UNKNOWN       /**< Like NotMarked, but the portal may have marked it. */
};

/** What a record of a packet asks the mobile app, or the ERP, to do. */
enum class RecordStatus : dmerp_record_status {
    None = DMERP_RECORD_NONE,     /**< The record says nothing; it can only be read. */
    Insert = DMERP_RECORD_INSERT, /**< The record is new. The vendor's own extension says so of every record that it
                                       sends to a mobile user. */
    Update = DMERP_RECORD_UPDATE, /**< The record was changed. */
    Delete = DMERP_RECORD_DELETE, /**< The record was deleted. */
    Read = DMERP_RECORD_READ,     /**< The record was read. */
    Other = DMERP_RECORD_OTHER    /**< None of these; it can only be read, and is among the record's attributes. */
};

/** Which certificate authorities are trusted. */
enum class TlsRoots {
    Platform, /**< Those of the platform's trust store. */
    File,     /**< Those of tls_ca_file() and tls_ca_pem(). */
    Both      /**< All of these. */
};

/** The importance of a log record. */
enum class LogLevel : dmerp_log_level {
    Error = DMERP_LOG_ERROR,     /**< A call failed. */
    Warning = DMERP_LOG_WARNING, /**< Something failed and is tried again, or an entry of the list cannot be read. */
    Info = DMERP_LOG_INFO,       /**< A call succeeded. */
    Debug = DMERP_LOG_DEBUG      /**< Every request and its answer. */
};

/** Returns the library's version, such as "0.1.0". The header's version is in DMERP_VERSION_MAJOR and so on. */
inline const char *version() noexcept { return dmerp_version(); }

/** Returns the version of the library's binary interface. Config checks that it is the header's DMERP_ABI_VERSION. */
inline std::uint32_t abi_version() noexcept { return dmerp_abi_version(); }

/**
 * Returns how many handles and buffers of the library are not yet freed, in the whole process. Use it to find leaks.
 */
inline std::size_t live_handles() noexcept { return dmerp_live_handles(); }

/** Returns a status's name, such as "TIMED_OUT"; nullptr if the library does not know the status. */
inline const char *status_name(Status status) noexcept { return dmerp_status_name(static_cast<dmerp_status>(status)); }

/** Returns what a status means, in a sentence; nullptr if the library does not know the status. */
inline const char *status_meaning(Status status) noexcept {
    return dmerp_status_meaning(static_cast<dmerp_status>(status));
}

/** Returns what to do about a status, in a sentence; nullptr if the library does not know the status. */
inline const char *status_action(Status status) noexcept { return dmerp_status_action(static_cast<dmerp_status>(status)); }

/** Whether a call that ended with this status can succeed when it is made later, unchanged. */
inline bool status_is_retryable(Status status) noexcept {
    return dmerp_status_is_retryable(static_cast<dmerp_status>(status)) != 0;
}

/** A value that may be missing. C++11 has no std::optional. */
template <class T>
class Optional {
public:
    /** Has no value. */
    Optional() noexcept : has_(false), nothing_() {}
    /** Has this value. */
    Optional(T value) noexcept(std::is_nothrow_move_constructible<T>::value) : has_(true), value_(std::move(value)) {}
    /** Has a copy of the other's value, if the other has one. */
    Optional(const Optional &other) : has_(false), nothing_() {
        if (other.has_) {
            fill(other.value_);
        }
    }
    /** Takes the other's value, if it has one. The other then holds a value that was moved from. */
    Optional(Optional &&other) noexcept(std::is_nothrow_move_constructible<T>::value) : has_(false), nothing_() {
        if (other.has_) {
            fill(std::move(other.value_));
        }
    }
    /** Takes the other's value, or has none if the other has none. */
    Optional &operator=(Optional other) noexcept(std::is_nothrow_move_constructible<T>::value) {
        reset();
        if (other.has_) {
            fill(std::move(other.value_));
        }
        return *this;
    }
    ~Optional() { reset(); }

    /** Whether there is a value. */
    bool has_value() const noexcept { return has_; }
    /** Whether there is a value. */
    explicit operator bool() const noexcept { return has_; }
    /** Returns the value. If there is none, the program aborts. */
    T &operator*() & noexcept { return there(), value_; }
    /** Returns the value. If there is none, the program aborts. */
    const T &operator*() const & noexcept { return there(), value_; }
    /** Returns the value, to be moved from. If there is none, the program aborts. */
    T &&operator*() && noexcept { return there(), std::move(value_); }
    /** Accesses the value's members. If there is no value, the program aborts. */
    T *operator->() noexcept { return there(), &value_; }
    /** Accesses the value's members. If there is no value, the program aborts. */
    const T *operator->() const noexcept { return there(), &value_; }
    /** Returns the value, or `otherwise` if there is none. */
    T value_or(T otherwise) const { return has_ ? value_ : std::move(otherwise); }

private:
    template <class From>
    void fill(From &&from) {
        ::new (static_cast<void *>(&value_)) T(std::forward<From>(from));
        has_ = true;
    }
    void reset() noexcept {
        if (has_) {
            has_ = false;
            value_.~T();
        }
    }
    void there() const noexcept {
        if (!has_) {
            std::abort();
        }
    }

    bool has_;
    union {
        char nothing_;
        T value_;
    };
};

/**
 * Why a call failed. Copying it does not throw. what() says on one line what was tried, what came back, and what to do.
 */
class Error : public std::runtime_error {
public:
    /** The outcome of each receipt: no value if it is marked, else why not. */
    using Results = std::vector<Optional<Error>>;

    /** Makes an error that does not come from the library. */
    Error(Status status, const std::string &message)
        : Error(message, Details{status, 0, std::string(), std::string(), 0, std::chrono::milliseconds(0), false, false,
                                 std::make_shared<Results>()}) {}

    /** Copies the other error. A move does the same, so no Error is ever empty. */
    Error(const Error &other) noexcept = default;
    /** Copies the other error. */
    Error &operator=(const Error &other) noexcept = default;

    /**
     * Copies the error of a call that failed with this status. Both handles may be nullptr, and still belong to the
     * caller.
     */
    static Error copy(dmerp_status status, const dmerp_error *error, const dmerp_results *results = nullptr);

    /** The status of the call. */
    Status status() const noexcept { return details_->status; }
    /** The HTTP status of the answer that caused the error; 0 if no answer came, or the answer broke off. */
    int http_status() const noexcept { return details_->http_status; }
    /** The message of the portal or the storage; empty if there was none. */
    const std::string &server_message() const noexcept { return details_->server_message; }
    /** The packet of the call: the unique id for a push, the storage path for a link or a download; else empty. */
    const std::string &packet_id() const noexcept { return details_->packet_id; }
    /** How many HTTP requests the call made; 0 if it failed before the first one. */
    unsigned attempts() const noexcept { return details_->attempts; }
    /** How long the server asked to wait before the next try; 0 if it did not ask. */
    std::chrono::milliseconds retry_after() const noexcept { return details_->retry_after; }
    /** Whether the same call, made later and unchanged, can succeed. */
    bool is_retryable() const noexcept { return details_->is_retryable; }
    /**
     * Whether the server may have done what was asked: a request was sent completely, and no answer came. Repeat the
     * call with the same packet id or receipts.
     */
    bool is_outcome_unknown() const noexcept { return details_->is_outcome_unknown; }
    /** After done(): the outcome of each receipt, in order. Empty after any other call, and if nothing was sent. */
    const Results &results() const noexcept { return *details_->results; }

private:
    struct Details {
        Status status;
        int http_status;
        std::string server_message;
        std::string packet_id;
        unsigned attempts;
        std::chrono::milliseconds retry_after;
        bool is_retryable;
        bool is_outcome_unknown;
        std::shared_ptr<const Results> results;
    };

    Error(const std::string &message, Details details)
        : std::runtime_error(message), details_(std::make_shared<const Details>(std::move(details))) {}

    std::shared_ptr<const Details> details_;
};

#ifndef DMERP_NO_EXCEPTIONS

// Each status and its class. The class is named after the status, without a final Failed or Error.
#define DMERP_ERROR_CLASSES(X)                    \
    X(InvalidArgument, InvalidArgumentError)      \
    X(InvalidHandle, InvalidHandleError)          \
    X(InvalidConfig, InvalidConfigError)          \
    X(FileError, FileError)                       \
    X(Cancelled, CancelledError)                  \
    X(TimedOut, TimedOutError)                    \
    X(HostNotFound, HostNotFoundError)            \
    X(ConnectFailed, ConnectError)                \
    X(TlsFailed, TlsError)                        \
    X(ConnectionLost, ConnectionLostError)        \
    X(Truncated, TruncatedError)                  \
    X(AuthenticationFailed, AuthenticationError)  \
    X(UnknownAppArea, UnknownAppAreaError)        \
    X(Throttled, ThrottledError)                  \
    X(ServerError, ServerError)                   \
    X(Rejected, RejectedError)                    \
    X(NotFound, NotFoundError)                    \
    X(StorageRefused, StorageRefusedError)        \
    X(BadAnswer, BadAnswerError)                  \
    X(TooLarge, TooLargeError)                    \
    X(Internal, InternalError)                    \
    X(OutOfMemory, OutOfMemoryError)              \
    X(ProxyRefused, ProxyRefusedError)            \
    X(BadPacket, BadPacketError)

#define DMERP_ERROR_CLASS(Name, Class)                                                            \
    /** An error with this status; the status tells what it means. */                             \
    class Class : public Error {                                                                  \
    public:                                                                                       \
        /** The same error, under the class of its status. */                                     \
        explicit Class(Error error) noexcept : Error(std::move(error)) {}                         \
    };
DMERP_ERROR_CLASSES(DMERP_ERROR_CLASS)
#undef DMERP_ERROR_CLASS

#endif

/** Whether a call succeeded, and why not. The base of every Result. */
class DMERP_NODISCARD ResultBase {
public:
    /** The status of the call. */
    Status status() const noexcept { return error_ ? error_->status() : Status::Ok; }
    /** Whether the call succeeded. */
    bool ok() const noexcept { return !error_; }
    /** Whether the call succeeded. */
    explicit operator bool() const noexcept { return ok(); }
    /** Returns why the call failed. After a success, the program aborts. */
    const Error &error() const noexcept { return *error_; }

protected:
    ResultBase() noexcept = default;
    ResultBase(Error error) noexcept : error_(std::move(error)) {}

private:
    Optional<Error> error_;
};

/** What a call returns without exceptions, and a batch for each of its packets: a value, or an error. */
template <class T>
class DMERP_NODISCARD Result : public ResultBase {
public:
    /** A success. */
    Result(T value) noexcept(std::is_nothrow_move_constructible<T>::value) : value_(std::move(value)) {}
    /** A failure. */
    Result(Error error) noexcept : ResultBase(std::move(error)) {}

    /** Returns the value. After a failure, the program aborts. */
    T &value() & noexcept { return *value_; }
    /** Returns the value. After a failure, the program aborts. */
    const T &value() const & noexcept { return *value_; }
    /** Returns the value, to be moved from. After a failure, the program aborts. */
    T &&value() && noexcept { return *std::move(value_); }

private:
    Optional<T> value_;
};

/** What a call without a value returns without exceptions. */
template <>
class DMERP_NODISCARD Result<void> : public ResultBase {
public:
    /** A success. */
    Result() noexcept = default;
    /** A failure. */
    Result(Error error) noexcept : ResultBase(std::move(error)) {}
};

#ifdef DMERP_NO_EXCEPTIONS
/** What a function that can fail returns. */
template <class T>
using Outcome = Result<T>;
#else
/** What a function that can fail returns; a failure is thrown. */
template <class T>
using Outcome = T;
#endif

/** Receives one log record. `message` is one line, borrowed until the function returns. Its exceptions are ignored. */
using LogFunction = std::function<void(LogLevel level, const char *message)>;

/** How far a call is: done, total (bytes), packets, packets_total. A total of 0 is not known. */
using Progress = dmerp_progress;

/** Receives the progress of a call. Return true to go on, false to end the call. */
using ProgressFunction = std::function<bool(const Progress &progress)>;

/** Runs about every 100 ms during a call. Return true to go on, false to end the call with Cancelled. */
using WaitingFunction = std::function<bool()>;

class Call;

/** For this header only. */
namespace detail {

/* Owns a handle. */
template <class T, void (*Free)(T *)>
class Handle {
public:
    Handle() noexcept : handle_(nullptr) {}
    Handle(Handle &&other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
    Handle &operator=(Handle &&other) noexcept {
        Handle taken(std::move(other));
        std::swap(handle_, taken.handle_);
        return *this;
    }
    ~Handle() { Free(handle_); }

    T *get() const noexcept { return handle_; }
    /* The place for a function that makes the handle. */
    T **place() noexcept { return &handle_; }

private:
    T *handle_;
};

using ErrorHandle = Handle<dmerp_error, dmerp_error_free>;
using PushedHandle = Handle<dmerp_pushed, dmerp_pushed_free>;
using ResultsHandle = Handle<dmerp_results, dmerp_results_free>;
using SummaryHandle = Handle<dmerp_summary, dmerp_summary_free>;

/* Owns a handle, and the function that its calls log to: that must live until the handle is freed. */
template <class T, void (*Free)(T *)>
class LoggingHandle {
public:
    explicit LoggingHandle(std::shared_ptr<LogFunction> log) noexcept : log_(std::move(log)) {}
    LoggingHandle(LoggingHandle &&other) noexcept = default;
    LoggingHandle &operator=(LoggingHandle &&other) noexcept {
        LoggingHandle taken(std::move(other));
        std::swap(log_, taken.log_);
        std::swap(handle_, taken.handle_);
        return *this;
    }

    T *get() const noexcept { return handle_.get(); }
    T **place() noexcept { return handle_.place(); }
    const std::shared_ptr<LogFunction> &log() const noexcept { return log_; }

private:
    // In this order: the handle is freed before the function is destroyed.
    std::shared_ptr<LogFunction> log_;
    Handle<T, Free> handle_;
};

using ReceiverHandle = LoggingHandle<dmerp_receiver, dmerp_receiver_free>;
using ReceivedHandle = LoggingHandle<dmerp_received, dmerp_received_free>;
using BatchHandle = LoggingHandle<dmerp_batch, dmerp_batch_free>;
using ClientHandle = LoggingHandle<dmerp_client, dmerp_client_free>;

inline std::string text(const char *text) { return text != nullptr ? std::string(text) : std::string(); }

inline Optional<std::string> optional_text(const char *text) {
    return text != nullptr ? Optional<std::string>(std::string(text)) : Optional<std::string>();
}

inline const char *or_null(const std::string &text) noexcept { return text.empty() ? nullptr : text.c_str(); }

inline bool has_nul(const std::string &text) noexcept { return text.find('\0') != std::string::npos; }

template <class... Texts>
bool has_nul(const std::string &text, const Texts &...others) noexcept {
    return has_nul(text) || has_nul(others...);
}

inline const char *option_value(Format format) noexcept {
    switch (format) {
    case Format::Xml: return "xml";
    case Format::Json: return "json";
    case Format::Default: break;
    }
    return "default"; // the library refuses it and says why
}

inline const char *option_value(TlsRoots roots) noexcept {
    switch (roots) {
    case TlsRoots::Platform: return "platform";
    case TlsRoots::File: return "file";
    case TlsRoots::Both: break;
    }
    return "both";
}

#ifndef DMERP_NO_EXCEPTIONS
/* Throws an error as the class of its status; one with a status that has no class as Error. */
[[noreturn]] inline void raise(Error error) {
    switch (error.status()) {
#define DMERP_ERROR_CLASS(Name, Class) \
    case Status::Name: throw Class(std::move(error));
        DMERP_ERROR_CLASSES(DMERP_ERROR_CLASS)
#undef DMERP_ERROR_CLASS
    case Status::Ok: break;
    }
    throw error;
}

#undef DMERP_ERROR_CLASSES
#endif

/* Ends a function with a failure. */
template <class T>
#ifdef DMERP_NO_EXCEPTIONS
Outcome<T> fail(Error error) {
    return Result<T>(std::move(error));
}
#else
[[noreturn]] Outcome<T> fail(Error error) {
    raise(std::move(error));
}
#endif

template <class T>
Outcome<T> fail_for_nul(const char *argument) {
    return fail<T>(Error(Status::InvalidArgument, std::string(argument) + " holds a NUL"));
}

/* Whether the library is the one that this header describes. */
inline bool abi_fits() noexcept { return dmerp_abi_version() == DMERP_ABI_VERSION; }

template <class T>
Outcome<T> fail_for_abi() {
    return fail<T>(Error(Status::InvalidHandle,
                         "this program was compiled with a dmerp.hpp of ABI version " + std::to_string(DMERP_ABI_VERSION) +
                             ", but the loaded library, dmerp " + text(dmerp_version()) + ", has ABI version " +
                             std::to_string(dmerp_abi_version()) + "; use header and library of one release"));
}

/* One call of a function of the library: the place for its error, and its outcome. */
class Attempt {
public:
    dmerp_error **error() noexcept { return error_.place(); }

    /* Ends the call: returns make(), or fails with the error. */
    template <class T, class Make>
    Outcome<T> end(dmerp_status status, Make make) {
        if (status != DMERP_OK) {
            return failure<T>(status);
        }
        return make();
    }

    /* The end with a failure. */
    template <class T>
    Outcome<T> failure(dmerp_status status) {
        return fail<T>(Error::copy(status, error_.get()));
    }

    Outcome<void> end(dmerp_status status) {
        return end<void>(status, [] { return Outcome<void>(); });
    }

    /* Why the call failed. */
    std::string message(dmerp_status status) const {
        const char *message = dmerp_error_message(error_.get());
        return text(message != nullptr ? message : dmerp_status_meaning(status));
    }

protected:
    ErrorHandle error_;
};

/* Sets another callback with set(), and keeps the function alive for the library. An empty function sets none. */
template <class Function, class Set>
Outcome<void> set_callback(std::shared_ptr<Function> &kept, Function function, Set set) {
    std::shared_ptr<Function> sink = function ? std::make_shared<Function>(std::move(function)) : nullptr;
    Attempt attempt;
    dmerp_status status = set(sink.get(), attempt.error());
    if (status == DMERP_OK) {
        kept = std::move(sink);
    }
    return attempt.end(status);
}

/*
 * One call of a verb on this thread. If a callback makes another call, the two are nested. It keeps the callbacks alive
 * until the verb has returned, even if a callback destroys the Client or the Call, and holds the exception that a
 * callback threw. After the call into the library a verb must not use *this or *call.
 */
class Verb : public Attempt {
public:
    /* `call` may be nullptr. */
    Verb(std::shared_ptr<LogFunction> log, const Call *call) noexcept;
    ~Verb() { innermost() = outer_; }
    Verb(const Verb &) = delete;
    Verb &operator=(const Verb &) = delete;

    /* The handle of the Call. */
    const dmerp_call *call() const noexcept { return call_; }

    /* Rethrows the exception of a callback. Else ends the verb: returns make(), or fails with the error. */
    template <class T, class Make>
    Outcome<T> end(dmerp_status status, Make make) {
        rethrow();
        return Attempt::end<T>(status, make);
    }

    Outcome<void> end(dmerp_status status, const dmerp_results *results = nullptr) {
        rethrow();
        if (status != DMERP_OK) {
            return fail<void>(Error::copy(status, error_.get(), results));
        }
        return Outcome<void>();
    }

    /* Rethrows the exception of a callback. Else fails with an error of a stream, which the library cannot see. */
    template <class T>
    Outcome<T> end_for_stream(const std::string &message) {
        rethrow();
        return fail<T>(Error(Status::FileError, message));
    }

    /* Runs a callback for the library. Returns 0 to go on. No exception leaves this function. */
    template <class Callback>
    static std::int32_t run(Callback callback) noexcept {
#ifdef DMERP_NO_EXCEPTIONS
        return callback() ? 0 : 1;
#else
        try {
            return callback() ? 0 : 1;
        } catch (...) {
            // If C code made the call, there is no Verb that could rethrow the exception.
            Verb *verb = innermost();
            if (verb != nullptr && !verb->thrown_) {
                verb->thrown_ = std::current_exception();
            }
            return 1;
        }
#endif
    }

private:
    static Verb *&innermost() noexcept {
        static thread_local Verb *verb = nullptr;
        return verb;
    }

    void rethrow() {
#ifndef DMERP_NO_EXCEPTIONS
        if (thrown_) {
            std::rethrow_exception(std::move(thrown_));
        }
#endif
    }

    const dmerp_call *call_;
    std::shared_ptr<LogFunction> log_;
    std::shared_ptr<ProgressFunction> progress_;
    std::shared_ptr<WaitingFunction> waiting_;
    Verb *outer_;
#ifndef DMERP_NO_EXCEPTIONS
    std::exception_ptr thrown_;
#endif
};

inline void on_log(void *user_data, dmerp_log_level level, const char *message) noexcept {
    const LogFunction &log = *static_cast<LogFunction *>(user_data);
#ifdef DMERP_NO_EXCEPTIONS
    log(static_cast<LogLevel>(level), message);
#else
    try {
        log(static_cast<LogLevel>(level), message);
    } catch (...) { // logging does not change the outcome of a call
    }
#endif
}

inline std::int32_t on_progress(void *user_data, const dmerp_progress *progress) noexcept {
    return Verb::run([=] { return (*static_cast<ProgressFunction *>(user_data))(*progress); });
}

inline std::int32_t on_waiting(void *user_data) noexcept {
    return Verb::run([=] { return (*static_cast<WaitingFunction *>(user_data))(); });
}

inline std::int32_t on_read(void *user_data, std::uint8_t *data, std::size_t capacity, std::size_t *len) noexcept {
    std::istream &stream = *static_cast<std::istream *>(user_data);
    return Verb::run([&] {
#ifdef DMERP_NO_EXCEPTIONS
        stream.read(reinterpret_cast<char *>(data), static_cast<std::streamsize>(capacity));
        *len = static_cast<std::size_t>(stream.gcount());
#else
        // Reads from the buffer, past the stream's own state: the end is not an error here, even if the stream throws.
        *len = static_cast<std::size_t>(
            stream.rdbuf()->sgetn(reinterpret_cast<char *>(data), static_cast<std::streamsize>(capacity)));
#endif
        return !stream.bad();
    });
}

inline std::int32_t on_write(void *user_data, const std::uint8_t *data, std::size_t len, std::size_t *taken) noexcept {
    std::ostream &stream = *static_cast<std::ostream *>(user_data);
    return Verb::run([&] {
        stream.write(reinterpret_cast<const char *>(data), static_cast<std::streamsize>(len));
        *taken = len;
        return stream.good();
    });
}

/* Why the packet at `index` is not marked or not stored. */
inline Error error_of(const dmerp_results *results, std::size_t index) {
    ErrorHandle error;
    *error.place() = dmerp_results_error(results, index);
    return Error::copy(dmerp_results_status(results, index), error.get());
}

} // namespace detail

inline Error Error::copy(dmerp_status status, const dmerp_error *error, const dmerp_results *results) {
    const char *message = dmerp_error_message(error);
    auto each = std::make_shared<Results>();
    std::size_t count = dmerp_results_len(results);
    each->reserve(count);
    for (std::size_t index = 0; index < count; index++) {
        if (dmerp_results_status(results, index) == DMERP_OK) {
            each->emplace_back();
        } else {
            each->emplace_back(detail::error_of(results, index));
        }
    }
    return Error(detail::text(message != nullptr ? message : dmerp_status_meaning(status)),
                 Details{static_cast<Status>(status), dmerp_error_http_status(error),
                         detail::text(dmerp_error_server_message(error)), detail::text(dmerp_error_packet_id(error)),
                         dmerp_error_attempts(error), std::chrono::milliseconds(dmerp_error_retry_after_ms(error)),
                         dmerp_error_is_retryable(error) != 0, dmerp_error_is_outcome_unknown(error) != 0, std::move(each)});
}

/**
 * The options for making a client. A client copies them, so the configuration can then be changed or destroyed.
 * Destroying it wipes its copy of the API key.
 */
class Config {
public:
    /**
     * Makes a configuration in which every option has its default. Checks that the library has this header's ABI
     * version. Without exceptions, a failure shows as InvalidHandle when the object is used; Client::create() then
     * returns the reason.
     */
    Config() {
        if (!detail::abi_fits()) {
            static_cast<void>(detail::fail_for_abi<void>());
            return;
        }
        detail::Attempt attempt;
        static_cast<void>(attempt.end(dmerp_config_new(handle_.place(), attempt.error())));
    }

    // The options of this header's version. dmerp.h describes their defaults and ranges.

    /** The application area's code, such as DMDEV01. Required. */
    Outcome<void> app_area(const std::string &value) { return set("app_area", value); }
    /** The application area's API key. Required. No message and no log record contains it. */
    Outcome<void> api_key(const std::string &value) { return set("api_key", value); }
    /** The portal's URL. */
    Outcome<void> base_url(const std::string &value) { return set("base_url", value); }
    /** The format of pull and done, for calls that do not name one: Xml or Json. */
    Outcome<void> format(Format value) { return set("format", detail::option_value(value)); }
    /** The longest time to make one connection. */
    Outcome<void> timeout_connect(std::chrono::milliseconds value) { return set_number("timeout.connect_ms", value.count()); }
    /** The longest time in which nothing is sent and nothing is received. After it, the try has failed. */
    Outcome<void> timeout_idle(std::chrono::milliseconds value) { return set_number("timeout.idle_ms", value.count()); }
    /** The longest time for a whole call, its retries included. */
    Outcome<void> timeout_overall(std::chrono::milliseconds value) { return set_number("timeout.overall_ms", value.count()); }
    /** How often one request is tried at most, the first try included; 1 turns retries off. */
    Outcome<void> retry_max_attempts(std::uint64_t value) { return set_number("retry.max_attempts", value); }
    /** The longest wait before the second try. It doubles with each further try. */
    Outcome<void> retry_base(std::chrono::milliseconds value) { return set_number("retry.base_ms", value.count()); }
    /** The longest wait between two tries, unless the server asks for more. */
    Outcome<void> retry_max(std::chrono::milliseconds value) { return set_number("retry.max_ms", value.count()); }
    /** Which certificate authorities are trusted. */
    Outcome<void> tls_roots(TlsRoots value) { return set("tls.roots", detail::option_value(value)); }
    /** A PEM file of certificate authorities to trust. */
    Outcome<void> tls_ca_file(const std::string &value) { return set("tls.ca_file", value); }
    /** Certificate authorities to trust, as the text of a PEM file. */
    Outcome<void> tls_ca_pem(const std::string &value) { return set("tls.ca_pem", value); }
    /** "system", "none", or an HTTP proxy's URL. */
    Outcome<void> proxy(const std::string &value) { return set("proxy", value); }
    /** The User-Agent header of every request. */
    Outcome<void> user_agent(const std::string &value) { return set("user_agent", value); }
    /** The Content-Type of an upload, instead of that of the packet's format. */
    Outcome<void> upload_content_type(const std::string &value) { return set("upload_content_type", value); }
    /** How many packets one done request marks at most. */
    Outcome<void> done_batch(std::uint64_t value) { return set_number("done_batch", value); }
    /** The folder for the temporary files of push_stream(), download_stream() and of receivers. */
    Outcome<void> temp_dir(const std::string &value) { return set("temp_dir", value); }
    /** The largest list of packets that pull() accepts, in bytes. */
    Outcome<void> max_list_bytes(std::uint64_t value) { return set_number("max_list_bytes", value); }
    /** The largest packet that download() accepts into memory, in bytes. */
    Outcome<void> max_memory_bytes(std::uint64_t value) { return set_number("max_memory_bytes", value); }
    /** The largest packet that any download accepts, in bytes. */
    Outcome<void> max_download_bytes(std::uint64_t value) { return set_number("max_download_bytes", value); }
    /** How many packets a receiver downloads at the same time. */
    Outcome<void> receive_concurrency(std::uint64_t value) { return set_number("receive.concurrency", value); }
    /** How many packets a receiver downloads before you take them, at most. */
    Outcome<void> receive_ahead_packets(std::uint64_t value) { return set_number("receive.ahead_packets", value); }
    /** How many content bytes a receiver downloads before you take them, in memory and in files. */
    Outcome<void> receive_ahead_bytes(std::uint64_t value) { return set_number("receive.ahead_bytes", value); }
    /** The largest packet that a receiver keeps in memory, in bytes. Larger content is in a file in temp_dir(). */
    Outcome<void> receive_memory_bytes(std::uint64_t value) { return set_number("receive.memory_bytes", value); }
    /** A receiver marks handled packets done when this many wait. */
    Outcome<void> receive_done_count(std::uint64_t value) { return set_number("receive.done_count", value); }
    /** A receiver marks handled packets done when the oldest has waited this long. */
    Outcome<void> receive_done(std::chrono::milliseconds value) { return set_number("receive.done_ms", value.count()); }
    /** The longest time in which a receiver marks handled packets done at its end. */
    Outcome<void> receive_close(std::chrono::milliseconds value) { return set_number("receive.close_ms", value.count()); }
    /** How long a listed packet may wait until it is handed over. Then a later list must show it again. */
    Outcome<void> receive_lease(std::chrono::milliseconds value) { return set_number("receive.lease_ms", value.count()); }
    /** After this many failures a packet goes to receive_dead_letter_dir(). */
    Outcome<void> receive_max_deliveries(std::uint64_t value) { return set_number("receive.max_deliveries", value); }
    /** The folder for packets that fail again and again. Without it they stay in the queue. */
    Outcome<void> receive_dead_letter_dir(const std::string &value) { return set("receive.dead_letter_dir", value); }
    /** 0: a receiver ends when the queue is empty. Else it waits this long for new packets, and lists again. */
    Outcome<void> receive_poll(std::chrono::milliseconds value) { return set_number("receive.poll_ms", value.count()); }
    /** The longest wait between two lists of an empty queue. */
    Outcome<void> receive_poll_max(std::chrono::milliseconds value) { return set_number("receive.poll_max_ms", value.count()); }
    /** A receiver ends after it has handed over this many packets. 0: no limit. */
    Outcome<void> receive_max_packets(std::uint64_t value) { return set_number("receive.max_packets", value); }
    /** A receiver hands over nothing new after this time since it was opened. 0: no limit. */
    Outcome<void> receive_max(std::chrono::milliseconds value) { return set_number("receive.max_ms", value.count()); }
    /** How many packets a batch pushes at the same time. Each mobile user gets one at a time. */
    Outcome<void> push_concurrency(std::uint64_t value) { return set_number("push.concurrency", value); }

    /** Sets one option of the table in dmerp.h, by its key. After a failure the option keeps its previous value. */
    Outcome<void> set(const std::string &key, const std::string &value) {
        if (detail::has_nul(key, value)) {
            return detail::fail_for_nul<void>("an option");
        }
        detail::Attempt attempt;
        return attempt.end(dmerp_config_set(handle_.get(), key.c_str(), value.c_str(), attempt.error()));
    }

    /**
     * Returns the current value of an option, if it has one. The API key, and a proxy URL with a password, read as
     * "(set)".
     */
    Outcome<Optional<std::string>> get(const std::string &key) const;

    /**
     * Sets the function for the log records of every client that is made from this configuration later. It gets records
     * of `level` and of more important levels. If several threads use such a client, they may call the function at the
     * same time. The function lives until the last of these clients is destroyed. An empty function turns logging off,
     * which is the default.
     */
    Outcome<void> log(LogLevel level, LogFunction function) {
        return detail::set_callback(log_, std::move(function), [&](LogFunction *sink, dmerp_error **error) {
            return dmerp_config_set_log(handle_.get(), static_cast<dmerp_log_level>(level),
                                        sink != nullptr ? detail::on_log : nullptr, sink, error);
        });
    }

    /** Returns the handle, for functions of dmerp.h. It still belongs to this object. */
    dmerp_config *handle() const noexcept { return handle_.get(); }

private:
    friend class Client;

    template <class Number>
    Outcome<void> set_number(const char *key, Number value) {
        return set(key, std::to_string(value));
    }

    std::shared_ptr<LogFunction> log_;
    detail::Handle<dmerp_config, dmerp_config_free> handle_;
};

/** Owns the bytes of a download. */
class Buffer {
public:
    /** No bytes. */
    Buffer() noexcept : buffer_() {}
    /** Takes the other's bytes; the other then has none. */
    Buffer(Buffer &&other) noexcept : buffer_(other.buffer_) { other.buffer_ = dmerp_buffer(); }
    /** Frees its own bytes and takes the other's; the other then has none. */
    Buffer &operator=(Buffer &&other) noexcept {
        Buffer taken(std::move(other));
        std::swap(buffer_, taken.buffer_);
        return *this;
    }
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;
    ~Buffer() { dmerp_buffer_free(&buffer_); }

    /**
     * The bytes, followed by a NUL that size() does not count; nullptr if nothing was stored. Valid as long as this
     * object.
     */
    const std::uint8_t *data() const noexcept { return buffer_.data; }
    /** The number of bytes. */
    std::size_t size() const noexcept { return buffer_.len; }
    /** Whether there are none. */
    bool empty() const noexcept { return buffer_.len == 0; }
    /** The first byte. */
    const std::uint8_t *begin() const noexcept { return buffer_.data; }
    /** The place after the last byte. */
    const std::uint8_t *end() const noexcept { return buffer_.len == 0 ? buffer_.data : buffer_.data + buffer_.len; }
    /** The place for a function of dmerp.h that fills the buffer. The buffer must be empty. */
    dmerp_buffer *place() noexcept { return &buffer_; }
    /** Returns a copy of the bytes as a string. */
    std::string str() const { return empty() ? std::string() : std::string(reinterpret_cast<const char *>(data()), size()); }

private:
    dmerp_buffer buffer_;
};

inline Outcome<Optional<std::string>> Config::get(const std::string &key) const {
    using Value = Optional<std::string>;
    if (detail::has_nul(key)) {
        return detail::fail_for_nul<Value>("an option's key");
    }
    detail::Attempt attempt;
    Buffer value;
    dmerp_status status = dmerp_config_get(handle_.get(), key.c_str(), value.place(), attempt.error());
    return attempt.end<Value>(status, [&value] { return value.data() != nullptr ? Value(value.str()) : Value(); });
}

/**
 * Refers to bytes, without owning them. Make one as an argument; the bytes must outlive the call. Received::content()
 * returns one.
 */
class Bytes {
public:
    /** Refers to `size` bytes at `data`. */
    Bytes(const void *data, std::size_t size) noexcept : data_(static_cast<const std::uint8_t *>(data)), size_(size) {}
    /** Refers to a string's bytes. */
    Bytes(const std::string &text) noexcept : Bytes(text.data(), text.size()) {}
    /** Refers to a C string's bytes, without its NUL. */
    Bytes(const char *text) noexcept : Bytes(text, std::strlen(text)) {}
    /** Refers to a vector's bytes. */
    Bytes(const std::vector<std::uint8_t> &bytes) noexcept : Bytes(bytes.data(), bytes.size()) {}
    /** Refers to a download's bytes. */
    Bytes(const Buffer &buffer) noexcept : Bytes(buffer.data(), buffer.size()) {}

    /** The bytes. */
    const std::uint8_t *data() const noexcept { return data_; }
    /** The number of bytes. */
    std::size_t size() const noexcept { return size_; }
    /** The first byte. */
    const std::uint8_t *begin() const noexcept { return data_; }
    /** The place after the last byte. */
    const std::uint8_t *end() const noexcept { return data_ + size_; }
    /** Returns a copy of the bytes as a string. */
    std::string str() const {
        return size_ == 0 ? std::string() : std::string(reinterpret_cast<const char *>(data_), size_);
    }

private:
    const std::uint8_t *data_;
    std::size_t size_;
};

/**
 * Options and a cancel switch for calls: time-out, progress, cancel. Several calls may use one Call, in turn or at the same
 * time, until it is cancelled. It must outlive them.
 */
class Call {
public:
    /**
     * Makes a control without a time-out and without callbacks. Without exceptions, a failure shows as InvalidHandle
     * when the object is used.
     */
    Call() {
        detail::Attempt attempt;
        static_cast<void>(attempt.end(dmerp_call_new(handle_.place(), attempt.error())));
    }

    /**
     * Sets the longest time that a whole call may take, its retries included, from the start of the call. It must be
     * more than 0, and cannot exceed timeout.overall_ms, which does not limit Receiver::next(). A call that takes longer
     * ends with TimedOut.
     */
    Outcome<void> timeout(std::chrono::milliseconds limit) {
        detail::Attempt attempt;
        std::uint64_t ms = limit.count() > 0 ? static_cast<std::uint64_t>(limit.count()) : 0;
        return attempt.end(dmerp_call_set_timeout_ms(handle_.get(), ms, attempt.error()));
    }

    /**
     * Sets the function that receives the progress of a transfer. An empty function means none, which is the default.
     */
    Outcome<void> progress(ProgressFunction function) {
        return detail::set_callback(progress_, std::move(function), [this](ProgressFunction *sink, dmerp_error **error) {
            return dmerp_call_set_progress(handle_.get(), sink != nullptr ? detail::on_progress : nullptr, sink, error);
        });
    }

    /**
     * Sets the function that runs about every 100 ms during a call, on the thread that made the call. Use it to notice
     * what the blocked thread would otherwise see only after the call, such as a signal. An empty function means none,
     * which is the default.
     */
    Outcome<void> waiting(WaitingFunction function) {
        return detail::set_callback(waiting_, std::move(function), [this](WaitingFunction *sink, dmerp_error **error) {
            return dmerp_call_set_waiting(handle_.get(), sink != nullptr ? detail::on_waiting : nullptr, sink, error);
        });
    }

    /**
     * Cancels every call that has this control: it ends with Cancelled within 250 ms, unless its thread is blocked in a
     * callback, a stream or a file operation. Later calls with this control fail at once. Any thread may call this,
     * also in a callback.
     */
    void cancel() const noexcept { dmerp_call_cancel(handle_.get(), nullptr); }

    /** Whether cancel() was called. Any thread may call this. */
    bool is_cancelled() const noexcept { return dmerp_call_is_cancelled(handle_.get()) != 0; }

    /** Returns the handle, for functions of dmerp.h. It still belongs to this object. */
    dmerp_call *handle() const noexcept { return handle_.get(); }

private:
    friend class detail::Verb;

    std::shared_ptr<ProgressFunction> progress_;
    std::shared_ptr<WaitingFunction> waiting_;
    detail::Handle<dmerp_call, dmerp_call_free> handle_;
};

inline detail::Verb::Verb(std::shared_ptr<LogFunction> log, const Call *call) noexcept
    : call_(nullptr), log_(std::move(log)), outer_(innermost()) {
    if (call != nullptr) {
        call_ = call->handle();
        progress_ = call->progress_;
        waiting_ = call->waiting_;
    }
    innermost() = this;
}

/** What Client::done() needs to mark one packet done. Copy both fields from the list. */
struct Receipt {
    std::string id;             /**< The packet's id. */
    std::string receipt_handle; /**< The receipt handle of the packet's latest listing. */
};

/** The outcome of a successful push, for tracing. */
struct Pushed {
    std::string packet_id;   /**< The packet's unique id: the caller's own, or the id made for this push. */
    std::string sync_log_id; /**< The portal's id for this synchronization; empty if it sent none. */
    std::uint64_t size;      /**< The packet's size in bytes. */

    /** Copies an outcome of dmerp.h. The handle still belongs to the caller. */
    static Pushed copy(const dmerp_pushed *pushed) {
        return Pushed{detail::text(dmerp_pushed_packet_id(pushed)), detail::text(dmerp_pushed_sync_log_id(pushed)),
                      dmerp_pushed_size(pushed)};
    }
};

/** One listed packet. All values come from outside: never use them as the path of a file. */
struct Packet {
    std::string id;                    /**< The packet's id. The same id can be listed more than once. */
    std::string receipt_handle;        /**< The receipt handle of this listing. It can become stale. */
    std::string url;                   /**< The storage path, for link() and the downloads. */
    Optional<std::string> mobile_user; /**< The mobile user who sent the packet, if the portal sent it. */
    Optional<std::string> company_id;  /**< The company, if the portal sent it. */
    Optional<std::string> app_code;    /**< The mobile app, if the portal sent it. */
    Optional<std::string> packet_type; /**< "data" or "image", as far as is known, if the portal sent it. */
    Optional<std::string> on_date;     /**< When the packet was sent, if the portal said: "2021-07-14T09:42:19.382Z". */
    Optional<std::uint64_t> size;      /**< The content's size in bytes, if the portal sent it. */
    std::map<std::string, std::string> other; /**< The portal's further fields, by their names. */

    /** Returns the receipt that marks this packet done. */
    Receipt receipt() const { return Receipt{id, receipt_handle}; }

    /** Copies a packet of dmerp.h. */
    static Packet copy(const dmerp_packet &packet) {
        Packet copied;
        copied.id = detail::text(packet.id);
        copied.receipt_handle = detail::text(packet.receipt_handle);
        copied.url = detail::text(packet.url);
        copied.mobile_user = detail::optional_text(packet.mobile_user);
        copied.company_id = detail::optional_text(packet.company_id);
        copied.app_code = detail::optional_text(packet.app_code);
        copied.packet_type = detail::optional_text(packet.packet_type);
        copied.on_date = detail::optional_text(packet.on_date);
        if (packet.size >= 0) {
            copied.size = static_cast<std::uint64_t>(packet.size);
        }
        for (std::size_t field = 0; field < packet.other_len; field++) {
            copied.other.emplace(detail::text(packet.other[field].name), detail::text(packet.other[field].value));
        }
        return copied;
    }
};

/** An entry of the portal's list that cannot be used, for example because its id, receipt handle or url is missing. */
struct UnreadablePacket {
    std::size_t place;                    /**< The entry's place in the portal's list, counted from 1. */
    std::string reason;                   /**< What is wrong with the entry, on one line. */
    Optional<std::string> id;             /**< The packet's id, if it could be read. */
    Optional<std::string> receipt_handle; /**< The receipt handle, if it could be read. */
    Optional<std::string> url;            /**< The storage path, if it could be read. */
};

/** The packets that a pull listed, as plain values. */
class Packets {
public:
    /** Iterates over the packets. */
    using const_iterator = std::vector<Packet>::const_iterator;
    /** The type of the elements. */
    using value_type = Packet;

    /** Makes an empty list. */
    Packets() = default;

    /** Copies a list of dmerp.h. The handle still belongs to the caller. */
    static Outcome<Packets> copy(const dmerp_packets *packets);

    /** The number of packets. */
    std::size_t size() const noexcept { return packets_.size(); }
    /** Whether there are none. */
    bool empty() const noexcept { return packets_.empty(); }
    /** The packet at `index`, counted from 0. `index` must be less than size(). Valid as long as this object. */
    const Packet &operator[](std::size_t index) const noexcept { return packets_[index]; }
    /** The first packet. */
    const_iterator begin() const noexcept { return packets_.begin(); }
    /** The place after the last packet. */
    const_iterator end() const noexcept { return packets_.end(); }

    /** The entries that could not be read. The portal lists them again, like every packet that is not marked done. */
    const std::vector<UnreadablePacket> &unreadable() const noexcept { return unreadable_; }

    /** Returns the receipts that mark all packets done. */
    std::vector<Receipt> receipts() const {
        std::vector<Receipt> receipts;
        receipts.reserve(packets_.size());
        for (const Packet &packet : packets_) {
            receipts.push_back(packet.receipt());
        }
        return receipts;
    }

private:
    std::vector<Packet> packets_;
    std::vector<UnreadablePacket> unreadable_;
};

inline Outcome<Packets> Packets::copy(const dmerp_packets *packets) {
    Packets list;
    std::size_t len = dmerp_packets_len(packets);
    list.packets_.reserve(len);
    for (std::size_t index = 0; index < len; index++) {
        detail::Attempt attempt;
        dmerp_packet packet;
        dmerp_status status = dmerp_packets_get(packets, index, &packet, attempt.error());
        if (status != DMERP_OK) {
            return attempt.failure<Packets>(status);
        }
        list.packets_.push_back(Packet::copy(packet));
    }
    len = dmerp_packets_unreadable_len(packets);
    list.unreadable_.reserve(len);
    for (std::size_t index = 0; index < len; index++) {
        detail::Attempt attempt;
        dmerp_unreadable entry;
        dmerp_status status = dmerp_packets_unreadable_get(packets, index, &entry, attempt.error());
        if (status != DMERP_OK) {
            return attempt.failure<Packets>(status);
        }
        list.unreadable_.push_back(UnreadablePacket{entry.place, detail::text(entry.reason), detail::optional_text(entry.id),
                                                    detail::optional_text(entry.receipt_handle),
                                                    detail::optional_text(entry.url)});
    }
    return list;
}

/** An attribute of a packet, a record or a field. */
struct Attribute {
    std::string name;  /**< The attribute's name. */
    std::string value; /**< Its value. */
};

namespace detail {

inline std::vector<Attribute> attributes(const dmerp_attribute *attributes, std::size_t len) {
    std::vector<Attribute> copied;
    copied.reserve(len);
    for (std::size_t i = 0; i < len; i++) {
        copied.push_back(Attribute{text(attributes[i].name), text(attributes[i].value)});
    }
    return copied;
}

} // namespace detail

/** A decimal number: `digits` divided by 10 to the power of `scale`. Decimal{1250, 2} is 12.50. */
struct Decimal {
    std::int64_t digits; /**< All digits, with the sign. */
    std::int32_t scale;  /**< How many of the digits stand after the point: 0 to 28. */
};

/** A day of the calendar. */
class Date {
public:
    /** Makes a date from a day of the Gregorian calendar. If there is no such day, the writer refuses the date. */
    Date(int year, int month, int day) noexcept : days_(days_of(year, month, day)) {
        if (this->year() != year || this->month() != month || this->day() != day) {
            days_ = std::numeric_limits<std::int64_t>::min();
        }
    }
    /** Makes a date from the number of days since 1970-01-01. */
    static Date from_days(std::int64_t days) noexcept {
        Date date(1970, 1, 1);
        date.days_ = days;
        return date;
    }

    /** The year. */
    int year() const noexcept { return static_cast<int>(year_from_march() + (month() <= 2 ? 1 : 0)); }
    /** The month, 1 to 12. */
    int month() const noexcept { return static_cast<int>(month_from_march() < 10 ? month_from_march() + 3 : month_from_march() - 9); }
    /** The day of the month, 1 to 31. */
    int day() const noexcept { return static_cast<int>(day_from_march() - (153 * month_from_march() + 2) / 5 + 1); }
    /** The number of days since 1970-01-01. */
    std::int64_t days() const noexcept { return days_; }

    /** Whether both are the same day. */
    friend bool operator==(Date one, Date other) noexcept { return one.days_ == other.days_; }
    /** Whether they are not the same day. */
    friend bool operator!=(Date one, Date other) noexcept { return one.days_ != other.days_; }
    /** Whether the first one is earlier. */
    friend bool operator<(Date one, Date other) noexcept { return one.days_ < other.days_; }

private:
    // The calendar repeats after 400 years, an era of 146,097 days. A year begins in March here, so that its leap day is the
    // last one. 719,468 days are from 0000-03-01 to 1970-01-01.
    static std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
        year -= month <= 2 ? 1 : 0;
        std::int64_t era = (year >= 0 ? year : year - 399) / 400;
        std::int64_t of_era = year - era * 400;
        std::int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    }
    std::int64_t era() const noexcept {
        std::int64_t days = days_ + 719468;
        return (days >= 0 ? days : days - 146096) / 146097;
    }
    std::int64_t day_of_era() const noexcept { return days_ + 719468 - era() * 146097; }
    std::int64_t year_of_era() const noexcept {
        std::int64_t day = day_of_era();
        return (day - day / 1460 + day / 36524 - day / 146096) / 365;
    }
    std::int64_t year_from_march() const noexcept { return year_of_era() + era() * 400; }
    std::int64_t day_from_march() const noexcept {
        std::int64_t year = year_of_era();
        return day_of_era() - (365 * year + year / 4 - year / 100);
    }
    std::int64_t month_from_march() const noexcept { return (5 * day_from_march() + 2) / 153; }

    std::int64_t days_;
};

/** A time of the day, in UTC. */
class Time {
public:
    /** Makes a time from what has passed since midnight. Time(std::chrono::hours(9)) is 09:00:00. */
    explicit Time(std::chrono::milliseconds since_midnight) noexcept : since_midnight_(since_midnight) {}

    /** What has passed since midnight. */
    std::chrono::milliseconds since_midnight() const noexcept { return since_midnight_; }

private:
    std::chrono::milliseconds since_midnight_;
};

/** A moment. */
using Instant = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/**
 * The value of a field. It refers to a text or to bytes without owning them: make it as an argument. A text is written as it
 * is, a whole number as -12, a truth value as true or false, bytes in base64, and times in UTC.
 */
class Value {
public:
    /** A null: the field is left out. */
    Value() noexcept : value_() {}
    /** A null: the field is left out. */
    Value(std::nullptr_t) noexcept : Value() {}
    /** A text that ends with a NUL. A nullptr is a null. */
    Value(const char *text) noexcept
        : Value(text != nullptr ? DMERP_VALUE_TEXT : DMERP_VALUE_NULL, text, DMERP_NUL_TERMINATED) {}
    /** A text. */
    Value(const std::string &text) noexcept : Value(DMERP_VALUE_TEXT, text.c_str(), text.size()) {}
    /** A text of `size` bytes. */
    static Value text(const char *text, std::size_t size) noexcept { return Value(DMERP_VALUE_TEXT, size != 0 ? text : "", size); }
    /**
     * A truth value, or a whole number. NULL is the number 0 here; for a null write nullptr. A std::uint64_t may not fit: convert it
     * to a std::int64_t, or write its text.
     */
    template <class T, typename std::enable_if<std::is_integral<T>::value && !std::is_same<T, char>::value &&
                                                   !std::is_same<T, wchar_t>::value && !std::is_same<T, char16_t>::value &&
                                                   !std::is_same<T, char32_t>::value &&
                                                   (std::is_signed<T>::value || sizeof(T) < sizeof(std::int64_t)),
                                               int>::type = 0>
    Value(T number) noexcept
        : Value(std::is_same<T, bool>::value ? DMERP_VALUE_BOOL : DMERP_VALUE_INTEGER, static_cast<std::int64_t>(number)) {}
    /** A real number. A float has fewer digits than its text would show: convert it to a Decimal. */
    template <class T, typename std::enable_if<std::is_same<T, double>::value, int>::type = 0>
    Value(T number) noexcept : Value(DMERP_VALUE_REAL, 0) {
        value_.real = number;
    }
    /** A decimal number. */
    Value(Decimal number) noexcept : Value(DMERP_VALUE_DECIMAL, number.digits) { value_.scale = number.scale; }
    /** A date. */
    Value(Date date) noexcept : Value(DMERP_VALUE_DATE, date.days()) {}
    /** A time of the day. */
    Value(Time time) noexcept : Value(DMERP_VALUE_TIME, time.since_midnight().count()) {}
    /** A moment. What is shorter than a millisecond is cut off. */
    template <class Duration>
    Value(std::chrono::time_point<std::chrono::system_clock, Duration> moment) noexcept
        : Value(DMERP_VALUE_INSTANT, milliseconds_of(moment.time_since_epoch())) {}
    /** Bytes. */
    Value(Bytes bytes) noexcept
        : Value(DMERP_VALUE_BYTES, bytes.size() != 0 ? reinterpret_cast<const char *>(bytes.data()) : "", bytes.size()) {}
    /** Bytes. */
    Value(const std::vector<std::uint8_t> &bytes) noexcept : Value(Bytes(bytes)) {}
    /** The value, or a null if there is none. */
    template <class T>
    Value(const Optional<T> &value) noexcept : Value(value ? Value(*value) : Value()) {}

    /** The value for functions of dmerp.h. */
    const dmerp_value &get() const noexcept { return value_; }

private:
    Value(dmerp_value_kind kind, std::int64_t integer) noexcept : value_() {
        value_.kind = kind;
        value_.integer = integer;
    }
    Value(dmerp_value_kind kind, const char *text, std::size_t size) noexcept : Value(kind, 0) {
        value_.text = text;
        value_.len = size;
    }

    template <class Duration>
    static std::int64_t milliseconds_of(Duration duration) noexcept {
        auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(duration); // rounds towards 1970
        return whole > duration ? whole.count() - 1 : whole.count();
    }

    dmerp_value value_;
};

/**
 * A field of a record that is written: its name and its value, to which it refers, and its attributes. A braced list of
 * them is a record: {{"NO", "I00001"}, {"UNITPRICE", dmerp::Decimal{349, 2}}}.
 */
struct Field {
    const char *name;                  /**< The field's name, an XML name. */
    Value value;                       /**< The field's value. */
    std::vector<Attribute> attributes; /**< The field's attributes, such as `validate`. */

    /** Refers to name and value, which must live until the record is written. */
    Field(const char *name_, Value value_, std::vector<Attribute> attributes_ = std::vector<Attribute>())
        : name(name_), value(value_), attributes(std::move(attributes_)) {}
    /** Refers to name and value, which must live until the record is written. */
    Field(const std::string &name_, Value value_, std::vector<Attribute> attributes_ = std::vector<Attribute>())
        : Field(detail::has_nul(name_) ? "(a name that holds a NUL)" : name_.c_str(), value_, std::move(attributes_)) {}
};

/**
 * Writes a synchronization packet: into memory, then for Client::push() or content(), or into a file. The memory that it
 * needs does not grow with the packet: what is more than 1 MiB is in an unnamed temporary file.
 *
 *     dmerp::PacketWriter packet("SOFIA01");
 *     packet.table("ITEMS", "NO");
 *     packet.record({{"NO", "I00001"}, {"DESCRIPTION", "Sunflower oil, 1 l"}, {"UNITPRICE", dmerp::Decimal{349, 2}}});
 *     client.push(packet);
 *
 * What the format cannot hold fails with InvalidArgument, and the message names table, record and field. Nothing of that
 * record is written, and the writer can go on. A writer that is destroyed before finish() leaves no file.
 */
class PacketWriter {
public:
#ifndef DMERP_NO_EXCEPTIONS
    /** Begins a packet in memory; see create(). */
    explicit PacketWriter(const std::string &mobile_user = std::string()) : PacketWriter(create(mobile_user)) {}
#endif

    /** Begins a packet in memory. `mobile_user` is the one that the packet names; empty to name none. */
    static Outcome<PacketWriter> create(const std::string &mobile_user = std::string()) {
        return make(mobile_user, std::string(), [&](dmerp_packet_writer **writer, dmerp_error **error) {
            return dmerp_packet_writer_new(detail::or_null(mobile_user), writer, error);
        });
    }

    /**
     * Begins a packet in a file. finish() gives the file its name `path`, and replaces an older one; until then it is a
     * temporary file beside it.
     */
    static Outcome<PacketWriter> to_file(const std::string &path, const std::string &mobile_user = std::string()) {
        return make(mobile_user, path, [&](dmerp_packet_writer **writer, dmerp_error **error) {
            return dmerp_packet_writer_new_file(detail::or_null(mobile_user), path.c_str(), writer, error);
        });
    }

    /** Sets an option before the first table. dmerp.h lists them at dmerp_packet_writer_set(). */
    Outcome<void> set(const std::string &key, const std::string &value) {
        if (detail::has_nul(key, value)) {
            return detail::fail_for_nul<void>("an option");
        }
        detail::Attempt attempt;
        return attempt.end(dmerp_packet_writer_set(handle_.get(), key.c_str(), value.c_str(), attempt.error()));
    }

    /** Sets a further attribute of the root, such as `roleid`, before the first table. */
    Outcome<void> attribute(const std::string &name, const std::string &value) {
        if (detail::has_nul(name, value)) {
            return detail::fail_for_nul<void>("an attribute");
        }
        detail::Attempt attempt;
        return attempt.end(dmerp_packet_writer_attribute(handle_.get(), name.c_str(), value.c_str(), attempt.error()));
    }

    /**
     * Begins a table; each name once. `row_id` names the field whose value is the primary key of each record: it is written
     * as DMS_ROWID, too. It may be empty, for no such field.
     */
    Outcome<void> table(const std::string &name, const std::string &row_id = std::string()) {
        if (detail::has_nul(name, row_id)) {
            return detail::fail_for_nul<void>("a table's name or its key");
        }
        detail::Attempt attempt;
        return attempt.end(dmerp_packet_writer_table(handle_.get(), name.c_str(), detail::or_null(row_id), attempt.error()));
    }

    /** Writes a record, with its fields in this order. */
    Outcome<void> record(std::initializer_list<Field> fields, RecordStatus status = RecordStatus::Insert,
                         const std::vector<Attribute> &attributes = std::vector<Attribute>()) {
        return write(fields.begin(), fields.size(), status, attributes);
    }

    /**
     * Writes a record, with its fields in this order. They refer to their names and values, which must live until this call:
     * `fields.push_back({"NO", std::to_string(1)})` refers to a text that is gone.
     */
    Outcome<void> record(const std::vector<Field> &fields, RecordStatus status = RecordStatus::Insert,
                         const std::vector<Attribute> &attributes = std::vector<Attribute>()) {
        return write(fields.data(), fields.size(), status, attributes);
    }

    /**
     * Writes every record of a CSV file (RFC 4180, in UTF-8), and returns how many these are. The first line names the
     * fields. An empty value is a null.
     */
    Outcome<std::uint64_t> csv(const std::string &path, RecordStatus status = RecordStatus::Insert, char delimiter = ',') {
        if (detail::has_nul(path)) {
            return detail::fail_for_nul<std::uint64_t>("the file's path");
        }
        detail::Attempt attempt;
        std::uint64_t written = 0;
        dmerp_status outcome = dmerp_packet_writer_csv(handle_.get(), static_cast<dmerp_record_status>(status), path.c_str(),
                                                       delimiter, &written, attempt.error());
        return attempt.end<std::uint64_t>(outcome, [written] { return written; });
    }

    /** The number of records so far, without those of $metadata. */
    std::uint64_t count() const noexcept { return dmerp_packet_writer_count(handle_.get()); }

    /** Ends the packet; a file gets its name. A second call does nothing. No record can be written after it. */
    Outcome<void> finish() {
        detail::Attempt attempt;
        return attempt.end(dmerp_packet_writer_finish(handle_.get(), attempt.error()));
    }

    /** Ends the packet, and returns a copy of it. A packet in a file has none. */
    Outcome<Buffer> content() {
        detail::Attempt attempt;
        Buffer content;
        dmerp_status status = dmerp_packet_writer_content(handle_.get(), content.place(), attempt.error());
        return attempt.end<Buffer>(status, [&content] { return std::move(content); });
    }

    /** Returns the handle, for functions of dmerp.h. It still belongs to this object. */
    dmerp_packet_writer *handle() const noexcept { return handle_.get(); }

private:
    using WriterHandle = detail::Handle<dmerp_packet_writer, dmerp_packet_writer_free>;

    explicit PacketWriter(WriterHandle handle) noexcept : handle_(std::move(handle)) {}

    template <class New>
    static Outcome<PacketWriter> make(const std::string &mobile_user, const std::string &path, New new_writer) {
        if (!detail::abi_fits()) {
            return detail::fail_for_abi<PacketWriter>();
        }
        if (detail::has_nul(mobile_user, path)) {
            return detail::fail_for_nul<PacketWriter>("the mobile user or the file's path");
        }
        detail::Attempt attempt;
        WriterHandle handle;
        dmerp_status status = new_writer(handle.place(), attempt.error());
        return attempt.end<PacketWriter>(status, [&handle] { return PacketWriter(std::move(handle)); });
    }

    Outcome<void> write(const Field *fields, std::size_t len, RecordStatus status, const std::vector<Attribute> &attributes) {
        std::size_t total = attributes.size();
        for (std::size_t i = 0; i < len; i++) {
            total += fields[i].attributes.size();
        }
        fields_.clear();
        attributes_.clear();
        attributes_.reserve(total); // so that what the fields point to stays in its place
        for (std::size_t i = 0; i < len; i++) {
            const dmerp_attribute *first = attributes_.data() + attributes_.size();
            if (!add(fields[i].attributes)) {
                return detail::fail_for_nul<void>("an attribute");
            }
            fields_.push_back(dmerp_field{fields[i].name, fields[i].value.get(), first, fields[i].attributes.size()});
        }
        const dmerp_attribute *first = attributes_.data() + attributes_.size();
        if (!add(attributes)) {
            return detail::fail_for_nul<void>("an attribute");
        }
        detail::Attempt attempt;
        return attempt.end(dmerp_packet_writer_record(handle_.get(), static_cast<dmerp_record_status>(status), fields_.data(), len,
                                                      first, attributes.size(), attempt.error()));
    }

    bool add(const std::vector<Attribute> &attributes) {
        for (const Attribute &attribute : attributes) {
            if (detail::has_nul(attribute.name, attribute.value)) {
                return false;
            }
            attributes_.push_back(dmerp_attribute{attribute.name.c_str(), attribute.value.c_str()});
        }
        return true;
    }

    WriterHandle handle_;
    std::vector<dmerp_field> fields_; // of the record that is written; kept for their memory
    std::vector<dmerp_attribute> attributes_;
};

/**
 * A record of a packet. It refers to the reader's memory: it is valid until the reader's next record is read. It is a range
 * of its fields as dmerp.h has them: `for (const dmerp_field &field : record)`.
 *
 * The functions that take a field's name return no value if the record does not have that field, and fail with
 * InvalidArgument if its text cannot be read so. All but text() and bytes() return no value for an empty text, too.
 */
class Record {
public:
    /** The name of the record's table; empty for an unknown element outside the tables. */
    std::string table() const { return detail::text(record_.table); }
    /** The name of the record's element: "r", or that of an unknown element. */
    std::string element() const { return detail::text(record_.element); }
    /** The record's status. */
    RecordStatus status() const noexcept { return static_cast<RecordStatus>(record_.status); }
    /** The record's number in its table, from 1. */
    std::uint64_t number() const noexcept { return record_.number; }
    /** The line where the record begins, from 1. */
    std::uint64_t line() const noexcept { return record_.line; }
    /** The number of fields. */
    std::size_t size() const noexcept { return record_.fields_len; }
    /** The first field. */
    const dmerp_field *begin() const noexcept { return record_.fields; }
    /** The place after the last field. */
    const dmerp_field *end() const noexcept { return record_.fields_len == 0 ? record_.fields : record_.fields + record_.fields_len; }
    /** Finds a field; nullptr if the record does not have it. */
    const dmerp_field *find(const std::string &name) const noexcept {
        return detail::has_nul(name) ? nullptr : dmerp_record_field(&record_, name.c_str());
    }

    /** Returns the record's attributes, without a status that is known. */
    std::vector<Attribute> attributes() const { return detail::attributes(record_.attributes, record_.attributes_len); }
    /** Returns the attributes of a field; none if the record does not have it. */
    std::vector<Attribute> field_attributes(const std::string &name) const {
        const dmerp_field *field = find(name);
        return field != nullptr ? detail::attributes(field->attributes, field->attributes_len) : std::vector<Attribute>();
    }

    /** Returns a field's text. */
    Optional<std::string> text(const std::string &name) const {
        const dmerp_field *field = find(name);
        return field != nullptr ? Optional<std::string>(std::string(field->value.text, field->value.len)) : Optional<std::string>();
    }
    /** Reads a field as a truth value: true, false, 1 or 0. */
    Outcome<Optional<bool>> boolean(const std::string &name) const {
        return read<bool>(name, DMERP_VALUE_BOOL, [](const dmerp_value &value) { return value.integer != 0; });
    }
    /** Reads a field as a whole number. */
    Outcome<Optional<std::int64_t>> integer(const std::string &name) const {
        return read<std::int64_t>(name, DMERP_VALUE_INTEGER, [](const dmerp_value &value) { return value.integer; });
    }
    /** Reads a field as a decimal number. It fails if the number has more digits than a Decimal: take its text(). */
    Outcome<Optional<Decimal>> decimal(const std::string &name) const {
        return read<Decimal>(name, DMERP_VALUE_DECIMAL, [](const dmerp_value &value) { return Decimal{value.integer, value.scale}; });
    }
    /** Reads a field as a real number. */
    Outcome<Optional<double>> real(const std::string &name) const {
        return read<double>(name, DMERP_VALUE_REAL, [](const dmerp_value &value) { return value.real; });
    }
    /** Reads a field as a date: 2026-11-24. */
    Outcome<Optional<Date>> date(const std::string &name) const {
        return read<Date>(name, DMERP_VALUE_DATE, [](const dmerp_value &value) { return Date::from_days(value.integer); });
    }
    /** Reads a field as a time of the day: 09:42:19, with or without milliseconds and a Z. */
    Outcome<Optional<Time>> time(const std::string &name) const {
        return read<Time>(name, DMERP_VALUE_TIME,
                          [](const dmerp_value &value) { return Time(std::chrono::milliseconds(value.integer)); });
    }
    /** Reads a field as a moment: 2026-11-24T09:42:19Z, with or without milliseconds. */
    Outcome<Optional<Instant>> instant(const std::string &name) const {
        return read<Instant>(name, DMERP_VALUE_INSTANT,
                             [](const dmerp_value &value) { return Instant(std::chrono::milliseconds(value.integer)); });
    }
    /** Reads a field as bytes: base64, or a data URL. */
    Outcome<Optional<Buffer>> bytes(const std::string &name) const {
        using Content = Optional<Buffer>;
        const dmerp_field *field = find(name);
        if (field == nullptr) {
            return Content();
        }
        detail::Attempt attempt;
        Buffer bytes;
        dmerp_status status = dmerp_value_bytes(&field->value, bytes.place(), attempt.error());
        return status == DMERP_OK ? Outcome<Content>(Content(std::move(bytes))) : failure<Content>(name, attempt, status);
    }

    /** The record for functions of dmerp.h. */
    const dmerp_record &get() const noexcept { return record_; }

private:
    friend class PacketReader;

    explicit Record(const dmerp_record &record) noexcept : record_(record) {}

    template <class T, class Make>
    Outcome<Optional<T>> read(const std::string &name, dmerp_value_kind kind, Make make) const {
        const dmerp_field *field = find(name);
        if (field == nullptr) {
            return Optional<T>();
        }
        detail::Attempt attempt;
        dmerp_value value;
        dmerp_status status = dmerp_value_read(&field->value, kind, &value, attempt.error());
        if (status != DMERP_OK) {
            return failure<Optional<T>>(name, attempt, status);
        }
        if (value.kind == DMERP_VALUE_DECIMAL && value.scale < 0) {
            return detail::fail<Optional<T>>(
                Error(Status::InvalidArgument, place(name) + "\"" + *text(name) + "\" has more digits than a Decimal; take its text"));
        }
        return value.kind == DMERP_VALUE_NULL ? Optional<T>() : Optional<T>(make(value));
    }

    template <class T>
    Outcome<T> failure(const std::string &name, detail::Attempt &attempt, dmerp_status status) const {
        return detail::fail<T>(Error(static_cast<Status>(status), place(name) + attempt.message(status)));
    }

    std::string place(const std::string &name) const {
        const std::string in = record_.table != nullptr && *record_.table != '\0' ? "table " + table() + ", " : std::string();
        return "line " + std::to_string(line()) + ", " + in + "record " + std::to_string(number()) + ", field " + name + ": ";
    }

    dmerp_record record_;
};

/** A mistake in a packet. */
struct Mistake {
    std::uint64_t line;             /**< The line, from 1. */
    Optional<std::string> table;    /**< The table, if the mistake is in one. */
    Optional<std::uint64_t> record; /**< The record's number in its table, from 1, if the mistake is in one. */
    Optional<std::string> field;    /**< The field, if the mistake is in one. */
    std::string what;               /**< What is wrong, on one line. */
};

/**
 * Reads a synchronization packet, one record after the other. It takes what the format's senders are known to write, and
 * fails with BadPacket where data would be lost. Received::read() makes one, too.
 *
 *     dmerp::PacketReader reader = received.read();
 *     for (const dmerp::Record &record : reader) {
 *         book(record.text("CUSTOMERNO"), record.decimal("QUANTITY"));
 *     }
 *
 * It is an input range of Record. An error is thrown out of the loop. Without exceptions the elements are Result<Record>;
 * the loop ends after the first error.
 */
class PacketReader {
public:
    /** Iterates over the records. */
    class iterator {
    public:
        /** One pass, forwards. */
        using iterator_category = std::input_iterator_tag;
        /** A record; without exceptions, or why there is none. */
        using value_type = Outcome<Record>;
        /** Not used. */
        using difference_type = std::ptrdiff_t;
        /** Points to the record. */
        using pointer = const value_type *;
        /** Refers to the record. */
        using reference = const value_type &;

        /** The end. */
        iterator() noexcept : reader_(nullptr) {}

        /** The record. */
        reference operator*() const noexcept { return *current_; }
        /** Accesses the record's members. */
        pointer operator->() const noexcept { return &*current_; }
        /** Reads the next record. */
        iterator &operator++() {
            current_ = Optional<value_type>();
#ifdef DMERP_NO_EXCEPTIONS
            if (reader_ == nullptr) {
                return *this;
            }
            Result<Optional<Record>> next = reader_->next();
            if (!next) {
                reader_ = nullptr;
                current_ = Optional<value_type>(value_type(next.error()));
            } else if (next.value()) {
                current_ = Optional<value_type>(value_type(*next.value()));
            }
#else
            current_ = reader_->next();
#endif
            return *this;
        }
        /** Reads the next record. */
        void operator++(int) { ++*this; }

        /** Whether both are at the end, or neither is. */
        friend bool operator==(const iterator &one, const iterator &other) noexcept {
            return one.current_.has_value() == other.current_.has_value();
        }
        /** Whether they are not equal. */
        friend bool operator!=(const iterator &one, const iterator &other) noexcept { return !(one == other); }

    private:
        friend class PacketReader;

        explicit iterator(PacketReader *reader) : reader_(reader) { ++*this; }

        PacketReader *reader_;
        Optional<value_type> current_;
    };

#ifndef DMERP_NO_EXCEPTIONS
    /** Reads a packet from memory; see create(). */
    explicit PacketReader(Bytes content) : PacketReader(create(content)) {}
#endif

    /** Reads a packet from memory. The bytes must outlive the reader. */
    static Outcome<PacketReader> create(Bytes content) {
        return make([content](dmerp_packet_reader **reader, dmerp_error **error) {
            return dmerp_packet_reader_new(content.data(), content.size(), reader, error);
        });
    }

    /** Reads a packet from a file. */
    static Outcome<PacketReader> from_file(const std::string &path) {
        if (detail::has_nul(path)) {
            return detail::fail_for_nul<PacketReader>("the file's path");
        }
        return make([&path](dmerp_packet_reader **reader, dmerp_error **error) {
            return dmerp_packet_reader_new_file(path.c_str(), reader, error);
        });
    }

    /** Sets an option before the first record is read. dmerp.h lists them at dmerp_packet_reader_set(). */
    Outcome<void> set(const std::string &key, const std::string &value) {
        if (detail::has_nul(key, value)) {
            return detail::fail_for_nul<void>("an option");
        }
        detail::Attempt attempt;
        return attempt.end(dmerp_packet_reader_set(handle_.get(), key.c_str(), value.c_str(), attempt.error()));
    }

    /** Returns the mobile user whom the packet names, if it names one. */
    Outcome<Optional<std::string>> mobile_user() {
        detail::Attempt attempt;
        const char *mobile_user = nullptr;
        dmerp_status status = dmerp_packet_reader_mobile_user(handle_.get(), &mobile_user, attempt.error());
        return attempt.end<Optional<std::string>>(status, [mobile_user] { return detail::optional_text(mobile_user); });
    }

    /** Returns the attributes of the packet's root. */
    Outcome<std::vector<Attribute>> attributes() {
        detail::Attempt attempt;
        const dmerp_attribute *attributes = nullptr;
        std::size_t len = 0;
        dmerp_status status = dmerp_packet_reader_root(handle_.get(), &attributes, &len, attempt.error());
        return attempt.end<std::vector<Attribute>>(status, [=] { return detail::attributes(attributes, len); });
    }

    /** Reads the next record, which is valid until the one after it is read; no value at the end of the packet. */
    Outcome<Optional<Record>> next() {
        detail::Attempt attempt;
        dmerp_record record;
        dmerp_status status = dmerp_packet_reader_next(handle_.get(), &record, sizeof record, attempt.error());
        return attempt.end<Optional<Record>>(
            status, [&record] { return record.table != nullptr ? Optional<Record>(Record(record)) : Optional<Record>(); });
    }

    /** Reads the next record. Call it once for a reader: a second loop would miss that record. */
    iterator begin() { return iterator(this); }
    /** The end of the packet. */
    iterator end() noexcept { return iterator(); }

    /** The number of unknown elements that were skipped so far. */
    std::uint64_t skipped() const noexcept { return dmerp_packet_reader_skipped(handle_.get()); }

    /**
     * Returns the mistakes of a packet in memory: what a reader refuses, and what it takes but another program may refuse, such
     * as a record without a status. After 1,000 of them, one more says how many others there are.
     */
    static Outcome<std::vector<Mistake>> check(Bytes content) {
        return check_with([content](dmerp_mistakes **mistakes, dmerp_error **error) {
            return dmerp_packet_check(content.data(), content.size(), mistakes, error);
        });
    }

    /** Like check(), but for a packet in a file. */
    static Outcome<std::vector<Mistake>> check_file(const std::string &path) {
        if (detail::has_nul(path)) {
            return detail::fail_for_nul<std::vector<Mistake>>("the file's path");
        }
        return check_with([&path](dmerp_mistakes **mistakes, dmerp_error **error) {
            return dmerp_packet_check_file(path.c_str(), mistakes, error);
        });
    }

    /** Returns the handle, for functions of dmerp.h. It still belongs to this object. */
    dmerp_packet_reader *handle() const noexcept { return handle_.get(); }

private:
    friend class Received;

    using ReaderHandle = detail::Handle<dmerp_packet_reader, dmerp_packet_reader_free>;

    explicit PacketReader(ReaderHandle handle) noexcept : handle_(std::move(handle)) {}

    template <class New>
    static Outcome<PacketReader> make(New new_reader) {
        if (!detail::abi_fits()) {
            return detail::fail_for_abi<PacketReader>();
        }
        detail::Attempt attempt;
        ReaderHandle handle;
        dmerp_status status = new_reader(handle.place(), attempt.error());
        return attempt.end<PacketReader>(status, [&handle] { return PacketReader(std::move(handle)); });
    }

    template <class Check>
    static Outcome<std::vector<Mistake>> check_with(Check check) {
        using Mistakes = std::vector<Mistake>;
        if (!detail::abi_fits()) {
            return detail::fail_for_abi<Mistakes>();
        }
        detail::Attempt attempt;
        detail::Handle<dmerp_mistakes, dmerp_mistakes_free> found;
        dmerp_status status = check(found.place(), attempt.error());
        Mistakes mistakes;
        std::size_t len = dmerp_mistakes_len(found.get());
        mistakes.reserve(len);
        for (std::size_t index = 0; index < len && status == DMERP_OK; index++) {
            dmerp_mistake mistake;
            status = dmerp_mistakes_get(found.get(), index, &mistake, attempt.error());
            if (status == DMERP_OK) {
                mistakes.push_back(Mistake{mistake.line, detail::optional_text(mistake.table),
                                           mistake.record != 0 ? Optional<std::uint64_t>(mistake.record) : Optional<std::uint64_t>(),
                                           detail::optional_text(mistake.field), detail::text(mistake.what)});
            }
        }
        return attempt.end<Mistakes>(status, [&mistakes] { return std::move(mistakes); });
    }

    ReaderHandle handle_;
};

/**
 * A packet with its content, which a receiver handed over. Any thread may use it, one at a time.
 *
 * Call done() when you have stored the content safely, or keep() to leave the packet in the queue. A packet that is
 * destroyed without either stays in the queue, too, as when an exception leaves your loop.
 */
class Received {
public:
    /** The packet, as the portal listed it. */
    const Packet &packet() const noexcept { return packet_; }

    /** The content's size in bytes. */
    std::uint64_t size() const noexcept { return dmerp_received_size(handle_.get()); }

    /**
     * Returns the content. It is borrowed: it is valid until this object, or the one that it was moved to, is destroyed.
     * A content of more than receive.memory_bytes is in a file, and is first read into memory; use path() or save_as() to
     * avoid that.
     */
    Outcome<Bytes> content() const {
        detail::Attempt attempt;
        const std::uint8_t *data = nullptr;
        std::size_t size = 0;
        dmerp_status status = dmerp_received_content(handle_.get(), &data, &size, attempt.error());
        return attempt.end<Bytes>(status, [=] { return Bytes(data, size); });
    }

    /**
     * Returns the path of the file that holds the content, to read it from there; no value if the content is in memory,
     * or if save_as() has moved the file. The file is removed with this object. Do not change it.
     */
    Optional<std::string> path() const { return detail::optional_text(dmerp_received_path(handle_.get())); }

    /** Reads the content as a synchronization packet. The reader does not need this object any more. */
    Outcome<PacketReader> read() const {
        return PacketReader::make([this](dmerp_packet_reader **reader, dmerp_error **error) {
            return dmerp_packet_reader_new_received(handle_.get(), reader, error);
        });
    }

    /**
     * Stores the content in the file `path`, and replaces an older file. The file appears under its name only when it is
     * complete and flushed to the disk. After a failure the packet can be saved elsewhere.
     */
    Outcome<void> save_as(const std::string &path) {
        if (detail::has_nul(path)) {
            return detail::fail_for_nul<void>("the file's path");
        }
        detail::Attempt attempt;
        return attempt.end(dmerp_received_save_as(handle_.get(), path.c_str(), attempt.error()));
    }

    /**
     * Says that you have handled the packet. The receiver will mark it done at the portal. This sends no request. A
     * second call does nothing. It fails if you kept the packet before, or if the receiver is closed; the packet then
     * stays in the queue.
     */
    Outcome<void> done() {
        detail::Attempt attempt;
        return attempt.end(dmerp_received_done(handle_.get(), attempt.error()));
    }

    /**
     * Leaves the packet in the queue. A later run receives it again; so does this one if it polls. `reason` is for the
     * summary, and may be empty. A packet that was kept receive.max_deliveries times goes to receive.dead_letter_dir, if
     * that is set. It fails if you said done before, or if the receiver is closed.
     */
    Outcome<void> keep(const std::string &reason = std::string()) {
        if (detail::has_nul(reason)) {
            return detail::fail_for_nul<void>("the reason");
        }
        detail::Verb verb(handle_.log(), nullptr);
        return verb.end(dmerp_received_keep(handle_.get(), detail::or_null(reason), verb.error()));
    }

    /** Returns the handle, for functions of dmerp.h. It still belongs to this object. */
    dmerp_received *handle() const noexcept { return handle_.get(); }

private:
    friend class Receiver;

    Received(Packet packet, detail::ReceivedHandle handle) noexcept
        : packet_(std::move(packet)), handle_(std::move(handle)) {}

    Packet packet_;
    detail::ReceivedHandle handle_;
};

/** A packet that a run left behind. */
struct Left {
    Optional<std::string> id;          /**< The packet's id, if its entry in the list has one. */
    Optional<std::string> mobile_user; /**< The mobile user who sent it, if the portal said so. */
    LeftWhy why;                       /**< Why it was left. */
    Status status;                     /**< The status of the error behind it; Ok if there was none. */
    std::string reason;                /**< Why it was left, in words, on one line. */
};

/** What became of a receiver's run. */
struct Summary {
    std::uint64_t lists;         /**< Lists that the portal sent. */
    std::uint64_t listed;        /**< Packets listed, each id counted once. */
    std::uint64_t handed_over;   /**< Packets handed over. */
    std::uint64_t bytes;         /**< Content bytes of the packets handed over. */
    std::uint64_t done;          /**< Packets of which you said done. */
    std::uint64_t marked;        /**< Handled packets that are marked done at the portal, also those of earlier runs. */
    std::uint64_t repeated;      /**< Packets that were listed again and not handed over again. */
    std::uint64_t dead_lettered; /**< Packets that went to receive.dead_letter_dir. */
    /** How long the portal hides a listed packet: the shortest time that this client has seen, if it has seen one. */
    Optional<std::chrono::milliseconds> hidden;
    std::uint64_t left_count; /**< The number of all packets left behind. */
    std::vector<Left> left;   /**< The packets left behind: the latest 10,000 of them. */

    /** Copies a summary of dmerp.h. The handle still belongs to the caller. */
    static Outcome<Summary> copy(const dmerp_summary *summary);
};

inline Outcome<Summary> Summary::copy(const dmerp_summary *summary) {
    detail::Attempt attempt;
    dmerp_totals totals;
    dmerp_status status = dmerp_summary_totals(summary, &totals, sizeof totals, attempt.error());
    std::vector<Left> all;
    std::size_t len = dmerp_summary_left_len(summary);
    all.reserve(len);
    for (std::size_t index = 0; index < len && status == DMERP_OK; index++) {
        dmerp_left left;
        status = dmerp_summary_left_get(summary, index, &left, attempt.error());
        if (status == DMERP_OK) {
            all.push_back(Left{detail::optional_text(left.id), detail::optional_text(left.mobile_user),
                               static_cast<LeftWhy>(left.why), static_cast<Status>(left.status), detail::text(left.reason)});
        }
    }
    return attempt.end<Summary>(status, [&] {
        using Hidden = Optional<std::chrono::milliseconds>;
        Hidden hidden = totals.hidden_ms != 0 ? Hidden(std::chrono::milliseconds(totals.hidden_ms)) : Hidden();
        return Summary{totals.lists,  totals.listed,   totals.handed_over,   totals.bytes, totals.done,
                       totals.marked, totals.repeated, totals.dead_lettered, hidden,       totals.left,
                       std::move(all)};
    });
}

/**
 * Receives the packets of one list: downloads several at the same time, hands them over one at a time, and marks those
 * done that you have handled. dmerp.h describes how it works, at dmerp_receiver.
 *
 * It is an input range of move-only packets: `for (auto &packet : receiver)`. The loop ends when the queue is empty, when
 * a limit is reached, or after stop() or close(). An error is thrown out of the loop. Without exceptions the elements are
 * Result<Received>; the loop ends after the first error.
 *
 * Any number of threads may call next(), or run a loop of their own, on one receiver. Work goes on only while a thread is
 * inside next(), which a loop calls before each packet. The destructor closes the receiver, which can take up to
 * receive.close_ms.
 */
class Receiver {
public:
    /** Iterates over the packets as they arrive. Its copies share one packet. */
    class iterator {
    public:
        /** One pass, forwards. */
        using iterator_category = std::input_iterator_tag;
        /** A packet; without exceptions, or why there is none. */
        using value_type = Outcome<Received>;
        /** Not used. */
        using difference_type = std::ptrdiff_t;
        /** Points to the packet. */
        using pointer = value_type *;
        /** Refers to the packet. */
        using reference = value_type &;

        /** The end. */
        iterator() noexcept : receiver_(nullptr) {}

        /** The packet. It can be moved from. */
        reference operator*() const noexcept { return *current_; }
        /** Accesses the packet's members. */
        pointer operator->() const noexcept { return current_.get(); }
        /** Destroys the packet, unless it was moved from, and waits for the next one. */
        iterator &operator++() {
            current_.reset();
#ifdef DMERP_NO_EXCEPTIONS
            if (receiver_ == nullptr) {
                return *this;
            }
            Result<Optional<Received>> next = receiver_->next();
            if (!next) {
                receiver_ = nullptr;
                current_ = std::make_shared<value_type>(next.error());
            } else if (next.value()) {
                current_ = std::make_shared<value_type>(*std::move(next).value());
            }
#else
            Optional<Received> next = receiver_->next();
            if (next) {
                current_ = std::make_shared<value_type>(*std::move(next));
            }
#endif
            return *this;
        }
        /** Destroys the packet, unless it was moved from, and waits for the next one. */
        void operator++(int) { ++*this; }

        /** Whether both are at the end, or at the same packet. */
        friend bool operator==(const iterator &one, const iterator &other) noexcept { return one.current_ == other.current_; }
        /** Whether they are not equal. */
        friend bool operator!=(const iterator &one, const iterator &other) noexcept { return !(one == other); }

    private:
        friend class Receiver;

        explicit iterator(const Receiver *receiver) : receiver_(receiver) { ++*this; }

        const Receiver *receiver_;
        std::shared_ptr<value_type> current_;
    };

    /** Waits for the first packet that is still to be handed over. */
    iterator begin() const { return iterator(this); }
    /** The end of the run. */
    iterator end() const noexcept { return iterator(); }

    /**
     * Waits for the next packet; no value at the end: the queue is empty, a limit was reached, or another thread stopped
     * or closed the receiver. `call` may be nullptr.
     *
     * A cancel or a time-out of `call` ends this function only: call it again, or close the receiver. The option
     * timeout.overall_ms does not limit it. In a callback of the same receiver it fails with InvalidArgument.
     */
    Outcome<Optional<Received>> next(const Call *call = nullptr) const {
        using Next = Optional<Received>;
        detail::Verb verb(handle_.log(), call);
        detail::ReceivedHandle received(handle_.log());
        dmerp_status status = dmerp_receiver_next(handle_.get(), verb.call(), received.place(), verb.error());
        dmerp_packet packet;
        bool is_end = received.get() == nullptr;
        if (status == DMERP_OK && !is_end) {
            status = dmerp_received_packet(received.get(), &packet, verb.error());
        }
        return verb.end<Next>(status, [&] { return is_end ? Next() : Next(Received(Packet::copy(packet), std::move(received))); });
    }

    /**
     * Returns whether next() has a packet, the end or an error at hand, so that it would not wait. With it, a program that
     * must not block its thread calls next() there, and else on another thread. A receiver that was moved from is not ready.
     */
    bool is_ready() const noexcept { return dmerp_receiver_is_ready(handle_.get()) != 0; }

    /**
     * Ends the run in good order: next() and the loops hand over nothing new and come to the end. Packets that were
     * handed over can still be done. Any thread may call this, also in a callback.
     */
    void stop() const noexcept { dmerp_receiver_stop(handle_.get(), nullptr); }

    /**
     * Ends the run at once, and returns what became of it. Marks the packets that you have handled, for at most
     * receive.close_ms. What is not marked in that time, the client remembers: it marks those packets when they are listed
     * again, and does not hand them over again. A second call returns the same summary. In a callback of next() it fails
     * with InvalidArgument.
     */
    Outcome<Summary> close() const {
        detail::Verb verb(handle_.log(), nullptr);
        detail::SummaryHandle summary;
        dmerp_status status = dmerp_receiver_close(handle_.get(), summary.place(), verb.error());
        return verb.end<Summary>(status, [&summary] { return Summary::copy(summary.get()); });
    }

    /** Returns the handle, for functions of dmerp.h. It still belongs to this object. */
    dmerp_receiver *handle() const noexcept { return handle_.get(); }

private:
    friend class Client;

    explicit Receiver(detail::ReceiverHandle handle) noexcept : handle_(std::move(handle)) {}

    detail::ReceiverHandle handle_;
};

/** A packet for Client::push_many(). */
struct Outgoing {
    std::string mobile_user; /**< Who gets it. */
    Format format;           /**< The content's format: Xml or Json. */
    std::string content;     /**< The content, owned. */
    std::string packet_id;   /**< The packet's unique id; empty to have one made. */

    /** Copies the content. */
    Outgoing(std::string mobile_user_, Format format_, Bytes content_, std::string packet_id_ = std::string())
        : mobile_user(std::move(mobile_user_)), format(format_), content(content_.str()), packet_id(std::move(packet_id_)) {}
};

/**
 * Packets that are pushed together. Give it contents, then entries that say which mobile user gets which content, then run
 * it. Client::batch() makes one. Use it in one thread at a time.
 */
class Batch {
public:
    /** Copies the bytes as a content, and returns its number, for add(). Any number of entries may send it. */
    Outcome<std::size_t> content(Bytes bytes) {
        detail::Attempt attempt;
        std::size_t content = 0;
        dmerp_status status = dmerp_batch_content(handle_.get(), bytes.data(), bytes.size(), &content, attempt.error());
        return attempt.end<std::size_t>(status, [content] { return content; });
    }

    /**
     * Takes a file as a content, and returns its number, for add(). The file is opened and read for each entry, when that
     * is pushed. If it changes while it is sent, that entry fails with FileError.
     */
    Outcome<std::size_t> content_file(const std::string &path) {
        if (detail::has_nul(path)) {
            return detail::fail_for_nul<std::size_t>("the file's path");
        }
        detail::Attempt attempt;
        std::size_t content = 0;
        dmerp_status status = dmerp_batch_content_file(handle_.get(), path.c_str(), &content, attempt.error());
        return attempt.end<std::size_t>(status, [content] { return content; });
    }

    /**
     * Adds an entry: the content with the number `content` goes to a mobile user. Entries are numbered from 0 in the
     * order in which they are added. With an empty `packet_id` the entry gets an id now, and keeps it when the batch is
     * run again. It fails with InvalidArgument for a name that no URL can hold, a content that the batch does not have,
     * and a packet id that another entry has.
     */
    Outcome<void> add(const std::string &mobile_user, Format format, std::size_t content,
                      const std::string &packet_id = std::string()) {
        if (detail::has_nul(mobile_user, packet_id)) {
            return detail::fail_for_nul<void>("the mobile user or packet id");
        }
        detail::Attempt attempt;
        return attempt.end(dmerp_batch_add(handle_.get(), mobile_user.c_str(), static_cast<dmerp_format>(format), content,
                                           detail::or_null(packet_id), attempt.error()));
    }

    /**
     * Pushes every entry that is not stored yet, several at the same time, and those of one mobile user one after the
     * other. Returns the outcome of each entry, by its number. Run it again to send what failed. `call` may be nullptr.
     * Its time-out and a cancel hold for the whole run, and its progress counts the bytes and packets of this run.
     *
     * A failure concerns its entry only, and is in its result. If the key, the app area, the certificate or the proxy is
     * refused, no further entry is tried, and all of these get that error.
     */
    DMERP_NODISCARD Outcome<std::vector<Result<Pushed>>> run(const Call *call = nullptr) {
        using Results = std::vector<Result<Pushed>>;
        detail::Verb verb(handle_.log(), call);
        detail::ResultsHandle outcomes;
        dmerp_status status = dmerp_batch_run(handle_.get(), verb.call(), outcomes.place(), verb.error());
        if (outcomes.get() != nullptr) {
            status = DMERP_OK; // each entry has an outcome of its own
        }
        return verb.end<Results>(status, [&outcomes] {
            Results results;
            std::size_t len = dmerp_results_len(outcomes.get());
            results.reserve(len);
            for (std::size_t index = 0; index < len; index++) {
                detail::PushedHandle pushed;
                *pushed.place() = dmerp_results_pushed(outcomes.get(), index);
                if (pushed.get() != nullptr) {
                    results.emplace_back(Pushed::copy(pushed.get()));
                } else {
                    results.emplace_back(detail::error_of(outcomes.get(), index));
                }
            }
            return results;
        });
    }

    /** Returns the handle, for functions of dmerp.h. It still belongs to this object. */
    dmerp_batch *handle() const noexcept { return handle_.get(); }

private:
    friend class Client;

    explicit Batch(detail::BatchHandle handle) noexcept : handle_(std::move(handle)) {}

    detail::BatchHandle handle_;
};

/**
 * What a client has done since it was made. Receivers and batches count for their client. A time has no value if that did
 * not happen yet.
 */
struct Stats {
    /** A moment. */
    using Time = std::chrono::system_clock::time_point;

    std::uint64_t requests;             /**< HTTP requests, repeated ones included. */
    std::uint64_t retries;              /**< Of these, requests that repeated a failed one. */
    std::uint64_t bytes_sent;           /**< Content bytes uploaded to the storage, repeated tries included. */
    std::uint64_t bytes_received;       /**< Content bytes downloaded from the storage, repeated tries included. */
    std::uint64_t connections_opened;   /**< Connections opened to the portal, the storage or a proxy. */
    std::uint64_t packets_pushed;       /**< Packets whose push the storage has acknowledged. */
    std::uint64_t packets_received;     /**< Packets downloaded completely. */
    std::uint64_t packets_done;         /**< Packets marked done at the portal. */
    std::uint64_t unmarked;             /**< Packets that you have handled and that are not marked done yet. */
    Optional<Time> oldest_unmarked_at;  /**< When you said done of the oldest of these. */
    Optional<Time> last_check_at;       /**< The last success of check(). */
    Optional<Time> last_push_at;        /**< The last success of a push. */
    Optional<Time> last_pull_at;        /**< The last success of a pull. */
    Optional<Time> last_link_at;        /**< The last success of a link; each download asks for one. */
    Optional<Time> last_download_at;    /**< The last success of a download. */
    Optional<Time> last_done_at;        /**< The last success of a done. */

    /** Copies the struct of dmerp.h. */
    static Stats copy(const dmerp_stats &stats) {
        auto time = [](std::uint64_t ms) {
            return ms != 0 ? Optional<Time>(Time(std::chrono::milliseconds(ms))) : Optional<Time>();
        };
        return Stats{stats.requests,
                     stats.retries,
                     stats.bytes_sent,
                     stats.bytes_received,
                     stats.connections_opened,
                     stats.packets_pushed,
                     stats.packets_received,
                     stats.packets_done,
                     stats.unmarked,
                     time(stats.oldest_unmarked_at),
                     time(stats.last_check_at),
                     time(stats.last_push_at),
                     time(stats.last_pull_at),
                     time(stats.last_link_at),
                     time(stats.last_download_at),
                     time(stats.last_done_at)};
    }
};

/**
 * A client for one app area. Any number of threads may use one client at the same time. In all its functions `call` may
 * be nullptr; with an empty `packet_id` the library makes one.
 *
 * The destructor waits for calls of other threads that use the client; in a callback it does not wait. A forked child
 * can use the client that it inherited.
 */
class Client {
public:
#ifndef DMERP_NO_EXCEPTIONS
    /** Makes a client; see create(). */
    explicit Client(const Config &config) : Client(create(config)) {}
#endif

    /** Makes a client. This sends no request; use check() to test the settings. */
    static Outcome<Client> create(const Config &config) {
        if (!detail::abi_fits()) {
            return detail::fail_for_abi<Client>();
        }
        detail::Attempt attempt;
        detail::ClientHandle handle(config.log_);
        dmerp_status status = dmerp_client_new(config.handle(), handle.place(), attempt.error());
        return attempt.end<Client>(status, [&handle] { return Client(std::move(handle)); });
    }

    /**
     * Sends a synchronization packet to a mobile user. When it succeeds, the storage has acknowledged every byte. To
     * repeat a push that failed, pass the same packet id again (Error::packet_id() returns it).
     */
    Outcome<Pushed> push(const std::string &mobile_user, Format format, Bytes content,
                         const std::string &packet_id = std::string(), const Call *call = nullptr) const {
        if (detail::has_nul(mobile_user, packet_id)) {
            return detail::fail_for_nul<Pushed>("the mobile user or packet id");
        }
        detail::Verb verb(handle_.log(), call);
        detail::PushedHandle pushed;
        return end_push(verb, pushed,
                        dmerp_client_push(handle_.get(), mobile_user.c_str(), static_cast<dmerp_format>(format), content.data(),
                                          content.size(), detail::or_null(packet_id), verb.call(), pushed.place(), verb.error()));
    }

    /**
     * Ends a packet, and sends it to the mobile user `mobile_user`; if that is empty, to the one whom the packet names. The
     * same packet can be sent again, also to other users.
     */
    Outcome<Pushed> push(PacketWriter &packet, const std::string &mobile_user = std::string(),
                         const std::string &packet_id = std::string(), const Call *call = nullptr) const {
        if (detail::has_nul(mobile_user, packet_id)) {
            return detail::fail_for_nul<Pushed>("the mobile user or packet id");
        }
        detail::Verb verb(handle_.log(), call);
        detail::PushedHandle pushed;
        return end_push(verb, pushed,
                        dmerp_client_push_packet(handle_.get(), detail::or_null(mobile_user), packet.handle(),
                                                 detail::or_null(packet_id), verb.call(), pushed.place(), verb.error()));
    }

    /** Like push(), but the content is a file of any size. The file is read in pieces while it is sent. */
    Outcome<Pushed> push_file(const std::string &mobile_user, Format format, const std::string &path,
                              const std::string &packet_id = std::string(), const Call *call = nullptr) const {
        if (detail::has_nul(mobile_user, path, packet_id)) {
            return detail::fail_for_nul<Pushed>("the mobile user, path or packet id");
        }
        detail::Verb verb(handle_.log(), call);
        detail::PushedHandle pushed;
        return end_push(verb, pushed,
                        dmerp_client_push_file(handle_.get(), mobile_user.c_str(), static_cast<dmerp_format>(format),
                                               path.c_str(), detail::or_null(packet_id), verb.call(), pushed.place(), verb.error()));
    }

    /**
     * Like push(), but the content is read from a stream. The stream is first read to its end, because the portal must
     * be told the size and a retry sends the content again. Up to 1 MiB is kept in memory; a larger content is kept in
     * an unnamed temporary file. An exception from the stream's buffer is thrown again, unchanged.
     * For a file use push_file(): some standard libraries (libc++, Microsoft's) report a read error of a std::ifstream as
     * its end, and a part of the file would be sent as the whole.
     */
    Outcome<Pushed> push_stream(const std::string &mobile_user, Format format, std::istream &content,
                                const std::string &packet_id = std::string(), const Call *call = nullptr) const {
        if (detail::has_nul(mobile_user, packet_id)) {
            return detail::fail_for_nul<Pushed>("the mobile user or packet id");
        }
        if (content.fail()) {
            return detail::fail<Pushed>(
                Error(Status::FileError, "the stream of the packet's content has failed already; was it opened?"));
        }
        detail::Verb verb(handle_.log(), call);
        detail::PushedHandle pushed;
        dmerp_status status =
            dmerp_client_push_stream(handle_.get(), mobile_user.c_str(), static_cast<dmerp_format>(format), detail::on_read,
                                     &content, detail::or_null(packet_id), verb.call(), pushed.place(), verb.error());
        if (status == DMERP_CANCELLED && content.bad()) {
            return verb.end_for_stream<Pushed>("the stream of the packet's content could not be read");
        }
        return end_push(verb, pushed, status);
    }

    /**
     * Lists the packets that mobile users sent and that are not marked done. A listed packet is hidden from other pulls
     * for a time that the portal sets. Then it is listed again, with a new receipt handle, until done() marks it.
     * Packets::unreadable() has the entries that could not be read.
     */
    Outcome<Packets> pull(PacketKind kind = PacketKind::Packet, Format format = Format::Default,
                          const Call *call = nullptr) const {
        detail::Verb verb(handle_.log(), call);
        detail::Handle<dmerp_packets, dmerp_packets_free> packets;
        dmerp_status status = dmerp_client_pull(handle_.get(), static_cast<dmerp_packet_kind>(kind),
                                                static_cast<dmerp_format>(format), verb.call(), packets.place(), verb.error());
        return verb.end<Packets>(status, [&packets] { return Packets::copy(packets.get()); });
    }

    /** Gets a temporary link to the content at a packet's `url`. Anybody who has the link can download the packet. */
    Outcome<std::string> link(const std::string &url, const Call *call = nullptr) const {
        if (detail::has_nul(url)) {
            return detail::fail_for_nul<std::string>("the packet's url");
        }
        detail::Verb verb(handle_.log(), call);
        Buffer link;
        dmerp_status status = dmerp_client_link(handle_.get(), url.c_str(), verb.call(), link.place(), verb.error());
        return verb.end<std::string>(status, [&link] { return link.str(); });
    }

    /** Downloads the content at a packet's `url` into memory. */
    Outcome<Buffer> download(const std::string &url, const Call *call = nullptr) const {
        if (detail::has_nul(url)) {
            return detail::fail_for_nul<Buffer>("the packet's url");
        }
        detail::Verb verb(handle_.log(), call);
        Buffer content;
        dmerp_status status = dmerp_client_download(handle_.get(), url.c_str(), verb.call(), content.place(), verb.error());
        return verb.end<Buffer>(status, [&content] { return std::move(content); });
    }

    /**
     * Downloads the content at a packet's `url` to the file `to`, and returns its size in bytes. The file appears under
     * its name, and replaces an older one, only when it is complete and flushed to the disk.
     */
    Outcome<std::uint64_t> download_file(const std::string &url, const std::string &to, const Call *call = nullptr) const {
        if (detail::has_nul(url, to)) {
            return detail::fail_for_nul<std::uint64_t>("the packet's url or the file's path");
        }
        detail::Verb verb(handle_.log(), call);
        std::uint64_t size = 0;
        dmerp_status status =
            dmerp_client_download_file(handle_.get(), url.c_str(), to.c_str(), verb.call(), &size, verb.error());
        return verb.end<std::uint64_t>(status, [size] { return size; });
    }

    /**
     * Downloads the content at a packet's `url` to a stream, and returns its size in bytes. Nothing is written to the
     * stream before all of the content has arrived. Until then up to 1 MiB is kept in memory, and a larger content in
     * an unnamed temporary file.
     */
    Outcome<std::uint64_t> download_stream(const std::string &url, std::ostream &to, const Call *call = nullptr) const {
        if (detail::has_nul(url)) {
            return detail::fail_for_nul<std::uint64_t>("the packet's url");
        }
        if (!to.good()) {
            return detail::fail<std::uint64_t>(
                Error(Status::FileError, "the stream for the content of " + url + " has failed already; was it opened?"));
        }
        detail::Verb verb(handle_.log(), call);
        std::uint64_t size = 0;
        dmerp_status status =
            dmerp_client_download_stream(handle_.get(), url.c_str(), detail::on_write, &to, verb.call(), &size, verb.error());
        if (status == DMERP_OK) {
            to.flush(); // a full disk must show here, before the content counts as stored
        }
        if (!to.good() && (status == DMERP_OK || status == DMERP_CANCELLED)) {
            return verb.end_for_stream<std::uint64_t>("the content of " + url + " could not be written to its stream");
        }
        return verb.end<std::uint64_t>(status, [size] { return size; });
    }

    /**
     * Marks packets of a list as done: the portal no longer lists them. Call it only when you have stored their content
     * safely. If one or more packets are not marked, it fails with the error of the first; Error::results() has the
     * outcome of each. A receipt that the portal refuses does not prevent the marking of the others. Repeating the call
     * is safe.
     */
    Outcome<void> done(const std::vector<Receipt> &receipts, PacketKind kind = PacketKind::Packet,
                       Format format = Format::Default, const Call *call = nullptr) const {
        std::vector<dmerp_receipt> borrowed;
        borrowed.reserve(receipts.size());
        for (const Receipt &receipt : receipts) {
            if (detail::has_nul(receipt.id, receipt.receipt_handle)) {
                return detail::fail_for_nul<void>("a receipt");
            }
            borrowed.push_back(dmerp_receipt{receipt.id.c_str(), receipt.receipt_handle.c_str()});
        }
        detail::Verb verb(handle_.log(), call);
        detail::ResultsHandle results;
        dmerp_status status =
            dmerp_client_done(handle_.get(), borrowed.data(), borrowed.size(), static_cast<dmerp_packet_kind>(kind),
                              static_cast<dmerp_format>(format), verb.call(), results.place(), verb.error());
        return verb.end(status, results.get());
    }

    /**
     * Pushes all packets, and returns the outcome of each, in the same order. A packet without an id gets one. If a
     * packet cannot be added (see Batch::add()), this fails and nothing is sent. With Batch you can repeat what failed,
     * send files, and keep one content of many packets in memory once.
     */
    DMERP_NODISCARD Outcome<std::vector<Result<Pushed>>> push_many(const std::vector<Outgoing> &packets,
                                                                   const Call *call = nullptr) const;

    /** Makes an empty batch. */
    Outcome<Batch> batch() const {
        detail::Attempt attempt;
        detail::BatchHandle batch(handle_.log());
        dmerp_status status = dmerp_batch_new(handle_.get(), batch.place(), attempt.error());
        return attempt.end<Batch>(status, [&batch] { return Batch(std::move(batch)); });
    }

    /**
     * Opens a receiver for a list. This sends no request. It fails while the client has another receiver of the same
     * list that has not come to its end and is not closed.
     */
    Outcome<Receiver> receive(PacketKind kind = PacketKind::Packet, Format format = Format::Default) const {
        detail::Attempt attempt;
        detail::ReceiverHandle receiver(handle_.log());
        dmerp_status status = dmerp_client_receive(handle_.get(), static_cast<dmerp_packet_kind>(kind),
                                                   static_cast<dmerp_format>(format), receiver.place(), attempt.error());
        return attempt.end<Receiver>(status, [&receiver] { return Receiver(std::move(receiver)); });
    }

    /** Returns what the client has done so far. This sends no request. */
    Outcome<Stats> stats() const {
        detail::Attempt attempt;
        dmerp_stats stats;
        dmerp_status status = dmerp_client_stats(handle_.get(), &stats, sizeof stats, attempt.error());
        return attempt.end<Stats>(status, [&stats] { return Stats::copy(stats); });
    }

    /** Tests the settings without touching any packet. Each cause of a failure has its own status. */
    Outcome<void> check(const Call *call = nullptr) const {
        detail::Verb verb(handle_.log(), call);
        return verb.end(dmerp_client_check(handle_.get(), verb.call(), verb.error()));
    }

    /** Returns the handle, for functions of dmerp.h. It still belongs to this object. */
    dmerp_client *handle() const noexcept { return handle_.get(); }

private:
    explicit Client(detail::ClientHandle handle) noexcept : handle_(std::move(handle)) {}

    static Outcome<Pushed> end_push(detail::Verb &verb, const detail::PushedHandle &handle, dmerp_status status) {
        return verb.end<Pushed>(status, [&handle] { return Pushed::copy(handle.get()); });
    }

    detail::ClientHandle handle_;
};

inline Outcome<std::vector<Result<Pushed>>> Client::push_many(const std::vector<Outgoing> &packets, const Call *call) const {
    using Results = std::vector<Result<Pushed>>;
    detail::Attempt attempt;
    detail::BatchHandle batch(handle_.log());
    dmerp_status status = dmerp_batch_new(handle_.get(), batch.place(), attempt.error());
    for (const Outgoing &packet : packets) {
        if (detail::has_nul(packet.mobile_user, packet.packet_id)) {
            return detail::fail_for_nul<Results>("a mobile user or packet id");
        }
        std::size_t content = 0;
        if (status == DMERP_OK) {
            const Bytes bytes(packet.content);
            status = dmerp_batch_content(batch.get(), bytes.data(), bytes.size(), &content, attempt.error());
        }
        if (status == DMERP_OK) {
            status = dmerp_batch_add(batch.get(), packet.mobile_user.c_str(), static_cast<dmerp_format>(packet.format), content,
                                     detail::or_null(packet.packet_id), attempt.error());
        }
    }
    return status == DMERP_OK ? Batch(std::move(batch)).run(call) : attempt.failure<Results>(status);
}

} // inline namespace
} // namespace dmerp

#undef DMERP_NODISCARD

#endif
