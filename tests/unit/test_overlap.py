"""Sentences that state the same thing come together; their sources are counted and compared."""

from __future__ import annotations

from newsfold.pipeline import conflicts, overlap
from newsfold.pipeline.tuning import ConflictTuning, OverlapTuning
from newsfold.pipeline.types import ConflictKind, OverlapGroup, Sentence, Span
from tests.fakes import BagOfWordsEmbedder

STRUCK = "The Merrow Lady struck the eastern breakwater at Port Callan on Tuesday morning."
AGAIN = "On Tuesday morning the Merrow Lady struck the breakwater at Port Callan."
MONDAY = "The Merrow Lady struck the eastern breakwater at Port Callan on Monday morning."
DIVERS = "Divers will examine the harbour wall before any ship may berth there."
THIRTY = "At least 30 people were injured when the ferry hit the wall."
FORTY = "The ferry hit the wall, and more than 40 people were injured."


def sentence(text: str, article: int, position: int = 0) -> Sentence:
    """A sentence of an article."""
    return Sentence(article, position, Span(0, len(text)), text)


async def grouped(
    *sentences: Sentence, source_of: dict[int, int] | None = None
) -> tuple[OverlapGroup, ...]:
    """Groups by word vectors; every article its own source unless said otherwise."""
    vectors = await BagOfWordsEmbedder().embed([s.text for s in sentences])
    sources = source_of or {s.article: s.article for s in sentences}
    return overlap.group(sentences, vectors, sources, OverlapTuning())


async def test_the_same_fact_of_two_articles_is_one_group() -> None:
    """And comes before what one article says alone."""
    first, second = await grouped(sentence(DIVERS, 0, 1), sentence(STRUCK, 0), sentence(AGAIN, 1))
    assert {s.text for s in first.sentences} == {STRUCK, AGAIN}
    assert (first.source_count, second.source_count) == (2, 1)


async def test_articles_of_one_publisher_are_one_source() -> None:
    """Two sentences, one source."""
    [group] = await grouped(sentence(STRUCK, 0), sentence(AGAIN, 1), source_of={0: 0, 1: 0})
    assert group.source_count == 1


async def test_every_sentence_is_in_exactly_one_group() -> None:
    """Across block borders too: more sentences than one block holds."""
    many = [sentence(f"{DIVERS} Number {i} of the list was {i * 7}.", 0, i) for i in range(1_100)]
    groups = await grouped(*many, sentence(STRUCK, 1))
    places = sorted((s.article, s.position) for g in groups for s in g.sentences)
    assert places == sorted((s.article, s.position) for s in [*many, sentence(STRUCK, 1)])


async def test_figures_of_the_same_casualties_conflict_with_the_evidence_of_each_side() -> None:
    """At least 30 against more than 40."""
    groups = await grouped(sentence(THIRTY, 0), sentence(FORTY, 1), sentence(THIRTY, 2, 3))
    [found] = conflicts.find(groups, {0: 0, 1: 1, 2: 2}, ConflictTuning())
    assert (found.kind, found.subject) == (ConflictKind.FIGURE, "injured")
    assert [(side.value, side.source_count) for side in found.sides] == [
        ("At least 30", 2),
        ("more than 40", 1),
    ]
    assert [e.article for e in found.sides[0].evidence] == [0, 2]


async def test_a_count_of_a_part_is_no_conflict() -> None:
    """Six of them seriously."""
    part = "Six people were seriously injured when the ferry hit the wall."
    groups = await grouped(sentence(THIRTY, 0), sentence(part, 1))
    assert conflicts.find(groups, {0: 0, 1: 1}, ConflictTuning()) == ()


async def test_rounding_is_no_conflict() -> None:
    """About 30 is 30."""
    groups = await grouped(
        sentence("The ferry carried 214 passengers from Skerrow Island to Port Callan.", 0),
        sentence("The ferry carried about 214 passengers from Skerrow Island to Port Callan.", 1),
    )
    assert conflicts.find(groups, {0: 0, 1: 1}, ConflictTuning()) == ()


async def test_a_source_does_not_disagree_with_itself() -> None:
    """An update in the same article, or by the same publisher."""
    groups = await grouped(sentence(THIRTY, 0), sentence(FORTY, 0, 1))
    assert conflicts.find(groups, {0: 0}, ConflictTuning()) == ()


async def test_different_weekdays_of_one_event_conflict() -> None:
    """Monday against Tuesday."""
    groups = await grouped(sentence(STRUCK, 0), sentence(MONDAY, 1))
    [found] = conflicts.find(groups, {0: 0, 1: 1}, ConflictTuning())
    assert found.kind is ConflictKind.DATE
    assert {side.value for side in found.sides} == {"Tuesday", "Monday"}
