"""What of a labelled archive is used for what: some stories as strangers, the others to judge by.

A stranger must not be of a story that is judged: it would make that story's articles look common.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsfold.pipeline.cohort import STRANGERS

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_STORIES = 20
"""Stories of several articles below which nothing is chosen: a distance would be chance."""
LEAST_STRANGERS = 100
"""A mean over the nearest 20 of fewer says little of a field."""
MOST_ARTICLES = 4_000
"""Judged at once: their matrices take about 500 MB."""
_SEED = 0


class TooFewStoriesError(ValueError):
    """The archive is too small to choose anything by; the text says what there is."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Positions of articles."""

    strangers: tuple[int, ...]
    """One article of each of up to 600 stories; none if no strangers were asked for."""
    judged: tuple[int, ...]
    """All articles of other stories."""
    judged_stories: int
    """Stories among `judged` that have several articles."""


def draw(gold: Sequence[str], *, strangers: bool) -> Samples:
    """Divide the articles by their stories, always in the same way. Raises TooFewStoriesError."""
    sizes = Counter(gold)
    stories = sorted(sizes)
    random.Random(_SEED).shuffle(stories)  # noqa: S311 - a sample, no secret
    apart = stories[: min(STRANGERS, len(stories) // 2)] if strangers else []
    if strangers and len(apart) < LEAST_STRANGERS:
        raise TooFewStoriesError(
            f"the archive has {len(stories)} stories; {2 * LEAST_STRANGERS} are needed, half as"
            " strangers and half to judge by"
        )
    judged = _until_full(stories[len(apart) :], sizes)
    told = sum(sizes[story] > 1 for story in judged)
    if told < LEAST_STORIES:
        raise TooFewStoriesError(
            f"{told} stories {'beside the strangers ' if strangers else ''}have two or more"
            f" articles; at least {LEAST_STORIES} are needed"
        )
    first = {story: i for i, story in reversed(list(enumerate(gold)))}
    kept = set(judged)
    return Samples(
        strangers=tuple(first[story] for story in apart),
        judged=tuple(i for i, story in enumerate(gold) if story in kept),
        judged_stories=told,
    )


def _until_full(stories: Sequence[str], sizes: Counter[str]) -> list[str]:
    """Whole stories, as many as there is room for."""
    kept: list[str] = []
    left = MOST_ARTICLES
    for story in stories:
        if sizes[story] <= left:
            kept.append(story)
            left -= sizes[story]
    return kept
