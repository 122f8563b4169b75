"""How fast sentences become vectors, beside the same encoder in plain float32, and how near."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sentence_transformers import SentenceTransformer

from benchmarks.corpora import neus_summaries
from benchmarks.report import Result
from newsfold.model.checkpoint import EMBEDDED, find_embedder
from newsfold.model.load import load_models
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import CleanTuning
from newsfold.pipeline.types import CleanArticle

if TYPE_CHECKING:
    from collections.abc import Callable

    from newsfold.pipeline.types import Vectors

_SENTENCES = 1_000
_RUNS = 3
_BATCH = 32
_WARM_UP = 64


async def embedding() -> list[Result]:
    """Sentences a second, medians of runs by turns, and the least cosine between the two."""
    texts = _sentences()
    plain = SentenceTransformer(str(Path(find_embedder(EMBEDDED).directory)), device="cpu")
    models = load_models(embed_cache_entries=0)

    def peer() -> Vectors:
        found: Vectors = plain.encode(texts, batch_size=_BATCH, normalize_embeddings=True)
        return found

    try:
        await models.embedder.embed(texts[:_WARM_UP])
        plain.encode(texts[:_WARM_UP])
        ours, theirs = [], []
        for _ in range(_RUNS):
            started = time.perf_counter()
            vectors = await models.embedder.embed(texts)
            ours.append(len(texts) / (time.perf_counter() - started))
            rate, reference = _timed(peer)
            theirs.append(rate)
    finally:
        models.close()
    setting = f"{len(texts)} sentences"
    system = f"newsfold, {models.embedder_info.dtype}"
    ratio = statistics.median(ours) / statistics.median(theirs)
    nearest = float(np.sum(vectors * reference, axis=1).min())
    return [
        Result("sentences embedded", system, setting, statistics.median(ours), "/s"),
        Result(
            "sentences embedded",
            f"sentence-transformers, float32, batches of {_BATCH}",
            setting,
            statistics.median(theirs),
            "/s",
        ),
        Result("over plain float32", system, setting, ratio, "x").at_least(3.0),
        Result("least cosine to float32", system, setting, nearest, "").at_least(0.999),
    ]


def _timed(encode: Callable[[], Vectors]) -> tuple[float, Vectors]:
    started = time.perf_counter()
    vectors = encode()
    return len(vectors) / (time.perf_counter() - started), vectors


def _sentences() -> list[str]:
    """The first sentences of neus_fulltext val that differ."""
    found: dict[str, None] = {}
    for story in neus_summaries("val"):
        for article in story.articles:
            prepared = prepare(article, 0, CleanTuning())
            if isinstance(prepared, CleanArticle):
                found.update(dict.fromkeys(sentence.text for sentence in prepared.sentences))
        if len(found) >= _SENTENCES:
            break
    return list(found)[:_SENTENCES]
