# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""A small authority of openssl's making, for tests of revocation: certificates that name a distribution point, lists
with the times that a test wants, delta lists, and a server that hands them out."""
import http.server
import pathlib
import subprocess
import tempfile
import threading
import time


def openssl(*args, **more):
    return subprocess.run(["openssl", *[str(a) for a in args]], capture_output=True, text=True, check=True, **more).stdout


class Points(http.server.ThreadingHTTPServer):
    """A distribution point on a free port of the loopback: answers by path from self.files, keeps what was asked."""

    def __init__(self):
        self.files, self.asked = {}, []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def base(self):
        return "http://127.0.0.1:%d" % self.server_address[1]

    def count(self, path):
        return sum(p == path for p in self.asked)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        what = self.server.files.get(self.path)
        if callable(what):
            what(self)
            return
        self.send_response(200 if what else 404)
        self.send_header("Content-Type", "application/pkix-crl")
        self.send_header("Content-Length", str(len(what or b"")))
        self.end_headers()
        self.wfile.write(what or b"")

    def log_message(self, *_):
        pass


class Authority:
    """A root that issues clients. point: where its list is said to be; delta_point: of its delta list."""

    def __init__(self, name="Revoking Root", point=None, delta_point=None):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="authority-"))
        self.point, self.delta_point, self.serial, self.number = point, delta_point, 100, 1
        self.crt, self.key = self.home / "root.crt", self.home / "root.key"
        (self.home / "index").write_text("")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-subj", "/CN=" + name, "-keyout", self.key, "-out", self.crt, "-addext",
                "keyUsage=critical,keyCertSign,cRLSign")

    def client(self, name):
        """A client certificate; gives the path of certificate and key in one file."""
        self.serial += 1
        key, csr, out = (self.home / (name + end) for end in (".key", ".csr", ".crt"))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                "-keyout", key, "-out", csr)
        lines = ["basicConstraints=CA:FALSE", "keyUsage=digitalSignature", "extendedKeyUsage=clientAuth"]
        if self.point:
            lines.append("crlDistributionPoints=URI:" + self.point)
        (self.home / "ext").write_text("\n".join(lines) + "\n")
        openssl("x509", "-req", "-in", csr, "-CA", self.crt, "-CAkey", self.key, "-set_serial", self.serial, "-days",
                "20", "-extfile", self.home / "ext", "-out", out)
        both = self.home / (name + ".pem")
        both.write_text(out.read_text() + key.read_text())
        return both

    def revoke(self, name):
        serial = openssl("x509", "-in", self.home / (name + ".crt"), "-noout", "-serial").strip().split("=")[1]
        with open(self.home / "index", "a", encoding="ascii") as index:
            index.write("R\t%s\t%s\t%s\tunknown\t/CN=%s\n" % (
                stamp(86400 * 20), stamp(-60), serial, name))

    def crl(self, since_s=None, until_s=86400, delta_of=None):
        """The present list, DER; times are seconds from now. delta_of: the number of the list it completes."""
        self.number += 1
        since_s = 30 * self.number - 3600 if since_s is None else since_s  # each later than the one before
        (self.home / "number").write_text("%04X\n" % self.number)
        lines = ["[ca]", "default_ca=x", "[x]", "database=%s/index" % self.home, "crlnumber=%s/number" % self.home,
                 "default_md=sha256", "crl_extensions=e", "[e]", "authorityKeyIdentifier=keyid:always"]
        if delta_of is not None:
            lines.append("2.5.29.27=critical,DER:0201%02X" % delta_of)
        elif self.delta_point:
            url = self.delta_point.encode()
            names = b"\x86" + bytes([len(url)]) + url
            for tag in (0xA0, 0xA0, 0x30, 0x30):
                names = bytes([tag, len(names)]) + names
            lines.append("2.5.29.46=DER:" + names.hex(":"))
        (self.home / "conf").write_text("\n".join(lines) + "\n")
        pem = openssl("ca", "-gencrl", "-config", self.home / "conf", "-cert", self.crt, "-keyfile", self.key,
                      "-crl_lastupdate", stamp(since_s), "-crl_nextupdate", stamp(until_s))
        return subprocess.run(["openssl", "crl", "-outform", "DER"], input=pem.encode(), capture_output=True,
                              check=True).stdout

    def crl_file(self, **more):
        path = self.home / "list.crl"
        path.write_bytes(self.crl(**more))
        return path


def stamp(offset_s):
    return time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + offset_s))
