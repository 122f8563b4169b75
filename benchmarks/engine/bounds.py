"""What the machine could do at best: its matmul and memory rates, and what they allow the models.

Arithmetic is counted from the checkpoints' shapes: two operations a weight and token in an encoder,
in the keys and values of what is attended to, and in the decoder for each beam. Memory traffic is
the weights, once a batch or decoder step, and the keys and values of the input at each step. Scores
of attention, norms and the search are left out, so the bounds are a little too near.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.apart import timed

_SIDE = 1024
_BYTES = 1 << 28
_RUNS = 5


@dataclass(frozen=True, slots=True)
class Machine:
    """Measured rates of a device; of a CPU, with the threads that torch has now."""

    operations: float
    """Floating-point operations a second of a matrix product of 1,024 x 1,024."""
    bytes: float
    """Bytes a second read and written by a copy of 256 MiB."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What some work takes at least."""

    operations: float
    bytes: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.operations + other.operations, self.bytes + other.bytes)

    def bounds(self, machine: Machine) -> dict[str, float]:
        """Seconds, if only arithmetic took time, and if only memory traffic did."""
        return {
            "matmul": self.operations / machine.operations,
            "memory": self.bytes / machine.bytes,
        }


def measure_machine(dtype: torch.dtype, device: torch.device) -> Machine:
    """Medians of a few runs."""
    a, b = torch.randn(2, _SIDE, _SIDE).to(device, dtype)
    source = torch.zeros(_BYTES, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)

    def done(_: torch.Tensor) -> None:
        if device.type == "cuda":  # which only takes note of what it is to do
            torch.cuda.synchronize(device)

    return Machine(
        operations=2 * _SIDE**3 / timed(lambda: done(a @ b), _RUNS)[1],
        bytes=2 * _BYTES / timed(lambda: done(target.copy_(source)), _RUNS)[1],
    )


def encoder_cost(config: Any, dtype: torch.dtype, *, tokens: float, batches: float) -> Cost:
    """Of a BERT with this transformers config."""
    width = config.hidden_size
    weights = config.num_hidden_layers * (4 * width**2 + 2 * width * config.intermediate_size)
    return Cost(2 * tokens * weights, batches * weights * dtype.itemsize)


def writer_cost(
    config: Any,
    dtype: torch.dtype,
    *,
    read: float,
    written: float,
    steps: float,
    seen: float = 0.0,
    columns: int = 0,
) -> Cost:
    """Of a BART with this transformers config.

    `read` and `written` are tokens, of all beams; `steps` are the decoder's, `seen` the tokens of
    the input that each row attends to at each of its steps, all in all; `columns` of the vocabulary
    are computed.
    """
    width = config.d_model
    encoder = config.encoder_layers * (4 * width**2 + 2 * width * config.encoder_ffn_dim)
    decoder = config.decoder_layers * (6 * width**2 + 2 * width * config.decoder_ffn_dim)
    decoder += columns * width
    crossed = config.decoder_layers * 2 * width
    return Cost(
        operations=2 * (read * (encoder + crossed * width) + written * decoder),
        bytes=dtype.itemsize * (steps * decoder + seen * crossed),
    )
