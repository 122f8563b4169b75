"""One file -> its articles, by format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from newsfold.client.articles import article
from newsfold.readers.errors import InputError
from newsfold.readers.records import labelled_lines, records_of_document, records_of_lines

if TYPE_CHECKING:
    from pathlib import Path

    from newsfold.v1 import newsfold_pb2 as pb

MAX_FILE_BYTES = 256 * 1024 * 1024
"""Eight times the server's default max_request_bytes: no request is that large, and an endless
file (a device, a pipe) must not fill the memory."""

_JSON_START = re.compile(r"\s*(?:\{|\[\s*[\{\]])")
_HTML_START = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article and its place, for messages."""

    article: pb.Article
    origin: str
    """For example "feed.jsonl:3"."""


class Format(Enum):
    """What a file holds."""

    TEXT = "text"
    JSON = "json"
    JSON_LINES = "json lines"
    HTML = "html"


_BY_SUFFIX = {
    ".txt": Format.TEXT,
    ".json": Format.JSON,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
    ".html": Format.HTML,
    ".htm": Format.HTML,
}


def read_file(path: Path) -> list[ReadArticle]:
    """The articles of a file, at least one. Raises InputError."""
    return read_bytes(bytes_of(path), name=str(path), suffix=path.suffix)


def bytes_of(path: Path) -> bytes:
    """What a file holds, one byte more than may be read at most. Raises InputError."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(error.strerror or str(error), file=str(path)) from error


def read_bytes(data: bytes, *, name: str, suffix: str = "") -> list[ReadArticle]:
    """The articles of some bytes, at least one; `name` stands in messages. Raises InputError."""
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"over {MAX_FILE_BYTES // 1024**2} MiB", file=name)
    format_ = _BY_SUFFIX.get(suffix.lower())
    if format_ is Format.HTML:
        return [_html_article(data, name)]
    text = _decode(data, name)
    match format_ or _sniff(text):
        case Format.HTML:
            return [_html_article(data, name)]
        case Format.JSON:
            found = records_of_document(text, name)
        case Format.JSON_LINES:
            found = records_of_lines(text, name)
        case Format.TEXT:
            return [_text_article(text, name)]
    if not found:
        raise InputError("holds no article", file=name)
    return [ReadArticle(article, origin) for article, origin in found]


def read_labelled(data: bytes, *, name: str) -> list[tuple[pb.Article, str]]:
    """(article, story) of each of some JSON lines, at least one. Raises InputError."""
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"over {MAX_FILE_BYTES // 1024**2} MiB", file=name)
    found = labelled_lines(_decode(data, name), name)
    if not found:
        raise InputError("holds no article", file=name)
    return found


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte 0x{data[error.start]:02x} is not UTF-8 text",
            file=name,
            line=data.count(b"\n", 0, error.start) + 1,
        ) from error


def _sniff(text: str) -> Format:
    """The format by how the text begins: a first line that is a whole object is a JSON line."""
    if _HTML_START.match(text):
        return Format.HTML
    if not _JSON_START.match(text):
        return Format.TEXT
    first_line, _, rest = text.strip().partition("\n")
    starts_anew = rest.lstrip().startswith("{")
    return (
        Format.JSON_LINES
        if first_line.rstrip().endswith("}") and first_line.startswith("{") and starts_anew
        else Format.JSON
    )


def _text_article(text: str, name: str) -> ReadArticle:
    first, _, rest = text.strip().partition("\n")
    if not first:
        raise InputError("is empty", file=name)
    title, body = (first.strip(), rest.strip()) if rest.strip() else ("", first.strip())
    return ReadArticle(article(title=title, body=body), name)


def _html_article(data: bytes, name: str) -> ReadArticle:
    # trafilatura takes half a second to import; only pages pay for it.
    from newsfold.readers.pages import article_of_page  # noqa: PLC0415

    return ReadArticle(article_of_page(data, name), name)
