"""Whether a request may start now: bounded in number and tokens, and in time for its deadline.

Admitted requests share the server at once, their rows in common batches, so there is no queue in
front of them: a request is admitted or refused in microseconds. A refusal says when to come back,
and gives each refused request its own time, so that they do not all come back together.
"""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from newsfold.pipeline.errors import Overloaded
from newsfold.pipeline.types import PressurePolicy, WriteMode
from newsfold.rpc.cost import Rates
from newsfold.rpc.workload import reading, summarizing, writing_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from newsfold.metrics import Metrics
    from newsfold.pipeline.types import Article, Options, StageTiming
    from newsfold.rpc.workload import Workload

SOONEST_RETRY_S = 0.1
LATEST_RETRY_S = 30.0
"""A prediction further ahead than this is worth little."""
LEAST_LEFT = 0.1
"""Share of its predicted work that a running request is taken to have left, however late it is."""


@dataclass(eq=False, slots=True)
class Ticket:
    """An admitted request."""

    options: Options
    """What it will get: as asked for, or less where its `on_pressure` allows."""
    work: Workload
    predicted: float
    """Seconds until it will be done."""
    own: float
    """Seconds of the whole server that it will take."""
    attained: float = 0.0
    """Seconds of the whole server that it has had."""
    timings: tuple[StageTiming, ...] = field(default=())

    def finished(self, timings: Iterable[StageTiming]) -> None:
        """It succeeded: its cost may be learned from."""
        self.timings = tuple(timings)

    @property
    def left(self) -> float:
        """Seconds of the whole server that it still needs."""
        return max(self.own - self.attained, LEAST_LEFT * self.own)


class Admission:
    """Not thread-safe: it belongs to the event loop."""

    def __init__(
        self,
        *,
        max_requests: int,
        max_tokens: int,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_requests = max_requests
        self._max_tokens = max_tokens
        self._metrics = metrics
        self._clock = clock
        self._running: set[Ticket] = set()
        self._tokens = 0
        self._rates = Rates()
        self._credited = clock()
        self._promised = 0.0
        """When the last request that was refused for room was told to come back."""

    @contextmanager
    def summarize(
        self, articles: Sequence[Article], options: Options, remaining: float
    ) -> Iterator[Ticket]:
        """Hold a place while a request is summarised; `remaining` seconds to its deadline.

        Raises Overloaded.
        """
        rungs = [(o, summarizing(articles, o)) for o in concessions(options)]
        with self._place(rungs, remaining) as ticket:
            yield ticket

    @contextmanager
    def read(
        self, articles: Sequence[Article], options: Options, remaining: float
    ) -> Iterator[Ticket]:
        """Hold a place while a request is clustered. Raises Overloaded."""
        with self._place([(options, reading(articles))], remaining) as ticket:
            yield ticket

    @contextmanager
    def count(self, articles: Sequence[Article], options: Options) -> Iterator[Ticket]:
        """Hold a place while tokens are counted, whatever the deadline. Raises Overloaded."""
        with self._place([(options, reading(articles))], math.inf) as ticket:
            yield ticket

    def predict(self, articles: Sequence[Article], options: Options) -> float:
        """Seconds until a request would be done if it came now."""
        self._credit()
        return self._predicted(self._rates.cost(summarizing(articles, options)))

    @contextmanager
    def _place(
        self, rungs: Sequence[tuple[Options, Workload]], remaining: float
    ) -> Iterator[Ticket]:
        self._credit()
        ticket = self._admit(rungs, remaining)
        self._running.add(ticket)
        self._tokens += ticket.work.read
        self._show()
        try:
            yield ticket
        finally:
            self._credit()
            self._running.remove(ticket)
            self._tokens -= ticket.work.read
            self._show()
            share = writing_share(ticket.timings)
            if share is not None:
                self._rates = self._rates.learned(ticket.work, ticket.attained, share)

    def _admit(self, rungs: Sequence[tuple[Options, Workload]], remaining: float) -> Ticket:
        """A ticket for the first rung that is done in time. Raises Overloaded."""
        own = self._rates.cost(rungs[0][1])
        predicted = self._predicted(own)
        tokens = rungs[0][1].read
        if len(self._running) >= self._max_requests:
            raise self._full(
                "requests", f"{self._max_requests} requests are under way", own, predicted
            )
        if self._running and self._tokens + tokens > self._max_tokens:
            raise self._full(
                "tokens", f"{self._tokens} tokens are under way, and {tokens} more are"
                f" over the limit of {self._max_tokens}", own, predicted,
            )  # fmt: skip
        for options, work in rungs:
            cost = self._rates.cost(work)
            if self._predicted(cost) <= remaining:
                self._note_concession(rungs[0][0], options)
                return Ticket(options, work, self._predicted(cost), cost)
        raise self._too_late(remaining, min(self._rates.cost(w) for _, w in rungs))

    def _full(self, what: str, message: str, own: float, predicted: float) -> Overloaded:
        """No room. Each request refused for this is given a later time than the one before."""
        self._metrics.refusals.labels(f"too_many_{what}").inc()
        now = self._clock()
        first_to_end = min((t.left for t in self._running), default=0.0) * len(self._running)
        self._promised = max(now + first_to_end, self._promised + own)
        if self._promised > now + LATEST_RETRY_S:
            self._promised = now + first_to_end
        return Overloaded(
            message,
            reason="QUEUE_FULL",
            retry_after=_clipped(self._promised - now),
            estimate=predicted,
        )

    def _too_late(self, remaining: float, cheapest: float) -> Overloaded:
        self._metrics.refusals.labels("deadline_too_short").inc()
        predicted = self._predicted(cheapest)
        if not self._running:
            self._rates = self._rates.doubted()
        return Overloaded(
            f"it would take {predicted:.2f} s, and the deadline is in {remaining:.2f} s",
            reason="DEADLINE_TOO_SHORT",
            retry_after=_clipped(predicted - cheapest),
            estimate=predicted,
        )

    def _predicted(self, own: float) -> float:
        """Seconds to the end of a request of cost `own` if none came after it.

        Under processor sharing each running request takes from it the lesser of what that one
        has left and `own` itself (Kleinrock, Queueing Systems II, 1976, 4.4).
        """
        return own + sum(min(ticket.left, own) for ticket in self._running)

    def _credit(self) -> None:
        """Share the time since the last change among the requests that ran."""
        now = self._clock()
        if self._running:
            share = (now - self._credited) / len(self._running)
            for ticket in self._running:
                ticket.attained += share
        self._credited = now

    def _show(self) -> None:
        self._metrics.admitted_requests.set(len(self._running))
        self._metrics.admitted_tokens.set(self._tokens)

    def _note_concession(self, asked: Options, given: Options) -> None:
        if given is not asked:
            extracts = given.write_mode is not asked.write_mode
            self._metrics.concessions.labels("extractive" if extracts else "fewer_beams").inc()


def concessions(options: Options) -> list[Options]:
    """The options as asked for, then what their `on_pressure` allows, dearest first."""
    rungs = [options]
    if options.on_pressure is PressurePolicy.FAIL or options.write_mode is WriteMode.EXTRACTIVE:
        return rungs
    beams = options.num_beams // 2
    while beams >= 1:
        rungs.append(replace(options, num_beams=beams))
        beams //= 2
    if options.on_pressure is PressurePolicy.EXTRACTIVE:
        rungs.append(replace(options, num_beams=1, write_mode=WriteMode.EXTRACTIVE))
    return rungs


def _clipped(seconds: float) -> float:
    return min(max(seconds, SOONEST_RETRY_S), LATEST_RETRY_S)
