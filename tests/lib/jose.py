# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Compact JWS with python and openssl alone: what certbinder signs and verifies is settled by another program."""
import base64
import hashlib
import json
import pathlib
import subprocess
import tempfile


def openssl(*args, data=None):
    done = subprocess.run(["openssl", *map(str, args)], input=data, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, (args, done.stderr.decode())
    return done.stdout


def b64url(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def raw_signature(der):
    """An ECDSA signature as JOSE wants it: r and s, 32 bytes each."""
    out, at = b"", 2
    for _ in range(2):
        length = der[at + 1]
        out += int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(32, "big")
        at += 2 + length
    return out


def der_signature(raw):
    def integer(n):
        n = n.lstrip(b"\0") or b"\0"
        n = b"\0" + n if n[0] & 0x80 else n
        return bytes([2, len(n)]) + n
    body = integer(raw[:32]) + integer(raw[32:])
    return bytes([0x30, len(body)]) + body


def verify(token, cert_der, typ):
    """The payload of a compact JWS, its ES256 signature checked by openssl with the certificate's key."""
    head, payload, signature = token.split(".")
    header = json.loads(unb64url(head))
    assert header["alg"] == "ES256" and header["typ"] == typ, header
    if header["kid"] != hashlib.sha256(cert_der).hexdigest():
        raise ValueError("another key")
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        (home / "sig").write_bytes(der_signature(unb64url(signature)))
        (home / "cert").write_bytes(cert_der)
        (home / "pub").write_bytes(openssl("x509", "-inform", "DER", "-in", home / "cert", "-pubkey", "-noout"))
        openssl("dgst", "-sha256", "-verify", home / "pub", "-signature", home / "sig", data=(head + "." + payload).encode())
    return json.loads(unb64url(payload))
