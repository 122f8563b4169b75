"""Where the shared news corpora are, and how their rows become articles.

The corpora are not part of the project. NEWSFOLD_DATA names their folder; the default is the one
beside the checkout. A benchmark without them says so and exits 2.
"""

from __future__ import annotations

import calendar
import datetime as dt
import gzip
import json
import os
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from newsfold.pipeline.types import Article

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

DATA = Path(
    os.environ.get("NEWSFOLD_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)
LANGUAGES = ("english", "arabic", "czech", "french", "greek", "hebrew", "hindi")
"""Of multiling2011."""

_MONTHS = calendar.month_name[1:]
_DATE = re.compile(rf"\b(?P<month>{'|'.join(_MONTHS)}) (?P<day>\d{{1,2}}), (?P<year>\d{{4}})")
_ABOVE = 250
"""Characters: a caption may stand before the date."""

BUDGETS = (50, 100, 220)
"""Words that a summary of these corpora is asked to have."""


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
    """Ten articles and up to three human summaries of about 250 words.

    The articles have the date that stands above their text.
    """
    return [
        GoldSummary(
            str(row["id"]),
            tuple(replace(a, published=_dated(a.body)) for a in _articles(row)),
            tuple(_texts(row["references"])),
        )
        for row in rows("multiling2011")
        if row["lang"] == language
    ]


def wikinews(languages: Container[str] = LANGUAGES) -> list[dict[str, object]]:
    """The articles of multiling2011, as rows of a cluster corpus, each with its language.

    A story told in two languages is two stories.
    """
    return [
        {
            "id": article.id,
            "title": article.title,
            "text": article.body,
            "cluster": row["id"],
            "lang": row["lang"],
        }
        for row in rows("multiling2011")
        if row["lang"] in languages
        for article in _articles(row)
    ]


def split_document(document: str) -> tuple[str, str]:
    """The title, which is the first line, and the text below it.

    Documents differ in what ends the title: a blank line, or, in many of those that are not
    English, a line feed or a carriage return alone. A document of one line is its own text.
    """
    title = document.splitlines()[0]
    text = document[len(title) :].strip()
    return title.strip(), text or title.strip()


def article_of(row: Mapping[str, object]) -> Article:
    """The article of a row with `id`, `title`, `text` and perhaps `date`."""
    return Article(
        id=str(row["id"]),
        title=str(row["title"] or ""),
        body=str(row["text"]),
        published=date_of(row.get("date")),
    )


def date_of(value: object) -> dt.datetime | None:
    """A date of a corpus, UTC where it names no zone; None for an empty one."""
    if not value:
        return None
    date = dt.datetime.fromisoformat(str(value))
    return date if date.tzinfo else date.replace(tzinfo=dt.UTC)


def _articles(row: dict[str, object]) -> tuple[Article, ...]:
    articles = []
    for i, document in enumerate(_texts(row["documents"])):
        title, body = split_document(document)
        articles.append(Article(id=f"{row['id']}-{i}", title=title, body=body, language=""))
    return tuple(articles)


def _dated(body: str) -> dt.datetime | None:
    """The first date of the opening of an English text: Wikinews has it as a line of its own."""
    found = _DATE.search(body[:_ABOVE])
    if found is None:
        return None
    month = _MONTHS.index(found["month"]) + 1
    return dt.datetime(int(found["year"]), month, int(found["day"]), tzinfo=dt.UTC)


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)  # noqa: S101 - the corpus's own shape
    return [str(text) for text in value]
