"""How well a clustering agrees with a gold one: BCubed (Bagga and Baldwin 1998).

A clustering is one label an item. Precision is the mean, over the items, of the share of its
cluster that is of its gold cluster; recall the other way round.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision and recall, 0..1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return self.f(1.0)

    def f(self, beta: float) -> float:
        """The F measure in which recall counts `beta` times as much (van Rijsbergen 1979)."""
        weighed = beta * beta * self.precision + self.recall
        return (1 + beta * beta) * self.precision * self.recall / weighed if weighed else 0.0


def bcubed(found: Sequence[Hashable], gold: Sequence[Hashable]) -> Agreement:
    """The agreement over all items; there must be one."""
    precision, recall = per_item(found, gold)
    return Agreement(float(precision.mean()), float(recall.mean()))


def per_item(
    found: Sequence[Hashable], gold: Sequence[Hashable]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Precision and recall of each item, shape (n,) each."""
    both = Counter(zip(found, gold, strict=True))
    in_found, in_gold = Counter(found), Counter(gold)
    shared = [both[pair] for pair in zip(found, gold, strict=True)]
    return (
        np.array([n / in_found[f] for n, f in zip(shared, found, strict=True)]),
        np.array([n / in_gold[g] for n, g in zip(shared, gold, strict=True)]),
    )
