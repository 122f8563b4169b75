"""Requests and when they come: a Poisson process that a seed determines."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.types import Article

DEADLINES_S = (2.0, 5.0, 20.0)
LARGE_SHARE = 0.2
STORIES_LARGE = 3
"""Stories of a large request, two or three articles each; a small one has one story."""
WORDS = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    request: pb.SummarizeArticlesRequest
    large: bool
    deadline: float
    """Seconds from when it is sent."""


class Traffic:
    """Requests drawn from stories; the same ones at the same times for the same seed."""

    def __init__(self, stories: Sequence[Sequence[Article]], seed: str) -> None:
        self._chance = random.Random(seed)
        self._stories = stories

    def asked(self) -> Asked:
        """The next request."""
        large = self._chance.random() < LARGE_SHARE
        stories = self._chance.sample(self._stories, STORIES_LARGE if large else 1)
        articles = [
            pb.Article(title=article.title, body=article.body)
            for story in stories
            for article in story
        ]
        request = pb.SummarizeArticlesRequest(
            articles=articles, options=pb.SummaryOptions(target_words=WORDS)
        )
        return Asked(request, large, self._chance.choice(DEADLINES_S))

    def arrivals(
        self, rate: float, seconds: float, least: int
    ) -> tuple[list[tuple[float, Asked]], float]:
        """When requests come, in seconds from the start, and how long the load lasts.

        `rate` a second, for so many seconds or until there are so many, whichever is later. The
        load lasts until the first one that comes no more, so that it has the rate on average.
        Another rate gives the same requests, at times stretched alike.
        """
        found: list[tuple[float, Asked]] = []
        due = self._chance.expovariate(1.0) / rate
        while due < seconds or len(found) < least:
            found.append((due, self.asked()))
            due += self._chance.expovariate(1.0) / rate
        return found, due
