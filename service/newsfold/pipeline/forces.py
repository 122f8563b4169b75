"""Which words of a text bear force, denial, doubt, claim, and on which words they bear.

    direct    "not", "may", "expected to": the next content word
    clausal   "denied that", "accused of", "..., he claimed": the words of its clause

English words and their order, no parser.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from newsfold.pipeline import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Force(Enum):
    """What a cue does to the words it bears on."""

    NEGATION = "negation"
    DOUBT = "doubt"
    """It may be so, or is planned, expected, hoped for."""
    FUTURE = "future"
    CLAIM = "claim"
    """Somebody says so."""
    PART = "part"
    """Not all of it, or not always."""


def words_of(text: str) -> frozenset[str]:
    """A set of words, written as one string."""
    return frozenset(text.split())


DIRECT = {
    Force.NEGATION: words_of(
        "not no never none neither nor nothing nobody without cannot can't won't hardly unlikely"
        " fail failed fails failing refuse refused refuses refusing decline declined declines"
        " declining reject rejected rejects unable"
    ),
    Force.DOUBT: words_of(
        "may might can could should possible possibly probably potential potentially apparently"
        " reportedly allegedly alleged suspected proposed planned expected likely hope hopes hoped"
        " hoping plan plans want wants wanted seek seeks sought seeking aim aims aimed intend"
        " intends intended threaten threatens threatened threatening consider considers considering"
        " appear appears appeared seem seems seemed set poised scheduled try tries tried trying"
        " propose proposes presumably unconfirmed urge urged urges rumored rumoured"
    ),
    Force.FUTURE: words_of("will would shall 'll"),
    Force.PART: words_of(
        "partly partially largely mostly mainly temporarily briefly sometimes often nearly almost"
    ),
}
_NEEDS_TO = words_of(
    "expected likely hope hopes hoped hoping plan plans want wants wanted seek seeks sought seeking"
    " aim aims aimed intend intends intended threaten threatens threatened threatening appear"
    " appears appeared seem seems seemed set poised scheduled try tries tried trying fail failed"
    " fails failing refuse refused refuses refusing decline declined declines declining unable"
    " propose proposes urge urged urges planned"
)
"""Cues only before "to": "the plan failed" denies nothing."""
_CLAUSAL = {
    Force.NEGATION: words_of("deny denied denies denying dismissed dismisses false falsely"),
    Force.CLAIM: words_of(
        "allege alleges alleged alleging claim claims claimed claiming accuse accused accuses"
        " accusing argue argues argued arguing contend contends contended believe believes believed"
        " insist insists insisted suspicion suspect suspects suspected allegation allegations"
        " speculated fear fears feared"
    ),
}
SPEECH = words_of(
    "said says say told according reported reports reportedly allegedly stated statement announced"
    " charged charges testified heard"
)
"""A text that names who says so keeps a claim, though in a weaker word."""
_STOPS = words_of("and but or because while although though when after before since")
_NOT_ONLY = words_of("only just least less more fewer doubt matter")
"""After "not" and "no" these deny nothing that follows."""
_PASSED = words_of(
    "be been being have has had to also now soon yet a an the any it its his her their so"
)
"""Between a cue and the word it bears on."""
NEAR = 4
"""Tokens before a word within which its cue stands."""
_SCOPE = 6
"""Content words of a clause."""
_TAIL = 2
"""Tokens after a claim that closes a sentence: "he claimed on Monday"."""
_TOKEN = re.compile(rf"(?P<word>{facts.WORD.pattern})|(?P<stop>[.,;:—–()“”\"!?])")
_NUMBERED = re.compile(r"\bNo\.? (?=\d)")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark."""

    word: str
    """Lower-case; "" for a punctuation mark."""
    stem: str
    """"" unless it carries meaning."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A word of force and what it bears on."""

    force: Force
    place: int
    clausal: bool
    scope: tuple[int, ...]
    """Places of the content words it bears on."""


@lru_cache(maxsize=10_000)
def _tokens(text: str) -> tuple[Token, ...]:
    found: list[Token] = []
    for match in _TOKEN.finditer(_NUMBERED.sub("", text)):
        word = (facts.tokens(match["word"]) or ("",))[0] if match["word"] else ""
        if match["word"] == "May" and found:
            word = "may-month"
        content = facts.content_words(match["word"]) if match["word"] else ()
        found.append(Token(word, content[0] if content and not bears_force(word) else ""))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as tokens and cues, with what is looked up in it."""

    tokens: tuple[Token, ...]
    cues: tuple[Cue, ...]
    """One for each force and scope."""
    words: frozenset[str]
    content: frozenset[str]
    """Stems of the content words that are no cues."""
    clausal: frozenset[Force]
    _places: Mapping[str, Sequence[int]]
    _cue_places: Mapping[Force, Sequence[int]]

    def places(self, stem: str) -> Sequence[int]:
        """Where a content word stands, in order."""
        return self._places.get(stem, ())

    def cue_near(self, place: int, before: int, after: int, *forces: Force) -> bool:
        """Whether a cue stands within so many tokens before or after a place."""
        for force in forces:
            found = self._cue_places.get(force, ())
            first = bisect_left(found, place - before)
            if first < len(found) and found[first] <= place + after:
                return True
        return False

    def stems_of(self, cue: Cue) -> list[str]:
        """What a cue of this text bears on."""
        return [self.tokens[place].stem for place in cue.scope]


@lru_cache(maxsize=10_000)
def read(text: str) -> Reading:
    """Tokens and cues of a text."""
    tokens = _tokens(text)
    places: dict[str, list[int]] = {}
    for i, token in enumerate(tokens):
        if token.stem:
            places.setdefault(token.stem, []).append(i)
    cues: dict[tuple[Force, bool, tuple[str, ...]], Cue] = {}
    cue_places: dict[Force, list[int]] = {}
    for cue in _cues(tokens):
        stems = tuple(tokens[i].stem for i in cue.scope)
        cues.setdefault((cue.force, cue.clausal, stems), cue)
        cue_places.setdefault(cue.force, []).append(cue.place)
    return Reading(
        tokens=tokens,
        cues=tuple(cues.values()),
        words=frozenset(token.word for token in tokens if token.word),
        content=frozenset(places),
        clausal=frozenset(cue.force for cue in cues.values() if cue.clausal),
        _places=places,
        _cue_places=cue_places,
    )


def _cues(tokens: Sequence[Token]) -> Iterator[Cue]:
    for place, token in enumerate(tokens):
        following = tokens[place + 1].word if place + 1 < len(tokens) else ""
        for force, words in _CLAUSAL.items():
            if token.word in words:
                yield Cue(force, place, True, _clause(tokens, place))
        for force, words in DIRECT.items():
            if token.word not in words and not _contracted(token.word, force):
                continue
            if token.word in _NEEDS_TO and following != "to":
                continue
            if force is Force.NEGATION and following in _NOT_ONLY:
                continue
            yield Cue(force, place, False, _head(tokens, place))


def _contracted(word: str, force: Force) -> bool:
    return force is Force.NEGATION and word.endswith("n't")


def bears_force(word: str) -> bool:
    """Whether a word is a cue and nothing else; such words are in no scope."""
    return word.endswith("n't") or any(word in words for words in DIRECT.values())


def _head(tokens: Sequence[Token], place: int) -> tuple[int, ...]:
    """The next content word, past auxiliaries, articles, adverbs and other cues."""
    for i in range(place + 1, min(place + 1 + NEAR, len(tokens))):
        token = tokens[i]
        if token.stem and not token.word.endswith("ly"):
            return (i,)
        if not (token.word in _PASSED or token.word.endswith("ly") or bears_force(token.word)):
            break
    return ()


def _clause(tokens: Sequence[Token], place: int) -> tuple[int, ...]:
    """The content words after a cue, or before one that closes the sentence."""
    scope: list[int] = []
    for i in range(place + 1, len(tokens)):
        if scope and (tokens[i].word in _STOPS or (not tokens[i].word and len(scope) > 1)):
            break
        if tokens[i].stem:
            scope.append(i)
        if len(scope) == _SCOPE:
            break
    if len(scope) <= _TAIL and not any(t.stem for t in tokens[place + 1 :][_TAIL + 2 :]):
        before = [i for i in range(max(0, place - 3 * _SCOPE), place) if tokens[i].stem]
        return tuple(before[-_SCOPE:])
    return tuple(scope)
