"""Where the sources of a story disagree: figures of the same thing, days of the same event.

Only claims of independent sources that are of one thing are set against each other: two counts of
the same kind of casualty; or of one overlap group, two counts of the same noun, sums of money or
days, where the sentences or the clauses around them share most of their words. Better to miss a
conflict than to invent one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING, TypeAlias

from newsfold.pipeline.agreement import agree, far_apart, number_of, value_of
from newsfold.pipeline.claims import (
    casualties,
    numbers_counted,
    numbers_told,
    plain_words,
    statements,
    victims,
)
from newsfold.pipeline.facts import calendar_days, quantities, weekdays
from newsfold.pipeline.types import Conflict, ConflictKind, ConflictSide, Evidence, Sentence, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from newsfold.pipeline.claims import Claim
    from newsfold.pipeline.tuning import ConflictTuning
    from newsfold.pipeline.types import OverlapGroup

_Sides: TypeAlias = "dict[Hashable, list[Claim]]"
"""Value -> the claims of it."""


def find(
    groups: Sequence[OverlapGroup], source_of: Mapping[int, int], tuning: ConflictTuning
) -> tuple[Conflict, ...]:
    """The conflicts of a story, in the order in which they first appear."""
    tolls = _tolls(groups, source_of)
    told = _numbers_told(groups, source_of, {claim.subject for claim in tolls})
    casualty = _disputes(tolls, source_of, lambda a, b: not _knows(a, b, source_of, told), tuning)
    found: list[Conflict] = []
    for group in groups:
        if group.source_count < 2:  # noqa: PLR2004 - one source does not disagree with itself
            continue
        claims = [claim for s in group.sentences for claim in statements(s)]
        known = {conflict.subject for conflict in (*casualty, *found)}
        disputes = _disputes(claims, source_of, lambda a, b: _of_one_thing(a, b, tuning), tuning)
        found += [c for c in disputes if c.subject not in known]
    if not found:
        return tuple(casualty)
    story = _Stated.of(groups)
    return (*casualty, *(_with_all_evidence(c, story, source_of, tuning) for c in found))


def _tolls(groups: Sequence[OverlapGroup], source_of: Mapping[int, int]) -> list[Claim]:
    """Counts of the casualties; of a kind of them only from a source that counts no others."""
    claims = [
        (claim, of_all)
        for group in groups
        for s in group.sentences
        for found, of_all in ((casualties(s), True), (victims(s), False))
        for claim in found
    ]
    counted = {(source_of[c.sentence.article], c.subject) for c, of_all in claims if of_all}
    return [
        claim
        for claim, of_all in claims
        if of_all or (source_of[claim.sentence.article], claim.subject) not in counted
    ]


@dataclass(frozen=True, slots=True)
class _Stated:
    """The sentences of a story and what they claim."""

    at: dict[tuple[int, Span], Sentence]
    claims: dict[tuple[ConflictKind, str], list[Claim]]
    """By kind and subject, casualties left out."""

    @classmethod
    def of(cls, groups: Sequence[OverlapGroup]) -> _Stated:
        """All of them, read once."""
        at = {(s.article, s.span): s for group in groups for s in group.sentences}
        claims: dict[tuple[ConflictKind, str], list[Claim]] = defaultdict(list)
        for sentence in at.values():
            for claim in statements(sentence):
                claims[claim.kind, claim.subject].append(claim)
        return cls(at, claims)


def _numbers_told(
    groups: Sequence[OverlapGroup], source_of: Mapping[int, int], subjects: Iterable[str]
) -> dict[tuple[int, str], set[float]]:
    """The numbers that each source tells of each kind of casualty."""
    told: dict[tuple[int, str], set[float]] = defaultdict(set)
    kinds = tuple(subjects)
    for group in groups:
        for sentence in group.sentences:
            for subject in kinds:
                told[source_of[sentence.article], subject] |= numbers_told(sentence, subject)
    return told


def _knows(
    one: Claim,
    other: Claim,
    source_of: Mapping[int, int],
    told: Mapping[tuple[int, str], set[float]],
) -> bool:
    """Whether the source of one of two claims tells the other's number too: an update."""
    sources = (source_of[claim.sentence.article] for claim in (one, other))
    numbers = (number_of(claim.text) for claim in (other, one))
    return any(
        number in told[source, one.subject] for source, number in zip(sources, numbers, strict=True)
    )


def sides_taken(text: str, conflict: Conflict) -> tuple[ConflictSide, ...]:
    """The sides whose value `text` states of the subject of the conflict."""
    sentence = Sentence(0, 0, Span(0, len(text)), text)
    stated = {
        value_of(claim.text)
        for claim in (*casualties(sentence), *victims(sentence), *statements(sentence))
        if (claim.kind, claim.subject) == (conflict.kind, conflict.subject)
    }
    return tuple(side for side in conflict.sides if value_of(side.value) in stated)


def opposed(
    side: ConflictSide, conflict: Conflict, tuning: ConflictTuning
) -> tuple[ConflictSide, ...]:
    """The sides that cannot be right if `side` is, or say much more or less, one of each number.

    "30" and "at least 30" agree, and so do "more than 20" and "24".
    """
    by_number = {number_of(other.value): other for other in reversed(conflict.sides)}
    found = (other for other in conflict.sides if other in by_number.values())
    return tuple(other for other in found if not agree(side.value, other.value, tuning))


def is_told_of(conflict: Conflict, evidence: Iterable[Evidence]) -> bool:
    """Whether a passage among `evidence` states a side of it."""
    stated = {(e.article, e.span) for side in conflict.sides for e in side.evidence}
    return any((e.article, e.span) in stated for e in evidence)


def side_of_title(title: str, conflict: Conflict) -> ConflictSide | None:
    """The side whose number or day a title holds, whatever stands beside it; None if no one side.

    Titles are too short for more: "toll passes 40" is a side as "more than 40" is.
    """
    stated = {quantity.value for quantity in quantities(title)}
    days = {day for day, _, _ in (*weekdays(title), *calendar_days(title))}
    sides = {number_of(side.value): side for side in conflict.sides}
    taken = [side for number, side in sides.items() if number in stated | days]
    return taken[0] if len(taken) == 1 else None


def _of_one_thing(one: Claim, other: Claim, tuning: ConflictTuning) -> bool:
    """Whether two sentences, or the clauses of two claims, share enough words to be of one thing.

    Days have to stand by a common word, and sentences with other figures tell of other days.
    """
    if one.kind is ConflictKind.DATE and not (
        _same_doing(one, other) and _same_figures(one, other)
    ):
        return False
    words, others = (set(plain_words(claim.sentence.text)) for claim in (one, other))
    if len(words & others) >= tuning.same_sentence * len(words | others):
        return True
    clauses = one.clause, other.clause
    shared = len(clauses[0] & clauses[1])
    near = shared >= max(tuning.clause_words, tuning.same_clause * min(map(len, clauses)))
    return near and bool(one.around & other.around)


def _same_doing(one: Claim, other: Claim) -> bool:
    """Whether two days stand by a common word, and behind one if words are before both."""
    before, others = one.before, other.before
    led = not before or not others or not before.isdisjoint(others)
    return led and not one.around.isdisjoint(other.around)


def _same_figures(one: Claim, other: Claim) -> bool:
    """Whether two sentences have a figure in common, or one has none."""
    values, others = (numbers_counted(claim.sentence.text) for claim in (one, other))
    return not values or not others or not values.isdisjoint(others)


def _with_all_evidence(
    conflict: Conflict,
    story: _Stated,
    source_of: Mapping[int, int],
    tuning: ConflictTuning,
) -> Conflict:
    """With the sentences of other groups that state a side: what is told of them is told of it."""
    told = [[story.at[e.article, e.span] for e in side.evidence] for side in conflict.sides]
    words = [{word for s in sentences for word in plain_words(s.text)} for sentences in told]
    core = frozenset.intersection(*map(frozenset, words))
    taken = {source_of[s.article]: n for n, sentences in enumerate(told) for s in sentences}
    claims = [
        claim
        for claim in story.claims[conflict.kind, conflict.subject]
        if _is_of(claim, core, tuning)
    ]
    sides = []
    for number, side in enumerate(conflict.sides):
        more = [
            claim.sentence
            for claim in claims
            if value_of(claim.text) == value_of(side.value)
            and claim.sentence not in told[number]
            and taken.get(source_of[claim.sentence.article], number) == number
        ]
        told_too = dict.fromkeys((s.article, s.span) for s in more)
        evidence = (*side.evidence, *(Evidence(*place, 1.0) for place in told_too))
        sources = {source_of[e.article] for e in evidence}
        sides.append(ConflictSide(side.value, evidence, len(sources)))
    return replace(conflict, sides=tuple(sorted(sides, key=lambda side: -side.source_count)))


def _is_of(claim: Claim, core: frozenset[str], tuning: ConflictTuning) -> bool:
    """Whether a claim elsewhere is of what the sides, by the words that all have, are of."""
    number = number_of(claim.text)
    known = isinstance(number, float) and number >= tuning.common_figure
    return known or len(core.intersection(plain_words(claim.sentence.text))) >= tuning.core_words


def _disputes(
    claims: Iterable[Claim],
    source_of: Mapping[int, int],
    of_one_thing: Callable[[Claim, Claim], bool],
    tuning: ConflictTuning,
) -> list[Conflict]:
    """Subjects with more than one value, each held by a source that holds no other."""
    by_subject: dict[tuple[ConflictKind, str], _Sides] = defaultdict(dict)
    for claim in claims:
        by_subject[claim.kind, claim.subject].setdefault(claim.value, []).append(claim)
    found = []
    for (kind, subject), sides in by_subject.items():
        for side in sides.values():  # not in the order of the articles, which must not matter
            side.sort(key=lambda claim: (claim.sentence.text, claim.start))
        compared = sorted(
            _settled(sides, source_of), key=lambda value: (-len(sides[value]), str(value))
        )
        disputed: set[Hashable] = set()
        for one, other in combinations(compared[: tuning.most_compared], 2):
            pairs = product(
                sides[one][: tuning.most_compared], sides[other][: tuning.most_compared]
            )
            if any(
                _differ(a, b, tuning) and _apart(a, b, source_of) and of_one_thing(a, b)
                for a, b in pairs
            ):
                disputed |= {one, other}
        if disputed:
            told = [_side(side, source_of) for value, side in sides.items() if value in disputed]
            told.sort(key=lambda side: -side.source_count)
            found.append(Conflict(kind, subject, tuple(told)))
    return found


def _differ(one: Claim, other: Claim, tuning: ConflictTuning) -> bool:
    """Whether two values cannot both be right, and could be of one thing."""
    texts = one.text, other.text
    return not agree(*texts, tuning) and not far_apart(*texts, tuning)


def _settled(sides: _Sides, source_of: Mapping[int, int]) -> list[Hashable]:
    """The values that a source holds and no other beside, in the order in which they appear."""
    held: dict[int, set[Hashable]] = defaultdict(set)
    for value, side in sides.items():
        for claim in side:
            held[source_of[claim.sentence.article]].add(value)
    only = {next(iter(values)) for values in held.values() if len(values) == 1}
    return [value for value in sides if value in only]


def _apart(one: Claim, other: Claim, source_of: Mapping[int, int]) -> bool:
    """Whether two claims are of two sources, and neither sentence tells the other's number."""
    a, b = one.sentence, other.sentence
    return (
        source_of[a.article] != source_of[b.article] and not _tells(a, other) and not _tells(b, one)
    )


def _tells(sentence: Sentence, claim: Claim) -> bool:
    """Whether a sentence holds the number of a claim, whatever it says of it: "up from 3 to 5"."""
    if claim.kind is ConflictKind.DATE:
        return False
    return number_of(claim.text) in numbers_counted(sentence.text)


def _side(claims: Sequence[Claim], source_of: Mapping[int, int]) -> ConflictSide:
    evidence = {
        (c.sentence.article, c.sentence.position): Evidence(
            c.sentence.article, c.sentence.span, 1.0
        )
        for c in claims
    }
    sources = {source_of[c.sentence.article] for c in claims}
    # The barest wording stands for all: "30" for "about 30" too.
    value = min((claim.text for claim in claims), key=lambda text: (len(text), text))
    return ConflictSide(value, tuple(evidence.values()), len(sources))
