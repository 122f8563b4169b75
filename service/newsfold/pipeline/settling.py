"""From a draft to a sentence that may be shown: checked, cited, or replaced by an extract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsfold.pipeline.attribute import attribute, evidence_for, evidence_of
from newsfold.pipeline.fitting import Candidate
from newsfold.pipeline.trust import judged
from newsfold.pipeline.types import Check, Evidence, Origin, SummarySentence, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsfold.pipeline.material import Material
    from newsfold.pipeline.trust import Trust
    from newsfold.pipeline.tuning import Tuning
    from newsfold.pipeline.types import OverlapGroup, Sentence


def settle(
    text: str,
    read: Sequence[Sentence],
    citable: Sequence[Sentence],
    material: Material,
    tuning: Tuning,
    trust: Trust,
    *,
    headline: bool = False,
) -> SummarySentence | Verdict:
    """The written sentence with its evidence, or why it cannot be used.

    It is checked against what the model read, and may cite all of `citable`. An empty `text`
    means that nothing fitted the model.
    """
    if not text:
        return Verdict(Check.LENGTH, "the passage is longer than the model reads")
    attribution = attribute(text, read, tuning.attribute, headline=headline)
    verdict = judged(attribution, trust.of(text, read), tuning.attribute, headline=headline)
    if verdict is not None:
        return verdict
    told = attribution.evidence
    if attribution.verdict is not None:  # in other words: all that the verifier judged it by
        told = (*told, *(evidence_of(text, sentence) for sentence in trust.shown(text, read)))
    evidence = _merged(told, evidence_for(text, citable, tuning.attribute))
    return SummarySentence(
        text=text,
        origin=Origin.WRITTEN,
        support=attribution.support,
        evidence=evidence,
        source_count=source_count(evidence, material),
    )


def extracted(
    group: OverlapGroup,
    rank: int,
    material: Material,
    tuning: Tuning,
    verdict: Verdict | None,
) -> Candidate:
    """The best sentence of a group, word for word; `verdict` says why it was not written."""
    best = group.sentences[0]
    own = Evidence(best.article, best.span, 1.0)
    others = evidence_for(best.text, group.sentences[1:], tuning.attribute)
    evidence = _merged((own,), others)
    sentence = SummarySentence(
        text=best.text,
        origin=Origin.EXTRACTED,
        support=1.0,
        evidence=evidence,
        source_count=source_count(evidence, material),
        verdict=verdict,
    )
    return Candidate(sentence, best, rank, shown=True)


def _merged(*parts: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The passages of all parts, the first of each kept, in order."""
    unique: dict[tuple[int, int], Evidence] = {}
    for part in parts:
        for evidence in part:
            unique.setdefault((evidence.article, evidence.span.start), evidence)
    return tuple(unique.values())


def source_count(evidence: Iterable[Evidence], material: Material) -> int:
    """Independent sources among the passages."""
    return len({material.source_of[e.article] for e in evidence})
