"""Sentences taken apart by program, which the writer learns to put together again.

The other rows have too few targets to learn from how a sentence of news runs (ADR 26). Here every
clean sentence of the archive is one. What it says is all in its inputs, except for a few small
words: gaps of one copy are in another, and what was put between is from the same article.
After Fevry and Phang (2018), "Unsupervised Sentence Compression using Denoising Auto-Encoders",
and the denoising of BART (Lewis et al., 2019).
"""

import random
from collections.abc import Iterator, Sequence

from training.archive import Article
from training.prompt import RESTORE
from training.rows import Row
from training.sentence_bank import SentenceBank
from training.targets import clean_target

_COPIES = (1, 2, 2, 3)
_PART_WORDS = (2, 8)
_KEPT = 0.6
"""Share of the parts that each of several copies keeps."""
_MOVED = 0.3
"""Share of the copies that have a part in another place."""
_SMALL = frozenset("a an the of to in on at by for with from as and that is was are were".split())
_SMALL_LOST = 0.1
_STRANGE = 0.5
"""Share of several copies that have words of another sentence between; a lone copy always has."""
_STRANGE_WORDS = (2, 8)
_MOST_STRANGE = 3
_WHOLE_STRANGER = 0.3
"""Share of the rows that have another sentence among their inputs."""


class RestoreMiner:
    """Takes the sentences of an archive apart, article by article."""

    def __init__(
        self, articles: Sequence[Article], *, bank: SentenceBank, share: float, seed: int
    ) -> None:
        """`share` of the clean sentences make a row each."""
        self._articles = articles
        self._bank = bank
        self._share = share
        self._seed = seed

    def mine(self, article: int) -> Iterator[tuple[Row, frozenset[int]]]:
        """Yields the rows of an article."""
        source = self._articles[article]
        rng = random.Random(f"{self._seed}/{source.id}/restore")
        texts = [self._bank.sentences[index].text for index in self._bank.spans[article]]
        for place, text in enumerate(texts):
            target = clean_target(text)
            if target is None or rng.random() >= self._share:
                continue
            others = [other.split() for i, other in enumerate(texts) if i != place]
            inputs = taken_apart(target.split(), others, rng)
            month = source.published.isoformat()[:7] if source.published else ""
            kind = f"restore-{len(inputs)}"
            yield Row(RESTORE, kind, inputs, target, source.id, month), frozenset({article})


def taken_apart(
    words: Sequence[str], others: Sequence[Sequence[str]], rng: random.Random
) -> tuple[str, ...]:
    """One to three copies of a sentence with gaps, the fullest first, and now and then a stranger.

    Every word but a few small ones is in some copy.
    """
    parts = _parts(words, rng)
    count = rng.choice(_COPIES)
    kept: list[list[Sequence[str]]] = [[] for _ in range(count)]
    for part in parts:
        holders = [copy for copy in kept if count == 1 or rng.random() < _KEPT]
        for copy in holders or [rng.choice(kept)]:
            copy.append(part)
    kept = sorted((copy for copy in kept if copy), key=_size, reverse=True)
    inputs = [_mixed(copy, others, rng, alone=len(kept) == 1) for copy in kept]
    if others and rng.random() < _WHOLE_STRANGER:
        inputs.insert(rng.randint(1, len(inputs)), list(rng.choice(others)))
    return tuple(" ".join(sentence) for sentence in inputs if sentence)


def _parts(words: Sequence[str], rng: random.Random) -> list[Sequence[str]]:
    parts, start = [], 0
    while start < len(words):
        end = start + rng.randint(*_PART_WORDS)
        parts.append(words[start:end])
        start = end
    return parts


def _size(parts: Sequence[Sequence[str]]) -> int:
    return sum(map(len, parts))


def _mixed(
    parts: Sequence[Sequence[str]],
    others: Sequence[Sequence[str]],
    rng: random.Random,
    *,
    alone: bool,
) -> list[str]:
    """A copy with a part moved, small words lost and strange ones put between, or some of these."""
    mixed = [[w for w in p if w not in _SMALL or rng.random() >= _SMALL_LOST] for p in parts]
    if rng.random() < _MOVED:
        mixed.insert(rng.randrange(len(mixed)), mixed.pop(rng.randrange(len(mixed))))
    if others and (alone or rng.random() < _STRANGE):
        for _ in range(rng.randint(1, _MOST_STRANGE) if alone else 1):
            other = rng.choice(others)
            size = rng.randint(*_STRANGE_WORDS)
            start = rng.randint(0, max(0, len(other) - size))
            mixed.insert(rng.randint(0, len(mixed)), list(other[start : start + size]))
    return [word for part in mixed for word in part]
