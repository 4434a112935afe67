"""Several licenses for one product: the one that counts, their grant, and the refusal of licenses for other products."""

from typing import Any

import pytest
from issue import year_of
from shared import VENDOR, accepted, at, license

from keyward_verifier import Environment, State, Verifier, combine


def test_next_years_key_can_be_entered_early() -> None:
    this, following = license(year_of(2026)), license(year_of(2027, serial="0202020202020202", seats=30, features=[7]))
    alone, both = combine([this], at(2026, 12, 12)), combine(iter([following, this]), at(2026, 12, 12))
    assert alone is not None and both is not None
    assert (alone.standing.state, alone.standing.has_successor) == (State.EXPIRING_SOON, False)
    assert (both.standing.state, both.standing.has_successor) == (State.ACTIVE, True)
    assert both.license is this
    assert both.grant is not None and (both.grant.seats, both.grant.has_feature(7)) == (25, False)
    after = combine([this, following], at(2028, 6))
    assert after is not None and after.grant is None and not after.standing.usable


def test_a_product_reminds_on_its_own_days() -> None:
    for reminder_days, state in [([], State.ACTIVE), ([90], State.EXPIRING_SOON), ((90,), State.EXPIRING_SOON)]:
        entitlement = combine([license()], at(2026, 10, 15), reminder_days)
        assert entitlement is not None and entitlement.standing.state is state
        assert license().standing(at(2026, 10, 15), reminder_days).state is state


@pytest.mark.parametrize(
    ("verifier", "claims", "what", "here", "there"),
    [
        (Verifier([VENDOR], 4), {"product": 4}, "product", "3", "4"),
        (
            Verifier([VENDOR], 3, environment=Environment.STAGING),
            {"environment": "staging"},
            "environment",
            "production",
            "staging",
        ),
    ],
    ids=["product", "environment"],
)
def test_a_license_for_another_product_makes_no_product_usable(
    verifier: Verifier, claims: dict[str, Any], what: str, here: str, there: str
) -> None:
    ended, other = license(year_of(2025)), accepted(verifier.verify(year_of(2026, **claims)))
    alone, apart = combine([ended, ended], at(2026, 6)), combine([other, other], at(2026, 6))
    assert alone is not None and not alone.standing.usable
    assert apart is not None and apart.standing.usable
    for licenses, one, another in [
        ([ended, other], here, there),
        ([other, ended], there, here),
        ([ended, license(), other], here, there),
        ([other, other, ended], there, here),
    ]:
        why = (
            f"expected licenses for one {what}, and these are for {one} and for {another}: "
            f"combine the licenses of each {what} separately"
        )
        with pytest.raises(ValueError, match=f"^licenses: {why}$"):
            combine(licenses, at(2026, 6))
