"""The token ledger as a table: where every token of every article went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from newsfold.render.sources import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.v1 import newsfold_pb2 as pb


def ledger_table(usage: pb.Usage, articles: Sequence[pb.Article]) -> Table:
    """One line an article, in the order of the request, and the sums."""
    table = Table(box=box.ASCII2, show_footer=True, header_style="bold", expand=False)
    columns: tuple[tuple[str, list[int]], ...] = (
        ("tokens", [entry.tokens_in for entry in usage.articles]),
        ("boilerplate", [entry.tokens_boilerplate for entry in usage.articles]),
        ("over limit", [entry.tokens_truncated for entry in usage.articles]),
        ("not selected", [entry.tokens_not_selected for entry in usage.articles]),
        ("in summary", [entry.tokens_written for entry in usage.articles]),
    )
    table.add_column("article", footer="all", max_width=28, no_wrap=True, overflow="ellipsis")
    for name, numbers in columns:
        table.add_column(name, footer=f"{sum(numbers):,}", justify="right", no_wrap=True)
    for row, (entry, article) in enumerate(zip(usage.articles, articles, strict=True)):
        name = f"{article.source or entry.article_id}: {article.title}"
        table.add_row(
            Text(printable(name), overflow="ellipsis"),
            *(f"{numbers[row]:,}" for _, numbers in columns),
        )
    return table
