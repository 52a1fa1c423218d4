#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Authentication keys: CertificateManager, certbinder key, REST, and publications checked by openssl alone."""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from console import BUILD, Console  # noqa: E402
from tap import main, test  # noqa: E402
from tree import contents  # noqa: E402

COMMON = "/officescan/hotfix_pccnt/Common/"
W = pathlib.Path(tempfile.mkdtemp(prefix="keys-"))


def manager(console, *args, folder=None, env=None):
    done = subprocess.run([str(BUILD / "CertificateManager"), *map(str, args)], capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, CERTBINDER_STATE_DIR=str(folder or console.folder), **(env or {})), check=False)
    return done


def must(console, *args):
    done = manager(console, *args)
    assert done.returncode == 0, (args, done)
    return done


def openssl(*args, data=None):
    done = subprocess.run(["openssl", *map(str, args)], input=data, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, (args, done.stderr.decode())
    return done.stdout


def part(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def integer(raw):
    raw = raw.lstrip(b"\0") or b"\0"
    raw = b"\0" + raw if raw[0] & 0x80 else raw
    return bytes([2, len(raw)]) + raw


def verify(token, cert_der):
    """The payload of a compact JWS, its ES256 signature checked by openssl with the certificate's key."""
    head, payload, signature = token.split(".")
    header, raw = json.loads(part(head)), part(signature)
    assert header["alg"] == "ES256" and header["typ"] == "cb-pub+jwt", header
    assert header["kid"] == hashlib.sha256(cert_der).hexdigest(), header
    body = integer(raw[:32]) + integer(raw[32:])
    (W / "sig").write_bytes(bytes([0x30, len(body)]) + body)
    (W / "cert").write_bytes(cert_der)
    (W / "pub").write_bytes(openssl("x509", "-inform", "DER", "-in", W / "cert", "-pubkey", "-noout"))
    openssl("dgst", "-sha256", "-verify", W / "pub", "-signature", W / "sig", data=(head + "." + payload).encode())
    return json.loads(part(payload))


def published(console, number):
    return console.call("GET", COMMON + "publications/%s" % number, role=None).text


@test
def exports_the_key_that_is_published():
    with Console() as c:
        must(c, "-e", W / "a.dat")
        assert (W / "a.dat").read_bytes() == (c.folder / "PCCSRV/Pccnt/Common/OfcNTCer.dat").read_bytes()
        assert (W / "a.dat").read_bytes() == c.call("GET", COMMON + "OfcNTCer.dat", role=None).body
        openssl("x509", "-inform", "DER", "-in", W / "a.dat", "-noout")


@test
def every_publication_is_signed_by_the_key_before():
    with Console() as c:
        for spelling in ("-c", "-C", "\u2013c"):
            must(c, spelling, "strongpassword")
        current, before, count = None, "", 7  # each rotation makes two: by the old key, and by the new one
        for number in range(1, count + 1):
            token = published(c, number)
            claims = json.loads(part(token.split(".")[1]))
            ntcer = base64.b64decode(claims["ntcer"])
            verify(token, current or ntcer)
            assert claims["number"] == number and claims["prev_sha256"] == before, claims
            assert claims["reason"] == ("first" if number == 1 else "renewed"), claims
            current, before = ntcer, hashlib.sha256(token.encode()).hexdigest()
        assert current == (c.folder / "PCCSRV/Pccnt/Common/OfcNTCer.dat").read_bytes()
        assert published(c, "latest") == published(c, count)
        c.refused(404, "publication.not_found", "GET", "/publications/%d" % (count + 1))


@test
def a_reinstalled_server_is_known_again_after_the_restore():
    with Console() as c:
        must(c, "-c", "strongpassword")
        must(c, "-b", "strongpassword", W / "all.zip")
        must(c, "-e", W / "lost.dat")
    with Console() as c:
        must(c, "-e", W / "fresh.dat")
        assert (W / "fresh.dat").read_bytes() != (W / "lost.dat").read_bytes()
        wrong = manager(c, "-r", "wrongpassword", W / "all.zip")
        assert wrong.returncode == 8 and "password" in wrong.stderr, wrong
        must(c, "-e", W / "still.dat")
        assert (W / "still.dat").read_bytes() == (W / "fresh.dat").read_bytes()
        must(c, "-RE", "strongpassword", W / "all.zip")
        must(c, "-e", W / "back.dat")
        assert (W / "back.dat").read_bytes() == (W / "lost.dat").read_bytes()
        missing = manager(c, "-b", "strongpassword", W / "none.zip")
        assert missing.returncode == 10 and "not exportable" in missing.stderr, missing


@test
def a_restore_marks_keys_that_are_here_already_too():
    with Console() as c:
        must(c, "-b", "strongpassword", W / "same.zip")
        current = lambda: c.good("GET", "/authentication-keys")["items"][0]
        assert current()["exportable"], current()
        must(c, "-re", "strongpassword", W / "same.zip")
        assert not current()["exportable"], current()
        assert manager(c, "-b", "strongpassword", W / "none.zip").returncode == 10
        must(c, "-r", "strongpassword", W / "same.zip")
        assert current()["exportable"], current()
        must(c, "-b", "strongpassword", W / "again.zip")


@test
def bad_files_change_nothing_and_have_their_own_exit_codes():
    with Console() as c:
        must(c, "-b", "strongpassword", W / "good.zip")
        must(c, "-e", W / "before.dat")
        good = (W / "good.zip").read_bytes()
        (W / "cut.zip").write_bytes(good[:len(good) // 2])
        (W / "noise.zip").write_bytes(os.urandom(5000))
        bomb = subprocess.run([sys.executable, "-c", "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED)\n"
                               "for i in range(200): z.writestr('zero-%d' % i, bytes(1000000))", str(W / "bomb.zip")], check=False)
        assert bomb.returncode == 0
        for name, status in (("cut.zip", 4), ("noise.zip", 4), ("bomb.zip", 4), ("nowhere.zip", 3)):
            done = manager(c, "-r", "strongpassword", W / name)
            assert done.returncode == status, (name, done)
        assert manager(c, "-e", "/nowhere/at/all.dat").returncode != 0
        assert manager(c, "-q").returncode == 2 and manager(c).returncode == 2 and manager(c, "-r", "x").returncode == 2
        assert manager(c, "-e", W / "x.dat", folder=W / "nowhere").returncode == 3
        must(c, "-e", W / "after.dat")
        assert (W / "before.dat").read_bytes() == (W / "after.dat").read_bytes()


@test
def a_PFX_of_openssl_becomes_the_current_key():
    with Console() as c:
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=one server",
                "-keyout", W / "k.pem", "-out", W / "c.pem", "-days", "30")
        openssl("pkcs12", "-export", "-inkey", W / "k.pem", "-in", W / "c.pem", "-passout", "pass:secret", "-out", W / "OfcNTCer.pfx")
        assert manager(c, "-ine", "wrong", W / "OfcNTCer.pfx").returncode == 8
        must(c, "-ine", "secret", W / "OfcNTCer.pfx")
        must(c, "-e", W / "in.dat")
        assert (W / "in.dat").read_bytes() == openssl("x509", "-in", W / "c.pem", "-outform", "DER")
        keys = c.good("GET", "/authentication-keys")["items"]
        assert keys[0]["current"] and not keys[0]["exportable"] and len(keys) == 2, keys
        must(c, "-i", "secret", W / "OfcNTCer.pfx")
        assert c.good("GET", "/authentication-keys")["items"][0]["exportable"]
        listed = json.loads(must(c, "-l", W / "l.csv", "--json").stdout)
        assert listed == {"file": str(W / "l.csv"), "agents": 0}, listed


@test
def the_plain_listener_shows_what_proves_itself_and_nothing_else():
    with Console("--http", "127.0.0.1:0") as c:
        def status(path):
            out = subprocess.run(["curl", "-s", "-m", "90", "-o", str(W / "plain"), "-w", "%{http_code}",
                                  "http://" + c.ready["http"][0] + path], capture_output=True, text=True, check=True).stdout
            return int(out), (W / "plain").read_bytes()
        for path in ("OfcNTCer.dat", "OfcIPCer.dat", "publications/1"):
            assert status(COMMON + path)[0] == 200, path
        assert status(COMMON + "publications/999")[0] == 404
        for path in ("/", "/livez", "/api/v1/system", "/officescan/agent/v1/configuration", COMMON, COMMON + "other.dat"):
            code, body = status(path)
            assert code == 403 and json.loads(body)["substatus"] == 4, (path, code, body)


@test
def a_PFX_with_a_chain_gives_the_certificate_of_its_key():
    with Console() as c:
        pki = BUILD / "pki"
        must(c, "-i", "certbinder", pki / "server.pfx")
        must(c, "-e", W / "chain.dat")
        assert (W / "chain.dat").read_bytes() == openssl("x509", "-in", pki / "server.crt", "-outform", "DER")


@test
def passwords_come_from_a_file_and_never_stay_in_the_argument_list():
    with Console() as c:
        (W / "pw").write_text("strongpassword\n")
        quiet = manager(c, "-c", "--password-file", W / "pw", "--json")
        assert quiet.returncode == 0 and quiet.stderr == "", quiet
        assert pathlib.Path(json.loads(quiet.stdout)["backup"]).is_file()
        loud = manager(c, "-c", "strongpassword")
        assert "command line" in loud.stderr and "strongpassword" not in loud.stderr + loud.stdout, loud
        for path, content in contents(c.folder):
            assert b"strongpassword" not in content, path


@test
def REST_does_what_the_tools_do_and_only_for_administrators():
    with Console() as c:
        first = c.good("GET", "/authentication-keys", role="viewer")["items"][0]
        c.refused(403, "auth.role", "POST", "/authentication-keys", {}, role="operator")
        c.refused(403, "auth.role", "POST", "/authentication-keys/backup", {"password": "x"}, role="operator")
        made = c.call("POST", "/authentication-keys", {"key": "rsa2048"})
        assert made.status == 201 and made.json["publication"] == 3, made
        zipped = c.call("POST", "/authentication-keys/backup", {"password": "strongpassword"})
        assert zipped.status == 200 and zipped.body[:2] == b"PK", zipped
        (W / "rest.zip").write_bytes(zipped.body)
        c.refused(422, "backup.password", "POST", "/authentication-keys/backup", {"password": ""})
        c.refused(422, "zip.wrong_password", "POST", "/authentication-keys/restore",
                  form={"file": "@%s" % (W / "rest.zip"), "password": "wrong"})
        back = c.call("POST", "/authentication-keys/restore", form={"file": "@%s" % (W / "rest.zip"), "password": "strongpassword"})
        assert back.status == 200 and back.json["publication"] == 4, back
        c.refused(409, "cert.in_use", "DELETE", "/certificates/" + first["sha256"], match=True)
        assert [p["number"] for p in c.good("GET", "/publications")["items"]] == [1, 2, 3, 4]


@test
def the_mismatch_list_is_written_with_its_header():
    with Console() as c:
        must(c, "-l", W / "m.csv")
        assert (W / "m.csv").read_bytes() == (b"agent_id,name,address,port,ntcer_sha256,ipcer_sha256,state,reason,last_seen,"
                                              b"cure\r\n")


if __name__ == "__main__":
    main()
