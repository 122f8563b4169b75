"""The evidence table: who is judged against which goal, and how a missed one is shown."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.drafts import Drafted
from benchmarks.evidence.__main__ import by_hand, judged, shown
from benchmarks.evidence.cases import NEWS, Case
from benchmarks.evidence.drafted import LABELS, Drafts, Labelled
from benchmarks.evidence.paraphrases import UNFAITHFUL, paraphrases
from benchmarks.evidence.report import Row, write_json, write_table
from benchmarks.evidence.systems import (
    System,
    balanced_accuracy,
    best_threshold,
    ngrams,
    rouge2,
    rules,
)
from newsfold.pipeline.tuning import AttributeTuning
from training.verifier.pairs import FAITHFUL

TOLD = {"machine": "m", "date": "2031-01-01", "commit": "c"}
SAID = "The council voted 12 to 3 to rebuild the pier."
CASES = [
    Case(NEWS, FAITHFUL, (SAID,), SAID),
    Case(NEWS, "number", (SAID,), "The council voted 15 to 3 to rebuild the pier."),
    Case(NEWS, "number", (SAID,), "The council voted 12 to 2 to rebuild the pier."),
]
ROUNDUP = (("true", True), ("false", False))


def blind(cases: Sequence[Case]) -> list[float]:
    """Never doubts."""
    return [0.0 for _ in cases]


def test_the_service_is_held_to_the_goals_and_peers_to_none() -> None:
    """A goal that is missed says so."""
    rows = judged(replace(rules(AttributeTuning()), peer=False), 0.5, CASES)
    assert [(row.value, row.goal, row.met) for row in rows] == [
        (0.0, "<= 0.02", True),
        (1.0, ">= 0.95", True),
    ]
    missed = judged(System("blind", blind, 0.5, peer=False), 0.5, CASES)
    assert [(row.value, row.met) for row in missed] == [(0.0, True), (0.0, False)]
    assert {(row.goal, row.met) for row in judged(rouge2(), 0.5, CASES)} == {(None, None)}


def test_a_threshold_parts_what_can_be_parted() -> None:
    """Of the cases it is chosen on."""
    system = ngrams()
    threshold = best_threshold(system, CASES)
    assert [doubt > threshold for doubt in system.doubts(CASES)] == [False, True, True]


def test_drafts_labelled_by_hand_judge_the_service_and_the_rules() -> None:
    """By balanced accuracy, and by what is gained over the rules."""
    service = System("newsfold", lambda cases: [float(c.kind == "number") for c in cases], 0.5)
    compared = [replace(service, peer=False), System("rules", blind, 0.5)]
    assert [balanced_accuracy(s, 0.5, CASES) for s in compared] == [1.0, 0.5]
    rows = by_hand(compared, {"newsfold": 0.5, "rules": 0.5}, CASES)
    assert [(row.value, row.met) for row in rows] == [(1.0, True), (0.5, None), (0.5, True)]


def test_what_reached_a_reader_is_counted_with_what_nobody_read() -> None:
    """And labels whose draft is gone are told."""
    read = [Labelled(Drafted("s", "fuse", (SAID,), text), ok, ok) for text, ok in ROUNDUP]
    found = Drafts(tuple(read), labels=3, sentences=10, written=("true", "false", "new"))
    assert [(row.value, row.met) for row in shown(found)] == [
        (0.1, False),
        (1 / 3, None),
        (1 / 3, None),
        (1.0, None),
        (1.0, None),
    ]


def test_labels_have_verdicts_and_no_text() -> None:
    """The articles are not ours to ship."""
    rows = [json.loads(line) for line in LABELS.read_text().splitlines()]
    assert len(rows) >= 300
    assert all(set(row) == {"id", "story", "task", "supported", "grammatical"} for row in rows)


def test_a_missed_goal_is_missed_in_both_tables(tmp_path: Path) -> None:
    """For people and for programs."""
    rows = [
        Row("cost", "newsfold", "s", 0.1, "share", "<= 0.15", True, 4),
        Row("seen", "newsfold", "s", 0.1, "share", "<= 0.01", False, 4),
    ]
    write_table(tmp_path / "t.md", TOLD, rows)
    write_json(tmp_path / "t.json", TOLD, rows)
    assert (tmp_path / "t.md").read_text().count("| missed |") == 1
    told = json.loads((tmp_path / "t.json").read_text())
    assert {"machine", "date", "commit", "rows"} == set(told)
    assert [row["met"] for row in told["rows"]] == [True, False]
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
