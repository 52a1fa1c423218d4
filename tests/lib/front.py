# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The TLS front alone (tests/probe/front) for tests, with the development PKI, and a raw client."""
import json
import os
import pathlib
import re
import select
import signal
import socket
import ssl
import subprocess
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("CERTBINDER_BUILD", "."))
PKI = pathlib.Path(os.environ.get("CERTBINDER_PKI", BUILD / "pki"))


def chain_of(persona):
    """leaf and issuing CA in one file, beside the temporary files"""
    path = pathlib.Path(tempfile.mkdtemp(prefix="front-")) / (persona + ".pem")
    path.write_text((PKI / (persona + ".crt")).read_text() + (PKI / "intermediate.crt").read_text())
    return path


def binding(host="", persona="server", client_certs="ignore", other=None):
    value = "%s,%s,%s,%s" % (host, chain_of(persona), PKI / (persona + ".key"), client_certs)
    if other:
        value += ",%s,%s" % (chain_of(other), PKI / (other + ".key"))
    return value


class Front:
    """The front on a free port; ends with the block."""

    def __init__(self, *bindings, plain=False, workers=2, www=None, held=0, env=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="front-"))
        self.errors = open(self.folder / "stderr", "w+")
        argv = os.environ.get("CERTBINDER_UNDER", "").split() + [str(BUILD / "tests" / "probe" / "front"), "--listen", "127.0.0.1:0", "--workers", str(workers),
                "--log", str(self.folder / "log"), "--held", str(held)]
        for one in bindings or [binding()]:
            argv += ["--bind", one]
        if plain:
            argv += ["--http", "127.0.0.1:0"]
        if www:
            argv += ["--www", str(www)]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=self.errors, text=True,
                                        env=dict(os.environ, **(env or {})))
        ready = json.loads(self.process.stdout.readline() or '{"event":"died"}')
        assert ready["event"] == "ready", (self.folder / "stderr").read_text()
        self.port = int(ready["https"][0].rsplit(":", 1)[1])
        self.plain_port = ready["http_port"]

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(90)
        text = (self.folder / "stderr").read_text()
        if why[0] is None:
            assert status == 0 and not text, "status %d: %s" % (status, text[-3000:])
        elif text:
            print("# " + text[-3000:].replace("\n", "\n# "))

    def swap(self):
        self.process.send_signal(signal.SIGUSR1)
        return json.loads(self.process.stdout.readline())

    def log(self, wanted, seconds=90):
        """The log's lines, once one matches."""
        until = time.monotonic() + seconds
        while True:
            lines = [line for path in (self.folder / "log").glob("u_ex*.log")
                     for line in path.read_text().splitlines()]
            if any(re.search(wanted, line) for line in lines) or time.monotonic() > until:
                return lines
            select.select([], [], [], 0.02)


def context(version=None, cert=None, trust="root"):
    c = ssl.create_default_context(cafile=str(PKI / (trust + ".crt")))
    if version:
        c.minimum_version = c.maximum_version = version
    if cert:
        c.load_cert_chain(str(chain_of(cert)), str(PKI / (cert + ".key")))
    return c


def connect(port, name="localhost", timeout=60, ctx=None, session=None, source=None):
    raw = socket.create_connection(("127.0.0.1", port), timeout, source_address=source)
    return (ctx or context()).wrap_socket(raw, server_hostname=name, session=session)


def get(path="/livez", host="localhost", method="GET", headers="", body=b""):
    return ("%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (method, path, host, headers)).encode() + body


class Reply:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:] if line)}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


def read_reply(conn, held=b"", no_body=False):
    """One reply and what came behind it; None when the stream ended before."""
    while b"\r\n\r\n" not in held:
        more = conn.recv(65536)
        if not more:
            return None, held
        held += more
    head, rest = held.split(b"\r\n\r\n", 1)
    reply = Reply(head, b"")
    if 100 <= reply.status < 200:
        return read_reply(conn, rest)
    length = 0 if no_body else int(reply.headers.get("content-length", 0))
    while len(rest) < length:
        more = conn.recv(65536)
        assert more, "reply cut short"
        rest += more
    reply.body = rest[:length]
    return reply, rest[length:]


class Received:
    """What has come, to be read as a reply."""

    def __init__(self, data):
        self.data = data

    def recv(self, _):
        data, self.data = self.data, b""
        return data


def exchange(conn, data):
    """Sends while it reads, until the other side ends it; gives the first reply. On one thread: OpenSSL's connections are
    not for two."""
    sent, came = 0, b""
    conn.setblocking(False)
    while True:
        try:
            if sent < len(data):
                sent += conn.send(data[sent:sent + 65536])
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            sent = len(data)  # nothing more is taken; what was answered can still be read
        try:
            more = conn.recv(65536)
            came += more
            if not more:
                break
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            if not any(select.select([conn], [conn] if sent < len(data) else [], [], 60)):
                break
        except OSError:
            break
    return read_reply(Received(came))[0]


def ask(conn, request):
    conn.sendall(request)
    return read_reply(conn)[0]
