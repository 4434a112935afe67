"""The verifier's results are frozen, comparable, not usable as conditions, and can't be forged."""

import copy
import pickle
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from issue import days_from, license_of, year_of
from shared import MISTYPED, TYPICAL, VENDOR, VERIFIER, accepted, at, license, refused, vectors

import keyward_verifier
from keyward_verifier import (
    ClockEvidence,
    Environment,
    Fingerprint,
    HighWaterMark,
    Kind,
    License,
    MachineComponents,
    Refusal,
    RefusalCode,
    SeatCode,
    State,
    TrustedKey,
    Verifier,
    combine,
    seat_standing,
)

FINGERPRINT = MachineComponents(machine_id="a machine").fingerprint(3)


def every_answer() -> list[Any]:
    """One of each kind."""
    entitlement = combine([license()], at(2026))
    assert entitlement is not None
    reading = ClockEvidence(at(2026), built=at(2026, 3)).read(HighWaterMark(), [license()])
    return [
        license(MISTYPED),
        *license(MISTYPED).repairs,
        VERIFIER.verify(""),
        license().standing(at(2026)),
        entitlement,
        entitlement.grant,
        seat_standing(1, 2),
        FINGERPRINT,
        FINGERPRINT.compare(FINGERPRINT),
        reading,
        reading.suspect,
        reading.mark,
    ]


@pytest.mark.parametrize("answer", every_answer(), ids=lambda answer: type(answer).__name__)
def test_an_answer_never_changes(answer: Any) -> None:
    names = [name for name in dir(type(answer)) if not name.startswith("_")]
    for name in [*names, "anything_else"]:
        with pytest.raises(AttributeError):
            setattr(answer, name, None)
        with pytest.raises(AttributeError):
            delattr(answer, name)


@pytest.mark.parametrize("answer", every_answer(), ids=lambda answer: type(answer).__name__)
def test_only_the_attribute_key_shows_the_key(answer: Any) -> None:
    shown = repr(answer) + f"{answer!r}" + (str(answer) if type(answer).__name__ != "Repair" else "")
    for group in TYPICAL.split("-"):
        assert group not in shown
    assert type(answer).__name__ in repr(answer)


def test_repairs_describe_what_was_mistyped() -> None:
    first, second = license(MISTYPED).repairs
    assert (str(first), str(second)) == ("group 5 is 60GSJ, not 606SJ", "group 23 is SRBW8, not SR8W8")
    assert (first.group, first.typed, first.expected) == (5, "606SJ", "60GSJ")
    assert repr(first) == "<Repair of group 5>"
    [missing] = license(TYPICAL.replace("60GSJ-", "")).repairs
    assert (missing.group, missing.typed, missing.expected) == (5, "", "60GSJ")
    assert license(MISTYPED).key == TYPICAL


@pytest.mark.parametrize(
    "answer",
    [license(), VERIFIER.verify(""), license().standing(at(2026)), combine([license()], at(2026)), seat_standing(1, 2)]
    + [FINGERPRINT.compare(FINGERPRINT)],
    ids=lambda answer: type(answer).__name__,
)
def test_results_can_not_be_used_as_conditions(answer: Any) -> None:
    asks: list[Callable[[Any], object]] = [
        bool,
        lambda answer: not answer,
        lambda answer: answer or None,
        lambda answer: any([answer]),
    ]
    for ask in asks:
        with pytest.raises(TypeError, match=f"^a {type(answer).__name__} is neither true nor false: ask "):
            ask(answer)


# ------------------------------------------------------------------------------------------------ forgery


def test_a_license_is_made_by_a_verifier_and_nothing_else() -> None:
    makers: list[Any] = [
        lambda: License(),
        lambda: License(license()),  # type: ignore[call-arg]
        lambda: License.__new__(License),
        lambda: object.__new__(License),
        lambda: License.__new__(License, TYPICAL),  # type: ignore[call-arg]
        lambda: type(license())(),
        lambda: type("Forged", (License,), {}),
        lambda: type("Forged", (License, object), {"__slots__": ()}),
    ]
    for make in makers:
        with pytest.raises(TypeError):
            make()


def test_nothing_becomes_a_license() -> None:
    class Imitation:
        pass

    for other in [Imitation(), VERIFIER.verify(""), VERIFIER, FINGERPRINT, license().standing(at(2026))]:
        with pytest.raises(TypeError):
            other.__class__ = License
        with pytest.raises(TypeError, match="^licenses: expected a list of License, not "):
            combine([other], at(2026))  # type: ignore[list-item]
    with pytest.raises(TypeError):
        license().__class__ = Imitation  # type: ignore[assignment]


def test_a_license_can_not_be_pickled_or_unpickled() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="^a License can't be pickled: keep license.key, and verify it again$"):
            pickle.dumps(license(), protocol)
    forgeries = [
        # Pickles that call the class, and pickles that make an object without a call, in both possible ways.
        b"ckeyward_verifier\nLicense\n(tR.",
        b"\x80\x02ckeyward_verifier\nLicense\n)\x81.",
        b"ccopyreg\n_reconstructor\n(ckeyward_verifier\nLicense\nc__builtin__\nobject\nNtR.",
        b"\x80\x02ckeyward_verifier\nLicense\n)\x81}X\x06\x00\x00\x00serialK\x01sb.",
    ]
    for forgery in forgeries:
        with pytest.raises((TypeError, pickle.UnpicklingError)):
            pickle.loads(forgery)


def test_no_other_result_can_be_pickled() -> None:
    for value in [*every_answer(), VENDOR, VERIFIER, MachineComponents()]:
        with pytest.raises(TypeError, match="pickle"):
            pickle.dumps(value)


def test_a_license_is_its_own_copy() -> None:
    one = license()
    assert copy.copy(one) is one
    assert copy.deepcopy({"kept": one})["kept"] is one


# ------------------------------------------------------------------------------------------------ equality


def test_equal_values_have_the_same_hash() -> None:
    for one, same in zip(every_answer(), every_answer()):
        if type(one).__name__ != "Entitlement":
            assert one == same and hash(one) == hash(same) and not one != same, one
        assert one != "something else" and one != None  # noqa: E711
    # A prepared key equals the same key without tables.
    assert len({VENDOR, VENDOR.prepared(), TrustedKey.from_bytes(VENDOR.to_bytes())}) == 1


def test_different_values_are_not_equal() -> None:
    assert license() != license(MISTYPED), "one was repaired"
    assert license() != license(year_of(2026, serial="0202020202020202"))
    assert license().standing(at(2026)) != license().standing(at(2026, 2))
    assert VERIFIER.verify("K7PM4") != VERIFIER.verify("K7PM4-00108")
    assert VENDOR != TrustedKey.from_hex("0bbc346a57667c380120bd9c7fd7e51d2c5fdfea37cd2f5bf405b2c6bf6f2d78")
    assert seat_standing(1, 2) != seat_standing(1, 3)
    assert FINGERPRINT != MachineComponents(board_id="a machine").fingerprint(3)


# ------------------------------------------------------------------------------------------------ evidence


EVIDENCE = {
    name for name in dir(Refusal) if not name.startswith("_") and name not in {"code", "message"}
}


def evidence(refusal: Refusal) -> dict[str, Any]:
    """The evidence of a refusal: its attributes except code and message."""
    said = {name: getattr(refusal, name) for name in EVIDENCE}
    return {name: value for name, value in said.items() if value is not None and value != ()}


SERIAL = "0102030405060708"
LOCKED = year_of(2026, fingerprint=str(FINGERPRINT))


@pytest.mark.parametrize(
    ("verifier", "text", "code", "expected"),
    [
        (VERIFIER, "K7PM4", "malformed", {"groups": 1, "reason": ...}),
        (VERIFIER, TYPICAL[:119], "malformed", {"groups": 20, "missing_groups": 10, "reason": ...}),
        (VERIFIER, TYPICAL[:29], "malformed", {"groups": 5, "reason": ...}),
        (VERIFIER, " " * 5000, "malformed", {"reason": ...}),
        (
            Verifier([VENDOR], 3, repair=False),
            TYPICAL.replace("60GSJ", "60G?J"),
            "damaged",
            {"groups": 30, "unreadable_groups": (5,)},
        ),
        (Verifier([VENDOR], 3, repair=False), MISTYPED, "damaged", {"groups": 30}),
        (Verifier([], 3), TYPICAL, "unknown-key", {"hint": "ed42"}),
        (VERIFIER, year_of(2026, product=4), "wrong-product", {"serial": SERIAL, "expected_product": 3, "found_product": 4}),
        (
            VERIFIER,
            year_of(2026, environment="staging"),
            "wrong-environment",
            {
                "serial": SERIAL,
                "expected_environment": Environment.PRODUCTION,
                "found_environment": Environment.STAGING,
            },
        ),
        (VERIFIER, LOCKED, "wrong-machine", {"serial": SERIAL}),
        (
            Verifier([VENDOR], 3, machine=Fingerprint.from_hex("01" + "00" * 15)),
            LOCKED,
            "wrong-machine",
            {"serial": SERIAL, "matching_components": 0, "present_components": 1},
        ),
        (
            Verifier([VENDOR], 3, released=date(2027, 1, 1)),
            year_of(2026, updates_through="2026-12-31"),
            "version-not-covered",
            {"serial": SERIAL, "updates_through": date(2026, 12, 31), "released": date(2027, 1, 1)},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.islower() else "",
)
def test_a_refusal_has_the_evidence_of_its_cause_and_nothing_else(
    verifier: Verifier, text: str, code: str, expected: dict[str, Any]
) -> None:
    refusal = refused(verifier.verify(text))
    said = evidence(refusal)
    assert refusal.code == RefusalCode(code)
    assert said.keys() == expected.keys()
    assert all(said[name] == value for name, value in expected.items() if value is not ...)
    assert refusal.reason is None or refusal.reason in refusal.message
    assert str(refusal) == refusal.message
    assert repr(refusal) == f"<Refusal {code}: {refusal.message}>"


def test_the_vectors_cover_the_rest_of_the_evidence() -> None:
    found: dict[str, set[str]] = {}
    file = vectors("license-keys.json")
    for case in file["refused"] + vectors("claims.json")["cases"] + vectors("repair.json")["cases"]:
        result = VERIFIER.verify(case["text"])
        if isinstance(result, Refusal):
            found.setdefault(result.code, set()).update(evidence(result))
    assert found["bad-signature"] == {"key_id", "serial"}
    assert found["invalid-claims"] == {"reason", "serial"}
    assert found["needs-newer"] == {"reason", "serial", "version"}
    assert found["damaged"] == {"groups", "unreadable_groups", "version"}


def test_a_refusal_can_be_matched() -> None:
    match VERIFIER.verify("K7PM4"):
        case License():
            pytest.fail("this is no license")
        case Refusal(RefusalCode.MALFORMED, message):
            assert message.startswith("this is not a license key")
        case Refusal():
            pytest.fail("this is malformed")


# ------------------------------------------------------------------------------------------------ what a license says


def test_features_are_asked_for_by_number() -> None:
    grants = license(year_of(2026, features=[0, 63]))
    assert grants.features == frozenset({0, 63})
    assert [number for number in range(64) if grants.has_feature(number)] == [0, 63]


def test_limits_are_a_new_dict_each_time() -> None:
    quotas = license(year_of(2026, limits={"0": 0, "255": 2**53 - 1}))
    quotas.limits.clear()
    assert quotas.limits == {0: 0, 255: 2**53 - 1}


def test_a_perpetual_license_for_any_number_has_no_end_and_no_seats() -> None:
    perpetual = license(license_of(date(2026, 1, 1), None, seats=None))
    assert (perpetual.seats, perpetual.valid_through, perpetual.term_days) == (None, None, None)
    standing = perpetual.standing(at(2999))
    assert (standing.state, standing.days_left, standing.closes_at, standing.grace_closes_at) == ("active", None, None, None)
    assert (standing.grace_days, standing.grace_through, standing.next_reminder) == (0, None, None)


def test_a_trial_and_a_stopgap_have_a_notice() -> None:
    for kind, notice in [
        (Kind.STANDARD, None),
        (Kind.TRIAL, "This is a trial license."),
        (Kind.STOPGAP, "This is a stopgap license until the renewal arrives."),
    ]:
        sold = license(days_from(date(2026, 1, 1), 30, kind=kind.value))
        standing = sold.standing(at(2026, 1, 5))
        assert (sold.kind, standing.kind, standing.notice) == (kind, kind, notice)


def test_all_returned_times_are_aware_and_in_utc() -> None:
    standing = license().standing(datetime(2026, 6, 1, tzinfo=timezone(timedelta(hours=9))))
    reading = ClockEvidence(at(2026)).read(HighWaterMark(), [license()])
    times = [standing.opens_at, standing.closes_at, standing.grace_closes_at, reading.now, reading.mark.instant]
    assert all(time is not None and type(time) is datetime and time.tzinfo is timezone.utc for time in times)
    days = [standing.valid_from, standing.valid_through, standing.grace_through, standing.next_reminder]
    assert all(type(day) is date for day in days)


def test_a_state_is_its_code() -> None:
    standing = license().standing(at(2026, 6))
    assert standing.state is standing.code is State.ACTIVE
    assert license().standing(at(2026, 6)).state == "active"
    assert f"{standing.state}" == str(standing.state) == "active"
    assert State("in-grace") is State.IN_GRACE


def test_seats_over_the_grant_are_counted() -> None:
    for granted, used, code, left, by in [
        (25, 20, SeatCode.WITHIN_SEATS, 5, None),
        (25, 27, SeatCode.OVER_SEATS, None, 2),
        (None, 27, SeatCode.UNLIMITED_SEATS, None, None),
    ]:
        standing = seat_standing(granted, used)
        assert (standing.code, standing.left, standing.by) == (code, left, by)


# ------------------------------------------------------------------------------------------------ the words themselves


def test_the_codes_are_those_of_the_page_of_outcomes() -> None:
    page = (Path(__file__).parents[3] / "docs/outcomes.md").read_text("utf-8")
    outcomes = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", page, re.MULTILINE)
    # Those from 22 on concern signed files, the state and the clock, which this package does not read.
    codes = {code for code, exit_code in outcomes if int(exit_code) < 22}
    assert codes == {code.value for code in RefusalCode} | {state.value for state in State}


def test_a_key_can_be_read_in_each_of_its_forms(tmp_path: Path) -> None:
    der = bytes.fromhex("302a300506032b6570032100") + VENDOR.to_bytes()
    pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\n-----END PUBLIC KEY-----\n"
    digits = VENDOR.to_bytes().hex()
    assert TrustedKey.from_pem(pem) == TrustedKey.from_der(der) == TrustedKey.from_hex(digits) == VENDOR
    for contents in [der, pem.encode(), digits.encode(), f" {digits}\r\n".encode(), VENDOR.to_bytes()]:
        path = tmp_path / "vendor.pub"
        path.write_bytes(contents)
        assert TrustedKey.from_file_contents(path.read_bytes()) == VENDOR


def test_a_secret_key_is_refused_and_not_repeated() -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n"
    with pytest.raises(keyward_verifier.TrustedKeyError, match="contains a secret key") as from_pem:
        TrustedKey.from_pem(pem)
    with pytest.raises(keyward_verifier.TrustedKeyError, match="contains a secret key") as from_file_contents:
        TrustedKey.from_file_contents(pem.encode())
    assert "MC4C" not in str(from_pem.value) + str(from_file_contents.value)


def test_exceptions_are_value_errors() -> None:
    for name in ["TrustedKeyError", "MarkError", "RecoveryError"]:
        assert issubclass(getattr(keyward_verifier, name), ValueError)


def test_every_key_of_a_prepared_verifier_answers_the_same() -> None:
    prepared = Verifier([VENDOR.prepared()], 3)
    for text in [TYPICAL, MISTYPED, "", year_of(2026, product=4), TYPICAL.replace("60W40", "60W00")]:
        assert prepared.verify(text) == VERIFIER.verify(text)
    assert accepted(prepared.verify(TYPICAL)).key_id == VENDOR.key_id
