"""True clauses joined to a false sentence, and evidence of another story."""

import random
import re

from training.text import content, words
from training.verifier.source import Source

PREDICATE = re.compile(
    r" (?:said|says|has|had|have|was|were|is|are|will|would|could|may|can|told|announced|called"
    r"|voted|signed|won|lost|made|took|began|denied|agreed) "
)
"""A verb that ends the subject; most sentences of news have one."""
_TAIL = re.compile(r", (?:after|while|when|but|and|as|which|who|because) [^,;:“”\"]{15,90}[.]$")
_LEAST, _MOST = 2, 9
"""Words of a subject."""


def recombined(source: Source, rng: random.Random) -> str | None:
    """The subject of one sentence of the evidence with the predicate of another."""
    texts = [source.sentence, *source.evidence]
    parts = [part for part in map(_parted, texts) if part is not None]
    choices = [
        (subject, predicate)
        for subject, own in parts
        for other, predicate in parts
        if not (_shared(own, predicate) or _shared(subject, other) or _shared(subject, predicate))
    ]
    return "".join(rng.choice(choices)) if choices else None


def clause_added(source: Source, rng: random.Random) -> str | None:
    """The last clause of a sentence of another story after a true sentence."""
    tails = [m.group() for s in source.strangers if (m := _TAIL.search(s))]
    if not tails or not source.sentence.endswith("."):
        return None
    return source.sentence[:-1] + rng.choice(tails)


def _parted(sentence: str) -> tuple[str, str] | None:
    """Subject and predicate, where the first verb can be told; None for a quotation."""
    match = PREDICATE.search(sentence)
    if match is None or any(mark in sentence for mark in '“”"'):
        return None
    subject, predicate = sentence[: match.start()], sentence[match.start() :]
    whole = _LEAST <= len(subject.split()) <= _MOST and not re.search(r"[,;:—–]", subject)
    return (subject, predicate) if whole and len(predicate.split()) > _LEAST + 1 else None


def _shared(left: str, right: str) -> bool:
    return bool(set(content(words(left))) & set(content(words(right))))
