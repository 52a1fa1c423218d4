#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""A package of a hundred megabytes of random bytes, signed by openssl: how long it takes to verify, beside `openssl cms -verify`,
and in how much memory. Fails below half of openssl's rate, or above 32 MiB.

usage: bench/verify.py BUILD [ROUNDS]

All look at the same file, which the page cache holds, in interleaved rounds; figures are medians, ratios the medians of each
round's ratio. Ours is core/updates/package.h as agents call it: digest, signed attributes, signature, chain. The command that takes a
package in also copies it, reads its manifest and compares every file with it; it is shown for what it is.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "lib"))
from packages import Maker  # noqa: E402

MEGABYTES, RATE, MEMORY_KIB = 100, 0.5, 32 << 10
OPENSSL, OURS, COMMAND = "openssl cms -verify", "package_check()", "certbinder update add --dry-run"


def once(argv, home):
    """Wall and CPU time, s."""
    begin = time.monotonic()
    process = subprocess.Popen(argv, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    took = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0 and (argv[0] == "openssl" or b'"good":true' in said.replace(b" ", b"")), (argv, said)
    return took, used.ru_utime + used.ru_stime


def peak_kib(argv, home):
    """The most that the process itself held, as /proc showed it last; wait4 would tell of who started it too."""
    peak = 0
    with subprocess.Popen(argv, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            try:
                status = pathlib.Path("/proc/%d/status" % process.pid).read_text()
                is_begun = os.readlink("/proc/%d/exe" % process.pid) != os.path.realpath(sys.executable)
            except OSError:
                break  # it has ended
            if is_begun and "VmHWM:" in status:
                peak = max(peak, int(status.split("VmHWM:")[1].split()[0]))
    return peak


def commands(build, maker, console, path, p7s):
    return {
        OPENSSL: ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", str(p7s), "-content", str(path), "-CAfile", "root.pem",
                  "-purpose", "any", "-out", "/dev/null"],
        OURS: [str(build / "tests/probe/package"), str(path), str(p7s), str(int(time.time())), "--root", str(maker.path("root.pem"))],
        COMMAND: [str(build / "certbinder"), "--state-dir", str(console.folder), "update", "add", str(path), "--signature", str(p7s),
                  "--dry-run", "--json"],
    }


def rounds_of(argvs, home, rounds):
    taken = {name: [] for name in argvs}
    for turn in range(rounds):
        for name in list(argvs)[::-1] if turn % 2 else argvs:
            taken[name].append(once(argvs[name], home))
    return taken


def measure(build, rounds=9):
    """By command: wall and CPU time in ms, KiB; and ratios to openssl's rate, by wall and by CPU time."""
    os.environ["CERTBINDER_BUILD"] = str(build)
    from console import Console
    maker = Maker("Bench")
    console = Console()
    try:
        console.done("cert", "import", maker.path("root.pem"), "--store", "Root")
        console.stop()
        path = maker.big(MEGABYTES)
        argvs = commands(build, maker, console, path, maker.sign(path))
        for argv in argvs.values():
            once(argv, maker.home)
        taken = rounds_of(argvs, maker.home, rounds)
        peaks = {name: peak_kib(argv, maker.home) for name, argv in argvs.items()}
    finally:
        console.stop()
        shutil.rmtree(maker.home)
    return {name: {"wall": 1000 * statistics.median(t[0] for t in times), "cpu": 1000 * statistics.median(t[1] for t in times),
                   "kib": peaks[name], "rate": statistics.median(o[0] / t[0] for o, t in zip(taken[OPENSSL], times)),
                   "cpu_rate": statistics.median(o[1] / t[1] for o, t in zip(taken[OPENSSL], times))} for name, times in taken.items()}


def main():
    got = measure(pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 9)
    for name, x in got.items():
        print("%-32s %6.0f ms, of the processor %6.0f ms, %6.1f MiB; %.2f of openssl's rate, by CPU time %.2f" % (
            name, x["wall"], x["cpu"], x["kib"] / 1024, x["rate"], x["cpu_rate"]))
    ours = got[OURS]
    good = ours["rate"] >= RATE and ours["kib"] < MEMORY_KIB
    print("goal: %.1f of openssl's rate, under %d MiB: %s; load average %.1f" % (
        RATE, MEMORY_KIB >> 10, "held" if good else "MISSED", os.getloadavg()[0]))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
