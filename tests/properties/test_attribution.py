"""What holds for any sentence and any sources."""

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsfold.pipeline.attribute import attribute, evidence_for
from newsfold.pipeline.checks import FACT_CHECKS, WORD_CHECKS, CheckFunction, Draft
from newsfold.pipeline.tuning import AttributeTuning
from newsfold.pipeline.types import Sentence, Span

words = st.sampled_from(
    ["The", "ferry", "struck", "a", "wall", "Port Callan", "30", "thirty", "$1.5bn", "at least",
     "not", "denied", "allegedly", "on Tuesday", "“We", "knew,”", "said", "Joanna Rusk", ",", "who",
     "was", "fined", "and", "No. 5", "(R-Ind.)", "naïve", "東京", "."]
)  # fmt: skip
texts = st.one_of(st.lists(words, min_size=1, max_size=25).map(" ".join), st.text(min_size=1))
source_texts = st.lists(texts, min_size=1, max_size=5)


def numbered(found: list[str]) -> list[Sentence]:
    """Each text as the only sentence of its article."""
    return [Sentence(i, 0, Span(0, len(text)), text) for i, text in enumerate(found)]


@settings(max_examples=300, deadline=None)
@given(source_texts, st.data())
def test_a_sentence_of_the_sources_is_fully_supported(
    found: list[str], data: st.DataObject
) -> None:
    """Whatever it says, nothing is held against it."""
    attribution = attribute(data.draw(st.sampled_from(found)), numbered(found), AttributeTuning())
    assert (attribution.support, attribution.verdict) == (1.0, None)


@settings(max_examples=300, deadline=None)
@given(texts, source_texts)
def test_support_and_scores_are_shares_and_evidence_is_best_first(
    text: str, found: list[str]
) -> None:
    """And there is always some."""
    attribution = attribute(text, numbered(found), AttributeTuning())
    scores = [evidence.score for evidence in attribution.evidence]
    assert 0.0 <= attribution.support <= 1.0
    assert scores == sorted(scores, reverse=True)
    assert scores
    assert all(0.0 <= score <= 1.0 for score in scores)


@settings(max_examples=300, deadline=None)
@given(texts, source_texts, st.randoms())
def test_the_order_of_candidates_does_not_change_the_evidence(
    text: str, found: list[str], random: Random
) -> None:
    """Ties go to the earlier article."""
    candidates = numbered(found)
    shuffled = list(candidates)
    random.shuffle(shuffled)
    tuning = AttributeTuning()
    assert evidence_for(text, candidates, tuning) == evidence_for(text, shuffled, tuning)


@pytest.mark.parametrize(
    "part",
    [
        "a ", "not ", "The ", "said ", "Ab said Cd ", "“", '"', "two hundred ", "1,000 ", "1.1.1 ",
        "over the age of ", "one in five ", "late on last ", "Ab, b ", "may be ", "unless all ",
        "e\u0301\u0301",
    ],
)  # fmt: skip
def test_checking_does_not_grow_with_the_square_of_a_sentence(part: str) -> None:
    """Four times the text takes about four times as long in each check, never sixteen."""
    for check in (*FACT_CHECKS, *WORD_CHECKS):
        short, long = (_seconds(check, part, length) for length in (2_000, 8_000))
        assert long < max(10 * short, 0.3), check


def _seconds(check: CheckFunction, part: str, length: int) -> float:
    """Processor time, the least of three runs over different texts, since results are cached."""
    found = []
    for run in range(3):
        text = ("x " * run + part * length)[:length]
        start = time.process_time()
        check(Draft(text, (text[1:], f"x{text}")), AttributeTuning())
        found.append(time.process_time() - start)
    return min(found)
