#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Limits of the front that a client meets: how long it may be silent, how much may wait for it, how many listen.

Hours pass by moving the front's clock (tests/fault). The values come from docs/LIMITS.md.
"""
# timeout-seconds: 600
import pathlib
import re
import resource
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from aging import Uptime, in_time  # noqa: E402
from front import Front, ask, connect, get  # noqa: E402
from limits import limit  # noqa: E402
from tap import main, test  # noqa: E402

MARGIN = 3  # seconds: the front looks at its clocks once a second


class Aging(Front):
    """A front of one worker whose clock goes forward by what `age` says."""

    def __init__(self, env=None, **more):
        self.uptime = Uptime()
        super().__init__(workers=1, env=dict(env or {}, **self.uptime.env), **more)

    def age(self, seconds):
        self.wake()  # it has done all that came before
        self.uptime.set(seconds)
        self.wake()  # and sees what time it is

    def wake(self):
        with connect(self.port) as conn:
            assert ask(conn, get()).status == 200


def is_over(conn, seconds):
    """Whether the other side ends this connection within some real seconds."""
    conn.settimeout(seconds)
    try:
        return conn.recv(65536) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def silent(front, most, speaks):
    """Whether it is let go before its time, beside the seconds that passed by themselves; it must be after it."""
    begin = time.monotonic()
    with connect(front.port) as conn:
        assert not speaks or ask(conn, get()).status == 200
        front.age(most - MARGIN)
        early, took = is_over(conn, 0.5), time.monotonic() - begin
        front.age(most + MARGIN)
        assert early or is_over(conn, 20)
        return early, took


@test
def silence_before_the_first_request():
    most = limit("TLS_QUIET_MAX_MS") // 1000

    def early():
        with Aging() as front:
            return silent(front, most, False)

    assert not in_time(MARGIN, early)


@test
def silence_between_requests():
    most = limit("HTTP_IDLE_MAX_MS") // 1000

    def early():
        with Aging() as front:
            return silent(front, most, True)

    assert not in_time(MARGIN, early)


@test
def time_to_take_the_rest_of_an_ended_reply():
    most = limit("TLS_STUCK_MAX_MS") // 1000
    folder, size = pathlib.Path(tempfile.mkdtemp()), 150000
    (folder / "big.js").write_bytes(b"x" * size)

    def part(seconds):
        """How much of a reply comes to one who begins to read it so late, beside the seconds that passed by themselves;
        the system holds little of it."""
        with Aging(www=folder, env={"FAULT_SNDBUF": "4096"}) as front:
            raw = socket.socket()
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.settimeout(90)
            raw.connect(("127.0.0.1", front.port))
            c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
            with c.wrap_socket(raw, server_hostname="localhost") as conn:
                begin = time.monotonic()
                conn.sendall(get("/big.js", headers="Connection: close\r\n"))
                select.select([conn], [], [], 90)
                front.age(seconds)
                n = 0
                try:
                    while piece := conn.recv(65536):
                        n += len(piece)
                except OSError:
                    pass
                return n, time.monotonic() - begin

    assert in_time(MARGIN, lambda: part(most - MARGIN)) > size
    assert part(most + MARGIN)[0] < size


def ticket_name(front, folder, resume):
    """The name of the key that sealed a new ticket, and whether the old one was taken."""
    argv = ["openssl", "s_client", "-connect", "127.0.0.1:%d" % front.port, "-servername", "localhost", "-tls1_2",
            "-sess_in" if resume else "-sess_out", str(folder / "session")]
    out = subprocess.run(argv, input=b"", capture_output=True, timeout=90, check=False).stdout.decode("latin-1")
    return re.search(r"TLS session ticket:\s+0000 - ([0-9a-f -]{47})", out).group(1), "Reused, " in out


@test
def life_of_a_key_of_tickets():
    most, folder = limit("TICKET_KEY_LIFE_S"), pathlib.Path(tempfile.mkdtemp())
    with Aging() as front:
        first, _ = ticket_name(front, folder, False)
        front.age(most - 60)
        assert ticket_name(front, folder, True) == (first, True)
        front.age(most + 1)
        assert ticket_name(front, folder, True)[1], "what was sealed under the old key still opens"
        assert ticket_name(front, folder, False)[0] != first


@test
def life_of_a_ticket():
    """By the clock on the wall, which is what a ticket can say of itself."""
    most, folder = limit("TLS_TICKET_LIFE_S"), pathlib.Path(tempfile.mkdtemp())
    with Aging(env={"FAULT_CLOCK": str(folder / "wall")}) as front:
        ticket_name(front, folder, False)
        for seconds, taken in ((most - 60, True), (most + 60, False)):
            (folder / "wall.new").write_text(str(seconds))
            (folder / "wall.new").rename(folder / "wall")
            assert ticket_name(front, folder, True)[1] == taken, seconds


@test
def bytes_of_a_record():
    """One that is longer than TLS has them is answered by record_overflow (22)."""
    def alert(length, seconds):
        with Front(workers=1) as front, socket.create_connection(("127.0.0.1", front.port), 90) as conn:
            conn.settimeout(seconds)
            conn.sendall(b"\x16\x03\x01" + length.to_bytes(2, "big") + b"\x01\x00\x40\x00" + b"x" * (length - 4))
            try:
                return conn.recv(7)[-1]
            except (TimeoutError, ConnectionError, IndexError) as e:
                return repr(e)

    most = 16384  # RECORD_PLAIN_MAX
    got = alert(most, 5), alert(most + 1, 90)
    assert got[0] != 22 and got[1] == 22, got


@test
def silent_clients_of_one_worker():
    most = limit("TLS_WAITING_MAX")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Front(workers=1) as front:
        conns = []

        def more(n):
            for _ in range(n):
                conns.append(socket.create_connection(("127.0.0.1", front.port), 20))

        more(most)
        with connect(front.port) as conn:  # behind them: all are accepted by now, and this one took a place
            assert ask(conn, get()).status == 200
        assert is_over(conns[0], 20), "the oldest made room"
        assert not is_over(conns[1], 0.2)
        more(1)
        assert is_over(conns[1], 5) is False, "a place was free"
        more(1)
        assert is_over(conns[1], 20)
        for conn in conns:
            conn.close()


@test
def listeners_of_one_worker():
    most = limit("EVENTS_LISTENERS_MAX")
    with Aging() as front:
        conns = [connect(front.port) for _ in range(most)]
        for conn in conns:
            conn.sendall(get("/events"))
            assert b" 200 " in conn.recv(64)
        with connect(front.port) as conn:
            assert ask(conn, get("/events")).status == 503
            assert ask(conn, get()).status == 200
        conns.pop().close()
        for times in range(1, 4):  # each time something is said to all, and who has gone is noticed
            front.age(20 * times)
        with connect(front.port) as conn:
            conn.sendall(get("/events"))
            assert b" 200 " in conn.recv(64)
        for conn in conns:
            conn.close()


@test
def events_that_wait_for_a_listener():
    most = limit("EVENTS_BACKLOG_MAX")
    around = len(b'event: test\ndata: {"hello":""}\n\n')
    with Front(workers=1) as front, connect(front.port) as other, connect(front.port) as listener:
        listener.sendall(get("/events"))
        held = b""

        def announce(n):
            text = b"x" * n
            head = "Content-Length: %d\r\n" % n
            assert ask(other, get("/announce", method="POST", headers=head, body=text)).status == 204

        def heard(what):
            nonlocal held
            while what not in held:
                if held.endswith(b"0\r\n\r\n"):  # the last chunk
                    return False
                more = listener.recv(65536)
                if not more:
                    return False
                held += more
            return True

        assert heard(b"retry:")
        announce(most - around)
        assert heard(b'"}') and held.count(b"x") >= most - around
        held = b""
        announce(most - around + 1)
        assert not heard(b'"}'), "it was cut off"
        assert ask(other, get()).status == 200


@test
def bodies_that_are_received_at_once():
    most, room = limit("HTTP_BODIES_MAX"), 50000

    def echo(conn, n):
        return ask(conn, get("/echo", method="POST", headers="Content-Length: %d\r\n" % n, body=b"b" * n))

    with Front(workers=1, held=most - room) as front:
        with connect(front.port) as conn:
            assert echo(conn, room).body == b"b" * room
            assert echo(conn, room).status == 200, "what was received is counted off again"
        with connect(front.port) as conn:
            refused = echo(conn, room + 1)
            assert (refused.status, refused.json["code"]) == (503, "busy"), refused.body
        with connect(front.port) as conn:
            assert echo(conn, room).status == 200


if __name__ == "__main__":
    main()
