"""Step 4: articles -> stories. Copies first, then average linkage over the originals.

Nothing depends on the order of the articles, and a story depends on its own articles only: a cut of
one dendrogram at a fixed height, on similarities that look at two articles each.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from newsfold.pipeline import copies
from newsfold.pipeline.facts import tokens
from newsfold.pipeline.similarity import similarity
from newsfold.pipeline.types import Granularity, Member, Role, StoryCluster, StoryMode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.tuning import StoryTuning
    from newsfold.pipeline.types import CleanArticle, Vectors
    from newsfold.pipeline.views import ArticleVectors


def cluster(
    articles: Sequence[CleanArticle],
    vectors: ArticleVectors,
    mode: StoryMode,
    granularity: Granularity,
    tuning: StoryTuning,
    cohort: Vectors | None = None,
) -> tuple[StoryCluster, ...]:
    """The stories, most independent articles first, then earliest, then by id.

    `vectors` are those of the articles, and `cohort` those of strangers by the same embedder. Every
    article is in one story.
    """
    hashes = [copies.text_hash(article) for article in articles]
    keys = [_identity(article, digest) for article, digest in zip(articles, hashes, strict=True)]
    order = _order(articles, hashes, keys)
    found = (
        {}
        if mode is StoryMode.ONE_PER_ARTICLE
        else copies.originals(articles, hashes, order, tuning)
    )
    unique = [i for i in order if i not in found]
    groups = _groups(articles, vectors, unique, mode, granularity, tuning, cohort)
    copies_of: dict[int, list[int]] = defaultdict(list)
    for copy, (original, _) in found.items():
        copies_of[original].append(copy)
    stories = []
    for group in groups:
        representative = _representative(group, vectors.texts)
        members = [
            Member(
                index=articles[i].index,
                role=Role.REPRESENTATIVE
                if i == representative
                else found.get(i, (i, Role.MEMBER))[1],
                copy_of=articles[found[i][0]].index if i in found else None,
                similarity=_cosine(vectors.texts, i, representative),
            )
            for i in sorted(
                [*group, *(c for o in group for c in copies_of[o])],
                key=lambda i: (i != representative, articles[i].index),
            )
        ]
        story_id = hashlib.sha256("\n".join(sorted(keys[i] for i in group)).encode()).hexdigest()
        sort_key = (-len(group), min(_time(articles[i]) for i in group), story_id)
        stories.append((sort_key, StoryCluster(story_id[:16], tuple(members))))
    return tuple(story for _, story in sorted(stories, key=lambda pair: pair[0]))


def cuts(
    articles: Sequence[CleanArticle],
    vectors: ArticleVectors,
    heights: Sequence[float],
    tuning: StoryTuning,
    cohort: Vectors | None = None,
) -> list[list[int]]:
    """For each height, the story of each article, a number, as AUTO finds it at that height."""
    hashes = [copies.text_hash(article) for article in articles]
    order = _order(articles, hashes, hashes)
    found = copies.originals(articles, hashes, order, tuning)
    unique = [i for i in order if i not in found]
    if len(unique) == 1:
        return [[0] * len(articles) for _ in heights]
    similar = similarity([articles[i] for i in unique], vectors[unique], tuning, cohort)
    row_of = {i: row for row, i in enumerate(unique)}
    rows = [row_of[found[i][0] if i in found else i] for i in range(len(articles))]
    tree = _tree(similar)
    return [[int(label) for label in _cut(tree, height)[rows]] for height in heights]


def _order(
    articles: Sequence[CleanArticle], hashes: Sequence[str], keys: Sequence[str]
) -> list[int]:
    """Positions, the earliest first; one order whatever that of the request is.

    Of one time, equal texts stand side by side: one more of them moves no other article.
    """
    return sorted(range(len(articles)), key=lambda i: (_time(articles[i]), hashes[i], keys[i], i))


def _groups(
    articles: Sequence[CleanArticle],
    vectors: ArticleVectors,
    unique: list[int],
    mode: StoryMode,
    granularity: Granularity,
    tuning: StoryTuning,
    cohort: Vectors | None,
) -> list[list[int]]:
    """The originals of each story, in the order of `unique`."""
    if mode is StoryMode.SINGLE_STORY:
        return [unique]
    if mode is StoryMode.ONE_PER_ARTICLE or len(unique) == 1:
        return [[i] for i in unique]
    similar = similarity([articles[i] for i in unique], vectors[unique], tuning, cohort)
    height = {
        Granularity.LOOSE: tuning.loose_distance,
        Granularity.NORMAL: tuning.normal_distance,
        Granularity.STRICT: tuning.strict_distance,
    }[granularity]
    groups: dict[int, list[int]] = defaultdict(list)
    for i, label in zip(unique, _cut(_tree(similar), height), strict=True):
        groups[int(label)].append(i)
    return list(groups.values())


def _tree(similar: NDArray[np.float32]) -> NDArray[np.float64]:
    """Average linkage (UPGMA) of at least two articles, shape (n - 1, 4)."""
    # Rounded, so that the last bits of a matrix product, which depend on n, break no ties.
    distance = np.round(np.clip(1.0 - similar.astype(np.float64), 0.0, 2.0), 6)
    np.fill_diagonal(distance, 0.0)
    return np.asarray(linkage(squareform(distance, checks=False), method="average"))


def _cut(tree: NDArray[np.float64], height: float) -> NDArray[np.int32]:
    """Cut where the mean distance passes `height`; labels, shape (n,)."""
    return np.asarray(fcluster(tree, height, criterion="distance"), dtype=np.int32)


def _representative(group: Sequence[int], vectors: Vectors) -> int:
    """The article nearest to the centre; of equals the earliest."""
    centre = vectors[list(group)].mean(axis=0)
    nearness = np.round(vectors[list(group)] @ centre, 5)
    return group[int(np.argmax(nearness))]


def _cosine(vectors: Vectors, i: int, j: int) -> float:
    return float(np.clip(vectors[i] @ vectors[j], 0.0, 1.0))


def _identity(article: CleanArticle, digest: str) -> str:
    """What a member is, for the story's id: its own id and its text.

    An id that was made for it tells its place in the request only; its title stands for it.
    """
    name = article.article.id if article.article.named else " ".join(tokens(article.article.title))
    return f"{name}\t{digest}"


def _time(article: CleanArticle) -> float:
    published = article.article.published
    return published.timestamp() if published else float("inf")
