"""Figures and days on which sources disagree are worded, and never told as settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from newsfold.pipeline.pipeline import Pipeline
from newsfold.pipeline.tuning import Tuning
from newsfold.pipeline.types import Article, Options, Origin, StoryMode, WriteMode
from newsfold.pipeline.wording import is_attributed, lower_first
from newsfold.settings import Settings
from tests.fakes import BagOfWordsEmbedder, ScriptedWriter

if TYPE_CHECKING:
    from newsfold.pipeline.types import Story, SummarySentence

THIRTY = "At least 30 people were killed when the Brennick tunnel flooded on Friday night."
EIGHTY = "More than 80 people were killed when the Brennick tunnel flooded on Friday night."
SAID = "At least 30 people were killed when the Brennick tunnel flooded on Friday, police said."
PUMPS = "Engineers from three counties brought pumps to the northern mouth of the tunnel."
SCHOOL = "Schools in the valley will stay closed until the road inspectors have finished."
TITLE = "Brennick tunnel floods"


def article(name: str, source: str, *sentences: str, title: str = TITLE) -> Article:
    """An article of these sentences, one a paragraph."""
    return Article(name, title, "\n\n".join(sentences), source, language="en")


async def told(
    *articles: Article, words: int = 60, mode: WriteMode = WriteMode.ABSTRACTIVE
) -> Story:
    """The one story of the articles, by a writer that repeats its first sentence."""
    pipeline = Pipeline(
        embedder=BagOfWordsEmbedder(),
        writer=ScriptedWriter(),
        limits=Settings(),
        tuning=Tuning(),
        code_version="test",
    )
    options = Options(target_words=words, story_mode=StoryMode.SINGLE_STORY, write_mode=mode)
    [story] = (await pipeline.summarize(articles, options)).stories
    return story


def toll(story: Story) -> list[SummarySentence]:
    """The sentences that tell how many were killed."""
    return [s for s in story.sentences if "were killed" in s.text]


COURIER = article("a", "Valley Courier", THIRTY, PUMPS)
TIMES = article("b", "Northern Times", EIGHTY, SCHOOL)


async def test_the_other_side_is_named_behind_the_sentence() -> None:
    """With its source, its own words for the figure, and the evidence of both sides."""
    story = await told(COURIER, TIMES)
    [sentence] = toll(story)
    first, _, second = sentence.text.partition("; ")
    named = {
        f"{THIRTY[:-1]}": "Northern Times gives the number killed as more than 80.",
        f"{EIGHTY[:-1]}": "Valley Courier gives the number killed as at least 30.",
    }
    assert named[first] == second
    assert sentence.origin is Origin.WRITTEN
    assert {e.article for e in sentence.evidence} == {0, 1}
    assert sentence.source_count == 2
    assert 0.6 <= sentence.support <= 1.0


async def test_the_order_of_the_articles_decides_no_side() -> None:
    """Both are in the summary either way."""
    for articles in ((COURIER, TIMES), (TIMES, COURIER)):
        [sentence] = toll(await told(*articles))
        assert "at least 30" in sentence.text.lower()
        assert "more than 80" in sentence.text.lower()


async def test_a_sentence_that_says_who_says_so_is_preferred() -> None:
    """Word for word; the other side is told beside it all the same."""
    story = await told(
        article("a", "Valley Courier", THIRTY, PUMPS),
        article("b", "Northern Times", EIGHTY, SCHOOL),
        article("c", "Coast Radio", SAID),
        mode=WriteMode.EXTRACTIVE,
    )
    assert [s.text for s in toll(story)] == [SAID, EIGHTY]
    assert {s.origin for s in toll(story)} == {Origin.EXTRACTED}


async def test_word_for_word_the_other_side_is_told_in_a_sentence_of_its_own() -> None:
    """EXTRACTIVE promises the words of the articles."""
    story = await told(COURIER, TIMES, mode=WriteMode.EXTRACTIVE)
    assert {s.text for s in toll(story)} == {THIRTY, EIGHTY}
    assert {s.origin for s in story.sentences} == {Origin.EXTRACTED}
    assert story.write_mode is WriteMode.EXTRACTIVE


@pytest.mark.parametrize("words", [14, 22, 30, 40, 60])
async def test_the_words_asked_for_are_kept(words: int) -> None:
    """Both sides count."""
    story = await told(COURIER, TIMES, words=words)
    assert len(story.summary.split()) <= words


async def test_a_side_that_has_no_room_beside_it_gives_way_to_another_sentence() -> None:
    """Nothing is told of the toll rather than half of it."""
    story = await told(COURIER, TIMES, words=14)
    assert not toll(story)
    assert story.conflicts


async def test_what_sources_agree_on_is_left_as_it_is() -> None:
    """Thirty and at least 30 are one number, and one source is no conflict."""
    thirty = THIRTY.replace("At least 30", "Thirty")
    story = await told(COURIER, article("b", "Northern Times", thirty, SCHOOL))
    assert all(";" not in s.text for s in story.sentences)
    alone = await told(COURIER, article("b", "Northern Times", SCHOOL))
    assert all(";" not in s.text for s in alone.sentences)


async def test_a_bound_that_the_other_figure_keeps_is_left_as_it_is() -> None:
    """More than 80, and 84."""
    exact = EIGHTY.replace("More than 80", "Eighty-four")
    story = await told(article("a", "Valley Courier", exact, PUMPS), TIMES)
    assert all(";" not in s.text for s in story.sentences)


@pytest.mark.parametrize(
    "other",
    [
        "A 62-year-old woman was killed when her car left the flooded road at Brennick.",
        "Over a dozen people were killed when the Brennick tunnel flooded on Friday night.",
        "The 82nd Airborne took no part when 1992 saw people killed in the Brennick tunnel.",
        "The flood in the Brennick tunnel trapped 58 people and killed hundreds of cattle.",
        "About 14 percent of people killed when the Brennick tunnel flooded were tourists.",
    ],
)
async def test_what_counts_no_dead_is_no_side(other: str) -> None:
    """An age, a dozen, a year, the count of another word, a share: no count contradicts them."""
    story = await told(COURIER, article("b", "Northern Times", other, SCHOOL))
    assert not story.conflicts
    assert all(";" not in s.text for s in story.sentences)


async def test_days_of_two_things_are_not_set_against_each_other() -> None:
    """The flood was on Friday, the report of it on Sunday."""
    story = await told(
        article("a", "Valley Courier", "On Friday the Brennick tunnel flooded.", PUMPS),
        article("b", "Northern Times", "The county said on Sunday that the tunnel at Brennick had"
                " flooded because its pumps failed.", SCHOOL),
    )  # fmt: skip
    assert all("gives the day" not in s.text for s in story.sentences)


async def test_days_are_worded_too() -> None:
    """Friday or Saturday."""
    day = "The Brennick tunnel flooded on Friday after the river Oss broke its banks."
    story = await told(
        article("a", "Valley Courier", day, PUMPS),
        article("b", "Northern Times", day.replace("Friday", "Saturday"), SCHOOL),
    )
    [sentence] = [s for s in story.sentences if "broke its banks" in s.text]
    assert "gives the day as" in sentence.text
    assert "Friday" in sentence.text
    assert "Saturday" in sentence.text


async def test_a_source_without_a_name_is_another_report() -> None:
    """The frame has a word for it."""
    [sentence] = toll(await told(article("a", "", THIRTY, PUMPS), article("b", "", EIGHTY, SCHOOL)))
    assert "; another report gives the number killed as" in sentence.text


async def test_a_conflict_is_named_once() -> None:
    """The second sentence that tells the toll needs no other side any more."""
    again = "The Oss valley mourned the 30 people killed in it with bells at noon."
    story = await told(
        article("a", "Valley Courier", THIRTY, PUMPS, again.replace("the 30", "at least 30")),
        TIMES,
        words=90,
    )
    assert story.summary.count("gives the number killed as") == 1


@pytest.mark.parametrize("taken", ["30 killed as Brennick tunnel floods", "Toll passes thirty"])
async def test_a_title_that_takes_no_side_is_the_headline(taken: str) -> None:
    """Whatever the others tell beside the figure."""
    story = await told(
        article("a", "Valley Courier", THIRTY, PUMPS, title=taken),
        article("b", "Northern Times", EIGHTY, SCHOOL, title="Pumps at the Brennick tunnel"),
    )
    assert story.headline is not None
    assert story.headline.text == "Pumps at the Brennick tunnel"


@pytest.mark.parametrize(
    ("text", "attributed"),
    [
        ("At least 30 people were killed, police said.", True),
        ("According to the mayor at least 30 people were killed.", True),
        ("At least 30 people were killed on Friday.", False),
        ("At least 30 people were killed, and the mayor said the tunnel was safe.", False),
        ("The mayor said the tunnel was safe, but at least 30 people were killed.", False),
    ],
)
def test_who_says_so_stands_in_the_clause_of_the_figure(text: str, *, attributed: bool) -> None:
    """An attribution of another clause bears on that clause."""
    assert is_attributed(text, "At least 30") is attributed


async def test_word_for_word_both_sides_are_told_where_there_is_nothing_else() -> None:
    """Whatever their length; one alone would be told as settled."""
    story = await told(
        article("a", "Valley Courier", THIRTY),
        article("b", "Northern Times", EIGHTY),
        words=15,
        mode=WriteMode.EXTRACTIVE,
    )
    assert {s.text for s in story.sentences} == {THIRTY, EIGHTY}


async def test_one_source_says_all_it_says_at_once() -> None:
    """The toll and the day."""
    thirty, eighty = (t.replace("tunnel", "tunnel's 14 bays") for t in (THIRTY, EIGHTY))
    story = await told(
        article("a", "Valley Courier", thirty, PUMPS),
        article("b", "Northern Times", eighty.replace("Friday", "Sunday"), SCHOOL),
    )
    text = next(s.text for s in story.sentences if ";" in s.text)
    assert "gives the number killed as" in text
    assert " and the day as " in text
    assert text.count(" gives ") == 1


@pytest.mark.parametrize(
    ("value", "inside"),
    [
        ("At least 30", "at least 30"),
        ("Thirty", "thirty"),
        ("30", "30"),
        ("US$3 million", "US$3 million"),
        ("A$5", "A$5"),
        ("March 3", "March 3"),
        ("Tuesday", "Tuesday"),
    ],
)
def test_a_value_inside_a_sentence_keeps_the_capitals_of_names(value: str, inside: str) -> None:
    """Of days, months and currencies."""
    assert lower_first(value) == inside
