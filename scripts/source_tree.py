# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The source tree as the check scripts see it: its files, and C with comments and strings blanked out."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "lib"))

TOKENS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def c_files(*folders):
    """(path from the root, text) of all .c and .h under the folders."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    return TOKENS.sub(lambda m: _blank(m.group()) if m.group().startswith("/") else m.group(), text)


def code_only(text):
    """Comments and the insides of strings become blanks; lines and columns stay."""
    def one(match):
        token = match.group()
        if token.startswith("/"):
            return _blank(token)
        return token[0] + _blank(token[1:-1]) + token[-1]
    return TOKENS.sub(one, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
