#!/usr/bin/env python3
"""An independent reader of activation requests, written from FORMAT.md, section 14, alone.

It takes the field, the characters and the reading of texts from verify.py, and tries every repair of section 14.3.

    activation_requests.py TEXT reads a request; TEXT may be `-`, for standard input
    activation_requests.py --make SERIAL FINGERPRINT
                                writes the request with these contents, in hex
    activation_requests.py --jsonl
                                a text a line, as a JSON string
    activation_requests.py --vectors DIR
                                runs the test vectors

An answer is JSON: {"error": a code of section 10 or null, "serial", "fingerprint": hex or null, "reads_as": the canonical
text or null, "repaired": the numbers of the groups that were repaired}.

Exit code: 0 read (or: all vectors agree), 1 refused (a vector differs).
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from verify import (
    ALPHABET,
    POWERS,
    UNREADABLE,
    Refused,
    Typed,
    group_of,
    groups_of,
    inverse,
    spread,
    sums,
    symbols_of,
    times,
)

GROUPS = 11
PLACES = [POWERS[GROUPS - 1 - i] for i in range(GROUPS)]  # X_i


@dataclass(frozen=True)
class Request:
    """A request (section 14.1), by its groups."""

    groups: tuple[int, ...]

    @property
    def text(self) -> str:
        return "-".join("".join(ALPHABET[symbol] for symbol in symbols_of(group)) for group in self.groups)

    @property
    def data(self) -> bytes:
        bits = "".join(f"{symbol:05b}" for group in self.groups[:-3] for symbol in symbols_of(group))
        return int(bits, 2).to_bytes(25, "big")


def request_from(serial: bytes, fingerprint: bytes) -> Request:
    """Section 14.1; the check groups are those of section 5.2."""
    number = int.from_bytes(b"\xc1" + serial + fingerprint, "big")
    bits = f"{number:0200b}"
    data = [spread(int(bits[i : i + 25], 2)) for i in range(0, 200, 25)]
    p = q = r = 0
    a, b, c = spread(0x0004081), spread(0x0204080), spread(0x0200000)
    for v in [spread(GROUPS), *data]:
        z = v ^ p
        p, q, r = q ^ times(a, z), r ^ times(b, z), times(c, z)
    return Request((*data, p, q, r))


def checked(symbols: list[int]) -> Request | None:
    """Section 14.2, step 2: the request of symbols whose checks hold."""
    n, rest = divmod(len(symbols), 5)
    if UNREADABLE in symbols or rest or not 4 <= n <= 116 or sums(groups_of(symbols)) != (0, 0, 0):
        return None
    if symbols[0] != ALPHABET.index("R"):
        raise Refused("malformed")
    if symbols[1] >> 2 != 1:
        raise Refused("needs-newer")
    if n != GROUPS:
        raise Refused("malformed")
    request = Request(tuple(groups_of(symbols)))
    if request.data[9] != 1:
        raise Refused("needs-newer")
    return request


def read(text: str) -> tuple[Request, list[int]]:
    """Section 14.2: the request, and the numbers of the repaired groups."""
    typed = Typed.parse(text)
    request = checked(typed.as_it_stands) or checked(typed.symbols)
    if request:
        return request, []
    b, p = len(typed.separated()) // 5, -(-len(typed.symbols) // 5)
    if not 10 <= b <= 12 and not 10 <= p <= 12:
        raise Refused("malformed")
    found = dict(candidates(typed))
    if len(found) != 1:
        begins = typed.symbols[:15]
        is_key = begins[0] == ALPHABET.index("K") and begins[1] >> 2 == 1 and UNREADABLE not in begins
        raise Refused("malformed" if is_key else "damaged")
    return next(iter(found.items()))


def candidates(typed: Typed) -> Iterator[tuple[Request, list[int]]]:
    """Section 14.3."""
    separated, plain = typed.separated(), typed.symbols
    streams = []
    if 50 <= len(separated) <= 60 and any(len(run) % 5 for run in typed.runs):
        streams.append(separated)
    if 50 <= len(plain) <= 60:
        streams.append(plain)
    found = [candidate for stream in streams for candidate in one_group(stream)]
    found += [candidate for stream in streams[:1] for candidate in two_unreadable(stream)]
    for groups in found:
        try:
            request = checked([symbol for group in groups for symbol in symbols_of(group)])
        except Refused:
            continue
        if request:
            yield request, differing(streams[0], request)


def one_group(stream: list[int]) -> Iterator[list[int]]:
    t = len(stream) - 55
    for i in range(GROUPS):
        starts = [5 * index + (t if index > i else 0) for index in range(GROUPS)]
        groups = [group_of(stream[start : start + 5]) if start >= 0 else None for start in starts]
        groups[i] = 0
        if None in groups:
            continue
        s0, s1, s2 = sums(groups)
        if s1 == times(PLACES[i], s0) and s2 == times(PLACES[i], s1):
            yield [*groups[:i], s0, *groups[i + 1 :]]


def two_unreadable(stream: list[int]) -> Iterator[list[int]]:
    groups = groups_of(stream)
    unreadable = [index for index, group in enumerate(groups) if group is None]
    if len(stream) != 55 or len(unreadable) != 2:
        return
    i, k = unreadable
    x, y = PLACES[i], PLACES[k]
    s0, s1, s2 = sums(groups)
    if s2 ^ times(x ^ y, s1) ^ times(times(x, y), s0) == 0:
        groups[k] = times(s1 ^ times(x, s0), inverse(x ^ y))
        groups[i] = s0 ^ groups[k]
        yield groups


def differing(stream: list[int], request: Request) -> list[int]:
    """The numbers of the groups that are not as they were typed; of a text with other than eleven groups, none is told."""
    if len(stream) != 55:
        return []
    return [i + 1 for i, (typed, group) in enumerate(zip(groups_of(stream), request.groups)) if typed != group]


def answer(text: str) -> dict:
    """The answer, as the head of this file says."""
    try:
        request, repaired = read(text)
    except Refused as refused:
        return {"error": refused.args[0], "serial": None, "fingerprint": None, "reads_as": None, "repaired": []}
    serial, fingerprint = request.data[1:9].hex(), request.data[9:].hex()
    return {"error": None, "serial": serial, "fingerprint": fingerprint, "reads_as": request.text, "repaired": repaired}


def run_vectors(directory: Path) -> int:
    file = json.loads((directory / "requests.json").read_text("utf-8"))
    wrong, count = [], 0
    for case in file["requests"]:
        made = request_from(bytes.fromhex(case["serial"]), bytes.fromhex(case["fingerprint"]))
        read_back = answer(case["text"])
        agrees = made.data.hex() == case["bytes"] and made.text == case["text"] == read_back["reads_as"]
        agrees = agrees and all(read_back[name] == case[name] for name in ("serial", "fingerprint"))
        count, wrong = count + 1, wrong + [case["name"]] * (not agrees)
    for case in file["typed"]:
        found = answer(case["text"])
        said = {"error": None, "reads_as": None} | case
        agrees = all(found[name] == said[name] for name in said.keys() & found.keys())
        count, wrong = count + 1, wrong + [case["name"]] * (not agrees)
    for case in file["as_license_keys"]:
        try:
            agrees = Typed.parse(case["text"]).read() is None
        except Refused as refused:
            agrees = refused.args[0] == case["error"]
        count, wrong = count + 1, wrong + [case["name"]] * (not agrees)
    print("\n  differs: ".join([f"requests.json: {count - len(wrong)} of {count} agree", *wrong]))
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make", nargs=2, type=bytes.fromhex, metavar=("SERIAL", "FINGERPRINT"))
    parser.add_argument("--jsonl", action="store_true")
    parser.add_argument("--vectors", type=Path, metavar="DIR")
    parser.add_argument("text", nargs="?", metavar="TEXT")
    options = parser.parse_args()
    if options.vectors:
        return run_vectors(options.vectors)
    if options.jsonl:
        for line in sys.stdin.buffer:
            print(json.dumps(answer(json.loads(line))), flush=True)
        return 0
    if options.make:
        print(request_from(*options.make).text)
        return 0
    if options.text is None:
        parser.error("no TEXT, --make, --jsonl or --vectors")
    text = options.text if options.text != "-" else sys.stdin.buffer.read().decode(errors="surrogateescape")
    found = answer(text)
    print(json.dumps(found, indent=1))
    return 1 if found["error"] else 0


if __name__ == "__main__":
    sys.exit(main())
