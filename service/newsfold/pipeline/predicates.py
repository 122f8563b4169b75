"""Whose predicate is it, whose rank? A name that took over what a source says of another name.

"Telling, asked again, said that Holt did not know" must not become "Telling did not know", nor "the
vice president's secretary and President Roe's valet" become "vice president Roe's valet": every
word is a source's, and the sentence is false.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from newsfold.pipeline import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RANKS = frozenset("vice former acting deputy assistant ex late then interim".split())
_OPENERS = frozenset(
    "that who which whose while when where because after before as if whether said says saying told"
    " but".split()
)
_APART = 6
"""Tokens between a name and its predicate: "Holt, a sailor from Port Callan, did not know"."""


def usurped(text: str, sources: Sequence[str]) -> list[str]:
    """Names before words that no source says of them, but one of another name."""
    known = [_words(source) for source in sources]
    return [
        f"{name} … {word}"
        for name, word, following in _named_predicates(_words(text))
        if not any(_says(source, name, word) for source in known)
        and any(_says_of_another(source, name, word, following) for source in known)
    ]


def misranked(text: str, sources: Sequence[str]) -> list[str]:
    """Titles with "vice", "former" and the like before a name that no source gives that name."""
    known = [tuple(word.lower() for word in _words(source)) for source in sources]
    words = _words(text)
    found = []
    for place in range(len(words) - 2):
        rank, title, name = words[place : place + 3]
        held = (rank.lower(), title.lower(), name.lower())
        if held[0] in _RANKS and _is_name(name):
            titled = any(held[1:] in pairwise(source) for source in known)
            ranked = any(
                held in zip(source, source[1:], source[2:], strict=False) for source in known
            )
            if titled and not ranked:
                found.append(" ".join((rank, title, name)))
    return found


@lru_cache(maxsize=10_000)
def _words(text: str) -> tuple[str, ...]:
    return tuple(match.group() for match in facts.WORD.finditer(text))


def _named_predicates(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """(name, lower-case word after it, the word after that)."""
    for place in range(len(words) - 2):
        name, word, following = words[place : place + 3]
        if _is_name(name) and word[0].islower():
            yield name, word, following


def _says(words: Sequence[str], name: str, word: str) -> bool:
    """Whether the word follows the name, with no other name in between."""
    for place, candidate in enumerate(words):
        if candidate != name:
            continue
        for other in words[place + 1 : place + 2 + _APART]:
            if other == word:
                return True
            if _is_name(other):
                break
    return False


def _says_of_another(words: Sequence[str], name: str, word: str, following: str) -> bool:
    """Whether the two words stand right behind another name, in a clause without this one."""
    return any(
        (words[i], words[i + 1]) == (word, following)
        and _is_name(words[i - 1])
        and words[i - 1] != name
        and not _shares_clause(words[: i - 1], name)
        for i in range(1, len(words) - 1)
    )


def _shares_clause(before: Sequence[str], name: str) -> bool:
    """Whether a name stands before, with nothing that opens a clause after it.

    "Holt, of Lurgan, broke", "Holt and his wife Telling broke": Holt did.
    """
    for word in reversed(before):
        if word == name:
            return True
        if word.lower() in _OPENERS:
            return False
    return False


def _is_name(word: str) -> bool:
    return word[0].isupper() and word.lower() not in facts.STOPWORDS
