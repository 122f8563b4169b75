"""Denial, doubt and claim: whether a text keeps the force with which its sources say a thing.

A force is lost where a text keeps the words it bears on and has no cue of that force near them,
though every source that has the words has the cue; it is gained where a text has a cue and no
source one on the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from newsfold.pipeline.forces import DIRECT, NEAR, SPEECH, Force, read, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsfold.pipeline.forces import Cue, Reading, Token


UNIVERSAL = words_of("all every everyone everybody always entire whole everything")
_NEGATIVE = words_of(
    "lost lose loses lack lacks lacked lacking ban bans banned banning barred bar bars ended ends"
    " end stopped stops halted absent impossible acquitted acquittal cleared innocent prevented"
    " prevents blocked blocks cancelled canceled abandoned dropped closed shut undisclosed unknown"
    " unclear apart missing anonymous off rid instead against last yet"
)
"""Words that may be told as a denial: "lost its majority", "no longer has a majority"."""
_KEEPS_UNIVERSAL = UNIVERSAL | words_of("any each both no none")
_CONDITION = words_of("unless")
_KEEPS_CONDITION = words_of("unless if until without may might could threaten threatened threatens")
_QUESTION = words_of("whether")
_KEEPS_QUESTION = words_of(
    "whether if question questions questioned ask asks asked asking wonder wonders wondered debate"
    " debates debated decide decides decided deciding consider considers considered considering"
)
_SOME = words_of("many some most several few other certain")
_PERMISSION = words_of(
    "allow allows allowed allowing permit permits permitted permitting forbid forbids forbade"
    " forbidden able enable enables enabled eligible entitled"
)
_PERMITS = words_of("may can could")
_ADVICE = words_of(
    "advise advises advised advising advice warn warns warned warning urge urges urged urging"
    " recommend recommends recommended recommending must ought"
)
_AUXILIARIES = words_of(
    "is was are were has have had do does did will would can could should must be been"
)
_FAR = 8
"""Tokens around a word of a source within which a cue is taken to bear on it: generous, since here
a cue excuses."""
_LEAST_KEPT = 2
_ASKED = 10
"""Tokens after "whether" that are in question."""


def changed_force(text: str, sources: Sequence[str]) -> str | None:
    """The cue that `text` lost or gained, in words, or None."""
    said, known = read(text), [read(source) for source in sources]
    return (
        _edited(said, known)
        or _gained(said, known)
        or _lost(said, known)
        or _condition_lost(said, known)
        or _question_settled(said, known)
        or _some_became_all(said, known)
        or _made_universal(said, known)
    )


def _lost(said: Reading, known: Sequence[Reading]) -> str | None:
    for source in known:
        for cue in source.cues:
            if not cue.scope or not _keeps(said, source, cue):
                continue
            if not _stated_elsewhere(cue, source, known):
                return f"{source.tokens[cue.place].word!r} was lost"
    return None


def _keeps(said: Reading, source: Reading, cue: Cue) -> bool:
    """Whether `said` has the scope of a cue of a source without its force."""
    stems = source.stems_of(cue)
    kept = [stem for stem in stems if said.places(stem)]
    if cue.clausal:
        least = max(_LEAST_KEPT, len(stems) // 2 + 1)
        return len(kept) >= least and not _has_force(said, cue.force)
    if not kept or (cue.force is Force.FUTURE and not _inflected(said, source, cue)):
        return False
    return not _told_otherwise(said, cue.force) and not any(
        _excused(said, place, cue.force) for place in said.places(kept[0])
    )


def _told_otherwise(said: Reading, force: Force) -> bool:
    """Whether the whole text is under a denial, a claim or a doubt."""
    if force not in {Force.NEGATION, Force.DOUBT}:
        return False
    clausal = bool(said.clausal & {Force.NEGATION, Force.CLAIM})
    return clausal or (force is Force.DOUBT and _ends_in_doubt(said))


def _has_force(said: Reading, force: Force) -> bool:
    if force is Force.NEGATION:
        return any(cue.force is force for cue in said.cues) or _says(said, _NEGATIVE)
    return bool(said.clausal & {Force.NEGATION, Force.CLAIM}) or _says(said, SPEECH)


def _excused(said: Reading, place: int, force: Force) -> bool:
    """Whether a word of the text has a cue of the force near it."""
    if force is Force.NEGATION:
        near = said.tokens[max(0, place - NEAR) : place + NEAR]
        return said.cue_near(place, NEAR, 2, force) or any(t.word in _NEGATIVE for t in near)
    if force is Force.FUTURE:
        before = said.tokens[max(0, place - NEAR) : place]
        if any(token.word == "to" for token in before):
            return True
        return said.cue_near(place, _FAR, 0, Force.FUTURE, Force.DOUBT)
    near = said.tokens[max(0, place - _FAR) : place + NEAR + 1]
    return any(token.word in DIRECT[force] for token in near)


def _inflected(said: Reading, source: Reading, cue: Cue) -> bool:
    """Whether "will open" became "opened" or "opens", not "open" or "opening"."""
    base = source.tokens[cue.scope[0]]
    return any(
        said.tokens[place].word.endswith(("ed", "s")) and said.tokens[place].word != base.word
        for place in said.places(base.stem)
    )


def _ends_in_doubt(said: Reading) -> bool:
    """ "..., engineers hope": doubt told last."""
    words = [token.word for token in said.tokens if token.word]
    return bool(set(words[-2:]) & DIRECT[Force.DOUBT])


def _stated_elsewhere(cue: Cue, source: Reading, known: Sequence[Reading]) -> bool:
    """Whether a source says the same without the cue.

    Of a clause, another source with most of its words; of a word, any place free of such a cue.
    """
    stems = source.stems_of(cue)
    if cue.clausal:
        return any(
            2 * sum(bool(other.places(stem)) for stem in stems) > len(stems)
            and cue.force not in other.clausal
            for other in known
            if other is not source
        )
    return any(
        not other.cue_near(place, _FAR, NEAR, cue.force)
        for other in known
        for place in other.places(stems[0])
        if not (other is source and place in cue.scope)
    )


def _edited(said: Reading, known: Sequence[Reading]) -> str | None:
    """A cue put in, taken out or exchanged between two words that a source has around that place.

    Sure, where it applies: a word for word copy but for the cue.
    """
    own = _frames(said)
    stated = [_frames(source) for source in known]
    pairs = {pair for frames in stated for pair in frames.pairs}
    triples = {triple for frames in stated for triple in frames.triples}
    new, gone = own.triples - triples, triples - own.triples
    between, instead = _middles(triples), _middles(new)
    for left, word, right in sorted(new):
        if _bears_force(word) and (
            (left, right) in pairs
            or any(_exchanged(other, word) for other in between.get((left, right), ()))
        ):
            return f"{word!r} stands in no source"
    lost_pairs = own.pairs - pairs
    for left, word, right in sorted(gone):
        # "Has yet to" is "has not yet".
        if _bears_force(word) and (
            ((left, right) in lost_pairs and right != "yet")
            or any(_exchanged(other, word) for other in instead.get((left, right), ()))
        ):
            return f"{word!r} was lost"
    return None


def _middles(triples: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], set[str]]:
    """What stands between two words."""
    found: dict[tuple[str, str], set[str]] = {}
    for left, word, right in triples:
        found.setdefault((left, right), set()).add(word)
    return found


@dataclass(frozen=True, slots=True)
class _Frames:
    """Neighbouring words in twos and threes, articles alike."""

    pairs: frozenset[tuple[str, str]]
    triples: frozenset[tuple[str, str, str]]


@lru_cache(maxsize=10_000)
def _frames_of(tokens: tuple[Token, ...]) -> _Frames:
    words = ["a" if t.word in {"an", "the"} else t.word for t in tokens]
    return _Frames(
        frozenset((a, b) for a, b in pairwise(words) if a and b),
        frozenset(
            (a, b, c) for a, b, c in zip(words, words[1:], words[2:], strict=False) if a and c
        ),
    )


def _frames(reading: Reading) -> _Frames:
    return _frames_of(reading.tokens)


def _bears_force(word: str) -> bool:
    """Whether putting the word in or taking it out changes what is said; "will" does not."""
    return (
        word.endswith("n't")
        or word in UNIVERSAL
        or any(word in words for force, words in DIRECT.items() if force is not Force.FUTURE)
    )


def _exchanged(plain: str, cue: str) -> bool:
    """Whether an auxiliary, or a cue of another kind, stands in the place of a cue."""
    known = plain in _AUXILIARIES or _bears_force(plain)
    return known and _kinds(plain) != _kinds(cue)


def _kinds(word: str) -> frozenset[Force]:
    kinds = {force for force, words in DIRECT.items() if word in words}
    if word.endswith("n't"):
        kinds.add(Force.NEGATION)
    return frozenset(kinds - {Force.FUTURE})


def _gained(said: Reading, known: Sequence[Reading]) -> str | None:
    doubted = any(
        c.force in {Force.DOUBT, Force.CLAIM, Force.FUTURE} for r in known for c in r.cues
    )
    denied = any(_says(r, _NEGATIVE) for r in known) or any(
        c.force is Force.NEGATION for r in known for c in r.cues
    )
    permitted = any(_says(reading, _PERMISSION) for reading in known)
    advised = any(_says(reading, _ADVICE) for reading in known)
    for cue in said.cues:
        word = said.tokens[cue.place].word
        if (permitted and word in _PERMITS) or (advised and word == "should"):
            continue
        if cue.force is Force.NEGATION and not (denied and _denied(said, cue, known)):
            return f"{word!r} stands in no source"
        if cue.force is Force.DOUBT and word != "can" and not doubted:
            return f"{word!r} stands in no source"
    return None


def _denied(said: Reading, cue: Cue, known: Sequence[Reading]) -> bool:
    """Whether a source denies a word that the text denies, or has none of them."""
    stems = said.stems_of(cue)
    if not any(reading.places(stem) for reading in known for stem in stems):
        return True
    for reading in known:
        if Force.NEGATION in reading.clausal:
            return True
        for stem in stems:
            for place in reading.places(stem):
                near = reading.tokens[max(0, place - _FAR) : place + _FAR]
                if reading.cue_near(place, _FAR, _FAR, Force.NEGATION) or any(
                    token.word in _NEGATIVE for token in near
                ):
                    return True
    return False


def _condition_lost(said: Reading, known: Sequence[Reading]) -> str | None:
    """ "Will strike unless" became "will strike"."""
    if _says(said, _KEEPS_CONDITION):
        return None
    for source in known:
        place = next((i for i, t in enumerate(source.tokens) if t.word in _CONDITION), None)
        if place is None:
            continue
        kept = said.content & {t.stem for t in source.tokens[:place]}
        elsewhere = any(kept <= other.content for other in known if other is not source)
        if 2 * len(kept) > len(said.content) and not elsewhere:
            return f"{source.tokens[place].word!r} was lost"
    return None


def _question_settled(said: Reading, known: Sequence[Reading]) -> str | None:
    """ "Heard cases on whether the law applies" became "the law applies"."""
    if _says(said, _KEEPS_QUESTION):
        return None
    for source in known:
        for place, token in enumerate(source.tokens):
            if token.word not in _QUESTION:
                continue
            asked = {t.stem for t in source.tokens[place + 1 : place + 1 + _ASKED] if t.stem}
            kept = said.content & asked
            elsewhere = any(kept <= other.content for other in known if other is not source)
            if len(kept) >= _LEAST_KEPT and 2 * len(kept) > len(asked) and not elsewhere:
                return f"{token.word!r} was lost"
    return None


def _some_became_all(said: Reading, known: Sequence[Reading]) -> str | None:
    """ "Many ferries are in use" became "Ferries are in use"."""
    first = said.tokens[0] if said.tokens else None
    if first is None or not first.stem or not first.word.endswith("s"):
        return None
    before = [
        reading.tokens[place - 1].word if place else ""
        for reading in known
        for place in reading.places(first.stem)
        if reading.tokens[place].word == first.word
    ]
    some = [word for word in before if word in _SOME]
    return f"{some[0]!r} was lost" if some and len(some) == len(before) else None


def _made_universal(said: Reading, known: Sequence[Reading]) -> str | None:
    """ "Some of the shops" became "all of the shops"."""
    if any(_says(reading, _KEEPS_UNIVERSAL) for reading in known):
        return None
    for place, token in enumerate(said.tokens):
        if token.word in UNIVERSAL:
            after = {t.stem for t in said.tokens[place + 1 : place + 1 + NEAR] if t.stem}
            if any(after & reading.content for reading in known):
                return f"{token.word!r} stands in no source"
    return None


def _says(reading: Reading, words: frozenset[str]) -> bool:
    return not reading.words.isdisjoint(words)
