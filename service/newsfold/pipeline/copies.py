"""Copies: articles that are the same text, exactly or nearly. Copies of one text are one source.

Near copies share most of their runs of five words (shingles; Broder 1997). Above a few hundred
articles candidate pairs come from MinHash LSH; each is then checked exactly.
"""

from __future__ import annotations

import hashlib
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from datasketch import MinHash, MinHashLSH

from newsfold.pipeline.facts import tokens
from newsfold.pipeline.types import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsfold.pipeline.tuning import StoryTuning
    from newsfold.pipeline.types import CleanArticle

_PERMUTATIONS = 128
_SEED = 1
_PLACE = 0x9E3779B97F4A7C15
"""An odd number with bits all over (2 to the 64th over the golden ratio; Knuth 6.4)."""


def text_hash(article: CleanArticle) -> str:
    """Equal for texts that differ in case, white space and punctuation only."""
    kept = (article.article.body[span.start : span.end] for span in article.kept)
    words = " ".join(word for line in kept for word in tokens(line))
    return hashlib.sha256(words.encode()).hexdigest()


def originals(
    articles: Sequence[CleanArticle], order: Sequence[int], tuning: StoryTuning
) -> dict[int, tuple[int, Role]]:
    """Position -> (position of the original, role), for the copies only.

    `order` says which of several copies is the original: the first in it.
    """
    first: dict[str, int] = {}
    found: dict[int, tuple[int, Role]] = {}
    unique: list[int] = []
    for i in order:
        original = first.setdefault(text_hash(articles[i]), i)
        if original == i:
            unique.append(i)
        else:
            found[i] = original, Role.EXACT_COPY
    for original, copy in _near_pairs(articles, unique, tuning):
        if copy not in found:
            found[copy] = found[original][0] if original in found else original, Role.NEAR_COPY
    # An exact copy of what turned out to be a near copy points at the same original.
    return {i: (found[o][0] if o in found else o, role) for i, (o, role) in sorted(found.items())}


def _near_pairs(
    articles: Sequence[CleanArticle], unique: Sequence[int], tuning: StoryTuning
) -> list[tuple[int, int]]:
    """Pairs (earlier, later in `unique`) that are near copies, in that order."""
    shingles = {i: _shingles(articles[i], tuning.shingle_words) for i in unique}
    rank = {i: r for r, i in enumerate(unique)}
    pairs: Iterable[tuple[int, int]] = (
        combinations(unique, 2)
        if len(unique) <= tuning.lsh_above
        else _candidates(shingles, tuning)
    )
    near = [
        (a, b) if rank[a] < rank[b] else (b, a)
        for a, b in pairs
        if _near(shingles[a], shingles[b], tuning)
    ]
    return sorted(near, key=lambda pair: (rank[pair[0]], rank[pair[1]]))


def _near(a: frozenset[int], b: frozenset[int], tuning: StoryTuning) -> bool:
    """Jaccard over the whole, or most of the shorter text inside the longer one."""
    small, large = sorted((len(a), len(b)))
    if small < tuning.min_shingles:
        return False
    shared = len(a & b)
    if shared >= tuning.near_jaccard * (small + large - shared):
        return True
    return shared >= tuning.near_containment * small and small >= tuning.near_size * large


def _candidates(shingles: dict[int, frozenset[int]], tuning: StoryTuning) -> set[tuple[int, int]]:
    lsh = MinHashLSH(threshold=tuning.lsh_threshold, num_perm=_PERMUTATIONS)
    pairs: set[tuple[int, int]] = set()
    first = MinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    for i, shingle_set in shingles.items():
        if len(shingle_set) < tuning.min_shingles:
            continue
        sketch = MinHash(
            num_perm=_PERMUTATIONS,
            seed=_SEED,
            hashfunc=_low_bits,
            permutations=first.permutations,
            scheme=first.scheme,
        )
        sketch.update_batch(shingle_set)
        pairs.update((j, i) for j in lsh.query(sketch))
        lsh.insert(i, sketch)
    return pairs


def _low_bits(shingle: int) -> int:
    """A shingle is a hash already; datasketch's default scheme permutes 32 bits."""
    return shingle & 0xFFFFFFFF


def _shingles(article: CleanArticle, size: int) -> frozenset[int]:
    """64-bit hashes of its runs of `size` words: sums of the words' own, each times its place."""
    words = [word for s in article.sentences for word in tokens(s.text)]
    if len(words) < size:
        return frozenset()
    hash_of = {word: _word_hash(word) for word in set(words)}
    hashes = np.array([hash_of[word] for word in words], np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(hashes, size)
    mixed = runs @ np.array([pow(_PLACE, k, 1 << 64) for k in range(size)], np.uint64)
    # The low bits of such a sum depend on the low bits of the words alone.
    return frozenset((mixed ^ (mixed >> np.uint64(32))).tolist())


def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
