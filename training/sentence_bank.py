"""All sentences of an archive, tokenised once, with what fusion mining asks of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy import sparse

from training import text
from training.archive import Article

MIN_INPUT_WORDS, MAX_INPUT_WORDS = 6, 60


@dataclass(frozen=True)
class Sentence:
    """One sentence and the article (index) and place it has in the archive."""

    text: str
    article: int
    place: int
    name_words: frozenset[str]

    @cached_property
    def words(self) -> list[str]:
        """Words as written."""
        return text.words(self.text)

    @cached_property
    def content(self) -> list[str]:
        """Lower-case content words in order."""
        return text.content(self.words)

    @cached_property
    def content_set(self) -> frozenset[str]:
        """The distinct content words."""
        return frozenset(self.content)

    @cached_property
    def bigrams(self) -> frozenset[tuple[str, str]]:
        """Pairs of words next to each other, lower-case."""
        lower = [word.lower() for word in self.words]
        return frozenset(pairwise(lower))

    @cached_property
    def facts(self) -> frozenset[str]:
        """Names and numbers: what a summary must never get wrong. Numbers carry a leading "#"."""
        figures = {"#" + number for number in text.numbers(self.words)}
        return frozenset(text.names(self.words, self.name_words) | figures)

    @cached_property
    def known_facts(self) -> frozenset[str]:
        """What facts of another sentence this one can support: its words and its numbers."""
        figures = {"#" + number for number in text.numbers(self.words)}
        return frozenset({word.lower() for word in self.words} | figures)


class SentenceBank:
    """Sentences by article, and a sparse sentence x content-word matrix for fast overlaps."""

    def __init__(self, articles: Sequence[Article]) -> None:
        """Splits and tokenises every article: about 1,500 articles a second on one core."""
        raw = [text.sentences(article.text) for article in articles]
        self.name_words = text.learn_name_words(text.words(s) for group in raw for s in group)
        self.sentences: list[Sentence] = []
        self.spans: list[range] = []
        for article, group in enumerate(raw):
            start = len(self.sentences)
            for place, sentence in enumerate(group):
                if MIN_INPUT_WORDS <= sentence.count(" ") + 1 <= MAX_INPUT_WORDS:
                    self.sentences.append(Sentence(sentence, article, place, self.name_words))
            self.spans.append(range(start, len(self.sentences)))
        self.matrix = _binary_matrix(
            text.content(text.words(sentence.text)) for sentence in self.sentences
        )
        self._weighted, self._transposed = _rare_words(self.matrix)

    def of_articles(self, articles: Iterable[int]) -> np.ndarray:
        """Indices of all sentences of these articles, in the articles' order."""
        spans = [np.arange(self.spans[a].start, self.spans[a].stop) for a in articles]
        return np.concatenate(spans) if spans else np.zeros(0, dtype=int)

    def similar(self, indices: Sequence[int], most: int) -> np.ndarray:
        """Indices of the sentences of the whole archive nearest to each of these, doubles once.

        Background facts return in articles that are no neighbours at all; this finds them.
        """
        scores = (self._weighted[list(indices)] @ self._transposed).tocsr()
        found = []
        for start, end in pairwise(scores.indptr):
            row = scores.data[start:end]
            top = np.argpartition(-row, most)[:most] if len(row) > most else np.arange(len(row))
            found.append(scores.indices[start:end][top])
        return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=int)


def _rare_words(matrix: sparse.csr_matrix) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Inverse-document-frequency weights, words of more than 0.5% of all sentences left out."""
    frequency = np.asarray(matrix.sum(axis=0)).ravel()
    weights = np.log(matrix.shape[0] / np.maximum(frequency, 1.0)).astype(np.float32)
    weights[frequency > max(50, 0.005 * matrix.shape[0])] = 0.0
    weighted = (matrix @ sparse.diags(weights)).tocsr()
    weighted.eliminate_zeros()
    plain = weighted.copy()
    plain.data[:] = 1.0
    return weighted, plain.T.tocsr()


def _binary_matrix(documents: Iterable[list[str]]) -> sparse.csr_matrix:
    vocabulary: dict[str, int] = {}
    columns: list[int] = []
    starts = [0]
    for document in documents:
        columns += sorted({vocabulary.setdefault(word, len(vocabulary)) for word in document})
        starts.append(len(columns))
    data = np.ones(len(columns), dtype=np.float32)
    return sparse.csr_matrix((data, columns, starts), shape=(len(starts) - 1, len(vocabulary)))
