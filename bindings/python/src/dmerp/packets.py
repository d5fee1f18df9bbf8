"""Packets: what was pushed, what was listed, what is wrong in one. All of it is plain data."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import NoReturn

__all__ = [
    "Format", "Left", "LeftWhy", "Mistake", "Outgoing", "Packet", "PacketKind", "Packets", "Progress", "Pushed", "Receipt",
    "RecordStatus", "Stats", "Summary", "UnreadablePacket"
]  # fmt: skip


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
class Outgoing:
    """A packet for `Client.push_many`: anything bytes-like, or a `pathlib.Path` for the content of a file.

    `packet_id` is the packet's unique id, such as a document number; without one, a UUIDv7 is made.
    """

    mobile_user: str
    content: bytes | bytearray | memoryview | os.PathLike[str]
    format: Format = Format.XML
    packet_id: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a call is: bytes, and whole packets, of so many; None where that is not known, as with a receiver.

    What a failed try has moved is taken back from `done`.
    """

    done: int
    total: int | None
    packets: int
    packets_total: int | None


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


class LeftWhy(IntEnum):
    """Why a packet was left behind. NOT_MARKED and MARK_UNKNOWN: the client marks it when it is listed again."""

    KEPT = 1  # by you
    UNSETTLED = 2  # you got it, and said neither done nor keep
    NOT_DOWNLOADED = 3
    LAPSED = 4  # it was not handed over within receive_lease of its listing
    NOT_HANDED_OVER = 5  # before the run ended
    UNREADABLE = 6  # its entry in the list
    NOT_MARKED = 7  # you handled it; the portal refused, or the request failed
    MARK_UNKNOWN = 8  # you handled it; the request was sent and not answered


@dataclass(frozen=True, slots=True)
class Left:
    """A packet that a receiver left behind. `id` and `mobile_user` are None where the portal did not send them.

    `why` and `status` are plain numbers where the library is newer than this package. `status` is that of the error behind it,
    if there was one. `reason` says it in words, on one line.
    """

    id: str | None
    mobile_user: str | None
    why: LeftWhy | int
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a receiver's run.

    `lists` counts the portal's lists, `listed` the packets in them, each id once. Of these, `handed_over` with so many `bytes`
    came to you, and you said done of `done`. `marked` are marked at the portal, those of an earlier run among them. `repeated`
    were listed again and not handed over again. `dead_lettered` went to `receive_dead_letter_dir`. `left_count` were left
    behind; `left` has the latest 10,000 of them. `hidden` is how many seconds the portal hides a listed packet, as far as this
    client has seen, or None.
    """

    lists: int
    listed: int
    handed_over: int
    bytes: int
    done: int
    marked: int
    repeated: int
    dead_lettered: int
    left_count: int
    hidden: float | None
    left: list[Left]


@dataclass(frozen=True, slots=True)
class Stats:
    """What a client has done since it was made, its receivers and `push_many` included.

    `requests` counts HTTP requests, the `retries` among them. `bytes_sent` and `bytes_received` count content, repeated tries
    included. `unmarked` are packets that you handled and that are not marked yet; you said done of the oldest at
    `oldest_unmarked_at`. The others are the times of the last success of each method. Times are in UTC; None is never.
    """

    requests: int
    retries: int
    bytes_sent: int
    bytes_received: int
    connections_opened: int
    packets_pushed: int
    packets_received: int
    packets_done: int
    unmarked: int
    oldest_unmarked_at: datetime | None
    last_check_at: datetime | None
    last_push_at: datetime | None
    last_pull_at: datetime | None
    last_link_at: datetime | None
    last_download_at: datetime | None
    last_done_at: datetime | None


class RecordStatus(IntEnum):
    """What a record's status says of it.

    NONE: The record has no status. Only a reader gives this.
    INSERT: The record is new. The vendor's own extension says so of every record that it sends to a mobile user.
    UPDATE: The record has changed.
    DELETE: The record was deleted.
    READ: The record was read.
    OTHER: The record has another status; it is among its attributes. Only a reader gives this.
    """

    NONE = 0
    INSERT = 1
    UPDATE = 2
    DELETE = 3
    READ = 4
    OTHER = 5

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise ValueError(f"{value!r} is no RecordStatus; it has {', '.join(map(str, cls.__members__))}")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What `check_packet` found wrong, and where; as a str it is one line.

    `line` and `record`, the record's number in its table, count from 1. `table`, `record` and `field` are None where the
    mistake is in none.
    """

    line: int
    table: str | None
    record: int | None
    field: str | None
    what: str

    def __str__(self) -> str:
        places = {"line": self.line, "table": self.table, "record": self.record, "field": self.field}
        return f"{', '.join(f'{name} {place}' for name, place in places.items() if place is not None)}: {self.what}"
