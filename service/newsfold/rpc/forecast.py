"""When a request will be done if none came after it: the server as a fluid, played forward."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def done_after(running: Iterable[float], waiting: Sequence[float], own: int, places: int) -> float:
    """Seconds until `waiting[own]` is done.

    `running` and `waiting` are seconds of the whole server: what is left, and what is to do in
    the order of service. Running requests get equal shares of the server (processor sharing;
    Kleinrock, Queueing Systems II, 1976, 4.4); one that waits starts when fewer than `places` run.
    """
    ends = [(left, -1) for left in running]
    heapq.heapify(ends)
    seconds = share = 0.0
    following = 0
    while True:
        while following < len(waiting) and len(ends) < places:
            heapq.heappush(ends, (share + waiting[following], following))
            following += 1
        end, which = heapq.heappop(ends)
        seconds += (end - share) * (len(ends) + 1)
        share = end
        if which == own:
            return seconds
