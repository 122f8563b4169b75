"""Where the time of one request goes: against its articles, and against the words asked for.

In one process, without transport. The articles of ten stories of the corpus are taken as one story:
what they say does not matter for the time, how many sentences they have does.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.corpora import multiling_summaries
from benchmarks.report import Result
from newsfold.pipeline.types import Options, Stage, StoryMode
from newsfold.server import open_pipeline
from newsfold.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.pipeline import Pipeline
    from newsfold.pipeline.types import Article

_ARTICLES = (1, 2, 5, 10, 20, 50)
_USUAL_ARTICLES = 10
_WORDS = (50, 100, 200, 400)
_USUAL_WORDS = 100
_RUNS = 3
_STAGES = (Stage.EMBED, Stage.STORIES, Stage.OVERLAP, Stage.WRITE, Stage.ATTRIBUTE)


@dataclass(frozen=True, slots=True)
class _Time:
    """One run."""

    seconds: float
    stages: dict[Stage, float]


async def measure() -> tuple[list[Result], list[str]]:
    """Seconds a story, and the share of each stage; notes."""
    articles = [
        replace(article, id=str(i))
        for i, article in enumerate(a for s in multiling_summaries("english") for a in s.articles)
    ]
    settings = Settings(embed_cache_entries=0, write_cache_entries=0, state_cache_mib=0)
    results: list[Result] = []
    async with open_pipeline(settings) as opened:
        for count in _ARTICLES:
            setting = f"{count} articles, {_USUAL_WORDS} words"
            results += await _median(opened.pipeline, articles[:count], _USUAL_WORDS, setting)
        for words in _WORDS:
            setting = f"{_USUAL_ARTICLES} articles, {words} words"
            results += await _median(opened.pipeline, articles[:_USUAL_ARTICLES], words, setting)
    note = f"Scaling: one request alone, as one story, 4 beams, median of {_RUNS}; nothing cached."
    return results, [note]


async def _median(
    pipeline: Pipeline, articles: Sequence[Article], words: int, setting: str
) -> list[Result]:
    options = Options(target_words=words, story_mode=StoryMode.SINGLE_STORY)
    runs = [await _run(pipeline, articles, options) for _ in range(_RUNS + 1)][1:]
    middle = sorted(runs, key=lambda run: run.seconds)[_RUNS // 2]
    median = statistics.median(run.seconds for run in runs)
    return [
        Result("seconds a story", "newsfold", setting, median, "s"),
        *(
            Result(f"share of {stage.value}", "newsfold", setting, 100 * share, "%")
            for stage in _STAGES
            if (share := middle.stages.get(stage, 0.0) / middle.seconds) > 0
        ),
    ]


async def _run(pipeline: Pipeline, articles: Sequence[Article], options: Options) -> _Time:
    begin = time.perf_counter()
    summaries = await pipeline.summarize(articles, options)
    seconds = time.perf_counter() - begin
    return _Time(seconds, {timing.stage: timing.seconds for timing in summaries.timings})
