#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The evidence of an IIS server: logs of any size and shape, exported certificates, Schannel's settings; what they show
is told, and no store is touched."""
import base64
import json
import os
import pathlib
import subprocess
import tempfile

from authority import Cert, HOME, days
from console import BUILD, PKI, Console
from tap import comment, main, test

C = None
FIELDS = ("#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
          "sc-status sc-substatus sc-win32-status time-taken")
HEAD = "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-03-17 00:00:01\r\n" + FIELDS + "\r\n"
KEY = "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL]"


def start():
    global C, ROOT, ISSUING, CLIENT
    C = Console().__enter__()
    C.token("viewer")
    ROOT = Cert("Evidence Root", ca=True)
    ISSUING = Cert("Evidence Issuing", ROOT, ca=True)
    CLIENT = Cert("Evidence Client", ISSUING)


def stop():
    C.__exit__(None)


def line(n, status, client="10.0.0.9", second=0):
    return "2026-03-17 %02d:%02d:%02d 10.0.0.1 GET /officescan/ - 443 - %s Mozilla/5.0+(Windows) - %s %d\r\n" % (
        n // 3600 % 24, n // 60 % 60, (n + second) % 60, client, status, n % 90)


def log(*statuses, head=HEAD):
    path = pathlib.Path(tempfile.mkstemp(dir=HOME, suffix=".log")[1])
    path.write_bytes((head + "".join(line(n, s) for n, s in enumerate(statuses))).encode())
    return path


def evidence(*args, status=0):
    """Without any state directory."""
    done = subprocess.run([str(BUILD / "certbinder"), "trust", "evidence", "--json"] + [str(a) for a in args],
                          capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, CERTBINDER_STATE_DIR="/nonexistent"), check=False)
    assert done.returncode == status, done

    return json.loads(done.stdout)


def causes(found, substatus, win32):
    refusal = [r for r in found["refusals"] if (r["substatus"], r["win32"]) == (substatus, win32)][0]
    return [(c["id"], c["shown"]) for c in refusal["causes"]]


def reg(text, encoding="utf-16-le", bom=b"\xff\xfe"):
    path = pathlib.Path(tempfile.mkstemp(dir=HOME, suffix=".reg")[1])
    path.write_bytes(bom + ("Windows Registry Editor Version 5.00\r\n\r\n%s\r\n%s\r\n" % (KEY, text)).encode(encoding))
    return path


@test
def refusals_are_counted_by_status_and_the_most_frequent_comes_first():
    found = evidence(log(*["200 0 0"] * 5 + ["403 16 2148204809"] * 3 + ["403 7 5"] * 7 + ["404 0 2"]))
    seen = [(r["count"], r["status"], r["substatus"], r["win32"], r["name"]) for r in found["refusals"]]
    assert seen == [(7, 403, 7, 5, "ERROR_ACCESS_DENIED"), (3, 403, 16, 2148204809, "CERT_E_UNTRUSTEDROOT")], seen
    assert found["refusals"][1]["first"] == "2026-03-17 00:00:05" and found["refusals"][1]["clients"] == ["10.0.0.9"]
    assert found["log"]["requests"] == 16 and found["log"]["passed"] == 5 and not found["log"]["truncated"], found["log"]


@test
def columns_are_where_the_last_fields_line_says():
    path = HOME / "order.log"
    path.write_text("stray line\n#Fields: sc-win32-status c-ip sc-status x sc-substatus time date\n"
                    "2148204801 ::1 403 - 17 00:00:01 2026-03-17\n"
                    "-2146762487 ::1 403 - 16 00:00:02 2026-03-17\n"
                    "#Fields: date time sc-status\n2026-03-18 10:00:00 403\nword word word\n"
                    "2026-03-18 10:00:00 403 4\n2026-03-18 10:00:01 4")
    found = evidence(path)
    seen = sorted((r["substatus"] or 0, r["win32"] or 0, r["count"]) for r in found["refusals"])
    assert seen == [(0, 0, 1), (16, 2148204809, 1), (17, 2148204801, 1)], seen
    said = found["log"]
    assert (said["malformed"], said["without_fields"], said["field_lines"], said["truncated"]) == (2, 1, 2, True), said


@test
def settings_come_from_a_reg_file_in_any_encoding():
    text = '; exported\r\n"EventLogging"=dword:00000001\r\n"ClientAuthTrustMode"=dword:00000002\r\n"SendTrustedIssuerList"=dword:1'
    for file in (reg(text), reg(text, "utf-16-be", b"\xfe\xff"), reg(text, "utf-8", b"\xef\xbb\xbf"), reg(text, "ascii", b"")):
        s = evidence("--reg", file)["settings"]
        assert (s["mode"], s["mode_from"], s["send_trusted_issuer_list"], s["send_from"]) == (2, "reg", True, "reg"), s
    s = evidence("--reg", reg(text), "--mode", 0, "--send-issuer-list", "off")["settings"]
    assert (s["mode"], s["mode_from"], s["send_trusted_issuer_list"]) == (0, "given", False), s
    s = evidence("--reg", reg('"ClientAuthTrustMode"=dword:00000007\r\n"SendTrustedIssuers"=dword:00000000'))["settings"]
    assert s["mode"] == 0 and len(s["notes"]) == 2 and "none of 0, 1 and 2" in s["notes"][0], s
    assert evidence("--reg", ROOT.file(), status=4)["code"] == "reg.format"


@test
def a_mixed_root_store_is_shown():
    refused = log(*["200 0 0"] * 3 + ["403 16 2148204809"] * 4)
    stores = ["--cert", "Root=%s" % ROOT.file(ISSUING), "--cert", "CA=%s" % ISSUING.file()]
    found = evidence(refused, *stores)
    assert found["stores"][0] == {"store": "Root", "members": 2, "not_self_signed": 1}, found["stores"]
    assert causes(found, 16, 2148204809)[0] == ("root_store_mixed", True), causes(found, 16, 2148204809)
    assert "Evidence Issuing" in found["refusals"][0]["causes"][0]["evidence"]
    assert ("store_changed", False) in causes(found, 16, 2148204809), "it began after requests that passed"
    assert causes(evidence(refused, *stores, "--mode", 2), 16, 2148204809)[0][0] != "root_store_mixed"
    sent = evidence(log("403 7 5"), *stores, "--send-issuer-list", "on")
    assert causes(sent, 7, 5)[0] == ("root_store_mixed", True), causes(sent, 7, 5)
    assert causes(evidence(log("403 7 5"), *stores), 7, 5) == [("nothing_sent", False)]


@test
def a_list_that_leaves_out_and_a_missing_root_are_shown():
    refused = log("403 16 2148204809")
    other = Cert("Evidence Other", ca=True)
    left_out = evidence(refused, "--cert", "Root=%s" % ROOT.file(), "--cert", "CA=%s" % ISSUING.file(),
                        "--cert", "ClientAuthIssuer=%s" % other.file())
    assert causes(left_out, 16, 2148204809)[0] == ("not_in_issuer_list", True), causes(left_out, 16, 2148204809)
    assert left_out["settings"]["issuer_list_source"] == "ClientAuthIssuer"
    no_root = evidence(refused, "--cert", "Root=%s" % other.file(), "--cert", "CA=%s" % ISSUING.file())
    assert causes(no_root, 16, 2148204809)[0] == ("root_missing", True), causes(no_root, 16, 2148204809)
    fine = evidence(refused, "--cert", "AuthRoot=%s" % ROOT.file(), "--cert", "CA=%s" % ISSUING.file())
    assert causes(fine, 16, 2148204809) == [("root_missing", False)], causes(fine, 16, 2148204809)


@test
def every_status_has_its_own_causes():
    gone = Cert("Evidence Gone", ROOT, ca=True, end=days(-1))
    found = evidence(log("403 17 2148204801", "403 13 2148081683", "403 13 2148081680", "403 16 2148204810",
                         "403 16 2148204817", "403 16 2148204816", "403 12 5", "500 0 50", "403 14 5"),
                     "--cert", "CA=%s" % gone.file(), "--cert", "Disallowed=%s" % ISSUING.file())
    assert causes(found, 17, 2148204801)[0] == ("expired", True)
    assert causes(found, 13, 2148081683)[0] == ("revocation_unknown", False)
    assert causes(found, 13, 2148081680)[0] == ("revoked", False)
    assert causes(found, 16, 2148204810)[0] == ("intermediate_missing", False)
    assert causes(found, 16, 2148204817)[0] == ("disallowed", True)
    assert causes(found, 16, 2148204816)[0] == ("unfit", False)
    assert causes(found, 12, 5)[0] == ("mapping", False) and causes(found, 0, 50)[0] == ("asked_late", False)
    assert causes(found, 14, 5) == [], "403.14 is not about certificates"


@test
def a_client_that_was_brought_is_judged_in_all_modes():
    found = evidence(log("403 16 2148204809"), "--cert", "Root=%s" % ISSUING.file(), "--client", CLIENT.file(ISSUING, ROOT))
    modes = [(m["substatus"], m["reason"]) for m in found["clients"][0]["modes"]]
    assert modes[0][0] == 16 and modes[2] == (0, "ok"), modes
    first = found["refusals"][0]["causes"][0]
    assert first["shown"] and "gets exactly this" in first["evidence"], first


@test
def p7b_and_pfx_are_read():
    (C.home / "password").write_text("certbinder")
    p7b = HOME / "chain.p7b"
    subprocess.run(["openssl", "crl2pkcs7", "-nocrl", "-certfile", str(PKI / "client.chain.pem"), "-out", str(p7b)], check=True)
    found = evidence("--cert", "CA=%s" % p7b, "--cert", "Root=%s" % (PKI / "root.pfx"), "--password-file", C.home / "password")
    assert {s["store"]: s["members"] for s in found["stores"]}["CA"] >= 2, found["stores"]
    assert evidence("--cert", "Root=%s" % (PKI / "root.pfx"), status=8)["code"] == "pfx.wrong_password"


@test
def nothing_reaches_the_stores_and_rest_says_the_same():
    before = C.good("GET", "/certificates", role="viewer")["total"], C.done("audit", "list", "--json")
    path = log(*["200 0 0"] + ["403 16 2148204809"] * 2)
    key = reg('"ClientAuthTrustMode"=dword:00000001')
    asked = {"log": path.read_text(), "reg": base64.b64encode(key.read_bytes()).decode(),
             "certificates": [{"store": "Root", "file": ROOT.pem + ISSUING.pem},
                              {"store": "client", "file": base64.b64encode(CLIENT.der).decode()}]}
    by_rest = C.good("POST", "/trust/evidence", asked, role="viewer")
    by_hand = evidence(path, "--reg", key, "--cert", "Root=%s" % ROOT.file(ISSUING), "--client", CLIENT.file())
    assert by_rest == by_hand, (by_rest, by_hand)
    assert by_rest["settings"]["mode"] == 1, by_rest["settings"]
    assert (C.good("GET", "/certificates", role="viewer")["total"], C.done("audit", "list", "--json")) == before
    C.refused(422, None, "POST", "/trust/evidence", {"reg": base64.b64encode(b"no").decode()}, role="viewer")
    assert C.refused(400, None, "POST", "/trust/evidence", {"certificates": [{"store": "Root"}]}, role="viewer")
    printed = subprocess.run([str(BUILD / "certbinder"), "trust", "evidence", str(path), "--cert", "Root=%s" % ROOT.file(ISSUING)],
                             capture_output=True, text=True, check=True).stdout
    assert "2 times 403 16 2148204809 CERT_E_UNTRUSTEDROOT" in printed and "shown: Root holds" in printed, printed


def peak_kb(path):
    process = subprocess.Popen([str(BUILD / "certbinder"), "trust", "evidence", "--json", str(path)], stdout=subprocess.PIPE)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.stdout.close()
    process.returncode = status
    assert status == 0, out

    return usage.ru_maxrss, json.loads(out)["log"]


@test
def a_log_of_100_mb_takes_no_more_memory_than_a_small_one():
    block = "".join(line(n, "403 16 2148204809" if n % 7 == 0 else "200 0 0", "10.1.%d.%d" % (n % 200, n % 250))
                    for n in range(7000)).encode()
    small, large = HOME / "small.log", HOME / "large.log"
    small.write_bytes(HEAD.encode() + block)
    with open(large, "wb") as out:
        out.write(HEAD.encode())
        while out.tell() < 100 << 20:
            out.write(block)
    little, _ = peak_kb(small)
    much, seen = peak_kb(large)
    size = large.stat().st_size
    large.unlink()
    comment("%d MB in %d kB, %d kB for a small one; %d lines" % (size >> 20, much, little, seen["lines"]))
    assert much < little + 4096 and seen["malformed"] == 0 and seen["requests"] > 700000, (little, much, seen)


if __name__ == "__main__":
    main(start, stop)
