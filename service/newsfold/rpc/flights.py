"""Equal requests that are under way at the same time are worked on once.

The work has a place of its own in the admission, and goes on as long as somebody waits for it; each
caller keeps its own deadline and may leave. Only requests of one tenant and priority meet: a tenant
learns nothing of another's requests, and nobody waits in another's turn. Streams are left out: what
one tells of the work that was done before a caller came cannot be told again.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable
    from contextlib import AbstractContextManager

    from newsfold.metrics import Metrics
    from newsfold.rpc.admission import Admission
    from newsfold.rpc.ticket import Ticket

Answer = TypeVar("Answer")


@dataclass(eq=False, slots=True)
class _Flight:
    """Work under way."""

    ticket: Ticket
    task: asyncio.Task[Any]
    callers: int = 0


class Flights:
    """Work under way by what was asked. Belongs to the event loop."""

    def __init__(self, admission: Admission, metrics: Metrics, *, coalesce: bool) -> None:
        self._admission = admission
        self._metrics = metrics
        self._coalesce = coalesce
        self._flights: dict[Hashable, _Flight] = {}

    async def run(
        self,
        asked: Hashable,
        place: AbstractContextManager[Ticket],
        work: Callable[[Ticket], Awaitable[Answer]],
        *,
        remaining: float,
    ) -> Answer:
        """The answer to `asked`: of work under way, or of new work in `place` once it has its turn.

        `remaining`: seconds to this caller's deadline. Raises Overloaded, and what `work` raises.
        """
        if not self._coalesce:
            with place as ticket:
                return await _fly(ticket, work)
        with ExitStack() as joined:
            flight = self._flights.get(asked)
            if flight is not None and not flight.task.done() and flight.ticket.as_asked:
                joined.enter_context(self._admission.join(flight.ticket, remaining))
                self._metrics.coalesced.inc()
            else:
                flight = self._take_off(asked, place, work)
            answer: Answer = await self._answer(flight)
            return answer

    def _take_off(
        self,
        asked: Hashable,
        place: AbstractContextManager[Ticket],
        work: Callable[[Ticket], Awaitable[Answer]],
    ) -> _Flight:
        """Begin new work. The place is left however it ends, even before it has begun."""
        held = ExitStack()
        ticket = held.enter_context(place)
        task = asyncio.create_task(_fly(ticket, work))
        flight = _Flight(ticket, task)

        def land(_: asyncio.Task[Any]) -> None:
            held.close()
            if self._flights.get(asked) is flight:
                del self._flights[asked]

        task.add_done_callback(land)
        self._flights[asked] = flight
        return flight

    async def _answer(self, flight: _Flight) -> Any:
        """Wait for it; the last caller to leave ends it."""
        flight.callers += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.callers -= 1
            if flight.callers == 0 and not flight.task.done():
                flight.task.cancel()
                await asyncio.wait((flight.task,))


async def _fly(ticket: Ticket, work: Callable[[Ticket], Awaitable[Answer]]) -> Answer:
    await ticket.turn()
    return await work(ticket)
