"""Stories by the shipped encoder: reports of one template, and pages that are no article."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.templates import Pair, read_pairs
from newsfold.v1 import newsfold_pb2 as pb
from tests.unit.test_stories import FERRY

if TYPE_CHECKING:
    from newsfold.client import Client
    from newsfold.pipeline.types import CleanArticle

FERRY_AGAIN = """At least 30 people were hurt on Tuesday when the ferry Merrow Lady hit the eastern
breakwater at Port Callan in a gale, the coastguard said. She had 214 passengers on board from
Skerrow Island. Six people are in a serious condition. Divers will look at the wall on Wednesday."""
PAGES = {
    "cookie wall": (
        "Your privacy",
        """We and our 214 partners store and access information on a device. By choosing to accept
        you agree to cookies for personalised advertising and content on this site. You can change
        your choice at any time in the privacy settings at the foot of each page. Without consent
        parts of the site may not work as they should.""",
    ),
    "404": (
        "Page not found",
        """We are sorry, but the page that you asked for may have been moved or deleted. Check the
        address for mistakes or go back to the home page. You can also search our archive of
        articles since 1994.""",
    ),
    "link list": (
        "Latest from the coast",
        """Ferry strikes breakwater at Port Callan
        Harbour budget passes at second reading after a debate that lasted until midnight
        Ten walks for the first warm days of spring
        Skerrow Island school to reopen with two new teachers and a hall
        Growers in the Vell valley hope for a record harvest of apples this year
        Library to close on Mondays from the autumn""",
    ),
    "paywall stub": (
        "Subscribe to the Coast Herald",
        """To read this article you need a subscription, from one pound a week for the first three
        months. Subscribers support independent journalism on the coast. If you have an account
        already, sign in with your address and password. You can cancel at any time.""",
    ),
}


def stories(client: Client, *articles: pb.Article, granularity: int = 0) -> list[set[str]]:
    """The ids of each story."""
    options = pb.SummaryOptions(granularity=pb.Granularity.ValueType(granularity))
    found = client.cluster(articles, options).stories
    return [{article.id for article in story.articles} for story in found]


def sent(clean: CleanArticle) -> pb.Article:
    """As a client sends it."""
    article = clean.article
    made = pb.Article(id=article.id, title=article.title, body=article.body, source=article.source)
    if article.published:
        made.publish_time.FromDatetime(article.published)
    return made


def cases(*, same: bool) -> list[object]:
    """The pairs of one event or of two, by id."""
    return [pytest.param(pair, id=pair.id) for pair in read_pairs() if pair.same == same]


@pytest.mark.parametrize("granularity", [pb.GRANULARITY_NORMAL, pb.GRANULARITY_LOOSE])
@pytest.mark.parametrize("pair", cases(same=False))
def test_two_events_of_one_template_are_two_stories(
    shipped: Client, pair: Pair, granularity: int
) -> None:
    """And neither report is a copy of the other, however alike their words."""
    assert len(stories(shipped, *map(sent, pair.articles), granularity=granularity)) == 2


@pytest.mark.parametrize("pair", cases(same=True))
def test_one_event_in_the_words_of_a_template_is_one_story(shipped: Client, pair: Pair) -> None:
    """The gate holds nothing apart that two sources tell of one event."""
    assert len(stories(shipped, *map(sent, pair.articles))) == 1


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=[pytest.mark.xfail(strict=True, reason="opens with the story's own headline")]
            if name == "link list"
            else [],
        )
        for name in PAGES
    ],
)
def test_a_page_that_is_no_article_joins_no_story(shipped: Client, name: str) -> None:
    """It stays alone or is rejected, and the story beside it stays whole.

    A list of headlines that opens with the story's does join it: cleaning keeps such lists.
    """
    title, body = PAGES[name]
    found = stories(
        shipped,
        pb.Article(id="wire", title="Ferry hits breakwater at Port Callan", body=FERRY),
        pb.Article(id="post", title="Thirty hurt as ferry strikes wall", body=FERRY_AGAIN),
        pb.Article(id="page", title=title, body=body),
    )
    assert {"wire", "post"} in found
    assert [story for story in found if "page" in story] in ([], [{"page"}])
