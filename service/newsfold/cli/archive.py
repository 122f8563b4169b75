"""The work of `newsfold calibrate`: a labelled archive -> distances for the embedder.

Imports scipy; the command imports this only when it runs.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from newsfold.engine_metrics import EngineMetrics
from newsfold.logs import configure
from newsfold.metrics import Metrics
from newsfold.pipeline import cohort
from newsfold.pipeline.calibration import Choice, calibrate
from newsfold.pipeline.samples import Samples, draw
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.types import Article, CleanArticle
from newsfold.pipeline.views import article_vectors, text_of
from newsfold.server import open_models
from newsfold.settings import LogFormat

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from newsfold.pipeline.ports import Embedder
    from newsfold.pipeline.tuning import StoryTuning, Tuning
    from newsfold.settings import Settings
    from newsfold.v1 import newsfold_pb2 as pb


@dataclass(frozen=True, slots=True)
class Archive:
    """The usable articles, the story of each, and which are used for what."""

    articles: tuple[CleanArticle, ...]
    gold: tuple[str, ...]
    samples: Samples


@dataclass(frozen=True, slots=True)
class Findings:
    """What was chosen, and by what."""

    choices: tuple[Choice, ...]
    embedder_sha256: str
    articles: int
    stories: int
    """Stories of several articles that the choice rests on."""
    strangers: int
    """Strangers that similarities are measured against; 0 if there are none."""
    usual_commonness: float | None
    """What a new cohort makes usual; None with one that was there before."""


def run(
    labelled: Sequence[tuple[pb.Article, str]], settings: Settings, strangers_file: Path | None
) -> Findings:
    """Read, embed and choose. Raises TooFewStoriesError, CannotStart, ModelFailed, OSError.

    With a `strangers_file` part of the archive becomes the embedder's cohort, written to it.
    """
    # Only what goes wrong, and never on standard output, which is for the settings.
    configure("warning", LogFormat.CONSOLE)
    archive = usable(labelled, settings.tuning, strangers=strangers_file is not None)

    async def work() -> Findings:
        async with open_models(settings, EngineMetrics(Metrics())) as models:
            return await choose(
                archive,
                models.embedder,
                settings.tuning.stories,
                cohort_file=settings.cohort,
                strangers_file=strangers_file,
            )

    return asyncio.run(work())


def usable(
    labelled: Sequence[tuple[pb.Article, str]], tuning: Tuning, *, strangers: bool
) -> Archive:
    """Clean and split as the service does; what it would reject is left out."""
    articles: list[CleanArticle] = []
    gold: list[str] = []
    for message, story in labelled:
        prepared = prepare(_article(message), len(articles), tuning.clean)
        if isinstance(prepared, CleanArticle):
            articles.append(prepared)
            gold.append(story)
    return Archive(tuple(articles), tuple(gold), draw(gold, strangers=strangers))


async def choose(
    archive: Archive,
    embedder: Embedder,
    tuning: StoryTuning,
    *,
    cohort_file: Path | None,
    strangers_file: Path | None,
) -> Findings:
    """Raises ModelFailed, and ValueError or OSError for a file that cannot be used."""
    judged = [archive.articles[i] for i in archive.samples.judged]
    vectors = await article_vectors(judged, embedder)
    usual = None
    if strangers_file is None:
        strangers = cohort.load(embedder.sha256, cohort_file)
    else:
        apart = [archive.articles[i] for i in archive.samples.strangers]
        made = await embedder.embed([text_of(article) for article in apart])
        cohort.save(strangers_file, made, embedder.sha256)
        # As it will be read: half precision.
        strangers = cohort.load(embedder.sha256, strangers_file)
    if strangers is not None and strangers_file is not None:
        common = cohort.commonness(vectors.texts, strangers, tuning.nearest_strangers)
        usual = round(float(common.mean()), 2)
        tuning = tuning.model_copy(update={"usual_commonness": usual})
    gold = [archive.gold[i] for i in archive.samples.judged]
    choices = await asyncio.to_thread(calibrate, judged, vectors, gold, tuning, strangers)
    return Findings(
        choices=tuple(choices),
        embedder_sha256=embedder.sha256,
        articles=len(judged),
        stories=archive.samples.judged_stories,
        strangers=0 if strangers is None else len(strangers),
        usual_commonness=usual,
    )


def _article(message: pb.Article) -> Article:
    published = message.publish_time
    return Article(
        id=message.id,
        title=message.title,
        body=message.body,
        source=message.source,
        url=message.url,
        published=published.ToDatetime(tzinfo=UTC) if message.HasField("publish_time") else None,
        language=message.language,
    )
