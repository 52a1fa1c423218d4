#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Files from outside are read in a process of their own: what it has, and what happens when it ends."""
# timeout-seconds: 600
import base64
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from binding import wait_until  # noqa: E402
from console import BUILD, PKI, Console, built_for, is_sanitized  # noqa: E402
from memory import hits  # noqa: E402
from tap import comment, main, skip_unless, test  # noqa: E402

PASSWORD = "certbinder"
ROUNDS = 3000000  # seconds to open: time enough to look at who does it
work = None


def before():
    global work
    work = pathlib.Path(tempfile.mkdtemp(prefix="reader-"))
    (work / "pw").write_text(PASSWORD)
    subprocess.run(["openssl", "pkcs12", "-export", "-inkey", PKI / "server.key", "-in", PKI / "server.crt", "-passout",
                    "pass:" + PASSWORD, "-iter", str(ROUNDS), "-out", work / "slow.pfx"], check=True, capture_output=True)


def after():
    shutil.rmtree(work, ignore_errors=True)


def children(pid):
    found = set()
    try:
        for task in pathlib.Path("/proc/%d/task" % pid).iterdir():
            found |= {int(child) for child in (task / "children").read_text().split()}
    except (FileNotFoundError, ProcessLookupError):
        pass  # a thread or a process that has just ended
    return found


def maker_of(pid):
    """The one process that a program of ours has for this."""
    there = [child for child in children(pid) if status_of(child)["Name"] == "file readers"]
    assert len(there) == 1, there
    return there[0]


def reader_of(pid):
    end = time.monotonic() + 90
    while time.monotonic() < end:
        for maker in children(pid):
            there = children(maker)
            if there:
                return there.pop()
    raise AssertionError("no reader came")


def status_of(pid):
    text = pathlib.Path("/proc/%d/status" % pid).read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def is_over(pid):
    """It is gone, or no more than remembered: its files are closed."""
    try:
        return status_of(pid)["State"][0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def limit_of(pid, name):
    for line in open("/proc/%d/limits" % pid):
        if line.startswith(name):
            return line[len(name):].split()[0]
    raise AssertionError(name)


class Import:
    """An import over REST that takes its time."""

    def __init__(self, console):
        self.console = console
        console.token("admin")
        self.thread = threading.Thread(target=self.run)

    def run(self):
        body = {"file": base64.b64encode((work / "slow.pfx").read_bytes()).decode(), "password": PASSWORD}
        self.answer = self.console.call("POST", "/certificates/import", body=body)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *why):
        self.thread.join(120)


def n_certificates(console):
    return len(console.good("GET", "/certificates")["items"])


@test
def a_reader_has_its_socket_and_a_filter_and_nothing_else():
    skip_unless(not built_for("tsan"), "ThreadSanitizer makes system calls that the filter refuses: it is built without")
    with Console() as console, Import(console) as slow:
        pid = reader_of(console.process.pid)
        seen = status_of(pid)
        while seen["Seccomp"] != "2":  # it has just been born
            seen = status_of(pid)
        os.kill(pid, signal.SIGSTOP)  # until it has been looked at
        assert seen["NoNewPrivs"] == "1", seen
        kinds = {fd: os.readlink("/proc/%d/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%d/fd" % pid)}
        assert kinds.pop("0").startswith("socket:"), kinds
        assert not set(kinds) - ({"1", "2"} if is_sanitized() else set()), kinds
        assert limit_of(pid, "Max open files") == "0"
        assert limit_of(pid, "Max file size") == "0"
        assert limit_of(pid, "Max cpu time") == "60"
        assert is_sanitized() or limit_of(pid, "Max address space") == str(1 << 30)
        os.kill(pid, signal.SIGCONT)
    assert slow.answer.status == 201, slow.answer


@test
def a_reader_that_dies_is_a_refusal_and_the_console_goes_on():
    with Console() as console:
        there = n_certificates(console)
        with Import(console) as slow:
            os.kill(reader_of(console.process.pid), signal.SIGKILL)
        assert (slow.answer.status, slow.answer.code) == (422, "file.reader_stopped"), slow.answer
        assert n_certificates(console) == there
        console.good("POST", "/certificates/import", form={"file": "@%s" % (PKI / "server.crt")})
        assert n_certificates(console) == there + 1


@test
def the_command_line_reads_in_such_a_process_too():
    with Console() as console:
        run = subprocess.Popen([str(BUILD / "certbinder"), "--state-dir", str(console.folder), "cert", "import",
                                str(work / "slow.pfx"), "--password-file", str(work / "pw"), "--dry-run", "--json"],
                               stdout=subprocess.PIPE, text=True)
        os.kill(reader_of(run.pid), signal.SIGKILL)
        out = run.communicate(timeout=60)[0]
        assert run.returncode == 4, out
        assert '"file.reader_stopped"' in out, out


@test
def neither_reader_nor_its_maker_ever_had_the_master_key():
    skip_unless(os.geteuid() == 0, "only root looks into other processes")
    if is_sanitized():
        comment("the sanitizer reserves more memory than can be looked through")
        return
    with Console() as console:
        key = (console.folder / "master.key").read_bytes()
        wanted = [key, base64.b64decode(key)] if len(key) > 40 else [key]
        assert any(hits(console.process.pid, wanted)), "the console itself must have it"
        maker = maker_of(console.process.pid)
        assert not hits(maker, wanted)
        with Import(console):
            reader = reader_of(console.process.pid)
            os.kill(reader, signal.SIGSTOP)
            assert not hits(reader, wanted)
            os.kill(reader, signal.SIGCONT)


@test
def without_the_maker_files_are_refused_and_the_console_goes_on():
    with Console() as console:
        maker = maker_of(console.process.pid)
        os.kill(maker, signal.SIGKILL)
        wait_until(lambda: is_over(maker))  # until then it can be asked, and ends without an answer
        form = {"file": "@%s" % (PKI / "server.crt")}
        console.refused(503, "file.reader_gone", "POST", "/certificates/import", form=form)
        console.good("GET", "/certificates")


@test
def the_maker_ends_with_the_console():
    console = Console()
    maker = maker_of(console.process.pid)
    console.stop(signal.SIGKILL)
    wait_until(lambda: is_over(maker))
    comment("gone")


if __name__ == "__main__":
    if "CERTBINDER_UNDER" in os.environ:  # it looks at the processes themselves: their filters, limits and descriptors
        print("1..0 # skip a tool in front of the console is another process")
        sys.exit(0)
    main(before, after)
