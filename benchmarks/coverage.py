"""How well articles are grouped and sentences chosen: `python -m benchmarks.coverage`.

Stories: BCubed F1 on gold sets beside peers at their own best settings, and in each language; what
each layer of ours adds; time and memory against the number of articles. Embedding: speed, and
nearness to plain float32. Overlap: sentences of the same fact, on labelled pairs, and conflicts on
labelled stories. Selection: ROUGE of the extractive mode at three lengths beside lead-k, TextRank,
LexRank and TF-IDF centroid + MMR.
Cleaning: precision and recall on the labelled lines of `tests/data/cleaning`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from benchmarks import report
from benchmarks.conflicts import conflicts
from benchmarks.embedding import embedding
from benchmarks.overlap import overlap_pairs
from benchmarks.passed_over import passed_over_groups
from benchmarks.report import Result
from benchmarks.reprints import reprints
from benchmarks.scale import scale
from benchmarks.selection import SAMPLED, SAMPLES, selection
from benchmarks.stories import stories
from benchmarks.templates import template_pairs
from newsfold.model.load import load_models
from newsfold.pipeline.boilerplate import is_debris
from newsfold.server import open_pipeline
from newsfold.settings import Settings

LINES = Path(__file__).parents[1] / "tests" / "data" / "cleaning" / "lines.jsonl"
_NOTES = (
    "BCubed in percent. Newsfold has its defaults everywhere; a peer has the settings that are best"
    " for it on the set, on each of the random mixes, and on all windows of a topic together. Every"
    " article of a set counts; one that Newsfold rejects is a story of its own to it. Scores of"
    " several mixes or windows are means.",
    "",
    "A request of each size is served three times, each in a process of its own; the median counts."
    " ROUGE: rouge_score, stemmed, F in percent; TextRank and LexRank in the better of two"
    " variants, with sumy's English stemmer and stop words and without. The weights of selection"
    " were chosen with an eye on these stories and on other samples of them; see docs/tuning.md."
    " For summaries the articles of multiling2011 have the date that stands above their text: it"
    " says in which order a story of weeks is told. Samples: of each of the ten stories"
    f" {SAMPLES} times {SAMPLED} of its ten articles in a random order. Who wrote the summaries had"
    " the articles in the order of the corpus, from which lead-k gains and nothing else here does;"
    " a request has no such order.",
)


def main() -> None:
    """Print and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=0, help="of each summary corpus; 0: all")
    arguments = parser.parse_args()
    results = asyncio.run(_measure(arguments.stories))
    print(report.write("coverage", "Stories, selection and cleaning", results, _NOTES))


async def _measure(summaries: int) -> list[Result]:
    results = [*_cleaning(), *reprints()]
    models = load_models()
    try:
        results += await stories(models.embedder)
        results += await template_pairs(models.embedder)
        results += await overlap_pairs(models.embedder)
    finally:
        models.close()
    results += scale()
    results += embedding()
    async with open_pipeline(Settings()) as opened:
        results += await conflicts(opened.pipeline)
        results += await selection(opened.pipeline, summaries)
        results += await passed_over_groups(opened.pipeline, summaries)
    return results


def _cleaning() -> list[Result]:
    lines = [json.loads(line) for line in LINES.read_text(encoding="utf-8").splitlines()]
    dropped = [line for line in lines if is_debris(line["text"])]
    right = sum(line["label"] == "debris" for line in dropped)
    debris = sum(line["label"] == "debris" for line in lines)
    setting = f"{debris} lines of debris among {len(lines) - debris} of news"
    return [
        Result("precision", "cleaning", setting, 100 * right / len(dropped), "%").at_least(99.0),
        Result("recall", "cleaning", setting, 100 * right / debris, "%").at_least(95.0),
    ]


if __name__ == "__main__":
    main()
