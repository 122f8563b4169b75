"""Lets an engine that decodes a batch to its end stand where rows may come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from newsfold.model.engine import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.engine import Hypothesis, Row, Wanted


class BatchEngine(Protocol):
    """A seq2seq model on a device that knows whole batches only."""

    def generate(self, rows: Sequence[Row], wanted: Wanted) -> list[tuple[Hypothesis, ...]]:
        """Decode rows of equal `decoding`; hypotheses best first, in the order of the rows.

        `wanted` takes positions. Rows that are not wanted may come back unfinished, and once all
        are unwanted the call returns at its next decoder step. Raises whatever the model raises.
        """


class Cohorts:
    """A `WritingEngine` whose one step decodes all that was admitted with the same parameters."""

    joins = False

    def __init__(self, engine: BatchEngine) -> None:
        self._engine = engine
        self._admitted: list[tuple[int, Row]] = []

    def admit(self, rows: Sequence[tuple[int, Row]]) -> None:
        """See `WritingEngine`."""
        self._admitted += rows

    def step(self, wanted: Wanted) -> Step:
        """See `WritingEngine`."""
        decoding = self._admitted[0][1].decoding
        cohort = [(key, row) for key, row in self._admitted if row.decoding == decoding]
        self._admitted = [(key, row) for key, row in self._admitted if row.decoding != decoding]
        keys = [key for key, _ in cohort]
        results = self._engine.generate([row for _, row in cohort], lambda i: wanted(keys[i]))
        if len(results) != len(keys):
            raise RuntimeError(f"{len(results)} results for {len(keys)} rows")
        finished = list(zip(keys, results, strict=True))
        gone = [(key, found) for key, found in finished if not wanted(key)]
        return Step(
            finished=[(key, found) for key, found in finished if wanted(key)],
            dropped=[key for key, _ in gone],
            wasted=sum(len(found[0].ids) for _, found in gone if found),
        )

    def clear(self) -> None:
        """See `WritingEngine`."""
        self._admitted.clear()
