"""Whether a request may be served: bounded in number and tokens, and in time for its deadline.

A request is admitted or refused in microseconds. Those admitted share the server, up to a number;
the others wait in the order of `rpc/order.py`, and are compared with their deadlines once more when
their turn comes.
"""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from newsfold.pace import Pace
from newsfold.pipeline.errors import Overloaded
from newsfold.rpc.callers import Caller
from newsfold.rpc.concessions import concessions, kind_of_concession
from newsfold.rpc.cost import Rates
from newsfold.rpc.floor import Floor
from newsfold.rpc.order import Order
from newsfold.rpc.refusals import Refusals
from newsfold.rpc.ticket import Ticket
from newsfold.rpc.workload import reading, summarizing, writing_share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from newsfold.metrics import Metrics
    from newsfold.pipeline.types import Article, Options
    from newsfold.rpc.workload import Workload

_ANYBODY = Caller()


class _Moment(NamedTuple):
    """When a request is compared with its deadline."""

    refusal: str
    """The label of the metric."""
    spreads: float
    """How many times the usual error of predictions there must be time for."""


ON_ARRIVAL = _Moment("deadline_too_short", 2.0)
AT_ITS_TURN = _Moment("deadline_after_wait", 0.5)
"""Less doubt is enough to be refused on arrival, when it costs the caller nothing, than later."""


class Admission:
    """Not thread-safe: it belongs to the event loop."""

    def __init__(
        self,
        *,
        max_requests: int,
        max_tokens: int,
        metrics: Metrics,
        max_running: int,
        overtaking: float,
        max_tenants: int = 32,
        weights: Mapping[str, float] | None = None,
        pace: Callable[[], Pace] = Pace,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`max_requests`, `max_tokens`: admitted; `max_running`: of these, served at once.

        `overtaking`: one is served beside others if it needs that share of what each still needs.
        `pace`: what tokens cost the device now.
        """
        self._max_requests = max_requests
        self._max_tokens = max_tokens
        self._metrics = metrics
        self._clock = clock
        self._order: Order[Ticket] = Order(weights=weights or {}, max_tenants=max_tenants)
        self._floor = Floor(self._order, max_running, overtaking, clock())
        self._joined = 0
        """Callers that wait for the work of another."""
        self._tokens = 0
        self._pace = pace
        self._rates = Rates(pace())
        self._refusals = Refusals(metrics, clock)

    @contextmanager
    def summarize(
        self,
        articles: Sequence[Article],
        options: Options,
        remaining: float,
        caller: Caller = _ANYBODY,
    ) -> Iterator[Ticket]:
        """Hold a place while a request is summarised; `remaining` seconds to its deadline.

        The work begins after `Ticket.turn`, with the options that the ticket has then.
        Raises Overloaded.
        """
        rungs = [(o, summarizing(articles, o)) for o in concessions(options)]
        with self._place(self._ticket(caller, rungs, remaining)) as ticket:
            yield ticket

    @contextmanager
    def read(
        self,
        articles: Sequence[Article],
        options: Options,
        remaining: float,
        caller: Caller = _ANYBODY,
    ) -> Iterator[Ticket]:
        """The same while a request is clustered. Raises Overloaded."""
        rungs = [(options, reading(articles))]
        with self._place(self._ticket(caller, rungs, remaining)) as ticket:
            yield ticket

    @contextmanager
    def count(self, articles: Sequence[Article], options: Options) -> Iterator[Ticket]:
        """Hold a place while tokens are counted, at once and whatever the deadline.

        It needs no device, so it neither waits for others nor keeps them. Raises Overloaded.
        """
        ticket = self._ticket(_ANYBODY, [(options, reading(articles))], math.inf)
        ticket.run()
        with self._place(ticket):
            yield ticket

    @contextmanager
    def join(self, ticket: Ticket, remaining: float) -> Iterator[float]:
        """Hold a place while another caller's equal request is worked on; seconds until it is done.

        It counts as a request, not in tokens; the work has until the later deadline. Raises
        Overloaded.
        """
        self._credit()
        now = self._clock()
        forecast = self._floor.forecast(ticket)
        estimate = forecast.seconds
        latest = forecast.at(ON_ARRIVAL.spreads * self._rates.spread)
        if self._held >= self._max_requests:
            bounds = self._floor.first_to_end(), 0.0, estimate
            raise self._refusals.too_many_requests(self._max_requests, *bounds)
        if latest > remaining:
            raise self._refusals.too_late(ON_ARRIVAL.refusal, estimate, latest, remaining, estimate)
        ticket.deadline = max(ticket.deadline, now + remaining)
        self._joined += 1
        self._show()
        try:
            yield estimate
        finally:
            self._joined -= 1
            self._show()

    def predict(
        self, articles: Sequence[Article], options: Options, caller: Caller = _ANYBODY
    ) -> float:
        """Seconds until a request would be done if it came now."""
        self._credit()
        ticket = self._ticket(caller, [(options, summarizing(articles, options))], math.inf)
        self._order.push(ticket)
        try:
            return self._floor.forecast(ticket).seconds
        finally:
            self._order.remove(ticket)

    def _ticket(
        self, caller: Caller, rungs: Sequence[tuple[Options, Workload]], remaining: float
    ) -> Ticket:
        now = self._clock()
        ticket = Ticket(caller, rungs, now + remaining, now)
        ticket.own = ticket.expected = self._rates.cost(ticket.work)
        return ticket

    @contextmanager
    def _place(self, ticket: Ticket) -> Iterator[Ticket]:
        self._credit()
        self._admit(ticket)
        self._tokens += ticket.work.read
        if ticket.running:
            self._floor.aside.add(ticket)
        self._serve()
        try:
            yield ticket
        finally:
            self._credit()
            self._floor.leave(ticket)
            self._tokens -= ticket.work.read
            tenant = self._order.label(ticket.caller.tenant)
            self._metrics.tenant_seconds.labels(tenant).inc(ticket.attained)
            share = writing_share(ticket.timings)
            if share is not None:
                self._rates = self._rates.learned(
                    ticket.work, ticket.attained, share, predicted=ticket.expected
                )
            self._serve()

    def _admit(self, ticket: Ticket) -> None:
        """Let it wait, if there is room and it will be done in time. Raises Overloaded."""
        self._order.push(ticket)
        try:
            victim = self._room(ticket)
            self._choose(ticket, ticket.deadline - ticket.since, ON_ARRIVAL)
        except Overloaded:
            self._order.remove(ticket)
            raise
        if ticket.running:
            self._order.remove(ticket)
        if victim is not None:
            self._order.remove(victim)
            victim.refuse(
                self._refusals.crowding(self._floor.first_to_end(), victim.own, victim.predicted)
            )

    def _room(self, ticket: Ticket) -> Ticket | None:
        """See to the bounds; who must give way, if there is room only then. Raises Overloaded."""
        held = self._held - 1
        tokens = ticket.work.read
        crowds = held and self._tokens + tokens > self._max_tokens
        if held < self._max_requests and not crowds:
            return None
        victim = self._order.crowder(ticket)
        if victim is not None and (
            not crowds or self._tokens - victim.work.read + tokens <= self._max_tokens
        ):
            return victim
        bounds = self._floor.first_to_end(), ticket.own, self._floor.forecast(ticket).seconds
        if held >= self._max_requests:
            raise self._refusals.too_many_requests(self._max_requests, *bounds)
        raise self._refusals.too_many_tokens(self._tokens, tokens, self._max_tokens, *bounds)

    def _choose(self, ticket: Ticket, remaining: float, moment: _Moment) -> None:
        """Give a ticket in the order its first rung that is done in time. Raises Overloaded."""
        asked = ticket.options
        for options, work in ticket.rungs[[o for o, _ in ticket.rungs].index(asked) :]:
            ticket.options, ticket.work = options, work
            ticket.own = self._rates.cost(work)
            forecast = self._floor.forecast(ticket)
            latest = forecast.at(moment.spreads * self._rates.spread)
            if latest <= remaining:
                ticket.expected = ticket.own
                ticket.predicted = self._clock() - ticket.since + forecast.seconds
                if kind := kind_of_concession(asked, options):
                    self._metrics.concessions.labels(kind).inc()
                return
        if moment is ON_ARRIVAL and not self._floor.running:
            self._rates = self._rates.doubted(too_slow=forecast.seconds > remaining)
        raise self._refusals.too_late(
            moment.refusal, forecast.seconds, latest, remaining, forecast.seconds - ticket.own
        )

    def _serve(self) -> None:
        """Start what may start now; what would be late is refused instead."""
        now = self._clock()
        while (ticket := self._floor.next(now)) is not None:
            wait = self._metrics.admission_wait.labels(
                self._order.label(ticket.caller.tenant), ticket.caller.priority.value
            )
            ticket.waited = now - ticket.since
            wait.observe(ticket.waited)
            try:
                if ticket.waited:
                    self._choose(ticket, ticket.deadline - now, AT_ITS_TURN)
            except Overloaded as error:
                ticket.refuse(error)
            else:
                self._floor.running.add(ticket)
                ticket.run()
        self._show()

    @property
    def _held(self) -> int:
        return len(self._floor) + self._joined

    def _credit(self) -> None:
        """Give those that run the time that has passed, and see what all will cost from now on."""
        self._floor.credit(self._clock())
        self._rates = self._rates.at(self._pace())
        for ticket in (*self._floor.running, *self._order):
            ticket.own = self._rates.cost(ticket.work)

    def _show(self) -> None:
        self._metrics.admitted_requests.set(self._held)
        self._metrics.admitted_tokens.set(self._tokens)
        self._metrics.waiting_requests.set(len(self._order))
        self._metrics.prediction_error.set(self._rates.spread)
