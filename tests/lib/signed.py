# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Consoles and agents that are copies of our programs, signed by openssl, and ask each other for it."""
import json
import os
import subprocess

from agentd import PASSWORD, Agent, Server
from binding import wait_until
from console import Console, Run
from programs import Programs, Signers

SIGNERS = Signers()


def fingerprint(name):
    out = subprocess.run(["openssl", "x509", "-in", SIGNERS.pem(name), "-noout", "-fingerprint", "-sha256"], capture_output=True,
                         text=True, check=True).stdout
    return out.strip().split("=")[1].replace(":", "")


class Signed(Console):
    """A console of signed programs that knows their root, and the command line beside it."""

    def __init__(self, *roots, required=True, user=None, programs=None, start=True):
        self.programs = programs or Programs(SIGNERS, "certbinderd", "certbinder", "CertificateManager")
        self.user = user
        super().__init__(start=False)
        if user:
            os.chmod(self.home, 0o755)
            os.mkdir(self.folder, 0o700)
            os.chown(self.folder, user, user)
        for name in roots or ("root",):
            self.done("cert", "import", SIGNERS.pem(name), "--store", "Root" if name == "root" else "CA")
        if required:
            self.done("settings", "set", "ipc_signatures", "required")
        if start:
            self.start()

    def start(self, listen=None):
        self.errors = open(self.home / "stderr", "a+")
        self.process = subprocess.Popen([str(self.programs / "certbinderd"), "--state-dir", str(self.folder), "--listen",
                                         "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=self.errors, text=True, user=self.user,
                                        group=self.user, extra_groups=[] if self.user else None)
        line = self.process.stdout.readline()
        assert line, "the console died: " + self.log()
        self.port = int(json.loads(line)["https"][0].rsplit(":", 1)[1])
        return self

    def cli(self, *args, program="certbinder", user=None, **more):
        argv = [str(self.programs / program)] + (["--state-dir", str(self.folder)] if program == "certbinder" else [])
        return Run(subprocess.run(argv + [str(a) for a in args], capture_output=True, text=True, timeout=120, check=False,
                                  user=user, group=user, extra_groups=[] if user else None,
                                  env=dict(os.environ, CERTBINDER_STATE_DIR=str(self.folder)), **more))

    def refuses(self, code, *words, by=None):
        """The command line gets no answer: exit 5, the code, and what to do."""
        run = self.cli("status", "--json", user=by)
        assert run.status == 5 and run.json["code"] == code, run
        for word in words:
            assert word in run.json["detail"], (word, run)
        return run.json

    def answers(self, by=None):
        run = self.cli("status", "--json", user=by)
        assert run.status == 0 and run.json["running"] and run.json["console"]["pid"] == self.process.pid, run


class SignedAgent(Agent):
    """A signed agent whose trust directory holds the roots named, and IpXfer beside it."""

    def __init__(self, server, *roots, required=True, programs=None):
        self.programs = programs or Programs(SIGNERS, "certbinder-agentd", "IpXfer")
        super().__init__(server.port, server.keys[0].dat, start=False)
        self.program = self.programs / "certbinder-agentd"
        for name in roots or ("root",):
            self.trust(name)
        server.configuration["ipc_signatures"] = required
        self.start()
        wait_until(lambda: self.state["configuration"]["ipc_signatures"] == required)

    def trust(self, name):
        into = self.folder / "trust" / ("Root" if name == "root" else "CA")
        into.mkdir(parents=True, exist_ok=True)
        os.chmod(self.folder, 0o700)
        (into / (name + ".pem")).write_bytes(SIGNERS.pem(name).read_bytes())

    def distrust(self, name):
        for path in (self.folder / "trust").glob("*/%s.pem" % name):
            path.unlink()

    def move(self, server, *more):
        argv = [self.programs / "IpXfer", "--state-dir", self.folder, "-s", "127.0.0.1", "-sp", server.port, "-e",
                server.keys[-1].dat, "-pwd", PASSWORD, *more]
        return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=200, check=False)

    def refuses_ipxfer(self, server, code, *words):
        done = self.move(server, "--json")
        assert done.returncode == 5, done
        said = json.loads(done.stdout)
        assert said["code"] == code, said
        for word in words:
            assert word in said["detail"], (word, said)
        return said


def two_servers(*roots, **more):
    old = Server("old")
    return old, Server("new"), SignedAgent(old, *roots, **more)
