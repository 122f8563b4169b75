"""The table of errors, row by row: status, details, trailers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2
from hypothesis import given
from hypothesis import strategies as st

from newsfold.pipeline import errors
from newsfold.pipeline.errors import InvalidRequest, NotReady, Overloaded, TokenCount, Violation
from newsfold.rpc.errors import DeadlineError, status_code, to_status

if TYPE_CHECKING:
    from google.protobuf.message import Message

FAULT = Violation("articles[3].body", "1200000 code points; the limit is 1000000", "TOO_LONG")

ROWS: list[tuple[Exception, grpc.StatusCode, str, set[type[Message]]]] = [
    (
        InvalidRequest((FAULT,)),
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_REQUEST",
        {details.BadRequest},
    ),
    (
        errors.InputTooLong((TokenCount("articles", 9, 4),)),
        grpc.StatusCode.FAILED_PRECONDITION,
        "INPUT_TOO_LONG",
        {details.PreconditionFailure},
    ),
    (
        Overloaded("full", reason="QUEUE_FULL", retry_after=0.5, estimate=2.0),
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "QUEUE_FULL",
        {details.RetryInfo, details.QuotaFailure},
    ),
    (
        NotReady("loading", retry_after=2.0),
        grpc.StatusCode.UNAVAILABLE,
        "NOT_READY",
        {details.RetryInfo},
    ),
    (
        errors.Unauthenticated("no token"),
        grpc.StatusCode.UNAUTHENTICATED,
        "UNAUTHENTICATED",
        set(),
    ),
    (
        errors.PermissionDenied("wrong token"),
        grpc.StatusCode.PERMISSION_DENIED,
        "PERMISSION_DENIED",
        set(),
    ),
    (DeadlineError("late"), grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", set()),
    (errors.ModelFailed("CUDA"), grpc.StatusCode.INTERNAL, "INTERNAL", set()),
    (ZeroDivisionError("secret"), grpc.StatusCode.INTERNAL, "INTERNAL", set()),
]


def unpacked(status: grpc.Status) -> dict[type[Message], Any]:
    """The details of a status by their kind."""
    trailers = dict(status.trailing_metadata or ())
    packed = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    kinds = {
        kind.DESCRIPTOR.full_name: kind
        for kind in (
            details.BadRequest,
            details.ErrorInfo,
            details.PreconditionFailure,
            details.QuotaFailure,
            details.RequestInfo,
            details.RetryInfo,
        )
    }
    found: dict[type[Message], Any] = {}
    for detail in packed.details:
        kind = kinds[detail.TypeName()]
        found[kind] = kind.FromString(detail.value)
    return found


@pytest.mark.parametrize(("error", "code", "reason", "kinds"), ROWS, ids=str)
def test_each_class_of_error_has_its_status_and_details(
    error: Exception, code: grpc.StatusCode, reason: str, kinds: set[type[Message]]
) -> None:
    """Always with reason, domain and the request's id."""
    status = to_status(error, request_id="r1", remaining=None)
    found = unpacked(status)
    assert status.code is code
    assert set(found) == kinds | {details.ErrorInfo, details.RequestInfo}
    assert (found[details.ErrorInfo].reason, found[details.ErrorInfo].domain) == (
        reason,
        "newsfold",
    )
    assert found[details.RequestInfo].request_id == "r1"


def test_every_class_of_the_tree_is_in_the_table() -> None:
    """None falls through to INTERNAL by being forgotten."""
    tested = {type(error) for error, *_ in ROWS}
    assert set(errors.NewsfoldError.__subclasses__()) <= tested


@pytest.mark.parametrize("error", [errors.ModelFailed("secret"), ZeroDivisionError("secret")])
def test_the_text_of_what_went_wrong_inside_stays_inside(error: Exception) -> None:
    """The client gets the request's id to quote."""
    status = to_status(error, request_id="r1", remaining=None)
    assert status.details == "internal error, r1"
    assert b"secret" not in dict(status.trailing_metadata or ())["grpc-status-details-bin"]


@pytest.mark.parametrize(
    ("reason", "retry_after", "remaining", "pushback"),
    [
        ("QUEUE_FULL", 0.5, 10.0, "500"),
        ("QUEUE_FULL", 0.5, None, "500"),
        ("QUEUE_FULL", 0.5, 0.4, "-1"),
        ("DEADLINE_TOO_SHORT", 0.5, 10.0, "-1"),
    ],
)
def test_a_retry_that_would_come_too_late_is_not_asked_for(
    reason: str, retry_after: float, remaining: float | None, pushback: str
) -> None:
    """The call's own deadline keeps running while its library waits (gRFC A6)."""
    error = Overloaded("full", reason=reason, retry_after=retry_after)
    status = to_status(error, request_id="r1", remaining=remaining)
    assert dict(status.trailing_metadata or ())["grpc-retry-pushback-ms"] == pushback
    retry = unpacked(status)[details.RetryInfo]
    assert retry.retry_delay.ToMilliseconds() == 500


@pytest.mark.parametrize(
    ("remaining", "code"),
    [
        (None, grpc.StatusCode.CANCELLED),
        (3.0, grpc.StatusCode.CANCELLED),
        (0.0, grpc.StatusCode.DEADLINE_EXCEEDED),
    ],
)
def test_a_cancellation_is_the_deadline_if_that_has_come(
    remaining: float | None, code: grpc.StatusCode
) -> None:
    """GRPC tells the handler of both in the same way."""
    assert status_code(asyncio.CancelledError(), remaining) is code


@given(st.lists(st.text(max_size=300), max_size=200))
def test_the_trailers_of_an_error_always_fit(texts: list[str]) -> None:
    """Shown and left out add up; base64 of all stays under the 8 KiB that peers accept."""
    faults = tuple(Violation(f"articles[{i}].body", text, "BAD") for i, text in enumerate(texts))
    status = to_status(InvalidRequest(faults), request_id="r" * 128, remaining=None)
    found = unpacked(status)
    info = found[details.ErrorInfo]
    shown = found[details.BadRequest].field_violations
    assert len(shown) + int(info.metadata.get("faults_left_out", "0")) == len(faults)
    trailers = dict(status.trailing_metadata or ())
    assert len(trailers["grpc-status-details-bin"]) * 4 / 3 + 3 * len(status.details) < 8192
