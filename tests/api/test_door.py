#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Client certificates at the door of the running console: refused with the right sub-status, kept as records that
explain themselves, cured by one request, and judged again at once when the stores change."""
import json
import subprocess

from binding import wait_until
from console import PKI, Console, sha256
from tap import main, test

C = None


def start():
    global C
    C = Console().__enter__()
    C.done("cert", "import", PKI / "root.crt", "--store", "Root")
    C.done("cert", "import", PKI / "server.pfx", "--password-file", password_file())
    C.token("admin")
    C.done("bind", "set", "--endpoint", "default", "--cert", sha256("server"), "--client-certs", "require")


def stop():
    C.__exit__(None)


def password_file():
    path = C.home / "password"
    path.write_text("certbinder")
    return path


def chain(name):
    path = C.home / (name + ".chain")
    path.write_text((PKI / (name + ".chain.pem")).read_text())
    return path


def visit(name=None, path="/livez", tls=None, headers=()):
    args = ["--cert", str(chain(name)), "--key", str(PKI / (name + ".key"))] if name else []
    args += ["--tls-max", tls, "--tlsv" + tls] if tls else []
    for header in headers:
        args += ["-H", header]
    return C.curl(*args, path=path)


def admin(method, path, *args, **more):
    """REST through the same door, with a good client certificate."""
    more.setdefault("curl", ["--cert", str(chain("client")), "--key", str(PKI / "client.key")])
    return C.good(method, path, *args, **more)


def refusal(**wanted):
    for record in admin("GET", "/refusals?limit=500")["items"]:
        if all(record[name] == value for name, value in wanted.items()):
            return admin("GET", "/refusals/" + record["id"])
    raise AssertionError("no record of %s" % wanted)


@test
def nothing_sent_is_403_7_in_either_version_of_tls():
    for tls in ("1.2", "1.3"):
        answer = visit(tls=tls, headers=["Accept: application/json"])
        assert answer.status == 403 and answer.json["substatus"] == 7 and answer.json["win32"] == 5, answer
        for word in ("RSA", "ECDSA", "Ed25519"):  # who holds another key sends nothing, and sees here why
            assert word in answer.json["detail"], answer
    assert visit("client", tls="1.2").status == visit("client", tls="1.3").status == 200


@test
def each_fault_has_its_sub_status_and_win32_status():
    for name, substatus, win32 in (("other-client", 16, 2148204810), ("client-expired", 17, 2148204801),
                                   ("client-not-yet", 17, 2148204801), ("client-wrong-eku", 16, 2148204816)):
        answer = visit(name, headers=["Accept: application/json"])
        seen = (answer.status, answer.json["substatus"], answer.json["win32"])
        assert seen == (403, substatus, win32), (name, answer)
        assert answer.json["code"].startswith("trust."), answer


@test
def a_refusal_is_recorded_with_paths_and_remedies():
    record = refusal(sha256=sha256("client-expired"))
    assert record["substatus"] == 17 and record["reason"] == "trust.expired" and record["count"] >= 1, record
    assert record["client"] == "127.0.0.1" and record["endpoint"].endswith(":%d:" % C.port), record
    assert record["paths"][0]["steps"][0]["sha256"] == sha256("client-expired"), record
    assert record["paths"][0]["steps"][0]["reason"] == "trust.expired" and record["remedies"], record
    assert record["presented"][0].startswith("-----BEGIN CERTIFICATE-----"), record
    nothing = refusal(substatus=7)
    assert nothing["subject"] is None and nothing["win32"] == 5 and nothing["remedies"], nothing


@test
def the_same_refusal_counts_up_and_filters_find_it():
    before = refusal(sha256=sha256("client-expired"))["count"]
    for _ in range(3):
        visit("client-expired")
    assert refusal(sha256=sha256("client-expired"))["count"] == before + 3
    assert admin("GET", "/refusals?substatus=17&reason=trust.expired")["total"] >= 1
    assert admin("GET", "/refusals?client=192.0.2.1")["total"] == 0
    first = admin("GET", "/refusals?limit=1")
    second = admin("GET", "/refusals?limit=1&page_token=" + first["next_page_token"])
    assert first["items"][0]["id"] != second["items"][0]["id"], (first, second)


def misplace():
    run = C.cli("cert", "import", PKI / "fake-intermediate.crt", "--store", "Root", "--yes")
    assert run.status == 10 and "warning: " in run.err, run
    assert C.cli("cert", "import", PKI / "too-long-ca.crt", "--store", "Root").status == 4


@test
def a_misplaced_intermediate_refuses_everybody_and_its_remedy_cures_it():
    misplace()
    answer = visit("client", headers=["Accept: application/json"])
    assert answer.status == 403 and answer.json["win32"] == 2148204809, answer
    found = wait_until(lambda: [r for r in C.cli("refusal", "list", "--json").json["items"]
                                if r["reason"] == "trust.root_store_mixed"])[0]
    shown = C.cli("refusal", "show", found["id"], "--json").json
    remedy = shown["remedies"][0]
    assert remedy["href"].endswith(sha256("fake-intermediate") + "/move"), shown
    assert "remedy: " in C.done("refusal", "show", found["id"])
    C.done("cert", "move", sha256("fake-intermediate"), "--from", remedy["body"]["from"], "--to", remedy["body"]["to"])
    assert visit("client").status == 200
    assert "cured" in C.done("refusal", "show", found["id"])


@test
def lint_cures_on_the_command_line_what_it_finds():
    misplace()
    found = C.cli("trust", "lint", "--json")
    assert found.status == 10 and found.json["summary"]["errors"] == 1, found
    C.done("trust", "lint", "--fix", "--yes")
    assert visit("client").status == 200


@test
def modes_and_issuer_stores_count_at_once():
    C.done("store", "create", "Ours")
    C.done("bind", "set", "--endpoint", "default", "--issuer-store", "Ours")
    assert visit("client").status == 200  # empty: counts as none
    C.done("cert", "import", PKI / "other-root.crt", "--store", "Ours", "--all-to-store", "--yes")
    assert visit("client").status == 403
    C.done("trust", "mode", "1", "--yes")
    assert visit("other-client").status == 200
    C.done("trust", "mode", "0", "--yes")
    C.done("bind", "set", "--endpoint", "default", "--issuer-store", "")
    assert visit("client").status == 200


@test
def revocation_is_looked_at_where_the_binding_says_so():
    C.done("bind", "set", "--endpoint", "default", "--revocation", "check")
    unknown = visit("client", headers=["Accept: application/json"])
    assert unknown.status == 403 and unknown.json["substatus"] == 13, unknown
    C.done("crl", "import", PKI / "intermediate.crl")
    C.done("crl", "import", PKI / "root.crl")
    assert visit("client").status == 200
    revoked = visit("client-revoked", headers=["Accept: application/json"])
    assert revoked.json["substatus"] == 13 and revoked.json["win32"] == 2148081680, revoked
    C.done("bind", "set", "--endpoint", "default", "--revocation", "off")
    assert visit("client-revoked").status == 200


@test
def the_access_log_tells_sub_status_and_win32():
    def log():
        return "".join(p.read_text() for p in (C.folder / "logs").rglob("u_ex*.log"))

    for part in (" 403 7 5 ", " 403 17 2148204801 ", " 403 16 2148204809 ", " 403 13 2148081680 "):
        wait_until(lambda: part in log())  # a line is on disk within a second


@test
def what_was_disallowed_is_final():
    C.done("cert", "import", PKI / "client.crt", "--store", "Disallowed")
    answer = visit("client", headers=["Accept: application/json"])
    assert answer.status == 403 and answer.json["win32"] == 2148204817, answer
    C.done("cert", "remove", sha256("client"), "--store", "Disallowed", "--yes")
    assert visit("client").status == 200


@test
def the_door_can_be_opened_again_from_the_machine():
    C.done("bind", "set", "--endpoint", "default", "--client-certs", "ignore")
    assert visit().status == 200


def listen(token):
    curl = subprocess.Popen(["curl", "-skN", "--max-time", "180", "-H", "Authorization: Bearer " + token,
                             "https://127.0.0.1:%d/api/v1/events" % C.port], stdout=subprocess.PIPE)
    assert curl.stdout.readline() == b"retry: 2000\n"
    return curl


def hear(curl, word):
    """What comes until this word does."""
    text = b""
    while word not in text:
        line = curl.stdout.readline()
        assert line, text
        text += line
    return text


@test
def events_tell_of_a_change():
    with listen(C.token("admin")) as curl:
        C.done("cert", "name", sha256("server"), "seen by events")
        assert b"event:" in hear(curl, b"data:")
        curl.kill()


@test
def events_end_with_the_token_that_listens_to_them():
    token = json.loads(C.done("token", "create", "--name", "listener", "--role", "viewer", "--json"))["token"]
    with listen(token) as ended, listen(C.token("admin")) as goes_on:
        C.done("token", "revoke", "listener", "--yes")
        assert ended.wait(90) == 0, "its events go on without it"
        C.done("cert", "name", sha256("server"), "after the token")
        hear(goes_on, b"cert.rename")
        goes_on.kill()


@test
def metrics_pass_promtool():
    text = C.good("GET", "/metrics", role="viewer")
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("certbinder_build_info{", "x509_cert_not_after{", "certbinder_binding_degraded{",
                 "certbinder_tls_handshakes_total{", "x509_crl_next_update{", "certbinder_drift_findings 0"):
        assert name in text, name


if __name__ == "__main__":
    main(start, stop)
