"""Sentences, words, names and numbers of English news, fast enough for a million sentences.

Mining is a one-off over a whole archive, so this is plain regular expressions; the service, which
needs exact offsets, has its own splitter.
"""

import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"\d[\d,.]*\d|\d|[^\W\d_]+(?:['’][^\W\d_]+)*")
_BOUNDARY = re.compile(r"(?<=[.!?])([\"”’')]*)\s+(?=[\"“‘(]?[A-Z0-9])")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(“\"])(?:Mr|Mrs|Ms|Dr|Gen|Sen|Sens|Rep|Reps|Gov|Lt|Col|Sgt|Capt|Adm|Rev|Hon|St|Prof|"
    r"No|vs|Inc|Corp|Co|Ltd|Jr|Sr|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|"
    r"(?:[A-Z]\.)*[A-Z])\.$"
)
_DATELINE = re.compile(
    r"^(?:[A-Z][A-Za-z.,/ ]{1,40})?"
    r"\((?:AP|Reuters|CNN|AFP|UPI|Bloomberg|CNNMoney|CBSNews|NBC News)\)\s*(?:[-—–:]+\s*)?"
    r"|^[A-Z][A-Z.,/ ]{2,40}(?:, [A-Z][a-z]+\.?)?\s*(?:[—–]+|--|- )\s*"
)
_SPACE = re.compile(r"\s+")
_STEM_LETTERS = 4
_LEAST_SEEN = 3

STOPWORDS = frozenset(
    _WORD.findall(
        "a about above after again against all also am an and any are as at be because been before"
        " being below between both but by can cannot could did do does doing down during each few"
        " for from further had has have having he her here hers him his how i if in into is it its"
        " itself just may me might more most much must my no nor not now of off on once only or"
        " other our out over own said say says same she should so some such than that the their"
        " them then there these they this those through to too under until up upon very was we were"
        " what when where which while who whom whose why will with would yet you your told"
        " according mr mrs ms dr"
    )
)
_UNITS = _WORD.findall(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty"
)
_TENS = _WORD.findall(
    "thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million"
    " millions billion billions trillion trillions dozen dozens half"
)
_NUMBER_WORDS = {word: str(value) for value, word in enumerate(_UNITS)} | {w: w for w in _TENS}
del _NUMBER_WORDS["one"]  # "one of the" is no figure


def sentences(text: str) -> list[str]:
    """Splits a text into sentences; a line break always ends one, an abbreviation never does."""
    found = []
    for paragraph in text.split("\n"):
        line = _DATELINE.sub("", _SPACE.sub(" ", paragraph).strip())
        start = 0
        for boundary in _BOUNDARY.finditer(line):
            piece = line[start : boundary.end(1)]
            if not _ABBREVIATION.search(piece):
                found.append(piece)
                start = boundary.end()
        if line[start:]:
            found.append(line[start:])
    return found


def words(sentence: str) -> list[str]:
    """Words and figures as written, possessive endings dropped."""
    return [_bare(match) for match in _WORD.findall(sentence)]


def content(sentence_words: Iterable[str]) -> list[str]:
    """The stems of the words that carry meaning, in order: no stop words, no single letters."""
    return [
        stem(word)
        for word in (w.lower() for w in sentence_words)
        if word not in STOPWORDS and (len(word) > 1 or word.isdigit())
    ]


def stem(word: str) -> str:
    """Crude English stem, so that "raise", "raises" and "raised" are one word when mining."""
    if len(word) > _STEM_LETTERS and not word[0].isdigit():
        for ending in ("ing", "ed", "es", "s"):
            if word.endswith(ending) and not word.endswith("ss"):
                word = word[: -len(ending)]
                break
    return word.rstrip("e") if len(word) >= _STEM_LETTERS else word


def numbers(sentence_words: Iterable[str]) -> set[str]:
    """Figures without thousands separators; number words up to twenty count as their figure."""
    found = set()
    for word in sentence_words:
        if word[0].isdigit():
            found.add(word.replace(",", "").rstrip("."))
        elif word.lower() in _NUMBER_WORDS:
            found.add(_NUMBER_WORDS[word.lower()])
    return found


def names(sentence_words: list[str], name_words: frozenset[str] | set[str]) -> set[str]:
    """Lower-case capitalised words: all but the first, which counts if the archive says so.

    `name_words` (see `learn_name_words`) settles the sentence's first word.
    """
    capitalised = {w.lower() for w in sentence_words[1:] if w[0].isupper()}
    if sentence_words and sentence_words[0].lower() in name_words:
        capitalised.add(sentence_words[0].lower())
    return {word for word in capitalised if word not in STOPWORDS}


def learn_name_words(sentence_words: Iterable[list[str]]) -> frozenset[str]:
    """Words the archive capitalises in mid-sentence more often than not (and at least thrice)."""
    upper: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    for sentence in sentence_words:
        for word in sentence[1:]:
            (upper if word[0].isupper() else lower)[word.lower()] += 1
    return frozenset(
        word
        for word, count in upper.items()
        if count >= _LEAST_SEEN and count > lower[word] and word not in STOPWORDS
    )


def _bare(word: str) -> str:
    return word[:-2] if word[-2:] in ("'s", "’s") else word
