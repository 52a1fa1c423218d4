#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

Roots on their way to certbinder-agentd: ordered by command, fetched by itself from a signed catalogue, or kept out by
policy; servers that lie, and directories that are hostile. Certificates are put together by openssl and read by it.
"""
import datetime
import os
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agentd import API, COMMON, Agent, Pair, Server  # noqa: E402
from authority import HOME, Cert, openssl  # noqa: E402
from binding import wait_until  # noqa: E402
from offers import Chain, Package, trust  # noqa: E402
from story import nudge  # noqa: E402
from tap import main, test  # noqa: E402

ROOT = Cert("Root of programs", ca=True)
LINK = Cert("Issuer of programs", issuer=ROOT, ca=True)
OTHER = Cert("Other root", ca=True)
LEAF = Cert("A server", issuer=LINK)


def agent_of(server, *args, **more):
    return Agent(server.port, server.keys[0].dat, *args, **more)


def files(agent):
    return sorted("%s/%s" % (p.parent.name, p.name) for p in (agent.folder / "trust").glob("*/*"))


def file_of(store, cert):
    return "%s/%s.cer" % (store, cert.sha256)


def order(server, agent, *items, **more):
    return agent.takes(server.command(agent, "roots", args={"install": [{"sha256": c.sha256, "store": s} for s, c in items]},
                                      **more))["result"]


def refusals(agent):
    return {r["reason"] for r in agent.status()["refusals"]}


def busy(agent):
    """Seconds of processor that it took so far."""
    fields = pathlib.Path("/proc/%d/stat" % agent.process.pid).read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def policy(server, value):
    server.configuration = dict(server.configuration, revision=server.configuration["revision"] + 1, root_update_policy=value)


@test
def a_root_that_is_ordered_arrives_as_a_file_that_openssl_reads():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        s.handed_out = {c.sha256: c.der for c in (ROOT, LINK)}
        got = order(s, a, ("Root", ROOT), ("CA", LINK))
        assert got["installed"] == [ROOT.sha256, LINK.sha256] and not got["held"] and not got["failed"], got
        assert files(a) == [file_of("CA", LINK), file_of("Root", ROOT)], files(a)
        shown = openssl("x509", "-inform", "DER", "-in", a.folder / "trust" / file_of("Root", ROOT), "-noout", "-subject")
        assert b"Root of programs" in shown, shown
        openssl("verify", "-CAfile", ROOT.file(), LINK.file())
        assert not s.seen[-1].get("plain"), "over the pinned connection where there is one"
        assert all(x["auth"] == "" for x in s.seen if x["path"].startswith(COMMON)), "nobody is told who asks"
        again = order(s, a, ("Root", ROOT))
        assert again["held"] == [ROOT.sha256] and again["digest"] == got["digest"], again
        s.wait(lambda x: x["path"] == API + "/inventory" and x["body"]["digest"] == got["digest"])
        beat = s.wait(lambda x: x["path"] == API + "/heartbeat" and x["body"]["states"]["roots"]["count"] == 2)["body"]
        assert beat["states"]["roots"] == {"digest": got["digest"], "count": 2, "policy": "not_configured", "catalogue": 0}, beat
        item = next(i for i in s.inventories[got["digest"]] if i["store"] == "Root")
        assert item["subject"] == "CN=Root of programs" and item["not_after"].endswith("Z"), item


@test
def what_is_no_root_is_refused_with_its_cause_and_nothing_is_written():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        old = Cert("Old root", ca=True, end=datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1))
        signer = Cert("Only signs", ca=False)
        false_root = Cert("Root of programs", ca=True, broken=True)
        s.handed_out = {c.sha256: c.der for c in (ROOT, LINK, LEAF, OTHER, signer, false_root, old)}
        s.handed_out[OTHER.sha256] = ROOT.der
        junk = Cert("Junk", ca=True)
        s.handed_out[junk.sha256] = b"no certificate"
        gone = Cert("Gone", ca=True)
        (a.folder / "trust/Disallowed/mine.pem").write_text(ROOT.pem)
        for store, cert, code in (("Root", LINK, "root.kind"), ("CA", old, "root.kind"), ("CA", LEAF, "root.not_ca"),
                                  ("Root", signer, "root.not_ca"), ("Root", false_root, "root.kind"),
                                  ("Root", OTHER, "root.digest"), ("Root", junk, "root.digest"),
                                  ("Root", gone, "download.failed"), ("Root", ROOT, "root.distrusted")):
            got = order(s, a, (store, cert))
            assert [f["code"] for f in got["failed"]] == [code] and got["failed"][0]["sha256"] == cert.sha256, (store, got)
            assert got["error"] == code and got["detail"] and not got["installed"], got
        assert files(a) == ["Disallowed/mine.pem"], files(a)
        assert COMMON + "roots/" + ROOT.sha256 not in [x["path"] for x in s.seen], "what is distrusted is not even asked for"
        got = order(s, a, ("Root", LINK), ("Root", old))  # one that fails does not stop the others
        assert got["installed"] == [old.sha256] and len(got["failed"]) == 1, got


@test
def orders_that_make_no_sense_are_refused_whole():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        s.handed_out = {ROOT.sha256: ROOT.der}
        good = {"sha256": ROOT.sha256, "store": "Root"}
        for args in ({}, {"install": []}, {"install": "all"}, {"install": [good, "x"]}, {"install": [good, {"sha256": ROOT.sha256}]},
                     {"install": [dict(good, sha256="../../agent.json")]}, {"install": [good, dict(good, store="Disallowed")]},
                     {"install": [dict(good, sha256=ROOT.sha256.upper())]}, {"install": [dict(good, store="../Root")]},
                     {"install": [good] * 201}):
            got = a.takes(s.command(a, "roots", args=args))["result"]
            assert got["error"].startswith("request.") or got["error"] == "invalid", (args, got)
            assert not got["installed"] and len(got["failed"]) == 1, got
        assert files(a) == [], files(a)
        got = a.takes(s.command(a, "roots", args={"install": [good] * 200}))["result"]
        assert got["installed"] == [ROOT.sha256] and len(got["held"]) == 199, got


@test
def what_is_missing_of_the_catalogue_is_fetched_by_itself():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        s.offer(("Root", ROOT), ("CA", LINK))
        wait_until(lambda: files(a) == [file_of("CA", LINK), file_of("Root", ROOT)])
        beat = s.wait(lambda x: x["path"] == API + "/heartbeat" and x["body"]["states"]["roots"]["count"] == 2)["body"]
        assert beat["states"]["roots"]["catalogue"] == 1, beat
        assert a.state["trust"]["revision"] == 1 and len(a.state["trust"]["items"]) == 2, a.state["trust"]
        (a.folder / "trust" / file_of("Root", ROOT)).unlink()  # what is lost comes back
        wait_until(lambda: (a.folder / "trust" / file_of("Root", ROOT)).exists())
        a.kill()
        (a.folder / "trust" / file_of("CA", LINK)).unlink()
        s.seen.clear()
        a.start()  # the catalogue is known from before
        wait_until(lambda: (a.folder / "trust" / file_of("CA", LINK)).exists())
        assert not [x for x in s.seen if x["path"].startswith(API + "/roots")], "there is no newer one to be asked for"


@test
def a_catalogue_that_is_not_right_is_refused_and_nothing_comes_of_it():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        s.offer(("Root", OTHER), revision=5)
        wait_until(lambda: a.state["trust"]["revision"] == 5)
        held, stranger, make = a.state["trust"], Pair("stranger"), s.catalogue_token
        now = int(time.time())
        bad = [("catalogue.signature", lambda i: make(i, key=stranger)),
               ("catalogue.corrupt", lambda i: make(i, typ="cb-cmd+jwt")),
               ("catalogue.corrupt", lambda i: "no token"),
               ("catalogue.corrupt", lambda i: make(i, items=[{"sha256": ROOT.sha256, "store": "Disallowed"}])),
               ("catalogue.corrupt", lambda i: make(i, items=[{"sha256": "x", "store": "Root"}])),
               ("catalogue.corrupt", lambda i: make(i, items=s.catalogue["items"] * 501)),
               ("catalogue.corrupt", lambda i: make(i, exp=now + 30 * 86400)),
               ("catalogue.audience", lambda i: make("0" * 32)),
               ("catalogue.time", lambda i: make(i, iat=now - 9 * 86400, exp=now - 8 * 86400)),
               ("catalogue.time", lambda i: make(i, iat=now + 8 * 86400, exp=now + 9 * 86400)),
               ("catalogue.revision", lambda i: make(i, revision=4)),
               ("catalogue.corrupt", lambda i: make(i, revision=-1))]
        s.catalogue_token = bad[0][1]  # before there is anything to ask for: the right one is not to be had yet
        s.offer(("Root", ROOT))
        for code, token in bad:
            count = sum(r["total"] for r in a.status()["refusals"] if r["reason"] == code)
            s.catalogue_token = token
            nudge(a)
            wait_until(lambda: sum(r["total"] for r in a.status()["refusals"] if r["reason"] == code) > count)
            assert a.state["trust"] == held and files(a) == [file_of("Root", OTHER)], (code, files(a))
        assert "catalogue.signature" in a.log()
        s.catalogue_token = make
        wait_until(lambda: file_of("Root", ROOT) in files(a))
        s.catalogue["revision"] = 2  # a server that says it is back at an older one
        wait_until(lambda: sum(r["total"] for r in a.status()["refusals"] if r["reason"] == "catalogue.revision") > 1)
        assert a.state["trust"]["revision"] == 6, a.state["trust"]


@test
def false_members_of_the_catalogue_are_refused_and_reported_and_the_others_come():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        (a.folder / "trust/Disallowed/mine.pem").write_text(OTHER.pem)
        bad = Cert("Swapped", ca=True)
        s.handed_out = {LINK.sha256: LINK.der, bad.sha256: LEAF.der, OTHER.sha256: OTHER.der, ROOT.sha256: ROOT.der}
        s.offer(("Root", LINK), ("Root", bad), ("Root", OTHER), ("Root", ROOT), hand_out=False)
        wait_until(lambda: file_of("Root", ROOT) in files(a))
        assert {"root.kind", "root.digest"} <= refusals(a), a.status()["refusals"]
        assert files(a) == ["Disallowed/mine.pem", file_of("Root", ROOT)], files(a)
        assert COMMON + "roots/" + OTHER.sha256 not in [x["path"] for x in s.seen], "distrusted here"


@test
def one_that_the_server_does_not_hand_out_keeps_no_other_away():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        gone = Cert("Gone", ca=True)
        s.handed_out = {ROOT.sha256: ROOT.der, LINK.sha256: LINK.der}
        s.offer(("Root", gone), ("Root", ROOT), ("CA", LINK), hand_out=False)
        wait_until(lambda: files(a) == [file_of("CA", LINK), file_of("Root", ROOT)])
        asked = [x["path"].rsplit("/", 1)[1] for x in s.seen if x["path"].startswith(COMMON + "roots/")]
        assert asked[0] == gone.sha256, asked


@test
def a_file_whose_name_is_no_text_is_named_all_the_same():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        name = os.fsencode(a.folder / "trust/Disallowed") + b"/\xff.cer"
        with open(name, "wb") as f:
            f.write(b"junk")
        view = a.status()["trust"]
        assert "Disallowed/" in view["error"] and ".cer" in view["error"], view
        os.unlink(name)
        assert a.status()["trust"]["error"] == ""


@test
def policy_on_keeps_it_from_fetching_but_not_from_obeying():
    with Server() as s, agent_of(s) as a:
        policy(s, "on")
        s.beats(1)
        s.wait(lambda x: x["path"] == API + "/heartbeat" and x["body"]["states"]["roots"]["policy"] == "on")
        s.offer(("Root", ROOT))
        s.handed_out[OTHER.sha256] = OTHER.der
        beats = len(s.seen)
        s.wait(lambda x: x["path"] == API + "/heartbeat" and x["body"]["states"]["roots"]["catalogue"] == 1)
        s.wait(lambda x: x["path"] == API + "/heartbeat", since=len(s.seen))
        assert not [x for x in s.seen[beats:] if x["path"].startswith(COMMON + "roots/")], "nothing is fetched"
        assert files(a) == [] and order(s, a, ("Root", OTHER))["installed"] == [OTHER.sha256]
        a.stop()
        a.start()
        assert a.state["configuration"]["root_update_policy"] == "on" and files(a) == [file_of("Root", OTHER)]
        policy(s, "off")
        wait_until(lambda: file_of("Root", ROOT) in files(a))


@test
def plain_http_is_as_good_for_what_proves_itself():
    with Server() as s:
        plain = s.serve(True)
        with agent_of(s, "--http-port", plain.server_address[1]) as a:
            s.beats(1)
            s.handed_out = {ROOT.sha256: ROOT.der, OTHER.sha256: ROOT.der}
            mine, s.host = s.host, Pair("somebody else")  # the agent does not speak to this one
            got = order(s, a, ("Root", ROOT), ("Root", OTHER))
            assert got["installed"] == [ROOT.sha256] and got["failed"][0]["code"] == "root.digest", got
            assert [x["plain"] for x in s.seen if x["path"].startswith(COMMON + "roots/")] == [True, True], s.seen
            s.host = mine
        plain.shutdown()


@test
def an_agent_whose_server_is_away_says_so_of_each():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        token = s.command(a, "roots", args={"install": [{"sha256": c.sha256, "store": "Root"} for c in (ROOT, OTHER)]})
        s.down = True
        got = a.takes(token)["result"]
        assert [f["code"] for f in got["failed"]] == ["agent.unreachable"] * 2 and got["error"] == "agent.unreachable", got
        s.down = False


@test
def a_hostile_directory_does_no_harm():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        trust, elsewhere = a.folder / "trust", pathlib.Path(HOME / "elsewhere")
        elsewhere.mkdir(exist_ok=True)
        (elsewhere / "secret.cer").write_bytes(OTHER.der)
        (trust / "Root/company.crt").write_text(ROOT.pem)  # an administrator's own
        (trust / "Root/link.cer").symlink_to(elsewhere / "secret.cer")
        os.mkfifo(trust / "Root/pipe.cer")
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(str(trust / "Root/s.cer"))
        (trust / "Root/folder.cer").mkdir()
        (trust / "Root/device.cer").symlink_to("/dev/zero")
        (trust / "Root" / (LINK.sha256 + ".cer")).write_bytes(OTHER.der)
        (trust / "Root/junk\n\x1b[31m.cer").write_bytes(b"junk")
        with open(trust / "Root/huge.cer", "wb") as huge:
            huge.truncate(1 << 34)
        beat = s.wait(lambda x: x["path"] == API + "/heartbeat" and x["body"]["states"]["roots"]["count"] == 1)["body"]
        items = s.wait(lambda x: x["path"] == API + "/inventory" and x["body"]["items"])["body"]["items"]
        assert [i["sha256"] for i in items] == [ROOT.sha256], (beat, items)
        view = a.status()["trust"]
        assert view["ignored_total"] == 8 and {"file": "Root/pipe.cer", "why": "is no regular file"} in view["ignored"], view
        assert "\x1b" not in a.log() and "junk" in a.log()
        (trust / "Root/pipe.cer").unlink()
        s.handed_out = {LINK.sha256: LINK.der}
        assert order(s, a, ("CA", LINK))["installed"] == [LINK.sha256]
        # a store that leads elsewhere: nothing is written there, and nothing is read
        (trust / "CA").rename(trust / "CA.old")
        (trust / "CA").symlink_to(elsewhere)
        got = order(s, a, ("CA", LINK))
        assert got["failed"] and got["digest"] is None and sorted(os.listdir(elsewhere)) == ["secret.cer"], got
        assert a.status()["trust"]["error"] and "roots" not in a.status()["states"], a.status()
        (trust / "CA").unlink()
        assert order(s, a, ("CA", LINK))["installed"] == [LINK.sha256]


@test
def what_cannot_be_read_in_disallowed_stops_all_trust_until_it_is_mended():
    chain = Chain()
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        junk, package = a.folder / "trust/Disallowed/junk.cer", Package(chain=chain)
        junk.write_bytes(b"whom did they mean?")
        s.handed_out = {ROOT.sha256: ROOT.der}
        got = order(s, a, ("Root", ROOT))
        assert got["error"] == "io" and "Disallowed/junk.cer" in got["detail"] and got["digest"] is None, got
        assert files(a) == ["Disallowed/junk.cer"]
        trust(a, "Root", chain.root)
        s.offer_packages(package)
        told = s.wait(lambda x: x["path"] == API + "/heartbeat" and (x["body"]["states"].get("update") or {}).get("reason"))["body"]
        update = told["states"]["update"]
        assert "roots" not in told["states"] and update["reason"] == "io" and "Disallowed/junk.cer" in update["detail"], told
        before = busy(a)
        for _ in range(2):
            s.wait(lambda x: x["path"] == API + "/heartbeat" and x["status"] == 200, since=len(s.seen))
        assert busy(a) - before < 1, "it waits, and does not spin"
        assert not list((a.folder / "updates/installed").glob("*")), "nothing is installed that nobody judged"
        junk.unlink()
        s.wait(lambda x: x["path"] == API + "/heartbeat" and (x["body"]["states"].get("update") or {}).get("state") == "current")


@test
def a_full_directory_takes_no_more_and_says_so():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        (a.folder / "trust/CA/many.pem").write_text("".join(Cert("Issuer %d" % i, issuer=ROOT, key=LINK.key, ca=True).pem
                                                           for i in range(511)))
        s.handed_out = {c.sha256: c.der for c in (ROOT, OTHER)}
        got = order(s, a, ("Root", ROOT), ("Root", OTHER))
        assert got["installed"] == [ROOT.sha256] and [f["code"] for f in got["failed"]] == ["root.full"], got
        assert file_of("Root", OTHER) not in files(a)
        s.wait(lambda x: x["path"] == API + "/inventory" and len(x["body"]["items"]) == 512)


@test
def a_kill_at_any_time_leaves_whole_files():
    certs = [Cert("Root %d" % i, ca=True, key=ROOT.key) for i in range(60)]
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        whole = {c.sha256: c.der for c in certs}
        torn = 0
        for turn in range(6):
            s.offer(*(("Root", c) for c in certs))
            before = len(files(a))
            wait_until(lambda: len(files(a)) > min(before + 2 * turn, 59))
            a.kill()
            for name in files(a):
                store, _, leaf = name.partition("/")
                raw = (a.folder / "trust" / name).read_bytes()
                torn += leaf.endswith(".tmp")
                assert leaf.endswith(".tmp") or whole[leaf[:-4]] == raw, name
            a.start()

        wait_until(lambda: files(a) == sorted(file_of("Root", c) for c in certs))
        print("# %d half-written ones were swept" % torn)


@test
def who_moves_to_another_server_begins_with_its_catalogue():
    with Server("one") as one, Server("two") as two, agent_of(one) as a:
        one.beats(1)
        one.offer(("Root", ROOT), revision=50)
        wait_until(lambda: a.state["trust"]["revision"] == 50)
        two.offer(("Root", OTHER), revision=3)
        from agentd import move
        moved = move(a, two)
        assert moved.returncode == 0, moved
        wait_until(lambda: a.state["trust"]["revision"] == 3 and file_of("Root", OTHER) in files(a))


@test
def an_update_check_fetches_the_catalogue_and_what_failed_before():
    with Server(heartbeat=3600) as s, agent_of(s) as a:
        s.beats(1)
        s.offer(("Root", ROOT), hand_out=False)
        check = lambda jti: (a.takes(s.command(a, "update-check", jti=jti)),  # noqa: E731
                             s.wait(lambda x: x["path"] == API + "/results" and x["body"]["jti"] == jti)["body"])[1]
        done = check("first")
        assert done["ok"] and done["result"]["catalogue"] == 1 and files(a) == [], done
        s.handed_out[ROOT.sha256] = ROOT.der
        check("second")
        assert files(a) == [file_of("Root", ROOT)], (files(a), a.log())


@test
def a_server_without_a_catalogue_is_as_good_as_ever():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        done = a.takes(s.command(a, "update-check", jti="check"))["result"]
        assert done == {"started": True}
        assert s.wait(lambda x: x["path"] == API + "/results")["body"]["ok"]
        wait_until(lambda: a.status()["link"] == "current")
        assert not refusals(a), a.status()


if __name__ == "__main__":
    main()
