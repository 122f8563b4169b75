"""`newsfold summarize`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsfold.cli.backend import backend
from newsfold.cli.connection import takes_connection
from newsfold.cli.failures import reported
from newsfold.cli.inputs import read_inputs, takes_files
from newsfold.cli.options import takes_summary_options
from newsfold.cli.output import paper, show_all, write
from newsfold.cli.progress import StageBar
from newsfold.render import summaries_markdown, summaries_text, to_json

if TYPE_CHECKING:
    from newsfold.cli.connection import Connection
    from newsfold.v1 import newsfold_pb2 as pb


@click.command(short_help="Summarise the stories that articles tell.")
@takes_files
@click.option("--json", "as_json", is_flag=True, help="The response as protobuf JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="The stories as Markdown.")
@click.option("--ledger", is_flag=True, help="Also show where every token of every article went.")
@click.option("--local", is_flag=True, help="Run the models in this process; needs no server.")
@takes_summary_options
@takes_connection()
def summarize(
    *,
    files: tuple[str, ...],
    as_json: bool,
    as_markdown: bool,
    ledger: bool,
    local: bool,
    options: pb.SummaryOptions,
    connection: Connection,
) -> None:
    r"""Summarise the stories that some articles tell.

    \b
    FILE is one of
      .txt    the first line is the title, the rest the text
      .json   one article, a list of them, or {"articles": [...]}
      .jsonl  one article a line
      .html   a saved page
      -       standard input, told by how it begins

    A JSON article has body (or text, content) and may have id, title, source, url, publish_time
    (or published, date) and language.
    """
    if as_json + as_markdown + ledger > 1:
        raise click.UsageError("--json, --markdown and --ledger exclude each other.")
    read = read_inputs(files)
    articles = [found.article for found in read]
    worker = backend(connection, local=local)
    first = "loading the models" if local else "sending"
    with reported(read), StageBar(paper(stderr=True), first) as bar:
        response = worker.summarize(articles, options, bar.observe)
    if as_json:
        write(to_json(response))
    elif as_markdown:
        write(summaries_markdown(response, articles))
    else:
        show_all(paper(), summaries_text(response, articles, ledger=ledger))
