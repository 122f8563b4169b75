"""What the verifier thinks of the sentences of one story, and what that means beside the rules.

Words alone do not see a meaning changed by recombination, nor one that is kept in other words; the
verifier, a model, does, mostly. Its doubt is a veto. Where it has none it excuses words, and an
order of words, that no source has, never a wrong figure, date, name, quotation, denial or form.

How much doubt is a veto depends on how a sentence came about. What was put together from long runs
of its sources' words is wrong at a joint, if it is, and joints are what the verifier sees least: it
must be sure. What was said in other words it has learnt to judge, and is believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsfold.pipeline.attribute import evidence_for
from newsfold.pipeline.ports import Claim, Judgement
from newsfold.pipeline.types import Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsfold.pipeline.attribute import Attribution
    from newsfold.pipeline.ports import Verifier
    from newsfold.pipeline.tuning import AttributeTuning
    from newsfold.pipeline.types import Sentence

_MOST_EVIDENCE = 6
"""Sentences that the verifier is shown; of more, those that hold most of the claim's words."""


class Trust:
    """Asks the verifier, and remembers what it said."""

    def __init__(self, verifier: Verifier | None, tuning: AttributeTuning) -> None:
        """Without a verifier every sentence is trusted: the rules decide alone."""
        self._verifier = verifier
        self._tuning = tuning
        self._known: dict[Claim, Judgement] = {}

    async def learn(self, pairs: Iterable[tuple[str, Sequence[Sentence]]]) -> None:
        """Ask about texts and the sentences they were made from, all at once. Raises ModelFailed.

        A text that stands in its evidence word for word is not asked about.
        """
        if self._verifier is None:
            return
        claims = [
            claim
            for claim in dict.fromkeys(self._claim(text, read) for text, read in pairs if read)
            if claim.text and claim.text not in claim.evidence and claim not in self._known
        ]
        if claims:
            found = await self._verifier.verify(claims)
            self._known.update(zip(claims, found, strict=True))

    def of(self, text: str, read: Sequence[Sentence]) -> Judgement | None:
        """What it said of `text` made from `read`; None for what was not asked."""
        return self._known.get(self._claim(text, read))

    def shown(self, text: str, read: Sequence[Sentence]) -> Sequence[Sentence]:
        """What of `read` the verifier is shown."""
        if len(read) <= _MOST_EVIDENCE:
            return read
        places = {(s.article, s.span): s for s in read}
        cited = evidence_for(text, read, self._tuning)[:_MOST_EVIDENCE]
        return [places[e.article, e.span] for e in cited]

    def _claim(self, text: str, read: Sequence[Sentence]) -> Claim:
        return Claim(text, tuple(sentence.text for sentence in self.shown(text, read)))


def judged(
    attribution: Attribution,
    judgement: Judgement | None,
    tuning: AttributeTuning,
    *,
    headline: bool = False,
) -> Verdict | None:
    """Why a sentence may not be shown, by rules and verifier; None if it may.

    Without a judgement the rules decide alone. A headline need not be a whole sentence.
    """
    if judgement is None:
        return attribution.verdict
    supported, whole = judgement
    close = tuning.reworded_from <= attribution.support < tuning.reworded_below
    reworded = close and not headline
    trusted = supported >= (tuning.reworded_trust if reworded else tuning.min_trust)
    if attribution.verdict is not None and (attribution.veto or not trusted):
        return attribution.verdict
    if not trusted:
        return Verdict(Check.VERIFIER, f"{supported:.2f}")
    if whole < tuning.min_wholeness and not headline:
        return Verdict(Check.FORM, f"{whole:.2f}")
    return None
