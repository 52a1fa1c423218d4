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
import socket
import ssl
import tempfile

from binding import wait_until
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


def connected(console):
    context = ssl._create_unverified_context()
    return context.wrap_socket(socket.create_connection(("127.0.0.1", console.port), 60))


class Upload:
    """A form on its way, piece by piece."""
    head, end = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n', b"\r\n--x--\r\n"

    def __init__(self, console, size):
        self.conn = connected(console)
        self.conn.sendall(b"POST /api/v1/updates HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nContent-Type: "
                          b"multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n" % (
                              console.port, console.token("admin").encode(), len(self.head) + size + len(self.end)) + self.head)


def on_disk(console):
    """How much of uploads lies in files without a name."""
    return sum(sizes_on_disk(console))


def sizes_on_disk(console):
    sizes = []
    for fd in pathlib.Path("/proc/%d/fd" % console.process.pid).iterdir():
        try:
            if "(deleted)" in os.readlink(fd) and "/tmp/" in os.readlink(fd):
                sizes.append(fd.stat().st_size)
        except OSError:
            pass  # closed meanwhile
    return sizes


@test
def small_forms_find_room_beside_the_large_uploads_that_there_may_be():
    console = Console()
    try:
        console.done("cert", "import", M.path("root.pem"), "--store", "Root")
        large = [Upload(console, 2 << 20) for _ in range(2)]
        for upload in large:
            upload.conn.sendall(os.urandom((1 << 20) + 4096))
        wait_until(lambda: on_disk(console) >= (2 << 20) - 8192)
        path = M.package("beside", "1")
        form = {"file": "@%s" % path, "signature": "@%s" % M.sign(path)}
        answer = console.call("POST", "/updates", form=form)
        assert answer.status == 201, answer
        path = M.big(1, "third")
        form = {"file": "@%s" % path, "signature": "@%s" % M.sign(path)}
        answer = console.call("POST", "/updates", form=form)
        assert answer.status == 503 and answer.code == "busy", answer
        for upload in large:
            upload.conn.close()
        wait_until(lambda: not on_disk(console))
        assert console.call("POST", "/updates", form=form).status == 201
    finally:
        console.stop()


@test
def an_upload_may_take_long_while_it_goes_on_and_not_when_it_stands_still():
    uptime = pathlib.Path(tempfile.mkdtemp(prefix="fault-")) / "uptime"
    console = Console(start=False)
    os.environ.update(shim(FAULT_UPTIME=uptime))
    try:
        console.start()
    finally:
        for name in shim(FAULT_UPTIME=uptime):
            os.environ.pop(name)

    def age(seconds):
        uptime.with_suffix(".new").write_text(str(seconds))
        uptime.with_suffix(".new").rename(uptime)

    piece, pieces = os.urandom((1 << 20) + 4096), 6
    try:
        console.token("admin")
        slow, still = Upload(console, pieces * len(piece)), Upload(console, 2 << 20)
        still.conn.sendall(piece)
        wait_until(lambda: on_disk(console) >= (1 << 20) - 4096)  # it stands still amid its file
        # requests that stand still on every worker: when they are let go, every worker has looked
        waiting = [connected(console) for _ in range(12)]
        for conn in waiting:
            conn.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 9\r\n\r\n{" % console.port)
        for n in range(1, pieces):
            slow.conn.sendall(piece)
            # the part's head and what may be a delimiter stay in memory
            wait_until(lambda n=n: max(sizes_on_disk(console), default=0) >= (n << 20) - 8192)
            age(7 * n)  # 35 s in all, and the machine may stand still for 20 between two pieces
        for conn in waiting + [still.conn]:
            with conn:
                assert b" 408 " in conn.recv(4096)
        slow.conn.sendall(piece + slow.end)
        answer = slow.conn.recv(65536)
        assert answer.startswith(b"HTTP/1.1 400 ") and b"'signature' is missing" in answer, answer
    finally:
        console.stop()


try:
    main()
finally:
    shutil.rmtree(M.home)
