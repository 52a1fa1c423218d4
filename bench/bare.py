#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Full handshakes of the daemon against a loop that only accepts and shakes hands (bench/bare.c).

usage: bench/bare.py BUILD

Once with mbedTLS as it comes, once with the arithmetic that the daemon puts under it.
"""
import statistics
import subprocess

from clients import handshakes
from servers import WORKERS, Server, alone, chain_file, temporary, two_processors


class Bare(Server):
    def __init__(self, build, program):
        self.name = program
        self.process = subprocess.Popen([str(build / program), str(chain_file(build, temporary("bench-bare-"))),
                                         str(build / "pki/server.key"), str(WORKERS)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, preexec_fn=two_processors)
        self.port = int(self.process.stdout.readline())


def measure(server, rounds, seconds):
    """by program: how many times as fast the daemon is, in handshakes/s and by CPU time of each"""
    bares = [Bare(server.build, "bench-bare"), Bare(server.build, "bench-bare-fast")]
    ratios = {b.name: [] for b in bares}
    for _ in range(rounds):
        seen = {}
        for s in [server] + bares:
            before = s.cpu_s()
            rate = handshakes(s, seconds, "-new")
            seen[s.name] = rate, (s.cpu_s() - before) / (rate * seconds)
        for b in bares:
            ratios[b.name].append((seen[server.name][0] / seen[b.name][0], seen[b.name][1] / seen[server.name][1]))
    for b in bares:
        b.stop()
    return {name: tuple(statistics.median(r[i] for r in all_) for i in (0, 1)) for name, all_ in ratios.items()}


TEXT = "full handshakes: %.2f times those of %s, %.2f by CPU time"

if __name__ == "__main__":
    with alone(__doc__) as server:
        for name, (rate, cpu) in measure(server, 5, 2).items():
            print(TEXT % (rate, name, cpu))
