"""What tokens cost the device, fitted online from its last steps.

Reading costs `a` seconds an encoder token; writing `b + c · (beams - 1)` an output token, with what
the writer's own encoder reads for it. `a` is a ratio of decayed sums; `b` and `c` are weighted
least squares over decayed sums, each step weighted by the tokens it wrote, so that of steps with
equal beams it is a ratio of sums too. Apart from both the engine, which reports steps, and the
transport, which predicts from them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

READ_MEMORY, WRITE_MEMORY = 8_000, 4_000
"""Tokens after which a step counts for 1/e of what it did: seconds of a busy device, so that a
change of load or of the machine shows soon. In tokens and not in seconds: slow steps of few rows,
such as a canary's, must not drive out quick ones of many."""
_MOST_PENDING_S = 5.0
"""Of reading that may be counted with one step that writes."""
MOST_SURPRISE = 8.0
"""One observation teaches no more than so many times what was expected, or a so-manieth of it: one
that met a stopped process says nothing about the next."""
BEAM_SHARE = 0.21
"""What another beam costs in shares of the first, as long as steps with equal beams only have been
seen: 421 tokens/s greedy, 259 with four beams."""
_BEAM_WEIGHT = 50.0
"""Output tokens that `BEAM_SHARE` is worth against those measured."""
_LEAST_S = 1e-9
"""Seconds that a token costs at least."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of the device for a unit of work. The first are of two CPU cores."""

    read_seconds: float = 4_000 * 3.2e-4
    read_tokens: float = 4_000
    """125 sentences of about 25 tokens a second through the encoder; worth six articles."""
    tokens: float = 1_000
    """Output tokens: the sum of the weights. Worth fifty sentences."""
    beams: float = 0
    """Of the weights times the further beams."""
    beams_squared: float = 0
    seconds: float = 1_000 * 0.005
    """Spent on writing. 200 tokens a second, few rows at a time."""
    beam_seconds: float = 0
    """The same, each step's times its further beams."""
    pending: float = 0.0
    """Seconds of steps that read only, for the next that writes."""

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

    def reading(self, tokens: float) -> float:
        """Seconds to read so many tokens."""
        return tokens * self.per_read

    def writing(self, tokens: float, beams: int) -> float:
        """Seconds to write so many tokens of the best beams."""
        greedy, beam = self.per_written
        return tokens * (greedy + beam * (beams - 1))

    def read(self, tokens: int, seconds: float) -> Pace:
        """The pace after a batch of the encoder."""
        if tokens <= 0:
            return self
        took = credible(seconds, self.reading(tokens))
        kept = math.exp(-tokens / READ_MEMORY)
        return replace(
            self,
            read_seconds=kept * self.read_seconds + took,
            read_tokens=kept * self.read_tokens + tokens,
        )

    def wrote(self, tokens: int, beams: int, seconds: float) -> Pace:
        """The pace after a step in which the best of so many beams wrote `tokens`."""
        if tokens <= 0:
            return replace(self, pending=min(self.pending + seconds, _MOST_PENDING_S))
        took = self.pending + credible(seconds, self.writing(tokens, beams))
        kept = math.exp(-tokens / WRITE_MEMORY)
        further = beams - 1
        return replace(
            self,
            tokens=kept * self.tokens + tokens,
            beams=kept * self.beams + tokens * further,
            beams_squared=kept * self.beams_squared + tokens * further**2,
            seconds=kept * self.seconds + took,
            beam_seconds=kept * self.beam_seconds + took * further,
            pending=0.0,
        )


def credible(seconds: float, expected: float) -> float:
    """What an observation may teach; see `MOST_SURPRISE`."""
    return min(max(seconds, expected / MOST_SURPRISE), expected * MOST_SURPRISE)
