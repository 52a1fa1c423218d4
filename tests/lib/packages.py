# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Update packages as their makers make them: zipfile and openssl, nothing of certbinder's own."""
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import zipfile

CA = ["basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"]
SIGNER = ["basicConstraints=critical,CA:false", "extendedKeyUsage=codeSigning", "subjectKeyIdentifier=hash"]
EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


class Maker:
    """A root, an intermediate and signers, in a folder of their own; and packages that they sign."""

    def __init__(self, name="Maker"):
        self.home, self.name = pathlib.Path(tempfile.mkdtemp(prefix="packages-")), name
        self.openssl("req", "-x509", *EC, "-nodes", "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=%s Root" % name, "-days", "3000",
                     *[x for e in CA for x in ("-addext", e)])
        self.issue("inter", "root", CA, subject="%s Intermediate" % name)
        self.issue("signer", "inter", SIGNER, subject="%s Signer" % name)

    def openssl(self, *args):
        done = subprocess.run(["openssl", *map(str, args)], capture_output=True, cwd=self.home, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def path(self, name):
        return self.home / name

    def issue(self, name, issuer, extensions, subject=None, days=300, key=EC, start=None):
        """name.pem and name.key; start: openssl's -not_before and -not_after by way of its ca command."""
        (self.home / "ext.cnf").write_text("\n".join(extensions) + "\n")
        self.openssl("req", "-new", *key, "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + (subject or name))
        if start is None:
            self.openssl("x509", "-req", "-in", name + ".csr", "-CA", issuer + ".pem", "-CAkey", issuer + ".key", "-days", days, "-extfile",
                         "ext.cnf", "-out", name + ".pem", "-set_serial", "0x" + os.urandom(15).hex())
            return self.path(name + ".pem")
        (self.home / "index.txt").write_text("")
        (self.home / "ca.cnf").write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\n"
                                          "policy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")
        (self.home / "serial").write_text(os.urandom(8).hex() + "\n")
        self.openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-in", name + ".csr", "-cert", issuer + ".pem", "-keyfile", issuer + ".key",
                     "-startdate", start[0], "-enddate", start[1], "-extfile", "ext.cnf", "-out", name + ".pem")
        return self.path(name + ".pem")

    def sha256(self, name):
        return hashlib.sha256(self.openssl("x509", "-in", name + ".pem", "-outform", "DER")).hexdigest()

    def package(self, package="pattern", version="1.0", content=None, name=None, **manifest):
        """A ZIP; manifest overrides members of manifest.json."""
        content = content or {"pattern.bin": os.urandom(4096), "readme.txt": b"read me"}
        path = self.path(name or "%s-%s.zip" % (package, version))
        listed = [{"name": n, "size": len(d), "sha256": hashlib.sha256(d).hexdigest(), "version": version} for n, d in content.items()]
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("manifest.json", json.dumps(dict({"package": package, "version": version, "files": listed}, **manifest)))
            for n, d in content.items():
                z.writestr(n, d)
        return path

    def big(self, megabytes, package="big", version="1.0"):
        """A ZIP of so many megabytes that do not compress, made without holding them."""
        path, digest = self.path("%s-%s.zip" % (package, version)), hashlib.sha256()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as z:
            with z.open(zipfile.ZipInfo("big.bin"), "w", force_zip64=True) as f:
                for _ in range(megabytes):
                    piece = os.urandom(1 << 20)
                    f.write(piece)
                    digest.update(piece)
            z.writestr("manifest.json", json.dumps({"package": package, "version": version, "files": [
                {"name": "big.bin", "size": megabytes << 20, "sha256": digest.hexdigest(), "version": version}]}))
        return path

    def sign(self, file, *more, signer="signer", chain=("inter",), form="DER", out=None):
        """The detached signature beside the file, FILE.p7s."""
        out = out or str(file) + ".p7s"
        (self.home / "chain.pem").write_text("".join(self.path(c + ".pem").read_text() for c in chain))
        with_chain = ["-certfile", "chain.pem"] if chain else []
        self.openssl("cms", "-sign", "-binary", "-in", file, "-signer", signer + ".pem", "-inkey", signer + ".key", "-md", "sha256", *with_chain,
                     "-outform", form, "-out", out, *more)
        return pathlib.Path(out)
