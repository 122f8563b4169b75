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


def show(console: Console, *renderables: RenderableType) -> None:
    """Print to standard output, one below the other."""
    show_all(console, renderables)


def show_all(console: Console, renderables: Iterable[RenderableType]) -> None:
    """The same; a pipe gets UTF-8, and lines without the blanks that fill a column."""
    for renderable in renderables:
        if console.is_terminal:
            console.print(renderable)
            continue
        with console.capture() as captured:
            console.print(renderable)
        for line in captured.get().splitlines():
            click.echo(line.rstrip().encode())


def write(text: str) -> None:
    """Print text to standard output as UTF-8 whatever the locale is; a newline ends it."""
    click.echo(text.rstrip("\n").encode())
