#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Resident memory per idle connection: 5,000 that have each made one request and wait.

usage: bench/idle.py BUILD
"""
from servers import PAGE, SIZES, alone, context

IDLE = 5000
REQUEST = ("GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % PAGE).encode()


def measure(server, n=IDLE):
    """KiB per connection"""
    c = context(None, verify=False)
    before, conns = server.resident_kib(), []
    for _ in range(n):
        conn = server.connect(c)
        conn.sendall(REQUEST)
        seen = b""
        while len(seen.partition(b"\r\n\r\n")[2]) < SIZES[PAGE]:
            seen += conn.recv(65536)
        conns.append(conn)
    per = (server.resident_kib() - before) / n
    for conn in conns:
        conn.close()
    return per


if __name__ == "__main__":
    with alone(__doc__) as server:
        print("%.1f KiB of resident memory per idle connection at %d" % (measure(server), IDLE))
