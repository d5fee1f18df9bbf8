"""Packets: what was pushed, and what was listed. All of it is plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from ._handle import checked
from ._native import dmerp_packet, dmerp_unreadable, lib, text


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


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push left behind, for tracing."""

    packet_id: str
    """The packet's unique id: the caller's, or the one made for this push."""
    sync_log_id: str | None
    """The portal's name for this synchronization, for asking Dynamics Mobile about it; None where it gave none."""
    size: int
    """The packet's size in bytes."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One delivery of a packet, as `Client.done` takes it: both fields as the list gave them."""

    id: str
    """The packet's id."""
    receipt_handle: str
    """The receipt handle of the packet's latest listing."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One listed packet. All of it comes from outside: use none of it as a file's path."""

    id: str
    """The packet's id. The same packet can be listed again, so one id can be seen twice."""
    receipt_handle: str
    """Proof of this delivery. It belongs to this listing and grows stale."""
    url: str
    """The storage path, for `Client.link` and the downloads."""
    mobile_user: str | None = None
    """The mobile user who sent the packet. This and what follows is None where the portal did not send it."""
    company_id: str | None = None
    """The company."""
    app_code: str | None = None
    """The mobile app."""
    packet_type: str | None = None
    """What the content is: "data" or "image", as far as is known."""
    on_date: str | None = None
    """When it was sent, such as "2021-07-14T09:42:19.382Z"."""
    size: int | None = None
    """The content's size in bytes."""
    other: dict[str, str] = field(default_factory=dict, hash=False)
    """Further fields by the portal's names for them. They can appear without notice."""

    @property
    def receipt(self) -> Receipt:
        """What marks this delivery as done."""
        return Receipt(self.id, self.receipt_handle)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry of the portal's list that cannot be used, since its id, receipt handle or url could not be read."""

    place: int
    """Its place in the portal's list, counted from 1."""
    reason: str
    """What is wrong with it, on one line."""
    id: str | None = None
    receipt_handle: str | None = None
    url: str | None = None


class Packets(list[Packet]):
    """The packets that a pull listed."""

    unreadable: list[Unreadable]
    """The entries that could not be read. The portal lists them again, as every packet that is not marked done."""

    def __init__(self, packets: Iterable[Packet] = (), unreadable: Iterable[Unreadable] = ()) -> None:
        super().__init__(packets)
        self.unreadable = list(unreadable)


def copied(packets: Any) -> Packets:
    """Copy the library's list."""
    readable, unreadable = lib.dmerp_packets_len(packets).value, lib.dmerp_packets_unreadable_len(packets).value
    return Packets((_packet(packets, at) for at in range(readable)), (_unreadable(packets, at) for at in range(unreadable)))


def _packet(packets: Any, index: int) -> Packet:
    it = dmerp_packet()
    checked(lib.dmerp_packets_get, packets, index, it)
    required = (text(it.id) or "", text(it.receipt_handle) or "", text(it.url) or "")
    optional = map(text, (it.mobile_user, it.company_id, it.app_code, it.packet_type, it.on_date))
    other = {text(each.name) or "": text(each.value) or "" for each in it.other[: it.other_len.value]}
    return Packet(*required, *optional, None if it.size < 0 else it.size, other)


def _unreadable(packets: Any, index: int) -> Unreadable:
    it = dmerp_unreadable()
    checked(lib.dmerp_packets_unreadable_get, packets, index, it)
    return Unreadable(it.place.value, text(it.reason) or "", text(it.id), text(it.receipt_handle), text(it.url))
