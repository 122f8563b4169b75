"""Which rows go into a batch together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsfold.model.packing import PADDING_CAP, around_first

LENGTHS = st.lists(st.integers(1, 400), min_size=1, max_size=60)


@given(LENGTHS, st.integers(1, 2_000), st.integers(1, 40))
def test_a_batch_is_within_its_bounds(lengths: list[int], tokens: int, rows: int) -> None:
    """In rows, padded tokens and the share of padding, unless the first row alone is beyond."""
    chosen = around_first(lengths, max_tokens=tokens, max_rows=rows)
    own = [lengths[i] for i in chosen]
    padded = len(own) * max(own)
    assert 0 in chosen
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= rows
    assert len(chosen) == 1 or padded <= tokens
    assert padded - sum(own) <= PADDING_CAP * padded


@given(LENGTHS)
def test_rows_of_like_length_go_first(lengths: list[int]) -> None:
    """No row is left out whose length lies between those that are taken."""
    chosen = around_first(lengths, max_tokens=2_000, max_rows=16)
    own = [lengths[i] for i in chosen]
    left = [length for i, length in enumerate(lengths) if i not in chosen]
    assert not [length for length in left if min(own) < length < max(own)]


@given(st.integers(1, 400), st.integers(1, 30), st.integers(1, 40))
def test_equal_rows_fill_a_batch(length: int, count: int, rows: int) -> None:
    """Up to the first of its bounds."""
    chosen = around_first([length] * count, max_tokens=2_000, max_rows=rows)
    assert len(chosen) == max(1, min(count, rows, 2_000 // length))


def test_the_row_that_waited_longest_is_never_passed_over() -> None:
    """Though it fits to no other."""
    assert around_first([390, 10, 10, 10], max_tokens=2_000, max_rows=8) == [0]
