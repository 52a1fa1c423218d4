#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Connections to agents that the console keeps for the next command: thousands of agents, each at an address of its own
on the loopback, all of them played by one listener that counts."""
# timeout-seconds: 1500
import asyncio
import hashlib
import pathlib
import resource
import sqlite3
import ssl
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agentd import Pair  # noqa: E402
from binding import wait_until  # noqa: E402
from console import SLOWER, Console  # noqa: E402
from jose import openssl  # noqa: E402
from limits import limit  # noqa: E402
from tap import main, test  # noqa: E402

MORE = 150  # agents beyond what is kept
ANSWER = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/problem+json\r\nContent-Length: 29\r\n\r\n" + b'{"code":"command.sequence"}  '


class Crowd:
    """Answers every command with a refusal, and leaves the end of a connection to the other side."""

    def __init__(self):
        self.pair, self.answered, self.open = Pair("crowd"), 0, 0
        self.loop, self.ready = asyncio.new_event_loop(), threading.Event()
        threading.Thread(target=self.run, daemon=True).start()
        self.ready.wait(30)

    def run(self):
        asyncio.set_event_loop(self.loop)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self.pair.pem), str(self.pair.key))
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "0.0.0.0", 0, ssl=context, backlog=1024))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()

    async def serve(self, reader, writer):
        self.open += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                await reader.readexactly(int(length[0].split(b":")[1]))
                writer.write(ANSWER)
                self.answered += 1
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            self.open -= 1
            writer.close()

    def join(self, console, n):
        """n agents into the database, all with this listener's key."""
        spki = openssl("pkey", "-in", self.pair.key, "-pubout", "-outform", "DER")
        now, db = int(time.time()), sqlite3.connect(console.folder / "db.sqlite", timeout=30)
        db.executemany("INSERT INTO agents (id, name, address, port, listener_sha256, secret_hash, ntcer_sha256, ipcer_sha256,"
                       " publication, registered_at, last_seen_at, standing, is_proved)"
                       " VALUES (?, ?, ?, ?, ?, x'00', '', '', 1, ?, ?, 0, 1)",
                       ((hashlib.md5(b"%d" % i).hexdigest(), "host-%06d" % i, "127.1.%d.%d" % (i >> 8, i & 255), self.port,
                         hashlib.sha256(spki).hexdigest(), now, now) for i in range(n)))
        db.commit()
        db.close()


@test
def connections_that_are_kept_to_agents():
    most, crowd = limit("SENDER_KEPT_MAX"), Crowd()
    with Console() as console:
        crowd.join(console, most + MORE)
        begin = time.monotonic()
        done = console.good("POST", "/rollouts", {"cmd": "status", "parallel": 256, "attempts": 1})
        wait_until(lambda: console.good("GET", "/rollouts/" + done["id"])["state"] == "done", 240 * SLOWER)
        took = time.monotonic() - begin
        assert crowd.answered > most, crowd.answered  # a slow machine may miss some in time
        wait_until(lambda: crowd.open <= most, 90 * SLOWER)
        # on a slow machine the first are too old to be kept before the last come (libcurl: 118 s)
        assert crowd.open == most or took > 100, (crowd.open, took)


def before():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main(before)
