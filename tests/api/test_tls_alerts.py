#!/usr/bin/env python3
# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""What a client may not say behind its hello, in TLS 1.3 under the keys it has: it hears one alert, which it can read, and then the end."""
import pathlib
import socket
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

from front import Front, get  # noqa: E402
from hello import ALERT, CHANGE_CIPHER_SPEC, HANDSHAKE, POINT, SUITES_12, extensions_12, hello, message, record, vector  # noqa: E402
from tap import main, test  # noqa: E402
from tls13 import FINISHED, Client  # noqa: E402

UNEXPECTED, BAD_MAC, OVERFLOW, ILLEGAL, DECODE, DECRYPT = "alert 10", "alert 20", "alert 22", "alert 47", "alert 50", "alert 51"
HELLO_DONE, KEY_EXCHANGE = 14, 16
SERVERS = {}


def start():
    SERVERS["front"] = Front()


def stop():
    SERVERS["front"].__exit__(None, None, None)


def instead_of_finished(say):
    """what is heard after say(client, its Finished) was sent in place of the Finished; the client's side stays open"""
    with Client(SERVERS["front"].port) as client:
        client.send(*say(client, client.finished()))
        return client.rest()


def behind_finished(say):
    with Client(SERVERS["front"].port) as client:
        client.finish()
        client.send(*say(client.writing))
        return client.rest()


def bad_finished(say, wanted):
    heard = instead_of_finished(lambda c, f: [c.writing.seal(say(f), HANDSHAKE)])
    assert heard == [wanted], heard


def turned(data):
    """data with its last byte another one, whatever that is"""
    return data[:-1] + bytes([data[-1] ^ 1])


@test
def a_right_handshake_is_answered():
    heard = behind_finished(lambda keys: [keys.seal(get(headers="Connection: close\r\n"))])
    assert heard[0] == "HTTP/1.1 200 OK" and heard[-1] == "alert 0", heard


@test
def a_wrong_finished_is_told_under_keys_that_the_client_reads_with():
    bad_finished(turned, DECRYPT)
    bad_finished(lambda f: message(f[4:20], FINISHED), DECODE)
    bad_finished(lambda f: message(f[4:] + b"\0", FINISHED), DECODE)
    bad_finished(lambda f: message(f[4:], 15), UNEXPECTED)
    heard = instead_of_finished(lambda c, f: [turned(c.writing.seal(f, HANDSHAKE))])
    assert heard == [BAD_MAC], heard
    heard = instead_of_finished(lambda c, f: [c.writing.seal((message(b"\0" * 20000, FINISHED))[i:i + 4000], HANDSHAKE) for i in range(0, 20004, 4000)])
    assert heard == [DECODE], heard


@test
def a_finished_has_its_record_to_itself():
    """the keys change behind it (RFC 8446 5.1); what lies behind it in its record would wait there for ever"""
    for behind in (b"\0", message(b"\0", 24), message(b"\0" * 32, FINISHED)):
        bad_finished(lambda f: f + behind, UNEXPECTED)


@test
def records_of_a_handshake_that_are_none():
    heard = instead_of_finished(lambda c, f: [c.writing.seal(b"", HANDSHAKE)])
    assert heard == [UNEXPECTED], heard
    for content in (b"\2", b"", b"\1\1"):
        heard = instead_of_finished(lambda c, f: [record(content, CHANGE_CIPHER_SPEC, 0x0303), c.writing.seal(f, HANDSHAKE)])
        assert heard == [UNEXPECTED], (content, heard)


@test
def change_of_ciphers_before_finished_and_not_behind():
    change = record(b"\1", CHANGE_CIPHER_SPEC, 0x0303)
    heard = instead_of_finished(lambda c, f: [change, c.writing.seal(f, HANDSHAKE), c.application.seal(get(headers="Connection: close\r\n"))])
    assert heard[0] == "HTTP/1.1 200 OK", heard
    heard = behind_finished(lambda keys: [change, keys.seal(get())])
    assert heard == [UNEXPECTED], heard


@test
def empty_records_are_nothing():
    """They hide how much is said (RFC 8446 5.4); two in a row are no end of the stream."""
    request = get(headers="Connection: close\r\n")
    heard = behind_finished(lambda keys: [keys.seal(b""), keys.seal(b""), keys.seal(request[:5]), keys.seal(b"", padding=300), keys.seal(b""), keys.seal(request[5:])])
    assert heard[0] == "HTTP/1.1 200 OK", heard


@test
def padding_counts_as_what_a_record_holds():
    request = get(headers="Connection: close\r\n")
    heard = behind_finished(lambda keys: [keys.seal(request, padding=16384 - len(request))])
    assert heard[0] == "HTTP/1.1 200 OK", heard
    heard = behind_finished(lambda keys: [keys.seal(request, padding=16385 - len(request))])
    assert heard == [OVERFLOW], heard
    heard = behind_finished(lambda keys: [keys.seal(b"a" * 16385)])
    assert heard == [OVERFLOW], heard


def key_exchange(content):
    """what TLS 1.2 answers to a ClientKeyExchange of that"""
    with socket.create_connection(("127.0.0.1", SERVERS["front"].port), 20) as s:
        s.sendall(hello(extensions_12(), SUITES_12))
        said = s.makefile("rb")
        flight = b""
        while not flight.endswith(message(b"", HELLO_DONE)):
            flight += said.read(struct.unpack(">H", said.read(5)[3:])[0])
        s.sendall(record(message(content, KEY_EXCHANGE), version=0x0303))
        return "alert %d" % said.read()[6]


@test
def a_key_exchange_of_TLS_1_2_by_a_point_that_is_none():
    for point in (turned(POINT), b"\4" + bytes(64), b"\0"):
        assert key_exchange(vector(1, point)) == ILLEGAL, point
    for content in (b"", b"\0", vector(1, POINT) + b"\0", vector(1, POINT)[:-1]):
        assert key_exchange(content) == DECODE, content


@test
def nothing_is_said_to_who_has_broken_it_off():
    """behind a fatal alert, that is (RFC 8446 6.2); to close_notify the answer is another one"""
    assert behind_finished(lambda keys: [keys.seal(b"\2\x28", ALERT)]) == []
    for level in (b"\1", b"\2"):
        assert behind_finished(lambda keys: [keys.seal(level + b"\0", ALERT)]) == ["alert 0"], level


@test
def an_alert_arrives_though_the_client_goes_on():
    """Closing with bytes unread would reset the stream, and the reset overtakes the alert."""
    heard = behind_finished(lambda keys: [keys.seal(b"\x18\0\0\1\0", HANDSHAKE)] + [record(b"\0" * 16000, 23, 0x0303)] * 40)
    assert heard == [UNEXPECTED], heard


if __name__ == "__main__":
    main(start, stop)
