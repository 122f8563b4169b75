"""How much two articles are about the same event: an n x n matrix, from four views of each pair."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline import foreign, templates
from newsfold.pipeline.cohort import commonness
from newsfold.pipeline.facts import content_words
from newsfold.pipeline.frequencies import idf
from newsfold.pipeline.time_apart import days_apart
from newsfold.pipeline.views import opening, opening_words, title_of
from newsfold.pipeline.word_matrix import unit_rows, word_matrix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from newsfold.pipeline.tuning import StoryTuning
    from newsfold.pipeline.types import CleanArticle, Vectors
    from newsfold.pipeline.views import ArticleVectors


def similarity(
    articles: Sequence[CleanArticle],
    vectors: ArticleVectors,
    tuning: StoryTuning,
    cohort: Vectors | None = None,
) -> NDArray[np.float32]:
    """Symmetric, about 0..1, shape (n, n).

    A blend of four views, less what the two owe to their field (see `cohort`; without one
    nothing); by words alone where the encoder does not read the language, and 0 between two
    languages it cannot compare. Less a penalty for days between, which a pair with a missing date
    has not, and one for titles of one template. Each entry depends on its two articles only.
    """
    blend = np.zeros((len(articles), len(articles)), dtype=np.float32)
    for weight, view in views(articles, vectors, tuning):
        blend += weight * view
    if cohort is not None:
        common = commonness(vectors.texts, cohort, tuning.nearest_strangers)
        owed = tuning.commonness_weight * (common - tuning.usual_commonness)
        blend -= (owed[:, None] + owed[None, :]) / 2
    _compare_by_words(blend, articles, tuning)
    blend -= tuning.penalty_a_day * np.clip(
        days_apart(articles) - tuning.free_days, 0.0, tuning.penalised_days
    )
    apart = templates.rivals(articles, tuning)
    blend[apart] = np.minimum(blend[apart], 1.0 - tuning.loose_distance - tuning.template_margin)
    return np.asarray((blend + blend.T) / 2, dtype=np.float32)


def views(
    articles: Sequence[CleanArticle], vectors: ArticleVectors, tuning: StoryTuning
) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """What two articles have in common, 0..1, each with its weight; one matrix at a time.

    Cosine of their vectors, of their words and of their titles' vectors, and how much of each
    one's title the other tells.
    """
    words = [opening_words(article, tuning.text_words) for article in articles]
    yield tuning.embedding_weight, np.asarray(vectors.texts @ vectors.texts.T)
    yield tuning.words_weight, _product(tfidf(words))
    yield tuning.title_weight, np.asarray(vectors.titles @ vectors.titles.T)
    yield tuning.told_weight, _told([title_of(article) for article in articles], words)


def _told(titles: Sequence[str], words: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """The share of a title's words, by how rare they are, that the other has; both ways."""
    asked = [{stem: idf(stem) for stem in content_words(title)} for title in titles]
    in_titles = frozenset().union(*asked)
    given = [dict.fromkeys(in_titles.intersection(text), 1.0) for text in words]
    both = word_matrix([*asked, *given])
    asking, giving = both[: len(titles)], both[len(titles) :]
    totals = np.maximum(np.asarray(asking.sum(axis=1)), 1e-9)
    shares = np.asarray((asking @ giving.T).todense(), dtype=np.float32) / totals
    return np.asarray((shares + shares.T) / 2, dtype=np.float32)


def _compare_by_words(
    blend: NDArray[np.float32], articles: Sequence[CleanArticle], tuning: StoryTuning
) -> None:
    """Put into `blend` what holds for pairs with an article that the encoder does not read."""
    languages = np.array([article.language for article in articles])
    unread = np.array([not tuning.reads(article.language) for article in articles])
    if not unread.any():
        return
    told = languages != ""
    rows: list[int] = np.flatnonzero(unread | ~told).tolist()
    cosine = sum(
        weight
        * _product(
            foreign.word_vectors(
                [opening(articles[i], words) for i in rows], languages[rows].tolist()
            )
        )
        for weight, words in (
            (tuning.foreign_lead_weight, tuning.lead_words),
            (1 - tuning.foreign_lead_weight, tuning.text_words),
        )
    )
    alike = np.minimum(1.0, tuning.foreign_base + tuning.foreign_weight * cosine)
    inside = np.ix_(rows, rows)
    blend[inside] = np.where(unread[rows][:, None] | unread[rows][None, :], alike, blend[inside])
    apart = (languages[:, None] != languages[None, :]) & told[:, None] & told[None, :]
    blend[apart & (unread[:, None] | unread[None, :])] = 0.0


def tfidf(words: Iterable[Sequence[str]]) -> sparse.csr_matrix:
    """(1 + log tf) * idf of the content words of texts, rows of unit length, shape (n, words)."""
    return unit_rows(word_matrix(_weights(Counter(text)) for text in words))


def _weights(counts: Mapping[str, int]) -> dict[str, float]:
    return {
        stem: idf(stem) if n == 1 else (1.0 + math.log(n)) * idf(stem) for stem, n in counts.items()
    }


def _product(unit: sparse.csr_matrix) -> NDArray[np.float32]:
    return np.asarray((unit @ unit.T).todense(), dtype=np.float32)
