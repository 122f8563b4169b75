"""JSON -> article messages: which keys are read, and what may stand under them.

Keys that are not named in `_KEYS` are the caller's own and are not looked at.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from newsfold.client.articles import article
from newsfold.readers.dates import moment
from newsfold.readers.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from newsfold.v1 import newsfold_pb2 as pb

_KEYS = {
    "id": ("id",),
    "title": ("title", "headline"),
    "body": ("body", "text", "content"),
    "source": ("source", "publisher"),
    "url": ("url", "link"),
    "publish_time": ("publish_time", "publishTime", "published", "publish_date", "date"),
    "language": ("language", "lang"),
    "story": ("story",),
}
"""Accepted keys of each field; the first that is present and not null is read. `story` is read only
where it is asked for."""
_NAMES = frozenset(("id", "story"))


def records_of_lines(text: str, file: str) -> list[tuple[pb.Article, str]]:
    """(article, origin) of each line that is not blank. Raises InputError."""
    found = []
    # Not splitlines(): a JSON string may hold U+2028 as it is.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            value = _parse(line, file, first_line=number)
            found.append((_article(value, file, line=number), f"{file}:{number}"))
    return found


def labelled_lines(text: str, file: str) -> list[tuple[pb.Article, str]]:
    """(article, story) of each line that is not blank. Raises InputError."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            value = _parse(line, file, first_line=number)
            message = _article(value, file, line=number)
            assert isinstance(value, dict)  # noqa: S101 - or it would be no article
            record = _Record(value, file, number, "")
            story = record.text("story")
            if not story:
                raise record.fault("story", "missing; expected the name of the article's story")
            found.append((message, story))
    return found


def records_of_document(text: str, file: str) -> list[tuple[pb.Article, str]]:
    """(article, origin) of a document: one article, a list, or {"articles": [...]}."""
    value = _parse(text, file, first_line=1)
    if isinstance(value, dict) and "articles" in value:
        others = sorted(value.keys() - {"articles"})
        if others:
            raise InputError(
                "is not read from a file; only articles are", file=file, field=others[0]
            )
        value = value["articles"]
        if not isinstance(value, list):
            raise InputError("is not a list", file=file, field="articles")
    if not isinstance(value, list):
        return [(_article(value, file), file)]
    return [
        (_article(item, file, path=f"articles[{index}]"), f"{file}#articles[{index}]")
        for index, item in enumerate(value)
    ]


def _parse(text: str, file: str, *, first_line: int) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        problem = f"not JSON: {error.msg} at column {error.colno}"
        raise InputError(problem, file=file, line=first_line + error.lineno - 1) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"not usable JSON: {error}", file=file, line=first_line) from error


def _article(value: object, file: str, *, line: int | None = None, path: str = "") -> pb.Article:
    if not isinstance(value, dict):
        raise InputError(
            f"an article is a JSON object, not {_kind(value)}",
            file=file,
            line=line,
            field=path or None,
        )
    record = _Record(value, file, line, path)
    body = record.text("body")
    if body is None:
        raise record.fault("body", "missing; expected body, text or content")
    try:
        return article(
            id=record.text("id") or "",
            title=record.text("title") or "",
            body=body,
            source=record.text("source") or "",
            url=record.text("url") or "",
            publish_time=record.time("publish_time"),
            language=record.text("language") or "",
        )
    except ValueError as error:
        raise InputError(
            "holds half of a surrogate pair, which is not valid Unicode",
            file=file,
            line=line,
            field=path or None,
        ) from error


class _Record:
    """One JSON object, read field by field."""

    def __init__(self, value: dict[str, object], file: str, line: int | None, path: str) -> None:
        self._value = value
        self._file = file
        self._line = line
        self._path = path

    def fault(self, key: str, problem: str) -> InputError:
        """The error that names this record and the key."""
        field = f"{self._path}.{key}" if self._path else key
        return InputError(problem, file=self._file, line=self._line, field=field)

    def text(self, field: str) -> str | None:
        """A string, or None if the field is absent or null; an integer name is written out."""
        key, value = self._find(field)
        if value is None or isinstance(value, str):
            return value
        if field in _NAMES and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise self.fault(key, f"expected a string, found {_kind(value)}")

    def time(self, field: str) -> datetime | None:
        """A moment, or None if the field is absent, null or empty."""
        key, value = self._find(field)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise self.fault(key, f"expected a date, found {_kind(value)}")
        try:
            return moment(value)
        except ValueError as error:
            raise self.fault(key, str(error)) from error

    def _find(self, field: str) -> tuple[str, object]:
        for key in _KEYS[field]:
            if self._value.get(key) is not None:
                return key, self._value[key]
        return field, None


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"
