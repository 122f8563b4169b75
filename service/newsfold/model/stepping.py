"""An engine whose rows enter and leave between two decoder steps.

For the architectures of `decoder`; `Seq2SeqEngine` runs the others. Rows with equally many beams
decode together in a pool, each at a step of its own and under its own limits.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias

import torch

from newsfold.model.decoder import decoder_of
from newsfold.model.engine import Step
from newsfold.model.heeded import special_tokens
from newsfold.model.latest import Latest
from newsfold.model.pool import Pool
from newsfold.model.recorded import RecordedDecoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newsfold.model.engine import Hypothesis, Ids, Row, Wanted
    from newsfold.model.memory import Pieces
    from newsfold.model.recorded import Recorder

EncoderStates: TypeAlias = "Latest[Ids, torch.Tensor]"
"""The last hidden states of inputs, by their ids."""

_READING_S = 0.02
"""Seconds that the encoder reads before each decoder step, and a piece more: the rows that decode
wait no longer for those that come, and so long a piece has only a large model. On CUDA, which only
takes note of what it is to do, a batch is read at once."""
_IDLE_SHARE = 0.25
"""Share of done rows from which a pool is made smaller, where no others took their places: to take
rows out copies the caches of the others, to leave them in computes on them for nothing."""


class SteppingEngine:
    """A `WritingEngine` of a BART- or T5-shaped checkpoint. Blocking; one thread at a time."""

    pads = False

    def __init__(
        self,
        model: Any,
        dtype: torch.dtype,
        record: Recorder | None = None,
        states: EncoderStates | None = None,
    ) -> None:
        """Takes over the weights of a transformers model, in `dtype`.

        `decoder.is_supported` must hold for its config. With `record` its steps are recorded, with
        `states` inputs that were read before are not read again.
        """
        decoder = decoder_of(model, dtype)
        self._decoder = decoder if record is None else RecordedDecoder(decoder, record)
        self._tokens = special_tokens(model.generation_config)
        self._states = states
        self._pools: dict[int, Pool] = {}
        self._arriving: deque[_Arrival] = deque()
        self._turn = 0

    @property
    def live(self) -> int:
        """Beams that decode, or will once their inputs are read."""
        decoding = sum(beams * len(pool.keys) for beams, pool in self._pools.items())
        return decoding + sum(arrival.beams for arrival in self._arriving)

    def admit(self, rows: Sequence[tuple[int, Row]]) -> None:
        """See `WritingEngine`. The steps that follow read them, and let them join."""
        self._arriving.append(_Arrival(rows, self._pooled(rows)))

    def step(self, wanted: Wanted) -> Step:
        """Drop what is not wanted, read, and do one decoder step of one pool; pools take turns."""
        dropped, wasted = self._drop(wanted)
        with torch.inference_mode():
            self._let_in()
        if not self._pools:
            return Step([], dropped, wasted, 0, 1)
        waiting = sorted(self._pools)
        self._turn = next((beams for beams in waiting if beams > self._turn), waiting[0])
        pool = self._pools[self._turn]
        with torch.inference_mode():
            if pool.idle >= _IDLE_SHARE * pool.rows:
                pool.shrink()
            wrote = len(pool.keys)
            finished = pool.step()
        self._forget_if_done(self._turn)
        return Step(finished, dropped, wasted, wrote, self._turn)

    def clear(self) -> None:
        """See `WritingEngine`."""
        self._pools.clear()
        self._arriving.clear()

    def generate(self, rows: Sequence[Row], wanted: Wanted) -> list[tuple[Hypothesis, ...]]:
        """Decode rows to the end: hypotheses of each, best first, none of one that nobody wants.

        `wanted` takes positions.
        """
        results: list[tuple[Hypothesis, ...]] = [()] * len(rows)
        self.admit(list(enumerate(rows)))
        while self._pools or self._arriving:
            for key, hypotheses in self.step(wanted).finished:
                results[key] = hypotheses
        return results

    def _let_in(self) -> None:
        """Read what has come, for a while; what is read joins the others."""
        until = time.perf_counter() + _READING_S
        while self._arriving:
            arrival = self._arriving.popleft()
            pools = arrival.read_on()
            if pools is None:
                self._arriving.appendleft(arrival)
            else:
                for beams, pool in pools.items():
                    pool.drop(arrival.gone)
                    if pool.keys:
                        held = self._pools.get(beams)
                        self._pools[beams] = pool if held is None else held.joined(pool)
            if time.perf_counter() >= until:
                return

    def _pooled(self, rows: Sequence[tuple[int, Row]]) -> Pieces[dict[int, Pool]]:
        """Rows ready to decode, by their beams."""
        states = yield from self._read([row for _, row in rows])
        by_beams: dict[int, list[tuple[int, Row]]] = {}
        for key, row in rows:
            by_beams.setdefault(row.decoding.num_beams, []).append((key, row))
        pools = {}
        for beams, own in by_beams.items():
            memory = yield from self._decoder.remember([states[row.ids] for _, row in own])
            pools[beams] = Pool(self._decoder, self._tokens, own, memory)
        return pools

    def _read(self, rows: Sequence[Row]) -> Pieces[dict[Ids, torch.Tensor]]:
        """The encoder's states of rows, by their ids."""
        found: dict[Ids, torch.Tensor] = {}
        if self._states is not None:
            found = self._states.known([row.ids for row in rows if not row.fresh])
        missing = list(dict.fromkeys(row.ids for row in rows if row.fresh or row.ids not in found))
        if missing:
            states = yield from self._decoder.read(missing)
            computed = dict(zip(missing, states, strict=True))
            found |= computed
            if self._states is not None:
                # A copy, since what `read` gives are views that keep the whole batch.
                self._states.remember({ids: states.clone() for ids, states in computed.items()})
        return found

    def _drop(self, wanted: Wanted) -> tuple[list[int], int]:
        """Give up the rows that nobody wants: their keys, and the tokens they had written.

        Others may take their places; a pool of none but such rows goes.
        """
        dropped, wasted = [], 0
        for arrival in list(self._arriving):
            dropped += arrival.leave(wanted)
            if not arrival.beams:
                self._arriving.remove(arrival)
        with torch.inference_mode():
            for beams, pool in list(self._pools.items()):
                unwanted = [key for key in pool.keys if not wanted(key)]
                if unwanted:
                    wasted += pool.drop(unwanted)
                    dropped += unwanted
                    self._forget_if_done(beams)
        return dropped, wasted

    def _forget_if_done(self, beams: int) -> None:
        if not self._pools[beams].keys:
            del self._pools[beams]


class _Arrival:
    """Rows whose inputs are being read."""

    def __init__(self, rows: Sequence[tuple[int, Row]], pooled: Pieces[dict[int, Pool]]) -> None:
        self._beams = {key: row.decoding.num_beams for key, row in rows}
        self._pooled = pooled
        self.gone: list[int] = []
        """Keys of the rows that nobody wants any more; they are read with the others."""

    @property
    def beams(self) -> int:
        """Of the rows that are wanted."""
        return sum(self._beams.values())

    def leave(self, wanted: Wanted) -> list[int]:
        """The keys of the rows that are not wanted, and were when it was last asked."""
        unwanted = [key for key in self._beams if not wanted(key)]
        for key in unwanted:
            del self._beams[key]
        self.gone += unwanted
        return unwanted

    def read_on(self) -> dict[int, Pool] | None:
        """One piece more: the rows in their pools, by their beams, None before the end."""
        try:
            next(self._pooled)
        except StopIteration as end:
            pools: dict[int, Pool] = end.value
            return pools
        return None


def encoder_states(most_bytes: int, looked_up: Callable[[int, int], None]) -> EncoderStates:
    """An empty memory of encoder states; see `Latest`."""
    return Latest(most_bytes, looked_up, size=lambda states: states.nbytes)
