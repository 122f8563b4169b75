"""The requests of one priority that wait: start-time fair queueing among their tenants.

A tenant whose requests wait gets work in proportion to its weight, whatever the others send (Goyal,
Vin and Cheng, SIGCOMM 1996). Work is in seconds of the whole server.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from newsfold.rpc.callers import Caller


class Waiting(Protocol):
    """What waits."""

    @property
    def caller(self) -> Caller:
        """Whose it is."""

    @property
    def own(self) -> float:
        """Seconds of the whole server that it will take, predicted."""


W = TypeVar("W", bound=Waiting)


class Line(Generic[W]):
    """The flows of one priority."""

    def __init__(self, weight: Callable[[str], float]) -> None:
        self._weight = weight
        self._flows: dict[str, _Flow[W]] = {}
        self._now = 0.0
        """Virtual time: the start of what was served last."""

    def __len__(self) -> int:
        return sum(len(flow.waiting) for flow in self._flows.values())

    def __iter__(self) -> Iterator[W]:
        """In the order of their virtual starts; the tenant that came first, first."""
        flows = list(self._flows.values())
        heads = [(flow.start, i, 0) for i, flow in enumerate(flows) if flow.waiting]
        heapq.heapify(heads)
        while heads:
            start, i, position = heapq.heappop(heads)
            item = flows[i].waiting[position]
            yield item
            if position + 1 < len(flows[i].waiting):
                heapq.heappush(heads, (start + item.own / flows[i].weight, i, position + 1))

    def flows(self) -> Iterator[tuple[str, Collection[W]]]:
        """What waits, by flow."""
        return ((name, flow.waiting) for name, flow in self._flows.items())

    def knows(self, tenant: str) -> bool:
        """Whether it has a flow."""
        return tenant in self._flows

    def unnamed(self, weights: Mapping[str, float]) -> int:
        """Flows of tenants without a weight of their own."""
        return sum(name not in weights for name in self._flows)

    def push(self, name: str, item: W) -> None:
        """Add it at the end of a flow."""
        flow = self._flows.setdefault(name, _Flow(self._weight(name), self._now))
        if not flow.waiting:
            flow.start = max(flow.start, self._now)
        flow.waiting.append(item)

    def pop(self) -> W:
        """The next; there must be one."""
        item = next(iter(self))
        flow = next(f for f in self._flows.values() if f.waiting and f.waiting[0] is item)
        self._now = flow.start
        flow.waiting.popleft()
        flow.start += item.own / flow.weight
        self._forget()
        return item

    def remove(self, item: W) -> None:
        """Take it out unserved."""
        for flow in self._flows.values():
            if item in flow.waiting:
                flow.waiting.remove(item)
        self._forget()

    def _forget(self) -> None:
        """Drop the flows that have nothing waiting and owe no time; all of them when it is empty.

        An idle tenant is not paid for the time in which it asked for nothing.
        """
        idle = not len(self)
        self._flows = {
            name: flow
            for name, flow in self._flows.items()
            if flow.waiting or (not idle and flow.start > self._now)
        }


@dataclass(eq=False, slots=True)
class _Flow(Generic[W]):
    """The requests of a tenant that wait, and when, in virtual time, the first may start."""

    weight: float
    start: float
    waiting: deque[W] = field(default_factory=deque)
