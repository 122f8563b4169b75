"""Reads a news archive and leaves out the articles that the project is judged on.

An archive is JSONL (gzipped or not), one article a line: `id, title, text, published, source`.
"""

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

_NOT_WORD = re.compile(r"[\W_]+")
OPENING_CHARS = 160


@dataclass(frozen=True)
class Article:
    """One article as the archive gives it; `published` is None where the archive has no date."""

    id: str
    title: str
    text: str
    published: date | None
    source: str


@dataclass(frozen=True)
class Exclusions:
    """Normalised titles and openings of the articles that no training row may come from."""

    titles: frozenset[str]
    openings: frozenset[str]

    def covers(self, article: Article) -> bool:
        """True where the title or the first characters of the text are those of a held-out one."""
        return normal_form(article.title) in self.titles or _opening(article.text) in self.openings


def read_archive(path: Path) -> list[Article]:
    """Reads articles, skipping those without text; raises KeyError where `id` is missing."""
    articles = []
    for record in read_jsonl(path):
        text = record.get("text") or ""
        if text.strip():
            articles.append(
                Article(
                    id=str(record["id"]),
                    title=record.get("title") or "",
                    text=text,
                    published=_parse_date(record.get("published") or record.get("date")),
                    source=record.get("source") or "",
                )
            )
    return articles


def exclusions(held_out: Iterable[tuple[str, str]]) -> Exclusions:
    """Builds the exclusions from (title, text) pairs; empty titles and openings exclude nothing."""
    titles, openings = set(), set()
    for title, text in held_out:
        titles.add(normal_form(title))
        openings.add(_opening(text))
    return Exclusions(frozenset(titles - {""}), frozenset(openings - {""}))


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yields one object a line; `.gz` is unpacked on the way."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def normal_form(text: str) -> str:
    """Lower-case words joined by one space: equal for titles that differ in form only."""
    return _NOT_WORD.sub(" ", text.lower()).strip()


def _opening(text: str) -> str:
    opening = normal_form(text[: 2 * OPENING_CHARS])[:OPENING_CHARS]
    return opening if len(opening) == OPENING_CHARS else ""


def _parse_date(value: str | None) -> date | None:
    try:
        return date.fromisoformat((value or "")[:10])
    except ValueError:
        return None
