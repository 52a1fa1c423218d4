#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Update packages that openssl signed are kept, offered and given out, byte for byte; what is not good leaves nothing behind."""
# timeout-seconds: 600
import datetime
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agent import COMMON, Agent  # noqa: E402
from binding import wait_until  # noqa: E402
from console import BUILD, Answer, Console  # noqa: E402
from memory import Growth  # noqa: E402
from packages import CA, SIGNER, Maker  # noqa: E402
from tap import comment, main, test  # noqa: E402

C = M = None


def start():
    global C, M
    M = Maker()
    C = Console("--http", "127.0.0.1:0")
    C.done("cert", "import", M.path("root.pem"), "--store", "Root")


def stop():
    C.stop()
    shutil.rmtree(M.home)


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def folder():
    return C.folder / "PCCSRV/Pccnt/Common/updates"


def on_disk():
    return sorted(os.listdir(folder())) if folder().exists() else []


def add(zip_path, p7s=None, **more):
    form = {"file": "@%s" % zip_path}
    if p7s:
        form["signature"] = "@%s" % p7s
    form.update(more.pop("form", {}))
    return C.call("POST", "/updates", form=form, **more)


def added(zip_path, p7s=None, **more):
    answer = add(zip_path, p7s or M.sign(zip_path), **more)
    assert answer.status == 201, answer
    return answer.json


def fetch(name, *args, plain=False):
    """The distribution point, by curl: status, headers, body."""
    base = "http://" + C.ready["http"][0] if plain else "https://127.0.0.1:%d" % C.port
    done = subprocess.run(["curl", "-sk", "-D", "-", "--max-time", "60", *args, base + COMMON + "updates/" + name], capture_output=True, check=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    seen = Answer(head + b"\r\n\r\n")
    return seen.status, seen.headers, body


@test
def a_good_package_is_kept_and_given_out_byte_for_byte():
    path = M.package("pattern", "1.0")
    p7s = M.sign(path)
    it = added(path, p7s)
    assert (it["package"], it["version"], it["sha256"], it["bytes"]) == ("pattern", "1.0", digest(path), path.stat().st_size), it
    assert it["check"]["good"] and it["signer"]["sha256"] == M.sha256("signer") and not it["offered"], it
    assert {f["name"] for f in it["files"]} == {"pattern.bin", "readme.txt"} and it["n_files"] == 2
    assert C.good("GET", "/updates/" + it["id"]) == it
    listed = C.good("GET", "/updates")["items"][0]  # which files they are is not asked of a list
    assert listed == {m: it[m] for m in it if m != "files"}, listed
    for plain in (False, True):
        status, head, body = fetch(it["sha256"] + ".zip", plain=plain)
        assert status == 200 and body == path.read_bytes() and head["content-type"] == "application/zip", (status, head)
        status, head, body = fetch(it["sha256"] + ".p7s", plain=plain)
        assert status == 200 and body == p7s.read_bytes(), (status, head)
    assert on_disk() == [it["sha256"] + ".p7s", it["sha256"] + ".zip"]
    assert C.good("GET", "/updates")["total"] == 1
    C.refused(409, "update.exists", "POST", "/updates", form={"file": "@%s" % path, "signature": "@%s" % p7s})
    other = M.package("pattern", "1.0", name="other.zip")
    C.refused(409, "update.version", "POST", "/updates", form={"file": "@%s" % other, "signature": "@%s" % M.sign(other)})
    assert on_disk() == [it["sha256"] + ".p7s", it["sha256"] + ".zip"]


@test
def a_broken_download_goes_on_where_it_was():
    path = M.path("pattern-1.0.zip")
    data, name = path.read_bytes(), digest(path) + ".zip"
    for wanted, part in (("0-0", data[:1]), ("100-199", data[100:200]), ("%d-" % (len(data) - 7), data[-7:]), ("-9", data[-9:]),
                         ("50-99999999", data[50:])):
        status, head, body = fetch(name, "-r", wanted)
        assert status == 206 and body == part, (wanted, status, head, len(body))
        first = data.index(part) if len(part) > 1 else 0
        assert head["content-range"] == "bytes %d-%d/%d" % (first, first + len(part) - 1, len(data)), head
    status, head, _ = fetch(name, "-r", "%d-" % len(data))
    assert status == 416 and head["content-range"] == "bytes */%d" % len(data), (status, head)
    for odd in ("Range: bytes=5-2", "Range: pages=1-2", "Range: bytes=0-1,5-6", "Range: bytes=x-"):
        status, _, body = fetch(name, "-H", odd)
        assert status == 200 and body == data, (odd, status)
    _, head, _ = fetch(name)
    bare = head["etag"].strip('"')
    for seen, status in ((head["etag"], 304), ("W/" + head["etag"], 304), ('"other", ' + head["etag"], 304), ("*", 304), ('"other"', 200),
                         ('"a"%s"b"' % bare, 200)):
        assert fetch(name, "-H", "If-None-Match: " + seen)[0] == status, seen
    assert fetch(name, "-r", "1-2", "-H", "If-Range: " + head["etag"])[0] == 206
    assert fetch(name, "-r", "1-2", "-H", 'If-Range: "another"')[0] == 200
    half = M.path("half")
    half.write_bytes(data[:1000])
    subprocess.run(["curl", "-sk", "--fail", "-C", "-", "-o", half, "https://127.0.0.1:%d%supdates/%s" % (C.port, COMMON, name)], check=True)
    assert half.read_bytes() == data


@test
def what_is_no_package_is_not_found_at_the_distribution_point():
    for name in ("0" * 64 + ".zip", "0" * 64, "x.zip", digest(M.path("pattern-1.0.zip")) + ".exe", "..%2f..%2fdb.sqlite", ".incoming-x.tmp"):
        assert fetch(name)[0] in (400, 404), name


def refused(code, path, p7s=None, status=422, **more):
    before = on_disk(), C.good("GET", "/updates")["total"]
    answer = add(path, p7s, **more)
    assert answer.status == status and answer.code == code, (code, answer)
    assert (on_disk(), C.good("GET", "/updates")["total"]) == before, "something was left behind"
    return answer.json


@test
def what_is_not_good_is_refused_with_its_cause_and_leaves_nothing():
    path = M.package("pattern", "2.0")
    p7s = M.sign(path)
    bent = M.path("bent.zip")
    data = bytearray(path.read_bytes())
    data[60] ^= 1
    bent.write_bytes(data)
    refused("cms.digest", bent, p7s)
    raw = p7s.read_bytes()
    M.path("bent.p7s").write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    refused("cms.signature", path, M.path("bent.p7s"))
    refused("request.member", path, status=400)
    M.path("no.p7s").write_bytes(b"no signature")
    refused("cms.corrupt", path, M.path("no.p7s"))
    M.issue("server", "inter", ["extendedKeyUsage=serverAuth"])
    it = refused("package.signer", path, M.sign(path, signer="server", out=M.path("server.p7s")))
    assert it["check"]["reason"] == "trust.wrong_usage", it
    M.issue("plain", "inter", ["keyUsage=digitalSignature"])
    refused("package.usage", path, M.sign(path, signer="plain", out=M.path("plain.p7s")))
    M.issue("late", "inter", SIGNER, start=("200101000000Z", "210101000000Z"))
    it = refused("package.signer", path, M.sign(path, signer="late", out=M.path("late.p7s")))
    assert it["check"]["reason"] == "trust.expired" and "sign anew with one that is valid now" in it["remedies"][0]["text"], it
    M.path("text.zip").write_text("no ZIP at all, but signed")
    refused("zip.corrupt", M.path("text.zip"), M.sign(M.path("text.zip")))


@test
def a_signer_that_a_revocation_list_names_is_refused_and_others_are_not():
    path, home = M.package("pattern", "2.1"), M.home
    M.issue("gone", "inter", SIGNER)
    M.sign(path, signer="gone", out=M.path("gone.p7s"))
    assert add(path, M.path("gone.p7s"), form={"offer": "false"}).status == 201  # no list, nobody is named
    kept = C.good("GET", "/updates")["items"][0]
    assert kept["check"]["good"], kept
    (home / "crl.cnf").write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=crl.txt\ndefault_md=sha256\ndefault_crl_days=30\n")
    (home / "crl.txt").write_text("")
    for how in (["-revoke", "gone.pem"], ["-gencrl", "-out", "inter.crl"]):
        M.openssl("ca", "-config", "crl.cnf", "-cert", "inter.pem", "-keyfile", "inter.key", *how)
    C.done("cert", "import", M.path("inter.pem"), "--store", "CA")
    C.done("crl", "import", M.path("inter.crl"))
    now = C.good("GET", "/updates/" + kept["id"])["check"]
    assert not now["good"] and now["reason"] == "trust.revoked" and "was revoked" in now["explanation"], now
    answer = C.refused(422, "package.signer", "POST", "/updates/%s/offer" % kept["id"], {"offered": True})
    assert "was revoked" in answer.json["detail"] and not C.good("GET", "/updates/" + kept["id"])["offered"], answer
    run = C.cli("update", "offer", kept["id"])
    assert run.status == 4 and "was revoked" in run.err, run
    C.good("POST", "/updates/%s/offer" % kept["id"], {"offered": False})
    C.good("DELETE", "/updates/" + kept["id"], match=True)
    it = refused("package.signer", path, M.path("gone.p7s"))
    assert it["check"]["reason"] == "trust.revoked" and "revoked" in it["remedies"][0]["text"], it
    C.good("DELETE", "/updates/" + added(path, M.sign(path))["id"], match=True)  # by another of the same issuer
    C.done("crl", "remove", C.cli("crl", "list", "--json").json["items"][0]["id"], "--yes")
    C.done("cert", "remove", M.sha256("inter"), "--store", "CA", "--yes")


@test
def a_kind_of_key_that_cannot_be_verified_is_named_as_such():
    path = M.package("pattern", "2.2")
    M.issue("koblitz", "inter", SIGNER, key=("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"))
    it = refused("cms.unsupported", path, M.sign(path, signer="koblitz", out=M.path("koblitz.p7s")))
    assert "kind of key" in it["detail"], it


def packed(name, members, *args, **manifest):
    """By the program zip, which has no part in how ours reads."""
    files = M.path(name)
    files.mkdir()
    listed = []
    for n, data in members.items():
        (files / n).write_bytes(data)
        listed.append({"name": n, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "version": "1"})
    text = json.dumps(dict({"package": name, "version": "1.0", "files": listed}, **manifest), indent=2).replace("\n", "\r\n")
    (files / "manifest.json").write_bytes(b"\xef\xbb\xbf" + text.encode())  # as Windows writes it
    path = M.path(name + ".zip")
    with zipfile.ZipFile(path, "w") as z:
        for n in ["manifest.json", *members]:
            z.write(files / n, n)
    if args:
        path.unlink()
        subprocess.run(["zip", "-q", *args, str(path), "manifest.json", *members], cwd=files, check=True)
    return path


@test
def names_of_every_language_are_taken_and_a_byte_order_mark_before_the_manifest_too():
    path = packed("Sprachen", {"Größe.bin": b"1", "日本語.dat": b"2"})
    it = added(path)
    assert it["n_files"] == 2 and [f["name"] for f in C.good("GET", "/updates/" + it["id"])["files"]] == ["Größe.bin", "日本語.dat"], it
    C.good("DELETE", "/updates/" + it["id"], match=True)
    run = C.cli("update", "add", path, "--signature", M.sign(path), "--dry-run", "--json", env={"LC_ALL": "C"})
    assert run.status == 0 and run.json["n_files"] == 2, run
    path = packed("lines", {"a\nb": b"1"})
    assert "file 1" in refused("package.manifest", path, M.sign(path))["detail"]


@test
def a_member_that_is_not_taken_is_named():
    path = M.path("folders.zip")
    shutil.copy(M.package("pattern", "2.3"), path)
    with zipfile.ZipFile(path, "a") as z:
        z.writestr("below/", b"")
    assert "'below/'" in refused("zip.member", path, M.sign(path))["detail"]


@test
def a_package_with_a_password_is_told_apart_from_a_damaged_one():
    if not shutil.which("zip"):
        comment("no program zip here")
        return
    path = packed("locked", {"a.bin": b"1"}, "-P", "secret")
    assert "password" in refused("zip.member", path, M.sign(path))["detail"]


@test
def what_the_manifest_does_not_say_is_refused():
    for name, manifest in (("size", {"files": [{"name": "a", "size": 9, "sha256": hashlib.sha256(b"aaaa").hexdigest(), "version": "1"}]}),
                           ("digest", {"files": [{"name": "a", "size": 4, "sha256": "0" * 64, "version": "1"}]}),
                           ("name", {"package": "../pattern"}), ("version", {"version": "a/b"}), ("none", {"version": None}),
                           ("missing", {"files": [{"name": n, "size": 4, "sha256": hashlib.sha256(b"aaaa").hexdigest(), "version": "1"}
                                                  for n in ("a", "b")]})):
        path = M.package(content={"a": b"aaaa"}, name=name + ".zip", **dict({"package": "pattern", "version": "3.0"}, **manifest))
        refused("package.manifest", path, M.sign(path))


@test
def a_refused_manifest_names_the_member_that_is_wrong():
    whole = {"package": "pattern", "version": "4.0",
             "files": [{"name": "a", "size": 4, "sha256": hashlib.sha256(b"aaaa").hexdigest(), "version": "1"}]}

    def told(manifest):
        path = M.path("told.zip")
        with zipfile.ZipFile(path, "w") as z:
            z.writestr("manifest.json", json.dumps(manifest))
            z.writestr("a", b"aaaa")
        return refused("package.manifest", path, M.sign(path))["detail"]

    for member in whole:
        for wrong in (None, 4, {}, [], "", "../x"):
            text = told({**whole, member: wrong})
            assert "manifest.json" in text and "'%s'" % member in text, (member, wrong, text)
        text = told({m: whole[m] for m in whole if m != member})
        assert "'%s' is missing" % member in text or "'%s' must" % member in text, (member, text)
    for member in whole["files"][0]:
        for wrong in (None, [], -1, {}):
            text = told({**whole, "files": [{**whole["files"][0], member: wrong}]})
            assert "file 1" in text and "'%s'" % member in text, (member, wrong, text)
        text = told({**whole, "files": [{m: v for m, v in whole["files"][0].items() if m != member}]})
        assert "file 1" in text and "'%s' is missing" % member in text, (member, text)
    assert "'package'" in told([]) and "'package'" in told({}) and "'name'" in told({**whole, "files": [None]})


@test
def a_chain_that_breaks_off_names_what_is_missing():
    stranger = Maker("Stranger")
    try:
        path = stranger.package("foreign", "1.0")
        it = refused("package.signer", path, stranger.sign(path, chain=("inter", "root")))
        assert it["check"]["missing"] == {"name": "CN=Stranger Root", "kind": "root", "sha256": stranger.sha256("root")}, it
        it = refused("package.signer", path, stranger.sign(path, chain=()))
        assert it["check"]["missing"] == {"name": "CN=Stranger Intermediate", "kind": "intermediate", "sha256": None}, it
        assert "'CN=Stranger Intermediate' is missing here" in it["detail"], it
        it = refused("package.signer", path, stranger.sign(path, chain=("inter",)))
        assert it["check"]["missing"] == {"name": "CN=Stranger Root", "kind": "intermediate", "sha256": None}, it
        assert "neither in CA nor, if it is a root, in Root" in it["detail"], it  # nobody showed whether it is one
    finally:
        shutil.rmtree(stranger.home)


@test
def one_version_is_offered_and_agents_are_told():
    one = C.good("GET", "/updates")["items"][0]
    agent = Agent(C)
    assert agent.register()[0] == 201
    before = agent.beat()[1]["updates"]
    assert agent.request("GET", "/updates")[1]["items"] == []
    assert C.good("POST", "/updates/%s/offer" % one["id"], {"offered": True})["offered"]
    wanted = {m: one[m] for m in ("package", "version", "sha256", "bytes")}
    status, told = agent.request("GET", "/updates")
    assert status == 200 and told["items"] == [wanted] and told["revision"] > before, told
    assert agent.beat()[1]["updates"] == told["revision"]
    path = M.package("pattern", "1.1")
    two = added(path, form={"offer": "true"})
    assert two["offered"] and not C.good("GET", "/updates/" + one["id"])["offered"]
    told = agent.request("GET", "/updates")[1]
    assert [i["version"] for i in told["items"]] == ["1.1"], told
    third = added(M.package("engine", "7"), form={"offer": "true"})
    assert len(agent.request("GET", "/updates")[1]["items"]) == 2
    revision = agent.beat()[1]["updates"]
    C.good("POST", "/updates/%s/offer" % third["id"], {"offered": True})
    assert agent.beat()[1]["updates"] == revision, "nothing changed"
    C.good("POST", "/updates/%s/offer" % third["id"], {"offered": False})
    assert len(agent.request("GET", "/updates")[1]["items"]) == 1
    assert agent.request("GET", "/updates", authorization="Agent none")[0] == 401


@test
def removing_one_that_is_offered_takes_offer_and_files_away():
    two = [i for i in C.good("GET", "/updates")["items"] if i["offered"]][0]
    agent = Agent(C, "second")
    assert agent.register()[0] == 201
    revision = agent.beat()[1]["updates"]
    assert C.call("DELETE", "/updates/%s?dry_run=true" % two["id"], match=True).status == 204
    assert fetch(two["sha256"] + ".zip")[0] == 200 and C.good("GET", "/updates/" + two["id"])["check"]["good"]
    assert C.call("DELETE", "/updates/" + two["id"], match=True).status == 204
    assert fetch(two["sha256"] + ".zip")[0] == 404 and fetch(two["sha256"] + ".p7s")[0] == 404
    assert not [n for n in on_disk() if n.startswith(two["sha256"])]
    assert agent.request("GET", "/updates")[1]["items"] == [] and agent.beat()[1]["updates"] > revision
    C.refused(404, "update.not_found", "GET", "/updates/" + two["id"])


@test
def roles_are_held():
    path = M.package("roles", "1")
    p7s = M.sign(path)
    form = {"file": "@%s" % path, "signature": "@%s" % p7s}
    C.refused(403, "auth.role", "POST", "/updates", form=form, role="viewer")
    C.refused(401, None, "POST", "/updates", form=form, role=None)
    C.refused(403, "auth.role", "POST", "/updates", form={"file": "@%s" % path, "sign_with": "0" * 64}, role="operator")
    answer = C.call("POST", "/updates?dry_run=true", form=form, role="operator")
    assert answer.status == 200 and answer.json["package"] == "roles", answer
    assert not [n for n in on_disk() if n.startswith(digest(path))], "a dry run left something behind"
    it = C.good("POST", "/updates", form=form, role="operator")
    for method, where, body in (("POST", "/offer", {"offered": True}), ("DELETE", "", None)):
        C.refused(403, "auth.role", method, "/updates/" + it["id"] + where, body, role="viewer", match="*" if method == "DELETE" else None)
    C.refused(403, "auth.role", "POST", "/updates/check", {}, role="viewer")
    C.good("GET", "/updates", role="viewer")
    actions = [r["action"] for r in C.good("GET", "/audit?action=update.*")["items"]]
    assert {"update.add", "update.offer", "update.withdraw", "update.remove"} <= set(actions), actions


@test
def all_agents_are_told_to_look():
    agent = Agent(C, "looks")
    agent.listen()
    assert agent.register()[0] == 201
    agent.walk()
    rollout = C.call("POST", "/updates/check", {"agents": [agent.id]})
    assert rollout.status == 201 and rollout["location"].startswith("/api/v1/rollouts/"), rollout
    assert rollout.json["cmd"] == "update-check"
    agent.close()


def import_pfx(name, chain="inter"):
    M.openssl("pkcs12", "-export", "-in", name + ".pem", "-inkey", name + ".key", "-certfile", chain + ".pem", "-out", name + ".pfx", "-passout",
              "pass:pw")
    M.path("pw").write_text("pw")
    C.done("cert", "import", M.path(name + ".pfx"), "--password-file", M.path("pw"))
    return M.sha256(name)


@test
def the_console_signs_what_openssl_verifies():
    for n, (key, kind) in enumerate(((("-newkey", "rsa:2048"), "rsa"), (("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"), "ec"))):
        M.issue(kind, "inter", SIGNER, key=key)
        sha256 = import_pfx(kind)
        path = M.package("signed-here", "%d" % n)
        answer = add(path, form={"sign_with": sha256})
        assert answer.status == 201 and answer.json["signer"]["sha256"] == sha256, answer
        M.path("got.p7s").write_bytes(fetch(digest(path) + ".p7s")[2])
        # the signer's chain is inside: nothing but the root is given; then the certificates and attributes are looked at
        out = M.openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", "got.p7s", "-content", path, "-CAfile", "root.pem", "-purpose", "any")
        assert out == path.read_bytes()
        certs = M.openssl("pkcs7", "-inform", "DER", "-in", "got.p7s", "-print_certs").decode()
        assert all(x in certs for x in ("Maker Intermediate", "Maker Root")), certs
        text = M.openssl("cms", "-cmsout", "-print", "-inform", "DER", "-in", "got.p7s").decode()
        assert "messageDigest" in text and "sha256" in text and "eContent: <ABSENT>" in text, text
        other = M.path("other.bin")
        other.write_bytes(b"another file")
        done = subprocess.run(["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "got.p7s", "-content", other, "-CAfile",
                               "root.pem", "-purpose", "any"], capture_output=True, cwd=M.home, check=False)
        assert done.returncode != 0, "openssl takes another file"
    row = C.good("GET", "/audit?action=update.add")["items"][0]
    assert row["detail"]["signed_with"] == sha256, row


@test
def who_cannot_sign_does_not():
    path = M.package("unsigned", "1")
    refused("cert.not_found", path, status=404, form={"sign_with": "0" * 64})
    M.issue("server2", "inter", ["extendedKeyUsage=serverAuth"])
    refused("update.signer", path, form={"sign_with": import_pfx("server2")})
    refused("update.signer", path, form={"sign_with": M.sha256("inter")})
    refused("request.member", path, M.sign(path), status=400, form={"sign_with": "0" * 64})


# ---- the command line ----


@test
def the_command_line_does_the_same():
    path = M.package("by-hand", "1")
    p7s = M.sign(path, form="PEM")
    run = C.cli("update", "add", path)
    assert run.status == 2, run
    run = C.cli("update", "add", path, "--signature", p7s, "--json", "--dry-run")
    assert run.status == 0 and run.json["check"]["good"], run
    assert C.cli("update", "show", run.json["id"]).status == 3
    run = C.cli("update", "add", path, "--signature", p7s, "--json", "--offer")
    assert run.status == 0 and run.json["offered"] and run.json["added_by"], run
    one = run.json["id"]
    assert C.cli("update", "add", path, "--signature", p7s).status == 6
    bent = M.path("bent-by-hand.zip")
    bent.write_bytes(path.read_bytes() + b"x")
    run = C.cli("update", "add", bent, "--signature", p7s, "--json")
    assert run.status == 4 and run.json["code"] == "cms.digest" and run.json["check"]["reason"] == "cms.digest", run
    run = C.cli("update", "add", M.package("by-hand", "2"), "--sign-with", M.sha256("ec"), "--json")
    assert run.status == 0 and not run.json["offered"], run
    assert fetch(run.json["sha256"] + ".zip")[0] == 200, "the console gives out what the command line took"
    two = run.json["id"]
    assert C.cli("update", "offer", two, "--json").json["offered"] and not C.cli("update", "show", one, "--json").json["offered"]
    assert not C.cli("update", "offer", two, "--withdraw", "--json").json["offered"]
    text = C.done("update", "list")
    assert "by-hand" in text and "CN=Maker Signer" in text, text
    agent = registered("seen by hand")
    hangs(agent, reason="cms.signature", state="failed")
    until(lambda: listed(agent), "its state")
    text = C.done("update", "list")
    assert "signature_bad" in text and "_Invalid" in text, text
    text = C.done("update", "agents", "--cause", "signature_bad")
    assert agent.id in text and "failed" in text, text
    cleared(agent)
    run = C.cli("update", "check", "--agent", agent.id, "--json")
    assert run.status == 0 and run.json["cmd"] == "update-check" and run.json["total"] == 1, run
    assert C.cli("update", "remove", one, input="").status != 0, "without --yes it asks"
    for it in (one, two):
        assert C.cli("update", "remove", it, "--yes").status == 0
    assert C.cli("update", "remove", one, "--yes").status == 3


# ---- after a crash ----


@test
def what_a_crash_left_is_swept_and_what_is_kept_comes_back():
    path = M.package("kept", "1")
    p7s = M.sign(path)
    it = added(path, p7s)
    orphan, leftover, strange = folder() / ("0" * 64 + ".zip"), folder() / (".incoming-" + "0" * 32 + ".tmp"), folder() / "notes.txt"
    C.stop()
    for f in (orphan, leftover, strange):
        f.write_bytes(b"left over")
    (folder() / (it["sha256"] + ".p7s")).unlink()
    C.start()
    assert not orphan.exists() and not leftover.exists() and strange.exists()
    assert fetch(it["sha256"] + ".p7s")[2] == p7s.read_bytes(), "the signature is in the database"
    strange.unlink()
    (folder() / (it["sha256"] + ".zip")).unlink()
    shown = C.good("GET", "/updates/" + it["id"])
    assert not shown["check"]["good"] and shown["check"]["reason"] == "package.file", shown
    C.good("DELETE", "/updates/" + it["id"], match=True)


# ---- large ones ----

MEGABYTES, GROWTH_KIB = 100, 24 << 10


def sanitized():
    return b"__asan" in (BUILD / "certbinderd").read_bytes()


@test
def a_hundred_megabytes_are_taken_and_given_in_flat_memory():
    added(M.package("warm", "1"))  # what is loaded with the first use is no matter here
    path = M.big(MEGABYTES)
    p7s = M.sign(path)
    got = M.path("got.zip")
    with Growth(C.process.pid) as grown:
        it = added(path, p7s)
        subprocess.run(["curl", "-sk", "--fail", "-o", got, "https://127.0.0.1:%d%supdates/%s.zip" % (C.port, COMMON, it["sha256"])], check=True)
    comment("%d KiB before, %d KiB more while %d MiB came and went" % (grown.before, grown.kib, MEGABYTES))
    assert digest(got) == digest(path) == it["sha256"]
    assert grown.kib < GROWTH_KIB * (4 if sanitized() else 1)
    assert not os.listdir(C.folder / "tmp"), "an upload has a name"
    C.good("DELETE", "/updates/" + it["id"], match=True)
    data = bytearray(path.read_bytes())
    data[50 << 20] ^= 1
    M.path("bent-big.zip").write_bytes(data)
    refused("cms.digest", M.path("bent-big.zip"), p7s)


@test
def parts_of_every_size_come_through_whole():
    for size in (1, 200 << 10, (256 << 10) - 300, 256 << 10, (256 << 10) + 1, (1 << 20) - 700, 1 << 20, (3 << 20) + 17, 13 << 20):
        path = M.package("size", str(size), {"data": os.urandom(size)})
        it = added(path)
        assert it["sha256"] == digest(path), size
        for order in ("signature", "file"):  # whichever comes first
            form = {order: "@%s" % (path if order == "file" else M.sign(path))}
            form.update({"file": "@%s" % path, "signature": "@%s" % M.sign(path)})
            C.refused(409, "update.exists", "POST", "/updates", form=form)
        C.good("DELETE", "/updates/" + it["id"], match=True)
    # what looks like a delimiter is none, wherever pieces are cut
    path = M.package("dashes", "1", {"data": b"\r\n--" * (400 << 10)})
    M.path("stored.zip").write_bytes(path.read_bytes())
    assert added(path)["sha256"] == digest(path)


@test
def who_may_not_upload_is_told_before_the_upload():
    path = M.path("big-1.0.zip")
    for token, wanted in (("cb_" + "x" * 43, 401), (C.token("viewer"), 403)):
        done = subprocess.run(["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code} %{size_upload}", "--max-time", "60", "-H",
                               "Authorization: Bearer " + token, "-H", "Expect: 100-continue", "-F", "file=@%s" % path,
                               "https://127.0.0.1:%d/api/v1/updates" % C.port], capture_output=True, text=True, check=False)
        status, sent = done.stdout.split()
        assert int(status) == wanted and int(sent) < 1 << 20, (wanted, done.stdout)


@test
def uploads_past_their_limits_are_refused():
    status = C.curl("-X", "POST", "-H", "Authorization: Bearer " + C.token("admin"), "-H", "Content-Type: multipart/form-data; boundary=x", "-H",
                    "Content-Length: %d" % ((1 << 30) + (3 << 20)), "-H", "Expect:", "--data-binary", "x", path="/api/v1/updates").status
    assert status == 413, status
    path, large = M.package("large-signature", "1"), M.path("large.p7s")
    large.write_bytes(os.urandom((1 << 20) + 1))
    refused("limit.file", path, large, status=413)
    # beside the file, memory holds what is left of the form
    big = M.path("big-1.0.zip")
    large.write_bytes(os.urandom(5 << 20))
    refused("limit.body", big, large, status=413)
    hostile = b"--x\r\n" + b"a" * (6 << 20)
    answer = C.curl("-X", "POST", "-H", "Authorization: Bearer " + C.token("admin"), "-H", "Content-Type: multipart/form-data; boundary=x",
                    "--data-binary", "@-", path="/api/v1/updates", data=hostile)
    assert answer.status == 413, answer


@test
def packages_and_offers_have_their_number():
    path = M.package("one-more", "1")
    p7s = M.sign(path)
    it = added(path, p7s)
    here = C.good("GET", "/updates")
    with sqlite3.connect(C.folder / "db.sqlite") as db:
        def fill(n, offered):
            db.executemany("INSERT INTO update_packages (package, version, sha256, bytes, p7s, files, offered, added_at, added_by)"
                           " VALUES (?, '1', ?, 1, x'00', '[]', ?, 1, 'filler')",
                           [("filler%d-%d" % (offered, i), os.urandom(32).hex(), offered) for i in range(n)])
            db.commit()
        try:
            fill(32 - sum(i["offered"] for i in here["items"]), 1)
            answer = C.refused(422, "limit.rows", "POST", "/updates/%s/offer" % it["id"], {"offered": True})
            assert "32" in answer.text and not C.good("GET", "/updates/" + it["id"])["offered"]
            fill(200 - C.good("GET", "/updates")["total"], 0)
            assert C.good("GET", "/updates")["total"] == 200
            other = M.package("one-more", "2")
            refused("limit.rows", other, M.sign(other))
        finally:
            db.execute("DELETE FROM update_packages WHERE added_by = 'filler'")
            db.commit()
    C.good("POST", "/updates/%s/offer" % it["id"], {"offered": True})
    C.good("DELETE", "/updates/" + it["id"], match=True)


def form_of(*parts, boundary=b"x"):
    """A form's body; parts: name and content."""
    return b"".join(b"--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"f\"\r\n\r\n%s\r\n" % (boundary, name, content)
                    for name, content in parts) + b"--%s--\r\n" % boundary


def post(body, *args):
    return C.curl("-X", "POST", "-H", "Authorization: Bearer " + C.token("admin"), "-H", "Content-Type: multipart/form-data; boundary=x",
                  "--data-binary", "@-", *args, path="/api/v1/updates", data=body)


@test
def a_large_form_with_the_same_key_is_answered_again_however_it_was_cut():
    path = M.package("again", "1", {"data": os.urandom(3 << 20)})
    form = [(b"file", path.read_bytes()), (b"signature", M.sign(path).read_bytes())]
    key = ("-H", "Idempotency-Key: large-1")
    first = post(form_of(*form), *key)
    assert first.status == 201 and "idempotency-replayed" not in first.headers, first
    for cut in ((), ("-H", "Transfer-Encoding: chunked"), ("--limit-rate", "4M"), ("-H", "X-More: " + "x" * 1000)):
        again = post(form_of(*form), *key, *cut)
        assert again.status == 201 and again["idempotency-replayed"] == "true" and again.json == first.json, (cut, again)
    form[0] = (b"file", form[0][1][:-1])
    other = post(form_of(*form), *key)
    assert other.status == 409 and other.code == "request.idempotency", other
    C.good("DELETE", "/updates/" + first.json["id"], match=True)


@test
def the_head_of_a_part_has_its_bytes():
    start = b"Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\nX: "
    for n, code in ((4096, "request.member"), (4097, "request.multipart")):
        answer = post(b"--x\r\n" + start.ljust(n, b"h") + b"\r\n\r\ndata\r\n--x--\r\n")
        assert answer.status == 400 and answer.code == code and (n > 4096 or "signature" in answer.text), (n, answer)


@test
def a_boundary_has_at_most_seventy_bytes():
    path = M.package("boundary", "1")
    body = b"--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + path.read_bytes() + b"\r\n--%s--\r\n"
    for n, status in ((70, 400), (71, 400)):
        name = b"b" * n
        answer = C.curl("-X", "POST", "-H", "Authorization: Bearer " + C.token("admin"), "-H", "Content-Type: multipart/form-data; boundary="
                        + name.decode(), "--data-binary", "@-", path="/api/v1/updates", data=body.replace(b"%s", name))
        # one that fits is read, and lacks its signature; one too long is no form at all
        assert answer.status == status and answer.code == ("request.member" if n == 70 else "request.multipart"), (n, answer)


# ---- agents' states ----


def until(look, what):
    """Heartbeats are written a moment after they came."""
    return wait_until(look, what=lambda: "%s: %s" % (what, C.good("GET", "/updates")))


def finding(cause):
    return next((f for f in C.good("GET", "/updates")["findings"] if f["cause"] == cause), None)


def hangs(agent, reason=None, missing=None, state="updating", ago=3600, skew=0, **more):
    """A heartbeat of an agent that has been in this state for so long, by its own clock."""
    now = int(time.time()) + skew
    status, answer = agent.beat(states={"time": now, "update": dict({
        "state": state, "package": "pattern", "version": "1.0", "installed": None, "since": now - ago, "reason": reason,
        "detail": "a sentence of its own", "missing": missing, "bytes": 7, "total": 9}, **more)})
    assert status == 200, answer


def registered(name):
    agent = Agent(C, name)
    assert agent.register()[0] == 201
    return agent


def listed(agent, **query):
    items = C.good("GET", "/updates/agents?" + "&".join("%s=%s" % q for q in dict({"limit": 500}, **query).items()))["items"]
    return next((i for i in items if i["id"] == agent.id), None)


def cleared(agent):
    hangs(agent, state="current")
    until(lambda: listed(agent, state="current"), "current again")


@test
def each_cause_is_a_finding_of_its_own():
    agent = registered("hangs")
    root = {"name": "CN=Nobody Knows Root", "kind": "root", "sha256": "ab" * 32}
    for cause, more in (("root_missing", {"reason": "trust.root_not_in_root", "missing": root}),
                        ("intermediate_missing", {"reason": "trust.chain_breaks",
                                                  "missing": {"name": "CN=Nobody Knows CA", "kind": "intermediate", "sha256": None}}),
                        ("signature_bad", {"reason": "cms.signature", "state": "failed"}),
                        ("signature_bad", {"reason": "trust.wrong_usage", "state": "failed"}),
                        ("clock", {"reason": "trust.expired", "skew": 86400}), ("clock", {"reason": "trust.not_yet_valid", "skew": -900}),
                        ("other", {"reason": "trust.expired", "skew": 200}), ("other", {"reason": "update.space", "state": "failed"}),
                        ("unreachable", {"reason": "agent.unreachable", "state": "downloading"}), ("other", {})):
        hangs(agent, **more)
        it = until(lambda: finding(cause), cause)
        assert it["count"] == 1 and it["failed"] == (1 if more.get("state") == "failed" else 0), it
        assert it["explanation"] and it["remedy"], it
        row = listed(agent, cause=cause)
        assert row["reason"] == more.get("reason") and row["detail"] == "a sentence of its own" and row["total"] == 9, row
        assert abs(age(row["since"]) - 3600) < 90, (more, row)
        if more.get("missing"):
            assert it["certificate"] == {"name": more["missing"]["name"], "sha256": more["missing"]["sha256"]}, it
            assert row["missing"] == more["missing"] and row["missing"]["name"] in it["explanation"], row
        assert C.good("GET", "/updates")["agents"][more.get("state", "updating")] == 1
        cleared(agent)
        assert not C.good("GET", "/updates")["findings"]


def age(stamp):
    return time.time() - datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


@test
def who_is_under_way_for_a_short_time_is_no_finding_and_who_failed_is_one_at_once():
    agent = registered("short")
    hangs(agent, ago=60, state="downloading")
    until(lambda: listed(agent, state="downloading"), "its state")
    assert not C.good("GET", "/updates")["findings"]
    C.call("PUT", "/settings/update_stall_s", {"value": 30}, match=True)
    assert finding("other")["count"] == 1
    C.call("PUT", "/settings/update_stall_s", {"value": None}, match=True)
    assert not C.good("GET", "/updates")["findings"]
    hangs(agent, ago=0, state="failed", reason="cms.digest")
    until(lambda: finding("signature_bad"), "failed")
    metrics = C.good("GET", "/metrics", role="viewer")
    assert 'certbinder_update_agents_hanging{cause="signature_bad"} 1\n' in metrics and \
        'certbinder_update_agents_hanging{cause="clock"} 0\n' in metrics and 'certbinder_update_agents{state="failed"} 1\n' in metrics, metrics
    cleared(agent)


@test
def the_catalogue_names_the_cure_and_the_policy_is_a_cause():
    name = "Stalled Updates Root"
    M.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "s.key", "-out", "s.pem", "-subj",
              "/CN=" + name, "-days", "3000", *[x for e in CA for x in ("-addext", e)])
    agent = registered("lacks")
    # the chain breaks off before its root: the agent can but give the name of the next link
    hangs(agent, reason="trust.chain_breaks", missing={"name": "CN=" + name, "kind": "intermediate", "sha256": None})
    assert until(lambda: finding("intermediate_missing"), "not in the catalogue")["entry"] is None
    C.done("cert", "import", M.path("s.pem"), "--store", "Root")
    entry = C.good("POST", "/roots", {"name": name, "store": "Root", "sha256": M.sha256("s"), "needed_for": "updates", "since": "now"})
    it = until(lambda: finding("root_missing"), "the catalogue knows that it is a root")
    assert it["entry"] == entry["id"] and it["link"] == "/api/v1/roots/" + entry["id"] and "deploy" in it["remedy"], it
    C.call("PUT", "/roots/policy", {"policy": "on"}, match=True)
    it = until(lambda: finding("policy"), "the policy keeps it from fetching")
    assert it["entry"] == entry["id"] and not finding("root_missing"), it
    assert listed(agent, cause="policy")["entry"] == entry["id"] and not listed(agent, cause="root_missing")
    C.call("PUT", "/roots/policy", {"policy": "not_configured"}, match=True)
    assert finding("root_missing") and not finding("policy")
    assert C.call("DELETE", "/roots/" + entry["id"], match=True).status == 204
    assert finding("root_missing")["entry"] is None
    cleared(agent)


@test
def an_entry_without_a_digest_is_known_by_its_name():
    agent = registered("by name")
    entry = C.good("POST", "/roots", {"name": "Named Only Root", "store": "Root", "needed_for": "updates", "since": "now"})
    hangs(agent, reason="trust.chain_breaks", missing={"name": "CN=Named Only Root,O=Somebody", "kind": "intermediate", "sha256": None})
    it = until(lambda: finding("root_missing"), "the entry is of the store Root")
    assert it["entry"] == entry["id"] and listed(agent)["missing"]["kind"] == "root", it
    assert C.call("DELETE", "/roots/" + entry["id"], match=True).status == 204
    cleared(agent)


@test
def who_went_silent_amid_an_update_is_unreachable():
    agent = registered("silent")
    hangs(agent, ago=10, state="downloading")
    until(lambda: listed(agent, state="downloading"), "its state")
    assert listed(agent)["cause"] is None
    with sqlite3.connect(C.folder / "db.sqlite") as db:
        db.execute("UPDATE agents SET last_seen_at = last_seen_at - 4000, update_since = update_since - 4000 WHERE id = ?", (agent.id,))
    db.close()
    it = until(lambda: finding("unreachable"), "silent")
    assert it["count"] == 1 and listed(agent, cause="unreachable"), it
    hangs(agent, ago=10, state="downloading")
    until(lambda: not finding("unreachable"), "it is back")
    cleared(agent)


@test
def listeners_of_events_hear_of_it():
    agent = registered("heard")
    with subprocess.Popen(["curl", "-skN", "--max-time", "30", "-H", "Authorization: Bearer " + C.token("viewer"),
                           "https://127.0.0.1:%d/api/v1/events" % C.port], stdout=subprocess.PIPE, text=True) as curl:
        try:
            assert curl.stdout.readline()  # they are listening
            hangs(agent, ago=0, state="verifying")
            assert any(line.strip() == "event: update" for line in curl.stdout), "no event"
        finally:
            curl.kill()
    cleared(agent)


@test
def hostile_states_are_taken_as_not_told():
    agent = registered("hostile")
    for update in ({"state": "dancing"}, {"state": 7}, [], "x", {"state": "failed", "since": -5, "missing": [1], "reason": {"a": 1}},
                   {"state": "failed", "since": 1 << 62, "reason": "x" * 5000, "missing": {"name": "a\nb" * 400, "kind": 9, "sha256": "z"}}):
        assert agent.beat(states={"time": "noon", "update": update})[0] == 200, update
    row = until(lambda: listed(agent, state="failed"), "failed")
    assert len(row["reason"]) == 255 and len(row["missing"]["name"]) == 255 and "\n" not in row["missing"]["name"], row
    assert row["missing"]["sha256"] is None and age(row["since"]) < 60
    C.refused(400, "request.parameter", "GET", "/updates/agents?state=dancing")
    C.refused(400, "request.parameter", "GET", "/updates/agents?cause=fate")
    cleared(agent)


@test
def lists_of_agents_are_paged():
    for n in range(3):
        hangs(registered("page%d" % n), reason="cms.digest", state="failed")
    until(lambda: (finding("signature_bad") or {}).get("count") == 3, "three")
    first = C.call("GET", "/updates/agents?cause=signature_bad&limit=2")
    assert first["x-total-count"] == "3" and len(first.json["items"]) == 2
    rest = C.good("GET", "/updates/agents?cause=signature_bad&limit=2&page_token=" + first.json["next_page_token"])
    assert len(rest["items"]) == 1 and "next_page_token" not in rest


@test
def the_most_frequent_findings_are_listed():
    agent = registered("many")
    hangs(agent, reason="cms.digest", state="failed")
    until(lambda: listed(agent, state="failed"), "failed")
    with sqlite3.connect(C.folder / "db.sqlite") as db:
        columns = [r[1] for r in db.execute("PRAGMA table_info(agents)")]
        others = ", ".join(c for c in columns if c not in ("id", "update_missing", "update_cause"))
        db.executemany("INSERT INTO agents (id, update_missing, update_cause, %s) SELECT ?, ?, 1, %s FROM agents WHERE id = ?" % (others, others),
                       [(os.urandom(16).hex(), "CN=root %d" % (i // 2), agent.id) for i in range(240)])
        db.commit()
        try:
            found = C.good("GET", "/updates")["findings"]
            assert len(found) == 100 and found[0]["count"] >= found[-1]["count"] == 2, len(found)
            # which keeps none from being counted
            metrics = C.good("GET", "/metrics", role="viewer")
            assert 'certbinder_update_agents_hanging{cause="root_missing"} 240\n' in metrics, metrics
        finally:
            db.execute("DELETE FROM agents WHERE update_missing LIKE 'CN=root %'")
            db.commit()
    cleared(agent)


start()
try:
    main()
finally:
    stop()
