#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""How long console and agent wait for somebody who is slow. All of them are slow at once, from before the first test on;
each test looks after how many seconds one was given up. What an agent waits for longest passes by moving its clock."""
# timeout-seconds: 600
# runs-alone
import hashlib
import os
import pathlib
import socket
import sqlite3
import ssl
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agentd import API, Agent, Pair, Server  # noqa: E402
from aging import Aging  # noqa: E402
from binding import wait_until  # noqa: E402
from console import Console  # noqa: E402
from jose import openssl  # noqa: E402
from limits import limit  # noqa: E402
from tap import main, test  # noqa: E402

console = None
slow = {}


class Slow(threading.Thread):
    """Somebody at the other end of one connection, and how long it lasts."""

    def __init__(self, meet):
        super().__init__(daemon=True)
        self.meet, self.met, self.over, self.why = meet, None, None, None
        self.made = time.monotonic()
        self.start()

    def run(self):
        try:
            conn = self.meet()
            self.met = time.monotonic()
            while conn.recv(65536):
                pass
        except OSError as e:
            self.why = e
        self.over = time.monotonic()

    def lasted(self, seconds):
        """As long as that, on a machine that may be busy: we may have come to know of each other long after the other side."""
        self.join(90)
        assert self.met and self.over, self.why
        since_made, since_met = self.over - self.made, self.over - self.met
        assert 0.8 * seconds <= since_made and since_met <= 2 * seconds + 30, (since_made, since_met, self.why)


def listener():
    s = socket.create_server(("127.0.0.1", 0))
    s.settimeout(90)
    return s


def accepted(s):
    conn = s.accept()[0]
    conn.settimeout(60)
    return conn


def spoken(s, pair):
    """After a handshake and the first words of a request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(pair.pem), str(pair.key))
    conn = context.wrap_socket(accepted(s), server_side=True)
    conn.recv(65536)
    return conn


def agent_at(port, spki):
    """An agent of the console's, which nobody has to play until it is called."""
    agent_id, now = os.urandom(16).hex(), int(time.time())
    with sqlite3.connect(console.folder / "db.sqlite", timeout=30) as db:
        db.execute("INSERT INTO agents (id, name, address, port, listener_sha256, secret_hash, ntcer_sha256, ipcer_sha256,"
                   " publication, registered_at, last_seen_at, standing, is_proved)"
                   " VALUES (?, 'slow', '127.0.0.1', ?, ?, x'00', '', '', 1, ?, ?, 0, 1)", (agent_id, port, spki, now, now))
    return agent_id


def local(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(str(path))
    return s


@test
def an_agent_that_shakes_no_hands():
    slow["sender connects"].lasted(limit("SENDER_CONNECT_MS") / 1000)


@test
def an_agent_that_does_not_answer():
    slow["sender waits"].lasted(limit("SENDER_ANSWER_MS") / 1000)


@test
def a_caller_of_the_control_socket_that_says_nothing():
    slow["control"].lasted(limit("CONTROL_READ_TIMEOUT_MS") / 1000)


@test
def a_caller_of_an_agent_that_says_nothing():
    slow["agent"].lasted(limit("LOCAL_READ_TIMEOUT_MS") / 1000)


@test
def a_server_that_shakes_no_hands():
    slow["link connects"].lasted(limit("WIRE_CONNECT_MS") / 1000)


def wakes(agent):
    """How often its threads have waited for something and gone on."""
    tasks = pathlib.Path("/proc/%d/task" % agent.process.pid).glob("*/status")
    return sum(int(t.read_text().split("\nvoluntary_ctxt_switches:")[1].split()[0]) for t in tasks)


@test
def a_server_that_does_not_answer():
    most = limit("WIRE_ANSWER_MS") // 1000
    with Server() as s, Aging(s.port, s.keys[0].dat) as a:
        s.beats()
        wait_until(lambda: a.status()["link"] == "current")
        gate, begin = threading.Event(), time.monotonic()
        s.gates[API + "/heartbeat"] = gate
        s.wait(lambda x: x["path"] == API + "/heartbeat" and x["status"] == 0)
        a.age(most - 10)
        before = wakes(a)
        wait_until(lambda: wakes(a) >= before + 3)  # it looks at its clock once a second
        link = a.status()["link"]
        assert link == "current" or time.monotonic() - begin > 10, link  # seconds that passed by themselves count too
        a.age(most + 1)
        wait_until(lambda: a.status()["link"] == "unreachable", 20)
        gate.set()


def before():
    global console, keep
    console = Console()
    console.token("admin")
    pair, silent, mute, dead = Pair("slow"), listener(), listener(), listener()
    spki = hashlib.sha256(openssl("pkey", "-in", pair.key, "-pubout", "-outform", "DER")).hexdigest()
    ids = [agent_at(silent.getsockname()[1], spki), agent_at(mute.getsockname()[1], spki)]
    slow["sender connects"] = Slow(lambda: accepted(silent))
    slow["sender waits"] = Slow(lambda: spoken(mute, pair))
    slow["link connects"] = Slow(lambda: accepted(dead))
    keep = Agent(dead.getsockname()[1], pair.dat)
    slow["agent"] = Slow(lambda: local(keep.folder / "agent.sock"))
    slow["control"] = Slow(lambda: local(console.folder / "control.sock"))
    console.good("POST", "/rollouts", {"cmd": "status", "agents": ids, "attempts": 1})


def after():
    keep.__exit__(None, None, None)
    console.__exit__(None, None, None)


if __name__ == "__main__":
    main(before, after)
