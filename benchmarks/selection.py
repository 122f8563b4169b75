"""Extractive summaries at the same word budget: Newsfold's choice of sentences beside others'.

All systems choose among the same clean sentences. They are compared twice: at whole sentences
within the budget, which is what a reader gets, and cut at the budget in mid-sentence, as DUC did.
"""

from __future__ import annotations

import random
import re
import statistics
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from rouge_score.rouge_scorer import RougeScorer
from sklearn.feature_extraction.text import TfidfVectorizer
from sumy.models.dom import ObjectDocumentModel, Paragraph
from sumy.models.dom import Sentence as SumySentence
from sumy.nlp.stemmers import Stemmer
from sumy.summarizers.lex_rank import LexRankSummarizer
from sumy.summarizers.text_rank import TextRankSummarizer
from sumy.utils import get_stop_words

from benchmarks.corpora import BUDGETS, multiling_summaries, neus_summaries
from benchmarks.report import Result
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import CleanTuning
from newsfold.pipeline.types import CleanArticle, Options, StoryMode, WriteMode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.corpora import GoldSummary
    from newsfold.pipeline.pipeline import Pipeline

SAMPLES = 8
SAMPLED = 7
"""Of ten articles."""
_METRICS = ("rouge1", "rouge2", "rougeL")
_DIVERSITY = 0.5
_WORD = re.compile(r"\w+")


_A_SENTENCE = 25
"""Words of a sentence of news."""
_MOST_CHOSEN = 60
"""Sentences that MMR ranks: more than any budget here holds."""
_Ranked: TypeAlias = "Sequence[tuple[int, str]]"
"""Sentences, the best first, each with the number of its article."""


@dataclass(frozen=True, slots=True)
class _Summary:
    sentences: list[str]
    sources: float
    """Share of the articles that a sentence of it is from."""


_Rank: TypeAlias = "Callable[[Sequence[Sequence[str]]], _Ranked]"
_Fitted: TypeAlias = "Callable[[_Ranked, int, int], _Summary]"
"""(sentences, words, articles) -> what of them fits."""


async def selection(pipeline: Pipeline, stories: int) -> list[Result]:
    """Scores of all systems on all corpora at all budgets; `stories` of each, 0 for all."""
    results: list[Result] = []
    english = multiling_summaries("english")[: stories or None]
    for corpus, gold in (
        ("neus_fulltext val", neus_summaries("val")[: stories or None]),
        ("multiling2011 English", english),
        ("samples of multiling2011 English", samples(english)),
    ):
        sentences = [clean_sentences(story) for story in gold]
        ranked = {
            name: [[rank(s) for s in sentences] for rank in variants]
            for name, variants in _PEERS.items()
        }
        for words in BUDGETS:
            for end, fitted in (("whole sentences", _whole), ("cut", _cut)):
                ours = [await _newsfold(pipeline, s, words, fitted) for s in gold]
                made = {"newsfold": _scored(ours, gold)}
                for name, variants in ranked.items():
                    found = (
                        [
                            fitted(order, words, len(story.articles))
                            for order, story in zip(of_stories, gold, strict=True)
                        ]
                        for of_stories in variants
                    )
                    scored = (_scored(summaries, gold) for summaries in found)
                    made[name] = max(scored, key=lambda s: statistics.mean(s.rouge))
                results += _judged(made, f"{corpus}, {words} words, {end}")
    return results


@dataclass(frozen=True, slots=True)
class _Scored:
    summaries: list[_Summary]
    rouge: tuple[float, ...]
    """Of each metric, percent."""


def _scored(summaries: list[_Summary], gold: Sequence[GoldSummary]) -> _Scored:
    return _Scored(summaries, _rouge(summaries, gold))


def _judged(made: dict[str, _Scored], setting: str) -> list[Result]:
    scores = {name: scored.rouge for name, scored in made.items()}
    peers = [score for name, score in scores.items() if name != "newsfold"]
    best = [max(values) for values in zip(*peers, strict=True)]
    results: list[Result] = []
    for name, scored in made.items():
        summaries = scored.summaries
        for metric, value, bar in zip(_METRICS, scores[name], best, strict=True):
            row = Result(metric, name, setting, value, "%")
            results.append(row.at_least(bar) if name == "newsfold" else row)
        overlap = statistics.mean(_redundancy(summary.sentences) for summary in summaries)
        row = Result("largest bigram overlap of two sentences", name, setting, overlap, "")
        results.append(row.at_most(0.3) if name == "newsfold" else row)
        sources = statistics.mean(summary.sources for summary in summaries)
        results.append(Result("articles drawn on", name, setting, 100 * sources, "%"))
    return results


async def _newsfold(
    pipeline: Pipeline, story: GoldSummary, words: int, fitted: _Fitted
) -> _Summary:
    """As served; to be cut, asked for a sentence more than the budget holds."""
    options = Options(
        target_words=words + (_A_SENTENCE if fitted is _cut else 0),
        story_mode=StoryMode.SINGLE_STORY,
        write_mode=WriteMode.EXTRACTIVE,
        headline=False,
    )
    answer = await pipeline.summarize(story.articles, options)
    told = answer.stories[0].sentences
    if fitted is _cut:
        return _cut([(s.evidence[0].article, s.text) for s in told], words, len(story.articles))
    drawn_from = {sentence.evidence[0].article for sentence in told}
    return _Summary([s.text for s in told], len(drawn_from) / len(story.articles))


def samples(gold: Sequence[GoldSummary]) -> list[GoldSummary]:
    """Of each story `SAMPLES` times `SAMPLED` articles in a random order; summaries as they were.

    Who wrote the summaries of multiling2011 had the articles in the order of the corpus. A request
    has none that tells anything, and none counts here but for lead-k.
    """
    chance = random.Random(11)
    return [
        replace(story, articles=tuple(chance.sample(story.articles, SAMPLED)))
        for _ in range(SAMPLES)
        for story in gold
    ]


def clean_sentences(story: GoldSummary) -> list[list[str]]:
    """The clean sentences of each article."""
    prepared = (prepare(a, i, CleanTuning()) for i, a in enumerate(story.articles))
    return [[s.text for s in p.sentences] for p in prepared if isinstance(p, CleanArticle)]


def _lead(articles: Sequence[Sequence[str]]) -> _Ranked:
    """The first sentence of each article, then the second of each, and so on."""
    return [(i, s) for row in zip_longest(*articles) for i, s in enumerate(row) if s is not None]


def _graph(summarizer: Any, articles: Sequence[Sequence[str]]) -> _Ranked:
    """The sentences in the order in which a summarizer of sumy rates them."""
    article_of = {s: i for i, article in enumerate(articles) for s in article}
    tokenizer = _Words()
    document = ObjectDocumentModel([Paragraph([SumySentence(t, tokenizer) for t in article_of])])
    rated: list[Any] = []

    def take_all(infos: Sequence[Any]) -> Sequence[Any]:
        rated.extend(infos)
        return infos

    summarizer(document, take_all)
    return [(article_of[str(info.sentence)], str(info.sentence)) for info in rated]


def _mmr(articles: Sequence[Sequence[str]]) -> _Ranked:
    """TF-IDF centroid with maximal marginal relevance (Carbonell and Goldstein 1998)."""
    flat = [(i, s) for i, article in enumerate(articles) for s in article]
    matrix = TfidfVectorizer(sublinear_tf=True).fit_transform([s for _, s in flat]).toarray()
    centre = matrix.mean(axis=0)
    central = matrix @ centre / max(float(np.linalg.norm(centre)), 1e-9)
    chosen: list[int] = []
    left = set(range(len(flat)))
    while left and len(chosen) < _MOST_CHOSEN:
        nearest = (matrix @ matrix[chosen].T).max(axis=1) if chosen else np.zeros(len(flat))
        best = max(left, key=lambda i: (1 - _DIVERSITY) * central[i] - _DIVERSITY * nearest[i])
        left.remove(best)
        chosen.append(best)
    return [flat[i] for i in chosen]


def _whole(ranked: _Ranked, words: int, articles: int) -> _Summary:
    """The sentences that fit, in order; one that is too long is passed over."""
    kept: list[str] = []
    used: set[int] = set()
    left = words
    for article, sentence in ranked:
        length = len(sentence.split())
        if length <= left:
            kept.append(sentence)
            used.add(article)
            left -= length
    return _Summary(kept, len(used) / articles)


def _cut(ranked: _Ranked, words: int, articles: int) -> _Summary:
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


def _plain_and_standard(
    summarizer: type[TextRankSummarizer | LexRankSummarizer],
) -> list[_Rank]:
    """As sumy has it by default, and with its English stemmer and stop words."""
    standard = summarizer(Stemmer("english"))
    standard.stop_words = get_stop_words("english")
    return [partial(_graph, summarizer()), partial(_graph, standard)]


_PEERS: dict[str, list[_Rank]] = {
    "lead-k of each article": [_lead],
    "TextRank (sumy)": _plain_and_standard(TextRankSummarizer),
    "LexRank (sumy)": _plain_and_standard(LexRankSummarizer),
    "TF-IDF centroid + MMR": [_mmr],
}
"""Of a peer in several variants the one with the best mean ROUGE counts, in each setting."""


class _Words:
    """The tokenizer that sumy asks for."""

    def to_words(self, text: str) -> tuple[str, ...]:
        """Lower-case words."""
        return tuple(_WORD.findall(text.lower()))
