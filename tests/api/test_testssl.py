#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""testssl.sh against the console as it starts: nothing above INFO that is ours to mend."""
# timeout-seconds: 600
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from console import BUILD, Console  # noqa: E402
from tap import comment, main, skip_unless, test  # noqa: E402

# What it finds that is not the console's: finding, why
NOT_OURS = {
    "cert_chain_of_trust": "self-signed until an administrator binds a certificate",
    "cert_extlifeSpan": "398 days are a rule for public CAs; this one is self-signed, for 825",
    "overall_grade": "T: self-signed until an administrator binds a certificate",
    "cert_revocation": "a self-signed certificate has nobody to revoke it",
    "DNS_CAArecord": "a record of the zone",
    "HSTS": "a setting, off until the certificate is one that browsers trust",
    "engine_problem": "the scanner's own OpenSSL",
    "old_fart": "the scanner's own OpenSSL",
    "scanProblem": "the scanner's own",
}
WANTED = {  # finding, what it must say
    "TLS1": "not offered", "TLS1_1": "not offered", "SSLv2": "not offered", "SSLv3": "not offered",
    "secure_renego": "supported", "secure_client_renego": "not vulnerable", "heartbleed": "not vulnerable",
    "ROBOT": "not vulnerable", "BREACH": "not vulnerable", "LUCKY13": "not vulnerable", "RC4": "not vulnerable",
}


def scan(port, folder):
    out = folder / "found.json"
    out.unlink(missing_ok=True)  # it writes over nothing
    run = subprocess.run(["testssl", "--quiet", "--color", "0", "--warnings", "off", "--jsonfile", str(out), "-p", "-s",
                          "-f", "-S", "-h", "-U", "127.0.0.1:%d" % port], capture_output=True, text=True, timeout=500,
                         check=False, cwd=folder)
    assert out.exists(), run.stdout[-2000:] + run.stderr[-2000:]
    return json.loads(out.read_text())


@test
def finds_nothing_that_is_ours_to_mend():
    skip_unless(shutil.which("testssl"), "there is no testssl.sh")
    if b"__asan_init" in (BUILD / "certbinderd").read_bytes():
        comment("once is enough: the plain build is scanned")
        return
    folder = pathlib.Path(tempfile.mkdtemp(prefix="testssl-"))
    with Console() as console:
        for _ in range(3):
            findings = scan(console.port, folder)
            if not any(f["severity"] == "WARN" for f in findings):  # a check that the scanner could not make
                break
    shutil.rmtree(folder)
    assert len(findings) > 50, findings
    by_id = {f["id"]: f for f in findings}
    bad = [f for f in findings if f["severity"] not in ("OK", "INFO", "DEBUG", "WARN") and f["id"] not in NOT_OURS]
    assert not bad, bad
    for name, text in WANTED.items():
        comment("%s: %s" % (name, by_id.get(name, {}).get("finding", "not looked at")))
        assert name in by_id and text in by_id[name]["finding"], (name, by_id.get(name))


if __name__ == "__main__":
    main()
