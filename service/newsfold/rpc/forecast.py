"""When a request will be done if none came after it: the server as a fluid, played forward.

Seconds are of the whole server unless another thing is said.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one request, on the clock on the wall."""

    seconds: float
    """Until it is done, if all work takes what was predicted."""
    risk: float
    """Root of the sum of the squares of the work that is done by then, its own included.

    Where each prediction may be off by a share of itself, and one error says nothing of the next,
    the end is off by that share of this: both as standard deviations.
    """

    def at(self, spreads: float) -> float:
        """Seconds if all goes that many times the risk worse than predicted."""
        return self.seconds + spreads * self.risk


def done_after(
    running: Sequence[float], waiting: Sequence[float], own: int, places: int, overtaking: float
) -> Forecast:
    """When one is done; `own` is its place among `running`, then `waiting`.

    `running` is what is left, `waiting` what is to do in the order of service. Running requests get
    equal shares of the server (processor sharing; Kleinrock, Queueing Systems II, 1976, 4.4). The
    next one that waits starts when fewer than `places` run and `starts_beside` lets it.
    """
    ends = [(left, place) for place, left in enumerate(running)]
    heapq.heapify(ends)
    starts = [0.0] * len(running)
    done: list[float] = []
    seconds = share = 0.0
    following = 0
    while True:
        while (
            following < len(waiting)
            and len(ends) < places
            and starts_beside(waiting[following], (e - share for e, _ in ends), overtaking)
        ):
            heapq.heappush(ends, (share + waiting[following], len(starts)))
            starts.append(share)
            following += 1
        end, which = heapq.heappop(ends)
        seconds += (end - share) * (len(ends) + 1)
        share = end
        done.append(share - starts[which])
        if which == own:
            return Forecast(seconds, math.hypot(*done, *(share - starts[i] for _, i in ends)))


def starts_beside(own: float, left: Iterable[float], overtaking: float) -> bool:
    """Whether a request may start while others have that much left.

    It may overtake what is longer: it needs at most a share of what each of them still needs.
    """
    return all(own <= overtaking * rest for rest in left)


def shared(left: Sequence[float], which: int) -> float:
    """Seconds on the wall until `left[which]` is done, if all of these run and nothing else."""
    return sum(min(other, left[which]) for other in left)
