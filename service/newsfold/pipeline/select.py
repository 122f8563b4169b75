"""Step 6: groups -> a plan: what the summary says, in which order, within the length asked for.

Greedy: the group that adds most comes next, until no group fits. Salience, phrases of several
sources and a new voice count, likeness to what is chosen counts against it. What was chosen first
is told first, the others in reading order, of a story that goes on for days day by day. A group
whose sentences share few words has several things to tell, each a group of the plan.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline.facts import bigrams, content_words, tokens
from newsfold.pipeline.fitting import count_words
from newsfold.pipeline.overlap import around_first
from newsfold.pipeline.phrases import SharedPhrases
from newsfold.pipeline.types import FinishReason, Plan, WriteMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

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
    choice = _Choice(tellings(story, articles, source_of, tuning), articles, source_of, tuning)
    most = options.max_sentences or _UNBOUNDED
    choice.fill(round(target * (tuning.spare if rewritten else 1.0)), target, most)
    phrased = len(choice.chosen)
    if rewritten:
        choice.fill(round(target * tuning.reserve), target, most)
    days = _days(articles, tuning)
    told = sorted(
        enumerate(choice.chosen),
        key=lambda pair: (pair[0] > 0, _told_on(pair[1], days), _reading_order(pair[1], articles)),
    )
    return Plan(
        groups=tuple(group for _, group in told),
        ranks=tuple(rank for rank, _ in told),
        phrased=phrased,
        target_words=target,
        finish_reason=FinishReason.LENGTH if choice.left_out else FinishReason.COMPLETE,
    )


@dataclass(frozen=True, eq=False, slots=True)
class Telling:
    """A group, the sentence first that tells it best."""

    group: OverlapGroup
    whole: int
    """Position of the group of the story that it is, or is a part of."""
    salience: float
    words: int
    """Of its first sentence."""


class _Choice:
    """Groups chosen one after another, each for what it adds to those before."""

    def __init__(
        self,
        tellings: Sequence[Telling],
        articles: Sequence[CleanArticle],
        source_of: Mapping[int, int],
        tuning: SelectTuning,
    ) -> None:
        """Chooses among `tellings`, those that stand on their own if there are any."""
        self._tuning = tuning
        self._all = [t for t in tellings if worth_telling(t.group, tuning)] or [*tellings]
        groups = [telling.group for telling in self._all]
        self._wholes = np.array([telling.whole for telling in self._all])
        self._salience = np.array([telling.salience for telling in self._all])
        self._lengths = np.array([telling.words for telling in self._all])
        self._vectors = np.stack([group.vector for group in groups])
        self._centrality = np.array([group.centrality for group in groups])
        self._sources = np.array([group.source_count for group in groups])
        self._voices = [{source_of[s.article] for s in group.sentences} for group in groups]
        self._phrases = SharedPhrases(
            [_said(group) for group in groups], articles, source_of, tuning
        )
        self._open = np.ones(len(groups), dtype=bool)
        self._alike = np.zeros(len(groups))
        self._heard: set[int] = set()
        self._words = 0
        self.chosen: list[OverlapGroup] = []

    @property
    def left_out(self) -> bool:
        """Whether a group was not chosen."""
        return bool(self._open.any())

    def fill(self, budget: int, target: int, most: int) -> None:
        """Choose until no group fits into `budget` words, or there are `most`.

        The first one fits into `target` if any does.
        """
        left = self._open.copy()
        while len(self.chosen) < most and (fitting := self._fitting(left, budget, target)).any():
            best = self._best(fitting)
            left[best] = False
            if not repeats(self._all[best].group, self.chosen, self._tuning):
                self._choose(best)

    def _fitting(self, left: NDArray[np.bool_], budget: int, target: int) -> NDArray[np.bool_]:
        if self.chosen:
            return left & (self._lengths <= budget - self._words)
        fitting = left & (self._lengths <= target)
        return fitting if fitting.any() else left

    def _best(self, fitting: NDArray[np.bool_]) -> int:
        """The one with the greatest gain; of equals the one with more sources, then more central.

        What a single source has gives way to another group as central that several have.
        """
        gain = np.round(self._gain(), 5)
        best = self._first(fitting, gain)
        if self._sources[best] == 1:
            apart = np.abs(self._centrality - self._centrality[best])
            as_central = apart < self._tuning.equally_central
            shared = fitting & as_central & (self._sources > 1)
            shared &= self._wholes != self._wholes[best]
            if shared.any():
                return self._first(shared, gain)
        return best

    def _first(self, among: NDArray[np.bool_], gain: NDArray[np.float64]) -> int:
        places = np.flatnonzero(among)
        keys = (-np.round(self._centrality[places], 5), -self._sources[places], -gain[places])
        return int(places[np.lexsort(keys)[0]])

    def _gain(self) -> NDArray[np.float64]:
        """Salience less redundancy, with what is new: phrases of several sources, a source."""
        new_voice = np.array([not voices <= self._heard for voices in self._voices])
        return (
            self._salience
            - self._tuning.redundancy_weight * self._alike
            + self._phrases.weight * self._phrases.added()
            + self._tuning.voice_weight * new_voice
        )

    def _choose(self, best: int) -> None:
        self._open[best] = False
        self._phrases.tell(best)
        self._heard |= self._voices[best]
        self._words += int(self._lengths[best])
        alike = np.asarray(self._vectors @ self._vectors[best], dtype=np.float64)
        self._alike = np.maximum(self._alike, alike) if self.chosen else alike
        self.chosen.append(self._all[best].group)


def tellings(
    story: ClusteredStory,
    articles: Sequence[CleanArticle],
    source_of: Mapping[int, int],
    tuning: SelectTuning,
) -> list[Telling]:
    """What the groups have to tell, in parts whose sentences share enough of their words."""
    titles = {a.index: frozenset(content_words(a.article.title)) for a in articles}
    lead = articles[0].index
    found = []
    for place, group in enumerate(story.groups):
        led = tuning.representative_weight * any(s.article == lead for s in group.sentences)
        best_first = _lead_with_best(group, tuning)
        for telling in around_first(best_first, tuning.one_telling, source_of):
            salience = led + _salience(telling, titles, tuning)
            found.append(Telling(telling, place, salience, count_words(_said(telling))))
    return found


def _lead_with_best(group: OverlapGroup, tuning: SelectTuning) -> OverlapGroup:
    """The group with the sentence first that stands best on its own: fewest faults, then early."""
    ordered = sorted(group.sentences, key=lambda s: (awkward(s.text, tuning), s.position))
    return replace(group, sentences=tuple(ordered))


def worth_telling(group: OverlapGroup, tuning: SelectTuning) -> bool:
    """Whether its best sentence stands on its own: not two faults, not a scrap."""
    best = _said(group)
    return len(tokens(best)) >= tuning.min_words and awkward(best, tuning) <= 1


def _fitness(sentence: Sentence, tuning: SelectTuning) -> float:
    """How well a sentence speaks for its group, alone and early: higher is better."""
    early = tuning.position_weight / math.pow(1 + sentence.position, tuning.position_power)
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
    told = set(content_words(_said(group)))
    # The share of a title that the sentence tells, on average over the titles of the story.
    shares = [len(title & told) / len(title) for title in titles.values() if title]
    return (
        tuning.centrality_weight * group.centrality
        + tuning.source_weight * math.log2(max(1, group.source_count))
        + tuning.title_weight * (sum(shares) / len(shares) if shares else 0.0)
        + _fitness(group.sentences[0], tuning)
    )


def repeats(group: OverlapGroup, chosen: Sequence[OverlapGroup], tuning: SelectTuning) -> bool:
    """Whether too many of its bigrams stand in a sentence chosen before."""
    own = bigrams(_said(group))
    return any(
        len(own & bigrams(_said(other))) > tuning.max_bigram_overlap * len(own) for other in chosen
    )


def _said(group: OverlapGroup) -> str:
    """The sentence that speaks for a group."""
    return group.sentences[0].text


def _days(articles: Sequence[CleanArticle], tuning: SelectTuning) -> dict[int, int]:
    """The day of each article of a story that goes on for days; of another story none.

    An article without a date counts as of their median day.
    """
    dated = {
        a.index: a.article.published.date().toordinal() for a in articles if a.article.published
    }
    known = sorted(dated.values())
    if not known or known[-1] - known[0] <= tuning.one_event_days:
        return {}
    return dict.fromkeys((a.index for a in articles), known[len(known) // 2]) | dated


def _told_on(group: OverlapGroup, days: Mapping[int, int]) -> int:
    """The first day on which an article tells it; 0 where days do not count."""
    return min(days[sentence.article] for sentence in group.sentences) if days else 0


def _reading_order(group: OverlapGroup, articles: Sequence[CleanArticle]) -> tuple[float, int, int]:
    """Where the representative tells it; else as far into the article that does."""
    lengths = {article.index: len(article.sentences) for article in articles}
    lead = articles[0].index
    in_lead = [s.position for s in group.sentences if s.article == lead]
    first = group.sentences[0]
    position = min(in_lead) / lengths[lead] if in_lead else first.position / lengths[first.article]
    return position, first.article, first.position
