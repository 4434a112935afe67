"""Every case of spec/vectors that a verifier can answer. A file here has as many cases as it had, or more."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from issue import issued
from shared import VECTORS, VENDOR, accepted, claims_by_name, error_of, instant, refused, vectors, verifier_of

from keyward_verifier import (
    ClockEvidence,
    Environment,
    Fingerprint,
    HighWaterMark,
    License,
    MachineComponents,
    MarkError,
    RecoveryError,
    Refusal,
    Standing,
    TrustedKey,
    TrustedKeyError,
    Verifier,
    combine,
    seat_standing,
)


def cases(file: str, list_of: str = "cases", at_least: int = 1) -> pytest.MarkDecorator:
    """A test for each case of a list, named as the case is."""
    found = vectors(file)[list_of]
    assert len(found) >= at_least, f"{file} has lost cases of {list_of}"
    return pytest.mark.parametrize("case", found, ids=[case.get("name", str(n)) for n, case in enumerate(found)])


def verifier_for(claims: dict[str, Any]) -> Verifier:
    """The verifier of the product, environment and machine that the claims name."""
    fingerprint = claims.get("fingerprint")
    return Verifier(
        [VENDOR],
        claims["product"],
        environment=Environment(claims["environment"]),
        machine=Fingerprint.from_hex(fingerprint) if fingerprint else None,
    )


@cases("license-keys.json", at_least=17)
def test_license_key(case: dict[str, Any]) -> None:
    license = accepted(verifier_for(case["claims"]).verify(case["text"]))
    assert claims_by_name(license) == case["claims"]
    assert (license.key, license.digest, license.repairs) == (case["text"], case["license_digest"], ())
    assert license.key_id == VENDOR.key_id == vectors("license-keys.json")["key_id"]


@cases("license-keys.json", at_least=17)
def test_the_issuer_of_these_tests_makes_the_same_keys(case: dict[str, Any]) -> None:
    assert issued(case["claims"]) == case["text"]


@cases("license-keys.json", "refused", at_least=18)
def test_refused_license_key(case: dict[str, Any]) -> None:
    assert error_of(Verifier([VENDOR], 3).verify(case["text"])) == case["error"]


@cases("reading.json", at_least=44)
@pytest.mark.parametrize("repair", [True, False])
def test_reading(case: dict[str, Any], repair: bool) -> None:
    result = Verifier([VENDOR], 3, repair=repair).verify(case["text"])
    read = case.get("reads_as", case.get("found"))
    if read is not None:
        # The key reads; what it says is another matter, such as another product.
        if isinstance(result, License):
            assert (result.key, result.repairs) == (read, ())
        else:
            assert result == Verifier([VENDOR], 3, repair=repair).verify(read)
    elif not (repair and case["error"] == "damaged"):
        assert error_of(result) == case["error"]


def code_point(name: str) -> str:
    return chr(int(name.removeprefix("U+"), 16))


def test_separators_symbols_and_unreadable_characters() -> None:
    reading, typical = vectors("reading.json"), vectors("license-keys.json")["cases"][0]["text"]
    strict = Verifier([VENDOR], 3, repair=False)
    groups = typical.split("-")
    for separator in map(code_point, reading["separators"]):
        assert accepted(strict.verify(separator.join(groups))).key == typical, hex(ord(separator))
    for symbol in reading["symbols"]:
        for character in symbol["characters"]:
            typed = typical.replace(symbol["character"], character)
            assert accepted(strict.verify(typed)).key == typical, hex(ord(character))
    for character in map(code_point, reading["unreadable"]):
        refusal = refused(strict.verify(typical.replace("60GSJ", f"60G{character}J")))
        assert (refusal.code, refusal.unreadable_groups) == ("damaged", (5,)), hex(ord(character))


@cases("repair.json", at_least=41)
def test_repair(case: dict[str, Any]) -> None:
    file = vectors("repair.json")
    verifier = Verifier([TrustedKey.from_hex(file["verifying_key"])], file["product"])
    result = verifier.verify(case["text"])
    if "reads_as" in case:
        assert accepted(result).key == case["reads_as"]
        assert accepted(result).repairs or "-" not in case["text"], "what was repaired is said"
    else:
        assert error_of(result) == case["error"]


@cases("repair.json", at_least=41)
def test_without_repair(case: dict[str, Any]) -> None:
    assert error_of(Verifier([VENDOR], 3, repair=False).verify(case["text"])) == "damaged"


@cases("claims.json", at_least=53)
def test_claims(case: dict[str, Any]) -> None:
    if "claims" in case:
        result = verifier_for(case["claims"]).verify(case["text"])
        if case["name"].startswith("a fingerprint in which no component is present"):
            assert (refused(result).code, refused(result).present_components) == ("wrong-machine", 0)
        else:
            assert claims_by_name(accepted(result)) == case["claims"]
    else:
        assert error_of(Verifier([VENDOR], 3).verify(case["text"])) == case["error"]


@cases("fingerprints.json", "digests", at_least=9)
def test_fingerprint(case: dict[str, Any]) -> None:
    values = [None if value is None else bytes.fromhex(value) for value in case["components"]]
    names = ["machine_id", "board_id", "system_disk", "network_card", "vendors_own"]
    fingerprint = MachineComponents(**dict(zip(names, values))).fingerprint(case["product"])
    assert str(fingerprint) == case["fingerprint"]
    as_text = [None if value is None else value.decode() for value in values]
    assert MachineComponents(**dict(zip(names, as_text))).fingerprint(case["product"]) == fingerprint


PARTS = ["machine_id", "board_id", "system_disk", "network_card", "vendors_own"]


@cases("fingerprints.json", "placeholders", at_least=200)
def test_placeholder(case: dict[str, Any]) -> None:
    value = bytes.fromhex(case["value"])
    for part in PARTS:
        assert MachineComponents(**{part: value}).fingerprint(3).present == (not case["absent"])


@cases("fingerprints.json", "matches", at_least=11)
def test_same_machine(case: dict[str, Any]) -> None:
    compared = Fingerprint.from_hex(case["key"]).compare(Fingerprint.from_hex(case["machine"]))
    assert compared.same_machine == case["same_machine"]


REASONS = {
    "small-order": "of small order",
    "not-canonical": "not canonically encoded",
    "not-a-point": "not a point of the curve",
    "mixed-order": "outside the prime-order subgroup",
}


@cases("public-keys.json", at_least=21)
def test_public_key(case: dict[str, Any]) -> None:
    if "key_id" in case:
        key = TrustedKey.from_hex(case["public_key"])
        assert key.key_id == case["key_id"]
        assert key.to_bytes().hex() == case["public_key"]
        assert TrustedKey.from_bytes(key.to_bytes()) == key == key.prepared()
    else:
        with pytest.raises(TrustedKeyError, match=REASONS[case["refused"]]):
            TrustedKey.from_hex(case["public_key"])


@cases("verifier.json", at_least=30)
def test_verifier(case: dict[str, Any]) -> None:
    assert error_of(verifier_of(case).verify(case["text"])) == case["error"]


def iso(value: date | None) -> str | None:
    """A day or an instant as the vectors write it."""
    return value.isoformat().replace("+00:00", "Z") if value is not None else None


@cases("standing.json", at_least=36)
def test_standing(case: dict[str, Any]) -> None:
    license = accepted(verifier_for(case["claims"]).verify(issued(case["claims"])))
    standing = license.standing(instant(case["now"]), case["reminder_days"])
    assert {
        "state": standing.state,
        "usable": standing.usable,
        "days_left": standing.days_left,
        "grace_days": standing.grace_days,
        "next_reminder": iso(standing.next_reminder),
    } == {name: case[name] for name in ["state", "usable", "days_left", "grace_days", "next_reminder"]}


def told(standing: Standing) -> dict[str, Any]:
    return {
        "state": standing.state.value,
        "usable": standing.usable,
        "days_left": standing.days_left,
        "next_reminder": iso(standing.next_reminder),
    }


def as_decided(result: License | Refusal, case: dict[str, Any]) -> dict[str, Any]:
    match result:
        case Refusal(code, message):
            return {"code": code.value, "message": message}
        case License():
            standing = result.standing(instant(case["now"]), case["reminder_days"])
            return {"code": None, "digest": result.digest} | told(standing) | {
                "valid_through": iso(standing.valid_through),
                "grace_through": iso(standing.grace_through),
                "opens_at": iso(standing.opens_at),
                "closes_at": iso(standing.closes_at),
                "grace_closes_at": iso(standing.grace_closes_at),
                "notice": standing.notice,
                "text": str(standing),
                "repairs": [str(repair) for repair in result.repairs],
            }


@cases("decisions.json", at_least=483)
def test_decision(case: dict[str, Any]) -> None:
    results = verifier_of(case).verify_many(case["licenses"])
    assert results == [verifier_of(case).verify(text) for text in case["licenses"]]
    assert [as_decided(result, case) for result in results] == case["results"]

    licenses = [result for result in results if isinstance(result, License)]
    entitlement = combine(licenses, instant(case["now"]), case["reminder_days"])
    if entitlement is None:
        assert case["held"] is None
        return
    grant = entitlement.grant
    # The same object: which of two that are equal counts, shows.
    [index] = [index for index, result in enumerate(results) if result is entitlement.license]
    assert {"index": index} | told(entitlement.standing) | {
        "successor_held": entitlement.standing.has_successor,
        "features": sorted(grant.features) if grant is not None else None,
        "seats": grant.seats if grant is not None else None,
        "unlimited_seats": grant is not None and grant.seats is None,
    } == case["held"]


@cases("decisions.json", "clock", at_least=34)
def test_clock(case: dict[str, Any]) -> None:
    results = verifier_of(case).verify_many(case["licenses"])
    tolerance = case["tolerance_seconds"]
    evidence = ClockEvidence(
        instant(case["clock"]),
        built=instant(case["built"]) if case["built"] else None,
        issued=[instant(case["issued"])] if case["issued"] else [],
        running=timedelta(seconds=case["running_seconds"]),
        tolerance=timedelta(days=1) if tolerance is None else timedelta(seconds=tolerance),
    )
    mark = HighWaterMark.from_bytes(bytes.fromhex(case["mark"])) if case["mark"] else HighWaterMark()
    reading = evidence.read(mark, [result for result in results if isinstance(result, License)])
    suspect = reading.suspect
    assert iso(reading.now) == case["now"]
    assert reading.mark.to_bytes().hex() == case["mark_after"]
    assert case["suspect"] == (
        None
        if suspect is None
        else {
            "behind_by_seconds": suspect.behind_by // timedelta(seconds=1),
            "backward_steps": suspect.backward_steps,
            "largest_step_seconds": suspect.largest_step // timedelta(seconds=1),
        }
    )


@cases("decisions.json", "recover", at_least=8)
def test_recovery(case: dict[str, Any]) -> None:
    def recovered() -> HighWaterMark:
        mark = HighWaterMark.from_bytes(bytes.fromhex(case["mark"])) if case["mark"] else HighWaterMark()
        return mark.recovered(instant(case["issued"]))

    if case["error"] is None:
        assert recovered().to_bytes().hex() == case["mark_after"]
    else:
        with pytest.raises((MarkError, RecoveryError)) as error:
            recovered()
        assert str(error.value) == case["error"]


@cases("decisions.json", "seats", at_least=11)
def test_seats(case: dict[str, Any]) -> None:
    standing = seat_standing(case["licensed"], case["in_use"])
    assert {"code": standing.code, "left": standing.left, "by": standing.by} == case["result"]


def test_every_file_of_the_vectors_is_read_here() -> None:
    this = Path(__file__).read_text("utf-8")
    # Signatures over other messages, signed files, activation requests and audit logs are no license keys.
    others = {"signatures.json", "files.json", "requests.json", "audit.json"}
    files = {file.name for file in VECTORS.glob("*.json")} - others
    assert files and all(f'"{file}"' in this for file in files)
