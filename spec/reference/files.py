#!/usr/bin/env python3
"""An independent reader of signed files, written from FILES.md alone; "section" means a section of it.

It opens every kind of file and reads the state, with the standard library, `cryptography`, and `verify.py` for the parts of
FORMAT.md: license keys, signatures, fingerprints. It is meant to be read beside the specification.

    files.py --vectors DIR                           runs files.json
    files.py --kind KIND --trust HEX [--threshold N] FILE    opens a file with plain keys, or a trust bundle with roots

Exit code: 0 opened (or: all vectors agree), 1 refused (a vector differs).
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from json.decoder import scanstring
from json.scanner import py_make_scanner
from pathlib import Path

from verify import (ENVIRONMENTS, KINDS, LABEL, LAST_DAY, DAY_0, NOT_IN_NAMES, Key, Refused, Typed, Verifier, claims_of,
                    demand, digests, fault_of, is_good, is_same_machine, key_id_of)  # fmt: skip

MAX_BYTES = {  # section 1
    "license-file": 256 << 10,
    "validation-file": 256 << 10,
    "root-set": 64 << 10,
    "trust-bundle": 16 << 20,
    "revocation-list": 90 << 20,
    "time-statement": 64 << 10,
}


def insist(holds: bool) -> None:
    demand(holds, "malformed")


# ---------------------------------------------------------------- the envelope, section 2


class Escaped(str):
    """A string that was written with an escape sequence."""


class EnvelopeDecoder(json.JSONDecoder):
    """Reads JSON. Objects are lists of pairs, since a name may occur twice, and strings with escapes have a type of their
    own."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=tuple, parse_int=float, parse_constant=refuse_constant)
        self.parse_string = self.string
        self.scan_once = py_make_scanner(self)

    @staticmethod
    def string(text: str, start: int, strict: bool) -> tuple[str, int]:
        value, end = scanstring(text, start, strict)
        return (Escaped(value) if "\\" in text[start:end] else value), end


def refuse_constant(name: str) -> None:
    raise Refused("malformed")  # NaN and the infinities are no JSON


def decoded(data: bytes, decoder: json.JSONDecoder) -> object:
    try:
        return decoder.decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused("malformed") from None


def text_of(data: bytes) -> str:
    """The text of a file as it arrived, section 1.1."""
    utf16 = None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        utf16, data = "utf-16-le" if data[0] == 0xFF else "utf-16-be", data[2:]
    elif len(data) >= 2 and (0 < data[0] < 0x80 and data[1] == 0 or data[0] == 0 and 0 < data[1] < 0x80):
        utf16 = "utf-16-le" if data[1] == 0 else "utf-16-be"
    try:
        return data.decode(utf16 or "utf-8").removeprefix("" if utf16 else "\ufeff")
    except ValueError:
        raise Refused("malformed") from None


def only(pairs: object, name: str) -> object:
    """The field of that name, which has to occur once, in an object whose names have no lone surrogates."""
    insist(isinstance(pairs, tuple))
    insist(not any(re.search("[\ud800-\udfff]", other) for other, _ in pairs))
    values = [value for other, value in pairs if other == name]
    insist(len(values) == 1)
    return values[0]


def plain_string(value: object) -> str:
    insist(isinstance(value, str) and not isinstance(value, Escaped))
    return value


def from_base64(value: object) -> bytes:
    text = plain_string(value)
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("malformed") from None
    insist(base64.b64encode(data).decode() == text)
    return data


def from_hex(value: object, length: int) -> bytes:
    insist(isinstance(value, str) and re.fullmatch(f"[0-9a-f]{{{2 * length}}}", value) is not None)
    return bytes.fromhex(value)


@dataclass
class Envelope:
    payload: bytes
    signed_bytes: bytes
    signatures: list[tuple[bytes, bytes]]

    @classmethod
    def parse(cls, kind: str, data: bytes) -> "Envelope":
        """Steps 1 and 2 of section 2.3."""
        insist(len(data) <= MAX_BYTES[kind])
        text = text_of(data)
        try:
            return cls.of_text(kind, text)
        except Refused:
            return cls.of_text(kind, re.sub("[\r\n]", "", text))

    @classmethod
    def of_text(cls, kind: str, text: str) -> "Envelope":
        envelope = decoded(text.encode(errors="surrogatepass"), EnvelopeDecoder())
        signatures = only(envelope, "signatures")
        insist(isinstance(signatures, list) and len(signatures) <= 32)
        read = [(from_hex(plain_string(only(s, "keyid")), 32), from_base64(only(s, "sig"))) for s in signatures]
        insist(all(len(signature) == 64 for _, signature in read))
        payload_type = f"application/vnd.keyward.{kind}.v1" + "+json" * (kind != "revocation-list")
        insist(plain_string(only(envelope, "payloadType")) == payload_type)
        payload = from_base64(only(envelope, "payload"))
        signed_bytes = f"DSSEv1 {len(payload_type)} {payload_type} {len(payload)} ".encode() + payload
        return cls(payload, signed_bytes, read)

    def digest(self) -> str:
        """The digest of the contents, section 2.2."""
        return hashlib.sha512(self.signed_bytes).digest()[:16].hex()

    def signers(self, keys: list[bytes]) -> list[bytes]:
        """Steps 3 and 4 of section 2.3."""
        named = [(key, signature) for key, signature in self.signatures if key in keys]
        demand(all(is_good(key, signature, self.signed_bytes) for key, signature in named), "bad-signature")
        return list(dict.fromkeys(key for key, _ in named))


# ---------------------------------------------------------------- payloads in JSON, section 3


def once_each(pairs: list[tuple[str, object]]) -> dict:
    insist(len(dict(pairs)) == len(pairs))
    return dict(pairs)


class MinusZero(float):
    """−0, which is no number in the sense of section 3. −0.0 is a fraction."""


def whole(digits: str) -> int | MinusZero:
    insist(abs(float(digits)) != float("inf"))
    return MinusZero(digits) if digits == "-0" else int(digits)


def fraction(text: str) -> float:
    insist(abs(float(text)) != float("inf"))
    return float(text)


def check_nesting(value: object, depth: int = 1) -> None:
    """Checks the depth of nesting, and that there are no surrogates."""
    if isinstance(value, str):
        insist(not re.search("[\ud800-\udfff]", value))
    if isinstance(value, (dict, list)):
        insist(depth <= 127)
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            check_nesting(part, depth + 1)


STRICT = json.JSONDecoder(
    object_pairs_hook=once_each, parse_int=whole, parse_float=fraction, parse_constant=refuse_constant
)
Reader = Callable[[object], object]  # the value that was read, as it is written; or a refusal


def payload_of(data: bytes, fields: dict[str, Reader], nested: dict[str, dict[str, Reader]] = {}) -> dict:
    value = decoded(data, STRICT)
    check_nesting(value)
    insist(isinstance(value, dict))
    check_critical(value, fields)
    for name, inner in nested.items():
        if isinstance(value.get(name), dict):
            check_critical(value[name], inner)
    return record(fields)(value)


def check_critical(value: dict, fields: dict[str, Reader]) -> None:
    critical = value.get("critical", [])
    insist(isinstance(critical, list) and all(isinstance(name, str) for name in critical))
    demand(set(critical) <= {name.rstrip("?~") for name in fields}, "needs-newer")


def record(fields: dict[str, Reader]) -> Reader:
    """An object with these fields: `name?` may be absent, `name~` absent or null. Empty values are read as absent."""

    def read(value: object) -> dict:
        insist(isinstance(value, dict))
        found = {}
        for spelled, read_field in fields.items():
            name = spelled.rstrip("?~")
            if spelled.endswith("~") and value.get(name) is None or spelled.endswith("?") and name not in value:
                continue
            insist(name in value)
            found[name] = read_field(value[name])
            if spelled.endswith("?") and found[name] in ([], {}):
                del found[name]
        return found

    return read


def listing(read: Reader, least: int = 0, most: int | None = None) -> Reader:
    def read_list(value: object) -> list:
        insist(isinstance(value, list) and least <= len(value) and (most is None or len(value) <= most))
        return [read(item) for item in value]

    return read_list


def mapping(most: int, read: Reader) -> Reader:
    def read_map(value: object) -> dict:
        insist(isinstance(value, dict) and all(re.fullmatch("0|[1-9][0-9]{0,9}", n) and int(n) <= most for n in value))
        return {name: read(part) for name, part in value.items()}

    return read_map


def number(least: int, most: int = 2**32 - 1) -> Reader:
    def read(value: object) -> int:
        insist(type(value) is int and least <= value <= most)
        return value

    return read


def word(*words: str) -> Reader:
    def read(value: object) -> str:
        insist(isinstance(value, str) and value in words)
        return value

    return read


def text(max_bytes: int, in_lines: bool = False) -> Reader:
    def read(value: object) -> str:
        insist(isinstance(value, str) and 1 <= len(value.encode()) <= max_bytes)
        insist(not any(ord(c) in NOT_IN_NAMES and not (in_lines and c == "\n") for c in value))
        return value

    return read


def any_string(value: object) -> str:
    insist(isinstance(value, str))
    return value


def hexadecimal(length: int) -> Reader:
    return lambda value: from_hex(value, length).hex()


def day(value: object) -> str:
    try:
        insist(isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is not None)
        insist(DAY_0 <= date.fromisoformat(value) <= DAY_0 + timedelta(LAST_DAY))
    except ValueError:
        raise Refused("malformed") from None
    return value


def time(value: object) -> str:
    two = "([0-9]{2})"
    parts = isinstance(value, str) and re.fullmatch(f"([0-9]{{4}})-{two}-{two}T{two}:{two}:{two}Z", value)
    insist(bool(parts))
    year, month, in_month, hour, minute, second = map(int, parts.groups())
    # Python has no year 0. It has the same days as the year 2000.
    insist(1 <= month <= 12 and 1 <= in_month <= monthrange(year or 2000, month)[1])
    insist(hour <= 23 and minute <= 59 and second <= 59)
    return value


def public_key(value: object) -> str:
    insist(fault_of(from_hex(value, 32)) is None)
    return value


def fingerprint(value: object) -> str:
    insist(from_hex(value, 16)[0] == 1)
    return value


def license_key(value: object) -> str:
    insist(isinstance(value, str))
    try:
        insist(Typed.parse(value).read().text == value)
    except Refused:
        raise Refused("malformed") from None
    return value


def check_numbers(value: object) -> None:
    """Checks that each number without fraction or exponent stays the same in 64 bits."""
    insist(not isinstance(value, MinusZero) and not (isinstance(value, int) and not -(2**63) <= value < 2**64))
    if isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            check_numbers(part)


def metadata(value: object) -> dict:
    insist(isinstance(value, dict))
    check_numbers(value)
    insist(len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) <= 10_240)
    return value


# ---------------------------------------------------------------- the contents of payloads, sections 5 to 10



def names(read: Reader) -> Reader:
    numbered = {"editions?": mapping(65_535, read), "features?": mapping(255, read), "limits?": mapping(255, read)}
    return mapping(2**32 - 1, record({"name": read} | numbered))


PARTY = {"name": text(256), "company~": text(256), "email~": text(256)}
LICENSE_FILE = {
    "issued_at": time, "licenses": listing(license_key, 1, 64), "licensee~": record(PARTY),
    "contacts?": listing(record({"role": text(256)} | PARTY), 0, 16), "metadata?": metadata,
    "note~": text(4_000, in_lines=True), "names?": names(text(256)),
}  # fmt: skip
VALIDATION_FILE = {"expires_at": time, "machine~": fingerprint, "file": record(LICENSE_FILE)}
ROOT_SET = {"version": number(1), "issued_at": time, "threshold": number(1, 255), "keys": listing(public_key, 1, 16)}
TIME_STATEMENT = {"issued_at": time, "purpose": word("evidence", "recovery"), "state?": lambda value: value}
PURPOSES = ["licenses", "license-files", "validation-files", "revocations", "time"]
MAY_SIGN = {
    "purposes": listing(any_string), "products~": listing(number(0)),
    "environments~": listing(word(*ENVIRONMENTS)), "kinds~": listing(word(*KINDS)), "longest_term_days~": number(1),
    "most_seats~": number(1), "begins_from~": day, "ends_through~": day,
}  # fmt: skip


def may_sign(value: object) -> dict:
    """Reads the limits with their unknown fields. Section 8.1 has the order in which they are refused."""
    limits = record(MAY_SIGN)(value)
    limits["purposes"] = [purpose for purpose in PURPOSES if purpose in limits["purposes"]]
    return limits | {"unknown": sorted(set(value) - {name.rstrip("~") for name in MAY_SIGN})}


SIGNING_KEY = {  # public keys and names are tested later
    "public_key": hexadecimal(32), "name": any_string, "state": word("active", "retired", "compromised"),
    "allowed?": listing(hexadecimal(16)), "may_sign": may_sign,
}  # fmt: skip
BUNDLE = {"version": number(0), "issued_at": time, "keys": listing(record(SIGNING_KEY)), "names?": names(any_string)}


def validation_file(data: bytes) -> dict:
    says = payload_of(data, VALIDATION_FILE, {"file": LICENSE_FILE})
    insist(says["expires_at"] >= says["file"]["issued_at"])
    insist("machine" not in says or any(map(any, digests(bytes.fromhex(says["machine"])))))
    return says


def root_set(data: bytes) -> dict:
    says = payload_of(data, ROOT_SET)
    insist(says["threshold"] <= len(says["keys"]) == len(set(says["keys"])))
    return says


def time_statement(data: bytes) -> dict:
    says = payload_of(data, TIME_STATEMENT)
    if says["purpose"] == "recovery":
        return says | {"state": from_hex(says.get("state"), 8).hex()}
    return {name: value for name, value in says.items() if name != "state"}


def trust_bundle(data: bytes) -> dict:
    """Checks in the order of section 8.1."""
    says = payload_of(data, BUNDLE)
    insist(len(says["keys"]) <= 1_000)
    for key in says["keys"]:
        insist("allowed" not in key or key["state"] == "compromised")
        public_key(key["public_key"])
        demand(not key["may_sign"].pop("unknown"), "needs-newer")
    insist(says["version"] >= 1 and len({key["public_key"] for key in says["keys"]}) == len(says["keys"]))
    for key in says["keys"]:
        text(256)(key["name"])
        limits = key["may_sign"]
        insist(all(limits.get(name) != [] for name in ("products", "environments", "kinds")))
        insist(limits.get("begins_from", "") <= limits.get("ends_through", "9999"))
        if "allowed" in key:
            key["allowed"] = sorted(set(key["allowed"]))
    names(text(256))(says.get("names", {}))
    return says


REASONS = ["unspecified", "leaked", "refunded", "superseded", "unpaid", "terms-broken", "issued-wrongly", "forged"]
STATUSES = dict(enumerate(REASONS)) | {64: "on-hold"}


@dataclass
class Bytes:
    """Read from the start; it is an error to read beyond the end."""

    data: bytes
    code: str
    at: int = 0

    def take(self, count: int) -> bytes:
        demand(self.at + count <= len(self.data), self.code)
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, count: int, signed: bool = False) -> int:
        return int.from_bytes(self.take(count), "big", signed=signed)

    def is_at_end(self) -> bool:
        return self.at == len(self.data)


def revocation_list(data: bytes) -> dict:
    """Section 9; of the statuses of a license, the first that the list has."""
    rest = Bytes(data, "malformed")
    sequence, issued_at, next_update = rest.number(4), rest.number(8, signed=True), rest.number(8, signed=True)
    last, statuses = -1, {}
    while not rest.is_at_end():
        status = rest.number(1)
        insist(status > last)
        last, count = status, rest.number(4)
        demand(not 65 <= status <= 127, "needs-newer")
        section = rest.take(16 * count)
        insist(count > 0)
        if status > 127:
            continue
        found = [section[i : i + 16] for i in range(0, len(section), 16)]
        insist(all(one < other for one, other in zip(found, found[1:])))
        for digest in found:
            if status in STATUSES:
                statuses.setdefault(digest.hex(), STATUSES[status])
            else:  # a reason of a later version, which counts as status 0
                statuses[digest.hex()] = STATUSES[0]
    insist(all(-62_167_219_200 <= at <= 253_402_300_799 for at in (issued_at, next_update)))
    insist(sequence >= 1 and next_update >= issued_at)
    return {"sequence": sequence, "issued_at": issued_at, "next_update": next_update, "statuses": statuses}


# ---------------------------------------------------------------- who may sign, sections 4, 7 and 8.3

READ = {
    "license-file": lambda data: payload_of(data, LICENSE_FILE), "validation-file": validation_file,
    "revocation-list": revocation_list, "time-statement": time_statement,
}  # fmt: skip
PURPOSES_OF = {"license-file": {"license-files"}, "validation-file": {"license-files", "validation-files"},
               "revocation-list": {"revocations"}, "time-statement": {"time"}}  # fmt: skip


def validates(key: dict, says: dict, claims: list[dict]) -> bool:
    """Section 4, step 5: the signer of a validation file that says nothing but that its licenses are in order."""
    limits = key["may_sign"]
    return (
        "validation-files" in limits["purposes"]
        and not any(says.get(name) for name in ("licensee", "contacts", "metadata"))
        and says.get("note") is None
        and all(each["product"] in limits.get("products", [each["product"]]) for each in claims)
        and all(each["environment"] in limits.get("environments", ENVIRONMENTS) for each in claims)
    )


def signs_files(key: dict, claims: list[dict]) -> bool:
    """Section 4, step 4."""
    return "license-files" in key["may_sign"]["purposes"] and all(permits(key, each) for each in claims)


def digest_of(key: Key) -> str:
    return hashlib.sha512(LABEL + key.data[:-64]).digest()[:16].hex()


def tells_time(key: dict) -> bool:
    return key["state"] != "compromised" and "time" in key["may_sign"]["purposes"]


def allows(key: dict, digests: set[str]) -> bool:
    """Whether a license file of a compromised key brings licenses."""
    is_for_files = "license-files" in key["may_sign"]["purposes"]
    return key["state"] == "compromised" and is_for_files and not digests.isdisjoint(key.get("allowed", []))


def permits(key: dict, claims: dict, digest: str | None = None) -> bool:
    """Section 8.3. Without a digest, whether the limits permit the claims."""
    limits, through = key["may_sign"], claims["valid_through"]
    first = date.fromisoformat(claims["valid_from"])
    term = (date.fromisoformat(through) - first).days + 1 if through else None
    if digest and key["state"] == "compromised" and digest not in key.get("allowed", []):
        return False
    longest, seats, until = limits.get("longest_term_days"), limits.get("most_seats"), limits.get("ends_through")
    return (
        "licenses" in limits["purposes"]
        and claims["product"] in limits.get("products", [claims["product"]])
        and claims["environment"] in limits.get("environments", ENVIRONMENTS)
        and claims["kind"] in limits.get("kinds", KINDS)
        and (not longest or term is not None and term <= longest)
        and (not longest and not until or claims.get("grace_days", 0) <= min(14, (term or 0) // 4))
        and (not seats or claims["seats"] is not None and claims["seats"] <= seats)
        and claims["valid_from"] >= limits.get("begins_from", "")
        and (not until or through is not None and through <= until)
    )


@dataclass
class Trust:
    """Plain keys, or the keys of a bundle by their bytes."""

    keys: list[bytes] = field(default_factory=list)
    bundle: dict[bytes, dict] | None = None
    numbered: "Numbered" = (0, None)

    @classmethod
    def of_bundle(cls, says: dict, digest: str) -> "Trust":
        bundle = {bytes.fromhex(key["public_key"]): key for key in says["keys"]}
        return cls(list(bundle), bundle, (says["version"], digest))

    def opened(self, kind: str, data: bytes) -> tuple[dict, list[bytes], str]:
        """Section 4."""
        envelope = Envelope.parse(kind, data)
        signers = envelope.signers(self.keys)
        demand(signers != [], "unknown-key")
        try:
            return self.permitted(kind, envelope, signers)
        except Refused as refused:
            opened = None
            if kind == "license-file" and refused.args[0] == "not-permitted":
                opened = self.of_compromised_keys(envelope, signers)
            if opened is None:
                raise
            return opened

    def of_compromised_keys(self, envelope: Envelope, signers: list[bytes]) -> tuple[dict, list[bytes], str] | None:
        """Section 4: a license file of a compromised key, with its licenses alone."""
        try:
            says = READ["license-file"](envelope.payload)
        except Refused:
            return None
        digests = {digest_of(Typed.parse(license).read()) for license in says["licenses"]}
        signers = [s for s in signers if allows(self.bundle[s], digests)]
        return ({name: says[name] for name in ("issued_at", "licenses")}, signers, envelope.digest()) if signers else None

    def permitted(self, kind: str, envelope: Envelope, signers: list[bytes]) -> tuple[dict, list[bytes], str]:
        """Section 4, from step 2."""
        if self.bundle is not None:
            signers = [s for s in signers if self.bundle[s]["state"] != "compromised"]
            signers = [s for s in signers if PURPOSES_OF[kind] & set(self.bundle[s]["may_sign"]["purposes"])]
            demand(signers != [], "not-permitted")
        says = READ[kind](envelope.payload)
        if self.bundle is not None and "license-files" in PURPOSES_OF[kind]:
            file = says.get("file", says)
            claims, keys = list(decodable(file["licenses"])), self.bundle
            answers = [s for s in signers if kind == "validation-file" and validates(keys[s], file, claims)]
            signers = [s for s in signers if s in answers or signs_files(keys[s], claims)]
            demand(signers != [], "not-permitted")
        return says, signers, envelope.digest()

    def evidence(self, kind: str, data: bytes) -> str | int | None:
        """The time that a file is evidence of, section 11."""
        says, signers, _ = self.opened(kind, data)
        may_tell = self.bundle is None or any(tells_time(self.bundle[s]) for s in signers)
        return says.get("file", says)["issued_at"] if may_tell else None

    def listed(self, data: bytes) -> dict:
        """A revocation list, with its signers and its digest."""
        says, signers, digest = self.opened("revocation-list", data)
        return says | {"signers": signers, "numbered": (says["sequence"], digest)}


def signed_bytes(license: str) -> bytes:
    return Typed.parse(license).read().data[:-64]


def decodable(licenses: list[str]) -> Iterator[dict]:
    for license in licenses:
        try:
            yield claims_of(Typed.parse(license).read().data[3:-64])
        except Refused:
            pass


@dataclass
class Roots:
    version: int
    threshold: int
    keys: list[bytes]

    def check(self, envelope: Envelope) -> list[bytes]:
        signers = envelope.signers(self.keys)
        demand(len(signers) >= self.threshold, "untrusted-bundle")
        return signers

    def bundle(self, data: bytes) -> tuple[dict, list[bytes], str]:
        envelope = Envelope.parse("trust-bundle", data)
        signers = self.check(envelope)
        return trust_bundle(envelope.payload), signers, envelope.digest()

    def next(self, data: bytes) -> "Roots":
        """Section 7.2."""
        envelope = Envelope.parse("root-set", data)
        self.check(envelope)
        says = root_set(envelope.payload)
        demand(says["version"] > self.version, "rollback")
        demand(says["version"] == self.version + 1, "untrusted-bundle")
        following = Roots(says["version"], says["threshold"], [bytes.fromhex(key) for key in says["keys"]])
        following.check(envelope)
        return following

    @classmethod
    def in_file(cls, data: bytes) -> "Roots":
        """A root set that a product is built with, section 7.1."""
        envelope = Envelope.parse("root-set", data)
        says = root_set(envelope.payload)
        roots = cls(says["version"], says["threshold"], [bytes.fromhex(key) for key in says["keys"]])
        roots.check(envelope)
        return roots

    def follow(self, data: bytes) -> "Roots":
        """A set in a file, section 11, step 2."""
        try:
            newer = root_set(Envelope.parse("root-set", data).payload)["version"] > self.version
        except Refused:
            newer = True
        return self.next(data) if newer else self

    def after(self, state: dict) -> "Roots":
        """The sets in a state, section 11, step 2."""
        roots = self
        for data in state["root_files"]:
            try:
                roots = roots.next(data)
            except Refused:
                pass
        return roots

    def numbered(self) -> "Numbered":
        """With the digest of section 7.2."""
        head = b"keyward/v1/root-set\0" + self.version.to_bytes(4, "big") + bytes([self.threshold])
        return self.version, hashlib.sha512(head + b"".join(sorted(self.keys))).digest()[:16].hex()

    def says(self) -> dict:
        return {"version": self.version, "threshold": self.threshold, "keys": [key.hex() for key in self.keys]}


# ---------------------------------------------------------------- licenses and the state, sections 11 and 12


def license_error(case: dict, trust: Trust, listed: dict | None, state: dict | None) -> str | None:
    """Section 11: FORMAT 9.3, then steps 10 and 11."""
    machine = bytes.fromhex(case["machine"]) if case.get("machine") else None
    answer = Verifier(trust.keys, product=case["product"], machine=machine).verify(case["text"])
    if answer["error"]:
        return answer["error"]
    key: Key = Typed.parse(answer["reads_as"]).read()
    digest = digest_of(key)
    if trust.bundle is not None:
        signer = next(public for public in key.names(trust.keys) if key.is_signed_by(public))
        if not permits(trust.bundle[signer], answer["claims"], digest):
            return "not-permitted"
    kept, by = state and status_in(state, digest) or (None, 0)
    if kept == "on-hold" and listed is not None and by < listed["sequence"]:
        kept = None
    status = kept or (listed or {"statuses": {}})["statuses"].get(digest)
    if status:
        return "on-hold" if status == "on-hold" else "revoked"
    if state and is_rollback(trust.numbered, state["bundle"]):
        return "rollback"
    return "rollback" if state and is_rollback((listed or {"numbered": (0, None)})["numbered"], newest_list(state)) else None


# A number that only rises, and the digest of the contents under it; 0 and None for no file.
Numbered = tuple[int, str | None]


def is_rollback(found: Numbered, seen: Numbered) -> bool:
    """Older than the newest file seen, or other contents with the same number."""
    return found[0] < seen[0] or found[0] == seen[0] and found != seen


def newest_list(state: dict) -> Numbered:
    return max((signer["list"] for signer in state["signers"].values()), default=(0, None), key=lambda seen: seen[0])


def status_in(state: dict, digest: str) -> tuple[str, int] | None:
    """The status of a license from all signers: the earliest revocation, or else the latest hold."""
    said = [status for (license, _), status in state["kept"].items() if license == digest]
    revoked = [status for status in said if status[0] != "on-hold"]
    return min(revoked, key=lambda status: status[1]) if revoked else max(said, key=lambda status: status[1], default=None)


NO_TIME = -(2**63)
LATEST_END = int(datetime(9999, 4, 1, 12, tzinfo=timezone.utc).timestamp()) * 1_000_000


def read_state(data: bytes, machine: bytes | None = None, writes_known: int = 0) -> dict:
    """Section 12, from step 2. A refusal's code is the condition."""
    demand(not (data[:7] == b"KWstate" and data[7:8] > b"\1"), "needs-newer")
    checksum = hashlib.sha512(b"keyward/v1/state\0" + data[:-16]).digest()[:16]
    demand(len(data) >= 16 and data[-16:] == checksum, "altered")
    rest = Bytes(data[:-16], "altered")
    demand(rest.take(8) == b"KWstate\1", "altered")
    state = {"id": rest.take(8).hex(), "writes": rest.number(8)}
    tied_to, mark = rest.take(16), rest.take(37)
    demand(tied_to[0] == 1 or not any(tied_to), "altered")
    instant, steps = int.from_bytes(mark[1:9], "big", signed=True), mark[25:29]
    largest = int.from_bytes(mark[29:], "big", signed=True)
    demand(mark[0] == 1 and instant <= LATEST_END, "altered")
    demand(largest >= 300 if any(steps) else largest == 0, "altered")
    state |= {"machine": tied_to.hex() if any(tied_to[1:]) else None, "mark": mark.hex()}

    def numbered() -> Numbered:
        number, digest = rest.number(4), rest.take(16)
        demand(number > 0 or not any(digest), "altered")
        return (number, digest.hex()) if number else (0, None)

    state |= {"bundle": numbered(), "roots": numbered()}
    state["root_files"] = [rest.take(rest.number(4)) for _ in range(rest.number(1))]
    signers = [(rest.take(32), numbered(), rest.number(8, signed=True)) for _ in range(rest.number(4))]
    demand(all(at == NO_TIME or -62_167_219_200 <= at <= 253_402_300_799 for _, _, at in signers), "altered")
    demand(all(one[0] < other[0] for one, other in zip(signers, signers[1:])), "altered")
    state["signers"] = {key: {"list": listed, "recovery": at} for key, listed, at in signers}
    kept = [(rest.take(16).hex(), rest.take(32), rest.number(1), rest.number(4)) for _ in range(rest.number(4))]
    state["recoveries"] = [rest.take(16).hex() for _ in range(rest.number(1))]
    demand(rest.is_at_end() and all(status in STATUSES for _, _, status, _ in kept), "altered")
    demand(all(one[:2] < other[:2] for one, other in zip(kept, kept[1:])), "altered")
    demand(all(key in state["signers"] for _, key, _, _ in kept), "altered")
    state["kept"] = {(digest, key): (STATUSES[status], by) for digest, key, status, by in kept}
    demand(not any(tied_to[1:]) or machine is not None and is_same_machine(tied_to, machine), "foreign")
    demand(state["writes"] >= writes_known, "older")
    return state


def saw_list(state: dict, listed: dict, licenses: list[str]) -> None:
    """Keeps the statuses of a list, by each of its signers."""
    demand(not is_rollback(listed["numbered"], newest_list(state)), "rollback")
    sequence, statuses, kept = listed["sequence"], listed["statuses"], state["kept"]
    for key in listed["signers"]:
        state["signers"].setdefault(key, {"recovery": NO_TIME})["list"] = listed["numbered"]
    ended = [place for place, (status, by) in kept.items() if status == "on-hold" and by != sequence]
    for place in ended:
        del kept[place]
    for digest in [*sorted({digest for digest, _ in ended}), *licenses]:
        for key in listed["signers"] if digest in statuses else []:
            place = (digest, key)
            if kept.get(place, ("on-hold", 0))[0] != "on-hold":
                continue
            if place not in kept and len(kept) >= 1_024:
                holds = sorted(place for place, (status, _) in kept.items() if status == "on-hold")
                if statuses[digest] == "on-hold" or not holds:
                    continue
                del kept[holds[0]]
            kept[place] = (statuses[digest], sequence)


def saw_bundle(state: dict, trust: Trust) -> None:
    """Forgets everything that only compromised keys signed."""
    demand(not is_rollback(trust.numbered, state["bundle"]), "rollback")
    state["bundle"] = trust.numbered
    compromised = [key for key, limits in trust.bundle.items() if limits["state"] == "compromised"]
    forgotten = [state["signers"].pop(key) for key in compromised if key in state["signers"]]
    state["kept"] = {place: status for place, status in state["kept"].items() if place[1] not in compromised}
    if any(signer["recovery"] != NO_TIME for signer in forgotten):
        last = max((signer["recovery"] for signer in state["signers"].values()), default=NO_TIME)
        mark = bytes.fromhex(state["mark"])
        last_in_mark = (NO_TIME if last == NO_TIME else last * 1_000_000).to_bytes(8, "big", signed=True)
        state["mark"] = (mark[:17] + last_in_mark + mark[25:]).hex()


def instant_of(at: str) -> datetime:
    return datetime.fromisoformat(at.replace("Z", "+00:00"))


def seconds_of(at: str) -> int:
    return int(instant_of(at).timestamp())


def age(at: str, issued_at: int, end: int) -> str:
    """The age of a validation file (section 6) or of a list (section 9)."""
    now = instant_of(at).timestamp()
    return "ahead" if issued_at - now > 86_400 else "too old" if now > end else "within"


def stale_list(case: dict, listed: dict) -> str | None:
    end = listed["issued_at"] + case["most_seconds"]
    return None if age(case["now"], listed["issued_at"], end) == "within" else "stale-list"


def recover(
    state: dict, statement: dict, signers: list[bytes], digest: str, clock: str | None = None, known: str | None = None
) -> None:
    """Takes the mark back to the time of issue of the statement. `known` is the latest time of issue of a file."""
    demand(statement["purpose"] == "recovery", "not-a-recovery")
    demand(statement["state"] == state["id"], "recovery-of-another")
    mark = bytes.fromhex(state["mark"])
    instant, _, last = (int.from_bytes(mark[i : i + 8], "big", signed=True) for i in (1, 9, 17))
    issued = seconds_of(statement["issued_at"]) * 1_000_000
    demand(issued > last and digest not in state["recoveries"], "recovery-used")
    ahead = seconds_of(clock) * 1_000_000 - issued if clock else 0
    demand(ahead <= 40 * 86_400 * 1_000_000, "clock-ahead")
    demand(not (known and issued < instant <= seconds_of(known) * 1_000_000), "evidence-ahead")
    times = (at.to_bytes(8, "big", signed=True) for at in (min(instant, issued), NO_TIME, issued))
    state["mark"] = (b"\1" + b"".join(times) + bytes(12)).hex()
    for key in signers:
        state["signers"].setdefault(key, {"list": (0, None)})["recovery"] = issued // 1_000_000
    state["recoveries"] = [*state["recoveries"], digest][-255:]


# ---------------------------------------------------------------- test vectors

Results = Iterator[tuple[str, bool]]  # each case's name, and whether it agrees


class Vectors:
    def __init__(self, file: dict):
        self.file = file
        self.roots = self.built_in(file["roots"])

    @staticmethod
    def built_in(roots: dict) -> Roots:
        return Roots(1, roots["threshold"], [bytes.fromhex(key) for key in roots["keys"]])

    def trust(self, case: dict) -> Trust:
        if "bundle" in case:
            says, _, digest = self.roots.bundle(self.file["bundles"][case["bundle"]].encode())
            return Trust.of_bundle(says, digest)
        return Trust([bytes.fromhex(key) for key in case.get("trusted_keys", [])])

    def files(self, case: dict) -> dict:
        kind = case["kind"]
        data = case["file"].encode() if "file" in case else base64.b64decode(case["file_base64"])
        data = data.ljust(case.get("padded_to", 0))
        machine = case.get("machine") and bytes.fromhex(case["machine"])
        try:
            opened = self.roots.bundle(data) if kind == "trust-bundle" else self.trust(case).opened(kind, data)
            says, signers, _ = opened
            if kind == "validation-file":
                tied_to = bytes.fromhex(says.get("machine", ""))
                demand(not tied_to or bool(machine) and is_same_machine(tied_to, machine), "wrong-machine")
                issued_at, end = seconds_of(says["file"]["issued_at"]), seconds_of(says["expires_at"])
                demand(age(case["now"], issued_at, end) == "within", "stale-file")
        except Refused as refused:
            return {"error": refused.args[0], "signed_by": None, "says": None}
        if kind == "revocation-list":
            says["statuses"] = {digest: says["statuses"].get(digest) for digest in case["asked"]}
            says |= {name: shown(says[name]) for name in ("issued_at", "next_update")}
        return {"error": None, "signed_by": [key_id_of(key).hex() for key in signers], "says": says}

    def chains(self, case: dict) -> dict:
        trusted, results = self.built_in(case["built_in"]), []
        for file in case["files"]:
            try:
                trusted = trusted.next(file.encode())
                results.append(None)
            except Refused as refused:
                results.append(refused.args[0])
        return {"results": results, "trusted": trusted.says()}

    def starts(self, case: dict) -> dict:
        try:
            built_in = case["built_in"]
            roots = Roots.in_file(built_in["file"].encode()) if "file" in built_in else self.built_in(built_in)
            state = case["state"] and read_state(bytes.fromhex(case["state"]))
            roots = roots.after(state) if state else roots
            for file in case["files"]:
                roots = roots.follow(file.encode())
            demand(not state or not is_rollback(roots.numbered(), state["roots"]), "rollback")
            return {"error": None, "roots": roots.says()}
        except Refused as refused:
            return {"error": refused.args[0], "roots": None}

    def evidence(self, case: dict) -> dict:
        data = case["file"].encode()
        if case["kind"] == "trust-bundle":
            return {"evidence": self.roots.bundle(data)[0]["issued_at"]}
        at = self.trust(case).evidence(case["kind"], data)
        return {"evidence": shown(at) if isinstance(at, int) else at}

    def products(self, case: dict) -> dict:
        """Section 11, steps 4 and 5: a stale or foreign validation file ends the matter, and a list's age comes last."""
        if "validation" in case:
            opened = self.files(case | {"kind": "validation-file", "file": case["validation"]})
            if opened["error"]:
                return {"error": opened["error"]}
            case = case | {"text": opened["says"]["file"]["licenses"][0]}
        error = self.licenses(case)["error"]
        if not error and "required" in case and not self.is_activated(case):
            error = "not-activated"
        if not error and case["list"] and case["most_seconds"] is not None:
            error = stale_list(case, self.trust(case).listed(case["list"].encode()))
        return {"error": error}

    def is_activated(self, case: dict) -> bool:
        """Section 6.1: locked to this machine, which was checked; or one of the validation files holds here and now."""
        license = signed_bytes(case["text"])
        if claims_of(license[3:]).get("fingerprint"):
            return True
        opened = (self.files(case | {"kind": "validation-file", "file": file})["says"] for file in case["required"])
        here = (says["file"]["licenses"] for says in opened if says and "machine" in says)
        return any(signed_bytes(text) == license for licenses in here for text in licenses)

    def licenses(self, case: dict) -> dict:
        trust = self.trust(case)
        listed = case.get("list") and trust.listed(case["list"].encode())
        state = case.get("state") and read_state(bytes.fromhex(case["state"]))
        return {"error": license_error(case, trust, listed, state)}

    def ages(self, case: dict) -> dict:
        listed = self.trust(case).listed(self.file["lists"]["14"].encode())
        since_issue = seconds_of(case["now"]) - listed["issued_at"]
        return {"age_days": max(since_issue, 0) // 86_400, "error": stale_list(case, listed)}

    def states(self, case: dict) -> dict:
        machine = case["machine"] and bytes.fromhex(case["machine"])
        try:
            state = read_state(bytes.fromhex(case["state"]), machine, case["writes_known"])
        except Refused as refused:
            return {"condition": refused.args[0], "says": None}
        (bundle, bundle_digest), (newest, list_digest) = state["bundle"], newest_list(state)
        says = {name: state[name] for name in ("id", "writes", "machine", "mark")}
        says |= {"bundle": bundle, "bundle_digest": bundle_digest, "list": newest, "list_digest": list_digest}
        says |= {"roots": state["roots"][0], "signers": signers_of(state), "remembered": remembered(state, case)}
        return {"condition": None, "says": says}

    def lists_seen(self, case: dict) -> dict:
        state, results = read_state(bytes.fromhex(case["state"])), []
        for seen in case["lists"]:
            try:
                if "bundle" in seen:
                    saw_bundle(state, self.trust(seen))
                elif "statement" in seen:
                    recover(state, *self.statement(case, seen["statement"]))
                else:
                    saw_list(state, self.trust(case).listed(seen["list"].encode()), seen["held"])
                results.append(None)
            except Refused as refused:
                results.append(refused.args[0])
        says = {"list": newest_list(state)[0], "signers": signers_of(state), "remembered": remembered(state, case)}
        return {"results": results, "mark": state["mark"]} | says

    def statement(self, case: dict, text: str) -> tuple[dict, list[bytes], str]:
        """A statement of the time, its signers, and the digest of its contents."""
        says, signers = self.trust(case).opened("time-statement", text.encode())[:2]
        return says, signers, Envelope.parse("time-statement", text.encode()).digest()

    def recoveries(self, case: dict) -> dict:
        state = read_state(bytes.fromhex(case["state"]))
        try:
            recover(state, *self.statement(case, case["statement"]), case.get("clock"), case.get("issued"))
            return {"error": None, "mark_after": state["mark"]}
        except Refused as refused:
            return {"error": refused.args[0], "mark_after": state["mark"]}


def remembered(state: dict, case: dict) -> dict:
    """The statuses in the state of the licenses that the case asks for."""
    statuses = {digest: status_in(state, digest) for digest in case["asked"]}
    return {digest: status and list(status) for digest, status in statuses.items()}


def signers_of(state: dict) -> dict:
    """The sequence of the newest list of each key that signed one."""
    listed = {key: signer["list"][0] for key, signer in state["signers"].items()}
    return {key_id_of(key).hex(): sequence for key, sequence in listed.items() if sequence}


def shown(seconds: int) -> str:
    """A time as it is written; Python has no year 0. It has the same days as the year 2000."""
    year_0 = seconds < -62_135_596_800
    at = datetime(1970, 1, 1) + timedelta(seconds=seconds + (730_485 * 86_400 if year_0 else 0))
    return f"{0 if year_0 else at.year:04}" + at.strftime("-%m-%dT%H:%M:%SZ")


def run_vectors(directory: Path) -> int:
    vectors = Vectors(json.loads((directory / "files.json").read_text("utf-8")))
    differences = 0
    for name in ("files", "chains", "starts", "evidence", "licenses", "products", "ages", "states", "lists_seen", "recoveries"):
        cases = vectors.file[name]
        wrong = []
        for case in cases:
            found = getattr(vectors, name)(case)
            if any(value != case[part] for part, value in found.items()):
                wrong.append(f"differs: {case['name']}: {found}")
        print("\n  ".join([f"files.json, {name}: {len(cases) - len(wrong)} of {len(cases)} agree", *wrong]))
        differences += len(wrong)
    return 1 if differences else 0


def run_file(options: argparse.Namespace) -> int:
    keys, data = [bytes.fromhex(key) for key in options.trust], options.file.read_bytes()
    try:
        if options.kind == "trust-bundle":
            says, signers, _ = Roots(1, options.threshold, keys).bundle(data)
        else:
            says, signers, _ = Trust(keys).opened(options.kind, data)
    except Refused as refused:
        print(json.dumps({"error": refused.args[0]}))
        return 1
    print(json.dumps({"error": None, "signed_by": [key_id_of(key).hex() for key in signers], "says": says}, indent=1))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=Path, metavar="DIR")
    parser.add_argument("--kind", choices=[*READ, "trust-bundle"])
    parser.add_argument("--trust", action="append", default=[], metavar="HEX", help="a public key; a root for a bundle")
    parser.add_argument("--threshold", type=int, default=1, metavar="N", help="how many of the roots have to sign")
    parser.add_argument("file", nargs="?", type=Path)
    options = parser.parse_args()
    if options.vectors:
        return run_vectors(options.vectors)
    if not options.kind or not options.file:
        parser.error("no --vectors, or no --kind and file")
    return run_file(options)


if __name__ == "__main__":
    sys.exit(main())
