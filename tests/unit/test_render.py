"""Answers as text, Markdown and JSON: every source numbered, nothing from outside trusted."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from newsfold.client import article
from newsfold.render import (
    clusters_text,
    info_text,
    ledger_table,
    summaries_markdown,
    summaries_text,
    to_json,
)
from newsfold.render.markdown import escaped
from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

ARTICLES = [
    article(id="a", title="Bridge falls", body="It fell. Twelve hurt.", source="The Post"),
    article(id="b", title="Bridge down", body="It fell. Ten hurt.", url="https://example.org/b)"),
    article(id="c", title="Bridge falls", body="It fell. Twelve hurt.", url="javascript:alert(1)"),
]


def plain(renderables: Iterable[RenderableType]) -> str:
    """What a pipe would get."""
    out = StringIO()
    console = Console(file=out, width=100, markup=False, highlight=False, emoji=False)
    for renderable in renderables:
        console.print(renderable)
    return out.getvalue()


@pytest.fixture
def response() -> pb.SummarizeArticlesResponse:
    """One story of three articles, one a copy, that disagree; one article rejected."""
    story = pb.Story(
        id="s",
        headline="A bridge fell",
        sentences=[
            pb.SummarySentence(
                text="It fell.",
                origin=pb.SENTENCE_ORIGIN_WRITTEN,
                evidence=[
                    pb.Evidence(article_id="b", start=0, end=8),
                    pb.Evidence(article_id="a", start=0, end=8),
                ],
            ),
            pb.SummarySentence(
                text="Twelve hurt.",
                origin=pb.SENTENCE_ORIGIN_EXTRACTED,
                evidence=[pb.Evidence(article_id="a", start=9, end=21)],
                verdict=pb.Verdict(check=pb.CHECK_NUMBER, found="13"),
            ),
        ],
        articles=[
            pb.StoryArticle(id="a", index=0, role=pb.ARTICLE_ROLE_REPRESENTATIVE),
            pb.StoryArticle(id="b", index=1, role=pb.ARTICLE_ROLE_MEMBER),
            pb.StoryArticle(id="c", index=2, role=pb.ARTICLE_ROLE_EXACT_COPY, copy_of="a"),
        ],
        conflicts=[
            pb.Conflict(
                kind=pb.CONFLICT_KIND_FIGURE,
                subject="hurt",
                sides=[
                    pb.ConflictSide(value="Twelve", evidence=[pb.Evidence(article_id="a")]),
                    pb.ConflictSide(value="Ten", evidence=[pb.Evidence(article_id="b")]),
                ],
            )
        ],
        write_mode=pb.WRITE_MODE_ABSTRACTIVE,
    )
    return pb.SummarizeArticlesResponse(
        stories=[story],
        rejected=[pb.RejectedArticle(id="d", index=3, detail="nothing but boilerplate")],
        usage=pb.Usage(
            input_tokens=30,
            dropped_tokens=12,
            groups=4,
            groups_selected=2,
            articles=[
                pb.ArticleUsage(
                    article_id=name,
                    tokens_in=10,
                    tokens_boilerplate=1,
                    tokens_not_selected=3,
                    tokens_written=6,
                )
                for name in "abc"
            ],
        ),
    )


def test_text_tells_story_sources_conflicts_and_what_was_dropped(
    response: pb.SummarizeArticlesResponse,
) -> None:
    """Line by line as a reader sees it."""
    text = plain(summaries_text(response, ARTICLES))
    folded = " ".join(text.split())
    for expected in (
        "1. A bridge fell",
        "3 articles, 1 of them a copy",
        "It fell. [1][2]",
        "Twelve hurt. [1] extracted: the written form failed its number check (13)",
        "exact copy of [1]",
        "hurt: Twelve [1] / Ten [2]",
        "Not used: 1 article",
        "d: nothing but boilerplate",
        "Dropped 12 of 30 tokens: 3 boilerplate, 0 over the limit, 9 read but in no summary.",
        "2 of 4 overlap groups told.",
    ):
        assert expected in folded


def test_every_number_that_is_cited_is_listed(response: pb.SummarizeArticlesResponse) -> None:
    """In text and Markdown alike."""
    text = plain(summaries_text(response, ARTICLES))
    assert all(f"   [{number}]  " in text for number in (1, 2, 3))
    markdown = summaries_markdown(response, ARTICLES)
    assert all(f"\n{number}. " in markdown for number in (1, 2, 3))


def test_text_from_outside_cannot_steer_the_terminal(
    response: pb.SummarizeArticlesResponse,
) -> None:
    """Escape sequences and characters that turn the line around are replaced."""
    hostile = [pb.Article.FromString(a.SerializeToString()) for a in ARTICLES]
    hostile[0].title = "\x1b]0;owned\x07\u202egnirts"
    response.stories[0].headline = "\x1b[2J[bold]gone[/bold]"
    text = plain(summaries_text(response, hostile))
    assert not set(text) & {"\x1b", "\x07", "\u202e"}
    assert "[bold]gone[/bold]" in text


def test_markdown_links_web_addresses_and_no_others(
    response: pb.SummarizeArticlesResponse,
) -> None:
    """With brackets in them made safe."""
    markdown = summaries_markdown(response, ARTICLES)
    assert "(https://example.org/b%29)" in markdown
    assert "javascript" not in markdown


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_escaped_text_holds_no_markup(text: str) -> None:
    """Each special character has a backslash before it, and nothing else changed."""
    line = escaped(text)
    bare = line.replace("\\\\", "")
    specials = "`*_[]<>|~&$"
    assert all(bare[i - 1] == "\\" for i, char in enumerate(bare) if char in specials)
    assert not line.startswith(("#", "- ", "+ ", "1."))


def test_the_ledger_lists_every_article_and_adds_up(
    response: pb.SummarizeArticlesResponse,
) -> None:
    """Sums in the last line."""
    text = plain([ledger_table(response.usage, ARTICLES)])
    last = [cell.strip() for cell in text.splitlines()[-2].strip("|").split("|")]
    assert last == ["all", "30", "3", "0", "9", "18"]
    assert len(text.splitlines()) == 3 + 3 + 3


def test_json_is_the_canonical_mapping(response: pb.SummarizeArticlesResponse) -> None:
    """CamelCase names, 64-bit integers as strings, defaults present; it parses back."""
    text = to_json(response)
    loaded = json.loads(text)
    assert loaded["usage"]["inputTokens"] == "30"
    assert loaded["stories"][0]["articles"][0]["index"] == 0
    assert loaded["timings"] == []
    assert json_format.Parse(text, pb.SummarizeArticlesResponse()) == response


def test_clusters_show_what_several_sources_tell() -> None:
    """The words of the group's most central sentence, and who tells it."""
    shared = pb.OverlapGroup(
        sentences=[
            pb.Evidence(article_id="a", start=0, end=8),
            pb.Evidence(article_id="b", start=0, end=8),
        ],
        source_count=2,
    )
    alone = pb.OverlapGroup(
        sentences=[pb.Evidence(article_id="b", start=9, end=18)], source_count=1
    )
    story = pb.StoryCluster(
        articles=[pb.StoryArticle(id="a", index=0), pb.StoryArticle(id="b", index=1)],
        groups=[shared, alone],
    )
    text = plain(clusters_text(pb.ClusterArticlesResponse(stories=[story]), ARTICLES))
    assert "It fell. [1][2]" in text
    assert "Ten hurt." not in text
    assert "1 story in" in text


def test_clusters_show_figures_and_what_is_disputed() -> None:
    """With who gives them, below the words of the group."""
    both = [pb.Evidence(article_id=name, start=0, end=8) for name in "ab"]
    group = pb.OverlapGroup(
        sentences=both,
        source_count=2,
        figures=[
            pb.Figure(value="at least 30", unit="people", sentences=[0]),
            pb.Figure(value="£4m", unit="£", sentences=[0, 1]),
        ],
        conflicts=[0],
    )
    story = pb.StoryCluster(
        articles=[pb.StoryArticle(id="a", index=0), pb.StoryArticle(id="b", index=1)],
        groups=[group],
        conflicts=[pb.Conflict(kind=pb.CONFLICT_KIND_FIGURE, subject="killed")],
    )
    text = plain(clusters_text(pb.ClusterArticlesResponse(stories=[story]), ARTICLES))
    assert "figures: at least 30 people [1]; £4m [1][2]; disputed: killed" in text


def test_groups_beyond_those_shown_are_counted() -> None:
    """Nothing is left out in silence."""
    both = [pb.Evidence(article_id=name, start=0, end=8) for name in "ab"]
    story = pb.StoryCluster(
        articles=[pb.StoryArticle(id="a", index=0), pb.StoryArticle(id="b", index=1)],
        groups=[pb.OverlapGroup(sentences=both, source_count=2) for _ in range(8)],
    )
    text = plain(clusters_text(pb.ClusterArticlesResponse(stories=[story]), ARTICLES))
    assert "and 3 more groups; --json lists all" in text


def test_info_names_models_defaults_and_limits() -> None:
    """Enough to know what answers."""
    info = pb.GetServiceInfoResponse(
        version="1.2",
        writer=pb.ModelInfo(name="w", sha256="ab" * 32, family="bart", max_input_tokens=1024),
        limits=[pb.Limit(name="max_articles", value=2000, unit="articles", description="D")],
        default_options=pb.SummaryOptions(
            target_words=100, story_mode=pb.STORY_MODE_SINGLE_STORY, headline=True
        ),
        device="cpu",
    )
    text = plain(info_text(info))
    assert "newsfold 1.2 on cpu" in text
    assert "w (bart, reads 1024 tokens), sha256 abababababababab" in text
    assert "target_words 100, story_mode single story, headline True" in text
    assert "max_articles  2,000  articles  D" in text
