"""What a sentence claims that another could contradict: counts, amounts, days. English.

A number that counts nothing certain is no claim: an age, a year, a dozen, a part of a whole, an end
of a range.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from newsfold.pipeline.facts import (
    WEEKDAYS,
    calendar_days,
    content_words,
    quantities,
    stem,
    tokens,
    weekdays,
)
from newsfold.pipeline.types import ConflictKind

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from newsfold.pipeline.facts import Quantity
    from newsfold.pipeline.types import Sentence

_DAYS = frozenset(map(stem, WEEKDAYS))
AMOUNT = "amount"
"""What the subject of a sum of money begins with."""
_BESIDE = 2
"""Content words on each side of a claim."""
_LEADING = 4
"""Content words in front of a day: who or what did something then."""
_TERM = re.compile(r"\b(?:before|by|until|till|since|through)\s+$", re.IGNORECASE)
"""Before a day by which something is due, or from which it lasts."""
CASUALTIES = {
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
_PERSONS = "|".join(
    """miners workers soldiers troops officers policemen firefighters students pupils migrants
    refugees residents villagers protesters demonstrators fishermen sailors tourists hikers climbers
    skiers pilgrims patients inmates prisoners guards rescuers teenagers boys girls adults fans
    journalists nurses doctors teachers farmers drivers commuters worshippers""".split()
)
_VICTIMS = re.compile(
    rf"\s+(?:[a-z]+\s+)?(?:{_PERSONS}) (?:"
    r"(?:(?:was|were|are|(?:have|had) been|remained?) (?:(?:still|also|reported|confirmed) )?)?"
    r"(?P<lost>dead|died|missing|unaccounted)"
    r"|(?:were|are|(?:have|had) been) (?:also )?"
    r"(?P<hurt>killed|injured|hurt|wounded|arrested|detained))\b(?! in (?:19|20)\d\d)",
    re.IGNORECASE,
)
"""After a count: of whom, and what became of them. Not what they did to others."""
_OF = re.compile(r"\bof (?:the |its |their |his |her )?$", re.IGNORECASE)
_AGE = re.compile(r"[\s-]+years?[\s-]+old\b", re.IGNORECASE)
_NO_COUNT = re.compile(r"dozen$|\d(?:st|nd|rd|th|s)$|^(?:19|20)\d\d$", re.IGNORECASE)
_NUMBER = (
    r"(?:[$£€]?\d[\d.,]*\w*|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty"
    r"|forty|fifty)"
)
_RANGE_END = re.compile(
    rf"(?:\bbetween {_NUMBER}(?: [mb]illion)? and|(?<!\bfrom )(?<![\w.,]){_NUMBER}(?: [mb]illion)?"
    r" ?(?:-|–|to|or)) ?$",
    re.IGNORECASE,
)
_RANGE_START = re.compile(rf"(?: [mb]illion)? ?(?:-|–|to |or ) ?{_NUMBER}\b", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween $", re.IGNORECASE)
_NAMED = re.compile(r"[^\W\d_]-$")
_DURATIONS = frozenset(
    stem(word) for word in "minutes hours days nights weeks months years".split()
)
"""Two lengths of time in one group are of two things more often than not."""
_PEOPLE = frozenset("peopl passenger men women children civilian injur hurt kill".split()) | {""}
_SUBJECT_OF = {word: subject for subject, words in CASUALTIES.items() for word in words}
_OTHER_DOLLAR = re.compile(r"[AC]\$")
_AND = re.compile(r"\band\b", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+")
_WINDOW = 60
"""Characters after a count in which its kind of casualty is named, and before it in which a range
of which it is the end begins."""
_PRONOUNS_BELOW = 10.0
_BARE = 4
"""Words after a count without a noun, in which it is named: "30 of them were killed"."""
_BEFORE = 20
"""Characters before a count in which it is said to be of a part or an addition."""
_CLAUSE = re.compile(
    r"[;:()“”\"–—] ?|, |\b(?:when|after|before|while|as|because|although|but|which|who|that|if"
    r"|since|until)\b",
    re.IGNORECASE,
)
"""Where a clause ends, roughly."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that a sentence states of a subject."""

    kind: ConflictKind
    subject: str
    value: Hashable
    text: str
    sentence: Sentence
    start: int
    """Its range in the sentence's text."""
    end: int

    @property
    def around(self) -> frozenset[str]:
        """The content words next to it, that of the thing counted left out."""
        before, after = self._sides()
        beside = (*plain_words(before)[-_BESIDE:], *plain_words(after)[:_BESIDE])
        return frozenset(beside) - {stem(self.subject)}

    @property
    def before(self) -> frozenset[str]:
        """The content words in front of it."""
        return frozenset(plain_words(self._sides()[0])[-_LEADING:])

    @property
    def clause(self) -> frozenset[str]:
        """The content words of its clause, that of the thing counted left out."""
        before, after = self._sides()
        start = max((m.end() for m in _CLAUSE.finditer(before)), default=0)
        end = next((m.start() for m in _CLAUSE.finditer(after)), len(after))
        words = (*plain_words(before[start:]), *plain_words(after[:end]))
        return frozenset(words) - {stem(self.subject)}

    def _sides(self) -> tuple[str, str]:
        return self.sentence.text[: self.start], self.sentence.text[self.end :]


def numbers_told(sentence: Sentence, subject: str) -> frozenset[float]:
    """The numbers of a sentence that names a kind of casualty: "the toll rose from 3 to 5"."""
    if CASUALTIES[subject].isdisjoint(tokens(sentence.text)):
        return frozenset()
    return numbers_counted(sentence.text)


@lru_cache(maxsize=10_000)
def counting(text: str) -> tuple[Quantity, ...]:
    """The figures of a text that count something: no dates, years, ordinals or ages."""
    found = quantities(text)
    dates = [(start, end) for _, start, end in calendar_days(text)] if found else []
    return tuple(
        quantity
        for quantity in found
        if not counts_nothing(quantity, text)
        and not _AGE.match(text, quantity.end)
        and not any(start <= quantity.start < end for start, end in dates)
    )


def numbers_counted(text: str) -> frozenset[float]:
    """The values of what `counting` finds."""
    return frozenset(quantity.value for quantity in counting(text))


def casualties(sentence: Sentence) -> Iterator[Claim]:
    """Counts of the killed, injured, missing and arrested."""
    text = sentence.text
    for quantity in quantities(text):
        subject = _casualty(quantity, text)
        if subject:
            yield _counted(subject, quantity, sentence)


def victims(sentence: Sentence) -> Iterator[Claim]:
    """Counts of them by what else they are: "seven miners were missing". All, or a part of all.

    Not "four civilians and 11 troops were killed".
    """
    text = sentence.text
    for quantity in quantities(text):
        if quantity.currency or quantity.counted in _PEOPLE or _is_no_count(quantity, text):
            continue
        said = _VICTIMS.match(text, quantity.end)
        before = text[max(0, quantity.start - _BEFORE) : quantity.start]
        part = _PARTIAL.search(before) or _AND.search(before) or _OF.search(before)
        if said and not part and not _in_range(quantity, text):
            what = said["lost"] or said["hurt"]
            yield _counted(_SUBJECT_OF[what.lower()], quantity, sentence)


def statements(sentence: Sentence) -> Iterator[Claim]:
    """Other counts, sums of money, and the day and the date, if there is one of each."""
    text = sentence.text
    for quantity in quantities(text):
        if _in_range(quantity, text):
            continue
        if quantity.currency:
            yield _counted(f"{AMOUNT} in {_currency(quantity)}", quantity, sentence)
        elif _counts(quantity, text) and not _casualty(quantity, text):
            counted = noun(quantity, text)
            before, _, _ = text[quantity.end : quantity.end + _WINDOW].lower().partition(counted)
            begin = max(0, quantity.start - _BEFORE)
            if not _PARTIAL.search(text[begin : quantity.end] + before):
                yield _counted(counted, quantity, sentence)
    for subject, found in (("day", weekdays(text)), ("date", calendar_days(text))):
        if len(found) == 1 and not _TERM.search(text[: found[0][1]]):
            value, start, end = found[0]
            yield Claim(ConflictKind.DATE, subject, value, text[start:end], sentence, start, end)


def noun(quantity: Quantity, text: str) -> str:
    """The word that it counts, as written; "" if unclear."""
    if not quantity.counted:
        return ""
    after = tokens(text[quantity.end : quantity.end + _WINDOW])
    return next((word for word in after if word.startswith(quantity.counted[:4])), quantity.counted)


def counts_nothing(quantity: Quantity, text: str) -> bool:
    """Whether it is a year, an ordinal, a dozen or a part of a name, such as "Covid-19"."""
    named = _NAMED.search(_shortly_before(quantity, text)) is not None
    return named or (not quantity.currency and _NO_COUNT.search(quantity.text) is not None)


def plain_words(text: str) -> tuple[str, ...]:
    """Content words that are neither numbers nor days."""
    return tuple(w for w in content_words(text) if not w[0].isdigit() and w not in _DAYS)


def _casualty(quantity: Quantity, text: str) -> str:
    """The kind of casualty that it counts all of; "" if none."""
    if quantity.currency or quantity.counted not in _PEOPLE or _is_no_count(quantity, text):
        return ""
    if _in_range(quantity, text) or (not quantity.counted and _is_pronoun(quantity)):
        return ""
    before = text[max(0, quantity.start - _BEFORE) : quantity.start]
    counts = quantities(text)
    later = bisect_left(counts, quantity.end, key=lambda other: other.start)
    following = counts[later].start if later < len(counts) else len(text)
    far = None if quantity.counted else _BARE
    for match in islice(_WORDS.finditer(text[quantity.end : quantity.end + _WINDOW]), far):
        subject = _SUBJECT_OF.get(match.group().lower())
        if subject is None:
            continue
        place = quantity.end + match.start()
        between = text[quantity.end : place]
        # "Shot 58 people and wounded hundreds": the count is of the word before.
        other = _PARTIAL.search(before) or _PARTIAL.search(between) or _AND.search(between)
        return "" if other or following < place else subject
    return ""


def _currency(quantity: Quantity) -> str:
    """Its sign, where that is not one of the dollar's names: "A$" is another currency than "$"."""
    other = _OTHER_DOLLAR.match(quantity.text)
    return other.group() if other else quantity.currency


def _is_pronoun(quantity: Quantity) -> bool:
    """Whether it may stand for persons told of before: "Two had died in hospital"."""
    return quantity.value < _PRONOUNS_BELOW and quantity.text.isalpha()


def _counts(quantity: Quantity, text: str) -> bool:
    known = quantity.counted and quantity.counted not in _DURATIONS
    return bool(known) and not _is_no_count(quantity, text)


def _in_range(quantity: Quantity, text: str) -> bool:
    """Whether it is an end of "30 to 40" or "between 30 and 40"; "from 30 to 40" is a change."""
    before = _shortly_before(quantity, text)
    return bool(
        _RANGE_END.search(before)
        or _RANGE_START.match(text, quantity.end)
        or _BETWEEN.search(before)
    )


def _shortly_before(quantity: Quantity, text: str) -> str:
    return text[max(0, quantity.start - _WINDOW) : quantity.start]


def _is_no_count(quantity: Quantity, text: str) -> bool:
    """An age, a year, an ordinal, a share of an unknown whole, or a dozen, about so many."""
    age = _AGE.match(text, quantity.end)
    return bool(age) or quantity.percent or counts_nothing(quantity, text)


def _counted(subject: str, quantity: Quantity, sentence: Sentence) -> Claim:
    value = (quantity.key, quantity.limit)
    start, end = quantity.start, quantity.end
    return Claim(ConflictKind.FIGURE, subject, value, quantity.text, sentence, start, end)
