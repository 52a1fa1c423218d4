#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

Revocation at the door, as CertCheckMode sets it per binding: checked or not, last good list, unknown passes, freshness
time, usage. Lists are made by openssl.
"""
import http.client
import json
import sqlite3
import ssl

from binding import prepare
from console import Console, sha256
from revocation import Authority
from tap import main, test

C = A = None
REVOKED, NOTHING, OFFLINE = 2148081680, 2148081682, 2148081683


def start():
    global C, A
    C = Console().__enter__()
    prepare(C)
    A = Authority()
    A.alice, A.bob = A.client("Alice"), A.client("Bob")
    A.revoke("Bob")
    C.done("cert", "import", A.crt, "--store", "Root")
    bind("--cert", sha256("server"), "--client-certs", "require", "--revocation", "check")


def stop():
    C.__exit__(None)


def bind(*args):
    C.done("bind", "set", "--endpoint", "default", *args)


def visit(who):
    """(status, sub-status, win32)"""
    answer = C.curl("--cert", str(who), "-H", "Accept: application/json", path="/livez")
    return (200, 0, 0) if answer.status == 200 else (answer.status, answer.json["substatus"], answer.json["win32"])


def lists(*files):
    """These lists and no others."""
    for item in json.loads(C.done("crl", "list", "--json"))["items"]:
        C.done("crl", "remove", item["id"], "--yes")
    for file in files:
        C.done("crl", "import", file)


def has(answer, **wanted):
    return all(answer[name] == value for name, value in wanted.items())


@test
def nothing_to_check_with_is_682_and_a_list_that_is_known_and_lapsed_683():
    assert visit(A.alice) == (403, 13, NOTHING)
    lists(A.crl_file(since_s=-7200, until_s=-3600))
    assert visit(A.alice) == (403, 13, OFFLINE)
    assert visit(A.bob) == (403, 13, REVOKED)
    lists(A.crl_file())
    assert visit(A.alice) == (200, 0, 0)
    assert visit(A.bob) == (403, 13, REVOKED)


@test
def an_open_connection_feels_a_new_list_at_its_next_request():
    lists(A.crl_file())
    carol = A.client("Carol")
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    c.load_cert_chain(str(carol))
    open_one = http.client.HTTPSConnection("127.0.0.1", C.port, context=c, timeout=90)
    assert ask(open_one) == 200
    A.revoke("Carol")
    C.done("crl", "import", A.crl_file())
    assert ask(open_one) == 403
    open_one.close()


def ask(connection):
    connection.request("GET", "/livez")
    answer = connection.getresponse()
    answer.read()
    return answer.status


@test
def the_last_good_list_counts_where_the_binding_says_so():
    lists(A.crl_file(since_s=-7200, until_s=-3600))
    bind("--revocation", "last_good")
    assert visit(A.alice) == (200, 0, 0)
    assert visit(A.bob) == (403, 13, REVOKED)
    lists()
    assert visit(A.alice) == (403, 13, NOTHING)
    bind("--revocation", "soft")
    assert visit(A.alice) == (200, 0, 0)
    bind("--revocation", "off")
    assert visit(A.bob) == (200, 0, 0)
    bind("--revocation", "check")


@test
def a_list_that_was_checked_too_long_ago_counts_as_lapsed():
    lists(A.crl_file(since_s=-7200))
    bind("--revocation-freshness", "3600")
    assert visit(A.alice) == (200, 0, 0)  # imported now is checked now
    with sqlite3.connect(C.folder / "db.sqlite", timeout=90) as db:
        db.execute("UPDATE crls SET checked_at = checked_at - 7200")
    C.done("bind", "set", "--endpoint", "default", "--revocation-freshness", "3601")  # a new trust generation
    assert visit(A.alice) == (403, 13, OFFLINE)
    bind("--revocation-freshness", "0")
    assert visit(A.alice) == (200, 0, 0)


@test
def the_settings_come_back_as_http_sys_numbers_them():
    shown = json.loads(C.done("bind", "show", "--json"))
    assert has(shown, cert_check_mode=0, revocation="check", revocation_cached_only=False), shown
    bind("--revocation-cached-only", "--revocation-freshness", "60", "--no-check-usage")
    shown = json.loads(C.done("bind", "show", "--json"))
    assert has(shown, cert_check_mode=0x10006, revocation_freshness_s=60, check_usage=False), shown
    C.done("bind", "rollback", "--endpoint", "default", "--yes")
    shown = json.loads(C.done("bind", "show", "--json"))
    assert has(shown, cert_check_mode=0, revocation_freshness_s=0, revocation_cached_only=False), shown
    bind("--revocation", "off")
    assert json.loads(C.done("bind", "show", "--json"))["cert_check_mode"] == 1


@test
def rest_stages_them_and_refuses_what_is_none():
    good = ["--cert", str(A.alice)]
    bind("--client-certs", "accept")
    body = {"revocation": "last_good", "revocation_cached_only": True, "revocation_freshness_s": 120}
    change = C.good("POST", "/bindings/1/changes", body)
    assert has(change["after"], cert_check_mode=6, **body), change
    C.good("DELETE", "/changes/" + change["id"], match=True)
    for bad in ({"revocation": "never"}, {"revocation_freshness_s": -1}, {"revocation_cached_only": 1}):
        answer = C.call("POST", "/bindings/1/changes", bad, curl=good)
        assert answer.status == 422 or answer.status == 400, (bad, answer)


if __name__ == "__main__":
    main(start, stop)
