"""Is what stands in quotation marks said word for word in a source, and by the same speaker?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from newsfold.pipeline import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

_SAID = "said|says|tweeted|wrote|added|warned|argued|declared|stated|insisted|explained|noted"
_TO_WHOM = "told|asked|called|calls|calling|announced"
"""What follows these is not the speaker."""
_SPEAKER = re.compile(
    rf"(?P<before>\b[A-ZÀ-Þ][\w'’.-]*)(?:, [^,“”\"]{{1,60}},)? (?:{_SAID}|{_TO_WHOM})\b"
    rf"|\b(?:{_SAID}) (?:(?:the|a|an) )?(?:[a-z][\w'’-]* ){{0,4}}"
    r"(?P<after>[A-ZÀ-Þ][\w'’.-]*(?: [A-ZÀ-Þ][\w'’.-]*)*)"
)
_OF_A_CLAUSE = frozenset(("that", "whether", "if"))
_DENIED_WITHIN = 5
"""Words before a clause among which its denial stands."""
_SPEAKING_PRONOUN = re.compile(rf"\b(?P<who>he|she|they) (?:{_SAID}|{_TO_WHOM})\b", re.IGNORECASE)
MARKS = re.compile(r"[“”\"]")
_MARKED = re.compile(r"“[^“”]*”|\"[^\"]*\"")


def misquoted(text: str, sources: Sequence[str]) -> str | None:
    """The first quotation that no source has, or has of another speaker; or None."""
    marked = {source: [f" {known} " for known in quoted(source)] for source in sources}
    for quotation in facts.quotations(text):
        words = _plain(quotation)
        holding = [s for s in sources if any(f" {words} " in known for known in marked[s])]
        if not holding:
            return quotation
        if all(_is_denied(words, source) for source in holding):
            return f"{quotation}, which is said not to be so"
        pronoun = _speaking_pronoun(text)
        if pronoun and pronoun not in map(_speaking_pronoun, holding):
            return f"{quotation} by {pronoun}"
        speakers = _speakers(text)
        if speakers and not any(_may_be_of(speakers, source) for source in holding):
            return f"{quotation} by {' '.join(sorted(speakers))}"
    return None


def _is_denied(words: str, source: str) -> bool:
    """Whether a quotation was cut out behind its denial: "does not conclude that the mayor ..."."""
    before = f" {_plain(source)} ".partition(f" {words} ")[0].split()[-_DENIED_WITHIN:]
    return bool(before) and before[-1] in _OF_A_CLAUSE and any(_denies(word) for word in before)


def _denies(word: str) -> bool:
    return word in {"not", "no", "never", "denied", "denies", "nor"} or word.endswith("n't")


def _may_be_of(speakers: frozenset[str], source: str) -> bool:
    """Whether a source names one of the speakers as such, or nobody as one."""
    told = _speakers(source)
    return not told or bool(told & speakers)


def _speaking_pronoun(text: str) -> str:
    """ "he", "she" or "they" beside a reporting verb: whom a writer may not name so by itself."""
    found = _SPEAKING_PRONOUN.search(_outside_marks(text))
    return found["who"].lower() if found else ""


def _speakers(text: str) -> frozenset[str]:
    """Last words of the names beside reporting verbs, outside the marks, lower-case."""
    found = set()
    for match in _SPEAKER.finditer(_outside_marks(text)):
        name = match["before"] or match["after"]
        words = [w for w in facts.tokens(name) if w not in facts.STOPWORDS]
        found |= {words[-1]} if words else set()
    return frozenset(found - set(facts.WEEKDAYS))


def _outside_marks(text: str) -> str:
    return _MARKED.sub("“”", text)


def quoted(source: str) -> list[str]:
    """What a text has in quotation marks, opened or closed elsewhere too, as plain words."""
    return [_plain(q) for q in (*facts.quotations(source), *_open_quotations(source))]


def _plain(text: str) -> str:
    return " ".join(facts.tokens(text))


def _open_quotations(text: str) -> tuple[str, ...]:
    """A quotation that the sentence only begins or only ends: it goes on in the next one."""
    found = []
    if text.count("“") > text.count("”"):
        found.append(text[text.rindex("“") + 1 :])
    if text.count("”") > text.count("“"):
        found.append(text[: text.index("”")])
    if text.count('"') % 2:
        before, _, after = text.rpartition('"')
        found += [before, after]
    return tuple(found)
