"""Every fault of a request is found, whatever its text; what is fit to serve passes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsfold.pipeline.errors import InvalidRequest
from newsfold.pipeline.limits import Limits
from newsfold.pipeline.types import Article, Options
from newsfold.pipeline.validate import validate, violations

LIMITS = Limits(max_articles=5, max_body_chars=50, max_field_chars=10)
OPTIONS = Options(target_words=100)
GOOD = Article("a", "Title", "A bridge fell.")


def reasons(*articles: Article, options: Options = OPTIONS) -> list[tuple[str, str]]:
    """(field, reason) of each fault."""
    return [(v.field, v.reason) for v in violations(articles, options, LIMITS)]


def test_a_good_request_passes() -> None:
    """With every white space a text may have."""
    validate([replace(GOOD, body="One.\r\n\tTwo.\u2028Three.")], OPTIONS, LIMITS)


def test_c1_characters_pass() -> None:
    """Quotes of Windows-1252 decoded as Latin-1 are common on the web."""
    assert reasons(replace(GOOD, body="It\x92s \x93here\x94.")) == []


def test_all_faults_are_told_at_once() -> None:
    """In the order of the request, the options first."""
    found = reasons(
        replace(GOOD, body=" \n"),
        replace(GOOD, title="x" * 11, body="y" * 51),
        options=Options(target_words=0, max_sentences=-1, num_beams=9),
    )
    assert found == [
        ("options.target_words", "OUT_OF_RANGE"),
        ("options.max_sentences", "OUT_OF_RANGE"),
        ("options.num_beams", "OUT_OF_RANGE"),
        ("articles[0].body", "REQUIRED"),
        ("articles[1].body", "TOO_LONG"),
        ("articles[1].title", "TOO_LONG"),
        ("articles[1].id", "DUPLICATE"),
    ]


def test_no_articles_and_too_many() -> None:
    """The count and the limit are in the text."""
    assert reasons() == [("articles", "REQUIRED")]
    [fault] = violations([GOOD] * 6, OPTIONS, LIMITS)
    assert (fault.field, fault.reason) == ("articles", "TOO_MANY")
    assert fault.description == "6 articles; the limit is 5"


def test_a_lone_surrogate_is_no_text() -> None:
    """A local caller can send one; the wire cannot."""
    with pytest.raises(InvalidRequest, match=r"U\+D800 at code point 2"):
        validate([replace(GOOD, body="ab\ud800")], OPTIONS, LIMITS)


FORBIDDEN = sorted({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})


@given(
    before=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20),
    control=st.sampled_from(FORBIDDEN),
)
def test_a_control_character_is_found_where_it_stands(before: str, control: int) -> None:
    """By code point, whatever is before it."""
    [fault] = violations([replace(GOOD, body=f"{before}{chr(control)}x")], OPTIONS, LIMITS)
    assert fault.reason == "CONTROL_CHARACTER"
    assert f"U+{control:04X} at code point {len(before)};" in fault.description


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=50))
def test_text_without_control_characters_is_never_a_fault(text: str) -> None:
    """Of any script."""
    expected = [("articles[0].body", "REQUIRED")] if text.isspace() else []
    assert reasons(replace(GOOD, body=text)) == expected
