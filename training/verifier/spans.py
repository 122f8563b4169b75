"""Where names, figures and dates stand in a sentence, for those who change them.

Written apart from the service's own patterns, so that the checks are not judged by themselves.
"""

import re
from collections.abc import Iterable

Span = tuple[int, int]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
NUMBER_WORDS = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "fifteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_DAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})\b")
_MONTH = re.compile(
    rf"\b(?:{'|'.join(m for m in MONTHS if m not in ('March', 'May'))}"
    r"|(?:March|May)(?= \d)|(?<=\bin )(?:March|May)|(?<=\blast )(?:March|May)"
    r"|(?<=\d )(?:March|May))\b"
)
_DAY_OF_MONTH = re.compile(rf"(?<=\b)(?:{'|'.join(MONTHS)}) (\d{{1,2}})\b(?!,\d)")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}}) (?:{'|'.join(MONTHS)})\b")
_YEAR = re.compile(r"(?<![\d,.$£€-])(?:19|20)\d\d(?![\d,%-]|\.\d)")
_RELATIVE = re.compile(r"\b(?:last|next|this) (week|month|year)\b|\b(yesterday|today|tomorrow)\b")
_FIGURE = re.compile(r"(?<![\w.,-])[$£€]?(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?![\d-]|[,.]\d)")
_SPELLED = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)})\b(?!-)")
_NAME = re.compile(r"\b[A-Z][\w’'&-]*[\w](?:\.(?= [A-Z]))?(?: (?:[A-Z]\. )?[A-Z][\w’'&-]*\w)*")
_OPENERS = frozenset(
    "a an the and but or as at by for from he her his in it its no not of on she so some that their"
    " there they this to we when where while with after before if i you our my these those what who"
    " why how both each many most more now then also since because although despite during under"
    " over one two three four five six seven eight nine ten mr mrs ms dr is are was were".split()
)


def names(sentence: str) -> list[Span]:
    """Runs of capitalised words that are no date; a lone first word is not known to be a name."""
    found = []
    for match in _NAME.finditer(sentence):
        start, words = match.start(), match.group().split()
        while words and words[0].lower() in _OPENERS:
            start += len(words.pop(0)) + 1
        text = sentence[start : match.end()]
        text = text[:-2] if text[-2:] in ("'s", "’s") else text
        opens = match.start() == 0 and len(words) == 1
        if words and not opens and not set(words) & {*WEEKDAYS, *MONTHS} and len(text) > 1:
            found.append((start, start + len(text)))
    return found


def dates(sentence: str) -> list[Span]:
    """Weekdays, months, days of a month, years and "last week"."""
    found = [m.span() for p in (_DAY, _MONTH, _YEAR) for m in p.finditer(sentence)]
    found += [m.span(1) for p in (_DAY_OF_MONTH, _DAY_FIRST) for m in p.finditer(sentence)]
    found += [m.span(1) if m[1] else m.span(2) for m in _RELATIVE.finditer(sentence)]
    return sorted(found)


def figures(sentence: str) -> list[Span]:
    """Figures and number words from two up that are no part of a date or a name."""
    taken = [*dates(sentence), *names(sentence)]
    found = [m.span(1) for m in _FIGURE.finditer(sentence)]
    found += [m.span() for m in _SPELLED.finditer(sentence)]
    return sorted(span for span in found if not _overlaps(span, taken))


def replaced(sentence: str, span: Span, text: str) -> str:
    """The sentence with another text at `span`."""
    return sentence[: span[0]] + text + sentence[span[1] :]


def _overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)
