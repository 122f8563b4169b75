"""The answer of GetServiceInfo for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from newsfold.render.words import enum_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from newsfold.v1 import newsfold_pb2 as pb


def info_text(info: pb.GetServiceInfoResponse) -> Iterator[RenderableType]:
    """Version, models, defaults, limits."""
    yield Text.assemble(("newsfold ", "bold"), (info.version, "bold"), f" on {info.device}")
    yield Text(f"writer    {_model(info.writer)}")
    yield Text(f"embedder  {_model(info.embedder)}")
    verifier = _model(info.verifier) if info.HasField("verifier") else "none: rules judge alone"
    yield Text(f"verifier  {verifier}")
    yield Text(f"defaults  {_options(info.default_options)}")
    yield ""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="dim")
    for limit in info.limits:
        table.add_row(limit.name, f"{limit.value:,}", limit.unit, Text(limit.description))
    yield table


def _model(model: pb.ModelInfo) -> str:
    parts = (model.family, model.dtype, f"reads {model.max_input_tokens} tokens")
    about = ", ".join(part for part in parts if part)
    return f"{model.name} ({about}), sha256 {model.sha256[:16]}"


def _options(options: pb.SummaryOptions) -> str:
    words = []
    for field, value in options.ListFields():
        if field.enum_type is not None:
            name = field.enum_type.values_by_number[value].name
            word = enum_word(name, f"{field.name.upper()}_").removeprefix("pressure policy ")
            words.append(f"{field.name} {word}")
        else:
            words.append(f"{field.name} {value}")
    return ", ".join(words)
