"""What the architectures of our own decoders have in common outside attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone uses

if TYPE_CHECKING:
    from collections.abc import Callable

Head = tuple[torch.Tensor, torch.Tensor | None]
"""Weight and bias of an output layer."""


def _gelu_by_tanh(x: torch.Tensor) -> torch.Tensor:
    return F.gelu(x, approximate="tanh")


ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "gelu": F.gelu,
    "gelu_new": _gelu_by_tanh,
    "relu": F.relu,
    "silu": F.silu,
    "swish": F.silu,
}
"""By their names in transformers' configs."""


class OutputLayer:
    """From the last hidden states to the logits."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None = None) -> None:
        """Takes (vocabulary, width), and (vocabulary,) in float32."""
        self.vocabulary = weight.shape[0]
        self._weight = weight
        self._bias = bias

    def only(self, columns: torch.Tensor | None) -> Head:
        """For these ids of the vocabulary, in float32; None is all, in the dtype of the weight.

        A shortened output layer is cheap enough for float32, which keeps apart candidates whose
        scores bfloat16 makes equal.
        """
        bias = self._bias
        if columns is None:
            return self._weight, bias
        short = self._weight[columns].float()
        return short, None if bias is None else bias[columns]
