"""What keeps the rewriter to its sources while it writes, and which of its beams is taken.

A row may write the word pieces of its own sentences and a list of free ones that came with the
checkpoint: function words and common verbs, no figures, names, negations or hedges. What cannot be
seen piece by piece is judged on whole candidates: the one with the fewest faults wins, then the one
that is likely and keeps words together as a source has them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from transformers.generation import LogitsProcessor

from newsfold.pipeline import facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsfold.model.engine import Ids, Row

SUPPORT_WEIGHT = 1.0
"""Log probability per token that full support is worth; see the table in MODEL_CARD.md."""
_FINAL = re.compile(r"[.!?…][\"”’')\]]*$")


class AllowedTokens:
    """The tokens that a row of the rewriter may write."""

    def __init__(self, free: Iterable[int], quotes: Iterable[int]) -> None:
        """`free`: ids that any row may write; `quotes`: ids of double quotation marks."""
        self._free = frozenset(free)
        self._quotes = frozenset(quotes)

    def of(self, ids: Ids) -> Ids:
        """Ascending, for the input `ids` of a row. Quotation marks only if the input has some."""
        own = {*ids, *self._free}
        return tuple(sorted(own | self._quotes if self._quotes & set(ids) else own - self._quotes))


class OnlyAllowed(LogitsProcessor):  # type: ignore[misc]
    """Keeps the rows of a cohort to their `allowed` tokens, for engines that use `generate`."""

    def __init__(self, rows: Sequence[Row], beams: int, ends: Iterable[int], width: int) -> None:
        """Mask of shape (rows x beams, width): what is not allowed gets no probability."""
        mask = torch.zeros(len(rows), width)
        for i, row in enumerate(rows):
            if row.allowed is not None:
                mask[i] = -torch.inf
                mask[i, [*row.allowed, *ends]] = 0.0
        self._mask = mask.repeat_interleave(beams, 0)

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """The scores, renormalised over what is allowed."""
        allowed = scores + self._mask.to(scores.device)
        return torch.log_softmax(allowed, -1)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A beam in display form."""

    text: str
    score: float
    """Log probability per token."""


def choose(candidates: Sequence[Candidate], sources: Sequence[str], *, headline: bool) -> int:
    """The position of the candidate to take; the earlier of equals."""
    judge = _Judge(sources, headline)

    def order(i: int) -> tuple[int, float]:
        candidate = candidates[i]
        worth = candidate.score + SUPPORT_WEIGHT * judge.support(candidate.text)
        return judge.faults(candidate.text), -worth

    return min(range(len(candidates)), key=order)


class _Judge:
    """Compares texts with the sources they were made from."""

    def __init__(self, sources: Sequence[str], headline: bool) -> None:
        tokens = [facts.tokens(source) for source in sources]
        self._words = {word for source in tokens for word in source}
        self._pairs = {pair for source in tokens for pair in pairwise(source)}
        self._figures = {q.key for source in sources for q in facts.quantities(source)}
        self._names = {w for s in sources for name in facts.names(s) for w in facts.tokens(name)}
        self._headline = headline

    def faults(self, text: str) -> int:
        """What a reader would stumble over, counted."""
        figures = {q.key for q in facts.quantities(text)} - self._figures
        names = {w for name in facts.names(text) for w in facts.tokens(name)} - self._names
        polar = {w for w in facts.tokens(text) if facts.polarity(w)} - self._words
        return (
            len(figures)
            + len(names - self._words)
            + len(polar)
            + (not is_balanced(text))
            + repeats_a_trigram(text)
            + (not self._headline and _FINAL.search(text) is None)
        )

    def support(self, text: str) -> float:
        """Share of neighbouring words that are neighbours in a source; 1 for a word alone."""
        pairs = list(pairwise(facts.tokens(text)))
        return sum(pair in self._pairs for pair in pairs) / len(pairs) if pairs else 1.0


def is_balanced(text: str) -> bool:
    """Whether quotation marks and brackets come in pairs."""
    return text.count('"') % 2 == 0 and all(text.count(a) == text.count(b) for a, b in _PAIRS)


_PAIRS = (("“", "”"), ("(", ")"), ("[", "]"))


def repeats_a_trigram(text: str) -> bool:
    """Whether three words in a row come twice."""
    words = facts.tokens(text)
    runs = list(zip(words, words[1:], words[2:], strict=False))
    return len(set(runs)) < len(runs)
