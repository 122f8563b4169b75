"""Reports that share their wording and not their facts are of two events."""

from __future__ import annotations

import pytest

from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.series import by_wording
from newsfold.pipeline.tuning import CleanTuning, StoryTuning
from newsfold.pipeline.types import Article, CleanArticle

FORM = """Police are looking for {name}, {age}, who was last seen in {street} on {day}.

The teenager left home in {town} at about {hour} to meet friends and has not been in touch since.
Officers are growing concerned for the safety of the missing teenager, who is {height} tall and has
short dark hair.

Anyone who sees {name} is asked to call the police at once, quoting incident {number}."""
ONE = {
    "name": "Ada Fell", "age": "14", "street": "Quay Street", "day": "Monday", "town": "Pell",
    "hour": "4.15pm", "height": "150cm", "number": "311",
}  # fmt: skip
OTHER = {
    "name": "Tom Garrow", "age": "16", "street": "Mill Lane", "day": "Friday", "town": "Besk",
    "hour": "9.30pm", "height": "181cm", "number": "702",
}  # fmt: skip
SPEECH = """“Nobody in this town will be asked to leave the homes that their grandparents built
beside the harbour, and whoever says that we have sold the land has not read a single page of the
agreement that the council signed in front of everybody in the hall last week,” {who} said."""


def apart(*bodies: str, language: str = "en") -> bool:
    """Whether two articles with these bodies are."""
    texts = ["\n\n".join(" ".join(part.split()) for part in b.split("\n\n")) for b in bodies]
    made = [
        prepare(Article(str(i), "Police look", text, language=language), i, CleanTuning())
        for i, text in enumerate(texts)
    ]
    articles = [article for article in made if isinstance(article, CleanArticle)]
    assert len(articles) == len(bodies)
    return len(by_wording(articles, StoryTuning())) == 1


def test_a_form_filled_in_twice_is_of_two_events() -> None:
    """Every name and number is another."""
    assert apart(FORM.format(**ONE), FORM.format(**OTHER))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="a copy"),
        pytest.param({"day": "Friday"}, id="one word"),
        pytest.param({"age": "15", "hour": "5pm", "height": "152cm"}, id="figures that are mended"),
        pytest.param(
            {"name": "Àda Féll", "street": "Qùay Strèet", "town": "Pèll"},
            id="accents",
        ),
    ],
)
def test_a_copy_or_an_update_is_of_one_event(changed: dict[str, str]) -> None:
    """Most of its facts are the same."""
    assert not apart(FORM.format(**ONE), FORM.format(**ONE | changed))


def test_what_only_one_of_them_adds_tells_of_no_other_event() -> None:
    """A longer version has names that the shorter lacks, and lacks none."""
    added = "dark hair, said her aunt Iris Holm of Tarn, whom Garrow, Roe and Pike joined."
    longer = FORM.format(**ONE).replace("dark hair.", added)
    assert longer != FORM.format(**ONE)
    assert not apart(FORM.format(**ONE), longer)
    assert not apart(longer, FORM.format(**ONE))


def test_one_figure_that_changes_is_an_update() -> None:
    """Though it may be all that a text states."""
    told = """At least {} people were hurt when a ferry hit a wall in the harbour at noon, the
    coastguard said. It had come from the island with people who work in the town. Divers will
    look at the wall as soon as the wind allows, and boats stay in the harbour until then."""
    assert not apart(told.format(12), told.format(14))


def test_a_report_that_goes_on_with_a_story_is_of_it() -> None:
    """It opens as the first did, and has a new second half."""
    opens = """The ferry Merrow Lady struck the eastern breakwater at Port Callan in a gale on
    Tuesday, the coastguard said. She had come from Skerrow Island with 214 people on board, and
    at least 30 of them were hurt, most of them when the lights went out on the car deck.\n\n"""
    first = """Divers of the Harbour Trust will look at the wall on Wednesday at 9am, said Iris
    Holm, who has worked there for 27 years. Sailings to Tarn and Besk are off."""
    second = """Owners Callan Lines sent Tom Garrow and 12 engineers from Pell by Friday at 6pm.
    Ministers in Orlen have asked Judge Ida Penhallow for a report in 90 days."""
    assert not apart(opens + first, opens + second)


def test_only_where_capitals_are_names() -> None:
    """In German every noun has one."""
    assert not apart(FORM.format(**ONE), FORM.format(**OTHER), language="de")


def test_a_speech_that_both_quote_is_no_wording_of_theirs() -> None:
    """Their own words are others."""
    one = "Mayor Ada Fell of Pell spoke on Monday to 300 people, and 12 objected.\n\n"
    other = "Residents of Quay Street had come with Tom Garrow; 41 letters were handed over.\n\n"
    first, second = one + SPEECH.format(who="Ada Fell"), other + SPEECH.format(who="the mayor")
    assert not apart(first, second)


def test_a_few_words_are_no_form() -> None:
    """Headlines and short items share theirs by chance."""
    one, other = (f"{who} won the {year} cup in {town}." for who, year, town in (
        ("Ada Fell", 2024, "Pell"), ("Tom Garrow", 2025, "Besk")))  # fmt: skip
    assert not apart(one, other)
