"""The arithmetic that a pool needs of a model, and which of ours knows a checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from newsfold.model import bart, t5

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from newsfold.model.caches import Past
    from newsfold.model.engine import Ids
    from newsfold.model.layers import Head
    from newsfold.model.memory import Memory, Pieces


class Decoder(Protocol):
    """The weights and the arithmetic. Dropout is off; knows nothing of search or scheduling."""

    vocabulary: int
    device: torch.device

    def read(self, rows: Sequence[Ids]) -> Pieces[list[torch.Tensor]]:
        """The encoder's last hidden states of each row, (ids, width)."""

    def remember(self, states: Sequence[torch.Tensor]) -> Pieces[Memory]:
        """Project what the decoder will attend to, from what `read` gave."""

    def begin(self, rows: int, beams: int) -> Past:
        """An empty past."""

    def step(
        self, tokens: torch.Tensor, steps: torch.Tensor, memory: Memory, past: Past
    ) -> tuple[torch.Tensor, Past]:
        """Read one more token of each beam, (rows, beams), written at `steps` (rows,) of its row.

        The past has room for it, and all of its room is attended to. Returns the last hidden
        states, (rows x beams, width), good until the next step, and the past with the token in it;
        the tensors of the given past are written to. Only pools of different numbers of beams may
        take turns.
        """

    def head(self, columns: torch.Tensor | None) -> Head:
        """The output layer for these ids of the vocabulary, or for all; see `OutputLayer.only`."""


def is_supported(config: Any) -> bool:
    """Whether a transformers config is of an architecture that one of our decoders computes."""
    return bart.is_supported(config) or t5.is_supported(config)


def decoder_of(model: Any, dtype: torch.dtype) -> Decoder:
    """Ours, with the weights of a transformers model in `dtype`; `is_supported` must hold."""
    kind = t5.T5 if t5.is_supported(model.config) else bart.Bart
    return kind(model, dtype)
