#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

Revocation lists from their distribution points: fetched when they are due, from nobody but those whom crl_egress
names, with limits, back-off and the state of each issuer; delta lists; cached lists only.
"""
import json
import sqlite3
import time

from binding import prepare, wait_until
from console import Console, sha256
from revocation import Authority, Points
from tap import main, test

C = A = P = None
NOTHING, OFFLINE, REVOKED = 2148081682, 2148081683, 2148081680


def start():
    global C, A, P
    P = Points()
    C = Console().__enter__()
    prepare(C)
    A = Authority(point=P.base + "/a.crl", delta_point=P.base + "/delta.crl")
    A.alice, A.bob, A.carol = (A.client(name) for name in ("Alice", "Bob", "Carol"))
    A.revoke("Bob")
    P.files["/a.crl"] = A.crl()
    A.base_number = A.number
    C.done("cert", "import", A.crt, "--store", "Root")
    C.done("bind", "set", "--endpoint", "default", "--cert", sha256("server"), "--client-certs", "accept",
           "--revocation", "check")


def stop():
    C.__exit__(None)
    P.shutdown()


def visit(who):
    """(status, sub-status, win32)"""
    answer = C.curl("--cert", str(who), "-H", "Accept: application/json", path="/livez")
    return (200, 0, 0) if answer.status == 200 else (answer.status, answer.json["substatus"], answer.json["win32"])


def issuer():
    """The state of our authority, by REST; None while it is not known."""
    found = [i for i in C.good("GET", "/crls/issuers")["items"] if i["issuer"] == "CN=Revoking Root"]
    return found[0] if found else None


def point(end="/a.crl"):
    return [p for p in issuer()["points"] if p["url"].endswith(end)][0]


def allow(text):
    C.good("PUT", "/settings/crl_egress", {"value": text}, match=True)


def fetch(url=None):
    return C.good("POST", "/crls/fetch", {"url": url} if url else None)["items"]


def fetch_one(path="/a.crl"):
    return fetch(P.base + path)[0]


def sql(text):
    with sqlite3.connect(C.folder / "db.sqlite", timeout=90) as db:
        db.execute(text)


def due_now():
    sql("UPDATE crl_points SET next_at = 0")


def forget_lists():
    for item in json.loads(C.done("crl", "list", "--json"))["items"]:
        C.done("crl", "remove", item["id"], "--yes")


@test
def a_good_client_tells_where_its_list_is_and_nobody_is_asked_unallowed():
    assert visit(A.alice) == (403, 13, OFFLINE)  # it points to a list, and that is missing
    wait_until(lambda: issuer() and issuer()["points"])
    assert issuer()["state"] == "missing" and point()["origin"] == "client" and not point()["allowed"], issuer()
    done = fetch_one()
    assert done["result"] == "failed" and done["code"] == "egress.refused", done
    time.sleep(2.5)  # two ticks of the fetcher; nothing may happen in them
    assert P.asked == []


@test
def a_stranger_cannot_make_the_console_ask():
    forger = Authority("Forged Root", point=P.base + "/forged.crl")
    assert visit(A.alice)[0] == 403
    # the keeper writes down whom it refused, then what clients name: with Oscar a tick later all of the first is written
    for name in ("Mallory", "Oscar"):
        assert visit(forger.client(name))[0] == 403
        wait_until(lambda name=name: name in C.done("refusal", "list", "--json"))
    assert "forged" not in json.dumps(C.good("GET", "/crls/issuers"))


@test
def a_listed_name_opens_no_inner_address():
    allow("localhost")
    sql("UPDATE crl_points SET url = replace(url, '127.0.0.1', 'localhost')")
    done = fetch(P.base.replace("127.0.0.1", "localhost") + "/a.crl")[0]
    assert done["code"] == "egress.refused" and "127.0.0.1" in done["error"] or "::1" in done["error"], done
    allow("localhost 127.0.0.1:1")
    assert fetch(P.base.replace("127.0.0.1", "localhost") + "/a.crl")[0]["result"] == "failed"
    assert P.asked == []
    sql("UPDATE crl_points SET url = replace(url, 'localhost', '127.0.0.1')")


@test
def it_is_fetched_when_due_and_the_client_passes():
    allow("127.0.0.0/8")
    wait_until(lambda: issuer()["state"] == "fresh")
    assert visit(A.alice) == (200, 0, 0)
    assert visit(A.bob) == (403, 13, REVOKED)
    wait_until(lambda: point()["last_good"])  # it is written down after the list that it gave
    seen = issuer()
    assert seen["list"] and seen["checked"] and point()["last_good"] and point()["error"] is None, seen
    assert point()["next_try"] > point()["last_try"], seen
    listed = C.good("GET", "/crls")["items"][0]
    assert listed["source"] == P.base + "/a.crl" and listed["state"] == "fresh", listed
    shown = C.done("crl", "issuers")
    assert "CN=Revoking Root" in shown and "fresh" in shown, shown


@test
def the_delta_list_that_it_points_to_is_fetched_and_counts():
    wait_until(lambda: point("/delta.crl")["last_try"])
    assert point("/delta.crl")["origin"] == "list" and point("/delta.crl")["error"], issuer()
    A.revoke("Carol")
    P.files["/delta.crl"] = A.crl(delta_of=A.base_number)
    assert visit(A.carol) == (200, 0, 0)
    assert fetch_one("/delta.crl")["result"] == "new"
    assert issuer()["delta"], issuer()
    assert visit(A.carol) == (403, 13, REVOKED)
    assert visit(A.alice) == (200, 0, 0)


@test
def what_fails_is_tried_again_later_and_later():
    P.files["/a.crl"] = None
    waits = []
    for failures in (1, 2, 3):
        due_now()
        wait_until(lambda n=failures: point()["failures"] == n)
        assert "404" in point()["error"], point()
        waits.append(next_in())
    assert 55 <= waits[0] <= 80 and waits[0] < waits[1] < waits[2] <= 310, waits
    assert issuer()["state"] == "fresh" and visit(A.alice) == (200, 0, 0)  # the last good one holds
    P.files["/a.crl"] = A.crl()
    assert fetch_one()["result"] == "new" and point()["failures"] == 0


def sql_one(text):
    with sqlite3.connect(C.folder / "db.sqlite", timeout=90) as db:
        return db.execute(text).fetchone()[0]


def next_in():
    return sql_one("SELECT next_at - tried_at FROM crl_points WHERE url LIKE '%/a.crl'")


@test
def the_same_list_again_is_unchanged_and_an_older_one_refused():
    assert fetch_one()["result"] == "unchanged"
    now = P.files["/a.crl"]
    P.files["/a.crl"] = A.crl(since_s=-90000)
    assert fetch_one()["code"] == "crl.older", issuer()
    P.files["/a.crl"] = now


@test
def redirections_rubbish_and_too_much_are_failures():
    def redirect(handler):
        handler.send_response(302)
        handler.send_header("Location", P.base + "/elsewhere.crl")
        handler.end_headers()

    def flood(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(40):
                handler.wfile.write(b"\0" * (1 << 20))
        except OSError:
            pass

    now = P.files["/a.crl"]
    for what, code in ((redirect, "download.redirected"), (b"no list", None), (flood, "limit.body"),
                       (Authority("Revoking Root").crl(), "crl.signature")):
        P.files["/a.crl"] = what
        done = fetch_one()
        assert done["result"] == "failed" and (code is None or done["code"] == code), (code, done)
    assert P.count("/elsewhere.crl") == 0
    P.files["/a.crl"] = now
    assert visit(A.alice) == (200, 0, 0)


@test
def a_list_that_lapsed_is_taken_and_warned_of():
    P.files["/a.crl"] = A.crl(until_s=-5)
    done = fetch_one()
    assert done["code"] == "crl.lapsed", done
    assert issuer()["state"] == "stale" and visit(A.alice) == (403, 13, OFFLINE)
    found = [f for f in C.good("GET", "/trust/lint")["findings"] if f["rule"].startswith("crl.")]
    assert any(f["rule"] == "crl.stale" for f in found), found
    assert any(f["rule"] == "crl.fetch_fails" for f in found), found
    metrics = C.good("GET", "/metrics", role="viewer")
    assert 'certbinder_crl_stale{issuer="CN=Revoking Root"} 1' in metrics, metrics
    P.files["/a.crl"] = A.crl(until_s=300)
    assert fetch_one()["result"] == "new"
    found = [f["rule"] for f in C.good("GET", "/trust/lint")["findings"] if f["rule"].startswith("crl.")]
    assert "crl.stale" not in found, found
    assert 'certbinder_crl_stale{issuer="CN=Revoking Root"} 0' in C.good("GET", "/metrics", role="viewer")
    P.files["/a.crl"] = A.crl()
    assert fetch_one()["result"] == "new"


@test
def with_cached_lists_only_nobody_is_asked():
    C.done("bind", "set", "--endpoint", "default", "--revocation-cached-only")
    due_now()
    asked = len(P.asked)
    time.sleep(2.5)  # two ticks of the fetcher
    assert len(P.asked) == asked
    assert visit(A.alice) == (200, 0, 0)  # by the list that is here
    C.done("bind", "set", "--endpoint", "default", "--revocation-fetched")
    wait_until(lambda: len(P.asked) > asked)
    wait_until(lambda: sql_one("SELECT count(*) FROM crl_points WHERE next_at = 0") == 0)  # and is done with what was due


@test
def freshness_brings_the_next_try_forward():
    C.done("bind", "set", "--endpoint", "default", "--revocation-freshness", "600")
    fetch_one()
    assert 60 <= next_in() <= 300, next_in()
    sql("UPDATE crls SET checked_at = 0")
    C.done("bind", "set", "--endpoint", "default", "--revocation-freshness", "60")
    assert visit(A.alice) == (403, 13, OFFLINE)
    assert fetch_one()["result"] == "unchanged"
    fetch_one("/delta.crl")
    assert visit(A.alice) == (200, 0, 0)
    C.done("bind", "set", "--endpoint", "default", "--revocation-freshness", "0")


@test
def the_command_line_fetches_with_the_console_up_or_down():
    P.files["/a.crl"] = A.crl()
    run = C.cli("crl", "fetch", P.base + "/a.crl", "--json")
    assert run.status == 0 and run.json["items"][0]["result"] == "new", run
    C.stop()
    P.files["/a.crl"] = None
    assert C.cli("crl", "fetch", P.base + "/a.crl").status == 7
    assert C.cli("crl", "fetch", "http://192.0.2.1/x.crl").status == 3
    P.files["/a.crl"] = A.crl()
    assert C.cli("crl", "fetch", P.base + "/a.crl").status == 0
    C.start()
    assert visit(A.alice) == (200, 0, 0)


@test
def names_the_points_of_what_lies_in_the_stores():
    other = Authority("Other Root", point="http://pki.example.org/other.crl")
    other.client("Somebody")
    C.done("cert", "import", other.home / "Somebody.crt", "--store", "TrustedPeople")
    C.done("crl", "fetch")
    urls = {p["url"]: p for i in C.good("GET", "/crls/issuers")["items"] for p in i["points"]}
    assert urls["http://pki.example.org/other.crl"]["origin"] == "store", urls
    due_now()
    wait_until(lambda: sql_one("SELECT next_at FROM crl_points WHERE url LIKE '%pki.example.org%'") > time.time() + 3000)
    urls = {p["url"]: p for i in C.good("GET", "/crls/issuers")["items"] for p in i["points"]}
    assert not urls["http://pki.example.org/other.crl"]["last_try"], urls  # not allowed, so not tried


@test
def the_egress_list_says_what_is_wrong_in_it():
    for bad in ("10.0.0.0/33", "a b/8", "http://x", "x:0", "-x", "x..y", "[::1]:99999"):
        assert C.call("PUT", "/settings/crl_egress", {"value": bad}, match=True).status in (400, 422), bad
    C.done("settings", "set", "crl_egress", "pki.example.org 10.0.0.0/8:80")
    assert C.good("GET", "/settings/crl_egress")["value"] == "pki.example.org 10.0.0.0/8:80"
    for good in ("", "pki.example.org *.corp.example:8080 10.0.0.0/8 [fd00::]/8 ::1 192.0.2.1:81"):
        allow(good)
    forget_lists()


if __name__ == "__main__":
    main(start, stop)
