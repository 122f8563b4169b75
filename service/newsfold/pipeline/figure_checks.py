"""Is every figure of a sentence a source's figure, of the same thing, with the same bound?

value      the number, currency and percent; "three" is 3, "$1.5bn" is "1.5 billion dollars",
           "one in five" is "20 percent", "a decade" is "ten years"
bound      "at least", "more than": neither gained nor lost
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

    from newsfold.pipeline.facts import Quantity

_Key: TypeAlias = tuple[float, str, bool]
_DIRECTION = re.compile(r"\b(to|by|from) (?:(?:an?|the) )?$", re.IGNORECASE)
_BEFORE = 12
"""Characters before a figure in which its direction is told."""


@dataclass
class _Stated:
    """All that sources say with one figure."""

    limits: set[str] = field(default_factory=set)
    directions: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    bound: str = ""


def wrong_figure(text: str, sources: Sequence[str]) -> str | None:
    """The first figure of `text` that no source bears out, in words, or None."""
    stated = _stated(sources)
    shares = {share for source in sources for share, _, _ in facts.fractions(source)}
    shares |= {value for value, _, percent in stated if percent}
    implied = {value for source in sources for value in facts.implied_values(source)}
    counts = {noun for known in stated.values() for noun in known.counted}
    fractions = facts.fractions(text)
    for share, start, end in fractions:
        if share not in shares:
            return text[start:end]
    inside = {place for _, start, end in fractions for place in range(start, end)}
    for quantity in facts.quantities(text):
        if quantity.start in inside:
            continue
        known = stated.get(quantity.key)
        if known is None:
            if quantity.value in (shares if quantity.percent else implied):
                continue
            return quantity.text
        fault = _fault(quantity, text, known, counts)
        if fault is not None:
            return fault
    return None


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
