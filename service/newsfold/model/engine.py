"""What the scheduler asks of an engine and tells an observer. Knows neither torch nor text.

An engine is blocking and is called from one thread only, the one that owns the device. Its rows are
token ids; tokenizers, prompts and display form are the profiles' business. `Seq2SeqEngine`,
`SentenceEncoder` and the fakes of the tests implement these protocols.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from newsfold.pipeline.types import Vectors

Ids: TypeAlias = tuple[int, ...]
"""Token ids."""

Wanted: TypeAlias = "Callable[[int], bool]"
"""Whether somebody still waits for the row at this position; asked between decoder steps."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a row is decoded. Rows share a cohort only if these are equal."""

    num_beams: int
    max_new_tokens: int
    min_new_tokens: int = 0
    length_penalty: float = 1.0
    no_repeat_ngram: int = 0
    """Size of the n-gram that may not occur twice; 0 allows all."""
    early_stopping: bool = True
    """Stop a row once it has `num_beams` finished hypotheses, whether or not a better one could
    still come."""
    forced_bos: int | None = None
    """First token of the output; None leaves it to the checkpoint."""
    hypotheses: int = 1
    """How many finished beams to return, for reranking; at most `num_beams`."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a row may write, beside its end."""

    tokens: Ids
    """Anywhere; ascending."""
    inside: Mapping[int, Ids] = field(default_factory=dict)
    """Right after the key only: how the words of its input go on after a piece."""
    halves: frozenset[int] = frozenset()
    """Pieces that nothing may follow but what `inside` says."""


@dataclass(frozen=True, slots=True)
class Row:
    """One input sequence, complete with the special tokens that its checkpoint expects."""

    ids: Ids
    decoding: Decoding
    global_attention: Ids = ()
    """Positions that attend to all others (LED, PRIMERA)."""
    sources: tuple[str, ...] = ()
    """The sentences the row was made of."""
    allowed: Allowed | None = None
    """None allows all tokens."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One decoded sequence."""

    ids: Ids
    """Without start, end and padding."""
    ended: bool
    """Whether the model ended it; False if it ran into `max_new_tokens`."""
    score: float = 0.0
    """Length-normalised log probability; 0 where the engine gives none."""


class WritingEngine(Protocol):
    """A seq2seq model on a device."""

    def generate(self, rows: Sequence[Row], wanted: Wanted) -> list[tuple[Hypothesis, ...]]:
        """Decode rows of equal `decoding`; hypotheses best first, in the order of the rows.

        Rows whose `wanted` turns false may come back unfinished, and once all are unwanted the
        call returns at its next decoder step. Raises whatever the model raises.
        """


class EmbeddingEngine(Protocol):
    """A text encoder on a device."""

    def encode(self, rows: Sequence[Ids]) -> Vectors:
        """Mean-pooled vectors, not normalised, shape (len(rows), d), in the order of the rows."""


class Work(Enum):
    """The two kinds of work that share the device."""

    EMBED = "embed"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class BatchReport:
    """One finished batch."""

    work: Work
    rows: int
    tokens_in: int
    """Encoder tokens, padding excluded."""
    padding: int
    """Encoder positions filled up to the longest row."""
    tokens_out: int
    """Tokens of the best hypotheses of the rows that were still wanted."""
    tokens_wasted: int
    """Tokens of best hypotheses that nobody waited for any more."""
    cancelled: int
    """Rows whose callers left while the batch ran."""
    failed: bool
    seconds: float
    waits: tuple[float, ...]
    """Seconds each row spent in the queue."""


class EngineObserver(Protocol):
    """Told of facts where they happen, on the device thread or the event loop; must be quick."""

    def batch_done(self, report: BatchReport) -> None:
        """A batch came back from the device."""

    def queue_changed(self, work: Work, rows: int, tokens: int) -> None:
        """What waits now."""

    def rows_cancelled(self, work: Work, rows: int) -> None:
        """Rows left the queue because their callers did."""


class NobodyObserves:
    """The observer of those who do not count."""

    def batch_done(self, report: BatchReport) -> None:
        """Ignore it."""

    def queue_changed(self, work: Work, rows: int, tokens: int) -> None:
        """Ignore it."""

    def rows_cancelled(self, work: Work, rows: int) -> None:
        """Ignore it."""
