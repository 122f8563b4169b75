"""Which numbers the sentences of a group state, and in which conflicts they are evidence."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from newsfold.pipeline.claims import counting, noun
from newsfold.pipeline.facts import quantities, stem
from newsfold.pipeline.types import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

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
    return tuple(_marked(group, disputed) for group in groups)


def _marked(
    group: OverlapGroup, disputed: Mapping[tuple[int, Span], AbstractSet[int]]
) -> OverlapGroup:
    counts = any(quantities(s.text) for s in group.sentences)
    figures = tuple(_stated(group)) if counts else ()
    places = (disputed.get((s.article, s.span), frozenset()) for s in group.sentences)
    conflicts = tuple(sorted(frozenset().union(*places))) if disputed else ()
    if (figures, conflicts) == (group.figures, group.conflicts):
        return group
    return replace(group, figures=figures, conflicts=conflicts)


def _stated(group: OverlapGroup) -> Iterator[Figure]:
    """Its figures, each number with its bound and unit once."""
    told: dict[object, list[_Told]] = defaultdict(list)
    for place, sentence in enumerate(group.sentences):
        for quantity in counting(sentence.text):
            if _is_time(quantity, sentence.text):
                continue
            unit = _unit(quantity, sentence.text)
            alike = told[quantity.key, quantity.limit]
            figure = next((f for f in alike if f.may_count(unit)), None)
            if figure is None:
                figure = _Told(quantity.text)
                alike.append(figure)
            figure.unit = figure.unit or unit
            figure.places[place] = None
    for figures in told.values():
        for figure in figures:
            yield Figure(figure.value, figure.unit, tuple(figure.places))


@dataclass(slots=True)
class _Told:
    """A number of one unit, and the positions of the sentences that state it, in order."""

    value: str
    unit: str = ""
    places: dict[int, None] = field(default_factory=dict)

    def may_count(self, unit: str) -> bool:
        """Whether it is of this unit, or either is of none that is known."""
        return not unit or not self.unit or stem(unit) == stem(self.unit)


def _unit(quantity: Quantity, text: str) -> str:
    return quantity.currency or ("%" if quantity.percent else noun(quantity, text))


def _is_time(quantity: Quantity, text: str) -> bool:
    """Whether it is a part of "7:40 a.m."."""
    before = text[max(0, quantity.start - 2) : quantity.start]
    return bool(_CLOCK_BEFORE.search(before) or _CLOCK_AFTER.match(text, quantity.end))
