"""What was computed is not computed again, and counted, in a bounded memory that can be off."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from newsfold.engine_metrics import EngineMetrics
from newsfold.metrics import Metrics
from newsfold.model import stepping
from newsfold.model.cohorts import Cohorts
from newsfold.model.engine import Decoding, Row
from newsfold.model.prompt import Prompt
from newsfold.model.scheduled import ScheduledEmbedder, ScheduledWriter
from newsfold.model.scheduler import Scheduler
from newsfold.model.stepping import SteppingEngine, encoder_states
from newsfold.pipeline.ports import Task, WriteJob
from tests.model.checkpoints import load
from tests.model.test_scheduler import EchoEngine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from newsfold.model.engine import Hypothesis, Ids


class Windows:
    """One row a text: its length."""

    def rows(self, texts: Sequence[str]) -> list[list[Ids]]:
        """See TextWindows."""
        return [[(len(text), 1)] for text in texts]


class Letters:
    """One row a job: the letters of its first sentence."""

    def prompts(self, jobs: Sequence[WriteJob]) -> list[Prompt]:
        """See Profile."""
        return [
            Prompt(Row(tuple(map(ord, job.documents[0][0])), Decoding(job.num_beams, 8)), ((0, 0),))
            for job in jobs
        ]

    def text(self, prompt: Prompt, hypotheses: Sequence[Hypothesis]) -> tuple[str, Hypothesis]:
        """See Profile."""
        return "".join(map(chr, hypotheses[0].ids)), hypotheses[0]

    def parameters(self) -> dict[str, object]:
        """See Profile."""
        return {}


@pytest.mark.parametrize(("entries", "hits", "misses"), [(10, 3, 3), (2, 2, 4), (0, 0, 6)])
async def test_a_sentence_seen_before_is_not_embedded_again(
    entries: int, hits: int, misses: int
) -> None:
    """With room for all, for the latest two, and for none."""
    metrics = Metrics()
    scheduler = Scheduler(
        embedding=EchoEngine(),
        writing=Cohorts(EchoEngine()),
        batch_tokens=64,
        queue_tokens=1_000,
        observer=EngineMetrics(metrics),
    )
    try:
        embedder = ScheduledEmbedder(
            windows=Windows(),  # type: ignore[arg-type]
            scheduler=scheduler,
            sha256="0" * 64,
            cache_entries=entries,
        )
        first = await embedder.embed(["a", "bb", "ccc"])
        again = [await embedder.embed([text]) for text in ("ccc", "bb", "a")]
    finally:
        scheduler.close()
    assert np.array_equal(np.concatenate(again[::-1]), first)
    counted = metrics.registry.get_sample_value
    assert counted("newsfold_cache_total", {"work": "embed", "result": "hit"}) == hits
    assert counted("newsfold_cache_total", {"work": "embed", "result": "miss"}) == misses


@pytest.mark.parametrize(("entries", "written"), [(10, 2), (1, 3), (0, 5)])
async def test_a_row_written_before_is_not_decoded_again(entries: int, written: int) -> None:
    """The outputs are the same; other beams make another row."""
    engine = EchoEngine()
    scheduler = Scheduler(
        embedding=engine, writing=Cohorts(engine), batch_tokens=64, queue_tokens=1_000
    )
    try:
        writer = ScheduledWriter(
            profile=Letters(),  # type: ignore[arg-type]
            vocabulary=None,  # type: ignore[arg-type]
            scheduler=scheduler,
            sha256="0" * 64,
            dtype="float32",
            cache_entries=entries,
        )
        jobs = [WriteJob(Task.COMPRESS, (("one",),), num_beams=beams) for beams in (1, 4)]
        first = await writer.write(jobs)
        again = [(await writer.write([job]))[0] for job in (*reversed(jobs), jobs[0])]
        afresh = await writer.compute(jobs)
    finally:
        scheduler.close()
    assert again == [first[1], first[0], first[0]]
    assert afresh == first
    assert sum(map(len, engine.batches)) == written + len(jobs)


@pytest.mark.parametrize("family", ["bart", "t5"])
def test_an_input_seen_before_is_not_read_again(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever becomes of it: other beams, or a caller that left. The tokens are the same."""
    monkeypatch.setattr(stepping, "_READING_S", math.inf)  # all are read before the first step
    model = load([family], tmp_path)[family]
    looked_up: list[tuple[int, int]] = []
    engine = SteppingEngine(
        model, torch.float32, states=encoder_states(10**6, lambda *found: looked_up.append(found))
    )
    rows = [Row(ids, Decoding(1, 12)) for ids in ((7, 8, 9, 2), (5, 6, 2), (7, 8, 9, 2))]
    others = [replace(row, decoding=Decoding(4, 12)) for row in (rows[1], rows[0])]
    fresh = SteppingEngine(model, torch.float32)
    engine.admit(list(enumerate(rows)))
    engine.step(lambda key: True)
    engine.step(lambda key: False)
    assert engine.live == 0
    assert engine.generate(others, lambda key: True) == fresh.generate(others, lambda key: True)
    afresh = [replace(row, fresh=True) for row in rows]
    assert engine.generate(afresh, lambda key: True) == fresh.generate(rows, lambda key: True)
    assert looked_up == [(0, 3), (2, 0), (0, 0)]


def test_encoder_states_are_bounded_in_bytes(tmp_path: Path) -> None:
    """The input that nobody asked for longest is read again; one that is too large is not kept."""
    model = load(["bart"], tmp_path)["bart"]
    one, two, three = (7, 8, 9, 2), (5, 6, 2), (9, 4, 2)
    large = tuple(range(5, 45))
    bytes_of_an_id = 4 * model.config.d_model
    looked_up: list[tuple[int, int]] = []
    states = encoder_states(
        bytes_of_an_id * (len(one) + len(two)), lambda *found: looked_up.append(found)
    )
    engine = SteppingEngine(model, torch.float32, states=states)
    for ids in (one, two, one, three, one, two, large, one):
        engine.generate([Row(ids, Decoding(1, 4))], lambda key: True)
    assert [hits for hits, _ in looked_up] == [0, 0, 1, 0, 1, 0, 0, 1]
