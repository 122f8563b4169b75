"""How much two articles are about the same event: an n x n matrix, from four views of each pair."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from newsfold.pipeline import foreign
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

    A blend of embedding cosine and the TF-IDF cosines of lead and text, less what the two owe to
    their field (see `cohort`; without one nothing); by words alone where the encoder does not read
    the language, and 0 between two languages it cannot compare. Less a penalty for days between,
    which a pair with a missing date has not. Each entry depends on its two articles only.
    """
    leads = [f"{a.article.title}. {lead(a, tuning.lead_words)}" for a in articles]
    texts = [lead(a, tuning.text_words) for a in articles]
    blend = tuning.embedding_weight * (vectors @ vectors.T)
    blend += tuning.lead_weight * _tfidf_cosine(leads)
    blend += tuning.text_weight * _tfidf_cosine(texts)
    if cohort is not None:
        common = commonness(vectors, cohort, tuning.nearest_strangers) - tuning.usual_commonness
        blend -= tuning.commonness_weight * (common[:, None] + common[None, :]) / 2
    _compare_by_words(blend, articles, leads, texts, tuning)
    blend -= tuning.penalty_a_day * np.clip(
        _days_apart(articles) - tuning.free_days, 0.0, tuning.penalised_days
    )
    return np.asarray((blend + blend.T) / 2, dtype=np.float32)


def _compare_by_words(
    blend: NDArray[np.float32],
    articles: Sequence[CleanArticle],
    leads: Sequence[str],
    texts: Sequence[str],
    tuning: StoryTuning,
) -> None:
    """Put into `blend` what holds for pairs with an article that the encoder does not read."""
    languages = np.array([article.language for article in articles])
    unread = np.array([not tuning.reads(article.language) for article in articles])
    if not unread.any():
        return
    rows: list[int] = np.flatnonzero(unread | (languages == "")).tolist()
    cosine = sum(
        weight * _product(foreign.word_vectors([of[i] for i in rows], languages[rows].tolist()))
        for weight, of in ((tuning.words_lead_weight, leads), (1 - tuning.words_lead_weight, texts))
    )
    alike = np.minimum(1.0, tuning.words_base + tuning.words_weight * cosine)
    inside = np.ix_(rows, rows)
    blend[inside] = np.where(unread[rows][:, None] | unread[rows][None, :], alike, blend[inside])
    told = languages != ""
    apart = (languages[:, None] != languages[None, :]) & told[:, None] & told[None, :]
    blend[apart & (unread[:, None] | unread[None, :])] = 0.0


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
    return foreign.unit_rows(matrix)


def _tfidf_cosine(texts: Sequence[str]) -> NDArray[np.float32]:
    """TF-IDF cosine of the texts against each other, shape (n, n)."""
    return _product(tfidf(texts))


def _product(unit: sparse.csr_matrix) -> NDArray[np.float32]:
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
