"""The order in which requests that wait are served; nothing else decides it.

Among tenants it is weighted fair queueing (`rpc/line.py`). INTERACTIVE goes before
BATCH, but each second of INTERACTIVE work earns waiting BATCH work `BATCH_SHARE` of one, so that
neither starves. Knows no clock and no rates: work is in seconds that somebody else predicted.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from newsfold.rpc.callers import Priority
from newsfold.rpc.line import Line, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BATCH_SHARE = 0.125
"""Of the work of others that BATCH gets while both wait: little, and never nothing."""
BATCH_PATIENCE_S = 8.0
"""Seconds of INTERACTIVE work after which a BATCH request goes, however long it is: it is not
shorter for having waited, and what it takes ahead of its share the next one waits for."""
OTHERS = "other"
"""The tenant of those for whom there is no room of their own, and the label of the unnamed."""


W = TypeVar("W", bound=Waiting)


class Order(Generic[W]):
    """The requests that wait. Not thread-safe."""

    def __init__(self, *, weights: Mapping[str, float], max_tenants: int) -> None:
        """Tenants with a weight have a flow of their own, and so have up to `max_tenants` more."""
        self._weights = weights
        self._max_tenants = max_tenants
        self._lines = {priority: Line[W](self._weight) for priority in Priority}
        self._earned = 0.0
        """Seconds of work that BATCH is owed; negative if it had more."""

    def __len__(self) -> int:
        return sum(len(line) for line in self._lines.values())

    def __iter__(self) -> Iterator[W]:
        """In the order of service if nothing came after."""
        urgent = deque(self._lines[Priority.INTERACTIVE])
        patient = deque(self._lines[Priority.BATCH])
        earned = self._earned
        while urgent or patient:
            if patient and (not urgent or _due(patient[0], earned)):
                earned -= patient[0].own if urgent else 0.0
                yield patient.popleft()
            else:
                earned += BATCH_SHARE * urgent[0].own if patient else 0.0
                yield urgent.popleft()

    def label(self, tenant: str) -> str:
        """The tenant as a label of metrics: those with a weight by name, all others as one."""
        return tenant if tenant in self._weights else OTHERS

    def push(self, item: W) -> None:
        """Let it wait behind those of its tenant."""
        line = self._lines[item.caller.priority]
        line.push(self._flow_of(item, line), item)

    def remove(self, item: W) -> None:
        """It does not wait any more, and was not served. Does nothing if it is not there."""
        self._lines[item.caller.priority].remove(item)

    def head(self, *, batch: bool) -> W | None:
        """The next to serve; no BATCH one unless `batch`. None if there is none."""
        urgent, patient = self._lines[Priority.INTERACTIVE], self._lines[Priority.BATCH]
        first = next(iter(patient), None)
        if batch and first is not None and (not len(urgent) or _due(first, self._earned)):
            return first
        return next(iter(urgent), None)

    def pop(self, *, batch: bool) -> W | None:
        """Take out what `head` gives."""
        item = self.head(batch=batch)
        if item is None:
            return None
        urgent, patient = self._lines[Priority.INTERACTIVE], self._lines[Priority.BATCH]
        if item.caller.priority is Priority.BATCH:
            self._earned -= item.own if len(urgent) else 0.0
            return patient.pop()
        self._earned += BATCH_SHARE * item.own if len(patient) else 0.0
        return urgent.pop()

    def crowder(self, newcomer: W) -> W | None:
        """The last request of the tenant that crowds the newcomer's out, if there is one.

        That is the tenant with most requests waiting for its weight, if it has more than the
        newcomer's would have (McKenney, Stochastic Fairness Queueing, INFOCOM 1990). Those who
        share a turn count as one.
        """
        lines = self._lines.values()
        tenants = {id(item): name for line in lines for name, flow in line.flows() for item in flow}
        held: dict[str, float] = {}
        last: dict[str, W] = {}
        for item in (item for item in self if item is not newcomer):
            name = tenants[id(item)]
            held[name] = held.get(name, 0.0) + 1 / self._weight(name)
            last[name] = item
        tenant = tenants.get(id(newcomer)) or self._flow_of(
            newcomer, self._lines[newcomer.caller.priority]
        )
        own = held.get(tenant, 0.0) + 1 / self._weight(tenant)
        most = max(held, key=lambda name: held[name], default=tenant)
        return last[most] if held.get(most, 0.0) > own else None

    def _flow_of(self, item: W, line: Line[W]) -> str:
        tenant = item.caller.tenant
        if tenant in self._weights or line.knows(tenant):
            return tenant
        return tenant if line.unnamed(self._weights) < self._max_tenants else OTHERS

    def _weight(self, tenant: str) -> float:
        return self._weights.get(tenant, 1.0)


def _due(batch: Waiting, earned: float) -> bool:
    """Whether BATCH work goes before INTERACTIVE work that waits too."""
    return earned >= min(batch.own, BATCH_SHARE * BATCH_PATIENCE_S)
