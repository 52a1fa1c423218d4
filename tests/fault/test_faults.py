#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 1200

What goes wrong around the console: a full or read-only disk, no descriptors left, a clock that jumps, a database that
is locked or damaged, memory that runs short. Each time: a clear error, an intact state, and what can be served is
served. CERTBINDER_SHORTAGES=1 makes memory short at each allocation instead of at some.
"""
import hashlib
import json
import os
import pathlib
import resource
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time
import zipfile

from binding import agree, agree_on_one, prepare, shown, wait_until
from console import BUILD, Console, run_cli, sha256
from programs import Signers
from tap import comment, main, test

SHIM = BUILD / "tests" / "fault" / "fault.so"
NAMES = ("server", "server-next")
ENOSPC, EROFS = 28, 30
EVERY = int(os.environ.get("CERTBINDER_SHORTAGES", "0"))
YEAR = 365 * 86400


def shim(**more):
    env = {"LD_PRELOAD": str(SHIM), "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    env.update((key, str(value)) for key, value in more.items())
    return env


class Faulty(Console):
    """A console under the shim; `window` is the file that makes things fail while it is there."""

    def __init__(self, error=0, binary=None, **more):
        self.window = pathlib.Path(tempfile.mkdtemp(prefix="fault-")) / "now"
        self.clock = self.window.parent / "clock"
        self.env = shim(FAULT_AT=1, FAULT_ARM=self.window, FAULT_CLOCK=self.clock, **more)
        if error:
            self.env["FAULT_ERRNO"] = str(error)
        super().__init__()

    def start(self, listen=None):
        old = dict(os.environ)
        os.environ.update(self.env)
        try:
            return super().start(listen)
        finally:
            os.environ.clear()
            os.environ.update(old)

    def jump(self, seconds):
        """The clock on the wall is wrong by this, from now on."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(seconds))
        new.rename(self.clock)

    def bound(self, name):
        prepare(self)
        self.token("admin")
        self.good("POST", "/bindings", {"endpoint": "default", "cert": sha256(name)})
        agree(self, name)


def bind(console, name):
    return console.call("POST", "/bindings", {"endpoint": "default", "cert": sha256(name)}, checked=False)


def database_is_sound(folder):
    db = sqlite3.connect("file:%s?mode=ro" % (folder / "db.sqlite"), uri=True)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    verified = json.loads(run_cli(folder, "audit", "verify", "--json").out)
    assert verified["intact"], verified


def serves_while_the_disk_fails(error, words):
    with Faulty(error) as console:
        console.bound("server")
        console.window.touch()
        refused = bind(console, "server-next")
        assert refused.status >= 500 and any(w in refused.text for w in words), refused
        refused = console.call("POST", "/stores", {"name": "Later"}, checked=False)
        assert refused.status >= 500 and any(w in refused.text for w in words), refused
        assert shown(console.port) == sha256("server")
        assert console.good("GET", "/certificates")["items"]
        assert console.call("GET", "/livez", role=None).status == 200
        console.window.unlink()
        assert console.call("POST", "/stores", {"name": "Later"}).status == 201
        # a change that was begun is there in whole or not at all, and nothing is in the way of the next
        agree_on_one(console, NAMES, "after the disk failed", seconds=90)
        open_ones = [i for i in console.good("GET", "/bindings/default/history")["items"]
                     if i["state"] in ("staged", "committed")]
        for item in open_ones:
            console.good("POST", "/changes/%s/rollback" % item["id"])
        assert bind(console, "server-next").status < 300
        agree(console, "server-next")
        database_is_sound(console.folder)


@test
def a_full_disk_is_told_and_service_goes_on():
    serves_while_the_disk_fails(ENOSPC, ("disk", "space"))


@test
def a_disk_that_became_read_only_is_told_and_service_goes_on():
    serves_while_the_disk_fails(EROFS, ("ead-only", "disk", "readonly"))


@test
def a_disk_that_fills_at_any_step_of_a_command_leaves_all_or_nothing():
    with Console() as console:
        prepare(console)
        console.done("bind", "set", "--endpoint", "default", "--cert", sha256("server"))
        console.stop()
        log = console.home / "count"
        env = shim(FAULT_LOG=log)
        assert console.cli("bind", "set", "--endpoint", "default", "--cert", sha256("server-next"), env=env).status == 0
        steps = int(log.read_text())
        assert steps > 20, steps
        current, told = "server-next", 0
        for at in range(1, steps + 2, max(1, steps // 14)):
            other = NAMES[current == NAMES[0]]
            run = console.cli("bind", "set", "--endpoint", "default", "--cert", sha256(other), "--json",
                              env=shim(FAULT_AT=at, FAULT_ERRNO=ENOSPC))
            assert run.status in (0, 1, 10), (at, run)
            if run.status == 1:
                told += 1
                assert "disk" in run.out or "space" in run.out, (at, run)
            database_is_sound(console.folder)
            console.start()
            current = agree_on_one(console, NAMES, "full from step %d of %d on" % (at, steps), seconds=90)
            console.token("admin")
            for item in console.good("GET", "/bindings/default/history")["items"]:
                if item["state"] in ("staged", "committed"):
                    console.good("POST", "/changes/%s/rollback" % item["id"])
            current = agree_on_one(console, NAMES, "then tidied", seconds=90)
            console.stop()
        assert told > 3, told
        comment("%d steps, %d failures told" % (steps, told))
        console.start()


def hold(port, n):
    """Connections that have shaken hands."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for _ in range(n):
        yield context.wrap_socket(socket.create_connection(("127.0.0.1", port), 3))


def asks(conn):
    conn.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return conn.recv(4096).startswith(b"HTTP/1.1 200")


@test
def no_descriptors_left_keeps_new_ones_out_and_old_ones_served():
    with Console() as console:
        pid = console.process.pid
        first = next(hold(console.port, 1))
        first.settimeout(90)
        assert asks(first)
        was = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = max(int(fd) for fd in os.listdir("/proc/%d/fd" % pid)) + 1
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 6, was[1]))
        kept, refused = [], 0
        for _ in range(12):
            try:
                kept.extend(hold(console.port, 1))
            except (OSError, ssl.SSLError):
                refused += 1
                if refused == 2:
                    break
        assert refused == 2, "%d more were taken" % len(kept)
        assert asks(first), "an old connection is not served any more"
        ticks = os.sysconf("SC_CLK_TCK")
        stat = pathlib.Path("/proc/%d/stat" % pid)
        spent = [int(x) for x in stat.read_text().rsplit(") ", 1)[1].split()[11:13]]
        assert asks(first)
        more = [int(x) for x in stat.read_text().rsplit(") ", 1)[1].split()[11:13]]
        assert sum(more) - sum(spent) < 2 * ticks, "it spins"
        resource.prlimit(pid, resource.RLIMIT_NOFILE, was)
        for conn in kept:
            conn.close()
        wait_until(lambda: takes_a_new_one(console.port))
        assert console.call("GET", "/livez", role=None).status == 200
        assert asks(first)
        first.close()


def takes_a_new_one(port):
    try:
        return asks(next(hold(port, 1)))
    except (OSError, ssl.SSLError):
        return False


@test
def a_clock_that_jumps_forward_ends_what_was_to_be_confirmed_and_no_more():
    with Faulty() as console:
        console.bound("server")
        console.good("POST", "/bindings", {"endpoint": "default", "cert": sha256("server-next"),
                                           "confirm_within_s": 3600})
        assert shown(console.port) == sha256("server-next")
        console.jump(86400)
        wait_until(lambda: shown(console.port) == sha256("server"))
        agree(console, "server")
        console.jump(3 * YEAR)
        assert console.call("GET", "/livez", role=None).status == 200
        assert bind(console, "server-next").status < 300
        assert shown(console.port) == sha256("server-next")


@test
def a_clock_that_jumps_back_stops_nothing():
    with Faulty() as console:
        console.bound("server")
        console.jump(-2 * YEAR)
        assert bind(console, "server-next").status < 300
        agree(console, "server-next")
        console.good("POST", "/bindings", {"endpoint": "default", "cert": sha256("server"), "confirm_within_s": 3600})
        console.jump(0)
        wait_until(lambda: shown(console.port) == sha256("server-next"))
        assert json.loads(console.done("audit", "verify", "--json"))["intact"]
        console.stop()
        console.jump(-YEAR)
        console.start()
        agree(console, "server-next")


@test
def a_clock_that_jumps_back_keeps_no_change_that_nobody_confirms():
    with Faulty() as console:
        console.bound("server")
        console.good("POST", "/bindings", {"endpoint": "default", "cert": sha256("server-next"), "confirm_within_s": 5})
        console.jump(-2 * YEAR)
        wait_until(lambda: shown(console.port) == sha256("server"))
        agree(console, "server")


@test
def a_locked_database_is_told_and_reading_goes_on():
    with Console() as console:
        prepare(console)
        console.token("admin")
        holder = sqlite3.connect(console.folder / "db.sqlite", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        refused = console.refused(503, "store.busy", "POST", "/stores", {"name": "Later"})
        assert 3 < time.monotonic() - began < 30, refused
        assert console.good("GET", "/certificates")["items"]
        assert console.call("GET", "/livez", role=None).status == 200
        run = console.cli("store", "create", "Later", "--json")
        assert run.status == 1 and run.json["code"] == "store.busy", run
        holder.execute("ROLLBACK")
        assert console.call("POST", "/stores", {"name": "Later"}).status == 201
        holder.close()


def holds_all(system):
    return system["backup"] and system["backup"]["change_seq"] == system["change_seq"]


def damage(path):
    """Every page but the first, which SQLite has read already, is overwritten."""
    size = path.stat().st_size
    with open(path, "r+b") as db:
        for at in range(4096, size, 4096):
            db.seek(at)
            db.write(b"\xa5" * 2048)


@test
def a_damaged_database_is_noticed_and_the_last_good_backup_brings_it_back():
    with Console() as console:
        prepare(console)
        console.token("admin")
        assert bind(console, "server").status < 300
        console.stop()
        console.start()  # a backup at start, of what is bound now
        wait_until(lambda: holds_all(console.good("GET", "/system")))
        backups = json.loads(console.done("backup", "list", "--json"))["items"]
        last = backups[0]["name"]
        with sqlite3.connect(console.folder / "db.sqlite") as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        damage(console.folder / "db.sqlite")
        wait_until(lambda: "state.corrupt" in console.log() or "damaged" in console.log() or "malformed" in console.log(),
                   90)
        wait_until(lambda: last in console.log(), 90)
        assert shown(console.port) == sha256("server"), "what is served does not stay served"
        assert console.call("GET", "/livez", role=None).status == 200
        console.stop()
        argv = [str(BUILD / "certbinderd"), "--state-dir", str(console.folder), "--listen", "127.0.0.1:0"]
        start = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert start.returncode == 1 and last in start.stderr and "backup restore" in start.stderr, start
        run = console.cli("status", "--json")
        assert run.status == 0 or (run.json["code"] == "state.corrupt" and last in run.out), run
        run = console.cli("backup", "restore", last, "--yes", "--json")
        assert run.status == 0, run
        console.start()
        database_is_sound(console.folder)
        wait_until(lambda: shown(console.port) == sha256("server"))
        agree(console, "server")


def package(folder, version="1.0"):
    """A signed update package, and the root of its signer."""
    signers, path = Signers(), pathlib.Path(folder) / ("pattern-%s.zip" % version)
    data = os.urandom(50000)
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("pattern.dat", data)
        z.writestr("manifest.json", json.dumps({"package": "pattern", "version": version, "files": [
            {"name": "pattern.dat", "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "version": version}]}))
    signers.sign(path)
    return path, signers.pem("root")


def updates_are_whole(folder):
    """Each package listed has its file, and no file is there that none is listed for."""
    listed = json.loads(run_cli(folder, "update", "list", "--json").out)["items"]
    there = sorted(p.name for p in (folder / "PCCSRV/Pccnt/Common/updates").iterdir() if p.suffix == ".zip")
    assert there == sorted(i["sha256"] + ".zip" for i in listed), (there, listed)
    for name in there:
        raw = (folder / "PCCSRV/Pccnt/Common/updates" / name).read_bytes()
        assert hashlib.sha256(raw).hexdigest() + ".zip" == name, "a file that is not what its name says"
    return listed


@test
def memory_that_runs_short_at_any_step_breaks_nothing():
    folder = tempfile.mkdtemp(prefix="short-")
    done = subprocess.run([BUILD / "tests" / "fault" / "shortage", folder + "/state", "1" if EVERY else "97", *package(folder)],
                          capture_output=True, text=True, timeout=1150, check=False)
    comment(done.stdout)
    assert done.returncode == 0, (done.stdout[-1500:], done.stderr[-3000:])
    database_is_sound(pathlib.Path(folder) / "state")
    assert len(updates_are_whole(pathlib.Path(folder) / "state")) == 1


@test
def a_disk_that_fills_while_a_package_is_added_leaves_the_whole_package_or_none():
    with Console() as console:
        console.stop()
        path, root = package(console.home)
        console.done("cert", "import", root, "--store", "Root")
        log = console.home / "count"
        add = ["update", "add", path, "--signature", str(path) + ".p7s", "--json"]
        assert console.cli(*add, env=shim(FAULT_LOG=log)).status == 0
        steps, told = int(log.read_text()), 0
        assert steps > 8, steps
        for at in range(1, steps + 2, max(1, steps // 14)):
            for item in updates_are_whole(console.folder):
                console.done("update", "remove", item["id"], "--yes")
            run = console.cli(*add, env=shim(FAULT_AT=at, FAULT_ERRNO=ENOSPC))
            assert run.status in (0, 1, 4), (at, run)
            told += run.status != 0
            assert run.status == 0 or "disk" in run.out or "space" in run.out, (at, run)
            console.start()
            console.stop()
            # a commit whose last sync failed may be there all the same
            assert len(updates_are_whole(console.folder)) in ((1,) if run.status == 0 else (0, 1)), (at, run)
            database_is_sound(console.folder)
        assert told > 3, told


class Short(Console):
    """The console, with the Nth allocation failing; start() gives whether it came up."""

    def try_start(self, n):
        argv = [str(BUILD / "tests" / "fault" / "short-console"), "--state-dir", str(self.folder),
                "--listen", "127.0.0.1:0"]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=dict(os.environ, CERTBINDER_SHORT=str(n)))
        ready = process.stdout.readline()
        port = int(json.loads(ready)["https"][0].rsplit(":", 1)[1]) if ready else 0
        if port:
            process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert process.returncode in (0, 1), (n, process.returncode, said[-3000:])
        assert ready or "memory" in said, (n, said)
        return bool(ready)


@test
def a_start_with_memory_short_ends_clearly_or_serves():
    with Short() as console:
        prepare(console)
        console.token("admin")
        assert bind(console, "server").status < 300
        console.stop()
        came_up = gave_up = 0
        for n in range(1, 60000, 1 if EVERY else 1499):
            if console.try_start(n):
                came_up += 1
                if came_up > (2000 if EVERY else 5):
                    break
            else:
                gave_up += 1
        comment("%d starts gave up, %d came up" % (gave_up, came_up))
        assert gave_up > 3 and came_up > 3
        console.start()
        agree(console, "server")
        database_is_sound(console.folder)


if __name__ == "__main__":
    main()
