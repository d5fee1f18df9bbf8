"""The way to one app area."""

from __future__ import annotations

import os
from collections.abc import Iterable
from ctypes import c_uint64, c_void_p
from typing import TYPE_CHECKING, Any, overload

from ._bytes import Lent
from ._callbacks import on_read, on_write
from ._failures import checked
from ._handle import Closing, Owned
from ._logging import Logger
from ._native import content as copy_of
from ._native import dmerp_buffer, dmerp_receipt, lib, text
from ._options import Options
from ._text import optional_utf8, path_utf8, utf8
from ._verb import Verb
from .call import Call
from .config import Config
from .packets import Format, Packet, PacketKind, Packets, Pushed, Receipt
from .streams import Readable, Writable

if TYPE_CHECKING:
    from typing_extensions import Buffer, Unpack


class Client(Closing):
    """The way to one app area. Any number of threads may use one at once; it starts none.

    Made of keywords (those of `Options`) or of a `Config`; making it sends nothing, `check` tries the settings. Use it in a
    `with` block, or `close` it. A forked child can go on using a client it inherited.

    Every method that talks to the portal blocks the thread that calls it, not the others, and raises a DmerpError: see
    `dmerp.errors`. `call` sets limits and can cancel. An exception that a signal handler (Ctrl-C) or a callback raises
    meanwhile ends the call within 250 ms and comes out of it unchanged.
    """

    _what = "client"
    _app_area: str | None = None

    @overload
    def __init__(self, config: Config) -> None: ...
    @overload
    def __init__(self, **options: Unpack[Options]) -> None: ...
    def __init__(self, config: Config | None = None, **options: Unpack[Options]) -> None:
        if config is None:
            with Config(**options) as config:
                self._make(config)
        elif options:
            raise TypeError("give either a Config or keywords, not both")
        elif not isinstance(config, Config):
            raise TypeError(f"config must be a dmerp.Config, not {type(config).__name__}: options are keywords")
        else:
            self._make(config)

    def _make(self, config: Config) -> None:
        self._logger: Logger | None = config._logger
        self._app_area = config.get("app_area")
        owned = Owned(c_void_p(), lib.dmerp_client_free)
        checked(lib.dmerp_client_new, config._open().slot, owned.slot)
        self._owned = owned

    def push(
        self,
        mobile_user: str,
        content: Buffer,
        format: Format = Format.XML,
        *,
        packet_id: str | None = None,
        call: Call | None = None,
    ) -> Pushed:
        """Send a synchronization packet to a mobile user. Returning, it says that the storage acknowledged every byte.

        `content` is anything bytes-like, and is not copied: leave it unchanged meanwhile.

        `packet_id` is the packet's unique id at the portal, such as a document number; without one, a UUIDv7 is made. When a
        push failed and is repeated, give the same id again (the error's `packet_id` tells it), so that the portal knows both
        for the same packet.
        """
        with Lent("content", content) as lent:
            return self._push(
                lib.dmerp_client_push, mobile_user, format, lent.address, lent.length, packet_id=packet_id, call=call
            )

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
        name = path_utf8("path", path)
        return self._push(lib.dmerp_client_push_file, mobile_user, format, name, packet_id=packet_id, call=call)

    def push_stream(
        self,
        mobile_user: str,
        stream: Readable,
        format: Format = Format.XML,
        *,
        packet_id: str | None = None,
        call: Call | None = None,
    ) -> Pushed:
        """Like `push`, with what a binary file-like object gives as the content.

        It is read to its end first, since its size must be announced and a retry sends it again: up to 1 MiB is kept in
        memory, more in an unnamed temporary file. It stays open.
        """
        return self._push(
            lib.dmerp_client_push_stream, mobile_user, format, on_read, None, packet_id=packet_id, call=call, stream=stream
        )

    def _push(
        self,
        function: Any,
        mobile_user: str,
        format: Format,
        *content: Any,
        packet_id: str | None,
        call: Call | None,
        stream: Readable | None = None,
    ) -> Pushed:
        user, own_id = utf8("mobile_user", mobile_user), optional_utf8("packet_id", packet_id)
        with Owned(c_void_p(), lib.dmerp_pushed_free) as pushed:
            verb = self._verb(call, stream)
            verb.run(function, user, _member(Format, format), *content, own_id, results=(pushed,))
            return Pushed(text(lib.dmerp_pushed_packet_id(pushed)) or "", text(lib.dmerp_pushed_sync_log_id(pushed)))

    def pull(
        self,
        kind: PacketKind = PacketKind.PACKET,
        format: Format = Format.DEFAULT,
        *,
        call: Call | None = None,
    ) -> Packets:
        """List the packets that mobile users sent and nobody has marked done. `format` is the form asked of the portal.

        A listed packet is hidden from other pulls for a time that the portal sets, and listed again after it, with a new
        receipt handle, until `done`. So one id can be seen twice.
        """
        packets = Owned(c_void_p(), lib.dmerp_packets_free)
        try:
            self._verb(call).run(
                lib.dmerp_client_pull, _member(PacketKind, kind), _member(Format, format), results=(packets.slot,)
            )
        except BaseException:
            packets.free()
            raise
        return Packets(packets)

    def link(self, url: str, *, call: Call | None = None) -> str:
        """Get a temporary link to the content at a packet's `url`.

        Whoever has the link can download the packet; by the portal's page the download must begin within 15 minutes. The
        downloads of this class get their own.
        """
        return self._received(lib.dmerp_client_link, url, call).decode("utf-8")

    def download(self, url: str, *, call: Call | None = None) -> bytes:
        """Download the content at a packet's `url`, up to `max_memory_bytes`."""
        return self._received(lib.dmerp_client_download, url, call)

    def _received(self, function: Any, url: str, call: Call | None) -> bytes:
        path = utf8("url", url)
        with Owned(dmerp_buffer(), lib.dmerp_buffer_free) as received:
            self._verb(call).run(function, path, results=(received,))
            return copy_of(received)

    def download_file(self, url: str, to: str | os.PathLike[str], *, call: Call | None = None) -> int:
        """Download the content at a packet's `url` to the file `to`, and return its size in bytes.

        The file appears under its name, replacing an older one, only when it is whole and on the disk. Until then the content
        is in a temporary file `.dmerp-*.part` beside it, which an error or a cancel removes. It may be as large as
        `max_download_bytes`.
        """
        path, name = utf8("url", url), path_utf8("to", to)
        size = c_uint64()
        self._verb(call).run(lib.dmerp_client_download_file, path, name, results=(size,))
        return size.value

    def download_stream(self, url: str, stream: Writable, *, call: Call | None = None) -> int:
        """Download the content at a packet's `url`, write it to a binary file-like object, and return its size in bytes.

        The object is given something only once all has arrived: until then up to 1 MiB is kept in memory, more in an unnamed
        temporary file. It is flushed, so that what does not fit on a disk is an error here, and stays open.
        """
        path = utf8("url", url)
        size = c_uint64()
        self._verb(call, stream).run(lib.dmerp_client_download_stream, path, on_write, None, results=(size,))
        flush = getattr(stream, "flush", None)
        if flush is not None:
            flush()
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

        More than `done_batch` packets go in several requests. One that the portal refuses does not hold up the others; its
        error says how many of those were marked. Repeating the call is safe. No packets, no request.
        """
        array = _receipts(receipts)
        self._verb(call).run(lib.dmerp_client_done, array, len(array), _member(PacketKind, kind), _member(Format, format))

    def check(self, *, call: Call | None = None) -> None:
        """Try the settings, without touching any packet. Each cause of a failure has its own exception.

        Where the portal answers a wrong area exactly as a wrong key, that is AuthenticationError.
        """
        self._verb(call).run(lib.dmerp_client_check)

    def __repr__(self) -> str:
        return f"<dmerp.Client, app area {self._app_area}{', closed' if self.closed else ''}>"

    def _verb(self, call: Call | None, stream: Readable | Writable | None = None) -> Verb:
        return Verb(self._open(), self._logger, call, stream)


def _member(kind: type[Format | PacketKind], value: Format | PacketKind) -> Format | PacketKind:
    """Refuse what is no member, also an equal number: True would be one."""
    if not isinstance(value, kind):
        raise TypeError(f"a {kind.__name__} is needed, such as dmerp.{kind.__name__}.{kind(1).name}, not {value!r}")
    return value


def _receipts(receipts: Iterable[Receipt | Packet]) -> Any:
    encoded: list[Any] = []
    for receipt in receipts:
        if not isinstance(receipt, (Receipt, Packet)):
            raise TypeError(f"receipts must hold Receipt or Packet objects, not {type(receipt).__name__}")
        encoded.append((utf8("a receipt's id", receipt.id), utf8("a receipt's receipt_handle", receipt.receipt_handle)))
    return (dmerp_receipt * len(encoded))(*encoded)
