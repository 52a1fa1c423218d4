#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Update packages that openssl signed are kept, offered and given out, byte for byte; what is not good leaves nothing behind."""
# timeout-seconds: 400
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agent import COMMON, Agent  # noqa: E402
from console import Console  # noqa: E402
from packages import CA, SIGNER, Maker  # noqa: E402
from tap import main, test  # noqa: E402

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
    lines = head.decode().split("\r\n")
    return int(lines[0].split()[1]), {k.lower(): v.strip() for k, _, v in (x.partition(":") for x in lines[1:])}, body


@test
def a_good_package_is_kept_and_given_out_byte_for_byte():
    path = M.package("pattern", "1.0")
    p7s = M.sign(path)
    it = added(path, p7s)
    assert (it["package"], it["version"], it["sha256"], it["bytes"]) == ("pattern", "1.0", digest(path), path.stat().st_size), it
    assert it["check"]["good"] and it["signer"]["sha256"] == M.sha256("signer") and not it["offered"], it
    assert {f["name"] for f in it["files"]} == {"pattern.bin", "readme.txt"}
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
    assert fetch(name, "-H", "If-None-Match: " + head["etag"])[0] == 304
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
    assert it["check"]["reason"] == "trust.expired", it
    M.path("text.zip").write_text("no ZIP at all, but signed")
    refused("zip.corrupt", M.path("text.zip"), M.sign(M.path("text.zip")))


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
def a_chain_that_breaks_off_names_what_is_missing():
    stranger = Maker("Stranger")
    try:
        path = stranger.package("foreign", "1.0")
        it = refused("package.signer", path, stranger.sign(path, chain=("inter", "root")))
        assert it["check"]["missing"] == {"name": "CN=Stranger Root", "kind": "root", "sha256": stranger.sha256("root")}, it
        it = refused("package.signer", path, stranger.sign(path, chain=()))
        assert it["check"]["missing"] == {"name": "CN=Stranger Intermediate", "kind": "intermediate", "sha256": None}, it
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
    assert fetch(two["sha256"] + ".zip")[0] == 200
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


start()
try:
    main()
finally:
    stop()
