"""Words without their accents: sources write one name with them and without."""

from __future__ import annotations

import re
import unicodedata

from newsfold.pipeline.facts import tokens

_NAME = re.compile(r"(?<=[\w,;:] )[A-Z][\w'’]+")
"""A capital inside a sentence."""


def folded(text: str) -> tuple[str, ...]:
    """Its words without accents."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in plain if not unicodedata.combining(c))
    return tokens(text)


def folded_names(text: str) -> tuple[str, ...]:
    """Its words with a capital inside a sentence, without accents."""
    return folded(" ".join(_NAME.findall(text)))
