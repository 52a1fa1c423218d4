# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The values of docs/LIMITS.md, for tests that come up to them."""
import os
import pathlib
import re

SOURCE = pathlib.Path(os.environ.get("CERTBINDER_SOURCE", pathlib.Path(__file__).resolve().parent.parent.parent))
UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20}


def limit(name):
    row = re.search(r"^\| `%s` \| (\d+) ?(KiB|MiB)? \|" % name, (SOURCE / "docs" / "LIMITS.md").read_text(), re.MULTILINE)
    assert row, "docs/LIMITS.md has no number for " + name
    return int(row.group(1)) * UNITS[row.group(2) or ""]
