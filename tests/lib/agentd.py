# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""An agent (certbinder-agentd), IpXfer, and a server of its own kind in Python, whose signatures openssl makes: what
the agent takes or refuses is settled here by another program than the one that it was written with."""
import base64
import hashlib
import http.server
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import uuid

from binding import wait_until
from console import BUILD
from jose import b64url, openssl, raw_signature, unb64url

API = "/officescan/agent/v1"
COMMON = "/officescan/hotfix_pccnt/Common/"
PASSWORD = "unload me"


class Pair:
    """A key and its self-made certificate."""

    def __init__(self, name, kind="ec", days=30):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="pair-"))
        self.key, self.pem = self.home / "key.pem", self.home / "cert.pem"
        new = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else ["rsa:2048"]
        openssl("req", "-x509", "-newkey", *new, "-nodes", "-subj", "/CN=" + name, "-keyout", self.key, "-out", self.pem,
                "-days", str(days))
        self.der = openssl("x509", "-in", self.pem, "-outform", "DER")
        self.sha256 = hashlib.sha256(self.der).hexdigest()
        self.alg = "ES256" if kind == "ec" else "RS256"
        self.dat = self.home / "OfcNTCer.dat"
        self.dat.write_bytes(self.der)

    def sign(self, typ, payload, **header):
        head = dict({"alg": self.alg, "kid": self.sha256, "typ": typ}, **header)
        text = b64url(json.dumps(head).encode()) + "." + b64url(json.dumps(payload).encode())
        raw = openssl("dgst", "-sha256", "-sign", self.key, data=text.encode())
        return text + "." + b64url(raw_signature(raw) if self.alg == "ES256" else raw)


class Server:
    """Serves agents on a free port until the block ends. Everything that arrives is kept in .seen."""

    def __init__(self, name="fake", host=None, key=None, heartbeat=1, plain=False):
        self.name, self.heartbeat = name, heartbeat
        self.host = host or Pair("server " + name)
        self.keys = [key or Pair("key " + name)]
        self.publications, self.held = {}, {}
        self.agents, self.seen, self.bytes = {}, [], 0
        self.configuration = {"revision": 1, "heartbeat_seconds": heartbeat, "skew_seconds": 86400}
        self.seq, self.down, self.changed = (int(time.time()) << 32), False, threading.Condition()
        self.gates = {}  # path: an event that the answer waits for
        self.retry_after = 1  # seconds that a 503 names
        # roots: what the catalogue says (None: a server without), what the distribution point hands out, what agents hold
        self.catalogue, self.handed_out, self.inventories = None, {}, {}
        self.updates, self.files = {"revision": 0, "items": []}, {}
        self.breaks = {}  # path: after so many bytes of it the connection ends, and the file is gone until it is put there again
        self.mute = set()  # paths of which nothing comes over HTTPS
        self.connections = 0  # that are open
        self.publish("first")
        self.httpd = self.serve(plain)
        self.port = self.httpd.server_address[1]

    def serve(self, plain):
        server, outer = Door(("127.0.0.1", 0), Handler), self
        server.outer, server.daemon_threads, server.plain = outer, True, plain
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def context(self):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(str(self.host.pem), str(self.host.key))
        return c

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.httpd.shutdown()
        self.httpd.server_close()

    @property
    def latest(self):
        return max(self.publications)

    def publish(self, reason, ntcer=None, ipcer=None, signer=None, number=None, **change):
        """The next publication; what is not named is right."""
        number = number or (self.latest + 1 if self.publications else 1)
        prev = self.publications.get(number - 1, "")
        payload = dict({"number": number, "prev_sha256": hashlib.sha256(prev.encode()).hexdigest() if prev else "",
                        "ntcer": base64.b64encode((ntcer or self.keys[-1]).der).decode(),
                        "ipcer": [base64.b64encode(p.der).decode() for p in ipcer or [self.host]],
                        "reason": reason, "created": "2026-11-22T00:00:00Z"}, **change)
        self.publications[number] = (signer or self.keys[-1]).sign("cb-pub+jwt", payload)
        return number

    def rotate(self, reason="renewed", kind="ec"):
        old = self.keys[-1]
        self.keys.append(Pair("key %d of %s" % (len(self.keys), self.name), kind))
        self.publish(reason, signer=old)
        return self.publish("renewed" if reason == "leaked" else reason)

    def note(self, what):
        with self.changed:
            self.seen.append(what)
            self.changed.notify_all()

    def count(self, n):
        with self.changed:
            self.connections += n
            self.changed.notify_all()

    def quiet(self, seconds=90):
        """Once who was stopped has left: what he said last is seen now, and not later."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.connections == 0, seconds), "somebody stays"

    def wait(self, what, seconds=90, since=0):
        """The first thing seen that fits."""
        until = time.monotonic() + seconds
        with self.changed:
            while True:
                for x in self.seen[since:]:
                    if what(x):
                        return x
                left = until - time.monotonic()
                assert left > 0, "did not arrive; seen: %s" % [(x["path"], x.get("status")) for x in self.seen[-20:]]
                self.changed.wait(left)

    def beats(self, number=None, seconds=90, since=0):
        """A heartbeat (that says it holds this number)."""
        return self.wait(lambda x: x["path"] == API + "/heartbeat" and x["status"] == 200 and
                         (number is None or x["body"]["publication"] == number), seconds, since)["body"]

    def offer(self, *items, revision=None, hand_out=True):
        """A catalogue of (store, certificate), whose certificates the distribution point has before anybody is told of them."""
        if hand_out:
            self.handed_out.update({c.sha256: c.der for _, c in items})
        self.catalogue = {"revision": revision or (self.catalogue["revision"] + 1 if self.catalogue else 1),
                          "items": [{"sha256": c.sha256, "store": store, "name": getattr(c, "subject", "root")} for store, c in items]}

    def catalogue_token(self, agent_id, key=None, typ="cb-roots+jwt", **change):
        now = int(time.time())
        return (key or self.keys[-1]).sign(typ, dict({"iss": self.name, "aud": agent_id, "iat": now, "exp": now + 300},
                                                     **dict(self.catalogue, **change)))

    # what agents ask

    def register(self, body):
        token = body["token"].split(".")
        claims = json.loads(unb64url(token[1]))
        cert = base64.b64decode(claims["certificate"])
        assert json.loads(unb64url(token[0]))["kid"] == hashlib.sha256(cert).hexdigest()
        known = self.agents.get(claims["iss"])
        if known and known["cert"] != cert:
            return 409, {"code": "agent.clone", "detail": "another key"}
        secret = b64url(os.urandom(32))
        self.agents[claims["iss"]] = {"cert": cert, "secret": secret, "port": claims["port"], "claims": claims}
        return 201, {"id": claims["iss"], "secret": secret, "heartbeat_seconds": self.heartbeat, "publication": self.latest}

    def answer(self, path, body, auth):
        if path == API + "/register":
            return self.register(body)
        agent_id, _, secret = auth.removeprefix("Agent ").partition(".")
        if agent_id not in self.agents or self.agents[agent_id]["secret"] != secret:
            return 401, {"code": "agent.unknown", "detail": "who are you?"}
        if path == API + "/heartbeat":
            held = body["states"].get("roots", {}).get("digest")
            return 200, {"publication": self.latest, "heartbeat_seconds": self.heartbeat,
                         "configuration": self.configuration["revision"], "inventory": held not in self.inventories,
                         "catalogue": self.catalogue["revision"] if self.catalogue else 0, "updates": self.updates["revision"]}
        if path.startswith(API + "/roots?ntcer_sha256="):
            return (200, self.catalogue_token(agent_id).encode()) if self.catalogue else (404, {"code": "http.not_found"})
        if path == API + "/inventory":
            lines = sorted("%s:%s\n" % (i["store"], i["sha256"]) for i in body["items"])
            assert hashlib.sha256("".join(lines).encode()).hexdigest() == body["digest"], body
            self.inventories[body["digest"]] = body["items"]
        if path == API + "/updates":
            return 200, self.updates
        if path == API + "/configuration":
            return 200, self.configuration
        if path == API + "/unregister":
            del self.agents[agent_id]
        return 204, None

    def offer_packages(self, *packages, **change):
        """Offers these and serves their files."""
        for p in packages:
            self.files[COMMON + "updates/%s.zip" % p.sha256] = p.zip
            self.files[COMMON + "updates/%s.p7s" % p.sha256] = p.p7s
        self.updates = dict({"revision": self.updates["revision"] + 1, "items": [p.offer for p in packages]}, **change)

    # what the server says to agents

    def command(self, agent, cmd="status", key=None, typ="cb-cmd+jwt", header=None, drop=(), **change):
        self.seq += 1
        now = int(time.time())
        payload = dict({"iss": self.name, "aud": agent.id, "iat": now, "exp": now + 300, "jti": uuid.uuid4().hex,
                        "seq": self.seq, "cmd": cmd, "args": {}}, **change)
        for name in drop:
            del payload[name]
        return (key or self.keys[-1]).sign(typ, payload, **(header or {}))


class Door(http.server.ThreadingHTTPServer):
    def process_request(self, request, address):
        self.outer.count(1)
        super().process_request(request, address)

    def shutdown_request(self, request):
        super().shutdown_request(request)
        self.outer.count(-1)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def setup(self):
        outer = self.server.outer
        if outer.down:
            self.request.close()
            raise ConnectionAbortedError
        if not self.server.plain:
            self.request = outer.context().wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError, OSError):
            pass

    def parse_request(self):
        self.server.outer.bytes += len(self.raw_requestline)
        return super().parse_request()

    def reply(self, status, body, content_type="application/json"):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        if status >= 400:
            content_type = "application/problem+json"
        self.send_response(status)
        if raw:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(raw)))
        if status == 503:
            self.send_header("Retry-After", str(self.server.outer.retry_after))
        self.end_headers()
        self.wfile.write(raw)

    def serve_file(self, data):
        """With ranges, and perhaps not to its end."""
        outer, start = self.server.outer, 0
        if self.headers.get("Range"):
            start = int(self.headers["Range"].removeprefix("bytes=").split("-")[0])
        outer.note({"path": self.path, "status": 206 if start else 200, "auth": self.headers.get("Authorization", ""), "start": start})
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(data) - 1, len(data)))
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if self.path in outer.breaks:
            data = data[:outer.breaks.pop(self.path)]
            del outer.files[self.path]
            self.close_connection = True
        if self.path in outer.mute and not self.server.plain:
            data, self.close_connection = b"", True
        self.wfile.write(data[start:])

    def handle_any(self):
        outer, auth = self.server.outer, self.headers.get("Authorization", "")
        if self.path in outer.files:
            if self.path in outer.gates:
                outer.note({"path": self.path, "status": 0, "auth": auth})
                outer.gates[self.path].wait(90)
            self.serve_file(outer.files[self.path])
            return
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith(COMMON + "publications/"):
            name = self.path.rsplit("/", 1)[1]
            token = outer.publications.get(outer.latest if name == "latest" else int(name))
            outer.note({"path": self.path, "status": 200 if token else 404, "auth": auth})
            self.reply(200 if token else 404, token.encode() if token else {"code": "publication.not_found"}, "application/jose")
            return
        if self.path.startswith(COMMON + "roots/"):
            got = outer.handed_out.get(self.path.rsplit("/", 1)[1])
            outer.note({"path": self.path, "status": 200 if got else 404, "auth": auth, "plain": self.server.plain})
            self.reply(200 if got else 404, got or {"code": "root.not_offered"}, "application/pkix-cert")
            return
        body = json.loads(raw) if raw else None
        if self.path in outer.gates:
            outer.note({"path": self.path, "status": 0, "body": body, "auth": auth})
            outer.gates[self.path].wait(90)
        status, answer = outer.answer(self.path, body, auth)
        at = time.monotonic()  # whatever follows from the answer is later
        self.reply(status, answer)
        outer.note({"path": self.path, "status": status, "body": body, "auth": auth, "answer": answer, "at": at})

    do_GET = do_POST = handle_any

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer.handle_error = lambda *args: None  # hostile ends are what is tested here


class Reply:
    def __init__(self, status, body):
        self.status, self.body = status, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "%d %s" % (self.status, self.body[:500])


def speak(port, raw, expect=None):
    """Raw bytes over TLS to an agent's listener; gives the reply."""
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 60) as plain:
        with c.wrap_socket(plain) as tls:
            shown = tls.getpeercert(True)
            assert expect is None or shown == expect
            tls.sendall(raw)
            got = b""
            while True:
                more = tls.recv(65536)
                got += more
                head, sep, body = got.partition(b"\r\n\r\n")
                if not more or (sep and len(body) >= length_of(head)):
                    break
    return Reply(int(head.split()[1]), body)


def length_of(head):
    for line in head.decode("latin-1").split("\r\n"):
        if line.lower().startswith("content-length:"):
            return int(line.split(":")[1])
    return 0


class Agent:
    """certbinder-agentd on a state directory of its own; ends with the block."""

    def __init__(self, port, key_file, *args, host="127.0.0.1", folder=None, start=True, password=True, env=None, home=None):
        self.home, self.program = pathlib.Path(home or tempfile.mkdtemp(prefix="agent-")), BUILD / "certbinder-agentd"
        self.folder = folder or self.home / "state"
        self.args = ["--server", host, "--https-port", str(port), "--ntcer", str(key_file), *map(str, args)]
        if password:
            (self.home / "password").write_text(PASSWORD + "\n")
            self.args += ["--unload-password-file", str(self.home / "password")]
        self.process, self.env, self.user = None, dict(os.environ, **(env or {})), None
        if start:
            self.start()

    def start(self, *args, plain=False):
        with open(self.home / "stderr", "ab") as errors:
            listen = [] if "--listen" in self.args or "--listen" in args else ["--listen", "127.0.0.1:0"]
            argv = [str(self.program), "--state-dir", str(self.folder)]
            self.process = subprocess.Popen(argv + ([] if plain else self.args + listen) + list(map(str, args)),
                                            stdout=subprocess.PIPE, stderr=errors, text=True, env=self.env,
                                            user=self.user, group=self.user, extra_groups=[] if self.user else None)
        line = self.process.stdout.readline()
        assert line, "the agent died: " + self.log()
        self.ready = json.loads(line)
        assert self.ready["event"] == "ready", self.ready
        self.id, self.port = self.ready["id"], int(self.ready["listen"].rsplit(":", 1)[1])
        return self

    def log(self):
        return (self.home / "stderr").read_text()

    def stop(self, sig=signal.SIGTERM):
        if not self.process:
            return 0
        self.process.send_signal(sig)
        status = self.process.wait(90)
        self.process.stdout.close()
        self.process = None
        return status

    def kill(self):
        self.stop(signal.SIGKILL)

    def __enter__(self):
        return self

    def __exit__(self, kind, *why):
        status = self.stop()
        assert kind or status == 0, "the agent ended with %s: %s" % (status, self.log()[-3000:])
        if kind:
            print("# " + self.log()[-3000:].replace("\n", "\n# "), flush=True)

    @property
    def state(self):
        return json.loads((self.folder / "agent.json").read_text())

    @property
    def holds(self):
        """The number of the publication in its state."""
        token = self.state["publication"]
        return json.loads(unb64url(token.split(".")[1]))["number"] if token else 0

    def local(self, request):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(120)
            s.connect("/proc/self/fd/%d/agent.sock" % self.descriptor())
            s.sendall(json.dumps(request).encode() + b"\n")
            got = b""
            while not got.endswith(b"\n"):
                more = s.recv(65536)
                if not more:
                    break
                got += more
        return json.loads(got)

    def descriptor(self):
        if not hasattr(self, "_dir"):
            self._dir = os.open(self.folder, os.O_RDONLY)
        return self._dir

    def status(self):
        return self.local({"op": "status"})["status"]

    def post(self, token, path=API + "/command", method="POST"):
        body = token.encode() if isinstance(token, str) else token
        head = "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/jose\r\nContent-Length: %d\r\n\r\n" % (
            method, path, self.port, len(body))
        return speak(self.port, head.encode() + body)

    def takes(self, token):
        reply = self.post(token)
        assert reply.status == 200, (reply, self.log()[-1500:])
        return reply.json

    def refuses(self, token, code):
        reply = self.post(token)
        assert reply.status == 403 and reply.json["code"] == code, (code, reply)

    def wait_holds(self, number, seconds=90):
        wait_until(lambda: self.holds == number, seconds)


def ipxfer(folder, *args, env=None):
    argv = [str(BUILD / "IpXfer"), "--state-dir", str(folder), *map(str, args)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=200, env=dict(os.environ, **(env or {})), check=False)


def move(agent, server, *more, key=None, password=PASSWORD, port=None, env=None):
    return ipxfer(agent.folder, "-s", "127.0.0.1", "-sp", port or server.port, "-e", key or server.keys[-1].dat, "-pwd",
                  password, *more, env=env)
