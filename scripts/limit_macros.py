# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The limits of the source, for the scripts: macros whose name says so, and the rows of tests/limits.txt about them."""
import re

from source_tree import ROOT, c_files

TABLE = ROOT / "tests" / "limits.txt"
MACRO = re.compile(r"^#define +([A-Z0-9_]+) +(.+?)(?:[ \t]*/\*\s*(.+?)\s*\*/)?$", re.MULTILINE)
NAME = re.compile(r"(?:^|_)(?:MAX|MIN|LIMIT)(?:_|$)|_PER_(?:IP|BINDING|MINUTE)$|_LIFE_S$|_(?:FREE|KEEP|KEPT|QUEUE|STALL_S)$|(?:_ANSWER|_CONNECT|TIMEOUT|_ROUND|_COMMAND)_MS$")


def macros():
    """(name, value, what it holds or "", path) of each, in the order of the paths."""
    for path, text in c_files("src"):
        whole = re.sub(r"\s*\\\n\s*", " ", text)
        for name, amount, what in MACRO.findall(re.sub(r"\n\t+(?=[^\n]*\*/)", " ", whole)):
            if NAME.search(name):
                yield name, amount, what, path


def rows():
    """(line, limit, file or 'inner' or 'open', test or reason) of tests/limits.txt."""
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            limit, file, name = (line.split(None, 2) + ["", ""])[:3]
            yield number, limit, file, name


def inner():
    return {limit for _, limit, file, _ in rows() if file == "inner"}
