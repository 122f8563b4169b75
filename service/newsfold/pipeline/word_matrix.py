"""Texts as rows of a sparse matrix, words as its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def word_matrix(rows: Iterable[Mapping[str, float]]) -> sparse.csr_matrix:
    """The weight of each word in each text, float32, shape (texts, words).

    What a row adds up to does not depend on the order in which a text has its words.
    """
    vocabulary: dict[str, int] = {}
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for weights in rows:
        words = sorted(weights)
        columns += [vocabulary.setdefault(word, len(vocabulary)) for word in words]
        values += [weights[word] for word in words]
        ends.append(len(columns))
    return sparse.csr_matrix(
        (values, columns, ends), shape=(len(ends) - 1, max(1, len(vocabulary))), dtype=np.float32
    )


def unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """The rows, in place, at length 1; a row of zeros stays one."""
    n = matrix.shape[0]
    row_of = np.repeat(np.arange(n), np.diff(matrix.indptr))
    norms = np.sqrt(np.bincount(row_of, np.square(matrix.data, dtype=np.float64), n))
    matrix.data /= np.maximum(norms, 1e-9)[row_of]
    return matrix
