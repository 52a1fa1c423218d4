# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Update packages for tests: chains for code signing and detached signatures made by openssl, ZIPs made by python."""
import hashlib
import io
import json
import os
import pathlib
import tempfile
import zipfile

from authority import Cert, days
from jose import openssl
from tree import files_under

CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
HOME = pathlib.Path(tempfile.mkdtemp(prefix="packages-"))


def signed(signer, data, *certs, digest="sha256", more=()):
    """A detached signature by openssl; certs go along with the signer's own."""
    with tempfile.NamedTemporaryFile(dir=HOME) as f:
        f.write(data)
        f.flush()
        extra = ["-certfile", certs[0].file(*certs[1:])] if certs else []
        return openssl("cms", "-sign", "-binary", "-md", digest, "-outform", "DER", "-signer", signer.file(), "-inkey",
                       signer.key.path, *extra, *more, "-in", f.name)


class Chain:
    """Root, intermediate and a signer."""

    def __init__(self, name="Vendor", eku=(CODE_SIGNING,), **signer):
        self.root = Cert(name + " Root", ca=True, end=days(3650))
        self.ca = Cert(name + " CA", self.root, ca=True, end=days(3000))
        self.signer = Cert(name + " Signer", self.ca, eku=eku, **signer)

    def sign(self, data, *certs, **more):
        """Along with the certificates given; with those of the whole chain where none are."""
        return signed(self.signer, data, *(certs or (self.ca, self.root)), **more)


class Package:
    """files: {name: bytes}; change: of the manifest; extra: members beside it; shown: certificates in the signature."""

    def __init__(self, name="engine", version="1.0", files=None, chain=None, shown=None, change=None, extra=(), store=False):
        self.name, self.version = name, version
        self.files = files or {"engine.bin": os.urandom(3000), "notes.txt": b"version %s\n" % version.encode()}
        manifest = {"package": name, "version": version,
                    "files": [{"name": n, "size": len(d), "sha256": hashlib.sha256(d).hexdigest(), "version": version}
                              for n, d in self.files.items()]}
        manifest.update(change or {})
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED) as z:
            z.writestr("manifest.json", json.dumps(manifest))
            for n, d in self.files.items():
                z.writestr(n, d)
            for n, d in extra:
                z.writestr(n, d)
        self.take(out.getvalue())
        if chain:
            self.p7s = signed(chain.signer, self.zip, *((chain.ca, chain.root) if shown is None else shown))

    def take(self, raw):
        self.zip, self.sha256 = raw, hashlib.sha256(raw).hexdigest()

    @property
    def offer(self):
        return {"package": self.name, "version": self.version, "sha256": self.sha256, "bytes": len(self.zip)}


def trust(agent, store, *identities):
    """An administrator puts certificates into the agent's trust directory, which he may have to make."""
    if not agent.folder.exists():
        agent.folder.mkdir(mode=0o700)
    folder = agent.folder / "trust" / store
    folder.mkdir(parents=True, exist_ok=True)
    for i in identities:
        (folder / (i.sha256 + ".tmp")).write_bytes(i.der)
        os.rename(folder / (i.sha256 + ".tmp"), folder / (i.sha256 + ".cer"))


def installed(agent, name="engine"):
    """{name: bytes} of the current version, None where there is none or it is just being replaced."""
    current = agent.folder / "updates" / "installed" / name / "current"
    try:
        return {f.name: f.read_bytes() for f in current.iterdir()}
    except FileNotFoundError:
        return None


def leftovers(agent):
    """All of updates/ that is neither installed nor an empty folder."""
    top = agent.folder / "updates"
    return [str(p.relative_to(top)) for p in files_under(top) if not p.is_relative_to(top / "installed")]
