"""The vetoes on a written sentence. Each is a function: a draft in, a Verdict or None out.

They run in the order of `CHECKS`, cheapest and surest first; the first that fails is reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from newsfold.pipeline import facts
from newsfold.pipeline.figure_checks import wrong_figure
from newsfold.pipeline.polarity import changed_force
from newsfold.pipeline.predicates import usurped
from newsfold.pipeline.quotations import misquoted
from newsfold.pipeline.recombination import orphans, seams
from newsfold.pipeline.types import Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.tuning import AttributeTuning


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence to be checked and the texts it was made from."""

    text: str
    sources: tuple[str, ...]
    headline: bool = False

    @property
    def normalised(self) -> tuple[str, tuple[str, ...]]:
        """Text and sources with their figures and months in one form."""
        return facts.normalised(self.text), tuple(map(facts.normalised, self.sources))


_FINAL = tuple(".!?…") + tuple(f"{mark}{close}" for mark in ".!?…," for close in "\"”’')")
_DANGLING = frozenset(
    "and or but of the a an to in on at by for with from as that which who into than".split()
)
_CONNECTIVES = frozenset("but and or so because yet meanwhile however".split())
_LEAST_WORDS = 4
_LEAST_HEADLINE_WORDS = 3


def check_form(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """A whole sentence: begun, ended, balanced, not stuttering."""
    del tuning
    words = facts.tokens(draft.text)
    least = _LEAST_HEADLINE_WORDS if draft.headline else _LEAST_WORDS
    opened = {facts.tokens(source)[:1] for source in draft.sources}
    faults = {
        "too few words": len(words) < least,
        "no final mark": not (draft.headline or draft.text.endswith(_FINAL)),
        "unbalanced marks": not _balanced(draft.text),
        "ends in the middle": words[-1:] != () and words[-1] in _DANGLING,
        "opens with a connective": words[:1] not in opened and bool({*words[:1]} & _CONNECTIVES),
        "says nothing": _says_nothing(draft.text),
        "repeats itself": _stutters(words, draft.sources) or _doubles(words, draft.sources),
        "wrong article": _misjoined_article(draft.text, draft.sources),
        "a question told as a fact": _is_question_without_mark(draft.text, draft.sources),
    }
    return next((Verdict(Check.FORM, fault) for fault, found in faults.items() if found), None)


def check_numbers(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Every figure is a source's, of the same thing and with its bound ("at least")."""
    del tuning
    wrong = wrong_figure(draft.text, draft.sources)
    return None if wrong is None else Verdict(Check.NUMBER, wrong)


def check_dates(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Every weekday, month and "last week" is named by a source."""
    del tuning
    known = {date for source in draft.sources for date, _, _ in facts.dates(source)}
    for date, start, end in facts.dates(draft.text):
        if date not in known:
            return Verdict(Check.NUMBER, draft.text[start:end])
    return None


def check_names(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Every word of a name stands in a source: a surname after a full name is the same person."""
    del tuning
    text, sources = draft.normalised
    known = {stem for source in sources for stem in facts.stems(source)}
    for name in facts.names(text):
        for word in facts.tokens(name):
            if facts.stem(word) not in known and word not in facts.STOPWORDS:
                return Verdict(Check.NAME, name)
    return None


def check_quotations(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """What stands in quotation marks is a source's quotation, word for word, of its speaker."""
    del tuning
    wrong = misquoted(draft.text, draft.sources)
    return None if wrong is None else Verdict(Check.QUOTE, wrong)


def check_polarity(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """No denial, doubt or claim is gained, or lost from the words that were kept."""
    del tuning
    changed = changed_force(draft.text, draft.sources)
    return None if changed is None else Verdict(Check.POLARITY, changed)


def check_new_words(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Few content words that no source has; figures have a check of their own."""
    text, sources = draft.normalised
    content = facts.content_words(text)
    known = {stem for source in sources for stem in facts.stems(source)}
    new = [word for word in content if word not in known and not word[0].isdigit()]
    if len(new) > tuning.max_new_words * len(content):
        return Verdict(Check.SUPPORT, ", ".join(new[:5]))
    return None


def check_recombination(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Words joined inside a clause, and a predicate and its subject, stand together in one source.

    "Russia's role" of one sentence and "was responsible for the attack" of another make a new and
    false statement out of true words; "injured 30 people, the coastguard said" does not. In a
    headline, which has no clauses, one seam is allowed.
    """
    allowed = tuning.max_headline_seams if draft.headline else tuning.max_seams
    text, sources = draft.normalised
    torn = seams(text, sources, tuning.seam_window)
    if len(torn) <= allowed:
        torn = [
            *orphans(text, sources, tuning.subject_words),
            *usurped(draft.text, draft.sources),
        ]
        allowed = 0
    return Verdict(Check.RECOMBINATION, "; ".join(torn[:3])) if len(torn) > allowed else None


CheckFunction: TypeAlias = Callable[[Draft, "AttributeTuning"], Verdict | None]

CHECKS: tuple[CheckFunction, ...] = (
    check_form,
    check_numbers,
    check_dates,
    check_names,
    check_quotations,
    check_polarity,
    check_new_words,
    check_recombination,
)


def _balanced(text: str) -> bool:
    """Whether quotation marks and brackets come in pairs."""
    pairs = ("“”", "()", "[]")
    return text.count('"') % 2 == 0 and all(text.count(p[0]) == text.count(p[1]) for p in pairs)


_SAID = re.compile(
    r"^[^,;:“”\"]*?\b(?:said|says|announced|confirmed|added|told reporters)(?P<rest>[^,;:“”\"]*)$"
)
_WHEN = re.compile(
    r"(?:late |early |on |last |this |next |in )*"
    r"(?:(?:a|an|the|two|three|four|five|six|several|\d+|few) )*"
    r"(?:minutes?|hours?|days?|weeks?|months?|years?|yesterday|today|statement|interview"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?: morning| afternoon| evening| night)?",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(r"(?:after|before|when|while|during|following|since)\b(?!.*\bthat\b)")


_ASKED = re.compile(
    r"(?:In (?:response|reply)|Asked|When asked)\b[^\"]*, [A-Z][\w.’' -]{1,40}"
    r" (?:said|added|wrote)\.?$"
)


def _says_nothing(text: str) -> bool:
    """Whether a speaker says when, or asked what, and not what.

    "The port authority said two weeks after."; "Asked about the wall, Rusk said."
    """
    if _ASKED.match(text):
        return True
    match = _SAID.match(text.rstrip(" .!?"))
    if match is None or re.search(
        r"\b(?:as|what|which|who|than|is|was|are|were)\b", text[: match.start("rest")]
    ):
        return False
    rest = match["rest"].strip()
    while (when := _WHEN.match(rest)) and when.group():
        rest = rest[when.end() :].strip()
    return not rest or _SUBORDINATE.match(rest) is not None


def _stutters(words: Sequence[str], sources: Sequence[str]) -> bool:
    """Whether three words occur again that no source repeats."""
    known: Counter[tuple[str, ...]] = Counter()
    for source in sources:
        known.update(_triples(facts.stems(source)))
    said = Counter(_triples([facts.stem(word) for word in words]))
    return any(count > max(1, known[t]) for t, count in said.items())


def _doubles(words: Sequence[str], sources: Sequence[str]) -> bool:
    """Whether a word stands twice in a row that does not in a source: "a Idaho, Idaho, law"."""
    known = {pair for source in sources for pair in pairwise(facts.tokens(source))}
    return any(a == b and (a, b) not in known for a, b in pairwise(words))


_A = re.compile(r"\b[Aa] (?P<vowel>(?!uni|use|usu|uto|eu|one\b|once)[aeiou]\w+)", re.IGNORECASE)
_AN = re.compile(r"\b[Aa]n (?P<consonant>[bcdfgjklmnpqrstvwxyz][a-z]\w*)")


def _misjoined_article(text: str, sources: Sequence[str]) -> bool:
    """Whether "a" came to stand before a vowel, or "an" before a consonant."""
    found = [match.group() for pattern in (_A, _AN) for match in pattern.finditer(text)]
    return any(not any(pair in source for source in sources) for pair in found)


def _is_question_without_mark(text: str, sources: Sequence[str]) -> bool:
    """Whether the words of a question of a source lost their question mark."""
    if "?" in text:
        return False
    own = facts.tokens(text)
    asked = (facts.tokens(source) for source in sources if source.rstrip(" ”\"'").endswith("?"))
    return any(own == words[: len(own)] for words in asked)


def _triples(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + 3]) for i in range(len(words) - 2)]
