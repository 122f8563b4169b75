"""A web page -> an article message. What reads pages is imported when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsfold.client.articles import article

if TYPE_CHECKING:
    from datetime import datetime

    from newsfold.v1 import newsfold_pb2 as pb


def article_from_html(
    page: str | bytes,
    *,
    title: str = "",
    id: str = "",  # noqa: A002 - the contract's own field name
    source: str = "",
    url: str = "",
    publish_time: datetime | None = None,
    language: str = "",
) -> pb.Article:
    """The message for the article of a page, as `newsfold summarize page.html` reads it.

    Title, publisher, address, date and language are what the page says of itself, unless given
    here. Nothing is fetched. Raises ValueError if the page has no article text, or text that is not
    valid Unicode; ImportError without trafilatura, whose first import takes half a second.
    """
    from newsfold.readers.errors import InputError  # noqa: PLC0415
    from newsfold.readers.pages import article_of_page  # noqa: PLC0415

    try:
        found = article_of_page(page, url or "page", url=url)
    except InputError as error:
        raise ValueError(str(error)) from error
    if publish_time is not None:
        found.ClearField("publish_time")
    found.MergeFrom(
        article(
            body="",
            title=title,
            id=id,
            source=source,
            url=url,
            publish_time=publish_time,
            language=language,
        )
    )
    return found
