"""The checks of a written sentence. Each is a function: a draft in, a Verdict or None out.

They run in order, cheapest and surest first; the first that fails is reported. Those of
`FACT_CHECKS` are vetoes. Those of `WORD_CHECKS` ask whether the words and their order are the
sources', which those of a true sentence need not be: a verifier that is sure overrules them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from newsfold.pipeline import facts
from newsfold.pipeline.attributions import lost_speaker, unmarked_quotation
from newsfold.pipeline.figure_checks import wrong_figure
from newsfold.pipeline.form import fault_of_form
from newsfold.pipeline.polarity import changed_force
from newsfold.pipeline.predicates import misranked, usurped
from newsfold.pipeline.quotations import misquoted
from newsfold.pipeline.recombination import contrasts, orphans, seams
from newsfold.pipeline.types import Check, Verdict

if TYPE_CHECKING:
    from newsfold.pipeline.tuning import AttributeTuning


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence to be checked and the texts it was made from."""

    text: str
    sources: tuple[str, ...]
    headline: bool = False

    @property
    def normalised(self) -> tuple[str, tuple[str, ...]]:
        """Text and sources with their figures and months in one form."""
        return facts.normalised(self.text), tuple(map(facts.normalised, self.sources))


def check_form(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """A whole sentence: begun, ended, balanced, not stuttering."""
    del tuning
    fault = fault_of_form(draft.text, draft.sources, headline=draft.headline)
    return None if fault is None else Verdict(Check.FORM, fault)


def check_numbers(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Every figure is a source's, of the same thing and with its bound ("at least")."""
    del tuning
    wrong = wrong_figure(draft.text, draft.sources)
    return None if wrong is None else Verdict(Check.NUMBER, wrong)


def check_dates(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Every weekday, month and "last week" is named by a source."""
    del tuning
    known = {date for source in draft.sources for date, _, _ in facts.dates(source)}
    for date, start, end in facts.dates(draft.text):
        if date not in known:
            return Verdict(Check.NUMBER, draft.text[start:end])
    return None


def check_names(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Every word of a name stands in a source: a surname after a full name is the same person."""
    del tuning
    text, sources = draft.normalised
    known = {stem for source in sources for stem in facts.stems(source)}
    for name in facts.names(text):
        for word in facts.tokens(name):
            if facts.stem(word) not in known and word not in facts.STOPWORDS:
                return Verdict(Check.NAME, name)
    return None


def check_quotations(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """A quotation is a source's, word for word and of its speaker; none lost marks and speaker."""
    del tuning
    wrong = misquoted(draft.text, draft.sources) or unmarked_quotation(draft.text, draft.sources)
    return None if wrong is None else Verdict(Check.QUOTE, wrong)


def check_polarity(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """No denial, doubt or claim is gained, or lost from the words that were kept."""
    del tuning
    changed = changed_force(draft.text, draft.sources)
    if changed is None and not draft.headline:
        changed = lost_speaker(draft.text, draft.sources)
    return None if changed is None else Verdict(Check.POLARITY, changed)


def check_predicates(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Nobody took over another one's predicate or rank, no statement another one's exception."""
    del tuning
    wrong = [
        *usurped(draft.text, draft.sources),
        *misranked(draft.text, draft.sources),
        *contrasts(draft.text, draft.sources),
    ]
    return Verdict(Check.RECOMBINATION, "; ".join(wrong[:3])) if wrong else None


def check_new_words(draft: Draft, tuning: AttributeTuning) -> Verdict | None:
    """Few content words that no source has; figures have a check of their own."""
    text, sources = draft.normalised
    content = facts.content_words(text)
    known = {stem for source in sources for stem in facts.stems(source)}
    new = [word for word in content if word not in known and not word[0].isdigit()]
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
    text, sources = draft.normalised
    torn = seams(text, sources, tuning.seam_window)
    if len(torn) <= allowed:
        torn = orphans(text, sources, tuning.subject_words)
        allowed = 0
    return Verdict(Check.RECOMBINATION, "; ".join(torn[:3])) if len(torn) > allowed else None


CheckFunction: TypeAlias = Callable[[Draft, "AttributeTuning"], Verdict | None]

FACT_CHECKS: tuple[CheckFunction, ...] = (
    check_form,
    check_numbers,
    check_dates,
    check_names,
    check_quotations,
    check_polarity,
    check_predicates,
)
WORD_CHECKS: tuple[CheckFunction, ...] = (check_new_words, check_recombination)
