#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

Client certificates of programs that others wrote: curl, gnutls-cli and Chromium with a certificate of its NSS database;
chains that the TLS library itself would refuse reach the engine; the issuer list is read back from the handshake.
"""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from binding import prepare, wait_until
from console import PKI, Console, sha256
from revocation import openssl
from tap import main, skip_unless, test

C = None
POLICIES = pathlib.Path("/etc/chromium/policies/managed")


def start():
    global C
    C = Console().__enter__()
    prepare(C)
    C.done("bind", "set", "--endpoint", "default", "--cert", sha256("server"), "--client-certs", "require")


def stop():
    C.__exit__(None)


def curl(chain, key, tls):
    """(status, sub-status, win32)"""
    answer = C.curl("--cert", str(chain), "--key", str(key), "--tlsv" + tls, "--tls-max", tls, "-H",
                    "Accept: application/json", path="/livez")
    return (200, 0, 0) if answer.status == 200 else (answer.status, answer.json["substatus"], answer.json["win32"])


def each_version(chain, key, expected):
    for tls in ("1.2", "1.3"):
        assert curl(chain, key, tls) == expected, (chain, tls, curl(chain, key, tls))


def persona(name):
    return PKI / (name + ".chain.pem"), PKI / (name + ".key")


def log():
    return "".join(p.read_text() for p in (C.folder / "logs").rglob("u_ex*.log"))


# ---- gnutls ----


def gnutls(version, name=None):
    args = ["--x509certfile", str(PKI / (name + ".chain.pem")), "--x509keyfile", str(PKI / (name + ".key"))] if name else []
    done = subprocess.run(["gnutls-cli", "--x509cafile", str(PKI / "root.crt"), "-p", str(C.port), "localhost",
                           "--priority", "NORMAL:-VERS-ALL:+VERS-" + version] + args, capture_output=True, timeout=90,
                          input=b"GET /livez HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n" % C.port,
                          check=False)
    lines = [line for line in done.stdout.split(b"\n") if line.startswith(b"HTTP/1.1 ")]
    return int(lines[0].split()[1]) if lines else done.stdout[-400:] + done.stderr[-400:]


@test
def gnutls_gets_its_answer_with_and_without_a_good_certificate():
    for version in ("TLS1.2", "TLS1.3"):
        assert gnutls(version, "client") == 200, gnutls(version, "client")
        assert gnutls(version) == 403, gnutls(version)
        assert gnutls(version, "client-expired") == 403
        assert gnutls(version, "client-rsa") == 200
    wait_until(lambda: log().count(" 403 17 2148204801 ") >= 2 and log().count(" 403 7 5 ") >= 2)


# ---- Chromium ----


class Chromium:
    """Debian's Chromium with one client certificate, which it sends without a question."""

    def __init__(self, name):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="chromium-"))
        database = self.home / ".pki" / "nssdb"
        database.mkdir(parents=True)
        at = "sql:%s" % database
        for argv in (["certutil", "-N", "-d", at, "--empty-password"],
                     ["pk12util", "-i", str(PKI / (name + ".pfx")), "-d", at, "-W", "certbinder", "-K", ""],
                     ["certutil", "-A", "-d", at, "-n", "root", "-t", "C,,", "-i", str(PKI / "root.crt")]):
            subprocess.run(argv, check=True, capture_output=True)
        self.made = [p for p in (POLICIES.parent.parent, POLICIES.parent, POLICIES) if not p.exists()]
        self.policy = POLICIES / ("certbinder-test-%d.json" % os.getpid())

    def __enter__(self):
        POLICIES.mkdir(parents=True, exist_ok=True)
        pattern = json.dumps({"pattern": "https://localhost:%d" % C.port, "filter": {}})
        self.policy.write_text(json.dumps({"AutoSelectCertificateForUrls": [pattern]}))
        return self

    def visit(self, path):
        done = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                               "--user-data-dir=%s/profile" % self.home, "--dump-dom",
                               "https://localhost:%d%s" % (C.port, path)], capture_output=True, text=True, timeout=90,
                              env=dict(os.environ, HOME=str(self.home)), check=False)
        return done.stdout

    def __exit__(self, *why):
        self.policy.unlink()
        for folder in reversed(self.made):  # ours, and empty again
            folder.rmdir()
        shutil.rmtree(self.home, ignore_errors=True)


@test
def chromium_is_let_in_with_a_good_certificate_and_shown_the_sub_status_with_a_bad_one():
    skip_unless(shutil.which("chromium") and shutil.which("pk12util"), "Chromium or NSS tools are missing")
    skip_unless(os.geteuid() == 0, "only root may tell Chromium by policy which certificate to send")
    with Chromium("client") as browser:
        browser.visit("/readyz")
    wait_until(lambda: any("HeadlessChrome" in line and " - 200 0 0 " in line for line in log().splitlines()))
    with Chromium("client-expired") as browser:  # Chromium itself holds back what has expired
        assert "403.7" in browser.visit("/")
    with Chromium("other-client") as browser:
        assert "403.16" in browser.visit("/")
    wait_until(lambda: any("HeadlessChrome" in line and " 403 16 2148204810 " in line for line in log().splitlines()))


# ---- chains that the TLS library itself would refuse ----


class Chain:
    """root, n CAs below one another, a client; the first CA may have extensions of its own."""

    def __init__(self, n, first_ca=(), client=()):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="chain-"))
        self.root = self.issue("root", None, ["basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign"])
        last, names = "root", []
        for i in range(n):
            lines = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"]
            self.issue("ca%d" % i, last, lines + (list(first_ca) if i == 0 else list(client)))
            last = "ca%d" % i
            names.insert(0, last)
        self.issue("client", last, ["keyUsage=digitalSignature", "extendedKeyUsage=clientAuth"] + list(client))
        self.chain = self.home / "chain.pem"
        self.chain.write_text("".join((self.home / (x + ".crt")).read_text() for x in ["client"] + names))
        self.key = self.home / "client.key"

    def issue(self, name, issuer, lines):
        key, csr, crt = (self.home / (name + end) for end in (".key", ".csr", ".crt"))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                "-out", csr, "-subj", "/CN=%s %s" % (name, self.home.name))
        (self.home / "ext").write_text("\n".join(lines + ["subjectKeyIdentifier=hash"]) + "\n")
        signer = ["-CA", self.home / (issuer + ".crt"), "-CAkey", self.home / (issuer + ".key")] if issuer else [
            "-signkey", key]
        openssl("x509", "-req", "-in", csr, "-days", "20", "-extfile", self.home / "ext", "-out", crt, "-set_serial",
                str(len(list(self.home.iterdir()))), *signer)
        return crt

    def trusted(self):
        C.done("cert", "import", self.root, "--store", "Root")
        return self


@test
def critical_name_constraints_are_judged_not_refused_in_the_handshake():
    each_version(*persona("client-constrained"), (200, 0, 0))
    for tls in ("1.2", "1.3"):
        status, substatus, _ = curl(*persona("client-outside"), tls)
        assert (status, substatus) == (403, 16)
    wait_until(lambda: "trust.name_constraints" in C.done("refusal", "list", "--json"))


@test
def critical_policy_constraints_are_judged_not_refused_in_the_handshake():
    demand = ["policyConstraints=critical,requireExplicitPolicy:0", "certificatePolicies=1.2.3.4"]
    good = Chain(1, demand, ["certificatePolicies=1.2.3.4"]).trusted()
    each_version(good.chain, good.key, (200, 0, 0))
    bad = Chain(1, demand).trusted()
    for tls in ("1.2", "1.3"):
        assert curl(bad.chain, bad.key, tls)[:2] == (403, 16)
    wait_until(lambda: "trust.policy" in C.done("refusal", "list", "--json"))


@test
def a_chain_longer_than_the_TLS_library_takes_is_judged():
    for n in (8, 12, 20):
        long = Chain(n).trusted()
        each_version(long.chain, long.key, (200, 0, 0))
    foreign = Chain(12)
    for tls in ("1.2", "1.3"):
        assert curl(foreign.chain, foreign.key, tls)[:2] == (403, 16)


# ---- SendTrustedIssuerList ----


def names_sent():
    """The names of the CertificateRequest in TLS 1.2, as openssl reads them."""
    run = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % C.port, "-tls1_2", "-servername",
                          "localhost"], input="", capture_output=True, text=True, timeout=90, check=False)
    if "Acceptable client certificate CA names" not in run.stdout:
        assert "No client certificate CA names sent" in run.stdout, run.stdout[-800:]
        return []
    part = run.stdout.split("Acceptable client certificate CA names\n")[1]
    return part.split("\nClient Certificate Types")[0].splitlines()


@test
def the_issuer_list_is_sent_up_to_16_KB_and_its_size_shown():
    assert names_sent() == []
    C.done("settings", "set", "send_trusted_issuer_list", "true")
    assert any("Console Test Root" in name for name in names_sent())
    shown = json.loads(C.done("trust", "issuer-list", "--json"))
    assert shown["size_bytes"] < shown["size_limit_bytes"] == 16384, shown
    home = pathlib.Path(tempfile.mkdtemp(prefix="many-"))
    key = home / "key"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    with open(home / "many.pem", "w", encoding="ascii") as many:
        for i in range(110):
            many.write(openssl("req", "-x509", "-new", "-key", key, "-days", "20", "-subj", "/O=%s/OU=%s/CN=Root %03d" % (
                "o" * 64, "u" * 64, i)))
    assert C.cli("cert", "import", home / "many.pem", "--store", "ClientAuthIssuer", "--all-to-store", "--yes").status in (0, 10)
    shown = json.loads(C.done("trust", "issuer-list", "--json"))
    assert len(shown["members"]) == 110 and shown["size_bytes"] > 16384, (len(shown["members"]), shown["size_bytes"])
    sent = names_sent()
    each = shown["size_bytes"] // 110
    assert 16384 // each - 3 <= len(sent) <= 16384 // each, (len(sent), each)
    found = C.cli("trust", "lint", "--json").json["findings"]
    assert any(f["rule"] == "issuer_list.too_long" for f in found), [f["rule"] for f in found]
    C.done("settings", "set", "send_trusted_issuer_list", "false")
    assert names_sent() == []


if __name__ == "__main__":
    main(start, stop)
