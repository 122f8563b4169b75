"""Step 8: does the evidence bear a sentence out, and which passages do?

Support is a matter of words; the checks of facts are vetoes (`trust.judged` has the last word). A
sentence that an article holds word for word is supported by it, always.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from newsfold.pipeline.checks import FACT_CHECKS, WORD_CHECKS, Draft
from newsfold.pipeline.facts import content_words, normalised, share_in, stems
from newsfold.pipeline.types import Check, Evidence, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsfold.pipeline.checks import CheckFunction
    from newsfold.pipeline.tuning import AttributeTuning
    from newsfold.pipeline.types import Sentence

_UNIGRAMS, _BIGRAMS, _RUN = 0.5, 0.3, 0.2
"""Weights of the three parts of support: words count most, since a faithful fusion keeps them and
breaks bigrams only at its seams."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """What the evidence says of a sentence."""

    support: float
    """0..1; 1 if a source holds the sentence word for word."""
    evidence: tuple[Evidence, ...]
    """The passages that support it, best first; never empty."""
    verdict: Verdict | None
    """The first check it failed."""
    veto: bool = False
    """Whether that was a check of facts: nothing overrules it."""


def attribute(
    text: str, sources: Sequence[Sentence], tuning: AttributeTuning, *, headline: bool = False
) -> Attribution:
    """Check `text` against the sentences it was made from; `sources` must not be empty."""
    evidence = evidence_for(text, sources, tuning)
    if any(text == source.text for source in sources):
        return Attribution(1.0, evidence, None)
    support = support_of(text, [source.text for source in sources])
    draft = Draft(text, tuple(source.text for source in sources), headline)
    wrong = _first_failed(FACT_CHECKS, draft, tuning)
    verdict = wrong or _first_failed(WORD_CHECKS, draft, tuning)
    if verdict is None and support < tuning.min_support:
        verdict = Verdict(Check.SUPPORT, f"{support:.2f}")
    return Attribution(support, evidence, verdict, veto=wrong is not None)


def _first_failed(
    checks: Iterable[CheckFunction], draft: Draft, tuning: AttributeTuning
) -> Verdict | None:
    return next((v for check in checks if (v := check(draft, tuning)) is not None), None)


def support_of(text: str, sources: Sequence[str]) -> float:
    """How much of `text` stands in the sources: words, pairs of words and the longest run, 0..1."""
    text, sources = normalised(text), [normalised(source) for source in sources]
    words, content = stems(text), content_words(text)
    if not content:
        return 0.0
    known = {stem for source in sources for stem in stems(source)}
    unigrams = sum(word in known for word in content) / len(content)
    pairs = list(pairwise(words))
    known_pairs = {pair for source in sources for pair in pairwise(stems(source))}
    bigrams = sum(pair in known_pairs for pair in pairs) / len(pairs) if pairs else unigrams
    run = max(_longest_run(words, stems(source)) for source in sources) / len(words)
    return min(1.0, _UNIGRAMS * unigrams + _BIGRAMS * bigrams + _RUN * min(1.0, 2 * run))


def evidence_for(
    text: str, candidates: Sequence[Sentence], tuning: AttributeTuning
) -> tuple[Evidence, ...]:
    """The passages among `candidates` that support `text`, best first.

    Of each article the passage that holds most of its content words, if it holds `min_evidence` of
    them; then whatever adds words the others lack, so that a fusion cites all it was made from. At
    least the best one, if there is any candidate.
    """
    content = frozenset(content_words(text))
    if not content or not candidates:
        first = sorted(candidates, key=lambda c: (c.article, c.position))[:1]
        return tuple(Evidence(c.article, c.span, 0.0) for c in first)
    scored = sorted(
        ((share_in(c.text, content), c) for c in candidates),
        key=lambda pair: (-pair[0], pair[1].article, pair[1].position),
    )
    chosen: list[tuple[float, Sentence]] = []
    articles: set[int] = set()
    missing = set(content)
    for score, candidate in scored:
        adds = len(missing & set(content_words(candidate.text))) / len(content)
        strong = score >= tuning.min_evidence and candidate.article not in articles
        if strong or adds >= tuning.min_addition or not chosen:
            chosen.append((score, candidate))
            articles.add(candidate.article)
            missing -= set(content_words(candidate.text))
    return tuple(Evidence(c.article, c.span, round(score, 4)) for score, c in chosen)


def evidence_of(text: str, passage: Sentence) -> Evidence:
    """A passage as evidence for `text`, whatever it shares with it."""
    content = frozenset(content_words(text))
    score = share_in(passage.text, content) if content else 0.0
    return Evidence(passage.article, passage.span, round(score, 4))


def _longest_run(words: Sequence[str], source: Sequence[str]) -> int:
    """Length of the longest run of words that both hold; O(len(words) x len(source))."""
    best = 0
    previous = [0] * (len(source) + 1)
    for word in words:
        current = [0] * (len(source) + 1)
        for j, other in enumerate(source):
            if word == other:
                current[j + 1] = previous[j] + 1
                best = max(best, current[j + 1])
        previous = current
    return best
