"""The surface form of an uncased model's output: case, spacing and marks from its sources.

    "the u . s . sent $ 5 , 000 to o ' neill ."  ->  "The U.S. sent $5,000 to O'Neill."

The output is read as a row of words and marks, as BERT's tokenizer splits them. The longest run
that also stands in a source is written as the source has it; then the next. The words themselves
never change: what comes out, split again, is what went in.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_CAPITALISED = frozenset(
    """i monday tuesday wednesday thursday friday saturday sunday january february march april june
    july august september october november december""".split()
)
_LOWERED = frozenset(
    """a about after against all although among an and another any are as at authorities because
    before both but by could critics despite during each earlier even every experts few following
    for former from had has have he her his however if in instead investigators is it its last later
    lawmakers many meanwhile more most much neither no nobody none not now of officials on once one
    only opponents or other others our over people police prosecutors residents several she since so
    some still such supporters than that the their then there these they this those though three
    through to two under until up was we were what when where whether which while who why will with
    witnesses would yet you""".split()
)
"""Words that open a sentence in capitals and are no names: function words and common subjects."""
_NO_SPACE_BEFORE = frozenset(".,;:!?)]}%…’'”")
_NO_SPACE_AFTER = frozenset("([{$£€#@“‘")
_CONTRACTED = frozenset("s t re ve ll d m".split())
_ELIDED = frozenset("o d l".split())
"""O'Neill, d'Estaing, l'Avenir."""
_OPENING = frozenset('“"')
_CLOSED_LATER = re.compile("[^“]*?”")
_TOKEN = re.compile(r"[^\W_]+|[^\s]", re.UNICODE)


@dataclass(frozen=True, slots=True)
class _Token:
    """A word or mark of a text, as the model would see it."""

    key: str
    start: int
    end: int
    opens: bool
    """Whether it is the first word of its text or of a quotation in it."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of output tokens and the source characters that stand for them."""

    tokens: tuple[str, ...]
    text: str
    opens: bool
    from_source: bool


def restore(text: str, sources: Sequence[str]) -> str:
    """`text`, lower-case words and marks apart, in the surface form of `sources`."""
    words = tuple(token.key for token in _split(text))
    runs = _runs(words, [" ".join(source.split()) for source in sources])
    return _capitalised(_joined(runs))


def close_quotes(text: str, sources: Sequence[str]) -> str:
    """`text` with a quotation that was left open closed where it leaves the words of its source.

    A mark that opens or closes nothing that a source quotes is taken out.
    """
    text = _paired(text)
    tokens = _split(text)
    lone = _lone_marks(text, tokens)
    if len(lone) != 1:
        return text
    [(at, opens)] = lone
    mark = tokens[at]
    end = _quotation_end(tokens[at + 1 :], sources) if opens else None
    if end is None:
        before, after = text[: mark.start].rstrip(), text[mark.end :].lstrip()
        joined = f"{before} {after}" if before and after[:1].isalnum() else before + after
        return _capitalised(joined)
    closing = "”" if text[mark.start] == "“" else '"'
    return text[: end.end] + closing + text[end.end :]


def _paired(text: str) -> str:
    """Both marks of a quotation in the style of the first: runs of two sources may bring one each.

    A straight mark closes a curly one only if no curly one comes to do it.
    """
    opened, out = "", ""
    for i, mark in enumerate(text):
        if mark == "”":
            out += '"' if opened == '"' else mark
            opened = ""
        elif mark == '"' and opened == "“" and not _CLOSED_LATER.match(text, i + 1):
            out = f"{out.rstrip()}” " if text[i + 1 : i + 2].isalnum() else f"{out.rstrip()}”"
            opened = ""
        else:
            if mark in _OPENING:
                opened = "" if mark == opened == '"' else opened or mark
            out += mark
    return out


def _lone_marks(text: str, tokens: Sequence[_Token]) -> list[tuple[int, bool]]:
    """Positions of double quotation marks without a partner, and whether they open."""
    lone: list[tuple[int, bool]] = []
    open_at: int | None = None
    for i, token in enumerate(tokens):
        if token.key != '"':
            continue
        opens = text[token.start] == "“" or (text[token.start] == '"' and open_at is None)
        if opens:
            if open_at is not None:
                lone.append((open_at, True))
            open_at = i
        elif open_at is None:
            lone.append((i, False))
        else:
            open_at = None
    return lone if open_at is None else [*lone, (open_at, True)]


def _quotation_end(words: Sequence[_Token], sources: Sequence[str]) -> _Token | None:
    """The last of the words that follow each other inside a quotation of a source."""
    best = 0
    for source in sources:
        plain = " ".join(source.split())
        tokens = _split(plain)
        quoted = False
        for start, token in enumerate(tokens):
            if token.key == '"':
                quoted = plain[token.start] == "“" or (plain[token.start] == '"' and not quoted)
            elif quoted:
                following = tokens[start : start + len(words)]
                best = max(best, _agreement([word.key for word in words], following))
    return words[best - 1] if best else None


def _runs(words: tuple[str, ...], sources: Sequence[str]) -> list[_Run]:
    """Cover the words with the longest runs that the sources hold, left to right."""
    split = [_split(source) for source in sources]
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for s, tokens in enumerate(split):
        for t, token in enumerate(tokens):
            places[token.key].append((s, t))
    runs: list[_Run] = []
    i = 0
    while i < len(words):
        best = (0, False, 0, 0)
        for s, t in places[words[i]]:
            length = _agreement(words[i:], split[s][t : t + len(words)])
            # Of equal runs the one that does not open a sentence has the truer case.
            best = max(best, (length, not split[s][t].opens, -s, -t))
        length, _, s, t = best[0], best[1], -best[2], -best[3]
        if length == 0 or (length == 1 and not words[i][0].isalnum()):
            runs.append(_Run((words[i],), _unmatched(words[i]), opens=False, from_source=False))
            i += 1
            continue
        first, last = split[s][t], split[s][t + length - 1]
        runs.append(
            _Run(words[i : i + length], sources[s][first.start : last.end], first.opens, True)
        )
        i += length
    return runs


def _agreement(words: Sequence[str], tokens: Sequence[_Token]) -> int:
    length = 0
    for word, token in zip(words, tokens, strict=False):
        if word != token.key:
            break
        length += 1
    return length


def _joined(runs: Sequence[_Run]) -> str:
    """The runs with spaces between them where English has spaces."""
    text = ""
    singles = _single_quotes(runs)
    for i, run in enumerate(runs):
        piece = run.text
        if i > 0 and run.opens and run.tokens[0] in _LOWERED and not _after_open_quote(text):
            piece = piece[0].lower() + piece[1:]
        if i in singles:
            spaced = singles[i] is _Single.OPENS
        elif i - 1 in singles:
            spaced = singles[i - 1] is _Single.CLOSES and piece[0] not in _NO_SPACE_BEFORE
        else:
            spaced = bool(text) and _spaced(text, piece)
        text += (" " if text and spaced else "") + piece
    return text


class _Single(Enum):
    """What a single quotation mark does that no source accounts for."""

    JOINS = "joins"
    OPENS = "opens"
    CLOSES = "closes"


def _single_quotes(runs: Sequence[_Run]) -> dict[int, _Single]:
    """The part each lone "'" plays: of a contraction, of a pair, or of a plural's possessive."""
    lone = [i for i, run in enumerate(runs) if run.text == "'"]
    found = {}
    for i in lone:
        before = runs[i - 1].tokens[-1] if i > 0 else ""
        after = runs[i + 1].tokens[0] if i + 1 < len(runs) else ""
        if before.isalnum() and (after in _CONTRACTED or before in _ELIDED):
            found[i] = _Single.JOINS
    pairs = [i for i in lone if i not in found]
    for place, i in enumerate(pairs):
        opens = place % 2 == 0 and (place + 1 < len(pairs) or i == 0)
        found[i] = _Single.OPENS if opens else _Single.CLOSES
    return found


def _spaced(text: str, piece: str) -> bool:
    """Whether a space stands between what is written and the next piece."""
    last, first = text[-1], piece[0]
    if first == '"':
        return text.count('"') % 2 == 0 and last not in _NO_SPACE_AFTER
    joins = (
        last == '"' and text.count('"') % 2 == 1,
        last in "'’" and text[-2:-1].isalnum() and first.isalpha(),
        first in "-/" or last in "-/",
        first in _NO_SPACE_BEFORE or last in _NO_SPACE_AFTER,
        _inside_number(text, piece),
    )
    return not any(joins)


def _inside_number(text: str, piece: str) -> bool:
    """Whether "5 , 000" or "3 . 5" goes on."""
    match = re.search(r"\d([.,:])$", text)
    if match is None or not piece[0].isdigit():
        return False
    digits = re.match(r"\d+", piece)
    return match.group(1) != "," or (digits is not None and len(digits.group()) == 3)  # noqa: PLR2004


def _after_open_quote(text: str) -> bool:
    return text.endswith(("“", "‘")) or (text.endswith('"') and text.count('"') % 2 == 1)


def _unmatched(word: str) -> str:
    """A word that no source has keeps the case English gives it."""
    return word[0].upper() + word[1:] if word in _CAPITALISED else word


def _capitalised(text: str) -> str:
    """The first letter in upper case, unless the word has its own ("iPhone")."""
    match = re.search(r"[^\W\d_][\w]*", text)
    if match is None or any(map(str.isupper, match.group()[:3])) or "@" in text[: match.start()]:
        return text
    return text[: match.start()] + text[match.start()].upper() + text[match.start() + 1 :]


@lru_cache(maxsize=4_096)
def _split(text: str) -> tuple[_Token, ...]:
    """Words and single marks as an uncased BERT tokenizer has them: lower-case, no accents."""
    tokens = []
    opens = True
    for match in _TOKEN.finditer(text):
        key = _normalised(match.group())
        if not key:
            continue
        tokens.append(_Token(key, match.start(), match.end(), opens))
        opens = match.group() in '“"' or (opens and not key[0].isalnum())
    return tuple(tokens)


_PLAIN_MARKS = str.maketrans("’‘“”", "''\"\"")


def _normalised(word: str) -> str:
    """As the model would write it; curly marks are straight, so that a source's own come back."""
    decomposed = unicodedata.normalize("NFD", word.lower().translate(_PLAIN_MARKS))
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
