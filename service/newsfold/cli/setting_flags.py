"""A flag for every field of Settings, made from the fields themselves.

A flag wins over its NEWSFOLD_* variable, which wins over the default. pydantic checks both, so
that each has one meaning and one message.
"""

from __future__ import annotations

from enum import Enum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Union, get_args, get_origin

import click
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import SettingsError

from newsfold.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

_NESTED = "tuning"
"""The one field that is a tree; `--set` reaches into it."""


def takes_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Add the flags to a command."""
    for name, field in reversed(Settings.model_fields.items()):
        if name != _NESTED:
            command = _flag(name, field)(command)
    return click.option(
        "--set",
        "assignments",
        metavar="PATH=VALUE",
        multiple=True,
        help="Set a threshold, for example tuning.stories.NAME=0.5; may be repeated.",
    )(command)


def settings_from(given: dict[str, object], assignments: Iterable[str] = ()) -> Settings:
    """Settings from flags (None: not given), the environment and the defaults, in this order.

    Raises click.UsageError with one line a fault; no line holds a value, so no secret is shown.
    """
    values = {name: value for name, value in given.items() if value is not None}
    for assignment in assignments:
        _assign(values, assignment)
    try:
        return Settings(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [_line(fault, values) for fault in error.errors(include_input=False)]
        raise click.UsageError("\n".join(lines)) from error
    except SettingsError as error:
        raise click.UsageError(f"{error}") from error


def _flag(name: str, field: FieldInfo) -> Callable[[Callable[..., None]], Callable[..., None]]:
    word = name.replace("_", "-")
    kind = _kind(field)
    usual = "" if field.default is None else f" [default: {_shown(field.default)}]"
    text = f"{field.description}.{usual}"
    if kind is bool:
        return click.option(f"--{word}/--no-{word}", name, default=None, help=text)
    if issubclass(kind, Enum):
        choice = click.Choice([str(member.value) for member in kind])
        return click.option(f"--{word}", name, type=choice, help=text)
    if kind is SecretStr:
        text += f" Better set as NEWSFOLD_{name.upper()}: a command line can be read by others."
    metavar = {int: "INTEGER", float: "NUMBER"}.get(kind, "TEXT")
    return click.option(f"--{word}", name, metavar=metavar, help=text)


def _kind(field: FieldInfo) -> type:
    """The field's type, `| None` taken off."""
    annotation = field.annotation
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(arg for arg in get_args(annotation) if arg is not NoneType)
    return annotation if isinstance(annotation, type) else str


def _shown(default: object) -> str:
    if isinstance(default, Enum):
        return str(default.value)
    if isinstance(default, bool):
        return "on" if default else "off"
    return str(default)


def _assign(values: dict[str, object], assignment: str) -> None:
    """Put `tuning.stage.name=value` into the tree. Raises click.UsageError for an unknown path."""
    path, equals, value = assignment.partition("=")
    first, *rest = path.strip().split(".")
    if not equals or first != _NESTED or not rest:
        raise click.UsageError(f"--set {assignment}: expected {_NESTED}.STAGE.NAME=VALUE")
    model: object = Settings.model_fields[_NESTED].annotation
    tree = values.setdefault(_NESTED, {})
    for depth, name in enumerate(rest):
        fields = (
            model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
        )
        if name not in fields or not isinstance(tree, dict):
            known = ", ".join(fields) or "nothing"
            raise click.UsageError(f"--set {path}: no {name!r} there; there is {known}")
        model = fields[name].annotation
        if depth == len(rest) - 1:
            tree[name] = value
        else:
            tree = tree.setdefault(name, {})


def _line(fault: ErrorDetails, values: dict[str, object]) -> str:
    message = fault["msg"].removeprefix("Value error, ")
    if not fault["loc"]:
        return message
    first, *rest = (str(part) for part in fault["loc"])
    if rest:
        return f"{'.'.join((first, *rest))}: {message}"
    given_by = f"--{first.replace('_', '-')}" if first in values else f"NEWSFOLD_{first.upper()}"
    return f"{given_by}: {message}"
