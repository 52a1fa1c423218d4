# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The console itself (certbinderd) on a state directory of its own, its command line, and its REST by curl.

Each answer that comes through call() is held against docs/openapi.yaml: status, content type, members.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile

from openapi import Spec

BUILD = pathlib.Path(os.environ.get("CERTBINDER_BUILD", "."))
SLOWER = 5 if "CERTBINDER_UNDER" in os.environ else 1  # what a tool in front of a program makes of its time


def built_for(*tools):
    """Whether the programs are built for one of these sanitizers: asan, tsan."""
    program = (BUILD / "certbinderd").read_bytes()
    return any(b"__%s_init" % tool.encode() in program for tool in tools)


def is_sanitized():
    """Such a program keeps what was freed, holds descriptors and reserves addresses of its own, and ends in its own way."""
    return built_for("asan", "tsan")
SOURCE = pathlib.Path(os.environ.get("CERTBINDER_SOURCE", pathlib.Path(__file__).resolve().parent.parent.parent))
PKI = pathlib.Path(os.environ.get("CERTBINDER_PKI", BUILD / "pki"))


UNDER = os.environ.get("CERTBINDER_UNDER", "").split()  # a tool in front of the console, as scripts/run-under sets


MAY_REPEAT = {"set-cookie"}  # what has been said once is not said again: who reads it may take either


class Answer:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {}
        for line in lines[1:]:
            name, value = line.lower().partition(":")[0].strip(), line.partition(":")[2].strip()
            assert name not in self.headers or name in MAY_REPEAT, "twice: " + line
            self.headers[name] = value

    def __getitem__(self, name):
        return self.headers.get(name.lower())

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json.get("code")

    def __repr__(self):
        return "%d %s %s" % (self.status, self.headers.get("content-type"), self.text[:600])


class Run:
    """One run of the command line."""

    def __init__(self, process):
        self.status, self.out, self.err = process.returncode, process.stdout, process.stderr

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return "exit %d\n%s\n%s" % (self.status, self.out[-1500:], self.err[-1500:])


def run_cli(folder, *args, input=None, env=None):
    argv = [str(BUILD / "certbinder"), "--state-dir", str(folder)] + [str(a) for a in args]
    return Run(subprocess.run(argv, input=input, capture_output=True, text=True, timeout=120 * SLOWER,
                              env=dict(os.environ, **(env or {})), check=False))


class Console:
    """A console on a free port; ends with the block. Everything it writes to its error output must be expected."""

    def __init__(self, *args, folder=None, start=True):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="console-"))
        self.folder = folder or self.home / "state"
        self.args, self.process, self.port = args, None, 0
        self.tokens = {}
        if start:
            self.start()

    def start(self, listen=None):
        self.errors = open(self.home / "stderr", "a+")
        argv = UNDER + [str(BUILD / "certbinderd"), "--state-dir", str(self.folder), "--listen", listen or "127.0.0.1:0"]
        self.process = subprocess.Popen(argv + list(self.args), stdout=subprocess.PIPE, stderr=self.errors, text=True)
        line = self.process.stdout.readline()
        assert line, "the console died: " + self.log()
        self.ready = json.loads(line)
        self.port = int(self.ready["https"][0].rsplit(":", 1)[1])
        return self

    def log(self):
        return (self.home / "stderr").read_text()

    def stop(self, sig=signal.SIGTERM):
        if not self.process:
            return 0
        self.process.send_signal(sig)
        status = self.process.wait(90)
        self.process.stdout.close()
        self.errors.close()
        self.process = None
        return status

    def __enter__(self):
        return self

    def __exit__(self, kind, *why):
        status = self.stop()
        assert kind or status == 0, "the console ended with %s: %s" % (status, self.log()[-3000:])

    def cli(self, *args, **more):
        return run_cli(self.folder, *args, **more)

    def done(self, *args, **more):
        """The command line, which must succeed; gives what it printed."""
        run = self.cli(*args, **more)
        assert run.status == 0, (args, run)
        return run.out.strip()

    def token(self, role):
        if role not in self.tokens:
            self.tokens[role] = self.done("token", "create", "--name", "test " + role, "--role", role)
        return self.tokens[role]

    def curl(self, *args, path="/", data=None):
        argv = ["curl", "--silent", "--show-error", "--insecure", "--include", "--max-time", str(60 * SLOWER), "--http1.1"]
        url = "https://127.0.0.1:%d%s" % (self.port, path)
        done = subprocess.run(argv + list(args) + [url], input=data, capture_output=True, timeout=90 * SLOWER, check=False)
        assert done.returncode == 0, "curl %s %s: %s\n%s" % (args, path, done.stderr.decode(), self.log()[-1500:])
        raw = done.stdout
        while raw.startswith(b"HTTP/1.1 100"):
            raw = raw.partition(b"\r\n\r\n")[2]
        return Answer(raw)

    def call(self, method, path, body=None, role="admin", form=None, headers=None, match=None, checked=True, curl=()):
        """REST. path may leave /api/v1 out; body is sent as JSON; form is a dict of parts, "@FILE" for files;
        match: the ETag for If-Match, or True to fetch it first."""
        full = path if re.match(r"/(api|livez|readyz|metrics|problems|officescan)", path) else "/api/v1" + path
        args = list(curl) + ["--head"] if method == "HEAD" else list(curl) + ["-X", method]
        data = None
        if role:
            args += ["-H", "Authorization: Bearer " + self.token(role)]
        if match is True:
            seen = self.call("GET", full.split("?")[0], role=role)
            assert seen.status == 200, seen
            match = seen["etag"]
        if match:
            args += ["-H", "If-Match: " + match]
        for name, value in (headers or {}).items():
            args += ["-H", "%s: %s" % (name, value)]
        if body is not None:
            args += ["-H", "Content-Type: application/json", "--data-binary", "@-"]
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
        for name, value in (form or {}).items():
            args += ["-F", "%s=%s" % (name, value)]
        answer = self.curl(*args, path=full, data=data)
        if checked:
            Spec.instance().check(method, full, answer)
        return answer

    def good(self, method, path, *args, **more):
        """REST that must succeed; gives the JSON, or the text."""
        answer = self.call(method, path, *args, **more)
        assert answer.status < 300, (method, path, answer)
        if not answer.body:
            return None
        return answer.json if "json" in (answer["content-type"] or "") else answer.text

    def refused(self, status, code, method, path, *args, **more):
        """REST that must fail with this status and code (None: any)."""
        answer = self.call(method, path, *args, **more)
        assert answer.status == status, (method, path, answer)
        assert code is None or answer.code == code, (method, path, answer)
        return answer


def thumbprint(name):
    out = subprocess.run(["openssl", "x509", "-in", str(PKI / (name + ".crt")), "-noout", "-fingerprint", "-sha1"],
                         capture_output=True, text=True, check=True).stdout
    return out.strip().split("=")[1].replace(":", "")


def sha256(name):
    out = subprocess.run(["openssl", "x509", "-in", str(PKI / (name + ".crt")), "-noout", "-fingerprint", "-sha256"],
                         capture_output=True, text=True, check=True).stdout
    return out.strip().split("=")[1].replace(":", "").lower()
