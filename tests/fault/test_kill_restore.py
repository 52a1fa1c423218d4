#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

kill -9 while the backup of another machine, with its own master key, is put in place: afterwards there is the one console
or the other, each with the key that opens its private keys, and the next restore is none the worse for it.
"""
import os
import shutil
import tempfile

from authority import SERVER_AUTH, Cert
from console import BUILD, Console, run_cli
from tap import comment, main, test

SHIM = BUILD / "tests" / "fault" / "fault.so"
PASSWORD = "correct horse battery"


def shim(**more):
    env = {"LD_PRELOAD": str(SHIM), "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}
    env.update((key, str(value)) for key, value in more.items())
    return env


class Machine:
    """A console that was run once and holds a certificate with its key."""

    def __init__(self, name):
        self.cert, self.console = Cert(name, eku=(SERVER_AUTH,)), Console()
        self.folder, self.home = self.console.folder, self.console.home
        pem = self.home / "pem"
        pem.write_text(self.cert.pem + self.cert.key.path.read_text())
        self.console.done("cert", "import", pem, "--store", "My", "--exportable")
        self.console.stop()
        self.password = self.home / "password"
        self.password.write_text(PASSWORD + "\n")
        self.zip = self.home / "console.zip"
        run = run_cli(self.folder, "backup", "create", self.zip, "--password-file", self.password)
        assert run.status == 10, run


def opens_its_key(folder, machine):
    """True: this machine's console is there, and gives the key out. False: another one."""
    out = tempfile.mkdtemp(prefix="out-") + "/key.pfx"
    run = run_cli(folder, "cert", "export", machine.cert.sha256, "--format", "pfx", "--out", out, "--password-file",
                  machine.password)
    assert run.status in (0, 3), run
    return run.status == 0


def restore(folder, machine, **env):
    return run_cli(folder, "backup", "restore", machine.zip, "--password-file", machine.password, "--yes", env=env)


@test
def a_restore_that_is_killed_at_any_step_leaves_one_console_whole():
    here, there, third = Machine("here"), Machine("there"), Machine("third")
    kept = here.home / "kept"
    shutil.copytree(here.folder, kept, ignore=lambda _, names: [n for n in names if n.endswith(".sock")])
    log = here.home / "count"
    assert restore(here.folder, there, **shim(FAULT_LOG=log)).status == 0
    steps, new = int(log.read_text()), 0
    assert steps > 20, steps
    for at in range(1, steps + 1, 2):
        shutil.rmtree(here.folder)
        shutil.copytree(kept, here.folder)
        run = restore(here.folder, there, **shim(FAULT_AT=at))
        assert run.status == -9, (at, run)
        is_new, is_old = opens_its_key(here.folder, there), opens_its_key(here.folder, here)
        assert is_new != is_old, (at, is_new, is_old)
        new += is_new
        if at % 5 == 0:
            with here.console.start() as console:
                assert opens_its_key(here.folder, there) == is_new, at
                left = [n for n in os.listdir(here.folder) if ".tmp" in n or "next" in n]
                assert not left and console.cli("audit", "verify").status == 0, (at, left)
        run = restore(here.folder, third)
        assert run.status == 0 and opens_its_key(here.folder, third), (at, run)
    comment("%d steps, restored after %d kills" % (steps, new))
    assert new


if __name__ == "__main__":
    main()
