"""Wrapping the handlers of all methods alike, whichever of gRPC's four kinds they are.

An interceptor says what happens around a call as one async context manager. Streams of answers
are driven here, with `write`, so that the end of a call reaches the handler as CancelledError and
its `finally` blocks run before the call is counted as ended.
"""

from __future__ import annotations

import inspect
from abc import abstractmethod
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc

from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

HEALTH = "grpc.health.v1.Health"
SERVICE = pb.DESCRIPTOR.services_by_name["SummarizationService"].full_name


@dataclass(frozen=True, slots=True)
class Method:
    """An rpc."""

    service: str
    name: str
    kind: str
    """"unary", "server_stream", "client_stream" or "bidi_stream", as go-grpc-prometheus says."""

    @property
    def labels(self) -> tuple[str, str, str]:
        """Label values of the gRPC metrics."""
        return self.kind, self.service, self.name


@dataclass(slots=True)
class Call:
    """One call under way."""

    method: Method
    request: Any
    """The message, or the iterator of messages if the client streams."""
    context: Any
    """grpc.aio.ServicerContext, or what an outer interceptor put in its place."""
    metadata: dict[str, str | bytes] = field(default_factory=dict)

    @property
    def remaining(self) -> float | None:
        """Seconds to the caller's deadline; None if it set none."""
        seconds: float | None = self.context.time_remaining()
        return seconds


class Around(grpc.aio.ServerInterceptor):
    """An interceptor that does something around each call."""

    @abstractmethod
    def around(self, call: Call) -> AbstractAsyncContextManager[None]:
        """Runs the call; sees its error, and may set `call.request` and `call.context` before."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Replace the handler of a known method; an unknown one is gRPC's to refuse."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        service, _, name = handler_call_details.method.removeprefix("/").partition("/")
        method = Method(service, name, _kind(handler))
        return self._wrapped(handler, method)

    def _wrapped(self, handler: Any, method: Method) -> grpc.RpcMethodHandler[Any, Any]:
        name = ("stream_" if handler.request_streaming else "unary_") + (
            "stream" if handler.response_streaming else "unary"
        )
        inner = getattr(handler, name)

        async def run(request: Any, context: Any) -> Any:
            call = Call(method, request, context, dict(context.invocation_metadata() or ()))
            async with self.around(call):
                return await _run(inner, call)

        make = getattr(grpc, f"{name}_rpc_method_handler")
        wrapped: grpc.RpcMethodHandler[Any, Any] = make(
            run, handler.request_deserializer, handler.response_serializer
        )
        return wrapped


async def _run(inner: Callable[[Any, Any], Any], call: Call) -> Any:
    """Await a handler; an async generator is driven to its end."""
    result = inner(call.request, call.context)
    if not inspect.isasyncgen(result):
        return await result
    async with aclosing(result) as messages:
        async for message in messages:
            await call.context.write(message)
    return None


def _kind(handler: Any) -> str:
    if handler.request_streaming:
        return "bidi_stream" if handler.response_streaming else "client_stream"
    return "server_stream" if handler.response_streaming else "unary"
