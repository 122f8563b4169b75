"""What the lines of the verifier buy: `python -m benchmarks.evidence.lines`.

Drafts of the shipped rewriter that people labelled, and paraphrases, judged by rules and verifier
at other lines of `attribute` than its own. With `--pairs FILE`, a file that training.verifier.mine
wrote, also the drafts among its pairs.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import machine
from benchmarks.evidence.cases import Case
from benchmarks.evidence.drafted import DRAFTED, FAULTY, drafts
from benchmarks.evidence.paraphrases import paraphrases
from benchmarks.evidence.systems import attribution_of
from newsfold.model.load import load_models
from newsfold.pipeline.ports import Claim
from newsfold.pipeline.trust import judged
from newsfold.pipeline.tuning import AttributeTuning
from training.verifier.pairs import DRAFTED as OF_DRAFTS
from training.verifier.pairs import FAITHFUL, read_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.attribute import Attribution
    from newsfold.pipeline.ports import Judgement, Verifier

TUNING = AttributeTuning()
TRUST = (0.5, 0.7, 0.9, TUNING.min_trust, 0.97, 0.98)
WHOLENESS = (0.0, TUNING.min_wholeness, 0.7)
REWORDED = (0.02, TUNING.reworded_trust, 0.1, 0.2, 0.5, 0.9, TUNING.min_trust)


@dataclass(frozen=True, slots=True)
class Seen:
    """A case, what rules and verifier say of it, and what a reader says."""

    case: Case
    grammatical: bool
    attribution: Attribution
    judgement: Judgement | None
    """None for what stands in its evidence word for word."""

    def passes(self, tuning: AttributeTuning) -> bool:
        """Whether it may be shown."""
        return judged(self.attribution, self.judgement, tuning) is None


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path)
    asyncio.run(tell(parser.parse_args().pairs))


async def tell(pairs: Path | None) -> None:
    """Draft, judge, print. Takes minutes."""
    found = await drafts()
    labelled = [(label.case, label.grammatical) for label in found.labelled]
    held_out = [] if pairs is None else _drafts_among(pairs)
    models = await asyncio.to_thread(load_models)
    try:
        if models.verifier is None:
            raise RuntimeError("the embedded verifier is not there")
        see = partial(_seen, models.verifier)
        drafted, dev = await see(labelled), await see(held_out)
        halves = [await see([(c, True) for c in paraphrases(half)]) for half in ("dev", "test")]
    finally:
        await asyncio.to_thread(models.close)
    told = machine.describe()
    print(f"machine {told['machine']}; {told['date']}; commit {told['commit']}")
    _print_drafts(drafted, dev)
    _print_paraphrases(halves, drafted)


def _drafts_among(pairs: Path) -> list[tuple[Case, bool]]:
    return [
        (
            Case(DRAFTED, FAITHFUL if pair.supported else FAULTY, pair.evidence, pair.sentence),
            bool(pair.whole),
        )
        for pair in read_pairs(pairs)
        if pair.origin == OF_DRAFTS
    ]


async def _seen(judge: Verifier, cases: Sequence[tuple[Case, bool]]) -> list[Seen]:
    asked = [case for case, _ in cases if case.sentence not in case.evidence]
    answers = await judge.verify([Claim(c.sentence, tuple(c.evidence)) for c in asked])
    known = dict(zip(asked, answers, strict=True))
    return [
        Seen(case, grammatical, attribution_of(case, TUNING), known.get(case))
        for case, grammatical in cases
    ]


def _print_drafts(drafted: Sequence[Seen], dev: Sequence[Seen]) -> None:
    written = [seen for seen in drafted if seen.judgement is not None]
    print(f"{len(drafted)} drafts, {len(written)} copy no sentence; dev: {len(dev)}")
    columns = ("min_trust", "min_wholeness", "dev", "accuracy", "passed", "unsupported")
    print(f"| {' | '.join((*columns, 'ungrammatical'))} |")
    print("|---" * (len(columns) + 1) + "|")
    for whole in WHOLENESS:
        for trust in TRUST:
            tuning = TUNING.model_copy(update={"min_trust": trust, "min_wholeness": whole})
            passed = [seen for seen in written if seen.passes(tuning)]
            cells = (
                trust,
                whole,
                f"{_accuracy(dev, tuning):.2f}" if dev else "",
                f"{_accuracy(drafted, tuning):.2f}",
                len(passed),
                sum(not seen.case.supported for seen in passed),
                sum(not seen.grammatical for seen in passed),
            )
            print(f"| {' | '.join(map(str, cells))} |")


def _print_paraphrases(halves: Sequence[Sequence[Seen]], drafted: Sequence[Seen]) -> None:
    columns = ("reworded_trust", "faithful stopped, dev", "test", "both")
    print(f"| {' | '.join((*columns, 'unfaithful detected, dev', 'test', 'both', 'accuracy'))} |")
    print("|---" * 8 + "|")
    for trust in REWORDED:
        tuning = TUNING.model_copy(update={"reworded_trust": trust})
        sets = [*halves, [seen for half in halves for seen in half]]
        shares = [
            np.mean([not seen.passes(tuning) for seen in seen_of if seen.case.supported is truth])
            for truth in (True, False)
            for seen_of in sets
        ]
        cells = [str(trust), *(f"{share:.3f}" for share in shares)]
        print(f"| {' | '.join(cells)} | {_accuracy(drafted, tuning):.2f} |")


def _accuracy(cases: Sequence[Seen], tuning: AttributeTuning) -> float:
    """Balanced."""
    passed = np.array([seen.passes(tuning) for seen in cases])
    true = np.array([seen.case.supported for seen in cases])
    return float((passed[true].mean() + (~passed[~true]).mean()) / 2)


if __name__ == "__main__":
    main()
