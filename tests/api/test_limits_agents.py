#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Limits between agents and their server that come to light between real processes: how many agents there may be, how
much they answer, how much of what they say is kept; and what an agent takes from its server."""
# timeout-seconds: 600
import hashlib
import json
import pathlib
import sqlite3
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import agentd  # noqa: E402
from agent import Agent  # noqa: E402
from binding import wait_until  # noqa: E402
from console import Console  # noqa: E402
from limits import limit  # noqa: E402
from tap import main, test  # noqa: E402

API = agentd.API


def fill(console, n):
    """n agents into the database, each from an address of its own."""
    db = sqlite3.connect(console.folder / "db.sqlite", timeout=30)
    db.executemany("INSERT INTO agents (id, name, address, port, listener_sha256, secret_hash, ntcer_sha256, ipcer_sha256,"
                   " publication, registered_at, last_seen_at, standing, is_proved)"
                   " VALUES (?, ?, ?, 21112, ?, x'00', '', '', 1, ?, ?, 0, 1)",
                   ((hashlib.md5(b"%d" % i).hexdigest(), "host-%06d" % i, "10.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255),
                     "0" * 64, int(time.time()), int(time.time())) for i in range(n)))
    db.commit()
    db.close()


@test
def agents_in_all():
    most = limit("AGENT_ROWS_MAX")
    with Console() as console:
        fill(console, most - 1)
        last, more = Agent(console, "last"), Agent(console, "more")
        assert last.register()[0] == 201
        status, answer = more.register()
        assert status >= 400 and answer["code"] == "agent.full", (status, answer)
        assert last.register()[0] == 201, "one that is there already registers again"
        assert last.beat()[0] == 200


@test
def bytes_of_the_answer_of_an_agent():
    most = limit("SENDER_ANSWER_MAX")
    with Console() as console:
        agent = Agent(console)
        sizes = [most, most + 1]

        def answer(claims):
            text = {"jti": claims["jti"], "ok": True, "result": {"r": ""}}
            text["result"]["r"] = "r" * (sizes.pop(0) - len(json.dumps(text)))
            return 200, "application/json", text

        agent.walk()
        agent.listen(answer)
        assert agent.register()[0] == 201
        states = []
        for _ in range(2):
            done = console.good("POST", "/rollouts", {"cmd": "status", "agents": [agent.id], "attempts": 1})
            path = "/rollouts/%s" % done["id"]
            wait_until(lambda: console.good("GET", path)["state"] == "done")
            states.append(console.good("GET", path + "/agents")["items"][0])
        assert [s["state"] for s in states] == ["done", "failed"], states
        assert len(states[0]["detail"]) == limit("AGENT_TEXT_MAX") - 1, "so much of it is kept"


# ---- what an agent takes ----


class Padded(agentd.Server):
    """A server whose answers to heartbeats are as long as one likes, or that has no time for them."""
    pad, busy = 0, False

    def answer(self, path, body, auth):
        status, answer = super().answer(path, body, auth)
        if path == API + "/heartbeat" and self.busy:
            return 503, {"code": "busy", "detail": "later"}
        if path == API + "/heartbeat" and self.pad:
            answer = json.dumps(answer).encode().ljust(self.pad)
        return status, answer


@test
def bytes_of_an_answer_of_the_server():
    most = limit("WIRE_ANSWER_MAX")
    with Padded(heartbeat=1) as s, agentd.Agent(s.port, s.keys[-1].dat) as a:
        s.beats()
        wait_until(lambda: a.status()["link"] == "current")
        s.pad = most
        s.beats(since=len(s.seen))
        s.beats(since=len(s.seen))
        assert a.status()["link"] == "current", a.status()
        s.pad = most + 1
        wait_until(lambda: a.status()["link"] != "current")
        s.pad = 0
        wait_until(lambda: a.status()["link"] == "current")


@test
def seconds_that_a_server_may_ask_to_wait():
    most = limit("WIRE_RETRY_AFTER_MAX_S")
    with Padded(heartbeat=1) as s, agentd.Agent(s.port, s.keys[-1].dat) as a:
        s.beats()

        def tries():
            return sum(x["path"] == API + "/heartbeat" and x["status"] == 503 for x in s.seen)

        s.busy, s.retry_after = True, most + 1  # is not believed
        wait_until(lambda: tries() >= 3)
        s.retry_after = most
        there = tries()
        wait_until(lambda: tries() > there)
        try:
            wait_until(lambda: tries() > there + 2, 12)  # the one under way may have heard the other number
        except AssertionError:
            pass
        else:
            raise AssertionError("it came again within a day")


@test
def commands_that_wait_in_an_agent():
    """Two threads work, and both are held up: so many commands wait, and those past them are told to come back."""
    most, threads, extra = limit("LISTENER_QUEUE_MAX"), 2, 5
    with agentd.Server(heartbeat=600) as s, agentd.Agent(s.port, s.keys[-1].dat) as a:
        wait_until(lambda: a.status()["link"] == "current")  # it asks for its configuration no more by itself
        gate = s.gates[API + "/configuration"] = threading.Event()
        tokens = [s.command(a, "configuration" if n < threads else "status") for n in range(threads + most + extra)]
        statuses, lock = [], threading.Lock()

        def send(token):
            status = a.post(token).status
            with lock:
                statuses.append(status)

        def started(token):
            t = threading.Thread(target=send, args=(token,), daemon=True)
            t.start()
            return t

        sent = []
        for n in range(threads):  # one after the other, since a number that comes late is refused
            there = len(s.seen)
            sent.append(started(tokens[n]))
            s.wait(lambda x: x["path"] == API + "/configuration" and x["status"] == 0, since=there)
        sent += [started(token) for token in tokens[threads:]]
        wait_until(lambda: len(statuses) == extra)
        assert statuses == [503] * extra, statuses
        gate.set()
        for t in sent:
            t.join(90)
        assert len(statuses) == threads + most + extra and statuses.count(503) == extra, statuses


@test
def refusals_of_one_kind_that_an_agent_logs():
    """Whoever sends it rubbish cannot fill its disk: after so many, every thousandth is told."""
    most = limit("REFUSALS_LOGGED_MAX")
    with agentd.Server(heartbeat=600) as s, agentd.Agent(s.port, s.keys[-1].dat) as a:
        s.beats()

        def logged(n):
            for _ in range(n):
                a.refuses("no token at all", "command.corrupt")
            return a.log().count("agent.refused code=command.corrupt")

        assert logged(most) == most
        assert logged(1000 - most - 1) == most
        assert logged(1) == most + 1 and "total=1000 " in a.log()


@test
def update_checks_that_wait_in_an_agent():
    most = limit("LINK_CHECKS_MAX")
    with agentd.Server(heartbeat=600) as s, agentd.Agent(s.port, s.keys[-1].dat) as a:
        s.beats()
        gate = s.gates[API + "/results"] = threading.Event()
        a.takes(s.command(a, "update-check"))  # is done, but for telling how it went
        s.wait(lambda x: x["path"] == API + "/results" and x["status"] == 0)
        started = [a.takes(s.command(a, "update-check"))["result"]["started"] for _ in range(most + 2)]
        assert started == [True] * most + [False] * 2, started
        gate.set()


if __name__ == "__main__":
    main()
