#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""timeout-seconds: 600

What no real agent takes for more than it is: the time that a signer says he signed at, the roots of the machine that it runs
on, and a distribution point that answers without end. Packages are signed by openssl.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agentd import Agent  # noqa: E402
from authority import Cert, Key, days, der, moment, oid, openssl  # noqa: E402
from binding import wait_until  # noqa: E402
from console import BUILD  # noqa: E402
from offers import CODE_SIGNING, Package, installed, leftovers, signed, trust  # noqa: E402
from relay import Relay  # noqa: E402
from story import nudge  # noqa: E402
from tap import main, test  # noqa: E402
from updates import Updates, V  # noqa: E402

SIGNING_TIME, CONTENT_TYPE = oid("1.2.840.113549.1.9.5"), oid("1.2.840.113549.1.9.3")
RSA_BYTES = 256  # of a signature with a key of 2048 bits, which ends a CMS without unsigned attributes


def signed_at(signer, data, when, *certs):
    """openssl's signature, whose signed attributes say another time and are signed again."""
    raw = signed(signer, data, *certs)
    at = raw.index(SIGNING_TIME) + len(SIGNING_TIME) + 2
    raw = raw[:at] + moment(when) + raw[at + len(moment(when)):]
    first = raw.index(CONTENT_TYPE, raw.rindex(b"\xa0", 0, raw.index(SIGNING_TIME) - 8)) - 2
    size = attributes_size(raw, first)
    again = signer.key.sign(der(0x31, raw[first:first + size]))
    assert len(again) == RSA_BYTES
    return raw[:-RSA_BYTES] + again


def attributes_size(raw, first):
    """[0] stands before the first attribute; its length in one, two or three bytes."""
    for head in (2, 3, 4):
        at = first - head
        if raw[at] == 0xa0:
            n = raw[at + 1]
            return n if n < 0x80 else int.from_bytes(raw[at + 2:first], "big")
    raise AssertionError("no signed attributes")


@test
def a_signer_who_says_that_he_signed_while_he_was_valid_is_judged_by_the_clock():
    then = days(-10)
    gone = Cert("Gone", V.ca, key=Key(2048), eku=[CODE_SIGNING], start=days(-30), end=days(-3))
    with Updates() as c:
        c.wants(V.root)
        c.brings(V.root)
        p7s = signed_at(gone, c.package.zip, then, V.ca, V.root)
        path = pathlib.Path(tempfile.mkdtemp(prefix="signed-"))
        (path / "zip").write_bytes(c.package.zip)
        (path / "p7s").write_bytes(p7s)
        verify = ["cms", "-verify", "-binary", "-inform", "DER", "-in", path / "p7s", "-content", path / "zip", "-CAfile",
                  V.root.file(), "-purpose", "any", "-out", "/dev/null"]
        openssl(*verify, "-attime", int(then.timestamp()))  # at that time openssl takes it, signature and all
        shown = openssl("cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", path / "p7s").decode()
        assert then.strftime("UTCTIME:%b %e %H:%M:%S %Y") in shown, shown
        c.replaces(".p7s", p7s)
        with c.joined() as a:
            told = c.wait_for(a, "updating", reason="trust.expired")
            assert installed(a) is None and leftovers(a) == ["engine-1.0.zip_Invalid", "incoming/engine-1.0.p7s"], (told, leftovers(a))
            c.replaces(".p7s", c.package.p7s)
            c.good("POST", "/updates/check", {"agents": [a.id]})
            c.wait_for(a, "current", installed="1.0")


def machine_trusts(root):
    """Environment and a program in front: for both the machine's own roots are this one."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="machine-"))
    (home / "bundle.pem").write_text(root.pem)
    (home / "certs").mkdir()
    (home / "certs" / "root.pem").write_text(root.pem)
    openssl("rehash", home / "certs")
    script = home / "agent"
    script.write_text("#!/bin/sh\nif [ $(id -u) = 0 ] && unshare -m true 2>/dev/null && [ -z \"$INSIDE\" ]; then\n"
                      "  INSIDE=1 exec unshare -m \"$0\" \"$@\"\nfi\n"
                      "[ -z \"$INSIDE\" ] || mount --bind %s /etc/ssl/certs/ca-certificates.crt\n"
                      "exec %s \"$@\"\n" % (home / "bundle.pem", BUILD / "certbinder-agentd"))
    script.chmod(0o755)
    return script, {"SSL_CERT_FILE": str(home / "bundle.pem"), "SSL_CERT_DIR": str(home / "certs"),
                    "CURL_CA_BUNDLE": str(home / "bundle.pem")}


@test
def a_root_of_the_machine_is_none_of_the_agents():
    script, env = machine_trusts(V.root)
    done = subprocess.run(["openssl", "verify", "-untrusted", V.ca.file(), V.signer.file()], env=dict(os.environ, **env),
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done  # openssl trusts it by these
    with Updates("on") as c:
        a = Agent(c.port, c.folder / "PCCSRV/Pccnt/Common/OfcNTCer.dat", start=False, env=env)
        a.program = script
        with a.start():
            told = c.wait_for(a, "updating", cause="root_missing")
            assert told["missing"]["name"] == "CN=Vendor Root" and told["reason"] == "trust.root_not_in_root", told
            assert installed(a) is None and not list((a.folder / "trust").glob("*/*"))
            trust(a, "Root", V.root)  # where it belongs
            c.wait_for(a, "current", installed="1.0")


@test
def a_download_that_comes_to_a_standstill_is_given_up_and_goes_on_where_it_was():
    size, hold = 3 << 20, 1 << 20
    package = Package(files={"big": os.urandom(size)}, chain=V, store=True)
    with Updates("on", package=package) as c, Relay(c.port, hold) as silent, Relay(c.port, hold, every=0.2) as drips:
        c.good("PUT", "/settings/update_stall_s", {"value": 3600}, match=True)
        agents = {}
        for relay in (silent, drips):
            a = Agent(relay.port, c.folder / "PCCSRV/Pccnt/Common/OfcNTCer.dat", start=False)
            trust(a, "Root", V.root)
            agents[relay] = a
        with agents[silent].start() as a, agents[drips].start() as b:
            for relay, x in agents.items():
                wait_until(lambda relay=relay: relay.held)
                told = c.wait_for(x, "downloading", cause=None, reason=None, total=len(package.zip))
                assert told["version"] == "1.0" and not told["installed"], told
                wait_until(lambda x=x: nudge(x) or hold // 2 < c.of(x)["bytes"] < size)
            for x in (a, b):  # both have waited since the same moment, about
                c.wait_for(x, "downloading", cause="unreachable", reason="agent.unreachable")
            assert not c.good("GET", "/updates")["findings"], "not before the limit"
            c.good("PUT", "/settings/update_stall_s", {"value": 0}, match=True)
            found = c.finding("unreachable")
            assert found["count"] == 2 and found["failed"] == 0 and found["certificate"] is None, found
            passed = {}
            for relay in (silent, drips):
                passed[relay] = relay.passed()
                relay.release()
            c.good("POST", "/updates/check", {})
            for relay, x in agents.items():
                c.wait_for(x, "current", installed="1.0", cause=None)
                assert installed(x) == package.files and leftovers(x) == []
                came = relay.passed() - passed[relay]
                assert came < size - hold // 2, (came, "what was there was downloaded again")
            wait_until(lambda: not c.good("GET", "/updates")["findings"])


if __name__ == "__main__":
    main()
