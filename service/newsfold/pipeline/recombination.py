"""True words that make a false sentence: where a text joins what no source joins.

    seams     neighbours inside a clause that are neighbours in no source
    orphans   predicates without a subject of their own, from a source that does not name theirs
    contrasts clauses with "but" behind another statement than in their source

A heuristic over words and punctuation, no parser: clauses are told by their marks and conjunctions.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from newsfold.pipeline import facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def seams(text: str, sources: Sequence[str], window: int) -> list[str]:
    """Pairs of neighbouring content words of one clause that no source has within `window` words.

    Around a preposition either order will do, twice as far: adjuncts may change places.
    """
    places = [_places(source) for source in sources]
    pairs = {
        (left.stem, right.stem, joint): None
        for left, right in pairwise(_content(text))
        if (joint := _joint(text, left, right)) is not _Joint.CLAUSE
    }
    return [
        f"{left} … {right}"
        for left, right, joint in pairs
        if not any(_near(left, right, joint, p, window) for p in places)
    ]


def orphans(text: str, sources: Sequence[str], subject_words: int) -> list[str]:
    """Predicates that go on after a break and are in no source with anything of their subject.

    The subject of "X, the owner, was fined" and of "X sank and was raised" is what stands before
    the first break, up to `subject_words` content words; that of "X, who was fined" what stands
    before "who". One name of it is enough, or half its words.
    """
    known = [set(_places(source)) for source in sources]
    words = _content(text)
    breaks = [i for i in range(1, len(words)) if _breaks(text, words[i - 1], words[i])]
    found = []
    for i in breaks:
        between = text[words[i - 1].end : words[i].start]
        if not _is_bare(between, text[words[i].start : words[i].end]):
            continue
        if _RELATIVE.search(between):
            subject = words[max(0, i - subject_words) : i]
        else:
            subject = words[: min(breaks[0], subject_words)]
        if not any(words[i].stem in source and _names(subject, source) for source in known):
            found.append(f"{subject[0].stem} … {words[i].stem}")
    return found


def contrasts(text: str, sources: Sequence[str]) -> list[str]:
    """Clauses behind "but" that a source has behind a statement of quite other words.

    "Hiring grew by 22,000, but 1,000 of the jobs are temporary" is not "The economy grew by
    136,000, but 1,000 of the jobs are temporary".
    """
    found = []
    for before, after in _around_but(text):
        told = set(facts.content_words(before))
        opened = facts.tokens(after)[:_OPENING]
        stated = [
            set(facts.content_words(front))
            for source in sources
            for front, back in _around_but(source)
            if facts.tokens(back)[:_OPENING] == opened
        ]
        if stated and told and not any(3 * len(told & front) > len(told) for front in stated):
            found.append(f"but {' '.join(opened)}")
    return found


def _around_but(text: str) -> list[tuple[str, str]]:
    """What stands before and after each "but" between clauses."""
    return [
        (
            text[max(0, but.start() - _CLAUSE_CHARS) : but.start()],
            text[but.end() : but.end() + _CLAUSE_CHARS],
        )
        for but in _BUT.finditer(text)
    ]


@dataclass(frozen=True, slots=True)
class _Word:
    """A content word where it stands; a figure's stem is its value: "thirty" is 30."""

    stem: str
    start: int
    end: int
    capital: bool


class _Joint(Enum):
    """What stands between two neighbouring content words."""

    CLAUSE = "clause"
    ADJUNCT = "adjunct"
    """A preposition: adjuncts ("on Tuesday", "in Moscow") may change places."""
    SPEECH = "speech"
    """A bare "said": who said it and what was said may be far apart, but in one source."""
    NOTHING = "nothing"


_CLAUSE_BREAK = re.compile(
    r"[,;:—–()“”\"]|\b(?:and|but|or|after|before|while|as|when|where|because|since|until|although"
    r"|though|if|that|which|who|whose|said|says|saying|with|amid|following|despite)\b",
    re.IGNORECASE,
)
"""Where a sentence may take up words from elsewhere: punctuation, a conjunction, a relative."""
_PREPOSITION = re.compile(
    r"\b(?:by|in|on|at|to|for|from|over|during|of|about|against|into|near)\b", re.IGNORECASE
)
_RELATIVE = re.compile(r"\b(?:who|which|that)\b", re.IGNORECASE)
_BARE = re.compile(
    r"(?:[,;:–—()“”\"]|\b(?:and|but|or|who|which|that))\s*(?:(?:also|then|now|later) )?"
    r"(?:was|were|is|are|will|has|have|had|would|could|can|may|might|must|should|did|does|do|said"
    r"|says)\b",
    re.IGNORECASE,
)
"""A break and an auxiliary: whoever is meant stands before."""
_BUT = re.compile(r"[,;] but\b")
_OPENING = 3
"""Words that tell a clause."""
_CLAUSE_CHARS = 400
"""Read on either side, so that hostile text takes no square of its length."""
_SPEECH = re.compile(r"[^,;:—–()“”\"]*\b(?:said|says)\b[^,;:—–()“”\"]*", re.IGNORECASE)
_BREAK_BEFORE = re.compile(r"(?:[,;:–—]|\b(?:and|but|or|who|which|that))\s*$", re.IGNORECASE)
_VERBAL = ("ed", "ing")


def _content(text: str) -> list[_Word]:
    return [
        _Word(_canonical(m.group()), m.start(), m.end(), m.group()[0].isupper())
        for m in facts.WORD.finditer(text)
        if facts.content_words(m.group())
    ]


def _joint(text: str, left: _Word, right: _Word) -> _Joint:
    between = text[left.end : right.start]
    if _SPEECH.fullmatch(between):
        return _Joint.SPEECH
    if _CLAUSE_BREAK.search(between):
        return _Joint.CLAUSE
    return _Joint.ADJUNCT if _PREPOSITION.search(between) else _Joint.NOTHING


def _breaks(text: str, left: _Word, right: _Word) -> bool:
    return _joint(text, left, right) in {_Joint.CLAUSE, _Joint.SPEECH}


def _is_bare(between: str, word: str) -> bool:
    """Whether a predicate begins here without a subject of its own."""
    if _BARE.search(between):
        return True
    return word.islower() and word.endswith(_VERBAL) and bool(_BREAK_BEFORE.search(between))


def _names(subject: Sequence[_Word], source: set[str]) -> bool:
    shared = [word for word in subject if word.stem in source]
    named = any(word.capital and word.stem not in facts.WEEKDAYS for word in shared)
    return named or 2 * len(shared) >= max(1, len(subject))


def _canonical(word: str) -> str:
    """A stem, or the value of a figure: "thirty" is 30."""
    figures = facts.quantities(word)
    return f"{figures[0].value:g}" if figures else facts.content_words(word)[-1]


@lru_cache(maxsize=10_000)
def _places(source: str) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = {}
    for i, match in enumerate(facts.WORD.finditer(source)):
        if facts.content_words(match.group()):
            places.setdefault(_canonical(match.group()), []).append(i)
    return places


def _near(
    left: str, right: str, joint: _Joint, places: Mapping[str, list[int]], window: int
) -> bool:
    """Whether the words stand so close in a source; places are in order."""
    if joint is _Joint.SPEECH:
        return left in places and right in places
    lefts, rights = places.get(left, ()), places.get(right, ())
    if joint is _Joint.ADJUNCT:
        return _follows(lefts, rights, 2 * window) or _follows(rights, lefts, 2 * window)
    return _follows(lefts, rights, window)


def _follows(first: Sequence[int], second: Sequence[int], window: int) -> bool:
    """Whether some place of `second` comes at most `window` after one of `first`."""
    for place in first:
        after = bisect_right(second, place)
        if after < len(second) and second[after] - place <= window:
            return True
    return False
