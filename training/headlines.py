"""Headline rows: lead sentences of an article, or of its near neighbours, and their title."""

import random
from collections.abc import Iterator, Sequence

from training import text
from training.archive import Article
from training.rows import Row
from training.sentence_bank import Sentence, SentenceBank
from training.support import coverage
from training.targets import clean_headline

_LEAD_SENTENCES = 3
_SAME = 0.8  # of all content words


class HeadlineMiner:
    """Mines titles whose names and numbers are all, and words nearly all, in the lead sentences."""

    def __init__(
        self,
        articles: Sequence[Article],
        *,
        bank: SentenceBank,
        neighbours: Sequence[Sequence[tuple[int, float]]],
        min_coverage: float,
        min_similarity: float,
        seed: int,
    ) -> None:
        """`min_similarity`: cosine from which a neighbour's lead may serve as input."""
        self._articles = articles
        self._bank = bank
        self._neighbours = neighbours
        self._min_coverage = min_coverage
        self._min_similarity = min_similarity
        self._seed = seed

    def mine(self, article: int) -> Iterator[tuple[Row, frozenset[int]]]:
        """Yields at most two rows: from the article's own lead, and from the leads of others."""
        title = clean_headline(self._articles[article].title)
        if title is None:
            return
        rng = random.Random(f"{self._seed}/{self._articles[article].id}/title")
        target = Sentence(title, article, -1, self._bank.name_words)
        own = self._lead(article, _LEAD_SENTENCES)
        leads = [own[: rng.randint(1, _LEAD_SENTENCES)], own]
        for inputs in leads:
            if self._states(target, inputs):
                yield self._row("headline", inputs, target)
                break
        others = [
            sentence
            for other, similarity in self._neighbours[article]
            if similarity >= self._min_similarity
            for sentence in self._lead(other, 1)
        ]
        mixed = (own[:1] + others)[:4]
        rng.shuffle(mixed)
        if others and self._states(target, mixed):
            yield self._row("headline-story", mixed, target)

    def _lead(self, article: int, most: int) -> list[Sentence]:
        return [self._bank.sentences[i] for i in self._bank.spans[article][:most]]

    def _states(self, target: Sentence, inputs: Sequence[Sentence]) -> bool:
        """False too where an input repeats the title: that would teach copying.

        A title is often in title case, so only words the archive knows as names are names.
        """
        if not inputs or any(_repeats(target, sentence) for sentence in inputs):
            return False
        facts = {w.lower() for w in target.words if w.lower() in self._bank.name_words}
        facts |= {"#" + number for number in text.numbers(target.words)}
        known = frozenset[str]().union(*(sentence.known_facts for sentence in inputs))
        return facts <= known and coverage(target, inputs) >= self._min_coverage

    def _row(
        self, kind: str, inputs: Sequence[Sentence], target: Sentence
    ) -> tuple[Row, frozenset[int]]:
        article = self._articles[target.article]
        row = Row(
            task="headline",
            kind=kind,
            inputs=tuple(sentence.text for sentence in inputs),
            target=target.text,
            story=article.id,
            month=article.published.isoformat()[:7] if article.published else "",
        )
        return row, frozenset({target.article, *(sentence.article for sentence in inputs)})


def _repeats(target: Sentence, other: Sentence) -> bool:
    union = target.content_set | other.content_set
    return len(target.content_set & other.content_set) > _SAME * len(union)
