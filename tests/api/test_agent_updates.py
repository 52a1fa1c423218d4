#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 900

Updates of certbinder-agentd, offered by a server of our own that may lie. Packages are signed by openssl.
"""
import concurrent.futures
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agentd import API, COMMON, Agent, Pair, Server, move  # noqa: E402
from authority import SERVER_AUTH, days  # noqa: E402
from binding import wait_until  # noqa: E402
from console import BUILD  # noqa: E402
from memory import Growth  # noqa: E402
from offers import Chain, Package, installed, leftovers, signed, trust  # noqa: E402
from story import nudge  # noqa: E402
from tap import comment, main, skip_unless, test  # noqa: E402

chain = None
CHANGES = ("rename", "renameat", "renameat2", "symlinkat", "mkdirat", "unlinkat", "fsync")  # how the agent changes its disk


def begin():
    global chain
    chain = Chain()


def agent_of(server, *roots, **more):
    a = Agent(server.port, server.keys[0].dat, start=False, **more)
    trust(a, "Root", *(roots or (chain.root,)))
    return a.start()


def state(server, what, seconds=90, since=0):
    """The first heartbeat whose update fits."""
    return server.wait(lambda x: x["path"] == API + "/heartbeat" and x["status"] == 200 and
                       "update" in x["body"]["states"] and what(x["body"]["states"]["update"]),
                       seconds, since)["body"]["states"]["update"]


def settled(server, name, **more):
    return state(server, lambda u: u["state"] == name and all(u[k] == v for k, v in more.items()))


def swept(agent):
    """Once the server knows that a package is current, what it came in goes."""
    wait_until(lambda: leftovers(agent) == [], what=lambda: leftovers(agent))


def starts(server, path):
    """Where the downloads of a file began."""
    return [x["start"] for x in server.seen if x["path"] == path and "start" in x]


@test
def installs_what_is_offered_and_is_current():
    with Server() as s:
        p = Package(chain=chain)
        s.offer_packages(p)
        with agent_of(s) as a:
            u = settled(s, "current", package="engine", version="1.0", installed="1.0", reason=None, missing=None)
            assert u["total"] == len(p.zip) == u["bytes"], u
            assert installed(a) == p.files
            swept(a)
            assert os.readlink(a.folder / "updates/installed/engine/current") == "1.0"
            assert {(f.stat().st_mode & 0o777) for f in (a.folder / "updates/installed/engine/1.0").iterdir()} == {0o600}
            fetched = [x for x in s.seen if "/updates/" in x["path"]]
            assert len(fetched) == 2 and not any(x["auth"] for x in fetched), fetched


@test
def keeps_the_version_before_and_drops_those_before_it():
    with Server() as s:
        packages = [Package(version=v, chain=chain) for v in ("1.0", "2.0", "3.0")]
        s.offer_packages(packages[0])
        with agent_of(s) as a:
            for p in packages:
                s.offer_packages(p)
                settled(s, "current", installed=p.version)
                assert installed(a) == p.files
            wait_until(lambda: {f.name for f in (a.folder / "updates/installed/engine").iterdir()} == {"current", "2.0", "3.0"})
            other = Package(version="3.0", chain=chain)
            s.offer_packages(other)  # the same version again with another content
            wait_until(lambda: installed(a) == other.files)
            wait_until(lambda: {f.name for f in (a.folder / "updates/installed/engine").iterdir()} == {"current", "2.0", "3.0"})


@test
def goes_on_with_a_broken_download_where_it_broke_off():
    with Server() as s:
        p = Package(files={"big": os.urandom(3 << 20)}, chain=chain, store=True)
        path = COMMON + "updates/%s.zip" % p.sha256
        s.breaks[path] = 2 << 20
        s.offer_packages(p)
        with agent_of(s) as a:
            u = state(s, lambda u: u["state"] == "downloading" and u["reason"] == "agent.unreachable")
            assert 0 < u["bytes"] < len(p.zip), u
            held = (a.folder / "updates/incoming/engine-1.0.zip.part").stat().st_size
            s.files[path] = p.zip
            settled(s, "current")
            assert starts(s, path) == [0, held], s.seen
            assert installed(a) == p.files


@test
def begins_anew_when_what_was_there_is_of_another_file():
    with Server() as s:
        p = Package(files={"big": os.urandom(1 << 20)}, chain=chain, store=True)
        path = COMMON + "updates/%s.zip" % p.sha256
        s.breaks[path] = 500000
        s.offer_packages(p)
        with agent_of(s) as a:
            state(s, lambda u: u["reason"] == "agent.unreachable")
            a.stop()
            part = a.folder / "updates/incoming/engine-1.0.zip.part"
            held = part.stat().st_size
            part.write_bytes(b"x" * held)
            s.files[path] = p.zip
            a.start()
            settled(s, "current")
            assert starts(s, path) == [0, held, 0], s.seen
            assert installed(a) == p.files
            swept(a)


@test
def waits_for_a_root_that_it_lacks_and_finishes_by_itself():
    with Server() as s:
        p = Package(chain=chain)
        s.offer_packages(p)
        with agent_of(s, Pair("another root")) as a:
            u = settled(s, "updating", reason="trust.root_not_in_root")
            assert u["missing"] == {"name": "CN=Vendor Root", "kind": "root", "sha256": chain.root.sha256}, u
            assert leftovers(a) == ["engine-1.0.zip_Invalid", "incoming/engine-1.0.p7s"], leftovers(a)
            assert installed(a) is None
            asked, beats = sum("/updates/" in x["path"] for x in s.seen), len(s.seen)
            s.wait(lambda x: x["path"] == API + "/heartbeat", since=beats)
            later = state(s, lambda u: True, since=beats)
            assert later["since"] == u["since"], (later, u)
            del s.files[COMMON + "updates/%s.zip" % p.sha256]  # what is held is enough
            trust(a, "Root", chain.root)
            settled(s, "current", reason=None, missing=None)
            assert installed(a) == p.files
            swept(a)
            assert sum("/updates/" in x["path"] for x in s.seen) == asked, "it was downloaded again"


@test
def names_the_intermediate_that_is_missing():
    with Server() as s:
        p = Package(chain=chain, shown=[])
        s.offer_packages(p)
        with agent_of(s) as a:
            u = settled(s, "updating", reason="trust.chain_breaks")
            assert u["missing"] == {"name": "CN=Vendor CA", "kind": "intermediate", "sha256": None}, u
            trust(a, "CA", chain.ca)
            settled(s, "current")
            assert installed(a) == p.files


def refused(package, reason, roots=(), before=None, **more):
    with Server() as s:
        s.offer_packages(package)
        if before:
            before(s)
        with agent_of(s, *roots, **more) as a:
            u = settled(s, "failed", reason=reason)
            assert u["detail"] and u["installed"] is None, u
            assert leftovers(a) == ["%s-%s.zip_Invalid" % (package.name, package.version)], leftovers(a)
            home = a.folder / "updates/installed" / package.name
            assert not home.exists() or not list(home.iterdir()), list(home.iterdir())
            asked = sum("/updates/" in x["path"] for x in s.seen)
            trust(a, "Root", Pair("moves the trust directory"))
            n = len(s.seen)
            for _ in range(2):
                s.wait(lambda x: x["path"] == API + "/heartbeat", since=n)
                n = len(s.seen)
            assert sum("/updates/" in x["path"] for x in s.seen) == asked, "it was tried again"
            return u


def each(cases, check):
    """All at once, for they mostly wait: each case has a server and an agent of its own."""
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        for done in [pool.submit(check, *case) for case in cases]:
            done.result()


@test
def sets_a_tampered_package_aside():
    def tamper(s):
        path = COMMON + "updates/%s.zip" % p.sha256
        raw = bytearray(s.files[path])
        raw[len(raw) // 2] ^= 1
        s.files[path] = bytes(raw)
    p = Package(chain=chain)
    refused(p, "package.digest", before=tamper)


@test
def sets_a_package_aside_that_another_signature_belongs_to():
    p, other = Package(chain=chain), Package(chain=chain)
    p.p7s = other.p7s
    refused(p, "cms.digest")


@test
def sets_a_package_aside_whose_signature_is_broken():
    def of(p7s):
        p = Package(chain=chain)
        p.p7s = p7s(p)
        return p

    each([(of(lambda p: p.p7s[:-3] + bytes([p.p7s[-3] ^ 1]) + p.p7s[-2:]), "cms.signature"),
          (of(lambda p: b"no signature"), "cms.corrupt"), (of(lambda p: b""), "cms.corrupt"),
          (of(lambda p: bytes(2 << 20)), "cms.corrupt"),
          (of(lambda p: chain.sign(p.zip, more=["-noattr"])), "cms.unsupported")], refused)


@test
def refuses_a_signer_that_is_not_meant_for_code_signing():
    web, none = Chain("Web", eku=[SERVER_AUTH]), Chain("Web", eku=[])
    each([(Package(chain=web), "trust.wrong_usage", [web.root]), (Package(chain=none), "package.usage", [none.root])], refused)


@test
def refuses_a_distrusted_signer():
    with Server() as s:
        s.offer_packages(Package(chain=chain))
        a = Agent(s.port, s.keys[0].dat, start=False)
        trust(a, "Root", chain.root)
        trust(a, "Disallowed", chain.signer)
        with a.start():
            settled(s, "failed", reason="trust.disallowed")
            assert leftovers(a) == ["engine-1.0.zip_Invalid"]


@test
def waits_where_the_signer_is_expired_or_not_yet_valid():
    for start, end, reason in ((-20, -10, "trust.expired"), (10, 20, "trust.not_yet_valid")):
        c = Chain("Late", start=days(start), end=days(end))
        with Server() as s:
            s.offer_packages(Package(chain=c))
            with agent_of(s, c.root) as a:
                u = settled(s, "updating", reason=reason)
                assert u["missing"] is None and installed(a) is None, u


@test
def refuses_what_the_manifest_does_not_say():
    data = b"payload"
    entry = {"name": "engine.bin", "size": len(data), "sha256": "0" * 64, "version": "1"}
    files = {"engine.bin": data}
    many = [dict(entry, name="f%d" % i) for i in range(3)]
    cases = [
        (dict(change={"files": [entry]}), "package.manifest"),
        (dict(change={"files": []}), "package.manifest"),
        (dict(change={"files": many}), "package.manifest"),
        (dict(change={"package": "other"}), "package.manifest"),
        (dict(change={"version": "9"}), "package.manifest"),
        (dict(change={"version": "current"}), "package.manifest"),
        (dict(change={"package": "../up"}), "package.manifest"),
        (dict(change={"files": [dict(entry, size=3 << 30), dict(entry, name="b", size=3 << 30)]}), "zip.bomb"),
        (dict(change={"files": [dict(entry, name="../../up")]}), "package.manifest"),
        (dict(extra=[("../../up", b"x")]), "zip.member"),
        (dict(extra=[("/etc/up", b"x")]), "zip.member"),
        (dict(extra=[("folder/file", b"x")]), "zip.member"),
        (dict(extra=[("beside", b"x")]), "package.manifest"),
    ]
    broken = Package(chain=chain)
    broken.take(broken.zip[:-30])
    broken.p7s = chain.sign(broken.zip)
    each([(Package(files=files, chain=chain, **more), reason) for more, reason in cases] + [(broken, "zip.corrupt")], refused)


@test
def tries_again_with_another_signature_for_the_same_file():
    with Server() as s:
        p = Package(chain=chain)
        good, p.p7s = p.p7s, b"no signature"
        s.offer_packages(p)
        with agent_of(s) as a:
            settled(s, "failed")
            p.p7s = good
            s.offer_packages(p)
            settled(s, "current")
            assert installed(a) == p.files
            swept(a)


@test
def rubbish_from_whoever_answered_over_plain_http_is_not_held_against_the_offer():
    other = Package(chain=chain)

    def passed_over(end, wrong, code):
        with Server() as s:
            plain, p = s.serve(True), Package(chain=chain)
            path = COMMON + "updates/%s%s" % (p.sha256, end)
            s.offer_packages(p)
            right, s.files[path] = s.files[path], wrong(p)
            s.mute.add(path)
            a = Agent(s.port, s.keys[0].dat, "--http-port", plain.server_address[1], start=False)
            trust(a, "Root", chain.root)
            with a.start():
                u = state(s, lambda u: u["reason"] == code)
                assert u["state"] in ("downloading", "verifying"), u
                s.files[path] = right
                s.mute.clear()
                settled(s, "current", reason=None)
                assert installed(a) == p.files
                swept(a)
            plain.shutdown()

    each([(".zip", lambda p: b"x" * len(p.zip), "package.digest"), (".zip", lambda p: p.zip + b"more", "package.digest"),
          (".p7s", lambda p: b"no signature", "cms.corrupt"), (".p7s", lambda p: bytes(2 << 20), "cms.corrupt"),
          (".p7s", lambda p: other.p7s, "cms.digest")], passed_over)


@test
def a_stranger_who_signs_over_plain_http_keeps_no_update_away():
    stranger = Chain("Stranger")

    def passed_over(shown, missing):
        with Server() as s:
            plain, p = s.serve(True), Package(chain=chain)
            path = COMMON + "updates/%s.p7s" % p.sha256
            s.offer_packages(p)
            s.files[path], right = signed(stranger.signer, p.zip, *shown), s.files[path]
            s.mute.add(path)
            a = Agent(s.port, s.keys[0].dat, "--http-port", plain.server_address[1], start=False)
            trust(a, "Root", chain.root)
            with a.start():
                u = state(s, lambda u: u["missing"])
                assert u["state"] == "updating" and u["missing"]["name"] == missing, u
                asked = sum(x["path"].endswith(".zip") for x in s.seen)
                s.files[path] = right
                s.mute.clear()
                settled(s, "current", reason=None, missing=None)
                assert installed(a) == p.files
                swept(a)
                assert sum(x["path"].endswith(".zip") for x in s.seen) == asked, "it was downloaded again"
            plain.shutdown()

    each([((stranger.ca, stranger.root), "CN=Stranger Root"), ((), "CN=Stranger CA")], passed_over)


@test
def update_check_tries_again_what_failed():
    with Server() as s:
        p = Package(chain=chain)
        path = COMMON + "updates/%s.zip" % p.sha256
        s.offer_packages(p)
        s.files[path] = b"x" * len(p.zip)
        with agent_of(s) as a:
            settled(s, "failed", reason="package.digest")
            s.files[path] = p.zip
            a.takes(s.command(a, "update-check", jti="go"))
            done = s.wait(lambda x: x["path"] == API + "/results")["body"]
            assert done["ok"] and done["result"]["updates"] == 1, done
            settled(s, "current")
            assert installed(a) == p.files
            swept(a)


@test
def heartbeats_go_on_while_it_downloads_and_say_how_far_it_is():
    with Server() as s:
        p = Package(chain=chain)
        path = COMMON + "updates/%s.zip" % p.sha256
        s.gates[path] = threading.Event()
        s.offer_packages(p)
        with agent_of(s) as a:
            s.wait(lambda x: x["path"] == path)
            n = len(s.seen)
            u = state(s, lambda u: u["state"] == "downloading", since=n)
            assert u["total"] == len(p.zip) and u["bytes"] == 0, u
            a.takes(s.command(a))
            s.gates[path].set()
            settled(s, "current")


@test
def what_is_no_longer_offered_is_given_up():
    with Server() as s:
        first, second = Package(version="1.0", chain=chain), Package(version="2.0", chain=chain)
        path = COMMON + "updates/%s.zip" % first.sha256
        s.gates[path] = threading.Event()
        s.offer_packages(first)
        with agent_of(s) as a:
            s.wait(lambda x: x["path"] == path)
            s.offer_packages(second)
            s.wait(lambda x: x["path"] == API + "/updates" and x["answer"]["revision"] == 2)
            state(s, lambda u: u["installed"] == "2.0", 15)  # not after the stall
            s.gates[path].set()
            assert installed(a) == second.files
            swept(a)
            s.offer_packages()
            u = state(s, lambda u: u["version"] is None)
            assert u["state"] == "current" and u["installed"] == "2.0", u


@test
def an_offer_that_makes_no_sense_changes_nothing():
    with Server() as s:
        p = Package(chain=chain)
        s.offer_packages(p)
        with agent_of(s) as a:
            settled(s, "current")
            good = p.offer
            for bad in ([dict(good, package="../x")], [dict(good, version="a/b")], [dict(good, sha256="../../etc/passwd")],
                        [dict(good, bytes=0)], [dict(good, bytes=5 << 30)], [good, good], [dict(good, version="current")],
                        [dict(good, package="a-1", version="2"), dict(good, package="a", version="1-2")],
                        [dict(good, package="p%d" % i) for i in range(33)], [7], [{}], "x"):
                s.updates = {"revision": s.updates["revision"] + 1, "items": bad}
                n = len(s.seen)
                nudge(a)
                s.wait(lambda x: x["path"] == API + "/updates", since=n)
                n = len(s.seen)
                nudge(a)
                s.wait(lambda x: x["path"] == API + "/heartbeat", since=n)
                assert a.state["updates"]["revision"] == 1, (bad, a.state["updates"])
            assert a.status()["link"] == "current"
            assert installed(a) == p.files


def is_done(a, p):
    items = a.state["updates"]["items"] if (a.folder / "agent.json").exists() else []
    return items and items[0]["installed"] == p.version and items[0]["state"] == "current" and leftovers(a) == []


def killed_at(a, call, n, p):
    """Runs the agent until it is killed at the nth such call of any thread; False: it was not, and is done."""
    script = pathlib.Path(a.home / "killed")
    script.write_text("#!/bin/sh\nexec strace -D -f -qq -o /dev/null -e trace=%s -e inject=%s:signal=KILL:when=%d %s \"$@\"\n" % (
        call, call, n, BUILD / "certbinder-agentd"))
    script.chmod(0o700)
    a.program = script
    try:
        a.start()
    except AssertionError:
        pass  # killed before it was ready
    wait_until(lambda: a.process.poll() is not None or is_done(a, p))
    is_killed = a.process.poll() is not None
    a.stop(signal.SIGKILL)
    a.program = BUILD / "certbinder-agentd"
    return is_killed


@test
def is_whole_at_every_moment_and_finishes_however_it_is_killed():
    """Killed by strace at the nth change of its disk, for every kind of change and every n; a new version each time."""
    with Server() as s:
        a = Agent(s.port, s.keys[0].dat, start=False)
        trust(a, "Root", chain.root)
        a.env["ASAN_OPTIONS"] = "detect_leaks=0"  # which does not work beside strace
        offered, kills = {}, {}
        for call in CHANGES:
            for n in range(1, 100):
                p = Package(version="%d" % (len(offered) + 1), chain=chain)
                s.offer_packages(p)
                offered[p.version] = p.files
                is_killed = killed_at(a, call, n, p)
                kills[call] = n - 1
                link = a.folder / "updates/installed/engine/current"
                if os.path.lexists(link):
                    assert installed(a) == offered[os.readlink(link)], (call, n, os.readlink(link), a.log()[-2000:])
                if not is_killed:
                    break
                with a.start():
                    wait_until(lambda p=p: is_done(a, p))
        comment(kills)
        assert all(kills.values()) and kills["fsync"] > 10, kills


@test
def a_package_of_a_hundred_megabytes_takes_no_memory():
    with Server() as s:
        p = Package(files={"big": os.urandom(1 << 20) * 100}, chain=chain, store=True)
        # what the sanitizer holds back of freed memory is not the agent's
        with agent_of(s, env={"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}) as a:
            s.beats()
            settled_at = len(s.seen)
            s.offer_packages(p)
            with Growth(a.process.pid) as grown:
                state(s, lambda u: u["state"] == "current" and u["installed"] == "1.0", 120, settled_at)
            comment("%d KiB before, %d KiB more while 100 MiB were fetched, verified and installed" % (grown.before, grown.kib))
            assert grown.kib < 32 << 10
            assert installed(a) == p.files


@test
def plain_http_will_do_where_https_does_not_answer():
    with Server() as s, Server(plain=True) as http:
        p = Package(chain=chain)
        http.files = s.files
        s.offer_packages(p)
        zip_path = COMMON + "updates/%s.zip" % p.sha256
        a = Agent(s.port, s.keys[0].dat, "--http-port", http.port, start=False)
        trust(a, "Root", chain.root)
        s.files = {}  # nothing there by https
        with a.start():
            settled(s, "current")
            assert installed(a) == p.files
            assert [x for x in http.seen if x["path"] == zip_path] and not any(x["auth"] for x in http.seen)


@test
def what_is_not_there_is_asked_for_ever_more_seldom_and_comes_when_it_is_there():
    with Server() as s:
        p = Package(chain=chain)
        s.offer_packages(p)
        files, s.files = s.files, {}
        with agent_of(s) as a:
            u = state(s, lambda u: u["reason"] == "agent.unreachable")
            assert u["state"] == "downloading" and u["detail"], u
            s.files = files
            a.takes(s.command(a, "update-check"))
            settled(s, "current")


@test
def a_disk_without_room_is_told_and_nothing_is_left_on_it():
    with Server() as s:
        p = Package(chain=chain)
        huge = dict(p.offer, bytes=4 << 30)
        s.offer_packages(p, items=[huge])
        home = pathlib.Path(tempfile.mkdtemp(prefix="small-"))
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "none", home], capture_output=True, check=False)
        skip_unless(mounted.returncode == 0, "no right to mount a small disk")
        try:
            with agent_of(s, home=home) as a:
                u = state(s, lambda u: u["reason"] == "update.space")
                assert u["state"] == "downloading" and "MiB" in u["detail"], u
                assert leftovers(a) == [], leftovers(a)
                s.offer_packages(p)
                settled(s, "current")
                # it fits packed, but not unpacked
                large = Package(version="2.0", files={"zeros": bytes(60 << 20)}, chain=chain)
                s.offer_packages(large)
                u = state(s, lambda u: u["reason"] == "update.space" and u["version"] == "2.0")
                assert u["installed"] == "1.0" and u["state"] == "updating", u
                assert installed(a) == p.files and leftovers(a) == [], leftovers(a)
                asked = sum("/updates/" in x["path"] for x in s.seen)
                a.takes(s.command(a, "update-check", jti="again"))
                s.wait(lambda x: x["path"] == API + "/results")
                state(s, lambda u: u["reason"] == "update.space", since=len(s.seen))
                assert sum("/updates/" in x["path"] for x in s.seen) == asked, "it was downloaded again"
        finally:
            subprocess.run(["umount", "-l", home], check=False)


@test
def a_former_server_offers_nothing_after_a_move():
    with Server() as s, Server("other") as t:
        p, other = Package(chain=chain), Package(version="2.0", chain=chain)
        s.offer_packages(p)
        t.offer_packages(other)
        with agent_of(s) as a:
            settled(s, "current")
            done = move(a, t)
            assert done.returncode == 0, done
            settled(t, "current", installed="2.0")
            assert installed(a) == other.files


if __name__ == "__main__":
    main(begin)
