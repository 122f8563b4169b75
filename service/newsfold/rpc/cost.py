"""What a request costs on this server, fitted online from the last steps and requests.

A step of the device tells what a token costs it now (`newsfold.pace`). What goes with it, sentences
split, stories told apart, evidence sought, and how far an estimate in tokens is off, is learned
from the requests that ended: how many seconds of the whole server go with one that the device was
expected to take, for reading and for writing. How far predictions were off is learned beside them.
Knows no requests and no clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from newsfold.pace import Pace, credible

if TYPE_CHECKING:
    from newsfold.rpc.workload import Workload

MEMORY = 0.9
"""What is kept of the sums at each request: a change shows within ten."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Seconds that something took for each second that the device was expected to take for it."""

    took: float
    expected: float = 1.0
    """Decayed sums; the first is worth a request of a second."""

    @property
    def value(self) -> float:
        """Of the sums."""
        return self.took / self.expected

    def learned(self, took: float, expected: float) -> Ratio:
        """After another request."""
        likely = credible(took, expected * self.value)
        return Ratio(MEMORY * self.took + likely, MEMORY * self.expected + expected)


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds of the whole server for a unit of work."""

    pace: Pace = field(default_factory=Pace)
    reading: Ratio = Ratio(1.25)
    writing: Ratio = Ratio(0.5)
    """As thirty stories of news were read and written in 50 words; most are shorter than asked."""
    variance: float = 0.1
    """Decayed mean of the squared errors of predictions, each a share of its prediction, 1 at most.

    A third off to begin with, which is a guess.
    """

    @property
    def spread(self) -> float:
        """How far off a prediction is, as a share of it: a standard deviation."""
        return math.sqrt(self.variance)

    def at(self, pace: Pace) -> Rates:
        """The same with what the device does now."""
        return replace(self, pace=pace)

    def cost(self, work: Workload) -> float:
        """Predicted seconds of the whole server."""
        reading, writing = self._on_the_device(work)
        return self.reading.value * reading + self.writing.value * writing

    def learned(
        self, work: Workload, seconds: float, writing: float, predicted: float | None = None
    ) -> Rates:
        """The rates after a request that cost `seconds`, a share of them (0 to 1) for writing.

        `predicted`: what was said when it began; None: what would be said now.
        """
        if work.read <= 0:
            return self
        error = min(1.0, seconds / (predicted or self.cost(work)) - 1)
        to_read, to_write = self._on_the_device(work)
        return replace(
            self,
            reading=self.reading.learned((1 - writing) * seconds, to_read),
            writing=self.writing.learned(writing * seconds, to_write)
            if work.written > 0
            else self.writing,
            variance=MEMORY * self.variance + (1 - MEMORY) * error**2,
        )

    def doubted(self, *, too_slow: bool) -> Rates:
        """A little surer: after refusing a request while idle, which teaches nothing.

        Faster too, if the prediction itself was too slow for it and not only its possible error.
        """
        surer = replace(self, variance=0.9 * self.variance)
        if not too_slow:
            return surer
        return replace(
            surer,
            reading=replace(self.reading, took=0.9 * self.reading.took),
            writing=replace(self.writing, took=0.9 * self.writing.took),
        )

    def _on_the_device(self, work: Workload) -> tuple[float, float]:
        """Seconds that the device was to read and write, at its pace."""
        return self.pace.reading(work.read), self.pace.writing(work.written, work.beams)
