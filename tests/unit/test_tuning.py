"""docs/tuning.md names every threshold, with the default that it has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from newsfold.pipeline.tuning import Tuning

PAGE = Path(__file__).parents[2] / "docs" / "tuning.md"
KNOBS = {
    f"{stage}.{name}": value
    for stage, fields in Tuning().model_dump(mode="json").items()
    for name, value in fields.items()
}
ROW = re.compile(
    r"\| `(?P<field>\w+\.\w+)` \| (?P<default>[^|]+) \| (?P<what>[^|]+) \| (?P<why>.+) \|"
)


def rows() -> dict[str, tuple[int, re.Match[str]]]:
    """Field -> (line, row) of the table "All knobs"."""
    lines = PAGE.read_text("utf-8").splitlines()
    start = lines.index("## All knobs")
    found = ((n, ROW.fullmatch(line)) for n, line in enumerate(lines[start:], start + 1))
    return {row["field"]: (n, row) for n, row in found if row}


@pytest.mark.parametrize("field", KNOBS)
def test_a_threshold_is_explained_with_its_default(field: str) -> None:
    """Whoever changes one is told the line to change."""
    default = json.dumps(KNOBS[field])
    assert field in rows(), f"docs/tuning.md, All knobs: add | `{field}` | {default} | what | why |"
    line, row = rows()[field]
    assert json.loads(row["default"]) == KNOBS[field], (
        f"docs/tuning.md:{line} says {row['default']} for `{field}`, which is {default}"
    )
    assert row["what"].strip()
    assert row["why"].strip()


def test_no_threshold_is_explained_that_there_is_not() -> None:
    """A field that was renamed or removed."""
    gone = [f"docs/tuning.md:{line}: {field}" for field, (line, _) in rows().items()]
    assert not [told for told in gone if told.rpartition(" ")[2] not in KNOBS]
