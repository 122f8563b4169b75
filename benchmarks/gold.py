"""Articles whose stories are known, in the settings that groupings of them are judged in.

Every article of a set counts. One that Newsfold rejects is a story of its own to it; its peers see
its title and text as they see those of the others.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.corpora import article_of, date_of, rows
from newsfold.pipeline import cohort
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.stories import cluster, cuts
from newsfold.pipeline.tuning import Tuning
from newsfold.pipeline.types import Article, CleanArticle, Granularity, StoryMode
from newsfold.pipeline.views import ArticleVectors, opening, text_of, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from newsfold.pipeline.ports import Embedder
    from newsfold.pipeline.tuning import StoryTuning
    from newsfold.pipeline.types import Vectors

MIXES = 5
_MIX_STORIES = 100
_WINDOW = dt.timedelta(days=21)
_LEAST_STORIES = 3
"""Of a window of one topic."""
_MOST_WINDOWS = 10
_TUNING = Tuning()


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Articles in one order, with the story of each and what systems compare of them."""

    read: list[CleanArticle | None]
    """As Newsfold reads them; None for one that it rejects."""
    gold: list[str]
    languages: list[str]
    """As the corpus says; "" where it does not."""
    openings: list[str]
    """Title and opening of each, as they are embedded."""
    texts: list[str]
    """Title and the words that Newsfold counts."""
    vectors: Vectors
    """Of the openings, shape (n, d)."""
    titles: Vectors
    cohort: Vectors | None

    def only(self, wanted: Sequence[int]) -> GoldSet:
        """The articles at these positions."""
        places = list(wanted)
        return GoldSet(
            [self.read[i] for i in places],
            [self.gold[i] for i in places],
            [self.languages[i] for i in places],
            [self.openings[i] for i in places],
            [self.texts[i] for i in places],
            self.vectors[places],
            self.titles[places],
            self.cohort,
        )

    def in_language(self, language: str) -> GoldSet:
        """The articles that the corpus says are in it."""
        return self.only([i for i, found in enumerate(self.languages) if found == language])

    def of_stories(self, stories: Iterable[str]) -> GoldSet:
        """The articles of these stories."""
        wanted = frozenset(stories)
        return self.only([i for i, story in enumerate(self.gold) if story in wanted])

    @property
    def rejected(self) -> int:
        """Articles that Newsfold does not take."""
        return self.read.count(None)

    def labels(self, tuning: StoryTuning) -> list[str]:
        """The story of each article as the service finds it with these defaults."""
        articles, vectors = self._taken()
        found = cluster(articles, vectors, StoryMode.AUTO, Granularity.NORMAL, tuning, self.cohort)
        story_of = {member.index: story.id for story in found for member in story.members}
        return self._all_of([story_of[i] for i in range(len(articles))])

    def labels_at(self, heights: Sequence[float], tuning: StoryTuning) -> list[list[str]]:
        """The same, for each height of the cut."""
        articles, vectors = self._taken()
        found = cuts(articles, vectors, heights, tuning, self.cohort)
        return [self._all_of([str(label) for label in labels]) for labels in found]

    def _taken(self) -> tuple[list[CleanArticle], ArticleVectors]:
        places = [i for i, article in enumerate(self.read) if article]
        kept = (article for article in self.read if article)
        articles = [replace(article, index=i) for i, article in enumerate(kept)]
        return articles, ArticleVectors(self.vectors[places], self.titles[places])

    def _all_of(self, labels: Sequence[str]) -> list[str]:
        left = iter(labels)
        return [next(left) if a else f"rejected {i}" for i, a in enumerate(self.read)]


async def read_set(found: Iterable[Mapping[str, object]], embedder: Embedder) -> GoldSet:
    """The articles of rows with `id`, `title`, `text`, `cluster` and perhaps `date`."""
    read: list[CleanArticle | None] = []
    gold, languages, openings, texts, titles = [], [], [], [], []
    for row in found:
        article = article_of(row)
        taken = prepare(article, len(read), _TUNING.clean)
        clean = taken if isinstance(taken, CleanArticle) else None
        read.append(clean)
        gold.append(str(row["cluster"]))
        languages.append(str(row.get("lang") or ""))
        openings.append(text_of(clean) if clean else _raw(article, _TUNING.stories.lead_words))
        words = _TUNING.stories.text_words
        texts.append(opening(clean, words) if clean else _raw(article, words))
        titles.append(title_of(clean) if clean else article.title)
    vectors = await embedder.embed([*openings, *titles])
    strangers = cohort.load(embedder.sha256)
    return GoldSet(
        read=read,
        gold=gold,
        languages=languages,
        openings=openings,
        texts=texts,
        vectors=vectors[: len(read)],
        titles=vectors[len(read) :],
        cohort=strangers,
    )


def random_mixes(gold: GoldSet) -> list[GoldSet]:
    """Stories at random, by seeds 1 to `MIXES`."""
    stories = sorted(set(gold.gold))
    size = min(_MIX_STORIES, len(stories))
    return [
        gold.of_stories(random.Random(seed).sample(stories, size)) for seed in range(1, MIXES + 1)
    ]


def topic_windows(found: Iterable[Mapping[str, object]]) -> list[list[str]]:
    """Stories of one topic within three weeks: the windows with most stories, no story in two.

    The topic, and a date that is missing, are those that allsides_articles has for the title; a
    story is of the topic of most of its articles and of its middle date.
    """
    known = {_plain(row["title"]): row for row in rows("allsides_articles")}
    told: dict[str, list[Mapping[str, object]]] = defaultdict(list)
    for row in found:
        other = known.get(_plain(row["title"]), {})
        told[str(row["cluster"])].append(
            {"topic": other.get("topic"), "date": row["date"] or other.get("published")}
        )
    placed = []
    for story, articles in told.items():
        topics = Counter(str(a["topic"]) for a in articles if a["topic"])
        dates = sorted(date for a in articles if (date := date_of(a["date"])))
        if topics and dates:
            placed.append((topics.most_common(1)[0][0], dates[len(dates) // 2], story))
    return densest(placed)


def densest(placed: Sequence[tuple[str, dt.datetime, str]]) -> list[list[str]]:
    """The stories of each window, given (topic, date, story); the window with most stories first.

    Each story is in one window at most, and no window has fewer than three.
    """
    left = sorted(placed)
    found: list[list[str]] = []
    while len(found) < _MOST_WINDOWS:
        windows = (
            [one for one in left if one[0] == topic and start <= one[1] < start + _WINDOW]
            for topic, start, _ in left
        )
        best = max(windows, key=len, default=[])
        if len(best) < _LEAST_STORIES:
            break
        found.append([story for _, _, story in best])
        left = [one for one in left if one not in best]
    return found


def _raw(article: Article, words: int) -> str:
    """The title and the first words of a text that was not read; once if they are the same."""
    body = " ".join(article.body.split()[:words])
    return body if _plain(body) == _plain(article.title) else f"{article.title}. {body}"


def _plain(title: object) -> str:
    return " ".join(re.findall(r"\w+", str(title or "").lower()))
