#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""What agents hold of the catalogue: inventories, coverage, deployment, the distribution point and the policy; agents played
with openssl alone."""
import hashlib
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agent import COMMON, Agent  # noqa: E402
from authority import Cert, days  # noqa: E402
from console import Console  # noqa: E402
from jose import verify  # noqa: E402
from tap import main, test  # noqa: E402

C = None
ROOT, SPARE = Cert("Release Root", ca=True), Cert("Spare Root", ca=True)
MIDDLE = Cert("Release Intermediate", issuer=ROOT, ca=True)
OLD = Cert("Old Root", ca=True, start=days(-800), end=days(-3))
STRANGER = Cert("Stranger", ca=True)
IDS = {}


def start():
    global C
    C = Console("--http", "127.0.0.1:0")
    for entry in C.good("GET", "/roots")["items"]:  # the shipped ones are not of interest here
        C.good("DELETE", "/roots/" + entry["id"], match=True)
    for cert, store in ((ROOT, "Root"), (SPARE, "Root"), (MIDDLE, "CA"), (OLD, "Root")):
        made = C.good("POST", "/roots", {"name": cert.subject, "store": store, "sha256": cert.sha256})
        IDS[cert] = made["id"]
    IDS["nobody"] = C.good("POST", "/roots", {"name": "Nobody knows", "store": "Root"})["id"]
    bring(ROOT, SPARE, MIDDLE)


def stop():
    C.stop()


def bring(*certs):
    path = C.home / "bring.pem"
    path.write_text("".join(c.pem for c in certs))
    got = C.call("POST", "/roots/import", form={"file": "@%s" % path}).json
    assert len(got["certificates"]) == len(certs), got


def until(what, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(0.05)
    raise AssertionError("it did not come")


def joined(name, listens=False):
    agent = Agent(C, name)
    agent.walk()
    if listens:
        agent.listen()
    status, said = agent.register()
    assert status == 201, said
    return agent


def digest_of(items):
    lines = sorted({"%s:%s\n" % (i["store"], i["sha256"]) for i in items})
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def held(*places):
    """An inventory: pairs of store and certificate."""
    return [{"sha256": c.sha256, "store": store, "subject": "CN=" + c.subject, "not_after": "2036-01-01T00:00:00Z"}
            for store, c in places]


def send(agent, items, **change):
    return agent.request("POST", "/inventory", dict({"digest": digest_of(items), "items": items}, **change))


def reports(agent, *places):
    status, said = send(agent, held(*places))
    assert status == 204, (status, said)


def beat(agent, *places, **more):
    status, said = agent.beat(states={"roots": dict({"digest": digest_of(held(*places)), "count": len(places)}, **more)})
    assert status == 200, said
    return said


def configuration(agent):
    return agent.request("GET", "/configuration")[1]


@test
def the_signed_catalogue_names_what_can_be_had_and_nothing_else():
    agent = joined("catalogue")
    status, token = agent.request("GET", "/roots")
    assert status == 200, token
    claims = verify(token.decode(), agent.ntcer, "cb-roots+jwt")
    assert claims["aud"] == agent.id and claims["exp"] > claims["iat"] and claims["iss"], claims
    assert {(i["sha256"], i["store"], i["name"]) for i in claims["items"]} == {
        (ROOT.sha256, "Root", ROOT.subject), (SPARE.sha256, "Root", SPARE.subject), (MIDDLE.sha256, "CA", MIDDLE.subject)}, claims
    assert beat(agent)["catalogue"] == claims["revision"]
    # one more that expired is no news; one that is distrusted goes, and the revision grows
    path = C.home / "old.pem"
    path.write_text(OLD.pem)
    C.call("POST", "/roots/import", form={"file": "@%s" % path})
    assert beat(agent)["catalogue"] == claims["revision"]
    C.good("POST", "/certificates/%s/move" % SPARE.sha256, {"from": "Root", "to": "Disallowed"})
    now = verify(agent.request("GET", "/roots")[1].decode(), agent.ntcer, "cb-roots+jwt")
    assert now["revision"] > claims["revision"] and SPARE.sha256 not in {i["sha256"] for i in now["items"]}, now
    C.good("POST", "/certificates/%s/move" % SPARE.sha256, {"from": "Disallowed", "to": "Root"})
    assert beat(agent)["catalogue"] > now["revision"]
    status, said = agent.request("GET", "/roots", authorization="Agent %s.%s" % (agent.id, "x" * 43))
    assert status == 401, (status, said)


@test
def the_distribution_point_hands_out_the_catalogue_over_both_doors_and_nothing_else():
    plain = "http://" + C.ready["http"][0]
    for url in ("https://127.0.0.1:%d" % C.port, plain):
        def fetch(what, *args):
            argv = ["curl", "--silent", "--insecure", "--write-out", "%{http_code}", "--output", str(C.home / "got"), *args]
            done = subprocess.run(argv + [url + COMMON + "roots/" + what], capture_output=True, text=True, check=True)
            return int(done.stdout), (C.home / "got").read_bytes()
        assert fetch(ROOT.sha256) == (200, ROOT.der)
        assert fetch(ROOT.sha256, "-H", 'If-None-Match: "%s"' % ROOT.sha256)[0] == 304
        for name in (OLD.sha256, STRANGER.sha256, ROOT.sha256.upper(), ROOT.sha256[:-1], "..%2f..%2fdb.sqlite"):
            assert fetch(name)[0] in (400, 404), name
    shown = C.good("GET", "/stores/My/certificates")["items"]  # the console's own certificate is no business of agents
    C.refused(404, "root.not_offered", "GET", COMMON + "roots/" + shown[0]["sha256"])


@test
def an_inventory_with_another_digest_or_beyond_its_limits_is_refused():
    agent = joined("liar")
    items = held(("Root", ROOT))
    status, said = send(agent, items, digest=digest_of(held(("CA", ROOT))))
    assert status == 422 and said["code"] == "root.inventory", said
    many = [dict(items[0], sha256="%064x" % i) for i in range(513)]
    for bad in (many, [dict(items[0], store="My")], [dict(items[0], sha256="00")], [dict(items[0], not_after="never")], [None]):
        status, said = agent.request("POST", "/inventory", {"digest": "0" * 64, "items": bad})
        assert status == 400 and said["code"] == "request.member", (bad[:1], said)
    status, said = send(agent, many[:512])
    assert status == 204, said
    agent.request("POST", "/unregister", {})


@test
def agents_alike_send_one_inventory():
    first, second, third = joined("first"), joined("second"), joined("third")
    places = (("Root", ROOT), ("CA", MIDDLE))
    assert beat(first, *places)["inventory"] is True
    reports(first, *places)
    assert beat(first, *places)["inventory"] is False
    assert beat(second, *places)["inventory"] is False
    # the same certificate in two files of one store is one
    items = held(*places) + held(("Root", ROOT))
    assert send(third, items)[0] == 204
    assert beat(third, *places)["inventory"] is False
    assert beat(third, ("Root", ROOT))["inventory"] is True


@test
def a_deployment_reaches_those_that_lack_it_with_digests_alone():
    lacking, whole = joined("lacking", True), joined("whole", True)
    reports(lacking, ("Root", SPARE))
    reports(whole, ("Root", ROOT), ("Root", SPARE), ("CA", MIDDLE))
    try:
        made = C.call("POST", "/roots/deploy", {"agents": [lacking.id, whole.id]}, role="operator")
        assert made.status == 201 and made["location"] == "/api/v1/rollouts/" + made.json["id"], made
        assert made.json["cmd"] == "roots" and made.json["total"] == 1, made.json
        until(lambda: C.good("GET", "/rollouts/" + made.json["id"])["state"] == "done")
        assert not whole.commands and len(lacking.commands) == 1
        claims = lacking.commands[0]
        assert claims["cmd"] == "roots" and {(i["sha256"], i["store"]) for i in claims["args"]["install"]} == {
            (ROOT.sha256, "Root"), (SPARE.sha256, "Root"), (MIDDLE.sha256, "CA")}, claims
        C.refused(403, "auth.role", "POST", "/roots/deploy", {"agents": [lacking.id]}, role="viewer")
        C.refused(422, "root.not_deployable", "POST", "/roots/deploy", {"roots": [IDS["nobody"]]})
        C.refused(404, "root.not_found", "POST", "/roots/deploy", {"roots": ["99999"]})
        C.refused(404, "agent.not_found", "POST", "/roots/deploy", {"agents": ["0" * 32]})
        C.refused(422, "rollout.command", "POST", "/rollouts", {"cmd": "roots", "args": {"install": []}})
    finally:
        lacking.close()
        whole.close()


@test
def the_policy_of_an_agent_stands_above_that_of_the_server():
    agent = joined("policy")
    before = beat(agent)["configuration"]
    assert configuration(agent)["root_update_policy"] == "not_configured"
    shown = C.good("PUT", "/roots/policy", {"policy": "on"})
    assert shown["policy"] == "on", shown
    now = configuration(agent)
    assert now["root_update_policy"] == "on" and now["revision"] == beat(agent)["configuration"] != before, now
    C.good("PUT", "/agents/%s/root-policy" % agent.id, {"policy": "off"})
    assert configuration(agent)["root_update_policy"] == "off"
    C.good("PUT", "/roots/policy", {"policy": "off"})
    C.good("PUT", "/agents/%s/root-policy" % agent.id, {"policy": "on"})
    assert configuration(agent)["root_update_policy"] == "on"
    C.good("PUT", "/agents/%s/root-policy" % agent.id, {"policy": "not_configured"})
    assert configuration(agent)["root_update_policy"] == "off"
    C.good("PUT", "/roots/policy", {"policy": "not_configured"})
    assert beat(agent)["configuration"] == before
    for role in ("viewer", "operator"):
        C.refused(403, "auth.role", "PUT", "/roots/policy", {"policy": "on"}, role=role)
        C.refused(403, "auth.role", "PUT", "/agents/%s/root-policy" % agent.id, {"policy": "on"}, role=role)
    C.refused(400, "request.member", "PUT", "/roots/policy", {"policy": "perhaps"})
    C.refused(404, "agent.not_found", "PUT", "/agents/%s/root-policy" % ("0" * 32), {"policy": "on"})
    rows = C.good("GET", "/audit?action=root.policy")["items"]
    assert [r["detail"]["after"] for r in rows if r["object"] == agent.id] == ["not_configured", "on", "off"], rows


if __name__ == "__main__":
    main(start, stop)
