"""What judges a sentence: each system gives a doubt per case, and doubts above its threshold.

newsfold    as the service judges, by rules and verifier: doubt 1 or 0
rules       the verdict of newsfold.pipeline.attribute: doubt 1 or 0
rouge2      1 - share of the sentence's bigrams that the evidence has (rouge_score's precision)
embedding   1 - cosine of the sentence to the nearest sentence of the evidence (MiniLM)
ngrams      1 - mean share of its 1- to 4-grams that one sentence of the evidence has
verifier    1 - the probability that the shipped cross-encoder gives to "supported", alone
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rouge_score.rouge_scorer import RougeScorer

from newsfold.pipeline.attribute import attribute
from newsfold.pipeline.facts import stems
from newsfold.pipeline.ports import Claim
from newsfold.pipeline.trust import judged
from newsfold.pipeline.types import Sentence, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.evidence.cases import Case
    from newsfold.pipeline.attribute import Attribution
    from newsfold.pipeline.ports import Embedder, Judgement, Verifier
    from newsfold.pipeline.tuning import AttributeTuning
    from newsfold.pipeline.types import Verdict

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

    return System(name, doubts, RULES_THRESHOLD)


def verdict_of(
    case: Case, tuning: AttributeTuning, judgement: Judgement | None = None
) -> Verdict | None:
    """Why the service would not show a sentence; without a judgement by the rules alone."""
    return judged(attribution_of(case, tuning), judgement, tuning)


def attribution_of(case: Case, tuning: AttributeTuning) -> Attribution:
    """What the rules say of a case."""
    sources = [Sentence(i, 0, Span(0, len(t)), t) for i, t in enumerate(case.evidence)]
    return attribute(case.sentence, sources, tuning)


def rouge2() -> System:
    """ROUGE-2 precision against the whole evidence."""
    scorer = RougeScorer(["rouge2"], use_stemmer=True)

    def doubt(case: Case) -> float:
        return 1.0 - float(scorer.score(" ".join(case.evidence), case.sentence)["rouge2"].precision)

    return System("ROUGE-2", lambda cases: [doubt(case) for case in cases])


def ngrams() -> System:
    """Containment in the best single sentence."""
    return System("n-gram overlap", lambda cases: [1.0 - _overlap(case) for case in cases])


async def verified(
    judge: Verifier, cases: Sequence[Case], tuning: AttributeTuning
) -> tuple[System, System]:
    """The verifier alone and the service's judgement; all is judged beforehand, in one call."""
    claims = {case: Claim(case.sentence, tuple(case.evidence)) for case in cases}
    known = dict(zip(claims, await judge.verify(list(claims.values())), strict=True))

    def alone(found: Sequence[Case]) -> list[float]:
        return [1.0 - known[case].supported for case in found]

    def served(found: Sequence[Case]) -> list[float]:
        return [_served(case, known[case], tuning) for case in found]

    return (
        System("verifier", alone, 1.0 - tuning.min_trust),
        System("newsfold", served, RULES_THRESHOLD, peer=False),
    )


def _served(case: Case, judgement: Judgement, tuning: AttributeTuning) -> float:
    """As newsfold.pipeline.settling does it; a sentence before itself is never doubted."""
    if case.sentence in case.evidence:
        return 0.0
    return float(verdict_of(case, tuning, judgement) is not None)


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
    levels = np.unique(np.quantile(system.doubts(cases), np.linspace(0.0, 1.0, 201)))
    return float(max(levels, key=lambda level: balanced_accuracy(system, float(level), cases)))


def balanced_accuracy(system: System, threshold: float, cases: Sequence[Case]) -> float:
    """The mean of the shares of true cases let pass and of false ones stopped, 0..1."""
    doubts = np.array(system.doubts(cases))
    true = np.array([case.supported for case in cases])
    return float((np.mean(doubts[true] <= threshold) + np.mean(doubts[~true] > threshold)) / 2)


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
