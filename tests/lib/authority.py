# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, right or wrong as the test wants them: put together here, keys and signatures by openssl."""
import base64
import datetime
import hashlib
import os
import pathlib
import subprocess
import tempfile

HOME = pathlib.Path(tempfile.mkdtemp(prefix="authority-"))
NOW = datetime.datetime.now(datetime.timezone.utc)


def days(n):
    return NOW + datetime.timedelta(days=n)


def der(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    head = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + head + body


def oid(text):
    first, second, *rest = (int(x) for x in text.split("."))
    out = bytearray([first * 40 + second])
    for n in rest:
        part = [n & 0x7f]
        while n := n >> 7:
            part.append(0x80 | n & 0x7f)
        out += bytes(reversed(part))
    return der(6, bytes(out))


def integer(n):
    return der(2, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def name(common):
    return der(0x30, der(0x31, der(0x30, oid("2.5.4.3"), der(0x0c, common.encode()))))


def moment(t):
    return der(0x17, t.strftime("%y%m%d%H%M%SZ").encode()) if t.year < 2050 else der(0x18, t.strftime("%Y%m%d%H%M%SZ").encode())


def pem(what, label):
    text = base64.encodebytes(what).decode()
    return "-----BEGIN %s-----\n%s-----END %s-----\n" % (label, text, label)


def openssl(*args, input=None):
    return subprocess.run(["openssl", *map(str, args)], input=input, capture_output=True, check=True).stdout


class Key:
    """A private key in a file. kind: "ec", or an RSA size."""

    def __init__(self, kind="ec"):
        self.path = HOME / ("key%d" % len(list(HOME.iterdir())))
        how = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else \
            ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:%d" % kind]
        openssl("genpkey", *how, "-out", self.path)
        self.rsa = kind != "ec"
        self.spki = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        self.id = hashlib.sha1(self.spki).digest()

    def sign(self, what, digest="sha256"):
        return openssl("dgst", "-" + digest, "-sign", self.path, input=what)

    def algorithm(self, digest="sha256"):
        if self.rsa:
            return der(0x30, oid({"sha256": "1.2.840.113549.1.1.11", "sha1": "1.2.840.113549.1.1.5",
                                  "md5": "1.2.840.113549.1.1.4"}[digest]), der(5))
        return der(0x30, oid({"sha256": "1.2.840.10045.4.3.2", "sha1": "1.2.840.10045.4.1"}[digest]))


KEY_USAGE, BASIC, EKU, SAN, SKI, AKI = "2.5.29.15", "2.5.29.19", "2.5.29.37", "2.5.29.17", "2.5.29.14", "2.5.29.35"
CLIENT_AUTH, SERVER_AUTH = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"


def extension(identifier, value, critical=False):
    return der(0x30, oid(identifier), der(1, b"\xff") if critical else b"", der(4, value))


def upn(text):
    return der(0xa0, oid("1.3.6.1.4.1.311.20.2.3"), der(0xa0, der(0x0c, text.encode())))


def email(text):
    return der(0x81, text.encode())


class Cert:
    """issuer None: signed with its own key. ca None: no basic constraints at all."""
    serials = 1000

    def __init__(self, subject, issuer=None, key=None, ca=False, start=None, end=None, eku=(CLIENT_AUTH,), sans=(),
                 serial=None, path_len=None, digest="sha256", broken=False, signer=None, issuer_name=None, extra=(),
                 key_ids=True):
        Cert.serials += 1
        self.subject, self.issuer, self.key = subject, issuer, key or Key()
        self.serial = serial or Cert.serials
        signer = signer or (issuer.key if issuer else self.key)
        exts = []
        if ca is not None:
            inner = der(1, b"\xff") if ca else b""
            exts.append(extension(BASIC, der(0x30, inner, integer(path_len) if path_len is not None else b""), True))
        exts.append(extension(KEY_USAGE, der(3, b"\x01\x06" if ca else b"\x07\x80"), True))
        if not ca and eku:
            exts.append(extension(EKU, der(0x30, *map(oid, eku))))
        if sans:
            exts.append(extension(SAN, der(0x30, *sans)))
        if key_ids:
            exts.append(extension(SKI, der(4, self.key.id)))
            exts.append(extension(AKI, der(0x30, der(0x80, signer.id))))
        exts += extra
        algorithm = signer.algorithm(digest)
        tbs = der(0x30, der(0xa0, integer(2)), integer(self.serial), algorithm,
                  name(issuer_name or (issuer.subject if issuer else subject)),
                  der(0x30, moment(start or days(-30)), moment(end or days(365))), name(subject), self.key.spki,
                  der(0xa3, der(0x30, *exts)))
        signature = signer.sign(tbs, digest)
        if broken:
            signature = Key().sign(tbs, digest)
        self.der = der(0x30, tbs, algorithm, der(3, b"\0", signature))
        self.pem = pem(self.der, "CERTIFICATE")
        self.sha256 = hashlib.sha256(self.der).hexdigest()

    def file(self, *more):
        """PEM of this certificate and of others behind it, in a file."""
        path = HOME / ("chain-" + hashlib.sha256(b"".join(c.der for c in (self,) + more)).hexdigest()[:24])
        if not path.exists():
            with tempfile.NamedTemporaryFile("w", dir=HOME, prefix="new-", delete=False) as f:  # whoever reads sees a whole one
                f.write("".join(c.pem for c in (self,) + more))
            os.rename(f.name, path)
        return path

    def curl(self, *more):
        return ["--cert", str(self.file(*more)), "--key", str(self.key.path)]


def crl(issuer, serials=(), start=None, end=None):
    """A revocation list of issuer, in a file."""
    revoked = b"".join(der(0x30, integer(n), moment(days(-1))) for n in serials)
    algorithm = issuer.key.algorithm()
    tbs = der(0x30, integer(1), algorithm, name(issuer.subject), moment(start or days(-1)), moment(end or days(30)),
              der(0x30, revoked) if revoked else b"",
              der(0xa0, der(0x30, extension(AKI, der(0x30, der(0x80, issuer.key.id))), extension("2.5.29.20", integer(1)))))
    path = HOME / ("crl-" + hashlib.sha256(tbs).hexdigest()[:24])
    path.write_text(pem(der(0x30, tbs, algorithm, der(3, b"\0", issuer.key.sign(tbs))), "X509 CRL"))
    return path
