"""Stories for a terminal: headline, sentences with numbered sources, what was set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from newsfold.render.ledger import ledger_table
from newsfold.render.sources import Sources, printable
from newsfold.render.words import conflict_subject, count, dropped, remark, story_coverage, timing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from newsfold.v1 import newsfold_pb2 as pb

_INDENT = 3


def summaries_text(
    response: pb.SummarizeArticlesResponse,
    articles: Sequence[pb.Article],
    *,
    ledger: bool = False,
) -> Iterator[RenderableType]:
    """The whole answer; `articles` are the request's, in its order."""
    for number, story in enumerate(response.stories, start=1):
        yield from story_text(story, articles, number)
    yield from rejected_text(response.rejected)
    yield from usage_text(response.usage, response.timings)
    if ledger:
        yield ledger_table(response.usage, articles)


def story_text(
    story: pb.Story, articles: Sequence[pb.Article], number: int
) -> Iterator[RenderableType]:
    """One story."""
    sources = Sources(story.articles, articles)
    headline = printable(story.headline) or sources.all[0].title
    yield Text.assemble((f"{number}. ", "bold cyan"), (headline, "bold"))
    yield _indented(Text(story_coverage(story, sources), style="dim"))
    yield ""
    for sentence in story.sentences:
        line = Text(printable(sentence.text))
        line.append(f" {sources.cited(sentence.evidence)}", style="cyan")
        if note := remark(sentence, story):
            line.append(f" {note}", style="dim italic")
        yield _indented(line)
    yield ""
    yield _indented(sources_table(sources))
    yield from conflicts_text(story.conflicts, sources)
    yield ""


def sources_table(sources: Sources) -> Table:
    """The numbered list of a story's articles."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(max_width=24)
    table.add_column(ratio=1)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    for source in sources.all:
        table.add_row(
            *(
                Text(cell)
                for cell in (
                    f"[{source.number}]",
                    source.name,
                    source.title,
                    source.date,
                    source.role,
                )
            )
        )
    return table


def conflicts_text(conflicts: Sequence[pb.Conflict], sources: Sources) -> Iterator[RenderableType]:
    """What the sources disagree about, a line a point."""
    if not conflicts:
        return
    yield ""
    yield _indented(Text("The sources disagree", style="bold yellow"))
    for conflict in conflicts:
        line = Text(f"{conflict_subject(conflict)}: ")
        for place, side in enumerate(conflict.sides):
            line.append(" / " if place else "")
            line.append(printable(side.value), style="bold")
            line.append(f" {sources.cited(side.evidence)}", style="cyan")
        yield _indented(line)


def rejected_text(rejected: Sequence[pb.RejectedArticle]) -> Iterator[RenderableType]:
    """Articles that are in no story, with the reason."""
    if not rejected:
        return
    yield Text(f"Not used: {count(len(rejected), 'article')}", style="bold yellow")
    for article in rejected:
        yield _indented(Text(f"{printable(article.id)}: {printable(article.detail)}"))
    yield ""


def usage_text(usage: pb.Usage, timings: Sequence[pb.StageTiming]) -> Iterator[RenderableType]:
    """What was read, told and dropped, and how long it took."""
    told = f"{usage.groups_selected:,} of {count(usage.groups, 'overlap group')} told"
    yield Text(f"{dropped(usage)} {told}. {timing(timings)}.", style="dim")


def _indented(renderable: RenderableType) -> Padding:
    return Padding(renderable, (0, 0, 0, _INDENT))
