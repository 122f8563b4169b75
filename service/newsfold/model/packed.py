"""Self-attention over packed rows: all rows laid end to end, and no padding computed.

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

Affine = tuple[torch.Tensor, torch.Tensor]
"""Weight and bias."""


class Packing:
    """The order of rows that are sorted by length and laid end to end."""

    def __init__(self, rows: Sequence[Sized], device: torch.device) -> None:
        self.device = device
        self.order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        """`order[k]` is the position in `rows` of the k-th packed row."""
        self.lengths = [len(rows[i]) for i in self.order]
        self.places = torch.cat([torch.arange(n) for n in self.lengths]).to(device)
        """Of each id in its row, (sum of lengths,)."""
        self.blocks = [(len(list(same)), n) for n, same in groupby(self.lengths)]
        """(rows, length) of each run of rows of equal length."""

    def ids(self, rows: Sequence[Ids]) -> torch.Tensor:
        """The ids of all rows, or whatever else there is one of for each, (sum of lengths,)."""
        return torch.tensor([t for i in self.order for t in rows[i]], device=self.device)

    def packed(self, rows: Sequence[torch.Tensor]) -> torch.Tensor:
        """Tensors (length, ...) of each row as one, (sum of lengths, ...)."""
        return torch.cat([rows[i] for i in self.order])

    def apart(self, packed: torch.Tensor) -> list[torch.Tensor]:
        """The opposite of `packed`: views, in the order of the rows."""
        pieces = dict(zip(self.order, torch.split(packed, self.lengths), strict=True))
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
    return mixed
