"""The codes of answers are those of every language, with the same numbers and words."""

from shared import vectors

from keyward_verifier import RefusalCode, State
from keyward_verifier._native import outcomes

OF_CLOCKS_AND_FILES = {
    "clock-suspect",
    "revoked",
    "on-hold",
    "stale-file",
    "stale-list",
    "rollback",
    "not-permitted",
    "untrusted-bundle",
    "not-activated",
}


def test_every_outcome_of_a_license_key_has_a_code_here_and_no_other_has() -> None:
    codes = [code.value for code in (*RefusalCode, *State)]
    assert sorted([*codes, *OF_CLOCKS_AND_FILES]) == sorted(code for code, *_ in outcomes())


def test_the_outcomes_are_those_of_the_table_of_decisions() -> None:
    rows = vectors("decisions.json")["outcomes"]
    assert outcomes() == [(row["code"], row["number"], row["meaning"], row["advice"]) for row in rows]


def test_a_code_has_the_number_and_the_words_of_every_language() -> None:
    assert RefusalCode.WRONG_PRODUCT.number == 15
    assert RefusalCode.WRONG_PRODUCT.meaning == "for another product"
    assert RefusalCode.WRONG_PRODUCT.advice == "use it with the product it is for, or ask the vendor"
    assert (State.ACTIVE.number, State.ACTIVE.advice) == (1, None)
    for code in (*RefusalCode, *State):
        assert (code.value, code.number, code.meaning, code.advice) in outcomes()
