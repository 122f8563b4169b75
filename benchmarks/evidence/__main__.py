"""`python -m benchmarks.evidence`: measures, prints and writes benchmarks/results/evidence.*."""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine
from benchmarks.corpora import neus_summaries
from benchmarks.evidence import citations, drafted, report, systems
from benchmarks.evidence.cases import NEWS, compressed_cases, news_cases
from benchmarks.evidence.paraphrases import PARAPHRASED, UNFAITHFUL, paraphrases
from benchmarks.evidence.report import Row
from newsfold.model.load import load_models
from newsfold.pipeline.tuning import AttributeTuning
from newsfold.server import open_pipeline
from newsfold.settings import Settings
from training.verifier.corrupt import CORRUPTIONS, OTHER_STORY
from training.verifier.pairs import FAITHFUL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.evidence.cases import Case
    from benchmarks.evidence.systems import System

RESULTS = Path(__file__).resolve().parents[1] / "results"
SEED = 5
_TITLES = {
    FAITHFUL: "false alarms",
    UNFAITHFUL: "unfaithful paraphrases detected",
    **{kind: f"edits detected: {kind}" for kind in (*CORRUPTIONS, OTHER_STORY)},
}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-kind", type=int, default=250, help="cases of each kind")
    parser.add_argument("--stories", type=int, default=40, help="stories for citations and cost")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    told = machine.describe()
    rows = asyncio.run(_measure(options.per_kind, options.stories))
    report.write_table(options.out / "evidence.md", told, rows)
    report.write_json(options.out / "evidence.json", told, rows)
    print((options.out / "evidence.md").read_text(encoding="utf-8"))


async def _measure(per_kind: int, stories: int) -> list[Row]:
    found = await drafted.drafts()
    hand = [label.case for label in found.labelled]
    dev = [
        *news_cases("train", per_kind // 2, SEED),
        *compressed_cases("dev", per_kind // 2, SEED),
        *paraphrases("dev"),
    ]
    test = [
        *news_cases("val", per_kind, SEED),
        *compressed_cases("test", per_kind, SEED),
        *paraphrases("dev"),
        *paraphrases("test"),
    ]
    everything = list(dict.fromkeys([*dev, *test, *hand]))
    tuning = AttributeTuning()
    models = await asyncio.to_thread(load_models)
    try:
        if models.verifier is None:
            raise RuntimeError("the embedded verifier is not there")
        alone, served = await systems.verified(models.verifier, everything, tuning)
        near = await systems.embedding(models.embedder, everything)
    finally:
        await asyncio.to_thread(models.close)
    compared = [served, systems.rules(tuning), alone, systems.rouge2(), near, systems.ngrams()]
    # A sentence before itself tells nothing of where to draw the line: all but equality is below.
    line = [case for case in dev if case.setting != NEWS]
    bounds = {system.name: systems.best_threshold(system, line) for system in compared}
    rows = [row for s in compared for row in judged(s, bounds[s.name], test)]
    rows += by_hand(compared, bounds, hand)
    return [*rows, *shown(found), *await _served(stories)]


def by_hand(
    compared: Sequence[System], bounds: Mapping[str, float], cases: Sequence[Case]
) -> list[Row]:
    """Balanced accuracy on the drafts that people labelled, and what the verifier adds to it."""
    accuracy = {
        system.name: systems.balanced_accuracy(system, bounds[system.name], cases)
        for system in compared
    }
    rows = []
    for system in compared:
        value = accuracy[system.name]
        goal, met = (None, None)
        if not system.peer:
            goal, met = report.at_least(report.HAND_ACCURACY, value)
        metric = "balanced accuracy on drafts labelled by hand"
        rows.append(
            Row(metric, system.name, drafted.DRAFTED, value, "share", goal, met, len(cases))
        )
    gain = accuracy["newsfold"] - accuracy["rules"]
    goal, met = report.at_least(report.HAND_GAIN, gain)
    metric = "the same, above the rules alone"
    return [*rows, Row(metric, "newsfold", drafted.DRAFTED, gain, "share", goal, met, len(cases))]


def shown(found: drafted.Drafts) -> list[Row]:
    """What reached a reader in the summaries of the labelled drafts."""
    setting = f"{found.sentences} sentences of summaries, {len(found.written)} of them written"
    value = len(found.unsupported) / max(1, found.sentences)
    goal, met = report.at_most(report.MOST_UNSUPPORTED, value)
    metric = "unsupported sentences that reach a user"
    rows = [Row(metric, "newsfold", setting, value, "share", goal, met, found.sentences)]
    share = len(found.unsupported) / max(1, len(found.written))
    faulty = len(found.ungrammatical) / max(1, len(found.written))
    rows += [
        Row(name, "newsfold", setting, part, "share", None, None, len(found.written))
        for name, part in (
            ("the same, of written ones", share),
            ("ungrammatical ones, of written ones", faulty),
        )
    ]
    stale = found.labels - len(found.labelled)
    told = ((stale, "labels whose draft is no longer written"), (found.unread, "written, unread"))
    rows += [Row(name, "newsfold", setting, float(n), "count") for n, name in told]
    return rows


def judged(system: System, threshold: float, test: Sequence[Case]) -> list[Row]:
    """Share of each kind that the system stops, at its threshold."""
    stopped: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for case, doubt in zip(test, system.doubts(test), strict=True):
        stopped[case.kind, case.setting].append(doubt > threshold)
    rows = []
    for kind, title in _TITLES.items():
        for (found, setting), verdicts in sorted(stopped.items()):
            if found == kind:
                value = sum(verdicts) / len(verdicts)
                goal, met = (None, None) if system.peer else _goal(kind, setting, value)
                rows.append(
                    Row(title, system.name, setting, value, "share", goal, met, len(verdicts))
                )
    return rows


def _goal(kind: str, setting: str, value: float) -> tuple[str | None, bool | None]:
    if kind in report.LEAST:
        return report.at_least(report.LEAST[kind], value)
    if kind == FAITHFUL and setting == NEWS:
        return report.at_most(report.MOST_EXTRACTED, value)
    if kind == FAITHFUL and setting == PARAPHRASED:
        return report.at_most(report.MOST_PARAPHRASES, value)
    return None, None


async def _served(stories: int) -> list[Row]:
    """What the running pipeline cites, and its cost."""
    gold = neus_summaries("val")[:stories]
    async with open_pipeline(Settings()) as opened:
        found = await citations.measure(gold, opened.pipeline)
    setting = f"neus_fulltext val, {len(gold)} stories"
    measured = [
        ("citation precision", found.precision, found.cited, report.at_least, report.CITATIONS),
        ("citation recall", found.recall, found.held, report.at_least, report.CITATIONS),
        ("share of the time of a summary", found.cost, len(gold), report.at_most, report.MOST_COST),
    ]
    rows = []
    for metric, value, count, bounded, bound in measured:
        goal, met = bounded(bound, value)
        rows.append(Row(metric, "newsfold", setting, value, "share", goal, met, count))
    return rows


if __name__ == "__main__":
    main()
