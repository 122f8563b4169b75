"""Articles to stories: Newsfold's one default beside its peers, on every gold set."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from benchmarks.clustering import mean, peers, score
from benchmarks.corpora import LANGUAGES, rows, wikinews
from benchmarks.gold import random_mixes, read_set, topic_windows
from benchmarks.languages import heights_across
from benchmarks.layers import layers
from benchmarks.report import Result
from newsfold.pipeline.tuning import Tuning

if TYPE_CHECKING:
    from benchmarks.gold import GoldSet
    from newsfold.pipeline.ports import Embedder

_TUNING = Tuning().stories


@dataclass(frozen=True, slots=True)
class Setting:
    """Articles that are grouped at once, or several such parts whose scores are averaged."""

    name: str
    parts: list[GoldSet]
    each: bool = False
    """Whether a peer has its best settings on each part, not the best over all of them."""
    goal: bool = True
    """Whether Newsfold should reach the best peer."""

    def __str__(self) -> str:
        """With the sizes of the parts."""
        articles = sum(len(part.gold) for part in self.parts)
        found = sum(len(set(part.gold)) for part in self.parts)
        of = f" in {len(self.parts)} parts" if len(self.parts) > 1 else ""
        return f"{self.name} ({articles} articles, {found} stories{of})"


async def stories(embedder: Embedder) -> list[Result]:
    """All that is judged by gold stories."""
    val = await _neus("val", embedder)
    news = await read_set(wikinews(), embedder)
    headlines = await read_set(rows("uci_headline_stories"), embedder)
    settings = [
        Setting("neus val, 100 at random", random_mixes(val), each=True),
        Setting("neus val, one topic in three weeks", await _windows("val", embedder)),
        Setting("neus train, one topic in three weeks", await _windows("train", embedder)),
        Setting("neus val, all", [val]),
        Setting("uci headlines", [headlines]),
        Setting("multiling English", [news.in_language("english")]),
        Setting("multiling mixed languages", [news]),
    ]
    apart = [
        Setting(f"multiling {language.title()}", [news.in_language(language)], goal=False)
        for language in LANGUAGES
        if language != "english"
    ]
    judged = chain.from_iterable(judge(setting) for setting in (*settings, *apart))
    return [*judged, *heights_across(news), *layers(val, "neus val, all")]


def judge(setting: Setting) -> list[Result]:
    """The scores of all systems; a goal where Newsfold should reach the best peer."""
    others = {name: mean(found) for name, found in peers(setting.parts, each=setting.each)}
    best = max(scores.f1 for scores in others.values())
    ours = mean([score(part.labels(_TUNING), part.gold) for part in setting.parts])
    name = str(setting)
    results = []
    for system, scores in {"newsfold": ours, **others}.items():
        row = Result("BCubed F1", system, name, 100 * scores.f1, "%")
        judged = setting.goal and system == "newsfold"
        results += [
            row.at_least(100 * best) if judged else row,
            Result("BCubed precision", system, name, 100 * scores.precision, "%"),
            Result("BCubed recall", system, name, 100 * scores.recall, "%"),
            Result("adjusted Rand index", system, name, scores.rand, ""),
            Result("wrong merges", system, name, scores.wrong_merges, "stories"),
        ]
    rejected = sum(part.rejected for part in setting.parts)
    return [*results, Result("articles rejected", "newsfold", name, rejected, "articles")]


async def _neus(split: str, embedder: Embedder) -> GoldSet:
    return await read_set(_rows(split), embedder)


def _rows(split: str) -> list[dict[str, object]]:
    return [row for row in rows("neus_clusters") if f"-{split}-" in str(row["id"])]


async def _windows(split: str, embedder: Embedder) -> list[GoldSet]:
    found = _rows(split)
    windows = topic_windows(found)
    wanted = {story for window in windows for story in window}
    gold = await read_set((row for row in found if row["cluster"] in wanted), embedder)
    return [gold.of_stories(window) for window in windows]
