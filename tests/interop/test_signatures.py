#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Every kind of signature that openssl makes is verified, whatever the crypto library's own policy says of it."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from tap import main, test  # noqa: E402

BUILD = pathlib.Path(os.environ.get("CERTBINDER_BUILD", "."))
NOW = 1767225600
RSA, PSS = ["-newkey", "rsa:2048"], ["-sigopt", "rsa_padding_mode:pss"]


def curve(name):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:" + name]


# name, key, digest, more options, reason with legacy algorithms
KINDS = [
    ("rsa-sha256", RSA, "sha256", [], "ok"),
    ("rsa-sha384", RSA, "sha384", [], "ok"),
    ("rsa-sha512", RSA, "sha512", [], "ok"),
    ("rsa-sha224", RSA, "sha224", [], "ok"),
    ("rsa-sha1", RSA, "sha1", [], "ok"),
    ("rsa-1024", ["-newkey", "rsa:1024"], "sha256", [], "ok"),
    ("rsa-4096", ["-newkey", "rsa:4096"], "sha256", [], "ok"),
    ("pss-sha256", RSA, "sha256", PSS, "ok"),
    ("pss-sha384-salt-20", RSA, "sha384", PSS + ["-sigopt", "rsa_pss_saltlen:20"], "ok"),
    ("pss-sha512-salt-0", RSA, "sha512", PSS + ["-sigopt", "rsa_pss_saltlen:0"], "ok"),
    ("pss-sha224", RSA, "sha224", PSS, "ok"),
    ("pss-sha1", RSA, "sha1", PSS, "ok"),
    ("pss-sha256-mask-sha1", RSA, "sha256", PSS + ["-sigopt", "rsa_mgf1_md:sha1"], "ok"),
    ("pss-key", ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"], "sha256", [], "ok"),
    ("p256", curve("P-256"), "sha256", [], "ok"),
    ("p384", curve("P-384"), "sha384", [], "ok"),
    ("p521", curve("P-521"), "sha512", [], "ok"),
    ("p224", curve("P-224"), "sha224", [], "ok"),
    ("p256-sha1", curve("P-256"), "sha1", [], "ok"),
    ("ed25519", ["-newkey", "ed25519"], None, [], "ok"),
    ("ed448", ["-newkey", "ed448"], None, [], "ok"),
]


def make(folder, key, digest, options):
    out = pathlib.Path(folder) / "cert.pem"
    command = ["openssl", "req", "-x509", "-nodes", "-keyout", "/dev/null", "-out", str(out), "-subj", "/CN=Solo", "-days", "9000",
               "-set_serial", "77"] + key + options
    if digest:
        command.append("-" + digest)
    subprocess.run(command, check=True, capture_output=True)
    return out.read_text()


def judge(pem, algorithms):
    # The certificates start to be valid today, whatever day it is.
    question = {"id": 1, "time": NOW_OF(pem), "purpose": "client", "chain": [pem], "stores": {"Root": [pem]}, "mode": 0,
                "algorithms": algorithms}
    done = subprocess.run([str(BUILD / "tests/probe/judge"), "--json-lines"], input=json.dumps(question) + "\n",
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def NOW_OF(pem):
    end = subprocess.run(["openssl", "x509", "-noout", "-startdate", "-dateopt", "iso_8601"], input=pem, capture_output=True,
                         text=True, check=True).stdout.strip().split("=")[1]
    stamp = subprocess.run(["date", "-u", "-d", end, "+%s"], capture_output=True, text=True, check=True).stdout
    return int(stamp) + 3600


def damaged(pem):
    """The same certificate with the last octet of its signature changed."""
    der = subprocess.run(["openssl", "x509", "-outform", "DER"], input=pem.encode(), capture_output=True, check=True).stdout
    der = der[:-1] + bytes([der[-1] ^ 1])
    return subprocess.run(["openssl", "x509", "-inform", "DER"], input=der, capture_output=True, check=True).stdout.decode()


@test
def verifies_what_openssl_signs_and_nothing_else():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for name, key, digest, options, want in KINDS:
            pem = make(folder, key, digest, options)
            answer = judge(pem, "legacy")
            if answer["reason"] != want:
                wrong.append("%s: %s, %s" % (name, answer["reason"], answer["explanation"]))
            if judge(damaged(pem), "legacy")["verdict"] != "refuse":
                wrong.append("%s: accepted with another signature" % name)
    assert not wrong, "\n".join(wrong)


@test
def todays_algorithms_refuse_sha1_and_short_keys():
    with tempfile.TemporaryDirectory() as folder:
        assert judge(make(folder, RSA, "sha256", []), "default")["reason"] == "ok"
        assert judge(make(folder, ["-newkey", "rsa:1024"], "sha256", []), "default")["reason"] == "trust.weak_key"
        pem = make(folder, ["-newkey", "rsa:512"], "sha256", [])
        assert judge(pem, "legacy")["reason"] == "trust.weak_key"


if __name__ == "__main__":
    main()
