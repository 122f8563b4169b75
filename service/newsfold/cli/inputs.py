"""FILE arguments -> articles, with the place of each for messages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsfold.readers import MAX_FILE_BYTES, InputError, ReadArticle, read_bytes, read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

STDIN = "-"


def takes_files(command: Callable[..., None]) -> Callable[..., None]:
    """Add the FILE arguments to a command, which then gets `files`."""
    return click.argument("files", metavar="FILE...", nargs=-1, required=True)(command)


def read_inputs(files: Iterable[str]) -> list[ReadArticle]:
    """The articles of all files, in order. Raises click.UsageError naming file, line, field."""
    try:
        return [found for file in files for found in _read(file)]
    except InputError as error:
        raise click.UsageError(str(error)) from error


def _read(file: str) -> list[ReadArticle]:
    if file == STDIN:
        data = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        return read_bytes(data, name="stdin")
    return read_file(Path(file))
