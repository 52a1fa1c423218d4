#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""A hundred thousand agents, every one with another inventory, against a catalogue of fifty: what is asked of them over REST,
timed by curl on a started console and held against this script's own count; fails above the goal.

usage: bench/roots.py BUILD [AGENTS] [ENTRIES]

Milliseconds of the whole answer: the middle one of eleven, the worst, and what the console computed for one.
"""
import collections
import hashlib
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "lib"))

GOAL_MS = 200  # of GET /roots, whole
PLACES = ("Root", "CA", "Disallowed")
STATES = ("held", "missing", "misplaced", "distrusted")


def catalogue(c, n):
    for entry in c.good("GET", "/roots")["items"]:
        c.good("DELETE", "/roots/" + entry["id"], match=True)
    made = []
    for i in range(n):
        sha = hashlib.sha256(b"entry %d" % i).hexdigest()
        store = PLACES[i % 2]
        made.append((c.good("POST", "/roots", {"name": "Root %d" % i, "store": store, "sha256": sha})["id"], sha, store))
    return made


def members(entries, rng, tally):
    """Places of an agent's certificates; one in fifty agents has sent nothing."""
    if rng.random() < 0.02:
        for entry, _, _ in entries:
            tally[entry]["unknown"] += 1
        return None
    blob, lines = bytearray(), []
    for number, (entry, sha, store) in enumerate(entries, 1):
        state = rng.choices(STATES, (70, 20, 5, 5))[0]
        tally[entry][state] += 1
        if state == "missing":
            continue
        place = {"held": store, "misplaced": "CA" if store == "Root" else "Root", "distrusted": "Disallowed"}[state]
        blob += number.to_bytes(4, "little") + bytes([PLACES.index(place)])
        lines.append("%s:%s\n" % (place, sha))
    return bytes(blob), hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def fill(folder, entries, n):
    rng, now = random.Random(1), int(time.time())
    tally = {entry: collections.Counter() for entry, _, _ in entries}
    db = sqlite3.connect(folder / "db.sqlite")
    for number, (_, sha, _) in enumerate(entries, 1):
        db.execute("INSERT INTO reported_certificates (id, sha256, subject, not_after, uses) VALUES (?, ?, '', 4000000000, 1)",
                   (number, bytes.fromhex(sha)))
    known = {}
    for i in range(n):
        got, inventory = members(entries, rng, tally), None
        if got and got[1] not in known:
            known[got[1]] = db.execute("INSERT INTO inventories (digest, members) VALUES (?, ?)", (got[1], got[0])).lastrowid
        if got:
            inventory = known[got[1]]
        db.execute("INSERT INTO agents (id, name, address, port, listener_sha256, secret_hash, ntcer_sha256, ipcer_sha256,"
                   " registered_at, last_seen_at, is_proved, inventory, inventory_at) VALUES (?, ?, '127.0.0.1', 21112, ?, x'00', '',"
                   " '', ?, ?, 1, ?, ?)", ("%032x" % rng.getrandbits(128), "agent-%06d" % i, "%064x" % i, now, now, inventory, now))
    db.commit()
    db.close()
    return tally, len(known)


def processor_ms(c):
    """What the console has computed so far."""
    fields = pathlib.Path("/proc/%d/stat" % c.process.pid).read_text().rsplit(")", 1)[1].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(c, path, rounds=11):
    """Milliseconds of the whole answer, by curl: the middle one, the worst, and of the processor."""
    took, before = [], processor_ms(c)
    for _ in range(rounds):
        argv = ["curl", "--silent", "--insecure", "--output", "/dev/null", "--fail", "--write-out", "%{time_total}", "-H",
                "Authorization: Bearer " + c.token("viewer"), "https://127.0.0.1:%d/api/v1%s" % (c.port, path)]
        took.append(1000 * float(subprocess.run(argv, capture_output=True, text=True, check=True).stdout))
    return statistics.median(took), max(took), (processor_ms(c) - before) / rounds


def agree(listed, tally, n):
    assert listed["agents_total"] == n
    for entry in listed["items"]:
        counted = {k: v for k, v in entry["agents"].items() if v}
        assert counted == {k: v for k, v in tally[entry["id"]].items() if v}, (entry, tally[entry["id"]])


def measure(build, n=100000, n_entries=50):
    """What was asked: its milliseconds (middle, worst, of the processor); and of a change of the catalogue, after which all is new."""
    os.environ["CERTBINDER_BUILD"] = str(build)
    from console import Console
    with Console() as c:
        entries = catalogue(c, n_entries)
        c.token("viewer")
        c.stop()
        tally, distinct = fill(c.folder, entries, n)
        c.start()
        begin = time.monotonic()
        c.good("PATCH", "/roots/" + entries[0][0], {"needed_for": "a change, so that all standings are made"}, match=True)
        got = {"change": 1000 * (time.monotonic() - begin), "distinct": distinct}
        begin = time.monotonic()
        listed = c.good("GET", "/roots")
        got["first"] = 1000 * (time.monotonic() - begin)
        agree(listed, tally, n)
        first = "/roots/%s/agents?standing=distrusted" % entries[-1][0]
        agent = c.good("GET", first)["items"][0]["id"]
        got["asked"] = {name: timed(c, path) for name, path in (("/roots", "/roots"), ("/roots/{id}/agents", first), ("/roots/policy",) * 2,
                                                                ("/agents/{id}/roots", "/agents/%s/roots" % agent))}
    return got


def main():
    n, n_entries = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((2, 100000), (3, 50)))
    got = measure(pathlib.Path(sys.argv[1]).resolve(), n, n_entries)
    print("%d agents, %d different inventories, %d entries; a change of the catalogue: %.0f ms, the first GET /roots after it: %.0f ms" % (
        n, got["distinct"], n_entries, got["change"], got["first"]))
    for name, took in got["asked"].items():
        print("GET %s: %.0f ms, at worst %.0f, of the processor %.0f" % ((name,) + took))
    good = got["asked"]["/roots"][0] < GOAL_MS
    print("goal: GET /roots in %d ms: %s; load average %.1f" % (GOAL_MS, "held" if good else "MISSED", os.getloadavg()[0]))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
