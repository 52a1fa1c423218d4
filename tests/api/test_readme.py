#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The main job as README.md shows it, line by line, does what README.md says."""
import os
import re
import shutil
import subprocess

from console import BUILD, PKI, SOURCE, Console, thumbprint
from tap import main, skip_unless, test


def lines_of_readme():
    text = (SOURCE / "README.md").read_text()
    section = text.split("## The main job", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^    (.*)$", section, re.MULTILINE)


@test
def the_five_lines_of_the_readme_bind_a_certificate():
    skip_unless(shutil.which("jq"), "no jq")
    lines = lines_of_readme()
    assert sum("curl" in line for line in lines) == 5, lines
    with Console() as console:
        place = console.home / "place"
        place.mkdir()
        for name in ("root.crt", "server.pfx"):
            shutil.copy(PKI / name, place)
        (place / "password.txt").write_text("certbinder")
        os.symlink(BUILD, place / "build")
        script = "set -euo pipefail\n" + "\n".join(lines).replace("localhost:4343", "localhost:%d" % console.port)
        script = script.replace("curl ", "curl --fail-with-body -sS ")
        done = subprocess.run(["bash", "-c", script], cwd=place, capture_output=True, text=True, timeout=120,
                              env=dict(os.environ, CERTBINDER_STATE_DIR=str(console.folder)), check=False)
        assert done.returncode == 0, (script, done.stdout[-2000:], done.stderr[-2000:])
        assert '"state":"confirmed"' in done.stdout, done.stdout[-2000:]
        shown = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % console.port], input="",
                               capture_output=True, text=True, timeout=30, check=False).stdout
        sha1 = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha1"], input=shown, capture_output=True,
                              text=True, check=True).stdout
        assert sha1.strip().split("=")[1].replace(":", "") == thumbprint("server")


if __name__ == "__main__":
    main()
