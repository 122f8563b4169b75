"""Real coverage through the shipped server: the talks in Moscow of 12 April 2017."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from newsfold.readers import read_bytes
from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from pathlib import Path

    from newsfold.client import Client

TALKS = {"seed", "OEhhuxIKi3nEhwOu", "eWexetk4kkVNq3NL", "zrkse2ZXsJhQ0WJl"}
"""Four reports of the meeting itself, one of them the web page with the debris."""
NORTH_KOREA = "5urmIKrye059Znn5"
PRESS_SECRETARY = "pLaTUb4zQMMz2REG"
WEB_DEBRIS = ("Open Image Modal", "Getty", "Image caption", "Read more")


@pytest.fixture(scope="module")
def answer(shipped: Client, corpora: Path) -> tuple[dict[str, str], pb.SummarizeArticlesResponse]:
    """Bodies by id, and the stories."""
    name = "seed_story.jsonl"
    read = read_bytes((corpora / name).read_bytes(), name=name, suffix=".jsonl")
    articles = [found.article for found in read]
    return {a.id: a.body for a in articles}, shipped.summarize(articles)


@pytest.mark.corpus
def test_the_reports_of_the_talks_are_one_story_and_others_are_not_in_it(
    answer: tuple[dict[str, str], pb.SummarizeArticlesResponse],
) -> None:
    """Neither the vice president's words on North Korea nor the press secretary's."""
    stories = [{a.id for a in story.articles} for story in answer[1].stories]
    [talks] = [members for members in stories if "seed" in members]
    assert talks >= TALKS
    assert not talks & {NORTH_KOREA, PRESS_SECRETARY}


@pytest.mark.corpus
def test_no_article_is_lost_and_no_debris_of_the_web_is_in_a_summary(
    answer: tuple[dict[str, str], pb.SummarizeArticlesResponse],
) -> None:
    """Every article is in one story or rejected."""
    bodies, response = answer
    placed = [a.id for story in response.stories for a in story.articles]
    assert sorted([*placed, *(r.id for r in response.rejected)]) == sorted(bodies)
    for story in response.stories:
        for debris in WEB_DEBRIS:
            assert debris not in f"{story.headline} {story.summary}"


@pytest.mark.corpus
def test_an_extracted_sentence_is_the_passage_that_it_cites(
    answer: tuple[dict[str, str], pb.SummarizeArticlesResponse],
) -> None:
    """White space aside: offsets are code points of the body as sent."""
    bodies, response = answer
    extracted = [
        sentence
        for story in response.stories
        for sentence in story.sentences
        if sentence.origin == pb.SENTENCE_ORIGIN_EXTRACTED
    ]
    for sentence in extracted:
        cited = sentence.evidence[0]
        passage = bodies[cited.article_id][cited.start : cited.end]
        assert " ".join(passage.split()) == sentence.text
