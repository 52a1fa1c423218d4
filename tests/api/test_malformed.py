#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Every request of malformed.txt is refused or cut off, none is answered 200, none hangs."""
import pathlib
import re
import socket
import ssl
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from front import Front, ask, connect, context, get, read_reply  # noqa: E402
from tap import main, test  # noqa: E402

LIST = pathlib.Path(__file__).resolve().parent / "malformed.txt"
SECONDS = 25  # under the limit for sending a request whole, which is 30: a hang is a failure
front = None
tls = context()


def unescape(text):
    text = re.sub(r"\{(\d+)\*([^{}]*)\}", lambda m: m[2] * int(m[1]), text)
    return re.sub(r"\\(x[0-9a-f]{2}|.)",
                  lambda m: {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\"}.get(m[1]) or chr(int(m[1][1:], 16)),
                  text).encode("latin-1")


def cases():
    name = statuses = None
    for line in LIST.read_text().splitlines():
        if line.startswith("|"):
            yield name, statuses, unescape(line[1:])
        elif line and not line.startswith("#"):
            name, statuses = line.rsplit(":", 1)
            statuses = statuses.split()


def outcome(request, pieces=1):
    """The status of the first reply, or "close"."""
    with connect(front.port, timeout=SECONDS, ctx=tls) as conn:
        size = max(1, len(request) // pieces)
        try:
            for at in range(0, len(request), size):
                conn.sendall(request[at:at + size])
        except OSError:
            pass  # nothing more is taken; what was answered before that can still be read
        try:
            reply, _ = read_reply(conn)
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError, BrokenPipeError):
            return "close"
        except socket.timeout:
            return "hang"
        if not reply:
            return "close"
        try:
            while conn.recv(65536):
                pass
        except (ConnectionError, ssl.SSLError):
            pass
        except socket.timeout:
            return "%d, then left open" % reply.status
        return str(reply.status)


def make(name, statuses, request):
    def case():
        for pieces in (1, 7):
            got = outcome(request, pieces)
            assert got in statuses, "in %d pieces: %s, wanted %s" % (pieces, got, " or ".join(statuses))
    case.__name__ = re.sub(r"[^\w]+", "_", "refuses_" + name)
    test(case)


for case in cases():
    make(*case)


@test
def answers_what_came_before_in_its_place():
    with connect(front.port, ctx=tls) as conn:
        conn.sendall(get() + get("/things/7") + b"GET /livez HTTP/1.1\r\n\r\n" + get())
        first, held = read_reply(conn)
        second, held = read_reply(conn, held)
        third, held = read_reply(conn, held)
        assert [first.status, second.status, third.status] == [200, 200, 400]
        assert third.headers["connection"].lower() == "close"
        assert not held and not conn.recv(100)


@test
def answers_a_good_request_sent_byte_by_byte():
    with connect(front.port, ctx=tls) as conn:
        for byte in get("/echo", method="POST", headers="Transfer-Encoding: chunked\r\n",
                        body=b"5;ext=\"1\"\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: y\r\n\r\n"):
            conn.sendall(bytes([byte]))
        reply, _ = read_reply(conn)
        assert reply.status == 200 and reply.body == b"hello world", (reply.status, reply.body)
        assert ask(conn, get()).status == 200


CHUNKED = "Transfer-Encoding: chunked\r\n"
RIGHT = {  # what RFC 9112 allows
    "blanks around a length": get("/echo", method="POST", headers="Content-Length:\t 5 \t\r\n", body=b"hello"),
    "blanks around a coding": get("/echo", method="POST", headers="Transfer-Encoding:\t chunked \t\r\n", body=b"5\r\nhello\r\n0\r\n\r\n"),
    "blanks around a Host": b"GET /livez HTTP/1.1\r\nHost:\tlocalhost \t\r\n\r\n",
    "blanks behind many values": get(headers="X-A: b \t\r\nX-B:  \r\nX-C:\t\r\nX-D: e\r\n"),
    "length with leading zeros": get("/echo", method="POST", headers="Content-Length: 00000000000000000000005\r\n", body=b"hello"),
    "coding in mixed case": get("/echo", method="POST", headers="transfer-ENCODING:ChUnKeD\r\n", body=b"5\r\nhello\r\n0\r\n\r\n"),
    "chunk sizes with leading zeros": get("/echo", method="POST", headers=CHUNKED, body=b"0" * 40 + b"5\r\nhello\r\n" + b"0" * 30 + b"\r\n\r\n"),
    "chunk extensions": get("/echo", method="POST", headers=CHUNKED, body=b'5;a;b=c \t; d = "e;\\"f"\r\nhello\r\n0;g\r\n\r\n'),
    "trailers": get("/echo", method="POST", headers=CHUNKED, body=b"5\r\nhello\r\n0\r\nX-A: b\r\nContent-Length: 99\r\n\r\n"),
    "expectation": get("/echo", method="POST", headers="Expect: 100-CONTINUE \r\nContent-Length: 5\r\n", body=b"hello"),
    "other bytes in a value": get(headers="X-A: \xe9\xff\tb\r\n!#$%&'*+-.^_`|~09aZ:\r\n"),
    "HTTP/1.2": b"GET /livez HTTP/1.2\r\nHost: localhost\r\n\r\n",
    "upgrade to HTTP/2": get(headers="Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"),
    "port in Host": b"GET /livez HTTP/1.1\r\nHost: localhost:08443\r\n\r\n",
    "empty port in Host": b"GET /livez HTTP/1.1\r\nHost: localhost:\r\n\r\n",
    "encoded letter": get("/%6Civez"),
    "80 cookies": get(headers="Cookie: %s\r\n" % "; ".join(["a=b"] * 80)),
    "cookie of 4000 bytes": get(headers="Cookie: a=%s\r\n" % ("b" * 4000)),
}


def make_right(name, request):
    def case():
        for pieces in (1, 7, len(request)):
            with connect(front.port, timeout=SECONDS, ctx=tls) as conn:
                size = max(1, -(-len(request) // pieces))
                for at in range(0, len(request), size):
                    conn.sendall(request[at:at + size])
                conn.sendall(get("/things/7"))  # what is behind it is the next request, and nothing else
                reply, held = read_reply(conn)
                assert reply.status == 200, (pieces, reply.status, reply.body)
                assert b"POST" not in request or reply.body == b"hello", (pieces, reply.body)
                reply, held = read_reply(conn, held)
                assert reply.status == 200 and b"7" in reply.body and not held, (pieces, reply.status, reply.body)
    case.__name__ = re.sub(r"[^\w]+", "_", "takes_" + name)
    test(case)


for name, request in RIGHT.items():
    make_right(name, request)


@test
def refuses_HEAD_without_a_body():
    for request in (b"HEAD /livez HTTP/1.1\r\n\r\n", get(method="HEAD", headers="Content-Length: 5\r\n", body=b"hello"), get("/%zz", method="HEAD")):
        with connect(front.port, timeout=SECONDS, ctx=tls) as conn:
            conn.sendall(request)
            reply, held = read_reply(conn, no_body=True)
            assert reply.status in (400, 413), reply.status
            assert not held and not conn.recv(100), held


@test
def takes_empty_lines_between_requests():
    with connect(front.port, ctx=tls) as conn:
        conn.sendall(get() + b"\r\n\r\n" + get())
        _, held = read_reply(conn)
        assert read_reply(conn, held)[0].status == 200


@test
def takes_absolute_targets_and_http_1_0():
    with connect(front.port, ctx=tls) as conn:
        assert ask(conn, get("https://localhost/livez")).status == 200
        assert ask(conn, b"GET /livez HTTP/1.0\r\n\r\n").status == 200
        assert conn.recv(10) == b""


@test
def tells_what_it_understands_at_all():
    with connect(front.port, ctx=tls) as conn:
        conn.sendall(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")
        reply, _ = read_reply(conn)
        assert reply.status == 204 and "PATCH" in reply.headers["allow"], (reply.status, reply.headers)
        assert ask(conn, get()).status == 200


@test
def tells_who_never_ends_a_request_that_it_took_too_long():
    """The limit is 30 seconds; the three wait for it together. What was asked before is answered first."""
    unfinished = [b"GET /livez HTTP/1.1\r\nHost: local", get("/echo", method="POST", headers="Content-Length: 9\r\n"),
                  get() + b"GET /livez"]
    conns = [connect(front.port, timeout=90, ctx=tls) for _ in unfinished]
    for conn, request in zip(conns, unfinished):
        conn.sendall(request)
    first, held = read_reply(conns[2])
    assert first.status == 200
    for conn, held in zip(conns, (b"", b"", held)):
        reply, held = read_reply(conn, held)
        assert reply.status == 408 and reply.json["code"] == "request.too_slow", reply.status
        assert reply.headers["connection"] == "close" and not held and not conn.recv(100)
        conn.close()


def before():
    global front
    front = Front()


def after():
    front.__exit__(None, None, None)


if __name__ == "__main__":
    main(before, after)
