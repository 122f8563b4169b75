"""Words without their accents: sources write one name with them and without."""

from __future__ import annotations

import unicodedata

from newsfold.pipeline.facts import tokens


def folded(text: str) -> tuple[str, ...]:
    """Its words without accents."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in plain if not unicodedata.combining(c))
    return tokens(text)
