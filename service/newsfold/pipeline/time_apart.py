"""When articles were published, and how far apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.types import CleanArticle

_SECONDS_A_DAY = 86_400.0


def days_of(articles: Sequence[CleanArticle]) -> NDArray[np.float64]:
    """The day of publication, counted from 1970, NaN where the date is missing, shape (n,)."""
    published = (article.article.published for article in articles)
    return np.array([when.timestamp() / _SECONDS_A_DAY if when else np.nan for when in published])


def days_apart(articles: Sequence[CleanArticle]) -> NDArray[np.float32]:
    """Days between publication, 0 where a date is missing, shape (n, n)."""
    days = days_of(articles)
    apart = np.nan_to_num(np.abs(days[:, None] - days[None, :]))
    return np.asarray(apart, dtype=np.float32)
