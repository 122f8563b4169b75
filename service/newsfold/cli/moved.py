"""Which metrics moved between two scrapes, and by how much, for a person to read."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PREFIXES = ("newsfold_", "grpc_")
_ALWAYS_SAME = ("grpc_service", "grpc_type")
"""Labels that say nothing in a table about one service."""
_SCRAPE_S = 10.0
SHOWN = 60
"""Series shown; a line below them counts the rest."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series: a name and its labels."""

    name: str
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """What a scrape says of one metric family."""

    kind: str
    """counter, gauge, histogram or summary."""
    samples: Mapping[Series, float]


def scrape(url: str) -> dict[str, Family]:
    """The families at a /metrics address that are Newsfold's or gRPC's."""
    with urllib.request.urlopen(url, timeout=_SCRAPE_S) as page:  # noqa: S310 - http, ours
        return parse(page.read().decode())


def parse(exposition: str) -> dict[str, Family]:
    """The same from the text of a scrape."""
    return {
        family.name: Family(
            family.type,
            {
                Series(sample.name, tuple(sorted(sample.labels.items()))): sample.value
                for sample in family.samples
                if not sample.name.endswith(("_bucket", "_created"))
            },
        )
        for family in text_string_to_metric_families(exposition)
        if family.name.startswith(_PREFIXES)
    }


def moved_table(before: Mapping[str, Family], after: Mapping[str, Family]) -> Table:
    """One line for each series that changed; of a histogram, its observations and their mean."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(style="dim", overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    rows = sorted(_rows(before, after))
    for row in rows[:SHOWN]:
        table.add_row(*row)
    if len(rows) > SHOWN:
        table.add_row(f"and {len(rows) - SHOWN} more series", "", "")
    return table


def _rows(
    before: Mapping[str, Family], after: Mapping[str, Family]
) -> Iterator[tuple[str, str, str]]:
    for name, family in after.items():
        old = before[name].samples if name in before else {}
        change = {
            series: value - old.get(series, 0.0)
            for series, value in family.samples.items()
            if value != old.get(series, 0.0)
        }
        if family.kind in ("histogram", "summary"):
            yield from _observed(name, change)
        elif family.kind == "gauge":
            for series in change:
                was, now = old.get(series, 0.0), family.samples[series]
                yield name, _labels(series), f"{_number(was)} -> {_number(now)}"
        else:
            for series, by in change.items():
                yield series.name, _labels(series), f"+{_quantity(series.name, by)}"


def _observed(name: str, change: Mapping[Series, float]) -> Iterator[tuple[str, str, str]]:
    """A histogram: how many observations, and their mean."""
    for series, by in change.items():
        if series.name == f"{name}_count":
            total = change.get(Series(f"{name}_sum", series.labels), 0.0)
            yield name, _labels(series), f"{by:,.0f} x {_quantity(name, total / by)}"


def _labels(series: Series) -> str:
    return " ".join(value for key, value in series.labels if value and key not in _ALWAYS_SAME)


def _quantity(name: str, value: float) -> str:
    if "_seconds" in name:
        return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.1f} ms"
    if "_bytes" in name:
        return f"{value / 1024:,.1f} KiB"
    return _number(value)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
