"""Phrases that several sources of a story use, and how much of them a sentence adds to others.

A phrase is two words in a row, stemmed. What many sources say in the same words is what the story
is about: covering it is the aim of summarisation by concepts (Gillick and Favre 2009).
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline.facts import stems
from newsfold.pipeline.word_matrix import word_matrix

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.tuning import SelectTuning
    from newsfold.pipeline.types import CleanArticle


class SharedPhrases:
    """The shared phrases of some texts, and which of them have been told."""

    def __init__(
        self,
        texts: Sequence[str],
        articles: Sequence[CleanArticle],
        source_of: Mapping[int, int],
        tuning: SelectTuning,
    ) -> None:
        """`articles` are those of the story; with one source there is nothing shared."""
        sources = len({source_of[article.index] for article in articles})
        doublings = math.log2(min(sources, tuning.phrase_sources))
        self.weight = tuning.phrase_weight * doublings
        """Of what a text adds, among what else counts for it."""
        weights = _weights(articles, source_of, sources, tuning)
        own = ({p: weights[p] for p in phrases(text) if p in weights} for text in texts)
        self._held = word_matrix(own)
        lengths = np.array([max(tuning.min_words, len(text.split())) for text in texts])
        self._scale = lengths**-tuning.phrase_length_power
        self._untold = np.ones(self._held.shape[1], np.float32)
        self._most = max(float(self._added().max(initial=0.0)), 1e-9)

    def added(self) -> NDArray[np.float64]:
        """What each text has of phrases that are not told yet, shape (texts,).

        1 is what the text that has the most of all had before anything was told.
        """
        return self._added() / self._most

    def tell(self, text: int) -> None:
        """The text at this position is told, and what it has adds nothing more."""
        row = slice(*self._held.indptr[text : text + 2])
        self._untold[self._held.indices[row]] = 0.0

    def _added(self) -> NDArray[np.float64]:
        return np.asarray(self._held @ self._untold, dtype=np.float64) * self._scale


def phrases(text: str) -> frozenset[str]:
    """Two words in a row, stemmed, with a space between."""
    return frozenset(map(" ".join, pairwise(stems(text))))


def _weights(
    articles: Sequence[CleanArticle],
    source_of: Mapping[int, int],
    sources: int,
    tuning: SelectTuning,
) -> dict[str, float]:
    """Of each phrase that two sources have; it counts more where sources open with it.

    The first source is no evidence that a phrase is shared: the share is of the others.
    """
    said = _sources(((a, s.text) for a in articles for s in a.sentences), source_of)
    opened = _sources(
        ((a, s.text) for a in articles for s in a.sentences[: tuning.opening_sentences]), source_of
    )
    return {
        phrase: (count - 1) / (sources - 1)
        + tuning.opening_phrase_weight * opened[phrase] / sources
        for phrase, count in said.items()
        if count > 1
    }


def _sources(
    texts: Iterable[tuple[CleanArticle, str]], source_of: Mapping[int, int]
) -> Counter[str]:
    """In how many sources each phrase is."""
    found: dict[int, set[str]] = {}
    for article, text in texts:
        found.setdefault(source_of[article.index], set()).update(phrases(text))
    return Counter(phrase for own in found.values() for phrase in own)
