"""The answer of ClusterArticles for a terminal: stories, copies, and what is told in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from newsfold.render.sources import Sources, printable
from newsfold.render.text import conflicts_text, rejected_text, sources_table
from newsfold.render.words import conflict_subject, count, coverage, timing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from newsfold.v1 import newsfold_pb2 as pb

SHOWN_GROUPS = 5
"""Overlap groups shown of each story; the line below them counts the rest, --json has all."""


def clusters_text(
    response: pb.ClusterArticlesResponse, articles: Sequence[pb.Article]
) -> Iterator[RenderableType]:
    """The whole answer; `articles` are the request's, in its order."""
    for number, story in enumerate(response.stories, start=1):
        yield from _story(story, articles, number)
    yield from rejected_text(response.rejected)
    yield Text(
        f"{count(len(response.stories), 'story', 'stories')} in {timing(response.timings)}.",
        style="dim",
    )


def _story(
    story: pb.StoryCluster, articles: Sequence[pb.Article], number: int
) -> Iterator[RenderableType]:
    sources = Sources(story.articles, articles)
    yield Text.assemble((f"{number}. ", "bold cyan"), (sources.all[0].title, "bold"))
    yield Padding(Text(coverage(sources), style="dim"), (0, 0, 0, 3))
    yield Padding(sources_table(sources), (0, 0, 0, 3))
    shared = [group for group in story.groups if group.source_count > 1]
    if shared:
        yield ""
        yield Padding(Text("Told by several sources", style="bold"), (0, 0, 0, 3))
    for group in shared[:SHOWN_GROUPS]:
        line = Text(sources.quote(group.sentences[0]))
        line.append(f" {sources.cited(group.sentences)}", style="cyan")
        yield Padding(line, (0, 0, 0, 3))
        if notes := _notes(group, story, sources):
            yield Padding(notes, (0, 0, 0, 5))
    more = len(shared) - SHOWN_GROUPS
    if more > 0:
        line = Text(f"and {count(more, 'more group')}; --json lists all", style="dim")
        yield Padding(line, (0, 0, 0, 3))
    yield from conflicts_text(story.conflicts, sources)
    yield ""


def _notes(group: pb.OverlapGroup, story: pb.StoryCluster, sources: Sources) -> Text:
    """The figures of a group with who gives them, and what is disputed in it; may be empty."""
    line = Text(style="dim")
    for figure in group.figures:
        line.append("; " if line.plain else "figures: ")
        line.append(printable(_measured(figure)))
        line.append(f" {sources.cited(group.sentences[place] for place in figure.sentences)}")
    disputed = [conflict_subject(story.conflicts[place]) for place in group.conflicts]
    if disputed:
        line.append("; " if line.plain else "")
        line.append(f"disputed: {', '.join(disputed)}", style="yellow")
    return line


def _measured(figure: pb.Figure) -> str:
    """Value and unit, the unit where the value does not show it: "3%" and "three percent" do."""
    shown = not figure.unit or figure.unit in figure.value or figure.unit == "%"
    return figure.value if shown else f"{figure.value} {figure.unit}"
