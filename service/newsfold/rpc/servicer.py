"""The five rpcs over the pipeline: read the request, hold a place, do the work, answer.

Errors are raised as they are; the interceptors make statuses of them. A caller that leaves cancels
the coroutine, and with it the rows it has in the models' queue.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog

from newsfold.logs import REQUEST_ID
from newsfold.pipeline.types import StageProgress, StoryFinished
from newsfold.rpc.callers import read_caller
from newsfold.rpc.convert import (
    cluster_response,
    estimate_response,
    info_response,
    progress_event,
    read_request,
    story_message,
    stream_accepted,
    stream_finished,
    summarize_response,
)
from newsfold.rpc.flights import Accepted, Work
from newsfold.v1 import newsfold_pb2 as pb
from newsfold.v1 import newsfold_pb2_grpc as pb_grpc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from newsfold.metrics import Metrics
    from newsfold.pipeline.types import Clustering, Summaries
    from newsfold.rpc.admission import Admission
    from newsfold.rpc.callers import Caller
    from newsfold.rpc.convert import Asked
    from newsfold.rpc.convert.requests import Request
    from newsfold.rpc.flights import Flights, Tell
    from newsfold.rpc.readiness import Readiness
    from newsfold.rpc.ticket import Ticket
    from newsfold.settings import Settings


class Servicer(pb_grpc.SummarizationServiceServicer):
    """The SummarizationService."""

    def __init__(
        self,
        *,
        readiness: Readiness,
        admission: Admission,
        flights: Flights,
        settings: Settings,
        metrics: Metrics,
    ) -> None:
        self._readiness = readiness
        self._admission = admission
        self._flights = flights
        self._settings = settings
        self._metrics = metrics

    async def SummarizeArticles(  # noqa: N802 - gRPC's name
        self, request: pb.SummarizeArticlesRequest, context: Any
    ) -> pb.SummarizeArticlesResponse:
        """Articles and options -> stories."""
        ids, asked = self._summarizing(request, context)
        summaries = await self._flights.run(asked)
        self._count(summaries)
        return summarize_response(summaries, ids, REQUEST_ID.get())

    async def StreamSummaries(  # noqa: N802 - gRPC's name
        self, request: pb.StreamSummariesRequest, context: Any
    ) -> AsyncIterator[pb.StreamSummariesResponse]:
        """The same, as events: accepted, progress and stories as they come, finished."""
        ids, asked = self._summarizing(request, context)
        async with aclosing(self._flights.follow(asked)) as events:
            async for event in events:
                match event:
                    case Accepted():
                        yield stream_accepted(REQUEST_ID.get(), event.predicted, len(ids))
                    case StageProgress():
                        yield progress_event(event)
                    case StoryFinished():
                        yield pb.StreamSummariesResponse(story=story_message(event.story, ids))
                    case summaries:
                        self._count(summaries)
                        yield stream_finished(summaries)

    async def ClusterArticles(  # noqa: N802 - gRPC's name
        self, request: pb.ClusterArticlesRequest, context: Any
    ) -> pb.ClusterArticlesResponse:
        """Articles -> stories and overlap groups."""
        pipeline = self._readiness.product().pipeline
        asked = self._read(request)
        caller, remaining = _caller(context), self._remaining(context)

        async def work(ticket: Ticket, tell: object) -> Clustering:
            del tell  # there are no streams of clusterings
            clustering = await pipeline.cluster(asked.articles, asked.options)
            return replace(clustering, timings=ticket.finished(clustering.timings))

        clustering = await self._flights.run(
            Work(
                key=("cluster", caller, tuple(asked.articles), asked.options),
                place=self._admission.read(asked.articles, asked.options, remaining, caller),
                do=work,
                remaining=remaining,
            )
        )
        self._metrics.clustered(clustering)
        structlog.contextvars.bind_contextvars(stories=len(clustering.stories))
        return cluster_response(clustering, _ids(asked), REQUEST_ID.get())

    async def EstimateSummary(  # noqa: N802 - gRPC's name
        self, request: pb.EstimateSummaryRequest, context: Any
    ) -> pb.EstimateSummaryResponse:
        """What SummarizeArticles would cost."""
        pipeline = self._readiness.product().pipeline
        asked = self._read(request)
        caller = _caller(context)
        predicted = self._admission.predict(asked.articles, asked.options, caller)
        place = (
            self._admission.read(asked.articles, asked.options, self._remaining(context), caller)
            if request.include_stories
            else self._admission.count(asked.articles, asked.options)
        )
        with place as ticket:
            await ticket.turn()
            estimate = await pipeline.estimate(
                asked.articles, asked.options, include_stories=request.include_stories
            )
        return estimate_response(estimate, predicted, REQUEST_ID.get())

    async def GetServiceInfo(  # noqa: N802 - gRPC's name
        self, request: pb.GetServiceInfoRequest, context: Any
    ) -> pb.GetServiceInfoResponse:
        """Version, models, limits and defaults."""
        return info_response(self._readiness.product(), self._settings)

    def _summarizing(self, request: Request, context: Any) -> tuple[list[str], Work[Summaries]]:
        """The identifiers of the articles, and a summary as `Flights` takes it."""
        pipeline = self._readiness.product().pipeline
        asked = self._read(request)
        caller, remaining = _caller(context), self._remaining(context)

        async def work(ticket: Ticket, tell: Tell) -> Summaries:
            summaries = await pipeline.summarize(asked.articles, ticket.options, tell)
            return replace(summaries, timings=ticket.finished(summaries.timings))

        return _ids(asked), Work(
            key=("summarize", caller, tuple(asked.articles), asked.options),
            place=self._admission.summarize(asked.articles, asked.options, remaining, caller),
            do=work,
            remaining=remaining,
        )

    def _read(self, request: Request) -> Asked:
        asked = read_request(request, self._settings)
        structlog.contextvars.bind_contextvars(
            articles=len(asked.articles), code_points=sum(len(a.body) for a in asked.articles)
        )
        return asked

    def _remaining(self, context: Any) -> float:
        """Seconds to the caller's deadline, or to the server's for a call that set none."""
        remaining: float | None = context.time_remaining()
        return self._settings.default_deadline_s if remaining is None else remaining

    def _count(self, summaries: Summaries) -> None:
        self._metrics.summarized(summaries)
        structlog.contextvars.bind_contextvars(
            stories=len(summaries.stories), output_tokens=summaries.usage.output_tokens
        )


def _caller(context: Any) -> Caller:
    return read_caller(dict(context.invocation_metadata() or ()))


def _ids(asked: Asked) -> list[str]:
    return [article.id for article in asked.articles]
