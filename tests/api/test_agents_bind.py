#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""A new host certificate reaches agents before the switch: publications at each step, the forecast, waiting for a share."""
import base64
import hashlib
import json
import pathlib
import ssl
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agent import COMMON, Agent, joined  # noqa: E402
from binding import wait_until  # noqa: E402
from console import PKI, Console, sha256  # noqa: E402
from jose import unb64url  # noqa: E402
from tap import main, test  # noqa: E402


def prepared():
    c = Console()
    c.done("cert", "import", PKI / "root.crt", "--store", "Root")
    (c.home / "pw").write_text("certbinder")
    c.done("cert", "import", PKI / "server.pfx", "--password-file", c.home / "pw")
    return c, sha256("server")


def said(console):
    """What the newest publication says: number, and the SHA-256 of the host certificates."""
    token = console.call("GET", COMMON + "publications/latest", role=None).text
    claims = json.loads(unb64url(token.split(".")[1]))
    return claims["number"], {hashlib.sha256(base64.b64decode(d)).hexdigest() for d in claims["ipcer"]}


def bound(console):
    return console.good("GET", "/bindings/default")["cert"]


def refuses(console, agent):
    """Whether the agent would refuse the console: it shows none of the certificates of the publication that it holds."""
    context = ssl._create_unverified_context()
    import socket
    with socket.create_connection(("127.0.0.1", console.port), timeout=90) as raw, context.wrap_socket(raw) as s:
        return s.getpeercert(True) not in agent.ipcer


@test
def each_step_of_a_change_tells_agents_what_they_may_meet():
    c, new = prepared()
    with c:
        old = bound(c)
        number = said(c)[0]
        assert said(c)[1] == {old}
        change = c.good("POST", "/changes", {"endpoint": "default", "cert": new, "override_reason": "test", "confirm_within_s": 300})
        assert said(c) == (number + 1, {old, new}) and c.good("GET", "/ipcer")["sha256"] == old
        assert c.good("GET", "/drift")["state"] == "pending"
        c.good("POST", "/changes/%s/commit" % change["id"], match="*")
        assert said(c) == (number + 1, {old, new}) and c.good("GET", "/ipcer")["sha256"] == new
        assert c.good("GET", "/drift")["state"] == "pending"
        c.good("POST", "/changes/%s/confirm" % change["id"])
        assert said(c) == (number + 2, {new}) and c.good("GET", "/drift")["state"] == "ok"
        change = c.good("POST", "/changes", {"endpoint": "default", "cert": old, "override_reason": "test", "confirm_within_s": 300})
        assert said(c) == (number + 3, {old, new})
        c.good("POST", "/changes/%s/commit" % change["id"], match="*")
        c.good("POST", "/changes/%s/rollback" % change["id"], match="*")
        assert said(c) == (number + 4, {new}) and c.good("GET", "/ipcer")["sha256"] == new
        change = c.good("POST", "/changes", {"endpoint": "default", "cert": old, "override_reason": "test"})
        c.done("key", "rotate", "--yes", "--no-backup")  # in between: both are still announced
        assert said(c)[1] == {old, new}
        number = said(c)[0]
        c.good("DELETE", "/changes/" + change["id"], match=True)
        assert said(c) == (number + 1, {new})
        late = Agent(c)
        late.walk()  # every step of all this verifies
        assert late.number == number + 1


@test
def the_forecast_is_the_outcome():
    c, new = prepared()
    with c:
        agents = [joined(c, "agent %d" % i) for i in range(7)]
        checks = c.good("POST", "/checks", {"endpoint": "default", "cert": new})["checks"]
        forecast = [k for k in checks if k["id"] == "agents.forecast"][0]
        assert forecast["verdict"] == "warn" and forecast["evidence"].startswith("0 of 7 agents know"), forecast
        change = c.good("POST", "/changes", {"endpoint": "default", "cert": new, "override_reason": "test", "confirm_within_s": 300})
        assert change["agents"]["will_refuse"] == 7, change
        for a in agents[:4]:
            a.walk()
            assert a.beat()[0] == 200
        told = wait_until(lambda: (lambda g: g if g["ready"] == 4 else None)(c.good("GET", "/changes/" + change["id"])["agents"]))
        assert told == {"total": 7, "ready": 4, "will_refuse": 3, "online": 7, "online_ready": 4}, told
        c.good("POST", "/changes/%s/commit" % change["id"], match="*")
        outcome = [refuses(c, a) for a in agents]
        assert outcome == [False] * 4 + [True] * 3, outcome
        counts = c.good("GET", "/agents")["counts"]
        assert counts["current"] == 4 and counts["recoverable"] == 3, counts
        for a in agents:
            a.walk()
            assert not refuses(c, a)


@test
def a_change_waits_until_enough_agents_know_it():
    c, new = prepared()
    with c:
        a, b = joined(c, "a"), joined(c, "b")
        body = {"endpoint": "default", "cert": new, "confirm_within_s": 300, "wait_agents": 50}
        change = c.call("POST", "/changes", body)
        assert change.status == 201, change
        change = change.json
        c.refused(409, "agents.share", "POST", "/changes/%s/commit" % change["id"], match="*")
        assert bound(c) != new
        a.walk()
        assert a.beat()[0] == 200
        wait_until(lambda: c.good("GET", "/changes/" + change["id"])["agents"]["online_ready"] == 1)
        assert c.good("POST", "/changes/%s/commit" % change["id"], match="*")["state"] == "committed"
        assert bound(c) == new
        assert refuses(c, b) and not refuses(c, a)


@test
def the_command_line_waits_gives_up_or_overrides():
    c, new = prepared()
    with c:
        a = joined(c, "a")
        old = bound(c)
        run = c.cli("bind", "set", "--endpoint", "default", "--cert", new, "--wait-agents", "100", "--wait-within", "1")
        assert run.status == 6 and "0 of 1 agents" in run.err and bound(c) == old, run
        assert said(c)[1] == {old}

        def follow():
            wait_until(lambda: said(c)[1] == {old, new})
            a.walk()
            a.beat()
        thread = threading.Thread(target=follow)
        thread.start()
        run = c.cli("bind", "set", "--endpoint", "default", "--cert", new, "--wait-agents", "100", "--wait-within", "90")
        thread.join()
        assert run.status == 0 and bound(c) == new and not refuses(c, a), run
        run = c.cli("bind", "set", "--endpoint", "default", "--cert", old, "--wait-agents", "100", "--wait-within", "1",
                    "--override", "the agent is being replaced")
        assert run.status == 0 and bound(c) == old, run
        audit = c.good("GET", "/audit?action=bind.commit")["items"][0]
        assert audit["detail"]["override"] == "the agent is being replaced", audit


if __name__ == "__main__":
    main()
