"""Verifies license keys offline, with a public key alone, and says what they allow today.

>>> from datetime import datetime, timezone
>>> from keyward_verifier import License, TrustedKey, Verifier

Both are constants of the product:

>>> vendor = TrustedKey.from_hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
>>> verifier = Verifier([vendor], 3)

A text becomes a License, or a Refusal that says why:

>>> result = verifier.verify(
...     "K7PM4-00108-1G818-60W40-60GSJ-08YT0-G7V4F-FYP6K-KG98Y-Z9E8E-G0HT7-BS0HQ-VDC80-VHRAB-CED8J-"
...     "M9TJZ-A9AHX-JPA40-2K3CY-F52Z2-ZY7GB-8Y7M3-SRBW8-VE3BH-4SMAG-4PZG8-D7E18-M1PYP-Z2M87-49VV3")
>>> assert isinstance(result, License), result.message
>>> standing = result.standing(datetime(2026, 11, 22, 8, tzinfo=timezone.utc))
>>> standing.usable, standing.days_left
(True, 39)

Refusals and endings are answers and never exceptions. Exceptions are for arguments: TypeError for a wrong type,
ValueError for an impossible value, and each names the argument. The time is always an argument, as an aware datetime.
"""

from ._native import (
    ClockEvidence,
    ClockReading,
    Entitlement,
    Fingerprint,
    FingerprintMatch,
    Grant,
    HighWaterMark,
    License,
    MachineComponents,
    MarkError,
    RecoveryError,
    Refusal,
    Repair,
    SeatStanding,
    Standing,
    Suspect,
    TrustedKey,
    TrustedKeyError,
    Verifier,
    combine,
    seat_standing,
)
from ._words import Environment, Kind, RefusalCode, SeatCode, State

__all__ = [
    "ClockEvidence",
    "ClockReading",
    "Entitlement",
    "Environment",
    "Fingerprint",
    "FingerprintMatch",
    "Grant",
    "HighWaterMark",
    "Kind",
    "License",
    "MachineComponents",
    "MarkError",
    "RecoveryError",
    "Refusal",
    "RefusalCode",
    "Repair",
    "SeatCode",
    "SeatStanding",
    "Standing",
    "State",
    "Suspect",
    "TrustedKey",
    "TrustedKeyError",
    "Verifier",
    "combine",
    "seat_standing",
]
