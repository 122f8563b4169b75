"""Every limit a request can meet, and every default it can leave unsaid: the one definition.

`newsfold.settings.Settings` inherits these fields (so each is a NEWSFOLD_* variable and a flag),
GetServiceInfo lists them, and the README's table is generated from them.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def bound(default: int, unit: str, description: str, *, at_least: int = 1) -> Any:
    """A limit: a field with its unit, so that it can be listed."""
    return Field(
        default=default, ge=at_least, description=description, json_schema_extra={"unit": unit}
    )


class Limits(BaseModel):
    """Bounds of one request."""

    model_config = ConfigDict(frozen=True)

    max_articles: int = bound(2_000, "articles", "Articles in one request")
    max_body_chars: int = bound(1_000_000, "code points", "Length of one article's body")
    max_field_chars: int = bound(2_048, "code points", "Length of id, title, source, url each")
    max_request_bytes: int = bound(
        32 * 1024 * 1024, "bytes", "Size of one request message; refused by the transport"
    )
    max_article_tokens: int = bound(
        16_384, "tokens", "Tokens read of one article after cleaning; see allow_truncation"
    )
    max_request_tokens: int = bound(
        2_000_000, "tokens", "Tokens read of all articles of a request; see allow_truncation"
    )
    max_target_words: int = bound(2_000, "words", "Largest target_words")
    max_target_sentences: int = bound(100, "sentences", "Largest max_sentences")
    max_beams: int = bound(8, "beams", "Largest num_beams")


class Defaults(BaseModel):
    """Options that apply where a request is silent."""

    model_config = ConfigDict(frozen=True)

    default_target_words: int = bound(100, "words", "target_words where none is given")
    default_beams: int = bound(4, "beams", "num_beams where none is given")
