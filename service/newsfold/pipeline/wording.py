"""How a conflict is put into words: who says so, and the frame of the other side. English."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from newsfold.pipeline.claims import AMOUNT, CASUALTIES
from newsfold.pipeline.facts import WEEKDAYS, calendar_days
from newsfold.pipeline.types import ConflictKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from newsfold.pipeline.types import Conflict, ConflictSide

_REPORTING = re.compile(
    r"\b(?:said|says?|according to|reported|reports|told|estimated|estimates|puts? the)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[;:] |, (?:and|but|while|as|when|after|before)\b", re.IGNORECASE)
_ABBREVIATION = re.compile(r"\b\w\.$|\.\w\.$")


def is_attributed(text: str, value: str) -> bool:
    """Whether the clause of `text` that holds `value` says who says so."""
    place = text.lower().find(value.lower())
    ends = [0, *(m.end() for m in _CLAUSE_END.finditer(text)), len(text)]
    start = max(end for end in ends if end <= max(0, place))
    end = min((end for end in ends if end > max(0, place)), default=len(text))
    return _REPORTING.search(text[start:end]) is not None


def said(conflict: Conflict, side: ConflictSide) -> str:
    """The frame: what is counted or dated, and the side's own words for it."""
    if conflict.kind is ConflictKind.DATE:
        return f"the {conflict.subject} as {side.value}"
    value = lower_first(side.value)
    if conflict.subject.startswith(f"{AMOUNT} in "):
        return f"the {AMOUNT} as {value}"
    of = "" if conflict.subject in CASUALTIES else "of "
    return f"the number {of}{conflict.subject} as {value}"


def lower_first(value: str) -> str:
    """A figure as it stands inside a sentence: "at least 30"; "US$3", a day and a month stay."""
    named = value.lower().startswith(WEEKDAYS) or calendar_days(value)
    return value if named or not value[1:2].islower() else value[0].lower() + value[1:]


def joined(text: str, sides: Mapping[str, Sequence[str]]) -> str:
    """`text` and what each source says against it, in the frames of `said`.

    Behind a semicolon; behind a closing quotation mark as a sentence of its own.
    """
    clauses = "; ".join(f"{source} gives {' and '.join(said)}" for source, said in sides.items())
    if not text.endswith("."):
        return f"{text} {clauses[0].upper()}{clauses[1:]}."
    head = text if _ABBREVIATION.search(text) else text[:-1]
    return f"{head}; {clauses}."
