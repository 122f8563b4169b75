"""Rows that were written for the purpose: `training/written/rewrites.jsonl`, see its README."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.archive import read_jsonl
from training.rows import WRITTEN, Row
from training.text import content, words

REWRITES = Path(__file__).parent / "written" / "rewrites.jsonl"


def written_rows(path: Path = REWRITES) -> Iterator[Row]:
    """A rewrite, two shortened sentences and a headline of each item."""
    for item in read_jsonl(path):
        inputs = item["inputs"]
        story = story_of(inputs)
        for task, read, target in (
            ("fuse", inputs, item["fuse"]),
            ("headline", inputs, item["headline"]),
            ("compress", inputs[:1], item["compress"][0]),
            ("compress", inputs[1:2], item["compress"][1]),
        ):
            yield Row(task, WRITTEN, _central_first(read, target), target, story, "")


def story_of(inputs: Sequence[str]) -> str:
    """What names the item of these inputs, in rows and in pairs alike."""
    return hashlib.sha256(inputs[0].encode()).hexdigest()[:16]


def _central_first(inputs: Sequence[str], target: str) -> tuple[str, ...]:
    """The input that holds most of the target before the others."""
    told = set(content(words(target)))
    central = max(inputs, key=lambda text: len(told & set(content(words(text)))))
    return (central, *(text for text in inputs if text is not central))
