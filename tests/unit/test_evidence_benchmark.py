"""The evidence table: who is judged against which goal, and how a missed one is shown."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.evidence.__main__ import judged
from benchmarks.evidence.cases import COMPRESSED, NEWS, Case
from benchmarks.evidence.paraphrases import UNFAITHFUL, paraphrases
from benchmarks.evidence.report import Row, not_measured, write_json, write_table
from benchmarks.evidence.systems import System, best_threshold, ngrams, rouge2, rules
from newsfold.pipeline.tuning import AttributeTuning
from training.verifier.pairs import FAITHFUL

TOLD = {"machine": "m", "date": "2031-01-01", "commit": "c"}
SAID = "The council voted 12 to 3 to rebuild the pier."
CASES = [
    Case(NEWS, FAITHFUL, (SAID,), SAID),
    Case(NEWS, "number", (SAID,), "The council voted 15 to 3 to rebuild the pier."),
    Case(NEWS, "number", (SAID,), "The council voted 12 to 2 to rebuild the pier."),
]
DEV = [replace(case, setting=COMPRESSED) for case in CASES]


def blind(cases: Sequence[Case]) -> list[float]:
    """Never doubts."""
    return [0.0 for _ in cases]


def test_the_rules_are_held_to_the_goals_and_peers_to_none() -> None:
    """A goal that is missed says so."""
    rows = judged(rules(AttributeTuning()), CASES, CASES)
    assert [(row.value, row.goal, row.met) for row in rows] == [
        (0.0, "<= 0.02", True),
        (1.0, ">= 0.95", True),
    ]
    missed = judged(System("blind", blind, 0.5, peer=False), CASES, CASES)
    assert [(row.value, row.met) for row in missed] == [(0.0, True), (0.0, False)]
    assert {(row.goal, row.met) for row in judged(rouge2(), DEV, CASES)} == {(None, None)}


def test_a_threshold_parts_what_can_be_parted() -> None:
    """Of the cases it is chosen on."""
    system = ngrams()
    threshold = best_threshold(system, CASES)
    assert [doubt > threshold for doubt in system.doubts(CASES)] == [False, True, True]


def test_what_was_not_measured_is_missed_in_both_tables(tmp_path: Path) -> None:
    """With a dash for people and null for programs."""
    rows = [Row("cost", "rules", "s", 0.1, "share", "<= 0.15", True, 4), *not_measured()]
    write_table(tmp_path / "t.md", TOLD, rows)
    write_json(tmp_path / "t.json", TOLD, rows)
    table = (tmp_path / "t.md").read_text()
    assert table.count("| missed |") == len(not_measured())
    told = json.loads((tmp_path / "t.json").read_text())
    assert {"machine", "date", "commit", "rows"} == set(told)
    assert [row["met"] for row in told["rows"]] == [True, False, False]
    assert told["rows"][1]["value"] is None
    assert set(told["rows"][0]) == {
        "metric", "system", "setting", "value", "unit", "goal", "met",
    }  # fmt: skip


def test_paraphrases_are_two_hundred_and_sixty_and_differ_from_their_evidence() -> None:
    """Half of each for reading, half for counting."""
    dev, test = paraphrases("dev"), paraphrases("test")
    assert len(dev) == len(test) == 130
    found = [*dev, *test]
    assert sum(case.kind == UNFAITHFUL for case in found) == 60
    assert len({(case.evidence, case.sentence) for case in found}) == 260
    assert all(case.sentence not in case.evidence for case in found)
