"""What happens around every call, outermost first: errors, record, token, deadline, decoding.

`interceptors` gives them in order. The boundary turns errors into statuses, so those inside it see
errors of our own and ask `rpc.errors` which status they will become.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import grpc
import structlog
from google.protobuf.message import DecodeError

from newsfold.logs import REQUEST_ID
from newsfold.pipeline.errors import (
    InvalidRequest,
    PermissionDenied,
    Unauthenticated,
    Violation,
)
from newsfold.rpc.calls import HEALTH, SERVICE, Around, Call
from newsfold.rpc.convert.requests import is_request_id
from newsfold.rpc.errors import DeadlineError, status_code, to_status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from newsfold.metrics import Metrics

_log = structlog.get_logger(__name__)

REQUEST_ID_KEY = "x-request-id"
"""Metadata by which a client may name its request, and trailer that tells the name in use."""
_CODES = {key: code for code in grpc.StatusCode for key in (code, code.value[0])}
"""grpc.aio gives a context's code as None, a number or a StatusCode."""


def interceptors(
    *, metrics: Metrics, token: str | None, deadline_s: float
) -> list[grpc.aio.ServerInterceptor]:
    """All of them, in the order in which gRPC calls them."""
    tokens = [Token(token)] if token else []
    return [Boundary(), Record(metrics), *tokens, Deadline(deadline_s), Decoding()]


class Boundary(Around):
    """Nothing but a status of the table leaves the server."""

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Name the request; turn an error into its status."""
        request_id = _request_id(call)
        REQUEST_ID.set(request_id)
        structlog.contextvars.clear_contextvars()
        named = ((REQUEST_ID_KEY, request_id),)
        call.context.set_trailing_metadata(named)
        try:
            yield
        except grpc.aio.AbortError:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary
            status = to_status(error, request_id=request_id, remaining=call.remaining)
            trailers = (*named, *status.trailing_metadata)
            await call.context.abort(status.code, status.details, trailers)


class Record(Around):
    """Counts each call and logs one event for it, never its text."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Measure from start to end, whichever way it ends."""
        labels = call.method.labels
        self._metrics.grpc_started.labels(*labels).inc()
        if not call.method.kind.startswith(("client", "bidi")):
            self._metrics.grpc_received.labels(*labels).inc()
        sent = self._metrics.grpc_sent.labels(*labels)
        if call.method.kind != "unary":
            call.context = CountedWrites(call.context, sent.inc)
        started = time.perf_counter()
        ended: BaseException | None = None
        try:
            yield
            if call.method.kind == "unary":
                sent.inc()
        except BaseException as error:
            ended = error
            raise
        finally:
            seconds = time.perf_counter() - started
            code = _outcome(ended, call)
            self._metrics.grpc_handled.labels(*labels, code.name).inc()
            self._metrics.grpc_seconds.labels(*labels).observe(seconds)
            _tell(call, code, seconds, ended)


class Token(Around):
    """Every call but health carries the bearer token."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Raise Unauthenticated without a token, PermissionDenied with a wrong one."""
        if call.method.service != HEALTH:
            self._check(call.metadata.get("authorization", ""))
        yield

    def _check(self, sent: str | bytes) -> None:
        header = sent.encode() if isinstance(sent, str) else sent
        scheme, _, token = header.partition(b" ")
        if scheme.lower() != b"bearer" or not token.strip():
            raise Unauthenticated("this server wants `authorization: Bearer <token>` metadata")
        if not hmac.compare_digest(token.strip(), self._token):
            raise PermissionDenied("not the token of this server")


class Deadline(Around):
    """A call of ours that sets no deadline gets the server's; a caller's own is gRPC's to keep."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Raise DeadlineError when it passes."""
        if call.remaining is not None or call.method.service != SERVICE:
            yield
            return
        timer = asyncio.timeout(self._seconds)
        try:
            async with timer:
                yield
        except TimeoutError as error:
            if not timer.expired():
                raise
            raise DeadlineError(
                f"not done in {self._seconds:g} s, the server's deadline for a call that sets none"
            ) from error


class Decoding(Around):
    """Bytes that are no message of the contract are the client's fault, not the server's."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Let the deserializer hand its failure on as a value; gRPC would call it INTERNAL."""

        async def tolerant(details: grpc.HandlerCallDetails) -> Any:
            handler = await continuation(details)
            if handler is None or handler.request_streaming:
                return handler
            return handler._replace(request_deserializer=_tolerant(handler.request_deserializer))

        return await super().intercept_service(tolerant, handler_call_details)

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Raise InvalidRequest for what could not be read."""
        if isinstance(call.request, _Undecodable):
            raise InvalidRequest(
                (
                    Violation(
                        "",
                        "not a message of the contract, or a string in it is not valid UTF-8",
                        "MALFORMED",
                    ),
                )
            )
        yield


class CountedWrites:
    """A servicer context that counts the messages written."""

    def __init__(self, context: Any, count: Callable[[], None]) -> None:
        self._context = context
        self._count = count

    async def write(self, message: Any) -> None:
        """Send a message."""
        await self._context.write(message)
        self._count()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


class _Undecodable:
    """Stands where a request would."""


def _tolerant(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def read(data: bytes) -> Any:
        try:
            return deserialize(data)
        except (DecodeError, UnicodeDecodeError):
            return _Undecodable()

    return read


def _request_id(call: Call) -> str:
    """The client's name for the request, from the message or the metadata; else a new one."""
    for name in (getattr(call.request, "request_id", ""), call.metadata.get(REQUEST_ID_KEY, "")):
        if isinstance(name, str) and name and is_request_id(name):
            return name
    return uuid4().hex


def _outcome(ended: BaseException | None, call: Call) -> grpc.StatusCode:
    """The status the caller sees, or would have seen had it stayed."""
    if ended is None or isinstance(ended, grpc.aio.AbortError):
        return _CODES[call.context.code() or 0]
    return status_code(ended, call.remaining)


def _tell(call: Call, code: grpc.StatusCode, seconds: float, ended: BaseException | None) -> None:
    failed = code in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)
    tell = _log.error if failed else _log.debug if call.method.service == HEALTH else _log.info
    tell(
        "rpc.done",
        grpc_service=call.method.service,
        grpc_method=call.method.name,
        grpc_code=code.name,
        seconds=round(seconds, 4),
        peer=call.context.peer(),
        reason=getattr(ended, "reason", None),
        exc_info=ended if failed else None,
    )
