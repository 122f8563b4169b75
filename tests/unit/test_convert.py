"""Messages <-> domain: defaults resolved, nothing unknown taken for a default, ids made unique."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsfold.pipeline import types
from newsfold.pipeline.errors import InvalidRequest
from newsfold.pipeline.types import Options
from newsfold.rpc.convert import answers, info_response, read_request
from newsfold.settings import Settings
from newsfold.v1 import newsfold_pb2 as pb
from tests.rpc.running import HeldPipeline, product

if TYPE_CHECKING:
    from enum import Enum

SETTINGS = Settings(default_target_words=77, default_beams=3)


def asked(
    options: pb.SummaryOptions | None = None, *articles: pb.Article
) -> pb.ClusterArticlesRequest:
    """A request of one article, or of these."""
    return pb.ClusterArticlesRequest(articles=articles or [pb.Article(body="A.")], options=options)


def faults(request: pb.ClusterArticlesRequest) -> list[tuple[str, str]]:
    """(field, reason) of each fault."""
    with pytest.raises(InvalidRequest) as refused:
        read_request(request, SETTINGS)
    return [(v.field, v.reason) for v in refused.value.violations]


def test_a_silent_request_gets_the_defaults_of_the_settings() -> None:
    """All of them."""
    assert read_request(asked(), SETTINGS).options == Options(target_words=77, num_beams=3)


def test_sentences_asked_for_leave_no_target_of_words() -> None:
    """The lengths are one choice."""
    options = read_request(asked(pb.SummaryOptions(max_sentences=2)), SETTINGS).options
    assert (options.target_words, options.max_sentences) == (None, 2)


def test_a_length_of_zero_is_a_fault_and_not_the_default() -> None:
    """It was said, if foolishly."""
    assert faults(asked(pb.SummaryOptions(target_words=0))) == [
        ("options.target_words", "OUT_OF_RANGE")
    ]


def test_headline_can_be_switched_off() -> None:
    """False is not unset."""
    assert (
        read_request(asked(pb.SummaryOptions(headline=False)), SETTINGS).options.headline is False
    )


@pytest.mark.parametrize("field", ["story_mode", "granularity", "write_mode", "on_pressure"])
def test_every_enum_of_the_options_refuses_what_it_does_not_know(field: str) -> None:
    """A newer client must not get something else than it asked for."""
    options = pb.SummaryOptions()
    setattr(options, field, 99)
    assert faults(asked(options)) == [(f"options.{field}", "UNKNOWN_ENUM_VALUE")]


@pytest.mark.parametrize("field", ["story_mode", "granularity", "write_mode", "on_pressure"])
def test_every_value_of_the_contract_is_known(field: str) -> None:
    """And different values mean different things, the unspecified one aside."""
    enum = pb.SummaryOptions.DESCRIPTOR.fields_by_name[field].enum_type
    assert enum is not None
    values = enum.values_by_number
    read = []
    for value in values:
        options = pb.SummaryOptions()
        setattr(options, field, value)
        read.append(getattr(read_request(asked(options), SETTINGS).options, field))
    assert len(set(read)) == len(values) - 1


@given(st.lists(st.sampled_from(["", "article-1", "article-2", "article-2-", "x"]), min_size=1))
def test_articles_without_an_id_get_one_that_nobody_has(ids: list[str]) -> None:
    """Whatever ids the client chose for the others."""
    own = [name for name in ids if name]
    if len(set(own)) != len(own):
        return
    request = asked(None, *(pb.Article(id=name, body="A.") for name in ids))
    given_ids = [article.id for article in read_request(request, SETTINGS).articles]
    assert len(set(given_ids)) == len(ids)
    assert all(made == name for made, name in zip(given_ids, ids, strict=True) if name)


def test_a_time_is_read_as_utc_and_a_time_out_of_range_is_a_fault() -> None:
    """Timestamps of the contract reach from year 1 to 9999."""
    dated = pb.Article(body="A.")
    dated.publish_time.FromDatetime(datetime(2026, 3, 1, tzinfo=UTC))
    assert read_request(asked(None, dated), SETTINGS).articles[0].published == datetime(
        2026, 3, 1, tzinfo=UTC
    )
    dated.publish_time.seconds = 10**15
    assert faults(asked(None, dated)) == [("articles[0].publish_time", "INVALID")]


def test_too_many_articles_are_counted_and_not_converted() -> None:
    """Together with the faults of the options."""
    many = [pb.Article()] * (SETTINGS.max_articles + 1)
    assert faults(asked(pb.SummaryOptions(num_beams=-1), *many)) == [
        ("articles", "TOO_MANY"),
        ("options.num_beams", "OUT_OF_RANGE"),
    ]


@pytest.mark.parametrize(
    ("table", "domain"),
    [
        (answers._ROLES, types.Role),
        (answers._ORIGINS, types.Origin),
        (answers._CHECKS, types.Check),
        (answers._CONFLICT_KINDS, types.ConflictKind),
        (answers._FINISH_REASONS, types.FinishReason),
        (answers._WRITE_MODES, types.WriteMode),
        (answers._REJECTIONS, types.RejectionReason),
        (answers._STAGES, types.Stage),
    ],
)
def test_every_word_of_the_domain_has_its_own_number_in_the_contract(
    table: dict[object, int], domain: type[Enum]
) -> None:
    """None is missing, none is shared, none is the unspecified 0."""
    assert set(table) == set(domain)
    assert len(set(table.values())) == len(table)
    assert 0 not in table.values()


def test_info_lists_each_limit_with_its_unit_and_no_default_among_them() -> None:
    """Defaults are options, and told as such."""
    info = info_response(product(HeldPipeline()), SETTINGS)
    units = {limit.name: limit.unit for limit in info.limits}
    assert units["max_articles"] == "articles"
    assert units["max_queue_tokens"] == "tokens"
    assert not [name for name in units if name.startswith("default_")]
    assert info.default_options.target_words == 77
    assert info.default_options.num_beams == 3
