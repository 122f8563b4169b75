"""What the thresholds of `attribute` buy: `python -m benchmarks.evidence.thresholds`.

On the dev side: edited news, edited compressions and the dev half of the paraphrases. Precision is
the share of the stopped sentences that are false, recall the share of the false that are stopped;
they depend on how many of each kind there are, shares of one kind do not.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks import machine
from benchmarks.evidence.cases import COMPRESSED, compressed_cases, news_cases
from benchmarks.evidence.paraphrases import PARAPHRASED, UNFAITHFUL, paraphrases
from benchmarks.evidence.systems import verdict_of
from newsfold.pipeline.tuning import AttributeTuning
from training.verifier.pairs import FAITHFUL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.evidence.cases import Case

SEED = 5
GRID = (
    (0.0, 0, 0.6),
    (0.1, 0, 0.6),
    (0.2, 0, 0.6),
    (0.1, 1, 0.6),
    (0.3, 1, 0.5),
    (0.3, 2, 0.5),
    (0.4, 4, 0.4),
)
"""max_new_words, max_seams, min_support."""
SHOWN = ("swap", "recombined", "clause_added", "opposite", "modality")
HARD = ("number", "date", "name", "quote", "negation")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-kind", type=int, default=100)
    options = parser.parse_args()
    cases = [
        *news_cases("train", options.per_kind, SEED),
        *compressed_cases("dev", options.per_kind, SEED),
        *paraphrases("dev"),
    ]
    told = machine.describe()
    print(f"machine {told['machine']}; {told['date']}; commit {told['commit']}; {len(cases)} cases")
    columns = ("max_new_words", "max_seams", "min_support", "precision", "recall")
    stopped = ("compressions", "paraphrases", UNFAITHFUL, "hard facts, the worst", *SHOWN)
    print(f"| {' | '.join((*columns, *stopped))} |")
    print("|---" * (len(columns) + len(stopped)) + "|")
    for words, seams, support in GRID:
        tuning = AttributeTuning(max_new_words=words, max_seams=seams, min_support=support)
        shares = " | ".join(f"{share:.2f}" for share in _shares(cases, tuning))
        print(f"| {words} | {seams} | {support} | {shares} |", flush=True)


def _shares(cases: Sequence[Case], tuning: AttributeTuning) -> list[float]:
    """Precision, recall, and the shares stopped that the table shows."""
    stopped: dict[tuple[str, str], list[bool]] = defaultdict(list)
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for case in cases:
        verdict = verdict_of(case, tuning) is not None
        stopped[case.kind, case.setting].append(verdict)
        by_kind[case.kind].append(verdict)
    false = [v for kind, found in by_kind.items() if kind != FAITHFUL for v in found]
    hits, alarms = sum(false), sum(by_kind[FAITHFUL])
    return [
        hits / max(1, hits + alarms),
        hits / max(1, len(false)),
        _mean(stopped[FAITHFUL, COMPRESSED]),
        _mean(stopped[FAITHFUL, PARAPHRASED]),
        _mean(by_kind[UNFAITHFUL]),
        min(_mean(by_kind[kind]) for kind in HARD),
        *(_mean(by_kind[kind]) for kind in SHOWN),
    ]


def _mean(verdicts: Sequence[bool]) -> float:
    return sum(verdicts) / max(1, len(verdicts))


if __name__ == "__main__":
    main()
