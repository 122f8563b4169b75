"""A web page given to the client: what becomes of it, and what it costs to have the choice."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import UTC, datetime

import pytest

from newsfold.client import Client, article_from_html
from newsfold.readers import read_bytes
from newsfold.v1 import newsfold_pb2 as pb
from tests.unit.serving import servicer_at

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Weir opens</title>
<meta property="og:site_name" content="The Ferrow Post">
<meta property="article:published_time" content="2026-05-04T06:00:00Z">
<link rel="canonical" href="https://post.example/weir"></head><body><nav>Home Sport Money</nav>
<article><h1>Weir opens</h1>
<p>The new weir above Ferrow was opened on Monday after three years of work, the town said.</p>
<p>“It is a façade no longer,” the engineer said of the wall that holds back the spring flood.</p>
</article><footer>All rights reserved</footer></body></html>"""
BARE = """<html><body><article><p>The new weir above Ferrow was opened on Monday after three years
of work, the town said, and the road beside it will follow before the end of the summer.</p>
</article></body></html>"""


@pytest.mark.parametrize("page", [PAGE, PAGE.encode()])
def test_a_page_is_read_as_the_cli_reads_it(page: str | bytes) -> None:
    """Text and bytes alike; menus and footers stay out."""
    [of_file] = read_bytes(PAGE.encode(), name="weir.html", suffix=".html")
    found = article_from_html(page)
    assert found == of_file.article
    assert (found.title, found.source) == ("Weir opens", "The Ferrow Post")
    assert found.body.startswith("The new weir above Ferrow")
    assert "façade" in found.body
    assert "Sport" not in found.body
    assert "rights reserved" not in found.body


def test_what_the_caller_knows_takes_the_place_of_what_the_page_says() -> None:
    """The rest stays the page's."""
    seen = datetime(2026, 5, 5, 7, 30, tzinfo=UTC)
    found = article_from_html(
        PAGE, id="w-1", source="Post", url="https://mirror.example/w", publish_time=seen
    )
    assert (found.id, found.source, found.url) == ("w-1", "Post", "https://mirror.example/w")
    assert found.publish_time.ToDatetime(UTC) == seen
    assert found.title == "Weir opens"


def test_a_page_that_does_not_name_its_publisher_is_of_its_host() -> None:
    """As two pages of one host are one source."""
    found = article_from_html(BARE, url="https://courier.example/2026/weir")
    assert (found.source, found.url) == ("courier.example", "https://courier.example/2026/weir")


@pytest.mark.parametrize(
    "page", ["", b"", "<html><body></body></html>", "<p></p>", b"\xff\xfe\x00\x01", "\ud800"]
)
def test_a_page_without_article_text_is_refused(page: str | bytes) -> None:
    """With the page's address, so that it can be found among many."""
    with pytest.raises(ValueError, match=r"https://courier\.example/x: no article text was found"):
        article_from_html(page, url="https://courier.example/x")


def test_an_article_of_a_page_can_be_sent() -> None:
    """Through the client, over a socket."""

    class Keeping:
        requests: list[pb.SummarizeArticlesRequest] = []  # noqa: RUF012 - of this test alone

        def SummarizeArticles(  # noqa: N802
            self, request: pb.SummarizeArticlesRequest, context: object
        ) -> pb.SummarizeArticlesResponse:
            self.requests.append(request)
            return pb.SummarizeArticlesResponse()

    service = Keeping()
    with servicer_at(service) as target, Client(target) as client:
        client.summarize([article_from_html(PAGE, id="w-1")])
    assert [a.id for a in service.requests[0].articles] == ["w-1"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import newsfold.client", set()),
        (f"from newsfold.client import article_from_html as a; a({BARE!r})", {"trafilatura"}),
    ],
)
def test_only_pages_pay_for_what_reads_pages(code: str, expected: set[str]) -> None:
    """Importing the client stays light."""
    program = f"""
        import sys
        {code}
        print(*sorted({{"torch", "transformers", "scipy", "trafilatura"}} & set(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == expected
