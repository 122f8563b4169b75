"""Extractive summaries at the same word budget: Newsfold's choice of sentences beside others'.

All systems choose among the same clean sentences and are cut at the same number of words.
"""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
from rouge_score.rouge_scorer import RougeScorer
from sklearn.feature_extraction.text import TfidfVectorizer
from sumy.models.dom import ObjectDocumentModel, Paragraph
from sumy.models.dom import Sentence as SumySentence
from sumy.summarizers.lex_rank import LexRankSummarizer
from sumy.summarizers.text_rank import TextRankSummarizer

from benchmarks.corpora import multiling_summaries, neus_summaries
from benchmarks.report import Result
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import CleanTuning
from newsfold.pipeline.types import CleanArticle, Options, StoryMode, WriteMode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.corpora import GoldSummary
    from newsfold.pipeline.pipeline import Pipeline

BUDGETS = (50, 100, 220)
_METRICS = ("rouge1", "rouge2", "rougeL")
_DIVERSITY = 0.5
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Summary:
    sentences: list[str]
    sources: float
    """Share of the articles that a sentence of it is from or cites."""


async def selection(pipeline: Pipeline, stories: int) -> list[Result]:
    """Scores of all systems on both corpora at all budgets; `stories` of each, 0 for all."""
    results: list[Result] = []
    for corpus, gold in (
        ("neus_fulltext val", neus_summaries("val")),
        ("multiling2011 English", multiling_summaries("english")),
    ):
        sample = gold[: stories or None]
        sentences = [_sentences(story) for story in sample]
        for words in BUDGETS:
            setting = f"{corpus}, {words} words"
            ours = [await _newsfold(pipeline, story, words) for story in sample]
            others = {name: [pick(s, words) for s in sentences] for name, pick in _PEERS.items()}
            best = max(_rouge(made, sample)[1] for made in others.values())
            for name, made in {"newsfold": ours, **others}.items():
                for metric, value in zip(_METRICS, _rouge(made, sample), strict=True):
                    row = Result(metric, name, setting, value, "%")
                    judged = name == "newsfold" and metric == "rouge2"
                    results.append(row.at_least(best) if judged else row)
                overlap = statistics.mean(_redundancy(summary.sentences) for summary in made)
                row = Result("largest bigram overlap of two sentences", name, setting, overlap, "")
                results.append(row.at_most(0.3) if name == "newsfold" else row)
                sources = statistics.mean(summary.sources for summary in made)
                results.append(Result("articles drawn on", name, setting, 100 * sources, "%"))
    return results


async def _newsfold(pipeline: Pipeline, story: GoldSummary, words: int) -> _Summary:
    options = Options(
        target_words=words,
        story_mode=StoryMode.SINGLE_STORY,
        write_mode=WriteMode.EXTRACTIVE,
        headline=False,
    )
    answer = await pipeline.summarize(story.articles, options)
    sentences = answer.stories[0].sentences
    cited = {evidence.article for sentence in sentences for evidence in sentence.evidence}
    return _Summary([s.text for s in sentences], len(cited) / len(story.articles))


def _sentences(story: GoldSummary) -> list[list[str]]:
    """The clean sentences of each article."""
    prepared = (prepare(a, i, CleanTuning()) for i, a in enumerate(story.articles))
    return [[s.text for s in p.sentences] for p in prepared if isinstance(p, CleanArticle)]


def _lead(articles: Sequence[Sequence[str]], words: int) -> _Summary:
    """The first sentence of each article, then the second of each, and so on."""
    ranked = [(i, s) for row in zip_longest(*articles) for i, s in enumerate(row) if s is not None]
    return _fitted(ranked, words, len(articles))


def _graph(summarizer: Any, articles: Sequence[Sequence[str]], words: int) -> _Summary:
    """The sentences in the order in which a summarizer of sumy rates them."""
    article_of = {s: i for i, article in enumerate(articles) for s in article}
    tokenizer = _Words()
    document = ObjectDocumentModel([Paragraph([SumySentence(t, tokenizer) for t in article_of])])
    ranked: list[tuple[int, str]] = []

    def take_all(rated: Sequence[Any]) -> Sequence[Any]:
        ranked.extend((article_of[str(info.sentence)], str(info.sentence)) for info in rated)
        return rated

    summarizer(document, take_all)
    return _fitted(ranked, words, len(articles))


def _mmr(articles: Sequence[Sequence[str]], words: int) -> _Summary:
    """TF-IDF centroid with maximal marginal relevance (Carbonell and Goldstein 1998)."""
    flat = [(i, s) for i, article in enumerate(articles) for s in article]
    matrix = TfidfVectorizer(sublinear_tf=True).fit_transform([s for _, s in flat]).toarray()
    centre = matrix.mean(axis=0)
    central = matrix @ centre / max(float(np.linalg.norm(centre)), 1e-9)
    chosen: list[int] = []
    total = 0
    left = set(range(len(flat)))
    while left and total < words:
        nearest = (matrix @ matrix[chosen].T).max(axis=1) if chosen else np.zeros(len(flat))
        best = max(left, key=lambda i: (1 - _DIVERSITY) * central[i] - _DIVERSITY * nearest[i])
        left.remove(best)
        chosen.append(best)
        total += len(flat[best][1].split())
    return _fitted([flat[i] for i in chosen], words, len(articles))


def _fitted(ranked: Sequence[tuple[int, str]], words: int, articles: int) -> _Summary:
    """The first sentences up to the budget, the last one cut to it."""
    kept: list[str] = []
    used: set[int] = set()
    left = words
    for article, sentence in ranked:
        if left <= 0:
            break
        kept.append(" ".join(sentence.split()[:left]))
        used.add(article)
        left -= len(sentence.split())
    return _Summary(kept, len(used) / articles)


def _rouge(made: Sequence[_Summary], gold: Sequence[GoldSummary]) -> tuple[float, ...]:
    scorer = RougeScorer(list(_METRICS), use_stemmer=True)
    found = [
        scorer.score_multi(list(story.references), " ".join(summary.sentences))
        for story, summary in zip(gold, made, strict=True)
    ]
    return tuple(100 * statistics.mean(f[m].fmeasure for f in found) for m in _METRICS)


def _redundancy(sentences: Sequence[str]) -> float:
    """The largest share of a sentence's bigrams that stand in another; 0 for one sentence."""
    bigrams = [set(pairwise(_WORD.findall(s.lower()))) for s in sentences]
    return max(
        (
            len(a & b) / min(len(a), len(b))
            for i, a in enumerate(bigrams)
            for b in bigrams[i + 1 :]
            if a and b
        ),
        default=0.0,
    )


_PEERS: dict[str, Callable[[Sequence[Sequence[str]], int], _Summary]] = {
    "lead-k of each article": _lead,
    "TextRank (sumy)": partial(_graph, TextRankSummarizer()),
    "LexRank (sumy)": partial(_graph, LexRankSummarizer()),
    "TF-IDF centroid + MMR": _mmr,
}


class _Words:
    """The tokenizer that sumy asks for."""

    def to_words(self, text: str) -> tuple[str, ...]:
        """Lower-case words."""
        return tuple(_WORD.findall(text.lower()))
