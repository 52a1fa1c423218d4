#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Commands to agents, one and many: signatures checked by openssl, pins, retries, pause, kill -9."""
import pathlib
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agent import Agent  # noqa: E402
from binding import wait_until  # noqa: E402
from console import Console  # noqa: E402
from jose import openssl  # noqa: E402
from tap import main, test  # noqa: E402


def joined(console, name="agent", answer=None, port=0, **more):
    agent = Agent(console, name, **more)
    agent.walk()
    agent.listen(answer, port=port)
    status, said = agent.register()
    assert status == 201, said
    return agent


def ended(console, rollout):
    return wait_until(lambda: (lambda r: r if r["state"] in ("done", "cancelled") and r["counts"]["sending"] == 0 else None)(
        console.good("GET", "/rollouts/" + rollout)))


def outcome(console, rollout):
    return console.good("GET", "/rollouts/%s/agents" % rollout)["items"]


@test
def a_command_reaches_its_agent_signed_with_the_key_it_holds():
    with Console() as c:
        a = joined(c)
        made = c.call("POST", "/agents/%s/notify" % a.id, {"cmd": "status"}, role="operator")
        assert made.status == 201 and made["location"] == "/api/v1/rollouts/" + made.json["id"], made
        assert ended(c, made.json["id"])["counts"]["done"] == 1
        claims = a.commands[0]
        assert claims["aud"] == a.id and claims["cmd"] == "status" and claims["exp"] > claims["iat"] and claims["iss"], claims
        shown = c.good("GET", "/agents/" + a.id)
        assert shown["history"][0]["kind"] == "command" and shown["history"][0]["text"].startswith("status done"), shown
        run = c.cli("agent", "notify", a.id, "configuration")
        assert run.status == 0 and "done" in run.out, run
        assert a.commands[1]["seq"] > claims["seq"] and a.commands[1]["jti"] != claims["jti"], a.commands
        c.refused(403, "auth.role", "POST", "/agents/%s/notify" % a.id, {"cmd": "status"}, role="viewer")
        c.refused(422, "rollout.command", "POST", "/agents/%s/notify" % a.id, {"cmd": "rm -rf"})
        c.refused(404, "agent.not_found", "POST", "/agents/%s/notify" % ("0" * 32), {"cmd": "status"})
        assert [r["action"] for r in c.good("GET", "/audit?action=agent.notify")["items"]] == ["agent.notify"] * 2
        a.close()


@test
def a_refusal_is_recorded_with_its_code():
    with Console() as c:
        a = joined(c)
        a.ntcer = a.cert  # it knows another server
        run = c.cli("agent", "notify", a.id, "status")
        assert run.status == 4 and "command.signature" in run.out, run
        assert "command.signature" in c.good("GET", "/agents/" + a.id)["history"][0]["text"]
        a.close()


@test
def what_an_agent_did_is_told_in_a_line():
    with Console() as c:
        results = []
        a = joined(c, answer=lambda claims: (200, "application/json", {"jti": claims["jti"], "result": results.pop(0)}))
        failed = {"sha256": "ab" * 32, "code": "root.distrusted", "detail": "it is in Disallowed here"}
        for result, state, code, said in (
                ({"installed": ["ab" * 32] * 199, "held": ["cd" * 32], "failed": []}, "done", "", "199 installed, 1 held before, 0 failed"),
                ({"installed": [], "held": [], "failed": [failed], "error": failed["code"], "detail": failed["detail"]}, "failed",
                 "root.distrusted", "0 installed, 0 held before, 1 failed: it is in Disallowed here"),
                ({"error": "io", "detail": "nothing could be written"}, "failed", "io", "nothing could be written"),
                ({"revision": 7}, "done", "", '{"revision":7}'), ({"installed": "x"}, "done", "", '{"installed":"x"}'),
                ({"installed": [], "error": "io", "detail": {}}, "failed", "io", "0 installed, 0 held before, 0 failed")):
            results.append(result)
            made = c.good("POST", "/rollouts", {"cmd": "status", "agents": [a.id]})
            ended(c, made["id"])
            one = outcome(c, made["id"])[0]
            assert (one["state"], one["code"], one["detail"]) == (state, code, said), one
        a.close()


@test
def nothing_is_sent_to_a_listener_with_another_key():
    with Console() as c:
        a = Agent(c)
        a.walk()
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=ofcsslagent",
                "-keyout", a.home / "other.pem", "-out", a.home / "other.crt", "-days", "30")
        a.listen(cert=a.home / "other.crt", key=a.home / "other.pem")
        assert a.register()[0] == 201
        made = c.good("POST", "/rollouts", {"cmd": "status", "agents": [a.id], "attempts": 1})
        assert ended(c, made["id"])["counts"]["failed"] == 1
        assert "another key" in outcome(c, made["id"])[0]["detail"], outcome(c, made["id"])
        assert a.commands == []
        a.close()


@test
def commands_go_where_the_agent_reports_from_and_nowhere_it_claims():
    with Console() as c:
        # the same port elsewhere: nobody may come. It is had first, where others have theirs
        trap = socket.create_server(("127.0.0.1", 0))
        a = joined(c, source="127.0.0.3", port=trap.getsockname()[1])
        assert c.cli("agent", "notify", a.id, "status").status == 0 and len(a.commands) == 1
        assert a.beat(states={"address": "127.0.0.4"})[0] == 200
        trap.settimeout(0.5)
        assert c.cli("agent", "notify", a.id, "status").status == 0 and len(a.commands) == 2
        c.call("PUT", "/settings/agent_egress", {"value": "10.0.0.0/8"}, match=True)
        run = c.cli("agent", "notify", a.id, "status")
        assert run.status == 4 and "agent.address" in run.out and len(a.commands) == 2, run
        try:
            trap.accept()
            raise AssertionError("the console connected to where nobody reports from")
        except TimeoutError:
            pass
        trap.close()
        a.close()


@test
def a_lost_answer_is_asked_for_again_and_the_work_is_done_once():
    with Console() as c:
        a = joined(c)
        lost = []

        def answer(claims):
            if not lost:
                lost.append(claims)
                return 500, "text/plain", {}
            raise AssertionError("a second time")
        a.answer = answer
        made = c.good("POST", "/rollouts", {"cmd": "update-files"})
        done = ended(c, made["id"])
        assert done["counts"]["done"] == 1 and len(a.commands) == 1, (done, a.commands)
        assert outcome(c, made["id"])[0]["attempts"] == 2
        a.close()


@test
def who_is_away_is_tried_so_often_and_then_failed():
    with Console() as c:
        a = joined(c)
        a.down = 1
        made = c.good("POST", "/rollouts", {"cmd": "status", "attempts": 2})
        assert ended(c, made["id"])["counts"]["done"] == 1
        a.close()
        made = c.good("POST", "/rollouts", {"cmd": "status", "attempts": 2})
        done = ended(c, made["id"])
        assert done["counts"]["failed"] == 1, done
        one = outcome(c, made["id"])[0]
        assert one["attempts"] == 2 and one["code"] == "agent.unreachable" and one["detail"], one


@test
def rollouts_pause_resume_and_cancel():
    with Console() as c:
        gate, inside = threading.Event(), threading.Semaphore(0)

        def answer(claims):
            inside.release()
            gate.wait(30)
            return 200, "application/json", {"jti": claims["jti"], "cmd": claims["cmd"], "result": {}}
        agents = [joined(c, "agent %d" % i, answer) for i in range(6)]
        made = c.good("POST", "/rollouts", {"cmd": "status", "parallel": 2})
        assert made["total"] == 6
        assert inside.acquire(timeout=20) and inside.acquire(timeout=20)
        assert not inside.acquire(timeout=0.6), "more than two at a time"
        assert c.good("POST", "/rollouts/%s/pause" % made["id"])["state"] == "paused"
        gate.set()
        wait_until(lambda: c.good("GET", "/rollouts/" + made["id"])["counts"]["done"] == 2)
        assert not inside.acquire(timeout=0.6), "it went on while it was paused"
        c.refused(409, "rollout.state", "POST", "/rollouts/%s/pause" % made["id"])
        assert "paused" in c.done("rollout", "status")
        c.done("rollout", "resume", made["id"])
        assert ended(c, made["id"])["counts"]["done"] == 6
        c.refused(409, "rollout.state", "POST", "/rollouts/%s/cancel" % made["id"])
        later = c.good("POST", "/rollouts", {"cmd": "status", "jitter_ms": 86400000})
        assert c.good("POST", "/rollouts/%s/cancel" % later["id"])["state"] == "cancelled"
        assert c.good("GET", "/rollouts/" + later["id"])["counts"]["cancelled"] >= 5
        for a in agents:
            assert len(a.commands) <= 2
            a.close()


@test
def a_wait_that_makes_no_sense_begins_nothing():
    with Console() as c:
        a = joined(c)
        for args in (["rollout", "start", "status"], ["agent", "notify", a.id, "status"], ["update", "check"], ["root", "deploy"]):
            run = c.cli(*args, "--wait", "soon")
            assert run.status == 2 and "--wait" in run.err, (args, run)
        assert not c.good("GET", "/rollouts")["items"] and not a.commands
        a.close()


@test
def a_kill_in_the_middle_repeats_nothing_that_was_done():
    c = Console()
    try:
        count, half = [], threading.Event()

        def answer(claims):
            count.append(claims["aud"])
            if len(count) == 6:
                half.set()
            time.sleep(0.02)
            return 200, "application/json", {"jti": claims["jti"], "cmd": claims["cmd"], "result": {}}
        agents = [joined(c, "agent %d" % i, answer) for i in range(12)]
        made = c.good("POST", "/rollouts", {"cmd": "update-files", "parallel": 1, "attempts": 9})
        assert half.wait(30)
        c.stop(signal.SIGKILL)
        c.start()
        done = ended(c, made["id"])
        assert done["counts"]["done"] == 12, done
        assert sorted(count) == sorted(a.id for a in agents), "somebody acted twice"
        for a in agents:
            a.close()
    finally:
        c.stop()


if __name__ == "__main__":
    main()
