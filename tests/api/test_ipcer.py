#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""OfcIPCer.dat by any file: the bound certificate repairs, another one is recognised and only announced."""
import base64
import hashlib
import json
import subprocess
import tempfile

from binding import ipcer, prepare
from console import PKI, Console, sha256, thumbprint
from tap import main, test

C = None


def start():
    global C
    C = Console().__enter__()
    prepare(C)
    C.good("POST", "/certificates/import", {"file": base64.b64encode((PKI / "server.pfx").read_bytes()).decode(),
                                            "password": "certbinder"})
    C.good("POST", "/bindings", {"endpoint": "default", "cert": sha256("server"), "override_reason": "the test's name"})


def stop():
    C.__exit__(None)


def path_of(name, form):
    """The certificate of a persona as administrators have it: .pem, .cer, or .p7b with its chain."""
    out = tempfile.mkdtemp(prefix="ipcer-") + "/" + name + "." + form
    if form == "p7b":
        subprocess.run(["openssl", "crl2pkcs7", "-nocrl", "-certfile", PKI / (name + ".chain.pem"), "-out", out],
                       check=True)
    else:
        subprocess.run(["openssl", "x509", "-in", PKI / (name + ".crt"), "-outform",
                        "DER" if form == "cer" else "PEM", "-out", out], check=True)
    return out


def publish(name, form="cer", as_next=False, query="", **more):
    parts = {"file": "@" + path_of(name, form)}
    if as_next:
        parts["as_next"] = "true"
    return C.call("POST", "/ipcer" + query, form=parts, **more)


def told():
    """SHA-256 of the host certificates in the latest publication, read without any of our code."""
    token = C.call("GET", "/publications/latest").body.decode()
    part = token.split(".")[1]
    payload = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return [hashlib.sha256(base64.b64decode(der)).hexdigest() for der in payload["ipcer"]]


@test
def the_bound_certificate_in_any_form_repairs_the_file():
    file = C.folder / "PCCSRV/Pccnt/Common/OfcIPCer.dat"
    for form in ("cer", "pem", "p7b"):
        file.write_bytes(b"somebody else's")
        answer = publish("server", form)
        assert answer.status == 200 and answer.json["candidate"]["is"] == "bound", answer
        assert ipcer(C) == sha256("server") and C.good("GET", "/drift")["state"] == "ok"


@test
def another_certificate_is_recognised_and_refused_with_the_way_to_bind_it():
    answer = publish("server-next")
    assert answer.status == 422 and answer.code == "ipcer.not_bound", answer
    seen = answer.json["candidate"]
    assert seen["sha256"] == sha256("server-next") and seen["is"] == "stored" and seen["bindable"], seen
    bind = answer.json["remedies"][0]
    assert bind["href"] == "/api/v1/changes" and bind["body"]["cert"] == sha256("server-next"), bind
    assert ipcer(C) == sha256("server")
    change = C.good(bind["method"], bind["href"][len("/api/v1"):],
                    dict(bind["body"], override_reason="the test's name", confirm_within_s=60))
    assert change["state"] == "staged", change
    C.good("DELETE", "/changes/" + change["id"], match=True)


@test
def a_stranger_is_recognised_as_such():
    seen = publish("server-rsa").json["candidate"]
    assert seen["is"] == "unknown" and not seen["has_key"] and any("private key" in w for w in seen["warnings"]), seen


@test
def the_next_certificate_goes_out_beside_the_bound_one():
    before = C.good("GET", "/publications")["total"]
    dry = publish("server-next", as_next=True, query="?dry_run=true")
    assert dry.status == 200 and dry.json["next"] is None and len(dry.json["candidate"]["warnings"]) >= 2, dry
    assert C.good("GET", "/publications")["total"] == before
    answer = publish("server-next", as_next=True)
    assert answer.status == 200 and answer.json["next"]["sha256"] == sha256("server-next"), answer
    assert ipcer(C) == sha256("server"), "OfcIPCer.dat is always the bound one"
    assert told() == [sha256("server"), sha256("server-next")]
    drift = C.good("GET", "/drift")
    assert drift["state"] == "pending" and drift["findings"][0]["id"] == "ipcer.next", drift
    assert C.good("GET", "/system")["degraded"] is False


@test
def it_is_taken_back():
    C.refused(428, "request.if_match_required", "DELETE", "/ipcer/next")
    C.good("DELETE", "/ipcer/next", match=True)
    assert told() == [sha256("server")] and C.good("GET", "/drift")["state"] == "ok"
    C.refused(404, "ipcer.no_next", "GET", "/ipcer/next")


@test
def only_an_administrator_tells_agents_of_a_key_that_is_not_here():
    answer = publish("server-rsa", as_next=True, role="operator")
    assert answer.status == 403 and answer.code == "auth.role", answer
    assert publish("server-next", role="viewer").status == 403


@test
def the_command_line_asks_first_and_does_the_same():
    file = path_of("server-rsa", "cer")
    refused = C.cli("ipcer", "publish", file, "--json")
    assert refused.status == 4 and json.loads(refused.out)["candidate"]["is"] == "unknown", refused
    asked = C.cli("ipcer", "publish", file, "--as-next")
    assert asked.status == 2 and "private key is not here" in asked.err, asked
    done = json.loads(C.cli("ipcer", "publish", file, "--as-next", "--yes", "--json").out)
    assert done["next"]["thumbprint"] == thumbprint("server-rsa"), done
    assert told() == [sha256("server"), sha256("server-rsa")]
    assert C.cli("ipcer", "withdraw").status == 0 and C.cli("ipcer", "withdraw").status == 3
    assert C.cli("ipcer", "publish", path_of("server", "pem")).status == 0


@test
def once_bound_it_is_no_longer_the_next_one():
    assert publish("server-next", as_next=True).status == 200
    C.good("POST", "/bindings", {"endpoint": "default", "cert": sha256("server-next"), "override_reason": "the test's name"})
    shown = C.good("GET", "/ipcer")
    assert shown["sha256"] == sha256("server-next") and shown["next"] is None, shown
    assert ipcer(C) == sha256("server-next") and C.good("GET", "/drift")["state"] == "ok"


@test
def the_system_names_what_is_listened_on():
    assert C.good("GET", "/system")["listeners"] == ["https://127.0.0.1:%d" % C.port]


@test
def what_is_no_certificate_is_refused_by_its_name():
    assert C.call("POST", "/ipcer", form={"file": "@" + __file__}).code == "file.unknown_format"


EXTENSIONS = """
[req]
distinguished_name = dn
[dn]
[x]
basicConstraints = critical,CA:TRUE,pathlen:3
keyUsage = critical,keyCertSign,cRLSign
extendedKeyUsage = serverAuth,1.2.3.4
subjectAltName = DNS:a.test,IP:192.0.2.1,IP:2001:db8::1,email:a@b.test,URI:https://a.test/,RID:1.2.3.4,dirName:dir,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:ann@corp.test
nameConstraints = critical,permitted;DNS:.corp.test,permitted;IP:10.0.0.0/255.0.0.0,excluded;email:evil.test
certificatePolicies = 2.23.140.1.2.1,@pol
policyMappings = 1.2.3.4:1.2.3.5
policyConstraints = requireExplicitPolicy:1,inhibitPolicyMapping:0
inhibitAnyPolicy = 2
crlDistributionPoints = cdp
authorityInfoAccess = OCSP;URI:http://ocsp.test/,caIssuers;URI:http://ca.test/ca.cer
tlsfeature = status_request
1.2.3.4.5 = DER:0401FF
[dir]
CN = In, a directory
[pol]
policyIdentifier = 1.3.5.8
CPS.1 = "http://cps.test/"
userNotice.1 = @notice
[notice]
explicitText = "UTF8:Look, but do not touch"
[cdp]
fullname = URI:http://crl.test/a.crl
reasons = keyCompromise, CACompromise
CRLissuer = dirName:dir
"""


@test
def every_extension_says_what_it_holds():
    folder = tempfile.mkdtemp(prefix="extensions-")
    with open(folder + "/c.cnf", "w") as out:
        out.write(EXTENSIONS)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", folder + "/k.pem", "-out", folder + "/c.pem", "-days", "30", "-subj", "/CN=All of it",
                    "-config", folder + "/c.cnf", "-extensions", "x"], check=True, capture_output=True)
    made = C.good("POST", "/certificates/import", {"file": open(folder + "/c.pem").read(), "store": "Root"})
    detail = C.good("GET", "/certificates/" + made["certificates"][0]["sha256"])
    says = {x["oid"]: x for x in detail["extensions"]}
    want = {
        "2.5.29.19": ["An authority, with at most 3 authorities below it"],
        "2.5.29.15": ["Signs certificates", "Signs revocation lists"],
        "2.5.29.37": ["Server authentication (1.3.6.1.5.5.7.3.1)", "1.2.3.4"],
        "2.5.29.17": ["DNS:a.test", "IP:192.0.2.1", "IP:2001:db8::1", "email:a@b.test", "URI:https://a.test/",
                      "RID:1.2.3.4", "DirName:CN=In\\, a directory", "UPN:ann@corp.test"],
        "2.5.29.30": ["Permitted: DNS:.corp.test", "Permitted: IP:10.0.0.0/8", "Excluded: email:evil.test"],
        "2.5.29.32": ["Domain validated (2.23.140.1.2.1)", "1.3.5.8", "  practice statement: http://cps.test/",
                      "  notice: Look, but do not touch"],
        "2.5.29.33": ["1.2.3.4 counts as 1.2.3.5"],
        "2.5.29.36": ["An explicit policy is required after 1 more certificate",
                      "Policies may not be mapped from here on"],
        "2.5.29.54": ['"Any policy" no longer counts after 2 more certificates'],
        "2.5.29.31": ["URI:http://crl.test/a.crl", "  for these reasons alone: key compromised; CA compromised;",
                      "  list issued by DirName:CN=In\\, a directory"],
        "1.3.6.1.5.5.7.1.1": ["OCSP: URI:http://ocsp.test/", "Issuer's certificate: URI:http://ca.test/ca.cer"],
        "1.3.6.1.5.5.7.1.24": ["Must staple an OCSP answer"],
    }
    for oid, values in want.items():
        assert says[oid]["values"] == values, (oid, says[oid])
    odd = says["1.2.3.4.5"]
    assert not odd["decoded"] and odd["hex"].lower() == "0401ff", odd


if __name__ == "__main__":
    main(start, stop)
