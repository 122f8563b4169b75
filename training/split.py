"""Keeps dev apart from training: by story and month, never at random."""

import hashlib
import random
from collections.abc import Iterable, Sequence

from training.archive import Article
from training.rows import Row


class Split:
    """Says of a set of articles whether a row that draws on them is for dev, train or neither."""

    def __init__(
        self,
        articles: Sequence[Article],
        neighbours: Sequence[Sequence[tuple[int, float]]],
        dev_months: Iterable[str],
        same_story_similarity: float,
    ) -> None:
        """Articles of a dev month are dev; others that may tell a dev story belong nowhere."""
        months = frozenset(dev_months)
        self._dev = {
            index
            for index, article in enumerate(articles)
            if article.published and article.published.isoformat()[:7] in months
        }
        self._neither = {
            index
            for index, near in enumerate(neighbours)
            if index not in self._dev
            and any(o in self._dev and s >= same_story_similarity for o, s in near)
        }

    def of(self, articles: frozenset[int]) -> str | None:
        """Dev, train, or None for a row that straddles the two."""
        if articles <= self._dev:
            return "dev"
        if articles & self._dev or articles & self._neither:
            return None
        return "train"


def hashed_share(key: str) -> float:
    """A stable number in 0..1 for rows that have neither story nor month."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32


def balanced(rows: Sequence[Row], most_to_least: float, seed: int) -> list[Row]:
    """Cuts the frequent sizes of fusion pairs to `most_to_least` times the rarest, at random."""
    sizes: dict[str, list[Row]] = {}
    others = []
    for row in rows:
        if row.kind.startswith("fuse-"):
            sizes.setdefault(row.kind[:6], []).append(row)
        else:
            others.append(row)
    limit = int(most_to_least * min((len(group) for group in sizes.values()), default=0))
    rng = random.Random(seed)
    for group in sizes.values():
        others += group if len(group) <= limit else rng.sample(group, limit)
    return others
