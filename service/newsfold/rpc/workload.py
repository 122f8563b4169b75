"""How much work a request is, as far as one can say before reading it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from newsfold.pipeline.types import Stage, StoryMode, WriteMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsfold.pipeline.types import Article, Options, StageTiming

CODE_POINTS_PER_TOKEN = 4.4
"""Of English news in the embedded model's vocabulary (BERT's 30,522 word pieces)."""
WORDS_PER_SENTENCE = 20
"""Of a summary sentence of news; only a scale, the learned rate is per token so estimated."""
TOKENS_WRITTEN = 20
"""By the rewriter for a sentence or headline; a scale too."""
TOKENS_PER_SENTENCE = 25
"""Of a sentence of an article; a story has no more sentences to tell than its articles."""
ARTICLES_PER_STORY = 2
"""Guessed in AUTO mode before clustering; only a scale, as above."""
_WRITING = frozenset({Stage.WRITE, Stage.ATTRIBUTE})


@dataclass(frozen=True, slots=True)
class Workload:
    """What a request asks of the server."""

    read: int
    """Encoder tokens, estimated from code points."""
    written: float = 0.0
    """Output tokens of the best beams, estimated from the length asked for."""
    beams: int = 1


def reading(articles: Sequence[Article]) -> Workload:
    """The work of clustering."""
    code_points = sum(len(article.title) + len(article.body) for article in articles)
    return Workload(read=math.ceil(code_points / CODE_POINTS_PER_TOKEN))


def summarizing(articles: Sequence[Article], options: Options) -> Workload:
    """The work of clustering and writing."""
    work = reading(articles)
    if options.write_mode is WriteMode.EXTRACTIVE:
        return work
    stories = {
        StoryMode.SINGLE_STORY: 1,
        StoryMode.ONE_PER_ARTICLE: len(articles),
        StoryMode.AUTO: math.ceil(len(articles) / ARTICLES_PER_STORY),
    }[options.story_mode]
    each = options.max_sentences or math.ceil((options.target_words or 0) / WORDS_PER_SENTENCE)
    told = min(stories * each, math.ceil(work.read / TOKENS_PER_SENTENCE))
    sentences = told + (stories if options.headline else 0)
    return replace(work, written=TOKENS_WRITTEN * sentences, beams=options.num_beams)


def writing_share(timings: Iterable[StageTiming]) -> float | None:
    """The share of a request's wall time that went into writing; None if it took none."""
    spent = list(timings)
    total = sum(timing.seconds for timing in spent)
    if total <= 0:
        return None
    return sum(timing.seconds for timing in spent if timing.stage in _WRITING) / total
