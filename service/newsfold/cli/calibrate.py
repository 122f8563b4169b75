"""`newsfold calibrate`."""

from __future__ import annotations

from pathlib import Path

import click

from newsfold.cli.failures import LocalFailedError, reported
from newsfold.cli.findings import calibration_doubts, calibration_lines
from newsfold.cli.inputs import read_labelled_inputs, takes_files
from newsfold.cli.output import paper, write
from newsfold.cli.setting_flags import settings_from


@click.command(short_help="Find the story distances that fit an embedder.")
@takes_files
@click.option(
    "--strangers",
    metavar="FILE.npz",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also make the cohort of the embedder from part of the archive, and write it here.",
)
@click.option("--set", "assignments", metavar="PATH=VALUE", multiple=True, help="As of serve.")
def calibrate(
    *, files: tuple[str, ...], strangers: Path | None, assignments: tuple[str, ...]
) -> None:
    r"""Find the distances of STRICT, NORMAL and LOOSE on an archive whose stories are known.

    FILE holds one JSON article a line, as `newsfold summarize` takes it, with a field story that
    names its story. The embedder is the one that NEWSFOLD_EMBEDDER names. Settings go to standard
    output, ready for an environment file; doubts about them go to standard error.
    """
    labelled = read_labelled_inputs(files)
    settings = settings_from({}, assignments)
    # Imports scipy, and torch with the models.
    from newsfold.cli.archive import run  # noqa: PLC0415
    from newsfold.server import CannotStart  # noqa: PLC0415

    with reported(), paper(stderr=True).status("calibrating"):
        try:
            findings = run(labelled, settings, strangers)
        except (CannotStart, ValueError, OSError) as error:
            raise LocalFailedError(str(error)) from error
    write("\n".join(calibration_lines(findings, str(strangers))))
    for doubt in calibration_doubts(findings):
        click.echo(f"newsfold: {doubt}", err=True)
