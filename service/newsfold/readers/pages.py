"""A web page -> an article message, by trafilatura: text, title, outlet, date, address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trafilatura

from newsfold.client.articles import article
from newsfold.readers.dates import moment
from newsfold.readers.errors import InputError

if TYPE_CHECKING:
    from newsfold.v1 import newsfold_pb2 as pb


def article_of_page(data: bytes | str, file: str, *, url: str = "") -> pb.Article:
    """The page's article; `url` is used where the page does not name its own.

    Raises InputError if no article text is found in it.
    """
    page = trafilatura.bare_extraction(
        data, url=url or None, with_metadata=True, include_comments=False
    )
    if page is None or not page.text:
        raise InputError("no article text was found in the page", file=file)
    try:
        return article(
            title=page.title or "",
            body=_without_headline(page.text, page.title or ""),
            source=page.sitename or page.hostname or "",
            url=page.url or "",
            publish_time=moment(page.date) if page.date else None,
            language=page.language or "",
        )
    except ValueError as error:
        raise InputError(f"the page's metadata is unusable: {error}", file=file) from error


def _without_headline(text: str, title: str) -> str:
    """The text without a first line that only repeats the title."""
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") if rest and first.strip() == title.strip() else text
