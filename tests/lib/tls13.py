# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""A client of TLS 1.3 that may say anything under the right keys (RFC 8446): X25519 (RFC 7748), ChaCha20-Poly1305 (RFC 8439)."""
import hashlib
import hmac
import os
import socket
import struct

from hello import ALERT, APPLICATION, HANDSHAKE, KEY_SHARE, X25519, body, extensions_12, message, record, share, vector, words, VERSIONS, PSK_MODES, GROUPS

FINISHED = 20
SUITE = words(0x1303)
P = 2**255 - 19


def x25519(scalar, u):
    k = int.from_bytes(scalar, "little") & ~7 & (2**255 - 1) | 2**254
    x1 = int.from_bytes(u, "little") % 2**255
    x2, z2, x3, z3 = 1, 0, x1, 1
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = aa - bb
        x3, z3, x2, z2 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P, aa * bb % P, e * (aa + 121665 * e) % P
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def block(key, counter, nonce):
    start = struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", counter) + nonce)
    s = list(start)
    quarters = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
    for _ in range(10):
        for a, b, c, d in quarters:
            for one, two, three, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                s[one] = s[one] + s[two] & 0xffffffff
                x = s[three] ^ s[one]
                s[three] = (x << turn | x >> 32 - turn) & 0xffffffff
    return struct.pack("<16I", *((x + y) & 0xffffffff for x, y in zip(s, start)))


def chacha(key, nonce, data):
    stream = b"".join(block(key, 1 + i, nonce) for i in range((len(data) + 63) // 64))
    return bytes(x ^ y for x, y in zip(data, stream))


def tag(key, nonce, bound, cipher):
    one_time = block(key, 0, nonce)
    r = int.from_bytes(one_time[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    total = 0
    fill = lambda x: x + b"\0" * (-len(x) % 16)  # noqa: E731
    text = fill(bound) + fill(cipher) + struct.pack("<QQ", len(bound), len(cipher))
    for i in range(0, len(text), 16):
        total = (total + int.from_bytes(text[i:i + 16], "little") + 2**128) * r % (2**130 - 5)
    return ((total + int.from_bytes(one_time[16:32], "little")) % 2**128).to_bytes(16, "little")


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def digest(data):
    return hashlib.sha256(data).digest()


def label(secret, name, context, length):
    info = struct.pack(">H", length) + vector(1, b"tls13 " + name) + vector(1, context)
    return mac(secret, info + b"\1")[:length]


class Keys:
    """of one direction"""

    def __init__(self, secret):
        self.secret, self.sequence = secret, 0
        self.key, self.iv = label(secret, b"key", b"", 32), label(secret, b"iv", b"", 12)

    def nonce(self):
        n = bytes(x ^ y for x, y in zip(self.iv, self.sequence.to_bytes(12, "big")))
        self.sequence += 1
        return n

    def seal(self, data, kind=APPLICATION, padding=0):
        inner = data + bytes([kind]) + b"\0" * padding
        head, nonce = bytes([APPLICATION]) + words(0x0303, len(inner) + 16), self.nonce()
        cipher = chacha(self.key, nonce, inner)
        return head + cipher + tag(self.key, nonce, head, cipher)

    def open(self, head, data):
        """(kind, content), or None: not under these keys"""
        nonce, cipher = self.nonce(), data[:-16]
        if tag(self.key, nonce, head, cipher) != data[-16:]:
            return None
        inner = chacha(self.key, nonce, cipher).rstrip(b"\0")
        return inner[-1], inner[:-1]


class Client:
    """Shakes hands up to the server's Finished; finished() is what it would say next."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 90)
        self.held, self.messages, self.reading, self.writing = b"", b"", None, None
        self.said = b""  # the transcript
        self.shake()

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.socket.close()

    def record(self):
        """(head, data) of the next record; None at the end of the stream"""
        while len(self.held) < 5 or len(self.held) < 5 + struct.unpack(">H", self.held[3:5])[0]:
            more = self.socket.recv(65536)
            if not more:
                return None
            self.held += more
        length = 5 + struct.unpack(">H", self.held[3:5])[0]
        whole, self.held = self.held[:length], self.held[length:]
        return whole[:5], whole[5:]

    def content(self):
        """(kind, content) of the next record, in the clear; None at the end of the stream"""
        while True:
            got = self.record()
            if got is None:
                return None
            if got[0][0] == APPLICATION and self.reading:
                return self.reading.open(*got) or ("not under these keys", b"")
            if got[0][0] in (HANDSHAKE, ALERT):
                return got[0][0], got[1]

    def message(self):
        while len(self.messages) < 4 or len(self.messages) < 4 + int.from_bytes(self.messages[1:4], "big"):
            kind, data = self.content()
            assert kind == HANDSHAKE, (kind, data)
            self.messages += data
        length = 4 + int.from_bytes(self.messages[1:4], "big")
        whole, self.messages = self.messages[:length], self.messages[length:]
        self.said += whole
        return whole

    def shake(self):
        private, nothing = os.urandom(32), digest(b"")
        public = x25519(private, (9).to_bytes(32, "little"))
        kept = [e for e in extensions_12() if e[0] != GROUPS]
        hello = message(body(kept + [(GROUPS, vector(2, words(X25519))), (VERSIONS, vector(1, words(0x0304))), (PSK_MODES, vector(1, b"\1")),
                                     (KEY_SHARE, vector(2, share(X25519, public)))], SUITE, random=os.urandom(32)))
        self.said = hello
        self.socket.sendall(record(hello))
        shared = x25519(private, key_of(self.message()))
        first = mac(label(mac(b"\0" * 32, b"\0" * 32), b"derived", nothing, 32), shared)
        self.client_secret = label(first, b"c hs traffic", digest(self.said), 32)
        self.writing, self.reading = Keys(self.client_secret), Keys(label(first, b"s hs traffic", digest(self.said), 32))
        while self.message()[0] != FINISHED:
            pass
        master = mac(label(first, b"derived", nothing, 32), b"\0" * 32)
        self.application = Keys(label(master, b"c ap traffic", digest(self.said), 32))
        self.reading = Keys(label(master, b"s ap traffic", digest(self.said), 32))

    def finished(self):
        return message(mac(label(self.client_secret, b"finished", b"", 32), digest(self.said)), FINISHED)

    def finish(self):
        self.socket.sendall(self.writing.seal(self.finished(), HANDSHAKE))
        self.writing = self.application

    def send(self, *records):
        try:
            self.socket.sendall(b"".join(records))
        except OSError:
            pass  # it has heard enough: what it said is there to be read

    def rest(self):
        """What comes until the server ends the stream: "alert N", the first line of a reply, or what else there is."""
        out = []
        while True:
            got = self.content()
            if got is None:
                return out
            kind, data = got
            if kind == ALERT:
                out.append("alert %d" % data[1])
            elif kind == APPLICATION:
                out.append(data.split(b"\r\n")[0].decode("latin-1"))
            elif kind != HANDSHAKE:  # tickets
                out.append(str(kind))


def key_of(server_hello):
    at = 4 + 2 + 32
    at += 1 + server_hello[at] + 2 + 1 + 2  # session id, suite, compression, length
    while at < len(server_hello):
        kind, length = struct.unpack(">HH", server_hello[at:at + 4])
        if kind == KEY_SHARE:
            return server_hello[at + 8:at + 4 + length]
        at += 4 + length
    raise AssertionError("no share")
