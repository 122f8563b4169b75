"""A sample request, run again and again beside real ones: does it still give what it gave alone?

A row must get the same tokens whatever else is in its batch. Tests hold the models to that; this
holds the running server to it, on its own hardware and under its own load.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import TYPE_CHECKING

import structlog

from newsfold.pipeline.errors import NewsfoldError
from newsfold.pipeline.types import Article, Options, StoryMode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from newsfold.metrics import Metrics
    from newsfold.pipeline.types import Story
    from newsfold.rpc.readiness import Summarizer

_log = structlog.get_logger(__name__)
_ARTICLES = 2
_OPTIONS = Options(target_words=60, story_mode=StoryMode.SINGLE_STORY)


@asynccontextmanager
async def watching(pipeline: Summarizer, metrics: Metrics, every_s: float) -> AsyncIterator[None]:
    """Run the sample now, and inside the block every `every_s` seconds; never if that is 0.

    The first run is alone if the server takes no requests yet. Limits that refuse the sample turn
    the watch off, with a warning.
    """
    if not every_s:
        yield
        return
    sample = _sample()
    try:
        expected = (await pipeline.summarize(sample, _OPTIONS)).stories
    except NewsfoldError as error:
        _log.warning("canary.off", error=str(error))
        yield
        return
    metrics.canary.set(1)
    task = asyncio.create_task(_watch(pipeline, metrics, every_s, sample, expected))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(
    pipeline: Summarizer,
    metrics: Metrics,
    every_s: float,
    sample: list[Article],
    expected: tuple[Story, ...],
) -> None:
    """A run that fails says nothing about tokens, and is counted apart."""
    while True:
        await asyncio.sleep(every_s)
        try:
            same = (await pipeline.summarize(sample, _OPTIONS)).stories == expected
        except NewsfoldError:
            metrics.canary_runs.labels("failed").inc()
            continue
        metrics.canary_runs.labels("same" if same else "different").inc()
        if not same:
            metrics.canary.set(0)
            _log.error("canary.different")


def _sample() -> list[Article]:
    """The first articles of the demo."""
    lines = files("newsfold.demo").joinpath("articles.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines[:_ARTICLES]]
    return [Article(r["id"], r["title"], r["body"], r["source"], r["url"]) for r in rows]
