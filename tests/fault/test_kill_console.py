#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 900

kill -9 in the console and in the command line while a change is made: over REST (the console dies), by the command
line with the console up, and with it down (the command dies). Points are spread over all steps of a change and then
drawn at random; CERTBINDER_CONSOLE_KILLS sets their number a way. What is served afterwards is asked by handshakes.
"""
import json
import os
import pathlib
import random
import signal
import subprocess
import tempfile

from binding import agree_on_one, prepare, shown
from console import BUILD, Console, sha256, thumbprint
from tap import comment, main, test

SHIM = BUILD / "tests" / "fault" / "fault.so"
KILLS = int(os.environ.get("CERTBINDER_CONSOLE_KILLS", "14"))
SEED = int(os.environ.get("CERTBINDER_SEED", "20261122"))
NAMES = ("server", "server-next")


def shim(at=0, arm=None, log=None, torn=False):
    env = {"LD_PRELOAD": str(SHIM), "FAULT_AT": str(at), "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    if arm:
        env["FAULT_ARM"] = str(arm)
    if log:
        env["FAULT_LOG"] = str(log)
    if torn:
        env["FAULT_TORN"] = "1"
    return env


def points(steps, seed):
    """Half of them spread over the steps of a change, half at random."""
    dice = random.Random(seed)
    spread = [1 + i * steps // (KILLS - KILLS // 2) for i in range(KILLS - KILLS // 2)]
    return [(at, dice.random() < 0.5) for at in spread + [dice.randrange(1, steps + 10) for _ in range(KILLS // 2)]]


def other(port):
    return NAMES[0] if shown(port) == sha256(NAMES[1]) else NAMES[1]


class Shimmed(Console):
    """A console under the shim, which counts once the file `arm` is there."""

    def start(self, listen=None, at=0, torn=False, log=None):
        self.arm = pathlib.Path(tempfile.mkdtemp(prefix="arm-")) / "now"
        old = dict(os.environ)
        os.environ.update(shim(at, self.arm, log, torn))
        try:
            return super().start(listen)
        finally:
            os.environ.clear()
            os.environ.update(old)

    def bind_by_rest(self, name):
        """True: it was done. The console may die on the way."""
        body = json.dumps({"endpoint": "default", "cert": sha256(name)})
        done = subprocess.run(["curl", "--silent", "--insecure", "--max-time", "60", "-X", "POST",
                               "-H", "Authorization: Bearer " + self.tokens["admin"],
                               "-H", "Content-Type: application/json", "--data-binary", body, "-w", "%{http_code}",
                               "https://127.0.0.1:%d/api/v1/bindings" % self.port], capture_output=True, check=False)
        return done.stdout.endswith(b"200")

    def over(self):
        status = self.process.wait(30)
        self.process.stdout.close()
        self.errors.close()
        self.process = None
        return status


@test
def the_console_is_killed_while_it_makes_a_change():
    with Shimmed() as console:
        prepare(console)
        console.token("admin")
        assert console.bind_by_rest("server")
        console.stop()
        log = console.home / "count"
        console.start(log=log)
        console.arm.touch()
        assert console.bind_by_rest(other(console.port))
        assert console.stop() == 0
        steps = int(log.read_text())
        assert steps > 20, "only %d steps were counted: the shim does not work" % steps
        killed = 0
        for at, torn in points(steps, SEED):
            console.start(at=at, torn=torn)
            name = other(console.port)
            console.arm.touch()
            console.bind_by_rest(name)
            # it may get through, when the log or the keeper wrote less than in the first run
            if console.process.poll() is None:
                console.process.send_signal(signal.SIGKILL)
            killed += console.over() == -signal.SIGKILL
            Console.start(console)
            agree_on_one(console, NAMES, "killed at %d of %d%s" % (at, steps, ", torn" if torn else ""))
            console.stop()
        comment("%d of %d steps killed the console" % (killed, steps))
        Console.start(console)


def command(console, name, **env):
    argv = [str(BUILD / "certbinder"), "--state-dir", str(console.folder), "bind", "set", "--endpoint", "default",
            "--cert", thumbprint(name), "--json"]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ, **env))


def count_of_command(console, name):
    log = console.home / "count"
    done = command(console, name, **shim(log=log))
    assert done.returncode == 0, done
    return int(log.read_text())


@test
def the_command_is_killed_with_the_console_down():
    with Console() as console:
        prepare(console)
        assert command(console, "server").returncode == 0
        console.stop()
        steps = count_of_command(console, "server-next")
        assert steps > 20, steps
        current = "server-next"
        for at, torn in points(steps, SEED + 1):
            done = command(console, NAMES[0] if current == NAMES[1] else NAMES[1], **shim(at, torn=torn))
            assert done.returncode in (0, -signal.SIGKILL), done
            console.start()
            current = agree_on_one(console, NAMES, "killed at %d of %d" % (at, steps))
            console.stop()
        console.start()


@test
def the_command_is_killed_with_the_console_up():
    with Console() as console:
        prepare(console)
        assert command(console, "server").returncode == 0
        steps = count_of_command(console, "server-next")
        for at, torn in points(steps, SEED + 2):
            done = command(console, other(console.port), **shim(at, torn=torn))
            assert done.returncode in (0, -signal.SIGKILL, 6), done
            # without any start: the console itself notices what it was not told, and finishes it
            agree_on_one(console, NAMES, "killed at %d of %d" % (at, steps), seconds=90)
            for item in console.good("GET", "/bindings/default/history", role="admin")["items"]:
                if item["state"] == "committed":
                    console.good("POST", "/changes/" + item["id"] + "/rollback")


if __name__ == "__main__":
    main()
