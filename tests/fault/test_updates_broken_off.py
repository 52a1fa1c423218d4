#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

A package that is being taken in while the disk is full, or while the command is killed: it is there whole, or not at all.
"""
import hashlib
import os
import pathlib
import shutil
import tempfile

from console import BUILD, Console
from packages import Maker
from tap import comment, main, test

SHIM = BUILD / "tests" / "fault" / "fault.so"
ENOSPC = 28
M = Maker()


def shim(**more):
    env = {"LD_PRELOAD": str(SHIM), "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    env.update((key, str(value)) for key, value in more.items())
    return env


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def folder(console):
    return console.folder / "PCCSRV/Pccnt/Common/updates"


def whole_or_nothing(console, path, p7s):
    """After a start: what is listed lies there byte for byte, and nothing else does. True: it is listed."""
    console.start()
    try:
        listed = console.good("GET", "/updates")["items"]
        assert len(listed) <= 1
        files = {f: (folder(console) / f).read_bytes() for f in os.listdir(folder(console))} if folder(console).exists() else {}
        if not listed:
            assert not files, files.keys()
            return False
        name = listed[0]["sha256"]
        assert listed[0]["check"]["good"] and name == digest(path), listed
        assert files == {name + ".zip": path.read_bytes(), name + ".p7s": p7s.read_bytes()}, files.keys()
        return True
    finally:
        console.stop()


def steps_of(console, *args):
    log = console.home / "count"
    run = console.cli("update", "add", *args, env=shim(FAULT_LOG=log))
    assert run.status == 0, run
    return int(log.read_text())


def ready_console():
    console = Console()
    console.done("cert", "import", M.path("root.pem"), "--store", "Root")
    console.stop()
    return console


def forget(console):
    console.done("update", "remove", "--yes", str(console.cli("update", "list", "--json").json["items"][0]["id"]))


@test
def a_command_that_is_killed_at_any_step_leaves_all_or_nothing():
    console = ready_console()
    path = M.package("killed", "1")
    p7s = M.sign(path)
    steps = steps_of(console, path, "--signature", p7s)
    forget(console)
    kept = 0
    for at in range(1, steps + 1, max(1, steps // 12)):
        run = console.cli("update", "add", path, "--signature", p7s, env=shim(FAULT_AT=at))
        assert run.status == -9, (at, run)
        if whole_or_nothing(console, path, p7s):
            kept += 1
            forget(console)
    comment("%d steps, whole after %d kills" % (steps, kept))


@test
def a_disk_that_fills_at_any_step_is_told_and_leaves_all_or_nothing():
    console = ready_console()
    path = M.package("full", "1")
    p7s = M.sign(path)
    steps = steps_of(console, path, "--signature", p7s)
    forget(console)
    for at in range(1, steps + 1, max(1, steps // 12)):
        run = console.cli("update", "add", path, "--signature", p7s, "--json", env=shim(FAULT_AT=at, FAULT_ERRNO=ENOSPC))
        assert run.status in (0, 1, 10), (at, run)
        assert run.status != 1 or "disk" in run.out or "space" in run.out, (at, run)
        there = whole_or_nothing(console, path, p7s)
        assert there == (run.status != 1), (at, run)
        if there:
            forget(console)


@test
def an_upload_onto_a_full_disk_is_refused_with_507():
    window = pathlib.Path(tempfile.mkdtemp(prefix="fault-")) / "now"
    console = Console(start=False)
    os.environ.update(shim(FAULT_AT=1, FAULT_ARM=window, FAULT_ERRNO=ENOSPC))
    try:
        console.start()
    finally:
        for name in shim(FAULT_AT=1, FAULT_ARM=window, FAULT_ERRNO=ENOSPC):
            os.environ.pop(name)
    try:
        console.done("cert", "import", M.path("root.pem"), "--store", "Root")
        console.token("admin")
        small, large = M.package("small", "1"), M.big(3)
        for path in (small, large):
            p7s = M.sign(path)
            form = {"file": "@%s" % path, "signature": "@%s" % p7s}
            window.touch()
            answer = console.call("POST", "/updates", form=form, checked=False)
            assert answer.status == 507 and answer.code == "disk.full", answer
            window.unlink()
            assert not folder(console).exists() or not os.listdir(folder(console))
            assert console.call("POST", "/updates", form=form).status == 201
            console.good("DELETE", "/updates/" + console.good("GET", "/updates")["items"][0]["id"], match=True)
    finally:
        console.stop()


try:
    main()
finally:
    shutil.rmtree(M.home)
