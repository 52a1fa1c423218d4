#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Every form that we export is read back by other programs: OpenSSL, GnuTLS's certtool, NSS's pk12util.
timeout-seconds: 900
"""
import os
import pathlib

from containers import (PKI, certificates, chain_of, export, has, in_parallel, key_of, public_half, run)
from tap import main, skip_unless, test

TMP = pathlib.Path(os.environ["TMPDIR"])
PERSONAS = ["server", "server-rsa", "server-p384", "client", "server-ed25519", "server-huge-san"]
PASSWORDS = ["secret", "", "p\u00e4ssw\u00f6rt", "\u043f\u0430\u0440\u043e\u043b\u044c\U0001f600", "x" * 100]
PFX = ["pfx", "pfx-legacy"]


def exported(persona, form, password):
    out = TMP / ("%s.%s.%d" % (persona, form, PASSWORDS.index(password)))
    return export(PKI / (persona + ".pfx"), "certbinder", form, out, password)


@test
def openssl_reads_our_pfx():
    def check(persona, form, password):
        path = exported(persona, form, password)
        pem = run("openssl", "pkcs12", "-in", path, "-passin", "pass:" + password, "-nodes").stdout
        assert certificates(pem) == chain_of(persona), certificates(pem)
        assert public_half(pem) == key_of(persona)
    in_parallel(check, [(p, f, w) for p in PERSONAS for f in PFX for w in PASSWORDS])


@test
def openssl_sees_the_algorithms_of_each_profile():
    modern = run("openssl", "pkcs12", "-in", exported("server", "pfx", "secret"), "-passin", "pass:secret", "-info",
                 "-noout").stderr.decode()
    assert modern.count("AES-256-CBC") == 2 and "MAC: sha256, Iteration 250000" in modern, modern
    legacy = run("openssl", "pkcs12", "-in", exported("server", "pfx-legacy", "secret"), "-passin", "pass:secret",
                 "-info", "-noout").stderr.decode()
    assert legacy.count("pbeWithSHA1And3-KeyTripleDES-CBC") == 2 and "MAC: sha1, Iteration 2000" in legacy, legacy


@test
def openssl_refuses_our_pfx_with_another_password():
    for form in PFX:
        path = exported("server", form, "secret")
        assert run("openssl", "pkcs12", "-in", path, "-passin", "pass:Secret", "-nodes", good=False).returncode != 0


@test
def certtool_reads_our_pfx():
    skip_unless(has("certtool"), "no certtool")

    def check(persona, form, password):
        path = exported(persona, form, password)
        how = ["--password", password] if password else ["--empty-password", "--password", ""]
        done = run("certtool", "--p12-info", "--inder", "--infile", path, *how)
        assert sorted(certificates(done.stdout)) == sorted(chain_of(persona)), done.stderr
        assert done.stdout.count(b"PRIVATE KEY-----") == 2, done.stdout
        assert b"rror" not in done.stderr, done.stderr
    in_parallel(check, [(p, f, w) for p in PERSONAS for f in PFX for w in PASSWORDS])


@test
def nss_reads_our_pfx():
    skip_unless(has("pk12util", "certutil"), "no NSS tools")

    def check(persona, form, password):
        path = exported(persona, form, password)
        db = TMP / ("nss.%s" % path.name)
        db.mkdir()
        run("certutil", "-N", "-d", db, "--empty-password")
        run("pk12util", "-i", path, "-d", db, "-W", password)
        keys = run("certutil", "-K", "-d", db).stdout
        assert keys.count(b"\n<") == 1, keys
        listed = run("certutil", "-L", "-d", db, "-n", persona, "-a").stdout
        assert certificates(listed.replace(b"\r", b""))[:1] == chain_of(persona)[:1], listed
    personas = [p for p in PERSONAS if p != "server-ed25519"]  # NSS of Debian 12 knows no Ed25519
    in_parallel(check, [(p, f, w) for p in personas for f in PFX for w in PASSWORDS])


@test
def openssl_reads_our_der_and_pem():
    for persona in PERSONAS:
        pfx, out = PKI / (persona + ".pfx"), TMP / (persona + ".out")
        export(pfx, "certbinder", "der", out)
        assert certificates(run("openssl", "x509", "-inform", "DER", "-in", out).stdout) == chain_of(persona)[:1]
        export(pfx, "certbinder", "pem", out)
        assert certificates(out.read_bytes()) == chain_of(persona)[:1]
        export(pfx, "certbinder", "pem-chain", out)
        assert certificates(out.read_bytes()) == chain_of(persona)


@test
def openssl_and_certtool_read_our_p7b():
    for persona in PERSONAS:
        der = export(PKI / (persona + ".pfx"), "certbinder", "p7b", TMP / (persona + ".p7b"))
        pem = export(PKI / (persona + ".pfx"), "certbinder", "p7b-pem", TMP / (persona + ".p7b.pem"))
        shown = run("openssl", "pkcs7", "-inform", "DER", "-in", der, "-print_certs").stdout
        assert certificates(shown) == chain_of(persona)
        assert certificates(run("openssl", "pkcs7", "-in", pem, "-print_certs").stdout) == chain_of(persona)
        if has("certtool"):
            shown = run("certtool", "--p7-info", "--inder", "--infile", der).stdout
            assert certificates(shown) == chain_of(persona)


@test
def others_read_our_keys():
    for persona in PERSONAS:
        pfx, out = PKI / (persona + ".pfx"), TMP / (persona + ".key")
        export(pfx, "certbinder", "key", out)
        assert public_half(out.read_bytes()) == key_of(persona)
        export(pfx, "certbinder", "key-encrypted", out, "p\u00e4ss")
        plain = run("openssl", "pkey", "-in", out, "-passin", "pass:p\u00e4ss").stdout
        assert public_half(plain) == key_of(persona)
        if has("certtool"):
            plain = run("certtool", "--key-info", "--infile", out, "--password", "p\u00e4ss").stdout
            assert b"PRIVATE KEY" in plain, plain


if __name__ == "__main__":
    main()
