"""Where the time of one request goes: against its articles, and against the words asked for.

In one process, without transport. The articles of ten stories of the corpus are taken as one story:
what they say does not matter for the time, how many sentences they have does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from transformers import AutoConfig

from benchmarks.apart import in_own_thread
from benchmarks.corpora import multiling_summaries
from benchmarks.engine.bounds import encoder_cost, measure_machine, writer_cost
from benchmarks.engine.systems import half
from benchmarks.report import Result
from newsfold.metrics import Metrics
from newsfold.model.checkpoint import find_embedder, find_writer
from newsfold.model.engine import Work
from newsfold.pipeline.types import Options, Stage, StoryMode
from newsfold.server import open_pipeline
from newsfold.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

    from benchmarks.engine.bounds import Cost, Machine
    from newsfold.pipeline.pipeline import Pipeline
    from newsfold.pipeline.types import Article

_ARTICLES = (1, 2, 5, 10, 20, 50)
_USUAL_ARTICLES = 10
_WORDS = (50, 100, 200, 400)
_USUAL_WORDS = 100
_BEAMS = 4
_RUNS = 3


@dataclass(frozen=True, slots=True)
class _Time:
    """One run."""

    seconds: float
    stages: dict[Stage, float]
    cost: Cost


async def measure(most: int, device: torch.device) -> tuple[list[Result], list[str]]:
    """Seconds a story of at most `most` articles, and the share of each stage; notes."""
    articles = [
        replace(article, id=str(i))
        for i, article in enumerate(a for s in multiling_summaries("english") for a in s.articles)
    ]
    settings = Settings(
        device=str(device),
        embed_cache_entries=0,
        write_cache_entries=0,
        state_cache_mib=0,
    )
    results: list[Result] = []
    metrics = Metrics()
    machine = in_own_thread(lambda: measure_machine(half(device), device))
    async with open_pipeline(settings, metrics) as opened:
        bench = _Bench(
            opened.pipeline,
            metrics,
            machine,
            half(device),
            encoder=AutoConfig.from_pretrained(find_embedder(settings.embedder).directory),
            writer=AutoConfig.from_pretrained(find_writer(settings.model).directory),
        )
        for count in _ARTICLES:
            if count <= most:
                results += await bench.median(articles[:count], _USUAL_WORDS)
        for words in _WORDS:
            if words != _USUAL_WORDS:
                usual = min(most, _USUAL_ARTICLES)
                results += await bench.median(articles[:usual], words)
    note = (
        f"Scaling: one request alone, as one story, {_BEAMS} beams, median of {_RUNS}; nothing"
        " cached. Bounds: the arithmetic of the models alone, and their weights once a batch or"
        " decoder step."
    )
    return results, [note]


def shares(stages: Mapping[Stage, float], seconds: float) -> dict[str, float]:
    """Percent of the seconds of each stage, in the order of the stages, and of what is in none.

    They add up to 100, since the stages of one story follow each other.
    """
    found = {stage.value: 100 * stages[stage] / seconds for stage in Stage if stage in stages}
    return found | {"other": 100 - sum(found.values())}


@dataclass(frozen=True, slots=True)
class _Bench:
    """A pipeline that is measured, and by what."""

    pipeline: Pipeline
    metrics: Metrics
    machine: Machine
    dtype: torch.dtype
    """What the models compute in."""
    encoder: Any
    writer: Any
    """Transformers configs of the models."""

    async def median(self, articles: Sequence[Article], words: int) -> list[Result]:
        """Of a few runs after one to warm up."""
        setting = f"{len(articles)} articles, {words} words"
        options = Options(target_words=words, story_mode=StoryMode.SINGLE_STORY, num_beams=_BEAMS)
        runs = [await self._run(articles, options) for _ in range(_RUNS + 1)][1:]
        middle = sorted(runs, key=lambda run: run.seconds)[_RUNS // 2]
        bounds = middle.cost.bounds(self.machine)
        nearest = 100 * max(bounds.values()) / middle.seconds
        return [
            Result("seconds a story", "newsfold", setting, middle.seconds, "s"),
            *(
                Result(f"share of {what}", "newsfold", setting, share, "%")
                for what, share in shares(middle.stages, middle.seconds).items()
            ),
            *(
                Result(f"bound of seconds, by {what}", "this machine", setting, seconds, "s")
                for what, seconds in bounds.items()
            ),
            Result("share of the nearer bound", "newsfold", setting, nearest, "%"),
        ]

    async def _run(self, articles: Sequence[Article], options: Options) -> _Time:
        before = self._work()
        begin = time.perf_counter()
        summaries = await self.pipeline.summarize(articles, options)
        seconds = time.perf_counter() - begin
        done = {name: count - before[name] for name, count in self._work().items()}
        stages = {timing.stage: timing.seconds for timing in summaries.timings}
        return _Time(seconds, stages, self._cost(done))

    def _work(self) -> dict[str, float]:
        """Tokens and batches so far, by kind of work."""
        value = self.metrics.registry.get_sample_value
        tokens = {
            f"{work.value} {kind}": value(
                "newsfold_engine_tokens_total", {"work": work.value, "kind": kind}
            )
            for work in Work
            for kind in ("read", "written")
        }
        batches = {
            f"{work.value} batches": value(
                "newsfold_engine_batch_seconds_count", {"work": work.value}
            )
            for work in Work
        }
        return {name: found or 0.0 for name, found in (tokens | batches).items()}

    def _cost(self, done: Mapping[str, float]) -> Cost:
        """Of what the models did, all in all."""
        cost = writer_cost(
            self.writer,
            self.dtype,
            read=done["write read"],
            written=_BEAMS * done["write written"],
            steps=done["write batches"],
        )
        for work in ("embed", "verify"):
            cost += encoder_cost(
                self.encoder,
                self.dtype,
                tokens=done[f"{work} read"],
                batches=done[f"{work} batches"],
            )
        return cost
