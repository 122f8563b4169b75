"""Recorded decoder steps write what plain ones write. The graph is a fake; CUDA is not needed."""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from newsfold.model.recorded import GraphRecorder
from newsfold.model.stepping import SteppingEngine
from tests.model.checkpoints import load
from tests.model.joining import SHAPES, rows_of, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class _Kernel(NamedTuple):
    """One operation on tensors that stay where they are."""

    function: Any
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    results: list[Any]

    def run(self) -> None:
        """Again, into the same results."""
        found, _ = tree_flatten(self.function(*self.arguments, **self.named))
        for result, value in zip(self.results, found, strict=True):
            if isinstance(result, torch.Tensor) and result.data_ptr() != value.data_ptr():
                result.copy_(value)


class Tape(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Like a CUDA graph: keeps what was computed on which tensors, not the Python that asked."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kernels: list[_Kernel] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run it and keep it."""
        named = kwargs or {}
        found = func(*args, **named)
        self.kernels.append(_Kernel(func, args, named, tree_flatten(found)[0]))
        return found

    def replay(self) -> None:
        """All of it again, on what stands in those tensors now."""
        for kernel in self.kernels:
            kernel.run()


class TapeRecorder:
    """A `Recorder` of tapes; counts."""

    def __init__(self) -> None:
        self.made = 0
        self.replayed = 0

    def __call__(self, function: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
        """See `Recorder`."""
        self.made += 1
        with Tape() as tape:
            output = function()

        def replay() -> torch.Tensor:
            self.replayed += 1
            tape.replay()
            return output

        return replay


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A small random model of each arithmetic."""
    return load(SHAPES, tmp_path_factory.mktemp("models"))


@pytest.mark.parametrize("family", SHAPES)
def test_a_recorded_step_writes_what_a_plain_one_writes(
    family: str, models: dict[str, Any]
) -> None:
    """Rows join, end and are given up; pools of one and of four beams take turns."""
    recorder = TapeRecorder()
    plain = SteppingEngine(models[family], torch.float32)
    recorded = SteppingEngine(models[family], torch.float32, recorder)
    rows = rows_of(range(3, 60, 3))
    expected, found = written(plain, rows), written(recorded, rows)
    assert [[h.ids for h in row] for row in found] == [[h.ids for h in row] for row in expected]
    assert recorder.replayed > 3 * recorder.made > 0


def test_an_arena_grows_and_forgets_its_recordings(models: dict[str, Any]) -> None:
    """More rows than any before, then few again."""
    recorder = TapeRecorder()
    plain = SteppingEngine(models["bart"], torch.float32)
    recorded = SteppingEngine(models["bart"], torch.float32, recorder)
    few, many = rows_of(range(5, 8)), rows_of(range(3, 30))
    for rows in (few, many, few):
        one, other = (engine.generate(rows, lambda _: True) for engine in (plain, recorded))
        assert [h[0].ids for h in one] == [h[0].ids for h in other]


def wrong(function: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
    """A recording of something else."""
    return lambda: function() + 1.0


def nothing(function: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
    """An empty recording: what the function left when it was recorded."""
    output = function()
    return lambda: output


def impossible(function: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
    """No recording."""
    raise RuntimeError("operation not permitted when stream is capturing")


@pytest.mark.parametrize(
    ("record", "why"),
    [(wrong, "is off by"), (nothing, "is off by nan"), (impossible, "not permitted")],
)
def test_a_recording_that_fails_or_differs_is_not_used(
    record: Any, why: str, models: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once; the rows are written by plain steps."""
    rows = rows_of(range(3, 20, 4))
    expected = SteppingEngine(models["bart"], torch.float32).generate(rows, lambda _: True)
    with caplog.at_level(logging.WARNING):
        engine = SteppingEngine(models["bart"], torch.float32, record)
        found = engine.generate(rows, lambda _: True)
    assert [h[0].ids for h in found] == [h[0].ids for h in expected]
    [message] = [record.getMessage() for record in caplog.records]
    assert why in message


class Cuda:
    """What a `GraphRecorder` asks of torch.cuda, in order; its graphs are tapes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        stream = SimpleNamespace(wait_stream=lambda other: self.calls.append("wait"))
        monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext())
        monkeypatch.setattr(torch.cuda, "MemPool", lambda: SimpleNamespace(id="memory"))
        monkeypatch.setattr(torch.cuda, "current_stream", lambda: stream)
        monkeypatch.setattr(torch.cuda, "Stream", lambda: stream)
        monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
        monkeypatch.setattr(torch.cuda, "set_stream", lambda stream: self.calls.append("back"))
        monkeypatch.setattr(torch.cuda, "CUDAGraph", Tape)
        monkeypatch.setattr(torch.cuda, "graph", self._capture)

    @contextmanager
    def _capture(
        self, graph: Tape, *, pool: str, stream: object, capture_error_mode: str
    ) -> Iterator[None]:
        assert (pool, capture_error_mode) == ("memory", "thread_local")
        self.calls.append("capture")
        with graph:
            yield


def test_a_graph_is_captured_warm_and_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a stream of its own first; the result stands at one address."""
    cuda = Cuda(monkeypatch)
    given = torch.tensor([1.0, 2.0])

    def function() -> torch.Tensor:
        cuda.calls.append("run")
        return given * 2

    replay = GraphRecorder(torch.device("cpu"))(function)
    assert cuda.calls == ["wait", "run", "run", "run", "wait", "capture", "run", "back"]
    first = replay()
    given += 1.0
    assert replay() is first
    assert first.tolist() == [4.0, 6.0]
    assert cuda.calls.count("run") == 4
