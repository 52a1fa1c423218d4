# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""What is in the memory of a process, as root sees it; and how much."""
import pathlib
import threading


def memory_of(pid):
    for line in open("/proc/%d/maps" % pid):
        span, rights = line.split()[:2]
        if "r" not in rights or "[v" in line:
            continue
        low, high = (int(x, 16) for x in span.split("-"))
        try:
            with open("/proc/%d/mem" % pid, "rb") as memory:
                memory.seek(low)
                yield memory.read(high - low)
        except OSError:
            pass  # a guard page


def hits(pid, wanted):
    return [n for part in memory_of(pid) for n in wanted if n in part]


def of_status(pid, member):
    """KiB."""
    text = pathlib.Path("/proc/%d/status" % pid).read_text()
    return int(text.split(member + ":")[1].split()[0])


class Growth:
    """with Growth(pid) as grown: ... then grown.kib: by how much more than at the begin the process held at any moment.

    The high water that a process starts with says nothing: a password's key takes 64 MiB for a moment. So it is set back; who may
    not do that looks all the time.
    """

    def __init__(self, pid):
        self.pid, self.kib, self.watcher, self.over = pid, 0, None, threading.Event()

    def __enter__(self):
        self.before = of_status(self.pid, "VmRSS")
        try:
            pathlib.Path("/proc/%d/clear_refs" % self.pid).write_text("5")
        except OSError:  # or a kernel without it
            self.watcher = threading.Thread(target=self.watch)
            self.watcher.start()
        return self

    def watch(self):
        while not self.over.wait(0.001):
            self.kib = max(self.kib, of_status(self.pid, "VmRSS") - self.before)

    def __exit__(self, *raised):
        self.over.set()
        if self.watcher:
            self.watcher.join()
        elif not raised[0]:
            self.kib = of_status(self.pid, "VmHWM") - self.before
        return False
