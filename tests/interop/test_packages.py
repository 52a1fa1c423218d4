#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Update packages that openssl signed are taken or refused for the right reason, in memory that does not grow."""
import hashlib
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from tap import main, test  # noqa: E402

BUILD = pathlib.Path(os.environ.get("CERTBINDER_BUILD", "."))
DIR = pathlib.Path(tempfile.mkdtemp(prefix="packages-"))
NOW = int(time.time()) + 3600


def openssl(*args):
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, cwd=DIR)
    assert done.returncode == 0, done.stderr.decode()


def make_pki():
    ca = ["basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign"]
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=root", "-days",
            "3000", *[x for e in ca for x in ("-addext", e)])
    csr("inter", "root", ca)
    for name, usage, key in (("signer", "extendedKeyUsage=codeSigning", ("-newkey", "rsa:2048")),
                             ("ec", "extendedKeyUsage=codeSigning", ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")),
                             ("server", "extendedKeyUsage=serverAuth", ("-newkey", "rsa:2048")),
                             ("plain", "keyUsage=digitalSignature", ("-newkey", "rsa:2048"))):
        csr(name, "inter", [usage, "subjectKeyIdentifier=hash"], key)


def csr(name, issuer, extensions, key=("-newkey", "rsa:2048")):
    (DIR / "ext.cnf").write_text("\n".join(extensions) + "\n")
    openssl("req", "-new", *key, "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
    openssl("x509", "-req", "-in", name + ".csr", "-CA", issuer + ".pem", "-CAkey", issuer + ".key", "-days", "300", "-extfile",
            "ext.cnf", "-out", name + ".pem", "-CAcreateserial")


def package(path, files, **wrong):
    names = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items():
            names.append({"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "version": "1.0"})
            z.writestr(name, data)
        names[0].update(wrong)
        z.writestr("manifest.json", json.dumps({"package": "pattern", "version": "1.0", "files": names}))


def sign(out, *more, signer="signer", file="p.zip", form="DER", certs=True):
    with_chain = ["-certfile", "inter.pem"] if certs else []
    openssl("cms", "-sign", "-binary", "-in", file, "-signer", signer + ".pem", "-inkey", signer + ".key", "-md", "sha256", *with_chain,
            "-outform", form, "-out", out, *more)


def check(p7s="p.p7s", file="p.zip", roots=("root",), cas=(), at=NOW, unpack=None):
    options = [x for r in roots for x in ("--root", str(DIR / (r + ".pem")))] + [x for c in cas for x in ("--ca", str(DIR / (c + ".pem")))]
    if unpack:
        options += ["--unpack", str(unpack)]
    done = subprocess.run([str(BUILD / "tests/probe/package"), str(DIR / file), str(DIR / p7s), str(at), *options], capture_output=True)
    assert done.returncode in (0, 1) and done.stdout, done.stderr.decode()
    return json.loads(done.stdout)


def reason(*args, **more):
    return check(*args, **more)["reason"]


@test
def a_signed_package_is_good_and_unpacks():
    out = DIR / "out"
    out.mkdir()
    answer = check(unpack=out)
    assert answer["good"] and answer["reason"] == "ok", answer
    assert (out / "a.bin").read_bytes() == b"a" * 70000 and (out / "b.txt").read_text() == "b"


@test
def every_form_of_a_good_signature_is_read():
    for name, more in (("pem.p7s", {"form": "PEM"}), ("ec.p7s", {"signer": "ec"})):
        sign(name, **more)
        assert reason(name) == "ok", name
    for name, options in (("keyid.p7s", ["-keyid"]), ("pss.p7s", ["-keyopt", "rsa_padding_mode:pss"])):
        sign(name, *options)
        assert reason(name) == "ok", (name, check(name))


@test
def another_file_is_refused():
    data = bytearray((DIR / "p.zip").read_bytes())
    data[100] ^= 1
    (DIR / "other.zip").write_bytes(data)
    assert reason(file="other.zip") == "cms.digest"


@test
def an_altered_signature_is_refused():
    data = (DIR / "p.p7s").read_bytes()
    (DIR / "bent.p7s").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert reason("bent.p7s") == "cms.signature"


@test
def altered_attributes_are_refused():
    data = (DIR / "p.p7s").read_bytes()
    at = data.index(hashlib.sha256((DIR / "p.zip").read_bytes()).digest())
    (DIR / "moved.p7s").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
    assert reason("moved.p7s") == "cms.digest"


@test
def what_is_not_the_kind_asked_for_is_refused():
    sign("noattr.p7s", "-noattr")
    assert reason("noattr.p7s") == "cms.unsupported"
    for how in ("-nodetach", "-stream"):
        sign("inside.p7s", how)
        assert reason("inside.p7s") == "cms.unsupported"
    openssl("cms", "-sign", "-binary", "-in", "p.zip", "-signer", "signer.pem", "-inkey", "signer.key", "-md", "sha1", "-outform", "DER",
            "-out", "sha1.p7s")
    assert reason("sha1.p7s") == "cms.unsupported"
    sign("two.p7s", "-signer", "ec.pem", "-inkey", "ec.key")
    assert reason("two.p7s") == "cms.unsupported"
    sign("nocerts.p7s", "-nocerts", certs=False)
    assert reason("nocerts.p7s") == "cms.no_signer"
    openssl("crl2pkcs7", "-nocrl", "-certfile", "signer.pem", "-outform", "DER", "-out", "bag.p7s")
    assert reason("bag.p7s") == "cms.corrupt"


def der(tag, content):
    n = len(content)
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x80 | len(size)]) + size) + content


def members(raw):
    """What stands inside: each with its tag and length."""
    def head(at):
        n = raw[at + 1]
        return (n, 2) if n < 128 else (int.from_bytes(raw[at + 2:at + 2 + (n & 127)], "big"), 2 + (n & 127))
    at, out = head(0)[1], []
    while at < len(raw):
        size, first = head(at)
        out.append(raw[at:at + first + size])
        at += first + size
    return out


def with_behind_the_signature(more):
    kind, content = members((DIR / "p.p7s").read_bytes())
    *first, signers = members(members(content)[0])
    signer = der(0x30, b"".join(members(members(signers)[0])) + more)
    (DIR / "more.p7s").write_bytes(der(0x30, kind + der(0xa0, der(0x30, b"".join(first) + der(0x31, signer)))))
    return check("more.p7s")


@test
def unsigned_attributes_are_passed_over_and_nothing_else_stands_behind_the_signature():
    stamp = der(0xa1, der(0x30, bytes.fromhex("060b2a864886f70d010910020e") + der(0x31, der(0x30, b"\x02\x01\x05"))))
    assert with_behind_the_signature(b"")["good"] and with_behind_the_signature(stamp)["good"]
    for more in (b"\x04\x01\x00", stamp + stamp, stamp + b"\x05\x00", b"\xa1"):
        assert with_behind_the_signature(more)["reason"] == "cms.corrupt", more


@test
def every_cut_of_a_signature_is_an_answer():
    data = (DIR / "p.p7s").read_bytes()
    for n in range(0, len(data), 97):
        (DIR / "cut.p7s").write_bytes(data[:n])
        assert not check("cut.p7s").get("good"), n


@test
def the_signer_has_to_be_meant_for_code():
    sign("server.p7s", signer="server")
    assert reason("server.p7s") == "trust.wrong_usage"
    sign("plain.p7s", signer="plain")
    assert reason("plain.p7s") == "package.usage"


@test
def a_missing_root_and_a_missing_intermediate_are_named():
    answer = check(roots=())
    assert not answer["good"] and "root" in answer["missing"], answer
    sign("alone.p7s", certs=False)
    answer = check("alone.p7s")
    assert not answer["good"] and answer["missing"] == "CN=inter", answer
    assert check("alone.p7s", cas=("inter",))["good"]


@test
def an_intermediate_in_root_leads_on_but_is_no_anchor():
    sign("alone.p7s", certs=False)
    assert check("alone.p7s", roots=("root", "inter"))["good"]
    assert not check("alone.p7s", roots=("inter",))["good"]


@test
def an_expired_signer_is_refused_whatever_it_says_of_its_time():
    assert reason(at=NOW + 400 * 86400) == "trust.expired"


@test
def a_package_that_differs_from_its_manifest_is_refused():
    for name, wrong in (("size", {"size": 3}), ("digest", {"sha256": "0" * 64}), ("name", {"name": "c.bin"}), ("path", {"name": "../c"})):
        package(DIR / (name + ".zip"), {"a.bin": b"aaaa"}, **wrong)
        sign(name + ".p7s", file=name + ".zip")
        out = DIR / ("out-" + name)
        out.mkdir()
        assert reason(name + ".p7s", file=name + ".zip", unpack=out) == "package.manifest", name
    with zipfile.ZipFile(DIR / "climb.zip", "w") as z:
        z.writestr("../climb", b"x")
    sign("climb.p7s", file="climb.zip")
    assert reason("climb.p7s", file="climb.zip", unpack=DIR) == "zip.member"


@test
def a_hundred_megabytes_take_constant_memory():
    with open(DIR / "big.zip", "wb") as f:
        f.truncate(100 << 20)
    sign("big.p7s", file="big.zip")
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    child = subprocess.Popen([str(BUILD / "tests/probe/package"), str(DIR / "big.zip"), str(DIR / "big.p7s"), str(NOW), "--root",
                              str(DIR / "root.pem")], stdout=subprocess.PIPE)
    answer = json.loads(child.stdout.read())
    _, _, usage = os.wait4(child.pid, 0)
    assert answer["good"], answer
    sanitized = b"__asan" in (BUILD / "tests/probe/package").read_bytes()
    assert usage.ru_maxrss < (256 if sanitized else 32) << 10, (usage.ru_maxrss, before)


make_pki()
package(DIR / "p.zip", {"a.bin": b"a" * 70000, "b.txt": b"b"})
sign("p.p7s")
try:
    main()
finally:
    shutil.rmtree(DIR)
