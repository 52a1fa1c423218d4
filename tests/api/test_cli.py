#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The command line: each command with the console up and down, exit codes, --json, questions, secrets."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from console import BUILD, PKI, SOURCE, Console, run_cli, sha256, thumbprint
from tap import main, skip_unless, test
from terminal import on_a_terminal
from tree import contents

HOME = pathlib.Path(tempfile.mkdtemp(prefix="cli-"))
DOWN = HOME / "down"  # a state directory on which no console runs
PASSWORD = "correct horse battery"
C = None


def start():
    global C
    C = Console().__enter__()
    secret_file("pfx", "certbinder")
    secret_file("account", PASSWORD)
    secret_file("wrong", "not this one")
    run_cli(DOWN, "token", "create", "--name", "first", "--role", "admin")


def stop():
    C.__exit__(None)


def secret_file(name, text=None):
    path = HOME / (name + ".secret")
    if text:
        path.write_text(text + "\n")
    return path


def fails(status, code, *args, folder=None, **more):
    """The exit code, and the problem with --json on standard output."""
    run = run_cli(folder or C.folder, *args, "--json", **more)
    assert run.status == status, (args, run)
    assert run.json["code"] == code and run.json["title"] and run.json["remedies"], (args, run)
    plain = run_cli(folder or C.folder, *args, **more)
    assert plain.status == status and not plain.out and plain.err.startswith("certbinder: "), (args, plain)
    return run


@test
def says_how_it_is_used():
    help_text = C.done("--help")
    for word in ("cert import FILE", "bind set", "trust lint", "exit codes"):
        assert word in help_text, word
    assert "--password-file FILE" in C.done("cert", "import", "--help")
    assert "cert export" in C.done("cert", "--help")
    assert C.done("help") == help_text and C.done("help", "cert", "import") == C.done("cert", "import", "--help")
    assert "off] whether" in C.done("help", "root"), "words and what they mean run together"
    assert re.match(r"certbinder \d", C.done("--version"))
    for args in (["frobnicate"], ["cert"], ["cert", "frobnicate"], ["cert", "show"], ["cert", "show", "a", "b"],
                 ["cert", "list", "--frobnicate"], ["cert", "list", "--store"], ["cert", "list", "-s"],
                 ["bind", "set", "--client-certs", "maybe"], ["token", "create", "--name", "x", "--role", "king"]):
        run = C.cli(*args)
        assert run.status == 2 and "usage:" in run.err, (args, run)


@test
def daemons_say_what_is_wrong_with_their_command_line_and_what_helps():
    for program, args, code in (("certbinderd", ["--nope"], "invalid"), ("certbinderd", ["--listen", "127.0.0.1"], "binding.endpoint"),
                                ("certbinder-agentd", ["--nope"], "invalid"), ("certbinder-agentd", ["--listen", "127.0.0.1:70000"], "binding.endpoint")):
        run = subprocess.run([str(BUILD / program), "--json", *args], capture_output=True, text=True, timeout=60, check=False)
        problem = json.loads(run.stdout)
        assert run.returncode == 2 and problem["code"] == code and problem["remedies"], run
        assert problem["detail"] in run.stderr and problem["remedies"][0]["text"] in run.stderr, run
        assert code == "invalid" or "no port" in problem["detail"], run


@test
def names_the_folder_that_is_not_there_and_the_request_that_is_kept():
    nowhere = HOME / "no" / "such" / "folder.csr"
    detail = fails(3, "file.not_found", "csr", "create", "--dns", "kept.test", "--out", nowhere).json["detail"]
    assert "no folder for" in detail, detail
    kept = re.search(r"request ([0-9a-f]{32}) is kept", detail).group(1)
    assert kept in [c["id"] for c in C.cli("csr", "list", "--json").json["items"]]


@test
def what_a_command_needs_stands_without_brackets_and_is_asked_for():
    for words, option in ((["bind", "set"], "--endpoint IP:PORT:HOST"), (["bind", "rollback"], "--endpoint IP:PORT:HOST"),
                          (["cert", "move", "x"], "--from STORE"), (["cert", "export", "x"], "--format der|pem|p7b|pfx"),
                          (["csr", "create"], "--out FILE"), (["token", "create"], "--name NAME"),
                          (["account", "role", "x"], "--role admin|operator|viewer")):
        run = C.cli(*words)
        assert run.status == 2 and "needs " + option in run.err, (words, run)
        shown = C.done(*words[:2], "--help")
        assert " " + option in shown and "[" + option not in shown, shown


@test
def a_value_that_cannot_be_names_what_can_and_the_help_of_its_command():
    run = fails(2, "request.member", "settings", "set", "ipc_signatures", "x")
    assert "one of off, required" in run.json["detail"], run
    assert run.json["remedies"] == [{"text": "'certbinder settings set --help' says what it takes."}], run


@test
def every_command_of_the_table_has_help_and_completion():
    words = re.findall(r"^  ((?:[a-z-]+ )?[a-z-]+)", C.done("--help"), re.M)
    commands = [w for w in words if w.split()[0] in ("cert", "csr", "bind", "store", "trust", "token", "account", "crl",
                                                     "audit", "settings", "drift", "ipcer", "refusal")]
    assert len(commands) > 45, commands
    bash = C.done("completion", "bash")
    for command in commands:
        assert "'%s'" % command in bash, command
        assert C.cli(*command.split(), "--help").status == 0, command
    assert subprocess.run(["bash", "-n"], input=bash, text=True, check=False).returncode == 0
    complete = 'source /dev/stdin; COMP_WORDS=(certbinder cert ex); COMP_CWORD=2; _certbinder; echo "${COMPREPLY[*]}"'
    out = subprocess.run(["bash", "-c", complete], input=bash, capture_output=True, text=True, check=True).stdout
    assert out.strip() == "export", out
    assert "compinit" in C.done("completion", "zsh") and "complete -c certbinder" in C.done("completion", "fish")
    assert C.cli("completion", "csh").status == 2


@test
def every_command_of_the_table_stands_in_the_manual():
    told = set()
    for line in re.findall(r'^\.B "?(.*?)"?$', (SOURCE / "docs/man/certbinder.1").read_text(), re.MULTILINE):
        for group in line.split(", "):
            words = group.split()
            told |= {" ".join(words[:1] + [verb]) for verb in words[1].split("|")} if len(words) == 2 else set(words)
    missing = sorted(set(re.findall(r"^  ([a-z][a-z-]*(?: [a-z-]+)?) ", run_cli(DOWN, "--help").out, re.MULTILINE)) - told)
    assert not missing, missing


@test
def a_token_is_made_on_an_empty_folder_without_a_console():
    folder = HOME / "empty"
    token = run_cli(folder, "token", "create", "--name", "t", "--role", "viewer").out
    assert re.fullmatch(r"cb_[A-Za-z0-9_-]{43}\n", token), token
    listed = run_cli(folder, "token", "list", "--json")
    assert listed.json["items"][0]["name"] == "t" and token.strip() not in listed.out, listed
    assert "t" in run_cli(folder, "token", "list").out
    fails(2, "invalid", "token", "revoke", listed.json["items"][0]["id"], folder=folder)  # nobody can be asked
    assert run_cli(folder, "token", "revoke", listed.json["items"][0]["id"], "--yes").status == 0
    fails(3, "not_found", "token", "revoke", "none", "--yes", folder=folder)
    fails(3, "state.none", "cert", "list", folder=HOME / "nothing-here")
    shutil.rmtree(folder)


@test
def takes_the_state_directory_from_the_environment():
    done = subprocess.run([str(BUILD / "certbinder"), "token", "list", "--json"], capture_output=True, text=True,
                          env=dict(os.environ, CERTBINDER_STATE_DIR=str(DOWN)), check=False)
    assert done.returncode == 0 and json.loads(done.stdout)["total"] == 1, done


@test
def a_state_directory_may_have_a_name_that_is_no_utf8():
    folder = pathlib.Path(os.fsdecode(os.fsencode(HOME) + b"/st\xe4te"))
    with Console(folder=folder) as console:
        assert console.ready["state_dir"].endswith("/st\ufffdte"), console.ready
        assert console.good("GET", "/system")["state_dir"] == console.ready["state_dir"]
        rotated = console.cli("key", "rotate", "--password-file", secret_file("pfx"), "--yes", "--json")
        assert rotated.status == 0 and "/st\ufffdte/" in rotated.json["backup"], rotated


@test
def imports_with_the_console_up_and_down():
    for folder in (C.folder, DOWN):
        run = run_cli(folder, "cert", "import", PKI / "server.pfx", "--password-file", secret_file("pfx"), "--dry-run",
                      "--json")
        assert run.status == 0 and set(run.json["certificates"][0]) >= {
            "sha256", "thumbprint", "store", "has_key", "exportable", "subject", "not_after"}, run
        assert run_cli(folder, "cert", "list", "--store", "My", "--q", "console.test", "--json").json["total"] == 0
        run = run_cli(folder, "cert", "import", PKI / "server.pfx", "--password-file", secret_file("pfx"))
        assert run.status == 0 and thumbprint("server") in run.out, run
        assert run_cli(folder, "cert", "import", PKI / "root.crt", "--store", "Root").status == 0
    piped = C.cli("cert", "import", "-", "--json", input=(PKI / "client.crt").read_text())
    assert piped.status == 0 and piped.json["certificates"][0]["store"] == "TrustedPeople", piped


@test
def names_each_fault_of_a_file():
    empty = HOME / "empty.secret"
    empty.write_text("")
    fails(8, "pfx.wrong_password", "cert", "import", PKI / "server-next.pfx", "--password-file", secret_file("wrong"))
    fails(8, "pfx.wrong_password", "cert", "import", PKI / "server-next.pfx", "--password-file", empty)
    fails(3, "file.not_found", "cert", "import", HOME / "no-such-file")
    (HOME / "rubbish").write_bytes(b"rubbish")
    run = C.cli("cert", "import", HOME / "rubbish", "--json")
    assert run.status == 4 and run.json["code"] == "file.unknown_format", run
    fails(4, "store.not_self_signed", "cert", "import", PKI / "too-long-ca.crt", "--store", "Root")
    fails(3, "store.not_found", "cert", "import", PKI / "root.crt", "--store", "Nowhere")


@test
def shows_and_finds_certificates_by_every_spelling():
    pairs = ":".join(thumbprint("server")[i:i + 2] for i in range(0, 40, 2))
    for name in (sha256("server"), thumbprint("server"), pairs, "\u200e" + pairs.lower().replace(":", " ")):
        assert C.cli("cert", "show", name, "--json").json["sha256"] == sha256("server"), name
    fails(3, "cert.not_found", "cert", "show", "0" * 40)
    assert "subject" in C.done("cert", "show", thumbprint("server"))
    assert C.cli("cert", "list", "--json").json["total"] >= 4
    assert thumbprint("server") in C.done("cert", "list", "--store", "My")
    assert C.done("cert", "list", "--q", "nothing like it") == "no certificates"
    chain = C.cli("cert", "chain", thumbprint("server"), "--json").json
    assert chain["items"][1]["sha256"] == sha256("intermediate"), chain
    C.done("cert", "usage", thumbprint("server"))
    assert C.done("cert", "name", thumbprint("server"), "web") == "named"
    assert C.cli("cert", "show", "web", "--json").json["friendly_name"] == "web"


@test
def exports_to_a_file_or_to_standard_output():
    out = HOME / "out"
    for form, magic in (("der", b"\x30"), ("pem", b"-----BEGIN"), ("p7b", b"")):
        assert C.cli("cert", "export", "web", "--format", form, "--out", out).status == 0
        assert out.read_bytes().startswith(magic), form
    assert C.done("cert", "export", "web", "--format", "pem", "--out", "-", "--chain", "--root").count("BEGIN") == 3
    fails(5, "key.not_exportable", "cert", "export", "web", "--format", "pfx", "--out", out, "--password-file",
          secret_file("account"))
    fails(2, "invalid", "cert", "export", "web", "--format", "pfx")
    assert C.cli("cert", "import", PKI / "server-rsa.pfx", "--password-file", secret_file("pfx"), "--exportable").status == 0
    assert C.cli("cert", "export", thumbprint("server-rsa"), "--format", "pfx", "--out", out, "--password-file",
                 secret_file("account")).status == 0
    assert out.stat().st_mode & 0o777 == 0o600, oct(out.stat().st_mode)
    check = subprocess.run(["openssl", "pkcs12", "-in", str(out), "-passin", "file:%s" % secret_file("account"), "-nokeys"],
                           capture_output=True, text=True, check=False)
    assert check.returncode == 0 and "BEGIN CERTIFICATE" in check.stdout, check


@test
def moves_removes_after_asking_and_restores():
    name = thumbprint("client")
    assert C.done("cert", "move", name, "--from", "TrustedPeople", "--to", "CA") == "moved"
    fails(2, "invalid", "cert", "move", name)
    fails(2, "invalid", "cert", "remove", name, "--store", "CA")
    assert "restore" in C.done("cert", "remove", name, "--store", "CA", "--yes")
    assert C.cli("cert", "list", "--deleted", "--json").json["total"] >= 1
    gone = fails(3, "cert.not_found", "cert", "show", name).json
    assert "restore" in gone["detail"] and gone["type"] == "/problems/cert-not-found", gone
    assert C.cli("cert", "show", name, "--deleted", "--json").json["deleted"]
    assert C.cli("cert", "restore", name, "--json").json["stores"] == ["CA"]


@test
def asks_on_a_terminal_and_shows_no_password():
    status, _ = on_a_terminal(C.folder, "cert", "remove", thumbprint("client"), "--store", "CA", answers=[(b"[y/N]", b"n")])
    assert status == 1 and C.cli("cert", "show", thumbprint("client"), "--json").json["stores"] == ["CA"], status
    status, shown = on_a_terminal(C.folder, "cert", "import", PKI / "server-next.pfx", answers=[(b"password of the file:", b"certbinder")])
    assert status == 0 and b"certbinder\r" not in shown, (status, shown)
    status, shown = on_a_terminal(C.folder, "account", "create", "tess", "--role", "viewer",
                                  answers=[(b"new password:", PASSWORD.encode()), (b"again:", b"something else")])
    assert status == 2 and PASSWORD.encode() not in shown, (status, shown)


@test
def requests_and_completes():
    csr = HOME / "request.csr"
    run = C.cli("csr", "create", "--dns", "console.test", "localhost", "--ip", "127.0.0.1", "--key", "ec384", "--out", csr)
    assert run.status == 0, run
    text = subprocess.run(["openssl", "req", "-in", str(csr), "-noout", "-text", "-verify"], capture_output=True,
                          text=True, check=True)
    assert "DNS:console.test, DNS:localhost, IP Address:127.0.0.1" in text.stdout, text
    pending = C.cli("csr", "list", "--json").json["items"][0]
    assert "console.test" in C.done("csr", "list") and C.done("csr", "show", pending["id"])
    signed = HOME / "signed.crt"
    (HOME / "ext").write_text("subjectAltName=DNS:console.test,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    subprocess.run(["openssl", "x509", "-req", "-in", str(csr), "-CA", str(PKI / "intermediate.crt"), "-CAkey",
                    str(PKI / "intermediate.key"), "-days", "90", "-extfile", str(HOME / "ext"), "-out", str(signed)],
                   capture_output=True, check=True)
    fails(3, "csr.no_match", "csr", "complete", PKI / "client-rsa.crt")
    done = C.cli("csr", "complete", signed, "--json")
    assert done.status == 0 and done.json["certificates"][0]["has_key"], done
    fails(2, "invalid", "csr", "create", "--dns", "x.test")
    assert C.cli("csr", "create", "--dns", "x.test", "--out", "-").out.startswith("-----BEGIN CERTIFICATE REQUEST")
    left = [c["id"] for c in C.cli("csr", "list", "--json").json["items"] if c["state"] == "open"]
    assert C.done("csr", "remove", left[0], "--yes") == "removed"


@test
def binds_proves_and_rolls_back():
    run = C.cli("bind", "set", "--endpoint", "default", "--cert", "web", "--json")
    assert run.status == 0 and run.json["state"] == "confirmed" and run.json["proved"], run
    assert "proved" in C.done("bind", "set", "--endpoint", "default", "--cert", thumbprint("server-rsa"), "--override", "test")
    assert thumbprint("server-rsa") in C.done("bind", "list")
    assert C.cli("bind", "show", "--json").json["cert"] == sha256("server-rsa")
    assert len(C.cli("bind", "history", "--json").json["items"]) >= 2 and "confirmed" in C.done("bind", "history")
    assert C.cli("bind", "rollback", "--endpoint", "default").status == 2
    C.done("bind", "rollback", "--endpoint", "default", "--yes")
    assert C.cli("bind", "show", "--json").json["cert"] == sha256("server")
    bad = C.cli("bind", "set", "--endpoint", "default", "--cert", thumbprint("root"), "--json")
    assert bad.status == 4 and any(c["verdict"] == "fail" for c in bad.json["checks"]), bad
    fails(3, "cert.not_found", "bind", "set", "--endpoint", "default", "--cert", "0" * 40)
    fails(2, "binding.endpoint", "bind", "set", "--endpoint", "nonsense", "--cert", "web")
    assert C.cli("bind", "check", "--cert", "web").status in (0, 10)
    assert C.cli("bind", "check", "--cert", thumbprint("root"), "--json").status == 4
    fails(6, "cert.in_use", "cert", "remove", "web", "--yes")


@test
def a_bind_that_is_only_tried_says_what_would_be():
    before = C.cli("bind", "history", "--json").json["items"]
    run = C.cli("bind", "set", "--endpoint", "default", "--cert", thumbprint("server-next"), "--dry-run")
    assert run.status == 0 and "nothing was changed" in run.err + run.out and "not proved" not in run.err + run.out, run
    assert sha256("server-next")[:16] in run.err + run.out and sha256("server")[:16] in run.err + run.out, run
    run = C.cli("bind", "set", "--endpoint", "default", "--cert", "web", "--dry-run")
    assert run.status == 0 and "nothing to change" in run.err + run.out, run
    assert C.cli("bind", "history", "--json").json["items"] == before
    assert C.cli("bind", "show", "--json").json["cert"] == sha256("server")


@test
def confirms_over_a_connection_of_its_own_or_goes_back():
    open_change = C.cli("bind", "set", "--endpoint", "default", "--cert", thumbprint("server-next"), "--confirm-within",
                        "60", "--json").json
    assert open_change["state"] == "committed", open_change
    fails(6, "change.open", "bind", "set", "--endpoint", "default", "--cert", "web")
    assert C.cli("bind", "confirm", "--json").json["state"] == "confirmed"
    fails(3, "change.not_found", "bind", "confirm")
    again = C.cli("bind", "set", "--endpoint", "default", "--cert", "web", "--confirm-within", "60", "--json").json
    assert C.cli("bind", "abort", again["id"], "--json").json["state"] == "reverted"
    assert C.cli("bind", "show", "--json").json["cert"] == sha256("server-next")
    C.done("bind", "set", "--endpoint", "default", "--cert", "web")


@test
def says_of_a_removed_certificate_that_it_can_come_back():
    C.done("cert", "import", PKI / "server-p384.crt", "--store", "My")
    C.done("cert", "remove", thumbprint("server-p384"), "--yes")
    run = C.cli("bind", "set", "--endpoint", "default", "--cert", thumbprint("server-p384"))
    assert run.status == 3 and "cert restore" in run.err, run


@test
def opens_and_removes_further_bindings():
    endpoint = "127.0.0.1:%d:console.test" % C.port
    C.done("bind", "set", "--endpoint", endpoint, "--cert", "web")
    assert C.cli("bind", "list", "--json").json["total"] == 2
    assert "127.0.0.1" in C.done("bind", "show", "--endpoint", endpoint)
    assert C.done("bind", "remove", "--endpoint", endpoint, "--yes") == "removed"
    assert C.cli("bind", "remove", "--yes").status == 2
    fails(3, "binding.not_found", "bind", "remove", endpoint, "--yes")


@test
def binds_with_the_console_down_but_does_not_claim_a_proof():
    run_cli(DOWN, "cert", "import", PKI / "server.pfx", "--password-file", secret_file("pfx"))
    run = run_cli(DOWN, "bind", "set", "--endpoint", "127.0.0.1:24871:", "--cert", thumbprint("server"), "--json")
    assert run.status == 0 and run.json["proved"] is False, run
    assert run_cli(DOWN, "status", "--exit-code").status == 7
    assert run_cli(DOWN, "status", "--json").json["running"] is False


@test
def shows_and_repairs_drift():
    assert C.cli("drift", "show", "--json").json["state"] == "ok"
    (C.folder / "PCCSRV/Pccnt/Common/OfcIPCer.dat").write_bytes(b"somebody else's")
    assert C.cli("drift", "show").status == 10 and C.cli("status", "--exit-code").status == 10
    C.done("drift", "repair")
    assert C.cli("drift", "show").status == 0 and C.cli("status", "--exit-code").status == 0
    assert C.cli("ipcer", "show", "--json").json["sha256"] == sha256("server")
    assert C.cli("ipcer", "publish", "--json").json["sha256"] == sha256("server")


@test
def sets_and_shows_trust():
    assert C.cli("trust", "mode", "--json").json["mode"] == 0
    assert C.cli("trust", "mode", "1").status == 2
    assert C.done("trust", "mode", "1", "--yes").startswith("mode 1 (exclusive_root)")
    assert C.cli("trust", "mode", "3", "--yes").status == 2
    C.done("trust", "mode", "0", "--yes")
    listed = C.cli("trust", "issuer-list", "--json").json
    assert listed["source"] == "Root" and listed["members"][0]["sha256"] == sha256("root"), listed
    assert "from Root" in C.done("trust", "issuer-list")
    answer = C.cli("trust", "judge", "--json-lines", input=json.dumps(
        {"id": "x", "time": 1767225600, "purpose": "client", "name": None, "chain": [(PKI / "client.crt").read_text()],
         "stores": {"Root": [(PKI / "root.crt").read_text()], "CA": [(PKI / "intermediate.crt").read_text()]},
         "mode": 0, "issuer_store": None, "crls": [], "check_revocation": False}) + "\nno json\n")
    first, second = [json.loads(line) for line in answer.out.splitlines()]
    assert first["verdict"] == "accept" and first["id"] == "x" and second["id"] is None, answer
    assert C.done("refusal", "list") == "no refusals"
    fails(3, "not_found", "refusal", "show", "1")


@test
def keeps_accounts_stores_settings_and_lists():
    C.done("account", "create", "olga", "--role", "operator", "--password-file", secret_file("account"))
    fails(6, "account.exists", "account", "create", "olga", "--role", "viewer", "--password-file", secret_file("account"))
    C.done("account", "role", "olga", "--role", "viewer")
    C.done("account", "password", "olga", "--password-file", secret_file("account"))
    assert C.cli("account", "list", "--json").json["items"][0] ["role"] == "viewer"
    C.done("account", "remove", "olga", "--yes")
    fails(2, "invalid", "account", "create", "eve", "--role", "viewer")
    assert C.done("store", "create", "Mine") == "made store Mine" and "Mine" in C.done("store", "list")
    fails(6, "store.exists", "store", "create", "Mine")
    assert C.done("store", "remove", "Mine", "--yes") == "removed"
    C.done("settings", "set", "confirm_within_s", "30")
    assert C.cli("settings", "get", "confirm_within_s", "--json").json["value"] == 30
    C.done("settings", "set", "confirm_within_s", "0")
    fails(3, "not_found", "settings", "get", "mood")
    assert "server_name" in C.done("settings", "list")
    C.done("crl", "import", PKI / "intermediate.crl")
    crl = C.cli("crl", "list", "--json").json["items"][0]
    assert crl["state"] == "fresh" and C.done("crl", "remove", crl["id"], "--yes") == "removed"
    assert C.done("setup-code") != C.done("setup-code")


@test
def the_audit_trail_verifies_and_shows_a_forgery():
    assert "cert.import" in C.done("audit", "list", "--limit", "500")
    assert C.cli("audit", "list", "--action", "bind.*", "--json").json["total"] >= 1
    assert C.cli("audit", "verify", "--json").json["intact"] is True
    skip_unless(shutil.which("sqlite3"), "no sqlite3 here")
    forged = HOME / "forged"
    shutil.copytree(DOWN, forged)
    subprocess.run(["sqlite3", str(forged / "db.sqlite"), "DROP TRIGGER audit_no_update;"
                    "UPDATE audit SET actor = 'nobody' WHERE seq = (SELECT min(seq) FROM audit);"], check=True)
    assert run_cli(forged, "audit", "verify").status == 4


@test
def refuses_another_users_state_directory():
    skip_unless(os.geteuid() == 0, "not root")
    done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", str(BUILD / "certbinder"),
                           "--state-dir", str(DOWN), "cert", "list", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 5 or "cannot execute" in done.stderr.lower() or done.returncode == 127, done
    skip_unless(done.returncode == 5, "that user cannot reach the program")
    assert json.loads(done.stdout)["code"] == "auth.not_owner", done


@test
def no_password_is_in_any_argument_list_or_log():
    pipe = HOME / "password.pipe"  # it runs until somebody has told it the password
    os.mkfifo(pipe)
    slow = subprocess.Popen([str(BUILD / "certbinder"), "--state-dir", str(C.folder), "account", "create", "zoe", "--role",
                             "viewer", "--password-file", str(pipe)])
    arguments = pathlib.Path("/proc/%d/cmdline" % slow.pid).read_bytes()
    pipe.write_text(PASSWORD + "\n")
    while slow.poll() is None:
        try:
            arguments += pathlib.Path("/proc/%d/cmdline" % slow.pid).read_bytes()
        except OSError:
            pass
    assert slow.returncode == 0 and PASSWORD.encode() not in arguments and b"password-file" in arguments
    assert PASSWORD not in C.log()
    for path, content in contents(C.folder):
        assert PASSWORD.encode() not in content, path
        assert b"not this one" not in content, path


@test
def gives_up_when_a_console_holds_the_socket_but_does_not_answer():
    folder = HOME / "hung"
    run_cli(folder, "token", "create", "--name", "t", "--role", "viewer")
    import socket
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(folder / "control.sock"))
        deaf.listen(8)
        run = run_cli(folder, "cert", "import", PKI / "root.crt", "--store", "Root", "--json")
        assert run.status == 9 and run.json["code"] == "daemon.slow", run
    assert run_cli(folder, "cert", "list", "--store", "Root", "--json").json["total"] == 1  # stored all the same


@test
def a_wrong_word_shows_the_words_that_fit():
    unknown = C.cli("nosuch")
    assert unknown.status == 2 and unknown.err.count("\n  certbinder key ") == 1, unknown
    half = C.cli("cert", "nosuch")
    assert half.status == 2 and "cert import FILE" in half.err and "csr create" not in half.err, half
    early = C.cli("bind", "set", "--bogus", "--json")
    assert early.status == 2 and early.json["code"] == "invalid", early


@test
def a_chain_reads_as_a_tree_and_nothing_prints_raw_json():
    C.cli("cert", "import", PKI / "server.pfx", "--password-file", secret_file("personas", "certbinder"))
    C.cli("cert", "import", PKI / "root.crt", "--store", "Root")
    chain = C.done("cert", "chain", thumbprint("server")).splitlines()
    assert chain[0].startswith("CN=Console Test Root") and chain[1].startswith("  CN=Console Test Issuing CA"), chain
    assert chain[-1] == "trusted: it ends in Root", chain
    for words in (["cert", "show", thumbprint("server")], ["cert", "usage", thumbprint("server")], ["bind", "show"], ["ipcer", "show"]):
        assert "{" not in C.done(*words), words


@test
def a_missing_console_is_told_with_the_way_to_name_one():
    nowhere = run_cli(HOME / "nowhere", "status", "--json")
    assert nowhere.status == 3 and nowhere.json["code"] == "state.none", nowhere


if __name__ == "__main__":
    main(start, stop)
