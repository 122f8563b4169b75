"""Vectors and written rows are computed once and counted, in a bounded memory that can be off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from newsfold.engine_metrics import EngineMetrics
from newsfold.metrics import Metrics
from newsfold.model.cohorts import Cohorts
from newsfold.model.engine import Decoding, Row
from newsfold.model.prompt import Prompt
from newsfold.model.scheduled import ScheduledEmbedder, ScheduledWriter
from newsfold.model.scheduler import Scheduler
from newsfold.pipeline.ports import Task, WriteJob
from tests.model.test_scheduler import EchoEngine

if TYPE_CHECKING:
    from collections.abc import Sequence

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
