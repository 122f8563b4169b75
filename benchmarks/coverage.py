"""How well articles are grouped and sentences chosen: `python -m benchmarks.coverage`.

Stories: BCubed F1 on six gold sets beside peers at their own best threshold, each layer of ours
left out in turn, and time and memory against the number of articles. Embedding: speed, and nearness
to plain float32. Overlap: sentences of the same fact, on labelled pairs, and conflicts
on labelled stories. Selection: ROUGE of the
extractive mode at three lengths beside lead-k, TextRank, LexRank and TF-IDF centroid + MMR.
Cleaning: precision and recall on the labelled lines of `tests/data/cleaning`.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import random
import resource
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import report
from benchmarks.clustering import peers, score
from benchmarks.conflicts import conflicts
from benchmarks.corpora import rows
from benchmarks.embedding import embedding
from benchmarks.overlap import overlap_pairs
from benchmarks.report import Result
from benchmarks.selection import selection
from benchmarks.templates import template_pairs
from newsfold.model.load import load_models
from newsfold.pipeline import cohort
from newsfold.pipeline.boilerplate import is_debris
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.stories import cluster, cuts
from newsfold.pipeline.tuning import Tuning
from newsfold.pipeline.types import Article, CleanArticle, Granularity, StoryMode
from newsfold.pipeline.views import article_vectors, text_of
from newsfold.server import open_pipeline
from newsfold.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.ports import Embedder
    from newsfold.pipeline.tuning import StoryTuning
    from newsfold.pipeline.types import Vectors
    from newsfold.pipeline.views import ArticleVectors

LINES = Path(__file__).parents[1] / "tests" / "data" / "cleaning" / "lines.jsonl"
_SIZES = (50, 200, 500, 1_000, 2_000)
_TUNING = Tuning()
_HEIGHTS = [step / 50 for step in range(15, 48)]
_VIEWS = {
    "embedding": ("embedding_weight",),
    "TF-IDF": ("words_weight",),
    "titles": ("title_weight", "told_weight"),
}


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Articles, the story of each, and what article texts the vectors are of."""

    name: str
    articles: list[CleanArticle]
    gold: list[str]
    vectors: ArticleVectors
    cohort: Vectors | None

    def only(self, name: str, wanted: Sequence[int]) -> GoldSet:
        """The articles at these positions."""
        return GoldSet(
            name,
            [replace(self.articles[i], index=k) for k, i in enumerate(wanted)],
            [self.gold[i] for i in wanted],
            self.vectors[wanted],
            self.cohort,
        )


def main() -> None:
    """Print and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=0, help="of each summary corpus; 0: all")
    arguments = parser.parse_args()
    results = asyncio.run(_measure(arguments.stories))
    notes = [
        "BCubed in percent. A peer with a threshold has the one that is best on the set; Newsfold"
        " has its defaults everywhere. ROUGE: rouge_score, stemmed, F in percent."
    ]
    print(report.write("coverage", "Stories, selection and cleaning", results, notes))


async def _measure(stories: int) -> list[Result]:
    results = [*_cleaning()]
    models = load_models()
    embedder = models.embedder
    try:
        neus = await _gold(
            "neus val, all", [r for r in rows("neus_clusters") if "-val-" in str(r["id"])], embedder
        )
        sets = [_random_mix(neus), _same_weeks(neus), neus]
        sets.append(await _gold("uci headlines", list(rows("uci_headline_stories")), embedder))
        for name, languages in (("English", {"english"}), ("mixed languages", None)):
            sets.append(await _gold(f"multiling {name}", _wikinews(languages), embedder))
        for gold in sets:
            results += _judge(gold)
        results += _layers(neus)
        results += await template_pairs(embedder)
        results += await overlap_pairs(embedder)
        results += await _scale(embedder)
    finally:
        models.close()
    results += embedding()
    async with open_pipeline(Settings()) as opened:
        results += await conflicts(opened.pipeline)
        results += await selection(opened.pipeline, stories)
    return results


async def _gold(name: str, found: Sequence[dict[str, object]], embedder: Embedder) -> GoldSet:
    articles: list[CleanArticle] = []
    gold: list[str] = []
    for row in found:
        article = Article(
            id=str(row["id"]),
            title=str(row["title"] or ""),
            body=str(row["text"]),
            published=_date(row.get("date")),
        )
        prepared = prepare(article, len(articles), _TUNING.clean)
        if isinstance(prepared, CleanArticle):
            articles.append(prepared)
            gold.append(str(row["cluster"]))
    vectors = await article_vectors(articles, embedder)
    return GoldSet(name, articles, gold, vectors, cohort.load(embedder.sha256))


def _wikinews(languages: set[str] | None) -> list[dict[str, object]]:
    """The articles of the clusters; a story in two languages is two stories."""
    found: list[dict[str, object]] = []
    for row in rows("multiling2011"):
        documents = row["documents"]
        if (languages and row["lang"] not in languages) or not isinstance(documents, list):
            continue
        for i, document in enumerate(documents):
            title, _, body = str(document).partition("\n\n")
            found.append(
                {"id": f"{row['id']}-{i}", "title": title, "text": body, "cluster": row["id"]}
            )
    return found


def _random_mix(gold: GoldSet) -> GoldSet:
    """100 stories at random."""
    stories = sorted(set(gold.gold))
    chosen = random.Random(1).sample(stories, min(100, len(stories)))
    return gold.only("neus val, 100 at random", [i for i, g in enumerate(gold.gold) if g in chosen])


def _same_weeks(gold: GoldSet) -> GoldSet:
    """The densest 60 days, where stories of one topic meet."""
    dated = sorted(
        (article.article.published, i)
        for i, article in enumerate(gold.articles)
        if article.article.published
    )
    window = dt.timedelta(days=60)
    best: list[int] = []
    for start, _ in dated:
        inside = [i for when, i in dated if start <= when < start + window]
        best = max(best, inside, key=len)
    wanted = {gold.gold[i] for i in best}
    return gold.only(
        "neus val, densest 60 days", [i for i, g in enumerate(gold.gold) if g in wanted]
    )


def _judge(gold: GoldSet) -> list[Result]:
    texts = [text_of(article) for article in gold.articles]
    others = list(peers(texts, gold.vectors.texts, gold.gold))
    best = max(scores.f1 for _, scores in others)
    ours = score(_labels(gold, _TUNING.stories), gold.gold)
    setting = f"{gold.name} ({len(gold.gold)} articles, {len(set(gold.gold))} stories)"
    found = []
    for system, scores in [("newsfold", ours), *others]:
        row = Result("BCubed F1", system, setting, 100 * scores.f1, "%")
        found += [
            row.at_least(100 * best) if system == "newsfold" else row,
            Result("BCubed precision", system, setting, 100 * scores.precision, "%"),
            Result("BCubed recall", system, setting, 100 * scores.recall, "%"),
            Result("adjusted Rand index", system, setting, scores.rand, ""),
            Result("wrong merges", system, setting, scores.wrong_merges, "stories"),
        ]
    return found


def _labels(gold: GoldSet, tuning: StoryTuning) -> list[str]:
    found = cluster(
        gold.articles, gold.vectors, StoryMode.AUTO, Granularity.NORMAL, tuning, gold.cohort
    )
    labels = {member.index: story.id for story in found for member in story.members}
    return [labels[i] for i in range(len(gold.articles))]


def _layers(gold: GoldSet) -> list[Result]:
    """What each part of the similarity adds, each at the height that is best without it.

    The weight of a view that is left out is shared out to the others.
    """
    tuning = _TUNING.stories
    without: dict[str, dict[str, float]] = {
        "anything": {},
        **{name: _shared_out(tuning, fields) for name, fields in _VIEWS.items()},
        "time": {"penalty_a_day": 0.0},
        "templates": {"templates": False},
        "normalisation": {"commonness_weight": 0.0},
        "near copies": {"near_jaccard": 1.1, "near_containment": 1.1},
    }
    found = []
    for name, changed in without.items():
        labels = cuts(
            gold.articles, gold.vectors, _HEIGHTS, tuning.model_copy(update=changed), gold.cohort
        )
        best = max(score(row, gold.gold).f1 for row in labels)
        system = f"newsfold without {name}, own best"
        found.append(Result("BCubed F1", system, gold.name, 100 * best, "%"))
    return found


def _shared_out(tuning: StoryTuning, fields: Sequence[str]) -> dict[str, float]:
    every = {name: getattr(tuning, name) for names in _VIEWS.values() for name in names}
    kept = sum(every.values()) - sum(every[name] for name in fields)
    return {n: 0.0 if n in fields else w * sum(every.values()) / kept for n, w in every.items()}


async def _scale(embedder: Embedder) -> list[Result]:
    """Seconds against the number of articles, without the embedding and with it."""
    source = list(rows("neus_clusters"))[: max(_SIZES)]
    found = []
    for size in _SIZES:
        started = time.perf_counter()
        gold = await _gold("scale", source[:size], embedder)
        embedded = time.perf_counter() - started
        started = time.perf_counter()
        _labels(gold, _TUNING.stories)
        clustered = time.perf_counter() - started
        setting = f"{size} articles"
        found += [
            Result("clean, split and embed", "newsfold", setting, embedded, "s"),
            Result("cluster", "newsfold", setting, clustered, "s"),
        ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found.append(Result("peak memory", "newsfold", f"{max(_SIZES)} articles", peak, "MiB"))
    return found


def _cleaning() -> list[Result]:
    lines = [json.loads(line) for line in LINES.read_text(encoding="utf-8").splitlines()]
    dropped = [line for line in lines if is_debris(line["text"])]
    right = sum(line["label"] == "debris" for line in dropped)
    debris = sum(line["label"] == "debris" for line in lines)
    setting = f"{debris} lines of debris among {len(lines) - debris} of news"
    return [
        Result("precision", "cleaning", setting, 100 * right / len(dropped), "%").at_least(99.0),
        Result("recall", "cleaning", setting, 100 * right / debris, "%").at_least(95.0),
    ]


def _date(value: object) -> dt.datetime | None:
    if not value:
        return None
    date = dt.datetime.fromisoformat(str(value))
    return date if date.tzinfo else date.replace(tzinfo=dt.UTC)


if __name__ == "__main__":
    main()
