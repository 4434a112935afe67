"""Any arguments: the result is a result of the verifier, or an exception that names the argument."""

import base64
import gc
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import IntEnum
from types import NoneType
from typing import Any, NamedTuple

import pytest
from issue import license_of
from shared import MISTYPED, TYPICAL, VENDOR, VERIFIER, accepted, at, license, refused

from keyward_verifier import (
    ClockEvidence,
    Environment,
    Fingerprint,
    HighWaterMark,
    License,
    MachineComponents,
    MarkError,
    Refusal,
    State,
    TrustedKey,
    TrustedKeyError,
    Verifier,
    combine,
    seat_standing,
)

HEX = VENDOR.to_bytes().hex()
DER = bytes.fromhex("302a300506032b6570032100") + VENDOR.to_bytes()
PEM = f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(DER).decode()}\n-----END PUBLIC KEY-----\n"
FINGERPRINT = MachineComponents(machine_id=b"a machine").fingerprint(3)


class Breaks:
    """An object whose every method raises an exception."""

    def __iter__(self) -> Iterator[object]:
        raise RuntimeError("no iteration")

    def __getattr__(self, name: str) -> object:
        raise AttributeError(name)

    def __index__(self) -> int:
        raise RuntimeError("no index")


class Several(NamedTuple):
    """An argument that takes any number of values of some type."""

    of: type


VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    63,
    64,
    65536,
    2**32,
    2**63,
    -(2**200),
    1.0,
    float("nan"),
    1 + 1j,
    Decimal(3),
    "",
    "text",
    "\ud800",
    "\0",
    "production",
    b"",
    b"bytes",
    bytearray(b"bytes"),
    memoryview(b"bytes"),
    [],
    [None],
    [True],
    [1],
    [-1],
    [65536],
    [7, 7],
    list(range(9)),
    ["text"],
    [b"bytes"],
    [datetime(2026, 1, 1)],
    [at(2026)],
    [VENDOR],
    [license()],
    [VERIFIER.verify("")],
    (),
    {},
    {"text": 1},
    range(3),
    object(),
    object,
    len,
    NotImplemented,
    ...,
    date(2026, 1, 1),
    date.min,
    date.max,
    datetime(2026, 1, 1),
    datetime.min,
    datetime.max,
    at(2026),
    timedelta(0),
    timedelta.min,
    timedelta.max,
    timezone.utc,
    Environment.STAGING,
    State.ACTIVE,
    VENDOR,
    VERIFIER,
    FINGERPRINT,
    HighWaterMark(),
    license(),
    VERIFIER.verify(""),
    license().standing(at(2026)),
    Breaks(),
]

TEXTS, TIMES, KEYS, LICENSES, NUMBERS = Several(str), Several(datetime), Several(TrustedKey), Several(License), Several(int)
COMPONENTS = ["machine_id", "board_id", "system_disk", "network_card", "vendors_own"]

# Each function with its named arguments, and the types that each argument may have.
CALLS: list[tuple[Callable[..., object], dict[str, object], dict[str, tuple[Any, ...]]]] = [
    (TrustedKey.from_file_contents, {"contents": HEX.encode()}, {"contents": (bytes,)}),
    (TrustedKey.from_pem, {"pem": PEM}, {"pem": (str,)}),
    (TrustedKey.from_hex, {"digits": HEX}, {"digits": (str,)}),
    (TrustedKey.from_der, {"der": DER}, {"der": (bytes,)}),
    (TrustedKey.from_bytes, {"key": VENDOR.to_bytes()}, {"key": (bytes,)}),
    (
        Verifier,
        {"trusted": [VENDOR], "product": 3},
        {
            "trusted": (KEYS,),
            "product": (int,),
            "environment": (Environment,),
            "machine": (Fingerprint, NoneType),
            "released": (date, NoneType),
            "repair": (bool,),
        },
    ),
    (VERIFIER.verify, {"text": TYPICAL}, {"text": (str,)}),
    (VERIFIER.verify_many, {"texts": [TYPICAL]}, {"texts": (TEXTS,)}),
    (license().standing, {"now": at(2026)}, {"now": (datetime,), "reminder_days": (NUMBERS,)}),
    (license().has_feature, {"feature": 1}, {"feature": (int,)}),
    (
        combine,
        {"licenses": [license()], "now": at(2026)},
        {"licenses": (LICENSES,), "now": (datetime,), "reminder_days": (NUMBERS,)},
    ),
    (seat_standing, {"granted": 1, "used": 1}, {"granted": (int, NoneType), "used": (int,)}),
    (MachineComponents, {}, {name: (bytes, str, NoneType) for name in COMPONENTS}),
    (MachineComponents().fingerprint, {"product": 3}, {"product": (int,)}),
    (Fingerprint.from_hex, {"digits": str(FINGERPRINT)}, {"digits": (str,)}),
    (Fingerprint.from_bytes, {"fingerprint": FINGERPRINT.to_bytes()}, {"fingerprint": (bytes,)}),
    (FINGERPRINT.compare, {"machine": FINGERPRINT}, {"machine": (Fingerprint,)}),
    (
        ClockEvidence,
        {"clock": at(2026)},
        {
            "clock": (datetime,),
            "built": (datetime, NoneType),
            "issued": (TIMES,),
            "running": (timedelta,),
            "tolerance": (timedelta,),
        },
    ),
    (
        ClockEvidence(at(2026)).read,
        {"mark": HighWaterMark(), "licenses": [license()]},
        {"mark": (HighWaterMark,), "licenses": (LICENSES,)},
    ),
    (HighWaterMark.from_bytes, {"mark": HighWaterMark().to_bytes()}, {"mark": (bytes,)}),
    (HighWaterMark().recovered, {"issued": at(2026)}, {"issued": (datetime,)}),
]


def is_of(value: Any, types: tuple[Any, ...]) -> bool:
    """Whether the value is of one of the types. A bool is no int here, and a datetime no date."""
    for kind in types:
        if isinstance(kind, Several):
            if isinstance(value, (list, tuple, dict, range)) and all(is_of(item, (kind.of,)) for item in value):
                return True
        elif isinstance(value, kind):
            return (kind, type(value)) not in {(int, bool), (date, datetime)}
    return False


@pytest.mark.parametrize(
    ("call", "arguments", "name", "types"),
    [(call, arguments, name, types) for call, arguments, takes in CALLS for name, types in takes.items()],
    ids=[f"{getattr(call, '__qualname__', call)} {name}" for call, _, takes in CALLS for name in takes],
)
def test_an_argument_of_another_type_is_a_type_error_that_names_it(
    call: Callable[..., object], arguments: dict[str, object], name: str, types: tuple[Any, ...]
) -> None:
    call(**arguments)
    wrong = 0
    for value in VALUES:
        try:
            call(**(arguments | {name: value}))
            assert is_of(value, types), f"{value!r} is taken for {types}"
        except (TrustedKeyError, MarkError):
            assert is_of(value, types), f"{value!r} is refused as one of {types}"
        except ValueError as error:
            # The right type with an invalid value.
            assert is_of(value, types), f"{value!r} is refused as one of {types}"
            assert str(error).startswith(f"{name}: "), error
        except TypeError as error:
            assert not is_of(value, types), f"{value!r} is none of {types}: {error}"
            assert str(error).startswith(f"{name}: expected "), error
            wrong += 1
        except RuntimeError as error:
            assert isinstance(value, Breaks) and str(error) == "no iteration", error
    assert wrong > 40


@pytest.mark.parametrize(("call", "arguments", "takes"), CALLS, ids=[str(call) for call, _, _ in CALLS])
def test_another_number_of_arguments_is_a_type_error(
    call: Callable[..., object], arguments: dict[str, object], takes: dict[str, Any]
) -> None:
    for wrong in [arguments | {"unheard_of": 1}, *({k: v for k, v in arguments.items() if k != left} for left in arguments)]:
        with pytest.raises(TypeError, match="argument"):
            call(**wrong)
    with pytest.raises(TypeError, match="argument"):
        call(*range(len(takes) + 1))


def test_no_argument_is_repeated_in_an_error() -> None:
    for call, arguments, takes in CALLS:
        for name, types in takes.items():
            if str not in types and TEXTS not in types:
                with pytest.raises(TypeError) as error:
                    call(**(arguments | {name: TYPICAL}))
                assert "K7PM4" not in str(error.value) and "60GSJ" not in str(error.value)


@pytest.mark.parametrize("number", [-1, 2**32, 2**64, -(2**63), 10**100])
def test_a_number_out_of_range_is_a_value_error(number: int) -> None:
    with pytest.raises(ValueError, match="^product: expected a number from 0 to 4294967295$"):
        Verifier([VENDOR], number)
    with pytest.raises(ValueError, match="^used: expected a number from 0 to 4294967295$"):
        seat_standing(None, number)
    with pytest.raises(ValueError, match="^granted: expected a number from 1 to 4294967295$"):
        seat_standing(0, 0)
    with pytest.raises(ValueError, match="^feature: expected a number from 0 to 63$"):
        license().has_feature(number)
    with pytest.raises(ValueError, match="^reminder_days: expected a number from 0 to 65535$"):
        license().standing(at(2026), [number])


def test_reminder_days_are_eight_at_most_and_different() -> None:
    with pytest.raises(ValueError, match="^reminder_days: 9 reminder days: at most 8 are possible$"):
        license().standing(at(2026), range(9))
    with pytest.raises(ValueError, match="^reminder_days: reminder day 7 is named twice$"):
        license().standing(at(2026), [7, 30, 7])
    with pytest.raises(TypeError, match="^reminder_days: expected a list of whole numbers of days, not bytes$"):
        license().standing(at(2026), b"\x1e\x0e")


def test_an_int_enum_is_a_number_and_its_value_is_what_counts() -> None:
    class Product(IntEnum):
        EDITOR = 3

    class Liar(int):
        def __index__(self) -> int:
            return 4

        __int__ = __index__

    assert accepted(Verifier([VENDOR], Product.EDITOR).verify(TYPICAL)).product == Product.EDITOR
    assert isinstance(Verifier([VENDOR], Liar(3)).verify(TYPICAL), License)


def test_a_subclass_of_str_is_read_as_its_text() -> None:
    class Liar(str):
        def __str__(self) -> str:
            return ""

        def __len__(self) -> int:
            return 0

        def encode(self, encoding: str = "", errors: str = "") -> bytes:
            return b"something else"

    for text in [TYPICAL, MISTYPED, "\ud800"]:
        assert VERIFIER.verify(Liar(text)) == VERIFIER.verify(text)
        assert VERIFIER.verify_many([Liar(text)]) == [VERIFIER.verify(text)]


def test_a_lone_surrogate_is_one_character_that_cannot_be_read() -> None:
    # The text of a file that is not UTF-8, read with errors="surrogateescape".
    for surrogate in ["\ud800", "\udbff", "\udc80", "\udfff"]:
        [repair] = license(TYPICAL.replace("60GSJ", f"60G{surrogate}J")).repairs
        assert (repair.group, repair.typed, repair.expected) == (5, "60G?J", "60GSJ")
        assert refused(VERIFIER.verify(surrogate)).code == "malformed"
        assert VERIFIER.verify_many([surrogate, TYPICAL]) == [VERIFIER.verify(surrogate), license()]
        for read in [TrustedKey.from_hex, TrustedKey.from_pem]:
            with pytest.raises(TrustedKeyError):
                read(surrogate)
        with pytest.raises(ValueError, match="^machine_id: the str has surrogates"):
            MachineComponents(machine_id=surrogate)


def test_a_nul_does_not_end_a_text() -> None:
    strict = Verifier([VENDOR], 3, repair=False)
    assert refused(strict.verify(TYPICAL.replace("-", "\0", 1))).code == "damaged"
    # The key is found beside it.
    for text in [TYPICAL + "\0", "\0" + TYPICAL, TYPICAL + "\0" + TYPICAL, f"hello\0{TYPICAL}"]:
        assert accepted(strict.verify(text)).key == TYPICAL
    with pytest.raises(TrustedKeyError):
        TrustedKey.from_hex(HEX + "\0")
    with pytest.raises(TrustedKeyError):
        TrustedKey.from_pem("\0")
    with pytest.raises(ValueError, match="^digits: "):
        Fingerprint.from_hex(str(FINGERPRINT) + "\0")
    with_nul = MachineComponents(machine_id=b"a machine\0").fingerprint(3)
    assert with_nul != FINGERPRINT == MachineComponents(machine_id="a machine").fingerprint(3)


HUGE = 100_000_000


@pytest.mark.parametrize("character", ["K", "-", "\0", "é", "\ud800", "😀"], ids=ascii)
def test_a_huge_text_is_not_a_license_key(character: str) -> None:
    bytes_each = len(character.encode("utf-8", "replace"))
    text = character * (HUGE // bytes_each)
    refusal = refused(VERIFIER.verify(text))
    assert refusal.code == "malformed"
    assert refusal.reason == f"it has {HUGE} bytes, and a key with any separators has at most 4096"
    assert VERIFIER.verify_many([text, TYPICAL, text]) == [refusal, license(), refusal]


def test_a_huge_file_is_not_a_public_key() -> None:
    for contents in [b"\0" * HUGE, b"a" * HUGE, b"-----BEGIN PUBLIC KEY-----" + b"A" * HUGE]:
        for read in [TrustedKey.from_file_contents, TrustedKey.from_der]:
            with pytest.raises(TrustedKeyError):
                read(contents)
    for text in ["a" * HUGE, "-----BEGIN PUBLIC KEY-----" + "A" * HUGE + "-----END PUBLIC KEY-----"]:
        for parse in [TrustedKey.from_hex, TrustedKey.from_pem]:
            with pytest.raises(TrustedKeyError):
                parse(text)
    with pytest.raises(ValueError, match="expected 32 bytes, found 100000000$"):
        TrustedKey.from_bytes(b"\0" * HUGE)
    with pytest.raises(ValueError, match="expected 16 bytes, found 100000000$"):
        Fingerprint.from_bytes(b"\0" * HUGE)
    with pytest.raises(MarkError):
        HighWaterMark.from_bytes(b"\1" * HUGE)
    gc.collect()


def test_an_exception_of_an_iterator_is_passed_on() -> None:
    def texts() -> Iterator[str]:
        yield TYPICAL
        raise LookupError("the file ends here")

    with pytest.raises(LookupError, match="^the file ends here$"):
        VERIFIER.verify_many(texts())


def test_other_results_are_not_licenses() -> None:
    refusal: Any = VERIFIER.verify("")
    assert isinstance(refusal, Refusal)
    with pytest.raises(TypeError, match="^licenses: expected a list of License, not Refusal$"):
        combine([license(), refusal], at(2026))  # type: ignore[list-item]
