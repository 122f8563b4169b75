"""The labelled stories of the conflicts benchmark, and how a summary of one is judged."""

from __future__ import annotations

import pytest

from benchmarks.conflicts import (
    FOLDER,
    PARTS,
    Case,
    Score,
    is_of,
    judged,
    read_cases,
    tells_one_side,
)
from newsfold.pipeline.types import (
    Conflict,
    ConflictKind,
    ConflictSide,
    FinishReason,
    Member,
    Origin,
    Role,
    Story,
    StoryCluster,
    SummarySentence,
    WriteMode,
)


@pytest.mark.parametrize("name", PARTS.values())
def test_half_of_each_half_disagrees(name: str) -> None:
    """Each with two values that an article states; no id twice."""
    cases = read_cases(FOLDER / name)
    assert len({case.id for case in cases}) == len(cases) == 20
    assert sum(bool(case.values) for case in cases) == 10
    for case in cases:
        for value in case.values:
            assert [a for a in case.articles if value.lower() in a.body.lower()]


@pytest.mark.parametrize(
    ("text", "one_sided"),
    [
        ("Thirty were killed.", True),
        ("At least 30 were killed; the Times gives more than 80.", False),
        ("Many were killed.", False),
    ],
)
def test_a_text_with_one_value_alone_tells_one_side(text: str, *, one_sided: bool) -> None:
    """In whatever form it is written."""
    assert tells_one_side(text, ("at least 30", "more than 80")) is one_sided


def story(text: str, *sides: str) -> Story:
    """A story of one sentence, with a conflict if it has sides."""
    sentence = SummarySentence(text, Origin.EXTRACTED, 1.0, (), 1)
    disputes = (
        (Conflict(ConflictKind.FIGURE, "killed", tuple(ConflictSide(s, (), 1) for s in sides)),)
        if sides
        else ()
    )
    cluster = StoryCluster("x", (Member(0, Role.REPRESENTATIVE),))
    mode = WriteMode.EXTRACTIVE
    return Story(cluster, None, (sentence,), disputes, FinishReason.COMPLETE, mode)


def test_what_was_found_is_counted_beside_what_there_is() -> None:
    """A conflict of other values is found and not right."""
    real, none = Case("a", (), ("30", "80")), Case("b", (), ())
    right, wrong = story("30 or 80.", "at least 30", "80"), story("30.", "30", "60")
    assert is_of(real, right.conflicts[0])
    assert judged([real, none], [right, wrong]) == Score(right=1, found=2, real=1, one_sided=0)
    assert judged([real, none], [wrong, story("7.")]) == Score(0, 1, 1, one_sided=1)
