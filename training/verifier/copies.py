"""Copies of pairs about other people and places, some with a sentence of another story beside them.

Whether evidence bears a sentence out does not depend on what things are called, nor on what else
the evidence says. A model that has met a few thousand pairs a dozen times knows their names by
heart; copies leave it nothing to know but the words between them.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from training.verifier.pairs import Pair
from training.verifier.spans import MONTHS, WEEKDAYS

_WORD = re.compile(r"[^\W\d_][\w-]*(?:[’'](?!s\b)\w+)*")
_ALIKE = 4
"""Letters that the words of one name share: "Palvia" and "Palvian" stay what they are."""
_MOST_EVIDENCE = 6
_DISTRACTED = 0.25
"""Share of copies with one more sentence in their evidence."""


def with_copies(pairs: Sequence[Pair], copies: Mapping[str, int], seed: int) -> Iterator[Pair]:
    """The pairs, and of each as many copies as `copies` has for its origin."""
    copied = [pair for pair in pairs if copies.get(pair.origin, 0)]
    renamer = Renamer(copied)
    yield from pairs
    for number, pair in enumerate(copied):
        rng = random.Random(f"{seed}/{number}")
        for _ in range(copies[pair.origin]):
            copy = renamer.rename(pair, rng)
            if rng.random() < _DISTRACTED and len(pair.evidence) < _MOST_EVIDENCE:
                copy = _distracted(copy, rng.choice(copied), rng)
            yield copy


class Renamer:
    """Puts other names in the place of names: each word by one and the same word throughout."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        """A name is a word that stands inside some sentence with a capital and nowhere without."""
        plain, inside = set(), set()
        for text in {text for pair in pairs for text in (*pair.evidence, pair.sentence)}:
            for match in _WORD.finditer(text):
                word = match.group()
                if not word[0].isupper():
                    plain.add(word)
                elif match.start() > 0:
                    inside.add(word)
        dated = {*WEEKDAYS, *MONTHS}
        self._names = sorted(
            word for word in inside if word.lower() not in plain and word.rstrip("s") not in dated
        )
        self._known = frozenset(self._names)

    def rename(self, pair: Pair, rng: random.Random) -> Pair:
        """The pair with all its names exchanged, the same way in evidence and sentence."""
        texts = (*pair.evidence, pair.sentence)
        words = {m.group() for text in texts for m in _WORD.finditer(text)}
        related = {
            word
            for word in words & self._known
            if any(word != other and word[:_ALIKE] == other[:_ALIKE] for other in words)
        }
        own = sorted((words & self._known) - related)
        drawn = rng.sample(self._names, min(len(self._names), 2 * len(words)))
        new = dict(zip(own, (name for name in drawn if name not in words), strict=False))
        changed = [_WORD.sub(lambda m: new.get(m.group(), m.group()), text) for text in texts]
        return replace(pair, evidence=tuple(changed[:-1]), sentence=changed[-1])


def _distracted(pair: Pair, other: Pair, rng: random.Random) -> Pair:
    """The pair with a sentence of another one somewhere in its evidence."""
    if other.story == pair.story:
        return pair
    evidence = list(pair.evidence)
    evidence.insert(rng.randint(0, len(evidence)), rng.choice(other.evidence))
    return replace(pair, evidence=tuple(evidence))
