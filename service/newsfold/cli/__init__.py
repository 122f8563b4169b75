"""The command line: serve, summarize, cluster, info, healthcheck, demo, calibrate.

Models are imported only where they run (`serve`, `calibrate`, `--local`), so that the other
commands start in a moment; a test holds that.
"""

from __future__ import annotations

import click

from newsfold import __version__
from newsfold.cli.calibrate import calibrate
from newsfold.cli.cluster import cluster
from newsfold.cli.demo import demo
from newsfold.cli.healthcheck import healthcheck
from newsfold.cli.info import info
from newsfold.cli.serve import serve
from newsfold.cli.summarize import summarize

__all__ = ["main"]


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done; 1 the server or the pipeline failed; 2 wrong usage or input file.",
)
@click.version_option(__version__, prog_name="newsfold")
def main() -> None:
    """Fold overlapping news coverage into stories with checked summaries."""


for command in (serve, summarize, cluster, info, healthcheck, demo, calibrate):
    main.add_command(command)
