"""Reports of a series that share their wording and not their facts: last week's figures and these.

An agency fills in a form: the names and the numbers change and the words between them do not. Two
reports of one event do not share so many words unless one is a copy of the other, and a copy, or an
update, shares the names as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline.facts import STOPWORDS, quotations, tokens
from newsfold.pipeline.folding import folded, folded_names
from newsfold.pipeline.shingles import shared, shingles
from newsfold.pipeline.time_apart import days_of
from newsfold.pipeline.views import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.tuning import StoryTuning
    from newsfold.pipeline.types import CleanArticle

_LANGUAGES = frozenset(("en", ""))
"""In which capitals inside a sentence are names: in German they are nouns."""
_TWO = 2
"""Facts: one figure that changes is an update."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the opening of an article tells, as words."""

    stated: frozenset[str]
    """Names and numbers."""
    lead: frozenset[str]
    """Those of the first half of it."""
    words: frozenset[str]


def by_wording(articles: Sequence[CleanArticle], tuning: StoryTuning) -> NDArray[np.intp]:
    """Pairs of positions, the lower first, of two events of one series, shape (pairs, 2).

    The share of the longer opening's runs of words that both have, times the share of names and
    numbers that the other lacks, of the one that lacks less, is at least `series_apart`. Each has
    such a fact in its first half, as a report that goes on with a story has not, and where less
    than `series_wording` is shared nearly all of its facts are such. What is said again word for
    word more than `near_days` later, a notice, is of another day.
    """
    texts = [_unquoted(a) if a.language in _LANGUAGES else "" for a in articles]
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
    common, lacking = wording[alike], np.array(differ, dtype=np.float64)
    apart = (common * lacking >= tuning.series_apart) & (
        (common >= tuning.series_wording) | (lacking >= tuning.series_all)
    )
    days = days_of(articles)
    far = np.abs(days[pairs[:, 0]] - days[pairs[:, 1]]) > tuning.near_days
    return np.asarray(pairs[apart | (far & (common >= tuning.near_jaccard))])


def _facts(article: CleanArticle) -> _Facts:
    text = text_of(article)
    words = frozenset((*tokens(text), *folded(text)))
    told = text[len(article.article.title.strip()) :]
    stated = _stated(told) | _numbers(text)
    return _Facts(stated, stated & _stated(told[: len(told) // 2]), words)


def _stated(text: str) -> frozenset[str]:
    """Its names, and its numbers."""
    return frozenset(folded_names(text)) - STOPWORDS | _numbers(text)


def _numbers(text: str) -> frozenset[str]:
    return frozenset(word for word in tokens(text) if word[0].isdigit())


def _unquoted(article: CleanArticle) -> str:
    """Its opening without what others say: two reports of one speech share that."""
    text = text_of(article)
    for said in quotations(text):
        text = text.replace(said, "")
    return text


def _lacked(one: _Facts, other: _Facts, tuning: StoryTuning) -> float:
    """The share of what `one` states that `other` does not tell; 0 if that is little."""
    own = one.stated - other.words
    enough = len(own) >= max(_TWO, min(tuning.series_least, len(one.stated)))
    return len(own) / len(one.stated) if enough and own & one.lead else 0.0
