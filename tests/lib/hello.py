# SPDX-FileCopyrightText: the certbinder authors
# SPDX-License-Identifier: Apache-2.0
"""ClientHellos and records put together by hand (RFC 8446, RFC 5246), right ones and wrong ones."""
import struct

HANDSHAKE, ALERT, CHANGE_CIPHER_SPEC, APPLICATION = 22, 21, 20, 23
SERVER_NAME, GROUPS, POINT_FORMATS, SIGNATURES, ALPN = 0, 10, 11, 13, 16
ENCRYPT_THEN_MAC, MASTER_SECRET, RECORD_LIMIT, TICKET, FRAGMENT = 22, 23, 28, 35, 1
PSK, EARLY_DATA, VERSIONS, COOKIE, PSK_MODES, KEY_SHARE, RENEGOTIATION = 41, 42, 43, 44, 45, 51, 65281
P256, X25519 = 23, 29
# the generator of P-256 (FIPS 186-4, D.1.2.3): a share as good as any for a handshake that is not gone through with
POINT = bytes.fromhex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")


def vector(size, data):
    """data behind its length in so many bytes"""
    return len(data).to_bytes(size, "big") + data


def words(*numbers):
    return b"".join(struct.pack(">H", n) for n in numbers)


def share(group=P256, key=POINT):
    return words(group) + vector(2, key)


def host(name=b"localhost", kind=0):
    return bytes([kind]) + vector(2, name)


def extensions_12():
    return [(SERVER_NAME, vector(2, host())), (GROUPS, vector(2, words(P256, X25519))), (POINT_FORMATS, vector(1, b"\0")),
            (SIGNATURES, vector(2, words(0x0403, 0x0804, 0x0401)))]


def extensions_13():
    return extensions_12() + [(VERSIONS, vector(1, words(0x0304, 0x0303))), (PSK_MODES, vector(1, b"\1")),
                              (KEY_SHARE, vector(2, share()))]


SUITES_12, SUITES_13 = words(0xc02b, 0xc02c), words(0x1301, 0x1302, 0xc02b)


def body(extensions=None, suites=SUITES_13, version=0x0303, session=b"", compressions=b"\0", random=b"\x5a" * 32, tail=b""):
    out = words(version) + random + vector(1, session) + vector(2, suites) + vector(1, compressions)
    if extensions is None:
        extensions = extensions_13()
    packed = b"".join(words(kind) + vector(2, data) for kind, data in extensions)
    return out + vector(2, packed) + tail


def message(data, kind=1):
    return bytes([kind]) + vector(3, data)


def record(data, kind=HANDSHAKE, version=0x0301):
    return bytes([kind]) + words(version) + vector(2, data)


def hello(*args, **named):
    return record(message(body(*args, **named)))


def with_extension(kind, data, base=extensions_13):
    """the usual ones with this one's content replaced, or with it added before the last"""
    usual = base()
    if any(k == kind for k, _ in usual):
        return [(k, data if k == kind else d) for k, d in usual]
    return usual[:-1] + [(kind, data)] + usual[-1:]


def without(*kinds, base=extensions_13):
    return [(k, d) for k, d in base() if k not in kinds]
