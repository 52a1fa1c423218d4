# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The command line as somebody at a terminal meets it."""
import os
import pty
import select

from console import BUILD


def on_a_terminal(folder, *args, answers):
    """The command line with a terminal for input and errors; gives exit status and what was shown."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(str(BUILD / "certbinder"), ["certbinder", "--state-dir", str(folder)] + [str(a) for a in args])
    shown = b""
    for prompt, answer in answers:
        while prompt not in shown:
            assert select.select([fd], [], [], 90)[0], (prompt, shown)
            shown += os.read(fd, 1000)
        os.write(fd, answer + b"\n")
        shown = shown.partition(prompt)[2]
    try:
        while select.select([fd], [], [], 90)[0] and (more := os.read(fd, 1000)):
            shown += more
    except OSError:
        pass  # the other end is closed
    os.close(fd)  # whoever waits for more ends with it
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown
