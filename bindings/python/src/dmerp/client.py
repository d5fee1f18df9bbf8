"""The way to one app area."""

import dataclasses
import os
from collections.abc import Iterable
from ctypes import c_uint64, c_void_p, sizeof
from datetime import datetime, timezone
from typing import Any, Protocol

from . import _native
from ._marshal import Closing, Owned, Scoped, checked, each, failure, fields, lent, utf8
from ._native import dmerp_buffer, dmerp_packet, dmerp_receipt, dmerp_stats, dmerp_unreadable, lib, size_t, text
from .call import Call, Verb, on_read, on_write
from .config import Config, Options, Unpack
from .errors import DmerpError
from .packet_writer import PacketWriter
from .packets import Format, Outgoing, Packet, PacketKind, Packets, Pushed, Receipt, Stats, UnreadablePacket
from .receiver import Receiver


class Readable(Protocol):
    """A binary file that can be read: it gives at most `size` bytes, and none at the end."""

    def read(self, size: int, /) -> bytes: ...  # noqa: D102


class Writable(Protocol):
    """A binary file that can be written: it returns how many bytes it took, or None for all."""

    def write(self, data: bytes, /) -> object: ...  # noqa: D102


class ClientBase(Closing):
    """What the client and that of asyncio have in common."""

    _what = "client"
    _app_area: str | None = None

    def __init__(self, config: Config | None = None, **options: Unpack[Options]) -> None:
        if config is not None and (options or not isinstance(config, Config)):
            raise TypeError("give either a dmerp.Config or keywords")
        of_config = (config := config or Config(**options))._open()
        self._app_area = config.get("app_area")
        owned = Owned(c_void_p(), lib.dmerp_client_free, of_config.keep)
        checked(lib.dmerp_client_new, of_config.slot, owned.slot)
        self._owned = owned

    def __repr__(self) -> str:
        name = "dmerp.aio.Client" if type(self).__module__ == "dmerp.aio" else "dmerp.Client"
        return f"<{name}, app area {self._app_area}{', closed' if self.closed else ''}>"

    def _push(self, verb: Verb, function: Any, user: str | None, packet_id: str | None, *content: Any) -> Pushed:
        of_user = None if user is None else utf8("mobile_user", user)
        own_id = None if packet_id is None else utf8("packet_id", packet_id)
        with Scoped(c_void_p(), lib.dmerp_pushed_free) as pushed:
            verb.run(function, of_user, *content, own_id, results=(pushed,))
            return _pushed(pushed)

    def _received(self, function: Any, url: str, call: Call | None) -> bytes:
        with Scoped(dmerp_buffer(), lib.dmerp_buffer_free) as received:
            Verb(self._open(), call).run(function, utf8("url", url), results=(received,))
            return _native.content(received)

    def stats(self) -> Stats:
        """Tell what this client has done since it was made. It sends nothing, and starts at 0 with each client."""
        it = dmerp_stats()
        checked(lib.dmerp_client_stats, self._open().slot, it, sizeof(it))
        told: Any = {field.name: getattr(it, field.name) for field in dataclasses.fields(Stats)}
        times = {name: _time(value) for name, value in told.items() if name.endswith("_at")}
        return Stats(**{**told, **times})


class Client(ClientBase):
    """The way to one app area. Any number of threads may use one at once, and a forked child one that it inherited.

    It is made of keywords (`help(dmerp.Config)` tells them) or of a `Config`. Making it sends nothing; `check` tries the
    settings. Use it in a `with` block, or `close` it.

    A method that talks to the portal blocks the thread that calls it, not the others, and raises a DmerpError when it fails.
    Callbacks and streams are called on that thread. What they or a signal handler raise (Ctrl-C: KeyboardInterrupt) ends the
    call and comes out of it unchanged. `call` sets limits and can cancel.
    """

    def push(
        self,
        mobile_user: str,
        content: bytes | bytearray | memoryview,
        format: Format = Format.XML,
        *,
        packet_id: str | None = None,
        call: Call | None = None,
    ) -> Pushed:
        """Send a synchronization packet to a mobile user. When it returns, the storage has acknowledged every byte.

        `content` is anything bytes-like; leave it unchanged meanwhile. `packet_id` is the packet's unique id, such as a
        document number; without one, a UUIDv7 is made. To repeat a push that failed, give the same id: the error tells it.
        """
        verb, given = Verb(self._open(), call), lent(content)
        return self._push(verb, lib.dmerp_client_push, mobile_user, packet_id, Format(format), given, len(given))

    def push_file(
        self,
        mobile_user: str,
        path: str | os.PathLike[str],
        format: Format = Format.XML,
        *,
        packet_id: str | None = None,
        call: Call | None = None,
    ) -> Pushed:
        """Like `push`, with a file as the content. A file of any size is read in pieces as it is sent."""
        verb = Verb(self._open(), call)
        return self._push(verb, lib.dmerp_client_push_file, mobile_user, packet_id, Format(format), utf8("path", path))

    def push_stream(
        self,
        mobile_user: str,
        stream: Readable,
        format: Format = Format.XML,
        *,
        packet_id: str | None = None,
        call: Call | None = None,
    ) -> Pushed:
        """Like `push`, with what a binary file-like object gives as the content. It stays open.

        It is read to its end first: up to 1 MiB into memory, more into an unnamed temporary file.
        """
        verb = Verb(self._open(), call, stream)
        return self._push(verb, lib.dmerp_client_push_stream, mobile_user, packet_id, Format(format), on_read, id(verb))

    def push_packet(
        self, packet: PacketWriter, mobile_user: str | None = None, *, packet_id: str | None = None, call: Call | None = None
    ) -> Pushed:
        """Finish a packet and send it, as `push` does: to the packet's own mobile user, or to the one given.

        The writer stays open, so that a push that failed can be repeated. Amid the push it tells its `count`, no more.
        """
        verb, owned = Verb(self._open(), call), packet._idle()
        try:
            return self._push(verb, lib.dmerp_client_push_packet, mobile_user, packet_id, owned.slot)
        finally:
            del owned  # a traceback keeps this frame

    def push_many(self, packets: Iterable[Outgoing], *, call: Call | None = None) -> list[Pushed | DmerpError]:
        """Push many packets: `push_concurrency` at once, those of one mobile user in their order. Tell what became of each.

        The list has, in the order given, what `push` would return or raise. A failure concerns its packet alone; but if the
        key, the app area, the certificate or the proxy is refused, the rest fails likewise and is not tried. To repeat what
        failed, give the same ids. Packets with the same object as their content share one copy of it.

        It raises where a packet is refused before anything is sent; and where it is cancelled, with `results`.
        """
        scoped, control = Scoped(c_void_p(), lib.dmerp_batch_free, self._open().keep), call or Call()
        with scoped as batch, Scoped(c_void_p(), lib.dmerp_results_free) as results:
            checked(lib.dmerp_batch_new, self._open().slot, batch)
            _add(batch, list(packets))
            try:
                Verb(scoped, control).run(lib.dmerp_batch_run, results=(results,))
            except DmerpError as error:
                error.results = _results(results)
                if control.is_cancelled or not results:
                    raise
            return _results(results)

    def receive(self, kind: PacketKind = PacketKind.PACKET, format: Format = Format.DEFAULT) -> Receiver:
        """Receive what waits in a list: `for packet in erp.receive(): ...; packet.done()`.

        The options `receive_...` say how. There is one receiver of a list at a time. Opening it sends nothing. Use it in a
        `with` block, or `close` it.
        """
        return Receiver(self._open(), kind, format)

    def pull(
        self, kind: PacketKind = PacketKind.PACKET, format: Format = Format.DEFAULT, *, call: Call | None = None
    ) -> Packets:
        """List the packets that mobile users sent and nobody has marked done. `format` is the form asked of the portal.

        A listed packet is hidden from other pulls for a time that the portal sets. Then it is listed again, with a new receipt
        handle, until `done`. So one id can be seen twice.
        """
        with Scoped(c_void_p(), lib.dmerp_packets_free) as packets:
            Verb(self._open(), call).run(lib.dmerp_client_pull, PacketKind(kind), Format(format), results=(packets,))
            listed = each(packets, dmerp_packet, lib.dmerp_packets_len, lib.dmerp_packets_get)
            others = each(packets, dmerp_unreadable, lib.dmerp_packets_unreadable_len, lib.dmerp_packets_unreadable_get)
            return Packets((Packet(**fields(it)) for it in listed), map(_unreadable, others))

    def link(self, url: str, *, call: Call | None = None) -> str:
        """Get a temporary link to the content at a packet's `url`. Whoever has it can download the packet for some minutes."""
        return self._received(lib.dmerp_client_link, url, call).decode()

    def download(self, url: str, *, call: Call | None = None) -> bytes:
        """Download the content at a packet's `url`, up to `max_memory_bytes`."""
        return self._received(lib.dmerp_client_download, url, call)

    def download_file(self, url: str, to: str | os.PathLike[str], *, call: Call | None = None) -> int:
        """Download the content at a packet's `url` to the file `to`, up to `max_download_bytes`, and return its size in bytes.

        The file appears, or replaces an older one, only when it is whole and on the disk. Until then the content is in a
        temporary file `.dmerp-*.part` beside it, which an error or a cancel removes.
        """
        size = c_uint64()
        Verb(self._open(), call).run(lib.dmerp_client_download_file, utf8("url", url), utf8("to", to), results=(size,))
        return size.value

    def download_stream(self, url: str, stream: Writable, *, call: Call | None = None) -> int:
        """Download the content at a packet's `url`, write it to a binary file-like object, and return its size in bytes.

        It is written when all has arrived: until then up to 1 MiB is in memory, more in an unnamed temporary file. The object
        is flushed, so that what does not fit on a disk is an error here, and stays open.
        """
        size, verb = c_uint64(), Verb(self._open(), call, stream)
        verb.run(lib.dmerp_client_download_stream, utf8("url", url), on_write, id(verb), results=(size,))
        getattr(stream, "flush", int)()
        return size.value

    def done(
        self,
        receipts: Iterable[Receipt | Packet],
        kind: PacketKind = PacketKind.PACKET,
        format: Format = Format.DEFAULT,
        *,
        call: Call | None = None,
    ) -> None:
        """Mark packets of the list `kind` as done: the portal lists them no more. Do it only when their content is safe.

        When it returns, all are marked. One that the portal refuses does not hold up the others: the exception is that of the
        first that is not marked, and its `results` tell what became of each. Repeating the call is safe.
        """
        given: list[Any] = [(utf8("id", one.id), utf8("receipt_handle", one.receipt_handle)) for one in receipts]
        array = (dmerp_receipt * len(given))(*given)
        with Scoped(c_void_p(), lib.dmerp_results_free) as results:
            arguments = (array, len(array), PacketKind(kind), Format(format))
            try:
                Verb(self._open(), call).run(lib.dmerp_client_done, *arguments, results=(results,))
            except DmerpError as error:
                error.results = _results(results)
                raise

    def check(self, *, call: Call | None = None) -> None:
        """Try the settings, without touching any packet. Each cause of a failure has its own exception."""
        Verb(self._open(), call).run(lib.dmerp_client_check)


def _time(at: int) -> datetime | None:
    return datetime.fromtimestamp(at / 1000, timezone.utc) if at else None


def _pushed(it: Any) -> Pushed:
    of_portal = text(lib.dmerp_pushed_sync_log_id(it))
    return Pushed(text(lib.dmerp_pushed_packet_id(it)) or "", of_portal, lib.dmerp_pushed_size(it))


def _unreadable(it: Any) -> UnreadablePacket:
    return UnreadablePacket(it.place.value, text(it.reason) or "", text(it.id), text(it.receipt_handle), text(it.url))


def _add(batch: Any, packets: list[Outgoing]) -> None:
    numbers: dict[int, size_t] = {}  # of each object that is a content; the list keeps them
    for packet in packets:
        number = numbers.get(id(packet.content))
        if number is None:
            number = numbers[id(packet.content)] = size_t()
            if isinstance(packet.content, os.PathLike):
                checked(lib.dmerp_batch_content_file, batch, utf8("content", packet.content), number)
            else:
                given = lent(packet.content)
                checked(lib.dmerp_batch_content, batch, given, len(given), number)
        own_id = None if packet.packet_id is None else utf8("packet_id", packet.packet_id)
        checked(lib.dmerp_batch_add, batch, utf8("mobile_user", packet.mobile_user), Format(packet.format), number, own_id)


def _results(results: Any) -> list[Any]:
    return [_result(results, index) for index in range(lib.dmerp_results_len(results).value)]


def _result(results: Any, index: int) -> Pushed | DmerpError | None:
    if status := lib.dmerp_results_status(results, index):
        with Scoped(c_void_p(lib.dmerp_results_error(results, index)), lib.dmerp_error_free) as error:
            return failure(status, error)
    with Scoped(c_void_p(lib.dmerp_results_pushed(results, index)), lib.dmerp_pushed_free) as pushed:
        return _pushed(pushed) if pushed else None
