"""Texts in a language that the sentence encoder was not trained on: compared by their words.

To an English encoder any two texts in Greek are alike, whatever they say. Their words tell them
apart: function words left out, endings cut off, each as rare as any other.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import stopwordsiso
from scipy import sparse

from newsfold.pipeline.facts import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEGINNING = 6
"""Letters of a word that count: most endings of most languages come after them."""


def word_vectors(texts: Sequence[str], languages: Sequence[str]) -> sparse.csr_matrix:
    """1 + log tf of the content words of each text, rows of unit length, shape (n, words).

    `languages` has the primary subtag of each text; of one that is unknown no word is left out.
    """
    vocabulary: dict[str, int] = {}
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for text, language in zip(texts, languages, strict=True):
        left_out = _function_words(language)
        words = (word for word in tokens(text) if len(word) > 1 and word not in left_out)
        for beginning, count in sorted(Counter(word[:_BEGINNING] for word in words).items()):
            columns.append(vocabulary.setdefault(beginning, len(vocabulary)))
            values.append(1.0 + math.log(count))
        ends.append(len(columns))
    matrix = sparse.csr_matrix(
        (values, columns, ends), shape=(len(texts), max(1, len(vocabulary))), dtype=np.float32
    )
    return unit_rows(matrix)


def unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """The rows at length 1; a row of zeros stays one."""
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = sparse.diags(1.0 / np.maximum(norms, 1e-9))
    return sparse.csr_matrix(scale @ matrix, dtype=np.float32)


@lru_cache(maxsize=64)
def _function_words(language: str) -> frozenset[str]:
    return frozenset(stopwordsiso.stopwords(language)) if language else frozenset()
