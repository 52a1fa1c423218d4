#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Who may do what, both ways: each operation is refused to the roles below the one that docs/openapi.yaml names and
lets the others in; rights that hang on the body; sessions, CSRF, throttling."""
import base64
import json
import time
import re

from binding import wait_until
from console import PKI, Console, sha256
from openapi import Spec
from tap import main, test

C = None
ROLES = ["none", "viewer", "operator", "admin"]
PASSWORD = "correct horse battery"


def start():
    global C
    C = Console().__enter__()
    C.done("cert", "import", PKI / "root.crt", "--store", "Root")
    C.done("cert", "import", PKI / "server.pfx", "--password-file", password_file())


def stop():
    C.__exit__(None)


def password_file(text="certbinder"):
    path = C.home / "password"
    path.write_text(text)
    return path


def probe(method, path, operation, role):
    """The mildest request that reaches the handler: no such thing, or a dry run."""
    path = re.sub(r"\{[^}]*\}", "no-such", path)
    names = [Spec.instance().deref(p)["name"] for p in operation.get("parameters", [])]
    if "dry_run" in names:
        path += "?dry_run=true"
    body = {} if "requestBody" in operation else None
    return C.call(method, path, body, role=None if role == "none" else role, headers={"If-Match": '"no-such"'},
                  checked=False)


def is_refusal(answer):
    if answer.status == 401 and answer.code == "agent.unknown":
        return False  # agents show their own secret, whoever else they are
    if answer.status == 401 and answer.code == "auth.certificate_unknown":
        return False  # logging in: open to all, and no certificate was shown
    return answer.status == 401 or (answer.status == 403 and answer.code == "auth.role")


@test
def each_operation_lets_in_its_role_and_those_above_alone():
    wrong = []
    for method, path, operation in Spec.instance().operations():
        if operation["operationId"] in ("events", "metrics", "session_open", "session_close", "setup_run"):
            continue  # below
        least = ROLES.index(operation["x-role"])
        for rank, role in enumerate(ROLES):
            answer = probe(method, path, operation, role)
            if is_refusal(answer) != (rank < least) or answer.status == 500:
                wrong.append((operation["operationId"], role, answer))
            if rank < least and answer.status != (401 if role == "none" else 403):
                wrong.append((operation["operationId"], role, answer))
    assert not wrong, wrong


@test
def keys_anchors_and_overrides_are_for_admins_whatever_the_route_says():
    def upload(name):
        return base64.b64encode((PKI / name).read_bytes()).decode()

    refused = [
        ("POST", "/certificates/import", {"file": upload("server-next.pfx"), "password": "certbinder"}),
        ("POST", "/certificates/import", {"file": upload("other-root.crt"), "store": "Root"}),
        ("POST", "/certificates/import", {"file": upload("other-root.crt"), "trust_roots": True}),
        ("POST", "/certificates/import", {"file": upload("other-root.crt"), "store": "Disallowed"}),
        ("POST", "/certificates/%s/move" % sha256("root"), {"from": "Root", "to": "CA"}),
        ("POST", "/certificates/%s/export" % sha256("server"), {"format": "pfx", "password": PASSWORD}),
        ("POST", "/bindings", {"endpoint": "default", "cert": sha256("server"), "override_reason": "because"}),
    ]
    for method, path, body in refused:
        C.refused(403, "auth.role", method, path, body, role="operator")
    C.refused(403, "auth.role", "DELETE", "/certificates/%s?store=Root" % sha256("root"), role="operator", match="*")
    assert "Root" in C.good("GET", "/certificates/" + sha256("root"))["stores"]
    assert C.call("POST", "/certificates/import", {"file": upload("intermediate.crt")}, role="operator").status in (200, 201)
    for method, path, body in refused[:5]:
        C.good(method, path + ("?dry_run=true" if "dry_run" not in path else ""), body)
    C.refused(403, "key.not_exportable", *refused[5])


@test
def metrics_are_for_viewers_unless_opened():
    assert C.call("GET", "/metrics", role=None).status == 401
    assert "certbinder_build_info" in C.good("GET", "/metrics", role="viewer")
    C.good("PUT", "/settings/metrics_open", {"value": True}, match=True)
    assert C.call("GET", "/metrics", role=None).status == 200
    C.good("PUT", "/settings/metrics_open", {"value": False}, match=True)


class Browser:
    """Keeps the cookie; sends what a browser sends."""

    def __init__(self, user, password):
        answer = C.call("POST", "/session", {"user": user, "password": password}, role=None, headers=self.same_origin())
        assert answer.status == 201, answer
        self.first, self.csrf = answer, answer.json["csrf_token"]
        self.cookie = answer["set-cookie"].split(";")[0]

    @staticmethod
    def same_origin():
        return {"Origin": "https://127.0.0.1:%d" % C.port}

    def call(self, method, path, body=None, csrf=True, origin=None):
        headers = {"Cookie": self.cookie}
        headers.update(self.same_origin() if origin is None else {"Origin": origin} if origin else {})
        if csrf:
            headers["X-CSRF-Token"] = self.csrf if csrf is True else csrf
        return C.call(method, path, body, role=None, headers=headers)


@test
def the_setup_code_makes_the_first_administrator_once():
    code = C.done("setup-code")
    body = {"code": code, "user": "ann", "password": PASSWORD}
    C.refused(422, "account.weak_password", "POST", "/setup", dict(body, password="short"), role=None)
    assert C.call("POST", "/setup", body, role=None).status == 201
    C.refused(409, "setup.done", "POST", "/setup", body, role=None)
    assert C.good("GET", "/setup", role=None)["needed"] is False
    assert code not in C.log()


@test
def a_session_needs_its_csrf_token_and_the_right_origin():
    ann = Browser("ann", PASSWORD)
    cookie = ann.first["set-cookie"]
    assert cookie.startswith("__Host-session=") and all(
        rule in cookie for rule in ("Path=/", "Secure", "HttpOnly", "SameSite=Strict")), cookie
    assert ann.call("GET", "/session", csrf=False).json["kind"] == "session"
    assert ann.call("POST", "/stores", {"name": "S1"}, csrf=False).code == "csrf"
    assert ann.call("POST", "/stores", {"name": "S1"}, csrf="0" * 64).code == "csrf"
    assert ann.call("POST", "/stores", {"name": "S1"}, origin="https://evil.test").code == "csrf.origin"
    assert ann.call("POST", "/stores", {"name": "S1"}, origin="http://127.0.0.1:%d" % C.port).code == "csrf.origin"
    assert ann.call("POST", "/stores", {"name": "S1"}).status == 201
    assert ann.call("POST", "/stores", {"name": "S2"}, origin="").status == 201
    assert C.good("GET", "/audit?action=store.create&limit=1")["items"][0]["actor"] == "ann"


@test
def a_session_ends_with_logout_and_with_a_new_password():
    ann, other = Browser("ann", PASSWORD), Browser("ann", PASSWORD)
    gone = ann.call("DELETE", "/session")
    assert gone.status == 204 and "Max-Age=0" in gone["set-cookie"], gone.headers
    assert ann.call("GET", "/session").status == 401
    assert other.call("GET", "/session").status == 200
    C.good("PATCH", "/accounts/ann", {"password": PASSWORD + "!"}, match=True)
    assert other.call("GET", "/session").status == 401
    Browser("ann", PASSWORD + "!")
    C.good("PATCH", "/accounts/ann", {"password": PASSWORD}, match=True)


@test
def a_stale_cookie_does_not_shut_the_login():
    answer = C.call("POST", "/session", {"user": "ann", "password": PASSWORD}, role=None,
                    headers={"Cookie": "__Host-session=old"})
    assert answer.status == 201, answer


@test
def a_cookie_of_another_program_cannot_name_the_session_or_hide_it():
    """Browsers send what any port of the host has set; only a semicolon ends a cookie (RFC 6265 4.2)."""
    ann = Browser("ann", PASSWORD)
    for other, status in (("a=1,%s", 401), ("x%s", 401), ("a=1,__Host-session=x; %s", 200), ('a="1; %s', 200), ('a="1, 2"; b; =c;%s; d', 200),
                          ("__Host-session; %s", 200), ("__Host-session=x; %s", 401)):
        answer = C.call("GET", "/session", role=None, headers={"Cookie": other % ann.cookie})
        assert answer.status == status, (other, answer)


@test
def login_from_another_site_is_refused():
    C.refused(403, "csrf.origin", "POST", "/session", {"user": "ann", "password": PASSWORD}, role=None,
              headers={"Origin": "https://evil.test"})
    C.refused(403, "csrf.origin", "POST", "/session", {"user": "ann", "password": PASSWORD}, role=None,
              headers={"Sec-Fetch-Site": "cross-site"})


@test
def the_last_administrator_stays():
    C.refused(409, "account.last_admin", "DELETE", "/accounts/ann", match=True)
    C.refused(409, "account.last_admin", "PATCH", "/accounts/ann", {"role": "viewer"}, match=True)


@test
def guessing_is_slowed_down():
    def login(password):
        return C.call("POST", "/session", {"user": "ann", "password": password}, role=None)

    def right_after_wrong():
        """What the right password brings while one has to wait; None when that is over before it is heard."""
        waits, until = 0, time.monotonic() + 90
        while waits < 5 and time.monotonic() < until:  # the first waits end while we ask, and double with each failure
            begin, answer = time.monotonic(), login("wrong wrong wrong")
            assert (answer.status, answer.code) in ((401, "auth.failed"), (429, "auth.throttled")), answer
            waits = int(answer["retry-after"]) if answer.status == 429 else 0
        assert waits >= 5, answer
        answer = login(PASSWORD)
        return answer if time.monotonic() - begin < waits - 1 else None

    answer = wait_until(right_after_wrong)
    assert (answer.status, answer.code) == (429, "auth.throttled"), answer


@test
def no_secret_is_in_the_log_or_in_the_audit_trail():
    everything = C.log() + json.dumps(C.good("GET", "/audit?limit=500"))
    everything += "".join(p.read_text() for p in (C.folder / "logs").rglob("*.log"))
    for secret in [PASSWORD, "wrong wrong wrong"] + list(C.tokens.values()):
        assert secret not in everything, secret


if __name__ == "__main__":
    main(start, stop)
