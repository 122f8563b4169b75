"""An article message from plain values."""

from __future__ import annotations

from datetime import UTC, datetime

from newsfold.v1 import newsfold_pb2 as pb


def article(
    *,
    body: str,
    title: str = "",
    id: str = "",  # noqa: A002 - the contract's own field name
    source: str = "",
    url: str = "",
    publish_time: datetime | None = None,
    language: str = "",
) -> pb.Article:
    """The message for one article; a `publish_time` without a zone is taken as UTC.

    Raises ValueError for text that is not valid Unicode (a lone surrogate).
    """
    message = pb.Article(id=id, title=title, body=body, source=source, url=url, language=language)
    if publish_time is not None:
        zoned = publish_time if publish_time.tzinfo else publish_time.replace(tzinfo=UTC)
        message.publish_time.FromDatetime(zoned.astimezone(UTC))
    return message
