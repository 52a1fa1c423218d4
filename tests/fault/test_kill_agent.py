#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 900

An agent that is killed again and again, at a write, sync or rename of its own, whole and half done: it must start each
time, be the same agent, hold what it held or something newer, and take no command twice. CERTBINDER_AGENT_KILLS sets
another number.
"""
import hashlib
import os
import pathlib
import random
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agentd import Agent, Pair, Server, move  # noqa: E402
from binding import wait_until  # noqa: E402
from console import BUILD  # noqa: E402
from tap import comment, main, test  # noqa: E402

SHIM = BUILD / "tests" / "fault" / "fault.so"
KILLS = int(os.environ.get("CERTBINDER_AGENT_KILLS", "60"))
SEED = int(os.environ.get("CERTBINDER_SEED", "20261122"))


def environment(at, torn):
    env = dict(os.environ, LD_PRELOAD=str(SHIM), FAULT_AT=str(at),
               ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0")
    if torn:
        env["FAULT_TORN"] = "1"
    return env


class Story:
    """One agent, what it was told, and what must hold ever after."""

    def __init__(self, server):
        self.server, self.taken, self.open = server, [], []
        self.agent = Agent(server.port, server.keys[0].dat, start=False)
        self.killed, self.id, self.held, self.key = 0, None, 0, None

    def run(self, at, torn):
        """True: it was killed by the shim."""
        a = self.agent
        a.env = environment(at, torn)
        try:
            a.start()
            for i in range(6):
                token = self.server.command(a, "update-files" if i % 3 == 0 else "status")
                self.open = [token]
                if a.post(token).status == 200:
                    self.taken.append(token)
                    self.open = []
            died = False
        except (AssertionError, OSError, IndexError, ValueError):
            died = True
        status = a.stop(signal.SIGKILL)
        assert not died or status == -signal.SIGKILL, "it ended by itself with %s: %s" % (status, a.log()[-3000:])
        return died

    def look(self, where):
        """What is on disk, while nothing runs."""
        a = self.agent
        if (a.folder / "key.pem").exists():
            key = hashlib.sha256((a.folder / "key.pem").read_bytes()).hexdigest()
            assert self.key in (None, key), "another key " + where
            self.key = key
        if not (a.folder / "agent.json").exists():
            assert self.id is None, "the state is gone " + where
            return
        state = a.state  # it is JSON, whole
        assert self.id in (None, state["id"]), "another identity " + where
        assert self.held <= a.holds <= self.server.latest, "%d, %d before, %s" % (a.holds, self.held, where)
        self.id, self.held = state["id"], a.holds

    def prove(self):
        """In peace: it is whole, and remembers."""
        a, s = self.agent, self.server
        a.env = dict(os.environ)
        a.start()
        s.beats(s.latest, since=0)
        a.wait_holds(s.latest)
        wait_until(lambda: hashlib.sha256((a.folder / "OfcNTCer.dat").read_bytes()).hexdigest() == s.keys[-1].sha256)
        assert (a.folder / "OfcIPCer.dat").read_bytes() == s.host.der
        for token in self.taken:
            reply = a.post(token)
            assert reply.status == 403 and reply.json["code"] in (
                "command.replayed", "command.sequence", "command.signature"), ("taken twice", reply)
        a.takes(s.command(a))
        assert a.stop() == 0
        left = sorted(p.name for p in a.folder.iterdir())
        assert left == ["OfcIPCer.dat", "OfcNTCer.dat", "agent.json", "agent.sock", "daemon.lock", "key.pem",
                        "publication.jws", "trust", "updates"], left
        assert not [p for d in ("trust", "updates") for p in (a.folder / d).rglob("*") if p.is_file()]


@test
def an_agent_survives_a_kill_at_every_step_of_its_first_start():
    for torn in (False, True):
        at = 1
        while True:
            with Server() as s:
                story = Story(s)
                died = story.run(at, torn)
                story.look("killed at %d" % at)
                if died:
                    story.prove()
            if not died:
                break
            at += 1
        assert at > 10, "only %d steps were counted: the shim does not work" % at
        comment("%d kills" % (at - 1))


@test
def an_agent_survives_many_kills_while_keys_and_commands_come():
    dice = random.Random(SEED)
    with Server() as s:
        story = Story(s)
        story.prove()
        rounds = 0
        while story.killed < KILLS:
            rounds += 1
            if dice.random() < 0.2:
                s.keys.append(Pair("key %d" % rounds))
                s.publish("renewed", signer=s.keys[-2])
            elif dice.random() < 0.5:
                s.publish("rebound")
            story.killed += story.run(dice.randrange(1, 40), dice.random() < 0.5)
            story.look("after kill %d" % story.killed)
            if rounds % 25 == 0:
                story.prove()
            assert rounds < 20 * KILLS, "it is hardly ever killed"
        story.prove()
        comment("%d kills, %d commands taken, publication %d" % (story.killed, len(story.taken), s.latest))


def killed_move(old, new, at, torn):
    """IpXfer on an agent that does not run, killed at its at-th step. True: it was."""
    with Agent(old.port, old.keys[0].dat) as a:
        old.beats(1, since=len(old.seen))
        a.stop()
        run = move(a, new, env=environment(at, torn))
        assert run.returncode in (0, -signal.SIGKILL), run
        a.start()
        moved = a.state["server"]["https_port"] == new.port
        assert moved or run.returncode != 0, "done, and not moved"
        server, other = (new, old) if moved else (old, new)
        server.beats(1, since=len(server.seen))
        a.takes(server.command(a))
        if moved:
            wait_until(lambda: a.id not in other.agents and not a.state["former"])
        return run.returncode != 0


@test
def an_agent_is_whole_with_one_server_wherever_IpXfer_is_killed():
    for torn in (False, True):
        at = 1
        with Server("old") as old, Server("new") as new:
            while killed_move(old, new, at, torn):
                at += 1
        assert at > 8, "only %d steps were counted" % at
        comment("%d kills" % (at - 1))


if __name__ == "__main__":
    main()
