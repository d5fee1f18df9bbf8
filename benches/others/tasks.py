"""aiohttp with 16 tasks.

tasks.py receive COUNT | push COUNT SIZE | list COUNT TIMES
"""

import asyncio
import json
import os
import sys
import tempfile
import uuid

import aiohttp
from yarl import URL

BASE = os.environ["DMERP_BASE_URL"] + "/erp"
AREA = os.environ["DMERP_APP_AREA"]
PORTAL = {"x-api-key": os.environ["DMERP_API_KEY"], "Content-Type": "application/json"}
IN_FLIGHT = 16
BATCH = 50
IN_MEMORY = 1 << 20
CHUNK = 256 * 1024


async def pull(session):
    async with session.get(f"{BASE}/pull/{AREA}", params={"packetType": "packet", "format": "json"}, headers=PORTAL) as answer:
        answer.raise_for_status()
        return await answer.json()


async def mark_done(session, packets):
    receipts = [{"id": packet["id"], "receiptHandle": packet["receiptHandle"]} for packet in packets]
    async with session.post(f"{BASE}/pull/{AREA}/done", params={"format": "json"}, headers=PORTAL, json=receipts) as answer:
        answer.raise_for_status()
        outcome = await answer.json()
    if outcome.get("success") is not True:
        raise RuntimeError(outcome)


async def download(session, url):
    """Hold the content in memory, or in a file if it is big, and return its size."""
    async with session.get(URL(url, encoded=True)) as answer:
        answer.raise_for_status()
        if answer.content_length is not None and answer.content_length <= IN_MEMORY:
            return len(await answer.read())
        with tempfile.TemporaryFile() as file:
            async for chunk in answer.content.iter_chunked(CHUNK):
                file.write(chunk)
            return file.tell()


async def receive(session):
    packets = await pull(session)
    waiting = iter(packets)
    received = []
    total = 0

    async def work():
        nonlocal total, received
        for packet in waiting:
            async with session.get(f"{BASE}/pull/{AREA}/link", params={"path": packet["url"]}, headers=PORTAL) as link:
                link.raise_for_status()
                url = await link.text()
            size = await download(session, url)
            if size != packet["size"]:
                raise RuntimeError(f"{size} bytes instead of {packet['size']}")
            total += size
            received.append(packet)
            if len(received) == BATCH:
                batch, received = received, []
                await mark_done(session, batch)

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    if received:
        await mark_done(session, received)
    return len(packets), total


async def push(session, count, size):
    content = b"x" * size
    waiting = iter(range(count))

    async def work():
        for number in waiting:
            about = {"packetUniqueId": str(uuid.uuid4()), "size": size, "packetType": "xml"}
            async with session.get(f"{BASE}/push/{AREA}/user{number}", params=about, headers=PORTAL) as answer:
                answer.raise_for_status()
                announced = await answer.json()
            if announced.get("success") is not True:
                raise RuntimeError(announced)
            url = URL(announced["uploadPath"], encoded=True)
            async with session.put(url, data=content, headers={"Content-Type": "application/xml"}) as upload:
                upload.raise_for_status()

    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    return count, count * size


async def list_again(session, times):
    count = total = 0
    for _ in range(times):
        packets = await pull(session)
        count += len(packets)
        total += sum(packet["size"] for packet in packets)
    return count, total


async def main():
    verb, count, *more = sys.argv[1:2] + [int(number) for number in sys.argv[2:]]
    expected = count
    async with aiohttp.ClientSession() as session:
        if verb == "receive":
            packets, total = await receive(session)
        elif verb == "push":
            packets, total = await push(session, count, *more)
        else:
            expected = count * more[0]
            packets, total = await list_again(session, *more)
    if packets != expected:
        sys.exit(f"{packets} packets instead of {expected}")
    print(json.dumps({"packets": packets, "bytes": total}))


if __name__ == "__main__":
    asyncio.run(main())
