#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The real console under attack: meanwhile an administrator logs in and binds another certificate, in two seconds."""
# timeout-seconds: 600
# runs-alone
import itertools
import multiprocessing
import os
import pathlib
import resource
import selectors
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from binding import prepare, shown, wait_until  # noqa: E402
from console import Console, is_sanitized, sha256  # noqa: E402
from tap import comment, main, test  # noqa: E402

PASSWORD = "correct horse battery staple"
SILENT = 5000
TRIES = 7
STRANGERS = 30  # who try a password at once
PER_ADDRESS = 8000  # TLS_CONNECTIONS_PER_IP
console = None
names = ["server", "server-next"]


SECONDS = 60 if "CERTBINDER_UNDER" in os.environ else 6 if is_sanitized() else 2


def administrator():
    """In time, twice: other tests' processes may still be ending, and others may use the machine."""
    in_time()


def in_time(headers=None):
    took = []
    while sum(t < SECONDS for t in took) < 2:
        assert len(took) < TRIES, took
        took.append(log_in_and_bind(headers))


def log_in():
    login = console.call("POST", "/session", {"user": "root", "password": PASSWORD}, role=None)
    assert login.status < 300, login
    return {"Cookie": login["set-cookie"].split(";")[0], "X-CSRF-Token": login.json["csrf_token"]}


def log_in_and_bind(headers=None):
    """Logs in with a password, stages a change of the default binding, commits it; a new client is shown it."""
    wanted = names[0]
    names.reverse()
    begin = time.monotonic()
    headers = headers or log_in()
    logged_in = time.monotonic()
    body = {"endpoint": "default", "cert": sha256(wanted), "override_reason": "test of a siege"}
    change = console.call("POST", "/changes", body, role=None, headers=headers)
    assert change.status < 300, change
    path = "/changes/%s" % change.json["id"]
    done = console.call("POST", path + "/commit", role=None, headers=dict(headers, **{"If-Match": "*"}))
    assert done.status < 300, done
    assert shown(console.port) == sha256(wanted)
    took = time.monotonic() - begin
    comment("login %.0f ms, bind %.0f ms" % ((logged_in - begin) * 1000, (time.monotonic() - logged_in) * 1000))
    return took


def resident_mib():
    with open("/proc/%d/status" % console.process.pid) as f:
        return [int(line.split()[1]) for line in f if line.startswith("VmRSS")][0] / 1024


def ceiling(mib):
    """Sanitizers keep what was freed."""
    there = resident_mib()
    comment("%.0f MiB resident" % there)
    assert is_sanitized() or there < mib, there


def dial(source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", console.port), 20, source_address=(source, 0))


def context():
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    return c


def secured(c=None, source="127.0.0.1"):
    return (c or context()).wrap_socket(dial(source), server_hostname="localhost")


def close(conns):
    for conn in conns:
        conn.close()


class Meanwhile:
    """Runs attacks on threads until the block ends."""

    def __init__(self, *attacks):
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(a,)) for a in attacks]
        self.rounds = 0

    def run(self, attack):
        while not self.stop.is_set():
            try:
                attack()
                self.rounds += 1
            except OSError:
                pass

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *why):
        self.stop.set()
        for t in self.threads:
            t.join()
        comment("%d rounds of attack" % self.rounds)


@test
def beside_5000_silent_connections():
    conns = [dial("127.0.0.%d" % (2 + i % 5)) for i in range(SILENT)]
    administrator()
    ceiling(400)
    close(conns)


@test
def beside_slow_readers_and_slow_writers():
    c, conns = context(), []
    for i in range(240):
        conn = secured(c, "127.0.0.%d" % (20 + i % 4))
        conns.append(conn)
        if i % 3 == 0:  # a head that does not end
            conn.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ")
        elif i % 3 == 1:  # a body that does not come
            conn.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         b"Content-Length: 1000\r\n\r\n{")
        else:  # many answers that nobody takes
            conn.settimeout(0.2)
            try:
                conn.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
            except OSError:
                pass
    administrator()
    ceiling(500)
    close(conns)


@test
def beside_floods_of_handshakes_and_renegotiation():
    c = context()
    old = context()
    old.maximum_version = ssl.TLSVersion.TLSv1_2

    def handshake():
        secured(c, "127.0.0.30").close()

    def half():
        with dial("127.0.0.31") as conn:
            conn.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")

    def rubbish():
        with dial("127.0.0.32") as conn:
            conn.sendall(os.urandom(200))
            conn.recv(100)

    def renegotiation():
        subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % console.port, "-tls1_2"], input=b"R\nR\nR\n",
                       capture_output=True, timeout=30, check=False)

    with Meanwhile(handshake, handshake, half, rubbish, renegotiation):
        administrator()
    ceiling(500)


@test
def beside_what_is_too_large():
    c = context()

    def send(data, times=1):
        with secured(c, "127.0.0.40") as conn:
            conn.settimeout(2)
            for _ in range(times):
                conn.sendall(data)
            conn.recv(4096)

    def head():
        send(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: " + b"a" * 65536, 16)

    def line():
        send(b"GET /" + b"a" * 65536, 16)

    def length():
        send(b"POST /api/v1/certificates/import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")

    def chunks():
        send(b"POST /api/v1/certificates/import HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
             (b"ffff\r\n" + b"x" * 65535 + b"\r\n") * 32, 16)

    def record():
        with dial("127.0.0.41") as conn:
            conn.settimeout(2)
            conn.sendall(b"\x16\x03\x03\xff\xff" + b"\x01" * 65535)
            conn.recv(100)

    with Meanwhile(head, line, length, chunks, record):
        administrator()
    ceiling(500)


def ask_without_end(port, n, ready):
    """n connections that send as many requests as are taken, and read what is answered"""
    c, asked = context(), b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n" * 400
    busy = selectors.DefaultSelector()

    def turn(conn):
        try:
            conn.send(asked)
            while conn.recv(65536):
                pass
            return False
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        except OSError:
            return False

    def renew(i):
        conn = c.wrap_socket(socket.create_connection(("127.0.0.1", port), 30, source_address=("127.0.0.%d" % (60 + i % 4), 0)))
        conn.setblocking(False)
        busy.register(conn, selectors.EVENT_READ | selectors.EVENT_WRITE, i)

    for i in range(n):
        renew(i)
        if i == n // 2:
            ready.set()
    while True:
        for key, _ in busy.select():
            if not turn(key.fileobj):  # a commit ends them, one after the other
                busy.unregister(key.fileobj)
                key.fileobj.close()
                renew(key.data)


@test
def binds_beside_logins_from_everywhere():
    """No address tries often, and each try is worth a tenth of a second: they are to hold up other logins alone."""
    c, tried = context(), itertools.count()

    def log_in_as_somebody():
        n = next(tried)
        body = b'{"user":"stranger %d","password":"open, sesame"}' % n
        with secured(c, "127.0.%d.%d" % (100 + n // 250 % 100, 1 + n % 250)) as conn:
            conn.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         b"Content-Length: %d\r\n\r\n" % len(body) + body)
            conn.recv(4096)

    headers = log_in()
    with Meanwhile(*[log_in_as_somebody] * STRANGERS) as strangers:
        time.sleep(1)  # all of them are to be waiting
        in_time(headers)
        before_us = strangers.rounds
        log_in()
        before_us = strangers.rounds - before_us
        ceiling(500)
    assert before_us < STRANGERS / 2, "from an address that is known: %d strangers were looked at first" % before_us


@test
def beside_connections_that_ask_without_end():
    attackers = []
    for _ in range(2):
        ready = multiprocessing.Event()
        attackers.append(multiprocessing.Process(target=ask_without_end, args=(console.port, 100, ready), daemon=True))
        attackers[-1].start()
        ready.wait(30)
    try:
        administrator()
        ceiling(500)
    finally:
        for one in attackers:
            one.kill()
            one.join()


def refused():
    """Connections that were more than there may be."""
    rows = console.good("GET", "/metrics").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("certbinder_tls_connections_refused_total "))


def dial_too_many(conns):
    try:
        for _ in range(PER_ADDRESS + 50):
            conns.append(dial("127.0.0.50"))
    except OSError as why:
        comment("after %d: %s" % (len(conns), why))


@test
def one_address_has_its_share_and_others_are_served():
    before_us = refused()
    for _ in range(TRIES):  # the first are given up in their silence where the last come so late
        conns = []
        dial_too_many(conns)
        try:
            wait_until(lambda: refused() > before_us, 12)
            break
        except AssertionError:
            close(conns)
    administrator()
    comment("%d connections of one address were refused" % (refused() - before_us))
    assert refused() > before_us
    ceiling(500)
    close(conns)


def before():
    global console
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    console = Console()
    prepare(console)
    console.good("POST", "/accounts", {"user": "root", "role": "admin", "password": PASSWORD})


def after():
    console.__exit__(None, None, None)


if __name__ == "__main__":
    main(before, after)
