"""Which articles may tell the same story: TF-IDF neighbours, close in time.

Knows articles only; what their sentences share is `training.fusion`'s business.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from training.archive import Article

_BLOCK = 512
_FEW_ARTICLES = 50


@dataclass(frozen=True)
class NeighbourSettings:
    """`lead_words` of the text and the title are compared; undated articles match any date."""

    lead_words: int
    min_similarity: float
    most: int
    days_apart: int


def neighbours(
    articles: Sequence[Article], settings: NeighbourSettings
) -> list[list[tuple[int, float]]]:
    """For each article its nearest others as (index, cosine), nearest first.

    Cosines are computed in blocks of rows, so memory is bounded by 512 x articles.
    """
    most_articles = max(_FEW_ARTICLES, len(articles) // 10)  # above it a word says nothing
    vectors = TfidfVectorizer(
        sublinear_tf=True, min_df=2, max_df=most_articles, stop_words="english", dtype=np.float32
    ).fit_transform(_lead(article, settings.lead_words) for article in articles)
    days = np.array(
        [article.published.toordinal() if article.published else -1 for article in articles]
    )
    transposed = sparse.csc_matrix(vectors.T)
    found: list[list[tuple[int, float]]] = []
    for start in range(0, len(articles), _BLOCK):
        cosines = (vectors[start : start + _BLOCK] @ transposed).toarray()
        for offset, row in enumerate(cosines):
            found.append(_nearest(row, start + offset, days, settings))
    return found


def _nearest(
    cosines: np.ndarray, own: int, days: np.ndarray, settings: NeighbourSettings
) -> list[tuple[int, float]]:
    cosines[own] = 0.0
    candidates = np.flatnonzero(cosines >= settings.min_similarity)
    if days[own] >= 0:
        apart = np.abs(days[candidates] - days[own])
        candidates = candidates[(apart <= settings.days_apart) | (days[candidates] < 0)]
    order = candidates[np.argsort(-cosines[candidates], kind="stable")][: settings.most]
    return [(int(index), float(cosines[index])) for index in order]


def _lead(article: Article, lead_words: int) -> str:
    return article.title + " " + " ".join(article.text.split()[:lead_words])
