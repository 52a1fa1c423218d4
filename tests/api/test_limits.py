#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Limits of docs/LIMITS.md that a stranger or a user meets from outside: the last that passes, the first that does not.

The values come from that page; tests/limits.txt says which test hits which limit.
"""
# timeout-seconds: 600
import base64
import fcntl
import json
import os
import pathlib
import select
import socket
import ssl
import subprocess
import sys
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from binding import wait_until  # noqa: E402
from console import BUILD, Console, run_cli  # noqa: E402
from jose import openssl  # noqa: E402
from limits import limit  # noqa: E402
from tap import main, test  # noqa: E402

console = None


@test
def parameters_of_a_query():
    most = limit("HTTP_QUERY_MAX")

    def seen(n):
        """n parameters, the last of them one that does not exist."""
        return console.call("GET", "/certificates?" + "limit=1&" * (n - 1) + "nonsense=1", checked=False)

    assert "nonsense" in seen(most).text, seen(most)
    more = seen(most + 1)
    assert (more.status, more.code) == (400, "request.parameter") and "too many" in more.text, more


@test
def parts_of_a_form():
    most = limit("HTTP_PARTS_MAX")

    def seen(n):
        return console.call("POST", "/certificates/import", form={"p%d" % i: "x" for i in range(n)}, checked=False)

    assert seen(most).code != "request.multipart", seen(most)
    assert (seen(most + 1).status, seen(most + 1).code) == (400, "request.multipart"), seen(most + 1)


@test
def bytes_of_an_idempotency_key():
    most = limit("API_KEY_MAX")
    body = {"user": "limits", "role": "viewer", "password": "long enough password"}
    seen = console.call("POST", "/accounts", body, headers={"Idempotency-Key": "k" * (most + 1)}, checked=False)
    assert (seen.status, seen.code) == (400, "request.parameter") and str(most) in seen.text, seen
    console.good("POST", "/accounts", body, headers={"Idempotency-Key": "k" * most})


def certificates(n):
    """So many certificates of one key in one file."""
    key = console.home / "many.key"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    return b"".join(openssl("req", "-x509", "-new", "-key", key, "-subj", "/CN=many %d" % i) for i in range(n))


@test
def bytes_of_an_answer_that_is_kept_for_a_repeated_key():
    most = limit("REPLAY_BODY_MAX")
    sizes = []
    for n in (1, 420):
        body = {"file": base64.b64encode(certificates(n)).decode()}
        first, again = [console.call("POST", "/certificates/import", body, headers={"Idempotency-Key": "kept-%d" % n}, checked=False)
                        for _ in range(2)]
        assert first.status == 200, first
        sizes.append(len(first.body))
        if sizes[-1] <= most:
            assert again.body == first.body, again
        else:
            assert (again.status, again.code) == (409, "request.idempotency"), again
    assert sizes[0] <= most < sizes[1], sizes


@test
def bytes_of_a_password():
    most = limit("PASSWORD_MAX_BYTES")
    body = {"user": "verylong", "role": "viewer", "password": "p" * (most + 1)}
    seen = console.call("POST", "/accounts", body, checked=False)
    assert seen.status in (400, 422), seen
    console.good("POST", "/accounts", dict(body, password="p" * most))


@test
def bytes_of_an_uploaded_body():
    most = limit("HTTP_BODY_MAX_IMPORT")
    seen = console.call("POST", "/certificates/import", body=b'{"file":"' + b"A" * most + b'"}', checked=False)
    assert (seen.status, seen.code) == (413, "limit.body"), seen


@test
def listeners_of_one_run():
    most = limit("LISTENS_MAX")
    argv = [str(BUILD / "certbinderd"), "--state-dir", str(console.home / "other")]
    run = subprocess.run(argv + ["--listen", "127.0.0.1:0"] * (most + 1), capture_output=True, text=True, timeout=60,
                         check=False)
    assert run.returncode in (2, 4) and str(most) in run.stderr, run


@test
def bytes_of_a_line_to_the_control_socket():
    most = limit("CONTROL_LINE_MAX")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(30)
        s.connect(str(console.folder / "control.sock"))
        answer = b""
        try:
            s.sendall(b"x" * (most + 1))
            answer = s.recv(65536)  # without an end of line: it is the length that ends this
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert b'"ok":true' not in answer, answer
    assert console.done("status")


def judged(**question):
    base = {"id": "x", "time": 1767225600, "purpose": "client", "chain": [], "stores": {}, "mode": 0, "issuer_store": None,
            "crls": [], "check_revocation": False}
    run = run_cli(console.home / "none", "trust", "judge", "--json-lines", input=json.dumps(dict(base, **question)) + "\n")
    return json.loads(run.out)


@test
def stores_in_one_question():
    most = limit("JUDGE_STORES_MAX")
    assert "error" not in judged(stores={"s%d" % i: [] for i in range(most)})
    seen = judged(stores={"s%d" % i: [] for i in range(most + 1)})
    assert str(most) in json.dumps(seen.get("error")), seen


@test
def stores_of_one_console():
    """As many as one judgement can look at; with the last of them it still starts, and judges."""
    most = limit("TRUST_MAX_STORES")
    with Console() as c:
        for i in range(len(c.good("GET", "/stores")["items"]), most):
            c.good("POST", "/stores", {"name": "Store %d" % i})
        c.refused(422, "limit.rows", "POST", "/stores", {"name": "One more"})
        c.stop()
        c.start()
        assert len(c.good("GET", "/stores")["items"]) == most
        c.good("GET", "/trust/lint")


@test
def bytes_of_a_body_of_json():
    most = limit("HTTP_BODY_MAX_DEFAULT")

    def seen(n):
        return console.call("POST", "/checks", body=b'{"endpoint":"default"}'.ljust(n), checked=False)

    assert seen(most).status == 200, seen(most)
    assert (seen(most + 1).status, seen(most + 1).code) == (413, "limit.body"), seen(most + 1)
    told = seen(most + 1).json
    assert str(most) in told["detail"] and told["remedies"][0]["text"], told


@test
def how_long_a_change_waits_to_be_confirmed():
    most = limit("CONFIRM_WITHIN_MAX_S")
    for path, body in (("/checks", {"endpoint": "default"}), ("/trust/mode?dry_run=true", {"mode": 1})):
        method = "POST" if path == "/checks" else "PUT"
        ok = console.call(method, path, dict(body, confirm_within_s=most), match=method == "PUT", checked=False)
        assert ok.status == 200, ok
        seen = console.call(method, path, dict(body, confirm_within_s=most + 1), match=method == "PUT", checked=False)
        assert seen.status == 400 and str(most) in seen.text, seen


@test
def steps_of_a_draft():
    most = limit("DRAFT_STEPS_MAX")
    cert = console.good("GET", "/certificates")["items"][0]["sha256"]

    def seen(n):
        steps = [{"action": "add", "store": "CA", "cert": cert}] * n
        file = console.curl("-H", "Authorization: Bearer " + console.token("admin"),
                            path="/api/v1/certificates/%s/export?format=pem" % cert).text
        return console.call("POST", "/trust/what-if", {"file": file, "draft": steps}, checked=False)

    assert seen(most).status == 200, seen(most)
    assert (seen(most + 1).status, seen(most + 1).code) == (422, "limit") and str(most) in seen(most + 1).text, seen(most + 1)


@test
def bytes_of_settings():
    for key, most, text in (("agent_egress", limit("EGRESS_TEXT_MAX"), "10.0.0.0/8"),
                            ("server_name", limit("SERVER_NAME_MAX"), "a.")):
        for n in (most, most + 1):
            value = text.ljust(n) if key == "agent_egress" else ("a." * n)[:n - 1] + "a"
            seen = console.call("PUT", "/settings/" + key, {"value": value}, match=True, checked=False)
            assert seen.status == 200 if n == most else seen.status == 400, (key, n, seen)
    for key in ("agent_egress", "server_name"):
        console.good("PUT", "/settings/" + key, {"value": ""}, match=True)


@test
def what_a_rollout_may_be_told():
    for key, name, least in (("parallel", "ROLLOUT_PARALLEL_MAX", 1), ("attempts", "ROLLOUT_ATTEMPTS_MAX", 1),
                             ("jitter_ms", "ROLLOUT_JITTER_MAX_MS", 0)):
        most = limit(name)
        console.good("POST", "/rollouts", {"cmd": "status", key: most})
        for n in (least - 1, most + 1):
            seen = console.call("POST", "/rollouts", {"cmd": "status", key: n}, checked=False)
            assert seen.status == 400 and key in seen.text, seen


@test
def connections_that_wait_for_the_control_socket():
    """While each thread that answers waits for a caller to say something, which is two seconds: what is seen later than
    that says nothing."""
    most, threads, path = limit("CONTROL_QUEUE_MAX"), 3, str(console.folder / "control.sock")
    patience = limit("CONTROL_READ_TIMEOUT_MS") / 1000

    def ended():
        """Which of them, the last being the one too many; None when it took too long to see."""
        console.done("status")  # nobody is left from before
        begin, conns = time.monotonic(), [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(threads + most + 1)]
        try:
            for s in conns[:threads]:
                s.connect(path)
                s.sendall(b"{")
            for s in conns[:threads]:  # with a thread, once that has read the beginning
                wait_until(lambda s=s: fcntl.ioctl(s, termios.TIOCOUTQ, bytes(4)) == bytes(4))
            for s in conns[threads:]:
                s.connect(path)
            found = [conns.index(s) for s in select.select(conns, [], [], patience)[0] if s.recv(1) == b""]
            return found if time.monotonic() - begin < patience else None
        finally:
            for s in conns:
                s.close()

    found = wait_until(ended)
    assert found == [threads + most], found


@test
def how_fresh_a_list_must_be_at_most():
    most = limit("REVOCATION_FRESHNESS_MAX_S")
    seen = console.call("POST", "/checks", {"endpoint": "default", "revocation_freshness_s": most + 1}, checked=False)
    assert seen.status == 400 and str(most) in seen.text, seen


@test
def bytes_of_a_prefix_of_paths():
    most = limit("PATH_PREFIX_MAX")

    def seen(n):
        rule = {"prefix": "/" + "p" * (n - 1), "client_certs": "require"}
        return console.call("POST", "/checks", {"endpoint": "default", "path_rules": [rule]}, checked=False).text

    assert "no path prefix" not in seen(most), seen(most)
    assert "no path prefix" in seen(most + 1), seen(most + 1)


@test
def bytes_of_what_agents_are_searched_for():
    most = limit("AGENT_SEARCH_MAX")
    seen = console.call("GET", "/agents?q=" + "a" * (most + 1), checked=False)
    assert seen.status in (400, 422), seen
    console.good("GET", "/agents?q=" + "a" * most)


def secured():
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    return c.wrap_socket(socket.create_connection(("127.0.0.1", console.port), 30), server_hostname="localhost")


def request(method, path, *more):
    lines = ["%s /api/v1%s HTTP/1.1" % (method, path), "Host: 127.0.0.1:%d" % console.port,
             "Authorization: Bearer " + console.token("admin"), *more, "", ""]
    return "\r\n".join(lines).encode()


@test
def time_for_a_client_to_end_after_we_did():
    most = limit("TLS_LINGER_MAX_MS") / 1000
    with secured() as conn:
        begin = time.monotonic()  # the other side's time begins behind it, whenever we hear of its end
        conn.sendall(request("GET", "/session", "Connection: close"))
        while conn.recv(65536):
            pass
        plain = conn.fileno()
        wait_until(lambda: not is_held(plain))
        assert time.monotonic() - begin > most / 2


def is_held(fd):
    """Whether the other side still has its socket: a byte meets a reset where it has not."""
    with socket.socket(fileno=os.dup(fd)) as s:
        try:
            s.send(b"x")
            return True
        except OSError:
            return False


def before():
    global console
    console = Console()


def after():
    console.__exit__(None, None, None)


if __name__ == "__main__":
    main(before, after)
