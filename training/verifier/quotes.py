"""Wrong quotations: another word, a word less, another speaker, marks around what nobody said."""

import random
import re

from training.verifier.names import stranger_names
from training.verifier.source import Source
from training.verifier.spans import Span, names, replaced

_QUOTE = re.compile(r"“([^“”]{8,})”|\"([^\"]{8,})\"")
_WORD = re.compile(r"[A-Za-z]{4,}")
_SPEECH = re.compile(
    r"\b(?:said|says|told|tweeted|wrote|added|called|calling|asked|warned|argued|declared)\b"
)
_LEAST_RUN, _LONGEST_RUN = 3, 6


def quote(source: Source, rng: random.Random) -> str | None:
    """One of the ways to misquote that the sentence allows."""
    ways = [other_word, word_left_out, other_speaker, marks_added]
    rng.shuffle(ways)
    return next((found for way in ways if (found := way(source, rng))), None)


def other_word(source: Source, rng: random.Random) -> str | None:
    """A word inside the marks is replaced by one of another story."""
    words = _quoted_words(source.sentence)
    pool = [w for s in source.strangers for w in _WORD.findall(s) if not source.says(w)]
    pool = [word for word in pool if word.islower()]
    if not words or not pool:
        return None
    return replaced(source.sentence, rng.choice(words), rng.choice(pool))


def word_left_out(source: Source, rng: random.Random) -> str | None:
    """A word in the middle of the marks is gone, without an ellipsis."""
    words = [
        (start, end)
        for start, end in _quoted_words(source.sentence)[1:-1]
        if source.sentence[end : end + 1] == " "
    ]
    if not words:
        return None
    start, end = rng.choice(words)
    return replaced(source.sentence, (start, end + 1), "")


def other_speaker(source: Source, rng: random.Random) -> str | None:
    """The name beside the reporting verb becomes one of the evidence, or of another story."""
    outside = [span for span in names(source.sentence) if not _inside(source.sentence, span)]
    verbs = [m.span() for m in _SPEECH.finditer(source.sentence)]
    speakers = [
        span
        for span in outside
        for verb in verbs
        if span[1] + 1 == verb[0] or verb[1] + 1 == span[0]
    ]
    if not speakers or not _QUOTE.search(source.sentence):
        return None
    span = rng.choice(speakers)
    old = source.sentence[slice(*span)].split()
    told = [text[slice(*s)] for text in source.evidence for s in names(text)]
    others = [n for n in told if not set(n.split()) & set(old) and n[:1].isupper()]
    pool = others or [" ".join(words) for words in stranger_names(source)]
    return replaced(source.sentence, span, rng.choice(pool)) if pool else None


def marks_added(source: Source, rng: random.Random) -> str | None:
    """Words that the evidence reports are set between marks, as if somebody had said them so."""
    if _QUOTE.search(source.sentence) or any(mark in source.sentence for mark in '“”"'):
        return None
    words = list(re.finditer(r"[^\s,.;:()—–]+", source.sentence))
    if len(words) < _LONGEST_RUN + 2:
        return None
    length = rng.randint(_LEAST_RUN, _LONGEST_RUN)
    first = rng.randrange(1, len(words) - length)
    start, end = words[first].start(), words[first + length - 1].end()
    run = source.sentence[start:end]
    if re.search(r"[,.;:()—–]", run):
        return None
    return replaced(source.sentence, (start, end), f"“{run}”")


def _quoted_words(sentence: str) -> list[Span]:
    """Words of four letters or more inside quotation marks."""
    return [
        (match.start() + m.start(), match.start() + m.end())
        for match in _QUOTE.finditer(sentence)
        for m in _WORD.finditer(match.group())
    ]


def _inside(sentence: str, span: Span) -> bool:
    return any(m.start() < span[0] < m.end() for m in _QUOTE.finditer(sentence))
