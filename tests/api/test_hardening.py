#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""What the running console may still do: its user, capabilities, ports, filter, and what the service manager sees."""
# timeout-seconds: 600
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from console import BUILD, PKI, SOURCE, Console, built_for, run_cli, sha256  # noqa: E402
from tap import comment, main, skip_unless, test  # noqa: E402
from tree import owners  # noqa: E402

NOBODY = 65534
NET_BIND = "0000000000000400"  # CAP_NET_BIND_SERVICE alone
WAIT_S = 90


def root_only():
    skip_unless(os.geteuid() == 0, "only root starts for others")
    skip_unless("CERTBINDER_UNDER" not in os.environ, "a tool in front of the console would change its user too")
    skip_unless(not built_for("tsan"), "ThreadSanitizer makes system calls that the filter refuses: it is built without")


def status_of(pid):
    text = pathlib.Path("/proc/%d/status" % pid).read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def folder_in_reach():
    """The runner's own folder for temporary files is closed to others."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hardening-", dir="/tmp"))
    folder.chmod(0o755)
    return folder


class Nobodys(Console):
    """A console that root starts for somebody else."""

    def __init__(self, *args, owned=False):
        self.outer = folder_in_reach()
        if owned:
            (self.outer / "state").mkdir(0o700)
            os.chown(self.outer / "state", NOBODY, NOBODY)
        super().__init__(*args, folder=self.outer / "state")

    def __exit__(self, *why):
        super().__exit__(*why)
        shutil.rmtree(self.outer)


def free_low_port():
    for port in range(900, 1024):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no port below 1024 is free")


def check_is_nobodys(console):
    seen = status_of(console.process.pid)
    assert set(seen["Uid"].split()) == {str(NOBODY)}, seen
    assert set(seen["Gid"].split()) == {str(NOBODY)}, seen
    assert seen["CapEff"] == seen["CapPrm"] == seen["CapBnd"] == NET_BIND, seen
    assert seen["CapInh"] == "0" * 16, seen
    assert seen["NoNewPrivs"] == "1" and seen["Seccomp"] == "2", seen
    assert owners(console.folder) == {NOBODY}, owners(console.folder)


@test
def becomes_the_user_that_is_named_and_goes_on_opening_low_ports():
    root_only()
    with Nobodys("--user", "nobody") as console:
        check_is_nobodys(console)
        assert b"<title>certbinder" in console.curl().body
        port = free_low_port()
        console.done("cert", "import", PKI / "server.crt")
        form = {"file": "@%s" % (PKI / "server.pfx"), "password": "certbinder", "store": "My"}
        console.good("POST", "/certificates/import", form=form)
        console.done("bind", "set", "--endpoint", "127.0.0.1:%d:" % port, "--cert", sha256("server"), "--override", "test")
        with socket.create_connection(("127.0.0.1", port), 90):
            comment("port %d" % port)


@test
def becomes_the_owner_of_the_state_directory():
    root_only()
    with Nobodys(owned=True) as console:
        check_is_nobodys(console)


@test
def the_command_line_of_root_leaves_nothing_of_roots_behind():
    root_only()
    with Nobodys("--user", "nobody") as console:
        console.done("cert", "import", PKI / "server.crt")
        console.stop()
        assert console.done("cert", "list")
        console.start()
        check_is_nobodys(console)


@test
def serves_pages_that_only_root_can_reach():
    root_only()
    hidden = pathlib.Path(tempfile.mkdtemp(prefix="hardening-"))  # 0700
    shutil.copytree(BUILD / "console", hidden / "www")
    (hidden / "c.ini").write_text("[paths]\nwww_dir = %s\n" % (hidden / "www"))
    with Nobodys("--user", "nobody", "--config", str(hidden / "c.ini")) as console:
        check_is_nobodys(console)
        assert b"<title>certbinder" in console.curl().body
    shutil.rmtree(hidden)


@test
def root_that_stays_root_is_left_two_capabilities():
    root_only()
    with Console() as console:
        seen = status_of(console.process.pid)
        assert int(seen["CapEff"], 16) == int(seen["CapBnd"], 16) == 1 << 10 | 1 << 1, seen
        assert seen["NoNewPrivs"] == "1" and seen["Seccomp"] == "2", seen


def refusal_of(*args):
    run = subprocess.run([str(BUILD / "certbinderd"), *args], capture_output=True, text=True, timeout=60, check=False)
    return run.returncode, run.stderr


@test
def says_which_user_there_is_not():
    root_only()
    code, said = refusal_of("--state-dir", "/nowhere/s", "--user", "no-such-user")
    assert code == 3 and "no-such-user" in said, (code, said)


@test
def a_folder_that_others_write_to_is_not_handed_over():
    root_only()
    outer = folder_in_reach()
    folder = outer / "s"
    folder.mkdir()
    folder.chmod(0o777)
    code, said = refusal_of("--state-dir", str(folder), "--user", "nobody")
    assert code == 2 and "written by others" in said, (code, said)
    assert folder.stat().st_uid == 0
    shutil.rmtree(outer)


# ---- the service manager ----

def environment(**more):
    return dict(os.environ, **more)


def stop(process):
    process.send_signal(signal.SIGTERM)
    assert process.wait(WAIT_S) == 0


@test
def takes_the_socket_that_systemd_opened_for_the_first_listener():
    skip_unless(shutil.which("systemd-socket-activate"), "there is no systemd-socket-activate")
    home = pathlib.Path(tempfile.mkdtemp(prefix="hardening-"))
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with open(home / "out", "w+") as out, open(home / "err", "w+") as err:
        process = subprocess.Popen(["systemd-socket-activate", "-l", "127.0.0.1:%d" % port, str(BUILD / "certbinderd"),
                                    "--state-dir", str(home / "state"), "--listen", "127.0.0.1:1"],
                                   stdout=out, stderr=err)
        # the first connection starts it, and is answered by it
        done = subprocess.run(["curl", "--silent", "--show-error", "--insecure", "--retry", "60", "--retry-connrefused",
                               "--retry-delay", "1", "--max-time", "60", "-o", "/dev/null", "-w", "%{http_code}",
                               "https://127.0.0.1:%d/livez" % port],
                              capture_output=True, text=True, check=False)
        assert done.stdout.endswith("200"), (done, (home / "err").read_text())
        end = time.monotonic() + WAIT_S
        while not (said := (home / "out").read_text()).endswith("\n"):  # it may be answered before that is said
            assert time.monotonic() < end, (home / "err").read_text()
        ready = json.loads(said)
        assert ready["https"] == ["127.0.0.1:%d" % port], ready
        listed = run_cli(home / "state", "bind", "list", "--json")
        assert '"%s"' % ready["https"][0] in listed.out or str(port) in listed.out, listed
        many = [subprocess.run(["curl", "--silent", "--insecure", "-o", "/dev/null", "-w", "%{http_code}",
                                "https://127.0.0.1:%d/livez" % port], capture_output=True, text=True, check=False).stdout
                for _ in range(10)]
        assert many == ["200"] * 10, many
        stop(process)
    shutil.rmtree(home)


@test
def tells_the_service_manager_of_start_life_and_end():
    home = pathlib.Path(tempfile.mkdtemp(prefix="hardening-"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(home / "notify"))
        manager.settimeout(WAIT_S)
        with open(home / "err", "w+") as err:
            process = subprocess.Popen([str(BUILD / "certbinderd"), "--state-dir", str(home / "state"), "--listen",
                                        "127.0.0.1:0"], stdout=subprocess.DEVNULL, stderr=err,
                                       env=environment(NOTIFY_SOCKET=str(home / "notify"), WATCHDOG_USEC="400000"))
            first = manager.recv(4096).decode()
            assert first.startswith("READY=1\n"), first
            assert [manager.recv(4096) for _ in range(3)] == [b"WATCHDOG=1"] * 3
            process.send_signal(signal.SIGTERM)
            said = b""
            while not said.startswith(b"STOPPING=1"):
                said = manager.recv(4096)
            assert process.wait(WAIT_S) == 0
    shutil.rmtree(home)


@test
def the_watchdog_of_another_process_is_left_alone():
    home = pathlib.Path(tempfile.mkdtemp(prefix="hardening-"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, open(home / "err", "w+") as err:
        manager.bind(str(home / "notify"))
        manager.settimeout(WAIT_S)
        process = subprocess.Popen([str(BUILD / "certbinderd"), "--state-dir", str(home / "state"), "--listen",
                                    "127.0.0.1:0"], stdout=subprocess.DEVNULL, stderr=err,
                                   env=environment(NOTIFY_SOCKET=str(home / "notify"), WATCHDOG_USEC="200000",
                                                   WATCHDOG_PID="1"))
        assert manager.recv(4096).startswith(b"READY=1")
        manager.settimeout(1)
        try:
            raise AssertionError("the watchdog of another process is none of ours: %r" % manager.recv(4096))
        except socket.timeout:
            stop(process)
    shutil.rmtree(home)


def rating(unit):
    run = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
                         capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for \S+ ([0-9.]+)", run.stdout)
    assert found, run
    return float(found.group(1))


@test
def the_units_are_rated_one_and_a_half_or_better():
    skip_unless(shutil.which("systemd-analyze"), "there is no systemd-analyze")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hardening-"))
    for name, source in (("certbinder", "certbinderd"), ("certbinder-agentd", "agentd")):
        text = (SOURCE / "src" / source / (name + ".service.in")).read_text().replace("@bindir@", "/usr/bin")
        (folder / (name + ".service")).write_text(text)
        level = rating(folder / (name + ".service"))
        comment("note: %s.service: exposure %.1f" % (name, level))
        assert level <= 1.5, level
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
