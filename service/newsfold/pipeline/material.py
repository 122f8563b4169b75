"""What the summary of one story is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from newsfold.pipeline.types import CleanArticle, ClusteredStory, OverlapGroup, Plan, Sentence


@dataclass(frozen=True)
class Material:
    """A clustered story, its plan and its independent articles."""

    story: ClusteredStory
    plan: Plan
    articles: tuple[CleanArticle, ...]
    """The members that are no copies, the representative first."""
    source_of: Mapping[int, int]
    """Article position -> the independent source it counts as."""

    @property
    def language(self) -> str:
        """The representative's language."""
        return self.articles[0].language

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Every sentence that may be cited."""
        return tuple(s for article in self.articles for s in article.sentences)

    @cached_property
    def ranked(self) -> tuple[tuple[int, OverlapGroup], ...]:
        """The planned groups in telling order, each with its importance, 0 the most."""
        return tuple(zip(self.plan.ranks, self.plan.groups, strict=True))
