"""The last cut of a summary: whole sentences, the least important first, until it fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence as SequenceOf

    from newsfold.pipeline.types import Sentence, SummarySentence


@dataclass(frozen=True, slots=True)
class Candidate:
    """A checked sentence on its way into the summary."""

    sentence: SummarySentence
    extract: Sentence
    """The article's sentence it was made from, or that it is."""
    rank: int
    """Importance, 0 the most."""
    shown: bool = False
    """Whether the text holds the extract word for word."""
    named: frozenset[int] = frozenset()
    """Numbers of the conflicts whose other side it names."""
    unnamed: Candidate | None = None
    """Itself without the other sides; None if it names none."""


def count_words(text: str) -> int:
    """Words as a reader counts them: runs between white space."""
    return len(text.split())


def fit(
    candidates: SequenceOf[Candidate], target_words: int, max_sentences: int | None
) -> list[Candidate]:
    """The candidates that fit, in the order given; the most important is kept whatever its length.

    Candidates are taken by importance as long as they fit, so a long one may be passed over in
    favour of a shorter, less important one. The same text is never taken twice.
    """
    taken: set[int] = set()
    texts: set[str] = set()
    words = 0
    for position in sorted(range(len(candidates)), key=lambda i: (candidates[i].rank, i)):
        text = candidates[position].sentence.text
        if max_sentences is not None and len(taken) >= max_sentences:
            break
        if text in texts or (taken and words + count_words(text) > target_words):
            continue
        taken.add(position)
        texts.add(text)
        words += count_words(text)
    return [candidates[i] for i in sorted(taken)]
