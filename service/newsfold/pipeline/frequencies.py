"""How rare a word is in the news at large: a fixed table of document counts.

The table makes a word's weight independent of the other articles of a request, so that an unrelated
article changes no story. `training/frequencies.py` made it from an archive of US news, 2012-2020.
"""

from __future__ import annotations

import gzip
import math
from functools import lru_cache
from importlib.resources import files

TABLE = "frequencies.tsv.gz"


@lru_cache(maxsize=100_000)
def idf(stem: str) -> float:
    """log((N + 1) / (n + 1)) of a stem, n of N articles; a stem not in the table has n = 0."""
    articles, counts = _table()
    return math.log((articles + 1) / (counts.get(stem, 0) + 1))


@lru_cache(maxsize=1)
def _table() -> tuple[int, dict[str, int]]:
    packed = files("newsfold.pipeline").joinpath(TABLE).read_bytes()
    first, *lines = gzip.decompress(packed).decode().splitlines()
    pairs = (line.split("\t") for line in lines)
    return int(first), {stem: int(n) for stem, n in pairs}
