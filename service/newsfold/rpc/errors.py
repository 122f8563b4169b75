"""One table: class of an error -> status and google.rpc details. Nothing else chooses a status.

What is not in the table is INTERNAL with a fixed text; its own text and trace are for the log.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import grpc
from google.rpc import error_details_pb2 as details_pb2
from google.rpc import status_pb2
from grpc_status import rpc_status

from newsfold.pipeline import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from google.protobuf.message import Message

DOMAIN = "newsfold"
MAX_DETAIL_BYTES = 4_096
"""Of all details of one status. They travel in a trailer, as base64; gRPC peers refuse trailers
over 8 KiB, and the client would see that refusal instead of the error."""
MAX_TEXT = 1_024
"""Characters of the status message, which is a trailer too (percent-encoded)."""
_NO_RETRY = "-1"
"""grpc-retry-pushback-ms for "do not retry this call" (gRFC A6)."""
_CLOSE_TO_DEADLINE_S = 0.05
"""A cancellation this close to the deadline is the deadline: the client's timer may fire first."""

Detail = TypeVar("Detail")


class DeadlineError(Exception):
    """The server's own deadline, for a call that set none."""


def status_code(error: BaseException, remaining: float | None) -> grpc.StatusCode:
    """The status of a call that ended with `error`; `remaining` seconds before its deadline."""
    if isinstance(error, (asyncio.CancelledError, GeneratorExit)):
        passed = remaining is not None and remaining <= _CLOSE_TO_DEADLINE_S
        return grpc.StatusCode.DEADLINE_EXCEEDED if passed else grpc.StatusCode.CANCELLED
    for kind in type(error).__mro__:
        if kind in _CODES:
            return _CODES[kind]
    return grpc.StatusCode.INTERNAL


def to_status(error: BaseException, *, request_id: str, remaining: float | None) -> grpc.Status:
    """Code, text, details and trailers for an error that is no cancellation."""
    code = status_code(error, remaining)
    details, left_out = _details(error)
    info = details_pb2.ErrorInfo(
        reason=_reason(error, code), domain=DOMAIN, metadata=_metadata(error)
    )
    if left_out:
        info.metadata["faults_left_out"] = str(left_out)
    identity = details_pb2.RequestInfo(request_id=request_id)
    text = str(error) if code is not grpc.StatusCode.INTERNAL else f"internal error, {request_id}"
    status = status_pb2.Status(code=code.value[0], message=text[:MAX_TEXT])
    for detail in (info, *details, identity):
        status.details.add().Pack(detail)
    packed: grpc.Status = rpc_status.to_status(status)
    return _Status(code, status.message, (*packed.trailing_metadata, *_trailers(error, remaining)))


_CODES: Mapping[type[BaseException], grpc.StatusCode] = {
    errors.InvalidRequest: grpc.StatusCode.INVALID_ARGUMENT,
    errors.InputTooLong: grpc.StatusCode.FAILED_PRECONDITION,
    errors.Overloaded: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.NotReady: grpc.StatusCode.UNAVAILABLE,
    errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    errors.PermissionDenied: grpc.StatusCode.PERMISSION_DENIED,
    errors.ModelFailed: grpc.StatusCode.INTERNAL,
    DeadlineError: grpc.StatusCode.DEADLINE_EXCEEDED,
}


class _Status(grpc.Status):
    """What `abort` needs."""

    def __init__(
        self, code: grpc.StatusCode, details: str, trailing: Sequence[tuple[str, str | bytes]]
    ) -> None:
        self.code = code
        self.details = details
        self.trailing_metadata = tuple(trailing)


def _reason(error: BaseException, code: grpc.StatusCode) -> str:
    return error.reason if isinstance(error, errors.NewsfoldError) else code.name


def _metadata(error: BaseException) -> dict[str, str]:
    match error:
        case errors.InvalidRequest():
            return {"faults": str(len(error.violations))}
        case errors.InputTooLong():
            return {"faults": str(len(error.counts))}
        case errors.Overloaded(estimate=float(estimate)):
            return {"estimate_seconds": f"{estimate:.3f}"}
        case _:
            return {}


def _details(error: BaseException) -> tuple[tuple[Message, ...], int]:
    """The details beside ErrorInfo, and how many faults there was no room for."""
    match error:
        case errors.InvalidRequest():
            faults, left_out = _fitting(error.violations, _field_violation)
            return (details_pb2.BadRequest(field_violations=faults),), left_out
        case errors.InputTooLong():
            counts, left_out = _fitting(error.counts, _precondition)
            return (details_pb2.PreconditionFailure(violations=counts),), left_out
        case errors.Overloaded():
            violation = details_pb2.QuotaFailure.Violation(
                subject=error.reason, description=str(error)
            )
            quota = details_pb2.QuotaFailure(violations=[violation])
            return (_retry_info(error.retry_after), quota), 0
        case errors.NotReady():
            return (_retry_info(error.retry_after),), 0
        case _:
            return (), 0


def _field_violation(fault: errors.Violation) -> details_pb2.BadRequest.FieldViolation:
    return details_pb2.BadRequest.FieldViolation(
        field=fault.field, description=fault.description, reason=fault.reason
    )


def _precondition(count: errors.TokenCount) -> details_pb2.PreconditionFailure.Violation:
    return details_pb2.PreconditionFailure.Violation(
        type="TOKENS",
        subject=count.field,
        description=f"{count.tokens} tokens; the limit is {count.limit}",
    )


def _retry_info(seconds: float) -> details_pb2.RetryInfo:
    info = details_pb2.RetryInfo()
    info.retry_delay.FromMilliseconds(round(1000 * seconds))
    return info


def _fitting(
    faults: Iterable[Detail], message: Callable[[Detail], Message]
) -> tuple[list[Message], int]:
    """The first faults that fit the trailer, and how many do not."""
    kept: list[Message] = []
    size = left_out = 0
    for fault in faults:
        packed = message(fault)
        size += packed.ByteSize() + 4
        if left_out or size > MAX_DETAIL_BYTES - 512:  # ErrorInfo and RequestInfo
            left_out += 1
        else:
            kept.append(packed)
    return kept, left_out


def _trailers(error: BaseException, remaining: float | None) -> tuple[tuple[str, str], ...]:
    """When the caller's gRPC library may retry this call, whose deadline keeps running.

    A call that cannot be done before its deadline now cannot be done later either, and one whose
    deadline passes before the retry would only wait in vain: both are told not to.
    """
    if not isinstance(error, (errors.Overloaded, errors.NotReady)):
        return ()
    hopeless = error.reason == "DEADLINE_TOO_SHORT" or (
        remaining is not None and remaining <= error.retry_after
    )
    pushback = _NO_RETRY if hopeless else str(round(1000 * error.retry_after))
    return (("grpc-retry-pushback-ms", pushback),)
