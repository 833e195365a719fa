#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the hand-made signature files of this directory; README says what each is for.

They are put together byte by byte, hold no real signature, and come out the same every time.
Those made by OpenSSL are not written here: README has the commands.
"""

import os

MAGIC = b"~Module signature appended~\n"

# ---- DER ----


def length(n):
    if n < 0x80:
        return bytes([n])
    b = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(b)]) + b


def tlv(tag, *contents):
    c = b"".join(contents)
    return bytes([tag]) + length(len(c)) + c


def oid(dotted):
    a = [int(x) for x in dotted.split(".")]
    out = []
    for v in [a[0] * 40 + a[1]] + a[2:]:
        arc = [v & 0x7F]
        while v := v >> 7:
            arc.insert(0, 0x80 | v & 0x7F)
        out += arc
    return tlv(OID, bytes(out))


INTEGER, OCTETS, NULL, OID, UTF8 = 0x02, 0x04, 0x05, 0x06, 0x0C
PRINTABLE, BMP, SEQUENCE, SET, CONTEXT_0, CONTEXT_1 = 0x13, 0x1E, 0x30, 0x31, 0xA0, 0xA1

COMMON_NAME, COUNTRY, ORGANIZATION, UNIT = "2.5.4.3", "2.5.4.6", "2.5.4.10", "2.5.4.11"
DATA, SIGNED_DATA, ENVELOPED_DATA = (f"1.2.840.113549.1.7.{i}" for i in (1, 2, 3))
SHA256, RSA = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.1"


def rdn(attribute, value, tag=UTF8):
    return tlv(SET, tlv(SEQUENCE, oid(attribute), tlv(tag, value)))


def name(*rdns):
    return tlv(SEQUENCE, *rdns)


KEY = name(rdn(COMMON_NAME, b"kmod test key"))


def algorithm(dotted, parameter=b""):
    return tlv(SEQUENCE, oid(dotted), parameter)


def signer(issuer=KEY, serial=b"\x11\x22\x33", key_id=None, digest=SHA256, signature=b"Signature"):
    if key_id is None:
        version, who = 1, tlv(SEQUENCE, issuer, tlv(INTEGER, serial))
    else:
        version, who = 3, tlv(0x80, key_id)
    return tlv(
        SEQUENCE,
        tlv(INTEGER, bytes([version])),
        who,
        algorithm(digest),
        algorithm(RSA, tlv(NULL)),
        tlv(OCTETS, signature),
    )


def signed_data(*signers, content=b"", certificates=b"", revocations=b"", behind=b""):
    return tlv(
        SEQUENCE,
        tlv(INTEGER, b"\x01"),
        tlv(SET, algorithm(SHA256)),
        tlv(SEQUENCE, oid(DATA), content),
        certificates,
        revocations,
        tlv(SET, *signers),
        behind,
    )


def message(content, kind=SIGNED_DATA, behind=b""):
    return tlv(SEQUENCE, oid(kind), tlv(CONTEXT_0, content), behind)


def by(**kwargs):
    return message(signed_data(signer(**kwargs)))


def indefinite(tag, *contents):
    return bytes([tag, 0x80]) + b"".join(contents) + b"\0\0"


# ---- Trailer ----


def trailer(sig_len, algo=0, hash=0, id_type=2, signer_len=0, key_id_len=0, pad=b"\0\0\0"):
    record = bytes([algo, hash, id_type, signer_len, key_id_len]) + pad
    return record + sig_len.to_bytes(4, "big") + MAGIC


# Shorter than 128 bytes, and longer: the length of the first takes one byte, of the second two.
PLAIN = by()
TWO_SIGNERS = message(
    signed_data(signer(), signer(name(rdn(COMMON_NAME, b"other key")), serial=b"\x44"))
)
RENEWED = by(serial=b"\x55")
assert PLAIN[1] < 0x80 and TWO_SIGNERS[1] == 0x81

PAYLOAD = b"payload\n"
RAW = b"Signer" + b"KeyId" + b"Signature"

FILES = {
    # Messages
    "good-pkcs7-plain.sig": PLAIN,
    "good-pkcs7-content.sig": message(
        signed_data(signer(), content=tlv(CONTEXT_0, tlv(OCTETS, b"hello")))
    ),
    "good-pkcs7-certificates.sig": message(
        signed_data(signer(), certificates=tlv(CONTEXT_0), revocations=tlv(CONTEXT_1))
    ),
    "good-pkcs7-revocations.sig": message(signed_data(signer(), revocations=tlv(CONTEXT_1))),
    "good-pkcs7-two-signers.sig": TWO_SIGNERS,
    "good-pkcs7-two-names.sig": by(
        issuer=name(
            rdn(ORGANIZATION, b"Org"), rdn(COMMON_NAME, b"first"), rdn(COMMON_NAME, b"second")
        )
    ),
    "good-pkcs7-no-common-name.sig": by(
        issuer=name(rdn(COUNTRY, b"DE", PRINTABLE), rdn(ORGANIZATION, b"Org"), rdn(UNIT, b"Unit"))
    ),
    "good-pkcs7-empty-name.sig": by(issuer=name()),
    "good-pkcs7-key-id.sig": by(key_id=b"\xaa\xbb\xcc"),
    "good-pkcs7-serial-zero.sig": by(serial=b"\0"),
    "good-pkcs7-serial-high-bit.sig": by(serial=b"\0\x80\x01"),
    "good-pkcs7-serial-negative.sig": by(serial=b"\x80\x01"),
    "good-pkcs7-serial-huge.sig": by(serial=bytes(range(1, 128)) * 4),
    "good-pkcs7-bmp-name.sig": by(
        issuer=name(rdn(COMMON_NAME, "Schl\u00fcssel \u20ac".encode("utf-16-be"), BMP))
    ),
    "good-pkcs7-latin1-name.sig": by(
        issuer=name(rdn(COMMON_NAME, "Schl\u00fcssel".encode("latin-1"), 0x14))
    ),
    "good-pkcs7-bit-string-name.sig": by(issuer=name(rdn(COMMON_NAME, b"\0bits\xff", 0x03))),
    "good-pkcs7-control-name.sig": by(
        issuer=name(rdn(COMMON_NAME, "a\0b\x1b[31m\nc\x7f\u009b\\x".encode()))
    ),
    "good-pkcs7-unknown-digest.sig": by(digest="1.3.6.1.4.1.99999.1"),
    "good-pkcs7-sha1.sig": by(digest="1.3.14.3.2.26"),
    "good-pkcs7-empty-signature.sig": by(signature=b""),
    "unsupported-pkcs7-indefinite.sig": indefinite(
        SEQUENCE, oid(SIGNED_DATA), indefinite(CONTEXT_0, signed_data(signer()))
    ),
    "unsupported-pkcs7-long-length.sig": b"\x30\x81" + PLAIN[1:],
    "unsupported-pkcs7-zero-in-length.sig": b"\x30\x82\0" + TWO_SIGNERS[2:],
    "bad-pkcs7-no-signer.sig": message(signed_data()),
    "bad-pkcs7-enveloped.sig": message(tlv(SEQUENCE), ENVELOPED_DATA),
    "bad-pkcs7-data.sig": message(tlv(OCTETS, b"hello"), DATA),
    "bad-pkcs7-no-content.sig": tlv(SEQUENCE, oid(SIGNED_DATA)),
    "bad-pkcs7-name-not-utf8.sig": by(issuer=name(rdn(COMMON_NAME, b"Schl\xfcssel"))),
    "bad-pkcs7-serial-padded.sig": by(serial=b"\0\x01"),
    "bad-pkcs7-behind-signers.sig": message(signed_data(signer(), behind=tlv(NULL))),
    "bad-pkcs7-behind-content.sig": message(signed_data(signer()), behind=tlv(NULL)),
    "bad-pkcs7-behind-file.sig": PLAIN + b"\n",
    "bad-pkcs7-truncated.sig": PLAIN[:-1],
    # Payload and signature
    "good-sigblock-pkcs7.bin": PAYLOAD + PLAIN + trailer(len(PLAIN)),
    "good-sigblock-alone.bin": PLAIN + trailer(len(PLAIN)),
    "good-sigblock-twice.bin": PAYLOAD
    + PLAIN
    + trailer(len(PLAIN))
    + RENEWED
    + trailer(len(RENEWED)),
    "good-sigblock-pgp.bin": PAYLOAD + RAW + trailer(9, 0, 2, 0, 6, 5),
    "good-sigblock-x509.bin": PAYLOAD + RAW + trailer(9, 1, 8, 1, 6, 5),
    "unsupported-sigblock-id-type-3.bin": PAYLOAD + b"Proof" + trailer(5, 0, 0, 3),
    "unsupported-sigblock-id-type-255.bin": PAYLOAD + RAW + trailer(9, 255, 254, 255, 6, 5),
    "bad-sigblock-no-record.bin": MAGIC,
    "bad-sigblock-cut-record.bin": (PAYLOAD + trailer(1))[9:],
    "bad-sigblock-no-signature.bin": PAYLOAD + trailer(0),
    "bad-sigblock-signature-too-long.bin": PAYLOAD + trailer(len(PAYLOAD) + 1),
    "bad-sigblock-key-id-too-long.bin": PAYLOAD + trailer(4, key_id_len=5),
    "bad-sigblock-signer-too-long.bin": PAYLOAD + trailer(2, key_id_len=3, signer_len=4),
    "bad-sigblock-length-max.bin": PAYLOAD + trailer(0xFFFFFFFF, signer_len=255, key_id_len=255),
    "bad-sigblock-algo.bin": PAYLOAD + PLAIN + trailer(len(PLAIN), algo=2),
    "bad-sigblock-hash.bin": PAYLOAD + PLAIN + trailer(len(PLAIN), hash=9),
}


def main():
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    for path, contents in FILES.items():
        with open(path, "wb") as f:
            f.write(contents)


if __name__ == "__main__":
    main()
