"""Which numbers the sentences of a group state, and in which conflicts they are evidence."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from newsfold.pipeline.claims import counts_nothing, noun
from newsfold.pipeline.facts import quantities
from newsfold.pipeline.types import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from newsfold.pipeline.facts import Quantity
    from newsfold.pipeline.types import Conflict, OverlapGroup, Span

_CLOCK_BEFORE = re.compile(r"\d[:.]$")
_CLOCK_AFTER = re.compile(r":\d|\s?[ap]\.?m\b", re.IGNORECASE)


def marked(
    groups: Sequence[OverlapGroup], conflicts: Sequence[Conflict]
) -> tuple[OverlapGroup, ...]:
    """The groups of a story with their figures and the positions of their conflicts."""
    disputed: dict[tuple[int, Span], set[int]] = defaultdict(set)
    for position, conflict in enumerate(conflicts):
        for side in conflict.sides:
            for passage in side.evidence:
                disputed[passage.article, passage.span].add(position)
    return tuple(
        replace(
            group,
            figures=tuple(_stated(group)),
            conflicts=tuple(
                sorted(set().union(*(disputed[s.article, s.span] for s in group.sentences)))
            ),
        )
        for group in groups
    )


def _stated(group: OverlapGroup) -> Iterator[Figure]:
    """Its figures, each number with its bound once."""
    told: dict[object, tuple[str, str, list[int]]] = {}
    for place, sentence in enumerate(group.sentences):
        for quantity in quantities(sentence.text):
            if counts_nothing(quantity, sentence.text) or _is_time(quantity, sentence.text):
                continue
            unit = _unit(quantity, sentence.text)
            key = (quantity.key, quantity.limit)
            value, known, places = told.setdefault(key, (quantity.text, unit, []))
            told[key] = (value, known or unit, places)
            if place not in places:
                places.append(place)
    for value, unit, places in told.values():
        yield Figure(value, unit, tuple(places))


def _unit(quantity: Quantity, text: str) -> str:
    return quantity.currency or ("%" if quantity.percent else noun(quantity, text))


def _is_time(quantity: Quantity, text: str) -> bool:
    """Whether it is a part of "7:40 a.m."."""
    before, after = text[: quantity.start], quantity.end
    return bool(_CLOCK_BEFORE.search(before) or _CLOCK_AFTER.match(text, after))
