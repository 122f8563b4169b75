"""The synchronous client."""

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
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from newsfold.client.channel import Priority


class Client:
    """One connection to a server; safe to share between threads. Every call has a deadline.

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
            grpc.insecure_channel(target, options)
            if tls is None
            else grpc.secure_channel(target, tls.credentials(), options)
        )
        self._service = pb_grpc.SummarizationServiceStub(self._channel)
        self._health = health_pb2_grpc.HealthStub(self._channel)
        self._metadata = call_metadata(token, tenant, priority)
        self._timeout = timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; calls under way are cancelled."""
        self._channel.close()

    def summarize(
        self,
        articles: Iterable[pb.Article],
        options: pb.SummaryOptions | None = None,
        *,
        request_id: str = "",
        timeout: float | None = None,
    ) -> pb.SummarizeArticlesResponse:
        """Stories and their summaries."""
        request = pb.SummarizeArticlesRequest(
            articles=articles, options=options, request_id=request_id
        )
        with typed_errors():
            return self._service.SummarizeArticles(
                request, timeout=self._deadline(timeout), metadata=self._metadata
            )

    def stream(
        self,
        articles: Iterable[pb.Article],
        options: pb.SummaryOptions | None = None,
        *,
        request_id: str = "",
        timeout: float | None = None,
    ) -> Iterator[pb.StreamSummariesResponse]:
        """The events of the same work as they happen. Leaving the loop early cancels the call."""
        request = pb.StreamSummariesRequest(
            articles=articles, options=options, request_id=request_id
        )
        call = self._service.StreamSummaries(
            request, timeout=self._deadline(timeout), metadata=self._metadata
        )
        try:
            with typed_errors():
                yield from call
        finally:
            call.cancel()

    def cluster(
        self,
        articles: Iterable[pb.Article],
        options: pb.SummaryOptions | None = None,
        *,
        request_id: str = "",
        timeout: float | None = None,
    ) -> pb.ClusterArticlesResponse:
        """Stories, near copies and overlap groups, without summaries."""
        request = pb.ClusterArticlesRequest(
            articles=articles, options=options, request_id=request_id
        )
        with typed_errors():
            return self._service.ClusterArticles(
                request, timeout=self._deadline(timeout), metadata=self._metadata
            )

    def estimate(
        self,
        articles: Iterable[pb.Article],
        options: pb.SummaryOptions | None = None,
        *,
        include_stories: bool = False,
        request_id: str = "",
        timeout: float | None = None,
    ) -> pb.EstimateSummaryResponse:
        """What a request would cost and what of it would be dropped."""
        request = pb.EstimateSummaryRequest(
            articles=articles,
            options=options,
            include_stories=include_stories,
            request_id=request_id,
        )
        with typed_errors():
            return self._service.EstimateSummary(
                request, timeout=self._deadline(timeout), metadata=self._metadata
            )

    def info(self, *, timeout: float | None = None) -> pb.GetServiceInfoResponse:
        """Version, models, limits and defaults of the server."""
        with typed_errors():
            return self._service.GetServiceInfo(
                pb.GetServiceInfoRequest(),
                timeout=self._deadline(timeout),
                metadata=self._metadata,
            )

    def health(self, service: str = "", *, timeout: float | None = None) -> Health:
        """The state of the server, or of one service. Not retried; needs no token."""
        with typed_errors():
            response = self._health.Check(health_request(service), timeout=self._deadline(timeout))
        return health_of(response)

    def _deadline(self, timeout: float | None) -> float:
        return self._timeout if timeout is None else timeout
