#!/usr/bin/env python3
"""A night job: pushes an ERP's master data to several mobile users, and receives what mobile users sent.

    DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... python production.py ../data SOFIA01,SOFIA02 received

The last argument is an existing folder. DMERP_BASE_URL and DMERP_CA_FILE name another portal, and a CA to trust. Exit code: 0
when everything was done and no packet was left in the queue, 1 when not, 2 for wrong arguments. What was received before
Ctrl-C or SIGTERM is marked done.
"""

import csv
import hashlib
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import dmerp


def make_packet(data: Path) -> bytes:
    """Make a packet of all tables. It is for several mobile users, so it names none. An empty value is left out."""
    with dmerp.PacketWriter(state=True, empty_texts="omit") as packet:
        for table in ("customers", "items", "prices", "visits"):
            packet.table(table.upper())
            with (data / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
                packet.records(csv.DictReader(file, strict=True))
        content = packet.content()
        print(f"push: packet of {packet.count} records, {len(content)} bytes")
    return content


def make_id(mobile_user: str, packet: bytes) -> str:
    """Make an id that follows from user, day and content.

    A job that runs again the same day pushes the same packet under the same id, and the portal knows it for the same. An ERP
    with a document number uses that.
    """
    digest = hashlib.sha256(mobile_user.encode() + packet).hexdigest()
    return f"masterdata-{time.strftime('%Y%m%d', time.gmtime())}-{digest[:16]}"


def push(erp: dmerp.Client, call: dmerp.Call, data: Path, users: list[str]) -> bool:
    """Push the master data to all users, if there is no mistake in it."""
    packet = make_packet(data)
    if mistakes := dmerp.check_packet(packet):
        raise ValueError(f"the packet is not pushed: {'; '.join(map(str, mistakes))}")
    outgoing = [dmerp.Outgoing(user, packet, packet_id=make_id(user, packet)) for user in users]
    for each in outgoing:
        print(f"push: packet {each.packet_id} of {len(packet)} bytes to {each.mobile_user}")
    results = erp.push_many(outgoing, call=call)
    for result in results:
        if isinstance(result, dmerp.Pushed):
            print(f"push: stored {result.packet_id}")
        else:
            tell(result)  # it keeps no other from being pushed
    return all(isinstance(result, dmerp.Pushed) for result in results)


def receive(erp: dmerp.Client, call: dmerp.Call, kind: dmerp.PacketKind, folder: Path) -> bool:
    """Receive what a list holds, until it is empty."""
    run, receiver = f"{kind.name.lower()}-{int(time.time())}-{os.getpid()}", erp.receive(kind, dmerp.Format.XML)
    try:
        with receiver:  # at its end, also after a failure, it marks at the portal what is done
            number = 0
            while packet := receiver.next(call=call):
                try:
                    tables, skipped = count(packet) if kind is dmerp.PacketKind.PACKET else ({}, 0)
                except dmerp.DmerpError as error:
                    packet.keep(str(error))  # it stays in the queue, and holds up no other
                    continue
                if skipped > 0:  # what an ERP does not know, it cannot book
                    packet.keep(f"unknown elements were skipped: {skipped}")
                    continue
                number += 1
                path = folder / f"{run}-{number:04}"  # nothing that came from outside is part of the path
                packet.save_as(path)
                packet.done()  # only now that it is on the disk
                print(f"receive: packet {packet.id} of {packet.mobile_user or '?'}: {packet.size} bytes in {path}")
                for table, records in tables.items():
                    print(f"receive: {records} records of {table}")
    finally:
        for left in receiver.summary.left:
            status = f"{dmerp.Status(left.status).name}: " if left.status else ""  # OK where no error left it
            print(f"left: {left.id or '?'}: {status}{left.reason}", file=sys.stderr)
    return receiver.summary.left_count == 0


def count(packet: dmerp.Received) -> tuple[Counter[str], int]:
    """Count the records of each table, and the elements that are none. An ERP would book the records here."""
    with packet.read() as records:
        return Counter(record.table for record in records), records.skipped


def attempt(part: Callable[..., bool], *arguments: object) -> bool:
    """Do a part of the job. Its failure is told, and keeps the other parts from nothing."""
    try:
        return part(*arguments)
    except (dmerp.DmerpError, OSError, ValueError, csv.Error) as error:
        return tell(error)


def tell(error: Exception) -> bool:
    """Tell a failure."""
    name = dmerp.Status(error.status).name if isinstance(error, dmerp.DmerpError) else type(error).__name__
    print(f"failed: {name}: {error}", file=sys.stderr)
    return False


def run(data: Path, users: list[str], folder: Path) -> bool:
    """Do it all, and tell whether all went well."""
    with dmerp.Client(
        app_area=os.environ.get("DMERP_APP_AREA"),
        api_key=os.environ.get("DMERP_API_KEY"),
        base_url=os.environ.get("DMERP_BASE_URL"),
        tls_ca_file=os.environ.get("DMERP_CA_FILE"),
    ) as erp:
        call = dmerp.Call()
        for number in (signal.SIGINT, signal.SIGTERM):  # ends what runs, and refuses what would follow
            signal.signal(number, lambda *_: call.cancel())
        erp.check(call=call)
        good = attempt(push, erp, call, data, users)
        for kind in dmerp.PacketKind:
            good &= attempt(receive, erp, call, kind, folder)
        return good


if __name__ == "__main__":
    if len(sys.argv) != 4:
        print("usage: production DATA_FOLDER MOBILE_USERS FOLDER", file=sys.stderr)
        sys.exit(2)
    logging.basicConfig(format="dmerp %(levelname)s: %(message)s", level=logging.INFO)  # tells the progress, too
    good = attempt(run, Path(sys.argv[1]), sys.argv[2].split(","), Path(sys.argv[3]))
    if dmerp.live_handles() != 0:
        good = tell(RuntimeError(f"{dmerp.live_handles()} handles were not freed"))  # a defect
    print("all done" if good else "not all done")
    sys.exit(0 if good else 1)
