#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""An agent whose clock is wrong cannot believe a signer whose time has not come there: the console names the clock, and the
agent finishes by itself once it is right. The clock is moved under a real agent by the shim of these tests."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from authority import Cert, days  # noqa: E402
from console import BUILD  # noqa: E402
from offers import CODE_SIGNING, Chain, installed, signed  # noqa: E402
from tap import main, test  # noqa: E402
from updates import Updates  # noqa: E402

W = pathlib.Path(tempfile.mkdtemp(prefix="update-clock-"))


@test
def an_agent_whose_clock_is_behind_hangs_because_of_it_and_finishes_when_it_is_right():
    chain, clock = Chain("Vendor"), W / "clock"
    clock.write_text("-%d" % (20 * 3600))
    env = {"LD_PRELOAD": str(BUILD / "tests/fault/fault.so"), "FAULT_CLOCK": str(clock), "FAULT_AT": "1", "FAULT_ARM": str(W / "never"),
           "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    with Updates(chain=chain) as c:
        c.wants(chain.root)
        c.brings(chain.root)
        young = Cert("Young", chain.ca, eku=[CODE_SIGNING], start=days(-0.4), end=days(300))
        c.replaces(".p7s", signed(young, c.package.zip, chain.ca, chain.root))
        with c.joined(env) as a:
            told = c.wait_for(a, "updating", cause="clock")
            assert told["reason"] == "trust.not_yet_valid" and installed(a) is None, told
            found = c.finding("clock")
            assert found["count"] == 1 and "clock" in found["explanation"], found
            clock.write_text("0")
            c.wait_for(a, "current", installed="1.0")
            assert not c.good("GET", "/updates")["findings"]


if __name__ == "__main__":
    main()
