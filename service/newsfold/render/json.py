"""A message as its canonical protobuf JSON mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf import json_format

if TYPE_CHECKING:
    from google.protobuf.message import Message


def to_json(message: Message) -> str:
    """Names in camelCase, 64-bit integers as strings, every field present, UTF-8 as it is."""
    return json_format.MessageToJson(
        message, always_print_fields_with_no_presence=True, ensure_ascii=False
    )
