"""Choose the strangers against which similarities are normalised: `pipeline/cohort.npz`.

`python -m training.cohort neus_clusters.jsonl.gz` takes one article of each of 600 random stories
of the train split and keeps their vectors (float16), no text.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
from pathlib import Path

from newsfold.model.load import load_models
from newsfold.pipeline import cohort
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import CleanTuning
from newsfold.pipeline.types import Article, CleanArticle
from newsfold.pipeline.views import text_of

SEED = 0


def main() -> None:
    """Write the vectors into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clusters", type=Path, help="articles with title, text and cluster")
    arguments = parser.parse_args()
    firsts: dict[str, Article] = {}
    with gzip.open(arguments.clusters, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if "-val-" not in row["id"]:
                article = Article(row["id"], row["title"] or "", row["text"])
                firsts.setdefault(row["cluster"], article)
    chosen = random.Random(SEED).sample(sorted(firsts), cohort.STRANGERS)
    prepared = [prepare(firsts[story], 0, CleanTuning()) for story in chosen]
    texts = [text_of(article) for article in prepared if isinstance(article, CleanArticle)]
    models = load_models()
    vectors = asyncio.run(models.embedder.embed(texts))
    path = Path(cohort.__file__).with_name(cohort.FILE)
    cohort.save(path, vectors, models.embedder.sha256)
    models.close()
    print(f"{path}: {vectors.shape}")


if __name__ == "__main__":
    main()
