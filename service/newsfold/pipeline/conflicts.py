"""Where the sources of a story disagree: figures of the same thing, weekdays of the same event.

Only statements of independent sources that say comparable things are set against each other:
sentences of one overlap group that share half of their words, or two counts of the same kind of
casualty. Better to miss a conflict than to invent one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from newsfold.pipeline.facts import Quantity, content_words, quantities, stem, tokens, weekdays
from newsfold.pipeline.overlap import around_first
from newsfold.pipeline.types import Conflict, ConflictKind, ConflictSide, Evidence, Sentence, Span

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from newsfold.pipeline.types import OverlapGroup

_COMPARABLE = 0.5
"""Share of content words from which two sentences of a group tell of the same thing. With it and
`_BESIDE`, of 12 days that were set against each other in 250 stories of neus_fulltext train, nearly
all of them wrongly, 2 are."""
_BESIDE = 2
"""Content words on each side of a day."""
_TERM = re.compile(r"\b(?:before|by|until|till|since|through)\s+$", re.IGNORECASE)
"""Before a day by which something is due, or from which it lasts."""
_CASUALTIES = {
    "injured": frozenset(
        "injured injuries injuring injury hurt wounded wounding treated treatment".split()
    ),
    "killed": frozenset("killed killing dead died deaths dies kills toll".split()),
    "missing": frozenset(("missing", "unaccounted")),
    "arrested": frozenset("arrested arrests arresting detained".split()),
}
_PARTIAL = re.compile(
    r"\b(?:serious\w*|critical\w*|minor|slight\w*|badly|of them|of whom|among|including|another"
    r"|further|more were|others?|each|per|earlier|previous\w*|last year|in (?:19|20)\d\d)\b",
    re.IGNORECASE,
)
"""Words with which a count is of a part, an addition or another event."""
_AGE = re.compile(r"[\s-]+years?[\s-]+old\b", re.IGNORECASE)
_NO_COUNT = re.compile(r"dozen$|\d(?:st|nd|rd|th|s)$|^(?:19|20)\d\d$", re.IGNORECASE)
_DURATIONS = frozenset(
    stem(word) for word in "minutes hours days nights weeks months years".split()
)
"""Two lengths of time in one group are of two things more often than not."""
_PEOPLE = frozenset("peopl passenger men women children civilian injur hurt kill".split()) | {""}
_SUBJECT_OF = {word: subject for subject, words in _CASUALTIES.items() for word in words}
_AND = re.compile(r"\band\b", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+")
_AT_LEAST = frozenset(("at least", "more than"))
_NEAR = 1.5
"""Times a lower bound up to which an exact figure is the same news."""
_WINDOW = 60
"""Characters after a count in which its kind of casualty is named."""
_BEFORE = 20
"""Characters before a count in which it is said to be of a part or an addition."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A value that a sentence states of a subject."""

    kind: ConflictKind
    subject: str
    value: Hashable
    text: str
    sentence: Sentence
    around: frozenset[str] = frozenset()
    """Of a day, the content words next to it: what happened then."""


def find(groups: Sequence[OverlapGroup], source_of: Mapping[int, int]) -> tuple[Conflict, ...]:
    """The conflicts of a story, in the order in which they first appear."""
    found: list[Conflict] = []
    casualties = [
        claim for group in groups for s in group.sentences for claim in _casualty_claims(s)
    ]
    found += _disputes(casualties, source_of)
    seen = {conflict.subject for conflict in found}
    for part in (p for group in groups for p in around_first(group, _COMPARABLE, source_of)):
        if part.source_count < 2:  # noqa: PLR2004 - one source does not disagree with itself
            continue
        claims = _of_one_event([claim for s in part.sentences for claim in _claims(s)])
        found += [c for c in _disputes(claims, source_of) if c.subject not in seen]
        seen |= {conflict.subject for conflict in found}
    return tuple(found)


def sides_taken(text: str, conflict: Conflict) -> tuple[ConflictSide, ...]:
    """The sides whose value `text` states of the subject of the conflict."""
    sentence = Sentence(0, 0, Span(0, len(text)), text)
    stated = {
        _value(claim.text)
        for claim in (*_casualty_claims(sentence), *_claims(sentence))
        if (claim.kind, claim.subject) == (conflict.kind, conflict.subject)
    }
    return tuple(side for side in conflict.sides if _value(side.value) in stated)


def opposed(side: ConflictSide, conflict: Conflict) -> tuple[ConflictSide, ...]:
    """The sides that cannot be right if `side` is, or say much more or less, one of each number.

    "30" and "at least 30" agree, and so do "more than 20" and "24".
    """
    by_number = {_number(other.value): other for other in reversed(conflict.sides)}
    found = (other for other in conflict.sides if other in by_number.values())
    return tuple(other for other in found if not _agree(side.value, other.value))


def _agree(one: str, other: str) -> bool:
    """Whether two values are one number, or one is a bound that the other keeps and is near to."""
    if _number(one) == _number(other):
        return True
    pairs = [(quantities(a), quantities(b)) for a, b in ((one, other), (other, one))]
    return any(
        bool(bound and exact)
        and bound[0].limit in _AT_LEAST
        and not exact[0].limit
        and bound[0].value <= exact[0].value <= _NEAR * bound[0].value
        for bound, exact in pairs
    )


def is_told_of(conflict: Conflict, evidence: Iterable[Evidence]) -> bool:
    """Whether a passage among `evidence` states a side of it."""
    stated = {(e.article, e.span) for side in conflict.sides for e in side.evidence}
    return any((e.article, e.span) in stated for e in evidence)


def takes_side(title: str, conflict: Conflict) -> bool:
    """Whether a title holds the number or day of one side only, whatever stands beside it.

    Titles are too short for more: "toll passes 40" is a side as "more than 40" is.
    """
    stated = {quantity.value for quantity in quantities(title)}
    days = {day for day, _, _ in weekdays(title)}
    sides = {_number(side.value) for side in conflict.sides}
    return len(sides & (stated | days)) == 1


def _value(text: str) -> Hashable:
    """A value as written -> what has to be equal for two to agree."""
    found = quantities(text)
    return (found[0].value, found[0].limit) if found else text.lower()


def _number(text: str) -> Hashable:
    found = quantities(text)
    return found[0].value if found else text.lower()


def _casualty_claims(sentence: Sentence) -> Iterable[_Claim]:
    for quantity in quantities(sentence.text):
        if quantity.currency or quantity.counted not in _PEOPLE or _is_no_count(quantity, sentence):
            continue
        before = sentence.text[max(0, quantity.start - _BEFORE) : quantity.start]
        for match in _WORDS.finditer(sentence.text[quantity.end : quantity.end + _WINDOW]):
            subject = _SUBJECT_OF.get(match.group().lower())
            if subject is None:
                continue
            between = sentence.text[quantity.end : quantity.end + match.start()]
            # "Shot 58 people and wounded hundreds": the count is of the word before.
            other = _PARTIAL.search(before) or _PARTIAL.search(between) or _AND.search(between)
            if not other:
                yield _claim(ConflictKind.FIGURE, subject, quantity, sentence)
            break


def _claims(sentence: Sentence) -> Iterable[_Claim]:
    """Figures with a counted noun, and the day, if there is only one."""
    for quantity in quantities(sentence.text):
        counts = quantity.counted and quantity.counted not in _PEOPLE | _DURATIONS
        if counts and not _is_no_count(quantity, sentence):
            yield _claim(ConflictKind.FIGURE, _noun(quantity, sentence), quantity, sentence)
    days = weekdays(sentence.text)
    if len(days) == 1 and not _TERM.search(sentence.text[: days[0][1]]):
        day, start, end = days[0]
        before, after = content_words(sentence.text[:start]), content_words(sentence.text[end:])
        around = frozenset((*before[-_BESIDE:], *after[:_BESIDE]))
        yield _Claim(ConflictKind.DATE, "day", day, sentence.text[start:end], sentence, around)


def _of_one_event(claims: Sequence[_Claim]) -> list[_Claim]:
    """Without days that stand by other words than the other days: "said Friday", "hit Thursday"."""
    return [
        claim
        for claim in claims
        if claim.kind is not ConflictKind.DATE
        or any(other.value != claim.value and other.around & claim.around for other in claims)
    ]


def _is_no_count(quantity: Quantity, sentence: Sentence) -> bool:
    """An age, a year, an ordinal, a share of an unknown whole, or a dozen, about so many."""
    age = _AGE.match(sentence.text, quantity.end)
    return bool(age) or quantity.percent or _NO_COUNT.search(quantity.text) is not None


def _noun(quantity: Quantity, sentence: Sentence) -> str:
    """The counted words as written."""
    after = tokens(sentence.text[quantity.end : quantity.end + _WINDOW])
    return next((word for word in after if word.startswith(quantity.counted[:4])), quantity.counted)


def _claim(kind: ConflictKind, subject: str, quantity: Quantity, sentence: Sentence) -> _Claim:
    return _Claim(kind, subject, (quantity.key, quantity.limit), quantity.text, sentence)


def _disputes(claims: Iterable[_Claim], source_of: Mapping[int, int]) -> list[Conflict]:
    """Subjects with more than one value, each held by a source that holds no other."""
    by_subject: dict[tuple[ConflictKind, str], dict[Hashable, list[_Claim]]] = defaultdict(dict)
    for claim in claims:
        by_subject[claim.kind, claim.subject].setdefault(claim.value, []).append(claim)
    found = []
    for (kind, subject), sides in by_subject.items():
        held: dict[int, set[Hashable]] = defaultdict(set)
        for value, side in sides.items():
            for claim in side:
                held[source_of[claim.sentence.article]].add(value)
        settled = {next(iter(values)) for values in held.values() if len(values) == 1}
        if len(settled) > 1:
            disputed = [_side(side, source_of) for value, side in sides.items() if value in settled]
            disputed.sort(key=lambda side: -side.source_count)
            if all(_agree(a.value, b.value) for a, b in combinations(disputed, 2)):
                continue
            found.append(Conflict(kind, subject, tuple(disputed)))
    return found


def _side(claims: Sequence[_Claim], source_of: Mapping[int, int]) -> ConflictSide:
    evidence = {
        (c.sentence.article, c.sentence.position): Evidence(
            c.sentence.article, c.sentence.span, 1.0
        )
        for c in claims
    }
    sources = {source_of[c.sentence.article] for c in claims}
    return ConflictSide(claims[0].text, tuple(evidence.values()), len(sources))
