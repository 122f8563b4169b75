"""Reports of one template: two events stay two stories, one event told by two sources is one.

The pairs are those of `tests/data/templates`, each a request of its own.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.report import Result
from newsfold.pipeline import cohort
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.stories import cluster
from newsfold.pipeline.tuning import Tuning
from newsfold.pipeline.types import Article, CleanArticle, Granularity, StoryMode
from newsfold.pipeline.views import article_vectors, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from newsfold.pipeline.ports import Embedder
    from newsfold.pipeline.types import Vectors
    from newsfold.pipeline.views import ArticleVectors

PAIRS = Path(__file__).parents[1] / "tests" / "data" / "templates" / "pairs.jsonl"
_TUNING = Tuning()
_THRESHOLDS = np.arange(0.02, 1.0, 0.02)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles, and whether they tell of one event."""

    id: str
    part: str
    same: bool
    articles: tuple[CleanArticle, ...]


def read_pairs() -> list[Pair]:
    """All of them."""
    lines = PAIRS.read_text(encoding="utf-8").splitlines()
    found = []
    for row in map(json.loads, lines):
        articles = tuple(_prepared(row["articles"], row["id"]))
        found.append(Pair(row["id"], row["part"], row["same_event"], articles))
    return found


async def template_pairs(embedder: Embedder) -> list[Result]:
    """How many are kept apart or joined, in each part, by Newsfold and by average linkage.

    The peers have the thresholds at which they are right on most of these very pairs.
    """
    pairs = read_pairs()
    vectors = [await article_vectors(pair.articles, embedder) for pair in pairs]
    strangers = cohort.load(embedder.sha256)
    systems = {
        "newsfold": [
            joined(pair, found, strangers) for pair, found in zip(pairs, vectors, strict=True)
        ],
        "TF-IDF + average linkage, own best": _at_best(_word_cosines(pairs), pairs),
        "MiniLM + average linkage, own best": _at_best(
            [float(found.texts[0] @ found.texts[1]) for found in vectors], pairs
        ),
    }
    return [result for system, found in systems.items() for result in _judged(system, found, pairs)]


def joined(
    pair: Pair,
    vectors: ArticleVectors,
    strangers: Vectors | None,
    granularity: Granularity = Granularity.NORMAL,
) -> bool:
    """Whether the two come out as one story."""
    found = cluster(pair.articles, vectors, StoryMode.AUTO, granularity, _TUNING.stories, strangers)
    return len(found) == 1


def _judged(system: str, found: Sequence[bool], pairs: Sequence[Pair]) -> Iterator[Result]:
    for same, metric in ((False, "template pairs kept apart"), (True, "controls joined")):
        for part in dict.fromkeys(pair.part for pair in pairs):
            right = [
                one == same
                for one, pair in zip(found, pairs, strict=True)
                if pair.same == same and pair.part == part
            ]
            setting = f"{part} part ({len(right)} pairs)"
            result = Result(metric, system, setting, 100 * sum(right) / len(right), "%")
            yield result.at_least(100.0) if system == "newsfold" else result


def _at_best(cosines: Sequence[float], pairs: Sequence[Pair]) -> list[bool]:
    """Joined or not, at the threshold that is right on most pairs."""
    decided = [[cosine >= least for cosine in cosines] for least in _THRESHOLDS]
    same = [pair.same for pair in pairs]
    return max(decided, key=lambda one: sum(a == b for a, b in zip(one, same, strict=True)))


def _word_cosines(pairs: Sequence[Pair]) -> list[float]:
    texts = [text_of(article) for pair in pairs for article in pair.articles]
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)
    return [float((words[i] @ words[i + 1].T).sum()) for i in range(0, len(texts), 2)]


def _prepared(rows: Sequence[dict[str, str]], name: str) -> Iterator[CleanArticle]:
    for i, row in enumerate(rows):
        published = dt.datetime.fromisoformat(row["published"]) if row["published"] else None
        article = Article(
            f"{name} {i}", row["title"], row["body"], row["source"], published=published
        )
        made = prepare(article, i, _TUNING.clean)
        assert isinstance(made, CleanArticle)  # noqa: S101 - the file holds whole articles
        yield made
