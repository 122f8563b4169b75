"""Does a plan mention what several sources tell before what one of them tells alone?

What several sources tell is passed over if it fits and the plan takes something that one source
tells, as central to three decimals, before it. It fits if it has room where the other was
taken, stands on its own, and repeats nothing planned by then. The parts of one group are no rivals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.corpora import BUDGETS, neus_summaries
from benchmarks.report import Result
from newsfold.pipeline.fitting import count_words
from newsfold.pipeline.pipeline import source_keys
from newsfold.pipeline.select import repeats, select, tellings, worth_telling
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import Tuning
from newsfold.pipeline.types import CleanArticle, Options, StoryMode, WriteMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.corpora import GoldSummary
    from newsfold.pipeline.pipeline import Pipeline
    from newsfold.pipeline.tuning import SelectTuning
    from newsfold.pipeline.types import ClusteredStory, OverlapGroup

_TUNING = Tuning()
_EQUAL = 0.0005
"""Of two centralities that are called equal: to three decimals."""


async def passed_over_groups(pipeline: Pipeline, stories: int) -> list[Result]:
    """How many groups are, in the plans of neus_fulltext val; `stories` of them, 0 for all."""
    sample = neus_summaries("val")[: stories or None]
    clustered = [await _clustered(pipeline, story) for story in sample]
    results = []
    for words in BUDGETS:
        found = sum(_in_plan(*story, words, _TUNING.select) for story in clustered)
        setting = f"neus_fulltext val, {len(sample)} plans of {words} words"
        row = Result("multi-source groups passed over", "newsfold", setting, found, "groups")
        results.append(row.at_most(0))
    return results


def passed_over(
    chosen: Sequence[OverlapGroup],
    shared: Sequence[OverlapGroup],
    words: int,
    tuning: SelectTuning,
) -> int:
    """How many of `shared`, which several sources tell, a plan of so many words passes over.

    `chosen` is what it took, in the order in which it did.
    """
    over: set[int] = set()
    for rank, single in enumerate(chosen):
        if single.source_count > 1:
            continue
        before = chosen[:rank]
        room = words - sum(_words(group) for group in before)
        over |= {
            i
            for i, group in enumerate(shared)
            if abs(group.centrality - single.centrality) < _EQUAL
            and group.vector is not single.vector  # not a part of the same group
            and _words(group) <= room
            and not _is_told(group, [*before, single])
            and not repeats(group, before, tuning)
        }
    return len(over)


async def _clustered(
    pipeline: Pipeline, story: GoldSummary
) -> tuple[ClusteredStory, list[CleanArticle], dict[int, int]]:
    options = Options(story_mode=StoryMode.SINGLE_STORY, allow_truncation=True)
    (found,) = (await pipeline.cluster(story.articles, options)).stories
    prepared = [prepare(a, i, _TUNING.clean) for i, a in enumerate(story.articles)]
    read = {article.index: article for article in prepared if isinstance(article, CleanArticle)}
    articles = [read[i] for i in found.cluster.independent]
    return found, articles, source_keys(articles)


def _in_plan(
    story: ClusteredStory,
    articles: Sequence[CleanArticle],
    source_of: Mapping[int, int],
    words: int,
    tuning: SelectTuning,
) -> int:
    """How many groups the extractive plan of so many words passes over."""
    options = Options(target_words=words, write_mode=WriteMode.EXTRACTIVE)
    plan = select(story, articles, source_of, options, tuning)
    chosen = [plan.groups[i] for i in sorted(range(len(plan.ranks)), key=plan.ranks.__getitem__)]
    told = tellings(story, articles, source_of, tuning)
    shared = [t.group for t in told if t.group.source_count > 1]
    return passed_over(
        chosen, [group for group in shared if worth_telling(group, tuning)], words, tuning
    )


def _is_told(group: OverlapGroup, told: Sequence[OverlapGroup]) -> bool:
    """Whether one of these has a sentence of the group."""
    own = {(s.article, s.position) for s in group.sentences}
    return any((s.article, s.position) in own for other in told for s in other.sentences)


def _words(group: OverlapGroup) -> int:
    return count_words(group.sentences[0].text)
