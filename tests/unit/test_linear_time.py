"""What reads text takes time in proportion to its length, whatever the text is made of.

A service that is sent a megabyte of quotation marks must not think about it for an hour.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from newsfold.model.surface import close_quotes, restore
from newsfold.pipeline import (
    attributions,
    claims,
    conflicts,
    facts,
    figures,
    forces,
    form,
    polarity,
    quotations,
    recombination,
)
from newsfold.pipeline.clean import clean
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import CleanTuning, ConflictTuning
from newsfold.pipeline.types import Article, OverlapGroup, Sentence, Span

if TYPE_CHECKING:
    from collections.abc import Callable

CHARS = 20_000
MOST_TIMES = 3.5
"""How much longer twice the text may take; by the square it would be four times."""
FLOOR = 0.05
"""Seconds under which nothing is said of a text of twice `CHARS`: timers and collectors disturb."""
TRIES = 5
DRAFT_CHARS = 20
"""A written sentence is bounded by what the model may write; only its sources are not."""
MEMORIES = [
    value
    for module in (facts, claims, forces, polarity, quotations, attributions)
    for value in vars(module).values()
    if hasattr(value, "cache_clear")
]
HOSTILE = [
    *"aA7\"“”‘’,.?!()[]$-—'/@|:;%文\t\n",
    "e\u0301\u0301",
    *(
        "a ",
        "A. ",
        "A.",
        "a\n",
        "1,",
        "1.",
        "1-",
        "$1 ",
        "5% ",
        "Roe ",
        "ROE ",
        "RoeRoe ",
        "a-",
        "a'",
    ),
    *(
        '"ab" ',
        "“ab” ",
        "“ab ",
        ' "ab',
        "word. Word ",
        ", but ",
        "wall.",
        "? ",
        "(AP) ",
        "http://",
        "via Roe ",
    ),
    *(
        "3 trees ",
        "twenty ",
        "twenty-",
        "hundred and ",
        "30 people killed ",
        "at least ",
        "half a dozen ",
    ),
    *("three in ", "a third of ", "Tuesday ", "in May ", "said ", "Roe said ", "Roe, ", "not "),
    "wall." + "”" * 50 + " ",
    "x" + " " * 99,
]


def story_of(text: str) -> list[OverlapGroup]:
    """Two sources that say the same."""
    both = tuple(Sentence(article, 0, Span(0, len(text)), text) for article in (0, 1))
    return [OverlapGroup(both, 2, 1.0, np.ones(1, np.float32))]


def draft(text: str) -> str:
    """What a writer could have made of it."""
    return text[:DRAFT_CHARS]


STEPS: dict[str, Callable[[str], object]] = {
    "clean": lambda text: clean(text, CleanTuning()),
    "prepare": lambda text: prepare(Article("a", "", text, language="en"), 0, CleanTuning()),
    "prepare, German": lambda t: prepare(Article("a", "", t, language="de"), 0, CleanTuning()),
    "content words": facts.content_words,
    "quantities": facts.quantities,
    "durations": facts.durations,
    "normalised": facts.normalised,
    "dates": facts.dates,
    "names": facts.names,
    "quotations": quotations.quoted,
    "misquoted": lambda text: quotations.misquoted(draft(text), [text]),
    "form": lambda text: form.fault_of_form(draft(text), [text], headline=False),
    "contrasts": lambda text: recombination.contrasts(draft(text), [text]),
    "conflicts": lambda text: conflicts.find(story_of(text), {0: 0, 1: 1}, ConflictTuning()),
    "figures": lambda text: figures.marked(story_of(text), ()),
    "surface": lambda text: restore(draft(text).lower(), [text]),
    "close quotes": lambda text: close_quotes(draft(text), [text]),
}


def seconds(step: Callable[[str], object], text: str) -> float:
    """Of the processor, for one run, nothing remembered from the one before."""
    for memory in MEMORIES:
        memory.cache_clear()
    start = time.thread_time()
    step(text)
    return time.thread_time() - start


@pytest.mark.parametrize("name", STEPS)
def test_twice_the_text_takes_about_twice_the_time(name: str) -> None:
    """Of 20,000 and 40,000 characters of runs that patterns are known to trip over.

    What seems to take longer is measured again: a machine that does something else is no fault.
    """
    slow = []
    for unit in HOSTILE:
        text = (unit * CHARS)[: 2 * CHARS]
        twice, once = (seconds(STEPS[name], t) for t in (text, text[:CHARS]))
        if twice > max(FLOOR, MOST_TIMES * once):
            pairs = [[seconds(STEPS[name], t) for t in (text, text[:CHARS])] for _ in range(TRIES)]
            twice, once = map(min, zip(*pairs, strict=True))
            if twice > max(FLOOR, MOST_TIMES * once):
                slow.append((unit, once, twice))
    assert not slow
