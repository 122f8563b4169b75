"""`newsfold healthcheck`, made for a container's HEALTHCHECK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsfold.cli.connection import takes_connection
from newsfold.cli.failures import reported
from newsfold.client import Health

if TYPE_CHECKING:
    from newsfold.cli.connection import Connection


@click.command(short_help="Exit 0 if the server is SERVING.")
@click.option(
    "--service",
    default="",
    help='The name to ask for, for example "liveness"; the server as a whole if left out.',
)
@takes_connection(timeout=3.0)
def healthcheck(service: str, connection: Connection) -> None:
    """Exit 0 if the server is SERVING, else 1."""
    with reported(), connection.open() as client:
        health = client.health(service)
    click.echo(health.value)
    if health is not Health.SERVING:
        raise SystemExit(1)
