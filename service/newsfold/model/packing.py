"""Which waiting rows go into the next batch. Pure: knows lengths and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PADDING_CAP = 0.25
"""Largest share of padding in a batch. At 0.25 a batch of rewriter rows takes rows of 60 to 100 ids
together; a lower cap makes batches smaller than the matmuls like, a higher one computes on padding
what a second batch would compute on words."""


def around_first(lengths: Sequence[int], *, max_tokens: int, max_rows: int) -> list[int]:
    """Positions of a batch that holds row 0 and the rows nearest to it in length, ascending.

    Row 0 is the one that has waited longest, so that no row is passed over for ever. The padded
    size, rows x longest, stays within `max_tokens` unless row 0 alone is longer, and padding within
    PADDING_CAP of it.
    """
    order = sorted(range(len(lengths)), key=lambda i: (lengths[i], i))
    low = high = order.index(0)
    total = lengths[0]
    while high - low + 1 < max_rows:
        shorter = lengths[order[low - 1]] if low > 0 else None
        longer = lengths[order[high + 1]] if high + 1 < len(order) else None
        take_shorter = shorter is not None and (
            longer is None or lengths[0] - shorter <= longer - lengths[0]
        )
        added = shorter if take_shorter else longer
        if added is None:
            break
        longest = max(lengths[order[high]], added)
        padded = longest * (high - low + 2)
        if padded > max_tokens or padded - total - added > PADDING_CAP * padded:
            break
        total += added
        low, high = (low - 1, high) if take_shorter else (low, high + 1)
    return sorted(order[low : high + 1])
