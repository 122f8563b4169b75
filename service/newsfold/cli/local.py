"""The pipeline in this process, behind the same requests and answers as a server's.

Importing this module is cheap; the first call loads torch and the models.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from newsfold.cli.failures import LocalFailedError
from newsfold.logs import configure
from newsfold.pipeline.types import StageProgress, StoryFinished
from newsfold.rpc.convert import (
    cluster_response,
    progress_event,
    read_request,
    story_message,
    summarize_response,
)
from newsfold.server import CannotStart, open_pipeline
from newsfold.settings import LogFormat
from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from newsfold.pipeline.pipeline import Pipeline
    from newsfold.pipeline.types import Event
    from newsfold.settings import Settings


class Local:
    """Loads the models that `settings` name for one piece of work, and closes them after it."""

    def __init__(self, settings: Settings, *, timeout: float) -> None:
        self._settings = settings
        self._timeout = timeout
        # Only what goes wrong, and never on standard output, which is for the answer.
        configure("warning", LogFormat.CONSOLE)

    def summarize(
        self,
        articles: Sequence[pb.Article],
        options: pb.SummaryOptions,
        observe: Callable[[pb.StreamSummariesResponse], None],
    ) -> pb.SummarizeArticlesResponse:
        """Raises pipeline.NewsfoldError, LocalFailedError."""
        asked = read_request(
            pb.SummarizeArticlesRequest(articles=articles, options=options), self._settings
        )
        ids = [article.id for article in asked.articles]

        def told(event: Event) -> None:
            match event:
                case StageProgress():
                    observe(progress_event(event))
                case StoryFinished():
                    observe(pb.StreamSummariesResponse(story=story_message(event.story, ids)))

        async def work() -> pb.SummarizeArticlesResponse:
            async with self._pipeline() as pipeline:
                summaries = await pipeline.summarize(asked.articles, asked.options, told)
            return summarize_response(summaries, ids, _request_id())

        return asyncio.run(work())

    def cluster(
        self, articles: Sequence[pb.Article], options: pb.SummaryOptions
    ) -> pb.ClusterArticlesResponse:
        """Raises pipeline.NewsfoldError, LocalFailedError."""
        asked = read_request(
            pb.ClusterArticlesRequest(articles=articles, options=options), self._settings
        )
        ids = [article.id for article in asked.articles]

        async def work() -> pb.ClusterArticlesResponse:
            async with self._pipeline() as pipeline:
                clustering = await pipeline.cluster(asked.articles, asked.options)
            return cluster_response(clustering, ids, _request_id())

        return asyncio.run(work())

    @asynccontextmanager
    async def _pipeline(self) -> AsyncIterator[Pipeline]:
        """A pipeline, for `timeout` seconds from when it is loaded."""
        try:
            async with open_pipeline(self._settings) as product, asyncio.timeout(self._timeout):
                yield product.pipeline
        except CannotStart as error:
            raise LocalFailedError(str(error)) from error
        except TimeoutError as error:
            raise LocalFailedError(f"not done in {self._timeout:g} s; see --timeout") from error


def _request_id() -> str:
    return uuid4().hex
