# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""An agent played with python and openssl alone: nothing of certbinder's own code is in it."""
import base64
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import ssl
import tempfile
import threading
import time

from jose import b64url, openssl, raw_signature, unb64url, verify

BASE = "/officescan/agent/v1"
COMMON = "/officescan/hotfix_pccnt/Common/"


class Agent:
    def __init__(self, console, name="agent", agent_id=None, source="127.0.0.1"):
        self.console, self.name, self.source = console, name, source
        self.id = agent_id or os.urandom(16).hex()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="agent-"))
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=ofcsslagent",
                "-keyout", self.home / "key.pem", "-out", self.home / "cert.pem", "-days", "30")
        self.cert = openssl("x509", "-in", self.home / "cert.pem", "-outform", "DER")
        self.secret, self.port, self.commands, self.answers, self.seen = None, 21112, [], [], set()
        self.number, self.ntcer, self.ipcer, self.server = 0, b"", [], None
        self.down = 0  # so many connections are dropped

    def sign(self, payload, typ="cb-reg+jwt", key=None, **header):
        head = dict({"alg": "ES256", "typ": typ, "kid": hashlib.sha256(self.cert).hexdigest()}, **header)
        text = b64url(json.dumps(head).encode()) + "." + b64url(json.dumps(payload).encode())
        der = openssl("dgst", "-sha256", "-sign", key or self.home / "key.pem", data=text.encode())
        return text + "." + b64url(raw_signature(der))

    def request(self, method, path, body=None, authorization=None, host=None):
        context = ssl._create_unverified_context()
        link = http.client.HTTPSConnection("127.0.0.1", self.console.port, timeout=90, context=context, source_address=(self.source, 0))
        headers = {"Host": host or "127.0.0.1:%d" % self.console.port}
        if authorization or self.secret:
            headers["Authorization"] = authorization or "Agent %s.%s" % (self.id, self.secret)
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body)
        link.request(method, path if path.startswith("/off") else BASE + path, data, headers)
        answer = link.getresponse()
        raw = answer.read()
        link.close()
        kind = answer.getheader("Content-Type") or ""
        return answer.status, json.loads(raw) if raw and "json" in kind else raw

    def claims(self, **more):
        return dict({"iss": self.id, "aud": "register", "server": "127.0.0.1", "iat": int(time.time()), "jti": os.urandom(8).hex(),
                     "certificate": base64.b64encode(self.cert).decode()}, **dict(self.report(), **more))

    def report(self, **more):
        return dict({"name": self.name, "port": self.port, "versions": {"agent": "0.1.0"}, "publication": self.number,
                     "ntcer_sha256": hashlib.sha256(self.ntcer).hexdigest() if self.ntcer else "",
                     "ipcer_sha256": [hashlib.sha256(d).hexdigest() for d in self.ipcer]}, **more)

    def register(self, **more):
        status, answer = self.request("POST", "/register", {"token": self.sign(self.claims(**more))})
        if status == 201:
            self.secret = answer["secret"]
        return status, answer

    def beat(self, **more):
        return self.request("POST", "/heartbeat", self.report(**more))

    def walk(self):
        """Publications from the number held to the last, each verified with the key held by then."""
        steps = 0
        while True:
            status, raw = self.request("GET", COMMON + "publications/%d" % (self.number + 1), authorization="none")
            if status == 404:
                return steps
            assert status == 200, (status, raw)
            token = raw.decode()
            ntcer = base64.b64decode(json.loads(unb64url(token.split(".")[1]))["ntcer"])
            claims = verify(token, self.ntcer or ntcer, "cb-pub+jwt")
            assert claims["number"] == self.number + 1
            self.number, self.ntcer, self.ipcer = claims["number"], ntcer, [base64.b64decode(d) for d in claims["ipcer"]]
            steps += 1

    def listen(self, answer=None, cert=None, key=None, port=0):
        """Opens the listener: verifies each command with openssl, refuses a jti seen before and an old sequence."""
        agent = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                if agent.down > 0:
                    agent.down -= 1
                    self.close_connection = True
                    return
                status, kind, body = agent.take(raw.decode(), self.headers["Content-Type"], self.path)
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.answer = answer
        self.server = http.server.ThreadingHTTPServer((self.source, port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert or self.home / "cert.pem", key or self.home / "key.pem")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.server.handle_error = lambda *args: None
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, token, kind, path):
        assert kind == "application/jose" and path == BASE + "/command", (kind, path)

        def refuse(code):
            return 403, "application/problem+json", {"code": code, "title": code, "status": 403}
        try:
            claims = verify(token, self.ntcer, "cb-cmd+jwt")
        except (AssertionError, ValueError):
            return refuse("command.signature")
        if claims["aud"] != self.id:
            return refuse("command.audience")
        if claims["jti"] in self.seen:
            return refuse("command.replayed")
        if self.commands and claims["seq"] <= self.commands[-1]["seq"]:
            return refuse("command.sequence")
        self.seen.add(claims["jti"])
        self.commands.append(claims)
        if self.answer:
            return self.answer(claims)
        return 200, "application/json", {"jti": claims["jti"], "cmd": claims["cmd"], "result": self.report()}

    def close(self):
        self.down = 1 << 30  # connections that are kept end with their next request
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


def joined(console, name="agent", **more):
    """An agent that has followed the publications and is registered."""
    agent = Agent(console, name, **more)
    agent.walk()
    status, answer = agent.register()
    assert status == 201, (status, answer)
    return agent
