"""The labelled pairs of sentences and how answers to them are scored."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.overlap import agreement, best, content_hash, read_pairs, stories_of

if TYPE_CHECKING:
    from pathlib import Path

SAME = np.array([True, True, False, False])


def test_there_are_200_pairs_of_different_articles_and_both_labels() -> None:
    """No pair twice, and no pair within one article."""
    pairs = read_pairs()
    assert len(pairs) == len({(pair.story, pair.places) for pair in pairs}) == 200
    assert all(pair.places[0][0] != pair.places[1][0] for pair in pairs)
    assert 40 <= sum(pair.same for pair in pairs) <= 160


@pytest.mark.corpus
def test_the_labelled_sentences_are_still_the_ones_that_were_read(corpora: Path) -> None:
    """A change of the splitter or the cleaning is noticed."""
    assert corpora
    pairs = read_pairs()
    told = stories_of(pairs)
    assert len(told) == len({pair.story for pair in pairs})


def test_a_sentence_is_known_by_its_text() -> None:
    """One letter more is another sentence."""
    assert len({content_hash(text) for text in ("It rained.", "It rains.", "It rained..")}) == 3


def test_agreement_counts_right_answers_among_given_and_wanted() -> None:
    """Two of three answers are right, and both of what was wanted is found."""
    scores = agreement(np.array([True, True, True, False]), SAME)
    assert scores.precision == pytest.approx(2 / 3)
    assert scores.recall == 1.0
    assert scores.f1 == pytest.approx(0.8)


def test_silence_scores_nothing() -> None:
    """No answer, no division by zero."""
    scores = agreement(np.zeros(4, dtype=bool), SAME)
    assert (scores.precision, scores.recall, scores.f1) == (0.0, 0.0, 0.0)


def test_a_peer_gets_the_threshold_that_is_best_for_it() -> None:
    """No other threshold has a higher F1."""
    similarity = np.array([0.9, 0.4, 0.5, 0.1], dtype=np.float32)
    found = best(similarity, SAME)
    assert found == agreement(similarity >= np.float32(0.4), SAME)
    assert all(
        agreement(similarity >= (a + b) / 2, SAME).f1 <= found.f1
        for a, b in pairwise(sorted(similarity))
    )
