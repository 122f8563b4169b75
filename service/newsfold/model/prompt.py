"""What stands between a writing job and a row of the model, and who converts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.engine import Hypothesis, Row
    from newsfold.pipeline.ports import Strategy, WriteJob


@dataclass(frozen=True, slots=True)
class Prompt:
    """A job as its checkpoint reads it."""

    row: Row | None
    """None if not one sentence of the job fits the model."""
    used: tuple[tuple[int, int], ...]
    """(document, sentence) positions within the job that are in the row."""


class Profile(Protocol):
    """How to drive one checkpoint."""

    @property
    def family(self) -> str:
        """For example "pegasus"."""

    @property
    def strategy(self) -> Strategy:
        """Whether it writes a sentence at a time or a whole summary."""

    @property
    def max_input_tokens(self) -> int:
        """The most ids it reads at once, special tokens included."""

    @property
    def breaks_in_float16(self) -> bool:
        """Whether its activations leave the range of float16."""

    def writes(self, language: str) -> bool:
        """Whether the checkpoint knows the language ("" is unknown)."""

    def prompts(self, jobs: Sequence[WriteJob]) -> list[Prompt]:
        """The rows of these jobs."""

    def text(self, prompt: Prompt, hypotheses: Sequence[Hypothesis]) -> tuple[str, Hypothesis]:
        """Display form, and the hypothesis it was made of."""

    def parameters(self) -> dict[str, object]:
        """Every parameter that shapes prompts and output, JSON-ready."""
