#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Client certificates that stand for accounts: who comes in by them, and who does not, whatever he writes into his
certificate."""
from authority import Cert, email, upn
from binding import wait_until
from console import PKI, Console, sha256
from tap import main, test

C = None
SECRET = "correct horse battery"


def start():
    global C, ROOT, ISSUING, OTHER, ALICE, BOB, MALLORY
    C = Console().__enter__()
    C.done("cert", "import", PKI / "server.pfx", "--password-file", password_file("certbinder"))
    C.token("admin")
    C.done("bind", "set", "--endpoint", "default", "--cert", sha256("server"), "--client-certs", "accept")
    ROOT = Cert("Mapping Root", ca=True)
    ISSUING = Cert("Mapping Issuing", ROOT, ca=True)
    OTHER = Cert("Other Issuing", ROOT, ca=True)  # trusted too, but nobody's word is its own
    ALICE = Cert("Alice", ISSUING, sans=[upn("Alice@Example.Test"), email("alice@example.test")])
    BOB = Cert("Bob", ISSUING, sans=[email("bob@example.test")])
    MALLORY = Cert("Alice", OTHER, sans=[upn("alice@example.test"), email("alice@example.test")], serial=ALICE.serial)
    C.done("cert", "import", ROOT.file(), "--store", "Root")
    for c in (ISSUING, OTHER):
        C.done("cert", "import", c.file(), "--store", "CA", "--all-to-store")
    for user, role in (("alice", "admin"), ("victor", "viewer"), ("bob", "operator")):
        C.done("account", "create", user, "--role", role, "--password-file", password_file(SECRET))


def stop():
    C.__exit__(None)


def password_file(text):
    path = C.home / "password"
    path.write_text(text)
    return path


def who(cert, *more, headers=()):
    """What the certificate's holder is told about himself."""
    return C.call("GET", "/session/certificate", role=None, curl=cert.curl(*more), headers=dict(headers))


def mapped(user, *args):
    return C.cli("account", "map", user, *args, "--json").json


def unmap(user, mapping):
    C.done("account", "unmap", user, mapping["id"], "--yes")


def log():
    return "".join(p.read_text() for p in (C.folder / "logs").rglob("u_ex*.log"))


@test
def nobody_is_anybody_without_a_mapping():
    answer = who(ALICE).json
    assert answer["asked"] and answer["sent"] and answer["accepted"] and answer["user"] is None, answer
    assert C.refused(401, "auth.required", "GET", "/session", role=None, curl=ALICE.curl()).json["status"] == 401
    C.refused(401, "auth.certificate_unknown", "POST", "/session/certificate", role=None, curl=ALICE.curl())


@test
def a_mapping_by_fingerprint_logs_in():
    mapping = mapped("alice", ALICE.file())
    assert mapping["value"] == ALICE.sha256 and mapping["issuer"] is None, mapping
    assert who(ALICE).json["user"] == "alice" and who(MALLORY).json["user"] is None
    shown = C.good("GET", "/session", role=None, curl=ALICE.curl())
    assert shown["kind"] == "certificate" and shown["user"] == "alice" and shown["role"] == "admin", shown
    C.good("GET", "/accounts", role=None, curl=ALICE.curl())
    wait_until(lambda: " alice 127.0.0.1 " in log())  # cs-username
    unmap("alice", mapping)
    assert who(ALICE).json["user"] is None


@test
def a_session_of_a_certificate_lives_with_it_alone():
    mapping = mapped("alice", "--cert", ALICE.sha256)
    opened = C.call("POST", "/session/certificate", role=None, curl=ALICE.curl())
    assert opened.status == 201 and opened.json["csrf_token"], opened
    cookie = opened["set-cookie"].split(";")[0]
    with_it = {"Cookie": cookie, "X-CSRF-Token": opened.json["csrf_token"]}
    assert C.good("GET", "/session", role=None, headers=with_it, curl=ALICE.curl())["kind"] == "session"
    C.refused(401, "auth.session_expired", "GET", "/session", role=None, headers=with_it)
    C.refused(401, "auth.session_expired", "GET", "/session", role=None, headers=with_it, curl=BOB.curl())
    rows = C.good("GET", "/audit?action=session.open")["items"]
    assert rows[0]["detail"] == {"certificate": ALICE.sha256}, rows[0]
    unmap("alice", mapping)
    C.refused(401, "auth.session_expired", "GET", "/session", role=None, headers=with_it, curl=ALICE.curl())


@test
def a_browser_must_open_a_session_first():
    mapping = mapped("alice", ALICE.file())
    for header in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "https://127.0.0.1:%d" % C.port}):
        C.refused(401, "auth.required", "GET", "/session", role=None, curl=ALICE.curl(), headers=header)
    C.refused(403, "csrf.origin", "POST", "/session/certificate", role=None, curl=ALICE.curl(),
              headers={"Origin": "https://evil.example"})
    unmap("alice", mapping)


@test
def names_count_only_from_the_issuer_that_was_named():
    C.refused(422, "mapping.no_issuer", "POST", "/accounts/alice/certificates",
              {"kind": "upn", "value": "alice@example.test"})
    C.refused(422, "mapping.issuer_not_ca", "POST", "/accounts/alice/certificates",
              {"kind": "email", "value": "alice@example.test", "issuer": sha256("server")})
    for kind, value in (("upn", "ALICE@example.TEST"), ("email", "alice@EXAMPLE.test"), ("serial", "%X" % ALICE.serial)):
        mapping = C.good("POST", "/accounts/alice/certificates", {"kind": kind, "value": value, "issuer": ISSUING.sha256})
        assert mapping["issuer"]["sha256"] == ISSUING.sha256, mapping
        assert who(ALICE).json["user"] == "alice", (kind, who(ALICE))
        assert who(MALLORY).json["user"] is None, (kind, who(MALLORY))  # same names, same serial, other CA
        C.good("DELETE", "/accounts/alice/certificates/" + mapping["id"], match=True)
    assert who(ALICE).json["user"] is None


@test
def an_issuer_of_the_same_name_is_another_one():
    fake = Cert("Mapping Issuing", ROOT, ca=True)  # trusted by the engine, of another key
    C.done("cert", "import", fake.file(), "--store", "CA", "--all-to-store")
    trudy = Cert("Trudy", fake, sans=[upn("alice@example.test")], serial=ALICE.serial)
    both = [mapped("alice", "--kind", "upn", "--value", "alice@example.test", "--issuer", ISSUING.sha256),
            mapped("alice", "--kind", "serial", "--value", "%x" % ALICE.serial, "--issuer", ISSUING.sha256)]
    assert who(trudy).json["accepted"] and who(trudy).json["user"] is None, who(trudy)
    assert who(ALICE).json["user"] == "alice"
    renewed = Cert("Mapping Issuing", ROOT, ca=True, key=ISSUING.key)  # the same CA with its next certificate
    assert who(ALICE, renewed).json["user"] == "alice"
    for m in both:
        unmap("alice", m)


@test
def names_by_a_root_count_for_all_that_it_certified():
    mapping = mapped("bob", BOB.file(), "--kind", "email", "--issuer", ROOT.sha256)
    assert mapping["value"] == "bob@example.test", mapping
    assert who(BOB).json["user"] == "bob"
    unmap("bob", mapping)


@test
def a_mapped_certificate_that_is_refused_is_nobody():
    mapping = mapped("alice", ALICE.file())
    C.done("cert", "import", ALICE.file(), "--store", "Disallowed")
    answer = C.call("GET", "/session", role=None, curl=ALICE.curl())
    assert answer.status == 403 and answer.json["substatus"] == 16, answer
    C.done("cert", "remove", ALICE.sha256, "--store", "Disallowed", "--yes")
    C.done("bind", "set", "--endpoint", "default", "--client-certs", "ignore")
    C.refused(401, "auth.required", "GET", "/session", role=None, curl=ALICE.curl())
    assert who(ALICE).json == {"asked": False, "sent": False, "accepted": False, "subject": None, "sha256": None,
                               "user": None, "role": None}
    C.done("bind", "set", "--endpoint", "default", "--client-certs", "accept")
    unmap("alice", mapping)


@test
def what_is_mapped_and_denied_gets_403_12():
    mapping = mapped("bob", BOB.file(), "--access", "deny")
    api = C.call("GET", "/session", role=None, curl=BOB.curl())
    assert api.status == 403 and api.json["substatus"] == 12 and api.json["win32"] == 5, api
    assert api.code == "auth.mapping_denied" and "bob" in api.json["detail"], api
    # a token or a password does not help whoever shows it
    assert C.call("GET", "/session", role="admin", curl=BOB.curl()).status == 403
    page = C.curl(*BOB.curl(), "-H", "Accept: text/html", path="/metrics")
    assert page.status == 403 and "HTTP Error 403.12" in page.text and "auth.mapping_denied" in page.text, page
    wait_until(lambda: " 403 12 5 " in log())
    record = C.good("GET", "/refusals?substatus=12")["items"][0]
    record = C.good("GET", "/refusals/" + record["id"])
    assert record["sha256"] == BOB.sha256 and record["reason"] == "auth.mapping_denied", record
    assert record["paths"][0]["complete"] and "mapping" in record["remedies"][0]["text"], record
    unmap("bob", mapping)
    assert C.call("GET", "/session", role="admin", curl=BOB.curl()).status == 200


@test
def a_role_that_is_too_low_gets_403_12():
    mapping = mapped("victor", BOB.file())
    C.good("GET", "/stores", role=None, curl=BOB.curl())
    answer = C.call("GET", "/accounts", role=None, curl=BOB.curl())
    assert answer.status == 403 and answer.json["substatus"] == 12 and "admin" in answer.json["detail"], answer
    unmap("victor", mapping)


@test
def names_of_two_accounts_are_denied_and_the_exact_mapping_wins():
    by_name = [mapped("alice", "--kind", "upn", "--value", "alice@example.test", "--issuer", ROOT.sha256),
               mapped("victor", "--kind", "email", "--value", "alice@example.test", "--issuer", ROOT.sha256)]
    answer = who(ALICE)
    assert answer.status == 403 and answer.json["substatus"] == 12 and "more than one" in answer.json["detail"], answer
    exact = mapped("bob", ALICE.file())
    assert who(ALICE).json["user"] == "bob", who(ALICE)
    unmap("bob", exact)
    unmap("alice", by_name[0])
    unmap("victor", by_name[1])


@test
def mappings_are_for_administrators_and_are_told_of():
    C.refused(403, "auth.role", "GET", "/accounts/alice/certificates", role="operator")
    mapping = C.good("POST", "/accounts/victor/certificates", {"file": ALICE.pem})
    C.refused(409, "mapping.exists", "POST", "/accounts/victor/certificates", {"file": ALICE.pem})
    assert C.good("GET", "/accounts/victor/certificates")["items"] == [mapping]
    assert ALICE.sha256 in C.done("account", "mappings", "victor")
    actions = [r["action"] for r in C.good("GET", "/audit?action=account.certificate.*")["items"]]
    assert "account.certificate.add" in actions and "account.certificate.remove" in actions, actions
    C.good("DELETE", "/accounts/victor", match=True)  # its mappings go with it
    assert C.cli("account", "mappings", "--json").json["total"] == 0


if __name__ == "__main__":
    main(start, stop)
