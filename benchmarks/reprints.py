"""Copies count as one source: reprints made of val articles, and what finds them.

A story is right if it has as many independent articles with a reprint in it as without. Reprints
are made by a seeded program: as it is, with one word in 20 changed, or cut to 60% of its words.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.corpora import rows
from benchmarks.report import Result
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.stories import cluster
from newsfold.pipeline.tuning import StoryTuning, Tuning
from newsfold.pipeline.types import Article, CleanArticle, Granularity, StoryMode
from newsfold.pipeline.views import ArticleVectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_CHANGED = 20
"""Words of which one is changed."""
_KEPT = 0.6
_NEAR_OFF: Mapping[str, object] = {"near_jaccard": 1.1, "near_containment": 1.1}
_EXACT_OFF: Mapping[str, object] = {"exact_copies": False}
LAYERS: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("newsfold", {}),
    ("newsfold without exact copies", _EXACT_OFF),
    ("newsfold without near copies", _NEAR_OFF),
    ("newsfold without either", {**_EXACT_OFF, **_NEAR_OFF}),
)
_WORD = re.compile(r"\S+")


def reprints() -> list[Result]:
    """The share of stories with the right number of sources, by kind of reprint and by layer."""
    stories = list(_stories())
    results = []
    for kind, made in KINDS.items():
        setting = f"{len(stories)} stories, a reprint {kind}"
        reprinted = [[*story, *_reprint(story, made)] for story in stories]
        for system, changed in LAYERS:
            tuning = Tuning().stories.model_copy(update=dict(changed))
            right = sum(
                sources(more, tuning) == sources(story, tuning)
                for story, more in zip(stories, reprinted, strict=True)
            )
            row = Result("sources stay right", system, setting, 100 * right / len(stories), "%")
            results.append(row.at_least(100.0) if (made, changed) == (unchanged, {}) else row)
    return results


def unchanged(body: str, rng: random.Random) -> str:
    """The text as it is, set with other white space."""
    return rng.choice(("\n", "\n\n", " \n")).join(body.splitlines())


def edited(body: str, rng: random.Random) -> str:
    """One word in 20 gives its place to another of the text."""
    places = list(_WORD.finditer(body))
    words = [place.group() for place in places]
    chosen = sorted(rng.sample(range(len(places)), len(places) // _CHANGED), reverse=True)
    for i in chosen:
        others = [word for word in words if word != words[i]]
        body = body[: places[i].start()] + rng.choice(others or words) + body[places[i].end() :]
    return body


def cut(body: str, rng: random.Random) -> str:
    """The first 60% of the words."""
    places = list(_WORD.finditer(body))
    kept = places[: round(_KEPT * len(places))]
    return body[: kept[-1].end()] if kept else body


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "as it is": unchanged,
    "with one word in 20 changed": edited,
    "cut to 60%": cut,
}


def sources(articles: Sequence[CleanArticle], tuning: StoryTuning) -> int:
    """Articles of one story that are no copies of another."""
    alike = np.zeros((len(articles), 1), dtype=np.float32)
    vectors = ArticleVectors(alike, alike)
    (story,) = cluster(articles, vectors, StoryMode.SINGLE_STORY, Granularity.NORMAL, tuning)
    return len(story.independent)


def _reprint(
    story: Sequence[CleanArticle], made: Callable[[str, random.Random], str]
) -> list[CleanArticle]:
    """A reprint of the story's last article; none if too little of it is left to be read."""
    original = story[-1].article
    body = made(original.body, random.Random(original.id))
    reprint = replace(original, id=f"{original.id}-reprint", body=body)
    read = prepare(reprint, len(story), Tuning().clean)
    return [read] if isinstance(read, CleanArticle) else []


def _stories() -> Iterator[list[CleanArticle]]:
    """The val stories with an article in full, that one last."""
    told: dict[str, list[tuple[bool, Article]]] = {}
    for row in rows("neus_clusters"):
        if "-val-" in str(row["id"]):
            article = Article(str(row["id"]), str(row["title"] or ""), str(row["text"]))
            told.setdefault(str(row["cluster"]), []).append((bool(row["full_text"]), article))
    for articles in told.values():
        ordered = sorted(articles, key=lambda pair: pair[0])
        if ordered[-1][0]:
            prepared = [prepare(a, i, Tuning().clean) for i, (_, a) in enumerate(ordered)]
            yield [article for article in prepared if isinstance(article, CleanArticle)]
