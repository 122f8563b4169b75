"""Is it a whole sentence? What is wrong with the form of a draft, whatever it says."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from newsfold.pipeline import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

_FINAL = tuple(".!?…") + tuple(f"{mark}{close}" for mark in ".!?…," for close in "\"”’')")
_DANGLING = frozenset(
    "and or but of the a an to in on at by for with from as that which who into than".split()
)
_CONNECTIVES = frozenset("but and or so because yet meanwhile however".split())
_FRONTED = re.compile(r"(?:Because|So that)\b[^,]+, ")
_LEAST_WORDS = 4
_LEAST_HEADLINE_WORDS = 3
_LEAST_CLAUSE = 3


def fault_of_form(text: str, sources: Sequence[str], *, headline: bool) -> str | None:
    """What keeps a text from being a sentence, or None: begun, ended, balanced, not stuttering."""
    words = facts.tokens(text)
    least = _LEAST_HEADLINE_WORDS if headline else _LEAST_WORDS
    opened = {facts.tokens(source)[:1] for source in sources}
    faults = {
        "too few words": len(words) < least,
        "no final mark": not (headline or text.endswith(_FINAL)),
        "unbalanced marks": not _balanced(text),
        "ends in the middle": words[-1:] != () and words[-1] in _DANGLING,
        "opens with a connective": words[:1] not in opened and _joins_nothing(text, words),
        "says nothing": _says_nothing(text),
        "repeats itself": _stutters(words, sources) or _doubles(words, sources),
        "wrong article": _misjoined_article(text, sources),
        "a clause without a subject": _lacks_a_subject(text, sources),
        "a clause without a predicate": _lacks_a_predicate(text, sources),
        "a question told as a fact": _is_question_without_mark(text, sources),
    }
    return next((fault for fault, found in faults.items() if found), None)


def _joins_nothing(text: str, words: Sequence[str]) -> bool:
    """Whether a text opens with a connective that has nothing before it to be joined to.

    "Because" and "so that" have the clause after the comma: "Because it rained, ...".
    """
    if not {*words[:1]} & _CONNECTIVES:
        return False
    return not (_FRONTED.match(text) and len(text.rpartition(", ")[2].split()) >= _LEAST_CLAUSE)


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

_THE_NAME = re.compile(
    r"\bthe [A-Z][a-z]+ (?:could|would|will|was|is|has|had|said|can|may|might|should|did|does)\b"
)


def _misjoined_article(text: str, sources: Sequence[str]) -> bool:
    """Whether "a" came to stand before a vowel, "an" before a consonant, "the" before a person."""
    found = [match.group() for p in (_A, _AN, _THE_NAME) for match in p.finditer(text)]
    return any(not any(pair in source for source in sources) for pair in found)


def _is_question_without_mark(text: str, sources: Sequence[str]) -> bool:
    """Whether the words of a question of a source lost their question mark."""
    if "?" in text:
        return False
    own = facts.tokens(text)
    asked = (facts.tokens(source) for source in sources if source.rstrip(" ”\"'").endswith("?"))
    return any(own == words[: len(own)] for words in asked)


_WHERE_DID = re.compile(
    r"\bwhere (?:kept|made|took|held|built|found|had|has|have|was|were|is|are|[a-z]{2,}ed)\b"
)


def _lacks_a_subject(text: str, sources: Sequence[str]) -> bool:
    """Whether a verb follows "where" as it does in no source ("built fish where kept them")."""
    known = " ".join(sources).lower()
    return any(match.group() not in known for match in _WHERE_DID.finditer(text.lower()))


_TAIL = 5
"""Words with which a clause is cut off."""
_SUBJECT_CHARS = 20
"""What begins within so many is the subject of its whole sentence, which a passive names last."""
_PREDICATE = re.compile(
    r"(?: (?:(?:next|last|this) [a-z]+|on [A-Z][a-z]+day|[A-Z][a-z]+day))?"
    r" (?:may|might|will|would|could|should|can|cannot|must|is|are|was|were|has|have|had|does|do"
    r"|did|won't|isn't|wasn't)\b"
)


def _lacks_a_predicate(text: str, sources: Sequence[str]) -> bool:
    """Whether a text ends right before the predicate of what it ends with.

    "There is a chance a summit with the king [next month may not happen]." A source that has the
    same end and goes on otherwise, or ends there too, excuses it.
    """
    end = " ".join(text.rstrip(' .!?…"”').split()[-_TAIL:])
    torn = [
        tail.start() > _SUBJECT_CHARS and _PREDICATE.match(source, tail.end()) is not None
        for source in sources
        for tail in re.finditer(re.escape(end), source)
    ]
    return bool(torn) and all(torn)


def _triples(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + 3]) for i in range(len(words) - 2)]
