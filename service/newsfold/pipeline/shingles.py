"""Runs of words in a row (shingles; Broder 1997), and how many two texts have in common.

Counted exactly, for all pairs at once, by sparse products over an index of the shingles.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_PLACE = 0x9E3779B97F4A7C15
"""An odd number with bits all over (2 to the 64th over the golden ratio; Knuth 6.4)."""
_COMMON = 20
"""A shingle of more than one text in so many is multiplied densely: it costs a sparse product time
with the square of its texts."""
_COLUMNS = 2_048
"""Shingles in one dense product."""


def shingles(words: Sequence[str], size: int) -> NDArray[np.uint64]:
    """64-bit hashes of the runs of `size` words: sums of the words' own, each times its place."""
    if len(words) < size:
        return np.empty(0, dtype=np.uint64)
    hashes = np.array([_word_hash(word) for word in words], np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(hashes, size)
    mixed = runs @ np.array([pow(_PLACE, k, 1 << 64) for k in range(size)], np.uint64)
    return np.unique(mixed)


def shared(sets: Sequence[NDArray[np.uint64]]) -> NDArray[np.float32]:
    """How many members each two sets have in common, shape (n, n)."""
    n = len(sets)
    if not n:
        return np.zeros((0, 0), dtype=np.float32)
    members, columns, held_by = np.unique(
        np.concatenate(sets), return_inverse=True, return_counts=True
    )
    rows = np.repeat(np.arange(n), [len(found) for found in sets])
    index = sparse.csc_matrix(
        (np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(n, len(members))
    )
    rare = index[:, (held_by > 1) & (held_by * _COMMON <= n)]
    counts = np.asarray((rare @ rare.T).toarray(), dtype=np.float32)
    common = index[:, (held_by > 1) & (held_by * _COMMON > n)]
    for start in range(0, common.shape[1], _COLUMNS):
        dense = common[:, start : start + _COLUMNS].toarray()
        counts += dense @ dense.T
    return counts


@lru_cache(maxsize=65_536)
def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
