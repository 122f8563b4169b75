"""Where the shared news corpora are, and how their rows become articles.

The corpora are not part of the project. NEWSFOLD_DATA names their folder; the default is the one
beside the checkout. A benchmark without them says so and exits 2.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsfold.pipeline.types import Article

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(
    os.environ.get("NEWSFOLD_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


@dataclass(frozen=True, slots=True)
class GoldSummary:
    """A story with what people wrote about it."""

    id: str
    articles: tuple[Article, ...]
    references: tuple[str, ...]


def rows(name: str) -> Iterator[dict[str, object]]:
    """The rows of `NAME.jsonl.gz`, or exit 2 with a line that says what is missing."""
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        sys.exit(f"benchmarks: {path} is absent; set NEWSFOLD_DATA to the folder of the corpora")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def neus_summaries(split: str) -> list[GoldSummary]:
    """Two or three articles and an editor's roundup of about 47 words."""
    return [
        GoldSummary(str(row["id"]), _articles(row), (str(row["summary"]),))
        for row in rows("neus_fulltext")
        if row["split"] == split
    ]


def multiling_summaries(language: str) -> list[GoldSummary]:
    """Ten articles and up to three human summaries of about 250 words."""
    return [
        GoldSummary(str(row["id"]), _articles(row), tuple(_texts(row["references"])))
        for row in rows("multiling2011")
        if row["lang"] == language
    ]


def _articles(row: dict[str, object]) -> tuple[Article, ...]:
    """Documents are a title, a blank line and the text."""
    articles = []
    for i, document in enumerate(_texts(row["documents"])):
        title, _, body = document.partition("\n\n")
        articles.append(
            Article(id=f"{row['id']}-{i}", title=title.strip(), body=body or title, language="")
        )
    return tuple(articles)


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)  # noqa: S101 - the corpus's own shape
    return [str(text) for text in value]
