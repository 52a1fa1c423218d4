#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Limits of an agent's patience, and of what it says of a failure. Hours pass by moving its clock (tests/fault)."""
# timeout-seconds: 600
import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import agentd  # noqa: E402
from agentd import API, COMMON, Agent, Server  # noqa: E402
from aging import Aging, in_time  # noqa: E402
from authority import Cert  # noqa: E402
from binding import wait_until  # noqa: E402
from limits import limit  # noqa: E402
from offers import Chain, Package, installed, trust  # noqa: E402
from tap import main, test  # noqa: E402


@test
def bytes_said_of_a_root_that_does_not_come():
    most, root = limit("ROOTS_DETAIL_MAX"), Cert("Root of nothing", ca=True)
    with Server() as s, Agent(s.port, s.keys[0].dat) as a:
        s.beats()
        order = s.command(a, "roots", args={"install": [{"sha256": root.sha256, "store": "Root"}]})
        s.down = True  # an address and the cause of the failure are more than that
        got = a.takes(order)["result"]
        assert len(got["failed"][0]["detail"]) == most - 1 and len(got["detail"]) == most - 1, got


@test
def time_between_two_attempts_at_roots():
    """A root that the server does not hand out: the pause doubles with each attempt, as far as its limit."""
    most, root = limit("ROOTS_AGAIN_MAX_S"), Cert("Root that never comes", ca=True)
    with Server(heartbeat=1) as s:
        s.offer(("Root", root), hand_out=False)
        with Aging(s.port, s.keys[0].dat) as a:
            passed = 0

            def attempts():
                return a.log().count("why=Root " + root.sha256)

            for n, pause in enumerate([2 ** i for i in range(12)] + [most, most], 1):
                wait_until(lambda: attempts() >= n)
                if pause > 1000:
                    passed += pause - 60
                    a.age(passed)
                    beats = sum(x["path"] == API + "/heartbeat" for x in s.seen)
                    wait_until(lambda: sum(x["path"] == API + "/heartbeat" for x in s.seen) >= beats + 3)
                    assert attempts() == n, "attempt %d came before %d s" % (n + 1, pause)
                    pause = 60
                passed += pause
                a.age(passed)


def slowly_handed_out(agent, roots, ages, act, asked=None):
    """What act() gives; with each root that is asked for, so many seconds have passed. What is asked for goes into asked."""
    paths, plain = [COMMON + "roots/" + r.sha256 for r in roots], agentd.Handler.do_GET

    def get(handler):
        if handler.path in paths and asked is not None:
            asked.append((handler.path, time.monotonic()))
        if handler.path in paths and ages:
            agent.age(ages.pop(0))
        plain(handler)

    agentd.Handler.do_GET = get
    try:
        return act()
    finally:
        agentd.Handler.do_GET = plain


@test
def time_of_a_command_for_roots():
    """What there is no time for is said, since who sent the command waits."""
    most = limit("ROOTS_COMMAND_MS") // 1000

    def obeyed(seconds):
        roots = [Cert("Slow root %d" % i, ca=True) for i in range(3)]
        with Server(heartbeat=600) as s, Aging(s.port, s.keys[0].dat) as a:
            s.beats()
            s.handed_out.update({r.sha256: r.der for r in roots})
            order = s.command(a, "roots", args={"install": [{"sha256": r.sha256, "store": "Root"} for r in roots]})
            begin = time.monotonic()
            return slowly_handed_out(a, roots, [seconds], lambda: a.takes(order)["result"]), time.monotonic() - begin

    for seconds, n in ((most - 3, 3), (most + 1, 1)):
        got = in_time(3, lambda: obeyed(seconds))
        assert len(got["installed"]) == n and len(got["failed"]) == 3 - n, got


class Ordered(Server):
    """Keeps when it was asked for what, which follows from what it answered before; .seen has it when the answer is out."""

    def __init__(self, **more):
        self.asked = []
        super().__init__(**more)

    def answer(self, path, body, auth):
        if path == API + "/heartbeat":
            self.asked.append((path, time.monotonic()))
        return super().answer(path, body, auth)


@test
def time_of_a_round_for_roots():
    """What is left waits for the next round: a heartbeat comes before it."""
    most = limit("ROOTS_ROUND_MS") // 1000

    def asked(seconds):
        """From the first root to the last, beside the seconds between the two."""
        roots = [Cert("Slow root %d" % i, ca=True) for i in range(3)]
        with Ordered(heartbeat=1) as s, Aging(s.port, s.keys[0].dat) as a:
            def act():
                s.offer(*[("Root", r) for r in roots])
                wait_until(lambda: len({path for path, _ in s.asked if path.startswith(COMMON)}) == 3)

            s.beats()
            slowly_handed_out(a, roots, [seconds // 2, seconds], act, s.asked)
            at = [i for i, (path, _) in enumerate(s.asked) if path.startswith(COMMON)]
            return [path for path, _ in s.asked[at[0]:at[2] + 1]], s.asked[at[2]][1] - s.asked[at[0]][1]

    for seconds, between in ((most - 4, False), (most + 2, True)):
        order = in_time(4, lambda: asked(seconds))
        assert order[1].startswith(COMMON) and (API + "/heartbeat" in order[2:]) == between, order


@test
def time_of_one_attempt_at_a_file():
    """A file that comes slowly, but comes: after so long it is asked for anew, from where it was."""
    most, chain, go_on = limit("WIRE_FILE_MAX_S"), Chain(), threading.Event()
    plain = agentd.Handler.serve_file

    def slowly(handler, data):
        outer = handler.server.outer
        if not handler.path.endswith(".zip") or handler.headers.get("Range"):
            plain(handler, data)
            return
        outer.note({"path": handler.path, "status": 200, "start": 0})
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        outer.sent = 0
        for at in range(0, len(data) // 2, 4096):
            if go_on.wait(0.05):
                break
            outer.sent = at + 4096  # said before it can arrive
            handler.wfile.write(data[at:at + 4096])
        handler.close_connection = True

    agentd.Handler.serve_file = slowly
    try:
        with Server(heartbeat=1) as s:
            p = Package(files={"big": os.urandom(8 << 20)}, chain=chain, store=True)
            s.sent = 0
            s.offer_packages(p)
            a = Aging(s.port, s.keys[0].dat, start=False)
            trust(a, "Root", chain.root)
            with a.start():
                wait_until(lambda: s.sent > 100000)
                a.age(most - 60)
                there = s.sent
                wait_until(lambda: s.sent > there + 200000)
                assert sum(x["path"].endswith(".zip") for x in s.seen) == 1, "it goes on"
                a.age(most + 60)
                again = s.wait(lambda x: x["path"].endswith(".zip") and x["start"] > 0)
                assert there < again["start"] <= s.sent, (there, again, s.sent)
                wait_until(lambda: installed(a) == p.files)
    finally:
        go_on.set()
        agentd.Handler.serve_file = plain


@test
def silence_in_the_middle_of_a_file():
    """So long without a byte, and it is asked for anew, from where it was."""
    most, chain = limit("WIRE_FILE_STALL_S"), Chain()
    with Server(heartbeat=1) as s:
        p = Package(files={"big": os.urandom(1 << 20)}, chain=chain, store=True)
        s.offer_packages(p)
        path, silence, plain = COMMON + "updates/%s.zip" % p.sha256, threading.Event(), agentd.Handler.serve_file

        def half(handler, data):
            if handler.path != path or handler.headers.get("Range"):
                plain(handler, data)
                return
            handler.server.outer.note({"path": handler.path, "status": 200, "start": 0})
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data[:len(data) // 2])
            silence.wait(240)
            handler.close_connection = True

        agentd.Handler.serve_file = half
        try:
            a = Aging(s.port, s.keys[0].dat, start=False)
            trust(a, "Root", chain.root)
            with a.start():
                s.wait(lambda x: x["path"] == path)
                begin = time.monotonic()
                for seconds in range(5, most + 20, 5):  # steadily: how fast it is is a mean of the last seconds
                    a.age(seconds)
                    beats = len(s.seen)
                    s.beats(since=beats)
                    if seconds + time.monotonic() - begin < most - 10:
                        assert sum(x["path"] == path for x in s.seen) == 1, "%d s" % seconds
                again = s.wait(lambda x: x["path"] == path and x["start"] > 0)
                assert again["start"] > 0
                wait_until(lambda: installed(a) == p.files)
        finally:
            silence.set()
            agentd.Handler.serve_file = plain


if __name__ == "__main__":
    main()
