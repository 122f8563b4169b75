"""How fast sentences become vectors, beside the same encoder in plain float32, and how near."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from sentence_transformers import SentenceTransformer

from benchmarks.apart import median_of
from benchmarks.corpora import neus_summaries
from benchmarks.report import Result
from benchmarks.selection import clean_sentences
from newsfold.model.checkpoint import EMBEDDED, find_embedder
from newsfold.model.load import load_models

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newsfold.pipeline.types import Vectors

_SENTENCES = 1_000
_BATCH = 32


def embedding() -> list[Result]:
    """Sentences a second, medians of runs, and the least cosine between the two."""
    texts = _sentences()
    (vectors, dtype), ours = median_of(partial(_run_newsfold, texts))
    reference, theirs = median_of(partial(_run_plain, texts))
    setting = f"{len(texts)} sentences"
    system = f"newsfold, {dtype}"
    plain = f"sentence-transformers, float32, batches of {_BATCH}"
    nearest = float(np.sum(vectors * reference, axis=1).min())
    return [
        Result("sentences embedded", system, setting, len(texts) / ours, "/s"),
        Result("sentences embedded", plain, setting, len(texts) / theirs, "/s"),
        Result("over plain float32", system, setting, theirs / ours, "x").at_least(3.0),
        Result("least cosine to float32", system, setting, nearest, "").at_least(0.999),
    ]


def _run_newsfold(texts: Sequence[str]) -> Callable[[], tuple[Vectors, str]]:
    """Through the scheduler; the vectors, and what they were computed in."""
    models = load_models(embed_cache_entries=0)
    return lambda: (asyncio.run(models.embedder.embed(texts)), models.embedder_info.dtype)


def _run_plain(texts: Sequence[str]) -> Callable[[], Vectors]:
    plain = SentenceTransformer(str(find_embedder(EMBEDDED).directory), device="cpu")
    return lambda: plain.encode(texts, batch_size=_BATCH, normalize_embeddings=True)


def _sentences() -> list[str]:
    """The first sentences of neus_fulltext val that differ."""
    stories = neus_summaries("val")
    texts = (t for story in stories for article in clean_sentences(story) for t in article)
    return list(islice(dict.fromkeys(texts), _SENTENCES))
