"""Is every figure of a sentence a source's figure, of the same thing, with the same bound?

value      the number, currency and percent; "three" is 3, "$1.5bn" is "1.5 billion dollars",
           "one in five" is "20 percent", "half" is "50 percent", "two weeks" are "14 days"
bound      "at least", "more than": neither gained nor lost; a "minimum" is "at least"
direction  "to 15" is not "by 15" or "from 15"
counted    "60 houses" is not "60 firefighters" where a source counts the houses differently
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from newsfold.pipeline import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.facts import Duration, Quantity

_Key: TypeAlias = tuple[float, str, bool]
_DIRECTION = re.compile(r"\b(to|by|from) (?:(?:an?|the) )?$", re.IGNORECASE)
_HALF = 50.0
"""Percent."""
_BEFORE = 12
"""Characters before a figure in which its direction is told."""


@dataclass
class _Stated:
    """All that sources say with one figure."""

    limits: set[str] = field(default_factory=set)
    directions: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    bound: str = ""


@dataclass(frozen=True, slots=True)
class _Implied:
    """What sources say of figures in other words than figures."""

    shares: frozenset[float]
    """In percent."""
    halves: frozenset[str]
    """The bounds of what is said of "half"."""
    values: frozenset[float]
    lengths: frozenset[tuple[float, str, str]]
    minimum: bool
    """Whether something is the least that may be."""

    def bear_out(self, quantity: Quantity, duration: Duration | None) -> bool:
        """Whether a figure that no source has is one that a source has in words."""
        if duration is not None and duration.key in self.lengths:
            return True
        if not quantity.percent:
            return quantity.value in self.values
        half = quantity.value == _HALF and quantity.limit in self.halves
        return half or quantity.value in self.shares


def wrong_figure(text: str, sources: Sequence[str]) -> str | None:
    """The first figure of `text` that no source bears out, in words, or None."""
    stated, implied = _stated(sources), _implied(sources)
    counts = {noun for known in stated.values() for noun in known.counted}
    shares = implied.shares | {value for value, _, percent in stated if percent}
    fractions = facts.fractions(text)
    for share, start, end in fractions:
        if share not in shares and not (share == _HALF and "" in implied.halves):
            return text[start:end]
    inside = {place for _, start, end in fractions for place in range(start, end)}
    durations = {duration.start: duration for duration in facts.durations(text)}
    for quantity in facts.quantities(text):
        if quantity.start in inside:
            continue
        known = stated.get(quantity.key)
        if known is None:
            if implied.bear_out(quantity, durations.get(quantity.start)):
                continue
            return quantity.text
        if implied.minimum:
            known.limits.add("at least")
        fault = _fault(quantity, text, known, counts)
        if fault is not None:
            return fault
    return None


def _implied(sources: Sequence[str]) -> _Implied:
    return _Implied(
        frozenset(share for source in sources for share, _, _ in facts.fractions(source)),
        frozenset(limit for source in sources for limit in facts.half_limits(source)),
        frozenset(value for source in sources for value in facts.implied_values(source)),
        frozenset(duration.key for source in sources for duration in facts.durations(source)),
        any("minimum" in facts.tokens(source) for source in sources),
    )


def _stated(sources: Sequence[str]) -> dict[_Key, _Stated]:
    found: dict[_Key, _Stated] = {}
    for source in sources:
        for quantity in facts.quantities(source):
            known = found.setdefault(quantity.key, _Stated(bound=quantity.bound))
            known.limits.add(quantity.limit)
            known.directions.add(_direction(quantity, source))
            known.counted.add(quantity.counted)
    return found


def _fault(quantity: Quantity, text: str, known: _Stated, counts: set[str]) -> str | None:
    if quantity.limit not in known.limits:
        return f"{quantity.text} without {known.bound!r}"
    direction = _direction(quantity, text)
    if direction and not known.directions & {direction, ""}:
        return f"{direction} {quantity.text}"
    noun = quantity.counted
    if noun and not known.counted & {noun, ""} and noun in counts:
        return f"{quantity.text} of another thing"
    return None


def _direction(quantity: Quantity, text: str) -> str:
    match = _DIRECTION.search(text[max(0, quantity.start - _BEFORE) : quantity.start])
    return match.group(1).lower() if match else ""
