"""`newsfold cluster`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsfold.cli.backend import backend
from newsfold.cli.connection import takes_connection
from newsfold.cli.failures import reported
from newsfold.cli.inputs import read_inputs, takes_files
from newsfold.cli.options import takes_cluster_options
from newsfold.cli.output import paper, show_all, write
from newsfold.render import clusters_text, to_json

if TYPE_CHECKING:
    from newsfold.cli.connection import Connection
    from newsfold.v1 import newsfold_pb2 as pb


@click.command(short_help="Say which articles tell the same story.")
@takes_files
@click.option("--json", "as_json", is_flag=True, help="The response as protobuf JSON.")
@click.option("--local", is_flag=True, help="Run the models in this process; needs no server.")
@takes_cluster_options
@takes_connection()
def cluster(
    *,
    files: tuple[str, ...],
    as_json: bool,
    local: bool,
    options: pb.SummaryOptions,
    connection: Connection,
) -> None:
    """Say which articles tell the same story, and what they tell in common.

    FILE is what `newsfold summarize` takes. Nothing is written, so it is quicker.
    """
    read = read_inputs(files)
    articles = [found.article for found in read]
    worker = backend(connection, local=local)
    console = paper(stderr=True)
    with reported(read), console.status("clustering"):
        response = worker.cluster(articles, options)
    if as_json:
        write(to_json(response))
    else:
        show_all(paper(), clusters_text(response, articles))
