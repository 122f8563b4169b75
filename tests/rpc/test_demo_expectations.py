"""What `tests/data/demo_expectations.json` says of the demo holds on the shipped server."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.conflicts import tells_one_side
from newsfold.pipeline.agreement import number_of
from newsfold.readers import read_bytes
from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.client import Client

EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "demo_expectations.json").read_text(encoding="utf-8")
)
DEMO = [
    found.article
    for found in read_bytes(
        (files("newsfold.demo") / "articles.jsonl").read_bytes(),
        name="articles.jsonl",
        suffix=".jsonl",
    )
]
BODIES = {article.id: article.body for article in DEMO}
MODES = (pb.WRITE_MODE_ABSTRACTIVE, pb.WRITE_MODE_EXTRACTIVE)


@pytest.fixture(scope="module")
def answers(shipped: Client) -> list[pb.SummarizeArticlesResponse]:
    """The demo in both write modes."""
    return [shipped.summarize(DEMO, pb.SummaryOptions(write_mode=mode)) for mode in MODES]


@pytest.fixture(scope="module")
def clusters(shipped: Client) -> pb.ClusterArticlesResponse:
    """All that a summary may be made of."""
    return shipped.cluster(DEMO)


def story_of(answer: pb.SummarizeArticlesResponse, name: str) -> pb.Story:
    """The story that an article is in."""
    [story] = [s for s in answer.stories if name in {a.id for a in s.articles}]
    return story


def test_the_stories_are_the_expected_ones(answers: Sequence[pb.SummarizeArticlesResponse]) -> None:
    """And nothing is rejected."""
    expected = {frozenset(members) for members in EXPECTED["stories"]}
    for answer in answers:
        assert {frozenset(a.id for a in story.articles) for story in answer.stories} == expected
        assert not answer.rejected
        for one, other in EXPECTED["must_not_merge"]:
            assert story_of(answer, one).id != story_of(answer, other).id


def test_near_copies_are_told(answers: Sequence[pb.SummarizeArticlesResponse]) -> None:
    """These and no others."""
    copies = {
        (a.id, a.copy_of) for story in answers[0].stories for a in story.articles if a.copy_of
    }
    assert copies == {tuple(pair) for pair in EXPECTED["near_copies"]}


def test_conflicts_are_found_with_the_sides_of_the_right_articles(
    answers: Sequence[pb.SummarizeArticlesResponse],
) -> None:
    """And no other conflict in any story; a copy is no evidence."""
    expected = [(c["story"], c["figures"], c["claims"]) for c in EXPECTED["conflicts"]]
    expected += [(c["story"], c["weekdays"], c["claims"]) for c in EXPECTED["weekday_conflicts"]]
    for answer in answers:
        assert sum(len(story.conflicts) for story in answer.stories) == len(expected)
        for name, values, claims in expected:
            wanted = {number_of(value): set(claims[value]) for value in values}
            found = [
                {number_of(s.value): {e.article_id for e in s.evidence} for s in conflict.sides}
                for conflict in story_of(answer, name).conflicts
            ]
            [sides] = [sides for sides in found if sides.keys() == wanted.keys()]
            for value, articles in sides.items():
                assert articles
                assert articles <= wanted[value]


def test_no_side_of_a_conflict_is_told_alone(
    answers: Sequence[pb.SummarizeArticlesResponse],
) -> None:
    """Neither in the summary nor in the headline."""
    for answer in answers:
        for expected in (*EXPECTED["conflicts"], *EXPECTED["weekday_conflicts"]):
            values = expected.get("figures") or expected["weekdays"]
            story = story_of(answer, expected["story"])
            assert not tells_one_side(story.summary, values), story.summary
            assert not tells_one_side(story.headline, values), story.headline


def test_a_quotation_that_articles_share_is_whole_in_each_of_them(
    clusters: pb.ClusterArticlesResponse,
) -> None:
    """In a sentence of every article that has it, copies aside, and of no other."""
    copies = {copy for copy, _ in EXPECTED["near_copies"]}
    sentences = [s for story in clusters.stories for g in story.groups for s in g.sentences]
    for shared in EXPECTED["shared_quotes"]:
        holding = {s.article_id for s in sentences if shared["quote"] in quoted(s)}
        assert holding == set(shared["in"]) - copies


def quoted(passage: pb.Evidence) -> str:
    """The words of a passage."""
    return " ".join(BODIES[passage.article_id][passage.start : passage.end].split())


def test_no_caption_and_no_debris_is_in_a_sentence(
    answers: Sequence[pb.SummarizeArticlesResponse], clusters: pb.ClusterArticlesResponse
) -> None:
    """Of a group, and so of a summary; nor in a headline."""
    told = [quoted(s) for story in clusters.stories for g in story.groups for s in g.sentences]
    told += [f"{story.headline} {story.summary}" for a in answers for story in a.stories]
    for unwanted in (*EXPECTED["captions"], *EXPECTED["debris"]):
        assert not [text for text in told if unwanted in text]
