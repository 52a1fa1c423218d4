# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""What the interop tests of containers share: the probe, the other programs, and how their answers are compared."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess

BUILD = pathlib.Path(os.environ["CERTBINDER_BUILD"])
PKI = pathlib.Path(os.environ["CERTBINDER_PKI"])
PEM_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
LEGACY = ["-provider", "legacy", "-provider", "default"]


def run(*args, stdin=b"", good=True, **more):
    done = subprocess.run([str(a) for a in args], input=stdin, capture_output=True, timeout=120, **more)
    if good:
        assert done.returncode == 0, "%s\n%s" % (" ".join(map(str, args)), (done.stdout + done.stderr).decode(errors="replace"))
    return done


def has(*programs):
    return all(shutil.which(p) for p in programs)


def has_legacy():
    return run("openssl", "list", "-providers", *LEGACY, good=False).returncode == 0


def probe(path, password=None, *more):
    """What our reader says of a file: its JSON."""
    options = [] if password is None else ["--password", password]
    done = run(BUILD / "tests/probe/bag", path, *options, *more, good=False)
    assert done.returncode in (0, 1) and done.stdout, "probe of %s: %s" % (path, done.stderr.decode(errors="replace"))
    return json.loads(done.stdout)


def export(source, password, form, out, new_password=None):
    options = [] if password is None else ["--password", password]
    if new_password is not None:
        options += ["--new-password", new_password]
    run(BUILD / "tests/probe/bag", source, *options, "--as", form, "--out", out)
    return out


def certificates(pem):
    """SHA-256 of every certificate in a PEM text, in order."""
    blocks = [m.group(0) for m in PEM_BLOCK.finditer(pem) if m.group(1) == b"CERTIFICATE"]
    return [hashlib.sha256(run("openssl", "x509", "-outform", "DER", stdin=b).stdout).hexdigest() for b in blocks]


def public_half(pem):
    """SHA-256 of the public half of the one key in a PEM text."""
    der = run("openssl", "pkey", "-pubout", "-outform", "DER", stdin=pem).stdout
    return hashlib.sha256(der).hexdigest()


def chain_of(persona):
    return certificates((PKI / (persona + ".chain.pem")).read_bytes())


def key_of(persona):
    return public_half((PKI / (persona + ".key")).read_bytes())


def in_parallel(check, cases):
    """Runs check(*case) over all cases; the faults of all are shown together."""
    faults = []

    def one(case):
        try:
            check(*case)
        except Exception as why:  # every case is to be seen, whatever it raised
            faults.append("%s: %s: %s" % (case, type(why).__name__, why))

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(one, cases))
    assert not faults, "%d of %d\n%s" % (len(faults), len(cases), "\n".join(faults[:20]))


def assert_holds(found, persona, n_certs=None):
    """found: JSON of the probe. The key and at least the leaf of persona are in it."""
    assert "code" not in found, found
    shown = [c["sha256"] for c in found["certificates"]]
    wanted = chain_of(persona)
    assert shown[:1] == wanted[:1], (shown, wanted)
    assert n_certs is None or len(shown) == n_certs, shown
    assert [k["spki_sha256"] for k in found["keys"]] == [key_of(persona)], found["keys"]
    assert found["certificates"][0]["has_key"], found
