"""The vetoes on a written sentence. Each is a function: a draft in, a Verdict or None out.

They run in the order of `CHECKS`, cheapest and surest first; the first that fails is reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from newsfold.pipeline import facts
from newsfold.pipeline.polarity import changed_force
from newsfold.pipeline.recombination import orphans, seams
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
    words = facts.tokens(draft.text)
    least = _LEAST_HEADLINE_WORDS if draft.headline else _LEAST_WORDS
    opened = {facts.tokens(source)[:1] for source in draft.sources}
    faults = {
        "too few words": len(words) < least,
        "no final mark": not (draft.headline or draft.text.endswith(_FINAL)),
        "unbalanced marks": not _balanced(draft.text),
        "ends in the middle": words[-1:] != () and words[-1] in _DANGLING,
        "opens with a connective": words[:1] not in opened and bool({*words[:1]} & _CONNECTIVES),
        "repeats itself": _stutters(words, draft.sources),
    }
    return next((Verdict(Check.FORM, fault) for fault, found in faults.items() if found), None)


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
    """No denial, doubt or claim is gained, or lost from the words that were kept."""
    del tuning
    changed = changed_force(draft.text, draft.sources)
    return None if changed is None else Verdict(Check.POLARITY, changed)


def check_new_words(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Few content words that no source has."""
    content = facts.content_words(draft.text)
    known = {stem for source in draft.sources for stem in facts.stems(source)}
    # Figures have a check of their own: "thirty" is in no source that says 30, and is right.
    new = [word for word in content if word not in known and not facts.quantities(word)]
    if len(new) > tuning.max_new_words * len(content):
        return Verdict(Check.SUPPORT, ", ".join(new[:5]))
    return None


def check_recombination(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Words joined inside a clause, and a predicate and its subject, stand together in one source.

    "Russia's role" of one sentence and "was responsible for the attack" of another make a new and
    false statement out of true words; "injured 30 people, the coastguard said" does not. In a
    headline, which has no clauses, one seam is allowed.
    """
    allowed = tuning.max_headline_seams if draft.headline else tuning.max_seams
    torn = seams(draft.text, draft.sources, tuning.seam_window)
    if len(torn) <= allowed:
        torn = orphans(draft.text, draft.sources, tuning.subject_words)
        allowed = 0
    return Verdict(Check.RECOMBINATION, "; ".join(torn[:3])) if len(torn) > allowed else None


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
    return quantity.limit == source.limit


def _balanced(text: str) -> bool:
    """Whether quotation marks and brackets come in pairs."""
    pairs = ("“”", "()", "[]")
    return text.count('"') % 2 == 0 and all(text.count(p[0]) == text.count(p[1]) for p in pairs)


def _stutters(words: Sequence[str], sources: Sequence[str]) -> bool:
    """Whether three words occur again that no source repeats."""
    known: Counter[tuple[str, ...]] = Counter()
    for source in sources:
        known.update(_triples(facts.stems(source)))
    said = Counter(_triples([facts.stem(word) for word in words]))
    return any(count > max(1, known[t]) for t, count in said.items())


def _triples(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + 3]) for i in range(len(words) - 2)]


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
