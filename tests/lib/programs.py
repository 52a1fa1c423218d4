# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Copies of our programs in a folder of their own, signed or not by a chain that openssl makes."""
import os
import pathlib
import shutil
import subprocess
import tempfile

from console import BUILD


class Signers:
    """root, inter below it; below that signer (code signing), server (another usage) and bare (no usage at all)."""

    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="signers-"))
        ca = ["basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign"]
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "3000",
                     "-subj", "/CN=Code Root", *[x for e in ca for x in ("-addext", e)])
        self.make("inter", "Code Issuer", "root", ca)
        self.make("signer", "Code Signer", "inter", ["extendedKeyUsage=codeSigning"])
        self.make("server", "Web Server", "inter", ["extendedKeyUsage=serverAuth"])
        self.make("bare", "Bare", "inter", ["keyUsage=digitalSignature"])

    def openssl(self, *args):
        done = subprocess.run(["openssl", *map(str, args)], capture_output=True, cwd=self.home, check=False)
        assert done.returncode == 0, done.stderr.decode()

    def make(self, name, shown, issuer, extensions):
        self.request(name, shown, extensions)
        self.openssl("x509", "-req", "-in", name + ".csr", "-CA", issuer + ".pem", "-CAkey", issuer + ".key", "-days", 300,
                     "-extfile", "ext.cnf", "-out", name + ".pem", "-CAcreateserial")

    def make_expired(self, name, shown, issuer, extensions):
        """By the command of openssl that takes dates, in all its versions."""
        self.request(name, shown, extensions)
        (self.home / "index").write_text("")
        (self.home / "ca.cnf").write_text("[ca]\ndefault_ca = c\n[c]\ndatabase = index\nrand_serial = yes\nnew_certs_dir = .\n"
                                          "default_md = sha256\npolicy = p\n[p]\ncommonName = supplied\n")
        self.openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-in", name + ".csr", "-cert", issuer + ".pem", "-keyfile",
                     issuer + ".key", "-startdate", "20230101000000Z", "-enddate", "20240101000000Z", "-extfile", "ext.cnf",
                     "-out", name + ".pem")

    def request(self, name, shown, extensions):
        (self.home / "ext.cnf").write_text("\n".join(extensions) + "\n")
        self.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj",
                     "/CN=" + shown)

    def pem(self, name):
        return self.home / (name + ".pem")

    def sign(self, program, signer="signer", chain=True):
        self.openssl("cms", "-sign", "-binary", "-md", "sha256", "-outform", "DER", "-in", program, "-signer", signer + ".pem",
                     "-inkey", signer + ".key", *(["-certfile", "inter.pem"] if chain else []), "-out", str(program) + ".p7s")


class Programs:
    """A folder with copies of the programs named; signed unless said otherwise."""

    def __init__(self, signers, *names, signed=True):
        self.signers, self.folder = signers, pathlib.Path(tempfile.mkdtemp(prefix="programs-"))
        os.chmod(self.folder, 0o755)
        for name in names:
            self.copy(name)
            if signed:
                self.sign(name)

    def __truediv__(self, name):
        return self.folder / name

    def copy(self, name):
        """A file of its own, as an installation puts it there: what runs keeps the one it has."""
        shutil.copy(BUILD / name, self / (name + ".new"))
        os.chmod(self / (name + ".new"), 0o755)
        os.rename(self / (name + ".new"), self / name)

    def sign(self, name, **how):
        self.signers.sign(self / name, **how)

    def unsign(self, name):
        os.unlink(self / (name + ".p7s"))

    def alter(self, name, at=-1):
        """One byte of it becomes another; the last one of a program is of no consequence to it."""
        self.copy(name)
        raw = bytearray((self / name).read_bytes())
        raw[at] ^= 1
        (self / name).write_bytes(raw)
