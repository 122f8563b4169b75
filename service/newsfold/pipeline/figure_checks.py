"""Is every figure of a sentence a source's figure, of the same thing, with the same bound?

value      the number, currency and percent; "three" is 3, "$1.5bn" is "1.5 billion dollars",
           "one in five" is "20 percent", "a decade" is "ten years"
bound      "at least", "more than": neither gained nor lost
direction  "to 15" is not "by 15" or "from 15"
counted    "60 houses" is not "60 firefighters" where a source counts the houses differently
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from newsfold.pipeline import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.facts import Quantity

_DIRECTION = re.compile(r"\b(to|by|from) (?:(?:an?|the) )?$", re.IGNORECASE)
_BEFORE = 12
"""Characters before a figure in which its direction is told."""


def wrong_figure(text: str, sources: Sequence[str]) -> str | None:
    """The first figure of `text` that no source bears out, in words, or None."""
    stated = [(q, source) for source in sources for q in facts.quantities(source)]
    shares = {share for source in sources for share, _, _ in facts.fractions(source)}
    shares |= {q.value for q, _ in stated if q.percent}
    fractions = facts.fractions(text)
    for share, start, end in fractions:
        if share not in shares:
            return text[start:end]
    for quantity in facts.quantities(text):
        if any(start <= quantity.start < end for _, start, end in fractions):
            continue
        fault = _fault(quantity, text, stated, sources, shares)
        if fault is not None:
            return fault
    return None


def _fault(
    quantity: Quantity,
    text: str,
    stated: Sequence[tuple[Quantity, str]],
    sources: Sequence[str],
    shares: set[float],
) -> str | None:
    same = [(known, source) for known, source in stated if known.key == quantity.key]
    if not same:
        return None if _is_implied(quantity, sources, shares) else quantity.text
    if not any(quantity.limit == known.limit for known, _ in same):
        return f"{quantity.text} without {same[0][0].bound!r}"
    direction = _direction(quantity, text)
    directions = [_direction(known, source) for known, source in same]
    if direction and direction not in directions and all(directions):
        return f"{direction} {quantity.text}"
    if _counts_another(quantity, [known for known, _ in same], [known for known, _ in stated]):
        return f"{quantity.text} of another thing"
    return None


def _is_implied(quantity: Quantity, sources: Sequence[str], shares: set[float]) -> bool:
    """Whether a source says it in a word, or as a fraction."""
    if quantity.percent:
        return quantity.value in shares
    return not quantity.currency and any(
        quantity.value in facts.implied_values(source) for source in sources
    )


def _direction(quantity: Quantity, text: str) -> str:
    match = _DIRECTION.search(text[max(0, quantity.start - _BEFORE) : quantity.start])
    return match.group(1).lower() if match else ""


def _counts_another(
    quantity: Quantity, same: Sequence[Quantity], stated: Sequence[Quantity]
) -> bool:
    """Whether sources count other things with the figure, and this thing with other figures."""
    if not quantity.counted or not all(known.counted for known in same):
        return False
    if any(known.counted == quantity.counted for known in same):
        return False
    return any(k.counted == quantity.counted and k.key != quantity.key for k in stated)
