"""Lets an engine that decodes batches to their end stand where rows may come and go.

Each batch, a cohort, decodes in a greenlet of its own, which gives the thread back between two
layers of the encoder and two steps of the decoder: rows that wait start a cohort beside it, and
what nobody wants any more is noticed as often as with an engine of our own. The rows of a cohort
stay together to its end: what one that left would take is free when its cohort is done.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

import torch
from greenlet import getcurrent, greenlet

from newsfold.model.engine import Idle, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newsfold.model.engine import Decoding, Hypothesis, Row, Wanted

    Finished = list[tuple[int, tuple[Hypothesis, ...]]]


class BatchEngine(Protocol):
    """A seq2seq model on a device that knows whole batches only."""

    def generate(
        self, rows: Sequence[Row], wanted: Wanted, pause: Callable[[int], None]
    ) -> list[tuple[Hypothesis, ...]]:
        """Decode rows of equal `decoding`; hypotheses best first, in the order of the rows.

        `pause` is called after each layer of the encoder and each step of the decoder, and told how
        many tokens each row has written. `wanted` takes positions. Rows that are not
        wanted may come back unfinished, and once all are unwanted the call returns at its next
        decoder step. Raises whatever the model raises.
        """


class Cohorts:
    """A `WritingEngine` of rows that start together and end together."""

    pads = True

    def __init__(self, engine: BatchEngine) -> None:
        self._engine = engine
        self._cohorts: deque[_Cohort] = deque()
        self._lost = 0
        """Tokens of rows that raised, to be told with the next step."""

    def admit(self, rows: Sequence[tuple[int, Row]]) -> None:
        """See `WritingEngine`; rows that are decoded alike make a cohort."""
        alike: dict[Decoding, list[tuple[int, Row]]] = {}
        for key, row in rows:
            alike.setdefault(row.decoding, []).append((key, row))
        self._cohorts += [_Cohort(self._engine, own) for own in alike.values()]

    def step(self, wanted: Wanted) -> Step:
        """See `WritingEngine`; the cohorts take turns."""
        dropped, wasted = self._drop(wanted)
        if not self._cohorts:
            return Step([], dropped, wasted, 0, 1)
        cohort = self._cohorts.popleft()
        before = cohort.written
        try:
            finished = cohort.step(wanted)
        except Exception:
            self._lost = wasted + cohort.written * len(cohort.waiting)
            raise
        if finished is None:
            self._cohorts.append(cohort)
            wrote = len(cohort.waiting) if cohort.written > before else 0
            return Step([], dropped, wasted, wrote, cohort.beams, self._idle())
        gone = {key: found for key, found in finished if not wanted(key)}
        return Step(
            finished=[(key, found) for key, found in finished if key not in gone],
            dropped=[*dropped, *gone],
            wasted=wasted + sum(len(found[0].ids) for found in gone.values() if found),
            tokens=0 if cohort.written else len(finished),  # the last one was told by a pause
            beams=cohort.beams,
            idle=self._idle(),
        )

    def clear(self) -> None:
        """See `WritingEngine`."""
        for cohort in self._cohorts:
            cohort.end()
        self._cohorts.clear()

    def _idle(self) -> Idle:
        """What is computed on for nothing."""
        return Idle(
            beams=sum(cohort.beams * cohort.left for cohort in self._cohorts),
            tokens=sum(cohort.idle_tokens for cohort in self._cohorts),
        )

    def _drop(self, wanted: Wanted) -> tuple[list[int], int]:
        """Give up the rows that nobody wants: their keys, and the tokens they had written."""
        dropped, wasted = [], self._lost
        self._lost = 0
        for cohort in list(self._cohorts):
            unwanted = [key for key in cohort.waiting if not wanted(key)]
            dropped += unwanted
            wasted += cohort.written * len(unwanted)
            cohort.waiting.difference_update(unwanted)
            if not cohort.waiting:
                cohort.end()
                self._cohorts.remove(cohort)
        return dropped, wasted


class _Cohort:
    """Rows that decode together, and how far they are.

    Modes of autograd are the thread's. What a cohort sets and takes back in its own time must not
    reach the others, so whatever it runs is fenced.
    """

    def __init__(self, engine: BatchEngine, rows: Sequence[tuple[int, Row]]) -> None:
        self._keys = [key for key, _ in rows]
        self._lengths = {key: len(row.ids) for key, row in rows}
        self.beams = rows[0][1].decoding.num_beams
        self._wanted: Wanted = lambda key: True
        self._decoding = greenlet(
            lambda: engine.generate([row for _, row in rows], self._is_wanted, self._pause)
        )
        self._back = getcurrent()
        self.waiting = set(self._keys)
        """Keys of the rows that were wanted when it was last looked."""
        self.written = 0
        """Tokens of each row."""

    @property
    def left(self) -> int:
        """Rows that nobody waits for."""
        return len(self._keys) - len(self.waiting)

    @property
    def idle_tokens(self) -> int:
        """Encoder positions that are not those of a row that somebody waits for."""
        padded = len(self._keys) * max(self._lengths.values())
        return padded - sum(self._lengths[key] for key in self.waiting)

    def step(self, wanted: Wanted) -> Finished | None:
        """Decode until the next pause: what the rows that waited came to, None before the end."""
        self._wanted = wanted
        self._back = self._decoding.parent = getcurrent()
        with torch.inference_mode():
            results: list[tuple[Hypothesis, ...]] = self._decoding.switch()
        if not self._decoding.dead:
            return None
        if len(results) != len(self._keys):
            raise RuntimeError(f"{len(results)} results for {len(self._keys)} rows")
        found = zip(self._keys, results, strict=True)
        return [(key, result) for key, result in found if key in self.waiting]

    def end(self) -> None:
        """Leave off, and unwind what is under way."""
        self._decoding.parent = getcurrent()
        with torch.inference_mode():
            self._decoding.throw()

    def _is_wanted(self, position: int) -> bool:
        key = self._keys[position]
        return key in self.waiting and self._wanted(key)

    def _pause(self, written: int) -> None:
        self.written = written
        self._back.switch()
