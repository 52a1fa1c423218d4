#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

The main job as the outside sees it: swapping a live certificate, going back, starting again, starting broken.
"""
import calendar
import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import threading
import time

from binding import agree, pem, prepare, shown, wait_until
from console import BUILD, PKI, Console, run_cli, sha256, thumbprint
from tap import comment, main, test

SWAPS = int(os.environ.get("CERTBINDER_SWAPS", "30"))
CLIENTS = 4


def context():
    c = ssl.create_default_context(cafile=str(PKI / "root.crt"))
    c.check_hostname = False
    return c


def bind(console, name, *more, endpoint="default"):
    return json.loads(console.done("bind", "set", "--endpoint", endpoint, "--cert", thumbprint(name), "--json", *more))


def at(text):
    """An RFC 3339 time of the console's."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def wait_for_time(text):
    """Until the clock has passed it."""
    wait_until(lambda: time.time() > at(text))


def sql(console, text):
    with sqlite3.connect(console.folder / "db.sqlite", timeout=90) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.executescript(text)


class Clients:
    """New connections all the time, and one that stays open as long as the console lets it."""

    def __init__(self, port):
        self.port, self.stop, self.failures, self.counts = port, False, [], {}
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.new_ones) for _ in range(CLIENTS)]
        self.threads.append(threading.Thread(target=self.open_one))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *why):
        self.stop = True
        for thread in self.threads:
            thread.join()

    def count(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def new_ones(self):
        while not self.stop:
            try:
                self.count(shown(self.port))
            except (OSError, ssl.SSLError) as why:
                self.failures.append(repr(why))

    def open_one(self):
        """Requests on one connection; a new one where the console asked for that."""
        while not self.stop:
            try:
                connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context())
                while not self.stop:
                    connection.request("GET", "/livez", headers={"Host": "127.0.0.1"})
                    answer = connection.getresponse()
                    answer.read()
                    self.count(answer.status)
                    if answer.getheader("Connection") == "close":
                        self.count("told to close")
                        break
                connection.close()
            except (OSError, ssl.SSLError, http.client.HTTPException) as why:
                self.failures.append(repr(why))


@test
def swaps_lose_no_connection():
    with Console() as console:
        prepare(console)
        bind(console, "server")
        with Clients(console.port) as clients:
            for i in range(SWAPS):
                name = ("server-next", "server")[i % 2]
                # half by REST, half by the command line
                if i % 4 < 2:
                    done = console.good("POST", "/bindings", {"endpoint": "default", "cert": sha256(name)})
                else:
                    done = bind(console, name)
                assert done["state"] == "confirmed" and done["proved"], done
                assert shown(console.port) == sha256(name), "the old one is shown after the change was announced"
        comment(clients.counts)
        assert not clients.failures, clients.failures[:5]
        assert set(clients.counts) == {sha256("server"), sha256("server-next"), 200, "told to close"}, clients.counts
        agree(console, "server" if SWAPS % 2 == 0 else "server-next")


@test
def an_open_connection_outlives_the_swap_and_is_then_told_to_close():
    with Console() as console:
        prepare(console)
        connection = http.client.HTTPSConnection("127.0.0.1", console.port, timeout=60,
                                                 context=ssl._create_unverified_context())
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        answer.read()
        assert answer.getheader("Connection") != "close"
        bind(console, "server")
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        assert answer.status == 200 and answer.getheader("Connection") == "close", answer.getheaders()


@test
def sends_the_missing_intermediate():
    with Console() as console:
        prepare(console)
        bind(console, "server")
        with socket.create_connection(("127.0.0.1", console.port), 90) as plain:
            context().wrap_socket(plain, server_hostname="localhost").close()  # verifies up to the root


@test
def an_unconfirmed_change_returns_by_itself():
    with Console() as console:
        prepare(console)
        bind(console, "server")
        change = bind(console, "server-next", "--confirm-within", "3")
        assert change["state"] == "committed" and change["confirm_until"], change
        wait_until(lambda: shown(console.port) == sha256("server"))
        agree(console, "server")
        run = console.cli("bind", "confirm", change["id"], "--json")
        assert run.status == 9 and run.json["code"] == "change.not_confirmed", run


@test
def a_confirmed_change_stays():
    with Console() as console:
        prepare(console)
        bind(console, "server")
        for seconds in (5, 20, 80):  # a machine that stood still has confirmed it too late
            change = bind(console, "server-next", "--confirm-within", str(seconds))
            run = console.cli("bind", "set", "--endpoint", "default", "--cert", thumbprint("server"), "--json")
            said = console.cli("bind", "confirm", change["id"], "--json")
            if said.status == 0:
                break
            assert time.time() > at(change["confirm_until"]) and said.json["code"] == "change.not_confirmed", said
            wait_until(lambda: shown(console.port) == sha256("server"))
        assert said.status == 0, said
        assert run.status == 6 and run.json["code"] == "change.open", run
        wait_for_time(change["confirm_until"])
        assert json.loads(console.done("bind", "history", "--json"))["items"][0]["state"] == "confirmed"
        agree(console, "server-next")


@test
def rest_confirms_only_over_a_new_connection():
    with Console() as console:
        prepare(console)
        bind(console, "server")
        token = console.token("operator")
        headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
        old = http.client.HTTPSConnection("127.0.0.1", console.port, timeout=60, context=context())
        old.request("POST", "/api/v1/bindings", json.dumps(
            {"endpoint": "default", "cert": sha256("server-next"), "confirm_within_s": 60}), headers)
        change = json.loads(old.getresponse().read())
        assert change["state"] == "committed", change
        path = "/changes/" + change["id"] + "/confirm"
        with contextlib.suppress(http.client.HTTPException, OSError):  # it may have been closed already
            old.request("POST", "/api/v1" + path, "", headers)
            answer = old.getresponse()
            assert answer.status == 409, answer.read()
        assert console.good("POST", path, role="operator")["state"] == "confirmed"


def resumes(port):
    """Whether a ticket of one connection is taken on the next."""
    c = context()
    c.maximum_version = ssl.TLSVersion.TLSv1_2

    def visit(session=None):
        with socket.create_connection(("127.0.0.1", port), 90) as plain:
            with c.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as tls:
                return tls.session, tls.session_reused

    return visit(visit()[0])[1]


@test
def resumes_nothing_while_a_confirmation_is_waited_for():
    with Console() as console:
        prepare(console)
        bind(console, "server")
        assert resumes(console.port), "after a change that the proof alone confirms"
        change = bind(console, "server-next", "--confirm-within", "600")
        assert not resumes(console.port)
        console.done("bind", "confirm", change["id"])
        assert resumes(console.port), "after the confirmation"


@test
def a_start_before_the_deadline_keeps_the_change_and_one_after_it_does_not():
    with Console() as console:
        prepare(console)
        bind(console, "server")
        bind(console, "server-next", "--confirm-within", "600")
        console.stop(signal.SIGKILL)
        console.start()
        assert shown(console.port) == sha256("server-next")
        console.done("bind", "rollback", "--yes", "--endpoint", "default")
        assert shown(console.port) == sha256("server")
        change = bind(console, "server-next", "--confirm-within", "3")
        console.stop(signal.SIGKILL)
        wait_for_time(change["confirm_until"])
        console.start()
        agree(console, "server")


@test
def nothing_is_confirmed_while_the_console_is_down():
    with Console() as console:
        prepare(console)
        console.stop()
        console.done("bind", "set", "--endpoint", "default", "--cert", sha256("server"), "--confirm-within", "3600")
        run = console.cli("bind", "confirm", "--json")
        assert run.status == 7 and run.json["code"] == "daemon.down", run
        console.start()
        console.done("bind", "confirm")
        assert shown(console.port) == sha256("server")


@test
def rolls_back_to_any_earlier_change():
    with Console() as console:
        prepare(console)
        first = bind(console, "server")
        second = bind(console, "server-next", "--client-certs", "accept")
        console.done("bind", "rollback", "--yes", "--endpoint", "default")
        agree(console, "server")
        assert console.good("GET", "/bindings/default")["client_certs"] == "ignore"
        console.done("bind", "rollback", "--yes", "--endpoint", "default", "--to", first["id"])
        assert shown(console.port) == first["before"]["cert"]
        assert len(console.good("GET", "/bindings/default/history")["items"]) == 4
        assert second["proved"]


@test
def binds_with_the_console_down_and_proves_at_the_start():
    with Console() as console:
        prepare(console)
        console.stop()
        change = bind(console, "server")
        assert change["state"] == "confirmed" and change["proved"] is False, change
        console.start()
        wait_until(lambda: console.good("GET", "/changes/" + change["id"])["proved"])
        agree(console, "server")


@contextlib.contextmanager
def kept_port():
    """A port that nobody gets who asks for any, and who asks for this one gets."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 0))
        yield s.getsockname()[1]


@test
def opens_further_endpoints_live_and_at_the_next_start():
    with Console() as console, kept_port() as port:
        prepare(console)
        made = bind(console, "server", endpoint="127.0.0.1:%d:" % port)
        assert made["proved"], made
        assert shown(port) == sha256("server") != shown(console.port)
        console.stop(signal.SIGKILL)
        console.start()
        assert shown(port) == sha256("server") != shown(console.port)
        console.done("bind", "remove", "127.0.0.1:%d:" % port, "--yes")
        wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) != 0)


@test
def an_endpoint_that_is_taken_is_a_failed_check():
    with Console() as console, socket.socket() as other:
        prepare(console)
        other.bind(("127.0.0.1", 0))
        other.listen()
        run = console.cli("bind", "set", "--endpoint", "127.0.0.1:%d:" % other.getsockname()[1], "--cert",
                          thumbprint("server"), "--json")
        assert run.status == 4 and run.json["code"] == "endpoint.cannot_open", run
        assert console.good("GET", "/bindings")["total"] == 1


@test
def an_endpoint_that_was_taken_meanwhile_keeps_nothing_else_from_starting():
    with Console() as console, socket.socket() as other, kept_port() as port:
        prepare(console)
        bind(console, "server", endpoint="127.0.0.1:%d:" % port)
        console.stop()
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        console.start()
        assert console.curl(path="/livez").status == 200
        assert "daemon.endpoint_left_out" in console.log()


@test
def tells_names_apart():
    with Console() as console:
        prepare(console)
        console.done("cert", "import", pem("server-wildcard"), "--store", "My")
        at = "127.0.0.1:%d:" % console.port
        default = shown(console.port)
        bind(console, "server", endpoint=at + "console.test")
        bind(console, "server-wildcard", endpoint=at + "*.console.test")
        assert shown(console.port, "console.test") == sha256("server")
        assert shown(console.port, "www.console.test") == sha256("server-wildcard")
        assert shown(console.port, "a.b.console.test") == default
        assert shown(console.port, "elsewhere.test") == shown(console.port) == default


@test
def further_listeners_and_ipv6_carry_the_default_binding():
    with Console("--listen", "[::1]:0") as console:
        prepare(console)
        bind(console, "server")
        six = int(console.ready["https"][1].rsplit(":", 1)[1])
        assert console.ready["https"][1].startswith("[::1]:")
        assert shown(six, address="::1") == sha256("server")


@test
def any_address_is_proved_on_each():
    with Console() as console:
        prepare(console)
        console.stop()
        console.start(listen="*:0")
        change = bind(console, "server", "--override", "no name for any address")
        assert change["proved"] and "127.0.0.1:" in change["evidence"], change
        assert shown(console.port) == sha256("server")


@test
def a_second_console_is_told_who_is_there():
    with Console() as console:
        argv = [BUILD / "certbinderd", "--state-dir", console.folder, "--listen", "127.0.0.1:0"]
        second = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 6 and str(console.process.pid) in second.stderr, second
        argv[2] = tempfile.mkdtemp(prefix="bind-")
        argv[4] = "127.0.0.1:%d" % console.port
        third = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert third.returncode == 4 and str(console.port) in third.stderr, third
        assert console.curl(path="/livez").status == 200


@test
def the_default_binding_follows_the_first_listener():
    with Console() as console:
        prepare(console)
        bind(console, "server")
        console.stop()
        console.start()  # another free port
        agree(console, "server")
        run = console.cli("bind", "set", "--endpoint", "127.0.0.1:%d:" % console.port, "--cert",
                          thumbprint("server-next"))
        assert run.status == 0, run
        assert console.good("GET", "/bindings")["total"] == 1


def assert_fallback(console, why):
    system = console.good("GET", "/system")
    assert system["degraded"] is True, system
    binding = console.good("GET", "/bindings/default")
    assert binding["degraded"] and why in binding["degraded_why"], binding
    assert shown(console.port) != sha256("server")
    assert console.curl(path="/livez").status == 200
    # the exact next step: another certificate brings it back
    bind(console, "server-next")
    assert shown(console.port) == sha256("server-next")
    assert console.good("GET", "/bindings/default")["degraded"] is False


def broken_start(damage, why):
    with Console() as console:
        prepare(console)
        bind(console, "server")
        console.token("admin")
        console.stop()
        damage(console)
        console.start()
        assert_fallback(console, why)


@test
def starts_without_its_certificate():
    broken_start(lambda console: sql(console, """
        DELETE FROM memberships WHERE cert_id IN (SELECT id FROM certificates WHERE sha256 = '%s');
        DELETE FROM certificates WHERE sha256 = '%s';""" % (sha256("server"), sha256("server"))), "not in the database")


@test
def starts_with_a_damaged_certificate():
    broken_start(lambda console: sql(console, "UPDATE certificates SET der = x'3003020101' WHERE sha256 = '%s'" %
                                     sha256("server")), "no certificate")


@test
def starts_without_its_key():
    broken_start(lambda console: sql(console, """
        UPDATE keys SET sealed = zeroblob(60) WHERE id IN (SELECT key_id FROM certificates WHERE sha256 = '%s')""" %
                                     sha256("server")), "private key")


@test
def what_is_overridden_is_then_served():
    with Console() as console:
        prepare(console)
        console.done("settings", "set", "server_name", "localhost")
        for persona, code in (("server-weak", "key.weak"), ("server-sha1", "x509.weak_signature"),
                              ("server-wrong-eku", "eku.no_server_auth"), ("server-cn-only", "name.cn_only"),
                              ("server-other-name", "name.no_match"), ("server-expired", "validity.expired"),
                              ("server-not-yet", "validity.not_yet")):
            console.done("cert", "import", pem(persona), "--store", "My")
            run = console.cli("bind", "set", "--endpoint", "default", "--cert", thumbprint(persona), "--json")
            assert run.status == 4 and run.json["code"] == code, run
            bind(console, persona, "--override", "test")
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                assert shown(console.port, version=version) == sha256(persona), (persona, version)


@test
def sends_an_intermediate_with_critical_name_constraints():
    """RFC 5280 wants them critical, and mbedTLS does not know them."""
    with Console() as console:
        prepare(console)
        console.done("cert", "import", PKI / "constrained-ca.crt", "--store", "CA")
        console.done("settings", "set", "server_name", "www.inside.test")
        console.done("cert", "import", pem("server-constrained"), "--store", "My")
        bind(console, "server-constrained")
        for version in ("-tls1_2", "-tls1_3"):
            run = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % console.port, version, "-CAfile", PKI / "root.crt",
                                  "-verify_hostname", "www.inside.test", "-verify_return_error"],
                                 stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
            assert run.returncode == 0 and "Verify return code: 0 (ok)" in run.stdout, run


@test
def refuses_keys_and_features_that_no_client_takes():
    with Console() as console:
        prepare(console)
        for args, code in ((["brainpoolP256r1"], "x509.unsupported_key"), (["secp256k1"], "x509.unsupported_key"),
                           (["P-256", "-addext", "keyUsage=keyAgreement"], "chain.not_loadable"),
                           (["P-256", "-addext", "1.2.3.4=critical,ASN1:NULL"], "chain.not_loadable")):
            key, cert = console.folder / "odd.key", console.folder / "odd.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:" + args[0], "-nodes",
                            "-keyout", key, "-out", cert, "-subj", "/CN=127.0.0.1", "-days", "300",
                            "-addext", "subjectAltName=IP:127.0.0.1"] + args[1:], check=True, capture_output=True)
            cert.write_bytes(key.read_bytes() + cert.read_bytes())
            console.done("cert", "import", cert, "--store", "My", "--friendly-name", "odd " + " ".join(args))
            run = console.cli("bind", "set", "--endpoint", "default", "--cert", "odd " + " ".join(args), "--override", "x", "--json")
            assert run.status == 4 and run.json["code"] == code, (args, run)


@test
def the_named_next_step_brings_back_a_broken_certificate():
    """The remedy says: import it with its key again."""
    of_server = "(SELECT key_id FROM certificates WHERE sha256 = '%s')" % sha256("server")
    for damage in ("UPDATE certificates SET der = x'3003020101' WHERE sha256 = '%s'" % sha256("server"),
                   "UPDATE keys SET sealed = zeroblob(60) WHERE id = " + of_server):
        with Console() as console:
            prepare(console)
            bind(console, "server")
            console.stop()
            sql(console, damage)
            console.start()
            assert shown(console.port) != sha256("server")
            problem = console.good("GET", "/system")["problems"][0]
            assert "Import the certificate with its key again" in problem["remedy"], problem
            console.done("cert", "import", pem("server"), "--store", "My")
            assert shown(console.port) == sha256("server"), damage
            assert console.good("GET", "/system")["problems"] == []
            agree(console, "server")


@test
def without_its_master_key_the_next_step_is_to_restore_it():
    with Console() as console:
        prepare(console)
        bind(console, "server")
        console.stop()
        key = console.folder / "master.key"
        kept = key.read_bytes()
        key.unlink()
        console.start()
        assert console.curl(path="/livez").status == 200
        for problem in console.good("GET", "/system")["problems"]:
            assert problem["id"] == "drift.not_served" or "Restore master.key" in problem["remedy"], problem
        console.stop()
        key.write_bytes(kept)
        key.chmod(0o600)
        console.start()
        assert shown(console.port) == sha256("server")
        assert console.good("GET", "/system")["problems"] == []


@test
def starts_with_an_expired_certificate_and_says_so():
    with Console() as console:
        prepare(console)
        console.done("cert", "import", pem("server-expired"), "--store", "My")
        bind(console, "server-expired", "--override", "the new one is not there yet")
        console.stop()
        console.start()
        assert shown(console.port) == sha256("server-expired")
        assert console.good("GET", "/system")["degraded"] is True
        assert console.cli("drift", "show").status != 0
        assert "strict-transport-security" not in console.curl(path="/livez").headers


@test
def drift_is_repaired_by_one_command():
    with Console() as console:
        prepare(console)
        bind(console, "server")
        path = console.folder / "PCCSRV" / "Pccnt" / "Common" / "OfcIPCer.dat"
        for spoil in (lambda: path.write_bytes(b"something else"), path.unlink, lambda: path.unlink() or path.mkdir()):
            spoil()
            assert console.good("GET", "/drift")["state"] == "drift"
            console.done("drift", "repair", "--yes")
            agree(console, "server")


@test
def a_bind_that_the_console_was_not_told_of_yet_is_no_drift():
    with Console() as console:
        prepare(console)
        bind(console, "server")
        sql(console, "UPDATE bindings SET cert = '%s'; UPDATE counters SET value = value + 1 "
                     "WHERE name = 'tls_generation';" % sha256("server-next"))
        findings = [f["id"] for f in console.good("GET", "/drift")["findings"]]
        assert "drift.not_served" not in findings, findings
        assert shown(console.port) == sha256("server-next")


@test
def reads_a_configuration_file_and_names_the_line_of_a_fault():
    folder = tempfile.mkdtemp(prefix="bind-")
    good = folder + "/good.conf"
    with open(good, "w") as out:
        out.write("# test\n[listen]\nhttps = 127.0.0.1:0\nhttp = 127.0.0.1:0\n")
    argv = [BUILD / "certbinderd", "--state-dir", folder + "/state", "--config"]
    with subprocess.Popen(argv + [good], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        ready = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
    assert len(ready["https"]) == 1 and len(ready["http"]) == 1, ready
    for text, line in (("[listen]\nport = 1\n", 2), ("\n\n[settings]\nhsts = 1\n", 4), ("[listen]\nhttps 1\n", 2)):
        bad = folder + "/bad.conf"
        with open(bad, "w") as out:
            out.write(text)
        done = subprocess.run(argv + [bad], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2 and "line %d" % line in done.stderr, (text, done)


@test
def ends_in_order_and_lets_a_running_request_finish():
    with Console() as console:
        with socket.create_connection(("127.0.0.1", console.port), 90) as plain:
            tls = ssl._create_unverified_context().wrap_socket(plain)
            tls.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                        b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            assert tls.recv(200).startswith(b"HTTP/1.1 100")  # it runs now
            console.process.send_signal(signal.SIGTERM)
            wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", console.port)) != 0)
            tls.sendall(b"{}")
            assert tls.recv(12) == b"HTTP/1.1 400"
        assert console.process.wait(90) == 0
        console.process.stdout.close()
        console.process = None


def let_others_in(console):
    """As far as the state directory, whose modes are to be what keeps them out."""
    os.chmod(console.home, 0o755)
    if console.home.parent.stat().st_mode & 0o001 == 0:  # the runner's own
        os.chmod(console.home.parent, 0o755)


@test
def whoever_does_not_own_the_state_directory_is_refused():
    if os.geteuid() != 0:
        return
    with Console() as console:
        let_others_in(console)
        as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        done = subprocess.run(as_nobody + [str(BUILD / "certbinder"), "--state-dir", str(console.folder), "bind", "list"],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 5, done
        assert run_cli(console.folder, "bind", "list").status == 0


@test
def a_mode_that_keeps_the_owner_out_is_named_with_its_cure():
    if os.geteuid() != 0:
        return
    with Console() as console:
        console.stop()
        let_others_in(console)
        for path in (console.folder, *console.folder.rglob("*")):
            os.chown(path, 65534, 65534, follow_symlinks=False)
        owner = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", str(BUILD / "certbinder"), "--state-dir",
                 str(console.folder), "store", "create", "Later", "--json"]
        for path, mode in ((console.folder, 0o500), (console.folder, 0), (console.folder / "db.sqlite", 0o400)):
            before = path.stat().st_mode
            os.chmod(path, mode)
            done = subprocess.run(owner, capture_output=True, text=True, timeout=60, check=False)
            os.chmod(path, before)
            assert done.returncode == 1 and json.loads(done.stdout)["code"] == "state.read_only", (path, done)
            assert "0700" in done.stdout and "0600" in done.stdout, done
        console.start()


if __name__ == "__main__":
    main()
