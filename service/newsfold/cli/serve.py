"""`newsfold serve`."""

from __future__ import annotations

import click

from newsfold.cli.setting_flags import settings_from, takes_settings


@click.command(short_help="Run the server.")
@takes_settings
def serve(assignments: tuple[str, ...], **given: object) -> None:
    """Run the server until SIGTERM or SIGINT, then finish what it has begun.

    Every flag has a variable, NEWSFOLD_ and its name in capitals; a flag wins over the variable.
    """
    settings = settings_from(given, assignments)
    # Takes a second to import; other commands need none of it.
    from newsfold.server import serve as run  # noqa: PLC0415

    run(settings)
