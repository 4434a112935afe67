#!/usr/bin/env python3
"""An independent verifier of license keys, written from FORMAT.md alone; "section" always means a section of it.

It reads, repairs and verifies version 1, with nothing but the standard library and `cryptography`. It is made to be
read beside the specification and to be compared with other implementations, and takes no other pains to be fast.

It tries every repair of section 8, in the order there, so that also what it can't repair has one right answer.

    verify.py --trust HEX [--trust HEX] [--product N] [--environment E] [--machine HEX] [--released DAY] TEXT
    verify.py --jsonl           a case a line: {"text": …, "trusted": [hex …], "settings": {"product": 3, …}}
    verify.py --vectors DIR     runs the test vectors

TEXT may be `-`, for standard input. An answer is JSON: {"error": a code of section 10 or null, "claims": by name as in
section 3.5 or null, "reads_as": the canonical text of the key that was read or repaired, or null}. Without a product,
only steps 1 to 5 of section 9.3 are made. The settings of --jsonl are named as the options, and "repair" may be false.

Exit code: 0 accepted (or: all cases answered, all vectors agree), 1 refused (a vector differs), 2 not set up rightly.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, reduce
from itertools import chain, combinations
from operator import xor
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Refused(Exception):
    """A refusal; its argument is the code (section 10)."""


# ---------------------------------------------------------------- the field, section 5.2
#
# Bit i of an element is kept at bit 5·i of an int. When two such ints are multiplied, at most 25 ones meet in one
# place, which five bits can hold: there are no carries, and the lowest bits of the places are the product of polynomials.
#
# A product has 250 bits. So one int can hold many elements, one in each *lane* of 256 bits, and be multiplied by an
# element: `times` does the same for one element and for lanes of them.

LANE = 256
LANES = sum(1 << LANE * k for k in range(110))
ELEMENT = ((1 << 125) - 1) * LANES
PRODUCT = sum(1 << 5 * i for i in range(49)) * LANES
FIVES = (1 << 25) - 1  # one symbol: five places


def spread(value: int) -> int:
    """The element whose bits are those of a number."""
    return int(f"{value:b}", 32)


def times(a: int, b: int) -> int:
    """The product of two elements, of which one may be lanes.

    It is reduced by x^25 = x^3 + 1. What is folded down once may reach beyond x^25 again, but not twice.
    """
    product = a * b & PRODUCT
    high = product >> 125 & ELEMENT
    product = product & ELEMENT ^ high ^ high << 15
    high = product >> 125 & ELEMENT
    return product & ELEMENT ^ high ^ high << 15


@cache
def inverse(e: int) -> int:
    """e^(2^25 − 2), which is the product of e^2, e^4, … e^(2^24). Of 0 it is 0."""
    result, square = 1, e
    for _ in range(24):
        square = times(square, square)
        result = times(result, square)
    return result


SPREAD = [spread(value) for value in range(32)]
VALUE = {element: value for value, element in enumerate(SPREAD)}
POWERS = [1]  # of α
while len(POWERS) < 220:
    POWERS.append(times(POWERS[-1], spread(0x80)))


def lanes(elements: list[int]) -> int:
    """Many elements in one int."""
    return int.from_bytes(b"".join(element.to_bytes(LANE // 8, "little") for element in elements), "little")


Group = int | None  # an element, or None where a symbol can't be read


def group_of(symbols: list[int]) -> Group:
    """Five symbols as a group, if they are five and can be read (section 5.1)."""
    if len(symbols) != 5 or UNREADABLE in symbols:
        return None
    return reduce(lambda group, symbol: group << 25 | SPREAD[symbol], symbols, 0)


def symbols_of(group: int) -> list[int]:
    """The five symbols of a group."""
    return [VALUE[group >> shift & FIVES] for shift in (100, 75, 50, 25, 0)]


def groups_of(symbols: list[int]) -> list[Group]:
    """The symbols taken five at a time."""
    return [group_of(symbols[i : i + 5]) for i in range(0, len(symbols), 5)]


def sums(groups: list[Group]) -> tuple[int, int, int]:
    """S_0, S_1 and S_2; an unknown group counts as 0."""
    s0 = s1 = s2 = spread(len(groups))
    for group in groups:
        g = group or 0
        s0, s1, s2 = s0 ^ g, times(s1, POWERS[1]) ^ g, times(s2, POWERS[2]) ^ g
    return s0, s1, s2


# ---------------------------------------------------------------- characters and keys, sections 2, 5 and 6

LABEL = b"keyward/v1/license\0"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
UNREADABLE, SEPARATOR = -1, -2
SEPARATORS = """21-2F 3A-3E 40 5B-60 7B-7E 9-D 20 85 A0 1680 2000-200A 2028 2029 202F 205F 3000 AD 200B-200F 2060
    FEFF 58A 5BE 1400 1806 2010-2015 2043 2212 2E17 2E1A 2E3A 2E3B 2E40 2E5D 301C 3030 30A0 FE31 FE32 FE58 FE63
    10D6E 10EAD"""


def code_points(ranges: str) -> set[int]:
    """The code points of a list like "21-2F 40"."""
    pairs = (entry.partition("-") for entry in ranges.split())
    return {c for first, _, last in pairs for c in range(int(first, 16), int(last or first, 16) + 1)}


def character_table() -> dict[int, int]:
    """The reading of each code point; a code point that is not in the table is unreadable (section 6.1)."""
    table = {ord(c): value for value, c in enumerate(ALPHABET)}
    table |= {ord(c.lower()): value for value, c in enumerate(ALPHABET)}
    table |= {ord(c): value for c, value in zip("OoIiLl", (0, 0, 1, 1, 1, 1))}
    table |= dict.fromkeys(code_points(SEPARATORS), SEPARATOR)
    return table | {c + 0xFEE0: table[c] for c in range(0x21, 0x7F) if c in table}


CHARACTERS = character_table()


@dataclass(frozen=True)
class Key:
    """A key in the sense of section 6.2: check groups, version, length and pad bits are right."""

    symbols: tuple[int, ...]

    @property
    def text(self) -> str:
        """The canonical text (section 5.3)."""
        letters = "".join(ALPHABET[symbol] for symbol in self.symbols)
        return "-".join(letters[i : i + 5] for i in range(0, len(letters), 5))

    @property
    def data(self) -> bytes:
        """Header, payload and signature (section 2)."""
        bits = "".join(f"{symbol:05b}" for symbol in self.symbols[:-15])
        return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8))

    def names(self, trusted: list[bytes]) -> list[bytes]:
        """The trusted keys with the key's hint (section 2)."""
        return [public for public in trusted if key_id_of(public)[:2] == self.data[1:3]]

    def is_signed_by(self, public: bytes) -> bool:
        """Over the bytes received (section 9.2)."""
        return is_good(public, self.data[-64:], LABEL + self.data[:-64])


def key_of(symbols: list[int]) -> Key:
    """The key that is made of symbols whose checks hold (section 6.2, step 2)."""
    n = len(symbols) // 5
    if symbols[0] != ALPHABET.index("K"):
        raise Refused("malformed")
    if symbols[1] >> 2 != 1:
        raise Refused("needs-newer")
    last_data = symbols[-17] << 5 | symbols[-16]  # there are at most seven pad bits
    if not 30 <= n <= 110 or last_data & (1 << (n - 3) % 8) - 1:
        raise Refused("malformed")
    return Key(tuple(symbols))


@dataclass(frozen=True)
class Piece:
    """A code point, or two of a separator that is spelled out (section 6.2), with its place in bytes."""

    code_point: str
    start: int
    end: int

    @property
    def symbol(self) -> int:
        return CHARACTERS.get(ord(self.code_point), UNREADABLE)


def pieces_of(text: str) -> list[Piece]:
    """A copied text (section 6.2)."""
    wide = 0 < text.count("\0") and 3 * text.count("\0") >= len(text)
    points, at = [], 0
    for c in text:
        size = len(c.encode())
        if c != "\0" or not wide:
            points.append((c, at, at + size))
        at += size
    pieces, i = [], 0
    while i < len(points):
        c, start, end = points[i]
        i += 1
        if c == "\\" and i < len(points) and points[i][0] in "nrt":
            end = points[i][2]
            i += 1
        pieces.append(Piece(c, start, end))
    return pieces


def runs_of(pieces: list[Piece]) -> list[list[Piece]]:
    """The longest sequences without a separator (section 6.2)."""
    runs: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.symbol == SEPARATOR:
            runs.append([])
        else:
            runs[-1].append(piece)
    return [run for run in runs if run]


def checked(symbols: list[int]) -> Key | None:
    """The key of symbols whose checks hold (section 6.2, step 2)."""
    n, rest = divmod(len(symbols), 5)
    holds = UNREADABLE not in symbols and rest == 0 and 4 <= n <= 116 and sums(groups_of(symbols)) == (0, 0, 0)
    return key_of(symbols) if holds else None


def is_of_a_file(text: str) -> bool:
    """Section 6.3."""
    marks = ['"payloadType"', '"payload"', '"signatures"', '"keyid"', "vnd.keyward."]
    runs = runs_of(pieces_of(text))
    of_base64 = [run for run in runs if len(run) >= 20 and min(letters(run, "AZ"), letters(run, "az")) >= 4]
    is_base64 = of_base64 != [] and 2 * sum(map(len, of_base64)) >= sum(map(len, runs))
    return is_base64 or any(mark in text.replace("\0", "") for mark in marks)


def letters(run: list[Piece], bounds: str) -> int:
    """How many letters of a case a run has, those that are read as digits, and U, not counted."""
    return sum(bounds[0] <= piece.code_point <= bounds[1] and piece.code_point not in "OoIiLlUu" for piece in run)


@dataclass(frozen=True)
class Typed:
    """A typed text: its runs of symbols, without the separators, as it stands and as it was copied (section 6.2)."""

    as_it_stands: list[int]
    runs: list[list[int]]
    of_a_file: bool

    @classmethod
    def parse(cls, text: str) -> "Typed":
        """A text that is not well-formed Unicode has surrogates in Python, which have no UTF-8."""
        try:
            if len(text.encode()) > 4096:
                raise Refused("malformed")
        except UnicodeEncodeError:
            raise Refused("malformed") from None
        symbols = [CHARACTERS.get(ord(c), UNREADABLE) for c in text]
        copied = [[piece.symbol for piece in run] for run in runs_of(pieces_of(text))]
        return cls([symbol for symbol in symbols if symbol != SEPARATOR], copied, is_of_a_file(text))

    @property
    def symbols(self) -> list[int]:
        return [symbol for run in self.runs for symbol in run]

    def read(self) -> Key:
        """The key, if it was typed without a mistake (section 6.2)."""
        key = checked(self.as_it_stands) or checked(self.symbols)
        if key:
            return key
        separated, plain = len(self.separated()) // 5, -(-len(self.symbols) // 5)
        is_damaged = not self.of_a_file and (28 <= separated <= 116 or 28 <= plain <= 116)
        raise Refused("damaged" if is_damaged else "malformed")

    def separated(self) -> list[int]:
        """The runs as groups; a run that is no whole number of groups is one that can't be read (sections 6.2, 8.2)."""
        return [s for run in self.runs for s in (run if len(run) % 5 == 0 else [UNREADABLE] * 5)]

    def streams(self) -> list["Stream"]:
        """The streams that are searched (section 8.2)."""
        separated, plain = self.separated(), self.symbols
        is_uneven = any(len(run) % 5 for run in self.runs)
        streams = [Stream(separated, 5)] if 28 * 5 <= len(separated) <= 116 * 5 and is_uneven else []
        return streams + ([Stream(plain, 1)] if len(plain) <= 580 else [])


# ---------------------------------------------------------------- keys among other words, section 6.4


def keys_in(text: str) -> Iterator[Key | Refused]:
    """The keys without a mistake, one after the other."""
    pieces = pieces_of(text)
    i, may_begin, in_vain = 0, True, 0
    while i < len(pieces):
        end = None
        if may_begin and pieces[i].symbol == ALPHABET.index("K"):
            if in_vain > 8192:
                return
            found = plain(pieces, i) or by_runs(pieces, i)
            in_vain += found is None
            if found:
                symbols, end = found
                try:
                    yield key_of(symbols)
                except Refused as refused:
                    yield refused
        may_begin = end is not None or pieces[i].symbol < 0
        i = end or i + 1


def is_searched(text: str) -> bool:
    """Whether a text is looked through (section 6.4)."""
    try:
        return len(text.encode()) <= 65_536
    except UnicodeEncodeError:
        return False


def plain(pieces: list[Piece], i: int) -> tuple[list[int], int] | None:
    """The symbols from there on, whatever separates them; and the piece behind the last."""
    symbols, s0 = [], 0
    for at in range(i, len(pieces)):
        piece = pieces[at]
        if piece.symbol == UNREADABLE or piece.end - pieces[i].start > 4096:
            return None
        if piece.symbol != SEPARATOR:
            symbols.append(piece.symbol)
            if len(symbols) % 5 == 0:
                s0 ^= group_of(symbols[-5:])
                if sums_vanish(symbols, s0):
                    return symbols, at + 1
                if len(symbols) == 5 * 116:
                    return None
    return None


def by_runs(pieces: list[Piece], i: int) -> tuple[list[int], int] | None:
    """The runs that are whole groups, with other words between them."""
    symbols, s0, others, at = [], 0, 0, i
    while at < len(pieces):
        if pieces[at].symbol == SEPARATOR:
            at += 1
            continue
        run = []
        while at < len(pieces) and pieces[at].symbol != SEPARATOR:
            run.append(pieces[at].symbol)
            at += 1
        if pieces[at - 1].end - pieces[i].start > 4096:
            return None
        if UNREADABLE in run or len(run) % 5:
            others += 1
            if others > 8 + 2 * (len(symbols) // 5):
                return None
            continue
        symbols += run
        if len(symbols) > 5 * 116:
            return None
        for group in groups_of(run):
            s0 ^= group
        if sums_vanish(symbols, s0):
            return symbols, at
    return None


def sums_vanish(symbols: list[int], s0: int) -> bool:
    """Whether the checks hold; s0 is the sum of the groups, which tells nearly always."""
    n = len(symbols) // 5
    return n >= 4 and s0 == spread(n) and sums(groups_of(symbols)) == (0, 0, 0)


# ---------------------------------------------------------------- repair, section 8

Candidate = list[Group]
ONE_CHARACTER = {SPREAD[value] << shift for value in range(1, 32) for shift in (0, 25, 50, 75, 100)}
OTHER_CHARACTERS = [ELEMENT ^ (FIVES << shift) * LANES for shift in (0, 25, 50, 75, 100)]


# Where X_i = α^(n−1−i) and S_j are used to solve for groups, X_i / X_0 = α^−i and S_j / X_0^j do as well: everything
# that is solved for has the same solutions. What a group adds then does not depend on n.
PLACES = [1]
while len(PLACES) < 110:
    PLACES.append(times(PLACES[-1], inverse(POWERS[1])))


class Slipped:
    """The groups of a stream slipped by t, with what they add to S_0, S_1 / X_0 and S_2 / X_0²."""

    def __init__(self, symbols: list[int], t: int):
        most = min(len(symbols) // 5 + 2, len(PLACES))  # with two groups missing
        starts = range(t, t + 5 * most, 5)
        self.groups = [group_of(symbols[start : start + 5]) if start >= 0 else None for start in starts]
        self.unread = [0]  # how many of the first i groups can't be read
        self.sums = [(0, 0, 0)]  # what the first i groups add
        for group, x in zip(self.groups, PLACES):
            self.unread.append(self.unread[-1] + (group is None))
            g = group or 0
            gx = times(g, x)
            s0, s1, s2 = self.sums[-1]
            self.sums.append((s0 ^ g, s1 ^ gx, s2 ^ times(gx, x)))

    def readable(self, start: int, end: int) -> bool:
        return self.unread[start] == self.unread[end]

    def part(self, j: int, start: int, end: int) -> int:
        """The sum that the groups from start to end add to S_j."""
        return self.sums[start][j] ^ self.sums[end][j]


class Stream:
    """Symbols among which groups have slipped by multiples of the step (section 8.2)."""

    def __init__(self, symbols: list[int], step: int):
        self.symbols, self.step = symbols, step
        self.is_whole = len(symbols) % 5 == 0 and 150 <= len(symbols) <= 550
        self.slipped = cache(lambda t: Slipped(symbols, t))  # each is made once
        self.arrangements = cache(lambda: [(groups, sums(groups)) for groups in arrangements(self)])

    def lengths(self, most: int) -> Iterator[tuple[int, int]]:
        """The numbers of groups that the key may have, and by how much its end has then slipped."""
        for n in range(30, 111):
            t = len(self.symbols) - 5 * n
            if abs(t) <= most and t % self.step == 0:
                yield n, t


@cache
def length_part(n: int, j: int) -> int:
    """The sum that the number of groups adds to S_j / X_0^j."""
    return times(spread(n), POWERS[j])


def arrangements(stream: Stream) -> Iterator[list[Group]]:
    """The stream without six consecutive groups, and with two of its rows exchanged (section 8.3, rows)."""
    if len(stream.symbols) % 5:
        return
    groups = groups_of(stream.symbols)
    t = len(groups)
    if 30 <= t - 6 <= 110:
        yield from (groups[:i] + groups[i + 6 :] for i in range(t - 5))
    if stream.is_whole:
        for v, w in combinations(range(0, t, 6), 2):
            end = min(w + 6, t)  # the later row may be short; its place is then taken by the end of what was typed
            h = end - w
            yield groups[:v] + groups[end - 6 : end] + groups[v + h : end - 6] + groups[v : v + h] + groups[end:]


def rows(stream: Stream) -> Iterator[Candidate]:
    """A row typed twice, or two exchanged, and nothing else wrong."""
    for groups, s in stream.arrangements():
        if None not in groups and s == (0, 0, 0):
            yield groups


def rows_and_one(stream: Stream) -> Iterator[Candidate]:
    """The same, with one group wrong or unreadable."""
    for groups, (s0, s1, s2) in stream.arrangements():
        if groups.count(None) > 1:
            continue
        for i in [groups.index(None)] if None in groups else range(len(groups)) if s0 else ():
            x = POWERS[len(groups) - 1 - i]
            if s1 == times(x, s0) and s2 == times(x, s1):
                yield groups[:i] + [(groups[i] or 0) ^ s0] + groups[i + 1 :]


def one_group(stream: Stream) -> Iterator[Candidate]:
    """One group unknown, and the groups after it slipped by t (section 8.3)."""
    for n, t in stream.lengths(5):
        head, tail = stream.slipped(0), stream.slipped(t)
        for i in range(n):
            if head.readable(0, i) and tail.readable(i + 1, n):
                s = [length_part(n, j) ^ head.part(j, 0, i) ^ tail.part(j, i + 1, n) for j in range(3)]
                if s[1] == times(PLACES[i], s[0]) and s[2] == times(PLACES[i], s[1]):
                    yield head.groups[:i] + [s[0]] + tail.groups[i + 1 : n]


def two_groups(stream: Stream) -> Iterator[Candidate]:
    """Two unknown groups; those between them slipped by u, those after them by t (section 8.3)."""
    for n, t in stream.lengths(10):
        for u in range(max(-5, t - 5), min(5, t + 5) + 1):
            if u % stream.step == 0:
                yield from two_groups_slipped(n, stream.slipped(0), stream.slipped(u), stream.slipped(t))


def two_groups_slipped(n: int, head: Slipped, middle: Slipped, tail: Slipped) -> Iterator[Candidate]:
    """Each S_j is a_j, which depends on i, + b_j, which depends on k. With X = X_i and Y = X_k, the condition is

    (a_2 + X·a_1) + (b_2 + Y·b_1) + Y·(a_1 + X·a_0) + X·(b_1 + Y·b_0) = 0.

    It is computed for all k > i at once, one in each lane.
    """
    b = [[middle.sums[k][j] ^ tail.part(j, k + 1, n) for k in range(n)] for j in range(3)]
    ys = lanes(PLACES[:n])
    b1s = lanes([times(y, b0) ^ b1 for y, b0, b1 in zip(PLACES, b[0], b[1])])
    b2s = lanes([times(y, b1) ^ b2 for y, b1, b2 in zip(PLACES, b[1], b[2])])
    for i in range(n - 1):
        if not head.readable(0, i):
            return
        a = [length_part(n, j) ^ head.sums[i][j] ^ middle.sums[i + 1][j] for j in range(3)]
        x = PLACES[i]
        a1, a2 = times(x, a[0]) ^ a[1], times(x, a[1]) ^ a[2]
        past, count = LANE * (i + 1), n - 1 - i
        values = times(ys >> past, a1) ^ times(b1s >> past, x) ^ b2s >> past ^ a2 * (LANES >> LANE * (110 - count))
        for lane in zero_lanes(values, count):
            k = i + 1 + lane
            if middle.readable(i + 1, k) and tail.readable(k + 1, n):
                f = times(a[1] ^ b[1][k] ^ times(x, a[0] ^ b[0][k]), inverse(x ^ PLACES[k]))
                e = a[0] ^ b[0][k] ^ f
                yield head.groups[:i] + [e] + middle.groups[i + 1 : k] + [f] + tail.groups[k + 1 : n]


def zero_lanes(values: int, count: int) -> list[int]:
    """Which lanes are 0. Nearly always there is none, and then no 32 bytes in a row are, wherever they begin."""
    size = LANE // 8
    data, zero = values.to_bytes(size * count, "little"), bytes(size)
    return [k for k in range(count) if data[size * k : size * k + size] == zero] if zero in data else []


def three_characters(stream: Stream) -> Iterator[Candidate]:
    """Three groups with one wrong character each (section 8.3).

    With X, Y and Z for the places, 1 / ((X + Z)·(Y + Z)) is (1 / (X + Z) + 1 / (Y + Z)) / (X + Y): so h is computed for
    all l > k at once, one in each lane.
    """
    if not stream.is_whole or UNREADABLE in stream.symbols:
        return
    groups = groups_of(stream.symbols)
    n = len(groups)
    s0, s1, s2 = sums(groups)
    x = POWERS[n - 1 :: -1]
    inverses = [lanes([inverse(a ^ b) for b in x]) for a in x]
    for i, k in combinations(range(n), 2):
        q = s2 ^ times(x[i] ^ x[k], s1) ^ times(times(x[i], x[k]), s0)
        hs = times((inverses[i] ^ inverses[k]) >> LANE * (k + 1), times(q, inverse(x[i] ^ x[k])))
        for others in OTHER_CHARACTERS:
            for lane in zero_lanes(hs & others, n - 1 - k):
                l, h = k + 1 + lane, hs >> LANE * lane & (1 << LANE) - 1
                t0, t1 = s0 ^ h, s1 ^ times(x[l], h)
                f = times(t1 ^ times(x[i], t0), inverse(x[i] ^ x[k]))
                if ONE_CHARACTER.issuperset((t0 ^ f, f, h)):
                    difference = {i: t0 ^ f, k: f, l: h}
                    yield [group ^ difference.get(j, 0) for j, group in enumerate(groups)]


def marks(stream: Stream, level: int) -> Iterator[tuple[int, Candidate]]:
    """Unreadable symbols, whose bits are solved for, at the level of their number; each candidate with the number of its
    redundant equations, which is 0 where the equations leave a choice (section 8.3)."""
    unknown = [i for i, symbol in enumerate(stream.symbols) if symbol == UNREADABLE]
    if not stream.is_whole or not 1 <= len(unknown) <= 15 or level != 2 - (len(unknown) - 1) // 5:
        return
    n = len(stream.symbols) // 5
    bits = [(q // 5, 1 << 25 * (4 - q % 5) + 5 * b) for q in unknown for b in range(5)]
    columns = [sum(times(e, POWERS[j * (n - 1 - i)]) << 125 * j for j in range(3)) for i, e in bits]
    known = groups_of([0 if symbol == UNREADABLE else symbol for symbol in stream.symbols])
    found = solutions(columns, sum(s << 125 * j for j, s in enumerate(sums(known))))
    for solution in found:
        groups = list(known)
        for c, (i, e) in enumerate(bits):
            groups[i] ^= e if solution >> c & 1 else 0
        yield level if len(found) == 1 else 0, groups


def solutions(columns: list[int], target: int) -> list[int]:
    """The choices of columns, as bits, that add up to the target, if there are no more than 2^5."""
    basis: list[tuple[int, int]] = []  # a sum of columns, and which they are
    idle = []  # columns that add up to nothing

    def without_basis(vector: int, chosen: int) -> tuple[int, int]:
        for other, others in basis:
            if vector ^ other < vector:
                vector, chosen = vector ^ other, chosen ^ others
        return vector, chosen

    for c, column in enumerate(columns):
        vector, chosen = without_basis(column, 1 << c)
        if vector:
            basis.append((vector, chosen))
        else:
            idle.append(chosen)
    rest, solution = without_basis(target, 0)
    if rest or len(idle) > 5:
        return []
    return [reduce(xor, some, solution) for size in range(len(idle) + 1) for some in combinations(idle, size)]


SEARCHES = {3: [rows], 2: [one_group, rows_and_one], 1: [two_groups], 0: [three_characters]}


def candidates(typed: Typed) -> Iterator[tuple[int, Key]]:
    """All candidates that are keys, each with the number of its redundant equations, in the order of section 8.3."""
    streams = typed.streams()
    for level, searches in SEARCHES.items():
        for stream in streams:
            searched = [((level, groups) for groups in search(stream)) for search in searches]
            for redundant, groups in chain(marks(stream, level), *searched):
                try:
                    yield redundant, key_of([symbol for group in groups for symbol in symbols_of(group)])
                except Refused:
                    continue


def repair(typed: Typed, trusted: list[bytes]) -> Key:
    """The first candidate that is genuine (sections 8.1 and 8.4). No candidate is tried twice."""
    code, signatures, seen = "damaged", 0, set()
    for redundant, key in candidates(typed):
        if key in seen:
            continue
        seen.add(key)
        keys = key.names(trusted)
        if not keys and redundant >= 2:
            code = "unknown-key"
        for public in keys:
            if signatures == 64:
                raise Refused(code)
            signatures += 1
            if key.is_signed_by(public):
                return key
    raise Refused(code)


# ---------------------------------------------------------------- Ed25519, sections 9.1 and 9.2
#
# Points are (X, Y, Z), standing for x = X/Z and y = Y/Z. This arithmetic is not constant in time and needs not be:
# it only sees public values.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int]


def add(p: Point, q: Point) -> Point:
    """The sum of two points. The law is complete: there are no exceptions."""
    (x1, y1, z1), (x2, y2, z2) = p, q
    zz, xx, yy, xy = z1 * z2 % P, x1 * x2 % P, y1 * y2 % P, (x1 * y2 + x2 * y1) % P
    dxy = D * xx * yy % P
    z = zz * zz % P
    return zz * xy * (z - dxy) % P, zz * (yy + xx) * (z + dxy) % P, (z - dxy) * (z + dxy) % P


def multiple(k: int, p: Point) -> Point:
    total = (0, 1, 1)
    for bit in f"{k:b}":
        total = add(total, total)
        total = add(total, p) if bit == "1" else total
    return total


def is_neutral(p: Point) -> bool:
    return p[0] % P == 0 and (p[1] - p[2]) % P == 0


def decoded(encoding: bytes) -> Point | None:
    """The point; y is taken modulo p, and a sign at x = 0 let pass (section 9.1, first test)."""
    number = int.from_bytes(encoding, "little")
    y, sign = (number & (1 << 255) - 1) % P, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square:
        return None
    return (P - x if x % 2 != sign else x) % P, y, 1


def encoded(p: Point) -> bytes:
    inverse_z = pow(p[2], -1, P)
    x, y = p[0] * inverse_z % P, p[1] * inverse_z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


@cache
def fault_of(public: bytes) -> str | None:
    """Why a public key may not be trusted (section 9.1)."""
    point = decoded(public)
    if point is None:
        return "not-a-point"
    if encoded(point) != public:
        return "not-canonical"
    if is_neutral(multiple(8, point)):
        return "small-order"
    return None if is_neutral(multiple(L, point)) else "mixed-order"


def key_id_of(public: bytes) -> bytes:
    return hashlib.sha512(public).digest()[:8]


def is_good(public: bytes, signature: bytes, message: bytes) -> bool:
    """Section 9.2. OpenSSL makes the last test as it is written there: it encodes the point and compares bytes."""
    r = decoded(signature[:32])
    if int.from_bytes(signature[32:], "little") >= L or r is None or is_neutral(multiple(8, r)):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return True
    except InvalidSignature:
        return False


# ---------------------------------------------------------------- claims, sections 3 and 4

DAY_0 = date(2020, 1, 1)
LAST_DAY = 2_914_269
KINDS = ["standard", "trial", "stopgap"]
ENVIRONMENTS = ["production", "staging", "development"]
NOT_IN_NAMES = code_points("0-1F 7F-9F 61C 200E-200F 2028-202E 2066-2069 FEFF FFF9-FFFB FFFE-FFFF E0000-E007F")


def demand(holds: bool, code: str = "invalid-claims") -> None:
    if not holds:
        raise Refused(code)


class Payload:
    """Reads a payload from its start. Whether every varint was minimal matters only in the end (section 3.4)."""

    def __init__(self, data: bytes):
        self.data, self.at, self.minimal = data, 0, True

    def take(self, count: int) -> bytes:
        demand(self.at + count <= len(self.data))
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self, bits: int) -> int:
        value = 0
        for shift in range(0, bits, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                demand(value < 1 << bits)
                self.minimal &= byte != 0 or shift == 0
                return value
        raise Refused("invalid-claims")

    def sized(self) -> bytes:
        """Reads 1 to 64 bytes, after their number."""
        length = self.varint(64)
        demand(1 <= length <= 64)
        return self.take(length)

    def day(self) -> int:
        day = self.varint(32)
        demand(day <= LAST_DAY)
        return day


def limits_of(payload: Payload) -> dict[str, int]:
    count, limits, last = payload.take(1)[0], {}, -1
    demand(1 <= count <= 8)
    for _ in range(count):
        number, value = payload.take(1)[0], payload.varint(64)
        demand(number > last and value < 1 << 53)
        limits[str(number)], last = value, number
    return limits


def licensee_of(payload: Payload) -> str:
    try:
        name = payload.sized().decode()
    except UnicodeDecodeError:
        raise Refused("invalid-claims") from None
    demand(NOT_IN_NAMES.isdisjoint(map(ord, name)))
    return name


def fingerprint_of(payload: Payload) -> str:
    fingerprint = payload.take(16)
    demand(fingerprint[0] == 1, "needs-newer")
    return fingerprint.hex()


def shown(day: int) -> str:
    return str(DAY_0 + timedelta(day))


OPTIONAL = [
    ("grace_days", lambda payload: payload.varint(16)),
    ("limits", limits_of),
    ("licensee", licensee_of),
    ("updates_through", lambda payload: shown(payload.day())),
    ("fingerprint", fingerprint_of),
    ("extension", lambda payload: payload.sized().hex()),
]


def claims_of(data: bytes) -> dict:
    """The claims by name (section 3.5), decoded in the order of section 3.4."""
    payload = Payload(data)
    flags = payload.varint(16)
    kind, environment = flags & 3, flags >> 2 & 3
    demand(flags < 1 << 10 and kind < 3 and environment < 3, "needs-newer")
    claims = {"kind": KINDS[kind], "environment": ENVIRONMENTS[environment], "serial": payload.take(8).hex()}
    claims |= {"product": payload.varint(32), "edition": payload.varint(16), "seats": payload.varint(32) or None}
    first, term, features = payload.varint(32), payload.varint(32), payload.varint(64)
    demand(first <= LAST_DAY and first + max(term, 1) - 1 <= LAST_DAY)
    claims |= {"valid_from": shown(first), "valid_through": shown(first + term - 1) if term else None}
    claims["features"] = [i for i in range(64) if features >> i & 1]
    claims |= {name: read(payload) for bit, (name, read) in enumerate(OPTIONAL, 4) if flags >> bit & 1}
    demand(kind == 0 or term > 0)
    demand("grace_days" not in claims or kind == 0 and term > 0 and claims["grace_days"] <= 90)
    data_groups = -(-8 * (67 + payload.at) // 25)
    demand(payload.minimal and len(data) == 25 * data_groups // 8 - 67 and not any(data[payload.at :]))
    return claims


def digests(fingerprint: bytes) -> list[bytes]:
    return [fingerprint[i : i + 3] for i in range(1, 16, 3)]


def is_same_machine(in_key: bytes, machine: bytes) -> bool:
    """More than half of the components present in the key match (section 4)."""
    present = [(ours, theirs) for ours, theirs in zip(digests(in_key), digests(machine)) if any(ours)]
    return 2 * sum(ours == theirs for ours, theirs in present) > len(present)


PLACEHOLDERS = """
    assettag baseboardserialnumber chassisserialnumber default defaultstring empty eval iatpass invalid na none
    noassetinformation noassettag notapplicable notavailable notdefined notspecified null nullstring oem oemserial
    productname serialnumber serialnumberxxxxxx systemmanufacturer systemname systemproductname systemserialnumb
    systemserialnumber systemversion tobefilledbyoem tulipcomputers undefined uninitialized unknow unknown
    0123456789 0123456789abcdef 12345 123456 1234567 12345678 123456789 1234567890 123456789000 12345678901234567
    mb1234567890 sn12345 sn123456fvgv3i0b8o5n6n7k sn1234567890 sys1234567890 sys9876543210
    000102030405060708090a0b0c0d0e0f 00020003000400050006000700080009 01010101010101010101010101010101
    03000200040005000006000700080009 6ab5b300538d10149fb5b0684d007b53 deadbeefdeadbeefdeadbeefdeadbeef
    fefefefefefefefefefefefefefefefe
    0000ffffffff 0001027d9b1c 005345000000 00059a3c7800 00059a3c7a00 0008a1460635 0008a166e21a 00090faa0001
    00090ffe0001 0009dd103768 000bcafe0000 000bcafe0001 000fea9ae2f0 00105a7271f3 00111185088b 005056c0????
    00a0c6000000 02000000000a 02000000000b 02004c4f4f50 02004e435049 0242ac11???? 025041000001 028037ec0200
    0a0027000000 101111111111 204153594eff 24b620524153 33506f453030 444553540000 444553540001 44455354616f
    505054503030 525400123456 d20a2da004be d26b252f2ce7 e2e616200a35 feffffffffff
""".split()


def is_placeholder(value: bytes) -> bool:
    """Section 4.1."""
    if set(value) <= {0xFF}:
        return True
    if not set(value) <= {0, 9, 10, 13, *range(0x20, 0x7F)}:
        return False
    reduced = "".join(character for character in value.decode() if character.isalnum()).lower()
    if len(set(reduced)) <= 1:
        return len(reduced) >= 7 or reduced[:1] in ("", "0", "f")
    return any(len(known) == len(reduced) and all(k in ("?", r) for k, r in zip(known, reduced)) for known in PLACEHOLDERS)


def fingerprint_from(product: int, components: list[bytes | None]) -> bytes:
    """A machine's fingerprint for a product (section 4)."""
    fingerprint = b"\1"
    for slot, value in enumerate(components):
        label = b"keyward/v1/fingerprint\0" + product.to_bytes(4, "big") + bytes([slot])
        present = value is not None and not is_placeholder(value)
        digest = hashlib.sha512(label + value).digest()[:3] if present else bytes(3)
        fingerprint += digest if any(digest) or not present else b"\0\0\1"
    return fingerprint


# ---------------------------------------------------------------- the verifier, section 9.3

CODES = """malformed damaged unknown-key bad-signature needs-newer wrong-product wrong-environment wrong-machine
    invalid-claims version-not-covered""".split()  # the later, the further a key got (section 9.4)


@dataclass(frozen=True)
class Verifier:
    """The settings of a verifier. Without a product it makes steps 1 to 5 only."""

    trusted: list[bytes]
    product: int | None = None
    environment: str = "production"
    machine: bytes | None = None
    released: date | None = None
    repair: bool = True

    @classmethod
    def set_up(cls, trusted: list[str], settings: dict) -> "Verifier":
        """From hex and names. Settings that sections 9.1 and 9.3 do not allow are an error here, not a result."""
        keys = [bytes.fromhex(public) for public in trusted]
        for fault in filter(None, map(fault_of, keys)):
            raise ValueError(f"a public key can't be trusted: {fault}")
        read_as = {"machine": bytes.fromhex, "released": date.fromisoformat}
        given = {name: value for name, value in settings.items() if value is not None}
        verifier = cls(keys, **{name: read_as.get(name, lambda value: value)(value) for name, value in given.items()})
        if verifier.machine and (len(verifier.machine) != 16 or verifier.machine[0] != 1):
            raise ValueError("a machine's fingerprint has 16 bytes, of which the first is 1")
        if verifier.released and not DAY_0 <= verifier.released <= DAY_0 + timedelta(LAST_DAY):
            raise ValueError("a release day is from 2020-01-01 to 9998-12-31")
        return verifier

    def repaired(self, typed: Typed) -> tuple[Key, bool]:
        """The key that was meant; its signature is known to be good."""
        if not self.repair:
            raise Refused("damaged")
        return repair(typed, self.trusted), True

    def candidates(self, text: str) -> Iterator[Refused | tuple[Key, bool]]:
        """The keys in the text, as section 9.3 tries them, and whether the signature of each is known to be good.

        Damaged keys among other words are not looked for (section 8.5).
        """
        try:
            typed = Typed.parse(text)
            yield typed.read(), False
            return
        except Refused as refused:
            why = refused
        found: list[Key | Refused] = []
        if why.args != ("needs-newer",) and is_searched(text):
            found = list(keys_in(text))
            yield from (key if isinstance(key, Refused) else (key, False) for key in found)
        if why.args == ("damaged",) and not found:
            try:
                yield self.repaired(typed)
            except Refused as refused:
                yield refused
        yield why

    def authenticate(self, key: Key) -> None:
        """Steps 3 and 4."""
        demand(key.names(self.trusted) != [], "unknown-key")
        demand(any(map(key.is_signed_by, key.names(self.trusted))), "bad-signature")

    def compare(self, claims: dict) -> None:
        """Steps 6 to 9."""
        demand(claims["product"] == self.product, "wrong-product")
        demand(claims["environment"] == self.environment, "wrong-environment")
        if "fingerprint" in claims:
            in_key = bytes.fromhex(claims["fingerprint"])
            demand(self.machine is not None and is_same_machine(in_key, self.machine), "wrong-machine")
        if "updates_through" in claims and self.released:
            demand(self.released <= date.fromisoformat(claims["updates_through"]), "version-not-covered")

    def claims(self, key: Key, genuine: bool) -> dict:
        """Steps 3 to 9."""
        if not genuine:
            self.authenticate(key)
        claims = claims_of(key.data[3:-64])
        if self.product is not None:
            self.compare(claims)
        return claims

    def verify(self, text: str) -> dict:
        """The answer, as the head of this file says: of the only key that is accepted, or of the one that got furthest."""
        furthest = {"error": CODES[0], "claims": None, "reads_as": None}
        accepted: dict[str, dict] = {}
        for candidate in self.candidates(text):
            key = None
            try:
                if isinstance(candidate, Refused):
                    raise candidate
                key = candidate[0].text
                accepted[key] = {"error": None, "claims": self.claims(*candidate), "reads_as": key}
            except Refused as refused:
                if CODES.index(refused.args[0]) > CODES.index(furthest["error"]):
                    furthest = {"error": refused.args[0], "claims": None, "reads_as": key}
        if len(accepted) > 1:
            return {"error": "malformed", "claims": None, "reads_as": None}
        return next(iter(accepted.values()), furthest)


# ---------------------------------------------------------------- test vectors, spec/README.md

Results = Iterator[tuple[str, bool]]  # each case's name, and whether it agrees


def answers(file: dict, cases: str = "cases") -> Results:
    """Cases of a text for a verifier: nothing is compared that a case does not say, but for the error."""
    for case in file[cases]:
        given = file | case
        settings = {name: given.get(name) for name in ("product", "environment", "machine", "released")}
        trusted = given["trusted_keys"] if "trusted_keys" in given else [given["verifying_key"]]
        answer = Verifier.set_up(trusted, settings).verify(case["text"])
        said = {"error": None} | case
        yield case["name"], all(said[name] == answer[name] for name in said.keys() & answer.keys())


def license_keys(file: dict) -> Results:
    yield "key_id", key_id_of(bytes.fromhex(file["verifying_key"])).hex() == file["key_id"]
    for case in file["cases"]:
        data = Typed.parse(case["text"]).read().data
        digest = hashlib.sha512(LABEL + data[:-64]).hexdigest()[:32]
        yield case["name"], (data[3:-64].hex(), digest) == (case["signed_payload"], case["license_digest"])
    yield from answers(file)
    yield from answers(file, "refused")


def reading(file: dict) -> Results:
    for case in file["cases"]:
        try:
            yield case["name"], Typed.parse(case["text"]).read().text == case.get("reads_as")
        except Refused as refused:
            yield case["name"], refused.args[0] == case.get("error")
        found = [key.text for key in keys_in(case["text"]) if isinstance(key, Key)] if is_searched(case["text"]) else []
        yield f"{case['name']}: found", found[:1] == [case[name] for name in ("reads_as", "found") if name in case]
    listed = {name: {int(point[2:], 16) for point in file[name]} for name in ("separators", "unreadable")}
    yield "separators", listed["separators"] == {c for c, symbol in CHARACTERS.items() if symbol == SEPARATOR}
    yield "unreadable", listed["unreadable"].isdisjoint(CHARACTERS)
    for symbol in file["symbols"]:
        of_value = {chr(c) for c, value in CHARACTERS.items() if value == symbol["value"]}
        yield symbol["character"], of_value == set(symbol["characters"])


def fingerprints(file: dict) -> Results:
    for case in file["digests"]:
        components = [value if value is None else bytes.fromhex(value) for value in case["components"]]
        yield case["name"], fingerprint_from(case["product"], components).hex() == case["fingerprint"]
    for case in file["placeholders"]:
        for slot in range(5):
            components = [bytes.fromhex(case["value"]) if slot == other else None for other in range(5)]
            yield case["name"], any(fingerprint_from(3, components)[1:]) != case["absent"]
    for case in file["matches"]:
        same = is_same_machine(bytes.fromhex(case["key"]), bytes.fromhex(case["machine"]))
        yield case["name"], same == case["same_machine"]


def public_keys(file: dict) -> Results:
    for case in file["cases"]:
        public = bytes.fromhex(case["public_key"])
        fault = fault_of(public)
        answer = {"refused": fault} if fault else {"key_id": key_id_of(public).hex()}
        yield case["name"], answer.items() <= case.items()


def signatures(file: dict) -> Results:
    public, message = bytes.fromhex(file["verifying_key"]), bytes.fromhex(file["message"])
    for case in file["cases"]:
        yield case["name"], is_good(public, bytes.fromhex(case["signature"]), message) == case["valid"]


def decisions(file: dict) -> Results:
    """Compares the accepted texts, and the codes of the others. The standing of accepted texts is not computed here
    (STANDING.md)."""
    for case in file["cases"]:
        settings = {name: case[name] for name in ("product", "environment", "released", "repair")}
        verifier = Verifier.set_up(case["trusted_keys"], settings | {"machine": case["fingerprint"]})
        errors = [verifier.verify(text)["error"] for text in case["licenses"]]
        yield case["name"], errors == [result["code"] for result in case["results"]]


VECTORS = {
    "license-keys.json": license_keys,
    "reading.json": reading,
    "repair.json": answers,
    "claims.json": answers,
    "fingerprints.json": fingerprints,
    "public-keys.json": public_keys,
    "signatures.json": signatures,
    "verifier.json": answers,
    "decisions.json": decisions,
}


def run_vectors(directory: Path) -> int:
    """Runs all files but standing.json, which is about STANDING.md."""
    differences = 0
    for name, run in VECTORS.items():
        results = list(run(json.loads((directory / name).read_text("utf-8"))))
        wrong = [f"differs: {case}" for case, agreed in results if not agreed]
        print("\n  ".join([f"{name}: {len(results) - len(wrong)} of {len(results)} agree", *wrong]))
        differences += len(wrong)
    return 1 if differences else 0


# ---------------------------------------------------------------- the command line


def run_lines() -> int:
    for line in sys.stdin.buffer:
        case = json.loads(line)
        print(json.dumps(Verifier.set_up(case["trusted"], case.get("settings", {})).verify(case["text"])), flush=True)
    return 0


def run_text(options: argparse.Namespace) -> int:
    names = ("product", "environment", "machine", "released")
    verifier = Verifier.set_up(options.trust, {name: getattr(options, name) for name in names})
    text = options.text if options.text != "-" else sys.stdin.buffer.read().decode(errors="surrogateescape")
    answer = verifier.verify(text)
    print(json.dumps(answer, indent=1))
    return 1 if answer["error"] else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trust", action="append", default=[], metavar="HEX", help="a public key")
    parser.add_argument("--product", type=int)
    parser.add_argument("--environment", choices=ENVIRONMENTS)
    parser.add_argument("--machine", metavar="HEX", help="the machine's fingerprint")
    parser.add_argument("--released", metavar="DAY", help="when this version of the product was released")
    parser.add_argument("--jsonl", action="store_true")
    parser.add_argument("--vectors", type=Path, metavar="DIR")
    parser.add_argument("text", nargs="?", metavar="TEXT")
    options = parser.parse_args()
    if options.vectors:
        return run_vectors(options.vectors)
    if options.text is None and not options.jsonl:
        parser.error("no TEXT, --jsonl or --vectors")
    try:
        return run_lines() if options.jsonl else run_text(options)
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    sys.exit(main())
