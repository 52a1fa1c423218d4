#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Limits of a command line and of what is typed to it: the last that passes, the first that does not."""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from authority import Cert  # noqa: E402
from console import Console  # noqa: E402
from jose import openssl  # noqa: E402
from limits import limit  # noqa: E402
from tap import main, test  # noqa: E402
from terminal import on_a_terminal  # noqa: E402

console = None


@test
def options_of_one_command_line():
    most = limit("CLI_VALUES_MAX")

    def seen(n):
        """n options, of which --state-dir and --out are two."""
        return console.cli("csr", "create", "--out", "-", "--dns", *["h%d.test" % i for i in range(n - 2)]).err

    assert "more than %d options" % most not in seen(most) and "of a kind" in seen(most), seen(most)
    assert "more than %d options" % most in seen(most + 1), seen(most + 1)


@test
def names_of_a_request():
    most = limit("CSR_NAMES_MAX")
    for option, names in (("--dns", ["h%d.test" % i for i in range(most + 1)]), ("--ip", ["10.0.0.%d" % i for i in range(most + 1)])):
        good = console.cli("csr", "create", "--out", "-", option, *names[:-1], "--json")
        assert good.status == 0, good
        bad = console.cli("csr", "create", "--out", "-", option, *names)
        assert bad.status != 0 and str(most) in bad.err, bad


@test
def arguments_of_one_command_line():
    most = limit("CLI_ARGS_MAX")

    def seen(n):
        return console.cli("trust", "evidence", *["/nowhere/%d.log" % i for i in range(n)]).err

    assert "/nowhere/0.log" in seen(most) and "no further argument" not in seen(most), seen(most)
    assert "no further argument '/nowhere/%d.log'" % most in seen(most + 1), seen(most + 1)


@test
def bytes_of_a_typed_password():
    most = limit("PASSWORD_MAX_BYTES")

    def typed(user, n):
        return on_a_terminal(console.folder, "account", "create", user, "--role", "viewer",
                             answers=[(b"new password:", b"p" * n), (b"again:", b"p" * n)][:1 if n > most else 2])

    status, shown = typed("long", most)
    assert status == 0, shown
    status, shown = typed("longer", most + 1)
    assert status != 0 and str(most).encode() in shown, (status, shown)
    assert [a["user"] for a in json.loads(console.done("account", "list", "--json"))["items"]] == ["long"]
    opened = console.call("POST", "/session", {"user": "long", "password": "p" * most}, role=None, checked=False)
    assert opened.status < 300, opened


@test
def seconds_that_a_command_line_waits():
    most = limit("ROLLOUT_WAIT_MAX_S")
    assert console.cli("rollout", "start", "status", "--wait", most, "--json").status == 0
    run = console.cli("rollout", "start", "status", "--wait", most + 1)
    assert run.status == 2 and "--wait takes 0 to %d" % most in run.err, run


@test
def what_a_rollout_may_be_told():
    for option, most, least in (("parallel", limit("ROLLOUT_PARALLEL_MAX"), 1), ("attempts", limit("ROLLOUT_ATTEMPTS_MAX"), 1),
                                ("jitter", limit("ROLLOUT_JITTER_MAX_MS") // 1000, 0)):
        run = console.cli("rollout", "start", "status", "--" + option, most + 1)
        assert run.status == 2 and "--%s takes %d to %d" % (option, least, most) in run.err, run


@test
def days_that_a_token_lives():
    most = limit("TOKEN_TTL_MAX_DAYS")
    console.done("token", "create", "--name", "long", "--role", "viewer", "--ttl", most)
    run = console.cli("token", "create", "--name", "longer", "--role", "viewer", "--ttl", most + 1)
    assert run.status == 2 and str(most) in run.err, run


@test
def bytes_of_a_file_with_a_host_certificate():
    most, said = limit("IPCER_FILE_MAX"), []
    for n in (most, most + 1):
        path = console.home / "host.cer"
        with path.open("wb") as f:
            f.truncate(n)
        run = console.cli("ipcer", "publish", path)
        assert run.status != 0, run
        said.append(run.err)
    assert "larger than %d bytes" % most in said[1] and "larger than" not in said[0], said


@test
def certificates_that_the_evidence_names():
    most, root = 3, Cert("Evidence Root", ca=True)  # NAMED_MAX
    log = console.home / "iis.log"
    log.write_text("#Fields: date time c-ip sc-status sc-substatus sc-win32-status\n"
                   "2026-03-17 00:00:01 10.0.0.9 403 16 2148204809\n")
    for n in (most, most + 1):
        files = [Cert("Not a root %d" % i, root, ca=True).file() for i in range(n)]
        found = json.loads(console.done("trust", "evidence", log, "--json", *[x for f in files for x in ("--cert", "Root=%s" % f)]))
        said = [c["evidence"] for r in found["refusals"] for c in r["causes"] if "not self-signed" in c["evidence"]]
        assert said and all(s.count("'CN=Not a root") == most for s in said), found["refusals"]


@test
def bits_of_a_key_that_may_be_bound():
    """By openssl; of the elliptic curves there is none between."""
    least, home = limit("RSA_BITS_MIN"), pathlib.Path(tempfile.mkdtemp(prefix="keys-"))
    assert limit("EC_BITS_MIN") == 256
    keys = (("rsa:%d" % least, (), "pass"), ("rsa:%d" % (least - 8), (), "fail"),
            ("ec", ("-pkeyopt", "ec_paramgen_curve:P-256"), "pass"), ("ec", ("-pkeyopt", "ec_paramgen_curve:P-224"), "fail"))
    for n, (kind, options, verdict) in enumerate(keys):
        name, path = "key%d.test" % n, home / "both.pem"
        pem = openssl("req", "-x509", "-newkey", kind, *options, "-nodes", "-keyout", "-", "-subj", "/CN=" + name, "-addext",
                      "subjectAltName=DNS:" + name, "-days", "300")
        path.write_bytes(pem)
        got = json.loads(console.done("cert", "import", path, "--json"))["certificates"][0]["sha256"]
        checks = json.loads(console.cli("bind", "check", "--endpoint", "127.0.0.1:4443:" + name, "--cert", got, "--json").out)["checks"]
        assert [c["verdict"] for c in checks if c["id"] == "key.weak"] == [verdict], (kind, checks)


def before():
    global console
    console = Console()


def after():
    console.__exit__(None, None, None)


if __name__ == "__main__":
    main(before, after)
