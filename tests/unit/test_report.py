"""What a benchmark leaves behind: the same rows for people and for programs."""

import json
from pathlib import Path

import pytest

from benchmarks import machine, report
from benchmarks.report import Result

TOLD = {"machine": "a mill, 2 cores", "date": "2031-01-01", "commit": "abc1234"}
ROWS = [
    Result("rows", "a peer", "greedy", 12.345678, "/s"),
    Result("rows", "newsfold", "greedy", 10.0, "/s").at_least(11.0),
    Result("late", "newsfold", "greedy", 0.0, "%").at_most(0.0),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the tables of this test go."""
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(machine, "describe", lambda: dict(TOLD))
    return tmp_path / "results"


def test_the_table_for_programs_has_every_row_with_its_goal(folder: Path) -> None:
    """Goal and met are null for a peer; a missed goal stays."""
    report.write("mill", "The mill", ROWS)
    document = json.loads((folder / "mill.json").read_text())
    assert {key: document[key] for key in TOLD} == TOLD
    assert set(document) == {*TOLD, "rows"}
    keys = ["metric", "system", "setting", "value", "unit", "goal", "met"]
    assert [list(row) for row in document["rows"]] == [keys] * len(ROWS)
    assert [tuple(row.values()) for row in document["rows"]] == [
        ("rows", "a peer", "greedy", 12.345678, "/s", None, None),
        ("rows", "newsfold", "greedy", 10.0, "/s", 11.0, False),
        ("late", "newsfold", "greedy", 0.0, "%", 0.0, True),
    ]


def test_the_table_for_people_says_what_was_missed(folder: Path) -> None:
    """Machine, date and commit first, then the notes, then a line a row."""
    text = report.write("mill", "The mill", ROWS, ["Ground twice."])
    assert text == (folder / "mill.md").read_text()
    assert text.splitlines() == [
        "# The mill",
        "",
        "a mill, 2 cores; 2031-01-01; commit abc1234.",
        "",
        "Ground twice.",
        "",
        "| metric | setting | system | value | goal |",
        "|---|---|---|---|---|",
        "| rows | greedy | a peer | 12.35 /s |  |",
        "| rows | greedy | newsfold | 10 /s | 11 **missed** |",
        "| late | greedy | newsfold | 0 % | 0 met |",
    ]


def test_a_goal_is_met_at_its_bound() -> None:
    """From either side."""
    row = Result("rows", "newsfold", "greedy", 2.0, "/s")
    assert [row.at_least(goal).met for goal in (1.9, 2.0, 2.1)] == [True, True, False]
    assert [row.at_most(goal).met for goal in (1.9, 2.0, 2.1)] == [False, True, True]


def test_what_stands_there_twice_is_named() -> None:
    """Whatever its value and goal; another system's row is another row."""
    assert report.repeated(ROWS) == []
    again = Result("rows", "newsfold", "greedy", 3.0, "/s")
    assert report.repeated([*ROWS, again]) == [("rows", "greedy", "newsfold")]
