"""Are disagreements of sources found, and does a summary tell one side as settled?

Judged on invented stories, half with one real disagreement and half with what only looks like one;
`tests/data/conflicts` holds them and says how they were made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Result
from newsfold.pipeline.agreement import number_of
from newsfold.pipeline.facts import calendar_days, quantities, weekdays
from newsfold.pipeline.limits import Defaults
from newsfold.pipeline.types import Article, Options, StoryMode, WriteMode

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from newsfold.pipeline.pipeline import Pipeline
    from newsfold.pipeline.types import Conflict, Story

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "conflicts"
PARTS = {
    "first half, seen while the rules were made": "first.jsonl",
    "second half, written after; a fault that it showed is mended": "second.jsonl",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A story of invented articles and what they disagree about."""

    id: str
    articles: tuple[Article, ...]
    values: tuple[str, ...]
    """The values of the sides; none where the articles agree."""


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over cases."""

    right: int
    """Disagreements found with the values that they have."""
    found: int
    """Conflicts that the service found."""
    real: int
    """Disagreements that there are."""
    one_sided: int
    """Stories whose summary or headline has one side's value and not the other's."""


async def conflicts(pipeline: Pipeline) -> list[Result]:
    """Precision and recall of the conflicts, and one-sided summaries, by half and write mode."""
    results = []
    for part, name in PARTS.items():
        cases = read_cases(FOLDER / name)
        stories = [await story_of(pipeline, case) for case in cases]
        score = judged(cases, stories)
        setting = f"{part}, {score.real} of {len(cases)} stories with a disagreement"
        precision = 100 * score.right / max(1, score.found)
        recall = 100 * score.right / max(1, score.real)
        settled = 100 * score.one_sided / max(1, score.real)
        results += [
            Result("conflicts found, precision", "newsfold", setting, precision, "%"),
            Result("conflicts found, recall", "newsfold", setting, recall, "%"),
            Result(
                "summaries that tell a side of a conflict as settled",
                "newsfold",
                setting,
                settled,
                "%",
            ).at_most(0.0),
        ]
    return results


def read_cases(path: Path) -> list[Case]:
    """The cases of a file of `tests/data/conflicts`."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        articles = tuple(
            Article(f"{row['id']}-{i}", a["title"], a["body"], a["source"], language="en")
            for i, a in enumerate(row["articles"])
        )
        found.append(Case(row["id"], articles, tuple(row["values"])))
    return found


async def story_of(
    pipeline: Pipeline,
    case: Case,
    mode: WriteMode = WriteMode.ABSTRACTIVE,
    words: int = Defaults().default_target_words,
) -> Story:
    """The case summarised as one story, the other options as they are by default."""
    options = Options(target_words=words, story_mode=StoryMode.SINGLE_STORY, write_mode=mode)
    [story] = (await pipeline.summarize(case.articles, options)).stories
    return story


def judged(cases: Sequence[Case], stories: Sequence[Story]) -> Score:
    """What was found beside what there is."""
    pairs = list(zip(cases, stories, strict=True))
    return Score(
        right=sum(any(is_of(case, c) for c in story.conflicts) for case, story in pairs),
        found=sum(len(story.conflicts) for _, story in pairs),
        real=sum(bool(case.values) for case in cases),
        one_sided=sum(is_one_sided(case, story) for case, story in pairs),
    )


def is_of(case: Case, conflict: Conflict) -> bool:
    """Whether the sides of a conflict are those of the case."""
    sides = {number_of(side.value) for side in conflict.sides}
    return sides == {number_of(value) for value in case.values}


def is_one_sided(case: Case, story: Story) -> bool:
    """Whether the summary or the headline has the value of one side of the case alone."""
    headline = story.headline.text if story.headline else ""
    return any(tells_one_side(text, case.values) for text in (story.summary, headline))


def tells_one_side(text: str, values: Sequence[str]) -> bool:
    """Whether a text has one of the values, in whatever form, and none of the others."""
    return len({number_of(value) for value in values} & _values(text)) == 1


def _values(text: str) -> set[Hashable]:
    numbers = {quantity.value for quantity in quantities(text)}
    return {day for day, _, _ in (*weekdays(text), *calendar_days(text))} | numbers
