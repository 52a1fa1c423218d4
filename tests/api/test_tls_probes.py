#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""Handshakes that a client should not begin like that: the front answers each as mbedTLS itself does (bench/bare.c).

The front reads records ahead, looks at the hello before mbedTLS, and puts other arithmetic under it; none of that may let
pass what the library refuses, or refuse what it takes. Every probe is sent to both; then the client is done speaking, so
that who waits for more sees the end at once.
"""
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

from front import BUILD, PKI, Front, chain_of  # noqa: E402
from hello import *  # noqa: E402,F403  the vocabulary of this test
from tap import comment, main, test  # noqa: E402

RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")  # RFC 8446 4.1.3
SERVERS = {}


def start():
    SERVERS["front"] = Front()
    SERVERS["bare"] = subprocess.Popen([str(BUILD / "bench-bare"), str(chain_of("server")), str(PKI / "server.key"), "2"],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    SERVERS["bare port"] = int(SERVERS["bare"].stdout.readline())


def stop():
    SERVERS["bare"].stdin.close()
    SERVERS["bare"].stdout.close()
    SERVERS["bare"].wait(10)
    SERVERS["front"].__exit__(None, None, None)


def ports():
    return SERVERS["front"].port, SERVERS["bare port"]


def exchange(port, data):
    """all that is answered until the end; the client speaks no more after data"""
    with socket.create_connection(("127.0.0.1", port), 20) as s:
        s.settimeout(20)
        out = b""
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has heard enough: what it said is there to be read
        try:
            while True:
                more = s.recv(65536)
                if not more:
                    return out
                out += more
        except (ConnectionResetError, BrokenPipeError):
            return out


def first(answer):
    """what the first record says: hello, retry, alert N, nothing"""
    if len(answer) < 5:
        return "nothing" if not answer else "torn"
    kind, length = answer[0], struct.unpack(">H", answer[3:5])[0]
    if kind == ALERT and length == 2:
        return "alert %d" % answer[6]
    if kind == HANDSHAKE and answer[5] == 2:
        return "retry" if answer[11:43] == RETRY else "hello"
    return "record %d" % kind


def differ(ours, theirs, stricter):
    """Whether the front answers worse than the library: it may tell with an alert what that drops without a word, name
    another fault of several, and refuse what the standard refuses (stricter: the alert that it must send then)."""
    if stricter:
        return ours != "alert %d" % stricter
    refused = ours.startswith("alert")
    return ours != theirs and not (refused and (theirs == "nothing" or theirs.startswith("alert")))


def same(probes, stricter=()):
    """Each probe to both; stricter: by name what the front refuses though the library takes it, and with which alert."""
    stricter, wrong, seen = dict(stricter), [], {}
    for name, data in probes:
        ours, theirs = (first(exchange(port, data)) for port in ports())
        seen[name] = ours
        if differ(ours, theirs, stricter.pop(name, None)):
            wrong.append("%s: the front says %s, mbedTLS %s" % (name, ours, theirs))
    comment(", ".join("%s: %s" % row for row in seen.items()))
    assert not wrong and not stricter, "\n".join(wrong) or stricter
    return seen


@test
def right_hellos_are_taken():
    seen = same([("1.3", hello()), ("1.2", hello(extensions_12(), SUITES_12)),
                 ("1.3 without a name", hello(without(SERVER_NAME))),
                 ("1.3 behind a session id", hello(session=b"\1" * 32)),
                 ("1.2 offered beside versions unknown", hello(with_extension(VERSIONS, vector(1, words(0x7a7a, 0x0303))))),
                 ("unknown extensions", hello([(0x0a0a, b""), (0x7777, b"abc")] + extensions_13())),
                 ("unknown suites beside known ones", hello(suites=words(0x0a0a, 0x00ff) + SUITES_13))])
    assert set(seen.values()) == {"hello"}, seen


@test
def every_cut_of_a_hello():
    whole = message(body())
    same([("%d of %d bytes" % (n, len(whole)), record(whole[:n])) for n in range(0, len(whole), 7)])
    same([("said to have %d bytes less" % n, record(b"\1" + (len(whole) - 4 - n).to_bytes(3, "big") + whole[4:]))
          for n in (1, 2, 5, 40, len(whole) - 5)])
    same([("said to have %d bytes more" % n, record(b"\1" + (len(whole) - 4 + n).to_bytes(3, "big") + whole[4:]))
          for n in (1, 2, 200, 0xffffff - len(whole))])


@test
def every_length_one_off():
    """each byte of a hello that could be a length, one up and one down; the others' bits turned"""
    whole = message(body())
    spots = list(range(4, 6)) + list(range(38, len(whole)))
    probes = []
    for at in spots[:: 1 if "san" not in str(BUILD) else 3]:
        for change in (1, -1):
            data = bytearray(whole)
            data[at] = (data[at] + change) % 256
            probes.append(("byte %d %+d" % (at, change), record(bytes(data))))
    wrong = []
    for name, data in probes:
        ours, theirs = (first(exchange(port, data)) for port in ports())
        if differ(ours, theirs, None) and not (theirs in ("hello", "retry") and ours in REFUSED) and (ours, theirs) != ("hello", "retry"):
            wrong.append("%s: the front says %s, mbedTLS %s" % (name, ours, theirs))
    comment("%d probes" % len(probes))
    assert not wrong, "\n".join(wrong)


# lists that are not filled, extensions twice, names that no binding has; and the bare loop knows one group alone
REFUSED = ("alert 47", "alert 50", "alert 112")


@test
def versions():
    probes = [("legacy %04x" % v, hello(version=v)) for v in (0x0000, 0x0002, 0x0300, 0x0301, 0x0302, 0x0304, 0x7f7f, 0xffff)]
    probes += [("legacy %04x alone" % v, hello(extensions_12(), SUITES_12, version=v))
               for v in (0x0000, 0x0300, 0x0301, 0x0302, 0x0304, 0xffff)]
    for name, data in (("none", vector(1, b"")), ("half of one", vector(1, b"\3")), ("only 1.4", vector(1, words(0x0305))),
                       ("only unknown", vector(1, words(0x0a0a, 0x1a1a))), ("1.1 and below", vector(1, words(0x0302, 0x0301))),
                       ("1.2 alone", vector(1, words(0x0303))), ("bytes behind", vector(1, words(0x0304)) + b"\0"),
                       ("nothing at all", b"")):
        probes.append(("versions: " + name, hello(with_extension(VERSIONS, data))))
    probes += [("record %04x" % v, record(message(body()), version=v)) for v in (0x0000, 0x0300, 0x0302, 0x0303, 0x0304, 0x0200, 0xffff)]
    probes += [("fallback signalled (RFC 7507)", hello(extensions_12(), SUITES_12 + words(0x5600)))]
    same(probes, {"versions: bytes behind": 50, "fallback signalled (RFC 7507)": 86})


@test
def suites_session_ids_and_compressions():
    same([("no suite", hello(suites=b"")), ("half a suite", hello(suites=SUITES_13 + b"\x13")), ("unknown suites", hello(suites=words(0x0a0a, 0xfafa))),
          ("suites of 1.2 alone under 1.3", hello(suites=SUITES_12)), ("null suites", hello(extensions_12(), words(0, 1, 2))),
          ("suites of 1.3 alone under 1.2", hello(extensions_12(), words(0x1301, 0x1302))),
          ("session id of 33 bytes", hello(session=b"\1" * 33)), ("session id of 255 bytes", hello(session=b"\1" * 255)),
          ("no compression", hello(compressions=b"")), ("deflate alone", hello(compressions=b"\1")), ("deflate beside none", hello(compressions=b"\0\1")),
          ("none beside deflate, 1.2", hello(extensions_12(), SUITES_12, compressions=b"\1\0")),
          ("a short random", hello(random=b"\1" * 31)), ("bytes behind the extensions", hello(tail=b"\0\0\0")),
          ("no extensions", record(message(body([], SUITES_12)))), ("not even their length", record(message(body([], SUITES_12)[:-2])))], {"bytes behind the extensions": 50})


@test
def shares_and_groups():
    twice = share() + share()
    off = POINT[:-1] + bytes([POINT[-1] ^ 1])
    probes = [("shares: " + name, hello(with_extension(KEY_SHARE, data))) for name, data in (
        ("none", vector(2, b"")), ("unknown group", vector(2, share(0x0a0a, b"\0"))), ("twice the same", vector(2, twice)),
        ("not on the curve", vector(2, share(key=off))), ("empty", vector(2, share(key=b""))), ("one byte", vector(2, share(key=b"\4"))),
        ("compressed", vector(2, share(key=b"\2" + POINT[1:33]))), ("too long", vector(2, share(key=POINT + b"\0"))),
        ("all zero", vector(2, share(key=b"\4" + b"\0" * 64))), ("bytes behind", vector(2, share()) + b"\0"),
        ("longer than said", words(len(share()) - 1) + share()), ("shorter than said", words(len(share()) + 9) + share()),
        ("nothing at all", b""))]
    probes += [("groups: " + name, hello(with_extension(GROUPS, data))) for name, data in (
        ("none", vector(2, b"")), ("half of one", vector(2, b"\0")), ("unknown", vector(2, words(0x0a0a))), ("bytes behind", vector(2, words(P256)) + b"\0"))]
    probes += [("no groups", hello(without(GROUPS))), ("no shares", hello(without(KEY_SHARE))), ("neither", hello(without(GROUPS, KEY_SHARE)))]
    same(probes, {"shares: twice the same": 47, "shares: not on the curve": 47, "shares: one byte": 47, "shares: compressed": 47, "shares: too long": 47,
                  "shares: all zero": 47, "shares: bytes behind": 50, "groups: none": 50, "groups: bytes behind": 50, "groups: unknown": 40})


@test
def signatures_modes_and_keys_shared_before():
    psk = vector(2, vector(2, b"ticket") + b"\0\0\0\0") + vector(2, vector(1, b"\1" * 32))
    last = lambda data, base=extensions_13: base() + [(PSK, data)]  # noqa: E731
    same([("no signatures", hello(without(SIGNATURES))), ("empty signatures", hello(with_extension(SIGNATURES, vector(2, b"")))),
          ("half a signature", hello(with_extension(SIGNATURES, vector(2, b"\4")))), ("unknown signatures", hello(with_extension(SIGNATURES, vector(2, words(0x0a0a))))),
          ("signatures that the key cannot make", hello(with_extension(SIGNATURES, vector(2, words(0x0401, 0x0804))))),
          ("signatures of SHA-1 alone", hello(with_extension(SIGNATURES, vector(2, words(0x0203, 0x0201))))),
          ("unknown ticket", hello(last(psk))), ("ticket not last", hello([(PSK, psk)] + extensions_13())),
          ("ticket without modes", hello(without(PSK_MODES) + [(PSK, psk)])), ("ticket without shares", hello(without(KEY_SHARE) + [(PSK, psk)])),
          ("no identity", hello(last(vector(2, b"") + vector(2, vector(1, b"\1" * 32))))), ("no binder", hello(last(psk[:14] + vector(2, b"")))),
          ("binder of 31 bytes", hello(last(psk[:14] + vector(2, vector(1, b"\1" * 31))))), ("binders to spare", hello(last(psk[:14] + vector(2, vector(1, b"\1" * 32) * 2)))),
          ("torn identities", hello(last(psk[:9]))), ("empty identity", hello(last(vector(2, vector(2, b"") + b"\0" * 4) + psk[14:]))),
          ("no modes", hello(without(PSK_MODES))), ("empty modes", hello(with_extension(PSK_MODES, vector(1, b"")))), ("unknown mode", hello(with_extension(PSK_MODES, vector(1, b"\x0a")))),
          ("early data", hello(with_extension(EARLY_DATA, b""))), ("early data with bytes", hello(with_extension(EARLY_DATA, b"\0"))),
          ("a cookie never given", hello(with_extension(COOKIE, vector(2, b"cookie")))), ("an empty cookie", hello(with_extension(COOKIE, vector(2, b""))))],
         {"empty modes": 50, "early data with bytes": 50, "an empty cookie": 50})


@test
def each_extension_twice_empty_and_overlong():
    for base, suites in ((extensions_13, SUITES_13), (extensions_12, SUITES_12)):
        usual = base()
        same([("%d twice" % kind, hello(usual[:at] + [(kind, data)] + usual[at:], suites)) for at, (kind, data) in enumerate(usual)],
             {"%d twice" % kind: 47 for kind, _ in usual})
        same([("%d empty" % kind, hello(with_extension(kind, b"", base), suites)) for kind, _ in usual], {"%d empty" % kind: 50 for kind, _ in usual})
        same([("%d with bytes behind" % kind, hello(with_extension(kind, data + b"\0\0", base), suites)) for kind, data in usual],
             {"%d with bytes behind" % kind: 50 for kind, _ in usual})


@test
def names_protocols_and_small_extensions():
    same([("name: " + name, hello(with_extension(SERVER_NAME, data))) for name, data in (
        ("no list", vector(2, b"")), ("empty", vector(2, host(b""))), ("of another kind", vector(2, host(kind=1))),
        ("another kind first", vector(2, host(b"x", 1) + host())), ("two of a kind", vector(2, host() + host(b"other"))), ("bytes behind", vector(2, host()) + b"\0"))],
         {"name: no list": 50, "name: empty": 50, "name: two of a kind": 47, "name: bytes behind": 50})
    same([("name: " + name, hello(with_extension(SERVER_NAME, vector(2, host(data))))) for name, data in (
        ("with a zero", b"local\0host"), ("of 300 bytes", b"a" * 300))], {"name: with a zero": 112, "name: of 300 bytes": 112})
    same([("protocols: " + name, hello(with_extension(ALPN, data))) for name, data in (
        ("http/1.1", vector(2, vector(1, b"http/1.1"))), ("none", vector(2, b"")), ("empty", vector(2, vector(1, b""))),
        ("torn", vector(2, b"\x09http/1.1")), ("bytes behind", vector(2, vector(1, b"http/1.1")) + b"\0"))],
         {"protocols: %s" % name: 50 for name in ("none", "empty", "torn", "bytes behind")})
    for base, suites in ((extensions_13, SUITES_13), (extensions_12, SUITES_12)):
        same([(name, hello(with_extension(kind, data, base), suites)) for name, kind, data in (
            ("fragments of 512", FRAGMENT, b"\1"), ("fragments of no size", FRAGMENT, b"\0"), ("fragments of size 5", FRAGMENT, b"\5"), ("fragments, empty", FRAGMENT, b""),
            ("records of 63 bytes", RECORD_LIMIT, words(63)), ("records of 64 bytes", RECORD_LIMIT, words(64)), ("records, empty", RECORD_LIMIT, b""),
            ("master secret with bytes", MASTER_SECRET, b"\0"), ("encrypt-then-MAC with bytes", ENCRYPT_THEN_MAC, b"\0"),
            ("renegotiation with bytes", RENEGOTIATION, vector(1, b"verify data")), ("renegotiation, empty", RENEGOTIATION, b""),
            ("ticket of rubbish", TICKET, b"\xaa" * 200), ("no uncompressed points", POINT_FORMATS, vector(1, b"\1")))],
             {"fragments of no size": 47, "fragments of size 5": 47, "fragments, empty": 50, "records of 63 bytes": 47, "records, empty": 50,
              "master secret with bytes": 50, "encrypt-then-MAC with bytes": 50, "renegotiation with bytes": 40, "renegotiation, empty": 50})


@test
def records_that_are_none():
    good = hello()
    same([("record of type %d" % kind, record(message(body()), kind)) for kind in (0, 19, 24, 25, 80, 128, 255)])
    same([("first message of type %d" % kind, record(message(body(), kind))) for kind in (0, 2, 4, 5, 8, 11, 12, 13, 14, 15, 16, 20, 24, 254)])
    same([("empty record", record(b"")), ("empty record, then a hello", record(b"") + good), ("record of 16385 bytes", record(b"\1" + b"\0" * 16384)),
          ("record of 18433 bytes", record(b"\1" + b"\0" * 18432)), ("record said to have 65535", b"\x16\x03\x01\xff\xff" + b"\0" * 20000),
          ("application data first", record(b"GET / HTTP/1.1\r\n\r\n", APPLICATION)), ("plain HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
          ("warning first", record(b"\1\0", ALERT) + good), ("unknown warning first", record(b"\1\x70", ALERT) + good), ("fatal alert first", record(b"\2\x28", ALERT) + good),
          ("alert of one byte", record(b"\1", ALERT) + good), ("alert of level 3", record(b"\3\0", ALERT) + good),
          ("change of ciphers first", record(b"\1", CHANGE_CIPHER_SPEC) + good), ("another one", record(b"\2", CHANGE_CIPHER_SPEC) + good), ("and of two bytes", record(b"\1\1", CHANGE_CIPHER_SPEC) + good),
          ("hello of SSL 2", bytes.fromhex("802e0100020015000000100100800300800700c0060040020080040080") + b"\x5a" * 20), ("zeros", b"\0" * 600), ("ones", b"\xff" * 600)],
         {"change of ciphers first": 10})


@test
def hellos_in_pieces():
    whole = message(body())
    cut = lambda n: b"".join(record(whole[i:i + n]) for i in range(0, len(whole), n))  # noqa: E731
    same([("two records", record(whole[:50]) + record(whole[50:])), ("records of 32 bytes", cut(32)), ("records of 4 bytes", cut(4)), ("records of 1 byte", cut(1)),
          ("an empty record between", record(whole[:50]) + record(b"") + record(whole[50:])),
          ("a warning between", record(whole[:50]) + record(b"\1\x64", ALERT) + record(whole[50:])),
          ("a change of ciphers between", record(whole[:50]) + record(b"\1", CHANGE_CIPHER_SPEC) + record(whole[50:])),
          ("two hellos in a record", record(whole + whole)), ("bytes behind the hello in its record", record(whole + b"\0")), ("two hellos", hello() + hello()),
          ("two hellos of 1.2", hello(extensions_12(), SUITES_12) * 2), ("a Finished behind it", hello() + record(message(b"\0" * 12, 20)))])


def after_a_handshake(port, version, data):
    """what comes back when data follows a handshake, unencrypted"""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", port), 20) as s:
        s.settimeout(20)
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(into, out, server_hostname="localhost")
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                s.sendall(out.read())
                into.write(s.recv(65536))
        s.sendall(out.read() + data)
        s.shutdown(socket.SHUT_WR)
        try:
            while True:
                more = s.recv(65536)
                if not more:
                    break
                into.write(more)
            into.write_eof()
            return "answered %r" % tls.read(100)[:20]
        except ssl.SSLError as e:
            return e.reason or "end"
        except OSError:
            return "end"


@test
def nothing_unprotected_is_believed_after_a_handshake():
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        for name, data in (("a request", record(request, APPLICATION, 0x0303)), ("rubbish", record(os.urandom(80), APPLICATION, 0x0303)),
                           ("an empty record", record(b"", APPLICATION, 0x0303)), ("a hello", hello()), ("too long a record", record(b"\0" * 18433, APPLICATION, 0x0303)),
                           ("an unknown record", record(b"\0" * 40, 99, 0x0303)), ("sixteen bytes", record(b"\0" * 16, APPLICATION, 0x0303)),
                           ("a fatal alert", record(b"\2\x28", ALERT, 0x0303))):
            seen = after_a_handshake(ports()[0], version, data)
            assert not seen.startswith("answered b'HTTP"), (version, name, seen)


@test
def what_may_not_come_after_a_handshake_is_told_by_one_alert():
    """A KeyUpdate, which mbedTLS does not know: unexpected_message and the end, no close_notify behind it (RFC 8446 6.2)."""
    client = subprocess.Popen(["openssl", "s_client", "-connect", "127.0.0.1:%d" % ports()[0], "-servername", "localhost", "-tls1_3", "-msg"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    client.stdin.write("k\n")
    client.stdin.flush()
    text = client.stdout.read()  # it stays until the server ends
    client.stdin.close()
    client.wait(20)
    heard = [line for line in text.splitlines() if line.startswith("<<<") and "Alert" in line]
    assert len(heard) == 1 and "fatal unexpected_message" in heard[0], (heard, text[-500:])


if __name__ == "__main__":
    main(start, stop)
