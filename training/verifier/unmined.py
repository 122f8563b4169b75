"""Pairs that were not mined: written for the purpose, or drafts of the rewriter with verdicts.

`training/written/verdicts.jsonl` has invented evidence, sentences that follow from it and sentences
that do not, `briefs.jsonl` has more of them, short and plain; the rewrites beside them follow from
their inputs too. The README there says who wrote them. Drafts are kept as identifiers and verdicts
only, and are made anew by `benchmarks.drafts` where their articles are.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.archive import read_jsonl
from training.verifier.pairs import BRIEF, DRAFTED, FAITHFUL, WRITTEN, Pair
from training.written_rows import story_of, written_rows

_FOLDER = Path(__file__).parents[1] / "written"
_FILES = {WRITTEN: _FOLDER / "verdicts.jsonl", BRIEF: _FOLDER / "briefs.jsonl"}
_DEV_IN = 8
"""One item or story in so many is kept for dev."""
_UNDATED = "undated"
_FAULTY = "faulty"
_SENTENCES = frozenset({"fuse", "compress"})
"""Tasks whose targets are sentences."""


def written(split: str) -> Iterator[Pair]:
    """The pairs of a split, "train" or "dev"; all pairs of an item are on one side."""
    for row in written_rows():
        if row.task in _SENTENCES and _split(row.story) == split:
            yield Pair(row.inputs, row.target, True, FAITHFUL, row.story, _UNDATED, True, WRITTEN)
    for origin, path in _FILES.items():
        for item in read_jsonl(path):
            evidence = tuple(item["evidence"])
            story = story_of(evidence)
            if _split(story) != split:
                continue
            for text in item["faithful"]:
                yield Pair(evidence, text, True, FAITHFUL, story, _UNDATED, True, origin)
            for false in item["unfaithful"]:
                kind, text = false["kind"], false["sentence"]
                yield Pair(evidence, text, False, kind, story, _UNDATED, True, origin)


def drafted(split: str, drafts: Iterable[Path], labels: Iterable[Path]) -> Iterator[Pair]:
    """The drafts that have a verdict and are no sentence of their evidence word for word."""
    verdicts = {row["id"]: row for path in labels for row in read_jsonl(path)}
    unique = {draft["id"]: draft for path in drafts for draft in read_jsonl(path)}
    for draft in unique.values():
        verdict = verdicts.get(draft["id"])
        if verdict is None or draft["text"] in draft["read"] or _split(draft["story"]) != split:
            continue
        supported, whole = verdict["supported"], verdict["grammatical"]
        kind = FAITHFUL if supported else _FAULTY
        evidence = tuple(draft["read"])
        yield Pair(
            evidence, draft["text"], supported, kind, draft["story"], _UNDATED, whole, DRAFTED
        )


def _split(key: str) -> str:
    return "train" if int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % _DEV_IN else "dev"
