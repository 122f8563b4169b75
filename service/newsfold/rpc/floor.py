"""The requests that run and those that wait for a place among them, and the time they share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from newsfold.rpc.callers import Priority
from newsfold.rpc.forecast import done_after

if TYPE_CHECKING:
    from newsfold.rpc.order import Order
    from newsfold.rpc.ticket import Ticket

KEPT_FROM_BATCH = 0.25
"""Share of the places that BATCH leaves free, so that an INTERACTIVE request need not wait for a
long one to end."""


class Floor:
    """Not thread-safe. All times in seconds."""

    def __init__(self, order: Order[Ticket], places: int, now: float) -> None:
        self.order = order
        self.running: set[Ticket] = set()
        self._places = places
        self._batch_places = max(1, places - math.ceil(KEPT_FROM_BATCH * places))
        self._credited = now

    def __len__(self) -> int:
        return len(self.running) + len(self.order)

    def next(self) -> Ticket | None:
        """Take out of the order what may run now; None if there is no place or nobody for it."""
        if len(self.running) >= self._places:
            return None
        batch = sum(ticket.caller.priority is Priority.BATCH for ticket in self.running)
        return self.order.pop(batch=batch < self._batch_places)

    def leave(self, ticket: Ticket) -> None:
        """It neither runs nor waits any more."""
        self.order.remove(ticket)
        self.running.discard(ticket)

    def credit(self, now: float) -> None:
        """Share the time since the last call among the requests that ran."""
        if self.running:
            share = (now - self._credited) / len(self.running)
            for ticket in self.running:
                ticket.attained += share
        self._credited = now

    def forecast(self, ticket: Ticket) -> float:
        """Until a ticket is done: it runs, waits, or was just taken from the order."""
        waiting = list(self.order)
        if ticket not in waiting:
            waiting.insert(0, ticket)
        left = [other.left for other in self.running if other is not ticket]
        costs = [other.left if other is ticket else other.own for other in waiting]
        places = len(left) + 1 if ticket.running else self._places
        return done_after(left, costs, waiting.index(ticket), places)

    def first_to_end(self) -> float:
        """Until the first of the running requests is done."""
        return min((ticket.left for ticket in self.running), default=0.0) * len(self.running)
