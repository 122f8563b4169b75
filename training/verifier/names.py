"""Wrong names, and right ones in each other's place."""

import random
import re
from itertools import pairwise

from training.verifier.source import Source
from training.verifier.spans import Span, names, replaced

_SYMMETRIC = re.compile(
    r"\b(?:and|or|met|meet|meets|meeting|talks|between|with|versus|vs|than|joined|including|like"
    r"|near|married|as)\b|/",
    re.IGNORECASE,
)
"""Between two names, these mean that their order says nothing."""
_ONLY_FUNCTION = re.compile(
    r"(?:[\W\d]|\b(?:of|the|in|on|at|for|to|from|by|s|a|an|his|her|its|who|that|which)\b)*",
    re.IGNORECASE,
)
"""Between two names, no verb: an apposition or one long name ("Rick Perry of Texas")."""


def name(source: Source, rng: random.Random) -> str | None:
    """A name of another story in the place of one; half the time only its last word."""
    spans = names(source.sentence)
    if not spans:
        return None
    span = rng.choice(spans)
    old = source.sentence[slice(*span)].split()
    pool = [other for other in stranger_names(source) if other[-1] != old[-1]]
    alike = [other for other in pool if len(other) == len(old)] or pool
    if not alike:
        return None
    new = rng.choice(alike)
    if len(old) > 1 and rng.random() < 0.5:  # noqa: PLR2004
        new = [*old[:-1], new[-1]]
    return replaced(source.sentence, span, " ".join(new))


def swap(source: Source, rng: random.Random) -> str | None:
    """Two names with a verb between them change places: who did it, and to whom."""
    pairs = swappable(source.sentence)
    if not pairs:
        return None
    first, second = rng.choice(pairs)
    left, right = source.sentence[slice(*first)], source.sentence[slice(*second)]
    return replaced(replaced(source.sentence, second, left), first, right)


def swappable(sentence: str) -> list[tuple[Span, Span]]:
    """Neighbouring names of one clause whose order carries the meaning."""
    spans = names(sentence)
    found = []
    for first, second in pairwise(spans):
        between = sentence[first[1] : second[0]]
        if re.search(r"[,;:“”\"—–()]", between) or _SYMMETRIC.search(between):
            continue
        left, right = sentence[slice(*first)], sentence[slice(*second)]
        different = set(left.split()).isdisjoint(right.split())
        if different and not _ONLY_FUNCTION.fullmatch(between):
            found.append((first, second))
    return found


def stranger_names(source: Source) -> list[list[str]]:
    """Names of other stories that the evidence does not have, as words."""
    found = []
    for stranger in source.strangers:
        for span in names(stranger):
            words = stranger[slice(*span)].split()
            if not any(source.says(word) for word in words):
                found.append(words)
    return found
