"""Requests of the contract -> articles and options of the domain, every default resolved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from newsfold.pipeline.errors import InvalidRequest, Violation
from newsfold.pipeline.types import (
    Article,
    Granularity,
    Options,
    PressurePolicy,
    StoryMode,
    WriteMode,
)
from newsfold.pipeline.validate import too_many_articles, violations
from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from enum import Enum

    from newsfold.settings import Settings


Request: TypeAlias = (
    pb.SummarizeArticlesRequest
    | pb.StreamSummariesRequest
    | pb.ClusterArticlesRequest
    | pb.EstimateSummaryRequest
)
MAX_REQUEST_ID = 128
"""Characters of a request_id; it is in every log line and trailer."""

_STORY_MODES = {
    pb.STORY_MODE_UNSPECIFIED: StoryMode.AUTO,
    pb.STORY_MODE_AUTO: StoryMode.AUTO,
    pb.STORY_MODE_SINGLE_STORY: StoryMode.SINGLE_STORY,
    pb.STORY_MODE_ONE_PER_ARTICLE: StoryMode.ONE_PER_ARTICLE,
}
_GRANULARITIES = {
    pb.GRANULARITY_UNSPECIFIED: Granularity.NORMAL,
    pb.GRANULARITY_LOOSE: Granularity.LOOSE,
    pb.GRANULARITY_NORMAL: Granularity.NORMAL,
    pb.GRANULARITY_STRICT: Granularity.STRICT,
}
_WRITE_MODES = {
    pb.WRITE_MODE_UNSPECIFIED: WriteMode.ABSTRACTIVE,
    pb.WRITE_MODE_ABSTRACTIVE: WriteMode.ABSTRACTIVE,
    pb.WRITE_MODE_EXTRACTIVE: WriteMode.EXTRACTIVE,
}
_PRESSURE_POLICIES = {
    pb.PRESSURE_POLICY_UNSPECIFIED: PressurePolicy.FAIL,
    pb.PRESSURE_POLICY_FAIL: PressurePolicy.FAIL,
    pb.PRESSURE_POLICY_FEWER_BEAMS: PressurePolicy.FEWER_BEAMS,
    pb.PRESSURE_POLICY_EXTRACTIVE: PressurePolicy.EXTRACTIVE,
}

Wire = TypeVar("Wire", bound=int)
Domain = TypeVar("Domain", bound="Enum")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that can be served."""

    articles: tuple[Article, ...]
    options: Options


def read_request(request: Request, settings: Settings) -> Asked:
    """The request in words of the domain. Raises InvalidRequest with every fault it has."""
    faults: list[Violation] = []
    if request.request_id and not is_request_id(request.request_id):
        faults.append(
            Violation(
                "request_id",
                f"must be at most {MAX_REQUEST_ID} printable ASCII characters",
                "INVALID",
            )
        )
    options = _options(request.options, settings, faults)
    if len(request.articles) > settings.max_articles:
        # Not converted: a message of the largest size holds millions of empty articles.
        faults.append(too_many_articles(len(request.articles), settings))
        faults.extend(v for v in violations((), options, settings) if v.field != "articles")
        raise InvalidRequest(tuple(faults))
    articles = tuple(_articles(request.articles, faults))
    faults.extend(violations(articles, options, settings))
    if faults:
        raise InvalidRequest(tuple(faults))
    return Asked(articles, options)


def is_request_id(text: str) -> bool:
    """Whether a text can go into log lines and trailers as it is."""
    return len(text) <= MAX_REQUEST_ID and text.isascii() and text.isprintable()


def _options(sent: pb.SummaryOptions, defaults: Settings, faults: list[Violation]) -> Options:
    length = sent.WhichOneof("length")
    target = sent.target_words if length == "target_words" else defaults.default_target_words
    return Options(
        target_words=None if length == "max_sentences" else target,
        max_sentences=sent.max_sentences if length == "max_sentences" else None,
        story_mode=_known(_STORY_MODES, sent.story_mode, "story_mode", faults),
        granularity=_known(_GRANULARITIES, sent.granularity, "granularity", faults),
        write_mode=_known(_WRITE_MODES, sent.write_mode, "write_mode", faults),
        headline=sent.headline if sent.HasField("headline") else True,
        num_beams=sent.num_beams or defaults.default_beams,
        allow_truncation=sent.allow_truncation,
        on_pressure=_known(_PRESSURE_POLICIES, sent.on_pressure, "on_pressure", faults),
    )


def _known(table: Mapping[Wire, Domain], value: Wire, name: str, faults: list[Violation]) -> Domain:
    """The enum value; one that this server does not know is a fault, never the default."""
    if value in table:
        return table[value]
    faults.append(
        Violation(
            f"options.{name}",
            f"{value} is no value of it; there are 0 to {len(table) - 1}",
            "UNKNOWN_ENUM_VALUE",
        )
    )
    return next(iter(table.values()))


def _articles(sent: Sequence[pb.Article], faults: list[Violation]) -> Iterator[Article]:
    taken = {article.id for article in sent}
    for index, article in enumerate(sent):
        yield Article(
            id=article.id or _free_id(index, taken),
            title=article.title,
            body=article.body,
            source=article.source,
            url=article.url,
            published=_time(article, index, faults),
            language=article.language,
            named=bool(article.id),
        )


def _free_id(index: int, taken: set[str]) -> str:
    """The id "article-N", with as many "-" behind it as make it differ from the client's own."""
    name = f"article-{index + 1}"
    while name in taken:
        name += "-"
    return name


def _time(article: pb.Article, index: int, faults: list[Violation]) -> datetime | None:
    if not article.HasField("publish_time"):
        return None
    try:
        return article.publish_time.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        faults.append(
            Violation(
                f"articles[{index}].publish_time", "not a time of the years 1 to 9999", "INVALID"
            )
        )
        return None
