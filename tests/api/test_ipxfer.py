#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

IpXfer: an agent goes to another server, or is mended on the same one; and stays whole with the old one where the new one
cannot be reached or does not prove itself, or somebody pulls the plug in between.
"""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agentd import API, PASSWORD, Agent, Pair, Server, ipxfer, move  # noqa: E402
from binding import wait_until  # noqa: E402
from console import BUILD  # noqa: E402
from tap import main, skip_unless, test  # noqa: E402


def agent_of(server, *args, **more):
    return Agent(server.port, server.keys[0].dat, *args, **more)


def is_with(a, server):
    """The agent takes its commands, and reports to it."""
    server.beats(server.latest, since=len(server.seen))
    a.takes(server.command(a))
    assert a.state["server"]["https_port"] == server.port, a.state["server"]


def stays_with(a, server, done, status, *words):
    assert done.returncode == status, done
    for word in words:
        assert word in done.stderr, (word, done)
    is_with(a, server)


@test
def moves_an_agent_that_runs():
    with Server("old") as old, Server("new") as new, agent_of(old) as a:
        old.beats(1)
        for _ in range(2):
            new.rotate()
        done = move(a, new, "--json")
        assert done.returncode == 0, done
        told = json.loads(done.stdout)
        assert told["id"] == a.id and told["https_port"] == new.port and told["publication"] == new.latest and told["told"], told
        is_with(a, new)
        assert a.id not in old.agents and a.id in new.agents
        registered = new.wait(lambda x: x["path"].endswith("/register"))["at"]
        left = old.wait(lambda x: x["path"].endswith("/unregister"))["at"]
        assert registered < left, "unregistered before it was registered"
        a.refuses(old.command(a), "command.signature")
        assert (a.folder / "OfcNTCer.dat").read_bytes() == new.keys[-1].der
        a.stop()
        a.start()  # with the options of its first start
        is_with(a, new)


@test
def moves_an_agent_that_does_not_run():
    with Server("old") as old, Server("new") as new, agent_of(old) as a:
        old.beats(1)
        a.stop()
        assert move(a, new).returncode == 0
        assert a.id not in old.agents and a.id in new.agents and a.holds == 1
        a.start()
        is_with(a, new)


@test
def takes_the_switches_as_administrators_type_them():
    with Server("old") as old, Server("new") as new, agent_of(old) as a:
        old.beats(1)
        done = ipxfer(a.folder, "\u2013S", "127.0.0.1", "-P", 8080, "\u2013sP", new.port, "/c", a.port, "-E", new.keys[0].pem,
                      "\u2013PWD", PASSWORD)
        assert done.returncode == 0 and "warning" in done.stderr, done
        is_with(a, new)
        assert a.state["server"]["http_port"] == 8080
        for wrong in ((), ("-s", "x"), ("-s", "x", "-sp", "0", "-e", "y"), ("-q", "x"), ("-s",), ("-sp", "70000")):
            assert ipxfer(a.folder, *wrong).returncode == 2, wrong
        assert ipxfer(a.folder, "--help").returncode == 0 and ipxfer(a.folder, "--version").returncode == 0


@test
def asks_for_the_unload_password():
    with Server("old") as old, Server("new") as new, agent_of(old) as a:
        old.beats(1)
        assert "$argon2id$" in a.state["unload_password"] and PASSWORD not in json.dumps(a.state)
        stays_with(a, old, move(a, new, password="wrong"), 8, "password")
        done = ipxfer(a.folder, "-s", "127.0.0.1", "-sp", new.port, "-e", new.keys[0].dat)
        stays_with(a, old, done, 8, "password")
        assert not new.seen, new.seen
        a.stop()
        assert move(a, new, password="wrong").returncode == 8
        problem = json.loads(move(a, new, "--json", password="wrong").stdout)
        assert problem["code"] == "agent.unload_password", problem
        (a.home / "given").write_text(PASSWORD + "\n")
        assert ipxfer(a.folder, "-s", "127.0.0.1", "-sp", new.port, "-e", new.keys[0].dat, "--password-file",
                      a.home / "given").returncode == 0
        a.start()
        is_with(a, new)


@test
def an_agent_without_a_password_asks_for_none():
    with Server("old") as old, Server("new") as new, agent_of(old, password=False) as a:
        old.beats(1)
        done = ipxfer(a.folder, "-s", "127.0.0.1", "-sp", new.port, "-e", new.keys[0].dat)
        assert done.returncode == 0, done
        is_with(a, new)


@test
def says_clearly_which_file_is_missing():
    with Server("old") as old, agent_of(old) as a:
        old.beats(1)
        stays_with(a, old, move(a, old, key="/nowhere/OfcNTCer.dat"), 3, "/nowhere/OfcNTCer.dat")
        stays_with(a, old, move(a, old, key=r"\\server\ofcscan\OfcNTCer.dat"), 3, "Windows share")
        (a.home / "noise").write_bytes(os.urandom(900))
        stays_with(a, old, move(a, old, key=a.home / "noise"), 4, "no certificate")
        assert ipxfer(a.home / "empty", "-s", "x", "-sp", 1, "-e", old.keys[0].dat).returncode == 3


@test
def stays_whole_where_the_new_server_cannot_be_reached():
    with Server("old") as old, agent_of(old) as a:
        old.beats(1)
        stays_with(a, old, move(a, old, port=1), 7)
        stays_with(a, old, ipxfer(a.folder, "-s", "nowhere.invalid", "-sp", 4343, "-e", old.keys[0].dat, "-pwd", PASSWORD), 7)
        a.stop()
        assert move(a, old, port=1).returncode == 7
        a.start()
        is_with(a, old)


@test
def stays_whole_where_the_new_server_is_not_proved():
    with Server("old") as old, Server("new") as new, agent_of(old) as a:
        old.beats(1)
        stays_with(a, old, move(a, new, key=Pair("somebody").dat), 4)
        first, evil = new.publications[1], Pair("evil")
        new.publications[1] = first[:-8] + "AAAAAAAA"
        stays_with(a, old, move(a, new), 4)
        new.publications[1] = evil.sign("cb-pub+jwt", {"number": 1}, kid=new.keys[0].sha256)
        stays_with(a, old, move(a, new), 4)
        new.publications[1] = first
        new.host = Pair("not the one it publishes")
        stays_with(a, old, move(a, new), 4)
        assert not any(x["path"].startswith(API) for x in new.seen), new.seen
        assert a.id in old.agents and not a.state["former"]


@test
def a_server_that_is_no_such_server_is_none():
    pair = Pair("s_server")
    with Server("old") as old, agent_of(old) as a:
        old.beats(1)
        with open(pair.home / "log", "wb") as log:
            s = subprocess.Popen(["openssl", "s_server", "-accept", "0", "-cert", str(pair.pem), "-key", str(pair.key), "-www"],
                                 stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
            port = None
            while port is None:
                line = s.stdout.readline().decode()
                assert line, "s_server ended"
                port = int(line.rsplit(":", 1)[1]) if line.startswith("ACCEPT") else None
            done = move(a, old, port=port)
            s.kill()
            s.wait()
            s.stdout.close()
        stays_with(a, old, done, 4)


def kill_while(a, new, path, run=True):
    """Pulls the plug while the new server answers path; gives the end of IpXfer."""
    new.gates[path] = threading.Event()
    ended = []
    t = threading.Thread(target=lambda: ended.append(move(a, new)))
    if not run:
        a.stop()
    t.start()
    new.wait(lambda x: x["path"] == path and x["status"] == 0)
    if run:
        a.kill()
    else:
        for line in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = line.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"/IpXfer") and str(a.folder).encode() in words:
                os.kill(int(line.parent.name), 9)
    t.join()
    new.gates.pop(path).set()
    wait_until(lambda: a.id in new.agents)  # what was asked before the plug was pulled, before the agent asks anew
    return ended[0]


@test
def a_kill_in_between_leaves_the_agent_whole():
    for run in (True, False):
        for path in (API + "/register", API + "/heartbeat"):
            with Server("old") as old, Server("new") as new, agent_of(old) as a:
                old.beats(1)
                assert kill_while(a, new, path, run).returncode != 0
                assert a.state["server"]["https_port"] == old.port
                a.start()
                is_with(a, old)
                assert a.id in old.agents
                assert move(a, new).returncode == 0  # and once more, in peace
                is_with(a, new)
                assert a.id not in old.agents


@test
def a_kill_after_the_move_is_made_good_at_the_next_start():
    with Server("old") as old, Server("new") as new, agent_of(old) as a:
        old.beats(1)
        old.gates[API + "/unregister"] = threading.Event()
        t = threading.Thread(target=move, args=(a, new))
        t.start()
        old.wait(lambda x: x["path"] == API + "/unregister" and x["status"] == 0)
        a.kill()
        t.join()
        assert a.state["server"]["https_port"] == new.port and a.state["former"]["server"]["https_port"] == old.port
        old.gates.pop(API + "/unregister").set()
        a.start()
        is_with(a, new)
        wait_until(lambda: a.id not in old.agents and not a.state["former"])


@test
def an_old_server_that_is_away_is_told_later():
    with Server("old") as old, Server("new") as new, agent_of(old) as a:
        old.beats(1)
        old.down = True
        done = move(a, new)
        assert done.returncode == 10 and "former server" in done.stderr, done
        is_with(a, new)
        assert a.id in old.agents
        old.down = False
        wait_until(lambda: a.id not in old.agents and not a.state["former"])


@test
def mends_an_agent_whose_server_was_set_up_anew():
    with Server("one") as s, agent_of(s) as a:
        s.beats(1)
        s.keys, s.host, s.publications, s.agents = [Pair("another key")], Pair("another host"), {}, {}
        s.publish("first")
        wait_until(lambda: a.status()["link"] == "mismatched")
        a.refuses(s.command(a), "command.signature")
        assert move(a, s).returncode == 0
        is_with(a, s)
        assert a.id in s.agents and not a.state["former"]
        assert not any(x["path"].endswith("/unregister") for x in s.seen)


@test
def the_same_server_by_another_name_keeps_the_agent():
    with Server("one") as s, agent_of(s) as a:
        s.beats(1)
        done = ipxfer(a.folder, "-s", "localhost", "-sp", s.port, "-e", s.keys[0].dat, "-pwd", PASSWORD)
        assert done.returncode == 0, done
        assert a.state["server"]["host"] == "localhost" and a.id in s.agents
        s.wait(lambda x: x["path"].endswith("/unregister") and x["status"] == 401)
        s.beats(1, since=len(s.seen))


@test
def changes_the_port_that_the_agent_listens_on():
    with Server("old") as old, Server("new") as new, agent_of(old) as a, agent_of(old) as other:
        old.beats(1)
        stays_with(a, old, move(a, new, "-c", other.port), 6, "port")
        was, other_port = a.port, other.port
        other.stop()
        assert move(a, new, "-c", other_port).returncode == 0
        a.port = other_port
        is_with(a, new)
        assert new.agents[a.id]["port"] == other_port
        a.stop()
        a.start()
        assert a.port == other_port != was  # the option of the first start does not undo it
        other.process = None


@test
def an_agent_needs_no_privileges_and_root_leaves_its_files_its_own():
    skip_unless(os.getuid() == 0, "only root can become somebody else")
    nobody = 65534
    home = pathlib.Path(tempfile.mkdtemp(prefix="agent-", dir="/var/tmp"))  # where others may pass
    with Server("old") as old, Server("new") as new:
        for source in (BUILD / "certbinder-agentd", BUILD / "IpXfer", old.keys[0].dat):
            shutil.copy(source, home)
        a = Agent(old.port, home / "OfcNTCer.dat", start=False, home=home)
        a.program, a.user = home / "certbinder-agentd", nobody
        home.chmod(0o755)
        (home / "password").chmod(0o644)
        a.folder.mkdir(0o700)
        os.chown(a.folder, nobody, nobody)
        with a:
            a.start()
            old.beats(1)
            assert move(a, new).returncode == 0  # root, over the agent's socket
            is_with(a, new)
            a.stop()
            os.chmod(new.keys[0].dat, 0o600)  # root alone may read it
            assert move(a, new).returncode == 0  # root, on the agent's files
            assert {p.stat().st_uid for p in a.folder.iterdir()} == {nobody}
            a.start()
            is_with(a, new)
            stranger = subprocess.run([str(home / "IpXfer"), "--state-dir", str(a.folder), "-s", "127.0.0.1", "-sp", "1", "-e",
                                       str(home / "OfcNTCer.dat")], user=1, group=1, extra_groups=[], capture_output=True,
                                      text=True, timeout=60, check=False)
            assert stranger.returncode == 5, stranger
    shutil.rmtree(home)


@test
def the_same_key_on_two_servers_needs_no_other_certificate():
    with Server("one") as one, Server("two", key=one.keys[0]) as two, agent_of(one) as a:
        one.beats(1)
        seen = one.command(a, jti="both")
        a.takes(seen)
        assert move(a, two, key=a.folder / "OfcNTCer.dat").returncode == 0
        is_with(a, two)
        a.refuses(seen, "command.replayed")  # though the numbers began anew


@test
def a_newer_leaked_step_of_the_new_server_is_made_once_it_is_proved():
    with Server("old") as old, Server("new") as new, agent_of(old) as a:
        old.beats(1)
        new.rotate("leaked")
        assert move(a, new, key=new.keys[0].dat).returncode == 0
        is_with(a, new)
        assert base64.b64decode(json.loads(base64.urlsafe_b64decode(
            a.state["publication"].split(".")[1] + "=="))["ntcer"]) == new.keys[-1].der


if __name__ == "__main__":
    main()
