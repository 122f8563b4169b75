"""The Newsfold client: typed, synchronous and asynchronous, with deadlines and retries.

    from newsfold.client import Client, article

    with Client("localhost:50051") as client:
        response = client.summarize([article(title="...", body="...")])

Articles, options and answers are the messages of the contract (`newsfold.v1.newsfold_pb2`), so
that nothing of it is hidden; `article` builds one from plain values, `article_from_html` from a web
page. It imports no model, no server and, before it is given a page, no reader of pages.
"""

from newsfold.client.aio import AsyncClient
from newsfold.client.articles import article
from newsfold.client.channel import Tls
from newsfold.client.collect import collect
from newsfold.client.errors import (
    CallCancelledError,
    DeadlineError,
    InputTooLongError,
    InvalidRequestError,
    MessageTooLargeError,
    NewsfoldError,
    OverloadedError,
    PermissionDeniedError,
    ServerError,
    UnauthenticatedError,
    UnavailableError,
    Violation,
)
from newsfold.client.health import Health
from newsfold.client.pages import article_from_html
from newsfold.client.sync import Client

__all__ = [
    "AsyncClient",
    "CallCancelledError",
    "Client",
    "DeadlineError",
    "Health",
    "InputTooLongError",
    "InvalidRequestError",
    "MessageTooLargeError",
    "NewsfoldError",
    "OverloadedError",
    "PermissionDeniedError",
    "ServerError",
    "Tls",
    "UnauthenticatedError",
    "UnavailableError",
    "Violation",
    "article",
    "article_from_html",
    "collect",
]
