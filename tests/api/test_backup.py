#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Backups: those that the console makes by itself, and the whole console in an encrypted ZIP and back."""
import json
import pathlib
import sqlite3
import subprocess
import zipfile

from binding import shown, wait_until
from console import BUILD, PKI, SLOWER, Console, run_cli, sha256, thumbprint
from limits import limit
from tap import main, test

PASSWORD = "correct horse battery"


def password_file(console, text=PASSWORD):
    path = console.home / "password"
    path.write_text(text + "\n")
    return path


def with_certificate(console, *more):
    console.token("admin")
    secret = console.home / "pfx-password"
    secret.write_text("certbinder\n")
    run = console.cli("cert", "import", PKI / "server.pfx", "--password-file", secret, "--store", "My", *more)
    assert run.status in (0, 10), run
    console.cli("bind", "set", "--endpoint", "default", "--cert", thumbprint("server"), "--override", "test")
    assert shown(console.port) == sha256("server")


def create(console, path):
    return console.cli("backup", "create", path, "--password-file", password_file(console), "--json")


def restore(folder, console, name, password=PASSWORD):
    return run_cli(folder, "backup", "restore", name, "--password-file", password_file(console, password), "--yes",
                   "--json")


@test
def the_console_makes_one_by_itself_and_shows_it():
    with Console() as console:
        console.token("admin")
        last = wait_until(lambda: console.good("GET", "/system")["backup"])
        path = console.folder / "backups" / last["name"]
        assert path.stat().st_mode & 0o777 == 0o600
        db = sqlite3.connect("file:%s?immutable=1" % path, uri=True)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM bindings").fetchone() == (1,)
        db.close()
        assert last["name"] in console.done("backup", "list")


@test
def of_two_in_one_second_the_later_change_is_the_newer():
    with Console() as console:
        console.token("admin")
        last = wait_until(lambda: console.good("GET", "/system")["backup"])["name"]
        for number in (9, 12):
            (console.folder / "backups" / ("db-20380101T000000Z-%d.sqlite" % number)).write_bytes(
                (console.folder / "backups" / last).read_bytes())
        listed = json.loads(console.done("backup", "list", "--json"))["items"]
        assert [b["change_seq"] for b in listed[:2]] == [12, 9], listed


@test
def so_many_are_kept():
    """The oldest go when the next is made."""
    most = limit("BACKUPS_KEPT")
    with Console() as console:
        console.token("admin")
        last = wait_until(lambda: console.good("GET", "/system")["backup"])["name"]
        folder = console.folder / "backups"
        console.stop()
        for n in range(most + 1):
            (folder / ("db-2026010%dT0000%02dZ-1.sqlite" % (1 + n // 60, n % 60))).write_bytes((folder / last).read_bytes())
        (folder / last).unlink()  # the next start makes one
        oldest = sorted(x.name for x in folder.iterdir())[:2]
        console.start()
        wait_until(lambda: len(list(folder.iterdir())) == most)
        left = sorted(x.name for x in folder.iterdir())
        assert not set(oldest) & set(left) and not left[-1].startswith("db-202601"), left


@test
def a_whole_console_moves_to_another_machine():
    with Console() as console:
        with_certificate(console, "--exportable")
        path = console.home / "console.zip"
        run = create(console, path)
        assert run.status == 10 and sha256("server") not in run.json["missing"], run
        assert path.stat().st_mode & 0o777 == 0o600
    with Console(start=False) as other:
        run = restore(other.folder, console, path)
        assert run.status == 0 and run.json["kept"] is None, run
        other.start()
        assert shown(other.port) == sha256("server")
        other.tokens = console.tokens
        actions = [row["action"] for row in other.good("GET", "/audit")["items"]]
        assert "backup.restore" in actions and "backup.create" in actions, actions
        assert '"intact":true' in other.done("audit", "verify", "--json").replace(" ", "").replace("\n", "")


@test
def keys_that_may_not_leave_are_named_and_not_in_it():
    with Console() as console:
        with_certificate(console)
        path = console.home / "console.zip"
        run = create(console, path)
        assert run.status == 10 and sha256("server") in run.json["missing"], run
        scratch = [p for p in console.folder.iterdir() if p.name.startswith("backup.tmp")]
        assert not scratch, scratch
    with Console(start=False) as other:
        assert restore(other.folder, console, path).status == 0
        db = sqlite3.connect(other.folder / "db.sqlite")
        assert db.execute("SELECT count(*) FROM keys WHERE exportable = 0").fetchone() == (0,)
        db.close()
        other.start()
        other.tokens = console.tokens
        assert other.good("GET", "/system")["degraded"]


@test
def other_programs_see_an_encrypted_zip():
    with Console() as console:
        console.token("admin")
        path = console.home / "console.zip"
        create(console, path)
        with zipfile.ZipFile(path) as z:
            assert all(i.flag_bits & 1 for i in z.infolist()) and len(z.infolist()) >= 3, z.namelist()
        master = (console.folder / "master.key").read_bytes()
        out = console.home / "out"
        done = subprocess.run(["bsdtar", "--passphrase", PASSWORD, "-xf", path, "-C", console.home], check=False,
                              capture_output=True) if pathlib.Path("/usr/bin/bsdtar").exists() else None
        if done:
            assert done.returncode == 0, done.stderr
            assert master not in (console.home / "master.key.sealed").read_bytes()
        assert not out.exists() and master not in path.read_bytes()


@test
def wrong_password_damage_and_a_running_console_are_refused_and_nothing_changes():
    with Console() as console:
        console.token("admin")
        path = console.home / "console.zip"
        create(console, path)
        run = restore(console.folder, console, path)
        assert run.status == 6 and run.json["code"] == "daemon.running", run
        console.stop()
        before = (console.folder / "db.sqlite").read_bytes()
        run = restore(console.folder, console, path, "wrong")
        assert run.status == 8 and run.json["code"] == "backup.wrong_password", run
        broken = console.home / "broken.zip"
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        broken.write_bytes(raw)
        run = restore(console.folder, console, broken)
        assert run.status == 4 and run.json["code"] in ("backup.corrupt", "zip.corrupt"), run
        run = restore(console.folder, console, "db-20000101T000000Z-1.sqlite")
        assert run.status == 3, run
        run = restore(console.folder, console, "../db.sqlite")
        assert run.status != 0, run
        assert (console.folder / "db.sqlite").read_bytes() == before
        console.start()


@test
def one_of_its_own_brings_back_what_was_there():
    with Console() as console:
        console.token("admin")
        last = wait_until(lambda: console.good("GET", "/system")["backup"])
        console.done("store", "create", "Later")
        console.stop()
        run = run_cli(console.folder, "backup", "restore", last["name"], "--yes", "--json")
        assert run.status == 0 and (console.folder / "backups" / run.json["kept"]).exists(), run
        assert "Later" not in console.done("store", "list")
        again = run_cli(console.folder, "backup", "restore", run.json["kept"], "--yes", "--json")
        assert again.status == 0 and "Later" in console.done("store", "list"), again
        console.start()


@test
def backups_that_are_made_at_once_are_each_whole():
    with Console() as console:
        with_certificate(console, "--exportable")
        paths = [console.home / ("%d.zip" % n) for n in range(4)]
        secret = password_file(console)
        runs = [subprocess.Popen([BUILD / "certbinder", "--state-dir", console.folder, "backup", "create", path, "--password-file",
                                  secret], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for path in paths]
        for run in runs:
            said = run.communicate(timeout=120 * SLOWER)[0]
            assert run.returncode == 10, said
    for path in paths:
        other = Console(start=False)
        run = restore(other.folder, console, path)
        assert run.status == 0, run
        assert sha256("server") in other.done("cert", "list", "--json")


@test
def nothing_is_put_in_place_of_a_database_that_a_program_has_open():
    with Console() as console:
        console.token("admin")
        path = console.home / "console.zip"
        create(console, path)
        console.stop()
        db = sqlite3.connect(console.folder / "db.sqlite")
        db.execute("SELECT count(*) FROM bindings").fetchone()
        run = restore(console.folder, console, path)
        assert run.status == 1 and run.json["code"] == "store.busy", run
        db.close()
        run = restore(console.folder, console, path)
        assert run.status == 0, run
        console.start()


@test
def a_console_whose_database_is_gone_or_empty_is_not_made_anew():
    with Console() as console:
        console.token("admin")
        last = wait_until(lambda: console.good("GET", "/system")["backup"])
        console.stop()
        for lose in (lambda: None, (console.folder / "db.sqlite").touch):
            for path in console.folder.glob("db.sqlite*"):
                path.unlink()
            lose()
            start = subprocess.run([BUILD / "certbinderd", "--state-dir", console.folder, "--listen", "127.0.0.1:0"],
                                   capture_output=True, text=True, timeout=60 * SLOWER, check=False)
            assert start.returncode == 1 and last["name"] in start.stderr, start
            run = console.cli("token", "create", "--name", "x", "--role", "admin", "--json")
            assert run.status == 1 and run.json["code"] == "state.corrupt", run
            assert last["name"] in console.done("backup", "list")
            run = run_cli(console.folder, "backup", "restore", last["name"], "--yes", "--json")
            assert run.status == 0, run
        console.start()


if __name__ == "__main__":
    main()
