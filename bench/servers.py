# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The servers that are compared: certbinderd on a state directory of its own, nginx, lighttpd with mod_mbedtls.

All serve the same two files, cut out of the console's own assets, with the same certificate and the same header fields,
over P-256 alone where they can be told so, by two workers, and log every request.
"""
import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "lib"))

WORKERS = 2
PAGE, ASSET = "page.html", "asset.js"
SIZES = {PAGE: 5 * 1024, ASSET: 100 * 1024}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
          "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
FIELDS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache",
          "Content-Security-Policy": POLICY}

NGINX = """
worker_processes %(workers)d; daemon off; pid %(dir)s/nginx.pid; error_log %(dir)s/error.log;
events { worker_connections 16384; }
http { access_log %(dir)s/access.log combined buffer=64k flush=1s; sendfile on; keepalive_requests 1000000000;
  keepalive_timeout 75; default_type text/plain; client_body_temp_path %(dir)s/body;
  types { text/html html; text/javascript js; }
  server { listen 127.0.0.1:%(port)d ssl reuseport backlog=1024; ssl_certificate %(chain)s; ssl_certificate_key %(key)s;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM; ssl_ecdh_curve prime256v1; ssl_session_tickets on;
    ssl_session_cache off; root %(www)s; %(fields)s } }
"""
LIGHTTPD = """
server.modules = ("mod_mbedtls", "mod_accesslog", "mod_setenv")
server.document-root = "%(www)s"
server.port = %(port)d
server.bind = "127.0.0.1"
server.max-worker = %(workers)d
server.max-keep-alive-requests = 1000000000
server.max-fds = 16384
accesslog.filename = "%(dir)s/access.log"
server.errorlog = "%(dir)s/error.log"
ssl.engine = "enable"
ssl.pemfile = "%(chain)s"
ssl.privkey = "%(key)s"
mimetype.assign = (".html" => "text/html", ".js" => "text/javascript", "" => "text/plain")
ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "TLSv1.2", "CipherString" => "ECDHE+AESGCM", "Curves" => "secp256r1")
setenv.add-response-header = (%(fields)s)
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def raise_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def two_processors():
    """Where there are more, so that two workers are compared with two workers."""
    raise_limit()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:WORKERS])


def temporary(prefix):
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)  # nginx drops root
    return folder


def make_www(build):
    """The two files: the console's own scripts and styles, one behind the other, cut to length."""
    www, text = temporary("bench-www-"), b""
    for path in sorted((build / "console").rglob("*")):
        if path.suffix in (".js", ".css", ".html"):
            text += path.read_bytes()
    text += b"/* filled up */\n" * (max(SIZES.values()) // 16 + 1)
    for name, size in SIZES.items():
        (www / name).write_bytes(text[:size])
    (www / "index.html").write_bytes(text[:1024])
    return www


class Server:
    """A process, its port, what it costs."""

    name, port, process = "", 0, None

    def pids(self):
        found, more = [], [self.process.pid]
        while more:
            pid = more.pop()
            found.append(pid)
            for task in pathlib.Path("/proc/%d/task" % pid).iterdir():
                more += [int(child) for child in (task / "children").read_text().split()]
        return found

    def resident_kib(self):
        return sum(int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path("/proc/%d/status" % p).read_text())[1])
                   for p in self.pids())

    def cpu_s(self):
        fields = [pathlib.Path("/proc/%d/stat" % p).read_text().rsplit(")", 1)[1].split() for p in self.pids()]
        return sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK")

    def connect(self, context, name="localhost"):
        raw = socket.create_connection(("127.0.0.1", self.port), 30)
        return context.wrap_socket(raw, server_hostname=name)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def of_its_own():
    """A process group, since lighttpd ends its whole one; not a session, whose share of time would be its own too."""
    two_processors()
    os.setpgid(0, 0)


class Other(Server):
    def __init__(self, name, argv, port, folder):
        self.name, self.port = name, port
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=open(folder / "stderr", "w"),
                                        preexec_fn=of_its_own)
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise SystemExit("%s does not start: %s" % (name, (folder / "stderr").read_text()[-500:]))
                time.sleep(0.02)


class Certbinder(Server):
    """The daemon with a certificate of the development PKI bound by the command line."""

    name = "certbinder"

    def __init__(self, build, www=None, bound="server"):
        os.environ["CERTBINDER_BUILD"] = str(build)
        from binding import prepare  # reads the environment
        from console import Console, sha256
        self.build, self.sha256 = build, sha256
        self.folder = temporary("bench-console-")
        config = self.folder / "config.ini"
        config.write_text("[paths]\nwww_dir = %s\n" % (www or make_www(build)))
        two_processors()
        self.console = Console("--config", str(config))
        self.process, self.port = self.console.process, self.console.port
        prepare(self.console)
        self.bind(bound)

    def bind(self, persona):
        from console import thumbprint
        return json.loads(self.console.done("bind", "set", "--endpoint", "default", "--cert", thumbprint(persona), "--json"))

    def control(self):
        """A connection to control.sock: one line of JSON each way."""
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(self.console.folder / "control.sock"))
        return s.makefile("rw")

    def stop(self):
        self.console.stop()


def context(build, verify=True, version=None):
    if verify:
        c = ssl.create_default_context(cafile=str(build / "pki" / "root.crt"))
    else:
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    if version:
        c.minimum_version = c.maximum_version = version
    return c


def chain_file(build, folder):
    path = folder / "server.pem"
    path.write_text((build / "pki/server.crt").read_text() + (build / "pki/intermediate.crt").read_text())
    return path


def start_others(build, www):
    servers = []
    for name, form, argv, there in (
            ("nginx", NGINX, ["nginx", "-c"], True),
            ("lighttpd-mbedtls", LIGHTTPD, ["lighttpd", "-D", "-f"], os.path.exists("/usr/lib/lighttpd/mod_mbedtls.so"))):
        if not there:
            continue
        folder, port = temporary("bench-%s-" % name), free_port()
        how = 'add_header %s "%s";' if form is NGINX else '"%s" => "%s",'
        config = folder / "config"
        config.write_text(form % {
            "dir": folder, "www": www, "port": port, "workers": WORKERS, "chain": chain_file(build, folder),
            "key": build / "pki/server.key", "fields": " ".join(how % f for f in FIELDS.items())})
        servers.append(Other(name, argv + [str(config)], port, folder))
    return servers


@contextlib.contextmanager
def alone(usage):
    """The daemon of the build folder on the command line, for a script that measures one thing."""
    from clients import hold_to_p256
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise SystemExit(usage)
    hold_to_p256()
    raise_limit()
    server = Certbinder(pathlib.Path(sys.argv[1]).resolve())
    try:
        yield server
    finally:
        server.stop()
        print("load average %.1f" % os.getloadavg()[0])
