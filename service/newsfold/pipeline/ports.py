"""What the pipeline needs of models, as protocols it owns. `newsfold.model` implements them.

All are asynchronous: a call waits for the device without holding a thread, and cancelling the
call takes its rows out of the queue and the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.types import Vectors


class Strategy(Enum):
    """How a checkpoint is driven."""

    REWRITER = "rewriter"
    """One overlap group in, one sentence out."""
    DOCUMENT = "document"
    """The packed plan of a story in, a whole summary out."""


class Task(Enum):
    """What a writing job asks for."""

    FUSE = "fuse"
    """Several sentences that state the same thing -> one sentence."""
    COMPRESS = "compress"
    """One sentence -> a shorter one."""
    HEADLINE = "headline"
    """The lead sentences of a story -> a headline."""
    SUMMARIZE = "summarize"
    """Documents, each a run of sentences -> a summary (Strategy.DOCUMENT)."""


class Stop(Enum):
    """Why a draft ended."""

    END = "end"
    LENGTH = "length"
    UNREADABLE = "unreadable"
    """No sentence of the job fits the model; nothing was written."""


@dataclass(frozen=True, slots=True)
class WriteJob:
    """One row for the seq2seq model."""

    task: Task
    documents: tuple[tuple[str, ...], ...]
    """Sentences, grouped by document, most important first. FUSE, COMPRESS and HEADLINE see one
    flat list in this order; SUMMARIZE sees documents. Sentences that do not fit are left out from
    the end, whole; none is ever cut."""
    num_beams: int
    target_words: int | None = None
    """Words to aim for; None leaves it to the model."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model made of a WriteJob."""

    text: str
    """Display form: case, spacing and quotes restored. Empty if `stop` is UNREADABLE."""
    used: tuple[tuple[int, int], ...]
    """(document, sentence) positions within the job that reached the model."""
    output_tokens: int
    stop: Stop


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence and what it was made from."""

    text: str
    evidence: tuple[str, ...]
    """Sentences, the most important first; never empty."""


class Judgement(NamedTuple):
    """What a verifier thinks of a claim: probabilities, 0..1."""

    supported: float
    """That its evidence bears the sentence out."""
    whole: float
    """That the sentence is whole and right: a sub-editor would mend nothing."""


class Verifier(Protocol):
    """Judges whether evidence bears a sentence out."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights."""

    async def verify(self, claims: Sequence[Claim]) -> list[Judgement]:
        """One judgement per claim, in order. Raises ModelFailed."""


class Embedder(Protocol):
    """Sentence vectors."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), d), in the order of `texts`. Raises ModelFailed."""


class Writer(Protocol):
    """A seq2seq model."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights."""

    @property
    def strategy(self) -> Strategy:
        """How the checkpoint is driven."""

    @property
    def parameters(self) -> str:
        """Every decoding parameter in force, canonical JSON; part of the fingerprint."""

    def writes(self, language: str) -> bool:
        """Whether the model knows the language (primary subtag; "" is unknown)."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text in the model's own tokenizer, special tokens excluded."""

    async def write(self, jobs: Sequence[WriteJob]) -> list[Draft]:
        """One draft per job, in order. Raises ModelFailed."""
