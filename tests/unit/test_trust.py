"""Rules and verifier together: what excuses what, and what never does."""

from __future__ import annotations

import pytest

from newsfold.pipeline.attribute import Attribution, attribute
from newsfold.pipeline.ports import Judgement
from newsfold.pipeline.trust import judged
from newsfold.pipeline.tuning import AttributeTuning
from newsfold.pipeline.types import Check, Sentence, Span

TUNING = AttributeTuning()
SURE = Judgement(1.0, 1.0)
SOURCE = "The Wendmouth council voted 12 to 3 on Monday to rebuild the old pier."
COPIED = "The Wendmouth council voted on Monday to rebuild the old pier."
SEAMED = "The Wendmouth council voted 12 to 3 on Monday to rebuild the old pier on the pier."
REPHRASED = "Councillors in Wendmouth voted to rebuild the pier."


def attributed(text: str) -> Attribution:
    """By the rules, made from one sentence."""
    return attribute(text, [Sentence(0, 0, Span(0, len(SOURCE)), SOURCE)], TUNING)


def check_of(text: str, judgement: Judgement | None, *, headline: bool = False) -> Check | None:
    """The check that rules and verifier report."""
    verdict = judged(attributed(text), judgement, TUNING, headline=headline)
    return verdict.check if verdict else None


def test_without_a_verifier_the_rules_decide_alone() -> None:
    """Other words are no words of the source."""
    assert check_of(COPIED, None) is None
    assert check_of(REPHRASED, None) is Check.SUPPORT


def test_a_verifier_that_does_not_doubt_excuses_other_words() -> None:
    """It is believed of a sentence in other words; below its line the rules have the word."""
    assert attributed(REPHRASED).support < TUNING.reworded_below
    assert check_of(REPHRASED, SURE) is None
    assert check_of(REPHRASED, Judgement(TUNING.reworded_trust, 1.0)) is None
    assert check_of(REPHRASED, Judgement(TUNING.reworded_trust - 0.01, 1.0)) is Check.SUPPORT


def test_of_a_sentence_with_hardly_a_word_of_its_evidence_it_must_be_sure() -> None:
    """That is another sentence, not the same in other words."""
    other = "Sailors cheered when the ferry came home."
    assert attributed(other).support < TUNING.reworded_from
    almost = Judgement(TUNING.min_trust - 0.01, 1.0)
    assert check_of(other, almost) is Check.SUPPORT


def test_a_headline_is_never_taken_for_reworded() -> None:
    """It has few words and leaves many out: the verifier must be sure of it."""
    almost = Judgement(TUNING.min_trust - 0.01, 1.0)
    assert check_of(REPHRASED, almost, headline=True) is Check.SUPPORT
    assert check_of(REPHRASED, SURE, headline=True) is None


def test_of_its_sources_own_words_the_verifier_must_be_sure() -> None:
    """Also to excuse an order of them that no source has."""
    found = attributed(SEAMED)
    assert found.verdict is not None
    assert found.support >= TUNING.reworded_below
    assert check_of(SEAMED, Judgement(TUNING.min_trust - 0.01, 1.0)) is found.verdict.check
    assert check_of(COPIED, Judgement(TUNING.min_trust - 0.01, 1.0)) is Check.VERIFIER


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("Councillors in Wendmouth backed the reconstruction by 13 to 2.", Check.NUMBER),
        ("Councillors in Dalbeck backed the reconstruction of the pier.", Check.NAME),
        ("Councillors in Wendmouth backed the reconstruction on Friday.", Check.NUMBER),
        ("Councillors in Wendmouth did not back the reconstruction.", Check.POLARITY),
        ("Councillors in Wendmouth said “we back the pier.”", Check.QUOTE),
    ],
)
def test_nothing_excuses_a_wrong_fact(text: str, check: Check) -> None:
    """However sure the verifier is."""
    assert check_of(text, SURE) is check


def test_doubt_is_a_veto_and_says_how_much() -> None:
    """Of what every rule lets pass."""
    verdict = judged(attributed(COPIED), Judgement(0.25, 1.0), TUNING)
    assert verdict is not None
    assert (verdict.check, verdict.found) == (Check.VERIFIER, "0.25")


def test_a_sentence_that_is_not_whole_is_not_shown_and_a_headline_need_not_be() -> None:
    """Though its source bears it out."""
    torn = Judgement(1.0, TUNING.min_wholeness - 0.01)
    assert check_of(COPIED, torn) is Check.FORM
    assert check_of(COPIED, torn, headline=True) is None
