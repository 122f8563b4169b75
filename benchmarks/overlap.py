"""Do sentences that state the same fact share a group? Judged on 200 pairs labelled by hand.

`tests/data/overlap` holds the pairs by id and says how they were drawn and labelled. The texts are
in the shared corpora; a pair whose sentences are no longer those that were read is an error.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.corpora import neus_summaries
from benchmarks.report import Result
from newsfold.pipeline import overlap
from newsfold.pipeline.bcubed import Agreement
from newsfold.pipeline.facts import stems
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import Tuning
from newsfold.pipeline.types import CleanArticle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.ports import Embedder
    from newsfold.pipeline.types import Sentence

Place: TypeAlias = tuple[int, int]
"""(article, position) of a sentence in its story."""

PAIRS = Path(__file__).parents[1] / "tests" / "data" / "overlap" / "pairs.jsonl"
_DIGITS = 12
"""Hexadecimal digits kept of a sentence's hash."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences of different articles of one story."""

    story: str
    places: tuple[Place, Place]
    hashes: tuple[str, str]
    same: bool
    """Whether a summary needs only one of them."""


async def overlap_pairs(embedder: Embedder) -> list[Result]:
    """Precision and recall of the groups, and of peers at their own best threshold."""
    pairs = read_pairs()
    told = stories_of(pairs)
    group_of = {story: await _groups(told[story], embedder) for story in told}
    same = np.array([pair.same for pair in pairs])
    joined = np.array(
        [group_of[p.story][p.places[0]] == group_of[p.story][p.places[1]] for p in pairs]
    )
    left, right = ([told[p.story][p.places[side]].text for p in pairs] for side in (0, 1))
    near = np.sum(await embedder.embed(left) * await embedder.embed(right), axis=1)
    shared = np.array([_jaccard(a, b) for a, b in zip(left, right, strict=True)])
    corpus = [sentence.text for story in told.values() for sentence in story.values()]
    systems = [
        ("newsfold", agreement(joined, same)),
        ("unigram Jaccard, own best", best(shared, same)),
        ("TF-IDF cosine, own best", best(_tfidf_cosine(left, right, corpus), same)),
        ("embedding cosine, own best", best(near, same)),
    ]
    setting = f"{len(pairs)} pairs, {int(same.sum())} of them the same fact"
    return [
        Result(f"same fact, {metric}", system, setting, 100 * value, "%")
        for system, scores in systems
        for metric, value in (
            ("precision", scores.precision),
            ("recall", scores.recall),
            ("F1", scores.f1),
        )
    ]


def read_pairs() -> list[Pair]:
    """The labelled pairs."""
    found = []
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        first, second = row["sentences"]
        found.append(
            Pair(
                story=row["story"],
                places=(_place(first), _place(second)),
                hashes=(first["sha256"], second["sha256"]),
                same=row["same"],
            )
        )
    return found


def stories_of(pairs: Sequence[Pair]) -> dict[str, dict[Place, Sentence]]:
    """The sentences of each story, by place. Raises ValueError if those of a pair have changed."""
    wanted = {pair.story for pair in pairs}
    told: dict[str, dict[Place, Sentence]] = {}
    for story in neus_summaries("train"):
        if story.id in wanted:
            prepared = (prepare(a, i, Tuning().clean) for i, a in enumerate(story.articles))
            kept = [article for article in prepared if isinstance(article, CleanArticle)]
            told[story.id] = {(s.article, s.position): s for a in kept for s in a.sentences}
    for pair in pairs:
        for place, expected in zip(pair.places, pair.hashes, strict=True):
            sentence = told[pair.story].get(place)
            if sentence is None or content_hash(sentence.text) != expected:
                raise ValueError(f"{pair.story}: the sentence at {place} is not the one labelled")
    return told


def content_hash(text: str) -> str:
    """What a sentence is known by."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def agreement(said: NDArray[np.bool_], same: NDArray[np.bool_]) -> Agreement:
    """Precision and recall of `said`; a system that never says yes has precision 0."""
    right = float((said & same).sum())
    return Agreement(right / max(1, int(said.sum())), right / max(1, int(same.sum())))


def best(similarity: NDArray[np.float32], same: NDArray[np.bool_]) -> Agreement:
    """At the threshold that has the best F1 on these very pairs."""
    found = (agreement(similarity >= least, same) for least in np.unique(similarity))
    return max(found, key=lambda scores: scores.f1)


async def _groups(story: dict[Place, Sentence], embedder: Embedder) -> dict[Place, int]:
    """The number of the group of each sentence, grouped as the service does it."""
    sentences = list(story.values())
    vectors = await embedder.embed([sentence.text for sentence in sentences])
    own_source = {sentence.article: sentence.article for sentence in sentences}
    groups = overlap.group(sentences, vectors, own_source, Tuning().overlap)
    return {(s.article, s.position): n for n, group in enumerate(groups) for s in group.sentences}


def _place(sentence: dict[str, int]) -> Place:
    return sentence["article"], sentence["position"]


def _jaccard(first: str, second: str) -> float:
    a, b = set(stems(first)), set(stems(second))
    return len(a & b) / max(1, len(a | b))


def _tfidf_cosine(
    left: Sequence[str], right: Sequence[str], corpus: Sequence[str]
) -> NDArray[np.float32]:
    """Cosine of each pair, with the document frequencies of all sentences of the stories."""
    weights = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit(corpus)
    product = weights.transform(left).multiply(weights.transform(right))
    return np.asarray(product.sum(axis=1), dtype=np.float32).ravel()
