#!/usr/bin/env python3
"""plain.py URL CA_FILE: passes on what comes to a loopback port, which it prints as a URL, to the server with TLS at URL: so programs
without TLS reach the control API of a sandbox with TLS. It ends when its standard input does."""

import asyncio
import ssl
import sys
import urllib.parse


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(1 << 16):
        writer.write(piece)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def main(url: str, ca_file: str) -> None:
    server = urllib.parse.urlsplit(url)
    context = ssl.create_default_context(cafile=ca_file)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_connection(server.hostname, server.port, ssl=context)
            asking = asyncio.create_task(copy(reader, to_server))
            await copy(from_server, writer)  # the server ends an HTTP/1.0 connection
            asking.cancel()
            to_server.close()
        except OSError:
            pass  # either side may be gone at any time
        writer.close()

    listener = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/", flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)


asyncio.run(main(*sys.argv[1:]))
