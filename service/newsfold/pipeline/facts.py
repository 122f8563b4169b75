"""What a sentence states, as far as words show it: numbers, days, names, quotations.

Shared by overlap, conflicts and attribution. English; other languages get what digits, capitals
and quotation marks give.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import dropwhile, pairwise

STOPWORDS = frozenset(
    """a about above after again against all also am an and any are as at be because been before
    being below between both but by can could did do does doing down during each few for from
    further had has have having he her here hers him his how i if in into is it its itself just
    more most my no nor not now of off on once only or other our out over own s same she should so
    some such t than that the their them then there these they this those through to too under
    until up us very was we were what when where which while who whom why will with would you your
    said say says told according mr mrs ms dr also however still one two three four five six seven
    eight nine ten""".split()
) - frozenset("two three four five six seven eight nine ten".split())
"""Function words and reporting verbs: they tie no sentence to another."""

_MARKS = "".join(chr(c) for c in range(0x300, 0x10000) if unicodedata.category(chr(c))[0] == "M")
_LETTERS = rf"[^\W\d_]+(?:[{_MARKS}]++[^\W\d_]*+)*+"
"""Letters with the accents and vowel signs that stand on them. Possessive: a run of marks could be
divided in as many ways as two to the power of its length, and would be."""
WORD = re.compile(
    rf"\d+(?:[,.]\d+)*(?:%|[^\W\d_]{{1,3}}\b)?|{_LETTERS}(?:(?:\.{_LETTERS})+|(?:['’]{_LETTERS})*)"
)
_UNITS = {
    "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9,
    "b": 1e9, "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
_SMALL = {
    w: float(i)
    for i, w in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen""".split()
    )
} | {"dozen": 12.0}
_TENS = {
    w: 10.0 * i
    for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_HALF_DOZEN = r"half[ -](?:a[ -])?dozen"
_NUMBER_WORD = "|".join([_HALF_DOZEN, *sorted([*_SMALL, *_TENS, "hundred"], key=len, reverse=True)])
_DIGIT = re.compile(r"\d")
_JOINED = re.compile(r"\.[^\W\d_]")
_NUMBER_WORDS = frozenset([*_SMALL, *_TENS, "hundred"])
_QUANTITY = re.compile(
    r"(?P<currency>[$£€]|\b(?:US|A|C)\$)?\s?"
    rf"(?:(?P<digits>(?<![\w.])\d+(?:,\d{{3}})*(?:\.\d+)?)(?P<tail>st|nd|rd|th|s)?"
    # How a number word begins, first: that tells most words from it at once.
    r"|\b(?=[defhnostz][aehilnouw])"
    rf"(?P<words>(?:{_NUMBER_WORD})(?:[ -](?:and )?(?:{_NUMBER_WORD}))*))"
    r"(?:[\s-]?(?P<unit>thousand|million|billion|trillion|bn|mn|tn|m|k|b)\b)?"
    r"(?:\s?(?P<percent>%|percent\b|per cent\b|percentage\b))?(?!\w)",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"(at least|no (?:more|fewer|less) than|more than|(?:over|under|below) the age of|over|nearly"
    r"|almost|about|around|some|up to|fewer than|less than|just (?:under|over)|under|as many as"
    r"|an estimated|roughly|approximately|only|just)\s*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s+((?:[a-z]+\s+){0,2}?)(people|[a-z]{3,}s\b|injured|hurt|wounded|killed|dead|missing|arrested"
    r"|women|men|children|passengers)"
)
_FRONT = 20
"""Characters before a figure in which its bound is told."""
_HALF = re.compile(r"\bhal(?:f|ves|ved)\b(?! an? )", re.IGNORECASE)
_LASTING = re.compile(
    r"[\s-]+(?:(?P<unit>minute|hour|day|week|month|year|decade|centur(?=y|ies))|night)",
    re.IGNORECASE,
)
"""After "over" and a figure: how long, not how many at least."""
_ONE_LONG = re.compile(rf"\b(?:an?|one)(?={_LASTING.pattern})", re.IGNORECASE)
_LENGTHS = {
    "minute": ("minutes", 1.0), "hour": ("minutes", 60.0), "day": ("days", 1.0),
    "week": ("days", 7.0), "month": ("months", 1.0), "year": ("months", 12.0),
    "decade": ("months", 120.0), "centur": ("months", 1200.0),
}  # fmt: skip
_SAME_BOUND = {
    "over": "more than", "over the age of": "more than", "nearly": "almost", "under": "fewer than",
    "under the age of": "fewer than", "below the age of": "fewer than", "less than": "fewer than",
    "no more than": "up to", "no fewer than": "at least", "no less than": "at least",
    "just under": "almost", "just over": "more than",
}  # fmt: skip
_CURRENCIES = {"dollar": "$", "pound": "£", "euro": "€"}
_FRACTION = re.compile(
    r"\b(?:(?P<top>an?|one|two|three|four)[ -](?P<part>half|third|quarter|fifth|tenth)s?"
    r"(?= (?:of|from|was|were|is|are|[a-z]+ years ago)\b|[,.;]|$)"
    r"|(?P<some>one|two|three|four|\d) (?:in|out of)(?: every)?"
    r" (?P<all>two|three|four|five|six|seven|eight|nine|ten|\d{1,3}))\b(?! percent)",
    re.IGNORECASE,
)
_PARTS = {"half": 2.0, "third": 3.0, "quarter": 4.0, "fifth": 5.0, "tenth": 10.0}
_ORDINALS = {
    word: float(i)
    for i, word in enumerate(
        "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=3
    )
}
_IMPLIED = _ORDINALS | {
    "decade": 10.0, "century": 100.0, "twice": 2.0, "double": 2.0, "doubled": 2.0, "doubling": 2.0,
    "triple": 3.0, "tripled": 3.0, "both": 2.0, "couple": 2.0, "pair": 2.0,
}  # fmt: skip
_SPELLED_OUT = {word: f"{value:.0f}" for word, value in _ORDINALS.items()} | {
    "a decade": "10 years", "one decade": "10 years",
}  # fmt: skip
_RESPELT = re.compile(rf"\b(?:{'|'.join(_SPELLED_OUT)})\b", re.IGNORECASE)
_CURRENCY_NOUN = re.compile(r"\s(?:dollar|pound|euro)s?\b", re.IGNORECASE)
_ROUNDING = frozenset("about around some roughly approximately only just".split())
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = re.compile(rf"\b({'|'.join(WEEKDAYS)})\b", re.IGNORECASE)
_MONTH = re.compile(
    r"\b(Jan|Feb|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)(?:\.|\b(?= \d))"
    r"|\b(January|February|April|June|July|August|September|October|November|December)\b"
    r"|\b(March|May)(?= \d)|(?<=\d )(March|May)\b"
    r"|(?<=\b(?:in|of|by) )(March|May)\b|(?<=\b(?:last|next|late) )(March|May)\b"
    r"|(?<=\b(?:since|early|until)\s)(March|May)\b"
)
_MONTH_NAME = (
    r"Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?"
)
_CALENDAR_DAY = re.compile(
    rf"\b(?P<month>{_MONTH_NAME}) (?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?![\w,.]*\d)"
    rf"|\b(?P<first>[0-3]?\d)(?:st|nd|rd|th)?(?: of)? (?P<last>{_MONTH_NAME})(?!\w)"
)
_RELATIVE = re.compile(
    r"\b(?:(?:last|next|this) (?:week|month|year)|yesterday|tomorrow)\b", re.IGNORECASE
)
_QUOTE = re.compile(r"“([^“”]{2,600})”|(?<![\w.,!?])\"(?=\S)([^\"]{2,600})(?<=\S)\"")
"""A straight mark opens before a word and after none: one that closes opens nothing."""
_NAME_WORD = r"[A-ZÀ-Þ][\w'’-]*(?:\.[A-ZÀ-Þ]\w*)*"
_NAME = re.compile(rf"\b{_NAME_WORD}(?:\.(?=\s?[A-Z]))?(?:\s+{_NAME_WORD}\.?)*")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as a text states it."""

    value: float
    currency: str
    """ "$", "£", "€" or ""."""
    percent: bool
    bound: str
    """The qualifier in front, lower-case: "at least", "more than"; "" if none."""
    counted: str
    """The noun or participle it counts, lower-case stem: "people", "injur"; "" if unclear."""
    text: str
    """Qualifier and number as written."""
    start: int
    end: int

    @property
    def key(self) -> tuple[float, str, bool]:
        """What has to be equal for two quantities to be the same figure."""
        return self.value, self.currency, self.percent

    @property
    def limit(self) -> str:
        """The qualifier, "" for one that only rounds: "about 30" is 30, "at least 30" is not."""
        return _limit_of(self.bound)


@dataclass(frozen=True, slots=True)
class Duration:
    """How long something lasts."""

    amount: float
    unit: str
    """ "minutes", "days" or "months": no other units are a whole number of one another."""
    limit: str
    """As `Quantity.limit`."""
    start: int

    @property
    def key(self) -> tuple[float, str, str]:
        """What has to be equal for two to be the same."""
        return self.amount, self.unit, self.limit


@lru_cache(maxsize=50_000)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a text, lower-case, possessives and full stops of abbreviations taken off."""
    found = WORD.findall(text.lower())
    if "".join(found).isalnum():
        return tuple(found)
    return tuple([word if word.isalnum() else _plain(word) for word in found])


def bigrams(text: str) -> frozenset[tuple[str, str]]:
    """Two words in a row."""
    return frozenset(pairwise(tokens(text)))


@lru_cache(maxsize=50_000)
def stems(text: str) -> tuple[str, ...]:
    """The words of a text, stemmed, in order, function words included."""
    return tuple([stem(token) for token in tokens(text)])


@lru_cache(maxsize=50_000)
def content_words(text: str) -> tuple[str, ...]:
    """Stems of the words that carry meaning, in order."""
    return tuple([stem(token) for token in tokens(text) if token not in STOPWORDS])


def share_in(text: str, content: frozenset[str]) -> float:
    """The share of `content`, stems of content words, that a text holds, 0..1; not of nothing."""
    return len(content & set(content_words(text))) / len(content)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A light English stem: plural, possessive, -ed, -ing and -ly go; figures stay."""
    if len(word) <= 3 or word[0].isdigit() or not word.isascii():  # noqa: PLR2004
        return word
    for ending, least, replacement in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            word = word[: len(word) - len(ending)] + replacement
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lse":  # noqa: PLR2004
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 4 else word  # noqa: PLR2004


_ENDINGS = (
    ("sses", 2, "ss"), ("ies", 2, "y"), ("ied", 2, "y"), ("ingly", 4, ""), ("edly", 4, ""),
    ("ings", 3, ""), ("ing", 3, ""), ("ed", 3, ""), ("ly", 4, ""), ("es", 3, "e"), ("s", 3, ""),
)  # fmt: skip


@lru_cache(maxsize=10_000)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The numbers of a text. A bare "one" is a pronoun more often than a figure and is left out."""
    # A word joined to the next by a full stop ("five.Then") is in no token of its own.
    joined = _JOINED.search(text) is not None
    if not (joined or _DIGIT.search(text)) and _NUMBER_WORDS.isdisjoint(tokens(text)):
        return ()
    found = []
    for match in _QUANTITY.finditer(text):
        value = _value(match)
        words = (match["words"] or "").lower()
        if words == "one" and not match["unit"] and not match["percent"]:
            continue
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        bound = _BOUND.search(text[max(0, start - _FRONT) : start])
        counted = _COUNTED.match(text, match.end())
        noun = stem(counted.group(2).lower()) if counted else ""
        if bound and bound.group(1).lower() == "over" and _LASTING.match(text, match.end()):
            bound = None
        begin = start - (len(bound.group()) if bound else 0)
        found.append(
            Quantity(
                value=value,
                currency=(match["currency"] or _CURRENCIES.get(noun, ""))[-1:],
                percent=bool(match["percent"]),
                bound=bound.group(1).lower() if bound else "",
                counted=noun,
                text=" ".join(text[begin : match.end()].split()),
                start=begin,
                end=match.end(),
            )
        )
    return tuple(found)


def durations(text: str) -> tuple[Duration, ...]:
    """How long things last: "two weeks" and "14 days" are alike, "over two weeks" is not."""
    counted = [(q.value, q.limit, q.start, q.end) for q in quantities(text)]
    single = [(1.0, _limit(text, m.start()), m.start(), m.end()) for m in _ONE_LONG.finditer(text)]
    found = []
    for value, limit, start, end in (*counted, *single):
        lasting = _LASTING.match(text, end)
        if lasting is not None and lasting["unit"]:
            unit, size = _LENGTHS[lasting["unit"].lower()]
            found.append(Duration(value * size, unit, limit, start))
    return tuple(found)


def half_limits(text: str) -> frozenset[str]:
    """With which bounds, as in `Quantity.limit`, a text says "half" of something."""
    return frozenset(_limit(text, match.start()) for match in _HALF.finditer(text))


def _limit(text: str, start: int) -> str:
    """The bound in front of a place, as in `Quantity.limit`."""
    bound = _BOUND.search(text[max(0, start - _FRONT) : start])
    return _limit_of(bound.group(1).lower()) if bound else ""


def _limit_of(bound: str) -> str:
    return "" if bound in _ROUNDING else _SAME_BOUND.get(bound, bound)


def fractions(text: str) -> tuple[tuple[float, int, int], ...]:
    """Parts of a whole in percent, with their range: "one in five" and "a fifth of" are 20."""
    found = []
    for match in _FRACTION.finditer(text):
        if match["part"]:
            top = 1.0 if match["top"].lower() in {"a", "an"} else _spelled(match["top"].lower())
            share = top / _PARTS[match["part"].lower()]
        else:
            some, whole = (_plain_value(match[name].lower()) for name in ("some", "all"))
            share = some / max(1.0, whole)
        found.append((round(100.0 * share, 2), match.start(), match.end()))
    return tuple(found)


@lru_cache(maxsize=50_000)
def normalised(text: str) -> str:
    """The text with figures, fractions and months in one form: "thirty" and "$1.5bn" in digits.

    For comparing words; offsets are lost.
    """
    spans = [(start, end, f"{share:.15g}%") for share, start, end in fractions(text)]
    starts, ends = [start for start, _, _ in spans], [end for _, end, _ in spans]
    for q in quantities(text):
        # Fractions follow one another: the one that could hold the figure, and the next.
        after = bisect_right(starts, q.start)
        if (after and q.start < ends[after - 1]) or (after < len(starts) and starts[after] < q.end):
            continue
        noun = _CURRENCY_NOUN.match(text, q.end) if q.currency else None
        figure = f"{q.value:.15g}{'%' if q.percent else ''}"
        written = f"{q.limit} {figure}".strip()
        spans.append((q.start, noun.end() if noun else q.end, written))
    spans += [(m.start(), m.end(), m.group()[:3]) for m in _MONTH.finditer(text)]
    spans += [
        (m.start(), m.end(), _SPELLED_OUT[m.group().lower()]) for m in _RESPELT.finditer(text)
    ]
    out, place = [], 0
    for start, end, written in sorted(spans):
        if start >= place:
            out += [text[place:start], written]
            place = end
    return "".join([*out, text[place:]])


def implied_values(text: str) -> frozenset[float]:
    """Numbers that words other than figures stand for: "a decade" is 10, "the fifth" is 5."""
    return frozenset(_IMPLIED[token] for token in tokens(text) if token in _IMPLIED)


def weekdays(text: str) -> tuple[tuple[str, int, int], ...]:
    """Weekdays named in a text, lower-case, with their range."""
    return tuple((m.group(1).lower(), m.start(), m.end()) for m in _WEEKDAY.finditer(text))


def calendar_days(text: str) -> tuple[tuple[tuple[str, int], int, int], ...]:
    """Days of a month named in a text, as month (its first three letters) and day, with range."""
    found = []
    for match in _CALENDAR_DAY.finditer(text):
        month, day = match["month"] or match["last"], match["day"] or match["first"]
        found.append(((month[:3].lower(), int(day)), match.start(), match.end()))
    return tuple(found)


def dates(text: str) -> tuple[tuple[str, int, int], ...]:
    """Weekdays, months (their first three letters) and "last week", with their range."""
    months = ((m.group()[:3].lower(), m.start(), m.end()) for m in _MONTH.finditer(text))
    relative = ((m.group().lower(), m.start(), m.end()) for m in _RELATIVE.finditer(text))
    return (*weekdays(text), *months, *relative)


def names(text: str) -> tuple[str, ...]:
    """Runs of capitalised words, without a leading function word that opens the sentence."""
    found = []
    for match in _NAME.finditer(text):
        words = list(dropwhile(_opens_no_name, match.group().split()))
        if words and not (match.start() == 0 and len(words) == 1):
            found.append(" ".join(words).rstrip("."))
    return tuple(found)


def _opens_no_name(word: str) -> bool:
    return word.lower().strip(".'’") in STOPWORDS


def quotations(text: str) -> tuple[str, ...]:
    """What stands between double quotation marks."""
    return tuple(m.group(1) or m.group(2) for m in _QUOTE.finditer(text))


def _plain(word: str) -> str:
    word = word.replace("’", "'").removesuffix("'s")
    if "." in word and not word[0].isdigit():
        return word.replace(".", "")
    return word


def _value(match: re.Match[str]) -> float:
    if match["digits"]:
        value = float(match["digits"].replace(",", ""))
    else:
        value = _spelled(match["words"].lower())
    return value * _UNITS.get((match["unit"] or "").lower(), 1.0)


def _plain_value(word: str) -> float:
    return float(word) if word.isdigit() else _spelled(word)


def _spelled(words: str) -> float:
    """The value of "forty-three" or "two hundred and six"."""
    words, halves = re.subn(_HALF_DOZEN, "", words)
    value = 6.0 * halves
    for word in re.split(r"[ -]", words):
        if word == "hundred":
            value = max(1.0, value) * 100.0
        else:
            value += _SMALL.get(word, 0.0) + _TENS.get(word, 0.0)
    return value
