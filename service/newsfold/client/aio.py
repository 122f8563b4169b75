"""The asynchronous client: the synchronous one's methods, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import grpc
from grpc_health.v1 import health_pb2_grpc

from newsfold.client.channel import (
    DEFAULT_MESSAGE_BYTES,
    DEFAULT_TARGET,
    DEFAULT_TIMEOUT_S,
    Tls,
    call_metadata,
    channel_options,
)
from newsfold.client.errors import typed_errors
from newsfold.client.health import Health, health_of, health_request
from newsfold.v1 import newsfold_pb2 as pb
from newsfold.v1 import newsfold_pb2_grpc as pb_grpc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from types import TracebackType

    from newsfold.client.channel import Priority


class AsyncClient:
    """One connection to a server, for one event loop: make it inside a coroutine.

    `tenant` and `priority` say whose share of a busy server the calls take, and who may wait.
    `timeout` is in seconds, covers all attempts of a call, and is the default that each call may
    override. Every method raises a `NewsfoldError` when the call fails.
    """

    def __init__(
        self,
        target: str = DEFAULT_TARGET,
        *,
        token: str | None = None,
        tenant: str | None = None,
        priority: Priority | None = None,
        tls: Tls | None = None,
        timeout: float = DEFAULT_TIMEOUT_S,
        max_message_bytes: int = DEFAULT_MESSAGE_BYTES,
    ) -> None:
        options = channel_options(max_message_bytes, tls)
        self._channel = (
            grpc.aio.insecure_channel(target, options)
            if tls is None
            else grpc.aio.secure_channel(target, tls.credentials(), options)
        )
        self._service = pb_grpc.SummarizationServiceStub(self._channel)
        self._health = health_pb2_grpc.HealthStub(self._channel)
        self._metadata = call_metadata(token, tenant, priority)
        self._timeout = timeout

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; calls under way are cancelled."""
        await self._channel.close()

    async def summarize(
        self,
        articles: Iterable[pb.Article],
        options: pb.SummaryOptions | None = None,
        *,
        request_id: str = "",
        timeout: float | None = None,  # noqa: ASYNC109 - gRPC's own deadline, sent to the server
    ) -> pb.SummarizeArticlesResponse:
        """Stories and their summaries."""
        request = pb.SummarizeArticlesRequest(
            articles=articles, options=options, request_id=request_id
        )
        with typed_errors():
            return await self._service.SummarizeArticles(
                request, timeout=self._deadline(timeout), metadata=self._metadata
            )

    async def stream(
        self,
        articles: Iterable[pb.Article],
        options: pb.SummaryOptions | None = None,
        *,
        request_id: str = "",
        timeout: float | None = None,  # noqa: ASYNC109 - gRPC's own deadline, sent to the server
    ) -> AsyncIterator[pb.StreamSummariesResponse]:
        """The events of the same work as they happen. Closing the iterator cancels the call."""
        request = pb.StreamSummariesRequest(
            articles=articles, options=options, request_id=request_id
        )
        call = self._service.StreamSummaries(
            request, timeout=self._deadline(timeout), metadata=self._metadata
        )
        try:
            with typed_errors():
                async for event in call:
                    yield event
        finally:
            call.cancel()

    async def cluster(
        self,
        articles: Iterable[pb.Article],
        options: pb.SummaryOptions | None = None,
        *,
        request_id: str = "",
        timeout: float | None = None,  # noqa: ASYNC109 - gRPC's own deadline, sent to the server
    ) -> pb.ClusterArticlesResponse:
        """Stories, near copies and overlap groups, without summaries."""
        request = pb.ClusterArticlesRequest(
            articles=articles, options=options, request_id=request_id
        )
        with typed_errors():
            return await self._service.ClusterArticles(
                request, timeout=self._deadline(timeout), metadata=self._metadata
            )

    async def estimate(
        self,
        articles: Iterable[pb.Article],
        options: pb.SummaryOptions | None = None,
        *,
        include_stories: bool = False,
        request_id: str = "",
        timeout: float | None = None,  # noqa: ASYNC109 - gRPC's own deadline, sent to the server
    ) -> pb.EstimateSummaryResponse:
        """What a request would cost and what of it would be dropped."""
        request = pb.EstimateSummaryRequest(
            articles=articles,
            options=options,
            include_stories=include_stories,
            request_id=request_id,
        )
        with typed_errors():
            return await self._service.EstimateSummary(
                request, timeout=self._deadline(timeout), metadata=self._metadata
            )

    async def info(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - gRPC's own deadline, sent to the server
    ) -> pb.GetServiceInfoResponse:
        """Version, models, limits and defaults of the server."""
        with typed_errors():
            return await self._service.GetServiceInfo(
                pb.GetServiceInfoRequest(),
                timeout=self._deadline(timeout),
                metadata=self._metadata,
            )

    async def health(
        self,
        service: str = "",
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - gRPC's own deadline, sent to the server
    ) -> Health:
        """The state of the server, or of one service. Not retried; needs no token."""
        with typed_errors():
            response = await self._health.Check(
                health_request(service), timeout=self._deadline(timeout)
            )
        return health_of(response)

    def _deadline(self, timeout: float | None) -> float:
        return self._timeout if timeout is None else timeout
