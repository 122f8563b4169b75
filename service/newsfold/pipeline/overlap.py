"""Step 5: sentences that state the same thing, across the articles of a story -> groups.

Average linkage on a blend of embedding and TF-IDF cosine, and of what that joins only sentences
that share words with the most central one. Pairs are found block by block and linked within
connected components, so memory grows with what is alike and not with n squared; since average
linkage never joins two sets without one pair at the threshold, the result is the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from newsfold.pipeline import foreign
from newsfold.pipeline.facts import content_words
from newsfold.pipeline.similarity import tfidf
from newsfold.pipeline.types import OverlapGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.tuning import OverlapTuning
    from newsfold.pipeline.types import Sentence, Vectors

_BLOCK_ROWS = 1_024
_LARGEST_COMPONENT = 4_000
"""Sentences of one linkage: its matrix takes 128 MB."""
_FEW_WORDS = 3


def group(
    sentences: Sequence[Sentence],
    vectors: Vectors,
    source_of: Mapping[int, int],
    tuning: OverlapTuning,
    unread: str = "",
) -> tuple[OverlapGroup, ...]:
    """Every sentence in one group, groups of one included; most sources first, then most central.

    `vectors` are unit, shape (len(sentences), d). `source_of` maps an article to the independent
    source it counts as. `unread` is the language of the sentences if the encoder does not read it:
    then they are compared by words.
    """
    centre = vectors.mean(axis=0)
    centre /= max(float(np.linalg.norm(centre)), 1e-9)
    central = np.clip(vectors @ centre, 0.0, 1.0).tolist()
    groups = [
        OverlapGroup((sentences[rows[0]],), 1, central[rows[0]], vectors[rows[0]].copy())
        if len(rows) == 1
        else _merge([sentences[i] for i in rows], vectors[rows], centre, source_of)
        for rows in _alike(sentences, vectors, tuning, unread)
    ]
    if not unread:
        least = tuning.min_shared_content
        groups = [part for merged in groups for part in around_first(merged, least, source_of)]
    return tuple(sorted(groups, key=_importance))


def around_first(
    merged: OverlapGroup, least: float, source_of: Mapping[int, int]
) -> list[OverlapGroup]:
    """The group in parts, in each the sentences that share enough with the part's first.

    `least` is of the content words of the shorter sentence, 0..1. One with hardly a word, as texts
    without spaces have, parts from nothing. Vector and centrality stay those of the whole.
    """
    if len(merged.sentences) == 1:
        return [merged]
    words = {id(s): frozenset(content_words(s.text)) for s in merged.sentences}
    parts: list[list[Sentence]] = []
    for sentence in merged.sentences:
        own = words[id(sentence)]
        for part in parts:
            first = words[id(part[0])]
            shorter = min(len(own), len(first))
            if shorter < _FEW_WORDS or len(own & first) >= least * shorter:
                part.append(sentence)
                break
        else:
            parts.append([sentence])
    if len(parts) == 1:
        return [merged]
    return [
        replace(
            merged,
            sentences=tuple(part),
            source_count=len({source_of[sentence.article] for sentence in part}),
        )
        for part in parts
    ]


def _importance(merged: OverlapGroup) -> tuple[float, ...]:
    first = min((s.article, s.position) for s in merged.sentences)
    return (-merged.source_count, -round(merged.centrality, 5), *first)


def _merge(
    members: list[Sentence], vectors: Vectors, centre: Vectors, source_of: Mapping[int, int]
) -> OverlapGroup:
    mean = vectors.mean(axis=0)
    mean /= max(float(np.linalg.norm(mean)), 1e-9)
    nearness = np.round(vectors @ mean, 5)
    order = sorted(
        range(len(members)),
        key=lambda i: (-nearness[i], members[i].article, members[i].position),
    )
    return OverlapGroup(
        sentences=tuple(members[i] for i in order),
        source_count=len({source_of[s.article] for s in members}),
        centrality=float(np.clip(mean @ centre, 0.0, 1.0)),
        vector=np.asarray(mean, dtype=np.float32),
    )


def _alike(
    sentences: Sequence[Sentence], vectors: Vectors, tuning: OverlapTuning, unread: str
) -> list[list[int]]:
    """Rows of each group."""
    texts = [s.text for s in sentences]
    if unread:
        words = foreign.word_vectors(texts, [unread] * len(texts))
        tuning = tuning.model_copy(
            update={"embedding_weight": 0.0, "min_similarity": tuning.min_shared_words}
        )
    else:
        words = tfidf(map(content_words, texts))
    least = tuning.min_similarity
    likeness = _Likeness(vectors, words, tuning)
    while True:
        pairs = _pairs(likeness, least)
        _, labels = connected_components(pairs, directed=False)
        components: dict[int, list[int]] = defaultdict(list)
        for row, label in enumerate(labels):
            components[int(label)].append(row)
        if max(map(len, components.values()), default=0) <= _LARGEST_COMPONENT:
            break
        least += 0.05
    return [part for rows in components.values() for part in _link(rows, likeness, least)]


class _Likeness:
    """How alike sentences are: a blend of the cosines of their vectors and of their words."""

    def __init__(self, vectors: Vectors, words: sparse.csr_matrix, tuning: OverlapTuning) -> None:
        self.size = len(vectors)
        self._vectors = vectors
        self._words = words
        self._weight = tuning.embedding_weight
        few = self.size <= _BLOCK_ROWS
        self._whole = self._between(slice(None), slice(None)) if few else None

    def blocks(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Of some sentences to all, shape (block, n), and which is the first of them."""
        if self._whole is not None:
            yield 0, self._whole
            return
        for start in range(0, self.size, _BLOCK_ROWS):
            yield start, self._between(slice(start, start + _BLOCK_ROWS), slice(None))

    def among(self, rows: list[int]) -> NDArray[np.float32]:
        """Of these sentences to one another, shape (rows, rows)."""
        return self._between(rows, rows) if self._whole is None else self._whole[np.ix_(rows, rows)]

    def _between(self, left: slice | list[int], right: slice | list[int]) -> NDArray[np.float32]:
        # In place: these are the largest arrays of the stage.
        blend: NDArray[np.float32] = self._vectors[left] @ self._vectors[right].T
        blend *= self._weight
        lexical = (self._words[left] @ self._words[right].T).toarray()
        lexical *= 1.0 - self._weight
        blend += lexical
        return blend


def _pairs(likeness: _Likeness, least: float) -> sparse.coo_matrix:
    """The graph of pairs at least so similar."""
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    for start, block in likeness.blocks():
        found = np.nonzero(block >= least)
        rows.append(found[0] + start)
        columns.append(found[1])
    i, j = np.concatenate(rows), np.concatenate(columns)
    return sparse.coo_matrix((np.ones(len(i), np.int8), (i, j)), shape=(likeness.size,) * 2)


def _link(rows: list[int], likeness: _Likeness, least: float) -> Iterable[list[int]]:
    if len(rows) <= 2:  # noqa: PLR2004 - a pair that is similar enough
        return [rows]
    blend = likeness.among(rows)
    distance = np.round(np.clip(1.0 - (blend + blend.T) / 2, 0.0, 2.0).astype(np.float64), 6)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), method="average")
    parts: dict[int, list[int]] = defaultdict(list)
    for row, label in zip(rows, fcluster(tree, 1.0 - least, criterion="distance"), strict=True):
        parts[int(label)].append(row)
    return parts.values()
