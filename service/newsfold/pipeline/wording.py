"""How a conflict is put into words: who says so, and the frame of the other side. English."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from newsfold.pipeline.types import ConflictKind

if TYPE_CHECKING:
    from newsfold.pipeline.types import Conflict, ConflictSide

CASUALTIES = frozenset(("killed", "injured", "missing", "arrested"))
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
        return f"gives the day as {side.value}"
    value = side.value[0].lower() + side.value[1:]
    of = "" if conflict.subject in CASUALTIES else "of "
    return f"gives the number {of}{conflict.subject} as {value}"


def joined(text: str, clauses: str) -> str:
    """Behind a semicolon; behind a closing quotation mark as a sentence of its own."""
    if not text.endswith("."):
        return f"{text} {clauses[0].upper()}{clauses[1:]}."
    head = text if _ABBREVIATION.search(text) else text[:-1]
    return f"{head}; {clauses}."
