"""How fast sentences become vectors, beside the same encoder in plain float32, and how near."""

from __future__ import annotations

import statistics
import time
from itertools import islice

import numpy as np
from sentence_transformers import SentenceTransformer

from benchmarks.corpora import neus_summaries
from benchmarks.report import Result
from benchmarks.selection import clean_sentences
from newsfold.model.checkpoint import EMBEDDED, find_embedder
from newsfold.model.load import load_models

_SENTENCES = 1_000
_RUNS = 3
_BATCH = 32
_WARM_UP = 64


async def embedding() -> list[Result]:
    """Sentences a second, medians of runs by turns, and the least cosine between the two."""
    texts = _sentences()
    plain = SentenceTransformer(str(find_embedder(EMBEDDED).directory), device="cpu")
    models = load_models(embed_cache_entries=0)
    try:
        await models.embedder.embed(texts[:_WARM_UP])
        plain.encode(texts[:_WARM_UP])
        ours, theirs = [], []
        for _ in range(_RUNS):
            started = time.perf_counter()
            vectors = await models.embedder.embed(texts)
            between = time.perf_counter()
            reference = plain.encode(texts, batch_size=_BATCH, normalize_embeddings=True)
            ours.append(len(texts) / (between - started))
            theirs.append(len(texts) / (time.perf_counter() - between))
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


def _sentences() -> list[str]:
    """The first sentences of neus_fulltext val that differ."""
    stories = neus_summaries("val")
    texts = (t for story in stories for article in clean_sentences(story) for t in article)
    return list(islice(dict.fromkeys(texts), _SENTENCES))
