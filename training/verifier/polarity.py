"""Negations, doubts, bounds and claims that are lost or gained."""

import random
import re
from collections.abc import Sequence

from training.verifier.source import Source

_BE = "is|was|are|were|has|have|had|will|would|could|should|can|must|may|might"
Rules = Sequence[tuple[re.Pattern[str], str]]


def _rules(*pairs: tuple[str, str]) -> Rules:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


NEGATION_LOST = _rules(
    (rf"\b({_BE}|do|does|did) not (?!only\b)", r"\1 "),
    (rf"\b({_BE}|do|does|did)n['’]t\b(?! only)", r"\1"),
    (r"\bcannot\b|\bcan['’]t\b", "can"),
    (r"\bwon['’]t\b", "will"),
    (r"\bnever ", ""),
    (r"\bno longer\b", "still"),
    (r"\b(?<!with )no (?=[a-z]{4})(?!matter|more|less|later|fewer|doubt)", ""),
    (r"\bwithout\b", "with"),
    (r"\bnone of\b", "all of"),
    (r"\bdenied (?=(?:that|the|any|a|having)\b)", "confirmed "),
    (r"\bdenies (?=(?:that|the|any|a|having)\b)", "confirms "),
    (r"\b(refus|declin)ed to\b", "agreed to"),
    (r"\b(refuses|declines) to\b", "agrees to"),
    (r"\bfailed to\b", "managed to"),
    (r"\bfails to\b", "manages to"),
    (r"\bunlikely\b", "likely"),
)
NEGATION_GAINED = _rules(
    (rf"\b({_BE}) (?!not\b|no\b|never\b)(?=[a-z])", r"\1 not "),
    (r"\bagreed to\b", "refused to"),
    (r"\b(?:confirmed|acknowledged|admitted)\b(?= that| the| he| she)", "denied"),
    (r"\bmanaged to\b", "failed to"),
    (r"(?<!un)\b(?<!not )likely to\b", "unlikely to"),
)
MODALITY_LOST = _rules(
    (r"\b(?:may|might|could) have (?=[a-z]+(?:ed|en|wn)\b)", "has "),
    (r"\b(?:may|might|could) (?!have\b|not\b|be\b)(?=[a-z])", "will "),
    (r"\b(?:may|might|could) be\b", "will be"),
    (r"\b(?:is|are) (?:expected|likely|set|poised|scheduled) to\b", "will"),
    (r"\b(?:was|were) (?:expected|likely|due) to\b", "had to"),
    (r"\b(?:allegedly|reportedly|possibly|apparently|probably|potentially|presumably) ", ""),
    (r"\b[Aa]n? (?:alleged|suspected|possible|potential|proposed|planned) (?=[a-z])", "the "),
    (r"\b(?:alleged|suspected|possible|potential|proposed|planned) (?=[a-z])", ""),
    (r"\baccused of\b", "guilty of"),
    (r"\b(?:appear|seem)s to\b", "is known to"),
    (r"\b(?:plan|want|hope|threaten|intend|aim)s to\b", "is about to"),
    (r"\bshould (?!not\b)(?=[a-z])", "will "),
)
_BOUND = "at least|more than|nearly|almost|up to|as many as|fewer than|less than"
QUALIFIER_LOST = _rules(
    (rf"(?i)\b(?:{_BOUND}) (?=[$£€\da-z])", ""),
    (r"\b(?:some|most|many|several) of (?=the\b|his\b|her\b|its\b|their\b)", "all of "),
    (r"\b(?:partly|partially|largely|mostly|mainly|temporarily|briefly|sometimes|often) ", ""),
    (r"\b(?:Some|Most|Many|Several) (?=[a-z]+s\b)", "All "),
    (r"\b(?:some|most|many|several) (?=[a-z]+s\b)", "all "),
)
_CLAIM = (
    "claim(?:s|ed)?|alleg(?:es?|ed)|argu(?:es?|ed)|insist(?:s|ed)?|contend(?:s|ed)?|believe[sd]?"
)
_CLAIM_AFTER = re.compile(
    rf", (?:[\w.’'-]+ ){{1,5}}(?:{_CLAIM}|speculated|predict(?:s|ed)?|suggest(?:s|ed)?)([.”\"]*)$"
)
_CLAIM_BEFORE = re.compile(
    r"^(?!.*\b(?:who|which|evidence|when|told)\b.* that )(?:[\w.’'-]+ ){1,6}"
    rf"(?:{_CLAIM}|suggest(?:s|ed)?|fear(?:s|ed)?|suspect(?:s|ed)?) that (?=\w)"
)
_OPPOSITES = (
    ("rose", "fell"), ("rise", "fall"), ("rising", "falling"), ("increased", "decreased"),
    ("increase", "decrease"), ("won", "lost"), ("wins", "loses"), ("win", "lose"),
    ("approved", "rejected"), ("approves", "rejects"), ("passed", "blocked"), ("backed", "opposed"),
    ("supports", "opposes"), ("supported", "opposed"), ("support", "oppose"), ("up", "down"),
    ("before", "after"), ("higher", "lower"), ("more", "less"), ("gained", "lost"),
    ("opened", "closed"), ("began", "ended"), ("allowed", "banned"), ("allow", "ban"),
    ("accepted", "rejected"), ("praised", "criticized"), ("guilty", "innocent"),
    ("first", "last"), ("north", "south"), ("western", "eastern"), ("raised", "cut"),
    ("raise", "cut"), ("strong", "weak"), ("arrested", "released"), ("hired", "fired"),
    ("better", "worse"), ("largest", "smallest"), ("best", "worst"), ("male", "female"),
)  # fmt: skip
_OPPOSITE_OF = dict(_OPPOSITES) | {right: left for left, right in reversed(_OPPOSITES)}
_OPPOSED = re.compile(rf"\b(?:{'|'.join(_OPPOSITE_OF)})\b")


def negation(source: Source, rng: random.Random) -> str | None:
    """A negation or denial dropped or, where there is none to drop or half the time, added."""
    lost = _applied(NEGATION_LOST, source.sentence, rng)
    gained = _applied(NEGATION_GAINED, source.sentence, rng)
    return rng.choice([lost, gained]) if lost and gained else lost or gained


def modality(source: Source, rng: random.Random) -> str | None:
    """What may be, is alleged or planned becomes a fact."""
    return _applied(MODALITY_LOST, source.sentence, rng)


def qualifier(source: Source, rng: random.Random) -> str | None:
    """ "At least 30" becomes 30, "some of the" becomes "all of the"."""
    return _applied(QUALIFIER_LOST, source.sentence, rng)


def attribution(source: Source, rng: random.Random) -> str | None:
    """What somebody claims, argues or believes is said as a fact.

    A plain "said" is left alone: compressions drop it, and are right to.
    """
    del rng
    after = _CLAIM_AFTER.sub(r"\1", source.sentence)
    if after != source.sentence:
        return after if after.endswith((".", "”", '"')) else after + "."
    clause = _CLAIM_BEFORE.sub("", source.sentence)
    return clause[:1].upper() + clause[1:] if clause != source.sentence else None


def opposite(source: Source, rng: random.Random) -> str | None:
    """ "Rose" becomes "fell"."""
    matches = list(_OPPOSED.finditer(source.sentence))
    if not matches:
        return None
    match = rng.choice(matches)
    other = _OPPOSITE_OF[match.group()]
    return source.sentence[: match.start()] + other + source.sentence[match.end() :]


def _applied(rules: Rules, sentence: str, rng: random.Random) -> str | None:
    """One rule at one place, at random among all that apply; nothing inside quotation marks."""
    places = [
        (pattern, replacement, match)
        for pattern, replacement in rules
        for match in pattern.finditer(sentence)
        if not _quoted(sentence, match.start())
    ]
    if not places:
        return None
    _, replacement, match = rng.choice(places)
    changed = sentence[: match.start()] + match.expand(replacement) + sentence[match.end() :]
    return changed[:1].upper() + changed[1:]


def _quoted(sentence: str, place: int) -> bool:
    before = sentence[:place]
    return before.count("“") > before.count("”") or before.count('"') % 2 == 1
