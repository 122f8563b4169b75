"""What the verifier thinks of the sentences of one story.

Words alone do not see a meaning changed by recombination; the verifier, a model, does, mostly. Its
doubt is a veto beside the rules of `checks`, never an excuse for what they refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsfold.pipeline.attribute import evidence_for
from newsfold.pipeline.ports import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
        self._known: dict[Claim, float] = {}

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

    def of(self, text: str, read: Sequence[Sentence]) -> float:
        """The probability that `read` bears `text` out; 1 for what was not asked."""
        return self._known.get(self._claim(text, read), 1.0)

    def _claim(self, text: str, read: Sequence[Sentence]) -> Claim:
        if len(read) > _MOST_EVIDENCE:
            places = {(s.article, s.span): s for s in read}
            cited = evidence_for(text, read, self._tuning)[:_MOST_EVIDENCE]
            read = [places[e.article, e.span] for e in cited]
        return Claim(text, tuple(sentence.text for sentence in read))
