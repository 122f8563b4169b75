"""Fixed rows, alone and among others: the same must come out, now and since the start.

What a request gets must not depend on its company. Tests hold that on the machine they run on; this
holds it where the server runs, on its device, with its checkpoint and beside its real traffic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from newsfold.pipeline.ports import Claim, Strategy, Task, WriteJob

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from newsfold.pipeline.ports import Draft, Judgement, Verifier
    from newsfold.pipeline.types import Vectors

    class Encoder(Protocol):
        """An embedder that can be asked to forget what it knows."""

        async def compute(self, texts: Sequence[str]) -> list[Vectors]:
            """Unit vectors, computed afresh. Raises ModelFailed."""

    class Rewriter(Protocol):
        """A writer that can be asked the same."""

        @property
        def strategy(self) -> Strategy:
            """See Writer."""

        async def compute(self, jobs: Sequence[WriteJob]) -> list[Draft]:
            """One draft per job, computed afresh. Raises ModelFailed."""


SAMPLE = (
    "The harbour bridge reopened on Tuesday after two weeks of repairs, officials said.",
    "Storms closed the coastal road for six hours, and 400 homes lost power.",
)
"""Compared."""
COMPANY = (
    "Rain fell.",
    "The city council voted 9 to 4 on Monday night to extend the tram line to the airport, a"
    " project that has been discussed for twenty years and will cost about 300 million euros.",
    "A spokeswoman for the port authority said that the cranes would be tested again in March.",
    "Two players were injured in the second half.",
)
"""Shorter and longer than the sample, so that it is padded, packed and cut otherwise."""


CLAIMS = (
    Claim("The bridge is open again.", (SAMPLE[0],)),
    Claim("Storms closed the road for six days.", (SAMPLE[1], COMPANY[0])),
)
"""Compared as well, one that is borne out and one that is not."""


class _Found(NamedTuple):
    """What the models made of the sample."""

    vectors: Sequence[Vectors]
    drafts: Sequence[Draft]
    judgements: Sequence[Judgement]


class Canary:
    """Remembers what came out first."""

    def __init__(self, embedder: Encoder, writer: Rewriter, verifier: Verifier | None) -> None:
        """The verifier keeps nothing, so it computes afresh whenever it is asked."""
        self._embedder = embedder
        self._writer = writer
        self._verifier = verifier
        self._first: _Found | None = None

    async def run(self) -> bool:
        """Whether all is the same, bit by bit and token by token. Raises ModelFailed."""
        alone = _Found(
            [(await self._embedder.compute([text]))[0] for text in SAMPLE],
            [(await self._writer.compute([self._job(text, 4)]))[0] for text in SAMPLE],
            [judgement for claim in CLAIMS for judgement in await self._judge(claim)],
        )
        vectors = await self._embedder.compute([*COMPANY[:2], *SAMPLE, *COMPANY[2:]])
        drafts = await self._writer.compute(
            [
                *(self._job(text, 4) for text in COMPANY[:2]),
                *(self._job(text, 4) for text in SAMPLE),
                *(self._job(text, beams) for text in COMPANY[2:] for beams in (1, 4)),
            ]
        )
        others = [Claim(text, COMPANY) for text in COMPANY]
        judgements = await self._judge(*others[:2], *CLAIMS, *others[2:])
        own = slice(2, 2 + len(SAMPLE))
        among = _Found(vectors[own], drafts[own], judgements[2 : 2 + len(CLAIMS)])
        self._first = self._first or alone
        return _same(alone, among) and _same(alone, self._first)

    async def _judge(self, *claims: Claim) -> list[Judgement]:
        """What the verifier says of them; nothing if there is none."""
        return [] if self._verifier is None else await self._verifier.verify(claims)

    def _job(self, text: str, beams: int) -> WriteJob:
        rewrites = self._writer.strategy is Strategy.REWRITER
        task = Task.COMPRESS if rewrites else Task.SUMMARIZE
        return WriteJob(task, ((text,),), num_beams=beams, target_words=12)


def _same(one: _Found, other: _Found) -> bool:
    return (
        np.array_equal(one.vectors, other.vectors)
        and list(one.drafts) == list(other.drafts)
        and list(one.judgements) == list(other.judgements)
    )
