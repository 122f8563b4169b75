"""The way of a request, read top-down: read, embed, cluster, merge, select, write, check.

The stages are pure functions in their own modules; this one says in which order they run, off the
event loop, and reports how far they are. Cancelling a call stops it at the next await, and takes
its work out of the models' queue.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline import (
    cohort,
    conflicts,
    figures,
    overlap,
    reading,
    select,
    sentences,
    stories,
)
from newsfold.pipeline.clean import clean
from newsfold.pipeline.material import Material
from newsfold.pipeline.stopwatch import Stopwatch
from newsfold.pipeline.types import (
    Article,
    ClusteredStory,
    Clustering,
    Estimate,
    Fingerprint,
    Options,
    Stage,
    StageProgress,
    StoryFinished,
    Summaries,
    Usage,
)
from newsfold.pipeline.validate import validate
from newsfold.pipeline.views import article_vectors
from newsfold.pipeline.writing import write_story

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from newsfold.pipeline.limits import Limits
    from newsfold.pipeline.ports import Embedder, Verifier, Writer
    from newsfold.pipeline.reading import Reading
    from newsfold.pipeline.tuning import Tuning
    from newsfold.pipeline.types import (
        CleanArticle,
        Event,
        Span,
        StoryCluster,
        Vectors,
    )
    from newsfold.pipeline.writing import WrittenStory


class Pipeline:
    """Summarises, clusters and estimates. Safe to share: it keeps no state between calls."""

    def __init__(
        self,
        *,
        embedder: Embedder,
        writer: Writer,
        verifier: Verifier | None = None,
        limits: Limits,
        tuning: Tuning,
        code_version: str,
        cohort_file: Path | None = None,
    ) -> None:
        """Without a verifier the rules alone decide what a written sentence may say.

        Raises ValueError or OSError if `cohort_file` is no cohort of the embedder.
        """
        self._embedder = embedder
        self._cohort = cohort.load(embedder.sha256, cohort_file)
        self._writer = writer
        self._verifier = verifier
        self._limits = limits
        self._tuning = tuning
        self._fingerprint = Fingerprint(
            writer_sha256=writer.sha256,
            embedder_sha256=embedder.sha256,
            code_version=code_version,
            parameters_sha256=_digest(tuning, writer, self._cohort),
            verifier_sha256=verifier.sha256 if verifier else "",
        )

    async def summarize(
        self,
        articles: Sequence[Article],
        options: Options,
        observe: Callable[[Event], None] = lambda event: None,
    ) -> Summaries:
        """Cluster and write. Raises InvalidRequest, InputTooLong, ModelFailed.

        `observe` is called on the event loop, in order, for each StageProgress and StoryFinished.
        """
        clock = Stopwatch()
        read = await self._read(articles, options, clock, observe)
        found = await self._cluster(read, options, clock, observe)
        with clock.stage(Stage.SELECT):
            materials = await asyncio.to_thread(self._plan, read, found, options)
        written = await self._write(materials, options, clock, observe)
        return Summaries(
            stories=tuple(w.story for w in written),
            rejected=read.rejected,
            usage=Usage(
                articles=read.ledger({place for w in written for place in w.reached}),
                output_tokens=sum(w.output_tokens for w in written),
                groups=sum(len(story.groups) for story in found),
                groups_selected=sum(len(w.story.sentences) for w in written),
                num_beams=options.num_beams,
            ),
            timings=clock.timings(),
            fingerprint=self._fingerprint,
        )

    async def cluster(self, articles: Sequence[Article], options: Options) -> Clustering:
        """Cluster and merge; write nothing. Raises as `summarize`."""
        clock = Stopwatch()
        read = await self._read(articles, options, clock)
        found = await self._cluster(read, options, clock)
        return Clustering(
            stories=found,
            rejected=read.rejected,
            usage=Usage(articles=read.ledger(()), groups=sum(len(story.groups) for story in found)),
            timings=clock.timings(),
            fingerprint=self._fingerprint,
        )

    async def estimate(
        self, articles: Sequence[Article], options: Options, *, include_stories: bool
    ) -> Estimate:
        """Count tokens and, if asked, stories. Raises InvalidRequest, ModelFailed."""
        validate(articles, options, self._limits)
        read = await self._measure(articles, Stopwatch())
        cut = reading.cut_to_limits(read, self._limits, allow_truncation=True)
        clusters = await self._stories(cut, options, Stopwatch()) if include_stories else None
        return Estimate(
            usage=Usage(articles=cut.ledger(()), num_beams=options.num_beams),
            story_count=None if clusters is None else len(clusters),
            needs_truncation=cut is not read,
            rejected=read.rejected,
        )

    async def warm_up(self) -> None:
        """Run every stage once on two sentences, so that the first request loads nothing.

        The splitter, the language detector and the word table load at first use.
        """
        body = (
            "The harbour bridge at Skelby reopened on Tuesday after two weeks of repairs. "
            "The town council said that lorries may cross it again from next week."
        )
        await self.summarize([Article("warm-up", "", body)], Options(target_words=40))

    async def _read(
        self,
        articles: Sequence[Article],
        options: Options,
        clock: Stopwatch,
        observe: Callable[[Event], None] = lambda event: None,
    ) -> Reading:
        """Steps 1 and 2."""
        validate(articles, options, self._limits)
        read = await self._measure(articles, clock)
        cut = reading.cut_to_limits(read, self._limits, allow_truncation=options.allow_truncation)
        observe(StageProgress(Stage.SENTENCES, len(articles), len(articles)))
        return cut

    async def _measure(self, articles: Sequence[Article], clock: Stopwatch) -> Reading:
        """Steps 1 and 2 before any limit."""
        with clock.stage(Stage.CLEAN):
            kept = await asyncio.to_thread(self._clean, articles)
        with clock.stage(Stage.SENTENCES):
            return await asyncio.to_thread(self._split, articles, kept)

    def _clean(self, articles: Sequence[Article]) -> list[tuple[Span, ...]]:
        return [clean(article.body, self._tuning.clean) for article in articles]

    def _split(self, articles: Sequence[Article], kept: Sequence[tuple[Span, ...]]) -> Reading:
        prepared = (
            sentences.read(article, index, spans, self._tuning.clean)
            for index, (article, spans) in enumerate(zip(articles, kept, strict=True))
        )
        return reading.measure(articles, prepared, self._writer)

    async def _stories(
        self, read: Reading, options: Options, clock: Stopwatch
    ) -> tuple[StoryCluster, ...]:
        """Steps 3 and 4, on article vectors."""
        with clock.stage(Stage.EMBED):
            vectors = await article_vectors(read.articles, self._embedder)
        with clock.stage(Stage.STORIES):
            return await asyncio.to_thread(
                stories.cluster,
                read.articles,
                vectors,
                options.story_mode,
                options.granularity,
                self._tuning.stories,
                self._cohort,
            )

    async def _cluster(
        self,
        read: Reading,
        options: Options,
        clock: Stopwatch,
        observe: Callable[[Event], None] = lambda event: None,
    ) -> tuple[ClusteredStory, ...]:
        """Steps 3 to 5."""
        clusters = await self._stories(read, options, clock)
        total = len(read.articles)
        observe(StageProgress(Stage.STORIES, total, total))
        members = [_independent(read, cluster) for cluster in clusters]
        with clock.stage(Stage.EMBED):
            vectors = await self._embedder.embed(
                [s.text for story in members for article in story for s in article.sentences]
            )
        observe(StageProgress(Stage.EMBED, total, total))
        with clock.stage(Stage.OVERLAP):
            found = await asyncio.to_thread(self._overlap, clusters, members, vectors)
        observe(StageProgress(Stage.OVERLAP, len(found), len(found)))
        return found

    def _overlap(
        self,
        clusters: Sequence[StoryCluster],
        members: Sequence[tuple[CleanArticle, ...]],
        vectors: Vectors,
    ) -> tuple[ClusteredStory, ...]:
        """Step 5; `vectors` has a row for each sentence of `members`, in order."""
        found = []
        counts = [sum(len(a.sentences) for a in story) for story in members]
        rows = np.split(vectors, np.cumsum(counts)[:-1])
        for cluster, story, story_vectors in zip(clusters, members, rows, strict=True):
            texts = [s for article in story for s in article.sentences]
            source_of = source_keys(story)
            language = story[0].language
            unread = "" if self._tuning.stories.reads(language) else language
            groups = overlap.group(texts, story_vectors, source_of, self._tuning.overlap, unread)
            disputes = conflicts.find(groups, source_of, self._tuning.conflicts)
            found.append(ClusteredStory(cluster, figures.marked(groups, disputes), disputes))
        return tuple(found)

    def _plan(
        self, read: Reading, found: Sequence[ClusteredStory], options: Options
    ) -> list[Material]:
        """Step 6."""
        materials = []
        for story in found:
            articles = _independent(read, story.cluster)
            source_of = source_keys(articles)
            plan = select.select(story, articles, source_of, options, self._tuning.select)
            materials.append(Material(story, plan, articles, source_of))
        return materials

    async def _write(
        self,
        materials: Sequence[Material],
        options: Options,
        clock: Stopwatch,
        observe: Callable[[Event], None],
    ) -> list[WrittenStory]:
        """Steps 7 and 8: all stories at once, so that their rows share batches."""
        done = 0

        async def one(material: Material) -> WrittenStory:
            nonlocal done
            written = await write_story(
                material, options, self._writer, self._verifier, self._tuning, clock
            )
            done += 1
            observe(StageProgress(Stage.WRITE, done, len(materials)))
            observe(StoryFinished(written.story))
            return written

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(material)) for material in materials]
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return [task.result() for task in tasks]


def source_keys(story: Sequence[CleanArticle]) -> dict[int, int]:
    """Article position -> the position of the first article of the same publisher.

    Two articles of one publisher are one source; an article that names none is its own.
    """
    first: dict[str, int] = {}
    keys = {}
    for article in story:
        publisher = article.article.source.strip().casefold()
        keys[article.index] = (
            first.setdefault(publisher, article.index) if publisher else article.index
        )
    return keys


def _independent(read: Reading, cluster: StoryCluster) -> tuple[CleanArticle, ...]:
    """The members of a story that are no copies, the representative first."""
    by_index = {article.index: article for article in read.articles}
    return tuple(by_index[index] for index in cluster.independent)


def _digest(tuning: Tuning, writer: Writer, strangers: Vectors | None) -> str:
    parameters = json.dumps([tuning.model_dump(mode="json"), writer.parameters], sort_keys=True)
    digest = hashlib.sha256(parameters.encode())
    digest.update(b"" if strangers is None else strangers.tobytes())
    return digest.hexdigest()
