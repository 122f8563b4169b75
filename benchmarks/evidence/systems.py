"""What judges a sentence: each system gives a doubt per case, and doubts above its threshold.

rules       the verdict of newsfold.pipeline.attribute: doubt 1 or 0
rouge2      1 - share of the sentence's bigrams that the evidence has (rouge_score's precision)
embedding   1 - cosine of the sentence to the nearest sentence of the evidence (MiniLM)
ngrams      1 - mean share of its 1- to 4-grams that one sentence of the evidence has
verifier    1 - the probability that the cross-encoder gives to "supported"
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rouge_score.rouge_scorer import RougeScorer

from newsfold.pipeline.attribute import attribute
from newsfold.pipeline.facts import stems
from newsfold.pipeline.types import Sentence, Span
from training.verifier.evaluate import Scorer
from training.verifier.pairs import Pair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.evidence.cases import Case
    from newsfold.pipeline.ports import Embedder
    from newsfold.pipeline.tuning import AttributeTuning

RULES_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class System:
    """A name, what it thinks of cases, and above which doubt it rejects one."""

    name: str
    doubts: Callable[[Sequence[Case]], list[float]]
    threshold: float | None = None
    """None: to be chosen on dev."""
    peer: bool = True


def rules(tuning: AttributeTuning, name: str = "rules") -> System:
    """The checks as the service runs them."""

    def doubts(cases: Sequence[Case]) -> list[float]:
        return [float(verdict_of(case, tuning) is not None) for case in cases]

    return System(name, doubts, RULES_THRESHOLD, peer=False)


def verdict_of(case: Case, tuning: AttributeTuning) -> str | None:
    """The check that a case fails, as the service names it."""
    sources = [Sentence(i, 0, Span(0, len(t)), t) for i, t in enumerate(case.evidence)]
    verdict = attribute(case.sentence, sources, tuning).verdict
    return verdict.check.value if verdict else None


def rouge2() -> System:
    """ROUGE-2 precision against the whole evidence."""
    scorer = RougeScorer(["rouge2"], use_stemmer=True)

    def doubt(case: Case) -> float:
        return 1.0 - float(scorer.score(" ".join(case.evidence), case.sentence)["rouge2"].precision)

    return System("ROUGE-2", lambda cases: [doubt(case) for case in cases])


def ngrams() -> System:
    """Containment in the best single sentence."""
    return System("n-gram overlap", lambda cases: [1.0 - _overlap(case) for case in cases])


def verifier(folder: Path) -> System:
    """What training.verifier.export wrote, at the threshold in its configuration."""
    scorer = Scorer(folder)
    threshold = json.loads((folder / "config.json").read_text())["threshold"]

    def doubts(cases: Sequence[Case]) -> list[float]:
        pairs = [Pair(c.evidence, c.sentence, c.supported, c.kind, "", "") for c in cases]
        return [1.0 - score for score in scorer.scores(pairs)]

    return System("verifier", doubts, 1.0 - threshold, peer=False)


async def embedding(embedder: Embedder, cases: Sequence[Case]) -> System:
    """Cosine to the nearest sentence; everything is embedded beforehand, in one call."""
    texts = sorted({text for case in cases for text in (case.sentence, *case.evidence)})
    vectors = dict(zip(texts, await embedder.embed(texts), strict=True))

    def doubt(case: Case) -> float:
        own = vectors[case.sentence]
        return 1.0 - max(float(np.dot(own, vectors[text])) for text in case.evidence)

    return System("embedding cosine", lambda found: [doubt(case) for case in found])


def best_threshold(system: System, cases: Sequence[Case]) -> float:
    """The doubt above which to reject for the best balanced accuracy on `cases`."""
    if system.threshold is not None:
        return system.threshold
    doubts = np.array(system.doubts(cases))
    true = np.array([case.supported for case in cases])
    levels = np.unique(np.quantile(doubts, np.linspace(0.0, 1.0, 201)))
    scores = [(np.mean(doubts[true] <= t) + np.mean(doubts[~true] > t)) / 2 for t in levels]
    return float(levels[int(np.argmax(scores))])


def _overlap(case: Case) -> float:
    said = stems(case.sentence)
    return max((_shared(said, stems(text)) for text in case.evidence), default=0.0)


def _shared(said: Sequence[str], source: Sequence[str]) -> float:
    shares = []
    for n in range(1, min(4, len(said)) + 1):
        known = {tuple(source[i : i + n]) for i in range(len(source) - n + 1)}
        grams = [tuple(said[i : i + n]) for i in range(len(said) - n + 1)]
        shares.append(sum(gram in known for gram in grams) / len(grams))
    return sum(shares) / max(1, len(shares))
