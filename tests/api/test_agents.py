#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The registry of agents: registration, heartbeats, states, clones, limits; agents are played with openssl alone."""
import csv
import hashlib
import io
import os
import pathlib
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agent import Agent, joined  # noqa: E402
from binding import wait_until  # noqa: E402
from console import BUILD, Console  # noqa: E402
from limits import limit  # noqa: E402
from tap import main, test  # noqa: E402


def state(console, agent):
    return console.good("GET", "/agents/" + agent.id)["state"]


@test
def an_agent_registers_reports_and_is_current():
    with Console() as c:
        a = joined(c, "first")
        shown = c.good("GET", "/agents/" + a.id)
        assert shown["state"] == "current" and shown["name"] == "first" and shown["address"] == "127.0.0.1", shown
        assert shown["ipcer_sha256"] == c.good("GET", "/ipcer")["sha256"], shown
        before = c.good("GET", "/system")
        status, answer = a.beat(name="renamed", states={"roots": "ok"})
        assert status == 200 and answer["publication"] == a.number and answer["heartbeat_seconds"] == 600, answer
        wait_until(lambda: c.good("GET", "/agents/" + a.id)["name"] == "renamed")
        assert c.good("GET", "/agents/" + a.id)["states"] == {"roots": "ok"}
        after = c.good("GET", "/system")
        for counter in ("tls_generation", "trust_generation", "change_seq"):
            assert before[counter] == after[counter], counter
        status, conf = a.request("GET", "/configuration")
        assert status == 200 and conf["skew_seconds"] == 86400 and conf["revision"] == answer["configuration"], conf
        assert c.done("agent", "list").count(a.id) == 1
        assert a.request("POST", "/unregister", {})[0] == 204
        c.refused(404, "agent.not_found", "GET", "/agents/" + a.id)


@test
def the_same_key_gets_a_new_secret_and_the_old_one_ends_with_its_first_use():
    with Console() as c:
        a, since = joined(c), int(time.time())
        old = "Agent %s.%s" % (a.id, a.secret)
        assert a.beat()[0] == 200
        wait_until(lambda: int(time.time()) > since)  # tokens have times in seconds
        assert a.register()[0] == 201
        assert a.request("POST", "/heartbeat", a.report(), authorization=old)[0] == 200
        assert a.beat()[0] == 200
        status, problem = a.request("POST", "/heartbeat", a.report(), authorization=old)
        assert status == 401 and problem["code"] == "agent.unknown", problem
        for path in c.folder.glob("db.sqlite*"):
            assert a.secret.encode() not in path.read_bytes(), "a secret lies in the database"


@test
def another_key_for_the_same_id_is_a_clone_refused_and_listed():
    with Console() as c:
        a = joined(c)
        b = Agent(c, "thief", agent_id=a.id)
        status, problem = b.register()
        assert status == 409 and problem["code"] == "agent.clone", problem
        shown = c.good("GET", "/agents/" + a.id)
        assert shown["clones"] == 1 and shown["name"] == "agent", shown
        assert [h["kind"] for h in shown["history"]] == ["clone", "registered"], shown
        assert a.beat()[0] == 200


@test
def registrations_that_prove_nothing_are_refused():
    with Console() as c:
        a = Agent(c)
        good = a.claims()
        other = Agent(c)
        tokens = {
            "signed by another key": a.sign(good, key=other.home / "key.pem"),
            "of another kind": a.sign(good, typ="cb-cmd+jwt"),
            "for another server": a.sign(dict(good, server="console.example")),
            "too old": a.sign(dict(good, iat=int(time.time()) - 90000)),
            "of the future": a.sign(dict(good, iat=int(time.time()) + 90000)),
            "of another audience": a.sign(dict(good, aud="command")),
            "without an id": a.sign(dict(good, iss="../../etc/passwd")),
            "without a signature": ".".join(a.sign(good).split(".")[:2]) + ".",
            "with no algorithm": a.sign(good, alg="none"),
            "noise": "a.b.c",
        }
        for what, token in tokens.items():
            status, problem = a.request("POST", "/register", {"token": token})
            assert status == 422 and problem["code"] == "agent.token", (what, status, problem)
        for what, claims in (("a port of others", dict(good, port=22)), ("a name with controls", dict(good, name="a\nb")),
                             ("no digest", dict(good, ntcer_sha256="zz")), ("many certificates", dict(good, ipcer_sha256=["0" * 64] * 5)),
                             ("a large state", dict(good, states={"x": "y" * 9000}))):
            status, problem = a.request("POST", "/register", {"token": a.sign(claims)})
            assert status in (400, 422), (what, status, problem)
        token = a.sign(good)
        assert a.request("POST", "/register", {"token": token})[0] == 201
        status, problem = a.request("POST", "/register", {"token": token})
        assert status == 422 and problem["code"] == "agent.token", problem
        assert c.good("GET", "/agents")["total"] == 1


@test
def who_does_not_know_the_secret_is_nobody():
    with Console() as c:
        a, b = joined(c, "a"), joined(c, "b")
        for how in ("Agent %s.%s" % (a.id, b.secret), "Agent %s.%s" % (a.id, "A" * 43), "Agent %s" % a.id, "Bearer %s" % a.secret,
                    "Agent %s.%s" % ("f" * 32, a.secret), "Agent %s.%sx" % (a.id, a.secret), "none"):
            for method, path, body in (("POST", "/heartbeat", a.report()), ("POST", "/unregister", {}), ("GET", "/configuration", None),
                                       ("POST", "/refusals", {"items": []}), ("POST", "/results", {"jti": "1", "cmd": "status"})):
                status, problem = a.request(method, path, body, authorization=how)
                assert status == 401 and problem["code"] == "agent.unknown", (how, path, status, problem)
        assert c.good("GET", "/agents")["total"] == 2
        shown = c.good("GET", "/agents/" + a.id)
        assert shown["address"] == "127.0.0.1" and shown["name"] == "a", shown


@test
def strangers_cannot_fill_the_registry():
    with Console() as c:
        c.call("PUT", "/settings/agent_registrations_per_minute", {"value": 3}, match=True)
        begin, taken = time.monotonic(), 0
        while (told := Agent(c).register())[0] == 201:
            taken += 1
            assert taken <= 3 + (time.monotonic() - begin) / 20, "the bucket of three fills up with one in twenty seconds"
        assert taken >= 3 and told[0] == 429 and told[1]["code"] == "agent.rate", (taken, told)
        elsewhere = Agent(c, source="127.0.0.2")
        assert elsewhere.register()[0] == 201
        c.call("PUT", "/settings/agent_registrations_per_minute", {"value": 1000}, match=True)
        c.call("PUT", "/settings/agent_rows_per_address", {"value": taken}, match=True)
        status, problem = Agent(c).register()
        assert status in (429, 503), problem
        status, problem = wait_until(lambda: (lambda r: r if r[0] != 429 else None)(Agent(c).register()))
        assert status == 503 and problem["code"] == "agent.full", problem
        assert c.good("GET", "/agents")["total"] == taken + 1


@test
def reported_refusals_are_shown():
    with Console() as c:
        a = joined(c)
        assert a.request("POST", "/refusals", {"items": [{"time": "2026-11-22T00:00:00Z", "reason": "command.replayed", "count": 3,
                                                          "detail": "jti 7"}]})[0] == 204
        shown = c.good("GET", "/agents/" + a.id)
        assert shown["refusals"] == 3 and shown["last_refusal"] == "command.replayed: jti 7", shown
        assert shown["history"][0]["kind"] == "refusal" and shown["history"][0]["count"] == 3, shown
        most = limit("AGENT_REFUSALS_MAX")
        assert a.request("POST", "/refusals", {"items": [{"reason": "x"}] * (most + 1)})[0] == 400
        assert a.request("POST", "/refusals", {"items": [{"reason": "x"}] * most})[0] == 204
        for _ in range(4):
            assert a.request("POST", "/refusals", {"items": [{"reason": "again"}] * 30})[0] == 204
        assert len(c.good("GET", "/agents/" + a.id)["history"]) <= 51


@test
def states_follow_keys_and_time():
    with Console() as c:
        a, b = joined(c, "walks"), joined(c, "stays")
        foreign = Agent(c, "foreign")
        foreign.walk()
        assert foreign.register(ntcer_sha256="ab" * 32)[0] == 201
        assert state(c, foreign) == "mismatched"
        c.done("key", "rotate", "--yes", "--no-backup")
        assert state(c, a) == state(c, b) == "recoverable"
        assert a.walk() > 0 and a.beat()[0] == 200
        wait_until(lambda: state(c, a) == "current")
        assert state(c, b) == "recoverable"
        counts = c.good("GET", "/agents")["counts"]
        assert counts == {"current": 1, "recoverable": 1, "mismatched": 1, "offline": 0}, counts
        db = sqlite3.connect(c.folder / "db.sqlite", timeout=90)
        db.execute("UPDATE agents SET last_seen_at = last_seen_at - 2000 WHERE id IN (?, ?)", (a.id, foreign.id))
        db.commit()
        db.close()
        assert state(c, a) == "offline" and state(c, foreign) == "mismatched"
        for wanted, names in (("current", []), ("recoverable", ["stays"]), ("mismatched", ["foreign"]), ("offline", ["walks"])):
            page = c.good("GET", "/agents?state=" + wanted)
            assert [i["name"] for i in page["items"]] == names and page["total"] == len(names), (wanted, page)
        page = c.good("GET", "/agents/mismatched")
        assert {i["name"] for i in page["items"]} == {"stays", "foreign"} and page["total"] == 2, page
        cure = [i for i in page["items"] if i["name"] == "foreign"][0]
        assert "IpXfer" in cure["cure"] and "none of this server's keys" in cure["reason"], cure
        assert "stays" in c.done("agent", "mismatched") and "walks" not in c.done("agent", "mismatched")
        assert [i["name"] for i in c.good("GET", "/agents?q=ORE")["items"]] == ["foreign"]
        assert c.good("GET", "/agents?q=" + b.id[:9])["total"] == 1 and c.good("GET", "/agents?q=127.0.0.1")["total"] == 3
        assert c.good("GET", "/agents?q=%25")["total"] == 0
        c.refused(400, "request.parameter", "GET", "/agents?state=gone")


@test
def the_list_is_CSV_for_who_accepts_it_and_safe_for_spreadsheets():
    with Console() as c:
        a = Agent(c, '=cmd|"/c calc"!A1, x')
        a.walk()
        assert a.register(ntcer_sha256="cd" * 32)[0] == 201
        answer = c.call("GET", "/agents/mismatched", headers={"Accept": "text/csv"})
        assert answer.status == 200 and answer["content-type"].startswith("text/csv"), answer
        rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        assert len(rows) == 1 and rows[0]["name"].startswith("'=") and rows[0]["agent_id"] == a.id, rows
        tool = subprocess.run([str(BUILD / "CertificateManager"), "--state-dir", str(c.folder), "-l", str(c.home / "m.csv")],
                              capture_output=True, timeout=60, check=False)
        assert tool.returncode == 0 and (c.home / "m.csv").read_bytes() == answer.body, tool
        assert c.cli("agent", "mismatched", "--csv", "-").out.encode() == answer.body.replace(b"\r\n", b"\n")


@test
def only_administrators_say_where_commands_go():
    with Console() as c:
        a = joined(c)
        body = {"pinned_address": "127.0.0.9"}
        c.refused(403, "auth.role", "PATCH", "/agents/" + a.id, body, role="operator", headers={"If-Match": "*"})
        assert c.good("PATCH", "/agents/" + a.id, body, match=True)["pinned_address"] == "127.0.0.9"
        for address in ("169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "localhost", ""):
            answer = c.refused(403, "agent.address", "PATCH", "/agents/" + a.id, {"pinned_address": address}, match=True)
            assert answer.json["detail"], answer
        c.call("PUT", "/settings/agent_egress", {"value": "10.0.0.0/8, 127.0.0.0/29"}, match=True)
        c.refused(403, "agent.address", "PATCH", "/agents/" + a.id, body, match=True)
        assert c.good("PATCH", "/agents/" + a.id, {"pinned_address": None}, match=True)["pinned_address"] is None
        c.refused(400, "request.member", "PUT", "/settings/agent_egress", {"value": "10.0.0.0/99"}, match=True)
        actions = [r["action"] for r in c.good("GET", "/audit?action=agent.pin")["items"]]
        assert actions == ["agent.pin", "agent.pin"], actions


def fill(console, n):
    """n agents into the database, half of them mismatched."""
    db = sqlite3.connect(console.folder / "db.sqlite", timeout=90)
    ntcer = db.execute("SELECT cert FROM authentication_keys WHERE current = 1").fetchone()[0]
    ipcer = db.execute("SELECT sha256 FROM ipcer ORDER BY number DESC LIMIT 1").fetchone()[0]
    now = int(time.time())
    db.execute("DELETE FROM agents")
    db.executemany("INSERT INTO agents (id, name, address, port, listener_sha256, secret_hash, ntcer_sha256, ipcer_sha256, publication,"
                   " registered_at, last_seen_at, standing, is_proved) VALUES (?, ?, ?, 21112, ?, x'00', ?, ?, 1, ?, ?, ?, 1)",
                   ((hashlib.md5(b"%d" % i).hexdigest(), "host-%06d" % i, "10.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255), "0" * 64,
                     ntcer if i % 2 else "ef" * 32, ipcer, now, now, 0 if i % 2 else 3) for i in range(n)))
    db.commit()
    db.close()


@test
def what_lists_of_agents_cost_grows_no_faster_than_the_agents():
    with Console() as c:
        took = {}
        for n in (10000, 100000):
            fill(c, n)
            out = c.home / "all.csv"
            before = os.times()
            done = subprocess.run([str(BUILD / "CertificateManager"), "--state-dir", str(c.folder), "-l", str(out)],
                                  capture_output=True, timeout=120, check=False)
            after = os.times()
            assert done.returncode == 0 and out.read_bytes().count(b"\r\n") == n // 2 + 1, done
            tool = after.children_user + after.children_system - before.children_user - before.children_system
            pages = []
            for path in ("/agents?limit=50", "/agents?state=mismatched", "/agents?state=offline", "/agents/mismatched"):
                pages.append(min(computed(c, path) for _ in range(3)))
            took[n] = (tool, max(pages))
            print("# %d agents, of the processor: CSV %.3f s, dearest page %.1f ms" % (n, tool, 1000 * max(pages)))
        assert took[100000][0] < 20 * max(took[10000][0], 0.02) and took[100000][1] < 20 * max(took[10000][1], 0.005), took
        token, seen = None, set()
        for _ in range(3):
            page = c.good("GET", "/agents?limit=500&state=mismatched" + ("&page_token=" + token if token else ""))
            assert page["total"] == 50000
            seen |= {i["id"] for i in page["items"]}
            token = page["next_page_token"]
        assert len(seen) == 1500


def computed(console, path):
    """Seconds of processor time that the console spends on one answer, whatever else the machine does."""
    clock = ~console.process.pid << 3 | 2  # clock_getcpuclockid(3): all threads of that process
    console.good("GET", path)
    begin = time.clock_gettime(clock)
    console.good("GET", path)
    return time.clock_gettime(clock) - begin


if __name__ == "__main__":
    main()
