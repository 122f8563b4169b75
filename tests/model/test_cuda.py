"""On a CUDA device, real graphs and real kernels. Skipped where there is none."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from newsfold.model.checkpoint import find_embedder, find_verifier, find_writer
from newsfold.model.embedder import SentenceEncoder
from newsfold.model.load import load_models
from newsfold.model.profiles import profile_for
from newsfold.model.recorded import GraphRecorder
from newsfold.model.seq2seq import Seq2SeqEngine, load_seq2seq
from newsfold.model.stepping import SteppingEngine
from newsfold.model.verifier import ClaimRows, Verifier
from newsfold.model.vocabulary import Vocabulary
from newsfold.pipeline.ports import Claim, Task, WriteJob
from newsfold.pipeline.sentences import split_text
from tests.model.checkpoints import load
from tests.model.joining import SHAPES, rows_of, written
from tests.unit.test_stories import FERRY, ORCHARD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from newsfold.model.engine import Ids, Row

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="NOT RUN: this machine has no CUDA device"
)
CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(autouse=True)
def kernels() -> Iterator[None]:
    """Which kernels may be taken is as before again when a test has loaded a model."""
    before = torch.backends.cuda.cudnn_sdp_enabled()  # type: ignore[no-untyped-call]
    torch.backends.cuda.enable_cudnn_sdp(enabled=True)
    yield
    torch.backends.cuda.enable_cudnn_sdp(enabled=before)


class CountedGraphs(GraphRecorder):
    """Real graphs; counts."""

    def __init__(self) -> None:
        super().__init__(CUDA)
        self.made = 0
        self.replayed = 0

    def __call__(self, function: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
        """See `Recorder`."""
        graph = super().__call__(function)
        self.made += 1

        def replay() -> torch.Tensor:
            self.replayed += 1
            return graph()

        return replay


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A small random model of each arithmetic, in float32."""
    loaded = load(SHAPES, tmp_path_factory.mktemp("models"))
    return {family: model.to(CUDA) for family, model in loaded.items()}


@pytest.mark.parametrize("family", SHAPES)
def test_a_replayed_graph_writes_what_a_plain_step_writes(
    family: str, models: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Rows join, end and are given up; nothing is said of a graph that differs."""
    graphs = CountedGraphs()
    rows = rows_of(range(3, 60, 3))
    expected = written(SteppingEngine(models[family], torch.float32), rows)
    with caplog.at_level(logging.WARNING):
        found = written(SteppingEngine(models[family], torch.float32, graphs), rows)
    assert [[h.ids for h in row] for row in found] == [[h.ids for h in row] for row in expected]
    assert graphs.replayed > 3 * graphs.made > 0
    assert not caplog.records


def prompts() -> list[Row]:
    """Rows of the shipped rewriter, of all tasks and many lengths."""
    files = find_writer("embedded")
    sentences = (*split_text(FERRY, "en"), *split_text(ORCHARD, "en"))
    tasks = ((Task.FUSE, 3), (Task.COMPRESS, 1), (Task.HEADLINE, 2), (Task.FUSE, 2))
    jobs = [
        WriteJob(task, tuple((s,) for s in sentences[i : i + size]), num_beams=4 if i % 3 else 1)
        for i in range(len(sentences) - 2)
        for task, size in tasks
    ]
    made = profile_for(files, Vocabulary(files)).prompts(jobs)
    return [prompt.row for prompt in made if prompt.row is not None]


def shipped(dtype: torch.dtype) -> Any:
    """The rewriter on the device."""
    return load_seq2seq(find_writer("embedded").directory, device=CUDA, dtype=dtype)


def tokens(found: Sequence[Sequence[Any]]) -> list[Ids]:
    """Of the best hypothesis of each row."""
    return [row[0].ids for row in found]


def test_the_rewriter_writes_what_generate_writes() -> None:
    """In float32, token for token, by replayed graphs."""
    model, rows = shipped(torch.float32), prompts()
    graphs = CountedGraphs()
    found = SteppingEngine(model, torch.float32, graphs).generate(rows, lambda _: True)
    reference = Seq2SeqEngine(model)
    assert tokens(found) == [tokens(reference.generate([r], lambda _: True))[0] for r in rows]
    assert graphs.replayed > graphs.made > 0


def test_in_bfloat16_most_rows_are_those_of_float32(caplog: pytest.LogCaptureFixture) -> None:
    """On an H100 31 of 32 dev rows were; fewer than four fifths would be more than rounding."""
    rows = prompts()
    engine = SteppingEngine(shipped(torch.bfloat16), torch.bfloat16, CountedGraphs())
    with caplog.at_level(logging.WARNING):
        found = tokens(engine.generate(rows, lambda _: True))
    plain = SteppingEngine(shipped(torch.float32), torch.float32)
    exact = tokens(plain.generate(rows, lambda _: True))
    same = sum(a == b for a, b in zip(found, exact, strict=True))
    assert same >= 0.8 * len(rows)
    assert not caplog.records


def test_vectors_are_those_of_the_cpu() -> None:
    """But for rounding: cosine 0.999."""
    files = find_embedder("embedded")
    texts = [tuple(range(1000, 1000 + n)) for n in (5, 40, 200)]
    cpu, cuda = (SentenceEncoder(files, where).encode(texts) for where in (CPU, CUDA))
    lengths = np.linalg.norm(cpu, axis=1) * np.linalg.norm(cuda, axis=1)
    assert ((cpu * cuda).sum(axis=1) / lengths).min() > 0.999


def test_verdicts_are_those_of_the_cpu() -> None:
    """But for rounding."""
    checkpoint = find_verifier("embedded")
    claims = ClaimRows(checkpoint)
    evidence = tuple(split_text(FERRY, "en")[:2])
    rows = [claims.row(Claim(told, evidence)) for told in (evidence[0], "It rained.")]
    read = [row for row in rows if row is not None]
    assert len(read) == 2
    cpu, cuda = (Verifier(checkpoint, where) for where in (CPU, CUDA))
    assert np.allclose(cpu.encode(read), cuda.encode(read), atol=0.02)


def test_the_models_plan_no_attention_for_each_shape() -> None:
    """A batch of new lengths would take seconds."""
    load_models(device="cuda").close()
    assert not torch.backends.cuda.cudnn_sdp_enabled()  # type: ignore[no-untyped-call]
