"""FILE arguments -> articles, with the place of each for messages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsfold.readers import (
    MAX_FILE_BYTES,
    InputError,
    ReadArticle,
    bytes_of,
    read_bytes,
    read_file,
    read_labelled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from newsfold.v1 import newsfold_pb2 as pb

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


def read_labelled_inputs(files: Iterable[str]) -> list[tuple[pb.Article, str]]:
    """(article, story) of the JSON lines of all files. Raises as `read_inputs`."""
    try:
        return [found for file in files for found in _read_labelled(file)]
    except InputError as error:
        raise click.UsageError(str(error)) from error


def _read(file: str) -> list[ReadArticle]:
    if file == STDIN:
        return read_bytes(_stdin(), name="stdin")
    return read_file(Path(file))


def _read_labelled(file: str) -> list[tuple[pb.Article, str]]:
    if file == STDIN:
        return read_labelled(_stdin(), name="stdin")
    return read_labelled(bytes_of(Path(file)), name=file)


def _stdin() -> bytes:
    return sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
