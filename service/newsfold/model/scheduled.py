"""The pipeline's ports, `Embedder`, `Writer` and `Verifier`, on top of the scheduler.

Text work (tokenizing, prompts, display form) runs in worker threads: the event loop and the device
thread see rows only.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from newsfold.model.embedder import unit_mean
from newsfold.model.engine import Kept
from newsfold.model.latest import Latest
from newsfold.pipeline.ports import Draft, Judgement, Stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.embedder import TextWindows
    from newsfold.model.engine import Hypothesis, Row
    from newsfold.model.prompt import Profile, Prompt
    from newsfold.model.scheduler import Scheduler
    from newsfold.model.verifier import ClaimRows
    from newsfold.model.vocabulary import Vocabulary
    from newsfold.pipeline.ports import Claim, Strategy, WriteJob
    from newsfold.pipeline.types import Vectors


class ScheduledEmbedder:
    """Sentence vectors through the scheduler, with a bounded memory of the latest."""

    def __init__(
        self, *, windows: TextWindows, scheduler: Scheduler, sha256: str, cache_entries: int
    ) -> None:
        self._windows = windows
        self._scheduler = scheduler
        self._sha256 = sha256
        looked_up = partial(scheduler.observer.looked_up, Kept.VECTORS)
        self._latest: Latest[bytes, Vectors] = Latest(cache_entries, looked_up)

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights."""
        return self._sha256

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), d), in the order of `texts`. Raises ModelFailed."""
        if not texts:
            return np.empty((0, 0), np.float32)
        keys = [_digest(text) for text in texts]
        found = self._latest.known(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            vectors = await self.compute(list(missing.values()))
            computed = dict(zip(missing, vectors, strict=True))
            found |= computed
            self._latest.remember(computed)
        return np.stack([found[key] for key in keys])

    async def compute(self, texts: Sequence[str]) -> list[Vectors]:
        """Their unit vectors, whatever is in memory. Raises ModelFailed."""
        windows = await asyncio.to_thread(self._windows.rows, texts)
        flat = [row for rows in windows for row in rows]
        pooled = iter(await self._scheduler.encode(flat))
        return [
            unit_mean([next(pooled) for _ in rows], [len(row) for row in rows]) for rows in windows
        ]


class ScheduledWriter:
    """A seq2seq checkpoint through the scheduler, driven by its profile.

    It remembers what the latest rows came to: the sentences of a wire story come back in many
    requests, and make the same rows.
    """

    def __init__(
        self,
        *,
        profile: Profile,
        vocabulary: Vocabulary,
        scheduler: Scheduler,
        sha256: str,
        dtype: str,
        cache_entries: int,
    ) -> None:
        self._profile = profile
        self._vocabulary = vocabulary
        self._scheduler = scheduler
        self._sha256 = sha256
        self._parameters = json.dumps(
            profile.parameters() | {"dtype": dtype}, sort_keys=True, separators=(",", ":")
        )
        looked_up = partial(scheduler.observer.looked_up, Kept.OUTPUTS)
        self._latest: Latest[bytes, tuple[Hypothesis, ...]] = Latest(cache_entries, looked_up)

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights."""
        return self._sha256

    @property
    def strategy(self) -> Strategy:
        """How the checkpoint is driven."""
        return self._profile.strategy

    @property
    def parameters(self) -> str:
        """Every decoding parameter in force, canonical JSON."""
        return self._parameters

    def writes(self, language: str) -> bool:
        """Whether the model knows the language (primary subtag; "" is unknown)."""
        return self._profile.writes(language)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens excluded. Blocks: a megabyte takes about a second."""
        return self._vocabulary.count(texts)

    async def write(self, jobs: Sequence[WriteJob]) -> list[Draft]:
        """One draft per job, in order. Raises ModelFailed."""
        prompts, rows, keys = await asyncio.to_thread(self._rows, jobs)
        found = self._latest.known(keys)
        missing = {key: row for key, row in zip(keys, rows, strict=True) if key not in found}
        if missing:
            written = await self._scheduler.generate(list(missing.values()))
            computed = dict(zip(missing, written, strict=True))
            found |= computed
            self._latest.remember(computed)
        return await asyncio.to_thread(self._drafts, prompts, [found[key] for key in keys])

    async def compute(self, jobs: Sequence[WriteJob]) -> list[Draft]:
        """The same, whatever is in memory. Raises ModelFailed."""
        prompts, rows, _ = await asyncio.to_thread(self._rows, jobs)
        written = await self._scheduler.generate([replace(row, fresh=True) for row in rows])
        return await asyncio.to_thread(self._drafts, prompts, written)

    def _rows(self, jobs: Sequence[WriteJob]) -> tuple[Sequence[Prompt], list[Row], list[bytes]]:
        """The prompts, the rows of those that have one, and the content hashes of the rows."""
        prompts = self._profile.prompts(jobs)
        rows = [prompt.row for prompt in prompts if prompt.row is not None]
        return prompts, rows, [_digest(repr(row)) for row in rows]

    def _drafts(
        self, prompts: Sequence[Prompt], written: Sequence[tuple[Hypothesis, ...]]
    ) -> list[Draft]:
        outputs = iter(written)
        return [
            Draft("", (), 0, Stop.UNREADABLE)
            if prompt.row is None
            else self._draft(prompt, next(outputs))
            for prompt in prompts
        ]

    def _draft(self, prompt: Prompt, hypotheses: Sequence[Hypothesis]) -> Draft:
        text, chosen = self._profile.text(prompt, hypotheses)
        stop = Stop.END if chosen.ended else Stop.LENGTH
        return Draft(text, prompt.used, len(chosen.ids), stop)


class ScheduledVerifier:
    """The cross-encoder through the scheduler."""

    def __init__(self, *, rows: ClaimRows, scheduler: Scheduler, sha256: str) -> None:
        self._rows = rows
        self._scheduler = scheduler
        self._sha256 = sha256

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights."""
        return self._sha256

    async def verify(self, claims: Sequence[Claim]) -> list[Judgement]:
        """One judgement per claim, in order. Raises ModelFailed.

        A claim that does not fit the model with one sentence of its evidence is not supported.
        """
        rows = await asyncio.to_thread(lambda: [self._rows.row(claim) for claim in claims])
        found = iter(await self._scheduler.verify([row for row in rows if row is not None]))
        return [
            Judgement(0.0, 1.0) if row is None else Judgement(*map(float, next(found)))
            for row in rows
        ]


def _digest(content: str) -> bytes:
    return hashlib.blake2b(content.encode(), digest_size=16).digest()
