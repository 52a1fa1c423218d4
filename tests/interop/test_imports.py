#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Every form that other programs write is read by us: OpenSSL, GnuTLS's certtool, NSS's pk12util, Java's keytool.
timeout-seconds: 900
"""
import itertools
import os
import pathlib
import re

from containers import BUILD, LEGACY, PKI, assert_holds, chain_of, has, has_legacy, in_parallel, key_of, probe, run
from tap import main, skip_unless, test

TMP = pathlib.Path(os.environ["TMPDIR"])
DATA = pathlib.Path(__file__).resolve().parent / "data"
PASSWORDS = ["secret", "", "p\u00e4ssw\u00f6rt", "\u043f\u0430\u0440\u043e\u043b\u044c\U0001f600", "x" * 200]
MODERN = ["AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "DES-EDE3-CBC", "CAMELLIA-128-CBC", "CAMELLIA-192-CBC",
          "CAMELLIA-256-CBC", "ARIA-128-CBC", "ARIA-192-CBC", "ARIA-256-CBC", "PBE-SHA1-3DES", "PBE-SHA1-2DES", "NONE"]
OLD = ["PBE-SHA1-RC2-40", "PBE-SHA1-RC2-128", "PBE-SHA1-RC4-40", "PBE-SHA1-RC4-128", "PBE-MD5-DES", "PBE-SHA1-DES",
       "PBE-MD5-RC2-64", "PBE-SHA1-RC2-64", "DES-CBC", "RC2-CBC", "RC2-64-CBC", "RC2-40-CBC",
       "BF-CBC", "CAST5-CBC"]
MACS = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512-224", "sha512-256", "sha3-224", "sha3-256",
        "sha3-384", "sha3-512", "ripemd160"]


def openssl_pfx(name, persona, password, *options):
    out = TMP / (name.replace("/", "_") + ".pfx")
    base = PKI / persona
    run("openssl", "pkcs12", "-export", *(LEGACY if has_legacy() else []), "-inkey", "%s.key" % base, "-in",
        "%s.crt" % base, "-certfile", PKI / "intermediate.crt", "-passout", "pass:" + password, "-out", out, *options)
    return out


def assert_only_this_password(path, password, persona="server", n_certs=2, had_mac=True):
    found = probe(path, password)
    assert_holds(found, persona, n_certs)
    assert found["had_mac"] == had_mac, found
    if password:
        assert probe(path, password + "x").get("code") == "pfx.wrong_password"
        assert probe(path).get("code") == "pfx.wrong_password"


@test
def reads_every_cipher_of_openssl():
    def check(where, cipher):
        options = {"key": ["-keypbe", cipher], "certificates": ["-certpbe", cipher],
                   "both": ["-keypbe", cipher, "-certpbe", cipher, "-macalg", "sha1"]}[where]
        assert_only_this_password(openssl_pfx("%s-%s" % (where, cipher), "server", "secret", *options), "secret")
    in_parallel(check, list(itertools.product(("key", "certificates", "both"), MODERN + (OLD if has_legacy() else []))))


@test
def reads_every_mac_of_openssl():
    def check(mac, rounds):
        path = openssl_pfx("mac-%s-%s" % (mac, rounds), "server", "secret", "-macalg", mac, "-iter", rounds)
        assert_only_this_password(path, "secret")
    in_parallel(check, list(itertools.product(MACS, ("1", "2048", "50000"))))


@test
def reads_pbmac1():
    """Samples of OpenSSL 3.5 and certtool 3.8, and all kinds where OpenSSL here makes them."""
    samples = {"pbmac1-openssl-sha256.p12": "secret", "pbmac1-openssl-sha512-cyrillic.p12": "\u043f\u0430\u0440\u043e\u043b\u044c",
               "pbmac1-certtool.p12": "secret"}
    for name, password in samples.items():
        found = probe(DATA / name, password)
        assert [c["has_key"] for c in found.get("certificates", [])] == [True] and found["had_mac"], (name, found)
        assert probe(DATA / name, password + "x")["code"] == "pfx.wrong_password", name

    def check(prf, mac, password):
        path = openssl_pfx("pbmac1-%s-%s-%d" % (prf, mac, len(password)), "server", password, "-pbmac1_pbkdf2",
                           "-pbmac1_pbkdf2_md", prf, "-macalg", mac)
        assert_only_this_password(path, password)
    if b"pbmac1" in run("openssl", "pkcs12", "-help").stderr:
        in_parallel(check, list(itertools.product(("sha1", "sha256", "sha512"), ("sha1", "sha256", "sha512"), PASSWORDS)))


@test
def reads_every_password_of_openssl():
    profiles = {"default": [], "3des": ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"]}
    if has_legacy():
        profiles["legacy"] = ["-legacy"]

    def check(profile, password):
        path = openssl_pfx("password-%s-%d" % (profile, PASSWORDS.index(password)), "server", password,
                           *profiles[profile])
        assert_only_this_password(path, password)
    in_parallel(check, list(itertools.product(profiles, PASSWORDS)))


@test
def reads_every_kind_of_key_of_openssl():
    def check(persona, options):
        path = openssl_pfx("kind-%s-%d" % (persona, len(options)), persona, "secret", *options)
        assert_only_this_password(path, "secret", persona)
    in_parallel(check, list(itertools.product(
        ("server-rsa", "server-p384", "server-ed25519", "client", "server-huge-san"),
        (["-name", "me"], ["-keyex", "-CSP", "some provider", "-LMK"]))))


@test
def tells_a_pfx_without_mac():
    for password, options in (("secret", []), ("", ["-certpbe", "NONE", "-keypbe", "NONE"])):
        path = openssl_pfx("no-mac-%d" % len(password), "server", password, "-nomac", *options)
        assert_only_this_password(path, password, had_mac=False)
        assert probe(path, password, "--refuse-no-mac")["code"] == "pfx.no_mac"


@test
def names_a_key_of_another_certificate():
    path = TMP / "mismatch.pem"
    path.write_bytes((PKI / "server.crt").read_bytes() + (PKI / "server-next.key").read_bytes())
    found = probe(path)
    assert found["code"] == "key.mismatch" and "EC P-256" in found["text"], found


@test
def reads_what_certtool_makes():
    skip_unless(has("certtool"), "no certtool")
    ciphers = ["3des", "3des-pkcs12", "aes-128", "aes-192", "aes-256", "rc2-40", "arcfour"]

    def check(cipher, password, mac):
        out = TMP / ("certtool-%s-%d-%s" % (cipher, PASSWORDS.index(password), mac))
        run("certtool", "--to-p12", "--outder", "--load-privkey", PKI / "server.key", "--load-certificate",
            PKI / "server.crt", "--load-ca-certificate", PKI / "intermediate.crt", "--p12-name", "me", "--password",
            password, "--outfile", out, "--pkcs-cipher", cipher, "--hash", mac,
            *([] if password else ["--empty-password"]))
        assert_only_this_password(out, password)
    in_parallel(check, [(c, w, "SHA256") for c in ciphers for w in PASSWORDS[:2]] +
                [("aes-256", w, m) for w in PASSWORDS[2:4] for m in ("SHA1", "SHA512")])


@test
def reads_what_nss_makes():
    skip_unless(has("pk12util", "certutil"), "no NSS tools")
    db = TMP / "nss"
    db.mkdir()
    run("certutil", "-N", "-d", db, "--empty-password")
    for persona in ("server", "server-rsa"):
        run("pk12util", "-i", PKI / (persona + ".pfx"), "-d", db, "-W", "certbinder")
    pbe = "PKCS #12 V2 PBE With SHA-1 And %s"
    ciphers = ["AES-128-CBC", "AES-256-CBC", "CAMELLIA-256-CBC", pbe % "3KEY Triple DES-CBC", pbe % "40 Bit RC2 CBC",
               pbe % "128 Bit RC2 CBC", pbe % "40 Bit RC4", pbe % "128 Bit RC4"]

    def check(persona, cipher, password):
        out = TMP / ("nss-%s-%s-%d" % (persona, re.sub(r"\W", "_", cipher), PASSWORDS.index(password)))
        run("pk12util", "-o", out, "-n", persona, "-d", db, "-W", password, "-c", cipher, "-C", cipher)
        assert b"\x30\x80" in out.read_bytes()[:2], "no indefinite length any more: find another source of them"
        assert_only_this_password(out, password, persona, None)
    # PKCS#5 with SHA-1, where NSS takes another IV than others, for keys alone; with MD5 newer ones make none, but openssl does
    out = TMP / "nss-pkcs5"
    run("pk12util", "-o", out, "-n", "server", "-d", db, "-W", "secret", "-c",
        "PKCS #5 Password Based Encryption with SHA-1 and DES-CBC", "-C", "none")
    assert_only_this_password(out, "secret", "server", None)
    in_parallel(check, [("server", c, PASSWORDS[0]) for c in ciphers] +
                [("server-rsa", c, PASSWORDS[3]) for c in (ciphers[1], ciphers[3])])


@test
def reads_what_keytool_makes():
    """Samples of Java 17, and all kinds where there is a Java."""
    for path in sorted(DATA.glob("java-*.p12")):
        found = probe(path, "secretx")
        assert [c["has_key"] for c in found.get("certificates", [])] == [True], (path, found)
    how = {"default": [], "legacy": ["-J-Dkeystore.pkcs12.legacy"],
           "no-mac": ["-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE", "-J-Dkeystore.pkcs12.macAlgorithm=NONE"],
           "other": ["-J-Dkeystore.pkcs12.keyProtectionAlgorithm=PBEWithHmacSHA384AndAES_128",
                     "-J-Dkeystore.pkcs12.certProtectionAlgorithm=PBEWithSHA1AndRC2_128",
                     "-J-Dkeystore.pkcs12.macAlgorithm=HmacPBESHA512"]}

    def check(name, algorithm):
        out = TMP / ("java-%s-%s" % (name, algorithm))
        run("keytool", *how[name], "-genkeypair", "-alias", "me", "-dname", "CN=java", "-storetype", "PKCS12",
            "-keystore", out, "-storepass", "secret", "-keyalg", algorithm)
        found = probe(out, "secret")
        assert [c["has_key"] for c in found["certificates"]] == [True], found
        assert found["had_mac"] == (name != "no-mac") and found["keys"][0]["name"] == "me", found
        assert probe(out, "Secret")["code"] == "pfx.wrong_password"
    if has("keytool"):
        in_parallel(check, list(itertools.product(how, ("RSA", "EC", "Ed25519", "DSA"))))


def key_files():
    """Name, password and what makes the file, from the key of a persona."""
    old = LEGACY if has_legacy() else []
    pkcs8 = ["openssl", "pkcs8", "-topk8", *old, "-passout", "pass:secret"]
    for persona in ("server-rsa", "server", "server-p384"):
        traditional = ["openssl", "pkey", *old, "-traditional", "-passout", "pass:secret"]
        yield persona, "traditional", "", ["openssl", "pkey", "-traditional"]
        yield persona, "traditional-der", "", ["openssl", "pkey", "-traditional", "-outform", "DER"]
        for cipher in ["-aes128", "-aes192", "-aes256", "-des3", "-camellia128", "-camellia256", "-aria256"] + \
                (["-des", "-rc2-cbc", "-bf-cbc", "-cast5-cbc"] if old else []):
            yield persona, "traditional" + cipher, "secret", traditional + [cipher]
        for cipher in ["aes-128-cbc", "aes-256-cbc", "des3", "camellia-256-cbc", "aria-256-cbc"]:
            yield persona, "pkcs8-" + cipher, "secret", pkcs8 + ["-v2", cipher]
        for prf in ("hmacWithSHA1", "hmacWithSHA224", "hmacWithSHA384", "hmacWithSHA512", "hmacWithSHA512-256"):
            yield persona, "pkcs8-" + prf, "secret", pkcs8 + ["-v2", "aes-256-cbc", "-v2prf", prf]
        for scheme in ["PBE-SHA1-3DES", "PBE-SHA1-2DES"] + (
                ["PBE-MD5-DES", "PBE-SHA1-DES", "PBE-SHA1-RC2-40", "PBE-SHA1-RC4-128"] if old else []):
            yield persona, "pkcs8-" + scheme, "secret", pkcs8 + ["-v1", scheme]
        yield persona, "pkcs8-scrypt", "secret", pkcs8 + ["-scrypt"]
        yield persona, "pkcs8-der", "", ["openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER"]
    yield "server-ed25519", "pkcs8", "", ["openssl", "pkey"]
    yield "server-ed25519", "encrypted", "secret", pkcs8


@test
def reads_every_form_of_key():
    def check(persona, name, password, command):
        out = TMP / ("key-%s-%s" % (persona, name))
        run(*command, "-in", PKI / (persona + ".key"), "-out", out)
        found = probe(out, password or None)
        assert "code" not in found, found
        assert [k["spki_sha256"] for k in found["keys"]] == [key_of(persona)], found
        assert ("not encrypted" in found["keys"][0]["form"]) == (not password), found
        if password:
            assert probe(out)["code"] == "key.encrypted"
            assert probe(out, "Secret")["code"] == "key.wrong_password"
    in_parallel(check, list(key_files()))


@test
def reads_pem_in_any_order():
    parts = [(PKI / name).read_bytes() for name in ("server.crt", "intermediate.crt", "root.crt", "server.key")]
    notes = b"Bag Attributes\r\n    friendlyName: me\r\n"
    for n, order in enumerate(itertools.permutations(parts)):
        text = notes.join(order)
        path = TMP / ("order-%d" % n)
        path.write_bytes(text.replace(b"\n", b"\r\n") if n % 2 else text)
        found = probe(path)
        assert_holds(found, "server", 3)
        assert [c["sha256"] for c in found["certificates"]][:2] == chain_of("server"), found


@test
def reads_files_as_windows_saves_them():
    pem = (PKI / "server.crt").read_text()
    body = "".join(line for line in pem.splitlines() if "-----" not in line)
    der = run("openssl", "x509", "-in", PKI / "server.crt", "-outform", "DER").stdout
    p7b = run("openssl", "crl2pkcs7", "-nocrl", "-certfile", PKI / "server.chain.pem").stdout.decode()
    forms = {"utf16": pem.encode("utf-16"), "bom": pem.encode("utf-8-sig"), "bare": body.encode(),
             "bare-bom": body.encode("utf-8-sig"), "der": der,
             "certutil-p7b": p7b.replace("PKCS7", "CERTIFICATE").encode(), "utf16be": b"\xfe\xff" + pem.encode("utf-16-be")}
    for name, content in forms.items():
        path = TMP / ("windows-" + name)
        path.write_bytes(content)
        found = probe(path)
        assert [c["sha256"] for c in found.get("certificates", [])][:1] == chain_of("server")[:1], (name, found)


@test
def reads_p7b_of_others():
    for form in ("PEM", "DER"):
        path = TMP / ("openssl.p7b." + form)
        run("openssl", "crl2pkcs7", "-in", PKI / "intermediate.crl", "-certfile", PKI / "server.chain.pem", "-outform", form,
            "-out", path)
        found = probe(path)
        assert [c["sha256"] for c in found["certificates"]] == chain_of("server") and found["crls"] == 1, found
    if has("certtool"):
        path = TMP / "certtool.p7b"
        run("certtool", "--p7-generate", "--load-certificate", PKI / "server.chain.pem", "--outfile", path)
        found = probe(path)
        assert sorted(c["sha256"] for c in found["certificates"]) == sorted(chain_of("server")), found
    signed = TMP / "signed.p7b"
    run("openssl", "cms", "-sign", "-nodetach", "-stream", "-outform", "DER", "-signer", PKI / "server.crt", "-inkey",
        PKI / "server.key", "-certfile", PKI / "intermediate.crt", "-in", PKI / "root.crt", "-out", signed)
    assert sorted(c["sha256"] for c in probe(signed)["certificates"]) == sorted(chain_of("server"))


@test
def openssl_finds_our_requests_in_order():
    for spec in ("ec256", "ec384", "rsa2048", "rsa3072", "rsa4096"):
        key, csr, crt = TMP / (spec + ".key"), TMP / (spec + ".csr"), TMP / (spec + ".crt")
        names = ["DNS=www.console.test", "DNS=*.console.test", "IP=192.0.2.7", "IP=2001:db8::7", "O=M\u00fcller, S\u00f6hne"]
        run(BUILD / "tests/probe/issue", "csr", spec, key, csr, *names)
        text = run("openssl", "req", "-in", csr, "-noout", "-verify", "-text", "-nameopt", "utf8,sep_comma_plus").stdout.decode()
        assert "DNS:www.console.test, DNS:*.console.test, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7" in text, text
        assert "M\u00fcller, S\u00f6hne" in text and "TLS Web Server Authentication" in text, text
        run("openssl", "x509", "-req", "-in", csr, "-CA", PKI / "intermediate.crt", "-CAkey", PKI / "intermediate.key",
            "-copy_extensions", "copyall", "-days", "30", "-out", crt)
        path = TMP / (spec + ".both")
        path.write_bytes(crt.read_bytes() + key.read_bytes())
        assert probe(path)["certificates"][0]["has_key"]
        run(BUILD / "tests/probe/issue", "cert", spec, key, crt, *names)
        run("openssl", "verify", "-CAfile", crt, "-verify_hostname", "a.console.test", "-x509_strict", crt)


if __name__ == "__main__":
    main()
