"""The canary tells a model whose output depends on its company; a server counts what it says."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from newsfold.canary import watch_canary
from newsfold.metrics import Metrics
from newsfold.model.canary import CLAIMS, SAMPLE, Canary
from newsfold.model.load import load_models
from newsfold.pipeline.errors import ModelFailed
from newsfold.pipeline.ports import Judgement
from tests.fakes import ScriptedWriter
from tests.rpc.running import HeldPipeline, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from newsfold.pipeline.ports import Claim, Draft, WriteJob
    from newsfold.pipeline.types import Vectors


class Encoder:
    """A vector of the text's length; `fault` is added to those that have company."""

    def __init__(self, fault: float = 0.0) -> None:
        self.fault = fault

    async def compute(self, texts: Sequence[str]) -> list[Vectors]:
        """See Canary."""
        extra = self.fault if len(texts) > 1 else 0.0
        return [np.array([len(text) + extra], np.float32) for text in texts]


class Solitary(ScriptedWriter):
    """Writes the same in any company."""

    async def compute(self, jobs: Sequence[WriteJob]) -> list[Draft]:
        """See Canary."""
        return await self.write(jobs)


class Sociable(ScriptedWriter):
    """Writes a word more for the sample when it has company."""

    async def compute(self, jobs: Sequence[WriteJob]) -> list[Draft]:
        """See Canary."""
        drafts = await self.write(jobs)
        if len(jobs) == 1:
            return drafts
        return [
            replace(draft, text=draft.text + " too") if job.documents == ((SAMPLE[1],),) else draft
            for job, draft in zip(jobs, drafts, strict=True)
        ]


class Judge:
    """Doubts long claims; `fault` is added to those of the second claim that have company."""

    sha256 = "0" * 64

    def __init__(self, fault: float = 0.0) -> None:
        self.fault = fault

    async def verify(self, claims: Sequence[Claim]) -> list[Judgement]:
        """See Canary."""
        return [
            Judgement(
                1 / len(claim.text),
                1 - (self.fault if len(claims) > 1 and claim == CLAIMS[1] else 0.0),
            )
            for claim in claims
        ]


@pytest.mark.parametrize(
    ("encoder", "writer", "verifier", "equal"),
    [
        (Encoder(), Solitary(), Judge(), True),
        (Encoder(), Solitary(), None, True),
        (Encoder(1e-3), Solitary(), Judge(), False),
        (Encoder(), Sociable(), Judge(), False),
        (Encoder(), Solitary(), Judge(1e-4), False),
    ],
)
async def test_it_tells_what_depends_on_company(
    encoder: Encoder, writer: Solitary | Sociable, verifier: Judge | None, *, equal: bool
) -> None:
    """One sentence of two is enough, and one claim."""
    assert await Canary(encoder, writer, verifier).run() is equal


async def test_it_tells_what_has_changed_since_the_start() -> None:
    """Though alone and among others are still the same."""
    encoder = Encoder()
    canary = Canary(encoder, Solitary(), Judge())
    assert await canary.run()

    async def changed(texts: Sequence[str]) -> list[Vectors]:
        return [np.array([7.0], np.float32) for _ in texts]

    encoder.compute = changed  # type: ignore[method-assign]
    assert not await canary.run()


async def test_it_tells_a_verdict_that_has_changed_since_the_start() -> None:
    """In company as well as alone."""
    verifier = Judge()
    canary = Canary(Encoder(), Solitary(), verifier)
    assert await canary.run()

    async def changed(claims: Sequence[Claim]) -> list[Judgement]:
        return [Judgement(0.5, 0.5) for _ in claims]

    verifier.verify = changed  # type: ignore[method-assign]
    assert not await canary.run()


async def test_the_shipped_models_pass() -> None:
    """With their own arithmetic on this machine."""
    models = await asyncio.to_thread(load_models)
    try:
        assert models.verifier is not None
        canary = Canary(models.embedder, models.writer, models.verifier)
        assert await canary.run()
        assert await canary.run()
    finally:
        await asyncio.to_thread(models.close)


async def test_each_run_is_counted_by_its_result_and_none_ends_the_watch() -> None:
    """Equal, different and failed."""
    results: list[bool | Exception] = [True, False, ModelFailed("gone"), True]
    done = asyncio.Event()

    async def canary() -> bool:
        result = results.pop(0)
        if not results:
            done.set()
        if isinstance(result, Exception):
            raise result
        return result

    metrics = Metrics()
    await until_done(canary, done, metrics)
    value = metrics.registry.get_sample_value
    for result, count in {"equal": 2, "different": 1, "failed": 1}.items():
        assert value("newsfold_canary_runs_total", {"result": result}) == count


async def test_a_server_runs_it_while_it_serves_and_not_if_it_is_off() -> None:
    """The setting is the interval."""
    runs = asyncio.Queue[bool]()

    async def canary() -> bool:
        runs.put_nowait(True)
        return True

    async with running(HeldPipeline(), canary=canary, canary_s=0.01) as server:
        async with asyncio.timeout(10):
            for _ in range(3):
                await runs.get()
        assert server.count("newsfold_canary_runs_total", result="equal") >= 2
    while not runs.empty():
        runs.get_nowait()
    async with running(HeldPipeline(), canary=canary, canary_s=0.0):
        await asyncio.sleep(0)
    assert runs.empty()


async def until_done(
    canary: Callable[[], Awaitable[bool]], done: asyncio.Event, metrics: Metrics
) -> None:
    """Watch without waiting until the last run has been counted."""
    watch = asyncio.create_task(watch_canary(canary, 0.0, metrics))
    async with asyncio.timeout(10):
        await done.wait()
        await asyncio.sleep(0)
    watch.cancel()
    await asyncio.wait((watch,))
