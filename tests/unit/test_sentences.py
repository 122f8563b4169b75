"""Sentences: abbreviations, quotations, wrapped lines, languages."""

import pytest

from newsfold.pipeline.sentences import detect_language, prepare, split_text
from newsfold.pipeline.tuning import CleanTuning
from newsfold.pipeline.types import Article, CleanArticle, Rejected, RejectionReason


def sentences(body: str, language: str = "en") -> list[str]:
    """The sentences of a body."""
    prepared = prepare(Article("a", "", body, language=language), 0, CleanTuning())
    assert isinstance(prepared, CleanArticle)
    return [s.text for s in prepared.sentences]


@pytest.mark.parametrize(
    "first",
    [
        "He met Sen. Jane Roe at 3 p.m. Tuesday in the U.S. Capitol.",
        "The mayor of St. Brannoc paid Acme Inc. $5.2 million on Jan. 5 for the site.",
        "Prof. J. K. Smith and Dr. Ilse Vetch agreed with the finding of the panel.",
        "“It is over for the old line,” she said after the vote.",
        'The driver shouted: "Stop. Now."',
        "No. 10 would not comment on the plan.",
    ],
)
def test_a_sentence_is_not_broken_at_its_inner_full_stops(first: str) -> None:
    """Whatever stands after it."""
    assert sentences(f"{first} Nothing more was known on Friday.") == [
        first,
        "Nothing more was known on Friday.",
    ]


def test_a_sentence_ends_at_its_paragraph() -> None:
    """A heading without a full stop does not run into the text."""
    body = (
        "The old bridge over the river will be closed to all traffic in May\n\nIt is 90 years old."
    )
    assert len(sentences(body)) == 2


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    """As mail and wire systems send them."""
    body = (
        "The harbour board said on Monday that the eastern breakwater would be\n"
        "closed until divers had examined the wall. Ferries will use the western\n"
        "berth meanwhile. The board expects the work to take about three weeks,\n"
        "and asked the owners of small boats to keep clear of the entrance while\n"
        "the divers are in the water."
    )
    assert sentences(body)[1] == "Ferries will use the western berth meanwhile."


def test_a_quotation_that_goes_on_in_the_next_paragraph_keeps_its_sentences() -> None:
    """An opening mark that is never closed holds nothing together."""
    body = "“The wall is sound. We looked at every stone.\n\n“The pier is not.”"
    assert sentences(body) == [
        "“The wall is sound.",
        "We looked at every stone.",
        "“The pier is not.”",
    ]


def test_japanese_is_split_at_its_own_marks() -> None:
    """By the fallback splitter."""
    body = "東京で大きな地震がありました。被害は報告されていません。"
    assert len(sentences(body, "ja")) == 2


def test_one_headline_is_a_usable_sentence_where_there_is_nothing_else() -> None:
    """A feed of headlines is news too."""
    assert sentences("Harbour board closes eastern breakwater") == [
        "Harbour board closes eastern breakwater"
    ]


def test_a_body_without_words_is_rejected() -> None:
    """With the reason."""
    prepared = prepare(Article("a", "", "12 34. 56!"), 0, CleanTuning())
    assert isinstance(prepared, Rejected)
    assert prepared.reason is RejectionReason.NO_USABLE_SENTENCE


def test_the_declared_language_wins_over_the_detected_one() -> None:
    """Its primary subtag, that is."""
    body = "The harbour board closed the breakwater on Monday after the storm."
    prepared = prepare(Article("a", "", body, language="de-CH"), 0, CleanTuning())
    assert isinstance(prepared, CleanArticle)
    assert prepared.language == "de"


def test_the_language_of_a_paragraph_is_detected() -> None:
    """And that of three words is not guessed."""
    german = "Die Hafenbehörde hat am Montag nach dem Sturm die östliche Mole gesperrt."
    assert detect_language(german) == "de"
    assert detect_language("Mole gesperrt") == ""


def test_a_summary_is_split_without_an_article() -> None:
    """For models that write several sentences."""
    assert split_text("The pier is closed. Dr. Vetch agreed.", "en") == (
        "The pier is closed.",
        "Dr. Vetch agreed.",
    )
