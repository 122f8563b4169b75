"""Where the sentences of a paragraph end.

English is split by nupunkt, whose model of abbreviations ("Sen.", "3 p.m.", "U.S.") ships inside
it; other languages by sentencex. What nupunkt gets wrong in news is mended here.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import nupunkt
import sentencex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def boundaries(text: str, language: str) -> list[tuple[int, int]]:
    """Ranges of the sentences of one paragraph, in order, without gaps but white space.

    `language` is a primary subtag; "" is read as English. Linear in the length of the text.
    """
    if language in {"en", ""}:
        found = [
            part for s, e in _windowed(text, _english, _WINDOW) for part in _missed(text, s, e)
        ]
        return _mended(text, found)
    return list(_windowed(text, partial(_foreign, language), _FOREIGN_WINDOW))


def _english(text: str) -> list[tuple[int, int]]:
    return [(int(start), int(end)) for start, end in nupunkt.sent_spans(text)]


def _foreign(language: str, text: str) -> list[tuple[int, int]]:
    found = sentencex.get_sentence_boundaries(language, text)
    return [(int(b["start_index"]), int(b["end_index"])) for b in found]


_WINDOW = 2_000
"""Characters given to a splitter at once, which takes time by the square of a run of marks: nupunkt
2.1 to 2.6 s for 20,000 question marks (AMD EPYC, 2026-11-26)."""
_FOREIGN_WINDOW = 5_000
"""The same for sentencex, 0.9 s for as many opening quotation marks: a quotation, which it keeps
whole, seldom runs across the end."""
_AHEAD = 100
"""Characters at the end of a window in which a boundary is not believed: what follows is cut."""


def _windowed(
    text: str, split: Callable[[str], list[tuple[int, int]]], window: int
) -> Iterator[tuple[int, int]]:
    """What `split` makes of the text, `window` characters at a time, each from a boundary on.

    A sentence of more than half a window is read on from the window's end, as one sentence.
    """
    begin, start = 0, None
    while True:
        last = begin + window >= len(text)
        done = begin
        for s, e in split(text[begin : begin + window]):
            start = begin + s if start is None else start
            if e > window - _AHEAD and not last:
                break
            yield start, begin + e
            done, start = begin + e, None
        if last:
            break
        if done < begin + window // 2:
            begin += window - _AHEAD
        else:
            begin, start = done, None
    if start is not None:
        yield start, len(text)


def starts_small(text: str) -> bool:
    """Whether a text begins with a small letter, "iPhone" excepted."""
    return text[:1].islower() and not text[1:2].isupper()


_TITLE = re.compile(
    r"\b(?:Lt|Gen|Sen|Sens|Rep|Reps|Gov|Govs|Col|Maj|Capt|Sgt|Cpl|Cmdr|Adm|Supt|Insp|Det|Amb|Atty"
    r"|Rev|Hon|Mr|Mrs|Ms|Prof|Messrs)\.\s*$"
)
_OPEN_BRACKET = re.compile(r"\([^()]{0,40}$")


def _mended(text: str, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without the boundaries that nupunkt sees inside "(R-Calif.), who" and "Lt. Gen. Roe".

    No sentence begins with a small letter or a closing bracket, unless the one before did.
    """
    mended: list[tuple[int, int]] = []
    for start, end in found:
        if mended and _goes_on(text, mended[-1], start):
            mended[-1] = (mended[-1][0], end)
        else:
            mended.append((start, end))
    return mended


def _goes_on(text: str, before: tuple[int, int], start: int) -> bool:
    tail = text[max(before[0], start - 50) : start]
    head = text[start : start + 20].lstrip(" \t\n—–-")
    if _TITLE.search(tail) or _OPEN_BRACKET.search(tail) or head.startswith((")", "]", ",", ";")):
        return True
    return starts_small(head) and not starts_small(text[before[0] : before[0] + 20].lstrip())


_MISSED = re.compile(r"\b(?P<word>[a-z]{4,})[.!?][\"”’)]*(?:\s+(?=[\"“‘(]?[A-Z])|(?=[A-Z][a-z]))")
"""Also without a space: "of the wall.The board", as carelessly joined pages have it."""
_ABBREVIATED = frozenset("approx dept govt capt corp assn bros messrs".split())


def _missed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Boundaries that nupunkt misses: its abbreviations are a lawyer's, "wall." among them."""
    for match in _MISSED.finditer(text, start, end):
        if match["word"] not in _ABBREVIATED and match.end() < end:
            yield start, match.end()
            start = match.end()
    yield start, end
