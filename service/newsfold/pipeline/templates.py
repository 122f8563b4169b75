"""Titles of one template that tell of two events: "Roe wins Ohio primary", "Roe wins Iowa primary".

Results, monthly figures and rulings come in series whose reports share nearly all their words; what
tells them apart is a place, a month, a quarter or a year. Only such words of a closed class count:
of 150 pairs that they part among 3,000 articles of the train split of neus_clusters 7 are one
story; of 1,516 that any differing name or figure parts, 132 are (2026-11-25; ADR 21).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from newsfold.pipeline.facts import content_words, tokens
from newsfold.pipeline.views import text_of
from newsfold.pipeline.word_matrix import word_matrix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from newsfold.pipeline.types import CleanArticle

_LEAST_SHARED = 2
_SHARED = 0.35
"""Of the words of the shorter title beside its qualifiers: a template is most of a title."""

_CLASSES = {
    "month": "january february april june july august september october november december",
    "quarter": "q1 q2 q3 q4 first-quarter second-quarter third-quarter fourth-quarter",
    "place": """alabama alaska arizona arkansas california colorado connecticut delaware florida
    georgia hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland
    massachusetts michigan minnesota mississippi missouri montana nebraska nevada new-hampshire
    new-jersey new-mexico new-york north-carolina north-dakota ohio oklahoma oregon pennsylvania
    rhode-island south-carolina south-dakota tennessee texas utah vermont virginia west-virginia
    wisconsin wyoming afghanistan albania algeria angola argentina armenia australia austria
    azerbaijan bangladesh belarus belgium bolivia bosnia botswana brazil bulgaria burundi cambodia
    cameroon canada chile colombia congo croatia cuba cyprus denmark ecuador egypt estonia ethiopia
    fiji finland france germany ghana greece guatemala guinea haiti honduras hungary iceland
    indonesia iraq ireland israel italy jamaica japan kazakhstan kenya kosovo kuwait kyrgyzstan laos
    latvia lebanon liberia libya lithuania luxembourg madagascar malawi malaysia mali malta moldova
    mongolia montenegro morocco mozambique myanmar namibia nepal netherlands nicaragua niger nigeria
    norway oman pakistan panama paraguay peru philippines poland portugal qatar romania rwanda
    senegal serbia singapore slovakia slovenia somalia spain sudan sweden switzerland syria taiwan
    tajikistan tanzania thailand togo tunisia turkey uganda uruguay uzbekistan venezuela vietnam
    yemen zambia zimbabwe""",
}
"""Not "may" and "march", which are verbs more often."""
_KIND = {word: kind for kind, listed in _CLASSES.items() for word in listed.split()}
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class _Title:
    """What a title is made of."""

    words: frozenset[str]
    """Stems of its content words but those of its qualifiers."""
    qualifiers: dict[str, frozenset[str]]
    """By kind."""
    told: frozenset[str]
    """All qualifiers of title and opening: what the article is also about."""


def rivals(articles: Sequence[CleanArticle]) -> Iterator[tuple[int, int]]:
    """Pairs of positions, the lower first, whose titles differ in a qualifier of one kind.

    Neither opening has the other's qualifier: a report on Ohio and Iowa is no rival of either.
    """
    titles = [_title(article) for article in articles]
    for kind in (*_CLASSES, "year"):
        named = [i for i, title in enumerate(titles) if title.qualifiers.get(kind)]
        for a, b in _of_one_template([titles[i].words for i in named]):
            i, j = named[a], named[b]
            first, second = titles[i], titles[j]
            if (
                not first.qualifiers[kind] <= second.told
                and not second.qualifiers[kind] <= first.told
            ):
                yield i, j


def _of_one_template(titles: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Pairs of positions, the lower first, of titles that share enough words."""
    words = word_matrix(dict.fromkeys(title, 1.0) for title in titles)
    sizes = np.array([len(title) for title in titles])
    shared = sparse.triu(words @ words.T, k=1).tocoo()
    least = np.maximum(_LEAST_SHARED, _SHARED * np.minimum(sizes[shared.row], sizes[shared.col]))
    enough = shared.data >= least
    return zip(shared.row[enough].tolist(), shared.col[enough].tolist(), strict=True)


def _title(article: CleanArticle) -> _Title:
    text = article.article.title
    found = _qualifiers(text)
    own = {stem for _, words in found for word in words.split("-") for stem in content_words(word)}
    kinds = {kind for kind, _ in found}
    return _Title(
        frozenset(content_words(text)) - own,
        {kind: frozenset(word for k, word in found if k == kind) for kind in kinds},
        frozenset(word for _, word in _qualifiers(text_of(article))),
    )


def _qualifiers(text: str) -> list[tuple[str, str]]:
    """Kind and word of each."""
    words = tokens(text)
    joined = [*words, *(f"{a}-{b}" for a, b in pairwise(words))]
    found = [(_KIND[word], word) for word in joined if word in _KIND]
    found += [("year", word) for word in words if _YEAR.fullmatch(word)]
    return found
