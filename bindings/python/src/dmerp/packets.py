"""Packets: what was pushed, and what was listed. All of it is plain data."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

__all__ = ["Format", "Packet", "PacketKind", "Packets", "Pushed", "Receipt", "UnreadablePacket"]


class Format(IntEnum):
    """The form of a packet, a list or a request. DEFAULT is what the option `format` says; a push must know what it sends."""

    DEFAULT = 0
    XML = 1
    JSON = 2


class PacketKind(IntEnum):
    """Which list of pending packets is meant: that of synchronization packets, or that of photos and other big files."""

    PACKET = 0
    FILE = 1


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push left behind, for tracing.

    `packet_id` is the caller's, or the one made for this push. `sync_log_id` is the portal's name for this synchronization,
    for asking Dynamics Mobile about it; None where it gave none. `size` is in bytes.
    """

    packet_id: str
    sync_log_id: str | None
    size: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """One delivery of a packet, as `Client.done` takes it: the packet's id, and the receipt handle of its latest listing."""

    id: str
    receipt_handle: str


@dataclass(frozen=True, slots=True)
class Packet:
    """One listed packet. All of it comes from outside: use none of it as a file's path.

    The same packet can be listed again, so one `id` can be seen twice; the `receipt_handle` belongs to this listing and grows
    stale. `url` is the storage path, for `Client.link` and the downloads. What follows is None where the portal did not send
    it: `packet_type` is "data" or "image", as far as is known, `on_date` is such as "2021-07-14T09:42:19.382Z", `size` is in
    bytes. `other` has further fields by the portal's names for them, which can appear without notice.
    """

    id: str
    receipt_handle: str
    url: str
    mobile_user: str | None = None
    company_id: str | None = None
    app_code: str | None = None
    packet_type: str | None = None
    on_date: str | None = None
    size: int | None = None
    other: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def receipt(self) -> Receipt:
        """What marks this delivery as done."""
        return Receipt(self.id, self.receipt_handle)


@dataclass(frozen=True, slots=True)
class UnreadablePacket:
    """An entry of the portal's list that cannot be used, since its id, receipt handle or url could not be read.

    `place` is its place in the list, counted from 1. `reason` says what is wrong with it, on one line.
    """

    place: int
    reason: str
    id: str | None = None
    receipt_handle: str | None = None
    url: str | None = None


class Packets(list[Packet]):
    """The packets that a pull listed; and as `unreadable` the entries that cannot be used, which are listed again later."""

    def __init__(self, packets: Iterable[Packet] = (), unreadable: Iterable[UnreadablePacket] = ()) -> None:
        super().__init__(packets)
        self.unreadable: list[UnreadablePacket] = list(unreadable)
