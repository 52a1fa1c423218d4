#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 900

1,000 changes of the agents' binding, each with a kill -9: at every write, fsync, rename and so on in turn, whole and
half done, then at random. After each one the start must find one of the two certificates, and binding, TrustedPeople
and OfcIPCer.dat in agreement. CERTBINDER_KILLS sets another number.
"""
import concurrent.futures
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import tempfile

from tap import comment, main, test

BUILD = pathlib.Path(os.environ.get("CERTBINDER_BUILD", "."))
DRIVER = BUILD / "tests" / "fault" / "driver"
SHIM = BUILD / "tests" / "fault" / "fault.so"
KILLS = int(os.environ.get("CERTBINDER_KILLS", "1000"))
SEED = int(os.environ.get("CERTBINDER_SEED", "20261122"))
LANES = 2
# Every so many kills one change comes through: SQLite then empties its log into the file. Killed for ever before that, it
# would have more to write each time than the next kill is later.
UNDISTURBED = 20


def environment(at=0, torn=False, log=None):
    env = dict(os.environ, LD_PRELOAD=str(SHIM), FAULT_AT=str(at), FAULT_ARM="/nowhere",
               ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0")
    if torn:
        env["FAULT_TORN"] = "1"
    if log:
        env["FAULT_LOG"] = str(log)
    return env


class Lane:
    """One state directory and what happened to it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kill-"))
        self.state = self.folder / "state"
        out = subprocess.run([DRIVER, "init", self.state], capture_output=True, text=True, check=True).stdout
        self.certs = out.split()
        self.killed = self.changed = self.old = self.new = 0
        self.before = None

    def step(self, at, torn=False, confirm=False, log=None):
        """Looks at what the last one left, and makes a change that is killed at its at-th step. True: it was."""
        argv = [DRIVER, "step", self.state] + self.certs + (["confirm"] if confirm else [])
        done = subprocess.run(argv, capture_output=True, text=True, env=environment(at, torn, log), timeout=60,
                              check=False)
        lines = done.stdout.splitlines()
        where = "after %s, then killed at %d: %s %s" % (self.before, at, done.stdout[-2000:], done.stderr[-2000:])
        assert lines, "no start " + where
        self.check(json.loads(lines[0]), where)
        self.before = (at, "torn" if torn else "whole", "confirm" if confirm else "plain")
        if done.returncode == -signal.SIGKILL:
            self.killed += 1
            return True
        assert done.returncode == 0 and lines[-1] == "done", where
        self.changed += 1
        return False

    def check(self, found, where):
        assert found["served"] in self.certs, "neither of the two is served: " + where
        assert not found["degraded"], where
        assert found["served"] == found["bound"] == found["file"], "a mixture: " + where
        assert [c["sha256"] for c in found["trusted"]] == [found["served"]], "TrustedPeople differs: " + where
        assert found["drift"]["state"] in ("ok", "pending"), where

    def check_database(self):
        with sqlite3.connect(self.state / "db.sqlite") as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        audit = subprocess.run([BUILD / "certbinder", "--state-dir", self.state, "audit", "verify"],
                               capture_output=True, text=True, check=False)
        assert audit.returncode == 0, "the audit trail is broken: " + audit.stdout + audit.stderr
        left = [p.name for p in (self.state / "PCCSRV" / "Pccnt" / "Common").iterdir()]
        assert sorted(n for n in left if n.endswith(".dat")) == ["OfcIPCer.dat", "OfcNTCer.dat"], left
        assert len(left) == 2, "temporary files are left lying: %s" % left


def in_turn(kinds):
    """One lane: a kill at each step of a change, until a change gets through."""
    lane = Lane()
    for torn, confirm in kinds:
        at = 1
        while lane.step(at, torn, confirm):
            at += 1
            if at % UNDISTURBED == 0:
                lane.step(0, confirm=confirm)
        assert at > 10, "only %d steps were counted: the shim does not work" % at
    return lane


def at_random(lane, n, seed):
    dice = random.Random(seed)
    for _ in range(n):
        lane.step(dice.randrange(1, 230), dice.random() < 0.5, dice.random() < 0.5)
    lane.step(0)
    lane.check_database()
    return lane


@test
def after_a_kill_at_every_step_in_turn_and_at_random_one_of_the_two_is_served():
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        lanes = list(pool.map(in_turn, [[(False, False), (True, True)], [(True, False), (False, True)]]))
        rest = max(0, KILLS - sum(lane.killed + lane.changed for lane in lanes))
        list(pool.map(at_random, lanes, [rest // LANES + 1] * LANES, [SEED, SEED + 1]))
    killed, changed = (sum(getattr(lane, name) for lane in lanes) for name in ("killed", "changed"))
    comment("%d changes killed, %d came through" % (killed, changed))
    assert killed + changed >= KILLS


if __name__ == "__main__":
    main()
