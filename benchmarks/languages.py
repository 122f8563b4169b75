"""Do the heights of the cut hold in languages that they were not chosen on?

The encoder does not read these languages; `newsfold.pipeline.foreign` compares words. A height
is chosen on three of them and judged on the three others, both ways, beside the defaults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.report import Result
from newsfold.pipeline.bcubed import Agreement, bcubed
from newsfold.pipeline.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.gold import GoldSet

HALVES = (("arabic", "czech", "french"), ("greek", "hebrew", "hindi"))
_HEIGHTS = np.round(np.arange(0.40, 0.90, 0.01), 2).tolist()
_BETAS = (0.5, 1.0)
"""NORMAL is to be best by the first, LOOSE by the second; see `newsfold.pipeline.calibration`."""


def heights_across(news: GoldSet) -> list[Result]:
    """Mean BCubed F of three languages at the height that the other three chose."""
    tuning = Tuning().stories
    curves: dict[str, list[Agreement]] = {}
    ours: dict[str, Agreement] = {}
    for language in (language for half in HALVES for language in half):
        part = news.in_language(language)
        found = part.labels_at(_HEIGHTS, tuning)
        curves[language] = [bcubed(labels, part.gold) for labels in found]
        ours[language] = bcubed(part.labels(tuning), part.gold)
    results = []
    for chosen_on, judged_on in (HALVES, HALVES[::-1]):
        names = ", ".join(language.title() for language in chosen_on)
        setting = "multiling " + ", ".join(language.title() for language in judged_on) + ", mean"
        for beta in _BETAS:
            row = best_row(curves, chosen_on, beta)
            here = _mean([curves[language][row] for language in judged_on], beta)
            default = _mean([ours[language] for language in judged_on], beta)
            metric = f"BCubed F{beta:g}"
            results += [
                Result(metric, "newsfold", setting, 100 * default, "%"),
                Result(metric, f"newsfold, height chosen on {names}", setting, 100 * here, "%"),
            ]
    return results


def best_row(
    curves: Mapping[str, Sequence[Agreement]], languages: Sequence[str], beta: float
) -> int:
    """Which height has the best mean F over the languages; of equals the middle one."""
    scores = np.mean([[a.f(beta) for a in curves[language]] for language in languages], axis=0)
    equals = np.flatnonzero(scores >= scores.max())
    return int(equals[len(equals) // 2])


def _mean(agreements: Sequence[Agreement], beta: float) -> float:
    return float(np.mean([agreement.f(beta) for agreement in agreements]))
