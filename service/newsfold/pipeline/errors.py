"""The one error tree. `rpc/errors.py` maps each class to a status; nothing else may.

    NewsfoldError
    ├── InvalidRequest         the request itself is wrong; one Violation per fault
    ├── InputTooLong           over a token limit and truncation not allowed
    ├── Overloaded             not now: queue full, or not before the caller's deadline
    ├── NotReady               loading, warming or draining
    ├── Unauthenticated        no token where one is needed
    ├── PermissionDenied       a wrong token
    └── ModelFailed            the model raised; the request's rows are lost, the engine lives

Deadlines and cancellation are not errors of ours: they arrive as asyncio.CancelledError.
"""

from __future__ import annotations

from dataclasses import dataclass


class NewsfoldError(Exception):
    """The root. `reason` is the machine-readable ErrorInfo reason."""

    reason = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of a request."""

    field: str
    """The path of the field, for example "articles[3].body"."""
    description: str
    """What is wrong, with the limit."""
    reason: str
    """Machine-readable, for example "TOO_LONG"."""


class InvalidRequest(NewsfoldError):
    """The request cannot be served as it is, now or later."""

    reason = "INVALID_REQUEST"

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        self.violations = violations
        super().__init__("; ".join(f"{v.field}: {v.description}" for v in violations[:5]))


@dataclass(frozen=True, slots=True)
class TokenCount:
    """A field that holds more tokens than its limit."""

    field: str
    tokens: int
    limit: int


class InputTooLong(NewsfoldError):
    """Input over a token limit, and `allow_truncation` is false."""

    reason = "INPUT_TOO_LONG"

    def __init__(self, counts: tuple[TokenCount, ...]) -> None:
        self.counts = counts
        shown = "; ".join(f"{c.field}: {c.tokens} tokens, limit {c.limit}" for c in counts[:5])
        super().__init__(f"{shown}. Set options.allow_truncation to have the rest dropped.")


class Overloaded(NewsfoldError):
    """The server cannot finish this request in time now; it may later."""

    reason = "OVERLOADED"

    def __init__(
        self, message: str, *, reason: str, retry_after: float, estimate: float | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        """QUEUE_FULL, TENANT_OVER_QUOTA or DEADLINE_TOO_SHORT."""
        self.retry_after = retry_after
        """Seconds after which a retry has a chance."""
        self.estimate = estimate
        """Predicted seconds until this request would have been done."""


class NotReady(NewsfoldError):
    """The server is loading, warming up or draining."""

    reason = "NOT_READY"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unauthenticated(NewsfoldError):
    """No bearer token where one is needed."""

    reason = "UNAUTHENTICATED"


class PermissionDenied(NewsfoldError):
    """A bearer token that is not the configured one."""

    reason = "PERMISSION_DENIED"


class ModelFailed(NewsfoldError):
    """The model raised on this request's rows. The text is for the log, never for the client."""

    reason = "INTERNAL"
