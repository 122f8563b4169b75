"""Disagreements of invented stories, on the shipped server: found, and never told by halves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.conflicts import FOLDER, PARTS, Case, read_cases, tells_one_side
from newsfold.pipeline.agreement import number_of
from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from newsfold.client import Client

CASES = [case for name in PARTS.values() for case in read_cases(FOLDER / name)]


def told(client: Client, case: Case, mode: pb.WriteMode.ValueType, words: int) -> pb.Story:
    """The case as one story."""
    articles = [
        pb.Article(id=a.id, title=a.title, body=a.body, source=a.source, language=a.language)
        for a in case.articles
    ]
    options = pb.SummaryOptions(
        target_words=words, story_mode=pb.STORY_MODE_SINGLE_STORY, write_mode=mode
    )
    [story] = client.summarize(articles, options).stories
    return story


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_disagreement_is_found_and_no_side_of_it_is_told_alone(
    shipped: Client, case: Case
) -> None:
    """In either write mode, in a short summary too, and in the headline; others find nothing."""
    for mode in (pb.WRITE_MODE_ABSTRACTIVE, pb.WRITE_MODE_EXTRACTIVE):
        for words in (100, 20):
            story = told(shipped, case, mode, words)
            found = [{number_of(side.value) for side in c.sides} for c in story.conflicts]
            assert found == ([{number_of(value) for value in case.values}] if case.values else [])
            if case.values:
                assert not tells_one_side(story.summary, case.values), story.summary
                assert not tells_one_side(story.headline, case.values), story.headline
                assert story.summary


@pytest.mark.parametrize("mode", [pb.WRITE_MODE_ABSTRACTIVE, pb.WRITE_MODE_EXTRACTIVE])
def test_a_headline_of_titles_that_all_take_sides_has_both(
    shipped: Client, mode: pb.WriteMode.ValueType
) -> None:
    """In brackets, or two titles where only words of the articles may stand."""
    [case] = [case for case in CASES if case.id == "quarry-slide"]
    titles = ("30 killed in landslide at Besk quarry", "Besk landslide kills more than 80")
    articles = [
        pb.Article(id=a.id, title=title, body=a.body, source=a.source)
        for a, title in zip(case.articles, titles, strict=True)
    ]
    options = pb.SummaryOptions(story_mode=pb.STORY_MODE_SINGLE_STORY, write_mode=mode)
    [story] = shipped.summarize(articles, options).stories
    assert story.headline in (
        ("30 killed in landslide at Besk quarry (Tarn Radio: more than 80)",
         "Besk landslide kills more than 80 (Orlen Gazette: at least 30)")
        if mode == pb.WRITE_MODE_ABSTRACTIVE
        else (" / ".join(titles), " / ".join(reversed(titles)))
    )  # fmt: skip
    assert {e.article_id for e in story.headline_sentence.evidence} == {a.id for a in articles}


def test_groups_tell_their_figures_and_conflicts_over_the_wire(shipped: Client) -> None:
    """The sentences that state a figure hold it; the conflict's evidence is in the group."""
    [case] = [case for case in CASES if case.id == "bridge-cost"]
    articles = [
        pb.Article(id=a.id, title=a.title, body=a.body, source=a.source) for a in case.articles
    ]
    options = pb.SummaryOptions(story_mode=pb.STORY_MODE_SINGLE_STORY)
    [story] = shipped.cluster(articles, options).stories
    bodies = {a.id: a.body for a in case.articles}
    stated = {}
    for group in story.groups:
        for figure in group.figures:
            for place in figure.sentences:
                passage = group.sentences[place]
                assert figure.value in bodies[passage.article_id][passage.start : passage.end]
            stated[figure.value] = (figure.unit, list(group.conflicts))
    assert stated == {"£4.2m": ("£", [0]), "£6.5m": ("£", [0])}
    assert [list(g.conflicts) for g in story.groups].count([0]) >= 1
    assert story.conflicts[0].subject == "amount in £"
