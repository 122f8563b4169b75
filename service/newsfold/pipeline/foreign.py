"""Texts in a language that the sentence encoder was not trained on: compared by their words.

To an English encoder any two texts in Greek are alike, whatever they say. Their words tell them
apart: function words left out, endings cut off, each as rare as any other.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

import stopwordsiso

from newsfold.pipeline.facts import tokens
from newsfold.pipeline.word_matrix import unit_rows, word_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy import sparse

_BEGINNING = 6
"""Letters of a word that count: most endings of most languages come after them."""


def word_vectors(texts: Sequence[str], languages: Sequence[str]) -> sparse.csr_matrix:
    """1 + log tf of the content words of each text, rows of unit length, shape (n, words).

    `languages` has the primary subtag of each text; of one that is unknown no word is left out.
    """
    rows = []
    for text, language in zip(texts, languages, strict=True):
        left_out = _function_words(language)
        words = (word for word in tokens(text) if len(word) > 1 and word not in left_out)
        counted = Counter(word[:_BEGINNING] for word in words)
        rows.append({beginning: 1.0 + math.log(n) for beginning, n in counted.items()})
    return unit_rows(word_matrix(rows))


@lru_cache(maxsize=64)
def _function_words(language: str) -> frozenset[str]:
    return frozenset(stopwordsiso.stopwords(language)) if language else frozenset()
