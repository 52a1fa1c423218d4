# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Programs whose clock goes forward when they are told so: tests/fault, loaded before them."""
import pathlib
import tempfile
import time

from agentd import Agent
from console import BUILD

SHIM = BUILD / "tests" / "fault" / "fault.so"


class Uptime:
    """How long a program has run, as it sees it. env is what it must be started with."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="uptime-")) / "uptime"
        self.env = {"LD_PRELOAD": str(SHIM), "FAULT_UPTIME": str(self.path), "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}

    def set(self, seconds):
        new = self.path.with_suffix(".new")
        new.write_text(str(int(seconds)))
        new.rename(self.path)


def in_time(seconds, act):
    """What act() gives beside the real seconds that it took, once these are fewer than would tell on what it saw: they
    pass beside those by which a clock is moved."""
    until = time.monotonic() + 90
    while True:
        got, took = act()
        if took < seconds:
            return got
        assert time.monotonic() < until, "it never took less than %s s" % seconds


class Aging(Agent):
    """An agent whose clock goes forward by what `age` says."""

    def __init__(self, *args, **more):
        self.uptime = Uptime()
        super().__init__(*args, env=self.uptime.env, **more)

    def age(self, seconds):
        self.uptime.set(seconds)
