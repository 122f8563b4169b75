"""Sentence vectors are computed once and counted, in a bounded memory that can be switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from newsfold.engine_metrics import EngineMetrics
from newsfold.metrics import Metrics
from newsfold.model.cohorts import Cohorts
from newsfold.model.scheduled import ScheduledEmbedder
from newsfold.model.scheduler import Scheduler
from tests.model.test_scheduler import EchoEngine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.engine import Ids


class Windows:
    """One row a text: its length."""

    def rows(self, texts: Sequence[str]) -> list[list[Ids]]:
        """See TextWindows."""
        return [[(len(text), 1)] for text in texts]


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
    assert counted("newsfold_embed_cache_total", {"result": "hit"}) == hits
    assert counted("newsfold_embed_cache_total", {"result": "miss"}) == misses
