"""Warm-up, stable, decay: a learning rate for a training whose end is not known beforehand.

The stable phase can go on over any number of sessions; a short linear decay from its last
checkpoint gives a model to export (Hu et al. 2024, MiniCPM, section 4; Hägele et al. 2024).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """`decay_from` is None while stable; else the rate falls to zero over `decay_steps`."""

    warmup_steps: int
    decay_from: int | None = None
    decay_steps: int = 0

    def factor(self, step: int) -> float:
        """What every learning rate is multiplied by at this step (the first step is 0)."""
        warm = min(1.0, (step + 1) / max(1, self.warmup_steps))
        if self.decay_from is None:
            return warm
        left = 1.0 - (step - self.decay_from) / max(1, self.decay_steps)
        return warm * min(1.0, max(0.0, left))

    @property
    def last_step(self) -> int | None:
        """The step at which a decay has ended; None while stable."""
        return None if self.decay_from is None else self.decay_from + self.decay_steps
