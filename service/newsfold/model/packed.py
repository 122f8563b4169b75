"""Self-attention over packed rows: all rows laid end to end, and no row padded.

Linear layers run on the words of all rows at once; attention runs on groups of rows of equal
length, without a mask. Beside speed this buys batch invariance: each matrix product is row by row
the same whatever else is in it, and attention never mixes lengths.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone uses

if TYPE_CHECKING:
    from collections.abc import Sequence, Sized

    from newsfold.model.engine import Ids

_FILLED_TO = 64
"""In bfloat16 on a CPU packed rows are filled up to a multiple of so many words. oneDNN writes code
for each number of words that it meets, 5 ms and 0.6 MB a matrix product on an AVX-512 BF16 CPU, and
keeps the last 1,024 of them: of arbitrary numbers it would never have met them all."""
Affine = tuple[torch.Tensor, torch.Tensor]
"""Weight and bias."""


class Packing:
    """The order of rows that are sorted by length and laid end to end."""

    def __init__(
        self, rows: Sequence[Sized], device: torch.device, dtype: torch.dtype = torch.float32
    ) -> None:
        """`dtype` is that of the products to come."""
        self.device = device
        self.order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        """`order[k]` is the position in `rows` of the k-th packed row."""
        self.lengths = [len(rows[i]) for i in self.order]
        filled = device.type == "cpu" and dtype is torch.bfloat16
        self.filling = -sum(self.lengths) % _FILLED_TO if filled else 0
        """Words that stand after those of all rows and belong to none."""
        ranges = [*map(torch.arange, self.lengths), torch.zeros(self.filling, dtype=torch.long)]
        self.places = torch.cat(ranges).to(device)
        """Of each id in its row, (words,): the sum of lengths, and the filling."""
        self.blocks = [(len(list(same)), n) for n, same in groupby(self.lengths)]
        """(rows, length) of each run of rows of equal length."""

    def ids(self, rows: Sequence[Ids]) -> torch.Tensor:
        """The ids of all rows, or whatever else there is one of for each, (words,)."""
        own = [t for i in self.order for t in rows[i]]
        return torch.tensor(own + [0] * self.filling, device=self.device)

    def packed(self, rows: Sequence[torch.Tensor]) -> torch.Tensor:
        """Tensors (length, ...) of each row as one, (words, ...)."""
        filling = rows[0].new_zeros(self.filling, *rows[0].shape[1:])
        return torch.cat([*(rows[i] for i in self.order), filling])

    def apart(self, packed: torch.Tensor) -> list[torch.Tensor]:
        """The opposite of `packed`: views, in the order of the rows."""
        *own, _ = torch.split(packed, [*self.lengths, self.filling])
        pieces = dict(zip(self.order, own, strict=True))
        return [pieces[i] for i in range(len(pieces))]


def attend(
    packed: torch.Tensor,
    blocks: Sequence[tuple[int, int]],
    heads: int,
    *,
    bias: torch.Tensor | None = None,
    scale: float | None = None,
) -> torch.Tensor:
    """Self-attention within `blocks`; queries, keys and values side by side, (words, 3 x width).

    `bias`, (heads, longest, longest), is added to the scores by place; `scale` None is that of
    "Attention is all you need", head width ** -0.5.
    """
    width = packed.shape[1] // 3
    mixed = packed.new_empty(packed.shape[0], width)
    start = 0
    for rows, length in blocks:
        end = start + rows * length
        query, key, value = (
            packed[start:end].view(rows, length, 3, heads, -1).permute(2, 0, 3, 1, 4)
        )
        added = None if bias is None else bias[None, :, :length, :length]
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=added, scale=scale)
        mixed[start:end].view(rows, length, heads, -1).copy_(attended.transpose(1, 2))
        start = end
    mixed[start:] = 0
    return mixed
