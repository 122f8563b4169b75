"""Step 6: groups -> a plan: what the summary says, in which order, within the length asked for.

Greedy: the group with the most salience that is not redundant comes next, until no group fits. A
group whose sentences share few words has several things to tell, each a group of the plan.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline.facts import content_words, tokens
from newsfold.pipeline.fitting import count_words
from newsfold.pipeline.overlap import around_first
from newsfold.pipeline.types import FinishReason, Plan, WriteMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from newsfold.pipeline.tuning import SelectTuning
    from newsfold.pipeline.types import (
        CleanArticle,
        ClusteredStory,
        Options,
        OverlapGroup,
        Sentence,
    )

_PRONOUNS = frozenset("he she it they this that these those his her its their such there".split())
_CONNECTIVES = frozenset("but and or so because yet meanwhile however also still then".split())
_FIRST_PERSON = frozenset("i we my our me us i'm we're we've i've you your".split())
_UNBOUNDED = 1_000_000


def select(
    story: ClusteredStory,
    articles: Sequence[CleanArticle],
    source_of: Mapping[int, int],
    options: Options,
    tuning: SelectTuning,
) -> Plan:
    """The plan of one story; `articles` are its independent members, the representative first.

    At least one group is planned, whatever its length. A plan to be rewritten holds more than fits
    word for word, since rewriting shortens, and a reserve to be told word for word, since it seldom
    shortens so much; `fitting` takes what fits in the end.
    """
    target = options.target_words or _UNBOUNDED
    rewritten = options.write_mode is WriteMode.ABSTRACTIVE
    if rewritten:
        changed = {"source_weight": tuning.fused_source_weight, "one_telling": 0.0}
        tuning = tuning.model_copy(update=changed)
    choice = _Choice(_tellings(story, articles, source_of, tuning), source_of, tuning)
    most = options.max_sentences or _UNBOUNDED
    choice.fill(round(target * (tuning.spare if rewritten else 1.0)), target, most)
    phrased = len(choice.chosen)
    if rewritten:
        choice.fill(round(target * tuning.reserve), target, most)
    told = sorted(enumerate(choice.chosen), key=lambda pair: _telling_order(pair[1], articles))
    return Plan(
        groups=tuple(group for _, group in told),
        ranks=tuple(rank for rank, _ in told),
        phrased=phrased,
        target_words=target,
        finish_reason=FinishReason.LENGTH if choice.left_out else FinishReason.COMPLETE,
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Telling:
    """A group, the sentence first that tells it best."""

    group: OverlapGroup
    salience: float
    words: int
    """Of its first sentence."""


class _Choice:
    """Groups chosen one after another, each for what it adds to those before."""

    def __init__(
        self, tellings: Sequence[_Telling], source_of: Mapping[int, int], tuning: SelectTuning
    ) -> None:
        """Chooses among `tellings`, those that stand on their own if there are any."""
        self._tuning, self._source_of = tuning, source_of
        self._candidates = [t for t in tellings if _worth_telling(t.group, tuning)] or [*tellings]
        self._heard: set[int] = set()
        self._words = 0
        self.chosen: list[OverlapGroup] = []

    @property
    def left_out(self) -> bool:
        """Whether a group was not chosen."""
        return bool(self._candidates)

    def fill(self, budget: int, target: int, most: int) -> None:
        """Choose until no group fits into `budget` words, or there are `most`.

        The first one fits into `target` if any does.
        """
        left = self._candidates
        while (fitting := self._fitting(left, budget, target)) and len(self.chosen) < most:
            best = max(fitting, key=self._gain)
            left = _without(left, best)
            if self._repeats(best.group):
                continue
            self._candidates = _without(self._candidates, best)
            self.chosen.append(best.group)
            self._heard |= {self._source_of[s.article] for s in best.group.sentences}
            self._words += best.words

    def _fitting(self, left: Sequence[_Telling], budget: int, target: int) -> Sequence[_Telling]:
        if self.chosen:
            return [telling for telling in left if telling.words <= budget - self._words]
        return [telling for telling in left if telling.words <= target] or left

    def _gain(self, telling: _Telling) -> tuple[float, int, float]:
        """Salience less redundancy; of equals the one with more sources, then the more central."""
        group = telling.group
        alike = max((float(np.dot(group.vector, o.vector)) for o in self.chosen), default=0.0)
        new_voice = any(self._source_of[s.article] not in self._heard for s in group.sentences)
        gain = (
            telling.salience
            - self._tuning.redundancy_weight * alike
            + self._tuning.voice_weight * new_voice
        )
        return round(gain, 5), group.source_count, round(group.centrality, 5)

    def _repeats(self, group: OverlapGroup) -> bool:
        """Whether too many of its bigrams stand in a sentence chosen before."""
        own = _bigrams(group.sentences[0].text)
        return any(
            len(own & _bigrams(other.sentences[0].text))
            > self._tuning.max_bigram_overlap * len(own)
            for other in self.chosen
        )


def _without(tellings: Sequence[_Telling], one: _Telling) -> list[_Telling]:
    return [telling for telling in tellings if telling is not one]


def _tellings(
    story: ClusteredStory,
    articles: Sequence[CleanArticle],
    source_of: Mapping[int, int],
    tuning: SelectTuning,
) -> list[_Telling]:
    """What the groups have to tell, in parts whose sentences share enough of their words."""
    titles = {a.index: frozenset(content_words(a.article.title)) for a in articles}
    lead = articles[0].index
    found = []
    for group in story.groups:
        led = tuning.representative_weight * any(s.article == lead for s in group.sentences)
        best_first = _lead_with_best(group, tuning)
        for telling in around_first(best_first, tuning.one_telling, source_of):
            salience = led + _salience(telling, titles, tuning)
            found.append(_Telling(telling, salience, count_words(telling.sentences[0].text)))
    return found


def _lead_with_best(group: OverlapGroup, tuning: SelectTuning) -> OverlapGroup:
    """The group with the sentence first that stands best on its own."""
    rank = {id(s): i for i, s in enumerate(group.sentences)}
    ordered = sorted(group.sentences, key=lambda s: (-round(_fitness(s, tuning), 5), rank[id(s)]))
    return replace(group, sentences=tuple(ordered))


def _worth_telling(group: OverlapGroup, tuning: SelectTuning) -> bool:
    """Whether its best sentence stands on its own: not two faults, not a scrap."""
    best = group.sentences[0].text
    return len(tokens(best)) >= tuning.min_words and awkward(best, tuning) <= 1


def _fitness(sentence: Sentence, tuning: SelectTuning) -> float:
    """How well a sentence speaks for its group, alone and early: higher is better."""
    early = tuning.position_weight / (1 + sentence.position)
    return early - tuning.awkward_penalty * awkward(sentence.text, tuning)


def awkward(text: str, tuning: SelectTuning) -> int:
    """Faults of a sentence that has to stand on its own."""
    words = tokens(text)
    return sum(
        (
            bool(words) and words[0] in _PRONOUNS,
            bool(words) and words[0] in _CONNECTIVES,
            text.endswith("?"),
            text.count("“") != text.count("”") or text.count('"') % 2 == 1,
            bool(_FIRST_PERSON & set(words)),
            text[0] in '“"' and text[-1] in '”"',
            not tuning.min_words <= len(words) <= tuning.max_words,
        )
    )


def _salience(
    group: OverlapGroup, titles: Mapping[int, frozenset[str]], tuning: SelectTuning
) -> float:
    told = set(content_words(group.sentences[0].text))
    # The share of a title that the sentence tells, on average over the titles of the story.
    shares = [len(title & told) / len(title) for title in titles.values() if title]
    return (
        tuning.centrality_weight * group.centrality
        + tuning.source_weight * math.log2(max(1, group.source_count))
        + tuning.title_weight * (sum(shares) / len(shares) if shares else 0.0)
        + _fitness(group.sentences[0], tuning)
    )


def _bigrams(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(tokens(text)))


def _telling_order(group: OverlapGroup, articles: Sequence[CleanArticle]) -> tuple[float, int, int]:
    """Where the representative tells it; else as far into the article that does."""
    lengths = {article.index: len(article.sentences) for article in articles}
    lead = articles[0].index
    in_lead = [s.position for s in group.sentences if s.article == lead]
    first = group.sentences[0]
    position = min(in_lead) / lengths[lead] if in_lead else first.position / lengths[first.article]
    return position, first.article, first.position
