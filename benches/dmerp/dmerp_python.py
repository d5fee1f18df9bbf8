"""dmerp from Python.

dmerp_python.py receive COUNT | push COUNT SIZE | list COUNT TIMES
"""

import json
import os
import sys

import dmerp


def client():
    return dmerp.Client(
        base_url=os.environ["DMERP_BASE_URL"], app_area=os.environ["DMERP_APP_AREA"], api_key=os.environ["DMERP_API_KEY"]
    )


def receive(erp):
    count = total = 0
    with erp.receive() as receiver:
        for packet in receiver:
            size = packet.path.stat().st_size if packet.path else len(packet.content)
            if size != packet.size:
                raise RuntimeError(f"{size} bytes instead of {packet.size}")
            count += 1
            total += size
            packet.done()
    if receiver.summary.marked != count:
        raise RuntimeError(f"{receiver.summary.marked} packets are marked")
    return count, total


def push(erp, count, size):
    content = b"x" * size
    for result in erp.push_many(dmerp.Outgoing(f"user{number}", content) for number in range(count)):
        if isinstance(result, dmerp.DmerpError):
            raise result
    return count, count * size


def list_again(erp, times):
    count = total = 0
    for _ in range(times):
        packets = erp.pull()
        count += len(packets)
        total += sum(packet.size or 0 for packet in packets)
    return count, total


def main():
    verb, count, *more = sys.argv[1:2] + [int(number) for number in sys.argv[2:]]
    expected = count
    with client() as erp:
        if verb == "receive":
            packets, total = receive(erp)
        elif verb == "push":
            packets, total = push(erp, count, *more)
        else:
            expected = count * more[0]
            packets, total = list_again(erp, *more)
    if packets != expected:
        sys.exit(f"{packets} packets instead of {expected}")
    print(json.dumps({"packets": packets, "bytes": total}))


if __name__ == "__main__":
    main()
