"""Sentences to be judged, of the news corpora: true ones and, made of them, false ones.

    news        a sentence of neus_fulltext before itself and the two sentences of the story's other
                articles that share most words with it
    compressed  a gold compression of google_compression before the sentence it is of

Thresholds of peers are chosen on the dev side (neus_fulltext train; compressions that the rewriter
and the verifier are trained on), tables are made on the test side (val; compressions held out of
training).
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.corpora import DATA, neus_summaries
from training.config import load_config
from training.references import compressions
from training.split import hashed_share
from training.text import content, sentences, words
from training.verifier.corrupt import CORRUPTIONS, OTHER_STORY, corrupt, strangers
from training.verifier.pairs import FAITHFUL
from training.verifier.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NEWS, COMPRESSED = "news", "compressed"
_SENTENCES_A_STORY = 8
_LEAST_WORDS, _MOST_WORDS = 8, 50
_STRANGERS = 8


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, its evidence, and the truth."""

    setting: str
    kind: str
    """FAITHFUL, or what was done to it."""
    evidence: tuple[str, ...]
    sentence: str

    @property
    def supported(self) -> bool:
        """Whether the evidence states it."""
        return self.kind == FAITHFUL


@dataclass(frozen=True, slots=True)
class _True:
    """A true pair and the story it is of."""

    story: str
    evidence: tuple[str, ...]
    sentence: str


def news_cases(split: str, per_kind: int, seed: int) -> list[Case]:
    """Of neus_fulltext `split`, at most `per_kind` of each kind."""
    return _cases(NEWS, _news(split, seed), per_kind, seed)


def compressed_cases(split: str, per_kind: int, seed: int) -> list[Case]:
    """Of google_compression; `split` is "dev" for what training may use, else what it may not."""
    return _cases(COMPRESSED, _compressions(split), per_kind, seed)


def _cases(setting: str, true: Sequence[_True], per_kind: int, seed: int) -> list[Case]:
    order = list(range(len(true)))
    random.Random(seed).shuffle(order)
    texts, stories = [pair.evidence for pair in true], [pair.story for pair in true]
    counts: Counter[str] = Counter()
    found = []
    for index in order:
        pair, key = true[index], f"{seed}/{index}"
        foreign = strangers(texts, stories, pair.story, key, _STRANGERS)
        for case in _variants(setting, pair, foreign, key):
            if counts[case.kind] < per_kind:
                counts[case.kind] += 1
                found.append(case)
    return found


def _variants(setting: str, pair: _True, foreign: Sequence[str], key: str) -> Iterator[Case]:
    yield Case(setting, FAITHFUL, pair.evidence, pair.sentence)
    source = Source(pair.sentence, pair.evidence, foreign)
    for kind in CORRUPTIONS:
        changed = corrupt(kind, source, key)
        if changed is not None:
            yield Case(setting, kind, pair.evidence, changed)
    if foreign:
        yield Case(setting, OTHER_STORY, tuple(foreign[: len(pair.evidence)]), pair.sentence)


def _news(split: str, seed: int) -> list[_True]:
    found = []
    for story in neus_summaries(split):
        articles = [_usable(article.body) for article in story.articles]
        rng = random.Random(f"{seed}/{story.id}")
        every = [(i, text) for i, texts in enumerate(articles) for text in texts]
        for i, text in rng.sample(every, min(_SENTENCES_A_STORY, len(every))):
            others = [t for j, texts in enumerate(articles) for t in texts if j != i and t != text]
            found.append(_True(story.id, (text, *_nearest(text, others)), text))
    return found


def _nearest(text: str, others: Iterable[str]) -> list[str]:
    own = set(content(words(text)))

    def shared(other: str) -> float:
        theirs = set(content(words(other)))
        return len(own & theirs) / max(1, len(own | theirs))

    return sorted(others, key=lambda other: (-shared(other), other))[:2]


def _usable(body: str) -> list[str]:
    return [
        text
        for text in sentences(body)
        if _LEAST_WORDS <= len(text.split()) <= _MOST_WORDS and text.endswith((".", ".”", '."'))
    ]


def _compressions(split: str) -> list[_True]:
    config = load_config()
    found = []
    for row in compressions(DATA / config.data.compressions):
        held_out = hashed_share(row.story) < config.mine.dev_share_of_compressions
        if held_out != (split == "dev"):
            found.append(_True(row.story, row.inputs, row.target))
    return found
