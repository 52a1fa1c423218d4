# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""What is in the memory of a process, as root sees it."""


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
