"""Who does the work of `summarize` and `cluster`: a server, or a pipeline in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from newsfold.cli.setting_flags import settings_from
from newsfold.client import collect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from newsfold.cli.connection import Connection
    from newsfold.v1 import newsfold_pb2 as pb


class Backend(Protocol):
    """Answers in the messages of the contract."""

    def summarize(
        self,
        articles: Sequence[pb.Article],
        options: pb.SummaryOptions,
        observe: Callable[[pb.StreamSummariesResponse], None],
    ) -> pb.SummarizeArticlesResponse:
        """The stories; `observe` sees every event on the way."""

    def cluster(
        self, articles: Sequence[pb.Article], options: pb.SummaryOptions
    ) -> pb.ClusterArticlesResponse:
        """The stories without summaries."""


class Remote:
    """A server."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def summarize(
        self,
        articles: Sequence[pb.Article],
        options: pb.SummaryOptions,
        observe: Callable[[pb.StreamSummariesResponse], None],
    ) -> pb.SummarizeArticlesResponse:
        """By StreamSummaries. Raises client.NewsfoldError."""

        def observed() -> Iterator[pb.StreamSummariesResponse]:
            for event in client.stream(articles, options):
                observe(event)
                yield event

        with self._connection.open() as client:
            return collect(observed())

    def cluster(
        self, articles: Sequence[pb.Article], options: pb.SummaryOptions
    ) -> pb.ClusterArticlesResponse:
        """By ClusterArticles. Raises client.NewsfoldError."""
        with self._connection.open() as client:
            return client.cluster(articles, options)


def backend(connection: Connection, *, local: bool) -> Backend:
    """The one that `--local` chooses."""
    if not local:
        return Remote(connection)
    # The server and the pipeline take a second to import; a remote call needs neither.
    from newsfold.cli.local import Local  # noqa: PLC0415

    return Local(settings_from({}), timeout=connection.timeout)
