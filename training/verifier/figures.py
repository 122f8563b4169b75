"""Wrong figures and dates."""

import random
import re

from training.verifier.source import Source
from training.verifier.spans import MONTHS, NUMBER_WORDS, WEEKDAYS, dates, figures, replaced

_UNIT = re.compile(r"\b(?:million|billion|trillion)\b")
_TRIES = 8


def number(source: Source, rng: random.Random) -> str | None:
    """Another value, written as the old one is; one in five times another unit."""
    units = list(_UNIT.finditer(source.sentence))
    if units and rng.random() < 0.2:  # noqa: PLR2004
        match = rng.choice(units)
        other = rng.choice([u for u in ("million", "billion", "trillion") if u != match.group()])
        return replaced(source.sentence, match.span(), other)
    spans = figures(source.sentence)
    if not spans:
        return None
    span = rng.choice(spans)
    old = source.sentence[slice(*span)]
    for _ in range(_TRIES):
        new = _other_figure(old, rng)
        if new != old and not source.says(new):
            return replaced(source.sentence, span, new)
    return None


def figures_swapped(source: Source, rng: random.Random) -> str | None:
    """Two figures of the sentence change places: each is true of something else."""
    spans = figures(source.sentence)
    texts = [source.sentence[slice(*span)] for span in spans]
    choices = [(i, j) for i in range(len(spans)) for j in range(i) if texts[i] != texts[j]]
    if not choices:
        return None
    later, earlier = rng.choice(choices)
    swapped = replaced(source.sentence, spans[later], texts[earlier])
    return replaced(swapped, spans[earlier], texts[later])


def date(source: Source, rng: random.Random) -> str | None:
    """Another weekday, month, day, year or "last month"."""
    spans = dates(source.sentence)
    if not spans:
        return None
    span = rng.choice(spans)
    old = source.sentence[slice(*span)]
    for _ in range(_TRIES):
        new = _other_date(old, rng)
        if new != old and not source.says(new):
            return replaced(source.sentence, span, new)
    return None


def _other_figure(old: str, rng: random.Random) -> str:
    if old.lower() in NUMBER_WORDS:
        return rng.choice(NUMBER_WORDS)
    plain = old.replace(",", "")
    digits = len(plain.partition(".")[2])
    value = float(plain)
    factor = rng.choice((0.1, 0.5, 0.8, 1.2, 1.5, 2.0, 10.0))
    step = rng.choice((-3, -2, -1, 1, 2, 3))
    changed = max(2.0, value + step) if value < 20 or rng.random() < 0.3 else value * factor  # noqa: PLR2004
    return f"{changed:,.{digits}f}" if "," in old else f"{changed:.{digits}f}"


def _other_date(old: str, rng: random.Random) -> str:
    for family in (WEEKDAYS, MONTHS, ("week", "month", "year"), ("yesterday", "today", "tomorrow")):
        if old in family:
            return rng.choice(family)
    value = int(old)
    year = 31
    if value > year:
        return str(value + rng.choice((-10, -3, -2, -1, 1, 2, 3, 10)))
    return str(rng.randint(1, 30))
