"""The words that the verifier answers in: enums whose values are the stable codes, the same in every language."""

from enum import Enum


class _Code(str, Enum):
    """A code is a str, so that it can be compared with one, and written to a log or JSON as it is."""

    # What Enum does by itself, said for type checkers: a code is made of its value, and not of bytes and an encoding.
    def __new__(cls, value: str) -> "_Code":
        code = str.__new__(cls, value)
        code._value_ = value
        return code

    def __str__(self) -> str:
        return str(self.value)


class RefusalCode(_Code):
    """Why a text is not a license for this product, here."""

    MALFORMED = "malformed"
    DAMAGED = "damaged"
    UNKNOWN_KEY = "unknown-key"
    BAD_SIGNATURE = "bad-signature"
    NEEDS_NEWER = "needs-newer"
    INVALID_CLAIMS = "invalid-claims"
    WRONG_PRODUCT = "wrong-product"
    WRONG_ENVIRONMENT = "wrong-environment"
    WRONG_MACHINE = "wrong-machine"
    VERSION_NOT_COVERED = "version-not-covered"


class State(_Code):
    """Where a license stands, in the order in which it gets there."""

    NOT_YET_VALID = "not-yet-valid"
    ACTIVE = "active"
    EXPIRING_SOON = "expiring-soon"
    IN_GRACE = "in-grace"
    EXPIRED = "expired"


class SeatCode(_Code):
    """How seats in use stand against those granted."""

    WITHIN_SEATS = "within-seats"
    OVER_SEATS = "over-seats"
    UNLIMITED_SEATS = "unlimited-seats"


class Kind(_Code):
    """What was sold."""

    STANDARD = "standard"
    TRIAL = "trial"
    STOPGAP = "stopgap"


class Environment(_Code):
    """Where a license may be used."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"
