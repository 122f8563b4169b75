"""Rows that join one by one while others decode, of several decodings and lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from newsfold.model.engine import Decoding, Row

if TYPE_CHECKING:
    from newsfold.model.engine import Hypothesis
    from newsfold.model.stepping import SteppingEngine

SHAPES = ("bart", "t5", "flan_t5")
DECODINGS = (
    Decoding(4, 12, min_new_tokens=3, no_repeat_ngram=3, hypotheses=4),
    Decoding(1, 40, min_new_tokens=36),
    Decoding(4, 20, length_penalty=-1.0, early_stopping=False),
)


def rows_of(lengths: range) -> list[Row]:
    """Rows of several decodings and lengths; of a number the same each time."""
    numbers = torch.Generator().manual_seed(5)
    return [
        Row(
            (*torch.randint(5, 60, (n % 40 + 2,), generator=numbers).tolist(), 2),
            DECODINGS[i % len(DECODINGS)],
        )
        for i, n in enumerate(lengths)
    ]


def written(engine: SteppingEngine, rows: list[Row]) -> list[tuple[Hypothesis, ...]]:
    """Rows join one by one while others decode; one of five is given up two rows after it."""
    found: dict[int, tuple[Hypothesis, ...]] = {}
    waits = set(range(len(rows)))
    for key, row in enumerate(rows):
        engine.admit([(key, row)])
        if key % 5 == 4:
            waits.discard(key - 2)
        found.update(engine.step(waits.__contains__).finished)
    while engine.live:
        found.update(engine.step(waits.__contains__).finished)
    return [found[key] for key in sorted(waits & found.keys())]
