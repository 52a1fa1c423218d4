#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

The rules for client certificates and the trust mode change by stage, commit and confirm, and come back by themselves;
whoever would shut himself out is told before; what changes is live at once; no ticket carries trust past a change.
"""
import json
import pathlib
import socket
import ssl
import subprocess
import tempfile

from binding import prepare, wait_until
from console import PKI, Console, sha256
from tap import main, test

C = None
CLIENT = ["--cert", str(PKI / "client.chain.pem"), "--key", str(PKI / "client.key")]


def start():
    global C
    C = Console().__enter__()
    prepare(C)
    C.done("bind", "set", "--endpoint", "default", "--cert", sha256("server"), "--client-certs", "accept")
    C.done("store", "create", "Others")
    C.done("cert", "import", PKI / "other-root.crt", "--store", "Others", "--all-to-store", "--yes")


def stop():
    C.__exit__(None)


def mode(curl=()):
    return C.good("GET", "/trust/mode", curl=curl)


def status(*args):
    return C.curl(*args, path="/livez").status


def check_of(change):
    return [c for c in change["checks"] if c["id"] == "client.own_connection"][0]


# ---- the mode ----


@test
def a_staged_mode_changes_nothing_until_it_is_committed():
    change = C.good("POST", "/trust/mode/changes", {"mode": 2, "confirm_within_s": 60})
    assert change["state"] == "staged" and change["kind"] == "trust_mode" and change["binding"] is None, change
    assert change["before"] == {"trust_mode": 0} and change["after"] == {"trust_mode": 2}, change
    assert mode()["mode"] == 0 and mode()["change"]["id"] == change["id"]
    C.refused(409, "change.open", "POST", "/trust/mode/changes", {"mode": 1})
    C.refused(409, "change.open", "PUT", "/trust/mode", {"mode": 1}, match=True)
    C.refused(409, "change.open", "PUT", "/settings/trust_mode", {"value": 1}, match=True)
    aborted = C.call("DELETE", "/changes/" + change["id"], match=True)
    assert aborted.json["state"] == "aborted" and mode()["change"] is None, aborted


@test
def a_committed_mode_is_in_force_and_a_request_that_it_lets_in_keeps_it():
    change = C.good("POST", "/trust/mode/changes", {"mode": 1, "confirm_within_s": 60})
    done = C.good("POST", "/changes/%s/commit" % change["id"], match="*")
    assert done["state"] == "committed" and done["confirm_until"] and mode()["mode"] == 1, done
    kept = C.good("POST", "/changes/%s/confirm" % change["id"], curl=CLIENT)
    assert kept["state"] == "confirmed" and mode()["change"] is None and mode()["mode"] == 1, kept
    assert C.good("PUT", "/trust/mode", {"mode": 0}, match=True)["mode"] == 0
    actions = [r["action"] for r in C.good("GET", "/audit?action=trust.*")["items"]]
    assert {"trust.stage", "trust.commit", "trust.confirm", "trust.abort"} <= set(actions), actions


@test
def an_unconfirmed_mode_comes_back_by_itself():
    shown = C.good("PUT", "/trust/mode", {"mode": 2, "confirm_within_s": 1}, match=True)
    assert shown["mode"] == 2 and shown["change"]["state"] == "committed", shown
    wait_until(lambda: mode()["mode"] == 0)
    assert C.good("GET", "/changes/" + shown["change"]["id"])["state"] == "reverted"
    C.refused(409, "change.not_confirmed", "POST", "/changes/%s/confirm" % shown["change"]["id"])


@test
def the_command_line_changes_confirms_and_takes_back():
    C.done("trust", "mode", "1", "--yes")
    assert mode()["mode"] == 1 and mode()["change"] is None
    C.done("trust", "mode", "2", "--confirm-within", "60", "--yes")
    assert mode()["change"]["after"] == 2
    C.done("trust", "abort")
    assert mode()["mode"] == 1
    C.done("trust", "mode", "0", "--confirm-within", "60", "--yes")
    C.done("trust", "confirm")
    assert mode()["mode"] == 0 and mode()["change"] is None
    assert C.cli("trust", "confirm").status == 3


@test
def a_start_after_the_deadline_serves_the_former_mode():
    C.done("trust", "mode", "1", "--confirm-within", "1", "--yes")
    C.stop(9)
    wait_until(lambda: json.loads(C.done("trust", "mode", "--json"))["change"] is None or passed())
    C.start()
    assert mode()["mode"] == 0


def passed():
    import calendar
    import time
    until = json.loads(C.done("trust", "mode", "--json"))["change"]["confirm_until"]
    return time.time() > calendar.timegm(time.strptime(until, "%Y-%m-%dT%H:%M:%SZ"))


@test
def with_the_console_down_the_mode_holds_from_the_next_start_on():
    C.stop()
    C.done("trust", "mode", "2", "--yes")
    C.start()
    assert mode()["mode"] == 2
    C.done("trust", "mode", "0", "--yes")


@test
def an_operator_may_not_finish_what_only_an_administrator_may_start():
    change = C.good("POST", "/trust/mode/changes", {"mode": 1})
    for step in ("commit", "confirm", "rollback"):
        C.refused(403, "auth.role", "POST", "/changes/%s/%s" % (change["id"], step), role="operator", match="*")
    C.good("POST", "/changes/%s/rollback" % change["id"], match="*")
    C.refused(403, "auth.role", "POST", "/trust/mode/changes", {"mode": 1}, role="operator")


# ---- whoever would shut himself out ----


@test
def the_asker_is_warned_when_the_new_mode_would_refuse_his_own_connection():
    C.done("bind", "set", "--endpoint", "default", "--client-certs", "require")
    C.done("cert", "import", PKI / "other-root.crt", "--store", "ClientAuthIssuer", "--all-to-store", "--yes")
    C.done("cert", "import", PKI / "intermediate.crt", "--store", "ClientAuthIssuer", "--all-to-store", "--yes")
    assert status(*CLIENT) == 200  # mode 0: the intermediate is in the list, the root in Root
    seen = C.good("POST", "/trust/mode/changes?dry_run=true", {"mode": 1}, curl=CLIENT)
    assert check_of(seen)["verdict"] == "warn" and "would be refused" in check_of(seen)["evidence"], seen
    seen = C.good("POST", "/trust/mode/changes?dry_run=true", {"mode": 2}, curl=CLIENT)
    assert check_of(seen)["verdict"] == "pass", seen


def comes_and_goes(change, is_felt, is_over):
    """change(seconds) comes back by itself after that time, in which is_felt() must be true. Where the machine stood still for
    so long, it is made once more with a longer time. Gives what change() gave."""
    for seconds in (2, 10, 60):
        made = change(seconds)
        felt = is_felt()
        wait_until(is_over)
        if felt:
            return made
    raise AssertionError("it was not in force")


@test
def a_mode_that_shuts_its_maker_out_comes_back_and_an_open_connection_feels_both():
    with Open() as mine:
        assert mine.ask() == 200
        comes_and_goes(lambda seconds: C.done("trust", "mode", "1", "--confirm-within", seconds, "--yes"),
                       lambda: mine.ask() == status(*CLIENT) == 403, lambda: status(*CLIENT) == 200)
        assert mine.ask() == 200
    C.done("cert", "remove", sha256("other-root"), "--store", "ClientAuthIssuer", "--yes")
    C.done("cert", "remove", sha256("intermediate"), "--store", "ClientAuthIssuer", "--yes")


class Open:
    """One connection that stays open, with the good client certificate."""

    def __enter__(self):
        c = context(None)
        c.load_cert_chain(str(PKI / "client.chain.pem"), str(PKI / "client.key"))
        self.tls = c.wrap_socket(socket.create_connection(("127.0.0.1", C.port), 10))
        return self

    def ask(self):
        self.tls.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % C.port)
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.tls.recv(65536)
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(head.split(b"\r\n\r\n", 1)[1]) < length:
            head += self.tls.recv(65536)
        return int(head.split()[1])

    def __exit__(self, *why):
        self.tls.close()


def context(version):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    if version:
        c.minimum_version = c.maximum_version = version
    return c


@test
def require_and_issuer_store_are_staged_with_the_same_warning_and_come_back():
    C.done("bind", "set", "--endpoint", "default", "--client-certs", "accept")
    for body, curl, verdict in (({"client_certs": "require"}, (), "warn"),
                                ({"client_certs": "require"}, CLIENT, "pass"),
                                ({"issuer_store": "Others"}, CLIENT, "warn"),
                                ({"issuer_store": "Others"}, (), "pass"),
                                ({"path_rules": [{"prefix": "/api", "client_certs": "require"}]}, (), "warn"),
                                ({"path_rules": [{"prefix": "/officescan", "client_certs": "require"}]}, (), "pass")):
        seen = C.good("POST", "/bindings/1/changes?dry_run=true", body, curl=curl)
        assert check_of(seen)["verdict"] == verdict, (body, curl, check_of(seen))
    for body, who in (({"client_certs": "require"}, ()), ({"issuer_store": "Others"}, CLIENT)):
        def change(seconds):
            staged = C.good("POST", "/bindings/1/changes", dict(body, confirm_within_s=seconds), curl=CLIENT)
            C.good("POST", "/changes/%s/commit" % staged["id"], match="*", curl=CLIENT)
            return staged["id"]

        made = comes_and_goes(change, lambda: status(*who) == 403, lambda: status() == status(*CLIENT) == 200)
        assert C.good("GET", "/changes/" + made)["state"] == "reverted"


# ---- tickets ----


def s_client(version, *more, name="localhost"):
    text = "GET /livez HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n\r\n" % (name, C.port)
    run = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % C.port, version, "-servername", name,
                          "-cert", str(PKI / "client.chain.pem"), "-key", str(PKI / "client.key"), "-ign_eof", *more],
                         input=text, capture_output=True, text=True, timeout=20, check=False)
    answer = [line for line in run.stdout.splitlines() if line.startswith("HTTP/1.1 ")]
    return answer[0].split()[1] if answer else "none", "\nReused, " in run.stdout


@test
def an_old_ticket_carries_no_trust_past_the_removal_of_the_root():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tickets-"))
    host = C.port
    C.done("bind", "set", "--endpoint", "127.0.0.1:%d:rsa.console.test" % host, "--cert", sha256("server-next"),
           "--override", "another name for the test")
    for rule in ("ignore", "accept", "require"):
        C.done("bind", "set", "--endpoint", "default", "--client-certs", rule)
        for version in ("-tls1_2", "-tls1_3"):
            ticket = str(folder / (rule + version))
            assert s_client(version, "-sess_out", ticket)[0] == "200"
            resumed = s_client(version, "-sess_in", ticket)
            assert resumed == ("200", rule == "ignore"), (rule, version, resumed)
    # tickets of the time when nobody was asked, and of the time when the certificate was good
    C.done("cert", "remove", sha256("root"), "--store", "Root", "--yes")
    for rule in ("ignore", "accept", "require"):
        for version in ("-tls1_2", "-tls1_3"):
            ticket = str(folder / (rule + version))
            seen = s_client(version, "-sess_in", ticket)
            assert seen == ("403", False), (rule, version, seen)
            seen = s_client(version, "-sess_in", ticket, name="rsa.console.test")
            assert seen == ("200", False), (rule, version, seen)  # asks nobody, and resumes nothing of another's
    C.done("cert", "import", PKI / "root.crt", "--store", "Root")
    assert s_client("-tls1_3")[0] == "200"


@test
def no_way_around_a_rule_through_another_name():
    for sni, host, wanted in (("localhost", "rsa.console.test", 421), ("rsa.console.test", "localhost", 421),
                              ("rsa.console.test", "rsa.console.test", 200), ("localhost", "localhost", 403)):
        seen = C.curl("--connect-to", "%s:%d:127.0.0.1:%d" % (sni, C.port, C.port), "-H", "Host: %s:%d" % (host, C.port),
                      "--url", "https://%s:%d/livez" % (sni, C.port), "--next", "-sk", "--include", path="/livez")
        assert seen.status == wanted, (sni, host, seen)


if __name__ == "__main__":
    main(start, stop)
