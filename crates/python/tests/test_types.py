"""A product's program under `mypy --strict`: right lines have no error, and wrong lines have the named error.

An error that mypy does not find any more is reported as an unused `type: ignore`.
"""

from datetime import date, datetime, timezone

from shared import TYPICAL, VENDOR, VERIFIER, at

from keyward_verifier import Environment, License, Refusal, RefusalCode, Standing, State, Verifier, combine


def said_by_match(result: License | Refusal) -> str:
    # mypy checks that these are all cases: otherwise it would report a missing return.
    match result:
        case License():
            return f"license {result.serial} for {result.licensee}"
        case Refusal(RefusalCode.WRONG_PRODUCT):
            return f"this is for product {result.found_product}"
        case Refusal(code, message):
            known: RefusalCode = code
            return f"{known}: {message}"


def said_by_isinstance(result: License | Refusal) -> str:
    if isinstance(result, Refusal):
        return result.message
    license: License = result
    return license.key_id


def said_of(standing: Standing) -> str:
    match standing.state:
        case State.ACTIVE | State.EXPIRING_SOON | State.IN_GRACE:
            days: int | None = standing.days_left
            return f"{days} days left"
        case State.NOT_YET_VALID:
            return f"from {standing.valid_from:%Y-%m-%d}"
        case State.EXPIRED:
            return "renew"


def test_both_ways_tell_a_license_from_a_refusal() -> None:
    license, refusal = VERIFIER.verify_many([TYPICAL, "K7PM4"])
    assert said_by_match(license) == "license 0102030405060708 for None"
    assert said_by_match(refusal).startswith("malformed: ")
    assert said_by_isinstance(license) == VENDOR.key_id
    assert said_by_match(Verifier([VENDOR], 4).verify(TYPICAL)) == "this is for product 3"


def test_every_state_is_known_to_the_types() -> None:
    license = VERIFIER.verify(TYPICAL)
    assert isinstance(license, License)
    times = [at(2025), at(2026, 6), at(2028)]
    assert [said_of(license.standing(now)) for now in times] == ["from 2026-01-01", "213 days left", "renew"]


def never_called(result: License | Refusal) -> None:
    result.licensee  # type: ignore[union-attr]
    result.standing(datetime.now(timezone.utc))  # type: ignore[union-attr]
    combine([result], at(2026))  # type: ignore[list-item]
    Verifier([VENDOR], "3")  # type: ignore[arg-type]
    Verifier([VENDOR], 3, environment="staging")  # type: ignore[arg-type]
    Verifier([VENDOR], 3, Environment.STAGING)  # type: ignore[call-arg]
    VERIFIER.verify(TYPICAL.encode())  # type: ignore[arg-type]
    if isinstance(result, License):
        result.standing(date(2026, 1, 1))  # type: ignore[arg-type]
        result.serial = "0102030405060708"  # type: ignore[misc]
        through: date = result.valid_through  # type: ignore[assignment]
        seats: int = result.seats  # type: ignore[assignment]
        print(through, seats)

    class Imitation(License):  # type: ignore[misc]
        """Python refuses this at run time too (test_answers)."""
