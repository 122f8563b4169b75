"""Is a target sentence said by its inputs? The test that every mined fusion pair must pass.

Covering the words is not enough: the first version joined the subject of one input with the
predicate of another, because its pairs were chosen by words alone. So words must also be supported
together: neighbours in the target must be found in one and the same input.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from training.sentence_bank import Sentence
from training.text import stem


@dataclass(frozen=True)
class SupportRules:
    """Shares of the target's content words, 0..1.

    coverage   found in some input;
    runs       next to the same word in some input (a contiguous run of two or more words);
    junctions  pairs of consecutive content words that one single input has both of;
    anchor     found in the best single input;
    copy       a single input that shares more than this share of all words is nearly equal.
    """

    coverage: float
    runs: float
    junctions: float
    anchor: float
    copy: float


def supported(target: Sentence, inputs: Sequence[Sentence], rules: SupportRules) -> bool:
    """True where the inputs state the target: all names and numbers, nearly all words, in runs."""
    known = frozenset[str]().union(*(sentence.known_facts for sentence in inputs))
    return (
        target.facts <= known
        and coverage(target, inputs) >= rules.coverage
        and max(coverage(target, [sentence]) for sentence in inputs) >= rules.anchor
        and opening_in_one(target, inputs)
        and junction_share(target, inputs) >= rules.junctions
        and run_share(target, inputs) >= rules.runs
    )


def coverage(target: Sentence, inputs: Sequence[Sentence]) -> float:
    """Share of the target's distinct content words that some input has."""
    union = frozenset[str]().union(*(sentence.content_set for sentence in inputs))
    return len(target.content_set & union) / max(1, len(target.content_set))


def opening_in_one(target: Sentence, inputs: Sequence[Sentence]) -> bool:
    """True where one input has the first four content words but one: subject and predicate."""
    opening = set(target.content[:4])
    return any(len(opening & sentence.content_set) >= len(opening) - 1 for sentence in inputs)


def junction_share(target: Sentence, inputs: Sequence[Sentence]) -> float:
    """Share of consecutive content-word pairs whose two words are in one and the same input."""
    pairs = list(pairwise(target.content))
    together = sum(
        any(a in sentence.content_set and b in sentence.content_set for sentence in inputs)
        for a, b in pairs
    )
    return together / max(1, len(pairs))


def run_share(target: Sentence, inputs: Sequence[Sentence]) -> float:
    """Share of content words with a neighbour word in the target that an input has next to them."""
    lower = [word.lower() for word in target.words]
    shared = [any(pair in sentence.bigrams for sentence in inputs) for pair in pairwise(lower)]
    in_run = [a or b for a, b in zip([False, *shared], [*shared, False], strict=True)]
    kept = [r for w, r in zip(lower, in_run, strict=True) if stem(w) in target.content_set]
    return sum(kept) / max(1, len(kept))


def nearly_equal(target: Sentence, other: Sentence, rules: SupportRules) -> bool:
    """True where the two share so many words that the pair would only teach copying."""
    union = len(target.content_set | other.content_set)
    return len(target.content_set & other.content_set) > rules.copy * max(1, union)
