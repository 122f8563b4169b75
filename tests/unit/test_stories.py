"""Articles that tell the same story come together; copies are one source."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline.copies import originals, text_hash
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.stories import cluster
from newsfold.pipeline.tuning import CleanTuning, StoryTuning
from newsfold.pipeline.types import Article, CleanArticle, Granularity, Role, StoryMode
from newsfold.pipeline.views import article_vectors
from tests.fakes import BagOfWordsEmbedder

if TYPE_CHECKING:
    from newsfold.pipeline.types import StoryCluster

FERRY = """A passenger ferry struck the eastern breakwater at Port Callan on Tuesday morning in high
winds, injuring at least 30 people, the coastguard said. The Merrow Lady was coming in from Skerrow
Island with 214 passengers when it hit the wall. Six of the injured are in a serious condition at
St. Brannoc's Hospital. Divers will examine the wall on Wednesday."""
ORCHARD = """Growers in the Vell valley expect the largest apple harvest in twenty years. The
cooperative has hired 300 pickers and two cold stores near the railway. Prices are expected to fall
before the winter, the cooperative's chairman said, and cider makers have doubled their orders."""


def article(name: str, body: str, day: int | None = None) -> CleanArticle:
    """A clean article; its index is that of its place in the list it is put in."""
    published = dt.datetime(2026, 3, day, tzinfo=dt.UTC) if day else None
    prepared = prepare(Article(name, "", body, published=published), 0, CleanTuning())
    assert isinstance(prepared, CleanArticle)
    return prepared


async def clustered(
    articles: list[CleanArticle], mode: StoryMode = StoryMode.AUTO
) -> tuple[StoryCluster, ...]:
    """Cluster at NORMAL with word vectors."""
    placed = [
        CleanArticle(a.article, i, a.kept, a.sentences, a.language) for i, a in enumerate(articles)
    ]
    vectors = await article_vectors(placed, BagOfWordsEmbedder())
    return cluster(placed, vectors, mode, Granularity.NORMAL, StoryTuning())


def copies_among(
    articles: list[CleanArticle], tuning: StoryTuning | None = None
) -> dict[int, tuple[int, Role]]:
    """The copies, the articles being in order."""
    hashes = [text_hash(article) for article in articles]
    return originals(articles, hashes, range(len(articles)), tuning or StoryTuning())


async def test_a_near_copy_points_at_the_earlier_text() -> None:
    """A reprint with a word changed a day later."""
    reprint = FERRY.replace("high\nwinds", "strong\nwinds")
    [story] = await clustered([article("late", reprint, 11), article("wire", FERRY, 10)])
    roles = {m.index: (m.role, m.copy_of) for m in story.members}
    assert roles == {0: (Role.NEAR_COPY, 1), 1: (Role.REPRESENTATIVE, None)}
    assert story.independent == (1,)


async def test_an_exact_copy_differs_in_case_and_spacing_only() -> None:
    """And is told apart from a near one."""
    respaced = " ".join(FERRY.split()).replace("Port Callan", "PORT CALLAN")
    [story] = await clustered([article("wire", FERRY, 10), article("again", respaced, 11)])
    assert [m.role for m in story.members] == [Role.REPRESENTATIVE, Role.EXACT_COPY]


async def test_a_copy_of_a_near_copy_points_at_the_original() -> None:
    """Never at another copy."""
    reprint = FERRY.replace("high\nwinds", "strong\nwinds")
    articles = [article("a", FERRY, 10), article("b", reprint, 11), article("c", reprint, 12)]
    [story] = await clustered(articles)
    assert [m.copy_of for m in story.members] == [None, 0, 0]


def test_short_texts_have_no_near_copies() -> None:
    """ "Wins Ohio" is no reprint of "wins Iowa"."""
    pair = [
        article("a", "Senator Roe wins Ohio vote."),
        article("b", "Senator Roe wins Iowa vote."),
    ]
    assert copies_among(pair) == {}


async def test_days_between_part_the_same_words() -> None:
    """The accident of another month is another story; a missing date parts nothing."""
    again = FERRY.replace("Tuesday", "Friday").replace("30", "four").replace("214", "61")
    again = again.replace("Merrow Lady", "Lady Aldith").replace("Port Callan", "Wendmouth")
    apart = await clustered([article("a", FERRY, 1), article("b", again + ORCHARD, 28)])
    assert len(apart) == 2
    together = await clustered([article("a", FERRY, 1), article("b", FERRY + ORCHARD)])
    assert len(together) == 1


async def test_the_largest_story_comes_first_then_the_earliest() -> None:
    """By independent articles."""
    other = FERRY + " The harbour board will meet on Thursday to hear the pilots."
    articles = [article("orchard", ORCHARD, 1), article("a", FERRY, 10), article("b", other, 11)]
    stories = await clustered([*articles[:1], *articles[1:]], StoryMode.ONE_PER_ARTICLE)
    assert [s.members[0].index for s in stories] == [0, 1, 2]


async def test_similarity_to_the_representative_is_a_cosine() -> None:
    """1 for itself, between 0 and 1 for the rest."""
    [story] = await clustered([article("a", FERRY), article("b", ORCHARD)], StoryMode.SINGLE_STORY)
    assert np.isclose(story.members[0].similarity, 1.0)
    assert 0.0 <= story.members[1].similarity < 1.0
