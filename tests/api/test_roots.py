#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The catalogue of required roots: shipped entries, imports that openssl made, states, and who may do what."""
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from console import PKI, Console, sha256, thumbprint  # noqa: E402
from tap import main, test  # noqa: E402

C = None
HOME = pathlib.Path(tempfile.mkdtemp(prefix="roots-"))
AZURE = "Microsoft Identity Verification Root Certificate Authority 2020"


def start():
    global C
    C = Console()
    # A self-signed certificate with a name that the catalogue has without a digest.
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    str(HOME / "k"), "-out", str(HOME / "azure.pem"), "-subj", "/O=Somebody/CN=" + AZURE, "-days", "3000"],
                   check=True, capture_output=True)


def stop():
    C.stop()
    shutil.rmtree(HOME)


def entries():
    return {e["name"]: e for e in C.good("GET", "/roots")["items"]}


def fingerprint(path):
    out = subprocess.run(["openssl", "x509", "-in", str(path), "-noout", "-fingerprint", "-sha256"], capture_output=True, text=True,
                         check=True).stdout
    return out.split("=")[1].strip().replace(":", "").lower()


def upload(content, name="f", **fields):
    path = HOME / name
    path.write_bytes(content)
    form = dict({"file": "@%s" % path}, **fields)
    return C.call("POST", "/roots/import", form=form)


def members(store):
    return {c["sha256"] for c in C.good("GET", "/stores/%s/certificates" % store)["items"]}


@test
def a_new_console_has_the_shipped_entries_and_no_digest_that_nobody_knows():
    known = entries()
    assert len(known) == 4 and known[AZURE]["state"] == "unconfirmed" and known[AZURE]["sha256"] is None
    g5 = known["VeriSign Class 3 Public Primary Certification Authority - G5"]
    assert g5["sha1"] == "4eb6d578499b1ccf5f581ead56be3d9b6744a5e5" and g5["state"] == "missing" and g5["shipped"]


@test
def what_the_catalogue_does_not_name_is_left_out_and_changes_nothing():
    before = members("Root")
    answer = upload((PKI / "root.crt").read_bytes())
    assert answer.status == 200, answer
    assert answer.json["certificates"] == [] and "does not name" in answer.json["left_out"][0]["why"], answer
    assert answer.json["left_out"][0]["code"] == "unlisted"
    assert members("Root") == before


@test
def a_name_alone_is_not_believed_until_it_is_confirmed():
    pem = (HOME / "azure.pem").read_bytes()
    left = upload(pem).json["left_out"]
    assert left[0]["code"] == "unconfirmed" and "confirm" in left[0]["why"] and entries()[AZURE]["state"] == "unconfirmed"
    run = C.cli("root", "import", HOME / "azure.pem")
    assert run.status == 10 and fingerprint(HOME / "azure.pem") in run.out and "--confirm" in run.err, run
    done = upload(pem, confirm="true").json["certificates"][0]
    assert done["store"] == "Root" and done["name"] == AZURE and done["confirmed"], done
    entry = entries()[AZURE]
    assert entry["state"] == "held" and entry["sha256"] == fingerprint(HOME / "azure.pem") and entry["confirmed_by"], entry


@test
def roots_go_to_root_and_intermediates_to_ca_whatever_they_came_in():
    for name, store in (("root", "Root"), ("intermediate", "CA")):
        made = C.call("POST", "/roots", {"name": "Test " + name, "store": store, "sha256": sha256(name)})
        assert made.status == 201 and made.json["state"] == "missing", made
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as z:
        z.write(PKI / "root.crt", "all/Trusted Root/a.cer")
        z.write(PKI / "intermediate.crt", "all/Trusted Root/b.cer")
        z.write(PKI / "server.crt", "c.cer")
    answer = upload(data.getvalue(), "roots.zip").json
    assert {c["name"]: c["store"] for c in answer["certificates"]} == {"Test root": "Root", "Test intermediate": "CA"}, answer
    assert answer["warnings"][0]["code"] == "root.intermediate_in_root" and "403.16" in answer["warnings"][0]["text"]
    assert "no CA certificate" in answer["left_out"][0]["why"]
    assert sha256("intermediate") in members("CA") and sha256("intermediate") not in members("Root")
    assert entries()["Test root"]["state"] == "held" and entries()["Test intermediate"]["state"] == "held"


@test
def a_p7b_of_openssl_and_a_dry_run():
    C.good("POST", "/roots", {"name": "Other", "store": "Root", "sha1": thumbprint("other-root")})
    subprocess.run(["openssl", "crl2pkcs7", "-nocrl", "-certfile", str(PKI / "other-root.crt"), "-outform", "DER", "-out",
                    str(HOME / "o.p7b")], check=True)
    form = {"file": "@%s" % (HOME / "o.p7b")}
    dry = C.call("POST", "/roots/import?dry_run=true", form=form).json
    assert dry["certificates"][0]["store"] == "Root" and entries()["Other"]["state"] == "missing"
    C.good("POST", "/roots/import", form=form)
    assert entries()["Other"]["state"] == "held"


@test
def a_file_that_cannot_be_read_takes_the_others_with_it():
    C.good("POST", "/roots", {"name": "Fake", "store": "Root", "sha256": sha256("fake-root")})
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as z:
        z.write(PKI / "fake-root.crt", "a.cer")
        z.writestr("b.cer", b"no certificate")
    answer = upload(data.getvalue(), "bad.zip")
    assert answer.status == 422 and "b.cer" in answer.json["detail"], answer
    assert entries()["Fake"]["state"] == "missing"


@test
def a_zip_is_read_past_what_is_not_named_like_a_certificate():
    def packed(name, **files):
        path = HOME / name
        with zipfile.ZipFile(path, "w") as z:
            z.write(PKI / "root.crt", "roots.d/A.CER")
            z.writestr("roots.d/README", "where these came from")
            z.writestr("__MACOSX/._root.crt", "attributes")
            z.writestr("sums.txt", "no certificate")
            for member, content in files.items():
                z.writestr(member.replace("_", "."), content)
        return path
    answer = upload(packed("beside.zip").read_bytes(), "b.zip")
    assert answer.status == 200 and answer.json["skipped"] == ["roots.d/README", "__MACOSX/._root.crt", "sums.txt"], answer
    assert [c["sha256"] for c in answer.json["certificates"]] == [sha256("root")], answer
    assert upload((PKI / "root.crt").read_bytes()).json["skipped"] == []
    run = C.cli("root", "import", HOME / "beside.zip")
    assert run.status == 0 and "not named like a certificate: roots.d/README" in run.err and ": sums.txt" in run.err, run
    answer = upload(packed("bad.zip", Bad_P7B="no certificate").read_bytes(), "b.zip")
    assert answer.status == 422 and "Bad.P7B" in answer.json["detail"], answer
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as z:
        z.writestr("README.txt", (PKI / "root.crt").read_text())
    answer = upload(data.getvalue(), "none.zip")
    assert answer.status == 422 and answer.code == "file.no_certificate" and "named like" in answer.json["detail"], answer


@test
def a_zip_may_have_names_of_every_language_and_of_programs_that_do_not_say_which():
    for name in ("Schlüssel/Würzel.cer", "Stammzertifikat Z.cer"):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as z:
            z.write(PKI / "root.crt", name)
        raw = data.getvalue().replace(b" Z.cer", b" \x81.cer")  # code page 437, as of old
        answer = upload(raw, "names.zip")
        assert answer.status == 200 and [c["sha256"] for c in answer.json["certificates"]] == [sha256("root")], answer


@test
def another_certificate_of_a_name_in_the_catalogue_is_told_apart():
    for name in ("one", "two"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(HOME / "k"),
                        "-out", str(HOME / name), "-subj", "/CN=Twin Root", "-days", "3000"], check=True, capture_output=True)
    C.good("POST", "/roots", {"name": "Twin Root", "store": "Root", "sha256": fingerprint(HOME / "one")})
    left = upload((HOME / "two").read_bytes()).json["left_out"]
    assert [x["code"] for x in left] == ["unlisted"] and "another certificate of this name" in left[0]["why"], left
    assert not upload((HOME / "one").read_bytes()).json["left_out"]


@test
def what_is_locked_is_to_be_unpacked_first_since_no_password_is_taken():
    locked = HOME / "locked.zip"
    with zipfile.ZipFile(locked, "w") as z:
        z.write(PKI / "root.crt", "root.crt")
    data = bytearray(locked.read_bytes())
    data[6] |= 1  # the flag that says encrypted: of the member, and of the directory at the end
    data[data.index(b"PK\1\2") + 8] |= 1
    locked.write_bytes(data)
    for path in (PKI / "root.pfx", locked):
        answer = upload(path.read_bytes())
        assert answer.status == 422 and answer.code == "root.locked", answer
        run = C.cli("root", "import", path)
        assert run.status == 4 and "PEM or P7B" in run.err and "Type the" not in run.err and str(path) in run.err, run


@test
def a_refused_file_is_named():
    for name, content in (("empty.cer", ""), ("words.cer", "no certificate")):
        (HOME / name).write_text(content)
        run = C.cli("root", "import", HOME / name)
        assert run.status == 4 and run.err.count(str(HOME / name)) == 1, run


@test
def states_follow_the_stores():
    entry = entries()["Test intermediate"]
    C.good("POST", "/certificates/%s/move" % entry["sha256"], {"from": "CA", "to": "Root", "accept_warnings": True})
    assert entries()["Test intermediate"]["state"] == "misplaced"
    C.good("POST", "/certificates/%s/move" % entry["sha256"], {"from": "Root", "to": "Disallowed"})
    assert entries()["Test intermediate"]["state"] == "distrusted"


@test
def a_certificate_of_the_wrong_kind_or_digest_is_refused():
    made = C.good("POST", "/roots", {"name": "Not this", "store": "CA"})
    C.refused(422, "root.kind", "POST", "/roots/%s/confirm" % made["id"], {"sha256": sha256("root")})
    held = entries()["Test root"]
    C.refused(422, "root.other_digest", "POST", "/roots/%s/confirm" % held["id"], {"sha256": sha256("other-root")})
    C.refused(409, "root.exists", "POST", "/roots", {"name": "Twice", "store": "Root", "sha256": sha256("root")})
    C.refused(404, "root.not_found", "GET", "/roots/9999")


@test
def entries_are_changed_against_what_was_seen_and_by_administrators_alone():
    entry = C.call("GET", "/roots/%s" % entries()["Not this"]["id"])
    path = "/roots/%s" % entry.json["id"]
    C.good("PATCH", path, {"needed_for": "tests", "since": "today"}, match=entry["etag"])
    C.refused(412, "request.stale", "PATCH", path, {"since": "never"}, match=entry["etag"])
    assert C.call("POST", "/roots", {"name": "x", "store": "Root"}, role="operator").status == 403
    assert C.call("DELETE", path, role="viewer", match="*").status == 403
    C.good("DELETE", path, match="*")
    assert "Not this" not in entries()


@test
def the_command_line_does_the_same_with_a_folder():
    folder = HOME / "folder"
    folder.mkdir()
    shutil.copy(PKI / "fake-root.crt", folder)
    shutil.copy(PKI / "server.crt", folder)
    (folder / "README.txt").write_text("where these came from")
    (folder / "sums").write_text("no ending at all")
    (folder / "inner").mkdir()
    os.mkfifo(folder / "endless.cer")
    with zipfile.ZipFile(folder / "more.ZIP", "w") as z:
        z.write(PKI / "constrained-ca.crt", "there/b.cer")
    bad = folder / "Bad.Cer"
    bad.write_text("not what its name says")
    run = C.cli("root", "import", folder)
    assert run.status == 4 and "Bad.Cer" in run.err and entries()["Fake"]["state"] == "missing", run
    bad.unlink()
    run = C.cli("root", "import", folder, "--dry-run", "--json")
    assert run.status == 10 and sorted(run.json["skipped"]) == ["README.txt", "endless.cer", "inner", "sums"], run
    assert len(run.json["certificates"]) == 1 and len(run.json["left_out"]) == 2, run
    run = C.cli("root", "import", folder)
    assert run.status == 10 and "left out:" in run.out and thumbprint("fake-root") in run.out, run
    assert "not named like a certificate: README.txt" in run.err and ": sums" in run.err and ": inner" in run.err, run
    assert entries()["Fake"]["state"] == "held"
    for name in ("fake-root.crt", "server.crt", "more.ZIP"):
        (folder / name).unlink()
    run = C.cli("root", "import", folder, "--json")
    assert run.status == 4 and run.json["code"] == "file.no_certificate", run
    run = C.cli("root", "import", PKI / "server.key", "--json")
    assert run.status == 4 and run.json["code"] == "file.no_certificate", run
    added = C.cli("root", "add", "By hand", "--store", "CA", "--needed-for", "a test", "--json").json
    assert C.cli("root", "change", added["id"], "--sha1", thumbprint("constrained-ca"), "--json").json["state"] == "missing"
    assert C.cli("root", "remove", added["id"]).status == 0
    actions = [r["action"] for r in C.cli("audit", "list", "--action", "root.*", "--json").json["items"]]
    assert {"root.add", "root.change", "root.confirm", "root.remove"} <= set(actions), actions


if __name__ == "__main__":
    main(start, stop)
