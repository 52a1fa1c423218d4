#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""What breaks TLS is told by an alert, and the alert arrives: no reset overtakes it, however much the client still sends."""
# timeout-seconds: 600
import os
import pathlib
import socket
import ssl
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from console import Console  # noqa: E402
from tap import comment, main, test  # noqa: E402

MORE = b"\x17\x03\x03\x40\x00" + os.urandom(16384)  # another record that nobody reads
CHANGED = b"\x17\x03\x03\x00\x40" + os.urandom(64)
UNKNOWN = b"\x63\x03\x03\x00\x40" + os.urandom(64)
console = None


def dial():
    conn = socket.create_connection(("127.0.0.1", console.port), 90)
    conn.settimeout(90)
    return conn


def rest(conn):
    """What arrives until the end of stream; a reset is a failure."""
    out = b""
    while True:
        part = conn.recv(65536)
        if not part:
            return out
        out += part


def alerts(stream):
    """(level, description) of the alerts among whole plain records."""
    found = []
    while len(stream) >= 5:
        kind, length = stream[0], struct.unpack(">H", stream[3:5])[0]
        if kind == 21 and length == 2:
            found.append((stream[5], stream[6]))
        stream = stream[5 + length:]
    return found


def answered(data, *wanted, times=8):
    """Sends data and much behind it, and reads only then."""
    with dial() as conn:
        try:
            conn.sendall(data + MORE * times)
        except (BrokenPipeError, ConnectionResetError) as why:
            raise AssertionError("reset while sending: %s" % why)
        got = rest(conn)
    seen = alerts(got)
    comment("%s" % (seen or got[:40],))
    assert seen and seen[-1][0] == 2, (got[:80], seen)
    assert not wanted or seen[-1][1] in wanted, seen


def hello(**more):
    """A ClientHello as OpenSSL makes it."""
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
    for name, value in more.items():
        setattr(c, name, value)
    inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = c.wrap_bio(inward, outward, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return tls, inward, outward, outward.read()


def shaken(conn, **more):
    """A finished handshake over a raw socket; gives what seals records."""
    tls, inward, outward, first = hello(**more)
    conn.sendall(first)
    while True:
        try:
            tls.do_handshake()
            conn.sendall(outward.read())
            return tls, inward, outward
        except ssl.SSLWantReadError:
            conn.sendall(outward.read())
            inward.write(conn.recv(65536))


@test
def a_record_that_is_too_long():
    answered(b"\x16\x03\x01\xff\xff" + b"\x01" * 65535, 22)


@test
def a_record_of_no_known_kind():
    answered(b"\x63\x03\x01\x00\x10" + b"\x01" * 16, 10)


@test
def a_hello_that_makes_no_sense():
    answered(b"\x16\x03\x01\x00\x10\x01\x00\x00\x0c" + b"\xff" * 12, 50, 47, 10, 70)


@test
def application_data_before_any_handshake():
    answered(b"\x17\x03\x03\x00\x20" + b"\x01" * 32, 10)


@test
def another_message_where_the_hello_should_be():
    answered(b"\x16\x03\x01\x00\x04\x14\x00\x00\x00", 10, 50, 47)


@test
def a_version_that_nobody_speaks_any_more():
    first = bytearray(hello(maximum_version=ssl.TLSVersion.TLSv1_2)[3])
    first[9:11] = b"\x03\x01"  # client_version of the hello: TLS 1.0
    answered(bytes(first), 70)


@test
def rubbish_in_the_middle_of_a_handshake():
    tls, inward, _, first = hello(minimum_version=ssl.TLSVersion.TLSv1_3)
    with dial() as conn:
        conn.sendall(first + b"\x17\x03\x03\x00\x30" + os.urandom(48) + MORE * 8)
        inward.write(rest(conn))
    # the TLS library seals it with the keys of the handshake, where clients expect the next ones: it came, and no reset
    try:
        tls.do_handshake()
        tls.read(100)
        raise AssertionError("ended without an alert")
    except ssl.SSLWantReadError:
        raise AssertionError("ended without an alert")
    except ssl.SSLError as why:
        comment(str(why))


def told(step):
    try:
        while step():
            pass
        raise AssertionError("ended without an alert")
    except ssl.SSLError as why:
        comment(str(why))
        assert "ALERT" in str(why).upper(), why


def spoiled(version, record):
    with dial() as conn:
        tls, inward, _ = shaken(conn, minimum_version=version, maximum_version=version)
        conn.sendall(record + MORE * 8)
        inward.write(rest(conn))
        told(lambda: tls.read(65536))


@test
def a_record_that_was_changed_on_its_way():
    spoiled(ssl.TLSVersion.TLSv1_2, CHANGED)
    spoiled(ssl.TLSVersion.TLSv1_2, UNKNOWN)


@test
def a_record_that_was_changed_on_its_way_in_tls_1_3():
    spoiled(ssl.TLSVersion.TLSv1_3, CHANGED)
    spoiled(ssl.TLSVersion.TLSv1_3, UNKNOWN)
    spoiled(ssl.TLSVersion.TLSv1_3, b"\x17\x03\x03\x50\x00" + os.urandom(0x5000))


@test
def a_hello_in_pieces_and_two_messages_in_one_record_are_fine():
    tls, inward, outward, first = hello()
    with dial() as conn:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = first[5:]
        for i in range(0, len(body), 100):  # as many records, byte by byte at the start
            part = body[i:i + 100]
            conn.sendall(first[:3] + struct.pack(">H", len(part)) + part)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                conn.sendall(outward.read())
                inward.write(conn.recv(65536))
        assert tls.version() in ("TLSv1.2", "TLSv1.3")


def before():
    global console
    console = Console()


def after():
    console.__exit__(None, None, None)


if __name__ == "__main__":
    main(before, after)
