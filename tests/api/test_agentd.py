#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

certbinder-agentd against a server of our own that may lie: commands forged, altered, replayed, late, early, foreign and
old; servers that do not prove themselves; publications that do not follow. The signatures are openssl's.
"""
import json
import os
import pathlib
import signal
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agentd import API, Agent, Pair, Server  # noqa: E402
from binding import wait_until  # noqa: E402
from jose import b64url, openssl, unb64url  # noqa: E402
from tap import main, test  # noqa: E402

DAY = 86400


def agent_of(server, *args, **more):
    return Agent(server.port, server.keys[0].dat, *args, **more)


@test
def registers_and_reports_what_it_holds():
    with Server() as s, agent_of(s) as a:
        beat = s.beats(1)
        assert beat["ntcer_sha256"] == s.keys[0].sha256 and beat["ipcer_sha256"] == [s.host.sha256], beat
        assert beat["port"] == a.port and beat["name"] and beat["versions"]["agent"] and abs(beat["states"]["time"] - time.time()) < 60, beat
        claims = s.agents[a.id]["claims"]
        assert claims["iss"] == a.id and claims["aud"] == "register" and len(a.id) == 32, claims
        assert (a.folder / "OfcNTCer.dat").read_bytes() == s.keys[0].der
        assert (a.folder / "OfcIPCer.dat").read_bytes() == s.host.der
        for name in ("agent.json", "key.pem"):
            assert (a.folder / name).stat().st_mode & 0o777 == 0o600, name
        mine = openssl("x509", "-in", a.folder / "key.pem", "-noout", "-subject")
        assert b"ofcsslagent" in mine, mine
        a.post(b"", path="/")
        wait_until(lambda: a.status()["link"] == "current")
        status = a.status()
        assert status["registered"] and status["publication"] == 1, status


@test
def its_registration_is_signed_with_the_key_of_its_listener():
    with Server() as s, agent_of(s) as a:
        s.beats()
        head, payload, signature = s.wait(lambda x: x["path"].endswith("/register"))["body"]["token"].split(".")
        (a.home / "cert").write_bytes(s.agents[a.id]["cert"])
        (a.home / "pub").write_bytes(openssl("x509", "-inform", "DER", "-in", a.home / "cert", "-pubkey", "-noout"))
        raw = unb64url(signature)
        r, t = (int.from_bytes(raw[i:i + 32], "big") for i in (0, 32))
        (a.home / "asn1").write_text("asn1=SEQUENCE:s\n[s]\nr=INTEGER:%d\ns=INTEGER:%d\n" % (r, t))
        openssl("asn1parse", "-genconf", a.home / "asn1", "-noout", "-out", a.home / "sig")
        openssl("dgst", "-sha256", "-verify", a.home / "pub", "-signature", a.home / "sig", data=(head + "." + payload).encode())


@test
def takes_commands_of_its_server():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        answer = a.takes(s.command(a, jti="one"))
        assert answer["jti"] == "one" and answer["cmd"] == "status" and answer["result"]["publication"] == 1, answer
        s.publish("rebound")
        assert a.takes(s.command(a, "update-files", args={"publication": 2}))["result"]["publication"] == 2
        s.configuration = {"revision": 7, "heartbeat_seconds": 1, "skew_seconds": 60}
        assert a.takes(s.command(a, "configuration"))["result"] == {"revision": 7}
        assert a.takes(s.command(a, "update-check", jti="check"))["result"] == {"started": True}
        done = s.wait(lambda x: x["path"] == API + "/results")["body"]
        assert done["jti"] == "check" and done["ok"] and done["result"]["publication"] == 2, done


@test
def refuses_every_command_that_is_not_right():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        stranger, good = Pair("stranger"), s.command(a, jti="good")
        now = int(time.time())
        head, payload, signature = good.split(".")
        other = b64url(unb64url(payload).replace(b'"status"', b'"upstat"'))
        flipped = signature[:10] + ("A" if signature[10] != "A" else "B") + signature[11:]
        unsigned = b64url(json.dumps({"alg": "none", "kid": s.keys[0].sha256, "typ": "cb-cmd+jwt"}).encode())
        bad = [
            ("command.signature", s.command(a, key=stranger)),
            ("command.signature", s.command(a, key=stranger, header={"kid": s.keys[0].sha256})),
            ("command.signature", s.command(a, header={"kid": stranger.sha256})),
            ("command.signature", head + "." + other + "." + signature),
            ("command.signature", head + "." + payload + "." + flipped),
            ("command.signature", unsigned + "." + payload + "."),
            ("command.signature", s.command(a, header={"alg": "HS256"})),
            ("command.signature", s.command(a, header={"alg": "RS256"})),
            ("command.corrupt", s.command(a, typ="cb-pub+jwt")),
            ("command.corrupt", s.command(a, typ="JWT")),
            ("command.corrupt", s.command(a, header={"crit": ["exp"]})),
            ("command.corrupt", "no token at all"),
            ("command.corrupt", ""),
            ("command.corrupt", good + ".more"),
            ("command.corrupt", s.command(a, drop=["exp"])),
            ("command.corrupt", s.command(a, drop=["jti"])),
            ("command.corrupt", s.command(a, drop=["seq"])),
            ("command.corrupt", s.command(a, seq=-1)),
            ("command.corrupt", s.command(a, iat=now, exp=now + 3 * DAY)),
            ("command.corrupt", s.command(a, args=["x"])),
            ("command.audience", s.command(a, aud="0" * 32)),
            ("command.audience", s.command(a, aud="register")),
            ("command.expired", s.command(a, iat=now - DAY - 700, exp=now - DAY - 400)),
            ("command.early", s.command(a, iat=now + DAY + 400, exp=now + DAY + 700)),
            ("command.unknown", s.command(a, "format-disk")),
        ]
        for code, token in bad:
            a.refuses(token, code)
        a.takes(good)
        a.refuses(good, "command.replayed")
        a.refuses(s.command(a, seq=s.seq - 1000), "command.sequence")
        a.refuses(s.command(a, jti="good"), "command.replayed")
        a.takes(s.command(a, iat=now - DAY + 300, exp=now - DAY + 600))  # clocks may be off by a day
        a.takes(s.command(a, iat=now + DAY - 600, exp=now + DAY - 300))


@test
def remembers_what_it_saw_over_a_kill():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        first = s.command(a)
        a.takes(first)
        a.kill()
        a.start()
        a.refuses(first, "command.replayed")
        a.refuses(s.command(a, seq=1), "command.sequence")
        a.takes(s.command(a))


@test
def holds_commands_to_the_skew_that_the_server_allows():
    with Server() as s:
        s.configuration["skew_seconds"] = 60
        with agent_of(s) as a:
            wait_until(lambda: a.state["configuration"]["skew_seconds"] == 60)
            now = int(time.time())
            a.refuses(s.command(a, iat=now - 400, exp=now - 120), "command.expired")
            a.refuses(s.command(a, iat=now + 120, exp=now + 300), "command.early")
            now = int(time.time())
            a.takes(s.command(a, iat=now - 305, exp=now - 5))  # over, and within the skew for most of a minute more


@test
def serves_nothing_but_commands():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        assert a.post(b"", path="/").status == 404
        assert a.post(b"", path=API + "/command", method="GET").status in (404, 405)
        assert a.post(b"", path=API + "/register").status == 404
        assert a.post(b"", path="/../" * 8 + "etc/passwd").status in (400, 404)
        assert a.post(b"x" * 70000).status == 413
        a.takes(s.command(a))


@test
def says_nothing_to_a_server_that_does_not_prove_itself():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        secret = a.state["secret"]
        a.stop()
        s.quiet()
        s.host, since, s.bytes = Pair("somebody else"), len(s.seen), 0
        a.start()
        wait_until(lambda: a.status()["link"] == "mismatched")
        wait_until(lambda: len(s.seen) > since + 3)  # publications, over a connection that counts for nothing
        assert all("/publications/" in x["path"] and not x["auth"] for x in s.seen[since:]), s.seen[since:]
        assert a.state["secret"] == secret and a.holds == 1
        a.takes(s.command(a))  # the key is another matter


@test
def sends_no_byte_of_a_request_over_an_unproved_connection():
    with Server() as s, Server("wrong") as wrong:
        with agent_of(s) as a:
            s.beats(1)
        wrong.publications = {1: "x"}  # whatever is asked of it is seen
        state = a.state
        state["server"]["https_port"] = wrong.port
        state["publication"] = s.publications[1]
        (a.folder / "agent.json").write_text(json.dumps(state))
        a.start()
        wait_until(lambda: a.status()["link"] != "starting")
        wait_until(lambda: len(wrong.seen) > 2)
        assert all(x["path"].startswith("/officescan/hotfix_pccnt/Common/publications/") for x in wrong.seen), wrong.seen
        assert not any(x["auth"] for x in wrong.seen), wrong.seen
        a.stop()


@test
def walks_through_rotations_that_it_slept_through():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        a.stop()
        for kind in ("ec", "rsa", "ec", "ec"):
            s.rotate(kind=kind)
        fresh = Pair("new host")
        s.publish("rebound", ipcer=[s.host, fresh])
        s.publish("rebound", ipcer=[fresh])
        s.host = fresh
        since = len(s.seen)
        a.start()
        beat = s.beats(s.latest, since=since)
        assert beat["ntcer_sha256"] == s.keys[-1].sha256 and beat["ipcer_sha256"] == [fresh.sha256], beat
        assert (a.folder / "OfcNTCer.dat").read_bytes() == s.keys[-1].der
        assert (a.folder / "OfcIPCer.dat").read_bytes() == fresh.der
        a.takes(s.command(a))
        a.refuses(s.command(a, key=s.keys[0]), "command.signature")


@test
def a_running_agent_follows_what_heartbeats_announce():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        s.beats(s.rotate())
        a.takes(s.command(a))


@test
def a_command_by_a_newer_key_makes_it_look_for_publications():
    with Server(heartbeat=3600) as s:
        with agent_of(s) as a:
            s.beats(1)
            number = s.rotate()
            a.refuses(s.command(a), "command.signature")
            a.wait_holds(number)
            a.takes(s.command(a))


def stays(a, s, number):
    """A walk of the agent, asked for by a command; gives the error that it tells."""
    result = a.takes(s.command(a, "update-files", key=s.keys[0]))["result"]
    assert result["publication"] == number == a.holds, result
    return result.get("error")


@test
def refuses_publications_that_do_not_follow():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        evil, token = Pair("evil"), s.publications[1]
        s.publish("renewed", ntcer=evil, signer=evil)
        assert stays(a, s, 1) == "jws.kid"
        s.publications[2] = evil.sign("cb-pub+jwt", json.loads(unb64url(token.split(".")[1])), kid=s.keys[0].sha256)
        assert stays(a, s, 1) == "jws.signature"
        s.publications[2] = token  # an old one again
        assert stays(a, s, 1) == "publication.step"
        s.publish("renewed", number=2)
        s.publications[2] = s.publications[2][:-8] + "AAAAAAAA"
        assert stays(a, s, 1) in ("jws.signature", "jws.corrupt")
        s.publish("renewed", number=3)
        s.publications[2] = s.publications.pop(3)  # one is left out
        assert stays(a, s, 1) == "publication.step"
        s.publications[2] = "garbage"
        assert stays(a, s, 1) == "jws.corrupt"
        s.publications[2] = s.keys[0].sign("cb-cmd+jwt", {"number": 2})
        assert stays(a, s, 1) == "jws.corrupt"
        s.publications[2] = "x" * 3000000
        assert stays(a, s, 1).startswith("limit")
        s.publish("renewed", number=2)
        assert stays(a, s, 2) is None
        s.publications.pop(2)  # the server went back: the agent does not
        assert stays(a, s, 2) is None
        s.wait(lambda x: x["path"] == API + "/heartbeat" and x["body"]["publication"] == 2)


@test
def a_leaked_key_counts_over_a_pinned_connection_alone():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        a.stop()
        s.rotate("leaked")
        right, s.host = s.host, Pair("another host")
        a.start()
        wait_until(lambda: a.status()["link"] == "mismatched")
        wait_until(lambda: any(r["reason"] == "publication.leaked" for r in a.status()["refusals"]))
        assert a.holds == 1
        s.host = right
        a.process.send_signal(signal.SIGHUP)
        s.beats(3)
        a.takes(s.command(a))


@test
def follows_a_server_that_was_restored_from_an_older_backup():
    with Server() as s, agent_of(s) as a:
        s.publish("rebound")
        s.publish("rebound")
        a.process.send_signal(signal.SIGHUP)
        s.beats(3)
        a.stop()
        del s.publications[3], s.publications[2]  # all since the backup is lost, the host's key too
        s.host = Pair("new host")
        s.publish("restored")
        s.publish("rebound")
        a.start()
        wait_until(lambda: a.status()["link"] == "mismatched")
        assert a.holds == 3  # not backwards
        s.publish("rebound")
        a.process.send_signal(signal.SIGHUP)
        s.beats(4)


@test
def publications_come_over_plain_HTTP_where_HTTPS_does_not_answer():
    with Server() as s:
        plain = s.serve(True)
        with Agent(1, s.keys[0].dat, "--http-port", plain.server_address[1]) as a:
            a.wait_holds(1)
            assert not any(x["path"].startswith(API) for x in s.seen), s.seen
        plain.shutdown()
        plain.server_close()


@test
def what_a_server_says_is_shown_and_told_also_when_it_is_cut_off_within_a_letter():
    with Server() as s, Agent(s.port, s.keys[0].dat) as a:
        wait_until(lambda: a.state["configuration"]["revision"] == 1)
        answer, path = s.answer, API + "/configuration"
        s.answer = lambda to, *more: (422, {"code": "request.member", "detail": "x" + "\u00df" * 100}) if to == path else answer(to, *more)
        a.takes(s.command(a, "update-check"))
        told = s.wait(lambda x: x["path"] == API + "/results")["body"]
        assert not told["ok"] and "x\u00df" in told["result"]["error"], told
        s.configuration["revision"] += 1
        wait_until(lambda: "x\u00df" in a.status()["link_error"])
        assert "x\u00df" in a.log()


@test
def begins_with_the_newest_publication_that_its_certificate_signed():
    with Server() as s:
        for _ in range(3):
            s.rotate()
        for key in (s.keys[0], s.keys[2], s.keys[-1]):
            since = len(s.seen)
            with Agent(s.port, key.dat) as a:
                s.beats(s.latest, since=since)
                a.wait_holds(s.latest)
        with Agent(s.port, Pair("nobody").dat) as a:
            wait_until(lambda: a.status()["link"] == "mismatched")
            assert a.holds == 0 and not a.state["secret"] and "signed none" in a.status()["link_error"], a.status()
            a.refuses(s.command(a), "command.signature")


@test
def a_certificate_may_be_PEM():
    with Server() as s, Agent(s.port, s.keys[0].pem) as a:
        s.beats(1)
        assert a.holds == 1


@test
def reports_refusals_at_most_once_an_hour():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        for _ in range(5):
            a.refuses(s.command(a, aud="x"), "command.audience")
        items = s.wait(lambda x: x["path"] == API + "/refusals")["body"]["items"]
        assert items[0]["reason"] == "command.audience" and 1 <= items[0]["count"] <= 5, items
        for _ in range(3):
            a.refuses(s.command(a, aud="x"), "command.audience")
        since = len(s.seen)
        for _ in range(2):
            s.beats(since=since)
            since = len(s.seen)
        a.kill()
        a.start()
        s.beats(since=len(s.seen))
        assert sum(x["path"] == API + "/refusals" for x in s.seen) == 1
        a.kill()
        state = a.state
        state["refusals_reported"] -= 3601
        (a.folder / "agent.json").write_text(json.dumps(state))
        a.start()
        a.refuses(s.command(a, aud="x"), "command.audience")
        s.wait(lambda x: x["path"] == API + "/refusals", since=since)


@test
def registers_again_where_the_server_forgot_it():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        s.agents.clear()
        since = len(s.seen)
        s.wait(lambda x: x["path"] == API + "/register", since=since)
        s.beats(1, since=since)
        assert a.id in s.agents


@test
def a_clone_is_refused_and_says_so():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        a.stop()
        (a.folder / "key.pem").unlink()
        state = a.state
        state["secret"] = ""
        (a.folder / "agent.json").write_text(json.dumps(state))
        a.start()
        wait_until(lambda: a.status()["link"] == "refused")
        assert s.agents[a.id]["cert"] != openssl("x509", "-in", a.folder / "key.pem", "-outform", "DER")


@test
def backs_off_while_the_server_is_away_and_comes_back():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        s.down = True
        wait_until(lambda: a.status()["link"] == "unreachable")
        s.down, since = False, len(s.seen)
        s.beats(1, since=since)
        wait_until(lambda: a.status()["link"] == "current")


@test
def heartbeats_carry_jitter():
    with Server() as s, agent_of(s):
        since, times = 0, []
        while len(times) < 8:
            s.beats(since=since)
            since = len(s.seen)
            times = [x["at"] for x in s.seen[:since] if x["path"] == API + "/heartbeat"]
        gaps = sorted(b - a for a, b in zip(times, times[1:]))  # a busy machine makes some longer, and the next shorter
        assert 0.7 < gaps[len(gaps) // 2] and gaps[len(gaps) // 4] < 1.6 and gaps[-1] - gaps[0] > 0.005, gaps


@test
def a_second_agent_on_the_same_state_is_told():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        second = Agent(s.port, s.keys[0].dat, folder=a.folder, start=False)
        try:
            second.start()
            assert False, "it started"
        except AssertionError as why:
            assert "runs on" in str(why), why
        assert second.process.wait(90) == 6
        second.process.stdout.close()
        second.process = None


@test
def a_free_port_is_asked_for_again_where_the_last_one_is_taken():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        was = a.port
        a.stop()
        a.start()
        assert a.port == was
        a.stop()
        with socket.create_server(("127.0.0.1", was)):
            a.start()
            assert a.port != was
            wait_until(lambda: s.wait(lambda x: x["path"].endswith("/heartbeat") and x["body"]["port"] == a.port))
            a.stop()
            other = Agent(s.port, s.keys[0].dat, "--listen", "127.0.0.1:%d" % was, start=False)
            try:
                other.start()
                assert False, "it started"
            except AssertionError as why:
                assert "port" in str(why), why
            assert other.process.wait(90) == 6
            other.process.stdout.close()
            other.process = None


@test
def a_damaged_state_is_named_and_left_alone():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        a.stop()
        (a.folder / "agent.json").write_bytes(b'{"version": 1, "id"')
        try:
            a.start()
            assert False, "it started"
        except AssertionError as why:
            assert "agent.json' is damaged" in str(why), why
        assert a.process.wait(90) == 4
        a.process.stdout.close()
        a.process = None
        assert (a.folder / "agent.json").read_bytes() == b'{"version": 1, "id"'


@test
def keeps_its_server_whatever_the_command_line_says_later():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        a.stop()
        a.start("--state-dir", a.folder, plain=True)  # nothing but its state
        assert a.id == a.state["id"]
        s.beats(1, since=len(s.seen))
        a.stop()
        a.args[1] = "192.0.2.1"
        a.start()
        s.beats(1, since=len(s.seen))
        assert a.state["server"]["host"] == "127.0.0.1" and "IpXfer" in a.log()


@test
def the_local_socket_is_for_the_owner_alone():
    with Server() as s, agent_of(s) as a:
        s.beats(1)
        assert (a.folder / "agent.sock").stat().st_mode & 0o777 == 0o600
        assert a.folder.stat().st_mode & 0o077 == 0
        assert a.local({"op": "format"})["ok"] is False
        assert a.local({"op": "transfer", "server": "x"})["ok"] is False
        if os.getuid() == 0:
            os.chmod(a.folder, 0o755)
            os.chmod(a.folder / "agent.sock", 0o666)
            os.chmod(a.home, 0o755)
            pid = os.fork()
            if pid == 0:
                os.setgid(65534)
                os.setuid(65534)
                try:
                    got = a.local({"op": "status"})
                except (ValueError, OSError):
                    got = None
                os._exit(0 if got is None else 1)
            assert os.waitpid(pid, 0)[1] == 0, "a stranger was answered"


if __name__ == "__main__":
    main()
