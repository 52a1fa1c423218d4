#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
# timeout-seconds: 600
"""A small fleet lives through what the bench puts ten thousand agents through: bench/agents.py."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from fleet import story  # noqa: E402
from tap import main, test  # noqa: E402


@test
def everybody_follows_three_rotations_and_a_restored_server():
    told = []
    for what, value in story(60):
        told.append(what)
        print("# %s: %.0f" % (what, value))
    assert told == ["converged", "first contacts", "notifications", "heartbeats"], told


if __name__ == "__main__":
    main()
