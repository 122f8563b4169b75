"""Titles of one template that tell of two events."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from newsfold.pipeline import templates
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import CleanTuning, StoryTuning
from newsfold.pipeline.types import Article, CleanArticle


def titled(*titles: str, body: str = "The count ended late in the evening.") -> list[CleanArticle]:
    """Articles with these titles and one body."""
    found = [
        prepare(Article(str(i), title, body), i, CleanTuning()) for i, title in enumerate(titles)
    ]
    assert all(isinstance(article, CleanArticle) for article in found)
    return [article for article in found if isinstance(article, CleanArticle)]


def rivals(articles: list[CleanArticle]) -> list[tuple[int, int]]:
    """Pairs of positions, the lower first."""
    found = templates.rivals(articles, StoryTuning())
    assert (found == found.T).all()
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(found))]


@pytest.mark.parametrize(
    "titles",
    [
        ("Roe wins Ohio primary", "Roe wins Iowa primary"),
        ("Marrowdale gains 1,200 jobs in September", "Marrowdale gains 900 jobs in October"),
        ("Orchard Foods profit falls in first-quarter", "Orchard Foods profit up in third-quarter"),
        ("Acme Pumps posts Q2 results", "Acme Pumps posts Q3 results"),
        ("Harbour festival 2019: the best pictures", "Harbour festival 2021: the best pictures"),
        ("Roe wins Virginia primary", "Roe wins North Carolina primary"),
        ("Harbour sales in March", "Harbour sales in May"),
        ("Storm warning for Aldous County", "Storm warning for Peverell County"),
        ("Skerrow final: game 3 as it happened", "Skerrow final: game 5 as it happened"),
        ("Calder Rovers beat Wick 2-1", "Calder Rovers beat Fenby 3-0"),
        ("Earthquake of magnitude 6.1 shakes coast", "A 5.4-magnitude earthquake shakes coast"),
    ],
)
def test_a_place_month_quarter_or_year_of_its_own_makes_a_rival(titles: tuple[str, str]) -> None:
    """Whatever else the titles share."""
    assert rivals(titled(*titles)) == [(0, 1)]


@pytest.mark.parametrize(
    "titles",
    [
        ("Orchard Foods profit falls in first-quarter", "Orchard Foods profit falls in Q1"),
        ("Ferry crash: at least 30 hurt", "Ferry crash: toll of hurt passes 40"),
        ("Roe wins Ohio primary", "Roe wins primary by a landslide"),
        ("Roe wins Ohio primary", "Ohio primary: Roe wins"),
        ("Storm reaches Texas coast", "Louisiana court blocks pipeline"),
        ("Minister may quit over march", "Minister may quit over report"),
        ("Sales fall in February", "Sales fall for fourth month"),
        ("Magnitude 6.1 earthquake shakes coast", "Coast shaken by magnitude 6.3 earthquake"),
        ("LA County closes its beaches", "Los Angeles County closes its beaches"),
        ("Prices rise by 3.1 percent", "Prices rise by 3 percent"),
    ],
)
def test_figures_and_other_words_make_none(titles: tuple[str, str]) -> None:
    """A toll grows, one title says less, or only one of them has such a word."""
    assert not rivals(titled(*titles))


def test_a_report_on_both_is_a_rival_of_neither() -> None:
    """Its opening names the other's place."""
    both = titled("Roe wins Ohio primary", body="After Iowa, she also took Ohio on Tuesday night.")
    assert not rivals([*both, *titled("Roe wins Iowa primary")])


def test_the_rivals_are_those_that_comparing_two_at_a_time_finds() -> None:
    """Of titles drawn from few words, so that many are alike: what two are depends on them only."""
    rng = np.random.default_rng(0)
    drawn = [
        " ".join(
            [
                str(rng.choice(["Roe", "Harbour", "Orchard"])),
                *(str(word) for word in rng.choice(["wins", "vote", "primary", "sales"], 3)),
                str(rng.choice(["Ohio", "Iowa", "in June", "in July", "2-1", "3-0", "2024", ""])),
            ]
        )
        for _ in range(40)
    ]
    articles = titled(*drawn)
    expected = [
        (i, j)
        for i, j in combinations(range(len(articles)), 2)
        if rivals([articles[i], articles[j]])
    ]
    assert len(expected) > 20
    assert rivals(articles) == expected
