"""Emptying a list: a receiver, and the packets that it hands over."""

from __future__ import annotations

import contextlib
import io
from ctypes import c_void_p, sizeof, string_at
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

from ._marshal import Handled, Owned, Scoped, checked, each, fields, utf8
from ._native import dmerp_left, dmerp_packet, dmerp_totals, lib, size_t, text
from .call import Call, Verb, is_inside
from .config import Unpack
from .errors import CancelledError, InvalidArgumentError, Status
from .packet_reader import PacketReader, ReaderOptions
from .packets import Format, Left, LeftWhy, Packet, PacketKind, Summary


class Received(Packet):
    """A packet with its content, as a receiver hands it over. `size` is the content's size in bytes.

    Say `done` when its content is safe. Without that it stays in the queue. Any thread may use it. It keeps its content until
    `done`, `keep` or the last reference; `content` that was read stays.
    """

    size: int
    _owned: Owned | None = None
    _settled: Any = None
    _read: bytes | None = None

    def __init__(self, owned: Owned) -> None:
        it = dmerp_packet()
        checked(lib.dmerp_received_packet, owned.slot, it)
        super().__init__(**{**fields(it), "size": lib.dmerp_received_size(owned.slot)})
        self._set(_owned=owned)

    @property
    def content(self) -> bytes:
        """The content, up to `max_memory_bytes`. One larger than `receive_memory_bytes` is in a file, and read here."""
        if self._read is None:
            data, length, owned = c_void_p(), size_t(), self._open()  # a reference, so that no other thread frees it
            checked(lib.dmerp_received_content, owned.slot, data, length)
            self._set(_read=string_at(data, length.value) if length.value else b"")
        return self._read or b""

    @property
    def path(self) -> Path | None:
        """The file that holds the content, to be read until `done` or `keep`; None if it is in memory, or was saved."""
        owned = self._open()
        path = text(lib.dmerp_received_path(owned.slot))
        return None if path is None else Path(path)

    def open(self) -> BinaryIO:
        """Open the content as a binary file to read, of any size. Close it before `done`."""
        path = self.path
        return io.BytesIO(self.content) if path is None else path.open("rb")

    def read(self, **options: Unpack[ReaderOptions]) -> PacketReader:
        """Read the content as a synchronization packet, of any size. The options are those of `PacketReader`.

        This comes before `done`; a reader that is made goes on after it.
        """
        reader = PacketReader.__new__(PacketReader)
        reader._begin(options, lib.dmerp_packet_reader_new_received, self._open().slot)
        return reader

    def save_as(self, path: str | PathLike[str]) -> None:
        """Store the content in the file `path`. It appears, or replaces an older one, when it is whole and on the disk.

        After an error the packet can be saved elsewhere. This comes before `done`.
        """
        checked(lib.dmerp_received_save_as, self._open().slot, utf8("path", path))

    def done(self) -> None:
        """Say that the packet is handled: the receiver will mark it done. It sends nothing, and again it does nothing."""
        self._settle(lib.dmerp_received_done)

    def keep(self, reason: str | None = None) -> None:
        """Leave the packet in the queue. `reason` is for the summary. A later run, or one that polls, receives it again."""
        self._settle(lib.dmerp_received_keep, None if reason is None else utf8("reason", reason))

    def _settle(self, how: Any, *arguments: Any) -> None:
        if self._settled is not how:
            checked(how, self._open().slot, *arguments)
            self._set(_settled=how, _owned=None)

    def _open(self) -> Owned:
        if self._owned is None:
            raise InvalidArgumentError(f"packet {self.id} was done or kept before: use its content first")
        return self._owned

    def _set(self, **values: Any) -> None:
        vars(self).update(values)  # a Packet takes none


class ReceiverBase(Handled):
    """What the receiver and that of asyncio have in common."""

    _what = "receiver"
    _summary: Summary | None = None

    def __init__(self, client: Owned, kind: PacketKind, format: Format) -> None:
        owned = Owned(c_void_p(), _free, client.keep)
        checked(lib.dmerp_client_receive, client.slot, PacketKind(kind), Format(format), owned.slot)
        self._owned = owned

    @property
    def summary(self) -> Summary:
        """What became of the run. It is there when the receiver is closed."""
        if self._summary is None:
            raise InvalidArgumentError("the receiver has no summary before it is closed")
        return self._summary

    @property
    def is_ready(self) -> bool:
        """Whether a packet, the end or an error is at hand, so that `next` would not wait. Other threads can change that."""
        owned = self._owned
        return owned is None or bool(lib.dmerp_receiver_is_ready(owned.slot))

    def stop(self) -> None:
        """End the run in good order: `next` gives nothing new; what it gave can be done. Any thread or signal handler may."""
        if (owned := self._owned) is not None:
            checked(lib.dmerp_receiver_stop, owned.slot)

    def _next(self, call: Call | None, *, waits: bool = True) -> Received | None:
        verb = self._verb(call)
        if verb.owner is None:
            return None
        received = Owned(c_void_p(), lib.dmerp_received_free, verb.owner.keep)
        try:
            verb.run(lib.dmerp_receiver_next, results=(received.slot,), is_ready=self.is_ready, waits=waits)
            return Received(received) if received.slot else None
        finally:
            del received  # a traceback keeps this frame

    def _verb(self, call: Call | None = None, *, holds: bool = False) -> Verb:
        verb = Verb(self._owned, call, holds=holds)
        if is_inside(verb.owner):  # it would wait for itself
            raise InvalidArgumentError("what interrupts `next` cannot call next or close of the same receiver; use stop there")
        return verb


class Receiver(ReceiverBase):
    """Hands over the packets of one list, one at a time: iterate over it, or let workers call `next`.

    Only a packet's `done` takes it from the queue. The receiver marks such packets at the portal, several at once: in `next`,
    and the rest in `close`, which a `with` block does at its end. Without `with`, the rest is marked when the last reference
    goes: in CPython at once as a `for` loop ends, also by `break` or an exception; elsewhere at some time later, or never if
    the process ends before. What was not marked is received again.

    A packet that cannot be downloaded stays in the queue; `summary` tells why, after `close`. Any number of threads may use a
    receiver. It works only while a thread is in `next`. It belongs to the process that opened it.
    """

    def next(self, *, call: Call | None = None) -> Received | None:
        """Wait for the next packet; None at the end: the queue is empty, a limit is reached, it was stopped or closed.

        An error, a cancel or a time-out ends this call alone. But if the key, the app area, the certificate or the proxy is
        refused, every later call raises the same. The option `timeout_overall` limits each transfer, not this.
        """
        return self._next(call)

    def close(self) -> Summary:
        """End the run at once, mark what was done, for at most `receive_close` seconds, and tell what became of the run.

        Threads in `next` get the end. What was handed over stays readable, and can no longer be done. What cannot be marked is
        in the summary, and not an error; the client marks it when it is listed again. Ctrl-C waits for the end.
        """
        verb = self._verb(holds=True)
        if verb.owner is not None:
            with Scoped(c_void_p(), lib.dmerp_summary_free) as summary:
                try:
                    verb.run(_close, results=(summary,))
                finally:
                    if summary:
                        self._summary, self._owned = _summary(summary), None
        return self.summary

    def __iter__(self) -> Receiver:
        return self

    def __next__(self) -> Received:
        received = self.next()
        if received is None:
            raise StopIteration
        return received

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _close(receiver: Any, _call: Any, *rest: Any) -> Any:
    return lib.dmerp_receiver_close(receiver, *rest)


def _free(receiver: Any) -> None:
    # It may close the receiver, and so block and log, which the interpreter's end must know.
    with contextlib.suppress(CancelledError):
        Verb(Owned(receiver, None), None, holds=True).run(lambda *_: lib.dmerp_receiver_free(receiver))


def _summary(handle: Any) -> Summary:
    it = dmerp_totals()
    checked(lib.dmerp_summary_totals, handle, it, sizeof(it))
    counts: dict[str, Any] = {name: getattr(it, name) for name in it._names[:-2]}
    left = each(handle, dmerp_left, lib.dmerp_summary_left_len, lib.dmerp_summary_left_get)
    return Summary(**counts, left_count=it.left, hidden=it.hidden_ms / 1000 or None, left=[_left(one) for one in left])


def _left(it: Any) -> Left:
    why = LeftWhy(it.why) if it.why in list(LeftWhy) else it.why
    status = Status(it.status) if it.status in list(Status) else it.status
    return Left(text(it.id), text(it.mobile_user), why, status, text(it.reason) or "")
