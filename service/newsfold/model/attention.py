"""What the beams of a pool attend to in one decoder step: what they wrote, and their input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone uses

if TYPE_CHECKING:
    from newsfold.model.caches import Past
    from newsfold.model.memory import Memory


class StepAttention:
    """The attention of one token of each beam, its row being at a step of its own.

    What is computed depends on shapes and shelves alone, never on what stands in a tensor: a step
    can be recorded and replayed.
    """

    def __init__(
        self,
        steps: torch.Tensor,
        memory: Memory,
        past: Past,
        *,
        bias: torch.Tensor | None = None,
        scale: float | None = None,
    ) -> None:
        """The tokens are written at `steps` (rows,) of their rows; `past` is written to.

        It has room for them. `bias`, (heads, distances), is added to the scores by how many steps
        ago a token was written; what is further away than it goes has its last. `scale` as for
        `packed.attend`.
        """
        rows, beams, room = past.ancestry.shape
        device = past.ancestry.device
        self._past = past
        self._memory = memory
        self._shape = (rows, beams)
        self._scale = scale
        self._row = torch.arange(rows, device=device)[:, None]
        self._places = steps[:, None] * beams + torch.arange(beams, device=device)
        past.ancestry.scatter_(2, self._places[:, :, None], value=True)
        self._mask = past.ancestry[:, None]
        if bias is not None:
            ago = steps[:, None] - torch.arange(room, device=device) // beams
            by_row = bias[:, ago.clamp(0, bias.shape[1] - 1)].transpose(0, 1)
            self._mask = torch.where(self._mask, by_row[:, :, None], -torch.inf)

    def back(self, layer: int, mixed: torch.Tensor) -> torch.Tensor:
        """Over what was written; takes queries, keys and values, (rows x beams, 3 x inner width).

        Keeps the keys and values. Returns (rows x beams, inner width).
        """
        keys, values = self._past.keys[layer], self._past.values[layer]
        query, key, value = mixed.view(*self._shape, 3, keys.shape[1], -1).unbind(2)
        keys[self._row, :, self._places] = key
        values[self._row, :, self._places] = value
        return self._seen(query, keys, values, self._mask)

    def across(self, layer: int, query: torch.Tensor) -> torch.Tensor:
        """Over the input; queries in and their answers out, (rows x beams, inner width)."""
        shelves, order = self._memory.shelves, self._memory.order
        by_head = query.view(*self._shape, shelves[0].keys[layer].shape[1], -1)
        if order is not None:
            by_head = by_head[order.there]
        seen = torch.cat(
            [
                self._seen(own, shelf.keys[layer], shelf.values[layer], shelf.seen)
                for shelf, own in zip(
                    shelves,
                    torch.split(by_head, [len(shelf.rows) for shelf in shelves]),
                    strict=True,
                )
            ]
        )
        if order is None:
            return seen
        return seen.view(len(order.there), -1)[order.back].view(len(query), -1)

    def _seen(
        self, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        seen = F.scaled_dot_product_attention(
            query.transpose(1, 2), keys, values, attn_mask=mask, scale=self._scale
        )
        return seen.transpose(1, 2).flatten(2).flatten(0, 1)
