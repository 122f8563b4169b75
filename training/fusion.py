"""Cross-article fusion pairs: sentences of other articles that together state a target sentence.

For every clean sentence of an article the candidates are the sentences of its neighbours and the
article's own other ones. No teacher: the target is supported by its inputs by construction.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from training.archive import Article
from training.rows import Row
from training.sentence_bank import Sentence, SentenceBank
from training.support import SupportRules, coverage, nearly_equal, supported
from training.targets import clean_target

_MOST_CANDIDATES = 12
_LEAST_SHARED = 3  # content words; an input that shares fewer is about something else
_MOST_SETS = 3
_MOST_INPUTS = 3  # before distractors
_LEAST_NEW = 2  # content words that each further input must add
_LEAST_AROUND = 2  # paraphrases that make a sentence central
_PARAPHRASE = 0.45  # of the target's content words
_APART = 0.3  # at most this share of them: a sentence that says something else


@dataclass(frozen=True)
class FusionSettings:
    """Of a target: the share a candidate must have, and how many are sought in all the archive.

    `distractors` is the share of rows that get one; `sober` the share of targets that also make a
    row in which the target itself comes first and sentences that differ from it follow; `central`
    that of targets with two paraphrases or more that make a row in which they surround the target.
    """

    min_overlap: float
    retrieved: int
    distractors: float
    central: float
    sober: float


class FusionMiner:
    """Mines one archive; every article is mined alone, so that workers can share the work."""

    def __init__(
        self,
        articles: Sequence[Article],
        *,
        bank: SentenceBank,
        neighbours: Sequence[Sequence[tuple[int, float]]],
        rules: SupportRules,
        settings: FusionSettings,
        seed: int,
    ) -> None:
        """Keeps references only; nothing is computed before `mine`."""
        self._articles = articles
        self._bank = bank
        self._neighbours = neighbours
        self._rules = rules
        self._settings = settings
        self._seed = seed

    def mine(self, article: int) -> Iterator[tuple[Row, frozenset[int]]]:
        """Yields the rows whose target is in this article, with all articles they draw on."""
        rng = random.Random(f"{self._seed}/{self._articles[article].id}")
        targets = [
            (index, clean)
            for index in self._bank.spans[article]
            if (clean := clean_target(self._bank.sentences[index].text)) is not None
        ]
        if not targets:
            return
        indices = [index for index, _ in targets]
        near = self._bank.of_articles([other for other, _ in self._neighbours[article]] + [article])
        pool = np.union1d(near, self._bank.similar(indices, self._settings.retrieved))
        overlaps = (self._bank.matrix[indices] @ self._bank.matrix[pool].T).toarray()
        for (index, clean), overlap in zip(targets, overlaps, strict=True):
            overlap[pool == index] = 0
            yield from self._rows(index, clean, pool, overlap, rng)

    def _rows(
        self, index: int, clean: str, pool: np.ndarray, overlap: np.ndarray, rng: random.Random
    ) -> Iterator[tuple[Row, frozenset[int]]]:
        original = self._bank.sentences[index]
        target = Sentence(clean, original.article, original.place, original.name_words)
        size = len(target.content_set)
        candidates = self._candidates(target, pool, overlap)
        for support in self._supports(target, candidates, rng):
            chosen = list(support)
            kind = f"fuse-{len(chosen)}"
            if rng.random() < self._settings.distractors:
                chosen += self._distractors(size, pool, overlap, chosen, rng)
                kind += "+d" if len(chosen) > len(support) else ""
            yield self._row(kind=kind, chosen=chosen, target=target, rng=rng)
        close = [c for c in candidates if coverage(target, [c]) >= _PARAPHRASE][:3]
        if len(close) >= _LEAST_AROUND and rng.random() < self._settings.central:
            group = [target, *close]
            rng.shuffle(group)
            yield self._row(kind="central", chosen=group, target=target, rng=rng)
        if rng.random() < self._settings.sober:
            apart = self._distractors(size, pool, overlap, [target], rng)
            if apart:
                yield self._row(kind="sober", chosen=[target, *apart], target=target, rng=rng)

    def _candidates(
        self, target: Sentence, pool: np.ndarray, overlap: np.ndarray
    ) -> list[Sentence]:
        """The sentences that share most with the target, nearly equal and doubled ones left out."""
        least = self._settings.min_overlap * len(target.content_set)
        strong = np.flatnonzero(overlap >= max(_LEAST_SHARED, least))
        strong = strong[np.argsort(-overlap[strong], kind="stable")][: 3 * _MOST_CANDIDATES]
        kept: list[Sentence] = []
        for position in strong:
            candidate = self._bank.sentences[pool[position]]
            doubled = any(nearly_equal(candidate, other, self._rules) for other in kept)
            if not doubled and not nearly_equal(target, candidate, self._rules):
                kept.append(candidate)
        return kept[:_MOST_CANDIDATES]

    def _supports(
        self, target: Sentence, candidates: list[Sentence], rng: random.Random
    ) -> Iterator[list[Sentence]]:
        """Up to three disjoint sets of inputs that state the target, then a larger one.

        The larger one adds paraphrases to the first set: a service group is seldom as small as it
        could be.
        """
        rest, found = candidates, 0
        first: list[Sentence] | None = None
        while found < _MOST_SETS and (chosen := self._grow(target, rest, _MOST_INPUTS)) is not None:
            found += 1
            first = first or chosen
            rest = [candidate for candidate in rest if candidate not in chosen]
            yield chosen
        paraphrases = [c for c in rest if coverage(target, [c]) >= _PARAPHRASE]
        if first is not None and len(first) < _MOST_INPUTS and paraphrases:
            yield first + paraphrases[: rng.randint(1, _MOST_INPUTS - len(first))]

    def _grow(
        self, target: Sentence, candidates: list[Sentence], most: int
    ) -> list[Sentence] | None:
        """Greedy: the candidate that adds most words, until the target is supported."""
        chosen: list[Sentence] = []
        for _ in range(most):
            rest = [c for c in candidates if c not in chosen]
            if not rest:
                return None
            have = frozenset[str]().union(*(sentence.content_set for sentence in chosen))
            missing = target.content_set - have
            best = max(rest, key=lambda c: len(missing & c.content_set))
            shared = len(target.content_set & best.content_set)
            if len(missing & best.content_set) < _LEAST_NEW or shared < _LEAST_SHARED:
                return None
            chosen.append(best)
            if supported(target, chosen, self._rules):
                return chosen
        return None

    def _distractors(
        self,
        size: int,
        pool: np.ndarray,
        overlap: np.ndarray,
        chosen: Sequence[Sentence],
        rng: random.Random,
    ) -> list[Sentence]:
        """One or two sentences of the story that say something else, but share a word or more."""
        weak = np.flatnonzero((overlap >= 1) & (overlap <= max(2.0, _APART * size)))
        if len(weak) == 0:
            return []
        picked = {int(pool[rng.choice(weak)]) for _ in range(rng.choice((1, 1, 2)))}
        return [s for s in (self._bank.sentences[i] for i in sorted(picked)) if s not in chosen]

    def _row(
        self,
        *,
        kind: str,
        chosen: list[Sentence],
        target: Sentence,
        rng: random.Random,
    ) -> tuple[Row, frozenset[int]]:
        """A row and its articles: any of the supporting inputs first, the rest in random order."""
        support = int(kind[5]) if kind.startswith("fuse-") else 1
        first = rng.randrange(support)
        rest = chosen[:first] + chosen[first + 1 :]
        rng.shuffle(rest)
        published = self._articles[target.article].published
        row = Row(
            task="fuse",
            kind=kind,
            inputs=tuple(sentence.text for sentence in [chosen[first], *rest]),
            target=target.text,
            story=self._articles[target.article].id,
            month=published.isoformat()[:7] if published else "",
        )
        return row, frozenset({target.article, *(sentence.article for sentence in chosen)})
