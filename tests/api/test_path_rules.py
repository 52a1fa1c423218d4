#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Client-certificate rules of single path prefixes, and the issuer list in the handshake, on the console itself."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from console import PKI, Console, thumbprint  # noqa: E402
from tap import main, test  # noqa: E402

console = None


def client(*args, path="/livez"):
    return console.curl(*args, path=path).status


def with_certificate(path):
    chain = console.home / "client.pem"
    chain.write_text((PKI / "client.crt").read_text() + (PKI / "intermediate.crt").read_text())
    return client("--cert", str(chain), "--key", str(PKI / "client.key"), path=path)


def bind(*args, status=0):
    run = console.cli("bind", "set", "--endpoint", "default", *args)
    assert run.status == status, run


def s_client(version):
    return subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % console.port, version], input=b"",
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=90).stdout.decode("latin-1")


@test
def asks_nobody_without_a_rule():
    assert client() == 200 and client(path="/api/v1/system") == 401
    for version in ("-tls1_2", "-tls1_3"):
        assert "Requested Signature Algorithms" not in s_client(version)


@test
def holds_a_rule_for_its_prefix_alone():
    bind("--path-rules", "/api=require,/readyz=accept")
    assert client() == 200 and client(path="/readyz") == 200
    assert client(path="/api/v1/system") == 403 and client(path="/api") == 403
    assert with_certificate("/api/v1/system") == 401, "past the door, then no token"
    for version in ("-tls1_2", "-tls1_3"):
        assert "Requested Signature Algorithms" in s_client(version), "asked for on the whole binding"


@test
def cannot_be_walked_around():
    for path in ("//api/v1/system", "/api%2fv1/system", "/%61pi/v1/system", "/livez/../api/v1/system", "/api/v1/./system"):
        status = client("--path-as-is", path=path)
        assert status in (400, 403, 404), (path, status)


@test
def takes_the_longest_prefix_but_never_less_than_the_binding():
    bind("--path-rules", "/api=ignore,/api/v1/system=require")
    assert client(path="/api/v1/stores") == 401 and client(path="/api/v1/system") == 403
    bind("--client-certs", "require")
    assert client(path="/api/v1/stores") == 403 and client() == 403, "the prefix weakened the binding's rule"
    bind("--client-certs", "ignore")


@test
def goes_through_REST_with_history_and_rollback():
    bind("--path-rules", "")
    etag = console.call("GET", "/bindings/1")["etag"]
    change = console.good("POST", "/bindings/1/changes", match=etag, body={
        "path_rules": [{"prefix": "/x", "client_certs": "require"}, {"prefix": "/a", "client_certs": "accept"}],
        "check_usage": False})
    assert change["before"]["path_rules"] == [] and change["before"]["check_usage"]
    etag = console.call("GET", "/changes/" + change["id"])["etag"]
    console.good("POST", "/changes/%s/commit" % change["id"], match=etag)
    shown = console.good("GET", "/bindings/1")
    assert shown["path_rules"] == [{"prefix": "/a", "client_certs": "accept"}, {"prefix": "/x", "client_certs": "require"}]
    assert shown["check_usage"] is False and client(path="/x") == 403
    run = console.cli("bind", "rollback", "--endpoint", "default", "--yes")
    assert run.status in (0, 10), run
    shown = console.good("GET", "/bindings/1")
    assert shown["path_rules"] == [] and shown["check_usage"] is True
    assert client(path="/x") == 404, client(path="/x")


@test
def survives_a_restart():
    bind("--path-rules", "/api=require")
    port = console.port
    console.stop()
    console.start("127.0.0.1:%d" % port)
    assert client(path="/api/v1/system") == 403 and client() == 200
    bind("--path-rules", "")


@test
def refuses_what_is_no_rule():
    for text in ("api=require", "/api=maybe", "/api", "/a b=require", "/api?x=require", "/a=accept,/a=require",
                 "/" + "a" * 201 + "=accept", ",".join("/%d=accept" % i for i in range(17))):
        bind("--path-rules", text, status=2)
    etag = console.call("GET", "/bindings/1")["etag"]
    for rules in ("x", [{"prefix": "/a"}], [1], {"prefix": "/a", "client_certs": "accept"}):
        answer = console.call("POST", "/bindings/1/changes", body={"path_rules": rules}, match=etag)
        assert answer.status == 400, answer


@test
def sends_the_issuer_list_where_it_is_switched_on():
    bind("--client-certs", "accept")
    assert "No client certificate CA names sent" in s_client("-tls1_2")
    console.done("settings", "set", "send_trusted_issuer_list", "true")
    assert "Acceptable client certificate CA names" in s_client("-tls1_2") and "Console Test Root" in s_client("-tls1_2")
    console.done("cert", "import", str(PKI / "intermediate.crt"), "--store", "ClientAuthIssuer", "--yes")
    assert "Console Test Issuing CA" in s_client("-tls1_2")
    assert "No client certificate CA names sent" in s_client("-tls1_3"), "the TLS library cannot send them in TLS 1.3"
    console.done("settings", "set", "send_trusted_issuer_list", "false")
    assert "No client certificate CA names sent" in s_client("-tls1_2")


def before():
    global console
    console = Console()
    console.done("cert", "import", str(PKI / "root.crt"), "--store", "Root")
    console.done("cert", "import", str(PKI / "intermediate.crt"), "--store", "CA")
    assert thumbprint("root")


def after():
    console.__exit__(None)


if __name__ == "__main__":
    main(before, after)
