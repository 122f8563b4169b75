"""ROUGE of the service's summaries against human ones, beside the lead of the longest article.

`python -m benchmarks.summaries` runs the pipeline in-process with the embedded models and every
story as one story (the gold says which articles belong together). Scores are rouge_score's F1,
stemmed, in percent; with several references the best one counts for each summary.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rouge_score.rouge_scorer import RougeScorer

from benchmarks import machine
from benchmarks.corpora import multiling_summaries, neus_summaries
from newsfold.pipeline.types import Options, Origin, StoryMode, WriteMode
from newsfold.server import open_pipeline
from newsfold.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.corpora import GoldSummary
    from newsfold.pipeline.pipeline import Pipeline
    from newsfold.pipeline.types import Story

METRICS = ("rouge1", "rouge2", "rougeL")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    corpus: str
    system: str
    words: int
    scores: tuple[float, ...]
    mean_words: float
    written: float
    """Share of the sentences that the model wrote and its check passed."""
    seconds: float
    """Median seconds a story."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=0, help="stories of each corpus; 0: all")
    arguments = parser.parse_args()
    told = machine.describe()
    print(f"machine {told['machine']}; {told['date']}; commit {told['commit']}")
    for row in asyncio.run(_measure(arguments.stories)):
        print(_line(row))


async def _measure(stories: int) -> list[Row]:
    corpora = [
        ("neus_fulltext val", neus_summaries("val"), 50),
        ("multiling2011 English", multiling_summaries("english"), 220),
    ]
    found: list[Row] = []
    print(_HEADER)
    async with open_pipeline(Settings()) as opened:
        for name, gold, words in corpora:
            sample = gold[: stories or None]
            found.append(_lead(name, sample, words))
            found += [
                await _service(name, sample, words, mode, opened.pipeline)
                for mode in (WriteMode.EXTRACTIVE, WriteMode.ABSTRACTIVE)
            ]
    return found


def _lead(corpus: str, gold: Sequence[GoldSummary], words: int) -> Row:
    """The first words of the longest article."""
    texts = [
        " ".join(max((a.body for a in story.articles), key=len).split()[:words]) for story in gold
    ]
    return _row(corpus, "lead of the longest article", words, gold, texts, 0.0, [0.0])


async def _service(
    corpus: str, gold: Sequence[GoldSummary], words: int, mode: WriteMode, pipeline: Pipeline
) -> Row:
    """The service, every gold story as one story."""
    base = Options(target_words=words, story_mode=StoryMode.SINGLE_STORY, headline=False)
    made: list[Story] = []
    seconds = []
    for story in gold:
        start = time.perf_counter()
        answer = await pipeline.summarize(story.articles, replace(base, write_mode=mode))
        seconds.append(time.perf_counter() - start)
        made.append(answer.stories[0])
    sentences = [s for story in made for s in story.sentences]
    written = sum(s.origin is Origin.WRITTEN for s in sentences) / len(sentences)
    texts = [story.summary for story in made]
    return _row(corpus, f"newsfold {mode.value}", words, gold, texts, written, seconds)


def _row(
    corpus: str,
    system: str,
    words: int,
    gold: Sequence[GoldSummary],
    texts: Sequence[str],
    written: float,
    seconds: Sequence[float],
) -> Row:
    scorer = RougeScorer(list(METRICS), use_stemmer=True)
    totals = [0.0] * len(METRICS)
    for story, text in zip(gold, texts, strict=True):
        best = scorer.score_multi(list(story.references), text)
        totals = [t + best[m].fmeasure for t, m in zip(totals, METRICS, strict=True)]
    return Row(
        corpus=corpus,
        system=system,
        words=words,
        scores=tuple(100 * t / len(gold) for t in totals),
        mean_words=sum(len(t.split()) for t in texts) / len(texts),
        written=written,
        seconds=sorted(seconds)[len(seconds) // 2],
    )


_HEADER = (
    "| corpus | system | words asked | R-1 | R-2 | R-L | words | written | s/story |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def _line(row: Row) -> str:
    scores = " | ".join(f"{s:.1f}" for s in row.scores)
    return (
        f"| {row.corpus} | {row.system} | {row.words} | {scores} | {row.mean_words:.0f}"
        f" | {row.written:.0%} | {row.seconds:.2f} |"
    )


if __name__ == "__main__":
    main()
