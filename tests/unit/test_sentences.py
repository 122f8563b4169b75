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
        "Sen. Dale Orrick (R-Ind.), who wrote the bill, met Rep. Ilse Vetch (D-Ore.) on Monday.",
        "Retired Army Lt. Gen. Piet Valdane led the search for the crew.",
        "“Who will pay?” she asked the council.",
    ],
)
def test_a_sentence_is_not_broken_at_its_inner_full_stops(first: str) -> None:
    """Whatever stands after it."""
    assert sentences(f"{first} Nothing more was known on Friday.") == [
        first,
        "Nothing more was known on Friday.",
    ]


def test_a_missing_space_does_not_join_two_sentences() -> None:
    """As carelessly assembled pages have it."""
    body = "The board closed the eastern wall.The ferry uses the western berth."
    assert len(sentences(body)) == 2


LEAD = "The harbour board closed the eastern breakwater on Monday."


@pytest.mark.parametrize(
    "fragment",
    [
        "HARBOUR BOARD CLOSES EASTERN BREAKWATER AFTER FERRY STRIKES WALL AT PORT CALLAN",
        "Harbour Board Closes Eastern Breakwater After Ferry Strikes Wall at Port Callan",
        "and the deputy harbour master, who had been on the quay since dawn.",
        "The board published the full letter that it had sent to the owners on Friday:",
        "See the wall before it fell pic.twitter.com/q7Zk2LwX9a — Callan (@callan) May 4, 2026.",
    ],
)
def test_what_is_no_sentence_of_the_article_is_left_out(fragment: str) -> None:
    """Headlines, torn lines, introductions and posts."""
    assert sentences(f"{LEAD}\n\n{fragment}\n\nDivers went down at noon.") == [
        LEAD,
        "Divers went down at noon.",
    ]


def test_a_sentence_that_an_excerpt_cuts_off_is_left_out() -> None:
    """The end of the paragraph is missing."""
    assert sentences(
        f"{LEAD} Divers will examine the wall as soon as the swell allows them to go"
    ) == [LEAD]


def test_related_headlines_pasted_after_a_name_take_their_sentence_along() -> None:
    """They cannot be cut out, since a sentence is one range of the body."""
    pasted = (
        "Sen. Joanna Rusk Joanna Marie RuskFerry inquiry opens in May Overnight Shipping: board"
        " closes wall | Owners sue MORE (R-Ind.) said the wall was sound."
    )
    assert sentences(f"{LEAD} {pasted} Divers went down at noon.") == [
        LEAD,
        "Divers went down at noon.",
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
