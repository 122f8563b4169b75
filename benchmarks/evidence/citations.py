"""What extractive summaries cite, and what attribution takes of the time of a summary.

precision   of the passages that extracted sentences cite first, how many are, character by
            character in the body as sent, the sentence (white space folded)
recall      of the articles that hold an extracted sentence word for word, how many it cites; an
            article that is a copy of another counts with it
cost        seconds in the stage `attribute` over seconds of the request
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from newsfold.pipeline.types import Options, Origin, Stage, StoryMode, WriteMode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.corpora import GoldSummary
    from newsfold.pipeline.pipeline import Pipeline
    from newsfold.pipeline.types import Article, Story, SummarySentence


@dataclass(slots=True)
class Citations:
    """Counts over many summaries."""

    cited: int = 0
    right: int = 0
    held: int = 0
    found: int = 0
    attribute_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def precision(self) -> float:
        """Share of first citations that are the sentence."""
        return self.right / max(1, self.cited)

    @property
    def recall(self) -> float:
        """Share of articles that hold the sentence that are cited."""
        return self.found / max(1, self.held)

    @property
    def cost(self) -> float:
        """Share of the time of a request."""
        return self.attribute_seconds / max(1e-9, self.seconds)


async def measure(stories: Sequence[GoldSummary], pipeline: Pipeline) -> Citations:
    """Each story as one story: extractive for the citations, abstractive for the cost."""
    total = Citations()
    base = Options(story_mode=StoryMode.SINGLE_STORY, target_words=100)
    for gold in stories:
        answer = await pipeline.summarize(
            gold.articles, replace(base, write_mode=WriteMode.EXTRACTIVE)
        )
        for story in answer.stories:
            _count(story, gold.articles, total)
        start = time.perf_counter()
        answer = await pipeline.summarize(gold.articles, base)
        total.seconds += time.perf_counter() - start
        total.attribute_seconds += sum(
            t.seconds for t in answer.timings if t.stage is Stage.ATTRIBUTE
        )
    return total


def _count(story: Story, articles: Sequence[Article], total: Citations) -> None:
    independent = story.cluster.independent
    bodies = {index: _folded(articles[index].body) for index in independent}
    for sentence in story.sentences:
        if sentence.origin is not Origin.EXTRACTED:
            continue
        total.cited += 1
        total.right += _folded(_cited(sentence, articles)) == _folded(sentence.text)
        holding = {i for i, body in bodies.items() if _folded(sentence.text) in body}
        total.held += len(holding)
        total.found += len(holding & {e.article for e in sentence.evidence})


def _cited(sentence: SummarySentence, articles: Sequence[Article]) -> str:
    first = sentence.evidence[0]
    return articles[first.article].body[first.span.start : first.span.end]


def _folded(text: str) -> str:
    return " ".join(text.split())
