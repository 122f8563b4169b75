"""The flags that become a SummaryOptions message; choices and defaults are the contract's."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import click

from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.descriptor import EnumDescriptor

_LENGTHS = ("target_words", "max_sentences")


def takes_summary_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add a flag for every field of SummaryOptions; the command then gets `options`."""
    return _takes(command, *_STORY_FLAGS, *_SUMMARY_FLAGS)


def takes_cluster_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the flags that ClusterArticles uses; the command then gets `options`."""
    return _takes(command, *_STORY_FLAGS)


def _takes(
    command: Callable[..., None], *flags: Callable[[Callable[..., None]], Callable[..., None]]
) -> Callable[..., None]:
    @functools.wraps(command)
    def wrapped(**values: object) -> None:
        fields = {
            name: values.pop(name)
            for name in pb.SummaryOptions.DESCRIPTOR.fields_by_name
            if name in values
        }
        command(options=_options(fields), **values)

    for flag in reversed(flags):
        wrapped = flag(wrapped)
    return wrapped


def _options(fields: dict[str, object]) -> pb.SummaryOptions:
    given = {name: value for name, value in fields.items() if value is not None}
    if all(name in given for name in _LENGTHS):
        raise click.UsageError("--target-words and --max-sentences exclude each other.")
    options = pb.SummaryOptions()
    for name, value in given.items():
        enum = _enum(name)
        number = enum.values_by_name[_value_name(enum, str(value))].number if enum else value
        setattr(options, name, number)
    return options


def _choice(field: str) -> click.Choice[str]:
    enum = _enum(field)
    assert enum is not None  # noqa: S101 - of the contract
    prefix = _prefix(enum)
    names = [value.name.removeprefix(prefix) for value in enum.values if value.number != 0]
    return click.Choice([name.lower().replace("_", "-") for name in names])


def _enum(field: str) -> EnumDescriptor | None:
    return pb.SummaryOptions.DESCRIPTOR.fields_by_name[field].enum_type


def _value_name(enum: EnumDescriptor, word: str) -> str:
    return _prefix(enum) + word.upper().replace("-", "_")


def _prefix(enum: EnumDescriptor) -> str:
    return enum.values_by_number[0].name.removesuffix("UNSPECIFIED")


_STORY_FLAGS = (
    click.option(
        "--story-mode",
        type=_choice("story_mode"),
        help="How articles are assigned to stories. [default: auto]",
    ),
    click.option(
        "--granularity",
        type=_choice("granularity"),
        help="How alike articles of a story must be. [default: normal]",
    ),
    click.option(
        "--allow-truncation/--no-allow-truncation",
        default=None,
        help="Drop input over the token limits (counted in the ledger) instead of refusing it.",
    ),
)

_SUMMARY_FLAGS = (
    click.option("--target-words", type=int, help="Words to aim for in each story."),
    click.option("--max-sentences", type=int, help="Sentences of each story at most."),
    click.option(
        "--write-mode",
        type=_choice("write_mode"),
        help="Who phrases the sentences. [default: abstractive]",
    ),
    click.option(
        "--headline/--no-headline",
        default=None,
        help="Whether to write headlines. [default: headline]",
    ),
    click.option("--num-beams", type=int, help="Beam width of the model; 1 is greedy."),
    click.option(
        "--on-pressure",
        type=_choice("on_pressure"),
        help="What a busy server may trade for time. [default: fail]",
    ),
)
