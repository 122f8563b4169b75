"""A sentence, the evidence it is judged by, and whether the evidence bears it out."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from training.archive import read_jsonl

FAITHFUL = "faithful"


@dataclass(frozen=True)
class Pair:
    """`kind` is FAITHFUL or the corruption that made the sentence false; `month` as in `Row`."""

    evidence: tuple[str, ...]
    sentence: str
    supported: bool
    kind: str
    story: str
    month: str


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
