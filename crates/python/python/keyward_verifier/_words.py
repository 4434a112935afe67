"""The codes of the verifier's results: enums whose values are the same in every language."""

from enum import Enum

from ._native import outcomes

_OUTCOMES = {code: (number, meaning, advice) for code, number, meaning, advice in outcomes()}


class _Code(str, Enum):
    """A code is a str: it can be compared with a str, and written to a log or to JSON directly."""

    # For type checkers: like Enum, a code is made from its value, and not, like str, from bytes and an encoding.
    def __new__(cls, value: str) -> "_Code":
        code = str.__new__(cls, value)
        code._value_ = value
        return code

    def __str__(self) -> str:
        return str(self.value)


class _Outcome(_Code):
    """A code with a number and words, which are the same in every language."""

    @property
    def number(self) -> int:
        """The number in C: 1 to 3 for a usable license, 10 and more for all others. From 10 on it is also the command's
        exit code."""
        return _OUTCOMES[self.value][0]

    @property
    def meaning(self) -> str:
        """The meaning, in a few English words: "for another product"."""
        return _OUTCOMES[self.value][1]

    @property
    def advice(self) -> str | None:
        """The advice, in English; None if nothing needs to be done."""
        return _OUTCOMES[self.value][2]


class RefusalCode(_Outcome):
    """The reason why a verifier does not accept a text."""

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
    """The state of a license, in the order of time."""

    NOT_YET_VALID = "not-yet-valid"
    ACTIVE = "active"
    EXPIRING_SOON = "expiring-soon"
    IN_GRACE = "in-grace"
    EXPIRED = "expired"


class SeatCode(_Code):
    """The seats in use compared with the seats granted."""

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
