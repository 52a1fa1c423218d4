# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The files of a folder in which a program is at work: what vanishes while one looks is passed over (pathlib raises)."""
import os
import pathlib


def files_under(folder):
    return sorted(pathlib.Path(at, name) for at, _, names in os.walk(folder) for name in names)


def contents(folder):
    """(path, bytes) of each regular file; the folder itself must be there."""
    assert os.path.isdir(folder), folder
    for path in files_under(folder):
        try:
            if path.is_file():
                yield path, path.read_bytes()
        except FileNotFoundError:
            pass


def owners(folder):
    """The users that own the folder or something in it."""
    found = {os.stat(folder).st_uid}
    for at, folders, names in os.walk(folder):
        for name in folders + names:
            try:
                found.add(os.stat(os.path.join(at, name)).st_uid)
            except FileNotFoundError:
                pass
    return found
