"""The greatest of many scores, found by way of their blocks."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from newsfold.model.beams import _BLOCK, _LONG, _top


@given(
    st.integers(0, 10_000),
    st.integers(1, 12),
    st.integers(-3, 3),
    st.sampled_from([0.0, 0.5, 0.999]),
    st.sampled_from([None, 3]),
)
def test_the_greatest_are_found_wherever_they_stand(
    seed: int, most: int, tail: int, barred: float, levels: int | None
) -> None:
    """Around whole blocks, with few that are allowed, with many that are equal."""
    chance = torch.Generator().manual_seed(seed)
    width = _LONG * most * _BLOCK + tail
    scores = torch.randn(3, width, generator=chance)
    if levels is not None:
        scores = (scores * levels).round()
    scores[torch.rand(3, width, generator=chance) < barred] = -torch.inf
    values, places = _top(scores, most)
    assert torch.equal(values, scores.topk(most).values)
    assert torch.equal(scores.gather(1, places), values)
    assert all(len(set(row.tolist())) == most for row in places)
