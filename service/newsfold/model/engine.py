"""What the scheduler asks of an engine and tells an observer. Knows neither torch nor text.

An engine is blocking and is called from one thread only, the one that owns the device. Its rows are
token ids; tokenizers, prompts and display form are the profiles' business. `SteppingEngine`,
`Cohorts`, `SentenceEncoder` and the fakes of the tests implement these protocols.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from newsfold.pipeline.types import Vectors

Ids: TypeAlias = tuple[int, ...]
"""Token ids."""

Wanted: TypeAlias = "Callable[[int], bool]"
"""Whether somebody still waits for this row; asked between decoder steps."""


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
    fresh: bool = False
    """Whether all of it is computed, whatever is kept of rows before."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One decoded sequence."""

    ids: Ids
    """Without start, end and padding."""
    ended: bool
    """Whether the model ended it; False if it ran into `max_new_tokens`."""
    score: float = 0.0
    """Length-normalised log probability; 0 where the engine gives none."""


class Idle(NamedTuple):
    """What an engine holds, between two steps, beside the rows that somebody waits for."""

    beams: int = 0
    """Of rows that left, where they are computed on."""
    tokens: int = 0
    """Encoder positions of such rows, and those that fill rows up to the longest beside them."""


class Step(NamedTuple):
    """What one step came to: a decoder step of some rows, or a while of reading what came."""

    finished: list[tuple[int, tuple[Hypothesis, ...]]]
    """Key and hypotheses, best first, of the rows that are done."""
    dropped: list[int]
    """Keys of the rows that left because nobody wanted them any more."""
    wasted: int
    """Tokens that the best beams of the dropped rows had written, and of rows that raised."""
    tokens: int
    """Written by the best beams of rows that somebody waits for; none if it read only."""
    beams: int
    """Of those rows."""
    idle: Idle = Idle()
    """What is computed on for nothing until others may take its place."""


class WritingEngine(Protocol):
    """A seq2seq model on a device. Rows are known by a key of the caller's."""

    pads: bool
    """Whether rows that are admitted together are filled up to the longest of them."""

    def admit(self, rows: Sequence[tuple[int, Row]]) -> None:
        """Take in rows; the steps that follow read and decode them."""

    def step(self, wanted: Wanted) -> Step:
        """Read what came, for a while, and let rows that are wanted write a token.

        Those that wait may have to wait for a later step.

        `wanted` takes keys. If none is wanted nothing is computed: all rows are dropped. Raises
        whatever the model raises; after that it is asked once more with no row wanted, for what is
        wasted, and `clear` is called.
        """

    def clear(self) -> None:
        """Forget all rows."""


class EmbeddingEngine(Protocol):
    """A text encoder on a device."""

    def encode(self, rows: Sequence[Ids]) -> Vectors:
        """One vector a row, shape (len(rows), d), in the order of the rows.

        Of a sentence encoder mean-pooled and not normalised; of a verifier one probability.
        """


class Work(Enum):
    """The kinds of work that share the device."""

    EMBED = "embed"
    WRITE = "write"
    VERIFY = "verify"


class Kept(Enum):
    """What is kept for reuse, and what it spares."""

    VECTORS = "embed"
    OUTPUTS = "write"
    STATES = "read"
    """Of the writer's encoder."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """One finished batch; of writing, one step of the engine."""

    work: Work
    rows: int
    tokens_in: int
    """Encoder tokens, padding excluded; of writing, those of the rows that came."""
    padding: int
    """Encoder positions filled up to the longest row."""
    tokens_out: int
    """Tokens of the best hypotheses of the requests that this batch completed."""
    tokens_wasted: int
    """Tokens that the best beams of rows had written when nobody waited for them any more."""
    cancelled: int
    """Rows whose callers left while the batch ran."""
    failed: bool
    seconds: float
    waits: tuple[float, ...]
    """Seconds each row spent in the queue."""
    decoded: int = 0
    """Tokens that the best beams wrote in this step, be they served or wasted in the end."""
    beams: int = 1
    """Of the rows that wrote them."""


class EngineObserver(Protocol):
    """Told of facts where they happen, on the device thread or the event loop; must be quick."""

    def batch_done(self, report: BatchReport) -> None:
        """A batch came back from the device."""

    def queue_changed(self, work: Work, rows: int, tokens: int) -> None:
        """What waits now."""

    def rows_cancelled(self, work: Work, rows: int) -> None:
        """Rows left the queue because their callers did."""

    def tokens_wasted(self, work: Work, tokens: int) -> None:
        """Rows that were done belonged to a request that nobody will answer."""

    def looked_up(self, kept: Kept, hits: int, misses: int) -> None:
        """Of what was to be computed, so much was in memory."""


class NobodyObserves:
    """The observer of those who do not count."""

    def batch_done(self, report: BatchReport) -> None:
        """Ignore it."""

    def queue_changed(self, work: Work, rows: int, tokens: int) -> None:
        """Ignore it."""

    def rows_cancelled(self, work: Work, rows: int) -> None:
        """Ignore it."""

    def tokens_wasted(self, work: Work, tokens: int) -> None:
        """Ignore it."""

    def looked_up(self, kept: Kept, hits: int, misses: int) -> None:
        """Ignore it."""
