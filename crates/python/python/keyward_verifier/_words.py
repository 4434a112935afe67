"""The words of the verifier's answers: enums whose values are the stable codes, the same in every language."""

from enum import Enum

from ._native import outcomes

_OUTCOMES = {code: (number, meaning, advice) for code, number, meaning, advice in outcomes()}


class _Code(str, Enum):
    """A code is a str: it can be compared with one, and written to a log or JSON as it is."""

    # As Enum does by itself, for type checkers: a code is made of its value, and not of bytes and an encoding.
    def __new__(cls, value: str) -> "_Code":
        code = str.__new__(cls, value)
        code._value_ = value
        return code

    def __str__(self) -> str:
        return str(self.value)


class _Outcome(_Code):
    """A code with a number and words, which are those of every language."""

    @property
    def number(self) -> int:
        """The number in C: 1 to 3 of a usable license, 10 and more of all others. There it is the command's exit code."""
        return _OUTCOMES[self.value][0]

    @property
    def meaning(self) -> str:
        """What the code means, in a few English words: "for another product"."""
        return _OUTCOMES[self.value][1]

    @property
    def advice(self) -> str | None:
        """What to do, in English; None where all is well."""
        return _OUTCOMES[self.value][2]


class RefusalCode(_Outcome):
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


class State(_Outcome):
    """The state of a license, in the order in which it gets there."""

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
    """The kind of a license."""

    STANDARD = "standard"
    TRIAL = "trial"
    STOPGAP = "stopgap"


class Environment(_Code):
    """The environment that a license is for."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"
