"""Signs claims, for tests that need licenses beyond the vectors: FORMAT.md, sections 2 to 5, and RFC 8032.

The signing key is the published key of the vectors, and `test_vectors` compares every text with the vectors.
"""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

SEED = bytes(range(32))

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


def add(p: Point, q: Point) -> Point:
    (x1, y1), (x2, y2) = p, q
    t = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + y1 * x2) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P


def times(k: int, p: Point) -> Point:
    total = (0, 1)
    for bit in f"{k:b}":
        total = add(total, total)
        if bit == "1":
            total = add(total, p)
    return total


def encoded(p: Point) -> bytes:
    return (p[1] | (p[0] & 1) << 255).to_bytes(32, "little")


def base() -> Point:
    y = 4 * pow(5, -1, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    return (x if x % 2 == 0 else P - x), y


BASE = base()


def hashed(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


EXPANDED = hashlib.sha512(SEED).digest()
SECRET = int.from_bytes(EXPANDED[:32], "little") & (2**254 - 8) | 2**254
PUBLIC = encoded(times(SECRET, BASE))


def signature(message: bytes) -> bytes:
    r = hashed(EXPANDED[32:], message) % L
    point = encoded(times(r, BASE))
    return point + ((r + hashed(point, PUBLIC, message) * SECRET) % L).to_bytes(32, "little")


def varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def number(day: str) -> int:
    return (date.fromisoformat(day) - date(2020, 1, 1)).days


def encoded_claims(claims: dict[str, Any]) -> bytes:
    first, last = number(claims["valid_from"]), claims["valid_through"]
    optional: dict[str, Callable[[Any], bytes]] = {
        "grace_days": lambda days: varint(days),
        "limits": lambda limits: bytes([len(limits)])
        + b"".join(bytes([int(id)]) + varint(value) for id, value in limits.items()),
        "licensee": lambda name: varint(len(name.encode())) + name.encode(),
        "updates_through": lambda day: varint(number(day)),
        "fingerprint": bytes.fromhex,
        "extension": lambda digits: varint(len(digits) // 2) + bytes.fromhex(digits),
    }
    flags = ["standard", "trial", "stopgap"].index(claims.get("kind", "standard"))
    flags |= ["production", "staging", "development"].index(claims.get("environment", "production")) << 2
    flags |= sum(1 << 4 + place for place, name in enumerate(optional) if name in claims)
    return b"".join(
        [
            varint(flags),
            bytes.fromhex(claims["serial"]),
            varint(claims["product"]),
            varint(claims["edition"]),
            varint(claims["seats"] or 0),
            varint(first),
            varint(number(last) - first + 1 if last else 0),
            varint(sum(1 << bit for bit in claims.get("features", []))),
            *(encode(claims[name]) for name, encode in optional.items() if name in claims),
        ]
    )


def product(a: int, b: int) -> int:
    """The product of two elements of the field of section 5.2."""
    total = 0
    while b:
        total ^= a if b & 1 else 0
        a, b = a << 1, b >> 1
        a ^= 0x2000009 if a >> 25 else 0
    return total


def text_of(key: bytes, groups: int) -> str:
    bits = int.from_bytes(key, "big") << groups * 25 - len(key) * 8
    data = [bits >> 25 * place & 0x1FFFFFF for place in reversed(range(groups))]
    p = q = r = 0
    for value in [groups + 3, *data]:
        z = value ^ p
        p, q, r = q ^ product(0x0004081, z), r ^ product(0x0204080, z), product(0x0200000, z)
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "-".join(
        "".join(alphabet[group >> shift & 31] for shift in (20, 15, 10, 5, 0)) for group in [*data, p, q, r]
    )


def issued(claims: dict[str, Any]) -> str:
    """The license key with these claims."""
    payload = encoded_claims(claims)
    groups = -(-8 * (67 + len(payload)) // 25)
    header = b"\x99" + hashlib.sha512(PUBLIC).digest()[:2]
    data = header + payload.ljust(groups * 25 // 8 - 67, b"\0")
    return text_of(data + signature(b"keyward/v1/license\0" + data), groups)


def license_of(first: date, last: date | None, **claims: Any) -> str:
    """A license of product 3 for those days."""
    through = last.isoformat() if last else None
    common = {"serial": "0102030405060708", "product": 3, "edition": 2, "seats": 25}
    return issued(common | {"valid_from": first.isoformat(), "valid_through": through} | claims)


def year_of(year: int, **claims: Any) -> str:
    first = date(year, 1, 1)
    return license_of(first, first.replace(month=12, day=31), **claims)


def days_from(first: date, days: int, **claims: Any) -> str:
    return license_of(first, first + timedelta(days=days - 1), **claims)
