"""The real server on the test's own event loop, over a pipeline that the test holds back."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2_grpc

from newsfold.metrics import Metrics
from newsfold.pipeline.types import (
    ArticleUsage,
    Clustering,
    Estimate,
    Evidence,
    Fingerprint,
    FinishReason,
    Member,
    Origin,
    Role,
    Span,
    Stage,
    StageProgress,
    StageTiming,
    Story,
    StoryCluster,
    StoryFinished,
    Summaries,
    SummarySentence,
    Usage,
    WriteMode,
)
from newsfold.rpc.readiness import Product, Summarizer
from newsfold.server import Server
from newsfold.settings import Settings
from newsfold.v1 import newsfold_pb2 as pb
from newsfold.v1 import newsfold_pb2_grpc as pb_grpc
from tests.unit.serving import StandInModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from newsfold.pipeline.types import Article, Event, Options

FINGERPRINT = Fingerprint("1" * 64, "0" * 64, "test", "2" * 64)
TIMINGS = (StageTiming(Stage.EMBED, 0.5), StageTiming(Stage.WRITE, 0.5))


@dataclass
class HeldPipeline:
    """One story per article, when the test lets it; no text is read."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """`summarize` tells its first story, then waits for this."""
    entered: asyncio.Queue[Options] = field(default_factory=asyncio.Queue)
    left: asyncio.Queue[bool] = field(default_factory=asyncio.Queue)
    """Whether each call that ended was cancelled."""
    error: Exception | None = None

    async def summarize(
        self,
        articles: Sequence[Article],
        options: Options,
        observe: Callable[[Event], None] = lambda event: None,
    ) -> Summaries:
        """Tell the first story at once and the others after the gate."""
        self.entered.put_nowait(options)
        mode = options.write_mode
        stories = [_story(article, index, mode) for index, article in enumerate(articles)]
        observe(StageProgress(Stage.CLEAN, len(articles), len(articles)))
        observe(StoryFinished(stories[0]))
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.left.put_nowait(True)
            raise
        self.left.put_nowait(False)
        if self.error is not None:
            raise self.error
        for story in stories[1:]:
            observe(StoryFinished(story))
        usage = replace(_usage(articles), num_beams=options.num_beams)
        return Summaries(tuple(stories), (), usage, TIMINGS, FINGERPRINT)

    async def cluster(self, articles: Sequence[Article], options: Options) -> Clustering:
        """No stories."""
        return Clustering((), (), _usage(articles), TIMINGS, FINGERPRINT)

    async def estimate(
        self, articles: Sequence[Article], options: Options, *, include_stories: bool
    ) -> Estimate:
        """Nothing to cut."""
        stories = len(articles) if include_stories else None
        return Estimate(_usage(articles), stories, needs_truncation=False, rejected=())


@dataclass(frozen=True)
class Running:
    """A server that takes requests, and how to reach it."""

    server: Server
    metrics: Metrics
    target: str
    stub: Any
    """SummarizationServiceAsyncStub."""
    health: Any

    def count(self, name: str, **labels: str) -> float:
        """A metric's value; 0 if it has none."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def running(
    pipeline: Summarizer,
    *,
    metrics: Metrics | None = None,
    canary: Callable[[], Awaitable[bool]] | None = None,
    **settings: object,
) -> AsyncIterator[Running]:
    """A server over `pipeline` that takes requests; stopped without draining in the end.

    It works on every request apart, so that tests may send the same one many times, and on all at
    once that there are places for.
    """

    @asynccontextmanager
    async def opens(_: Settings, __: Metrics) -> AsyncIterator[Product[Summarizer]]:
        yield replace(product(pipeline), canary=canary)

    metrics = metrics or Metrics()
    defaults: dict[str, object] = {
        "port": 0,
        "metrics": False,
        "coalesce": False,
        "overtaking_share": 1000.0,
    }
    chosen = Settings(**(defaults | settings))  # type: ignore[arg-type]
    server = Server(chosen, metrics=metrics, opens=opens)
    ports = await server.start()
    target = f"127.0.0.1:{ports.grpc}"
    options = [("grpc.enable_retries", 0), ("grpc.max_send_message_length", -1)]
    try:
        await server.ready()
        async with grpc.aio.insecure_channel(target, options) as channel:
            stub = pb_grpc.SummarizationServiceStub(channel)
            yield Running(server, metrics, target, stub, health_pb2_grpc.HealthStub(channel))
    finally:
        await server.stop(at_once=True)


def product(pipeline: Summarizer) -> Product[Summarizer]:
    """A pipeline as the server gets it."""
    model = StandInModel("stand-in", "0" * 64)
    return Product(pipeline, version="test", writer=model, embedder=model, device="cpu")


def request(*bodies: str, **options: Any) -> pb.SummarizeArticlesRequest:
    """Articles of these bodies."""
    return pb.SummarizeArticlesRequest(
        articles=[pb.Article(body=body) for body in bodies or ("A bridge fell.",)],
        options=pb.SummaryOptions(**options),
    )


def stream_request(*bodies: str) -> pb.StreamSummariesRequest:
    """The same for StreamSummaries."""
    return pb.StreamSummariesRequest(articles=request(*bodies).articles)


async def refused(call: Any) -> grpc.aio.AioRpcError:
    """The error that a call ends with."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error
    raise AssertionError("the call succeeded")


def _story(article: Article, index: int, mode: WriteMode) -> Story:
    evidence = (Evidence(index, Span(0, len(article.body)), 1.0),)
    return Story(
        cluster=StoryCluster(f"story-of-{article.id}", (Member(index, Role.REPRESENTATIVE),)),
        headline=None,
        sentences=(SummarySentence(article.body, Origin.EXTRACTED, 1.0, evidence, 1),),
        conflicts=(),
        finish_reason=FinishReason.COMPLETE,
        write_mode=mode,
    )


def _usage(articles: Sequence[Article]) -> Usage:
    return Usage(tuple(ArticleUsage(a.id, 0, 0, 0, len(a.body.split())) for a in articles))
