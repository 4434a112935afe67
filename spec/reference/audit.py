#!/usr/bin/env python3
"""An independent reader of audit logs, written from AUDIT.md alone; "section" means a section of it.

It opens checkpoints, computes the root of an export, and compares both, with `verify.py` for public keys and signatures
(FORMAT 9) and `files.py` for JSON (FILES 3). It is meant to be read beside the specification.

    audit.py --vectors DIR                                runs audit.json
    audit.py --jsonl < CASES                              answers cases of audit.json, one a line, with `list`
    audit.py --key KEY --checkpoint FILE ... EXPORT       compares an export with one or more checkpoints

Exit code: 0 the export is the log of the checkpoints (or: all vectors agree), 1 refused (a vector differs).
"""

import argparse
import base64
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from files import STRICT, check_nesting, decoded
from verify import Refused, demand, fault_of, is_good

MAX_LINE = 16 << 20  # section 5


# ---------------------------------------------------------------- the tree, section 1


def leaf_hash(entry: str) -> bytes:
    return sha256(b"\0" + entry.encode()).digest()


def inner(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def root_of(leaf_hashes: list[bytes]) -> bytes:
    n = len(leaf_hashes)
    if n < 2:
        return leaf_hashes[0] if leaf_hashes else sha256().digest()
    k = 1 << (n - 1).bit_length() - 1
    return inner(root_of(leaf_hashes[:k]), root_of(leaf_hashes[k:]))


@dataclass(frozen=True)
class Head:
    size: int
    root: bytes

    def shown(self) -> dict:
        return {"size": self.size, "root": self.root.hex()}


# ---------------------------------------------------------------- consistency proofs, section 2


def check_proof(old: Head, new: Head, proof: list[bytes]) -> None:
    demand(new.size >= old.size, "cut-off")
    demand(new.size < 2**63, "altered")
    if old.size == 0:
        heads_of_nothing = all(head.root == root_of([]) for head in (old, new) if head.size == 0)
        demand(not proof and heads_of_nothing, "altered")
    elif old.size == new.size:
        demand(not proof and old.root == new.root, "altered")
    else:
        demand(follows(old, new, proof), "altered")


def follows(old: Head, new: Head, proof: list[bytes]) -> bool:
    """RFC 9162, section 2.1.4.2, with its names of variables."""
    if not proof:
        return False
    if old.size & (old.size - 1) == 0:
        proof = [old.root, *proof]
    fn, sn = old.size - 1, new.size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = inner(c, fr), inner(c, sr)
            while not (fn & 1 or fn == 0):
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = inner(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return fr == old.root and sr == new.root and sn == 0


# ---------------------------------------------------------------- names and keys, section 3


def insist(holds: bool) -> None:
    demand(holds, "malformed")


def from_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("malformed") from None
    insist(base64.b64encode(data).decode() == text)
    return data


@dataclass(frozen=True)
class LogKey:
    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "LogKey":
        parts = text.split("+", 2)
        insist(len(parts) == 3)
        name, key_id, key = parts[0], parts[1], from_base64(parts[2])
        insist(re.fullmatch(r"[!-*,-~]{1,128}", name) is not None)
        insist(len(key) == 33 and key[0] == 1 and fault_of(key[1:]) is None)
        insist(key_id == cls(name, key[1:]).id().hex())
        return cls(name, key[1:])

    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n\1" + self.public).digest()[:4]

    def open(self, note: bytes) -> Head:
        """Section 4; the comments are the numbers of its steps."""
        text, signatures = parsed_note(note)  # 1
        ours = [signature for name, key_id, signature in signatures if (name, key_id) == (self.name, self.id())]
        demand(len(ours) > 0, "unknown-key")  # 2
        insist(len(ours) == 1)  # 3
        demand(len(ours[0]) == 64 and is_good(self.public, ours[0], text.encode()), "bad-signature")  # 4
        lines = text.removesuffix("\n").split("\n")
        insist(len(lines) >= 3 and "" not in lines)  # 5
        demand(lines[0] == self.name, "wrong-origin")  # 6
        demand(len(lines) == 3, "needs-newer")  # 7
        insist(re.fullmatch("0|[1-9][0-9]{0,19}", lines[1]) is not None and int(lines[1]) < 2**64)  # 8
        root = from_base64(lines[2])
        insist(len(root) == 32)
        return Head(int(lines[1]), root)


# ---------------------------------------------------------------- checkpoints, section 4


def parsed_note(data: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text, and the name, the key id and the signature of each line."""
    insist(len(data) <= 65_536)
    try:
        note = data.decode("utf-8")
    except ValueError:
        raise Refused("malformed") from None
    insist(not re.search("[\0-\x09\x0b-\x1f]", note) and "\n\n" in note)
    before, _, after = note.rpartition("\n\n")
    insist(after.endswith("\n"))
    lines = after.removesuffix("\n").split("\n")
    insist(len(lines) <= 100)
    return before + "\n", [signature_of(line) for line in lines]


def signature_of(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    insist(len(parts) == 3 and parts[0] == "—")
    name, data = parts[1], from_base64(parts[2])
    insist(name != "" and "+" not in name and not any(character.isspace() for character in name) and len(data) >= 5)
    return name, data[:4], data[4:]


# ---------------------------------------------------------------- exports, sections 5 and 6


def entries_of(export: bytes) -> Iterator[str]:
    for line in io.BytesIO(export):  # these lines end with U+000A alone
        insist(line.endswith(b"\n") and len(line) <= MAX_LINE)
        value = decoded(line, STRICT)
        check_nesting(value)
        insist(isinstance(value, dict) and value.keys() <= {"entry", "personal"})
        insist(isinstance(value.get("entry"), str))
        yield value["entry"]


def compare(key: LogKey, notes: list[bytes], export: bytes) -> Head:
    """The head of the export."""
    checkpoints = [key.open(note) for note in notes]
    leaf_hashes: list[bytes] = []

    def agree() -> None:
        for checkpoint in checkpoints:
            if checkpoint.size == len(leaf_hashes):
                demand(checkpoint.root == root_of(leaf_hashes), "altered")

    agree()
    for entry in entries_of(export):
        leaf_hashes.append(leaf_hash(entry))
        agree()
    demand(all(checkpoint.size <= len(leaf_hashes) for checkpoint in checkpoints), "cut-off")
    return Head(len(leaf_hashes), root_of(leaf_hashes))


# ---------------------------------------------------------------- vectors and files


def file_of(case: dict, name: str) -> bytes:
    return base64.b64decode(case[f"{name}_base64"]) if f"{name}_base64" in case else case[name].encode()


def head_of(value: dict) -> Head:
    return Head(value["size"], bytes.fromhex(value["root"]))


def trees(case: dict) -> dict:
    leaf_hashes = [leaf_hash(entry) for entry in case["entries"]]
    return {"leaves": [leaf.hex() for leaf in leaf_hashes], "root": root_of(leaf_hashes).hex()}


def proofs(case: dict) -> dict:
    check_proof(head_of(case["old"]), head_of(case["new"]), [bytes.fromhex(part) for part in case["proof"]])
    return {}


def verifier_keys(case: dict) -> dict:
    LogKey.parse(case["text"])
    return {}


def notes(case: dict) -> dict:
    return {"says": LogKey.parse(case["key"]).open(file_of(case, "note")).shown()}


def exports(case: dict) -> dict:
    checkpoints = [note.encode() for note in case["checkpoints"]]
    return {"says": compare(LogKey.parse(case["key"]), checkpoints, file_of(case, "export")).shown()}


LISTS = (trees, proofs, verifier_keys, notes, exports)


def answer(run: Callable[[dict], dict], case: dict) -> dict:
    try:
        return run(case) | {"error": None}
    except Refused as refused:
        return {"error": refused.args[0]}


def run_vectors(directory: Path) -> int:
    vectors = json.loads((directory / "audit.json").read_text("utf-8"))
    differences = 0
    for run in LISTS:
        cases, wrong = vectors[run.__name__], []
        for case in cases:
            found = answer(run, case)
            if any(value != case.get(name) for name, value in found.items()):
                wrong.append(f"differs: {case['name']}: {found}")
        print("\n  ".join([f"audit.json, {run.__name__}: {len(cases) - len(wrong)} of {len(cases)} agree", *wrong]))
        differences += len(wrong)
    return 1 if differences else 0


def run_lines() -> int:
    for line in sys.stdin.buffer:
        case = json.loads(line)
        run = next(run for run in LISTS if run.__name__ == case["list"])
        print(json.dumps(answer(run, case)), flush=True)
    return 0


def run_files(options: argparse.Namespace) -> int:
    try:
        key = LogKey.parse(options.key)
        head = compare(key, [path.read_bytes() for path in options.checkpoint], options.export.read_bytes())
    except Refused as refused:
        print(json.dumps({"error": refused.args[0]}))
        return 1
    print(json.dumps({"error": None, "says": head.shown()}))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vectors", type=Path, metavar="DIR")
    parser.add_argument("--jsonl", action="store_true")
    parser.add_argument("--key", help="the public key of the log, as section 3 writes it")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], metavar="FILE", help="can be repeated")
    parser.add_argument("export", nargs="?", type=Path)
    options = parser.parse_args()
    if options.vectors:
        return run_vectors(options.vectors)
    if options.jsonl:
        return run_lines()
    if not options.key or not options.checkpoint or not options.export:
        parser.error("no --vectors and no --jsonl, or no --key, --checkpoint and export")
    return run_files(options)


if __name__ == "__main__":
    sys.exit(main())
