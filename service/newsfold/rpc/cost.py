"""What work costs on this server, fitted online from the requests that ended.

A request costs `read · a + written · (b + c · (beams - 1))` seconds of the whole server: encoder
tokens, output tokens, and each further beam of an output token. `a` is a ratio of decayed sums; `b`
and `c` are weighted least squares over decayed sums, each request weighted by what it wrote, so
that of requests with equal beams it is a ratio of sums too. How far predictions were off is learned
beside them. Knows no requests and no clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsfold.rpc.workload import Workload

MEMORY = 0.9
"""What is kept of the sums at each request: a change of load shows within ten."""
MOST_SURPRISE = 8.0
"""A request teaches no more than that it took so many times the prediction, or a so-manieth of it:
one that met a stopped process says nothing about the next."""
BEAM_SHARE = 0.21
"""What another beam costs in shares of the first, as long as requests with equal beams only have
been seen: 421 tokens/s greedy, 259 with four beams."""
_BEAM_WEIGHT = 50.0
"""Output tokens that `BEAM_SHARE` is worth against those measured."""
_LEAST_S = 1e-9
"""Seconds that a token costs at least."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds for a unit of work. The first are of two CPU cores (docs/architecture.md)."""

    read_seconds: float = 4_000 * 4e-4
    read_tokens: float = 4_000
    """105 sentences of about 25 tokens a second through the encoder; worth six articles."""
    tokens: float = 400
    """Output tokens: the sum of the weights."""
    beams: float = 0
    """Of the weights times the further beams."""
    beams_squared: float = 0
    seconds: float = 400 * 0.0025
    """Spent on writing. About 421 tokens a second."""
    beam_seconds: float = 0
    """The same, each request's times its further beams."""
    variance: float = 0.1
    """Decayed mean of the squared errors of predictions, each a share of its prediction, 1 at most.

    A third off to begin with, which is a guess.
    """

    @property
    def spread(self) -> float:
        """How far off a prediction is, as a share of it: a standard deviation."""
        return math.sqrt(self.variance)

    @property
    def per_read(self) -> float:
        """Seconds to read an encoder token."""
        return max(self.read_seconds / self.read_tokens, _LEAST_S)

    @property
    def per_written(self) -> tuple[float, float]:
        """Seconds to write a token greedily, and those that each further beam adds.

        A further beam costs no less than nothing and no more than the first.
        """
        share, weight = BEAM_SHARE, _BEAM_WEIGHT
        first = self.tokens + weight * share**2
        cross = self.beams - weight * share
        further = self.beams_squared + weight
        beam = (first * self.beam_seconds - cross * self.seconds) / (first * further - cross**2)
        greedy = (self.seconds - cross * beam) / first
        if not 0 <= beam <= greedy:
            share = 0.0 if beam < 0 else 1.0
            spent = self.seconds + share * self.beam_seconds
            work = self.tokens + 2 * share * self.beams + share**2 * self.beams_squared
            greedy = spent / work
            beam = share * greedy
        return max(greedy, _LEAST_S), beam

    def cost(self, work: Workload) -> float:
        """Predicted seconds of the whole server."""
        return self._reading(work) + self._writing(work)

    def learned(
        self, work: Workload, seconds: float, writing: float, predicted: float | None = None
    ) -> Rates:
        """The rates after a request that cost `seconds`, a share of them (0 to 1) for writing.

        `predicted`: what was said when it began; None: what would be said now.
        """
        if work.read <= 0:
            return self
        error = min(1.0, seconds / (predicted or self.cost(work)) - 1)
        variance = MEMORY * self.variance + (1 - MEMORY) * error**2
        return replace(self._fitted(work, seconds, writing), variance=variance)

    def _fitted(self, work: Workload, seconds: float, writing: float) -> Rates:
        """The rates of reading and writing, without the error."""
        read = _credible((1 - writing) * seconds, self._reading(work))
        rates = replace(
            self,
            read_seconds=MEMORY * self.read_seconds + read,
            read_tokens=MEMORY * self.read_tokens + work.read,
        )
        if work.written <= 0:
            return rates
        wrote = _credible(writing * seconds, self._writing(work))
        further = work.beams - 1
        return replace(
            rates,
            tokens=MEMORY * self.tokens + work.written,
            beams=MEMORY * self.beams + work.written * further,
            beams_squared=MEMORY * self.beams_squared + work.written * further**2,
            seconds=MEMORY * self.seconds + wrote,
            beam_seconds=MEMORY * self.beam_seconds + wrote * further,
        )

    def doubted(self, *, too_slow: bool) -> Rates:
        """A little surer: after refusing a request while idle, which teaches nothing.

        Faster too, if the prediction itself was too slow for it and not only its possible error.
        """
        surer = replace(self, variance=0.9 * self.variance)
        return surer._faster() if too_slow else surer

    def _faster(self) -> Rates:
        return replace(
            self,
            read_seconds=0.9 * self.read_seconds,
            seconds=0.9 * self.seconds,
            beam_seconds=0.9 * self.beam_seconds,
        )

    def _reading(self, work: Workload) -> float:
        return work.read * self.per_read

    def _writing(self, work: Workload) -> float:
        greedy, beam = self.per_written
        return work.written * (greedy + beam * (work.beams - 1))


def _credible(seconds: float, predicted: float) -> float:
    return min(max(seconds, predicted / MOST_SURPRISE), predicted * MOST_SURPRISE)
