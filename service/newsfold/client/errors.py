"""What a failed call raises, with everything the server said about it.

    NewsfoldError
    ├── InvalidRequestError     INVALID_ARGUMENT: one Violation per fault
    ├── InputTooLongError       FAILED_PRECONDITION: over a token limit; violations hold the counts
    ├── OverloadedError         RESOURCE_EXHAUSTED: retry_after and, if known, estimate
    ├── MessageTooLargeError    a message over the transport's limit; it never reached the service
    ├── UnavailableError        UNAVAILABLE: not reachable, loading or draining
    ├── UnauthenticatedError    UNAUTHENTICATED
    ├── PermissionDeniedError   PERMISSION_DENIED
    ├── DeadlineError           DEADLINE_EXCEEDED
    ├── CallCancelledError      CANCELLED
    └── ServerError             every other status

The details are the google.rpc messages of the trailer `grpc-status-details-bin`.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_DETAILS_KEY = "grpc-status-details-bin"


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of a request, of a precondition or of a quota."""

    field: str
    """The path of the field, for example "articles[3].body"."""
    description: str
    reason: str = ""
    """Machine-readable, for example "TOO_LONG"."""


@dataclass(frozen=True, slots=True)
class Details:
    """The google.rpc details of a status, as values."""

    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    retry_after: float | None = None
    request_id: str = ""


class NewsfoldError(Exception):
    """A call that failed."""

    def __init__(self, status: grpc.StatusCode, message: str, details: Details) -> None:
        super().__init__(f"{status.name}: {message}")
        self.status = status
        self.message = message
        self.reason = details.reason
        """ErrorInfo's reason, for example "QUEUE_FULL"; empty if the service did not answer."""
        self.metadata = details.metadata
        """ErrorInfo's metadata."""
        self.violations = details.violations
        self.retry_after = details.retry_after
        """Seconds after which a retry has a chance; None if the server did not say."""
        self.request_id = details.request_id
        """The request's identifier as the server knows it; empty if it did not say."""


class InvalidRequestError(NewsfoldError):
    """The request cannot be served as it is, now or later."""


class InputTooLongError(NewsfoldError):
    """Input over a token limit, and `allow_truncation` is false."""


class OverloadedError(NewsfoldError):
    """The server cannot finish this request in time now; it may later."""

    @property
    def estimate(self) -> float | None:
        """Predicted seconds until the request would have been done, if the server said so."""
        try:
            return float(self.metadata[ESTIMATE_KEY])
        except (KeyError, ValueError):
            return None


class MessageTooLargeError(NewsfoldError):
    """A message over the limit of this client or of the server's transport."""


class UnavailableError(NewsfoldError):
    """The server cannot be reached, or is loading or draining."""


class UnauthenticatedError(NewsfoldError):
    """The server wants a token."""


class PermissionDeniedError(NewsfoldError):
    """The server does not accept this token."""


class DeadlineError(NewsfoldError):
    """The call's timeout passed."""


class CallCancelledError(NewsfoldError):
    """The call was cancelled."""


class ServerError(NewsfoldError):
    """The server failed; its log has the reason under `request_id`."""


_BY_STATUS: dict[grpc.StatusCode, type[NewsfoldError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequestError,
    grpc.StatusCode.FAILED_PRECONDITION: InputTooLongError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: OverloadedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineError,
    grpc.StatusCode.CANCELLED: CallCancelledError,
}

ESTIMATE_KEY = "estimate_seconds"
"""ErrorInfo metadata key of the predicted seconds."""


@contextmanager
def typed_errors() -> Iterator[None]:
    """Turn what grpc raises inside the block into the error of the tree above."""
    try:
        yield
    except grpc.RpcError as error:
        raise from_rpc_error(error) from error


def from_rpc_error(error: grpc.RpcError) -> NewsfoldError:
    """The typed error of a failed call, synchronous or asynchronous."""
    status: grpc.StatusCode = error.code()
    message: str = error.details() or ""
    details = _details(error)
    kind = _BY_STATUS.get(status, ServerError)
    if kind is OverloadedError and not details.reason and details.retry_after is None:
        # The service names a reason; only the transport's size limit refuses without one.
        kind = MessageTooLargeError
    return kind(status, message, details)


def _details(error: grpc.RpcError) -> Details:
    # (key, value) pairs from both kinds of call, though the stubs say so of neither.
    pairs = cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata() or ())
    trailers = dict(pairs)
    raw = trailers.get(_DETAILS_KEY)
    request_id = str(trailers.get("x-request-id", ""))
    if not isinstance(raw, bytes):
        return Details(request_id=request_id)
    status = status_pb2.Status()
    try:
        status.ParseFromString(raw)
    except DecodeError:
        return Details(request_id=request_id)
    info = error_details_pb2.ErrorInfo()
    request = error_details_pb2.RequestInfo()
    retry = error_details_pb2.RetryInfo()
    retry_after: float | None = None
    violations: list[Violation] = []
    for packed in status.details:
        bad = error_details_pb2.BadRequest()
        precondition = error_details_pb2.PreconditionFailure()
        quota = error_details_pb2.QuotaFailure()
        if packed.Unpack(retry):
            retry_after = retry.retry_delay.ToTimedelta().total_seconds()
        elif packed.Unpack(bad):
            violations += (
                Violation(v.field, v.description, v.reason) for v in bad.field_violations
            )
        elif packed.Unpack(precondition):
            violations += (
                Violation(v.subject, v.description, v.type) for v in precondition.violations
            )
        elif packed.Unpack(quota):
            violations += (Violation(v.subject, v.description) for v in quota.violations)
        elif not packed.Unpack(info):
            packed.Unpack(request)
    return Details(
        reason=info.reason,
        metadata=dict(info.metadata),
        violations=tuple(violations),
        retry_after=retry_after,
        request_id=request.request_id or request_id,
    )
