"""What a request is told that is not served now, and when it should come back.

Each request refused for room is given a time of its own, so that they do not all come back
together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsfold.pipeline.errors import Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsfold.metrics import Metrics

SOONEST_RETRY_S = 0.1
LATEST_RETRY_S = 30.0
"""A prediction further ahead than this is worth little."""


class Refusals:
    """Counts them and words them. All times in seconds.

    `first`: until the first request under way ends; `own`: what the refused one would take of the
    whole server; `estimate`: until it would have been done.
    """

    def __init__(self, metrics: Metrics, clock: Callable[[], float]) -> None:
        self._metrics = metrics
        self._clock = clock
        self._promised = 0.0
        """When the last request that was refused for room was told to come back."""

    def too_many_requests(
        self, limit: int, first: float, own: float, estimate: float
    ) -> Overloaded:
        """There is no room for another."""
        message = f"{limit} requests are under way"
        return self._full("too_many_requests", message, first, own, estimate)

    def too_many_tokens(
        self, held: int, more: int, limit: int, first: float, own: float, estimate: float
    ) -> Overloaded:
        """There is no room for one so large."""
        message = f"{held} tokens are under way, and {more} more are over the limit of {limit}"
        return self._full("too_many_tokens", message, first, own, estimate)

    def crowding(self, first: float, own: float, estimate: float) -> Overloaded:
        """It waited, and must give way to a tenant that has less."""
        message = "the queue is full, and this tenant has most of it"
        return self._full(
            "tenant_over_quota", message, first, own, estimate, reason="TENANT_OVER_QUOTA"
        )

    def too_late(
        self, what: str, estimate: float, latest: float, remaining: float, wait: float
    ) -> Overloaded:
        """It might not be done before its deadline; `wait` for others is part of the estimate.

        `latest`: the estimate with the usual error of such estimates, some times over.
        """
        self._metrics.refusals.labels(what).inc()
        return Overloaded(
            f"it would take {estimate:.2f} s, {latest:.2f} s with the usual error, and the deadline"
            f" is in {remaining:.2f} s",
            reason="DEADLINE_TOO_SHORT",
            retry_after=_clipped(wait),
            estimate=estimate,
        )

    def _full(
        self,
        what: str,
        message: str,
        first: float,
        own: float,
        estimate: float,
        *,
        reason: str = "QUEUE_FULL",
    ) -> Overloaded:
        self._metrics.refusals.labels(what).inc()
        now = self._clock()
        self._promised = max(now + first, self._promised + own)
        if self._promised > now + LATEST_RETRY_S:
            self._promised = now + first
        return Overloaded(
            message, reason=reason, retry_after=_clipped(self._promised - now), estimate=estimate
        )


def _clipped(seconds: float) -> float:
    return min(max(seconds, SOONEST_RETRY_S), LATEST_RETRY_S)
