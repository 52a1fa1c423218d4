#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Limits of files that the command line takes: the largest is looked into, one byte more is refused unread."""
# timeout-seconds: 600
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from console import Console  # noqa: E402
from limits import limit  # noqa: E402
from tap import main, test  # noqa: E402

console = None


def refusals(name, *args):
    """What is said of a file of zeros as large as may be, and of one that is a byte larger."""
    most, said = limit(name), []
    for n in (most, most + 1):
        path = pathlib.Path(tempfile.mkdtemp(prefix="limits-")) / "file"
        with path.open("wb") as f:
            f.truncate(n)
        run = console.cli(*[str(path) if a == "FILE" else a for a in args])
        assert run.status != 0, run
        said.append(run.err)
        path.unlink()
    assert "larger than %d bytes" % most in said[1] and "larger than" not in said[0], said


def password_file():
    path = console.home / "password"
    path.write_text("long enough password\n")
    return str(path)


@test
def bytes_of_a_backup_of_authentication_keys():
    refusals("AUTHENTICATION_BACKUP_MAX", "key", "restore", "FILE", "--password-file", password_file(), "--yes")


@test
def bytes_of_a_backup_of_the_console():
    refusals("CONSOLE_BACKUP_MAX_BYTES", "backup", "restore", "FILE", "--password-file", password_file(), "--yes")


@test
def bytes_of_a_file_of_required_roots():
    refusals("REQUIRED_ROOTS_IMPORT_MAX", "root", "import", "FILE")


def before():
    global console
    console = Console()
    console.stop()  # a restore wants the state directory for itself


def after():
    console.__exit__(None, None, None)


if __name__ == "__main__":
    main(before, after)
