"""Copies: articles that are the same text, exactly or nearly. Copies of one text are one source.

Near copies share most of their runs of five words (shingles; Broder 1997). How many two articles
share is counted exactly, for all pairs at once, by sparse products over an index of the shingles.
Reports of one template share their words too and are no copies: `templates` tells them apart.
"""

from __future__ import annotations

import hashlib
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline.facts import tokens
from newsfold.pipeline.shingles import shared, shingles
from newsfold.pipeline.templates import rivals
from newsfold.pipeline.time_apart import days_apart
from newsfold.pipeline.types import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.tuning import StoryTuning
    from newsfold.pipeline.types import CleanArticle


def text_hash(article: CleanArticle) -> str:
    """Equal for texts that differ in case, white space and punctuation only."""
    lines = (article.article.body[span.start : span.end] for span in article.kept)
    words = " ".join(chain.from_iterable(map(tokens, lines)))
    return hashlib.sha256(words.encode()).hexdigest()


def originals(
    articles: Sequence[CleanArticle],
    hashes: Sequence[str],
    order: Sequence[int],
    tuning: StoryTuning,
) -> dict[int, tuple[int, Role]]:
    """Position -> (position of the original, role), for the copies only.

    `hashes` are the articles' text hashes; `order` says which of several copies is the original:
    the first in it.
    """
    first: dict[str, int] = {}
    found: dict[int, tuple[int, Role]] = {}
    unique: list[int] = []
    for i in order:
        original = first.setdefault(hashes[i], i) if tuning.exact_copies else i
        if original == i:
            unique.append(i)
        else:
            found[i] = original, Role.EXACT_COPY
    for copy, original in _near_copies([articles[i] for i in unique], tuning).items():
        found[unique[copy]] = unique[original], Role.NEAR_COPY
    # An exact copy of what turned out to be a near copy points at the same original.
    return {i: (found[o][0] if o in found else o, role) for i, (o, role) in sorted(found.items())}


def _near_copies(articles: Sequence[CleanArticle], tuning: StoryTuning) -> dict[int, int]:
    """Place of each near copy -> place of its original; the earlier of two is the original.

    A copy of a copy points at the latter's original.
    """
    size = tuning.shingle_words
    pairs = near_pairs([shingles(_words(article), size) for article in articles], tuning)
    if not len(pairs):
        return {}
    places, alike = np.unique(pairs, return_inverse=True)
    involved = [articles[i] for i in places]
    barred = rivals(involved, tuning) | (days_apart(involved) > tuning.near_days)
    root = np.arange(len(places))
    for copy, earlier in _earlier(alike.reshape(pairs.shape)):
        allowed = earlier[~barred[earlier, copy] & ~barred[root[earlier], copy]]
        if allowed.size:
            root[copy] = root[allowed[0]]
    return {
        int(places[i]): int(places[original]) for i, original in enumerate(root) if original != i
    }


def _earlier(pairs: NDArray[np.intp]) -> list[tuple[int, NDArray[np.intp]]]:
    """Each place that has near copies before it, in order, and those, in order."""
    by_copy = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
    later, starts = np.unique(by_copy[:, 1], return_index=True)
    return list(zip(later.tolist(), np.split(by_copy[:, 0], starts[1:]), strict=True))


def near_pairs(sets: Sequence[NDArray[np.uint64]], tuning: StoryTuning) -> NDArray[np.intp]:
    """Pairs of places, the lower first, of sets that are nearly the same, shape (pairs, 2).

    By Jaccard over the whole, or by most of the smaller set inside the larger one.
    """
    long = np.flatnonzero([len(found) >= tuning.min_shingles for found in sets])
    if len(long) < 2:  # noqa: PLR2004 - a pair
        return np.empty((0, 2), dtype=np.intp)
    long_sets = [sets[i] for i in long.tolist()]
    both = np.triu(shared(long_sets), k=1)
    a, b = np.nonzero(both)
    common = both[a, b].astype(np.float64)
    sizes = np.array([len(found) for found in long_sets])
    small, large = np.minimum(sizes[a], sizes[b]), np.maximum(sizes[a], sizes[b])
    near = (common >= tuning.near_jaccard * (small + large - common)) | (
        (common >= tuning.near_containment * small) & (small >= tuning.near_size * large)
    )
    return np.stack([long[a[near]], long[b[near]]], axis=1)


def _words(article: CleanArticle) -> list[str]:
    return [*chain.from_iterable(tokens(s.text) for s in article.sentences)]
