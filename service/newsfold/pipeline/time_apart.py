"""How far apart articles were published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.types import CleanArticle

_SECONDS_A_DAY = 86_400.0


def days_apart(articles: Sequence[CleanArticle]) -> NDArray[np.float32]:
    """Days between publication, 0 where a date is missing, shape (n, n)."""
    days = np.array(
        [
            a.article.published.timestamp() / _SECONDS_A_DAY if a.article.published else np.nan
            for a in articles
        ]
    )
    apart = np.nan_to_num(np.abs(days[:, None] - days[None, :]))
    return np.asarray(apart, dtype=np.float32)
