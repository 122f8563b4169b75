"""Fit how much each view of two articles says about their being of one story.

`python -m training.similarity neus_clusters.jsonl.gz` prints the weights of a logistic regression
on pairs of the train split, as `newsfold.pipeline.tuning.StoryTuning` takes them: those of the
views add up to 1. Pairs come from mixes of stories and from neighbouring stories in time, and of
the pairs of two stories those most alike are taken, as a service has to tell these apart.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

from newsfold.model.load import load_models
from newsfold.pipeline import cohort
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.similarity import views
from newsfold.pipeline.time_apart import days_apart
from newsfold.pipeline.tuning import CleanTuning, StoryTuning
from newsfold.pipeline.types import Article, CleanArticle
from newsfold.pipeline.views import ArticleVectors, article_vectors
from training.archive import read_jsonl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.types import Vectors

SEED = 0
_MIXES = 6
_MIXED_STORIES = 150
_WINDOWS = 8
_NEIGHBOURS = 40
"""Stories that follow each other in time, in a window."""
_ALIKE, _RANDOM = 15, 5
"""Pairs of two stories for each of one: the most alike, and any."""
_NAMES = ("embedding_weight", "words_weight", "title_weight", "told_weight")


def main() -> None:
    """Print the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clusters", type=Path, help="articles with title, text, date and cluster")
    articles, gold = _articles(parser.parse_args().clusters)
    models = load_models()
    vectors = asyncio.run(article_vectors(articles, models.embedder))
    strangers = cohort.load(models.embedder.sha256)
    models.close()
    assert strangers is not None  # noqa: S101 - the package has that of its own encoder
    found = [
        _pairs([articles[i] for i in rows], vectors[rows], [gold[i] for i in rows], strangers)
        for rows in _requests(articles, gold)
    ]
    features = np.concatenate([f for f, _ in found])
    scale = features.std(axis=0)
    model = LogisticRegression(max_iter=2_000).fit(
        features / scale, np.concatenate([same for _, same in found])
    )
    weights = model.coef_[0] / scale
    weights /= weights[: len(_NAMES)].sum()
    for name, weight in zip((*_NAMES, "commonness_weight", "penalty_a_day"), weights, strict=True):
        print(f"{name:20} {abs(weight):.3f}")


def _articles(path: Path) -> tuple[list[CleanArticle], list[str]]:
    articles: list[CleanArticle] = []
    gold: list[str] = []
    for row in read_jsonl(path):
        when = datetime.fromisoformat(row["date"]) if row.get("date") else None
        article = Article(
            row["id"],
            row["title"] or "",
            row["text"],
            published=when.replace(tzinfo=UTC) if when else None,
        )
        prepared = prepare(article, len(articles), CleanTuning())
        if "-val-" not in row["id"] and isinstance(prepared, CleanArticle):
            articles.append(prepared)
            gold.append(row["cluster"])
    return articles, gold


def _requests(articles: Sequence[CleanArticle], gold: Sequence[str]) -> Iterator[list[int]]:
    """Positions of the articles of one request after another."""
    rng = random.Random(SEED)
    members = defaultdict(list)
    for i, story in enumerate(gold):
        members[story].append(i)
    for _ in range(_MIXES):
        yield [i for story in rng.sample(sorted(members), _MIXED_STORIES) for i in members[story]]
    first = {
        story: min(when for i in rows if (when := articles[i].article.published))
        for story, rows in members.items()
        if any(articles[i].article.published for i in rows)
    }
    dated = sorted(first, key=lambda story: (first[story], story))
    for _ in range(_WINDOWS):
        start = rng.randrange(len(dated) - _NEIGHBOURS)
        yield [i for story in dated[start : start + _NEIGHBOURS] for i in members[story]]


def _pairs(
    articles: Sequence[CleanArticle],
    vectors: ArticleVectors,
    gold: Sequence[str],
    strangers: Vectors,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Features of the chosen pairs, shape (pairs, 6), and whether each is of one story."""
    tuning = StoryTuning()
    placed = [replace(article, index=i) for i, article in enumerate(articles)]
    common = cohort.commonness(vectors.texts, strangers, tuning.nearest_strangers)
    days = np.clip(days_apart(placed) - tuning.free_days, 0.0, tuning.penalised_days)
    above = np.triu_indices(len(placed), 1)
    features = np.stack(
        [
            *(view[above] for _, view in views(placed, vectors, tuning)),
            ((common[:, None] + common[None, :]) / 2)[above],
            days[above],
        ],
        axis=1,
    )
    stories = np.unique(np.array(gold), return_inverse=True)[1]
    same = stories[above[0]] == stories[above[1]]
    apart = np.flatnonzero(~same)
    alike = apart[np.argsort(-features[apart, :2].sum(axis=1))[: _ALIKE * same.sum()]]
    drawn = np.random.default_rng(SEED).choice(apart, _RANDOM * same.sum(), replace=False)
    chosen = np.concatenate([np.flatnonzero(same), np.union1d(alike, drawn)])
    return np.asarray(features[chosen], dtype=np.float32), same[chosen]


if __name__ == "__main__":
    main()
