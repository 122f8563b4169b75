"""The requests that run and those that wait for a place among them, and the time they share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from newsfold.rpc.callers import Priority
from newsfold.rpc.forecast import done_after, shared, starts_beside

if TYPE_CHECKING:
    from newsfold.rpc.forecast import Forecast
    from newsfold.rpc.order import Order
    from newsfold.rpc.ticket import Ticket

KEPT_FROM_BATCH = 0.25
"""Share of the places that BATCH leaves free, so that an INTERACTIVE request need not wait for a
long one to end."""


class Floor:
    """Not thread-safe. All times in seconds."""

    def __init__(self, order: Order[Ticket], places: int, overtaking: float, now: float) -> None:
        """`overtaking`: a request starts beside others if it needs this share of their rest."""
        self.order = order
        self.running: set[Ticket] = set()
        self.aside: set[Ticket] = set()
        """Requests that need no turn: they hold a place among those admitted, and no device."""
        self._places = places
        self._overtaking = overtaking
        self._batch_places = max(1, places - math.ceil(KEPT_FROM_BATCH * places))
        self._credited = now

    def __len__(self) -> int:
        return len(self.running) + len(self.order) + len(self.aside)

    def next(self, now: float) -> Ticket | None:
        """Take out of the order what may run now; None if there is no place or nobody for it."""
        if len(self.running) >= self._places:
            return None
        running = sum(ticket.caller.priority is Priority.BATCH for ticket in self.running)
        for batch in (True, False) if running < self._batch_places else (False,):
            head = self.order.head(batch=batch)
            if head is not None and self._welcome(head, now):
                return self.order.pop(batch=batch)
        return None

    def leave(self, ticket: Ticket) -> None:
        """It neither runs nor waits any more."""
        self.order.remove(ticket)
        self.running.discard(ticket)
        self.aside.discard(ticket)

    def credit(self, now: float) -> None:
        """Share the time since the last call among the requests that ran."""
        if self.running:
            share = (now - self._credited) / len(self.running)
            for ticket in self.running:
                ticket.attained += share
        self._credited = now

    def forecast(self, ticket: Ticket) -> Forecast:
        """When a ticket is done: it runs, waits, or was just taken from the order."""
        waiting = list(self.order)
        running = [other for other in self.running if other is not ticket]
        if ticket not in waiting:
            running.append(ticket)
        own = [*running, *waiting].index(ticket)
        left = [other.left for other in running]
        costs = [other.own for other in waiting]
        return done_after(left, costs, own, self._places, self._overtaking)

    def _welcome(self, ticket: Ticket, now: float) -> bool:
        """Whether it may start beside those that run, and makes none of them late."""
        left = [other.left for other in self.running]
        if not starts_beside(ticket.own, left, self._overtaking):
            return False
        return not any(
            shared(left, which) <= other.deadline - now < shared([*left, ticket.own], which)
            for which, other in enumerate(self.running)
        )

    def first_to_end(self) -> float:
        """Until the first of the running requests is done."""
        return min((ticket.left for ticket in self.running), default=0.0) * len(self.running)
