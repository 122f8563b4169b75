"""Reports of a series that share their wording and not their facts: last week's figures and these.

An agency fills in a form: the names and the numbers change and the words between them do not. Two
reports of one event do not share so many words unless one is a copy of the other, and a copy, or an
update, shares the names as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline.facts import STOPWORDS, tokens
from newsfold.pipeline.folding import folded
from newsfold.pipeline.shingles import shared, shingles
from newsfold.pipeline.views import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.tuning import StoryTuning
    from newsfold.pipeline.types import CleanArticle

NAME = re.compile(r"(?<=[\w,;:] )[A-Z][\w'’]+")
"""A capital inside a sentence."""
_QUOTED = re.compile(r"[“\"][^“”\"]{10,}[”\"]")
"""Left out: two reports of one speech share what it says."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the opening of an article tells, as words."""

    stated: frozenset[str]
    """Names and numbers."""
    words: frozenset[str]


def by_wording(articles: Sequence[CleanArticle], tuning: StoryTuning) -> NDArray[np.intp]:
    """Pairs of positions, the lower first, of two events of one series, shape (pairs, 2).

    The share of the longer opening's runs of words that both have, times the share of names and
    numbers that the other lacks, of the one that lacks less, is at least `series_apart`.
    """
    texts = [_QUOTED.sub("", text_of(article)) for article in articles]
    runs = [shingles(tokens(text), tuning.series_run) for text in texts]
    sizes = np.array([len(found) for found in runs])
    counts = np.triu(shared(runs), k=1)
    first, second = np.nonzero(counts)
    wording = counts[first, second] / np.maximum(sizes[first], sizes[second])
    enough = np.minimum(sizes[first], sizes[second]) >= tuning.series_words
    alike = enough & (wording >= tuning.series_apart)
    pairs = np.stack([first[alike], second[alike]], axis=1).astype(np.intp)
    facts = {i: _facts(articles[i]) for i in np.unique(pairs).tolist()}
    differ = [
        min(_lacked(facts[a], facts[b], tuning), _lacked(facts[b], facts[a], tuning))
        for a, b in pairs.tolist()
    ]
    apart = wording[alike] * np.array(differ, dtype=np.float64) >= tuning.series_apart
    return np.asarray(pairs[apart])


def _facts(article: CleanArticle) -> _Facts:
    text = text_of(article)
    words = frozenset((*tokens(text), *folded(text)))
    names = folded(" ".join(NAME.findall(text[len(article.article.title.strip()) :])))
    numbers = (word for word in words if word[0].isdigit())
    return _Facts(frozenset((*names, *numbers)) - STOPWORDS, words)


def _lacked(one: _Facts, other: _Facts, tuning: StoryTuning) -> float:
    """The share of what `one` states that `other` does not tell; 0 if that is little."""
    own = len(one.stated - other.words)
    enough = own >= max(1, min(tuning.series_least, len(one.stated)))
    return own / len(one.stated) if enough else 0.0
