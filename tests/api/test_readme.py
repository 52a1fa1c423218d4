#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The README's main job, as it stands there, against a fresh console."""
import os
import re
import shutil
import subprocess

from console import BUILD, PKI, SOURCE, Console, sha256
from tap import comment, main, test


def lines():
    text = (SOURCE / "README.md").read_text()
    block = re.search(r"\n((?:    .*\n)*    H=.*\n(?:    .*\n)*)", text).group(1)
    return [line[4:] for line in block.splitlines()]


@test
def the_readme_needs_five_curl_lines():
    assert sum("curl" in line for line in lines()) == 5, lines()


@test
def the_readmes_lines_bind_prove_and_keep_a_ca_signed_certificate():
    with Console() as console:
        folder = console.home / "here"
        folder.mkdir()
        shutil.copy(PKI / "root.crt", folder)
        shutil.copy(PKI / "server.pfx", folder)
        (folder / "password.txt").write_text("certbinder\n")
        script = "\n".join(lines()).replace("build/certbinder", str(BUILD / "certbinder"))
        script = script.replace("https://localhost:4343", "https://localhost:%d" % console.port)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script.replace("curl ", "curl -sS --fail-with-body ")],
                              cwd=folder, capture_output=True, text=True, check=False,
                              env=dict(os.environ, CERTBINDER_STATE_DIR=str(console.folder)))
        comment(done.stdout[-500:])
        assert done.returncode == 0, done
        bound = console.good("GET", "/bindings/default")
        assert bound["cert"] == sha256("server") and bound["change"] is None, bound
        assert console.good("GET", "/drift")["state"] == "ok"
        served = subprocess.run(["curl", "-sS", "--cacert", "root.crt", "https://localhost:%d/livez" % console.port],
                                cwd=folder, check=False)
        assert served.returncode == 0


if __name__ == "__main__":
    main()
