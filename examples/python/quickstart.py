#!/usr/bin/env python3
"""The shortest useful program: sends a packet to a mobile user, then receives what mobile users sent.

    DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... python quickstart.py SOFIA01 received

The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one.
"""

import os
import sys
import time
from decimal import Decimal
from pathlib import Path

import dmerp

ITEMS = [
    {"NO": "I00001", "DESCRIPTION": "Кисело мляко, 400 g", "UNITPRICE": Decimal("1.04"), "BLOCKED": False},
    {"NO": "I00002", "DESCRIPTION": "Salt & pepper", "UNITPRICE": Decimal("0.89"), "BLOCKED": False},
    {"NO": "I00003", "DESCRIPTION": "Lübecker Marzipan", "UNITPRICE": Decimal("4.50"), "BLOCKED": True},
]


def run(mobile_user: str, folder: str) -> None:
    """Send and receive."""
    with dmerp.Client(
        app_area=os.environ["DMERP_APP_AREA"],
        api_key=os.environ["DMERP_API_KEY"],
        base_url=os.environ.get("DMERP_BASE_URL"),
    ) as erp:
        with dmerp.PacketWriter(mobile_user) as items:
            items.table("ITEMS", row_id="NO")
            items.records(ITEMS)
            pushed = erp.push_packet(items)
        print(f"pushed {pushed.packet_id}")

        with erp.receive(format=dmerp.Format.XML) as receiver:
            for number, packet in enumerate(receiver, 1):
                path = Path(folder) / f"received-{int(time.time())}-{number}.xml"
                with packet.read() as records:
                    count = sum(1 for record in records)  # record.table, record["NO"], record.decimal("QUANTITY") ...
                packet.save_as(path)
                packet.done()  # only now that it is on the disk; without this it stays in the queue
                print(f"received {path}: {count} records")
        # The end of `with` told the portal which packets are done.
        if left := receiver.summary.left:
            raise SystemExit(f"failed: {len(left)} packets are left in the queue; {left[0].id}: {left[0].reason}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print("usage: quickstart MOBILE_USER FOLDER", file=sys.stderr)
        sys.exit(2)
    try:
        run(*sys.argv[1:])
    except (dmerp.DmerpError, KeyError) as error:
        sys.exit(f"failed: {error}")
