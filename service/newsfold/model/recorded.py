"""Decoder steps that are recorded once for a shape and replayed: CUDA graphs.

A step of a small decoder is some hundred short kernels, and to launch them one by one from Python
takes longer than they run. A graph launches them at once, on the shapes and addresses it was
recorded with. So shapes are rounded up to a few, and what a step reads and writes is kept in one
place, the arena; the rows of a pool live there from one step to the next, and are copied in only
when some have joined or left.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple, Protocol
from weakref import ref

import torch

from newsfold.model.caches import Past, doubled
from newsfold.model.memory import LEAST_ON_A_GPU, Memory, Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newsfold.model.decoder import Decoder
    from newsfold.model.engine import Ids
    from newsfold.model.layers import Head
    from newsfold.model.memory import Pieces

_log = logging.getLogger(__name__)

_MOST_BEAMS = 512
"""Rows x beams that are recorded. Beyond, kernels run longer than their launch takes."""
_MOST_RECORDINGS = 128
_LEAST_WRITTEN = 32
"""Places that shapes begin at of what a beam has written; those of its input, as shelves do."""
_WARM_UP = 3
"""Runs before a graph is captured, in which libraries choose their kernels and take memory."""
_TOLERANCE = 0.02
"""Largest difference of a replay from the step itself, as a share of the largest state. Bfloat16
rounds to 0.004; what a wrong address gives is of the size of the states."""


class Recorder(Protocol):
    """Records a function that reads and writes tensors at fixed addresses."""

    def __call__(self, function: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
        """What does the same again on what stands at those addresses then.

        It returns the same tensor each time. `function` is run, more than once. May raise
        RuntimeError.
        """


class GraphRecorder:
    """Records CUDA graphs. They share memory: only one may run at a time."""

    def __init__(self, device: torch.device) -> None:
        """`device` is a CUDA device."""
        self._device = device
        with torch.cuda.device(device):
            # One stream to warm up and another to capture, kept: what libraries take for a stream
            # while a graph is captured on it belongs to the graph.
            self._warming = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            self._capturing = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            self._memory = torch.cuda.MemPool()

    def __call__(self, function: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
        """See `Recorder`."""
        with torch.cuda.device(self._device):
            current = torch.cuda.current_stream()
            self._warming.wait_stream(current)
            with torch.cuda.stream(self._warming):
                for _ in range(_WARM_UP):
                    function()
            current.wait_stream(self._warming)
            graph = torch.cuda.CUDAGraph()
            try:
                with torch.cuda.graph(
                    graph,
                    pool=self._memory.id,  # type: ignore[arg-type]
                    stream=self._capturing,
                    capture_error_mode="thread_local",
                ):
                    output = function()
            finally:  # a capture that fails leaves its stream behind
                torch.cuda.set_stream(current)

        def replay() -> torch.Tensor:
            graph.replay()
            return output

        return replay


class _Shape(NamedTuple):
    """What a recording was made for."""

    rows: int
    beams: int
    written: int
    """Places for what the beams write, of all beams together."""
    read: int
    """Places of the input."""


class RecordedDecoder:
    """A `Decoder` whose steps are recorded.

    Each recording is compared with the step it was made from before it is used. If one cannot be
    made, or differs, that is logged, and from then on no step is recorded. States are those of the
    decoder it wraps but for rounding, since other kernels may run on shapes that are rounded up.
    """

    def __init__(self, decoder: Decoder, record: Recorder) -> None:
        self._decoder = decoder
        self._record = record
        self._arenas: dict[int, _Arena] = {}
        self._recordings: OrderedDict[_Shape, Callable[[], torch.Tensor]] = OrderedDict()
        self._gave_up = False
        self.vocabulary = decoder.vocabulary
        self.device = decoder.device

    def read(self, rows: Sequence[Ids]) -> Pieces[list[torch.Tensor]]:
        """See `Decoder`."""
        return self._decoder.read(rows)

    def remember(self, states: Sequence[torch.Tensor]) -> Pieces[Memory]:
        """See `Decoder`."""
        return self._decoder.remember(states)

    def begin(self, rows: int, beams: int) -> Past:
        """See `Decoder`."""
        return self._decoder.begin(rows, beams)

    def head(self, columns: torch.Tensor | None) -> Head:
        """See `Decoder`."""
        return self._decoder.head(columns)

    def step(
        self, tokens: torch.Tensor, steps: torch.Tensor, memory: Memory, past: Past
    ) -> tuple[torch.Tensor, Past]:
        """See `Decoder`."""
        rows, beams = tokens.shape
        shape = _Shape(
            doubled(1, rows),
            beams,
            beams * doubled(_LEAST_WRITTEN, past.ancestry.shape[2] // beams),
            doubled(LEAST_ON_A_GPU, memory.places),
        )
        if self._gave_up or shape.rows * beams > _MOST_BEAMS:
            return self._decoder.step(tokens, steps, memory, past)
        replay: Callable[[], torch.Tensor] | None = None
        try:
            arena = self._arena_for(shape, memory, past)
            arena.hold(shape, tokens, steps, memory, past)
            replay = self._recordings.get(shape) or self._recorded(shape, arena)
        except RuntimeError as error:  # out of memory is one, too
            self._give_up(f"a decoder step cannot be recorded: {error}")
        if replay is None:
            return self._decoder.step(tokens, steps, memory, past)
        self._recordings.move_to_end(shape)
        return replay()[: rows * beams], arena.past(rows, past.ancestry.shape[2])

    def _arena_for(self, shape: _Shape, memory: Memory, past: Past) -> _Arena:
        """The arena of so many beams, made larger if it has to be; its recordings go with it."""
        arena = self._arenas.get(shape.beams)
        if arena is None or not arena.has_room(shape):
            size = shape if arena is None else _Shape(*map(max, shape, arena.size))
            arena = self._arenas[shape.beams] = _Arena(size, memory, past)
            for known in [known for known in self._recordings if known.beams == shape.beams]:
                del self._recordings[known]
        return arena

    def _recorded(self, shape: _Shape, arena: _Arena) -> Callable[[], torch.Tensor] | None:
        """A new recording; None if there can be none. Raises RuntimeError."""
        tokens, steps, memory, past = arena.views(shape)

        def function() -> torch.Tensor:
            return self._decoder.step(tokens, steps, memory, past)[0]

        expected = function()
        if not expected.isfinite().all():
            return None  # nothing to compare with
        replay = self._record(function)
        replay().fill_(torch.nan)  # what recording left there is not what a replay makes
        difference = _difference(replay(), expected)
        if not difference <= _TOLERANCE:
            self._give_up(f"a recorded decoder step is off by {difference:.2g}")
            return None
        self._recordings[shape] = replay
        if len(self._recordings) > _MOST_RECORDINGS:
            self._recordings.popitem(last=False)
        return replay

    def _give_up(self, why: str) -> None:
        self._gave_up = True
        self._recordings.clear()
        self._arenas.clear()
        _log.warning("%s; decoder steps run without recordings", why)


class _Arena:
    """Tensors at fixed addresses for the rows of one pool, and who is in them."""

    def __init__(self, size: _Shape, memory: Memory, past: Past) -> None:
        """Like `memory` and `past`, of `size`."""
        self.size = size
        rows, beams, written, read = size

        def like(tensors: Sequence[torch.Tensor], places: int) -> list[torch.Tensor]:
            return [t.new_zeros(rows, t.shape[1], places, t.shape[3]) for t in tensors]

        shelf = memory.shelves[0]
        self._tokens = torch.zeros((rows, beams), dtype=torch.long, device=shelf.seen.device)
        self._steps = torch.zeros_like(self._tokens[:, 0])
        self._inputs = Shelf(
            tuple(range(rows)),
            like(shelf.keys, read),
            like(shelf.values, read),
            shelf.seen.new_zeros(rows, 1, 1, read),
        )
        self._past = Past(
            like(past.keys, written),
            like(past.values, written),
            past.ancestry.new_zeros(rows, beams, written),
        )
        self._held: tuple[ref[Memory], int, int] | None = None
        """The memory that is in, and the rows and places it was filled up to."""

    def has_room(self, shape: _Shape) -> bool:
        """Whether a shape fits."""
        return all(wanted <= there for wanted, there in zip(shape, self.size, strict=True))

    def hold(
        self, shape: _Shape, tokens: torch.Tensor, steps: torch.Tensor, memory: Memory, past: Past
    ) -> None:
        """Take in what a step reads. Rows up to `shape.rows` are filled up with idle ones.

        An idle row attends to one place of zeros: nothing of it is infinite, so that nothing it
        leaves behind can spoil a sum.
        """
        rows = len(tokens)
        self._tokens[: shape.rows], self._steps[: shape.rows] = 0, 0
        self._tokens[:rows], self._steps[:rows] = tokens, steps
        if not self._holds(memory, shape):
            self._take_in(memory, shape)
            self._held = (ref(memory), shape.rows, shape.read)
        if past.keys[0].data_ptr() != self._past.keys[0].data_ptr():
            for ours, theirs in _layers(self._past, past):
                _fill(ours[: shape.rows, :, : shape.written], theirs)
        _fill(
            self._past.ancestry[: shape.rows, :, : shape.written],
            past.ancestry.clone(),  # it may be a view of ours
        )

    def _take_in(self, memory: Memory, shape: _Shape) -> None:
        """Lay the inputs of all rows side by side."""
        inputs = self._laid_out(shape)
        device = inputs.seen.device
        for tensor in (*inputs.keys, *inputs.values, inputs.seen):
            tensor.zero_()
        inputs.seen[:, :, :, 0] = True
        for shelf in memory.shelves:
            there = [i for i, row in enumerate(shelf.rows) if row is not None]
            theirs = torch.tensor(there, device=device)
            ours = torch.tensor([shelf.rows[i] for i in there], device=device)
            for to, found in _layers(inputs, shelf):
                to[ours, :, : shelf.places] = found[theirs]
            inputs.seen[ours, :, :, : shelf.places] = shelf.seen[theirs]

    def _laid_out(self, shape: _Shape) -> Shelf:
        """The first rows and places of the inputs."""
        rows, read = shape.rows, shape.read
        return Shelf(
            self._inputs.rows[:rows],
            [k[:rows, :, :read] for k in self._inputs.keys],
            [v[:rows, :, :read] for v in self._inputs.values],
            self._inputs.seen[:rows, :, :, :read],
        )

    def _holds(self, memory: Memory, shape: _Shape) -> bool:
        if self._held is None:
            return False
        held, rows, read = self._held
        return held() is memory and (rows, read) == (shape.rows, shape.read)

    def views(self, shape: _Shape) -> tuple[torch.Tensor, torch.Tensor, Memory, Past]:
        """What a step of that shape is given."""
        rows = shape.rows
        return (
            self._tokens[:rows],
            self._steps[:rows],
            Memory([self._laid_out(shape)], rows),
            self.past(rows, shape.written),
        )

    def past(self, rows: int, places: int) -> Past:
        """That of the first rows, so many places of it."""
        return Past(
            [k[:rows, :, :places] for k in self._past.keys],
            [v[:rows, :, :places] for v in self._past.values],
            self._past.ancestry[:rows, :, :places],
        )


def _layers(ours: Shelf | Past, theirs: Shelf | Past) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The keys and values of both, layer by layer."""
    return [
        *zip(ours.keys, theirs.keys, strict=True),
        *zip(ours.values, theirs.values, strict=True),
    ]


def _fill(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    """Write a tensor over the first corner of a larger one, zeros over the rest."""
    ours.zero_()
    ours[tuple(map(slice, theirs.shape))] = theirs


def _difference(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Largest, as a share of the largest that is expected; nan if anything is."""
    largest = expected.float().abs().max()
    return float((found.float() - expected.float()).abs().max() / largest)
