#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""10,000 connections over 100 binds through REST, with 500 long-lived ones beside them: nothing may fail.

usage: bench/swaps.py BUILD
"""
import json
import threading
import time

from servers import PAGE, alone, context

CONNECTIONS, SWAPS, LONG_LIVED, CLIENTS = 10000, 100, 500, 8
REQUEST = ("GET /%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (PAGE, "%s")).encode()


def answered(conn, close):
    conn.sendall(REQUEST % (b"Connection: close\r\n" if close else b""))
    return conn.recv(65536).startswith(b"HTTP/1.1 200")


class Load:
    """New connections, one request each, until all are made."""

    def __init__(self, server, total):
        self.server, self.left, self.failures, self.lock = server, total, [], threading.Lock()
        self.context = context(server.build)
        self.threads = [threading.Thread(target=self.run) for _ in range(CLIENTS)]
        for t in self.threads:
            t.start()

    def run(self):
        while True:
            with self.lock:
                if self.left == 0:
                    return
                self.left -= 1
            try:
                with self.server.connect(self.context) as conn:
                    if not answered(conn, True):
                        self.failures.append("another answer")
            except Exception as why:  # whatever it is, it is a failure
                self.failures.append(repr(why))

    def wait_for(self, left):
        while self.left > left:
            time.sleep(0.001)


def swap(server, persona):
    """A bind, and whether the first new connection after it shows that certificate."""
    change = server.console.call("POST", "/bindings", {"endpoint": "default", "cert": server.sha256(persona)}, checked=False)
    good = change.status < 300 and change.json["state"] == "confirmed" and change.json["proved"]
    if not good:
        return False, change.text
    from binding import shown
    return shown(server.port) == server.sha256(persona), "another certificate"


def measure(server):
    server.console.token("admin")
    c = context(server.build)
    keep = [server.connect(c) for _ in range(LONG_LIVED)]
    load, wrong = Load(server, CONNECTIONS), []
    for turn in range(SWAPS):
        load.wait_for(CONNECTIONS * (SWAPS - turn) // (SWAPS + 1))
        good, why = swap(server, ("server-next", "server")[turn % 2])
        if not good:
            wrong.append(why)
    for t in load.threads:
        t.join()
    broken = 0
    for conn in keep:
        try:
            broken += not answered(conn, False)
            conn.close()
        except OSError:
            broken += 1
    return {"connections": CONNECTIONS, "swaps": SWAPS, "long_lived": LONG_LIVED, "failures": len(load.failures),
            "wrong": len(wrong), "broken": broken, "examples": json.dumps((load.failures + wrong)[:3])}


TEXT = ("%(connections)d connections over %(swaps)d binds through REST: %(failures)d failures, %(wrong)d binds that were not "
        "seen, of %(long_lived)d long-lived connections %(broken)d broken %(examples)s")

if __name__ == "__main__":
    with alone(__doc__) as server:
        print(TEXT % measure(server))
