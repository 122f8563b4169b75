"""Where text goes: a styled terminal, or a pipe that gets plain lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

WIDTH = 100


def paper(*, stderr: bool = False) -> Console:
    """A console at most 100 columns wide; in a pipe it is 100 wide and has no styles."""
    file = sys.stderr if stderr else sys.stdout
    console = Console(file=file, highlight=False, markup=False, emoji=False)
    console.width = min(WIDTH, console.width) if console.is_terminal else WIDTH
    return console


def show(renderables: Iterable[RenderableType]) -> None:
    """Print to standard output."""
    console = paper()
    for renderable in renderables:
        console.print(renderable)


def write(text: str) -> None:
    """Print text as UTF-8 whatever the locale is; a newline ends it."""
    click.echo(text.rstrip("\n").encode())
