"""Stories as Markdown (CommonMark): text from outside escaped, only web addresses linked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from newsfold.render.sources import Source, Sources, printable
from newsfold.render.words import conflict_subject, dropped, remark, story_coverage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from newsfold.v1 import newsfold_pb2 as pb

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$])")
_LINE_START = re.compile(r"^(\s*)([#+\-=]|\d+(?=[.)]))")
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
_UNSAFE_IN_LINK = {ord(char): f"%{ord(char):02X}" for char in "()<>[]\"'\\"}


def summaries_markdown(
    response: pb.SummarizeArticlesResponse, articles: Sequence[pb.Article]
) -> str:
    """The whole answer; `articles` are the request's, in its order."""
    return "\n".join(_lines(response, articles)).rstrip("\n") + "\n"


def _lines(response: pb.SummarizeArticlesResponse, articles: Sequence[pb.Article]) -> Iterator[str]:
    for story in response.stories:
        yield from _story(story, articles)
    if response.rejected:
        yield "## Not used"
        yield ""
        for article in response.rejected:
            yield f"- {escaped(article.id)}: {escaped(article.detail)}"
        yield ""
    yield f"*{dropped(response.usage)}*"


def _story(story: pb.Story, articles: Sequence[pb.Article]) -> Iterator[str]:
    sources = Sources(story.articles, articles)
    yield f"## {escaped(story.headline or sources.all[0].title)}"
    yield ""
    yield f"*{story_coverage(story, sources)}*"
    yield ""
    for sentence in story.sentences:
        cited = "".join(_mark(sources.all[n - 1]) for n in sources.numbers(sentence.evidence))
        note = remark(sentence, story)
        yield f"{escaped(sentence.text)} {cited}" + (f" *({escaped(note)})*" if note else "")
        yield ""
    if story.conflicts:
        yield "**The sources disagree**"
        yield ""
        for conflict in story.conflicts:
            sides = " / ".join(
                f"**{escaped(side.value)}** {escaped(sources.cited(side.evidence))}"
                for side in conflict.sides
            )
            yield f"- {escaped(conflict_subject(conflict))}: {sides}"
        yield ""
    for source in sources.all:
        about = ", ".join(part for part in (source.date, source.role) if part)
        title = escaped(source.title)
        address = _address(source)
        named = f"[{title}]({address})" if address else title
        yield f"{source.number}. {escaped(source.name)}: {named} ({escaped(about)})"
    yield ""


def escaped(text: str) -> str:
    """One line of text in which nothing is markup."""
    line = " ".join(printable(text).split())
    return _LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", line))


def _mark(source: Source) -> str:
    address = _address(source)
    label = f"\\[{source.number}\\]"
    return f"[{label}]({address})" if address else label


def _address(source: Source) -> str:
    """The source's URL if it is a web address; other schemes are never linked."""
    if not _WEB.fullmatch(source.url):
        return ""
    return source.url.translate(_UNSAFE_IN_LINK)
