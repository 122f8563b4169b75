"""`newsfold serve` whose writer decodes batches to their end by `generate`: a peer for `online`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from newsfold.cli import main
from newsfold.model import load
from newsfold.model.engine import Step
from newsfold.model.seq2seq import Seq2SeqEngine, load_seq2seq

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.engine import Row, Wanted

BATCH = 8
"""Rows."""


class StaticBatches:
    """A `WritingEngine` whose one step decodes the rows that came first, by count."""

    pads = True

    def __init__(self, engine: Seq2SeqEngine) -> None:
        self._engine = engine
        self._waiting: list[tuple[int, Row]] = []

    def admit(self, rows: Sequence[tuple[int, Row]]) -> None:
        """See `WritingEngine`."""
        self._waiting += rows

    def step(self, wanted: Wanted) -> Step:
        """See `WritingEngine`."""
        left = [key for key, _ in self._waiting if not wanted(key)]
        self._waiting = [(key, row) for key, row in self._waiting if key not in left]
        if not self._waiting:
            return Step([], left, 0, 0, 1)
        decoding = self._waiting[0][1].decoding
        batch = [(key, row) for key, row in self._waiting if row.decoding == decoding][:BATCH]
        keys = [key for key, _ in batch]
        self._waiting = [(key, row) for key, row in self._waiting if key not in keys]
        found = self._engine.generate([row for _, row in batch], lambda i: wanted(keys[i]))
        results = dict(zip(keys, found, strict=True))
        gone = [key for key in keys if not wanted(key)]
        return Step(
            finished=[(key, result) for key, result in results.items() if key not in gone],
            dropped=[*left, *gone],
            wasted=sum(len(results[key][0].ids) for key in gone),
            tokens=sum(len(result[0].ids) for result in results.values()),
            beams=decoding.num_beams,
        )

    def clear(self) -> None:
        """See `WritingEngine`."""
        self._waiting.clear()


def _static(directory: Any, **how: Any) -> StaticBatches:
    model = load_seq2seq(directory, device=how["device"], dtype=how["dtype"])
    return StaticBatches(Seq2SeqEngine(model))


if __name__ == "__main__":
    with patch.object(load, "writing_engine", _static):
        main()
