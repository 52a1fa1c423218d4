#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""99th percentile of keep-alive requests, alone and beside four clients that do nothing but full handshakes.

usage: bench/latency.py BUILD
"""
import statistics

from clients import start_handshakes, wrk
from servers import PAGE, alone


def once(server, seconds):
    quiet = wrk(server, PAGE, seconds, 8)[1]
    noise = start_handshakes(server, seconds + 2, "-new", "-tls1_2")
    busy = wrk(server, PAGE, seconds, 8)[1]
    for one in noise:
        one.terminate()
        one.communicate()
    return quiet, busy


def measure(servers, rounds, seconds):
    """by server: ms alone, ms beside them, and the median of the ratios"""
    got = {s.name: [] for s in servers}
    for _ in range(rounds):
        for s in servers:
            got[s.name].append(once(s, seconds))
    return {name: (statistics.median(q for q, _ in all_), statistics.median(b for _, b in all_),
                   statistics.median(b / q for q, b in all_)) for name, all_ in got.items()}


if __name__ == "__main__":
    with alone(__doc__) as server:
        print("99th percentile of keep-alive requests: %.2f ms, beside four clients of full handshakes %.2f ms, "
              "ratio %.1f" % measure([server], 5, 2)[server.name])
