"""Clusterings of articles that know nothing of Newsfold, and the scores of any clustering.

A clustering is one label an article. Peers are given the settings that are best on the very set
they are judged on, an advantage that no service has: thresholds, all that HDBSCAN can be set to,
and for TF-IDF how much of a text it reads.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.cluster import HDBSCAN
from sklearn.cluster._hdbscan._tree import _condense_tree, tree_to_labels
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score

from newsfold.pipeline.bcubed import bcubed

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Hashable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.gold import GoldSet

Distances: TypeAlias = "NDArray[np.float32]"
"""Symmetric, shape (n, n), 0 on the diagonal."""
_Grouping: TypeAlias = "tuple[str, Sequence[Hashable]]"
"""What a peer was set to, and its label of each article."""

_THRESHOLDS = np.round([*np.arange(0.10, 0.90, 0.02), *np.arange(0.90, 0.991, 0.005)], 3)
"""Distances, finer where TF-IDF has its best ones."""
_MIN_SAMPLES = (1, 2, 5)
_MIN_CLUSTER_SIZES = (2, 3, 5, 10, 20)
_EPSILONS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


@dataclass(frozen=True, slots=True)
class Scores:
    """Agreement of a clustering with the gold one."""

    precision: float
    """BCubed (Bagga and Baldwin 1998), 0..1."""
    recall: float
    f1: float
    rand: float
    """Adjusted Rand index."""
    wrong_merges: float
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


def peers(parts: Sequence[GoldSet], *, each: bool) -> Iterator[tuple[str, list[Scores]]]:
    """The scores of each peer on each part of a setting.

    Its settings are those with the best mean F1 over the parts or, with `each`, the best of each
    part.
    """
    for name, groupings in _PEERS.items():
        curves = [
            {setting: score(labels, part.gold) for setting, labels in groupings(part)}
            for part in parts
        ]
        if each:
            yield name, [max(curve.values(), key=lambda scores: scores.f1) for curve in curves]
        else:
            everywhere = set.intersection(*(set(curve) for curve in curves))
            best = max(sorted(everywhere), key=lambda s: statistics.mean(c[s].f1 for c in curves))
            yield name, [curve[best] for curve in curves]


def _words_and_linkage(part: GoldSet) -> Iterator[_Grouping]:
    for read, distance in _word_distances(part):
        yield from ((f"{read}, {t}", labels) for t, labels in _cuts(distance))


def _meaning_and_linkage(part: GoldSet) -> Iterator[_Grouping]:
    yield from _cuts(_meaning_distance(part))


def _words_and_greedy(part: GoldSet) -> Iterator[_Grouping]:
    """As feed readers do it: an article joins the first story whose first article is near."""
    for read, distance in _word_distances(part):
        yield from ((f"{read}, {t}", _greedy(distance, float(t))) for t in _THRESHOLDS)


def _meaning_and_hdbscan(part: GoldSet) -> Iterator[_Grouping]:
    """Noise articles stay alone.

    The tree depends on `min_samples` alone and is made once for each, by HDBSCAN itself; the other
    settings are cuts of it.
    """
    distance = _meaning_distance(part).astype(np.float64)
    for samples in _MIN_SAMPLES:
        if samples > len(distance):
            continue
        model = HDBSCAN(min_cluster_size=2, min_samples=samples, metric="precomputed", copy=True)
        tree = model.fit(distance)._single_linkage_tree_
        for size in _MIN_CLUSTER_SIZES:
            labels, _ = tree_to_labels(tree, size, "eom")
            yield f"{samples}, {size}, eom", _noise_alone(labels.tolist())
            for epsilon in _EPSILONS:
                yield f"{samples}, {size}, {epsilon}", _noise_alone(leaves(tree, size, epsilon))


def leaves(tree: NDArray[np.void], size: int, epsilon: float) -> list[int]:
    """HDBSCAN's leaf clusters, those that part below a distance joined; -1 for noise.

    What `cluster_selection_epsilon` does (Malzer and Baum 2020); that of scikit-learn 1.9 fails
    with NumPy 2.4. `tree` is a single linkage tree of HDBSCAN.
    """
    condensed = _condense_tree(tree, size)
    root = int(condensed["parent"].min())
    clusters = condensed[condensed["cluster_size"] > 1]
    parent = dict(zip(clusters["child"].tolist(), clusters["parent"].tolist(), strict=True))
    born = dict(zip(clusters["child"].tolist(), (1 / clusters["value"]).tolist(), strict=True))
    chosen = set()
    for leaf in parent.keys() - set(parent.values()):
        top = leaf
        while born[top] < epsilon and parent[top] != root:
            top = parent[top]
        chosen.add(top)
    labels = [-1] * (len(tree) + 1)
    points = condensed[condensed["cluster_size"] == 1]
    for point, cluster in zip(points["child"].tolist(), points["parent"].tolist(), strict=True):
        labels[point] = _highest(cluster, parent, chosen)
    return labels


def _highest(cluster: int, parent: Mapping[int, int], chosen: Container[int]) -> int:
    """The highest chosen cluster that a cluster is in, itself one of them perhaps; else -1."""
    found = -1
    at: int | None = cluster
    while at is not None:
        found = at if at in chosen else found
        at = parent.get(at)
    return found


def _noise_alone(labels: Sequence[int]) -> list[Hashable]:
    return [("alone", i) if label < 0 else label for i, label in enumerate(labels)]


_PEERS: dict[str, Callable[[GoldSet], Iterator[_Grouping]]] = {
    "TF-IDF + average linkage, own best": _words_and_linkage,
    "MiniLM + average linkage, own best": _meaning_and_linkage,
    "MiniLM + HDBSCAN, own best": _meaning_and_hdbscan,
    "TF-IDF + greedy threshold, own best": _words_and_greedy,
}


def _word_distances(part: GoldSet) -> Iterator[tuple[str, Distances]]:
    """1 - TF-IDF cosine of the openings, and of the texts where those are longer."""
    yield "openings", _word_distance(part.openings)
    if part.texts != part.openings:
        yield "texts", _word_distance(part.texts)


def _word_distance(texts: Sequence[str]) -> Distances:
    tfidf = TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32)
    unit = tfidf.fit_transform(texts)
    return _clean(1.0 - (unit @ unit.T).toarray())


def _meaning_distance(part: GoldSet) -> Distances:
    return _clean(1.0 - part.vectors @ part.vectors.T)


def _clean(distance: NDArray[np.float32]) -> Distances:
    clean = np.clip((distance + distance.T) / 2, 0.0, 2.0)
    np.fill_diagonal(clean, 0.0)
    return np.asarray(clean, dtype=np.float32)


def _cuts(distance: Distances) -> Iterator[_Grouping]:
    tree = linkage(squareform(distance, checks=False), method="average")
    for threshold in _THRESHOLDS:
        yield str(threshold), fcluster(tree, threshold, "distance").tolist()


def _greedy(distance: Distances, most: float) -> list[Hashable]:
    firsts: list[int] = []
    labels: list[Hashable] = []
    for row in distance:
        near = np.flatnonzero(row[firsts] <= most)
        if near.size:
            labels.append(int(near[0]))
        else:
            firsts.append(len(labels))
            labels.append(len(firsts) - 1)
    return labels


def mean(scores: Sequence[Scores]) -> Scores:
    """The mean of each score over the parts of a setting."""
    return Scores(
        *(statistics.mean(getattr(part, field.name) for part in scores) for field in fields(Scores))
    )


def _numbered(labels: Sequence[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(label, len(numbers)) for label in labels]
