"""Whether a request can be served at all: every fault it has, not only the first.

Called before anything is read, for calls over the wire and in this process alike, so it must be
quick: bodies are scanned at memory speed, never by a loop over their characters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from newsfold.pipeline.errors import InvalidRequest, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from newsfold.pipeline.limits import Limits
    from newsfold.pipeline.types import Article, Options

_CONTROLS = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})
r"""C0 and DEL, but for \t \n \r. C1 is let through: Windows-1252 quotes that were decoded as
Latin-1 land there, and 30 of the 67 MultiLing 2011 documents have them."""
_CONTROL = re.compile(f"[{re.escape(_CONTROLS.decode())}]")


def validate(articles: Sequence[Article], options: Options, limits: Limits) -> None:
    """Raise InvalidRequest with every fault, if there is one."""
    found = violations(articles, options, limits)
    if found:
        raise InvalidRequest(found)


def violations(
    articles: Sequence[Article], options: Options, limits: Limits
) -> tuple[Violation, ...]:
    """Every fault, the options' first. Past `max_articles` articles are counted, not looked at."""
    return (*_of_options(options, limits), *_of_articles(articles, limits))


def text_faults(field: str, text: str, limit: int) -> Iterator[Violation]:
    """What is wrong with one text, whatever it is; `limit` is in code points."""
    if len(text) > limit:
        yield Violation(field, f"{len(text)} code points; the limit is {limit}", "TOO_LONG")
        return
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        yield Violation(
            field,
            f"lone surrogate U+{ord(text[error.start]):04X} at code point {error.start}",
            "NOT_UNICODE",
        )
        return
    # In UTF-8 these bytes stand for themselves only; deleting them is a copy at memory speed.
    if len(encoded.translate(None, _CONTROLS)) != len(encoded):
        found = _CONTROL.search(text)
        assert found is not None  # noqa: S101 - the bytes say so
        yield Violation(
            field,
            f"control character U+{ord(found[0]):04X} at code point {found.start()}; only tab,"
            " line feed and carriage return are allowed",
            "CONTROL_CHARACTER",
        )


def too_many_articles(count: int, limits: Limits) -> Violation:
    """The fault of a request with `count` articles, more than `max_articles`."""
    return Violation(
        "articles", f"{count} articles; the limit is {limits.max_articles}", "TOO_MANY"
    )


def _of_options(options: Options, limits: Limits) -> Iterator[Violation]:
    bounds = (
        ("target_words", options.target_words, limits.max_target_words),
        ("max_sentences", options.max_sentences, limits.max_target_sentences),
        ("num_beams", options.num_beams, limits.max_beams),
    )
    for name, value, limit in bounds:
        if value is not None and not 1 <= value <= limit:
            yield Violation(
                f"options.{name}", f"{value}; must be from 1 to {limit}", "OUT_OF_RANGE"
            )


def _of_articles(articles: Sequence[Article], limits: Limits) -> Iterator[Violation]:
    if not articles:
        yield Violation("articles", "no articles; at least one is needed", "REQUIRED")
    if len(articles) > limits.max_articles:
        yield too_many_articles(len(articles), limits)
        return
    first: dict[str, int] = {}
    for index, article in enumerate(articles):
        path = f"articles[{index}]"
        if not article.body or article.body.isspace():
            yield Violation(f"{path}.body", "empty; every article needs a text", "REQUIRED")
        else:
            yield from text_faults(f"{path}.body", article.body, limits.max_body_chars)
        for name in ("id", "title", "source", "url", "language"):
            yield from text_faults(f"{path}.{name}", getattr(article, name), limits.max_field_chars)
        if first.setdefault(article.id, index) != index:
            yield Violation(
                f"{path}.id", f"the same as articles[{first[article.id]}].id", "DUPLICATE"
            )
