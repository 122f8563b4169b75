"""Step 1: which ranges of a body are the reporter's text. Offsets are into the body as sent.

Works on lines, since that is how pages leave their debris between paragraphs. Knows nothing of
sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsfold.pipeline.boilerplate import DATELINE, is_debris
from newsfold.pipeline.types import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsfold.pipeline.tuning import CleanTuning

_LINE = re.compile(r"[^\n\r\u2028\u2029]+")
_CREDIT = re.compile(r"\bvia [A-Z]|\b(?:Getty|Reuters|REUTERS|AFP|AP|EPA|Agency|Images)\b|[Pp]hoto")
_SHORT_CAPTION_WORDS = 20
_PLACEHOLDER = re.compile(
    r"open image modal|view image in fullscreen|enlarge this image", re.IGNORECASE
)
_ENDED = (".", "!", "?", "…", '"', "”", "’", "'", ")", "]", ":", ";", "。", "！", "？", "»")


@dataclass(frozen=True, slots=True)
class Line:
    """A stripped, non-empty line of a body."""

    span: Span
    text: str


def clean(body: str, tuning: CleanTuning) -> tuple[Span, ...]:
    """The lines of `body` that are news, in order, datelines ("MOSCOW (AP) —") taken off.

    Empty if every line is boilerplate. Otherwise at most `max_removed` of the characters go: beyond
    that the longest removed lines come back, since a rule that fits so much of an article is more
    likely wrong than the article.
    """
    lines = list(_lines(body))
    debris = [is_debris(line.text) for line in lines]
    _mark_captions(lines, debris)
    if all(debris):
        return ()
    _restore(lines, debris, tuning.max_removed)
    kept = (line for line, bad in zip(lines, debris, strict=True) if not bad)
    return tuple(_without_dateline(line) for line in kept)


def _lines(body: str) -> Iterator[Line]:
    for match in _LINE.finditer(body):
        text = match.group().strip()
        if text:
            start = match.start() + match.group().index(text[0])
            yield Line(Span(start, start + len(text)), text)


def _mark_captions(lines: list[Line], debris: list[bool]) -> None:
    """Mark the captions.

    A caption is what stands between an image and its credit, or before a credit if it has no full
    stop, or is short and the credit is a line in brackets.
    """
    for i in range(len(lines) - 1):
        credited = debris[i + 1] and _CREDIT.search(lines[i + 1].text)
        pictured = i > 0 and debris[i - 1] and _PLACEHOLDER.match(lines[i - 1].text)
        bracketed = lines[i + 1].text.startswith("(")
        short = bracketed and len(lines[i].text.split()) <= _SHORT_CAPTION_WORDS
        if credited and (pictured or short or not lines[i].text.endswith(_ENDED)):
            debris[i] = True


def _restore(lines: list[Line], debris: list[bool], max_removed: float) -> None:
    total = sum(len(line.text) for line in lines)
    removed = sum(len(line.text) for line, bad in zip(lines, debris, strict=True) if bad)
    marked = (i for i, bad in enumerate(debris) if bad)
    for i in sorted(marked, key=lambda i: (-len(lines[i].text), i)):
        if removed <= max_removed * total:
            return
        debris[i] = False
        removed -= len(lines[i].text)


def _without_dateline(line: Line) -> Span:
    match = DATELINE.match(line.text)
    if match is None or match.end() == len(line.text):
        return line.span
    return Span(line.span.start + match.end(), line.span.end)
