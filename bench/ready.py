#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""From the start of the process to the ready line, with 1,000 certificates in the stores.

usage: bench/ready.py BUILD
"""
import concurrent.futures
import json
import os
import statistics
import subprocess
import time

from servers import alone, temporary

CERTIFICATES = 1000
IN_STORES = {"Root": 300, "CA": 300, "TrustedPeople": 200, "Disallowed": 100, "My": 100}


def make(build, folder, n):
    """Self-signed certificates, a file each"""
    def one(i):
        path = folder / ("%04d" % i)
        subprocess.run([str(build / "tests/probe/issue"), "cert", "ec256", str(path) + ".key", str(path) + ".crt",
                        "CN=certificate %d" % i, "DNS=host%d.example" % i], check=True)
        return (folder / ("%04d.crt" % i)).read_text()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, range(n)))


def fill(server):
    certs = make(server.build, temporary("bench-certs-"), CERTIFICATES)
    for store, n in IN_STORES.items():
        bundle = server.folder / (store + ".pem")
        bundle.write_text("".join(certs[:n]))
        certs = certs[n:]
        server.console.done("cert", "import", bundle, "--store", store, "--all-to-store", "--trust-roots")
    items = json.loads(server.console.done("cert", "list", "--json"))["items"]
    assert len(items) >= CERTIFICATES, len(items)


def start_once(server):
    """Once it has stopped: ms to the ready line, and to the first answer"""
    argv = [str(server.build / "certbinderd"), "--state-dir", str(server.console.folder), "--listen",
            "127.0.0.1:%d" % server.port]
    begin = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    ready = process.stdout.readline()
    took = (time.monotonic() - begin) * 1000
    assert json.loads(ready)["event"] == "ready", ready
    process.terminate()
    assert process.wait(30) == 0
    return took


def measure(server, turns=15):
    """ms; the server is stopped for it"""
    fill(server)
    server.console.stop()
    try:
        os.sync()
        return statistics.median(start_once(server) for _ in range(turns))
    finally:
        server.console.start("127.0.0.1:%d" % server.port)
        server.process = server.console.process


if __name__ == "__main__":
    with alone(__doc__) as server:
        print("ready %.0f ms after the start with %d certificates in the stores" % (measure(server), CERTIFICATES))
