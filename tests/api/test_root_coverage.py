#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""What agents hold of the catalogue: inventories, coverage, deployment, the distribution point and the policy; agents played
with openssl alone."""
import hashlib
import pathlib
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agent import COMMON, Agent  # noqa: E402
from authority import Cert, days  # noqa: E402
from binding import wait_until  # noqa: E402
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
    status, said = send(agent, [dict(i, subject="S" * 1000) for i in many[:512]])
    assert status == 204, said
    shown = C.good("GET", "/agents/%s/roots" % agent.id)
    assert shown["others"] == 512 and {o["subject"] for o in shown["other_certificates"]} == {"S" * 400}, shown["others"]
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
    # the second never sent one: its report alone tells
    wait_until(lambda: standings(second)[IDS[MIDDLE]]["standing"] == "held")
    # one that was asked for its list and did not send it, while another did
    places = (("CA", ROOT), ("Root", MIDDLE))
    assert beat(first, *places)["inventory"] is True
    wait_until(lambda: C.good("GET", "/agents/" + first.id)["states"]["roots"]["digest"] == digest_of(held(*places)))
    reports(third, *places)
    assert beat(first, *places)["inventory"] is False
    wait_until(lambda: standings(first)[IDS[MIDDLE]]["standing"] == "misplaced")
    for agent in (first, second, third):
        agent.request("POST", "/unregister", {})


@test
def what_an_agent_said_before_does_not_undo_what_it_says_now():
    """Heartbeats are written a moment after they came."""
    agent, twin = joined("quick"), joined("slow")
    for x in (agent, twin):
        reports(x, ("CA", ROOT))
    assert beat(agent, ("CA", ROOT), count=1000)["inventory"] is False
    reports(agent, ("Root", ROOT))

    def states(x):
        return C.good("GET", "/agents/" + x.id)["states"]

    def is_written(x, count):
        wait_until(lambda: states(x).get("roots", {}).get("count") == count)

    is_written(agent, 1000)
    assert standings(agent)[IDS[ROOT]]["standing"] == "held"
    # of two heartbeats the later counts, though the row is still as it says; who came behind them is written with them
    beat(agent, ("Root", ROOT), count=1001)
    is_written(agent, 1001)
    beat(agent, ("Root", ROOT), count=1002)
    beat(agent, ("Root", ROOT), count=1001)
    beat(twin, ("CA", ROOT), count=1003)
    is_written(twin, 1003)
    assert states(agent)["roots"]["count"] == 1001
    for x in (agent, twin):
        x.request("POST", "/unregister", {})


def coverage(cert):
    return {e["id"]: e["agents"] for e in C.good("GET", "/roots")["items"]}[IDS[cert]]


def standings(agent):
    return {i["entry"]: i for i in C.good("GET", "/agents/%s/roots" % agent.id)["items"]}


def grown(before, cert):
    """How the counts of an entry moved."""
    now = coverage(cert)
    assert sum(now.values()) == C.good("GET", "/roots")["agents_total"], now
    return {k: v - before[k] for k, v in now.items() if v != before[k]}


@test
def an_agent_counts_where_its_certificates_lie():
    entries = (ROOT, SPARE, MIDDLE, OLD, "nobody")
    before = {e: coverage(e) for e in entries}
    agent = joined("counted")
    assert [grown(before[e], e) for e in entries] == [{"unknown": 1}] * 4 + [{"unconfirmed": 1}]
    assert C.good("GET", "/agents/%s/roots" % agent.id)["reported_at"] is None
    reports(agent, ("Root", ROOT), ("CA", SPARE), ("CA", MIDDLE), ("Disallowed", MIDDLE), ("Root", OLD), ("Root", STRANGER))
    assert [grown(before[e], e) for e in entries] == [
        {"held": 1}, {"misplaced": 1}, {"distrusted": 1}, {"expired": 1}, {"unconfirmed": 1}]
    shown = C.good("GET", "/agents/%s/roots" % agent.id)
    assert [(i["standing"], i["found_in"]) for i in map(standings(agent).get, map(IDS.get, entries))] == [
        ("held", ["Root"]), ("misplaced", ["CA"]), ("distrusted", ["CA", "Disallowed"]), ("expired", ["Root"]), ("unconfirmed", [])]
    assert shown["others"] == 1 and shown["other_certificates"][0] == {
        "sha256": STRANGER.sha256, "subject": "CN=Stranger", "store": "Root", "not_after": "2036-01-01T00:00:00Z"}, shown
    assert shown["reported_at"]
    for cert, standing in ((ROOT, "held"), (SPARE, "misplaced"), (MIDDLE, "distrusted"), (OLD, "expired"), ("nobody", "unconfirmed")):
        page = C.good("GET", "/roots/%s/agents?standing=%s&limit=500" % (IDS[cert], standing))
        assert agent.id in {a["id"] for a in page["items"]} and page["total"] == len(page["items"]) == coverage(cert)[standing], page
        assert {a["standing"] for a in page["items"]} == {standing}, page
    # less than before, and gone
    reports(agent)
    assert [grown(before[e], e) for e in entries] == [{"missing": 1}] * 4 + [{"unconfirmed": 1}]
    assert agent.request("POST", "/unregister", {})[0] == 204
    assert [grown(before[e], e) for e in entries] == [{}] * 5


@test
def a_certificate_that_only_agents_have_expires_as_they_say():
    gone, kept = Cert("Only agents had it", ca=True), Cert("Only agents have it", ca=True)
    ids = [C.good("POST", "/roots", {"name": c.subject, "store": "Root", "sha256": c.sha256})["id"] for c in (gone, kept)]
    agent = joined("late")
    items = held(("Root", gone), ("Root", kept))
    items[0]["not_after"] = "2020-01-01T00:00:00Z"
    status, said = send(agent, items)
    assert status == 204, said
    try:
        assert [standings(agent)[i]["standing"] for i in ids] == ["expired", "held"]
        counts = {e["id"]: e for e in C.good("GET", "/roots")["items"]}
        assert [(counts[i]["state"], counts[i]["agents"]["expired"], counts[i]["agents"]["held"]) for i in ids] == [
            ("missing", 1, 0), ("missing", 0, 1)], counts
        page = C.good("GET", "/roots/%s/agents?standing=expired" % ids[0])
        assert [a["id"] for a in page["items"]] == [agent.id], page
        # the certificate itself knows better than the agent
        bring(gone)
        assert standings(agent)[ids[0]]["standing"] == "held" and C.good("GET", "/roots/" + ids[0])["state"] == "held"
    finally:
        agent.request("POST", "/unregister", {})
        for i in ids:
            C.good("DELETE", "/roots/" + i, match=True)


@test
def what_expired_in_the_servers_own_store_is_shown_as_such():
    path = C.home / "old.pem"
    path.write_text(OLD.pem)
    C.call("POST", "/roots/import", form={"file": "@%s" % path})
    entry = {e["id"]: e for e in C.good("GET", "/roots")["items"]}[IDS[OLD]]
    assert entry["state"] == "expired" and entry["certificate"]["stores"] == ["Root"], entry
    assert C.good("GET", "/roots/" + IDS[OLD])["state"] == "expired"


@test
def agents_of_an_entry_come_page_by_page_by_name():
    agents = [joined("page %d" % i) for i in range(5)]
    for agent in agents:
        reports(agent, ("CA", SPARE), ("CA", ROOT))
    path, names, token = "/roots/%s/agents?standing=misplaced&limit=2" % IDS[ROOT], [], ""
    while token is not None:
        page = C.good("GET", path + token)
        names += [a["name"] for a in page["items"]]
        assert len(page["items"]) <= 2 and page["total"] == 5, page
        token = "&page_token=" + page["next_page_token"] if "next_page_token" in page else None
    assert names == ["page %d" % i for i in range(5)], names
    everybody = C.good("GET", "/roots/%s/agents?limit=500" % IDS[ROOT])
    assert everybody["total"] == len(everybody["items"]) == C.good("GET", "/roots")["agents_total"]
    C.refused(404, "root.not_found", "GET", "/roots/99999/agents")
    C.refused(400, "request.parameter", "GET", "/roots/%s/agents?standing=lost" % IDS[ROOT])
    for agent in agents:
        agent.request("POST", "/unregister", {})


@test
def agents_of_an_entry_are_found_by_the_policy_in_effect():
    own_on, own_off, silent = joined("own on"), joined("own off"), joined("none of its own")
    path = "/roots/%s/agents?standing=misplaced&limit=2" % IDS[MIDDLE]

    def those(policy):
        page = C.good("GET", path + "&policy=" + policy)
        assert page["total"] == len(page["items"]) and {a["policy"]["effective"] for a in page["items"]} <= {policy}, page
        return {a["name"] for a in page["items"]}
    try:
        for agent in (own_on, own_off, silent):
            reports(agent, ("Root", MIDDLE))
        C.good("PUT", "/agents/%s/root-policy" % own_on.id, {"policy": "on"})
        C.good("PUT", "/agents/%s/root-policy" % own_off.id, {"policy": "off"})
        assert (those("on"), those("off"), those("not_configured")) == ({"own on"}, {"own off"}, {"none of its own"})
        C.good("PUT", "/roots/policy", {"policy": "on"})
        assert (those("on"), those("off"), those("not_configured")) == ({"own on", "none of its own"}, {"own off"}, set())
        for put, seen in ("/roots/policy", "/roots/policy"), ("/agents/%s/root-policy" % own_on.id, "/agents/%s/roots" % own_on.id):
            C.refused(412, "request.stale", "PUT", put, {"policy": "off"}, match='"of another time"')
            C.good("PUT", put, {"policy": "on"}, match=C.call("GET", seen)["etag"])
        shown = C.good("GET", "/roots/policy")
        assert C.good("GET", "/roots/%s/agents?policy=on" % IDS[MIDDLE])["total"] == shown["effective_on"], shown
        said = C.done("root", "agents", IDS[MIDDLE], "--standing", "misplaced", "--policy", "on", "--json")
        assert own_on.id in said and silent.id in said and own_off.id not in said, said
        C.refused(400, "request.parameter", "GET", path + "&policy=perhaps")
    finally:
        C.good("PUT", "/roots/policy", {"policy": "not_configured"})
        for agent in (own_on, own_off, silent):
            agent.request("POST", "/unregister", {})


@test
def a_change_of_the_catalogue_changes_what_inventories_are_worth():
    agent = joined("catalogued")
    reports(agent, ("Root", STRANGER), ("CA", ROOT))
    made = C.good("POST", "/roots", {"name": "Stranger", "store": "Root", "sha256": STRANGER.sha256})["id"]
    assert standings(agent)[made]["standing"] == "held" and C.good("GET", "/agents/%s/roots" % agent.id)["others"] == 0
    C.good("PATCH", "/roots/" + made, {"store": "CA"}, match=True)
    assert standings(agent)[made]["standing"] == "misplaced"
    C.good("PATCH", "/roots/" + made, {"sha256": None}, match=True)
    assert standings(agent)[made]["standing"] == "unconfirmed"
    C.good("PATCH", "/roots/" + made, {"sha256": SPARE.sha256[:-1] + ("1" if SPARE.sha256.endswith("0") else "0")}, match=True)
    assert standings(agent)[made]["standing"] == "missing"
    # the entries behind one that goes keep their own
    first = C.good("POST", "/roots", {"name": "A", "store": "Root"})["id"]
    last = C.good("POST", "/roots", {"name": "B", "store": "Root", "sha256": STRANGER.sha256})["id"]
    C.good("DELETE", "/roots/" + first, match=True)
    assert standings(agent)[last]["standing"] == "held" and standings(agent)[made]["standing"] == "missing"
    C.good("DELETE", "/roots/" + made, match=True)
    C.good("DELETE", "/roots/" + last, match=True)
    assert standings(agent)[IDS[ROOT]]["standing"] == "misplaced"


@test
def a_dry_run_says_who_would_be_sent_what():
    agent = joined("dry")
    reports(agent, ("CA", ROOT))
    want = {"agents": [agent.id]}
    plan = C.good("POST", "/roots/deploy?dry_run=true", want, role="operator")
    assert plan["agents"] == 1 and {r["id"]: r["agents"] for r in plan["roots"]} == {IDS[c]: 1 for c in (ROOT, SPARE, MIDDLE)}, plan
    assert {r["id"] for r in plan["left_out"]} == {IDS[OLD], IDS["nobody"]} and all(r["why"] for r in plan["left_out"]), plan
    assert not [r for r in C.good("GET", "/rollouts")["items"] if r["cmd"] == "roots" and r["state"] == "running"]
    plan = C.good("POST", "/roots/deploy?dry_run=true", dict(want, roots=[IDS[SPARE]]))
    assert [r["id"] for r in plan["roots"]] == [IDS[SPARE]] and plan["left_out"] == [], plan
    everybody = C.good("POST", "/roots/deploy?dry_run=true", {"roots": [IDS[SPARE]]})
    lack = coverage(SPARE)
    assert everybody["agents"] == lack["missing"] + lack["misplaced"], (everybody, lack)
    agent.request("POST", "/unregister", {})


@test
def all_that_lack_it_are_sent_it_and_nobody_else():
    lacks_one, lacks_none, silent = joined("lacks one", True), joined("lacks none", True), joined("silent", True)
    reports(lacks_one, ("Root", ROOT), ("CA", MIDDLE))
    reports(lacks_none, ("Root", SPARE))
    kept_away = joined("kept from fetching")  # what is ordered it gets all the same
    reports(kept_away, ("Root", ROOT), ("CA", MIDDLE))
    C.good("PUT", "/agents/%s/root-policy" % kept_away.id, {"policy": "on"})
    try:
        made = C.good("POST", "/roots/deploy", {"roots": [IDS[SPARE]]}, role="operator")
        wait_until(lambda: lacks_one.commands)
        assert [i["sha256"] for i in lacks_one.commands[0]["args"]["install"]] == [SPARE.sha256]
        to = {a["id"] for a in C.good("GET", "/rollouts/%s/agents?limit=500" % made["id"])["items"]}
        assert lacks_one.id in to and kept_away.id in to and lacks_none.id not in to and silent.id not in to, to
        lack = {a["id"] for s in ("missing", "misplaced")
                for a in C.good("GET", "/roots/%s/agents?standing=%s&limit=500" % (IDS[SPARE], s))["items"]}
        assert to == lack, (to, lack)
        C.good("POST", "/rollouts/%s/cancel" % made["id"])
        # one that never said what it has is sent it when it is named
        made = C.good("POST", "/roots/deploy", {"roots": [IDS[SPARE]], "agents": [silent.id, lacks_none.id]})
        assert made["total"] == 1, made
        wait_until(lambda: silent.commands)
        # it arrives: the agent says so, the coverage moves
        before = coverage(SPARE)
        reports(lacks_one, ("Root", ROOT), ("CA", MIDDLE), ("Root", SPARE))
        assert grown(before, SPARE) == {"held": 1, "missing": -1}
    finally:
        kept_away.request("POST", "/unregister", {})
        for agent in (lacks_one, lacks_none, silent):
            agent.close()


@test
def what_agents_would_refuse_for_its_kind_is_not_offered_and_the_entry_is_to_be_corrected():
    stray = Cert("Stray CA", ROOT, ca=True)
    entry = C.good("POST", "/roots", {"name": "Stray", "store": "Root", "sha256": stray.sha256})["id"]
    agent = joined("meets a stray")
    try:
        C.done("cert", "import", stray.file(), "--store", "CA")
        answer = C.refused(422, "root.not_deployable", "POST", "/roots/deploy", {"roots": [entry]})
        assert "not self-signed" in answer.json["detail"] and "CA" in answer.json["detail"], answer
        left = {x["id"]: x["why"] for x in C.good("POST", "/roots/deploy?dry_run=true", {})["left_out"]}
        assert "not self-signed" in left[entry], left
        C.refused(404, None, "GET", COMMON + "roots/" + stray.sha256, role=None)
        C.good("PATCH", "/roots/" + entry, {"store": "CA"}, match=True)
        assert C.good("POST", "/roots/deploy?dry_run=true", {"roots": [entry]})["left_out"] == []
    finally:
        C.good("DELETE", "/roots/" + entry, match=True)
        agent.request("POST", "/unregister", {})


@test
def who_distrusts_it_is_sent_nothing_and_the_administrator_is_told():
    agent = joined("distrusts it")
    try:
        reports(agent, ("Root", ROOT), ("CA", MIDDLE), ("Disallowed", SPARE))
        assert standings(agent)[IDS[SPARE]]["standing"] == "distrusted", standings(agent)
        plan = C.good("POST", "/roots/deploy?dry_run=true", {"roots": [IDS[SPARE]], "agents": [agent.id]})
        assert plan["agents"] == 0 and plan["distrusting"] == 1, plan
        assert C.good("POST", "/roots/deploy?dry_run=true", {"roots": [IDS[SPARE]]})["distrusting"] == 1
        assert C.good("POST", "/roots/deploy?dry_run=true", {"roots": [IDS[ROOT]]})["distrusting"] == 0
        run = C.cli("root", "deploy", "--root", IDS[SPARE], "--agent", agent.id)
        assert run.status == 0 and "nothing is sent" in run.err and "1 agent has one of these in Disallowed" in run.err, run
        assert "hold" not in run.err, run
        run = C.cli("root", "deploy", "--root", IDS[ROOT], "--agent", agent.id)
        assert "nothing is sent" in run.err and "Disallowed" not in run.err, run
    finally:
        agent.request("POST", "/unregister", {})


@test
def a_deployment_reaches_those_that_lack_it_with_digests_alone():
    lacking, whole = joined("lacking", True), joined("whole", True)
    reports(lacking, ("Root", SPARE))
    reports(whole, ("Root", ROOT), ("Root", SPARE), ("CA", MIDDLE))
    try:
        made = C.call("POST", "/roots/deploy", {"agents": [lacking.id, whole.id]}, role="operator")
        assert made.status == 201 and made["location"] == "/api/v1/rollouts/" + made.json["id"], made
        assert made.json["cmd"] == "roots" and made.json["total"] == 1, made.json
        wait_until(lambda: C.good("GET", "/rollouts/" + made.json["id"])["state"] == "done")
        assert not whole.commands and len(lacking.commands) == 1
        row = C.good("GET", "/audit?action=root.deploy")["items"][0]
        assert row["object"] == made.json["id"] and row["detail"] == {"roots": [ROOT.subject, SPARE.subject, MIDDLE.subject], "agents": 1}, row
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
    agent, twin = joined("policy"), joined("policy twin")  # the same inventory, another policy
    reports(twin)
    before = beat(agent)["configuration"]
    assert configuration(agent)["root_update_policy"] == "not_configured"
    reports(agent)
    shown = C.good("PUT", "/roots/policy", {"policy": "on"})
    total = C.good("GET", "/roots")["agents_total"]
    assert shown["policy"] == "on" and shown["effective_on"] == total == sum(shown["agents"].values()), shown
    helped = shown["would_be_helped"]
    assert 0 < helped <= total, shown
    reports(agent, ("Root", ROOT), ("Root", SPARE), ("CA", MIDDLE))
    assert C.good("GET", "/roots/policy")["would_be_helped"] == helped - 1
    reports(agent)
    now = configuration(agent)
    assert now["root_update_policy"] == "on" and now["revision"] == beat(agent)["configuration"] != before, now
    C.good("PUT", "/agents/%s/root-policy" % agent.id, {"policy": "off"})
    assert configuration(agent)["root_update_policy"] == "off"
    shown = C.good("GET", "/roots/policy")
    assert shown["would_be_helped"] == helped - 1 and shown["effective_on"] == total - 1 and shown["agents"]["off"] == 1, shown
    C.good("PUT", "/roots/policy", {"policy": "off"})
    C.good("PUT", "/agents/%s/root-policy" % agent.id, {"policy": "on"})
    assert configuration(agent)["root_update_policy"] == "on"
    assert C.good("GET", "/agents/%s/roots" % agent.id)["policy"] == {"own": "on", "effective": "on"}
    assert C.good("GET", "/roots/policy")["would_be_helped"] == 1, C.good("GET", "/roots/policy")
    C.good("PUT", "/agents/%s/root-policy" % agent.id, {"policy": "not_configured"})
    assert configuration(agent)["root_update_policy"] == "off"
    C.good("PUT", "/roots/policy", {"policy": "not_configured"})
    assert beat(agent)["configuration"] == before
    for role in ("viewer", "operator"):
        C.refused(403, "auth.role", "PUT", "/roots/policy", {"policy": "on"}, role=role)
        C.refused(403, "auth.role", "PUT", "/agents/%s/root-policy" % agent.id, {"policy": "on"}, role=role)
    C.refused(400, "request.member", "PUT", "/roots/policy", {"policy": "perhaps"})
    C.refused(404, "agent.not_found", "PUT", "/agents/%s/root-policy" % ("0" * 32), {"policy": "on"})
    told = C.good("GET", "/audit?action=root.policy")["items"]
    assert [r["detail"]["after"] for r in told if r["object"] == agent.id] == ["not_configured", "on", "off"], told


KEY = "HKEY_LOCAL_MACHINE\\Software\\Policies\\Microsoft\\SystemCertificates\\AuthRoot"


def reg(value, key=KEY, head="Windows Registry Editor Version 5.00"):
    return "%s\r\n\r\n[HKEY_LOCAL_MACHINE\\Software\\Other]\r\n\"DisableRootAutoUpdate\"=dword:00000000\r\n[%s]\r\n%s\r\n" % (
        head, key, value)


def pol(*entries):
    """A Registry.pol: pairs of value name and data."""
    def text(s):
        return s.encode("utf-16-le") + b"\0\0"

    def mark(s):
        return s.encode("utf-16-le")
    raw = b"PReg" + (1).to_bytes(4, "little")
    for key, name, kind, data in entries:
        raw += (mark("[") + text(key) + mark(";") + text(name) + mark(";") + kind.to_bytes(4, "little") + mark(";") +
                len(data).to_bytes(4, "little") + mark(";") + data + mark("]"))
    return raw


def policy_of(content, agent=None):
    path = C.home / "policy"
    path.write_bytes(content)
    return C.call("POST", "/roots/policy/import", form=dict({"file": "@%s" % path}, **({"agent": agent} if agent else {})))


def rows(sql, *values):
    db = sqlite3.connect("file:%s?mode=ro" % (C.folder / "db.sqlite"), uri=True)
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


@test
def what_no_agent_has_any_more_is_forgotten():
    def kept(cert):
        return [n for n, in rows("SELECT uses FROM reported_certificates WHERE sha256 = ?", bytes.fromhex(cert.sha256))]

    def inventories(*places):
        return len(rows("SELECT 1 FROM inventories WHERE digest = ?", digest_of(held(*places))))
    one, two = Cert("Only here", ca=True), Cert("And there", ca=True)
    agent, other = joined("forgetful"), joined("forgetful too")
    reports(agent, ("Root", one), ("CA", two))
    reports(other, ("Root", one))
    assert kept(one) == [2] and kept(two) == [1]
    reports(agent, ("Root", one))
    assert kept(one) == [1] and kept(two) == [] and inventories(("Root", one), ("CA", two)) == 0
    reports(other)
    assert kept(one) == [1] and inventories(("Root", one)) == 1
    agent.request("POST", "/unregister", {})
    C.stop()
    C.start(listen="127.0.0.1:%d" % C.port)  # tidies up
    wait_until(lambda: kept(one) == [] and inventories(("Root", one)) == 0)


@test
def a_page_that_listens_is_told():
    agent, other = joined("heard"), joined("heard too")
    argv = ["curl", "--silent", "--insecure", "--no-buffer", "--max-time", "60", "-H", "Authorization: Bearer " + C.token("viewer"),
            "https://127.0.0.1:%d/api/v1/events" % C.port]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as curl:
        def heard(topic):
            for line in curl.stdout:
                if line.strip() == "event: " + topic:
                    return True
            return False
        assert curl.stdout.readline()
        for what in (lambda: reports(agent, ("CA", SPARE), ("Root", OLD)),  # an inventory
                     lambda: beat(other, ("CA", SPARE), ("Root", OLD)),  # one that is known already
                     lambda: C.good("PUT", "/roots/policy", {"policy": "off"}),
                     lambda: C.good("PUT", "/agents/%s/root-policy" % agent.id, {"policy": "on"}),
                     lambda: C.good("DELETE", "/roots/" + C.good("POST", "/roots", {"name": "New", "store": "CA"})["id"], match=True)):
            what()
            assert heard("root")
        curl.terminate()
    C.good("PUT", "/roots/policy", {"policy": "not_configured"})


@test
def a_command_holds_two_hundred_certificates_and_no_more():
    key = Cert("Many", ca=True).key
    many = [Cert("Many %d" % i, ca=True, key=key) for i in range(200)]
    known = [e["id"] for e in C.good("GET", "/roots")["items"]]
    agent = joined("much", True)
    try:
        with sqlite3.connect(C.folder / "db.sqlite") as db:
            db.executemany("INSERT INTO required_roots (name, store, sha256, needed_for, since, shipped) VALUES (?, 'Root', ?, '', '', 0)",
                           [(c.subject, c.sha256) for c in many])
        db.close()
        bring(*many)
        ids = [e["id"] for e in C.good("GET", "/roots")["items"] if e["id"] not in known]
        assert len(ids) == 200
        C.refused(400, "request.member", "POST", "/roots/deploy", {"roots": ids + [IDS[ROOT]], "agents": [agent.id]})
        C.refused(400, "request.member", "POST", "/roots/deploy", {"agents": [agent.id]})
        C.good("POST", "/roots/deploy", {"roots": ids, "agents": [agent.id]})
        wait_until(lambda: agent.commands)
        assert {i["sha256"] for i in agent.commands[0]["args"]["install"]} == {c.sha256 for c in many}
    finally:
        agent.close()
        with sqlite3.connect(C.folder / "db.sqlite") as db:
            db.execute("DELETE FROM required_roots WHERE name LIKE 'Many %'")
        db.close()
        C.good("PATCH", "/roots/" + IDS[ROOT], {"since": "now"}, match=True)


@test
def a_server_back_from_a_backup_offers_something_newer_than_all_that_agents_met():
    with Console() as c:
        agent = Agent(c, "met")
        agent.walk()
        agent.register()
        password = c.home / "password"
        password.write_text("strongpassword\n")
        assert c.cli("backup", "create", c.home / "kept.zip", "--password-file", password).status in (0, 10)
        first = agent.beat()[1]["catalogue"]
        c.good("POST", "/roots", {"name": "Later", "store": "Root", "sha256": ROOT.sha256})
        path = c.home / "later.pem"
        path.write_text(ROOT.pem)
        c.call("POST", "/roots/import", form={"file": "@%s" % path})
        met = agent.beat()[1]["catalogue"]
        assert met > first
        port = c.port
        c.stop()
        run = c.cli("backup", "restore", c.home / "kept.zip", "--password-file", password, "--yes")
        assert run.status == 0, run
        c.start(listen="127.0.0.1:%d" % port)
        assert agent.beat()[1]["catalogue"] > met


@test
def a_policy_comes_out_of_reg_files_and_policy_exports():
    on, off = '"DisableRootAutoUpdate"=dword:00000001', '"disablerootautoupdate" = dword:0'
    inner = KEY.split("\\", 1)[1]
    one, zero = (1).to_bytes(4, "little"), bytes(4)
    other = ("Software\\Policies\\Other", "DisableRootAutoUpdate", 4, zero)
    for content, policy in (
            (reg(on).encode("utf-16"), "on"), (reg(off).encode("utf-16-be").join([b"\xfe\xff", b""]), "off"),
            (reg(on, head="REGEDIT4").encode("cp1252"), "on"), (reg(off).encode("utf-8-sig"), "off"),
            (reg(on, key=KEY.upper()).encode("utf-16"), "on"), (reg('"DisableRootAutoUpdate"=-').encode("utf-16"), "not_configured"),
            (reg(on).encode("utf-16-le"), "on"), (reg(off).encode("utf-16-be"), "off"), (reg(on + " ; as the domain says").encode(), "on"),
            (reg(on).encode("utf-16"), "on"), (reg("", key="-" + KEY).encode("utf-16"), "not_configured"),
            (pol(other, (inner, "DisableRootAutoUpdate", 4, one)), "on"), (pol((inner, "DisableRootAutoUpdate", 4, zero), other), "off"),
            (pol((inner, "**del.DisableRootAutoUpdate", 1, " \0".encode("utf-16-le"))), "not_configured")):
        answer = policy_of(content)
        assert answer.status == 200 and answer.json["policy"] == policy, (content, answer)
        assert C.good("GET", "/roots/policy")["policy"] == policy
    agent = joined("imported")
    assert policy_of(reg(on).encode("utf-16"), agent.id).json == {"policy": "on", "value": 1, "agent": agent.id}
    assert C.good("GET", "/roots/policy")["policy"] == "not_configured" and configuration(agent)["root_update_policy"] == "on"
    cut = pol((inner, "DisableRootAutoUpdate", 4, one))
    for content, code in ((reg("").encode("utf-16"), "reg.no_policy"), (reg(on, key="HKEY_CURRENT_USER\\Software").encode(), "reg.no_policy"),
                          (reg('"DisableRootAutoUpdate"=dword:2').encode(), "reg.no_policy"), (b"no such file", "reg.format"),
                          (reg('"DisableRootAutoUpdate"="1"').encode(), "reg.no_policy"),
                          (pol(other), "reg.no_policy"), (cut[:-3], "reg.format"), (cut[:40], "reg.format"),
                          (cut[:-20] + b"\xff" * 20, "reg.format")):
        answer = policy_of(content)
        assert answer.status == 422 and answer.code == code, (content, answer)
    assert C.good("GET", "/roots/policy")["policy"] == "not_configured"
    path = C.home / "policy"
    path.write_bytes(reg(on).encode())
    C.refused(403, "auth.role", "POST", "/roots/policy/import", form={"file": "@%s" % path}, role="operator")
    C.good("POST", "/roots/policy/import?dry_run=true", form={"file": "@%s" % path})
    assert C.good("GET", "/roots/policy")["policy"] == "not_configured"


@test
def the_command_line_does_the_same():
    agent = joined("typed", True)
    reports(agent, ("CA", SPARE), ("Root", STRANGER))
    try:
        table = C.done("root", "coverage")
        line = next(row for row in table.splitlines() if SPARE.subject in row).split()
        here = coverage(SPARE)
        assert [int(n) for n in line[-7:]] == [here[k] for k in (
            "held", "missing", "misplaced", "distrusted", "expired", "unconfirmed", "unknown")], table
        shown = C.done("root", "agents", IDS[SPARE], "--standing", "misplaced")
        assert agent.id in shown and "misplaced" in shown, shown
        shown = C.done("root", "agents", "--agent", agent.id)
        assert "Stranger" in shown and "misplaced" in shown, shown
        plan = C.done("root", "deploy", "--agent", agent.id, "--root", IDS[ROOT], "--dry-run")
        assert "1" in plan.splitlines()[0] and ROOT.subject in plan, plan
        done = C.done("root", "deploy", "--agent", agent.id, "--root", IDS[ROOT], "--root", IDS[SPARE], "--wait", "30", "--json")
        assert '"done"' in done, done
        assert [i["sha256"] for i in agent.commands[0]["args"]["install"]] == [ROOT.sha256, SPARE.sha256]
        reports(agent, ("Root", ROOT), ("CA", SPARE))
        run = C.cli("root", "deploy", "--agent", agent.id, "--root", IDS[ROOT])
        assert run.status == 0 and "nothing is sent" in run.err, run
        assert C.cli("root", "deploy", "--root", IDS["nobody"]).status == 4
        assert '"on"' in C.done("root", "policy", "on", "--json") and C.good("GET", "/roots/policy")["policy"] == "on"
        path = C.home / "off.reg"
        path.write_bytes(reg('"DisableRootAutoUpdate"=dword:00000000').encode("utf-16"))
        C.done("root", "policy", "--import", path, "--agent", agent.id)
        assert configuration(agent)["root_update_policy"] == "off"
        assert "off" in C.done("root", "policy", "--agent", agent.id)
        C.done("root", "policy", "not_configured")
        assert C.cli("root", "policy", "perhaps").status == 2 and C.cli("root", "agents").status == 2
    finally:
        agent.close()


if __name__ == "__main__":
    main(start, stop)
