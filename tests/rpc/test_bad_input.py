"""Bad input over the wire: the error names the field and the limit, and the server lives on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest

from newsfold.client import InputTooLongError, InvalidRequestError, article
from newsfold.v1 import newsfold_pb2 as pb
from tests.unit.serving import real_server

if TYPE_CHECKING:
    from collections.abc import Iterable

    from newsfold.client import Client

NEWS = (
    "The old rope bridge over the Tamsel gorge collapsed on Tuesday morning, injuring 12.\n\n"
    "Police closed the gorge road and asked walkers to stay away from the cliffs until Friday."
)
JAPANESE = "東京で火曜日に大きな橋が崩れました。けが人はいないと警察は発表しました。"


def refusal(
    client: Client, articles: Iterable[pb.Article], options: pb.SummaryOptions | None = None
) -> dict[str, str]:
    """What was wrong with a request: field path -> description."""
    with pytest.raises(InvalidRequestError) as refused:
        client.summarize(articles, options)
    assert refused.value.status is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.reason
    return {v.field: v.description for v in refused.value.violations}


def alive(client: Client) -> bool:
    """Whether the next request is answered."""
    return len(client.summarize([article(body=NEWS)]).stories) == 1


def test_no_articles(client: Client) -> None:
    """There is nothing to do."""
    assert "articles" in refusal(client, [])
    assert alive(client)


def test_an_empty_body(client: Client) -> None:
    """Named by its place; the good article beside it is not blamed."""
    faults = refusal(client, [article(body=NEWS), article(title="A title", body="")])
    assert list(faults) == ["articles[1].body"]


def test_only_boilerplate(client: Client) -> None:
    """No article of the request has a usable sentence."""
    faults = refusal(client, [article(body="Advertisement\n\nRead more"), article(body="12. 34!")])
    assert list(faults) == ["articles[0].body", "articles[1].body"]


def test_boilerplate_beside_news_is_rejected_with_its_reason_and_the_news_is_told(
    client: Client,
) -> None:
    """Nothing is lost: the one is in a story, the other in rejected."""
    answer = client.summarize([article(id="ad", body="Advertisement"), article(id="b", body=NEWS)])
    assert [(r.id, r.reason) for r in answer.rejected] == [
        ("ad", pb.REJECTION_REASON_ONLY_BOILERPLATE)
    ]
    assert [a.id for story in answer.stories for a in story.articles] == ["b"]


def test_10001_articles(client: Client) -> None:
    """The limit is in the text."""
    faults = refusal(client, [article(body=NEWS)] * 10_001)
    assert "10001" in faults["articles"].replace(",", "")
    assert "2000" in faults["articles"].replace(",", "")
    assert alive(client)


def test_a_body_of_20_megabytes(client: Client) -> None:
    """It reaches the validation, which names it and the limit."""
    faults = refusal(client, [article(body="word " * 4_000_000)])
    assert "1000000" in faults["articles[0].body"].replace(",", "")
    assert alive(client)


def test_duplicate_ids(client: Client) -> None:
    """The second is at fault."""
    faults = refusal(client, [article(id="a", body=NEWS), article(id="a", body=NEWS)])
    assert list(faults) == ["articles[1].id"]


def test_control_characters(client: Client) -> None:
    """Named with their place; tab and line breaks are text."""
    assert "articles[0].body" in refusal(client, [article(body=NEWS + "\x00")])
    assert client.summarize([article(body=NEWS.replace(" ", "\t", 1))]).stories


def test_unknown_enum_values(client: Client) -> None:
    """Each option that has one."""
    options = pb.SummaryOptions()
    options.story_mode = 77  # type: ignore[assignment]
    options.granularity = 78  # type: ignore[assignment]
    faults = refusal(client, [article(body=NEWS)], options)
    assert set(faults) == {"options.story_mode", "options.granularity"}


@pytest.mark.parametrize("field", ["target_words", "max_sentences", "num_beams"])
def test_negative_lengths(client: Client, field: str) -> None:
    """Zero beams are the default, a negative number of anything is a fault."""
    options = pb.SummaryOptions(**{field: -3})  # type: ignore[arg-type]
    assert list(refusal(client, [article(body=NEWS)], options)) == [f"options.{field}"]


def test_every_fault_is_told_at_once(client: Client) -> None:
    """Not only the first."""
    options = pb.SummaryOptions(target_words=-1, num_beams=-1)
    faults = refusal(client, [article(body=""), article(body="")], options)
    assert len(faults) == 4


def test_bytes_that_are_no_message(address: str) -> None:
    """INVALID_ARGUMENT and not INTERNAL."""
    with grpc.insecure_channel(address) as channel:
        call: Any = channel.unary_unary("/newsfold.v1.SummarizationService/SummarizeArticles")
        with pytest.raises(grpc.RpcError) as refused:
            call(b"\xff\xff\xff\xff", timeout=30)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_text_that_is_no_utf8(address: str) -> None:
    """A title of Latin-1 bytes."""
    wrong = b"\x0a\x08" + b"\x12\x06\xe9t\xe9 fr"
    with grpc.insecure_channel(address) as channel:
        call: Any = channel.unary_unary("/newsfold.v1.SummarizationService/SummarizeArticles")
        with pytest.raises(grpc.RpcError) as refused:
            call(wrong, timeout=30)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_body_in_japanese_is_extracted_and_the_answer_says_why(client: Client) -> None:
    """The embedded model writes English only; nothing is refused or lost."""
    [story] = client.summarize([article(body=JAPANESE)]).stories
    assert story.write_mode == pb.WRITE_MODE_EXTRACTIVE
    assert {s.verdict.check for s in story.sentences} == {pb.CHECK_LANGUAGE}
    for sentence in story.sentences:
        cited = sentence.evidence[0]
        assert JAPANESE[cited.start : cited.end] == sentence.text


def test_one_sentence(client: Client) -> None:
    """Is its own summary."""
    only = "The old rope bridge over the Tamsel gorge collapsed on Tuesday morning."
    [story] = client.summarize([article(body=only)]).stories
    assert story.summary == only


def test_one_article(client: Client) -> None:
    """Is one story with an id made for it."""
    [story] = client.summarize([article(body=NEWS)]).stories
    assert [a.id for a in story.articles] == ["article-1"]


def test_the_same_article_twice(client: Client) -> None:
    """One story, one source."""
    [story] = client.summarize([article(body=NEWS), article(body=NEWS)]).stories
    assert sorted(a.role for a in story.articles) == [
        pb.ARTICLE_ROLE_REPRESENTATIVE,
        pb.ARTICLE_ROLE_EXACT_COPY,
    ]
    assert {s.source_count for s in story.sentences} == {1}


def test_input_over_the_token_limit_is_refused_with_counts_or_cut_and_counted() -> None:
    """As allow_truncation says."""
    from newsfold.client import Client  # noqa: PLC0415 - the fixture's server has other limits

    with real_server(max_article_tokens=16) as address, Client(address) as small:
        with pytest.raises(InputTooLongError) as refused:
            small.summarize([article(body=NEWS)])
        assert refused.value.status is grpc.StatusCode.FAILED_PRECONDITION
        assert [v.field for v in refused.value.violations] == ["articles[0].body"]
        answer = small.summarize([article(body=NEWS)], pb.SummaryOptions(allow_truncation=True))
        [usage] = answer.usage.articles
        assert usage.tokens_truncated > 0
        assert usage.tokens_in == (
            usage.tokens_boilerplate
            + usage.tokens_truncated
            + usage.tokens_not_selected
            + usage.tokens_written
        )
