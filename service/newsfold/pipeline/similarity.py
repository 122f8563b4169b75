"""How much two articles are about the same event: an n x n matrix, from four views of each pair."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from newsfold.pipeline.cohort import commonness
from newsfold.pipeline.facts import content_words
from newsfold.pipeline.frequencies import idf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.tuning import StoryTuning
    from newsfold.pipeline.types import CleanArticle, Vectors

_SECONDS_A_DAY = 86_400.0


def lead(article: CleanArticle, words: int) -> str:
    """The title and the first words of the clean text."""
    text = " ".join(sentence.text for sentence in article.sentences[: words // 3])
    return f"{article.article.title}. {' '.join(text.split()[:words])}"


def similarity(
    articles: Sequence[CleanArticle],
    vectors: Vectors,
    tuning: StoryTuning,
    cohort: Vectors | None = None,
) -> NDArray[np.float32]:
    """Symmetric, about 0..1, shape (n, n).

    A blend of embedding cosine and the TF-IDF cosines of lead and text, less a penalty for days
    between (a pair with a missing date has none) and less what the two owe to their field (see
    `cohort`; without one nothing). Each entry depends on its two articles only.
    """
    leads = [f"{a.article.title}. {lead(a, tuning.lead_words)}" for a in articles]
    texts = [lead(a, tuning.text_words) for a in articles]
    blend = tuning.embedding_weight * (vectors @ vectors.T)
    blend += tuning.lead_weight * _tfidf_cosine(leads)
    blend += tuning.text_weight * _tfidf_cosine(texts)
    blend -= tuning.penalty_a_day * np.clip(
        _days_apart(articles) - tuning.free_days, 0.0, tuning.penalised_days
    )
    if cohort is not None:
        common = commonness(vectors, cohort, tuning.nearest_strangers) - tuning.usual_commonness
        blend -= tuning.commonness_weight * (common[:, None] + common[None, :]) / 2
    return np.asarray((blend + blend.T) / 2, dtype=np.float32)


def tfidf(texts: Sequence[str]) -> sparse.csr_matrix:
    """(1 + log tf) * idf of content words, rows of unit length, shape (n, words)."""
    vocabulary: dict[str, int] = {}
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for text in texts:
        for stem, count in sorted(Counter(content_words(text)).items()):
            columns.append(vocabulary.setdefault(stem, len(vocabulary)))
            values.append((1.0 + math.log(count)) * idf(stem))
        ends.append(len(columns))
    matrix = sparse.csr_matrix(
        (values, columns, ends), shape=(len(texts), max(1, len(vocabulary))), dtype=np.float32
    )
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = sparse.diags(1.0 / np.maximum(norms, 1e-9))
    return sparse.csr_matrix(scale @ matrix, dtype=np.float32)


def _tfidf_cosine(texts: Sequence[str]) -> NDArray[np.float32]:
    """TF-IDF cosine of the texts against each other, shape (n, n)."""
    unit = tfidf(texts)
    return np.asarray((unit @ unit.T).todense(), dtype=np.float32)


def _days_apart(articles: Sequence[CleanArticle]) -> NDArray[np.float32]:
    """Days between publication, 0 where a date is missing, shape (n, n)."""
    days = np.array(
        [
            a.article.published.timestamp() / _SECONDS_A_DAY if a.article.published else np.nan
            for a in articles
        ]
    )
    apart = np.nan_to_num(np.abs(days[:, None] - days[None, :]))
    return np.asarray(apart, dtype=np.float32)
