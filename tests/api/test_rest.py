#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""REST against the real console: every resource, its refusals, and answers as docs/openapi.yaml has them."""
import base64
import json

from console import PKI, Console, sha256, thumbprint
from tap import main, test

C = None


def start():
    global C
    C = Console().__enter__()


def stop():
    C.__exit__(None)


def pem(*names):
    return "".join((PKI / (name + ".crt")).read_text() for name in names)


def b64(name):
    return base64.b64encode((PKI / name).read_bytes()).decode()


@test
def says_whether_set_up_is_needed_without_login():
    assert C.good("GET", "/setup", role=None)["needed"] is True
    C.refused(403, "setup.code", "POST", "/setup", {"code": "wrong", "user": "ann", "password": "long enough password"},
              role=None)


@test
def refuses_whoever_is_not_logged_in():
    answer = C.refused(401, "auth.required", "GET", "/stores", role=None)
    assert answer["www-authenticate"].startswith("Bearer"), answer.headers
    C.refused(401, "auth.token", "GET", "/stores", role=None, headers={"Authorization": "Bearer cb_" + 43 * "A"})
    C.refused(401, "auth.token", "GET", "/stores", role=None, headers={"Authorization": "Basic YTpi"})


@test
def imports_by_form_and_by_json_alike():
    made = C.call("POST", "/certificates/import", form={"file": "@%s" % (PKI / "root.crt"), "store": "Root"})
    assert made.status == 201 and made["location"] == "/api/v1/certificates/" + sha256("root"), made
    assert made.json["certificates"][0]["store"] == "Root", made
    again = C.call("POST", "/certificates/import", {"file": pem("root"), "store": "Root"})
    assert again.status == 200 and [c["existed"] for c in again.json["certificates"]] == [True], again
    result = C.good("POST", "/certificates/import",
                    {"file": b64("server.pfx"), "password": "certbinder", "friendly_name": "the server"})
    leaf = [c for c in result["certificates"] if c["sha256"] == sha256("server")][0]
    assert leaf["store"] == "My" and leaf["has_key"] and not leaf["exportable"], leaf
    assert [c for c in result["certificates"] if c["sha256"] == sha256("intermediate")][0]["store"] == "CA", result


@test
def a_dry_run_imports_nothing():
    result = C.good("POST", "/certificates/import?dry_run=true",
                    form={"file": "@%s" % (PKI / "server-next.pfx"), "password": "certbinder"})
    assert any(c["sha256"] == sha256("server-next") for c in result["certificates"]), result
    C.refused(404, "cert.not_found", "GET", "/certificates/" + sha256("server-next"))


@test
def names_each_fault_of_an_upload():
    C.refused(422, "pfx.wrong_password", "POST", "/certificates/import",
              form={"file": "@%s" % (PKI / "server-next.pfx"), "password": "wrong"})
    C.refused(400, "request.member", "POST", "/certificates/import", {"file": "not base64!"})
    C.refused(400, "request.member", "POST", "/certificates/import", {"store": "My"})
    C.refused(400, "request.member", "POST", "/certificates/import", {"file": pem("server"), "stoer": "My"})
    C.refused(400, "request.json", "POST", "/certificates/import", b'{"file": ')
    C.refused(415, "request.content_type", "POST", "/certificates/import", headers={"Content-Type": "text/plain"},
              curl=["--data", "x"])
    C.refused(422, None, "POST", "/certificates/import", {"file": base64.b64encode(b"rubbish").decode()})
    C.refused(413, "limit.body", "POST", "/certificates/import", {"file": "A" * (13 << 20)})


@test
def lists_with_paging_filters_and_fields():
    first = C.call("GET", "/certificates?limit=1&sort=-not_after&fields=sha256,subject", checked=False)
    assert first.status == 200 and first["x-total-count"] == str(first.json["total"]), first
    assert list(first.json["items"][0]) == ["sha256", "subject"] or set(first.json["items"][0]) == {"sha256", "subject"}
    link = first["link"]
    assert link.endswith('rel="next"'), link
    path = link[link.index("<") + 1:link.index(">")]
    second = C.call("GET", path, checked=False)
    assert second.status == 200 and second.json["items"] != first.json["items"], second
    everything = C.good("GET", "/certificates?limit=500")
    assert len(everything["items"]) == everything["total"]
    assert all("Root" in c["stores"] for c in C.good("GET", "/stores/Root/certificates")["items"])
    found = C.good("GET", "/certificates?q=" + ":".join(thumbprint("server")[i:i + 2] for i in range(0, 10, 2)))
    assert [c["sha256"] for c in found["items"]] == [sha256("server")], found
    assert C.good("GET", "/certificates?has_key=true&store=My")["total"] >= 1
    C.refused(400, "request.parameter", "GET", "/certificates?limit=501")
    C.refused(400, "request.parameter", "GET", "/certificates?limit=0")
    C.refused(400, "request.parameter", "GET", "/certificates?purpose=fun")
    C.refused(400, "request.parameter", "GET", "/certificates?expires_before=soon")
    C.refused(400, "request.parameter", "GET", "/certificates?sort=mood")
    C.refused(400, "request.parameter", "GET", "/certificates?page_token=x")
    C.refused(400, "request.parameter", "GET", "/certificates?unknown=1")
    C.refused(404, "store.not_found", "GET", "/stores/Nowhere/certificates")


@test
def head_gives_the_headers_alone():
    answer = C.call("HEAD", "/certificates")
    assert answer.status == 200 and not answer.body and int(answer["x-total-count"]) >= 3, answer


@test
def shows_a_certificate_by_every_spelling():
    for name in (sha256("server"), thumbprint("server"), thumbprint("server").lower(), "the%20server",
                 "%E2%80%8E" + "%20".join(thumbprint("server")[i:i + 2] for i in range(0, 40, 2))):
        assert C.good("GET", "/certificates/" + name)["sha256"] == sha256("server"), name
    C.refused(404, "cert.not_found", "GET", "/certificates/" + 64 * "0")


@test
def answers_from_the_cache_when_nothing_changed():
    seen = C.call("GET", "/certificates/" + sha256("server"))
    assert C.call("GET", "/certificates/" + sha256("server"), headers={"If-None-Match": seen["etag"]}).status == 304
    assert C.call("GET", "/certificates/" + sha256("server"), headers={"If-None-Match": '"x"'}).status == 200


@test
def changes_only_what_was_seen():
    path = "/certificates/" + sha256("server")
    C.refused(428, "request.if_match_required", "PATCH", path, {"friendly_name": "n"})
    C.refused(412, "request.stale", "PATCH", path, {"friendly_name": "n"}, match='"old"')
    C.refused(412, "request.stale", "PATCH", path, {"friendly_name": "n"}, match='W/"old"')
    before = C.call("GET", path)
    tried = C.good("PATCH", path + "?dry_run=true", {"friendly_name": "tried"}, match=before["etag"])
    assert C.call("GET", path)["etag"] == before["etag"], tried
    after = C.call("PATCH", path, {"friendly_name": "renamed"}, match=before["etag"])
    assert after.json["friendly_name"] == "renamed" and after["etag"] == C.call("GET", path)["etag"], after
    C.refused(412, "request.stale", "PATCH", path, {"friendly_name": "n"}, match=before["etag"])
    minimal = C.call("PATCH", path, {"friendly_name": "the server"}, match="*", headers={"Prefer": "return=minimal"})
    assert minimal.status == 204 and minimal["preference-applied"] == "return=minimal", minimal


@test
def shows_chain_and_usage():
    chain = C.good("GET", "/certificates/%s/chain" % sha256("server"))
    assert [link["sha256"] for link in chain["items"]][:2] == [sha256("server"), sha256("intermediate")], chain
    assert "items" in C.good("GET", "/certificates/%s/usage" % sha256("server"))


@test
def exports_the_public_part_by_accept_and_by_format():
    path = "/certificates/%s/export" % sha256("server")
    as_pem = C.call("GET", path)
    assert as_pem["content-type"] == "application/x-pem-file" and as_pem.text.startswith("-----BEGIN CERTIFICATE-----")
    assert 'filename="' in as_pem["content-disposition"], as_pem.headers
    der = C.call("GET", path, headers={"Accept": "application/pkix-cert"})
    assert der["content-type"] == "application/pkix-cert" and der.body[:1] == b"\x30", der.headers
    assert C.call("GET", path + "?format=p7b&chain=true")["content-type"] == "application/pkcs7-mime"
    assert C.call("GET", path + "?format=pem&chain=true&root=true").text.count("BEGIN CERTIFICATE") == 3
    C.refused(406, "request.not_acceptable", "GET", path, headers={"Accept": "image/png"})
    C.refused(400, "request.parameter", "GET", path + "?format=pfx")


@test
def lets_a_key_out_only_when_it_is_exportable():
    path = "/certificates/%s/export"
    C.refused(403, "key.not_exportable", "POST", path % sha256("server"), {"format": "pfx", "password": "long enough"})
    C.good("POST", "/certificates/import",
           {"file": b64("server-rsa.pfx"), "password": "certbinder", "exportable": True})
    pfx = C.call("POST", path % sha256("server-rsa"), {"format": "pfx", "password": "a new password", "chain": True})
    assert pfx.status == 200 and pfx["content-type"] == "application/x-pkcs12" and pfx.body[:1] == b"\x30", pfx.headers
    assert C.good("GET", "/audit?action=key.export")["total"] == 1


@test
def moves_removes_and_brings_back():
    C.good("POST", "/certificates/import", {"file": pem("other-root"), "store": "ClientAuthIssuer"})
    path = "/certificates/" + sha256("other-root")
    moved = C.good("POST", path + "/move", {"from": "ClientAuthIssuer", "to": "CA"})
    assert moved["stores"] == ["CA"], moved
    C.refused(428, "request.if_match_required", "DELETE", path + "?store=CA")
    assert C.call("DELETE", path + "?store=CA&dry_run=true", match=True).status == 204
    assert C.good("GET", path)["stores"] == ["CA"]
    assert C.call("DELETE", path + "?store=CA", match=True).status == 204
    assert sha256("other-root") in [c["sha256"] for c in C.good("GET", "/certificates?deleted=true")["items"]]
    gone = C.refused(404, "cert.not_found", "GET", path)
    assert "was removed" in gone.json["detail"] and "/restore" in gone.json["detail"], gone
    assert C.good("GET", path + "?deleted=true")["deleted"]
    assert C.good("POST", path + "/restore")["stores"] == ["CA"]
    assert C.good("GET", path)["deleted"] is None
    C.refused(404, None, "POST", path + "/move", {"from": "Root", "to": "CA"})


@test
def makes_and_removes_stores():
    made = C.call("POST", "/stores", {"name": "Agents CA"})
    assert made.status == 201 and made["location"] == "/api/v1/stores/Agents%20CA", made.headers
    assert made.json["custom"] is True
    C.refused(409, "store.exists", "POST", "/stores", {"name": "agents ca"})
    assert C.good("POST", "/stores?dry_run=true", {"name": "Tried"})["name"] == "Tried"
    C.refused(404, "store.not_found", "GET", "/stores/Tried")
    C.good("POST", "/certificates/import", {"file": pem("intermediate"), "store": "Agents CA", "all_to_store": True})
    C.refused(409, "store.in_use", "DELETE", "/stores/Agents%20CA", match=True)
    C.refused(409, "store.builtin", "DELETE", "/stores/Root", match=True)
    assert C.call("DELETE", "/certificates/%s?store=Agents%%20CA" % sha256("intermediate"), match=True).status == 204
    assert C.call("DELETE", "/stores/Agents%20CA", match=True).status == 204


@test
def requests_a_certificate_and_takes_the_answer():
    made = C.call("POST", "/csrs", {"dns": ["console.test", "localhost"], "ip": ["127.0.0.1"], "key": "ec256"})
    assert made.status == 201 and "BEGIN CERTIFICATE REQUEST" in made.json["pem"], made
    path = made["location"].removeprefix("/api/v1")
    assert C.call("GET", path, headers={"Accept": "application/pkcs10"}).text == C.good("GET", path + "?format=pem")
    assert made.json["id"] in [c["id"] for c in C.good("GET", "/csrs")["items"]]
    C.refused(404, "csr.no_match", "POST", "/csrs/complete", {"file": pem("client")})
    C.refused(400, None, "POST", "/csrs", {"dns": "console.test"})
    C.refused(400, "csr.no_name", "POST", "/csrs", {"key": "ec256"})
    unicode = C.refused(400, None, "POST", "/csrs", {"dns": ["b\u00fccher.test"], "common_name": "B\u00fccher"})
    assert "xn--" in unicode.json["detail"], unicode
    assert C.call("DELETE", path, match=True).status == 204
    C.refused(404, None, "GET", path)


def default():
    return [b for b in C.good("GET", "/bindings")["items"] if b["default"]][0]


@test
def checks_before_it_binds():
    verdict = C.good("POST", "/checks", {"endpoint": "default", "cert": sha256("server")})
    assert verdict["verdict"] in ("pass", "warn") and any(c["id"] == "name.no_match" for c in verdict["checks"]), verdict
    C.good("POST", "/certificates/import", {"file": b64("server-expired.pfx"), "password": "certbinder"})
    assert C.good("POST", "/checks", {"endpoint": "default", "cert": sha256("server-expired")})["verdict"] == "fail"
    bad = C.refused(422, "validity.expired", "POST", "/bindings", {"endpoint": "default", "cert": sha256("server-expired")})
    assert any(c["id"] == "validity.expired" and c["verdict"] == "fail" for c in bad.json["checks"]), bad
    C.refused(400, "request.member", "POST", "/checks", {"endpoint": "default", "client_certs": "perhaps"})
    port = C.refused(400, "binding.endpoint", "POST", "/checks", {"endpoint": "127.0.0.1:70000:"})
    assert "1 to 65535" in port.json["detail"], port
    C.refused(400, "binding.endpoint", "POST", "/checks", {"endpoint": "nonsense"})


@test
def cuts_every_list_into_pages():
    for path in ("/stores", "/bindings", "/settings", "/roots", "/authentication-keys", "/accounts", "/tokens", "/csrs", "/crls", "/updates"):
        whole = C.good("GET", path)
        assert len(whole["items"]) == whole["total"] and "next_page_token" not in whole, (path, whole)
        seen, at = [], path + "?limit=2"
        while at:
            page = C.call("GET", at)
            assert page["x-total-count"] == str(whole["total"]) and len(page.json["items"]) <= 2, (at, page)
            seen += page.json["items"]
            token = page.json.get("next_page_token")
            assert bool(token) == ("link" in page.headers), (at, page.headers)
            at = token and path + "?limit=2&page_token=" + token
        for item in seen + whole["items"]:
            item.pop("last_used", None)  # of a token: with each minute in which it is used another one
        assert seen == whole["items"], (path, seen)
        C.refused(400, "request.parameter", "GET", path + "?limit=0")
        C.refused(400, "request.parameter", "GET", path + "?page_token=999999")
        C.refused(400, "request.parameter", "GET", path + "?page_token=nonsense")
    assert C.call("GET", "/stores?fields=name&limit=1", checked=False).json["items"] == [{"name": "My"}]


@test
def a_query_that_cannot_be_read_is_refused_not_left_out():
    for query in ("dry_run=tru%zz", "dry_run=%ff", "%ff=1&dry_run=true", "dry_run=true&" * 33):
        C.refused(400, "request.parameter", "POST", "/stores?" + query, {"name": "Only tried"})
    assert "Only tried" not in [s["name"] for s in C.good("GET", "/stores")["items"]]


@test
def a_part_that_is_given_twice_is_refused_not_left_out():
    twice = C.call("POST", "/certificates/import", form={"file": "@%s" % (PKI / "root.crt"), "store": "Root"},
                   curl=["-F", "file=@%s" % (PKI / "other-root.crt")])
    assert (twice.status, twice.code) == (400, "request.member") and "part 'file' is given twice" in twice.text, twice


@test
def names_what_it_takes_and_where_the_fault_is():
    wrong = C.refused(400, "request.member", "POST", "/checks", {"endpoint": "default", "nonsense": 1}).json
    assert wrong["errors"][0]["pointer"] == "/nonsense" and wrong["errors"][0]["message"] == wrong["detail"], wrong
    assert "endpoint, cert" in wrong["remedies"][0]["text"], wrong
    missing = C.refused(400, "request.member", "POST", "/checks", {}).json
    assert missing["errors"][0]["pointer"] == "/endpoint" and "missing" in missing["detail"], missing
    dotted = C.refused(400, "request.member", "POST", "/checks", {"endpoint": "default", "a.b": 1}).json
    assert dotted["errors"][0]["pointer"] == "/a.b", dotted
    rule = C.refused(400, "request.member", "POST", "/checks",
                     {"endpoint": "default", "path_rules": [{"prefix": "/a", "client_certs": "ignore"}, {"prefix": "/b"}]}).json
    assert rule["errors"][0]["pointer"] == "/path_rules/1/client_certs", rule
    parameter = C.refused(400, "request.parameter", "GET", "/certificates?page=2").json
    assert "page_token" in parameter["remedies"][0]["text"] and "errors" not in parameter, parameter
    part = C.refused(400, "request.member", "POST", "/certificates/import", form={"nonsense": "1"}).json
    assert "friendly_name" in part["remedies"][0]["text"], part


@test
def finds_no_binding_under_a_path_that_is_none():
    for path in ("/bindings/nonsense", "/bindings/-1", "/bindings/99", "/bindings/nonsense/history"):
        C.refused(404, "binding.not_found", "GET", path)
    C.refused(404, "binding.not_found", "POST", "/bindings/nonsense/changes", {})
    C.refused(404, "binding.not_found", "DELETE", "/bindings/nonsense", headers={"If-Match": "*"})


@test
def stages_nothing_where_it_is_so_already():
    answer = C.call("POST", "/bindings/%s/changes" % default()["id"], {})
    assert answer.status == 200 and answer.json["id"] is None and "location" not in answer.headers, answer


@test
def binds_in_one_step_and_rolls_back():
    before = default()
    tried = C.good("POST", "/bindings?dry_run=true", {"endpoint": "default", "cert": sha256("server")})
    assert tried["id"] is None and default()["cert"] == before["cert"], tried
    change = C.good("POST", "/bindings", {"endpoint": "default", "cert": sha256("server")})
    assert change["state"] == "confirmed" and change["proved"] is True, change
    assert default()["cert"] == sha256("server")
    history = C.good("GET", "/bindings/default/history?limit=1")
    assert history["items"][0]["id"] == change["id"], history
    back = C.good("POST", "/bindings/default/rollback", {})
    assert back["state"] == "confirmed" and default()["cert"] == before["cert"], back
    again = C.good("POST", "/changes/%s/rollback" % back["id"])
    assert again["state"] == "confirmed" and default()["cert"] == sha256("server"), again
    C.refused(409, "cert.in_use", "DELETE", "/certificates/" + sha256("server"), match=True)
    assert C.good("GET", "/certificates/%s/usage" % sha256("server"))["items"][0]["kind"] == "binding"


@test
def stages_commits_and_confirms_in_steps():
    seen, body = C.call("GET", "/bindings/default")["etag"], {"cert": sha256("server-rsa"), "confirm_within_s": 60}
    C.refused(412, "request.stale", "POST", "/bindings/default/changes", body, match='"what another one changed since"')
    staged = C.call("POST", "/bindings/default/changes", body, match=seen)
    assert staged.status == 201 and staged.json["state"] == "staged", staged
    path = "/changes/" + staged.json["id"]
    C.refused(409, "change.open", "POST", "/bindings", {"endpoint": "default", "cert": sha256("server-rsa")})
    C.refused(428, "request.if_match_required", "POST", path + "/commit")
    C.refused(412, "request.stale", "POST", path + "/commit", match='"stale"')
    committed = C.good("POST", path + "/commit", match=staged["etag"])
    assert committed["state"] == "committed" and committed["confirm_until"], committed
    kept = C.good("POST", path + "/confirm")  # curl opens a new connection, which shows the new certificate
    assert kept["state"] == "confirmed" and default()["cert"] == sha256("server-rsa"), kept
    assert C.good("POST", path + "/confirm")["state"] == "confirmed", "once more: nothing to do"
    C.refused(409, "change.state", "POST", path + "/commit", match="*")


@test
def gives_up_a_staged_and_reverts_a_committed_change():
    staged = C.good("POST", "/changes", {"endpoint": "default", "cert": sha256("server")})
    C.refused(428, "request.if_match_required", "DELETE", "/changes/" + staged["id"])
    assert C.good("DELETE", "/changes/" + staged["id"], match=True)["state"] == "aborted"
    committed = C.good("POST", "/bindings", {"endpoint": "default", "cert": sha256("server"), "confirm_within_s": 60})
    assert committed["state"] == "committed", committed
    assert C.good("POST", "/changes/%s/rollback" % committed["id"])["state"] == "reverted"
    assert default()["cert"] == sha256("server-rsa")
    C.refused(404, "change.not_found", "GET", "/changes/nothing")


@test
def opens_a_second_binding_and_closes_it():
    C.good("POST", "/bindings", {"endpoint": "default", "cert": sha256("server")})
    endpoint = "127.0.0.1:%d:console.test" % C.port
    made = C.call("POST", "/bindings", {"endpoint": endpoint, "cert": sha256("server"), "client_certs": "accept"})
    assert made.status == 201 and made["location"].startswith("/api/v1/bindings/"), made
    path = made["location"].removeprefix("/api/v1")
    assert C.good("GET", path)["client_certs"] == "accept"
    assert C.call("DELETE", path, match=True).status == 204
    C.refused(404, "binding.not_found", "GET", path)
    C.refused(409, "binding.last", "DELETE", "/bindings/default", match=True)


@test
def keeps_agents_files_in_step():
    C.good("POST", "/bindings", {"endpoint": "default", "cert": sha256("server")})
    assert C.good("GET", "/drift")["state"] == "ok"
    der = C.call("GET", "/officescan/hotfix_pccnt/Common/OfcIPCer.dat", role=None)
    assert der.status == 200 and der.body == C.call("GET", "/ipcer", headers={"Accept": "application/pkix-cert"}).body
    (C.folder / "PCCSRV/Pccnt/Common/OfcIPCer.dat").write_bytes(b"somebody else's")
    drift = C.good("GET", "/drift")
    assert drift["state"] == "drift" and drift["findings"][0]["id"] == "ipcer.drift", drift
    assert C.good("POST", "/drift/repair?dry_run=true")["state"] == "drift"
    assert C.good("POST", "/drift/repair")["state"] == "ok"
    assert C.good("POST", "/ipcer")["sha256"] == sha256("server")
    assert C.good("GET", "/ipcer")["sha256"] == sha256("server")


@test
def sets_the_trust_mode():
    assert C.good("GET", "/trust/mode")["mode"] == 0
    C.refused(428, "request.if_match_required", "PUT", "/trust/mode", {"mode": 1})
    C.refused(400, "request.member", "PUT", "/trust/mode", {"mode": 3}, match=True)
    assert C.good("PUT", "/trust/mode?dry_run=true", {"mode": 1}, match=True)["mode"] == 1
    assert C.good("GET", "/trust/mode")["mode"] == 0
    assert C.good("PUT", "/trust/mode", {"mode": 1}, match=True)["name"] == "exclusive_root"
    assert C.good("PUT", "/trust/mode", {"mode": 0}, match=True)["mode"] == 0


@test
def shows_the_effective_issuer_list():
    plain = C.good("GET", "/trust/issuer-list")
    assert plain["source"] == "Root" and not plain["root_is_mixed"], plain
    C.good("POST", "/certificates/import",
           {"file": pem("fake-intermediate"), "store": "Root", "accept_warnings": True})
    mixed = C.good("GET", "/trust/issuer-list?binding=default")
    assert mixed["root_is_mixed"] and [m["sha256"] for m in mixed["members"]] == [sha256("fake-intermediate")], mixed
    assert sha256("root") in [m["sha256"] for m in mixed["left_out"]], mixed
    C.refused(404, "binding.not_found", "GET", "/trust/issuer-list?binding=99")


@test
def refuses_what_is_not_self_signed_into_root_unless_the_warning_is_accepted():
    C.refused(422, "store.not_self_signed", "POST", "/certificates/import", {"file": pem("too-long-ca"), "store": "Root"})


@test
def lints_and_cures():
    lint = C.good("GET", "/trust/lint")
    bad = [f for f in lint["findings"] if f["rule"] == "root.not_self_signed"]
    assert [f["sha256"] for f in bad] == [sha256("fake-intermediate")] and lint["summary"]["errors"] == 1, lint
    tried = C.good("POST", "/trust/lint/fix?dry_run=true", {"ids": [bad[0]["id"]]})
    assert len(tried["fixed"]) == 1 and C.good("GET", "/trust/lint")["summary"]["errors"] == 1, tried
    done = C.good("POST", "/trust/lint/fix", {"ids": [bad[0]["id"]]})
    assert done["fixed"][0]["done"] == "moved to CA" and not done["failed"], done
    undo = done["fixed"][0]["undo"]
    C.good(undo["method"], undo["href"], undo["body"])
    assert C.good("GET", "/trust/lint")["summary"]["errors"] == 1
    C.good("POST", "/trust/lint/fix")
    assert C.good("GET", "/trust/lint")["summary"]["errors"] == 0


@test
def judges_files_as_the_door_would():
    good = C.good("POST", "/trust/judge", {"file": pem("client", "intermediate")})
    assert good["verdict"] == "accept" and good["paths"][0]["steps"][-1]["store"] == "Root", good
    form = C.good("POST", "/trust/judge", form={"file": "@%s" % (PKI / "other-client.crt")})
    assert form["verdict"] == "refuse" and form["substatus"] == 16 and form["remedies"], form
    late = C.good("POST", "/trust/judge", {"file": pem("client", "intermediate"), "time": "2055-01-01T00:00:00Z"})
    assert late["substatus"] == 17 and late["win32"] == 2148204801, late
    C.refused(400, "request.member", "POST", "/trust/judge", {"file": pem("client"), "mode": 7})
    C.refused(422, None, "POST", "/trust/judge", {"file": base64.b64encode(b"rubbish").decode()})


@test
def says_what_would_be_if():
    answer = C.good("POST", "/trust/what-if", {
        "file": pem("other-client"),
        "draft": [{"action": "add", "store": "Root", "file": pem("other-root")}]})
    assert [v["verdict"] for v in answer["modes"]] == ["refuse"] * 3, answer
    assert [v["verdict"] for v in answer["draft"]] == ["accept"] * 3, answer
    taken = C.good("POST", "/trust/what-if", {
        "file": pem("client", "intermediate"),
        "draft": [{"action": "remove", "store": "Root", "cert": sha256("root")}]})
    assert taken["modes"][0]["verdict"] == "accept" and taken["draft"][0]["verdict"] == "refuse", taken
    C.refused(400, "request.member", "POST", "/trust/what-if",
              {"file": pem("client"), "draft": [{"action": "add", "store": "Root"}]})


@test
def imports_revocation_lists():
    made = C.call("POST", "/crls", form={"file": "@%s" % (PKI / "intermediate.crl")})
    assert made.status == 201 and made.json["items"][0]["state"] == "fresh", made
    assert made["location"] == "/api/v1/crls/" + made.json["items"][0]["id"], made.headers
    again = C.call("POST", "/crls", form={"file": "@%s" % (PKI / "intermediate.crl")})
    assert again.status == 200 and again.json["items"] == [] and "location" not in again.headers, again
    C.refused(409, "crl.older", "POST", "/crls", form={"file": "@%s" % (PKI / "intermediate.stale.crl")})
    C.refused(422, "crl.no_issuer", "POST", "/crls", form={"file": "@%s" % (PKI / "constrained-ca.crl")})
    crl = C.good("GET", "/crls")["items"][0]
    assert C.good("GET", "/crls/" + crl["id"])["entries"] >= 1
    assert C.call("DELETE", "/crls/" + crl["id"], match=True).status == 204
    C.refused(404, None, "GET", "/crls/" + crl["id"])
    C.refused(422, "file.unknown_format", "POST", "/crls", {"file": pem("root")})


@test
def changes_settings():
    setting = C.good("GET", "/settings/confirm_within_s")
    assert setting["value"] == setting["default"], setting
    C.refused(428, "request.if_match_required", "PUT", "/settings/confirm_within_s", {"value": 5})
    assert C.good("PUT", "/settings/confirm_within_s", {"value": 5}, match=True)["value"] == 5
    assert C.good("PUT", "/settings/confirm_within_s", {"value": None}, match=True)["value"] == setting["default"]
    answer = C.call("PUT", "/settings/confirm_within_s", {"value": "often"}, match=True)
    assert answer.status in (400, 422), answer
    C.refused(404, None, "GET", "/settings/mood")
    assert C.good("GET", "/settings")["total"] >= 8


@test
def tells_accounts_and_tokens_but_never_their_secrets():
    made = C.call("POST", "/accounts", {"user": "olga", "role": "operator", "password": "correct horse battery"})
    assert made.status == 201 and made["location"] == "/api/v1/accounts/olga", made
    C.refused(409, "account.exists", "POST", "/accounts", {"user": "Olga", "role": "viewer", "password": "x" * 12})
    C.refused(422, "account.weak_password", "POST", "/accounts", {"user": "eve", "role": "viewer", "password": "short"})
    C.refused(400, "request.member", "POST", "/accounts", {"user": "eve", "role": "king", "password": "x" * 12})
    assert C.good("PATCH", "/accounts/olga", {"role": "viewer"}, match=True)["role"] == "viewer"
    assert C.call("DELETE", "/accounts/olga", match=True).status == 204
    C.refused(404, None, "GET", "/accounts/olga")
    token = C.call("POST", "/tokens", {"name": "one", "role": "viewer", "ttl_days": 1})
    assert token.status == 201 and token.json["token"].startswith("cb_") and len(token.json["token"]) == 46, token
    assert token.json["token"] not in json.dumps(C.good("GET", "/tokens"))
    headers = {"Authorization": "Bearer " + token.json["token"]}
    assert C.good("GET", "/session", role=None, headers=headers) == {"user": "one", "role": "viewer", "kind": "token"}
    assert C.call("DELETE", "/tokens/" + token.json["id"], match=True).status == 204
    C.refused(401, "auth.token", "GET", "/session", role=None, headers=headers)


@test
def answers_a_repeated_key_from_memory():
    headers = {"Idempotency-Key": "k1"}
    first = C.call("POST", "/stores", {"name": "Once"}, headers=headers)
    again = C.call("POST", "/stores", {"name": "Once"}, headers=headers)
    assert first.status == again.status == 201 and first.json == again.json, again
    assert again["idempotency-replayed"] == "true" and again["location"] == first["location"], again.headers
    C.refused(409, "request.idempotency", "POST", "/stores", {"name": "Twice"}, headers=headers)
    C.good("POST", "/tokens", {"name": "k", "role": "viewer"}, headers={"Idempotency-Key": "k2"})
    C.refused(409, "request.idempotency", "POST", "/tokens", {"name": "k", "role": "viewer"},
              headers={"Idempotency-Key": "k2"})
    C.refused(409, None, "POST", "/stores", {"name": "Once"}, headers={"Idempotency-Key": "k3"})
    C.refused(409, None, "POST", "/stores", {"name": "Once"}, headers={"Idempotency-Key": "k3"})


@test
def keeps_an_audit_trail():
    page = C.good("GET", "/audit?limit=5&action=cert.*")
    assert len(page["items"]) == 5 and all(r["action"].startswith("cert.") for r in page["items"]), page
    assert C.good("GET", "/audit?actor=test%20admin&since=2020-01-01T00:00:00Z")["total"] > 5
    assert C.good("GET", "/audit?until=2020-01-01T00:00:00Z")["total"] == 0
    state = C.good("GET", "/audit/verify")
    assert state["intact"] is True and state["rows"] > 20 and state["first_bad"] is None, state


@test
def says_how_it_is():
    system = C.good("GET", "/system")
    assert system["degraded"] is False and system["connection"]["host_cert"] == sha256("server"), system
    for path in ("/livez", "/readyz"):
        answer = C.call("GET", path, role=None)
        assert answer.status == 200 and not answer.body, answer
    assert C.good("GET", "/readyz")["status"] == "ok"


@test
def explains_problems_offline():
    page = C.call("GET", "/problems/key-mismatch", role=None)
    assert page["content-type"].startswith("text/html") and "key.mismatch" in page.text, page
    assert C.good("GET", "/problems/key.mismatch", role=None, headers={"Accept": "application/json"})["status"] == 422
    C.refused(404, None, "GET", "/problems/nonsense", role=None)
    problem = C.refused(404, "cert.not_found", "GET", "/certificates/" + 64 * "0").json
    assert C.call("GET", problem["type"], role=None).status == 200, problem
    assert problem["trace_id"] and problem["instance"].startswith("/api/v1/certificates/"), problem


@test
def knows_its_paths_and_methods():
    C.refused(404, "request.no_route", "GET", "/nowhere")
    answer = C.refused(405, "request.method", "PUT", "/stores", {})
    assert set(answer["allow"].replace(" ", "").split(",")) >= {"GET", "POST"}, answer.headers
    for path, methods in ("/stores", "GET, HEAD, POST, OPTIONS"), ("/problems/key-mismatch", "GET, HEAD, OPTIONS"):
        answer = C.call("OPTIONS", path, role=None)
        assert answer.status == 204 and answer["allow"] == methods and not answer.text, answer.headers
    C.refused(404, "request.no_route", "OPTIONS", "/nowhere")


@test
def serves_its_own_description():
    spec = C.call("GET", "/openapi.json", role=None)
    assert spec.json["openapi"] == "3.1.0" and "/certificates" in spec.json["paths"], spec


@test
def what_takes_no_body_takes_an_empty_object_too():
    stage = {"cert": C.good("GET", "/bindings/default")["cert"], "client_certs": "accept"}
    change = C.good("POST", "/bindings/default/changes", stage)["id"]
    C.refused(400, "request.member", "POST", "/changes/" + change + "/rollback", {"why": "so"})
    C.refused(400, None, "POST", "/changes/" + change + "/rollback", b"no object")
    assert C.good("POST", "/changes/" + change + "/rollback", {})["state"] == "aborted"
    change = C.good("POST", "/bindings/default/changes", stage)["id"]
    plain = {"Content-Type": "application/x-www-form-urlencoded"}
    assert C.call("POST", "/changes/" + change + "/rollback", headers=plain, curl=("--data", "{}")).json["state"] == "aborted"


if __name__ == "__main__":
    main(start, stop)
