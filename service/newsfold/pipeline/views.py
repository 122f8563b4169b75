"""What of an article is compared with other articles: its opening, its title, and their vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsfold.pipeline.facts import content_words, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from newsfold.pipeline.ports import Embedder
    from newsfold.pipeline.types import CleanArticle, Vectors

_EMBEDDED_WORDS = 120
"""With the title about the encoder's 256 tokens."""


@dataclass(frozen=True, slots=True)
class ArticleVectors:
    """Unit vectors of the same articles in the same order."""

    texts: Vectors
    """Of title and opening, shape (n, d)."""
    titles: Vectors
    """Of the title alone, shape (n, d)."""

    def __getitem__(self, rows: Sequence[int]) -> ArticleVectors:
        """Those of some of the articles."""
        return ArticleVectors(self.texts[list(rows)], self.titles[list(rows)])


async def article_vectors(articles: Sequence[CleanArticle], embedder: Embedder) -> ArticleVectors:
    """Embed what is compared. Raises ModelFailed."""
    found = await embedder.embed(
        [*(text_of(article) for article in articles), *(title_of(article) for article in articles)]
    )
    return ArticleVectors(found[: len(articles)], found[len(articles) :])


def text_of(article: CleanArticle) -> str:
    """Title and opening."""
    return opening(article, _EMBEDDED_WORDS)


def title_of(article: CleanArticle) -> str:
    """The title; the first sentence of an article that has none."""
    return article.article.title.strip() or article.sentences[0].text


def opening(article: CleanArticle, words: int) -> str:
    """The title and the first words of the clean text; a text that repeats its title says it once.

    Of a headline without a body that leaves the headline.
    """
    title, *text = _opening(article, words)
    told = " ".join(text)
    return f"{title}. {told}" if title and told else title or told


def opening_words(article: CleanArticle, words: int) -> list[str]:
    """The content words of the same, in order: of the sentences, whose words are known."""
    return [word for part in _opening(article, words) for word in content_words(part)]


def _opening(article: CleanArticle, words: int) -> Iterator[str]:
    """The title, which may be empty, and sentences of so many words, the last one cut."""
    title = article.article.title.strip()
    yield title
    left = words
    for i, sentence in enumerate(article.sentences[: words // 3]):
        if i == 0 and title and tokens(sentence.text) == tokens(title):
            continue
        told = sentence.text.split()
        if len(told) >= left:
            yield " ".join(told[:left])
            return
        yield sentence.text
        left -= len(told)
