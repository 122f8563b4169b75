"""Titles of one template that tell of two events: "Roe wins Ohio primary", "Roe wins Iowa primary".

Results, matches, warnings and monthly figures come in series whose reports share nearly all their
words. Two reports are rivals, of two events, where their titles share most words and

- differ in a qualifier of one kind, a place, a month, a magnitude (see `qualifiers`), or
- are the same but for a few words that hold a name, or
- are the same, a month or more apart,

or where their texts share wording and not facts, or come again (see `series`).

Any differing name or figure would not do: of 1,516 pairs that one parted among 3,000 articles of
the train split of neus_clusters, 132 were one story (2026-11-25). Of 301 that the rules for titles
part among 4,499, 3 are (2026-11-26; ADR 21).
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from newsfold.pipeline.facts import STOPWORDS, content_words, tokens
from newsfold.pipeline.folding import folded, folded_names
from newsfold.pipeline.qualifiers import magnitudes, qualifiers
from newsfold.pipeline.series import by_wording
from newsfold.pipeline.time_apart import days_of
from newsfold.pipeline.views import text_of
from newsfold.pipeline.word_matrix import word_matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from newsfold.pipeline.qualifiers import Qualifier
    from newsfold.pipeline.tuning import StoryTuning
    from newsfold.pipeline.types import CleanArticle


def rivals(articles: Sequence[CleanArticle], tuning: StoryTuning) -> NDArray[np.bool_]:
    """Which pairs are, shape (n, n), symmetric.

    By its title never where the opening of one tells what is the other's own: a report on Ohio and
    Iowa is no rival of either.
    """
    n = len(articles)
    found = np.zeros((n, n), dtype=np.bool_)
    if tuning.templates:
        for pairs in (
            _by_qualifier(articles, tuning),
            _by_name(articles, tuning),
            _by_date(articles, tuning),
            by_wording(articles, tuning),
        ):
            found[pairs[:, 0], pairs[:, 1]] = True
    return found | found.T


def _by_qualifier(articles: Sequence[CleanArticle], tuning: StoryTuning) -> NDArray[np.intp]:
    """Pairs whose titles share enough other words, and differ in a qualifier of one kind."""
    own = [_own(article) for article in articles]
    told = cache(lambda i: _told(articles[i], tuning))
    words = [
        frozenset(content_words(article.article.title)) - _stems(mine)
        for article, mine in zip(articles, own, strict=True)
    ]
    alike = _sharing(words, tuning.template_words, tuning.template_share)
    parted = [alike[:0]]
    for kind in sorted({kind for mine in own for kind, _ in mine}):
        named = [_of_kind(kind, mine) for mine in own]
        parted.append(_told_apart(alike, named, lambda i: _of_kind(kind, told(i))))  # noqa: B023 - called at once
    return np.concatenate(parted)


def _by_name(articles: Sequence[CleanArticle], tuning: StoryTuning) -> NDArray[np.intp]:
    """Pairs whose titles are the same but for a few words, with a name that the other has not."""
    titles = [article.article.title.strip() for article in articles]
    frames = word_matrix(dict.fromkeys(_frames(title, tuning), 1.0) for title in titles)
    found = _above_diagonal(frames @ frames.T)
    alike = np.stack([found.row, found.col], axis=1).astype(np.intp)
    own: list[list[str]] = [[] for _ in articles]
    for i in np.unique(alike):
        told = text_of(articles[i])[len(titles[i]) :]
        own[i] = sorted({*folded(titles[i])} & {*folded_names(told)})
    return _told_apart(alike, own, lambda i: folded(text_of(articles[i])))


def _by_date(articles: Sequence[CleanArticle], tuning: StoryTuning) -> NDArray[np.intp]:
    """Pairs of nearly the same title, and more than `template_days` apart."""
    titles = [frozenset(content_words(article.article.title)) for article in articles]
    alike = _sharing(titles, tuning.template_words, tuning.template_repeat)
    days = days_of(articles)
    far = np.abs(days[alike[:, 0]] - days[alike[:, 1]]) > tuning.template_days
    return np.asarray(alike[far])


def _sharing(titles: Sequence[frozenset[str]], least: int, share: float) -> NDArray[np.intp]:
    """Pairs of positions, the lower first, of titles that share enough words, shape (pairs, 2)."""
    words = word_matrix(dict.fromkeys(title, 1.0) for title in titles)
    sizes = np.array([len(title) for title in titles])
    shared = _above_diagonal(words @ words.T)
    shorter = np.minimum(sizes[shared.row], sizes[shared.col])
    enough = shared.data >= np.maximum(least, share * shorter)
    return np.stack([shared.row[enough], shared.col[enough]], axis=1).astype(np.intp)


def _told_apart(
    pairs: NDArray[np.intp],
    own: Sequence[Sequence[str]],
    told: Callable[[int], Iterable[str]],
) -> NDArray[np.intp]:
    """Those of the pairs in which each has a word of its own that the other does not tell."""
    sizes = np.array([len(words) for words in own])
    named = pairs[(sizes[pairs] > 0).all(axis=1)]
    places, rows = np.unique(named, return_inverse=True)
    n = len(places)
    both = word_matrix(
        dict.fromkeys(words, 1.0) for words in [*(own[i] for i in places), *map(told, places)]
    )
    first, second = rows.reshape(named.shape).T
    apart = np.ones(len(named), dtype=np.bool_)
    for a, b in ((first, second), (second, first)):
        held = np.asarray(both[a].multiply(both[n + b]).sum(axis=1)).ravel()
        apart &= held < sizes[places[a]]
    return named[apart]


def _above_diagonal(product: sparse.csr_matrix) -> sparse.coo_matrix:
    return sparse.triu(product, k=1).tocoo()


def _own(article: CleanArticle) -> set[Qualifier]:
    """What says of which event an article is: its title, and the first magnitude it gives."""
    title = article.article.title
    first = magnitudes(text_of(article))[:1]
    return {*qualifiers(title), *(("magnitude", f"{size:.1f}") for size in first)}


def _told(article: CleanArticle, tuning: StoryTuning) -> set[Qualifier]:
    """All that title and opening name; of a magnitude all that are near it: they are revised."""
    text = text_of(article)
    steps = range(-round(10 * tuning.template_magnitude), round(10 * tuning.template_magnitude) + 1)
    near = {f"{size + step / 10:.1f}" for size in magnitudes(text) for step in steps}
    return {*qualifiers(text), *(("magnitude", size) for size in near)}


def _of_kind(kind: str, found: Iterable[Qualifier]) -> list[str]:
    return [word for k, word in found if k == kind]


def _stems(found: Iterable[Qualifier]) -> set[str]:
    return {stem for _, words in found for word in words.split("-") for stem in content_words(word)}


def _frames(title: str, tuning: StoryTuning) -> set[str]:
    """The title with each run of up to `template_slot` words left out."""
    words = tokens(title)
    told = [0, *accumulate(word not in STOPWORDS for word in words)]
    heads = [" ".join(words[:end]) for end in range(len(words))]
    tails = [" ".join(words[start:]) for start in range(len(words) + 1)]
    most = told[-1] - tuning.template_words
    return {
        f"{heads[start]} _ {tails[end]}"
        for start in range(len(words))
        for end in range(start + 1, min(start + tuning.template_slot, len(words)) + 1)
        if told[end] - told[start] <= most
    }
