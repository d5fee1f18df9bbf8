#!/usr/bin/env python3
"""A full round trip with dmerp in Python.

It makes a synchronization packet of an ERP's master data, pushes it to a mobile user, then pulls what mobile users sent, keeps
it safely, and only then marks it done. Run it where dmerp is installed, with the settings in the environment:

    DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... python roundtrip.py ../data SOFIA01 received

    DMERP_APP_AREA  the application area          DMERP_BASE_URL  the portal, if it is not the public one
    DMERP_API_KEY   the area's API key            DMERP_CA_FILE   a CA to trust beside the platform's

The last argument is an existing folder for what is received. Exit code: 0 when everything was done, 1 when not, 2 for wrong
arguments. Ctrl-C ends the call that is running, and so the program, in an orderly way.
"""

from __future__ import annotations

import csv
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import dmerp

TABLES = {"customers.csv": "CUSTOMERS", "items.csv": "ITEMS", "prices.csv": "PRICES", "visits.csv": "VISITS"}


def escaped(text: str) -> str:
    """Give what stands for a text in XML, in an element or an attribute."""
    return escape(text, {'"': "&quot;", "\r": "&#13;"})


def table(path: Path, name: str) -> Iterator[str]:
    """Make a table of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, strict=True)
        names = next(rows)
        yield f'<table tablename="{name}">\n'
        for row in rows:
            if len(row) != len(names):
                raise ValueError(f"{path}: row {rows.line_num} has another number of fields than the first")
            # A null is left out.
            fields = (f"<{name}>{escaped(value)}</{name}>" for name, value in zip(names, row, strict=True) if value)
            yield f'<r status="insert">{"".join(fields)}<state>1</state></r>\n'
        yield "</table>\n"


def make_packet(folder: Path, mobile_user: str) -> bytes:
    """Make a packet of all tables."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n', f'<NavMobileSync salesmancode="{escaped(mobile_user)}">\n']
    for file, name in TABLES.items():
        parts += table(folder / file, name)
    return "".join([*parts, "</NavMobileSync>\n"]).encode()


def make_packet_id(mobile_user: str, packet: bytes) -> str:
    """Make an id that follows from the user, the day and the content (FNV-1a).

    So a job that broke off and runs again the same day pushes the same packet under the same id, and the portal knows it for
    the same. An ERP with a document number would use that.
    """
    number = 14695981039346656037
    for byte in mobile_user.encode() + packet:
        number = (number ^ byte) * 1099511628211 % 2**64
    return f"masterdata-{time.strftime('%Y%m%d', time.gmtime())}-{number:016x}"


class Progress:
    """Shows a transfer's progress, at most a line each quarter."""

    shown = 0

    def __call__(self, done: int, total: int | None) -> None:
        """Show it, if there is something new."""
        quarter = done * 4 // total if total else 0
        if done == total or quarter != self.shown:
            self.shown = quarter if done != total else 0
            print(f"    {done} of {total or 0} bytes")


class RoundTrip:
    """What the steps have in common."""

    def __init__(self, erp: dmerp.Client, call: dmerp.Call, received: Path) -> None:
        self.erp = erp
        self.call = call
        self.received = received
        self.run = f"{int(time.time())}-{os.getpid()}"  # begins the names of the files that this run writes

    def push(self, mobile_user: str, data: Path) -> None:
        """Send the master data."""
        packet = make_packet(data, mobile_user)
        packet_id = make_packet_id(mobile_user, packet)
        print(f"push: packet {packet_id} of {len(packet)} bytes to {mobile_user}")
        pushed = self.erp.push(mobile_user, packet, packet_id=packet_id, call=self.call)
        print(f"push: acknowledged; the portal calls it {pushed.sync_log_id or '(none)'}")

    def receive(self, kind: dmerp.PacketKind) -> bool:
        """Receive what a list holds at the moment, and tell whether that was all.

        The same packet can be listed again later, so an ERP must be able to take one twice. One that cannot be had does not
        hold up the others; it comes again. What was kept is marked done, whatever failed, also after Ctrl-C.
        """
        what = kind.name.lower()
        kept: list[dmerp.Receipt] = []
        whole = True
        packets = self.erp.pull(kind, call=self.call)
        print(f"pull: {len(packets)} in the {what} list")
        for entry in packets.unreadable:
            print(f"failed: entry {entry.place} of the {what} list cannot be used: {entry.reason}", file=sys.stderr)
            whole = False
        try:
            for number, packet in enumerate(packets, 1):
                try:
                    self.receive_one(kind, packet, self.received / f"{what}-{self.run}-{number:04}")
                    kept.append(packet.receipt)
                except dmerp.DmerpError as error:
                    if concerns_all(error):
                        raise
                    tell(error)
                    whole = False
        except BaseException:
            try:
                self.mark_done(kept, kind)
            except dmerp.DmerpError as problem:
                tell(problem)  # and go on with what came first
            raise
        self.mark_done(kept, kind)
        return whole

    def mark_done(self, kept: list[dmerp.Receipt], kind: dmerp.PacketKind) -> None:
        """Mark what was kept as done. One that is refused does not hold up the others; it comes again."""
        if not kept:
            return
        try:
            self.erp.done(kept, kind, call=self.call)
        except dmerp.DmerpError as error:
            marked = sum(result is None for result in error.results)
            print(f"done: {marked} of {len(kept)} marked in the {kind.name.lower()} list")
            raise
        print(f"done: {len(kept)} marked in the {kind.name.lower()} list")

    def receive_one(self, kind: dmerp.PacketKind, packet: dmerp.Packet, path: Path) -> None:
        """Download one listed packet and keep it. Nothing that came from outside becomes part of the path."""
        if kind is dmerp.PacketKind.FILE:
            size = self.erp.download_file(packet.url, path, call=self.call)  # of any size: it never is in memory as a whole
        else:
            content = self.erp.download(packet.url, call=self.call)
            keep(path, content)
            size = len(content)
        print(f"    packet {packet.id} of {packet.mobile_user or '(none)'}: {size} bytes in {path}")


def concerns_all(error: dmerp.DmerpError) -> bool:
    """Tell whether what failed for one packet would fail for the others as well; else it is about that packet alone."""
    return error.is_retryable or isinstance(error, (dmerp.CancelledError, dmerp.FileError))


def keep(path: Path, content: bytes) -> None:
    """Write a packet to the disk for good. An ERP would book it in one transaction of its database instead."""
    part = path.with_name(path.name + ".part")  # a part must not be taken for the whole
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def setting(variable: str) -> str:
    """Give a setting that must be there."""
    value = os.environ.get(variable)
    if not value:
        raise ValueError(f"{variable} is not set")
    return value


def run(data: Path, mobile_user: str, received: Path) -> bool:
    """Make the round trip, and tell whether all went well."""
    with dmerp.Client(
        app_area=setting("DMERP_APP_AREA"),
        api_key=setting("DMERP_API_KEY"),
        base_url=os.environ.get("DMERP_BASE_URL") or None,
        tls_ca_file=os.environ.get("DMERP_CA_FILE") or None,
    ) as erp:
        call = dmerp.Call(timeout=600.0, progress=Progress())
        erp.check(call=call)
        print("check: the settings are good")
        trip = RoundTrip(erp, call, received)
        trip.push(mobile_user, data)
        good = True
        for kind in dmerp.PacketKind:
            try:
                good &= trip.receive(kind)
            except dmerp.DmerpError as error:
                tell(error)  # and go on: the other list may be all right
                good = False
        return good


def tell(error: dmerp.DmerpError) -> None:
    """Tell all there is to know about a failure."""
    status, name, action = error.status, "(unknown)", "(unknown)"
    if isinstance(status, dmerp.Status):
        name, action = status.name, status.action
    print(
        f"failed: {error}",
        f"    status:         {name} ({int(status)})",
        f"    to do:          {action}",
        f"    server said:    {error.server_message or '(none)'}",
        f"    HTTP status:    {error.http_status or 0}",
        f"    packet:         {error.packet_id or '(none)'}",
        f"    requests made:  {error.attempts}",
        f"    may be stored:  {'yes' if error.is_outcome_unknown else 'no'}",
        f"    retry can help: {'yes' if error.is_retryable else 'no'}",
        sep="\n",
        file=sys.stderr,
    )


def main() -> int:
    """Run, and give the exit code."""
    if len(sys.argv) != 4:
        print("usage: roundtrip DATA_FOLDER MOBILE_USER FOLDER_FOR_WHAT_IS_RECEIVED", file=sys.stderr)
        return 2
    logging.basicConfig(format="dmerp %(levelname)s: %(message)s", level=logging.WARNING)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    good = False
    try:
        good = run(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
    except dmerp.DmerpError as error:
        tell(error)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    except (OSError, ValueError, csv.Error) as problem:
        print(f"failed: {problem}", file=sys.stderr)
    if dmerp.live_handles() != 0:
        print(f"{dmerp.live_handles()} handles were not freed", file=sys.stderr)
        good = False
    print("all done" if good else "not all done")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
