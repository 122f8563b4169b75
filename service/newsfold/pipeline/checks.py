"""The vetoes on a written sentence. Each is a function: a draft in, a Verdict or None out.

They run in the order of `CHECKS`, cheapest and surest first; the first that fails is reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeAlias

from newsfold.pipeline import facts
from newsfold.pipeline.types import Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.tuning import AttributeTuning


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence to be checked and the texts it was made from."""

    text: str
    sources: tuple[str, ...]
    headline: bool = False


_FINAL = tuple(".!?…") + tuple(f"{mark}{close}" for mark in ".!?…," for close in "\"”’')")
_DANGLING = frozenset(
    "and or but of the a an to in on at by for with from as that which who into than".split()
)
_CONNECTIVES = frozenset("but and or so because yet meanwhile however".split())
_LEAST_WORDS = 4
_LEAST_HEADLINE_WORDS = 3


def check_form(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """A whole sentence: begun, ended, balanced, not stuttering."""
    del tuning
    text, words = draft.text, facts.tokens(draft.text)
    if len(words) < (_LEAST_HEADLINE_WORDS if draft.headline else _LEAST_WORDS):
        return Verdict(Check.FORM, "too few words")
    if not draft.headline and not text.endswith(_FINAL):
        return Verdict(Check.FORM, "no final mark")
    if text.count('"') % 2 or text.count("“") != text.count("”"):
        return Verdict(Check.FORM, "unbalanced quotation marks")
    if text.count("(") != text.count(")") or text.count("[") != text.count("]"):
        return Verdict(Check.FORM, "unbalanced brackets")
    if words[-1] in _DANGLING:
        return Verdict(Check.FORM, f"ends with {words[-1]!r}")
    opened = {facts.tokens(source)[:1] for source in draft.sources}
    if words[0] in _CONNECTIVES and (words[0],) not in opened:
        return Verdict(Check.FORM, f"opens with {words[0]!r}")
    triples = Counter(zip(words, words[1:], words[2:], strict=False))
    allowed = _triples(draft.sources)
    for triple, count in triples.items():
        if count > max(1, allowed[triple]):
            return Verdict(Check.FORM, f"repeats {' '.join(triple)!r}")
    return None


def check_numbers(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Every figure stands in a source with the same unit, and its bound ("at least") is kept."""
    del tuning
    known = [q for source in draft.sources for q in facts.quantities(source)]
    for quantity in facts.quantities(draft.text):
        same = [k for k in known if k.key == quantity.key]
        if not same:
            return Verdict(Check.NUMBER, quantity.text)
        if not any(_agrees(quantity, k) for k in same):
            return Verdict(Check.NUMBER, f"{quantity.text} without {same[0].bound!r}")
    return None


def check_days(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Every weekday is named by a source."""
    del tuning
    known = {day for source in draft.sources for day, _, _ in facts.weekdays(source)}
    for day, start, end in facts.weekdays(draft.text):
        if day not in known:
            return Verdict(Check.NUMBER, draft.text[start:end])
    return None


def check_names(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Every word of a name stands in a source: a surname after a full name is the same person."""
    del tuning
    known = {stem for source in draft.sources for stem in facts.stems(source)}
    for name in facts.names(draft.text):
        for word in facts.tokens(name):
            if facts.stem(word) not in known and word not in facts.STOPWORDS:
                return Verdict(Check.NAME, name)
    return None


def check_quotations(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """What stands in quotation marks stands word for word in a source's quotation marks."""
    del tuning
    quoted = [
        " ".join(facts.tokens(quotation))
        for source in draft.sources
        for quotation in (*facts.quotations(source), *_open_quotations(source))
    ]
    for quotation in facts.quotations(draft.text):
        words = " ".join(facts.tokens(quotation))
        if not any(f" {words} " in f" {known} " for known in quoted):
            return Verdict(Check.QUOTE, quotation)
    return None


def check_polarity(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """No denial or doubt is gained, or lost from inside or just before the words that were kept."""
    words = facts.tokens(draft.text)
    sources = [facts.tokens(source) for source in draft.sources]
    known = {word for source in sources for word in source}
    for word in words:
        kind = facts.polarity(word)
        if kind and word not in known:
            return Verdict(Check.POLARITY, f"{word!r} stands in no source")
    best = max(sources, key=lambda source: _kept(words, source))
    for word in _skipped(words, best, tuning.polarity_window):
        if facts.polarity(word) and word not in words:
            return Verdict(Check.POLARITY, f"{word!r} was lost")
    return None


def check_new_words(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Few content words that no source has."""
    content = facts.content_words(draft.text)
    known = {stem for source in draft.sources for stem in facts.stems(source)}
    new = [word for word in content if word not in known]
    if len(new) > tuning.max_new_words * len(content):
        return Verdict(Check.SUPPORT, ", ".join(new[:5]))
    return None


def check_recombination(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Neighbouring content words are neighbours in one source too, unless a clause starts between.

    "Russia's role" of one sentence and "was responsible for the attack" of another make a new and
    false statement out of true words; "injured 30 people, the coastguard said" does not. In a
    headline, which has no clauses, one seam is allowed.
    """
    places = [_places(source) for source in draft.sources]
    seams = []
    for left, right, clause_between in _neighbours(draft.text):
        if clause_between or any(_near(left, right, p, tuning.seam_window) for p in places):
            continue
        seams.append(f"{left} … {right}")
    allowed = tuning.max_headline_seams if draft.headline else tuning.max_seams
    return Verdict(Check.RECOMBINATION, "; ".join(seams[:3])) if len(seams) > allowed else None


CheckFunction: TypeAlias = Callable[[Draft, "AttributeTuning"], Verdict | None]

CHECKS: tuple[CheckFunction, ...] = (
    check_form,
    check_numbers,
    check_days,
    check_names,
    check_quotations,
    check_polarity,
    check_new_words,
    check_recombination,
)


def _agrees(quantity: facts.Quantity, source: facts.Quantity) -> bool:
    """A bound may be neither gained nor lost: "at least 30" is not "30"."""
    return quantity.bound == source.bound or {quantity.bound, source.bound} <= _SAME_BOUND


_SAME_BOUND = frozenset(("", "about", "around", "roughly", "approximately", "some", "only", "just"))


def _triples(sources: Sequence[str]) -> Counter[tuple[str, ...]]:
    return Counter(
        triple
        for source in sources
        for triple in zip(
            facts.tokens(source), facts.tokens(source)[1:], facts.tokens(source)[2:], strict=False
        )
    )


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


def _kept(words: Sequence[str], source: Sequence[str]) -> int:
    return sum(b.size for b in SequenceMatcher(None, source, words, autojunk=False).get_matching_blocks())


def _skipped(words: Sequence[str], source: Sequence[str], window: int) -> list[str]:
    """Words of the source that were left out between, or just before, words that were kept."""
    matcher = SequenceMatcher(None, source, words, autojunk=False)
    blocks = [b for b in matcher.get_matching_blocks() if b.size > 1]
    if not blocks:
        return []
    skipped = list(source[max(0, blocks[0].a - window) : blocks[0].a])
    for before, after in zip(blocks, blocks[1:], strict=False):
        gap = source[before.a + before.size : after.a]
        if len(gap) <= window:
            skipped += gap
    return skipped


_CLAUSE_BREAK = re.compile(
    r"[,;:—–()“”\"-]|\b(?:and|but|or|after|before|while|as|when|where|because|since|until|although"
    r"|though|if|that|which|who|whose|said|says|saying|with|amid|following|despite|by|in|on|at|to"
    r"|for|from|over|during|of|about|against)\b",
    re.IGNORECASE,
)
"""A place where a sentence may take up words from elsewhere: punctuation, a conjunction, a relative
or, since adjuncts ("on Tuesday", "in Moscow") attach freely, a preposition."""
_TOKEN = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")


def _neighbours(text: str) -> list[tuple[str, str, bool]]:
    """Neighbouring content words, stemmed, and whether a clause or adjunct starts between them."""
    found = []
    last: tuple[str, int] | None = None
    for match in _TOKEN.finditer(text):
        content = facts.content_words(match.group())
        if not content:
            continue
        if last is not None:
            between = text[last[1] : match.start()]
            found.append((last[0], content[0], bool(_CLAUSE_BREAK.search(between))))
        last = content[-1], match.end()
    return found


def _places(source: str) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for i, stem in enumerate(facts.stems(source)):
        places.setdefault(stem, []).append(i)
    return places


def _near(left: str, right: str, places: dict[str, list[int]], window: int) -> bool:
    return any(
        0 < j - i <= window for i in places.get(left, ()) for j in places.get(right, ())
    )
