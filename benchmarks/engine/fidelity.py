"""How near what an engine writes is to what `generate` writes in float32, and to the targets."""

from __future__ import annotations

import statistics
from itertools import takewhile
from typing import TYPE_CHECKING

from benchmarks.report import Result
from newsfold.model.engine import Hypothesis
from training.metrics import score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.engine import Ids
    from newsfold.model.prompt import Profile, Prompt
    from training.rows import Row as DevRow

GOAL_SAME = 99.0
"""Percent of the tokens."""


def same_tokens(ids: Sequence[Ids], expected: Sequence[Ids]) -> float:
    """Percent of the expected tokens that stand before the first difference of their row."""
    pairs = list(zip(ids, expected, strict=True))
    return 100 * sum(map(_shared_beginning, pairs)) / sum(len(b) for _, b in pairs)


def same_rows(ids: Sequence[Ids], expected: Sequence[Ids]) -> float:
    """Percent of the rows that are equal as a whole."""
    return 100 * statistics.mean(a == b for a, b in zip(ids, expected, strict=True))


def texts_of(profile: Profile, prompts: Sequence[Prompt], ids: Sequence[Ids]) -> list[str]:
    """What the service would make of these tokens, were they its only candidate."""
    return [
        profile.text(prompt, [Hypothesis(row, ended=True)])[0]
        for prompt, row in zip(prompts, ids, strict=True)
    ]


def rouge2(texts: Sequence[str], rows: Sequence[DevRow]) -> float:
    """Stemmed ROUGE-2 F against the rows' targets, percent."""
    return score(texts, [row.target for row in rows], [row.inputs for row in rows]).rouge2


def agreement(
    system: str, setting: str, ids: Sequence[Ids], expected: Sequence[Ids]
) -> list[Result]:
    """Rows of the table; ours have a goal."""
    told = Result("same tokens", system, setting, same_tokens(ids, expected), "%")
    return [
        told.at_least(GOAL_SAME) if system.startswith("newsfold") else told,
        Result("same rows", system, setting, same_rows(ids, expected), "%"),
    ]


def _shared_beginning(pair: tuple[Ids, Ids]) -> int:
    """Tokens before the first difference."""
    return sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(*pair, strict=False)))
