"""What decoder rows see of what their beams have written.

The keys and values of all beams of a row lie in one cache, and a mask says which of them are a
beam's ancestors, so that reordering beams moves a few bits instead of the cache.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone uses

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK = 16
"""Cache places are added and attended to in multiples of this, masked where empty: the reductions
over them then run the same way whatever lengths are in the batch."""


@dataclass(frozen=True, slots=True)
class Past:
    """What decoder rows see of their own output, one entry a decoder layer.

    Place `step * beams + beam` belongs to what `beam` wrote at `step`.
    """

    keys: list[torch.Tensor]
    """(rows, heads, places, head width)"""
    values: list[torch.Tensor]
    ancestry: torch.Tensor
    """(rows, beams, places): the places that a beam descends from."""

    @classmethod
    def empty(
        cls, layers: int, shape: tuple[int, int, int, int], dtype: torch.dtype, device: torch.device
    ) -> Past:
        """Before the first step; `shape` is (rows, beams, heads, head width)."""
        rows, beams, heads, width = shape
        places = CHUNK * beams

        def nothing() -> list[torch.Tensor]:
            return [
                torch.zeros((rows, heads, places, width), dtype=dtype, device=device)
                for _ in range(layers)
            ]

        ancestry = torch.zeros((rows, beams, places), dtype=torch.bool, device=device)
        return cls(nothing(), nothing(), ancestry)

    def joined(self, other: Past) -> Past:
        """The rows of both."""
        return Past(
            _joined(self.keys, other.keys),
            _joined(self.values, other.values),
            _cat(self.ancestry, other.ancestry, 2),
        )

    def replaced(self, rows: torch.Tensor, other: Past) -> Past:
        """With the rows of another in the place of these. Its tensors may be written to."""
        return Past(
            _replaced(self.keys, rows, other.keys),
            _replaced(self.values, rows, other.values),
            _written(self.ancestry, rows, other.ancestry, 2),
        )

    def only(self, rows: torch.Tensor) -> Past:
        """These rows, in this order."""
        return Past(
            [k[rows] for k in self.keys], [v[rows] for v in self.values], self.ancestry[rows]
        )

    def reordered(self, parents: torch.Tensor) -> Past:
        """After a beam search step; `parents` (rows, beams) says whom each beam goes on from."""
        chosen = parents[:, :, None].expand(-1, -1, self.ancestry.shape[2])
        return replace(self, ancestry=self.ancestry.gather(1, chosen))

    def first(self, places: int) -> Past:
        """The same tensors, so many places of them."""
        return Past(
            [k[:, :, :places] for k in self.keys],
            [v[:, :, :places] for v in self.values],
            self.ancestry[:, :, :places],
        )

    def with_room(self, places: int) -> Past:
        """With at least so many places."""
        more = places - self.ancestry.shape[2]
        if more <= 0:
            return self
        return Past(
            [F.pad(k, (0, 0, 0, more)) for k in self.keys],
            [F.pad(v, (0, 0, 0, more)) for v in self.values],
            F.pad(self.ancestry, (0, more)),
        )


def whole_chunks(places: int) -> int:
    """The least multiple of `CHUNK` that has so many places."""
    return -(-places // CHUNK) * CHUNK


def doubled(least: int, wanted: int) -> int:
    """The first of `least`, twice that, four times that ... that is enough."""
    while least < wanted:
        least *= 2
    return least


def _joined(ours: Sequence[torch.Tensor], theirs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    return [_cat(a, b, 2) for a, b in zip(ours, theirs, strict=True)]


def _replaced(
    ours: Sequence[torch.Tensor], rows: torch.Tensor, theirs: Sequence[torch.Tensor]
) -> list[torch.Tensor]:
    return [_written(a, rows, b, 2) for a, b in zip(ours, theirs, strict=True)]


def _cat(a: torch.Tensor, b: torch.Tensor, ragged: int) -> torch.Tensor:
    """Rows of both, the shorter padded with zeros (False) at the end of dimension `ragged`."""
    longest = max(a.shape[ragged], b.shape[ragged])
    return torch.cat([_padded(a, ragged, longest), _padded(b, ragged, longest)])


def _written(
    ours: torch.Tensor, rows: torch.Tensor, theirs: torch.Tensor, ragged: int
) -> torch.Tensor:
    """Ours with theirs in those rows, zeros after it: a mask does not stop what is not finite."""
    places = theirs.shape[ragged]
    ours = _padded(ours, ragged, max(places, ours.shape[ragged]))
    ours[rows] = 0
    ours.narrow(ragged, 0, places)[rows] = theirs
    return ours


def _padded(x: torch.Tensor, dimension: int, to: int) -> torch.Tensor:
    more = to - x.shape[dimension]
    if more <= 0:
        return x
    return F.pad(x, [0, 0] * (x.dim() - 1 - dimension) + [0, more])
