"""`newsfold info`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsfold.cli.connection import takes_connection
from newsfold.cli.failures import reported
from newsfold.cli.output import paper, show_all, write
from newsfold.render import info_text, to_json

if TYPE_CHECKING:
    from newsfold.cli.connection import Connection


@click.command(short_help="Show a server's models, limits, defaults.")
@click.option("--json", "as_json", is_flag=True, help="The response as protobuf JSON.")
@takes_connection(timeout=10.0)
def info(*, as_json: bool, connection: Connection) -> None:
    """Show a server's version, models, limits and defaults."""
    with reported(), connection.open() as client:
        response = client.info()
    if as_json:
        write(to_json(response))
    else:
        show_all(paper(), info_text(response))
