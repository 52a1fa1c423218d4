#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The root causes of refused client certificates, each told from the others by its record, and the remedies that one
request does and another undoes."""
import http.client
import ssl

from authority import Cert, SERVER_AUTH, crl, days
from console import PKI, Console, sha256
from tap import main, test

C = None


def start():
    global C, ROOT, ISSUING, CLIENT
    C = Console().__enter__()
    C.done("cert", "import", PKI / "server.pfx", "--password-file", password_file())
    C.done("cert", "import", PKI / "server-next.pfx", "--password-file", password_file())
    C.token("admin")
    C.done("store", "create", "Ours")
    C.done("bind", "set", "--endpoint", "default", "--cert", sha256("server"), "--path-rules", "/livez=require")
    ROOT = Cert("Cause Root", ca=True)
    ISSUING = Cert("Cause Issuing", ROOT, ca=True)
    CLIENT = Cert("Cause Client", ISSUING)
    put(ROOT, "Root")
    put(ISSUING, "CA")
    assert visit(CLIENT) == (200, 0, 0, "ok")


def stop():
    C.__exit__(None)


def password_file():
    path = C.home / "password"
    path.write_text("certbinder")
    return path


def put(cert, store):
    C.good("POST", "/certificates/import", {"file": cert.pem, "store": store, "all_to_store": True, "accept_warnings": True})


def take(cert, store):
    C.done("cert", "remove", cert.sha256, "--store", store, "--yes")


def visit(cert=None, *behind):
    answer = C.curl(*(cert.curl(*behind) if cert else []), "-H", "Accept: application/json", path="/livez")
    if answer.status == 200:
        return (200, 0, 0, "ok")
    said = answer.json
    return (answer.status, said["substatus"], said["win32"], said["code"])


def newest():
    return C.good("GET", "/refusals/" + C.good("GET", "/refusals?limit=1")["items"][0]["id"])


def refused(cause, log, cert=None, *behind):
    """Comes, is refused with this sub-status and win32 status, and the record names this cause."""
    seen = visit(cert, *behind)
    assert seen[:3] == (403,) + log, (cause, seen)
    record = newest()
    assert record["cause"]["id"] == cause, (cause, record["cause"], record["reason"])
    assert record["remedies"] and record["explanation"], record
    return record


def cured(record, cert, *behind, action=None, remedy=None):
    """One request cures it; undoing brings the refusal back, cure again to go on."""
    before = visit(cert, *behind)
    done = C.good("POST", "/refusals/%s/cure" % record["id"], {"remedy": remedy} if remedy else {})
    assert done["action"] == action, done
    assert visit(cert, *behind)[0] == 200, (done, newest())
    shown = C.good("GET", "/refusals/" + record["id"])
    assert shown["now"]["verdict"] == "accept" and shown["cause"]["id"] == "stale", shown["cause"]
    for step in done["undo"]["steps"]:
        C.good(step["method"], step["href"], step.get("body"), match=step["method"] == "DELETE" or None)
    assert visit(cert, *behind) == before, (done["undo"], before)
    by_hand = C.cli("refusal", "cure", record["id"], *(["--remedy", remedy] if remedy else []))
    assert by_hand.status == 0 and "undo: certbinder cert" in by_hand.out, by_hand
    assert visit(cert, *behind)[0] == 200, by_hand


@test
def cause_1_the_root_is_not_in_root():
    root = Cert("Nowhere Root", ca=True)
    client = Cert("Of Nowhere", root)
    record = refused("root_missing", (16, 2148204809), client, root)
    assert "came from the client" in record["cause"]["evidence"], record["cause"]
    assert not any(r.get("safe") for r in record["remedies"]), record["remedies"]
    C.refused(409, "refusal.nothing_to_do", "POST", "/refusals/%s/cure" % record["id"], {})
    put(root, "CA")
    record = refused("root_missing", (16, 2148204809), client)
    assert "is in CA, and not in Root" in record["cause"]["evidence"], record["cause"]
    C.refused(403, "auth.role", "POST", "/refusals/%s/cure" % record["id"], {"remedy": 1}, role="operator")
    C.good("POST", "/refusals/%s/cure" % record["id"], {"remedy": 1})  # an administrator says so by number
    assert visit(client)[0] == 200
    take(root, "Root")


@test
def cause_2_an_intermediate_lies_in_root():
    stray = Cert("Stray", Cert("Some Root", ca=True), ca=True)
    put(stray, "Root")
    record = refused("root_store_mixed", (16, 2148204809), CLIENT)
    assert "not self-signed" in record["cause"]["evidence"] and "Stray" in record["cause"]["evidence"], record["cause"]
    cured(record, CLIENT, action="move")
    take(stray, "CA")


@test
def cause_3_the_issuer_list_leaves_it_out():
    other = Cert("Unrelated", ca=True)
    put(other, "ClientAuthIssuer")
    record = refused("not_in_issuer_list", (16, 2148204809), CLIENT)
    evidence = record["cause"]["evidence"]
    assert "ClientAuthIssuer" in evidence and "Cause Issuing" in evidence, evidence
    cured(record, CLIENT, action="import")
    take(ISSUING, "ClientAuthIssuer")
    C.done("trust", "mode", "1", "--yes")  # the same by mode: Root has it, and does not count
    record = refused("not_in_issuer_list", (16, 2148204809), CLIENT)
    assert "mode 1" in record["cause"]["evidence"], record["cause"]
    cured(record, CLIENT, action="import")
    C.done("trust", "mode", "0", "--yes")
    take(ROOT, "ClientAuthIssuer")
    take(other, "ClientAuthIssuer")


@test
def cause_4_nothing_was_sent():
    record = refused("nothing_sent", (7, 5))
    assert "without naming issuers" in record["cause"]["evidence"], record["cause"]


@test
def cause_5_a_new_certificate_took_the_settings_along():
    put(ISSUING, "Ours")
    C.done("bind", "set", "--endpoint", "default", "--issuer-store", "Ours")
    other = Cert("Unrelated Too", ca=True)
    put(other, "ClientAuthIssuer")
    assert visit(CLIENT)[0] == 200
    C.done("bind", "set", "--endpoint", "default", "--cert", sha256("server-next"), "--issuer-store", "")
    record = refused("binding_changed", (16, 2148204809), CLIENT)
    evidence = record["cause"]["evidence"]
    assert "another certificate" in evidence and "from 'Ours' to ''" in evidence, evidence
    take(other, "ClientAuthIssuer")
    take(ISSUING, "Ours")


@test
def cause_6_no_fresh_revocation_list():
    C.done("bind", "set", "--endpoint", "default", "--revocation", "check")
    refused("revocation_unknown", (13, 2148081682), CLIENT)
    C.done("crl", "import", crl(ROOT))
    C.done("crl", "import", crl(ISSUING, end=days(-0.1)))
    refused("revocation_unknown", (13, 2148081683), CLIENT)
    C.done("crl", "import", crl(ISSUING, [CLIENT.serial], start=days(-0.05)))
    refused("revoked", (13, 2148081680), CLIENT)
    C.done("bind", "set", "--endpoint", "default", "--revocation", "off")


@test
def cause_7_out_of_its_dates():
    record = refused("expired", (17, 2148204801), Cert("Gone", ISSUING, end=days(-1)))
    assert "Gone" in record["cause"]["evidence"], record["cause"]
    refused("expired", (17, 2148204801), Cert("Early", ISSUING, start=days(1)))
    old = Cert("Renewed Issuing", ROOT, ca=True, end=days(-1))
    fresh = Cert("Renewed Issuing", ROOT, ca=True, key=old.key)
    client = Cert("Under Renewed", old)
    put(old, "CA")
    record = refused("expired", (17, 2148204801), client)
    assert "Renewed Issuing" in record["cause"]["evidence"], record["cause"]
    assert not any(r.get("safe") for r in record["remedies"]), record["remedies"]
    put(fresh, "Ours")  # somebody has the fresh one, in a store where the engine does not look
    record = newest()
    cured(record, client, action="replace")
    stores = {c["sha256"]: c["stores"] for c in C.good("GET", "/certificates?q=Renewed")["items"]}
    assert fresh.sha256 in stores and "CA" in stores[fresh.sha256] and old.sha256 not in stores, stores
    take(fresh, "Ours")


@test
def cause_8_the_intermediate_is_missing_and_another_client_has_it():
    between = Cert("Between", ROOT, ca=True)
    client, neighbour = Cert("Bare", between), Cert("Neighbour", between, end=days(-1))
    record = refused("intermediate_missing", (16, 2148204810), client)
    assert "Between" in record["cause"]["evidence"] and "alone" in record["cause"]["evidence"], record["cause"]
    refused("expired", (17, 2148204801), neighbour, between)  # refused itself, but it sent the intermediate
    record = C.good("GET", "/refusals/" + record["id"])
    assert "as a client presented it" in record["remedies"][0]["text"], record["remedies"]
    cured(record, client, action="import")
    take(between, "CA")


@test
def cause_9_not_fit_for_this_use():
    for cert, win32 in ((Cert("Server Only", ISSUING, eku=[SERVER_AUTH]), 2148204816),
                        (Cert("Weakly Signed", ISSUING, broken=True), 2148098052)):
        record = refused("unfit", (16, win32), cert)
        assert cert.subject in record["cause"]["evidence"] or "another key" in record["cause"]["evidence"], record["cause"]
    pretender = Cert("Pretender", ROOT, ca=False)
    refused("unfit", (16, 2148204816), Cert("Pretended", pretender), pretender)


@test
def cause_10_the_connection_is_older_than_the_rule():
    C.done("bind", "set", "--endpoint", "default", "--path-rules", "")
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
    old = http.client.HTTPSConnection("127.0.0.1", C.port, context=plain, timeout=90)
    old.request("GET", "/livez")
    assert old.getresponse().read() is not None
    held = old.sock
    C.done("bind", "set", "--endpoint", "default", "--path-rules", "/livez=require")
    old.sock = held
    old.request("GET", "/livez", headers={"Accept": "application/json"})
    answer = old.getresponse()
    assert answer.status == 403 and answer.getheader("Connection", "").lower() == "close", answer.headers
    record = newest()
    assert record["cause"]["id"] == "asked_late" and record["substatus"] == 7, record
    refused("nothing_sent", (7, 5))  # a new connection is asked


@test
def cause_11_the_list_that_is_sent_is_too_long():
    C.done("settings", "set", "send_trusted_issuer_list", "true")
    many = C.home / "many.pem"
    key = ROOT.key
    many.write_text("".join(Cert("Long Name %d %s" % (n, "x" * 900), ca=True, key=key).pem for n in range(20)))
    C.done("cert", "import", many, "--store", "ClientAuthIssuer", "--all-to-store", "--yes")
    record = refused("list_too_long", (7, 5))
    assert "bytes" in record["cause"]["evidence"], record["cause"]
    C.done("settings", "set", "send_trusted_issuer_list", "false")
    refused("nothing_sent", (7, 5))
    for c in C.good("GET", "/stores/ClientAuthIssuer/certificates?limit=100")["items"]:
        C.done("cert", "remove", c["sha256"], "--store", "ClientAuthIssuer", "--yes")


@test
def cause_12_it_is_in_disallowed():
    put(ISSUING, "Disallowed")
    record = refused("disallowed", (16, 2148204817), CLIENT)
    assert "Cause Issuing" in record["cause"]["evidence"], record["cause"]
    take(ISSUING, "Disallowed")


@test
def cause_13_a_ca_was_removed_from_a_store():
    take(ISSUING, "CA")
    record = refused("store_changed", (16, 2148204810), CLIENT)
    assert "was removed from CA at 20" in record["cause"]["evidence"], record["cause"]
    cured(record, CLIENT, action="restore")
    take(ROOT, "Root")
    record = refused("store_changed", (16, 2148204810), CLIENT)
    assert "was removed from Root" in record["cause"]["evidence"], record["cause"]
    assert record["remedies"][0]["action"] == "restore" and not record["remedies"][0]["safe"], record["remedies"]
    C.good("POST", "/refusals/%s/cure" % record["id"], {"remedy": 1})
    assert visit(CLIENT)[0] == 200


@test
def cause_14_the_binding_names_a_store_that_holds_nothing():
    C.done("bind", "set", "--endpoint", "default", "--issuer-store", "Ours")
    other = Cert("Fallback", ca=True)
    put(other, "ClientAuthIssuer")
    record = refused("binding_broken", (16, 2148204809), CLIENT)
    assert "Ours has no members, so ClientAuthIssuer decides" in record["cause"]["evidence"], record["cause"]
    take(other, "ClientAuthIssuer")
    C.done("bind", "set", "--endpoint", "default", "--issuer-store", "")


@test
def cause_15_mapped_and_denied():
    C.good("POST", "/accounts", {"user": "somebody", "role": "viewer", "password": "a long password"})
    C.good("POST", "/accounts/somebody/certificates", {"file": CLIENT.pem, "access": "deny"})
    C.done("bind", "set", "--endpoint", "default", "--client-certs", "accept")
    answer = C.call("GET", "/stores", curl=CLIENT.curl())
    assert answer.status == 403 and answer.json["substatus"] == 12, answer
    assert newest()["cause"]["id"] == "mapping", newest()
    C.good("DELETE", "/accounts/somebody", match=True)
    C.done("bind", "set", "--endpoint", "default", "--client-certs", "ignore")


@test
def cause_16_the_stores_were_changed_since():
    put(CLIENT, "Disallowed")
    record = refused("disallowed", (16, 2148204817), CLIENT)
    take(CLIENT, "Disallowed")
    record = C.good("GET", "/refusals/" + record["id"])
    assert record["cause"]["id"] == "stale" and record["now"]["verdict"] == "accept", record
    shown = C.done("refusal", "show", record["id"])
    assert "cause: The stores were changed since" in shown and "cured" in shown, shown


if __name__ == "__main__":
    main(start, stop)
