"""Input files -> articles: what each format gives, and how a bad file is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsfold.readers import InputError, read_bytes, read_file
from newsfold.readers.dates import moment

if TYPE_CHECKING:
    from pathlib import Path

    from newsfold.readers import ReadArticle
    from newsfold.v1 import newsfold_pb2 as pb

PAGE = """<!doctype html><html lang="en"><head><title>Bridge falls | The Post</title>
<meta property="og:site_name" content="The Post"><meta property="og:title" content="Bridge falls">
<meta property="article:published_time" content="2026-03-10T07:40:00Z">
<link rel="canonical" href="https://example.org/bridge"></head><body><nav>Home News Sport</nav>
<article><h1>Bridge falls</h1>
<p>The old rope bridge over the Tamsel gorge collapsed on Tuesday morning, police said.</p>
<p>Twelve walkers were treated in hospital, and the gorge road was closed until further notice.</p>
</article><footer>Copyright</footer></body></html>"""


def only(found: list[ReadArticle]) -> pb.Article:
    """The one article there is."""
    assert len(found) == 1
    return found[0].article


def fault(data: str | bytes, suffix: str) -> InputError:
    """The error that some bytes raise."""
    raw = data.encode() if isinstance(data, str) else data
    with pytest.raises(InputError) as caught:
        read_bytes(raw, name="feed", suffix=suffix)
    return caught.value


def test_the_first_line_of_a_text_is_its_title(tmp_path: Path) -> None:
    """Blank lines between paragraphs stay; a byte order mark and blank ends go."""
    file = tmp_path / "bridge.txt"
    file.write_bytes("\ufeff\nBridge falls\n\nIt fell.\n\nNobody knows why.\n".encode())
    article = only(read_file(file))
    assert (article.title, article.body) == ("Bridge falls", "It fell.\n\nNobody knows why.")


def test_a_text_of_one_line_is_all_body() -> None:
    """A title alone would leave nothing to summarise."""
    article = only(read_bytes(b"It fell.", name="x", suffix=".txt"))
    assert (article.title, article.body) == ("", "It fell.")


@pytest.mark.parametrize("key", ["body", "text", "content"])
def test_the_text_may_stand_under_three_names(key: str) -> None:
    """As feeds and data sets have it."""
    line = json.dumps({key: "It fell.", "source": "The Post", "url": "https://example.org"})
    article = only(read_bytes(line.encode(), name="x", suffix=".jsonl"))
    assert (article.body, article.source, article.url) == (
        "It fell.",
        "The Post",
        "https://example.org",
    )


@pytest.mark.parametrize(
    "document",
    [
        {"body": "a"},
        [{"body": "a"}],
        {"articles": [{"body": "a"}]},
    ],
)
def test_a_json_document_may_have_three_shapes(document: object) -> None:
    """One article, a list, or the shape of a request."""
    assert only(read_bytes(json.dumps(document).encode(), name="x", suffix=".json")).body == "a"


def test_options_in_a_document_are_refused_rather_than_ignored() -> None:
    """They would change the answer."""
    error = fault('{"articles": [{"body": "a"}], "options": {"targetWords": 5}}', ".json")
    assert error.field == "options"


@given(
    bodies=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5),
    ascii_only=st.booleans(),
)
def test_json_lines_give_back_every_body_in_order(bodies: list[str], ascii_only: bool) -> None:
    """Line separators inside a string (U+2028, U+0085) do not part it."""
    text = "\n\n".join(json.dumps({"body": b}, ensure_ascii=ascii_only) for b in bodies)
    found = read_bytes(text.encode(), name="feed", suffix=".jsonl")
    assert [read.article.body for read in found] == bodies
    assert [read.origin for read in found] == [f"feed:{2 * n + 1}" for n in range(len(bodies))]


def test_a_bad_line_is_named_by_file_line_and_field() -> None:
    """So that it can be found in a long feed."""
    feed = '{"body": "a"}\n{"body": "b", "date": "yesterday"}\n'
    assert str(fault(feed, ".jsonl")).startswith("feed:2: date: 'yesterday' is not a date")
    assert str(fault('{"body": "a"}\n{"body": 7}\n', ".jsonl")) == (
        "feed:2: body: expected a string, found a number"
    )
    assert str(fault('{"body": "a"}\n{"title": "b"}\n', ".jsonl")) == (
        "feed:2: body: missing; expected body, text or content"
    )
    assert str(fault('{"body": "a"}\n{"body": \n', ".jsonl")).startswith("feed:2: not JSON")
    assert str(fault('[{"body": "a"}, 3]', ".json")) == (
        "feed: articles[1]: an article is a JSON object, not a number"
    )
    assert str(fault('{\n"body": "a",\n}', ".json")).startswith("feed:3: not JSON")


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (b"", ".txt"),
        (b" \n ", ".txt"),
        (b"", ".jsonl"),
        (b"[]", ".json"),
        (b"\xff\xfe\x00", ".txt"),
        (b'{"body": "\\ud800"}', ".jsonl"),
        (b"[" * 100_000, ".json"),
        (b'{"id": ' + b"9" * 5_000 + b', "body": "a"}', ".json"),
        (b"<html><body></body></html>", ".html"),
        (b"", ".html"),
    ],
)
def test_what_is_no_article_is_refused_with_the_files_name(data: bytes, suffix: str) -> None:
    """Empty, not UTF-8, half a surrogate, too deep, too long a number, a page without text."""
    assert str(fault(data, suffix)).startswith("feed")


def test_bytes_that_are_not_text_are_found_by_line() -> None:
    """The first one."""
    error = fault(b"Title\nfine\nbad \xe9 byte", ".txt")
    assert (error.line, error.problem) == (3, "byte 0xe9 is not UTF-8 text")


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    """With the reason of the system."""
    with pytest.raises(InputError, match="No such file"):
        read_file(tmp_path / "none.txt")


def test_a_page_gives_text_title_outlet_date_and_address() -> None:
    """Menus and footers stay out, and the headline is not repeated in the text."""
    article = only(read_bytes(PAGE.encode(), name="x", suffix=".html"))
    assert article.title == "Bridge falls"
    assert article.source == "The Post"
    assert article.url == "https://example.org/bridge"
    assert article.publish_time.ToDatetime(UTC).date().isoformat() == "2026-03-10"
    assert article.body.startswith("The old rope bridge")
    assert "Copyright" not in article.body


@pytest.mark.parametrize(
    ("data", "bodies"),
    [
        ('{"body": "a"}\n{"body": "b"}', ["a", "b"]),
        ('{"body": "a"}', ["a"]),
        ('{\n  "body": "a"\n}', ["a"]),
        ('[{"body": "a"}, {"body": "b"}]', ["a", "b"]),
        ("[Update] Bridge falls\nIt fell.", ["It fell."]),
        ("Bridge falls\n{sic} It fell.", ["{sic} It fell."]),
    ],
)
def test_standard_input_is_told_by_how_it_begins(data: str, bodies: list[str]) -> None:
    """JSON lines, a document, or text."""
    found = read_bytes(data.encode(), name="stdin")
    assert [read.article.body for read in found] == bodies


def test_a_page_on_standard_input_is_read_as_one() -> None:
    """By its first tag."""
    assert only(read_bytes(PAGE.encode(), name="stdin")).source == "The Post"


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_date_means_the_same_in_every_notation(naive: datetime) -> None:
    """ISO 8601 with and without zone, RFC 2822, seconds and milliseconds."""
    when = naive.replace(microsecond=0, tzinfo=UTC)
    seconds = int(when.timestamp())
    notations: list[str | float] = [
        when.isoformat(),
        when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        when.replace(tzinfo=None).isoformat(),
        when.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        seconds,
    ]
    if seconds >= 100_000_000:
        notations.append(seconds * 1000)
    assert {moment(notation) for notation in notations} == {when}


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "32 Foo 2026", float("nan"), 1e300])
def test_what_is_no_date_is_refused(text: str | float) -> None:
    """With what was expected."""
    with pytest.raises(ValueError, match="is not a date; expected ISO 8601"):
        moment(text)
