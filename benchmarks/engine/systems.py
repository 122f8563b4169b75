"""How each of the engines is driven: functions that load one, and give what decodes the rows.

They are pickled for `apart`, which runs each system in a process of its own.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from benchmarks.apart import in_own_thread
from newsfold.model.device import bfloat16_pays
from newsfold.model.load import load_models, writing_engine
from newsfold.model.scheduler import Scheduler
from newsfold.model.seq2seq import Seq2SeqEngine, load_seq2seq

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from newsfold.model.engine import Ids, Row, WritingEngine
    from newsfold.pipeline.ports import Draft, WriteJob

T = TypeVar("T")

BATCHES = (1, 8, 32)
"""Rows that a system is given together."""


def run_generate(
    directory: Path, rows: Sequence[Row], batch: int, dtype: torch.dtype, device: torch.device
) -> Callable[[], list[Ids]]:
    """Transformers' own, on static batches, each as long as its longest row."""
    engine = Seq2SeqEngine(load_seq2seq(directory, device=device, dtype=dtype))

    def together(rows: Sequence[Row]) -> list[Ids]:
        longest = max((row.decoding for row in rows), key=lambda how: how.max_new_tokens)
        alike = [replace(row, decoding=longest) for row in rows]
        return [hypotheses[0].ids for hypotheses in engine.generate(alike, lambda i: True)]

    return lambda: [ids for part in parts(rows, batch) for ids in together(part)]


def run_newsfold(
    directory: Path, rows: Sequence[Row], batch: int, dtype: torch.dtype, device: torch.device
) -> Callable[[], list[Ids]]:
    """Ours, through the scheduler: `batch` rows a request, one request after the other."""
    engine = in_own_thread(partial(writing_engine, directory, device=device, dtype=dtype))
    return partial(_through_scheduler, engine, rows, batch)


def run_served(
    jobs: Sequence[WriteJob], batch: int, device: torch.device
) -> Callable[[], list[Draft]]:
    """The writer of the service, which remembers nothing: `batch` jobs a request, in turn."""
    models = load_models(device=str(device), write_cache_entries=0, state_cache_mib=0)

    async def run() -> list[Draft]:
        return [draft for part in parts(jobs, batch) for draft in await models.writer.write(part)]

    return lambda: asyncio.run(run())


def half(device: torch.device) -> torch.dtype:
    """What the service computes in on this device."""
    return torch.bfloat16 if bfloat16_pays(device) else torch.float32


def short(dtype: torch.dtype) -> str:
    """As the tables call it."""
    return "bf16" if dtype is torch.bfloat16 else "fp32"


def offers(rows: int) -> dict[int, str]:
    """How many of so many rows ours is given at a time, and what the tables call it."""
    sizes = dict.fromkeys(min(batch, rows) for batch in BATCHES)
    return {size: f"{size} at once" if size == rows else f"{size} at a time" for size in sizes}


def parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """So many at a time, in order; the last may be fewer."""
    return (items[start : start + size] for start in range(0, len(items), size))


def _through_scheduler(engine: WritingEngine, rows: Sequence[Row], batch: int) -> list[Ids]:
    class NoTexts:
        """Nothing is embedded here."""

        def encode(self, rows: Sequence[Ids]) -> Any:
            """Never asked."""
            raise NotImplementedError

    scheduler = Scheduler(
        embedding=NoTexts(), writing=engine, batch_tokens=8_192, queue_tokens=10**9
    )

    async def run() -> list[Ids]:
        written = [await scheduler.generate(part) for part in parts(rows, batch)]
        return [hypotheses[0].ids for part in written for hypotheses in part]

    try:
        return asyncio.run(run())
    finally:
        scheduler.close()
