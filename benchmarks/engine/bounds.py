"""What the machine could do at best: its matmul and memory rates, and what they allow the rewriter.

The arithmetic of a row is counted from the checkpoint's shape: two operations a weight and token in
the encoder, in the keys and values of what is attended to, and in the decoder for each beam. Scores
of attention, norms and the search are left out, so the bound is a little too high.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

_SIDE = 1024
_BYTES = 1 << 28
_RUNS = 5


@dataclass(frozen=True, slots=True)
class Machine:
    """Measured rates of this machine, with the threads that torch has now."""

    operations: float
    """Floating-point operations a second of a matrix product of 1,024 x 1,024."""
    bytes: float
    """Bytes a second read and written by a copy of 256 MiB."""


@dataclass(frozen=True, slots=True)
class RowCost:
    """What a row takes at least."""

    operations: float
    bytes: float
    """Its keys and values, read at every step; the weights are shared by all rows of a step."""

    def rows_a_second(self, machine: Machine) -> float:
        """If arithmetic and memory traffic overlap."""
        return 1 / max(self.operations / machine.operations, self.bytes / machine.bytes)


def measure_machine(dtype: torch.dtype) -> Machine:
    """Medians of a few runs."""
    a, b = torch.randn(2, _SIDE, _SIDE).to(dtype)
    source = torch.zeros(_BYTES, dtype=torch.uint8)
    target = torch.empty_like(source)
    return Machine(
        operations=2 * _SIDE**3 / _median(lambda: a @ b),
        bytes=2 * _BYTES / _median(lambda: target.copy_(source)),
    )


def row_cost(config: Any, ids_in: float, ids_out: float, beams: int, columns: int) -> RowCost:
    """Of a BART with this transformers config; `columns` of the vocabulary are computed.

    The keys and values take two bytes a number, as in bfloat16.
    """
    width = config.d_model
    square = width * width
    encoder = config.encoder_layers * (4 * square + 2 * width * config.encoder_ffn_dim)
    decoder = config.decoder_layers * (6 * square + 2 * width * config.decoder_ffn_dim)
    crossed = config.decoder_layers * 2 * square
    written = beams * ids_out
    return RowCost(
        operations=2 * (ids_in * (encoder + crossed) + written * (decoder + columns * width)),
        bytes=ids_out * ids_in * config.decoder_layers * 2 * width * 2,
    )


def _median(run: Callable[[], object]) -> float:
    run()
    times = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
