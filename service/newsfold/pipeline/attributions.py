"""Is it still told who says it? What a source puts into somebody's mouth is no fact of its own.

A statement of a body of state or of a company on its own acts may stand alone, as reporters let it
stand; a person's, or that of sources without a name, may not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from newsfold.pipeline import facts
from newsfold.pipeline.forces import SPEECH, words_of
from newsfold.pipeline.quotations import MARKS, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TELLING = SPEECH | words_of(
    "saying tell tells tweeted tweets wrote writes added adds warned warns argued argues declared"
    " declares states insisted insists explained explains noted notes claimed claims alleged"
    " alleges believes believe believed thinks suggested suggests report statement tweet interview"
    " announced called calls asked acknowledged concluded recalled replied responded accused"
    " accuses vowed promised promises pledged denied denies conceded confirmed confirms predicted"
    " urged cited citing described describes maintained contends contended criticized praised"
    " mused joked remarked revealed spokesman spokeswoman"
)
"""A text with one of these tells who says something, rightly or not."""
_VERB = (
    "(?:said|says|told [^,]{1,30}|added|warned|argued|tweeted|wrote|declared|insisted|explained"
    "|noted|claimed|alleged|suggested|testified|acknowledged|concluded|recalled|predicted"
    "|contended|maintained|conceded|stated|believes?|thinks?)"
)
_STATEMENTS = (
    re.compile(
        rf"^(?P<who>[^,;:“”\"]{{1,80}}?(?:, [^,;:“”\"]{{1,60}},)?) {_VERB}"
        r"(?: (?:on |late )?\w+day)?,? (?:that )?(?P<what>[a-zA-Z“\"].+)$"
    ),
    re.compile(
        rf"^(?P<what>.+)[,”\"] (?P<who>[^,;:“”\"]{{1,70}}) {_VERB}(?: [^,;:“”\"]{{0,50}})?$"
    ),
    re.compile(rf"^(?P<what>.+)[,”\"] {_VERB} (?P<who>[^;:“”\"]{{1,90}})$"),
    re.compile(r"^(?P<what>.+?),? according to (?P<who>[^,;:“”\"]{2,80})$"),
    re.compile(r"^According to (?P<who>[^,;:“”\"]{2,90}), (?P<what>.+)$"),
)
"""How a source says who says what; the first that fits."""
_BODY = re.compile(
    r"\b(?:police|authorities|officials?|officers?|firefighters|forecasters|department|office"
    r"|agency|ministry|military|army|court|company|bureau|service|commission|centers?|centre"
    r"|administration|coroner|sheriff|hospital|data|figures|statement|records|documents|union)\b",
    re.IGNORECASE,
)
_TOLD = 0.8
"""Share of a text's content words that a statement must hold to be what the text says."""
_RUN = 6
"""Words of a quotation that are no longer just its topic."""


def unmarked_quotation(text: str, sources: Sequence[str]) -> str | None:
    """The first words of a quotation that lost both its marks and its speaker, or None."""
    if _tells_who(text):
        return None
    known = {run for source in sources for said in quoted(source) for run in _runs(said.split())}
    return next((" ".join(run) for run in _runs(facts.tokens(text)) if run in known), None)


def lost_speaker(text: str, sources: Sequence[str]) -> str | None:
    """Who says what `text` tells as a fact, in words; None if it is one, or somebody says it."""
    content = frozenset(facts.content_words(text))
    if not content or _tells_who(text):
        return None
    speakers = []
    for source in sources:
        if facts.share_in(source, content) < _TOLD:
            continue
        who, what = _statement(source)
        if not who or _BODY.search(who) or facts.share_in(what, content) < _TOLD:
            return None
        speakers.append(who)
    return f"{speakers[0]!r} no longer says so" if speakers else None


def _statement(source: str) -> tuple[str, str]:
    """Who says what in a source; nobody says all of it where no form fits."""
    plain = source.rstrip(".")
    match = next((m for form in _STATEMENTS if (m := form.match(plain))), None)
    return (match["who"], match["what"]) if match else ("", source)


def _tells_who(text: str) -> bool:
    """Whether a text names a speaker or quotes one, rightly or not."""
    return bool(MARKS.search(text)) or not _TELLING.isdisjoint(facts.tokens(text))


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))
