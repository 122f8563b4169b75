"""The laws of clustering: order, strangers and copies change nothing; nothing is lost."""

from __future__ import annotations

import asyncio

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

bodies = st.lists(
    st.tuples(
        st.sampled_from(_SUBJECTS), st.lists(st.sampled_from(_DETAILS), min_size=3, max_size=9)
    ),
    min_size=2,
    max_size=9,
).map(
    lambda picks: [
        f"The {subject} was in the news because of the {' and the '.join(details)} on record."
        for subject, details in picks
    ]
)
STRANGER = "Quantum xylophones zigzag joyfully beneath Vorpal nebulae, astronomers yodelled loudly."


def clustered(
    texts: list[str], names: list[str], granularity: Granularity = Granularity.NORMAL
) -> tuple[StoryCluster, ...]:
    """The stories of articles with these bodies and ids."""
    clean = []
    for i, (text, name) in enumerate(zip(texts, names, strict=True)):
        made = prepare(Article(name, "", text, language="en"), i, CleanTuning())
        assert isinstance(made, CleanArticle)
        clean.append(made)
    vectors = asyncio.run(article_vectors(clean, BagOfWordsEmbedder()))
    return cluster(clean, vectors, StoryMode.AUTO, granularity, StoryTuning())


def partition(stories: tuple[StoryCluster, ...], names: list[str]) -> set[frozenset[str]]:
    """Which articles are together, by id."""
    return {frozenset(names[m.index] for m in s.members) for s in stories}


def named(texts: list[str]) -> list[str]:
    """An id for each."""
    return [f"n{i}" for i in range(len(texts))]


@settings(max_examples=40, deadline=None)
@given(bodies, st.randoms(use_true_random=False))
def test_the_order_of_the_articles_does_not_matter(texts: list[str], random: object) -> None:
    """Neither to the stories nor to their ids."""
    names = named(texts)
    order = list(range(len(texts)))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight = clustered(texts, names)
    mixed = clustered([texts[i] for i in order], [names[i] for i in order])
    assert partition(straight, names) == partition(mixed, [names[i] for i in order])
    assert {s.id for s in straight} == {s.id for s in mixed}


@settings(max_examples=40, deadline=None)
@given(bodies)
def test_no_article_is_lost_and_none_is_twice(texts: list[str]) -> None:
    """Each is in exactly one story."""
    stories = clustered(texts, named(texts))
    assert sorted(m.index for s in stories for m in s.members) == list(range(len(texts)))


@settings(max_examples=40, deadline=None)
@given(bodies)
def test_a_stranger_changes_no_story(texts: list[str]) -> None:
    """It is a story of its own, and the others keep their ids."""
    before = {s.id for s in clustered(texts, named(texts))}
    after = {s.id for s in clustered([*texts, STRANGER], [*named(texts), "stranger"])}
    assert before < after
    assert len(after) == len(before) + 1


@settings(max_examples=40, deadline=None)
@given(bodies)
def test_a_copy_changes_no_storys_sources(texts: list[str]) -> None:
    """It joins the story of its original and counts for nothing."""
    before = clustered(texts, named(texts))
    after = clustered([*texts, texts[0]], [*named(texts), "zz-copy"])
    assert sorted(len(s.independent) for s in before) == sorted(len(s.independent) for s in after)


@settings(max_examples=40, deadline=None)
@given(bodies)
def test_strict_refines_normal_and_normal_refines_loose(texts: list[str]) -> None:
    """Each finer story lies within a coarser one."""
    names = named(texts)
    strict, normal, loose = (
        partition(clustered(texts, names, granularity), names)
        for granularity in (Granularity.STRICT, Granularity.NORMAL, Granularity.LOOSE)
    )
    for fine, coarse in ((strict, normal), (normal, loose)):
        assert all(any(small <= large for large in coarse) for small in fine)
