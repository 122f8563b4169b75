"""Equal requests that are under way at the same time are worked on once.

The work has a place of its own in the admission, and goes on as long as somebody waits for it; each
caller keeps its own deadline and may leave. What the work tells on its way is kept, so that a
stream that comes later is told all of it. Only requests of one tenant and priority meet: a tenant
learns nothing of another's requests, and nobody waits in another's turn.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable
    from contextlib import AbstractContextManager

    from newsfold.metrics import Metrics
    from newsfold.rpc.admission import Admission
    from newsfold.rpc.ticket import Ticket

    Tell = Callable[[Any], None]

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Work(Generic[Answer]):
    """What a caller asks for."""

    key: Hashable
    """Equal for equal requests of one caller."""
    place: AbstractContextManager[Ticket]
    """In the admission; entered if no such work is under way."""
    do: Callable[[Ticket, Tell], Awaitable[Answer]]
    """Done once the ticket has its turn; tells its events."""
    remaining: float
    """Seconds to the caller's deadline."""


class Accepted(NamedTuple):
    """The first that `Flights.follow` tells."""

    predicted: float
    """Seconds until the answer."""


@dataclass(eq=False, slots=True)
class _Flight:
    """Work under way."""

    ticket: Ticket
    callers: int = 0
    told: list[Any] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Any] = field(init=False)

    def tell(self, event: object) -> None:
        """Keep it for all who follow."""
        self.told.append(event)
        self.news.set()


class Flights:
    """Work under way by what was asked. Belongs to the event loop."""

    def __init__(self, admission: Admission, metrics: Metrics, *, coalesce: bool) -> None:
        self._admission = admission
        self._metrics = metrics
        self._coalesce = coalesce
        self._flights: dict[Hashable, _Flight] = {}

    async def run(self, work: Work[Answer]) -> Answer:
        """The answer: of work under way, or of new work once it has its turn.

        Raises Overloaded, and what the work raises.
        """
        async with self._aboard(work) as (flight, _):
            answer: Answer = await asyncio.shield(flight.task)
            return answer

    async def follow(self, work: Work[Any]) -> AsyncGenerator[Any]:
        """The same, told as it comes: Accepted, the events of the work from its first, the answer.

        Close it to leave.
        """
        async with self._aboard(work) as (flight, predicted):
            yield Accepted(predicted)
            heard = 0
            while heard < len(flight.told) or not flight.task.done():
                if heard == len(flight.told):
                    flight.news.clear()
                    await flight.news.wait()
                else:
                    heard += 1
                    yield flight.told[heard - 1]
            yield flight.task.result()

    @asynccontextmanager
    async def _aboard(self, work: Work[Any]) -> AsyncIterator[tuple[_Flight, float]]:
        """Work, and the seconds it will take, while a caller waits for it; the last one ends it."""
        with ExitStack() as joined:
            flight = self._flights.get(work.key)
            if flight is not None and not flight.task.done() and flight.ticket.as_asked:
                together = self._admission.join(flight.ticket, work.remaining)
                predicted = joined.enter_context(together)
                self._metrics.coalesced.inc()
            else:
                flight = self._take_off(work)
                predicted = flight.ticket.predicted
            flight.callers += 1
            try:
                yield flight, predicted
            finally:
                flight.callers -= 1
                if flight.callers == 0 and not flight.task.done():
                    flight.task.cancel()
                    await asyncio.wait((flight.task,))

    def _take_off(self, work: Work[Any]) -> _Flight:
        """Begin new work. The place is left however it ends, even before it has begun."""
        held = ExitStack()
        flight = _Flight(held.enter_context(work.place))
        flight.task = asyncio.create_task(_fly(flight, work.do))

        def land(_: asyncio.Task[Any]) -> None:
            held.close()
            flight.news.set()
            if self._flights.get(work.key) is flight:
                del self._flights[work.key]

        flight.task.add_done_callback(land)
        if self._coalesce:
            self._flights[work.key] = flight
        return flight


async def _fly(flight: _Flight, do: Callable[[Ticket, Tell], Awaitable[Answer]]) -> Answer:
    await flight.ticket.turn()
    return await do(flight.ticket, flight.tell)
