"""Clusterings of articles that know nothing of Newsfold, and the scores of any clustering.

A clustering is one label an article. Peers that need a threshold are given the one that is best on
the very set they are judged on: an advantage that no service has.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.cluster import HDBSCAN
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score

from newsfold.pipeline.bcubed import bcubed

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.types import Vectors

_THRESHOLDS = np.arange(0.30, 0.96, 0.02)


@dataclass(frozen=True, slots=True)
class Scores:
    """Agreement of a clustering with the gold one."""

    precision: float
    """BCubed (Bagga and Baldwin 1998), 0..1."""
    recall: float
    f1: float
    rand: float
    """Adjusted Rand index."""
    wrong_merges: int
    """Clusters that hold articles of more than one story."""


def score(found: Sequence[Hashable], gold: Sequence[Hashable]) -> Scores:
    """Scores of one label an article against another."""
    agreement = bcubed(found, gold)
    stories: dict[Hashable, set[Hashable]] = defaultdict(set)
    for f, g in zip(found, gold, strict=True):
        stories[f].add(g)
    return Scores(
        agreement.precision,
        agreement.recall,
        agreement.f1,
        float(adjusted_rand_score(_numbered(gold), _numbered(found))),
        sum(len(held) > 1 for held in stories.values()),
    )


def peers(
    texts: Sequence[str], vectors: Vectors, gold: Sequence[Hashable]
) -> Iterator[tuple[str, Scores]]:
    """Each peer at its own best on this set. `vectors` are unit embeddings of the texts."""
    tfidf = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)
    word_distance = 1.0 - np.asarray((tfidf @ tfidf.T).todense(), dtype=np.float64)
    meaning_distance = 1.0 - (vectors @ vectors.T).astype(np.float64)
    yield "TF-IDF + average linkage, own best", _best_cut(word_distance, gold)
    yield "MiniLM + average linkage, own best", _best_cut(meaning_distance, gold)
    yield "MiniLM + HDBSCAN", score(_hdbscan(meaning_distance), gold)
    yield "TF-IDF + greedy threshold, own best", _best_greedy(1.0 - word_distance, gold)


def _best_cut(distance: NDArray[np.float64], gold: Sequence[Hashable]) -> Scores:
    clean = np.clip((distance + distance.T) / 2, 0.0, 2.0)
    np.fill_diagonal(clean, 0.0)
    tree = linkage(squareform(clean, checks=False), method="average")
    found = (score(fcluster(tree, t, "distance").tolist(), gold) for t in _THRESHOLDS)
    return max(found, key=lambda scores: scores.f1)


def _hdbscan(distance: NDArray[np.float64]) -> list[Hashable]:
    """Noise articles stay alone."""
    clean = np.clip(distance, 0.0, 2.0)
    labels = HDBSCAN(min_cluster_size=2, metric="precomputed", copy=True).fit_predict(clean)
    return [("alone", i) if label < 0 else int(label) for i, label in enumerate(labels)]


def _best_greedy(similarity: NDArray[np.float64], gold: Sequence[Hashable]) -> Scores:
    """As feed readers do it: an article joins the first story whose first article is near."""
    found = (score(_greedy(similarity, 1.0 - t), gold) for t in _THRESHOLDS)
    return max(found, key=lambda scores: scores.f1)


def _greedy(similarity: NDArray[np.float64], least: float) -> list[Hashable]:
    firsts: list[int] = []
    labels: list[Hashable] = []
    for i in range(len(similarity)):
        near = np.flatnonzero(similarity[i, firsts] >= least)
        if near.size:
            labels.append(int(near[0]))
        else:
            labels.append(len(firsts))
            firsts.append(i)
    return labels


def _numbered(labels: Sequence[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(label, len(numbers)) for label in labels]
