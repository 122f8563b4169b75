"""A training row and the files that rows are kept in."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from training.archive import read_jsonl

WRITTEN = "written"
"""The kind of what was not mined but written for the purpose."""


@dataclass(frozen=True)
class Row:
    """One prompt and what is to be written; `inputs` are in prompt order, the central one first.

    `kind` says how the row was mined (docs/models.md has the list), `story` the article or document
    that the target is from, `month` its "YYYY-MM" or "" where undated.
    """

    task: str
    kind: str
    inputs: tuple[str, ...]
    target: str
    story: str
    month: str


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Writes rows as JSONL, whole or not at all; returns how many."""
    count = 0
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            count += 1
    partial.rename(path)
    return count


def read_rows(path: Path) -> list[Row]:
    """Reads what `write_rows` wrote."""
    return [Row(**{**record, "inputs": tuple(record["inputs"])}) for record in read_jsonl(path)]
