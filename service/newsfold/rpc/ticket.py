"""An admitted request: what it will get, what it costs, and whether its turn has come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from newsfold.pipeline.types import Stage, StageTiming

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsfold.pipeline.errors import Overloaded
    from newsfold.pipeline.types import Options
    from newsfold.rpc.callers import Caller
    from newsfold.rpc.workload import Workload

LEAST_LEFT = 0.1
"""Share of its predicted work that a running request is taken to have left, however late it is."""


@dataclass(eq=False, slots=True)
class Ticket:
    """It waits, then runs; or it is refused while it waits."""

    caller: Caller
    rungs: Sequence[tuple[Options, Workload]]
    """As asked for, then what its `on_pressure` allows, dearest first."""
    deadline: float
    """On the clock of the admission."""
    since: float
    """When it came, on the same clock."""
    options: Options = field(init=False)
    """What it will get; may become less when its turn comes."""
    work: Workload = field(init=False)
    own: float = 0.0
    """Seconds of the whole server that it will take, as far as one knows now."""
    expected: float = 0.0
    """The same when it was admitted, or its turn came."""
    predicted: float = 0.0
    """Seconds from its arrival until it will be done."""
    attained: float = 0.0
    """Seconds of the whole server that it has had."""
    waited: float = 0.0
    """Seconds until its turn came."""
    timings: tuple[StageTiming, ...] = ()
    running: bool = False
    _refusal: Overloaded | None = None
    _told: asyncio.Future[None] | None = None

    def __post_init__(self) -> None:
        """At first it gets what it asked for."""
        self.options, self.work = self.rungs[0]

    @property
    def left(self) -> float:
        """Seconds of the whole server that it still needs."""
        return max(self.own - self.attained, LEAST_LEFT * self.own)

    @property
    def as_asked(self) -> bool:
        """Whether nothing was conceded."""
        return self.options is self.rungs[0][0]

    async def turn(self) -> None:
        """Wait until it may run. Raises Overloaded if it cannot be done in time any more."""
        if not self.running and self._refusal is None:
            self._told = asyncio.get_running_loop().create_future()
            await self._told
        if self._refusal is not None:
            raise self._refusal

    def run(self) -> None:
        """Its turn has come."""
        self.running = True
        self._tell()

    def refuse(self, error: Overloaded) -> None:
        """Its turn will not come."""
        self._refusal = error
        self._tell()

    def finished(self, timings: Iterable[StageTiming]) -> tuple[StageTiming, ...]:
        """It succeeded: its cost may be learned from. The timings, with the wait before them."""
        self.timings = tuple(timings)
        return (StageTiming(Stage.QUEUE, self.waited), *self.timings)

    def _tell(self) -> None:
        if self._told is not None and not self._told.done():
            self._told.set_result(None)
