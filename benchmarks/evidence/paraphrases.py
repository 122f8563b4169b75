"""The sentences of tests/data/paraphrases, faithful and not, written and labelled by hand."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.evidence.cases import Case
from training.verifier.pairs import FAITHFUL

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "data" / "paraphrases"
PARAPHRASED = "paraphrased"
UNFAITHFUL = "unfaithful"


def paraphrases(split: str) -> list[Case]:
    """The cases of `split`: "dev" was looked at while the rules were made, "test" was not."""
    found = []
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["split"] == split:
                kind = FAITHFUL if row["supported"] else UNFAITHFUL
                found.append(Case(PARAPHRASED, kind, tuple(row["evidence"]), row["sentence"]))
    return found
