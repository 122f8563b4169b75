"""Stand-ins for the models, behind the pipeline's own protocols. Nothing else is ever faked."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from newsfold.pipeline.errors import ModelFailed
from newsfold.pipeline.ports import Draft, Judgement, Stop, Strategy, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newsfold.pipeline.ports import Claim, WriteJob
    from newsfold.pipeline.types import Vectors

_DIMENSION = 256


class BagOfWordsEmbedder:
    """Texts with the same words get the same vector: enough to cluster and merge by."""

    sha256 = "0" * 64

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Hashed word counts, unit length, shape (n, 256)."""
        vectors = np.zeros((len(texts), _DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, zlib.crc32(word.encode()) % _DIMENSION] += 1.0
            vectors[row, 0] += 1e-3
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@dataclass
class ScriptedVerifier:
    """Trusts what `script` trusts, and finds all whole; or says what `judge` says."""

    script: Callable[[Claim], float] = lambda claim: 1.0
    judge: Callable[[Claim], Judgement] | None = None
    sha256: str = "2" * 64
    claims: list[Claim] = field(default_factory=list)

    async def verify(self, claims: Sequence[Claim]) -> list[Judgement]:
        """What the script says of each claim."""
        self.claims.extend(claims)
        judge = self.judge or (lambda claim: Judgement(self.script(claim), 1.0))
        return [judge(claim) for claim in claims]


def echo(job: WriteJob) -> str:
    """The first sentence of the job, as a model that only copies would write it."""
    return job.documents[0][0]


@dataclass
class ScriptedWriter:
    """Writes what `script` says; English only."""

    script: Callable[[WriteJob], str] = echo
    strategy: Strategy = Strategy.REWRITER
    sha256: str = "1" * 64
    parameters: str = "{}"
    jobs: list[WriteJob] = field(default_factory=list)
    gate: asyncio.Event | None = None
    """If set, `write` waits for it: a model that is busy until the test says so."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once `write` was called."""
    cancelled: int = 0
    fails: bool = False

    def writes(self, language: str) -> bool:
        """English only."""
        return language in {"en", ""}

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """One token a word."""
        return [len(text.split()) for text in texts]

    async def write(self, jobs: Sequence[WriteJob]) -> list[Draft]:
        """A draft per job, every sentence of it read."""
        self.jobs.extend(jobs)
        self.asked.set()
        if self.fails:
            raise ModelFailed("scripted failure")
        if self.gate is not None:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled += len(jobs)
                raise
        return [self._draft(job) for job in jobs]

    def _draft(self, job: WriteJob) -> Draft:
        used = tuple((d, s) for d, doc in enumerate(job.documents) for s in range(len(doc)))
        text = self.script(job)
        if job.task is Task.HEADLINE:
            text = text.rstrip(".")
        stop = Stop.END if text else Stop.UNREADABLE
        return Draft(text, used if text else (), len(text.split()), stop)
