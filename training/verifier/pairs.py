"""A sentence, the evidence it is judged by, and whether the evidence bears it out."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from training.archive import read_jsonl
from training.rows import WRITTEN

__all__ = [
    "BRIEF",
    "DRAFTED",
    "FAITHFUL",
    "MINED",
    "WRITTEN",
    "Pair",
    "read_pairs",
    "write_pairs",
]

FAITHFUL = "faithful"
MINED, DRAFTED, BRIEF = "mined", "drafted", "brief"
"""Where a pair is from: news and a program; the rewriter and a reader; a writer of short pairs.
WRITTEN is a writer of long ones."""


@dataclass(frozen=True)
class Pair:
    """`kind` is FAITHFUL or what is wrong with the sentence; `month` as in `Row`."""

    evidence: tuple[str, ...]
    sentence: str
    supported: bool
    kind: str
    story: str
    month: str
    whole: bool | None = None
    """Whether a sub-editor would leave the sentence as it is; None where nobody said."""
    origin: str = MINED


def write_pairs(path: Path, pairs: Iterable[Pair]) -> int:
    """Writes pairs as JSONL, whole or not at all; returns how many."""
    count = 0
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as out:
        for pair in pairs:
            out.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
            count += 1
    partial.rename(path)
    return count


def read_pairs(path: Path) -> list[Pair]:
    """Reads what `write_pairs` wrote."""
    return [
        Pair(**{**record, "evidence": tuple(record["evidence"])}) for record in read_jsonl(path)
    ]
