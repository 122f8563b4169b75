"""What each part of the similarity adds: BCubed F1 without it, at the height best without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.clustering import score
from benchmarks.report import Result
from newsfold.pipeline.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.gold import GoldSet
    from newsfold.pipeline.tuning import StoryTuning

_HEIGHTS = [step / 50 for step in range(15, 48)]
_VIEWS = {
    "embedding": ("embedding_weight",),
    "TF-IDF": ("words_weight",),
    "titles": ("title_weight", "told_weight"),
}


def layers(gold: GoldSet, setting: str) -> list[Result]:
    """One row for each part left out; the weight of a view is shared out to the others.

    What copies add does not show in these scores; see `benchmarks.reprints`.
    """
    tuning = Tuning().stories
    systems: dict[str, dict[str, float]] = {
        "newsfold, own best height": {},
        **{
            f"newsfold without {name}, own best height": shared_out(tuning, fields)
            for name, fields in _VIEWS.items()
        },
        "newsfold without time, own best height": {"penalty_a_day": 0.0},
        "newsfold without templates, own best height": {"templates": False},
        "newsfold without normalisation, own best height": {"commonness_weight": 0.0},
    }
    results = []
    for system, changed in systems.items():
        found = gold.labels_at(_HEIGHTS, tuning.model_copy(update=changed))
        best = max(score(labels, gold.gold).f1 for labels in found)
        results.append(Result("BCubed F1", system, setting, 100 * best, "%"))
    return results


def shared_out(tuning: StoryTuning, fields: Sequence[str]) -> dict[str, float]:
    """The weights of all views without these, with the same sum."""
    every = {name: getattr(tuning, name) for names in _VIEWS.values() for name in names}
    kept = sum(every.values()) - sum(every[name] for name in fields)
    return {n: 0.0 if n in fields else w * sum(every.values()) / kept for n, w in every.items()}
