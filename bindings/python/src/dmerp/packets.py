"""Packets: what was pushed, and what was listed."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_char_p, c_void_p
from dataclasses import dataclass
from enum import IntEnum
from typing import overload

from ._failures import checked
from ._handle import Closing, Owned
from ._native import dmerp_packet, lib, text
from ._text import utf8


class Format(IntEnum):
    """The form of a packet, a list or a request."""

    DEFAULT = 0
    """What the option `format` says; not for a push, which must know what it sends."""
    XML = 1
    JSON = 2


class PacketKind(IntEnum):
    """Which of an app area's two lists of pending packets is meant."""

    PACKET = 0
    """Synchronization packets."""
    FILE = 1
    """Images and other big files."""


@dataclass(frozen=True)
class Pushed:
    """What a push left behind, for tracing."""

    packet_id: str
    """The packet's unique id: the caller's, or the one made for this push."""
    sync_log_id: str | None
    """The portal's name for this synchronization, for asking Dynamics Mobile about it; None where it gave none."""


@dataclass(frozen=True)
class Receipt:
    """One delivery of a packet, as `Client.done` takes it: both fields as the list gave them."""

    id: str
    """The packet's id."""
    receipt_handle: str
    """The receipt handle of the packet's latest listing."""


@dataclass(frozen=True)
class Packet:
    """One listed packet. All of it comes from outside: use none of it as a file's path.

    The fields after `url` are None where the portal did not send them.
    """

    id: str
    """The packet's id. The same packet can be listed again, so one id can be seen twice."""
    receipt_handle: str
    """Proof of this delivery. It belongs to this listing and grows stale."""
    url: str
    """The storage path, for `Client.link` and the downloads."""
    mobile_user: str | None
    """The mobile user who sent the packet."""
    company_id: str | None
    """The company."""
    app_code: str | None
    """The mobile app."""
    packet_type: str | None
    """What the content is: "data" or "image", as far as is known."""
    on_date: str | None
    """When it was sent, such as "2021-07-14T09:42:19.382Z"."""
    size: int | None
    """The content's size in bytes."""

    @property
    def receipt(self) -> Receipt:
        """What marks this delivery as done."""
        return Receipt(self.id, self.receipt_handle)


class Packets(Closing, Sequence[Packet]):
    """The packets that a pull listed. Each is copied out of the list when it is asked for.

    Any number of threads may read one at once. `close` gives the memory back; so does losing the last reference.
    """

    _what = "list of packets"

    def __init__(self, owned: Owned[c_void_p]) -> None:
        self._owned = owned

    def __len__(self) -> int:
        length: int = lib.dmerp_packets_len(self._open().slot).value
        return length

    @overload
    def __getitem__(self, index: int) -> Packet: ...
    @overload
    def __getitem__(self, index: slice) -> list[Packet]: ...
    def __getitem__(self, index: int | slice) -> Packet | list[Packet]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        packet = dmerp_packet()
        owned = self._open()
        checked(lib.dmerp_packets_get, owned.slot, self._place(index), packet)
        return Packet(
            text(packet.id) or "",
            text(packet.receipt_handle) or "",
            text(packet.url) or "",
            text(packet.mobile_user),
            text(packet.company_id),
            text(packet.app_code),
            text(packet.packet_type),
            text(packet.on_date),
            None if packet.size < 0 else packet.size,
        )

    def other_field(self, index: int, name: str) -> str | None:
        """Give a field that Packet does not have, by the portal's name for it; None where the portal did not send it.

        Fields can appear at the portal without notice.
        """
        value = c_char_p()
        owned = self._open()
        checked(lib.dmerp_packets_other_field, owned.slot, self._place(index), utf8("name", name), value)
        return text(value.value)

    def __repr__(self) -> str:
        return f"<dmerp.Packets, {'closed' if self.closed else len(self)}>"

    def _place(self, index: int) -> int:
        length = len(self)
        place = index + length if index < 0 else index
        if not 0 <= place < length:
            raise IndexError(f"no packet {index} in a list of {length}")
        return place
