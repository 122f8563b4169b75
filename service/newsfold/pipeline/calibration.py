"""The story distances that fit an embedder, found on articles whose stories are known.

A height of the cut is chosen for each granularity by the F measure that its purpose asks for. What
is chosen on some stories is also judged on others, and chosen again on samples of the stories, so
that a height that the data does not bear out is seen to be one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline.bcubed import Agreement, per_item
from newsfold.pipeline.stories import cuts
from newsfold.pipeline.types import Granularity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.tuning import StoryTuning
    from newsfold.pipeline.types import CleanArticle, Vectors
    from newsfold.pipeline.views import ArticleVectors

BETAS = {Granularity.STRICT: 0.25, Granularity.NORMAL: 0.5, Granularity.LOOSE: 1.0}
"""How much recall counts against precision: a wrong merge costs an editor more than a split, and
twice as much again where STRICT was asked for."""
_HEIGHTS = np.round(np.arange(0.20, 1.0, 0.01), 2)
_SAMPLES = 200
_INTERVAL = (5, 95)
"""Percentiles of the heights chosen on samples that are told."""
_SAME = 1e-6
"""Scores this near are one score: counted heights differ in their last bits."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A height, and what it is worth."""

    granularity: Granularity
    height: float
    scores: Agreement
    """On the stories that it was chosen on."""
    held_out: Agreement
    """Mean of two halves of the stories, each at the height that the other half chose."""
    lowest: float
    highest: float
    """Where nine in ten samples of the stories put it."""


@dataclass(frozen=True, slots=True)
class _Curve:
    """Agreement of each article at each height, shape (heights, n)."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]

    def at(self, row: int, weights: NDArray[np.float64]) -> Agreement:
        """The weighed mean over the articles."""
        total = weights.sum()
        return Agreement(
            float(self.precision[row] @ weights / total), float(self.recall[row] @ weights / total)
        )

    def best(self, weights: NDArray[np.float64]) -> dict[Granularity, int]:
        """The row of each granularity, STRICT not above NORMAL, nor NORMAL above LOOSE.

        Of equals the middle one: it is the farthest from either mistake.
        """
        rows = range(len(self.precision))
        agreements = [self.at(row, weights) for row in rows]
        chosen: dict[Granularity, int] = {}
        least = 0
        for granularity, beta in BETAS.items():
            scores = np.array([agreement.f(beta) for agreement in agreements])
            equals = np.flatnonzero(scores >= scores.max() - _SAME)
            least = max(least, int(equals[len(equals) // 2]))
            chosen[granularity] = least
        return chosen


def calibrate(
    articles: Sequence[CleanArticle],
    vectors: ArticleVectors,
    gold: Sequence[str],
    tuning: StoryTuning,
    cohort: Vectors | None,
) -> list[Choice]:
    """The choice for STRICT, NORMAL and LOOSE.

    `gold` is the story of each article: of `samples`, which sees to it that there are enough.
    """
    stories, numbers = np.unique(np.array(gold), return_inverse=True)
    curve = _curve(articles, vectors, gold, tuning, cohort)
    rng = np.random.default_rng(0)
    everything = curve.best(np.ones(len(gold)))
    side = (rng.permutation(len(stories)) % 2)[numbers]
    halves = [(side == 0).astype(float), (side == 1).astype(float)]
    of_half = [curve.best(weights) for weights in halves]
    drawn = [
        curve.best(np.bincount(sample, minlength=len(stories))[numbers].astype(float))
        for sample in rng.integers(0, len(stories), size=(_SAMPLES, len(stories)))
    ]
    found = []
    for granularity, row in everything.items():
        crossed = [
            curve.at(rows[granularity], weights)
            for rows, weights in zip(of_half, reversed(halves), strict=True)
        ]
        lowest, highest = np.percentile([_HEIGHTS[r[granularity]] for r in drawn], _INTERVAL)
        found.append(
            Choice(
                granularity,
                float(_HEIGHTS[row]),
                curve.at(row, np.ones(len(gold))),
                Agreement(
                    float(np.mean([scores.precision for scores in crossed])),
                    float(np.mean([scores.recall for scores in crossed])),
                ),
                float(lowest),
                float(highest),
            )
        )
    return found


def _curve(
    articles: Sequence[CleanArticle],
    vectors: ArticleVectors,
    gold: Sequence[str],
    tuning: StoryTuning,
    cohort: Vectors | None,
) -> _Curve:
    labels = cuts(articles, vectors, _HEIGHTS.tolist(), tuning, cohort)
    scored = [per_item(row, gold) for row in labels]
    return _Curve(np.array([p for p, _ in scored]), np.array([r for _, r in scored]))
