"""What is a claim, which claims agree, and which figures a group has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsfold.pipeline import conflicts, figures
from newsfold.pipeline.agreement import agree, far_apart
from newsfold.pipeline.claims import casualties, statements, victims
from newsfold.pipeline.facts import calendar_days
from newsfold.pipeline.tuning import ConflictTuning
from newsfold.pipeline.types import (
    Conflict,
    ConflictKind,
    ConflictSide,
    Evidence,
    Figure,
    Sentence,
    Span,
)
from tests.unit.test_overlap import grouped, sentence


@pytest.mark.parametrize(
    ("one", "other", "agreed"),
    [
        ("30", "at least 30", True),
        ("24", "more than 20", True),
        ("84", "more than 20", False),
        ("38", "almost 40", True),
        ("41", "almost 40", False),
        ("38", "up to 40", True),
        ("38", "about 40", True),
        ("48", "about 40", False),
        ("38", "40", False),
        ("£1.2 million", "£1,214,500", True),
        ("38,412", "38,000", True),
        ("41,000", "14,000", False),
        ("at least 30", "more than 80", False),
        ("Tuesday", "tuesday", True),
        ("Tuesday", "Wednesday", False),
        ("3 May", "May 3", True),
        ("3 May", "3 June", False),
    ],
)
def test_values_agree_where_both_can_be_right(one: str, other: str, *, agreed: bool) -> None:
    """Whichever is told first."""
    assert agree(one, other, ConflictTuning()) is agreed
    assert agree(other, one, ConflictTuning()) is agreed


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("More than 40 people were treated for injuries.", [("injured", "More than 40")]),
        ("It came with 214 passengers, leaving 40 people hurt.", [("injured", "40")]),
        ("Two had died in hospital.", []),
        ("Between 30 and 40 people were killed.", []),
        ("Some 30 to 40 people were killed.", []),
        ("He denied strikes on two U.S. bases to avenge the killing.", []),
    ],
)
def test_a_count_of_casualties_is_of_all_of_them(text: str, claimed: list[tuple[str, str]]) -> None:
    """No part, no range, no pronoun, no count of something else."""
    assert [(c.subject, c.text) for c in casualties(sentence(text, 0))] == claimed


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("Seven miners were missing in the Corran field.", [("missing", "Seven")]),
        ("At least 12 young climbers had been hurt.", [("injured", "At least 12")]),
        ("The fall left nine climbers dead.", [("killed", "nine")]),
        ("Four nurses and 11 porters were killed.", []),
        ("Among them six nurses were hurt.", []),
        ("Seven people were missing.", []),
        ("Two bridges were closed, and people were hurt.", []),
        ("Six to nine climbers were hurt.", []),
        ("Four horses died in the blaze.", []),
        ("Two guards killed several people.", []),
        ("Two officers arrested the mayor.", []),
        ("They were found after six days missing.", []),
        ("Twelve climbers died in 2019.", []),
        ("Two of the seven miners were missing.", []),
    ],
)
def test_victims_are_counted_by_what_else_they_are(
    text: str, claimed: list[tuple[str, str]]
) -> None:
    """Where that stands beside what became of them, and they are not one of two kinds."""
    assert [(c.subject, c.text) for c in victims(sentence(text, 0))] == claimed


@pytest.mark.parametrize(
    ("told", "values"),
    [
        ("The pumps had come on Sunday.", [{"Seven", "11"}]),
        ("In all 11 people were missing.", []),
    ],
)
async def test_a_kind_of_victims_is_all_of_them_where_a_source_counts_no_others(
    told: str, values: list[set[str]]
) -> None:
    """Else it is a part."""
    groups = await grouped(
        sentence("Seven miners were missing after water broke into a shaft.", 0),
        sentence(told, 0, 1),
        sentence("Water broke into a shaft, and 11 people are missing.", 1),
    )
    found = conflicts.find(groups, {0: 0, 1: 1}, ConflictTuning())
    assert [{side.value for side in c.sides} for c in found] == values


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("It will spend £4.2m on the bridge.", [("amount in £", "£4.2m")]),
        ("It felled 1,200 trees.", [("trees", "1,200")]),
        ("It felled two other trees.", []),
        ("It opens on 3 May.", [("date", "3 May")]),
        ("It opens by Friday.", []),
        ("It burned on Monday and on Tuesday.", []),
        ("The price rose to between $3 and $4.", []),
        ("Covid-19 cases kept them in for 14 days.", []),
    ],
)
def test_a_statement_is_of_one_thing_of_a_kind(text: str, claimed: list[tuple[str, str]]) -> None:
    """A count, a sum, a day or a date."""
    assert [(c.subject, c.text) for c in statements(sentence(text, 0))] == claimed


def test_figures_that_are_far_apart_are_of_two_things() -> None:
    """The dead of a town and of a country; days are never far apart."""
    tuning = ConflictTuning()
    assert far_apart("two", "176", tuning)
    assert not far_apart("at least 30", "more than 80", tuning)
    assert not far_apart("Monday", "Tuesday", tuning)


async def test_an_update_is_no_conflict() -> None:
    """The later source tells the earlier figure too."""
    groups = await grouped(
        sentence("Three people were killed in a fire at a mill in Pell.", 0),
        sentence("The dead of the mill fire in Pell rose from three to five.", 1),
        sentence("Five people were killed in the fire at the mill in Pell.", 1, 1),
    )
    assert conflicts.find(groups, {0: 0, 1: 1}, ConflictTuning()) == ()


async def test_a_date_or_an_age_is_no_earlier_figure() -> None:
    """Of two reports one was written on the 30th, and has a man of 30."""
    groups = await grouped(
        sentence("At least 30 people were killed in a fire at a mill in Pell.", 0),
        sentence(
            "On 30 May 52 people were killed in the fire at Pell, a 30-year-old among them.", 1
        ),
    )
    [found] = conflicts.find(groups, {0: 0, 1: 1}, ConflictTuning())
    assert {side.value for side in found.sides} == {"At least 30", "52"}


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (2, 0, 1)])
async def test_whether_sources_disagree_does_not_depend_on_their_order(
    order: tuple[int, ...],
) -> None:
    """ "About 30" covers 32, and 30 does not, whichever stands for both."""
    counts = ("About 30", "30", "32")
    said = [f"{count} people were killed in a fire at a mill in Pell." for count in counts]
    groups = await grouped(*(sentence(said[i], place) for place, i in enumerate(order)))
    [found] = conflicts.find(groups, {0: 0, 1: 1, 2: 2}, ConflictTuning())
    assert {side.value for side in found.sides} == {"30", "32"}


async def test_dollars_of_two_countries_are_not_compared() -> None:
    """Nor is there a rate at which to."""
    said = "Ferrow council agreed to spend {} million on a new footbridge over the river Ferr."
    groups = await grouped(sentence(said.format("A$10"), 0), sentence(said.format("US$7"), 1))
    assert conflicts.find(groups, {0: 0, 1: 1}, ConflictTuning()) == ()


async def test_a_thousand_values_of_one_thing_are_not_all_compared() -> None:
    """The sides are no more than the values compared."""
    tuning = ConflictTuning()
    said = "Ferrow council agreed to spend £{} on a new footbridge over the river Ferr."
    sentences = [sentence(said.format(1_001 + 7 * i), i) for i in range(1_000)]
    [group] = await grouped(*sentences[:1])
    wide = replace(group, sentences=tuple(sentences), source_count=len(sentences))
    [found] = conflicts.find([wide], {i: i for i in range(1_000)}, tuning)
    assert 2 <= len(found.sides) <= tuning.most_compared


def test_days_of_a_month_are_read_in_either_order() -> None:
    """With the month's first letters; a number of something else is none."""
    text = "From 3 May to June 4th, 2020, not June 12,000 people, nor May 2021."
    assert [day for day, _, _ in calendar_days(text)] == [("may", 3), ("jun", 4)]


async def test_a_group_has_its_figures_once_and_the_sentences_that_state_them() -> None:
    """Units as written; years, times and ordinals are no figures."""
    texts = (
        "The ferry carried 214 passengers and 19 crew from Skerrow at 7:40 a.m. in 1998.",
        "The ferry from Skerrow carried 214 passengers in 1998, for £5 each, on its 82nd trip.",
    )
    groups = await grouped(*(sentence(text, i) for i, text in enumerate(texts)))
    [marked] = figures.marked(groups, ())
    order = [s.article for s in marked.sentences]
    at = {text: order.index(i) for i, text in enumerate(texts)}
    first, second = (at[text] for text in texts)
    assert set(marked.figures) == {
        Figure("214", "passengers", (0, 1)),
        Figure("19", "", (first,)),
        Figure("£5", "£", (second,)),
    }
    assert marked.conflicts == ()


async def test_figures_of_two_units_are_two_and_days_of_a_month_are_none() -> None:
    """30 passengers are not 30 minutes."""
    text = "On 3 May the ferry took 30 passengers across the sound of Skerrow in 30 minutes."
    [marked] = figures.marked(await grouped(sentence(text, 0)), ())
    assert marked.figures == (Figure("30", "passengers", (0,)), Figure("30", "minutes", (0,)))


async def test_a_group_names_the_conflicts_in_which_it_is_evidence() -> None:
    """By their place in the story's."""
    one, other = sentence("It burned for hours on Monday.", 0), sentence("Pumps came by rail.", 1)
    side = ConflictSide("Monday", (Evidence(0, one.span, 1.0),), 1)
    disputes = (
        Conflict(ConflictKind.FIGURE, "killed", ()),
        Conflict(ConflictKind.DATE, "day", (side,)),
    )
    marked = figures.marked(await grouped(one, other), disputes)
    assert {g.sentences[0].text: g.conflicts for g in marked} == {one.text: (1,), other.text: ()}


def test_a_claim_knows_the_words_of_its_clause() -> None:
    """Not those of the next clause, and no numbers."""
    text = "After 40 people were hurt, the Merrow Lady hit the wall on Tuesday, police said."
    [day] = [c for c in statements(Sentence(0, 0, Span(0, len(text)), text)) if c.subject == "day"]
    assert day.clause == {"merrow", "lady", "hit", "wall"}
    assert day.around == {"hit", "wall", "polic"}
