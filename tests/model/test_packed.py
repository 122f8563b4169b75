"""Packed rows: filled up for bfloat16 on a CPU, which none of them notices."""

from __future__ import annotations

import pytest
import torch

from newsfold.model.packed import Packing, attend

CPU = torch.device("cpu")
ROWS = [(5, 6, 7), (8,), (9, 10, 11)]


@pytest.mark.parametrize(("dtype", "words"), [(torch.float32, 7), (torch.bfloat16, 64)])
def test_rows_are_filled_up_and_come_apart_as_they_were(dtype: torch.dtype, words: int) -> None:
    """Ids, places and tensors all have as many words."""
    packing = Packing(ROWS, CPU, dtype)
    assert packing.ids(ROWS).shape == packing.places.shape == (words,)
    states = [torch.tensor(row, dtype=dtype)[:, None] for row in ROWS]
    packed = packing.packed(states)
    assert packed.shape == (words, 1)
    for apart, own in zip(packing.apart(packed), states, strict=True):
        assert torch.equal(apart, own)


def test_the_filling_is_not_attended_to() -> None:
    """Whatever stands in it, rows see the same, and nothing comes of it."""
    packing = Packing(ROWS, CPU, torch.bfloat16)
    mixed = torch.randn(64, 3 * 8, generator=torch.Generator().manual_seed(1))
    other = mixed.clone()
    other[7:] = torch.nan
    seen = [attend(m, packing.blocks, 2) for m in (mixed, other)]
    assert torch.equal(*seen)
    assert not seen[0][7:].any()
