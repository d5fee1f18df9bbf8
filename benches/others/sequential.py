"""The way that the vendor's page shows, in Python with requests: one session, one request after the other, contents in memory.

sequential.py receive COUNT | push COUNT SIZE | list COUNT TIMES
"""

import json
import os
import sys
import uuid

import requests

BASE = os.environ["DMERP_BASE_URL"] + "/erp"
AREA = os.environ["DMERP_APP_AREA"]
PORTAL = {"x-api-key": os.environ["DMERP_API_KEY"], "Content-Type": "application/json"}
BATCH = 50


def pull(session):
    answer = session.get(f"{BASE}/pull/{AREA}", params={"packetType": "packet", "format": "json"}, headers=PORTAL)
    answer.raise_for_status()
    return answer.json()


def mark_done(session, packets):
    receipts = [{"id": packet["id"], "receiptHandle": packet["receiptHandle"]} for packet in packets]
    answer = session.post(f"{BASE}/pull/{AREA}/done", params={"format": "json"}, headers=PORTAL, json=receipts)
    answer.raise_for_status()
    if answer.json().get("success") is not True:
        raise RuntimeError(answer.text)


def receive(session):
    total = 0
    packets = pull(session)
    received = []
    for packet in packets:
        link = session.get(f"{BASE}/pull/{AREA}/link", params={"path": packet["url"]}, headers=PORTAL)
        link.raise_for_status()
        download = session.get(link.text)
        download.raise_for_status()
        if len(download.content) != packet["size"]:
            raise RuntimeError(f"{len(download.content)} bytes instead of {packet['size']}")
        total += len(download.content)
        received.append(packet)
        if len(received) == BATCH:
            mark_done(session, received)
            received = []
    if received:
        mark_done(session, received)
    return len(packets), total


def push(session, count, size):
    content = b"x" * size
    for number in range(count):
        about = {"packetUniqueId": str(uuid.uuid4()), "size": size, "packetType": "xml"}
        answer = session.get(f"{BASE}/push/{AREA}/user{number}", params=about, headers=PORTAL)
        answer.raise_for_status()
        if answer.json().get("success") is not True:
            raise RuntimeError(answer.text)
        upload = session.put(answer.json()["uploadPath"], data=content, headers={"Content-Type": "application/xml"})
        upload.raise_for_status()
    return count, count * size


def list_again(session, times):
    count = total = 0
    for _ in range(times):
        packets = pull(session)
        count += len(packets)
        total += sum(packet["size"] for packet in packets)
    return count, total


def main():
    verb, count, *more = sys.argv[1:2] + [int(number) for number in sys.argv[2:]]
    expected = count
    with requests.Session() as session:
        if verb == "receive":
            packets, total = receive(session)
        elif verb == "push":
            packets, total = push(session, count, *more)
        else:
            expected = count * more[0]
            packets, total = list_again(session, *more)
    if packets != expected:
        sys.exit(f"{packets} packets instead of {expected}")
    print(json.dumps({"packets": packets, "bytes": total}))


if __name__ == "__main__":
    main()
