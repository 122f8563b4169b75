"""A plan says the most important things once, within the length asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
import pytest

from newsfold.pipeline import overlap
from newsfold.pipeline.select import select
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import CleanTuning, OverlapTuning, SelectTuning
from newsfold.pipeline.types import (
    Article,
    CleanArticle,
    ClusteredStory,
    FinishReason,
    Member,
    Options,
    OverlapGroup,
    Plan,
    Role,
    Sentence,
    Span,
    StoryCluster,
    WriteMode,
)
from tests.fakes import BagOfWordsEmbedder

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = (
    "The Merrow Lady struck the eastern breakwater at Port Callan on Tuesday morning.",
    "He had never seen a wall so badly broken, the pilot of the tug said.",
    "Divers will examine the harbour wall before any ship may berth there.",
    "About 3,400 people live on Skerrow Island, which has no airport.",
)
SENTENCE = Sentence(0, 0, Span(0, len(FIRST[0])), FIRST[0])
SECOND = (
    "A concert was called off and the fish market closed for the day.",
    "On Tuesday morning the Merrow Lady struck the breakwater at Port Callan.",
)


async def planned(
    options: Options,
    *articles: tuple[str, ...],
    tuning: SelectTuning | None = None,
    published: Sequence[datetime | None] = (),
) -> Plan:
    """The plan over articles of these sentences."""
    clean = []
    for i, (sentences, when) in enumerate(zip_longest(articles, published)):
        article = Article(f"a{i}", "", "\n\n".join(sentences), published=when)
        made = prepare(article, i, CleanTuning())
        assert isinstance(made, CleanArticle)
        clean.append(made)
    everything = [s for a in clean for s in a.sentences]
    vectors = await BagOfWordsEmbedder().embed([s.text for s in everything])
    source_of = {a.index: a.index for a in clean}
    groups = overlap.group(everything, vectors, source_of, OverlapTuning())
    members = tuple(Member(i, Role.MEMBER if i else Role.REPRESENTATIVE) for i in range(len(clean)))
    story = ClusteredStory(StoryCluster("id", members), groups, ())
    return select(story, clean, source_of, options, tuning or SelectTuning())


def told(plan: Plan) -> list[str]:
    """The sentence that speaks for each group."""
    return [group.sentences[0].text for group in plan.groups]


async def test_what_two_sources_say_comes_before_what_one_says() -> None:
    """With room for one sentence it is the shared one."""
    options = Options(target_words=13, write_mode=WriteMode.EXTRACTIVE)
    plan = await planned(options, FIRST, SECOND)
    assert [group.source_count for group in plan.groups] == [2]


async def test_the_most_important_is_told_first_and_the_rest_in_reading_order() -> None:
    """Though the article opens with its background."""
    article = (FIRST[3], FIRST[0], "The island has a school, a chapel and two shops.", FIRST[2])
    options = Options(write_mode=WriteMode.EXTRACTIVE)
    plan = await planned(options, article, SECOND[1:])
    assert told(plan) == [SECOND[1], FIRST[3], *article[2:]]


LATER = "The crane that lifted the ship's hull has left for the yard at Ashby."


@pytest.mark.parametrize(
    ("days", "order"),
    [
        pytest.param((9, 1), [1, 2, 0], id="of weeks: day by day"),
        pytest.param((3, 1), [0, 1, 2], id="of one event: as it is read"),
        pytest.param((9, None), [0, 1, 2], id="of dates that say nothing"),
    ],
)
async def test_a_story_of_many_days_is_told_day_by_day(
    days: Sequence[int | None], order: Sequence[int]
) -> None:
    """Behind what opens it; what both tell has the day of the first."""
    published = [datetime(2026, 5, day, tzinfo=UTC) if day else None for day in days]
    article = (FIRST[0], LATER, FIRST[2])
    options = Options(write_mode=WriteMode.EXTRACTIVE)
    plan = await planned(options, article, (SECOND[1], SECOND[0], FIRST[2]), published=published)
    opens, *rest = told(plan)
    assert "breakwater" in opens
    assert rest == [(LATER, SECOND[0], FIRST[2])[i] for i in order]


async def test_an_article_without_a_date_is_of_the_median_day() -> None:
    """Of two days the later one, where reading order decides."""
    published = [datetime(2026, 5, 20, tzinfo=UTC), None, datetime(2026, 5, 1, tzinfo=UTC)]
    options = Options(write_mode=WriteMode.EXTRACTIVE)
    articles = ((FIRST[0], LATER), (SECOND[0],), (SECOND[1], FIRST[3]))
    plan = await planned(options, *articles, published=published)
    assert told(plan)[1:] == [FIRST[3], SECOND[0], LATER]


async def test_the_plan_keeps_to_the_words_asked_for() -> None:
    """And says that there was more."""
    options = Options(target_words=30, write_mode=WriteMode.EXTRACTIVE)
    plan = await planned(options, FIRST, SECOND)
    assert sum(len(text.split()) for text in told(plan)) <= 30
    assert plan.finish_reason is FinishReason.LENGTH


async def test_the_plan_keeps_to_the_sentences_asked_for() -> None:
    """Two, whatever their length."""
    assert len((await planned(Options(max_sentences=2), FIRST, SECOND)).groups) == 2


async def test_everything_is_said_where_there_is_room() -> None:
    """Then the reason is COMPLETE."""
    plan = await planned(Options(target_words=1_000), FIRST, SECOND)
    assert plan.finish_reason is FinishReason.COMPLETE
    assert len(plan.groups) == 5


async def test_the_rest_follows_the_representative() -> None:
    """The island comes last there, so it comes last here."""
    plan = await planned(Options(target_words=1_000), FIRST)
    assert told(plan) == list(FIRST)


async def test_a_sentence_that_needs_its_context_gives_way() -> None:
    """ "He" is nobody yet."""
    plan = await planned(Options(max_sentences=3), FIRST)
    assert FIRST[1] not in told(plan)


async def test_one_group_is_planned_however_short_the_length() -> None:
    """A summary is never empty."""
    assert len((await planned(Options(target_words=1), FIRST)).groups) == 1


async def test_the_same_words_are_not_said_twice() -> None:
    """Two sentences with most bigrams in common."""
    again = FIRST[0].replace("Tuesday", "a Tuesday").replace("morning", "before noon")
    plan = await planned(Options(target_words=1_000), (FIRST[0],), (again,))
    assert len(plan.groups) == 1


OPENINGS = (
    "Gulls circled over empty quays while shopkeepers swept glass.",
    "Nobody at Vell market talked of anything else before noon.",
    "A brass band cancelled its rehearsal without giving reasons.",
    "Schools in Skerrow opened two hours later than usual.",
    "Fog had lifted by dawn across most northern parishes.",
    "Bakers ran out of bread as families queued outside.",
    "Two councillors left their meeting early and in silence.",
    "Hotel staff carried blankets down towards the old pier.",
)


@pytest.mark.parametrize(("sources", "told_first"), [(2, False), (8, True)])
async def test_what_sources_share_counts_for_more_the_more_they_are(
    sources: int, *, told_first: bool
) -> None:
    """What two say comes after an opening, what eight say before it."""
    articles = [(opening, FIRST[0]) for opening in OPENINGS[:sources]]
    options = Options(max_sentences=1, write_mode=WriteMode.EXTRACTIVE)
    plan = await planned(options, *articles, tuning=SelectTuning(source_weight=0.0))
    assert (told(plan) == [FIRST[0]]) is told_first


async def test_with_one_source_nothing_is_shared() -> None:
    """Then the opening comes first."""
    options = Options(max_sentences=1, write_mode=WriteMode.EXTRACTIVE)
    assert told(await planned(options, (OPENINGS[0], FIRST[0]))) == [OPENINGS[0]]


async def test_a_group_is_told_by_the_sentence_with_the_fewest_faults() -> None:
    """Though one that needs its context stands earlier."""
    faulty = "But we saw the Merrow Lady strike the eastern breakwater at Port Callan on Tuesday."
    options = Options(write_mode=WriteMode.EXTRACTIVE)
    plan = await planned(options, (faulty,), (OPENINGS[0], OPENINGS[1], FIRST[0]))
    assert plan.groups[0].source_count == 2
    assert told(plan)[0] == FIRST[0]


@pytest.mark.parametrize(("centrality", "first"), [(0.6, 2), (0.4, 1)])
def test_of_equally_central_groups_the_shared_one_comes_first(
    centrality: float, first: int
) -> None:
    """Wherever it stands; what is more central may come before it."""
    alone, *shared = (
        replace(sentence, article=article, position=position)
        for sentence, article, position in (
            (SENTENCE, 0, 0),
            (replace(SENTENCE, text=FIRST[2]), 0, 30),
            (replace(SENTENCE, text=FIRST[2]), 1, 30),
        )
    )
    groups = (
        OverlapGroup(tuple(shared), 2, centrality, np.array([1, 0], np.float32)),
        OverlapGroup((alone,), 1, 0.6, np.array([0, 1], np.float32)),
    )
    articles = [
        CleanArticle(Article(f"a{i}", FIRST[0] if i == 0 else "", ""), i, (), own, "en")
        for i, own in enumerate([(alone, shared[0]), (shared[1],)])
    ]
    members = (Member(0, Role.REPRESENTATIVE), Member(1, Role.MEMBER))
    story = ClusteredStory(StoryCluster("id", members), groups, ())
    options = Options(max_sentences=1, write_mode=WriteMode.EXTRACTIVE)
    plan = select(story, articles, {0: 0, 1: 1}, options, SelectTuning())
    assert [group.source_count for group in plan.groups] == [first]


async def test_a_plan_to_be_rewritten_has_groups_to_spare() -> None:
    """Rewriting shortens; the most important are ranked first."""
    plain = await planned(Options(target_words=30, write_mode=WriteMode.EXTRACTIVE), FIRST, SECOND)
    spare = await planned(Options(target_words=30), FIRST, SECOND)
    assert len(spare.groups) > len(plain.groups)
    assert sorted(spare.ranks) == list(range(len(spare.groups)))
    assert len(plain.groups) <= spare.phrased
    assert spare.target_words == 30


async def test_a_plan_to_be_rewritten_has_a_reserve_that_is_not_phrased() -> None:
    """It fills what rewriting leaves of the length; a plan that is not rewritten has none."""
    plain = await planned(Options(target_words=30, write_mode=WriteMode.EXTRACTIVE), FIRST, SECOND)
    spare = await planned(Options(target_words=30), FIRST, SECOND)
    assert plain.phrased == len(plain.groups)
    assert 0 < spare.phrased < len(spare.groups)
