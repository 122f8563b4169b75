"""The errors of a writer that joins and cuts sentences: every word is a source's, the whole is not.

Seen in the drafts of the rewriter: "The vice president's personal valet, Katie Miller", "they were
evacuated" for "they were sent to help people who were evacuated", a subject without its predicate.
"""

import random
import re

from training.verifier.clauses import PREDICATE
from training.verifier.source import Source

_JOINTS = frozenset(
    "a an the of to in on at by for with from as that and or was were is are has had have be will"
    " would who which said his her its their".split()
)
_EDGE = 2
"""Words that stand before and after a joint at least."""
_LEAST_CUT, _MOST_RUN = 3, 4
_LEAST_SUBJECT = 3
_PUNCTUATION = ".,;:!?\"“”'’()"


def spliced(source: Source, rng: random.Random) -> str | None:
    """The beginning of one sentence and the end of another, joined at a small word of both."""
    texts = list(dict.fromkeys([source.sentence, *source.evidence]))
    if len(texts) < 2:  # noqa: PLR2004 - two sentences
        return None
    left, right = (text.split() for text in rng.sample(texts, 2))
    places = [
        (i, j)
        for i in range(_EDGE, len(left))
        for j in range(1, len(right) - _EDGE)
        if _bare(left[i]) == _bare(right[j]) and _is_joint(left[i]) and _differ(left, i, right, j)
    ]
    if not places:
        return None
    i, j = rng.choice(places)
    return " ".join(left[: i + 1] + right[j + 1 :])


def torn(source: Source, rng: random.Random) -> str | None:
    """A sentence without what stands between two occurrences of a small word."""
    words = rng.choice([source.sentence, *source.evidence]).split()
    places = [
        (i, j)
        for i in range(_EDGE, len(words))
        for j in range(i + _LEAST_CUT, len(words) - _EDGE)
        if _bare(words[i]) == _bare(words[j]) and _is_joint(words[i])
    ]
    if not places:
        return None
    i, j = rng.choice(places)
    return " ".join(words[: i + 1] + words[j + 1 :])


def fragment(source: Source, rng: random.Random) -> str | None:
    """The subject of a sentence and nothing more."""
    texts = [source.sentence, *source.evidence]
    found = [m for text in texts if (m := PREDICATE.search(text)) and '"' not in text]
    subjects = [m.string[: m.start()].rstrip(" ,;:") for m in found]
    long = [subject for subject in subjects if len(subject.split()) >= _LEAST_SUBJECT]
    return f"{rng.choice(long)}." if long else None


def stuttered(source: Source, rng: random.Random) -> str | None:
    """A run of words once more, in the place of another."""
    words = source.sentence.split()
    run = rng.randint(1, _MOST_RUN)
    if len(words) < 3 * run + _EDGE:
        return None
    start = rng.randrange(len(words) - run)
    choices = [k for k in range(1, len(words) - run) if abs(k - start) >= run]
    place = rng.choice(choices)
    copied = [re.sub(r"[.!?]$", "", word) for word in words[start : start + run]]
    return " ".join(words[:place] + copied + words[place + run :])


def _is_joint(word: str) -> bool:
    return _bare(word) in _JOINTS


def _bare(word: str) -> str:
    return word.strip(_PUNCTUATION).lower()


def _differ(left: list[str], i: int, right: list[str], j: int) -> bool:
    """Whether the words around the joint differ: where they do not, both say the same there."""
    before, after = left[max(0, i - _EDGE) : i], left[i + 1 : i + 1 + _EDGE]
    others = right[max(0, j - _EDGE) : j], right[j + 1 : j + 1 + _EDGE]
    return not (
        {*map(_bare, before)} & {*map(_bare, others[0])}
        or {*map(_bare, after)} & {*map(_bare, others[1])}
    )
