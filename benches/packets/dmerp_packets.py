"""Packets by dmerp, from Python.

dmerp_packets.py write TEXTS PACKET COUNT | read PACKET
"""

import json
import sys
from pathlib import Path

from rows import Cursor

import dmerp


def write(texts, path, count):
    with dmerp.PacketWriter.to_file(path, "SOFIA01") as packet:
        packet.table("ITEMS")
        return packet.records(Cursor(texts, int(count)))


def read(path):
    count = length = 0
    with dmerp.PacketReader(Path(path)) as packet:
        for record in packet:
            values = record.as_dict()
            count += 1
            length += len(values["NOTE"])
    return count, length


def main():
    verb, *arguments = sys.argv[1:]
    count, length = (write(*arguments), 0) if verb == "write" else read(*arguments)
    print(json.dumps({"records": count, "length": length}))


if __name__ == "__main__":
    main()
