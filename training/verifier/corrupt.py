"""Makes a true pair false, by program and seeded: one function a kind, in the tables below.

A corruption takes a `Source` and returns the changed sentence, or None where the sentence has
nothing of its kind. What it returns is stated by no sentence of the evidence.
"""

import random
from collections.abc import Callable, Mapping, Sequence

from training.archive import normal_form
from training.verifier import clauses, figures, names, polarity, quotes, splices
from training.verifier.source import Source

Corruption = Callable[[Source, random.Random], str | None]

CORRUPTIONS: Mapping[str, Corruption] = {
    "number": figures.number,
    "figures_swapped": figures.figures_swapped,
    "date": figures.date,
    "name": names.name,
    "swap": names.swap,
    "quote": quotes.quote,
    "negation": polarity.negation,
    "modality": polarity.modality,
    "qualifier": polarity.qualifier,
    "attribution": polarity.attribution,
    "opposite": polarity.opposite,
    "recombined": clauses.recombined,
    "clause_added": clauses.clause_added,
}
"""What the evidence says, changed."""
WRITING: Mapping[str, Corruption] = {
    "spliced": splices.spliced,
    "torn": splices.torn,
    "fragment": splices.fragment,
    "stuttered": splices.stuttered,
}
"""What a writer of joined and cut sentences gets wrong."""
BROKEN = frozenset({"torn", "fragment", "stuttered"})
"""Those of WRITING that leave no whole sentence; a splice may."""
OTHER_STORY = "other_story"
"""The kind of a true sentence before the evidence of another story."""


def corrupt(kind: str, source: Source, seed: str) -> str | None:
    """A false variant of the sentence; the same seed gives the same one. KeyError: unknown kind."""
    changed = {**CORRUPTIONS, **WRITING}[kind](source, random.Random(f"{seed}/{kind}"))
    if changed is None:
        return None
    known = (source.sentence, *source.evidence)
    if kind == "quote":  # only the marks may differ
        return None if changed in known else changed
    return None if normal_form(changed) in map(normal_form, known) else changed


def strangers(
    texts: Sequence[Sequence[str]], stories: Sequence[str], own: str, seed: str, count: int
) -> list[str]:
    """Up to `count` sentences of other stories than `own`, drawn at random."""
    rng = random.Random(f"{seed}/strangers")
    drawn = [rng.randrange(len(texts)) for _ in range(2 * count)]
    return [rng.choice(texts[index]) for index in drawn if stories[index] != own][:count]
