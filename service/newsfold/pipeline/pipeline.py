"""The way of a request, read top-down: clean, embed, cluster, merge, select, write, check."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newsfold.pipeline.limits import Limits
    from newsfold.pipeline.ports import Embedder, Writer
    from newsfold.pipeline.tuning import Tuning
    from newsfold.pipeline.types import Article, Clustering, Estimate, Event, Options, Summaries


class Pipeline:
    """Summarises, clusters and estimates. Safe to share: it keeps no state between calls."""

    def __init__(
        self,
        *,
        embedder: Embedder,
        writer: Writer,
        limits: Limits,
        tuning: Tuning,
        code_version: str,
    ) -> None:
        raise NotImplementedError

    async def summarize(
        self,
        articles: Sequence[Article],
        options: Options,
        observe: Callable[[Event], None] = lambda event: None,
    ) -> Summaries:
        """Cluster and write. Raises InvalidRequest, InputTooLong, ModelFailed.

        `observe` is called on the event loop, in order, for each StageProgress and StoryFinished.
        """
        raise NotImplementedError

    async def cluster(self, articles: Sequence[Article], options: Options) -> Clustering:
        """Cluster and merge; write nothing. Raises as `summarize`."""
        raise NotImplementedError

    async def estimate(
        self, articles: Sequence[Article], options: Options, *, include_stories: bool
    ) -> Estimate:
        """Count tokens and, if asked, stories. Raises InvalidRequest, ModelFailed."""
        raise NotImplementedError
