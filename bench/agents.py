#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Ten thousand simulated agents against the console on this machine; fails below a goal.

usage: bench/agents.py BUILD [AGENTS]
"""
import os
import pathlib
import sys

os.environ["CERTBINDER_BUILD"] = os.path.abspath(sys.argv[1])
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "lib"))
from fleet import story  # noqa: E402

GOALS = {"first contacts": 300, "notifications": 1000, "heartbeats": 2000}


def run(n):
    missed = 0
    for what, value in story(n):
        if what == "converged":
            print("converged: %d of %d agents, %d of them away for three rotations; none went backwards" % (n, n, value), flush=True)
            continue
        good = value >= GOALS[what]
        missed += not good
        print("%s: %.0f a second, goal %d%s" % (what, value, GOALS[what], "" if good else ": MISSED"), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[2]) if len(sys.argv) > 2 else 10000))
