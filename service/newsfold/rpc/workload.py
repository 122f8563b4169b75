"""How much work a request is, and an online model of how long such work takes here.

Work is measured in seconds of the whole server: while n requests run, each is credited 1/n of the
time that passes (processor sharing), so that what a request cost does not depend on its company.
"""

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
"""Of a summary sentence of news; only a scale, the learned rate is per sentence so estimated."""
TOKENS_PER_SENTENCE = 25
"""Of a sentence of an article; a story has no more sentences to tell than its articles."""
ARTICLES_PER_STORY = 2
"""Guessed in AUTO mode before clustering; only a scale, as above."""
BEAM_COST = 0.21
"""More time for each beam after the first: 421 tokens/s greedy, 259 with four beams."""
_WRITING = frozenset({Stage.WRITE, Stage.ATTRIBUTE})


@dataclass(frozen=True, slots=True)
class Workload:
    """What a request asks of the server, as far as one can say before reading it."""

    tokens: int
    """Input tokens, estimated from code points."""
    sentences: float = 0.0
    """Sentences that will be written, in greedy ones: beams cost more."""

    def seconds(self, rates: Rates) -> float:
        """Predicted seconds of the whole server."""
        return self.tokens * rates.per_token + self.sentences * rates.per_sentence


def reading(articles: Sequence[Article]) -> Workload:
    """The work of clustering."""
    code_points = sum(len(article.title) + len(article.body) for article in articles)
    return Workload(tokens=math.ceil(code_points / CODE_POINTS_PER_TOKEN))


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
    told = min(stories * each, math.ceil(work.tokens / TOKENS_PER_SENTENCE))
    written = told + (stories if options.headline else 0)
    return replace(work, sentences=written * (1 + BEAM_COST * (options.num_beams - 1)))


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds for a unit of work, as decayed sums: what was spent over what was done.

    Sums, so that a request counts for what it is: one sentence, whose time is mostly fixed cost,
    says little of a thousand. The first sums are a prior for two CPU cores (docs/architecture.md).
    """

    reading_seconds: float = 4_000 * 4e-4
    tokens: float = 4_000
    """105 sentences of about 25 tokens a second through the encoder; worth six articles."""
    writing_seconds: float = 20 * 0.05
    sentences: float = 20
    """About 20 tokens at 421 tokens/s."""

    @property
    def per_token(self) -> float:
        """Seconds to read a token."""
        return self.reading_seconds / self.tokens

    @property
    def per_sentence(self) -> float:
        """Seconds to write a sentence greedily."""
        return self.writing_seconds / self.sentences

    def learned(self, work: Workload, seconds: float, timings: Iterable[StageTiming]) -> Rates:
        """The rates after a request of `work` that cost `seconds`.

        The stages' share of its wall time parts the cost into reading and writing.
        """
        spent = list(timings)
        total = sum(timing.seconds for timing in spent)
        if total <= 0 or work.tokens == 0:
            return self
        share = sum(t.seconds for t in spent if t.stage in _WRITING) / total
        writing = seconds * share if work.sentences else 0.0
        kept = MEMORY if work.sentences else 1.0
        return Rates(
            reading_seconds=MEMORY * self.reading_seconds + seconds * (1 - share),
            tokens=MEMORY * self.tokens + work.tokens,
            writing_seconds=kept * self.writing_seconds + writing,
            sentences=kept * self.sentences + work.sentences,
        )

    def doubted(self) -> Rates:
        """A little faster: after refusing a request while idle, which teaches nothing."""
        return replace(
            self,
            reading_seconds=0.9 * self.reading_seconds,
            writing_seconds=0.9 * self.writing_seconds,
        )


MEMORY = 0.9
"""What is kept of the sums at each request: a change of load shows within ten."""
