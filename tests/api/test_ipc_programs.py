#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

CertificateManager and the console, IpXfer and an agent: what each makes of the other's NAME.p7s where the policy asks for one.
openssl signs; what is altered is altered here.
"""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agentd import Server  # noqa: E402
from programs import Programs  # noqa: E402
from signed import SIGNERS, Signed, SignedAgent, fingerprint  # noqa: E402
from tap import main, test  # noqa: E402

MANAGER, AGENT = "CertificateManager", "certbinder-agentd"


def alter_signature(programs, name):
    """One byte of the signature itself, at the end of the file."""
    path = pathlib.Path(str(programs / name) + ".p7s")
    raw = bytearray(path.read_bytes())
    raw[-20] ^= 1
    path.write_bytes(raw)


class Listener:
    """What pages hear of the console, by curl."""

    def __init__(self, c):
        self.curl = subprocess.Popen(["curl", "-skN", "--max-time", "600", "-H", "Authorization: Bearer " + c.token("admin"),
                                      "https://127.0.0.1:%d/api/v1/events" % c.port], stdout=subprocess.PIPE, text=True)
        assert self.curl.stdout.readline().startswith("retry:")

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.curl.kill()
        self.curl.wait()
        self.curl.stdout.close()

    def until(self, seq):
        """Rows of the audit trail that are told of, up to this one."""
        heard = []
        for line in self.curl.stdout:
            if line.startswith("data: ") and "seq" in (what := json.loads(line[6:])):
                heard.append(what["seq"])
                if what["seq"] == seq:
                    return heard
        raise AssertionError(heard)


def rotate(c):
    """A new authentication certificate: the run, and the rows of the audit trail that it wrote."""
    before = newest(c)
    password = c.home / "password"
    password.write_text("of the backup\n")
    run = c.cli("--json", "--password-file", password, "-c", program=MANAGER)
    assert run.status == 0 and len(run.json["certificate"]["sha256"]) == 64, run
    rows = list(range(before + 1, newest(c) + 1))
    assert rows
    return run, rows


def newest(c):
    return c.good("GET", "/audit?limit=1")["items"][0]["seq"]


@test
def the_console_hears_a_certificate_manager_with_a_good_signature_and_no_other():
    with Signed() as c, Listener(c) as pages:
        run, rows = rotate(c)
        assert pages.until(rows[-1]) == rows and not run.err, run
        untold = 0
        for spoil, code, word in ((lambda: c.programs.unsign(MANAGER), "ipc.unsigned", "CertificateManager.p7s"),
                                  (lambda: alter_signature(c.programs, MANAGER), "ipc.signature", "does not verify"),
                                  (lambda: c.programs.alter(MANAGER), "ipc.signature", "not the one that was signed"),
                                  (lambda: c.programs.sign(MANAGER, signer="server"), "ipc.signature", "code signing"),
                                  (lambda: c.programs.sign(MANAGER, chain=False), "ipc.chain", "'CN=Code Issuer' is missing")):
            spoil()
            run, rows = rotate(c)  # the state directory is its owner's; only the console does not listen
            untold += len(rows)
            assert run.err.count("control.refused") == 1 and code in run.err and word in run.err, run
            refused = [line for line in c.log().splitlines() if "daemon.control refused: " + code in line and word in line]
            assert len(refused) >= len(rows), (refused, c.log())
            c.programs.copy(MANAGER)
            c.programs.sign(MANAGER)
        run, rows = rotate(c)
        assert untold and pages.until(rows[-1]) == rows and not run.err, run


@test
def the_root_that_is_missing_to_believe_a_certificate_manager_is_named():
    with Signed() as c:
        run = c.cli("cert", "remove", fingerprint("root"), "--store", "Root", "--yes")
        assert run.status == 5 and "Code Root" in run.err, run
        run, _ = rotate(c)
        assert "ipc.chain" in run.err and "certificate 'CN=Code Root' is missing to believe certbinderd.p7s" in run.err, run


@test
def ipxfer_gives_no_password_to_an_agent_that_was_altered():
    programs = Programs(SIGNERS, AGENT, "IpXfer")
    programs.alter(AGENT)
    with Server("old") as old, Server("new") as new, SignedAgent(old, programs=programs) as a:
        a.refuses_ipxfer(new, "ipc.signature", "what listens on agent.sock", AGENT, "not the one that was signed")
        assert a.state["server"]["https_port"] == old.port
        assert "refused" not in a.log()  # it was asked nothing but to prove itself
        a.stop()
        programs.copy(AGENT)
        a.start()
        done = a.move(new)
        assert done.returncode == 0 and a.state["server"]["https_port"] == new.port, done


@test
def ipxfer_names_what_is_wrong_with_an_agents_signature():
    programs = Programs(SIGNERS, AGENT, "IpXfer")
    with Server("old") as old, Server("new") as new, SignedAgent(old, programs=programs) as a:
        alter_signature(programs, AGENT)
        a.refuses_ipxfer(new, "ipc.signature", AGENT, "does not verify")
        programs.sign(AGENT, signer="server")
        a.refuses_ipxfer(new, "ipc.signature", AGENT, "code signing")
        programs.sign(AGENT, chain=False)
        a.refuses_ipxfer(new, "ipc.chain", "what listens on agent.sock", "certificate 'CN=Code Issuer' is missing")
        assert a.state["server"]["https_port"] == old.port and "refused" not in a.log()
        a.trust("inter")
        done = a.move(new)
        assert done.returncode == 0 and a.state["server"]["https_port"] == new.port, done


if __name__ == "__main__":
    main()
