"""What clustering a request costs against the number of its articles, stage by stage.

Each size is served `RUNS` times, as the service clusters it: AUTO, with its defaults and limits,
each time in a process of its own with nothing kept for reuse. Every number is the median; memory is
the most that a process ever held.
"""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.apart import RUNS, alone
from benchmarks.corpora import article_of, rows
from benchmarks.report import Result
from newsfold.pipeline.types import Options, Stage
from newsfold.server import open_pipeline
from newsfold.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (50, 200, 500, 1_000, 2_000)
_MOST_BESIDE_EMBEDDING = 10.0
"""Percent: embedding is the only cost that shows."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one request."""

    sentences: int
    seconds: dict[Stage, float]
    idle_mib: float
    """Resident memory that the service had held at most before the request."""
    peak_mib: float

    @property
    def beside_embedding(self) -> float:
        """Time of all other stages, percent of that of embedding."""
        others = sum(s for stage, s in self.seconds.items() if stage is not Stage.EMBED)
        return 100 * others / self.seconds[Stage.EMBED]


def scale(sizes: Sequence[int] = SIZES) -> list[Result]:
    """Seconds of each stage, and memory, for each number of articles."""
    results = []
    for size in sizes:
        cost = _median([alone(partial(_measure, size)) for _ in range(RUNS)])
        setting = f"{size} articles, {cost.sentences} sentences"
        results += [
            Result(stage.name.lower(), "newsfold", setting, seconds, "s")
            for stage, seconds in cost.seconds.items()
        ]
        share = Result(
            "all other stages over embedding", "newsfold", setting, cost.beside_embedding, "%"
        )
        results += [
            share.at_most(_MOST_BESIDE_EMBEDDING),
            Result("memory before the request", "newsfold", setting, cost.idle_mib, "MiB"),
            Result("peak memory", "newsfold", setting, cost.peak_mib, "MiB"),
        ]
    return results


def _median(runs: Sequence[Cost]) -> Cost:
    return Cost(
        sentences=runs[0].sentences,
        seconds={s: statistics.median(run.seconds[s] for run in runs) for s in runs[0].seconds},
        idle_mib=statistics.median(run.idle_mib for run in runs),
        peak_mib=statistics.median(run.peak_mib for run in runs),
    )


def _measure(size: int) -> Cost:
    return asyncio.run(_cluster(size))


async def _cluster(size: int) -> Cost:
    articles = [article_of(row) for row in islice(rows("neus_clusters"), size)]
    async with open_pipeline(Settings(embed_cache_entries=0)) as opened:
        idle = _peak_mib()
        found = await opened.pipeline.cluster(articles, Options(allow_truncation=True))
    return Cost(
        sentences=sum(len(group.sentences) for story in found.stories for group in story.groups),
        seconds={timing.stage: timing.seconds for timing in found.timings},
        idle_mib=idle,
        peak_mib=_peak_mib(),
    )


def _peak_mib() -> float:
    """Most resident memory of this process; getrusage tells its parent's, where that was more."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
