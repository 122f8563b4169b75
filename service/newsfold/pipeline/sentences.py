"""Step 2: a clean article's sentences, with offsets into the body as sent.

`boundaries` finds the ends; here paragraphs are made, torn quotations are put together again, and
what is no sentence (headings, cut-off ends, debris inside a line) is left out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from newsfold.pipeline.boilerplate import cross_links, has_residue, is_debris
from newsfold.pipeline.boundaries import boundaries, starts_small
from newsfold.pipeline.clean import clean
from newsfold.pipeline.types import CleanArticle, Rejected, RejectionReason, Sentence, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from newsfold.pipeline.tuning import CleanTuning
    from newsfold.pipeline.types import Article

_ENDINGS = tuple(".!?…\"”’')]。！？»")
_DETECT_CHARS = 500
"""No text of multiling2011 and of 800 of neus_clusters is taken for another language at 500; one is
at 400."""
_DETECT_AT_LEAST = 40
"""Letters under which a detected language is a guess (py3langid on single headlines)."""
_DETECT_PROBABILITY = 0.5
"""Below it a detected language is a guess too: 10% of 1,600 English headlines are taken for another
language, Nigerian Pidgin above all, 96% of those at less; 5% of 476 foreign ones are at less."""


def prepare(article: Article, index: int, tuning: CleanTuning) -> CleanArticle | Rejected:
    """Clean and split one article, or say why it cannot be used."""
    return read(article, index, clean(article.body, tuning), tuning)


def read(
    article: Article, index: int, kept: Sequence[Span], tuning: CleanTuning
) -> CleanArticle | Rejected:
    """Split the kept ranges of one article, or say why it cannot be used."""
    if not kept:
        detail = "nothing but boilerplate was found in the body"
        return Rejected(article.id, index, RejectionReason.ONLY_BOILERPLATE, detail)
    language = primary_subtag(article.language) or detect_language(
        " ".join(article.body[span.start : span.end] for span in kept)[:_DETECT_CHARS]
    )
    sentences = split(article.body, kept, language, index, tuning)
    if not sentences:
        detail = "no usable sentence was found in the body"
        return Rejected(article.id, index, RejectionReason.NO_USABLE_SENTENCE, detail)
    return CleanArticle(article, index, tuple(kept), sentences, language)


def split(
    body: str, kept: Sequence[Span], language: str, article: int, tuning: CleanTuning
) -> tuple[Sentence, ...]:
    """The usable sentences of the kept ranges of a body, none across a paragraph.

    A sentence is usable if it ends like one or is as long as one, begins like one, and holds no
    debris that cannot be cut out of it. Where none is (a list of headlines, say), anything of a few
    words is taken.
    """
    pieces = [
        piece
        for paragraph in _paragraphs(body, kept)
        for piece in _pieces(body, paragraph, language, tuning)
    ]
    usable = [piece for piece in pieces if _is_sentence(piece, tuning)]
    if not usable:
        usable = [
            p for p in pieces if _has_words(p.text, tuning.min_words) and not is_debris(p.text)
        ]
    return tuple(Sentence(article, i, p.span, p.text) for i, p in enumerate(usable))


def split_text(text: str, language: str) -> tuple[str, ...]:
    """The sentences of a text that no article holds, a model's summary say."""
    return tuple(text[s:e].strip() for s, e in boundaries(text, language) if text[s:e].strip())


def detect_language(text: str) -> str:
    """Primary subtag of the language of a text; "" where there is too little to tell."""
    if sum(map(str.isalpha, text)) < _DETECT_AT_LEAST and text.isascii():
        return ""
    language, probability = _identifier().classify(text)
    return str(language) if probability >= _DETECT_PROBABILITY else ""


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def primary_subtag(tag: str) -> str:
    """ "en" of "en-GB"."""
    return tag.replace("_", "-").partition("-")[0].strip().lower()


def _paragraphs(body: str, kept: Sequence[Span]) -> Iterator[Span]:
    """The kept lines; those of a hard-wrapped text joined up to the next blank line."""
    if not _hard_wrapped(body, kept):
        yield from kept
        return
    start, end = kept[0].start, kept[0].end
    for before, line in pairwise(kept):
        if body[before.end : line.start].count("\n") > 1 or body[before.end : line.start].strip():
            yield Span(start, end)
            start = line.start
        end = line.end
    yield Span(start, end)


def _hard_wrapped(body: str, kept: Sequence[Span]) -> bool:
    """Whether line breaks stand inside sentences: most lines are of one short length and open."""
    lengths = sorted(span.end - span.start for span in kept)
    if len(kept) < 3 or lengths[-1] > 120 or lengths[len(lengths) // 2] < 45:  # noqa: PLR2004
        return False
    open_lines = sum(not body[span.start : span.end].endswith(_ENDINGS) for span in kept)
    return open_lines > len(kept) / 2


@dataclass(frozen=True, slots=True)
class _Piece:
    """What the splitter made a sentence."""

    span: Span
    text: str
    torn: bool
    """Whether its paragraph stops in the middle of it: an excerpt that was cut off."""
    linked: bool
    """Whether it overlaps related headlines pasted into the paragraph."""


def _pieces(body: str, paragraph: Span, language: str, tuning: CleanTuning) -> Iterator[_Piece]:
    links = list(cross_links(body[paragraph.start : paragraph.end]))
    spans = [_trim(body, s) for s in _split_paragraph(body, paragraph, language, tuning)]
    for i, span in enumerate(spans):
        text = " ".join(body[span.start : span.end].split())
        if not text:
            continue
        start, end = span.start - paragraph.start, span.end - paragraph.start
        linked = any(start < last and first < end for first, last in links)
        torn = 0 < i == len(spans) - 1 and not text.endswith(_ENDINGS)
        yield _Piece(span, text, torn, linked)


def _split_paragraph(
    body: str, paragraph: Span, language: str, tuning: CleanTuning
) -> Iterator[Span]:
    # A break inside a paragraph is a space: the splitters take it for the end of something.
    text = body[paragraph.start : paragraph.end].replace("\n", " ").replace("\r", " ")
    for start, end in _quotations_whole(text, boundaries(text, language), tuning.max_quoted_words):
        yield Span(paragraph.start + start, paragraph.start + end)


def _quotations_whole(
    text: str, found: Sequence[tuple[int, int]], max_words: int
) -> Iterator[tuple[int, int]]:
    """The sentences of a paragraph, those of one quotation as one, up to `max_words`."""
    if '"' not in text and "“" not in text:
        yield from found
        return
    quoted: list[tuple[int, int]] = []
    opened = straight = words = 0
    for start, end in found:
        part = text[start:end]
        quoted.append((start, end))
        opened += part.count("“") - part.count("”")
        straight += part.count('"')
        words += len(part.split())
        if words <= max_words and (opened > 0 or straight % 2):
            continue
        if words > max_words and len(quoted) > 1:
            yield quoted[0][0], start
            yield start, end
        else:
            yield quoted[0][0], end
        quoted, opened, straight, words = [], 0, 0, 0
    # A quotation that never closes goes on in the next paragraph: the split stays as it was.
    yield from quoted


def _trim(body: str, span: Span) -> Span:
    text = body[span.start : span.end]
    return Span(
        span.start + len(text) - len(text.lstrip()), span.end - len(text) + len(text.rstrip())
    )


def _is_sentence(piece: _Piece, tuning: CleanTuning) -> bool:
    text = piece.text
    if not _has_words(text, tuning.min_words) or piece.linked or starts_small(text):
        return False
    if is_debris(text) or has_residue(text):
        return False
    if text.endswith(_ENDINGS):
        return True
    introduces = text.endswith((":", "\uff1a", ","))
    long = _has_words(text, tuning.min_open_words)
    return long and not (piece.torn or introduces or _is_headline(text, tuning))


def _is_headline(text: str, tuning: CleanTuning) -> bool:
    """Whether a line without a final mark is set like a headline: IN CAPITALS or In Title Case."""
    words = [w for w in _WORD.findall(text) if len(w) > 3]  # noqa: PLR2004 - "the", "and", "for"
    capitals = sum(word[0].isupper() for word in words)
    return bool(capitals >= tuning.headline_capitals * max(1, len(words)))


_WORD = re.compile(r"[^\W\d_]+")


def _has_words(text: str, least: int) -> bool:
    """Whether there are so many words; in scripts without spaces two letters count as a word."""
    words = 0
    for match in _WORD.finditer(text):
        run = match.group()
        wide = not run[0].isascii() and unicodedata.east_asian_width(run[0]) in {"W", "F"}
        words += max(1, len(run) // 2) if wide else 1
        if words >= least:
            return True
    return False
