#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""What-if against the door. A seeded generator makes cases over mode x source of the issuer list x fault in the stores x
fault in the chain. Each is first asked as a draft, while the stores are in order, and then lived through: the stores are
changed, a client comes, and the door, the log line and the simulator must say the same."""
# timeout-seconds: 600
import json
import os
import random
import re
import socket
import ssl

from authority import Cert, Key, SERVER_AUTH, days, der, extension
from binding import wait_until
from console import PKI, Console, sha256
from tap import comment, main, test

SEED = int(os.environ.get("CERTBINDER_SEED", "20261122"))
CHAINS_PER_STATE = 3  # times 3 modes times all states
C = None
CASES = []  # what was asked and what was seen


def start():
    global C
    C = Console().__enter__()
    (C.home / "password").write_text("certbinder")
    C.done("cert", "import", PKI / "server.pfx", "--password-file", C.home / "password")
    C.token("admin")
    C.done("store", "create", "Ours")
    C.done("bind", "set", "--endpoint", "default", "--cert", sha256("server"), "--issuer-store", "Ours",
           "--path-rules", "/livez=require")
    make_chains()


def stop():
    C.__exit__(None)


def make_chains():
    """What clients present: name to (leaf, what it sends behind it)."""
    global ROOT, ISSUING, STRANGER, CHAINS
    ROOT, STRANGER = Cert("Simulated Root", ca=True), Cert("Stranger Root", ca=True)
    ISSUING = Cert("Simulated Issuing", ROOT, ca=True)
    short = Cert("No Further", ROOT, ca=True, path_len=0)
    below = Cert("One Too Many", short, ca=True)
    old = Cert("Old Issuing", ROOT, ca=True, end=days(-3))
    no_ca = Cert("No Authority", ROOT, ca=False)
    names = extension("2.5.29.30", der(0x30, der(0xa0, der(0x30, der(0x82, b"inside.test")))), True)
    fenced = Cert("Fenced", ROOT, ca=True, extra=[names])
    client = Cert("Client", ISSUING)
    outside = der(0x82, b"host.outside.test")
    CHAINS = {
        "in order": (client, [ISSUING]),
        "leaf only": (client, []),
        "root sent along": (client, [ISSUING, ROOT]),
        "junk between": (client, [STRANGER, old, ISSUING]),
        "expired": (Cert("Expired", ISSUING, end=days(-2)), [ISSUING]),
        "not yet valid": (Cert("Not Yet", ISSUING, start=days(2)), [ISSUING]),
        "for servers": (Cert("For Servers", ISSUING, eku=[SERVER_AUTH]), [ISSUING]),
        "for anything": (Cert("For Anything", ISSUING, eku=()), [ISSUING]),
        "badly signed": (Cert("Badly Signed", ISSUING, broken=True), [ISSUING]),
        "wrong key identifier": (Cert("Wrong Key", ISSUING, signer=STRANGER.key), [ISSUING]),
        "issuer expired": (Cert("Old Issuer", old), [old]),
        "issuer is no CA": (Cert("Pretender", no_ca), [no_ca]),
        "path too long": (Cert("Too Long", below), [below, short]),
        "outside its names": (Cert("Outside", fenced, sans=[outside]), [fenced]),
        "unknown critical": (Cert("Unknown", ISSUING, extra=[extension("1.3.6.1.4.1.99999.1", der(5), True)]), [ISSUING]),
        "signed with SHA-1": (Cert("Old Hash", ISSUING, digest="sha1"), [ISSUING]),
        "small key": (Cert("Small", ISSUING, key=Key(1024)), [ISSUING]),
        "under the root": (Cert("Directly", ROOT), []),
        "under a stranger": (Cert("Strange", STRANGER), [STRANGER]),
        "stranger not sent": (Cert("Strange Too", STRANGER), []),
        "signed by itself": (Cert("Itself"), []),
        "a CA as client": (ISSUING, []),
        "the root as client": (ROOT, []),
        "negative serial": (Cert("Negative", ISSUING, serial=-5), [ISSUING]),
    }


# Where the issuer list comes from: what lies in the store bound to the binding, and in ClientAuthIssuer.
def sources():
    return {
        "Root": [],
        "ClientAuthIssuer": [("ClientAuthIssuer", ISSUING)],
        "ClientAuthIssuer with roots": [("ClientAuthIssuer", ROOT)],
        "issuer store": [("Ours", ISSUING), ("Ours", ROOT)],
    }



def faults():
    """Additions and removals, against Root: the root, CA: the issuing CA."""
    stray = Cert("Stray Intermediate", STRANGER, ca=True)
    return {
        "none": [],
        "root missing": [("-", "Root", ROOT)],
        "root in CA": [("-", "Root", ROOT), ("+", "CA", ROOT)],
        "intermediate missing": [("-", "CA", ISSUING)],
        "intermediate in Root": [("-", "CA", ISSUING), ("+", "Root", ISSUING)],
        "stray intermediate in Root": [("+", "Root", stray)],
        "unrelated issuer list": [("+", "Ours", STRANGER)],
        "issuing CA disallowed": [("+", "Disallowed", ISSUING)],
        "root in TrustedPeople only": [("-", "Root", ROOT), ("+", "TrustedPeople", ROOT)],
    }


def state_steps(source, fault):
    return [("+",) + member for member in source] + fault


def draft_of(steps):
    return [{"action": "add" if sign == "+" else "remove", "store": store, "file": c.pem} for sign, store, c in steps]


def put(sign, store, c):
    if sign == "+":
        C.good("POST", "/certificates/import", {"file": c.pem, "store": store, "all_to_store": True, "accept_warnings": True})
    else:
        C.good("DELETE", "/certificates/%s?store=%s" % (c.sha256, store), match=True)


def live(number, leaf, behind):
    """One handshake and one request of a client with this chain: status, sub-status, win32, reason."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3 if number % 2 else ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(leaf.file(*behind), leaf.key.path)
    with socket.create_connection(("127.0.0.1", C.port), 20) as plain, context.wrap_socket(plain) as tls:
        tls.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: application/json\r\n"
                    b"User-Agent: case/%d\r\nConnection: close\r\n\r\n" % (C.port, number))
        raw = b""
        while part := tls.recv(65536):
            raw += part
    head, _, body = raw.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    if status == 200:
        return (200, 0, 0, "ok")
    said = json.loads(body)
    return (status, said["substatus"], said["win32"], said["code"])


def predicted(verdict):
    return (verdict["status"], verdict["substatus"], verdict["win32"], verdict["reason"])


def ask(leaf, behind, steps):
    return C.good("POST", "/trust/what-if", {"file": leaf.file(*behind).read_text(), "draft": draft_of(steps)}, checked=False)


def live_through(label, steps, chosen):
    asked = {name: ask(*CHAINS[name], steps) for name in chosen}
    for step in steps:
        put(*step)
    for mode in (0, 1, 2):
        C.done("trust", "mode", mode, "--yes")
        for name in chosen:
            said = asked[name]["draft"] or asked[name]["modes"]
            seen = live(len(CASES), *CHAINS[name])
            CASES.append(("mode %d, %s, %s" % (mode, label, name), predicted(said[mode]), seen))
    C.done("trust", "mode", 0, "--yes")
    for sign, store, c in reversed(steps):
        put("-" if sign == "+" else "+", store, c)


@test
def simulator_and_door_agree_in_every_case():
    comment("seed %d" % SEED)
    pick = random.Random(SEED)
    put("+", "Root", ROOT)
    put("+", "CA", ISSUING)
    names = sorted(CHAINS)
    for source_name, source in sources().items():
        for fault_name, fault in faults().items():
            chosen = pick.sample(names, CHAINS_PER_STATE - 1) + ["in order"]
            live_through("list from %s, %s" % (source_name, fault_name), state_steps(source, fault), chosen)
    wrong = ["%s: simulator %s, door %s" % case for case in CASES if case[1] != case[2]]
    kinds = {case[2] for case in CASES}
    comment("%d cases, %d accepted, %d different answers" % (
        len(CASES), sum(case[2][0] == 200 for case in CASES), len(kinds)))
    assert len(CASES) >= 200 and len(kinds) >= 10 and not wrong, "\n".join(wrong + [str(kinds)])


@test
def every_fault_of_a_chain_agrees_with_the_stores_in_order():
    live_through("list from Root, none", [], sorted(CHAINS))
    wrong = ["%s: simulator %s, door %s" % case for case in CASES if case[1] != case[2]]
    assert not wrong, "\n".join(wrong)


@test
def the_log_has_the_same_status_for_each():
    line = re.compile(r"GET /livez .* case/(\d+) \S+ (\d+) (\d+) (\d+) \d+$", re.M)

    def log():
        return {int(n): (int(s), int(sub), int(w)) for n, s, sub, w in
                line.findall("".join(p.read_text() for p in (C.folder / "logs").rglob("u_ex*.log")))}

    wait_until(lambda: len(log()) >= len(CASES))
    seen = log()
    wrong = [(case[0], seen.get(n), case[2]) for n, case in enumerate(CASES) if seen.get(n) != case[2][:3]]
    assert not wrong, wrong


@test
def a_record_is_judged_as_its_file():
    for record in C.good("GET", "/refusals?limit=40")["items"]:
        whole = C.good("GET", "/refusals/" + record["id"])
        by_record = C.good("POST", "/trust/what-if", {"refusal": record["id"]})
        by_file = C.good("POST", "/trust/what-if", {"file": "".join(whole["presented"])})
        for one, other in zip(by_record["modes"], by_file["modes"]):
            assert predicted(one) == predicted(other), (one, other)


if __name__ == "__main__":
    main(start, stop)
