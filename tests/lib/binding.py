# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""What tests of bindings share: certificates to bind, what a client is shown, and whether all parts agree."""
import hashlib
import json
import select
import socket
import ssl
import tempfile
import time

from console import PKI, sha256


def pem(name):
    """Certificate and key of a persona in one file."""
    path = tempfile.mkdtemp(prefix="bind-") + "/" + name + ".pem"
    with open(path, "w") as out:
        for file in (name + ".crt", name + ".key"):
            out.write((PKI / file).read_text())
    return path


def prepare(console):
    """Issuers, and two certificates that can be bound: 'server' and 'server-next'."""
    console.done("cert", "import", PKI / "root.crt", "--store", "Root")
    console.done("cert", "import", PKI / "intermediate.crt", "--store", "CA")
    for name in ("server", "server-next"):
        console.done("cert", "import", pem(name), "--store", "My")


def shown(port, name=None, address="127.0.0.1", version=None):
    """SHA-256 of what a new client is shown, in one version of TLS or in any."""
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    if version:
        c.minimum_version = c.maximum_version = version
    with socket.create_connection((address, port), 90) as plain:
        with c.wrap_socket(plain, server_hostname=name) as tls:
            return hashlib.sha256(tls.getpeercert(True)).hexdigest()


def ipcer(console):
    path = console.folder / "PCCSRV" / "Pccnt" / "Common" / "OfcIPCer.dat"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wait_until(look, seconds=90, what=lambda: "it"):
    """What look() gives, as soon as it is true; what() is asked only for the message."""
    until = time.monotonic() + seconds
    while True:
        got = look()
        if got:
            return got
        assert time.monotonic() < until, "%s did not happen in %d s" % (what(), seconds)
        select.select([], [], [], 0.05)


def faults(console, name):
    """How the parts differ from this certificate; empty when they agree."""
    out = []
    if shown(console.port) != sha256(name):
        out.append("served: " + shown(console.port))
    if ipcer(console) != sha256(name):
        out.append("OfcIPCer.dat: " + ipcer(console))
    drift = json.loads(console.cli("drift", "show", "--json").out)
    if drift["state"] == "drift" or not drift["trusted_people"]:
        out.append("drift: %s" % drift)
    trusted = json.loads(console.done("cert", "list", "--store", "TrustedPeople", "--json"))["items"]
    if [c["sha256"] for c in trusted] != [sha256(name)]:
        out.append("TrustedPeople: %s" % trusted)
    return out


def agree(console, name):
    found = faults(console, name)
    assert not found, (name, found)


def agree_on_one(console, names, where, seconds=0):
    """One of these is bound, and everything agrees on it, within some seconds; gives its name."""
    until = time.monotonic() + seconds
    while True:
        bound = json.loads(console.done("bind", "show", "--json"))["cert"]
        name = next((n for n in names if sha256(n) == bound), None)
        assert name, "%s: bound is %s" % (where, bound)
        found = faults(console, name)
        if not found:
            return name
        assert time.monotonic() < until, (where, name, found)
        select.select([], [], [], 0.2)
