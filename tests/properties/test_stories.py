"""The laws of clustering: order, strangers and copies change nothing; nothing is lost."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.stories import cluster
from newsfold.pipeline.tuning import CleanTuning, StoryTuning
from newsfold.pipeline.types import (
    Article,
    CleanArticle,
    Granularity,
    StoryCluster,
    StoryMode,
)
from newsfold.pipeline.views import article_vectors
from tests.fakes import BagOfWordsEmbedder

_SUBJECTS = ("ferry", "orchard", "library", "tribunal", "reservoir")
_DETAILS = ("harbour", "council", "Tuesday", "winter", "repair", "crew", "fine", "school", "pump")

_PLACES = ("", "in Ohio", "in Iowa", "in Ohio and Iowa", "of 2019", "of 2021")


class Piece(NamedTuple):
    """What of an article decides where it belongs."""

    title: str
    body: str
    day: int | None


def _piece(subject: str, place: str, details: list[str], day: int | None) -> Piece:
    title = f"The {subject} case {place}".strip() if place else ""
    body = f"The {subject} was in the news because of the {' and the '.join(details)} on record."
    return Piece(title, body, day)


pieces = st.lists(
    st.builds(
        _piece,
        st.sampled_from(_SUBJECTS),
        st.sampled_from(_PLACES),
        st.lists(st.sampled_from(_DETAILS), min_size=3, max_size=9),
        st.none() | st.integers(1, 28),
    ),
    min_size=2,
    max_size=9,
)
STRANGER = Piece(
    "",
    "Quantum xylophones zigzag joyfully beneath Vorpal nebulae, astronomers yodelled loudly.",
    None,
)


def clustered(
    found: list[Piece], names: list[str], granularity: Granularity = Granularity.NORMAL
) -> tuple[StoryCluster, ...]:
    """The stories of articles made of these pieces, with these ids; "" is one that was made."""
    clean = []
    for i, (piece, name) in enumerate(zip(found, names, strict=True)):
        published = dt.datetime(2026, 3, piece.day, tzinfo=dt.UTC) if piece.day else None
        article = Article(
            name or f"article-{i + 1}",
            piece.title,
            piece.body,
            published=published,
            language="en",
            named=bool(name),
        )
        made = prepare(article, i, CleanTuning())
        assert isinstance(made, CleanArticle)
        clean.append(made)
    vectors = asyncio.run(article_vectors(clean, BagOfWordsEmbedder()))
    return cluster(clean, vectors, StoryMode.AUTO, granularity, StoryTuning())


def partition(stories: tuple[StoryCluster, ...], names: list[str]) -> set[frozenset[str]]:
    """Which articles are together, by id."""
    return {frozenset(names[m.index] for m in s.members) for s in stories}


def sources(
    stories: tuple[StoryCluster, ...], found: list[Piece], names: list[str], *, ignored: str
) -> dict[frozenset[str], tuple[int, int]]:
    """How many independent articles and publishers each story has, by its other members."""
    return {
        frozenset(names[m.index] for m in s.members) - {ignored}: (
            len(s.independent),
            len({publisher(found[i]) for i in s.independent}),
        )
        for s in stories
    }


def publisher(piece: Piece) -> str:
    """One of three; a copy has that of its original."""
    return f"publisher {len(piece.body) % 3}"


def named(drawn: list[Piece]) -> list[str]:
    """An id for each."""
    return [f"n{i}" for i in range(len(drawn))]


@settings(max_examples=40, deadline=None)
@given(pieces, st.randoms(use_true_random=False))
def test_the_order_of_the_articles_does_not_matter(drawn: list[Piece], random: object) -> None:
    """Neither to the stories nor to their ids."""
    names = named(drawn)
    order = list(range(len(drawn)))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight = clustered(drawn, names)
    mixed = clustered([drawn[i] for i in order], [names[i] for i in order])
    assert partition(straight, names) == partition(mixed, [names[i] for i in order])
    assert {s.id for s in straight} == {s.id for s in mixed}


@settings(max_examples=40, deadline=None)
@given(pieces, st.randoms(use_true_random=False))
def test_ids_do_not_depend_on_the_order_of_articles_without_ids(
    drawn: list[Piece], random: object
) -> None:
    """Nor on an article that is put before them."""
    order = list(range(len(drawn)))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight = sorted(s.id for s in clustered(drawn, [""] * len(drawn)))
    assert straight == sorted(s.id for s in clustered([drawn[i] for i in order], [""] * len(drawn)))
    prepended = clustered([STRANGER, *drawn], [""] * (len(drawn) + 1))
    assert set(straight) < {s.id for s in prepended}


@settings(max_examples=40, deadline=None)
@given(pieces)
def test_no_article_is_lost_and_none_is_twice(drawn: list[Piece]) -> None:
    """Each is in exactly one story."""
    stories = clustered(drawn, named(drawn))
    assert sorted(m.index for s in stories for m in s.members) == list(range(len(drawn)))


@settings(max_examples=40, deadline=None)
@given(pieces)
def test_a_stranger_changes_no_story(drawn: list[Piece]) -> None:
    """It is a story of its own, and the others keep their ids."""
    before = {s.id for s in clustered(drawn, named(drawn))}
    after = {s.id for s in clustered([*drawn, STRANGER], [*named(drawn), "stranger"])}
    assert before < after
    assert len(after) == len(before) + 1


@settings(max_examples=40, deadline=None)
@given(pieces, st.data())
def test_a_copy_changes_no_storys_sources(drawn: list[Piece], data: st.DataObject) -> None:
    """Whichever it copies and wherever its id sorts, it joins that one's story as no source."""
    names = named(drawn)
    copied = data.draw(st.integers(0, len(drawn) - 1))
    copy = data.draw(st.sampled_from(["a-copy", "n0-copy", "zz-copy"]))
    before = clustered(drawn, names)
    after = clustered([*drawn, drawn[copied]], [*names, copy])
    with_copy = [*names, copy]
    assert partition(before, names) == {members - {copy} for members in partition(after, with_copy)}
    [joined] = [members for members in partition(after, with_copy) if copy in members]
    assert names[copied] in joined
    assert sources(before, drawn, names, ignored=copy) == sources(
        after, [*drawn, drawn[copied]], with_copy, ignored=copy
    )


@settings(max_examples=40, deadline=None)
@given(pieces)
def test_strict_refines_normal_and_normal_refines_loose(drawn: list[Piece]) -> None:
    """Each finer story lies within a coarser one."""
    names = named(drawn)
    strict, normal, loose = (
        partition(clustered(drawn, names, granularity), names)
        for granularity in (Granularity.STRICT, Granularity.NORMAL, Granularity.LOOSE)
    )
    for fine, coarse in ((strict, normal), (normal, loose)):
        assert all(any(small <= large for large in coarse) for small in fine)
