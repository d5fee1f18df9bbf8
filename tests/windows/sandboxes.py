#!/usr/bin/env python3
"""sandboxes.py SANDBOX PROGRAM ARGUMENT...: runs a program that starts sandboxes from under Wine, which it cannot do by itself.

Whoever connects to the address in DMERP_SANDBOXES ("127.0.0.1:PORT") has a sandbox of its own: it sends one line, the sandbox's
arguments as a JSON list, and reads one line, the sandbox's settings. When it closes its side, the sandbox ends, and then this side
is closed, too. Paths among the settings are this machine's, which a program under Wine can use while its current folder is
on drive Z:.
"""

import json
import os
import socketserver
import subprocess
import sys
import threading


class Sandbox(socketserver.StreamRequestHandler):
    def handle(self):
        arguments = json.loads(self.rfile.readline())
        command = [sys.argv[1], "--port", "0", "--stdin-lifeline", *arguments]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            self.wfile.write(process.stdout.readline())
            self.rfile.read()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


def main():
    with Server(("127.0.0.1", 0), Sandbox) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = "{}:{}".format(*server.server_address)
        return subprocess.call(sys.argv[2:], env=os.environ | {"DMERP_SANDBOXES": address})


sys.exit(main())
