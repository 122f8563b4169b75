"""Articles that tell the same story come together; copies are one source."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline.copies import near_pairs, originals, text_hash
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


def test_near_copies_are_the_same_pairs_as_by_comparing_all() -> None:
    """On random sets that share members at every rate, common ones among them."""
    rng = np.random.default_rng(0)
    tuning = StoryTuning()
    pool = rng.permuted(np.arange(4_000, dtype=np.uint64))
    sets = []
    for _ in range(60):
        kept = pool[: rng.integers(5, 120)]
        own = rng.integers(10_000, 1_000_000, rng.integers(0, 60)).astype(np.uint64)
        sets.append(np.unique(np.concatenate([kept, own])))
    expected = [
        [i, j]
        for i, j in combinations(range(len(sets)), 2)
        if near_by_definition(set(sets[i].tolist()), set(sets[j].tolist()), tuning)
    ]
    assert len(expected) > 20
    assert near_pairs(sets, tuning).tolist() == expected


def near_by_definition(a: set[int], b: set[int], tuning: StoryTuning) -> bool:
    """As the docstrings of the settings have it."""
    shared, small, large = len(a & b), min(len(a), len(b)), max(len(a), len(b))
    if small < tuning.min_shingles:
        return False
    return shared >= tuning.near_jaccard * len(a | b) or (
        shared >= tuning.near_containment * small and small >= tuning.near_size * large
    )


def test_an_unrelated_article_makes_no_copy_a_source_however_many_there_are() -> None:
    """Copies at the very bound of containment among 300 articles, and one more."""
    rng = np.random.default_rng(1)
    articles = []
    for i in range(150):
        # 96 and 48 runs of five words, 39 of them shared: Jaccard 0.37, far below its bound.
        long = words(rng, 100)
        short = f"{' '.join(long.split()[:43])} {words(rng, 9)}"
        articles += [article(f"long{i}", f"{long}."), article(f"short{i}", f"{short}.")]
    stranger = article("stranger", f"{words(rng, 60)}.")
    copies = {2 * i + 1: (2 * i, Role.NEAR_COPY) for i in range(150)}
    assert copies_among(articles) == copies
    assert copies_among([*articles, stranger]) == copies


def test_the_words_of_one_template_make_no_copy() -> None:
    """Neither where the titles are rivals nor where the days are a week apart."""
    other = FERRY.replace("Port Callan", "Wendmouth")
    [first, second] = [
        prepare(Article(name, f"Ferry hits {where} breakwater", body), i, CleanTuning())
        for i, (name, where, body) in enumerate([("a", "Ohio", FERRY), ("b", "Iowa", other)])
    ]
    assert isinstance(first, CleanArticle)
    assert isinstance(second, CleanArticle)
    assert copies_among([first, second]) == {}
    switched_off = StoryTuning(templates=False)
    assert copies_among([first, second], switched_off) == {1: (0, Role.NEAR_COPY)}
    assert copies_among([article("a", FERRY, 1), article("b", other, 9)]) == {}
    assert copies_among([article("a", FERRY, 1), article("b", other, 8)]) == {
        1: (0, Role.NEAR_COPY)
    }


def test_exact_copies_can_be_switched_off() -> None:
    """Then equal texts are near copies, and equal short texts are none."""
    off = StoryTuning(exact_copies=False)
    assert copies_among([article("a", FERRY), article("b", FERRY)], off) == {1: (0, Role.NEAR_COPY)}
    short = [article(name, "Senator Roe wins the vote.") for name in "ab"]
    assert copies_among(short) == {1: (0, Role.EXACT_COPY)}
    assert copies_among(short, off) == {}


def words(rng: np.random.Generator, n: int) -> str:
    """As many made-up words."""
    return " ".join("".join(rng.choice(list("aeioubdklmnrst"), 7)) for _ in range(n))


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
