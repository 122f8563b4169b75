"""The rows of one kind of work that wait for the device. The scheduler locks it."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

from newsfold.model.packing import around_first

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from newsfold.model.engine import Work
    from newsfold.pipeline.errors import NewsfoldError

In = TypeVar("In")
Out = TypeVar("Out")

_log = logging.getLogger(__name__)

LOOK_AHEAD = 1024
"""Rows from the head of the queue among which a batch is chosen: enough to fill a batch with rows
of like length, few enough to sort in under a millisecond."""


@dataclass(eq=False, slots=True)
class Request(Generic[In, Out]):
    """Rows that were submitted together, and the future that waits for all of them."""

    rows: Sequence[In]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[list[Out]]
    results: dict[int, Out] = field(default_factory=dict)
    gone: bool = False
    """Nobody waits any more: cancelled, or failed with another of its rows."""

    @property
    def complete(self) -> bool:
        """Whether all of its rows have results; it is answered then."""
        return len(self.results) == len(self.rows)


@dataclass(frozen=True, eq=False, slots=True)
class Waiting(Generic[In, Out]):
    """One row in the queue."""

    request: Request[In, Out]
    position: int
    """Of the row in its request."""
    since: float

    @property
    def row(self) -> In:
        """What the engine gets."""
        return self.request.rows[self.position]


@dataclass(eq=False)
class Lane(Generic[In, Out]):
    """A queue of rows, and how to batch them."""

    work: Work
    length: Callable[[In], int]
    """Encoder tokens of a row."""
    group: Callable[[In], Hashable]
    """Rows share a batch only if their groups are equal."""
    max_tokens: int
    """Padded encoder tokens of one batch."""
    max_rows: Callable[[In], int]
    """Rows of one batch in the group of this row."""
    written: Callable[[Out], int] = lambda _: 0
    """Tokens that a result took to write."""
    pads: bool = True
    """Whether the engine fills rows up to the longest of a batch."""
    spent: float = 0.0
    """Device seconds used, for sharing the device fairly; see `Scheduler`."""
    waiting: deque[Waiting[In, Out]] = field(default_factory=deque)
    tokens: int = 0

    def push(self, request: Request[In, Out], now: float) -> None:
        """Add all rows of a request at the end."""
        self.waiting.extend(Waiting(request, i, now) for i in range(len(request.rows)))
        self.tokens += sum(map(self.length, request.rows))

    def drop(self, request: Request[In, Out]) -> int:
        """Take the rows of a request out; how many there were."""
        before = len(self.waiting)
        self._keep([w for w in self.waiting if w.request is not request])
        return before - len(self.waiting)

    def drop_all(self) -> list[Request[In, Out]]:
        """Empty the queue; the requests that were in it."""
        requests = list({id(w.request): w.request for w in self.waiting}.values())
        self._keep([])
        return requests

    def record(
        self, found: Iterable[tuple[Waiting[In, Out], Out]]
    ) -> tuple[list[Request[In, Out]], int, int]:
        """Keep the results of rows.

        The requests that are complete with them, the tokens of all their rows, and the tokens of
        rows that nobody waits for.
        """
        complete, served, wasted = [], 0, 0
        for waiting, result in found:
            request = waiting.request
            if request.gone:
                wasted += self.written(result)
                continue
            request.results[waiting.position] = result
            if request.complete:
                complete.append(request)
                served += sum(map(self.written, request.results.values()))
        return complete, served, wasted

    def in_vain(self, request: Request[In, Out]) -> int:
        """Tokens of the rows of a request that are done, if it will not be answered."""
        return 0 if request.complete else sum(map(self.written, request.results.values()))

    def take(self, most: int | None = None, tokens: int | None = None) -> list[Waiting[In, Out]]:
        """The next batch: the row that waited longest and rows of its group near it in length.

        At most `most` rows, and of so many encoder tokens, but always the first.
        """
        first = self.waiting[0].row
        group = self.group(first)
        near = [w for w in islice(self.waiting, LOOK_AHEAD) if self.group(w.row) == group]
        chosen = [
            near[i]
            for i in around_first(
                [self.length(w.row) for w in near],
                max_tokens=self.max_tokens if tokens is None else tokens,
                max_rows=max(1, min(self.max_rows(first), most or LOOK_AHEAD)),
            )
        ]
        taken = set(map(id, chosen))
        self._keep([w for w in self.waiting if id(w) not in taken])
        return chosen

    def _keep(self, rows: list[Waiting[In, Out]]) -> None:
        self.waiting = deque(rows)
        self.tokens = sum(self.length(w.row) for w in rows)


def answer(request: Request[In, Out]) -> None:
    """Give a caller the results of its rows, all of which are there."""
    results = [request.results[i] for i in range(len(request.rows))]
    _call(request, lambda: request.future.set_result(results))


def fail(request: Request[In, Out], error: NewsfoldError) -> None:
    """Answer a request with an error, once."""
    if not request.gone:
        request.gone = True
        _call(request, lambda: request.future.set_exception(error))


def _call(request: Request[In, Out], settle: Callable[[], None]) -> None:
    """Have the request's event loop settle its future, unless its caller has left meanwhile.

    A loop that is closed has nobody left to tell.
    """

    def on_loop() -> None:
        if not request.future.done():
            settle()

    try:
        request.loop.call_soon_threadsafe(on_loop)
    except RuntimeError:
        _log.debug("loop.closed")
