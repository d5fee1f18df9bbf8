"""One exception for each way to fail. What each means and what to do is in docs/statuses.md, and in `Status`."""

from __future__ import annotations

from .status import Status


class DmerpError(Exception):
    """A call failed; the root of all exceptions of this package.

    The message is on one line: what was tried, what came back, and what to do. It never holds the API key.
    """

    status: Status | int = Status.INTERNAL
    """How the call ended; a plain number where the library is newer than this package and gave one without a name here."""

    http_status: int | None
    """The HTTP status of the answer that decided; None where there was none."""

    server_message: str | None
    """What the portal or the storage said, on one line of at most 300 characters; None where it said nothing."""

    packet_id: str | None
    """The packet the call was about: the unique id of a push, the storage path of a link or download."""

    attempts: int
    """How many HTTP requests the call made."""

    retryable: bool
    """Whether the same call, made later and unchanged, can succeed."""

    def __init__(
        self,
        message: str,
        *,
        status: Status | int | None = None,
        http_status: int | None = None,
        server_message: str | None = None,
        packet_id: str | None = None,
        attempts: int = 0,
        retryable: bool = False,
    ) -> None:
        super().__init__(message)
        if status is not None:
            self.status = status
        self.http_status = http_status
        self.server_message = server_message
        self.packet_id = packet_id
        self.attempts = attempts
        self.retryable = retryable


class InvalidArgumentError(DmerpError, ValueError):
    """An argument cannot be used. Fix the calling code; the message names the argument."""

    status = Status.INVALID_ARGUMENT


class InvalidHandleError(DmerpError, ValueError):
    """A client, configuration or list was used after it was closed. Fix the calling code."""

    status = Status.INVALID_HANDLE


class InvalidConfigError(DmerpError):
    """An option is unknown, missing, malformed, or contradicts another. Fix the option that the message names."""

    status = Status.INVALID_CONFIG


class FileError(DmerpError, OSError):
    """A local file could not be read or written. Look at the path, its permissions and the free space.

    The system's reason is in the message; `errno` and the other attributes of an OSError are None.
    """

    status = Status.FILE_ERROR


class CancelledError(DmerpError):
    """The call was cancelled. Repeating it is safe."""

    status = Status.CANCELLED


class TimedOutError(DmerpError, TimeoutError):
    """The call's deadline passed, or nothing moved for too long. Try again later."""

    status = Status.TIMED_OUT


class HostNotFoundError(DmerpError):
    """The server's name could not be resolved (DNS). Check `base_url`; else try again later."""

    status = Status.HOST_NOT_FOUND


class ConnectError(DmerpError, ConnectionError):
    """No connection could be made. Check `base_url`'s port, the firewall and the proxy; else try again later."""

    status = Status.CONNECT_FAILED


class TlsError(DmerpError):
    """The server's certificate was not accepted, or TLS failed. Check the clock, the trust store, `tls_ca_file`."""

    status = Status.TLS_FAILED


class ConnectionLostError(DmerpError, ConnectionError):
    """The connection broke before the answer began. Try again later."""

    status = Status.CONNECTION_LOST


class TruncatedError(DmerpError):
    """An answer ended before its announced length; nothing of it was kept. Try again later."""

    status = Status.TRUNCATED


class AuthenticationError(DmerpError):
    """The portal refused the API key. Check `api_key`: complete, not expired, and of this app area."""

    status = Status.AUTHENTICATION_FAILED


class UnknownAppAreaError(DmerpError):
    """The API key is not good for this app area, or there is no such area. Check `app_area`'s spelling."""

    status = Status.UNKNOWN_APP_AREA


class ThrottledError(DmerpError):
    """The portal asks for fewer requests. Try again later, and less often."""

    status = Status.THROTTLED


class ServerError(DmerpError):
    """The portal or the storage failed, through every retry. Try again later."""

    status = Status.SERVER_ERROR


class RejectedError(DmerpError):
    """The portal understood the request and said no: see `server_message`."""

    status = Status.REJECTED


class NotFoundError(DmerpError):
    """What was asked for does not exist. Check `base_url`; for a packet, pull again."""

    status = Status.NOT_FOUND


class StorageRefusedError(DmerpError):
    """The storage refused a temporary link, also after a fresh one was fetched: see `server_message`."""

    status = Status.STORAGE_REFUSED


class BadAnswerError(DmerpError):
    """The answer is not one the portal gives, such as a web page. Check `base_url` and any proxy between."""

    status = Status.BAD_ANSWER


class TooLargeError(DmerpError):
    """A body is larger than its configured limit; nothing of it was kept. The message names the option to raise."""

    status = Status.TOO_LARGE


class InternalError(DmerpError):
    """A defect in the library; the client stays usable. Report it with the message."""

    status = Status.INTERNAL
