"""Shared by the tests: the vectors, their vendor, and a license of this vendor."""

import json
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from keyward_verifier import Environment, Fingerprint, License, Refusal, TrustedKey, Verifier

VECTORS = Path(__file__).parents[3] / "spec" / "vectors"
VENDOR = TrustedKey.from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
VERIFIER = Verifier([VENDOR], 3)
TYPICAL = (
    "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-"
    "M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3"
)
MISTYPED = TYPICAL.replace("60GSJ", "606SJ").replace("SRBW8", "SR8W8")


def vectors(file: str) -> dict[str, Any]:
    contents: dict[str, Any] = json.loads((VECTORS / file).read_text("utf-8"))
    return contents


def accepted(result: License | Refusal) -> License:
    assert isinstance(result, License), result
    return result


def refused(result: License | Refusal) -> Refusal:
    assert isinstance(result, Refusal), result
    return result


def error_of(result: License | Refusal) -> str | None:
    """The error in the form of the vectors: a code, or None."""
    return result.code.value if isinstance(result, Refusal) else None


def license(text: str = TYPICAL) -> License:
    return accepted(VERIFIER.verify(text))


def instant(text: str) -> datetime:
    """Parses an instant of the vectors, whose form Python 3.10 can't read."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return seconds.replace(microsecond=int(fraction.ljust(6, "0")) if fraction else 0)


def at(year: int, month: int = 1, day: int = 1, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)


def verifier_of(case: dict[str, Any]) -> Verifier:
    """The verifier that a case of the vectors describes."""
    machine, released = case.get("machine", case.get("fingerprint")), case.get("released")
    return Verifier(
        [TrustedKey.from_hex(key) for key in case["trusted_keys"]],
        case["product"],
        environment=Environment(case.get("environment", "production")),
        machine=Fingerprint.from_hex(machine) if machine else None,
        released=date.fromisoformat(released) if released else None,
        repair=case.get("repair", True),
    )


def claims_by_name(license: License) -> dict[str, Any]:
    """The claims by name, as in section 3.5 of FORMAT.md."""
    claims: dict[str, Any] = {
        "kind": license.kind.value,
        "environment": license.environment.value,
        "serial": license.serial,
        "product": license.product,
        "edition": license.edition,
        "seats": license.seats,
        "valid_from": license.valid_from.isoformat(),
        "valid_through": license.valid_through.isoformat() if license.valid_through else None,
        "features": sorted(license.features),
    }
    optional = {
        "grace_days": license.grace_days,
        "limits": {str(id): value for id, value in license.limits.items()} or None,
        "licensee": license.licensee,
        "updates_through": license.updates_through.isoformat() if license.updates_through else None,
        "fingerprint": str(license.fingerprint) if license.fingerprint else None,
        "extension": license.extension.hex() if license.extension else None,
    }
    return claims | {name: value for name, value in optional.items() if value is not None}
