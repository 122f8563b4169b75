"""What was written for training: well formed, apart from what judges it, and drawn by its share."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from training.archive import read_jsonl
from training.text import content, words
from training.verifier import unmined
from training.verifier.pairs import BRIEF, DRAFTED, FAITHFUL, MINED, WRITTEN, Pair
from training.verifier.train import Pool
from training.written_rows import REWRITES, written_rows

JUDGES = Path(__file__).parents[1] / "data" / "paraphrases"
LABELS = Path(__file__).parents[2] / "benchmarks" / "labels"
KINDS = {
    "added", "attribution", "cause", "force", "moved", "number", "opposite", "pronoun", "quote",
    "recombined", "role", "scope", "spliced", "synonym", "time", "torn", "wide",
}  # fmt: skip


def test_written_verdicts_are_whole_and_apart() -> None:
    """Every sentence is one thing only; items do not straddle the split."""
    train, dev = list(unmined.written("train")), list(unmined.written("dev"))
    assert len(train) > 5 * len(dev) > 0
    assert {pair.kind for pair in (*train, *dev)} == {FAITHFUL, *KINDS}
    assert {pair.story for pair in train}.isdisjoint(pair.story for pair in dev)
    truth: dict[tuple[tuple[str, ...], str], bool] = {}
    for pair in (*train, *dev):
        assert pair.origin in {WRITTEN, BRIEF}
        assert all(text.strip() for text in (*pair.evidence, pair.sentence))
        assert truth.setdefault((pair.evidence, pair.sentence), pair.supported) is pair.supported


def test_what_judges_the_verifier_did_not_train_it() -> None:
    """No evidence and no sentence of the benchmark's paraphrases."""
    judging = {
        text
        for path in JUDGES.glob("*.jsonl")
        for row in read_jsonl(path)
        for text in (*row["evidence"], row["sentence"])
    }
    pairs = [*unmined.written("train"), *unmined.written("dev")]
    assert judging
    assert judging.isdisjoint(text for pair in pairs for text in (*pair.evidence, pair.sentence))


def test_written_rows_keep_to_the_words_of_their_inputs() -> None:
    """Nineteen in twenty of their content words, over all; the first input holds most of them."""
    rows = list(written_rows())
    assert Counter(row.task for row in rows).keys() == {"fuse", "headline", "compress"}
    said = known = 0
    for row in rows:
        assert row.kind == WRITTEN
        source = {word[:5] for text in row.inputs for word in content(words(text))}
        told = [word[:5] for word in content(words(row.target))]
        holds = [len(set(content(words(t))) & set(content(words(row.target)))) for t in row.inputs]
        assert holds[0] == max(holds)
        said += len(told)
        known += sum(word in source for word in told)
    assert known > 0.95 * said
    for item in read_jsonl(REWRITES):
        assert 2 <= len(item["inputs"]) <= 4
        assert len(item["compress"]) == 2


@pytest.mark.parametrize(
    "name", ["drafts-train.jsonl", "drafts-train-220.jsonl", "drafts-train-v2.jsonl"]
)
def test_drafts_that_judge_are_of_other_stories_than_those_that_train(name: str) -> None:
    """And both files have each draft once."""
    train, judge = (list(read_jsonl(LABELS / file)) for file in (name, "drafts.jsonl"))
    assert {row["story"] for row in train}.isdisjoint(row["story"] for row in judge)
    for rows in (train, judge):
        assert len({row["id"] for row in rows}) == len(rows) > 100


def test_drafts_are_joined_with_their_verdicts(tmp_path: Path) -> None:
    """Those without one, and sentences of their evidence, are left out."""
    drafts, labels = tmp_path / "drafts.jsonl", tmp_path / "labels.jsonl"
    told = [("a", "Rain fell."), ("b", "Rain fell on Lurgan."), ("c", "Snow fell.")]
    drafts.write_text(
        "".join(
            json.dumps({"id": name, "story": name, "task": "fuse", "read": ["Rain fell on Lurgan."],
                        "text": text}) + "\n"
            for name, text in told
        )
    )  # fmt: skip
    labels.write_text(
        "".join(
            json.dumps({"id": name, "supported": name == "a", "grammatical": False}) + "\n"
            for name in ("a", "b", "z")
        )
    )
    found = [p for split in ("train", "dev") for p in unmined.drafted(split, [drafts], [labels])]
    assert [(p.sentence, p.supported, p.whole, p.origin) for p in found] == [
        ("Rain fell.", True, False, DRAFTED)
    ]


def test_origins_are_drawn_by_share_however_many_there_are() -> None:
    """Ten written pairs among a thousand mined ones are drawn as often as their share says."""
    pairs = [
        Pair((str(i),), "s", True, FAITHFUL, "s", "", None, MINED if i >= 10 else WRITTEN)
        for i in range(1000)
    ]
    pool = Pool(pairs, True, {MINED: 0.5, WRITTEN: 0.5, DRAFTED: 0.3})
    drawn = Counter(pair.origin for pair in pool.draw(random.Random(1), 2000))  # noqa: S311
    assert 900 < drawn[WRITTEN] < 1100
    with pytest.raises(ValueError, match="both kinds"):
        Pool(pairs, False, {MINED: 1.0, WRITTEN: 1.0})
