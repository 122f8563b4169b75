"""Wall-clock time of each stage of one request."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newsfold.pipeline.types import Stage, StageTiming

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stopwatch:
    """Adds up the time spent in each stage; overlapping visits of a stage count once."""

    def __init__(self) -> None:
        self._seconds: dict[Stage, float] = {}
        self._open: dict[Stage, int] = {}
        self._since: dict[Stage, float] = {}

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Count the time inside the block to `stage`."""
        if self._open.get(stage, 0) == 0:
            self._since[stage] = time.perf_counter()
        self._open[stage] = self._open.get(stage, 0) + 1
        try:
            yield
        finally:
            self._open[stage] -= 1
            if self._open[stage] == 0:
                spent = time.perf_counter() - self._since[stage]
                self._seconds[stage] = self._seconds.get(stage, 0.0) + spent

    def timings(self) -> tuple[StageTiming, ...]:
        """What was counted, in the order of the stages."""
        return tuple(
            StageTiming(stage, self._seconds[stage]) for stage in Stage if stage in self._seconds
        )
