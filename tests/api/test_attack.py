#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The console while others try to hold it up: an administrator's request is answered in time, and a swap shows at once."""
# timeout-seconds: 600
# runs-alone
import pathlib
import resource
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from front import Front, ask, binding, connect, context, get  # noqa: E402
from hello import ALERT, CHANGE_CIPHER_SPEC, hello, record  # noqa: E402
from tap import comment, main, test  # noqa: E402

SECONDS, TRIES = 2, 5
front = None


def administrator():
    """A new connection, a request that runs as a job, and a swap that a new handshake shows; others may use the machine."""
    took = []
    while len(took) < TRIES and (not took or took[-1] >= SECONDS):
        begin = time.monotonic()
        with connect(front.port) as conn:
            assert ask(conn, get("/jobs/1")).status == 200
        assert front.swap()["right"]
        took.append(time.monotonic() - begin)
    comment(" ".join("%.0f ms" % (t * 1000) for t in took))
    assert took[-1] < SECONDS, took


def resident_mib():
    with open("/proc/%d/status" % front.process.pid) as f:
        return [int(line.split()[1]) for line in f if line.startswith("VmRSS")][0] / 1024


def dial(source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", front.port), 10, source_address=(source, 0))


def close(conns):
    for conn in conns:
        conn.close()


@test
def answers_beside_5000_silent_connections():
    conns = [dial("127.0.0.%d" % (2 + i % 5)) for i in range(5000)]
    administrator()
    assert resident_mib() < 400
    close(conns)


@test
def answers_beside_connections_that_stop_in_the_hello():
    conns = []
    for _ in range(1000):
        conns.append(dial())
        conns[-1].sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    administrator()
    close(conns)


@test
def answers_beside_slow_writers_and_readers():
    c, conns = context(), []
    for i in range(200):
        conns.append(connect(front.port, ctx=c))
        if i % 2:
            conns[-1].sendall(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nxxxx")
        else:
            conns[-1].settimeout(0.05)
            try:
                conns[-1].sendall(get("/things/" + "x" * 3000) * 50)
            except OSError:
                pass
    administrator()
    close(conns)


@test
def answers_beside_a_flood_of_handshakes_and_rubbish():
    stop = threading.Event()

    def flood(rubbish):
        c = context()
        while not stop.is_set():
            try:
                if rubbish:
                    with dial() as conn:
                        conn.sendall(b"\x16\x03\x01\x00\x10" + b"\xff" * 16)
                        conn.recv(100)
                else:
                    connect(front.port, ctx=c).close()
            except OSError:
                pass

    threads = [threading.Thread(target=flood, args=(i % 2 == 0,)) for i in range(6)]
    for t in threads:
        t.start()
    try:
        administrator()
    finally:
        stop.set()
        for t in threads:
            t.join()


@test
def answers_beside_records_that_are_passed_over():
    """They never end a read: who sends them without end must not have a worker to himself."""
    stop = threading.Event()

    def flood(kind, content):
        while not stop.is_set():
            try:
                with dial() as conn:
                    conn.sendall(hello())
                    conn.recv(4096)
                    while not stop.is_set():
                        conn.sendall(record(content, kind, 0x0303) * 9000)
            except OSError:
                pass

    threads = [threading.Thread(target=flood, args=what) for what in [(CHANGE_CIPHER_SPEC, b"\1")] * 4 + [(ALERT, b"\1\x5a")] * 2]
    for t in threads:
        t.start()
    time.sleep(0.5)  # the flood is to stand
    try:
        for _ in range(3):
            administrator()
    finally:
        stop.set()
        for t in threads:
            t.join()


@test
def goes_on_when_it_has_no_descriptors_left():
    """400 descriptors: the flood takes them all, and gives them back."""
    before_it = resource.prlimit(front.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(front.process.pid, resource.RLIMIT_NOFILE, (400, before_it[1]))
    conns = []
    try:
        for _ in range(600):
            conns.append(dial())
    finally:
        close(conns)
    resource.prlimit(front.process.pid, resource.RLIMIT_NOFILE, before_it)
    until = time.monotonic() + 60
    while True:  # the last of the flood are still being closed
        try:
            administrator()
            break
        except OSError:
            assert time.monotonic() < until


def before():
    global front
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    front = Front(binding(other="server-next"))


def after():
    front.__exit__(None, None, None)


if __name__ == "__main__":
    main(before, after)
