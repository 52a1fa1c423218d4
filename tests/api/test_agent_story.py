#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

The real agents with the real console: joining, rotations that are slept through, a server that is lost and comes back,
one key for two servers and one for each, and IpXfer between them.
"""
import csv
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agentd import Agent, Pair, move  # noqa: E402
from binding import pem, prepare, wait_until  # noqa: E402
from console import BUILD, Console, sha256  # noqa: E402
from jose import openssl  # noqa: E402
from tap import main, test  # noqa: E402

W = pathlib.Path(tempfile.mkdtemp(prefix="story-"))


def manager(console, *args):
    done = subprocess.run([str(BUILD / "CertificateManager"), *map(str, args)], capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, CERTBINDER_STATE_DIR=str(console.folder)), check=False)
    assert done.returncode == 0, (args, done)


def exported(console):
    """OfcNTCer.dat of now, as an administrator carries it to an agent."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="story-")) / "OfcNTCer.dat"
    manager(console, "-e", path)
    return path


def ntcer(console):
    return hashlib.sha256((console.folder / "PCCSRV/Pccnt/Common/OfcNTCer.dat").read_bytes()).hexdigest()


def agent_of(console, **more):
    return Agent(console.port, exported(console), **more)


def nudge(a):
    """Report now, not at the next heartbeat."""
    a.process.send_signal(signal.SIGHUP)


def seen(console, agent):
    """What the server has of an agent; None: nothing."""
    answer = console.call("GET", "/agents/" + agent.id)
    return answer.json if answer.status == 200 else None


def wait_state(console, agent, state):
    wait_until(lambda: (seen(console, agent) or {}).get("state") == state)
    return seen(console, agent)


def current(console, *agents):
    for a in agents:
        shown = wait_state(console, a, "current")
        assert shown["ntcer_sha256"] == ntcer(console) and shown["port"] == a.port, shown


def notify(console, agent, command="status"):
    """What came of a command to one agent: its item of the rollout, and the exit code."""
    run = console.cli("agent", "notify", agent.id, command, "--wait", "90", "--json")
    assert run.out, run
    return run.json["items"][0], run.status


def bind(console, name):
    console.done("bind", "set", "--endpoint", "default", "--cert", sha256(name), "--override", "test")


@test
def an_agent_joins_and_is_listed_as_current():
    with Console() as c, agent_of(c) as a:
        current(c, a)
        shown = seen(c, a)
        assert shown["address"] == "127.0.0.1" and shown["versions"]["agent"], shown
        assert a.id in c.done("agent", "list")
        a.stop()
        a.start()
        current(c, a)
        assert len(json.loads(c.done("agent", "list", "--json"))["items"]) == 1


@test
def the_server_commands_its_agents():
    with Console() as c, agent_of(c) as a, agent_of(c) as b:
        current(c, a, b)
        for command in ("status", "update-files", "configuration", "update-check"):
            item, status = notify(c, a, command)
            assert status == 0 and item["state"] == "done", item
        assert a.state["commands"]["seq"] > 2 ** 32
        assert b.state["commands"]["seq"] == 0  # what is for one is for one
        assert c.cli("rollout", "start", "status", "--wait", "90").status == 0
        assert b.state["commands"]["seq"] > a.state["configuration"]["revision"] > 0


@test
def a_rollout_brings_a_new_key_by_the_former_one():
    with Console() as c, agent_of(c) as a, agent_of(c) as b:
        current(c, a, b)
        for held in (3, 5):
            manager(c, "-c", "strongpassword")
            done = c.cli("rollout", "start", "update-files", "--wait", "90", "--json")
            assert done.status == 0 and done.json["counts"]["done"] == 2, done
            assert a.holds == b.holds == held
            current(c, a, b)
        assert notify(c, a)[0]["state"] == "done"


@test
def a_leaked_key_signs_nothing_and_is_replaced_at_the_first_sign_of_the_new_one():
    with Console() as c, agent_of(c) as a:
        current(c, a)
        (W / "password").write_text("strongpassword")
        c.done("key", "rotate", "--leaked", "--password-file", W / "password", "--yes")
        item, status = notify(c, a)
        assert status == 4 and item["code"] == "command.signature", item
        a.wait_holds(3)
        current(c, a)
        assert notify(c, a)[0]["state"] == "done"


@test
def agents_that_were_off_for_many_rotations_come_back_by_themselves():
    with Console() as c, agent_of(c) as a, agent_of(c) as b:
        prepare(c)
        current(c, a, b)
        a.stop()
        for _ in range(3):
            manager(c, "-c", "strongpassword")
        bind(c, "server")
        manager(c, "-c", "strongpassword")
        bind(c, "server-next")
        nudge(b)
        a.start()
        current(c, a, b)
        assert (a.folder / "OfcIPCer.dat").read_bytes() == (c.folder / "PCCSRV/Pccnt/Common/OfcIPCer.dat").read_bytes()
        assert a.holds == b.holds >= 8


@test
def a_new_agent_begins_with_the_newest_certificate_right_after_a_rotation():
    with Console() as c:
        first = exported(c)
        manager(c, "-c", "strongpassword")
        with agent_of(c) as a, Agent(c.port, first) as b:
            current(c, a, b)


@test
def a_reinstalled_server_is_refused_and_known_again_after_the_restore():
    home = pathlib.Path(tempfile.mkdtemp(prefix="reinstall-"))
    zipped = W / "backup.zip"
    with Console(folder=home / "state") as c, agent_of(c) as a, agent_of(c) as b:
        prepare(c)
        bind(c, "server")
        manager(c, "-c", "strongpassword")
        nudge(a), nudge(b)
        current(c, a, b)
        manager(c, "-b", "strongpassword", zipped)
        key, held = ntcer(c), a.holds
        b.stop()
        port = c.port
        assert c.stop() == 0
        shutil.rmtree(c.folder)

        c.tokens.clear()
        c.start(listen="127.0.0.1:%d" % port)  # set up anew; the host certificate is the company's, and comes back
        prepare(c)
        bind(c, "server")
        assert ntcer(c) != key
        b.start()
        nudge(a)
        for agent in (a, b):
            wait_state(c, agent, "mismatched")
            assert agent.state["publication"] and agent.holds == held
            assert hashlib.sha256((agent.folder / "OfcNTCer.dat").read_bytes()).hexdigest() == key
            item, status = notify(c, agent)
            assert status == 4 and item["state"] == "refused" and item["code"] == "command.signature", item
        manager(c, "-l", W / "mismatched.csv")
        with open(W / "mismatched.csv", newline="") as rows:
            listed = {row["agent_id"]: row for row in csv.DictReader(rows)}
        assert set(listed) == {a.id, b.id}, listed
        assert all(row["state"] == "mismatched" and row["reason"] and row["cure"] for row in listed.values()), listed

        manager(c, "-r", "strongpassword", zipped)
        assert ntcer(c) == key
        nudge(a), nudge(b)
        current(c, a, b)
        wait_until(lambda: a.holds > held)  # the key is the former one: current before it walked on
        for agent in (a, b):
            assert notify(c, agent)[0]["state"] == "done"  # untouched, they answer again
        manager(c, "-l", W / "none.csv")
        assert len((W / "none.csv").read_text().splitlines()) == 1


@test
def one_key_for_two_servers_and_an_agent_between_them():
    pair = Pair("shared key")
    openssl("pkcs12", "-export", "-inkey", pair.key, "-in", pair.pem, "-passout", "pass:secret", "-out", W / "shared.pfx")
    with Console() as one, Console() as two:
        for c in (one, two):
            manager(c, "-i", "secret", W / "shared.pfx")
            assert ntcer(c) == pair.sha256
        with Agent(one.port, pair.dat) as a:
            current(one, a)
            done = move(a, two, key=a.folder / "OfcNTCer.dat")  # it holds the certificate already
            assert done.returncode == 0, done
            current(two, a)
            assert seen(one, a) is None
            assert notify(two, a)[0]["state"] == "done"


@test
def one_key_per_server_and_an_agent_between_them():
    with Console() as one, Console() as two, agent_of(one) as a:
        current(one, a)
        done = move(a, two, key=exported(one))
        assert done.returncode == 4, done  # the wrong certificate proves nothing
        current(one, a)
        done = move(a, two, key=exported(two))
        assert done.returncode == 0, done
        current(two, a)
        assert seen(one, a) is None
        a.stop()
        manager(one, "-c", "strongpassword")
        done = move(a, one, key=exported(one))  # and back, while it does not run
        assert done.returncode == 0, done
        a.start()
        current(one, a)
        assert seen(two, a) is None


@test
def a_mended_agent_is_current_again():
    with Console() as c, agent_of(c) as a:
        current(c, a)
        a.stop()
        port = c.port
        assert c.stop() == 0
        shutil.rmtree(c.folder)
        c.tokens.clear()
        c.start(listen="127.0.0.1:%d" % port)  # nothing of it was saved
        a.start()
        wait_until(lambda: a.status()["link"] == "mismatched")
        assert seen(c, a) is None
        done = move(a, c, key=exported(c))
        assert done.returncode == 0, done
        current(c, a)


if __name__ == "__main__":
    main()
