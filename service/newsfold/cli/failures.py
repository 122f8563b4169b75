"""Errors of a call or of the pipeline -> a few clear lines and exit code 1."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from newsfold import client
from newsfold.pipeline import errors as pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from newsfold.readers import ReadArticle


class LocalFailedError(Exception):
    """`--local` could not load its models, or was not done in time."""


_INDEX = re.compile(r"articles\[(\d+)\]")
SHOWN_VIOLATIONS = 20
"""Faults listed; a line below them counts the rest."""


@contextmanager
def reported(articles: Sequence[ReadArticle] = ()) -> Iterator[None]:
    """Report what the block raises; faults of `articles[i]` name the file it came from."""
    try:
        yield
    except client.NewsfoldError as error:
        raise click.ClickException(_of_call(error, articles)) from error
    except LocalFailedError as error:
        raise click.ClickException(str(error)) from error
    except pipeline.NewsfoldError as error:
        raise click.ClickException(_of_pipeline(error, articles)) from error


def _of_call(error: client.NewsfoldError, articles: Sequence[ReadArticle]) -> str:
    # A quota failure only repeats the message.
    faults = [(v.field, v.description) for v in error.violations if v.description != error.message]
    reason = f" ({error.reason})" if error.reason else ""
    lines = [f"{error.status.name}{reason}: {error.message}", *_listed(faults, articles)]
    too_late = isinstance(error, client.DeadlineError) or error.reason == "DEADLINE_TOO_SHORT"
    if error.retry_after is not None and not too_late:
        lines.append(f"  worth another try in {error.retry_after:.1f} s")
    unanswered = isinstance(error, (client.UnavailableError, client.DeadlineError))
    if unanswered and not error.reason:
        lines.append("  is it running? `newsfold serve` starts one; --server names another")
    if too_late:
        lines.append("  --timeout gives it longer")
    if error.request_id:
        lines.append(f"  request {error.request_id}")
    return "\n".join(lines)


def _of_pipeline(error: pipeline.NewsfoldError, articles: Sequence[ReadArticle]) -> str:
    match error:
        case pipeline.InvalidRequest():
            faults = [(v.field, v.description) for v in error.violations]
        case pipeline.InputTooLong():
            faults = [(c.field, f"{c.tokens:,} tokens, limit {c.limit:,}") for c in error.counts]
        case _:
            return f"{error.reason}: {error}"
    advice = (
        ["  --allow-truncation drops what is over"]
        if isinstance(error, pipeline.InputTooLong)
        else []
    )
    return "\n".join([f"{error.reason}:", *_listed(faults, articles), *advice])


def _listed(faults: Sequence[tuple[str, str]], articles: Sequence[ReadArticle]) -> Iterator[str]:
    for field, description in faults[:SHOWN_VIOLATIONS]:
        found = _INDEX.match(field)
        index = int(found[1]) if found else len(articles)
        place = f"{articles[index].origin}: " if index < len(articles) else ""
        yield f"  {place}{field}: {description}"
    if len(faults) > SHOWN_VIOLATIONS:
        yield f"  and {len(faults) - SHOWN_VIOLATIONS} more"
