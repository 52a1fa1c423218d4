#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""The TLS front with HTTP behind it, by real clients: versions, names, resumption, swaps, limits, endings."""
# timeout-seconds: 600
import os
import pathlib
import re
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from front import PKI, Front, ask, binding, chain_of, connect, context, exchange, get, read_reply  # noqa: E402
from tap import main, skip_unless, test  # noqa: E402

V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
front = names = None


def s_client(port, *options, text=b"", seconds=60):
    done = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, "-CAfile", str(PKI / "root.crt")] +
                          list(options), input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
    return done.stdout.decode("latin-1")


def peer(conn, host="localhost"):
    return ask(conn, get("/peer", host)).json


def common_name(conn):
    return dict(x[0] for x in conn.getpeercert()["subject"])["commonName"]


# ---- versions, ciphers, extensions ----


@test
def speaks_TLS_1_2_and_1_3_and_nothing_older():
    for version, text in ((V12, "TLSv1.2"), (V13, "TLSv1.3")):
        with connect(front.port, ctx=context(version)) as conn:
            assert peer(conn)["version"] == text
    for old in ("-tls1_1", "-tls1"):
        out = s_client(front.port, old, "-cipher", "ALL:@SECLEVEL=0")
        assert "alert protocol version" in out or "Cipher is (NONE)" in out, out


@test
def takes_forward_secret_AEAD_ciphers_alone():
    for good in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"):
        assert "Cipher is " + good in s_client(front.port, "-tls1_2", "-cipher", good)
    for bad in ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-CCM"):
        assert "Cipher is (NONE)" in s_client(front.port, "-tls1_2", "-cipher", bad), bad
    for good in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256"):
        assert "Cipher is " + good in s_client(front.port, "-tls1_3", "-ciphersuites", good)


@test
def prefers_P_256_among_the_shares_that_came():
    out = s_client(front.port, "-tls1_3", "-groups", "P-256")
    assert "ECDH, prime256v1" in out or "secp256r1" in out, out
    out = s_client(front.port, "-tls1_3", "-groups", "X25519:P-256")
    assert "X25519" in out, "the only share that came is taken, without another round trip"
    assert "X448" in s_client(front.port, "-tls1_3", "-groups", "X448"), "slower, and taken where a client has no other"
    done = subprocess.run(["gnutls-cli", "--x509cafile", str(PKI / "root.crt"), "-p", str(front.port), "localhost",
                           "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1"],
                          input=b"", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert b"ECDHE-SECP256R1" in done.stdout, done.stdout.decode("latin-1")


@test
def negotiates_http_1_1_by_ALPN():
    for offered in (["http/1.1"], ["h2", "http/1.1"]):
        c = context()
        c.set_alpn_protocols(offered)
        with connect(front.port, ctx=c) as conn:
            assert conn.selected_alpn_protocol() == "http/1.1"
    c = context()
    c.set_alpn_protocols(["h2"])
    try:
        connect(front.port, ctx=c).close()
    except ssl.SSLError as e:
        assert "no application protocol" in str(e).lower() or "NO_APPLICATION_PROTOCOL" in str(e), e
    else:
        raise AssertionError("h2 alone was taken")


@test
def refuses_to_renegotiate():
    p = subprocess.Popen(["openssl", "s_client", "-connect", "127.0.0.1:%d" % front.port, "-tls1_2"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    p.stdin.write(b"R\n")
    p.stdin.flush()
    out, _ = p.communicate(timeout=60)
    assert b"RENEGOTIATING" in out and p.returncode != 0, out[-400:]
    with connect(front.port) as conn:
        assert ask(conn, get()).status == 200


@test
def serves_gnutls_too():
    for version in ("TLS1.2", "TLS1.3"):
        done = subprocess.run(["gnutls-cli", "--x509cafile", str(PKI / "root.crt"), "-p", str(front.port), "localhost",
                               "--priority", "NORMAL:-VERS-ALL:+VERS-" + version],
                              input=get(headers="Connection: close\r\n"), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        assert b"HTTP/1.1 200 OK" in done.stdout and version.encode() in done.stdout, done.stdout[-500:]


# ---- names ----


@test
def picks_the_binding_by_name_exact_then_wildcard_then_default():
    for sni, cn in (("rsa.console.test", "rsa.console.test"), ("other.console.test", "*.console.test"),
                    ("localhost", "console.test"), ("RSA.Console.Test", "rsa.console.test")):
        for version in (V12, V13):
            c = context(version)
            c.check_hostname = False
            with connect(names.port, sni, ctx=c) as conn:
                assert common_name(conn) == cn, (sni, common_name(conn))
    c = context()
    c.check_hostname = False
    with connect(names.port, None, ctx=c) as conn:
        assert common_name(conn) == "console.test"


@test
def answers_421_where_Host_names_another_binding():
    for version in (V12, V13):
        with connect(names.port, ctx=context(version)) as conn:
            assert ask(conn, get(host="localhost")).status == 200
            assert ask(conn, get(host="127.0.0.1:%d" % names.port)).status == 200
            assert ask(conn, get(host="elsewhere.example")).status == 200, "the default takes every free name"
            reply = ask(conn, get("/peer", host="RSA.console.test:443"))
            assert reply.status == 421 and reply.json["code"] == "request.misdirected"
            assert conn.recv(1) == b""
        with connect(names.port, "rsa.console.test", ctx=context(version)) as conn:
            assert ask(conn, get(host="localhost")).status == 421
        with connect(names.port, "rsa.console.test", ctx=context(version)) as conn:
            assert ask(conn, get("https://localhost/livez", host="localhost")).status == 421
        with connect(names.port, "rsa.console.test", ctx=context(version)) as conn:  # the target counts, not Host
            assert ask(conn, get("https://localhost/livez", host="rsa.console.test")).status == 421
        with connect(names.port, "rsa.console.test", ctx=context(version)) as conn:
            assert ask(conn, get("https://rsa.console.test/livez", host="localhost")).status == 400
        with connect(names.port, "rsa.console.test", ctx=context(version)) as conn:
            assert ask(conn, get("https://rsa.console.test/livez", host="rsa.console.test")).status == 200
        with connect(names.port, "rsa.console.test", ctx=context(version)) as conn:
            assert ask(conn, get(host="rsa.console.test.")).status == 200


@test
def refuses_a_name_that_no_binding_takes():
    with Front(binding("console.test"), binding("rsa.console.test", "server-rsa")) as f:
        for name in ("nobody.example", None):
            c = context()
            c.check_hostname = False
            try:
                connect(f.port, name, ctx=c).close()
            except ssl.SSLError as e:
                assert "unrecognized" in str(e).lower() or "UNRECOGNIZED" in str(e), e
            else:
                raise AssertionError("%s was served" % name)
        with connect(f.port, "console.test") as conn:
            assert ask(conn, get(host="console.test")).status == 200


# ---- resumption ----


def session_of(port, version, name="localhost"):
    c = context(version)
    c.check_hostname = False
    with connect(port, name, ctx=c) as conn:
        assert ask(conn, get("/peer", name)).json["resumed"] is False
        return c, conn.session


def resumes(port, c, session, name="localhost"):
    with connect(port, name, ctx=c, session=session) as conn:
        reply = ask(conn, get("/peer", name))
        assert reply.status == 200, reply.status
        assert conn.session_reused == reply.json["resumed"]
        return conn.session_reused


@test
def resumes_what_the_same_name_would_get():
    for version in (V12, V13):
        c, session = session_of(names.port, version)
        assert resumes(names.port, c, session), version
        c, session = session_of(names.port, version, "rsa.console.test")
        assert resumes(names.port, c, session, "rsa.console.test"), version


@test
def resumes_under_no_other_name():
    for version in (V12, V13):
        c, session = session_of(names.port, version, "rsa.console.test")
        assert not resumes(names.port, c, session, "localhost"), version
        c, session = session_of(names.port, version, "localhost")
        assert not resumes(names.port, c, session, "rsa.console.test"), version
        assert resumes(names.port, c, session, "localhost"), version


@test
def resumes_nothing_after_a_rebind_until_it_is_taken_back():
    with Front(binding(other="server-next")) as f:
        for version in (V12, V13):
            c, session = session_of(f.port, version)
            assert resumes(f.port, c, session)
            assert f.swap()["right"]
            assert not resumes(f.port, c, session), version
            assert f.swap()["right"]
            assert resumes(f.port, c, session), version


@test
def resumes_nothing_where_client_certificates_are_asked_for():
    for mode in ("accept", "require"):
        with Front(binding(client_certs=mode)) as f:
            for version in (V12, V13):
                c = context(version, cert="client")
                with connect(f.port, ctx=c) as conn:
                    assert peer(conn)["chain"] == 2
                    session = conn.session
                with connect(f.port, ctx=c, session=session) as conn:
                    assert not conn.session_reused, version
                    assert peer(conn)["chain"] == 2


@test
def a_ticket_of_another_process_or_rubbish_is_a_full_handshake():
    c, session = session_of(front.port, V12)
    with Front() as f:
        assert not resumes(f.port, c, session)


# ---- client certificates ----


@test
def asks_for_a_certificate_only_where_a_rule_wants_one():
    with Front(binding(), binding("rsa.console.test", "server-rsa", "accept")) as f:
        for version in (V12, V13):
            with connect(f.port, ctx=context(version, cert="client")) as conn:
                assert peer(conn)["chain"] == 0, "asked without need"
            with connect(f.port, "rsa.console.test", ctx=context(version, cert="client")) as conn:
                assert ask(conn, get("/peer", "rsa.console.test")).json["chain"] == 2
            with connect(f.port, "rsa.console.test", ctx=context(version)) as conn:
                assert ask(conn, get("/peer", "rsa.console.test")).status == 200


@test
def answers_403_7_as_page_problem_and_line_of_the_log():
    with Front(binding(client_certs="require")) as f:
        for version in (V12, V13):
            with connect(f.port, ctx=context(version)) as conn:
                reply = ask(conn, get())
                assert reply.status == 403 and reply.headers["content-type"] == "application/problem+json"
                assert reply.json["substatus"] == 7 and reply.json["win32"] == 5
                reply = ask(conn, get(headers="Accept: text/html,*/*\r\n"))
                assert reply.status == 403 and b"403.7" in reply.body and b"<html" in reply.body
            with connect(f.port, ctx=context(version, cert="client")) as conn:
                assert ask(conn, get()).status == 200
        assert any(" 403 7 5 " in line for line in f.log(" 403 7 5 "))


@test
def brings_chains_to_HTTP_that_the_TLS_library_would_refuse():
    with Front(binding(client_certs="require")) as f:
        for version in (V12, V13):
            c = context(version)
            folder = pathlib.Path(tempfile.mkdtemp())
            (folder / "chain.pem").write_text((PKI / "client-constrained.crt").read_text() +
                                              (PKI / "constrained-ca.crt").read_text())
            c.load_cert_chain(str(folder / "chain.pem"), str(PKI / "client-constrained.key"))
            with connect(f.port, ctx=c) as conn:
                assert peer(conn)["chain"] == 2, "critical nameConstraints"
            for many in (9, 30):
                (folder / "chain.pem").write_text((PKI / "client.crt").read_text() +
                                                  (PKI / "intermediate.crt").read_text() * many)
                c = context(version)
                c.load_cert_chain(str(folder / "chain.pem"), str(PKI / "client.key"))
                with connect(f.port, ctx=c) as conn:
                    assert peer(conn)["chain"] == 1 + many
            for who in ("client-expired", "fake-client", "client-wrong-eku"):
                with connect(f.port, ctx=context(version, cert=who)) as conn:
                    assert peer(conn)["chain"] == 2, who


@test
def a_key_type_that_TLS_does_not_know_here_counts_as_none():
    with Front(binding(client_certs="require")) as f:
        with connect(f.port, ctx=context(V13, cert="client-ed25519")) as conn:
            assert ask(conn, get()).json["substatus"] == 7


# ---- swaps ----


@test
def keeps_500_connections_through_20_swaps():
    with Front(binding(other="server-next")) as f:
        c = context()
        conns = [connect(f.port, ctx=c) for _ in range(500)]
        for conn in conns[::2]:
            assert ask(conn, get()).status == 200
        for turn in range(20):
            assert f.swap()["right"]
            with connect(f.port, ctx=c) as conn:
                assert ask(conn, get()).status == 200
        for conn in conns:
            assert ask(conn, get()).status == 200
            conn.close()


@test
def closes_after_the_answer_where_another_certificate_is_shown_by_now():
    with Front(binding(other="server-next")) as f:
        with connect(f.port) as old:
            assert "connection" not in ask(old, get()).headers
            f.swap()
            reply = ask(old, get())
            assert reply.status == 200 and reply.headers["connection"].lower() == "close"
            assert old.recv(1) == b""


@test
def loses_no_connection_while_it_swaps():
    with Front(binding(other="server-next")) as f:
        stop, failures, made = threading.Event(), [], []

        def client():
            c = context()
            while not stop.is_set():
                try:
                    with connect(f.port, ctx=c) as conn:
                        assert ask(conn, get()).status == 200
                    made.append(1)
                except Exception as e:  # every failure counts, of whatever kind
                    failures.append(repr(e))

        threads = [threading.Thread(target=client) for _ in range(4)]
        for t in threads:
            t.start()
        for turn in range(40):
            assert f.swap()["right"]
        stop.set()
        for t in threads:
            t.join()
        assert not failures and made, failures[:3]


# ---- HTTP over it ----


@test
def keeps_alive_and_pipelines():
    with connect(front.port) as conn:
        for turn in range(20):
            assert ask(conn, get()).status == 200
        conn.sendall(get() * 100)
        held = b""
        for turn in range(100):
            reply, held = read_reply(conn, held)
            assert reply.status == 200 and reply.body == b"ok\n"
        assert not held


@test
def takes_bodies_by_length_and_in_chunks_and_says_continue():
    body = bytes(range(256)) * 2000
    with connect(front.port) as conn:
        conn.sendall(get("/echo", method="POST", headers="Content-Length: %d\r\nExpect: 100-continue\r\n" % len(body)))
        interim = conn.recv(4096)
        assert interim.startswith(b"HTTP/1.1 100"), interim
        conn.sendall(body)
        reply, _ = read_reply(conn)
        assert reply.status == 200 and reply.body == body
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 7001]), body[i:i + 7001]) for i in range(0, len(body), 7001))
        reply = ask(conn, get("/echo", method="POST", headers="Transfer-Encoding: chunked\r\n", body=chunks + b"0\r\n\r\n"))
        assert reply.status == 200 and reply.body == body


@test
def refuses_big_bodies_with_413_that_arrives():
    big = b"x" * (3 << 20)
    for head, body in (("Content-Length: %d\r\n" % len(big), big),
                       ("Content-Length: 99999999999\r\n", b""),
                       ("Transfer-Encoding: chunked\r\n", b"".join(b"8000\r\n" + b"x" * 0x8000 + b"\r\n" for _ in range(90)))):
        with connect(front.port) as conn:
            reply = exchange(conn, get("/echo", method="POST", headers=head) + body)
            assert reply and reply.status == 413 and reply.json["code"] == "limit.body", (head, reply and (reply.status, reply.body))


def swallow(f, *args):
    try:
        f(*args)
    except (OSError, ssl.SSLError):
        pass


@test
def reads_forms():
    body = (b"--b0undary\r\nContent-Disposition: form-data; name=\"store\"\r\n\r\nMy\r\n--b0undary\r\n"
            b"Content-Disposition: form-data; name=\"file\"; filename=\"a \xc3\xa4.pfx\"\r\n"
            b"Content-Type: application/x-pkcs12\r\n\r\n\0\r\n--b0\r\n\r\n--b0undary--\r\n")
    for sent, status in ((body, 200), (body.replace(b"boundary--\r\n", b""), 200), (body[:-14], 400), (b"", 400)):
        with connect(front.port) as conn:
            reply = ask(conn, get("/form", method="POST", headers="Content-Type: multipart/form-data; boundary=b0undary\r\n"
                                  "Content-Length: %d\r\n" % len(sent), body=sent))
            assert reply.status == status, (reply.status, sent)
            if status == 200:
                assert reply.json == {"bytes": 9, "file_name": "a \u00e4.pfx", "store": "My"}, reply.json


@test
def reads_forms_as_other_programs_write_them():
    body = (b"--b0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=store\r\n\r\nMy\r\n"
            b"--b0\r\nContent-Disposition: form-data; filename=\"a; name=store\" ; name=file; filename*=utf-8''a.pfx\r\n"
            b"\r\n12345\r\n--b0--\r\n")  # names without quotes, as .NET sends them
    for kind in ('multipart/form-data; boundary="b0"', "Multipart/Form-Data; Boundary=b0"):
        with connect(front.port) as conn:
            reply = ask(conn, get("/form", method="POST", headers="Content-Type: %s\r\nContent-Length: %d\r\n" % (kind, len(body)),
                                  body=body))
            assert reply.status == 200, (kind, reply.status)
            assert reply.json == {"bytes": 5, "file_name": "a; name=store", "store": "My"}, reply.json


@test
def takes_heads_up_to_the_limit_and_says_431_past_it():
    for fields in (1, 20, 60, 99):
        for size in (4000, 7000, 7900, 8100, 8300):
            filler = "".join("X-%02d: %s\r\n" % (i, "v" * (size // fields - 8)) for i in range(fields))
            with connect(front.port) as conn:
                reply = ask(conn, get(headers=filler))
                assert reply and reply.status in (200, 431), (fields, size)
                small = size < 8000 and size + 80 * fields < 9000
                assert reply.status == 200 or not small, (fields, size)


@test
def answers_by_route():
    with connect(front.port) as conn:
        assert ask(conn, get("/things/a%20b%C3%A4?q=1%2B1+x")).json["q"] == "1+1 x"
        assert ask(conn, get("/things/a%20b%C3%A4")).json["id"] == "a b\u00e4"
        assert ask(conn, get("/files/x/y/z")).json["id"] == "x/y/z"
        assert ask(conn, get("/jobs/9")).json["id"] == "9"
        assert ask(conn, get("/things/")).status == 404
        assert ask(conn, get("/nothing")).json["type"] == "/problems/request-no-route"
        reply = ask(conn, get("/livez", method="DELETE"))
        assert reply.status == 405 and reply.headers["allow"] == "GET, HEAD"
        conn.sendall(get("/livez", method="HEAD"))
        reply, rest = read_reply(conn, no_body=True)
        assert reply.status == 200 and reply.headers["content-length"] == "3" and not rest


@test
def sends_events_as_they_come():
    with connect(front.port) as listener, connect(front.port) as other:
        listener.sendall(get("/events"))
        text = b""
        while b"retry:" not in text:
            text += listener.recv(4096)
        assert b"text/event-stream" in text
        assert ask(other, get("/announce", method="POST", headers="Content-Length: 0\r\n")).status == 204
        while b"event: test" not in text or b'{"hello":"world"}\n\n' not in text:
            more = listener.recv(4096)
            assert more
            text += more


@test
def ends_the_events_of_whoever_was_shut_out_on_the_way():
    with connect(front.port) as listener:
        listener.sendall(get("/events/too-late", headers="Connection: close\r\n"))
        text = b""
        while more := listener.recv(4096):
            text += more
        assert text.startswith(b"HTTP/1.1 200 ") and b"text/event-stream" in text, text


@test
def serves_files_with_tags():
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "js").mkdir()
    (folder / "index.html").write_text("<!doctype html>")
    (folder / "js" / "app.3f2a91bc.js").write_text("'use strict';")
    (folder / ".hidden").write_text("no")
    with Front(www=folder) as f, connect(f.port) as conn:
        reply = ask(conn, get("/"))
        assert reply.status == 200 and reply.body == b"<!doctype html>"
        assert "script-src 'self'" in reply.headers["content-security-policy"]
        again = ask(conn, get("/", headers="If-None-Match: %s\r\n" % reply.headers["etag"]))
        assert again.status == 304 and not again.body
        reply = ask(conn, get("/js/app.3f2a91bc.js"))
        assert reply.headers["content-type"].startswith("text/javascript") and "immutable" in reply.headers["cache-control"]
        for path in ("/.hidden", "/js", "/js/", "/%2e%2e/etc/passwd", "/js%2fapp.3f2a91bc.js"):
            with connect(f.port) as other:
                assert ask(other, get(path)).status in (400, 404), path


@test
def shows_little_on_the_plain_listener():
    with Front(plain=True) as f:
        with socket.create_connection(("127.0.0.1", f.plain_port), 90) as conn:
            assert ask(conn, get("/files/a")).status == 200
            reply = ask(conn, get("/livez"))
            assert reply.status == 403 and reply.json["substatus"] == 4
            assert ask(conn, get("/files/a", method="POST", headers="Content-Length: 0\r\n")).status == 403
        with socket.create_connection(("127.0.0.1", f.plain_port), 90) as conn:
            assert ask(conn, b"GET /files/a HTTP/1.1\r\n\r\n").status == 400
        assert any(re.search(r"GET /livez .* 403 4 5 ", line) for line in f.log(" 403 4 5 "))


# ---- endings ----


@test
def says_close_notify():
    for version in (V12, V13):
        raw = socket.create_connection(("127.0.0.1", front.port), 30)
        with context(version).wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False) as conn:
            conn.sendall(get(headers="Connection: close\r\n"))
            reply, rest = read_reply(conn)
            assert reply.status == 200 and not rest
            assert conn.recv(10) == b"", "an end without close_notify raises"


@test
def answers_a_client_that_has_said_its_last_word():
    out = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % front.port, "-quiet", "-no_ign_eof"],
                         input=get("/jobs/1"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60).stdout
    assert b"200 OK" in out or out == b"", out
    raw = socket.create_connection(("127.0.0.1", front.port), 30)
    with context(V12).wrap_socket(raw, server_hostname="localhost") as conn:
        conn.sendall(get("/jobs/1"))
        raw_fd = conn.detach()
    tail = socket.socket(fileno=raw_fd)
    tail.settimeout(60)
    tail.shutdown(socket.SHUT_WR)
    got = b""
    while True:
        more = tail.recv(65536)
        if not more:
            break
        got += more
    assert len(got) > 200, "the records of the reply"
    tail.close()


@test
def cuts_off_garbage_and_plain_HTTP():
    for junk in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x00\x00", b"\x16\x03\x01\xff\xff" + b"A" * 70000,
                 b"\x80\x2e\x01\x03\x01\x00", b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
                 bytes(range(256)) * 300):
        with socket.create_connection(("127.0.0.1", front.port), 9) as conn:  # before the ten for shaking hands are over
            swallow(conn.sendall, junk)
            try:
                while conn.recv(65536):
                    pass
            except ConnectionError:
                pass
    with connect(front.port) as conn:
        assert ask(conn, get()).status == 200


@test
def a_hello_in_pieces_is_read():
    with socket.create_connection(("127.0.0.1", front.port), 90) as raw:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        conn = context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                conn.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    raw.send(bytes([byte]))
                incoming.write(raw.recv(65536))
        raw.sendall(outgoing.read())
        conn.write(get())
        raw.sendall(outgoing.read())
        while True:
            try:
                assert b"200 OK" in conn.read(4096)
                break
            except ssl.SSLWantReadError:
                incoming.write(raw.recv(65536))


@test
def a_silent_client_is_let_go_after_ten_seconds():
    begin = time.monotonic()
    with socket.create_connection(("127.0.0.1", front.port), 90) as conn, connect(front.port) as half:
        half_raw = socket.create_connection(("127.0.0.1", front.port), 90)
        half_raw.sendall(b"\x16\x03\x01\x02\x00\x01")
        assert conn.recv(1) == b"" and 9 < time.monotonic() - begin < 40, "ten, on a machine that may be busy"
        assert half_raw.recv(1) == b"" and time.monotonic() - begin < 40
        assert ask(half, get()).status == 200, "one that has shaken hands stays"


@test
def who_only_shakes_hands_costs_one_descriptor():
    """And nothing of HTTP's; it stays, is heard when it speaks, and may go with a goodbye or without."""
    def descriptors():
        return len(os.listdir("/proc/%d/fd" % front.process.pid))

    before_it, conns = descriptors(), [connect(front.port) for _ in range(50)]
    seen = descriptors() - before_it
    assert seen < 60, seen
    for conn in conns[:10]:
        assert ask(conn, get()).status == 200
    for conn in conns[10:30]:
        conn.unwrap()
        conn.close()
    for conn in conns[:10] + conns[30:]:
        conn.close()
    until = time.monotonic() + 60
    while descriptors() > before_it + 5:
        assert time.monotonic() < until, (descriptors(), before_it)
        select.select([], [], [], 0.02)


@test
def a_client_that_does_not_read_holds_up_nobody():
    with connect(front.port) as slow:
        swallow(slow.sendall, get("/things/" + "x" * 3000) * 200)
        with connect(front.port) as conn:
            for turn in range(50):
                assert ask(conn, get()).status == 200
        held, n = b"", 0
        while n < 200:
            reply, held = read_reply(slow, held)
            assert reply.status == 200
            n += 1


@test
def stops_with_open_connections_and_finishes_what_runs():
    def seconds():
        f = Front()
        conns = [connect(f.port) for _ in range(20)]
        for conn in conns[:10]:
            assert ask(conn, get()).status == 200
        begin = time.monotonic()
        f.__exit__(None, None, None)
        return time.monotonic() - begin

    assert any(seconds() < 9 for _ in range(3)), "idle connections are not waited for"


@test
def the_log_shows_a_malformed_path_as_it_came():
    with connect(front.port) as conn:
        assert ask(conn, get("/live%20z/%C3%A9%00%0a")).status == 400
    assert any(" /live%20z/%C3%A9%00%0a - " in line and " 400 " in line for line in front.log(r"/live%20z"))


@test
def goaccess_reads_the_log():
    skip_unless(subprocess.run(["sh", "-c", "command -v goaccess"], stdout=subprocess.DEVNULL).returncode == 0, "no goaccess")
    with connect(front.port) as conn:
        ask(conn, get("/things/a%20b?x=y z".replace(" ", "%20"), headers="User-Agent: A B/1.0 (c;\tc)\r\nReferer: https://x/ y\r\n"))
    lines = front.log(r"A\+B/1.0\+\(c;\+c\)")
    fields = [line.split(" ")[1:] for line in lines if line.startswith("#Fields:")][0]
    assert fields == ["date", "time", "s-ip", "cs-method", "cs-uri-stem", "cs-uri-query", "s-port", "cs-username", "c-ip",
                      "cs(User-Agent)", "cs(Referer)", "sc-status", "sc-substatus", "sc-win32-status", "time-taken"]
    entries = [line for line in lines if not line.startswith("#")]
    assert all(len(line.split(" ")) == 15 for line in entries)
    path = front.folder / "copy.log"
    path.write_text("\n".join(lines) + "\n")
    out = subprocess.run(["goaccess", str(path), "--log-format=W3C", "-o", "json", "--no-progress"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60)
    assert re.search(rb'"valid_requests": %d\b' % len(entries), out.stdout), out.stdout[:600] + out.stderr[-300:]


def before():
    global front, names
    front = Front()
    names = Front(binding(), binding("rsa.console.test", "server-rsa"), binding("*.console.test", "server-wildcard"))


def after():
    front.__exit__(None, None, None)
    names.__exit__(None, None, None)


if __name__ == "__main__":
    main(before, after)
