"""The five rpcs, health, tokens, reflection and admission over a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from newsfold.client import (
    Client,
    Health,
    OverloadedError,
    PermissionDeniedError,
    UnauthenticatedError,
    article,
)
from newsfold.pipeline.limits import Limits
from tests.rpc.test_bad_input import NEWS
from tests.unit.serving import real_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsfold.v1 import newsfold_pb2 as pb

OTHER = (
    "Growers in the Vell valley expect the largest apple harvest in twenty years this autumn.\n\n"
    "The cooperative has hired 300 pickers and two more cold stores near the railway."
)


def both() -> list[pb.Article]:
    """Two stories."""
    return [article(id="bridge", body=NEWS), article(id="apples", body=OTHER)]


def test_a_stream_opens_tells_each_story_once_and_closes(client: Client) -> None:
    """With the ids in the order of the unary answer."""
    events = list(client.stream(both()))
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[0] == "accepted"
    assert kinds[-1] == "finished"
    assert kinds.count("story") == 2
    unary = client.summarize(both())
    assert list(events[-1].finished.story_ids) == [story.id for story in unary.stories]
    assert events[0].accepted.article_count == 2


def test_clustering_gives_groups_and_no_summary(client: Client) -> None:
    """Every sentence in a group, with its place."""
    answer = client.cluster(both())
    assert {a.id for story in answer.stories for a in story.articles} == {"bridge", "apples"}
    group = answer.stories[0].groups[0].sentences[0]
    assert group.end > group.start


def test_an_estimate_counts_and_predicts(client: Client) -> None:
    """Stories only if asked."""
    plain = client.estimate(both())
    counted = client.estimate(both(), include_stories=True)
    assert not plain.HasField("story_count")
    assert counted.story_count == 2
    assert plain.usage.input_tokens > 0
    assert plain.predicted_duration.ToTimedelta().total_seconds() > 0


def test_info_lists_every_limit_with_its_value(client: Client) -> None:
    """From the one definition."""
    told = {limit.name: limit.value for limit in client.info().limits}
    for name, value in Limits().model_dump().items():
        assert told[name] == value


def test_the_request_id_comes_back(client: Client) -> None:
    """The client's, or one made for it."""
    assert client.summarize(both(), request_id="desk-7").request_id == "desk-7"
    assert client.summarize(both()).request_id


def test_health_serves_for_the_server_the_service_and_its_life(client: Client) -> None:
    """And knows no other name."""
    for service in ("", "newsfold.v1.SummarizationService", "liveness"):
        assert client.health(service) is Health.SERVING


def test_reflection_lists_the_service(address: str) -> None:
    """So that grpcurl and buf curl need no proto file."""
    with grpc.insecure_channel(address) as channel:
        services = ProtoReflectionDescriptorDatabase(channel).get_services()
    assert "newsfold.v1.SummarizationService" in services


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """A server that wants a token."""
    with real_server(auth_token="right") as found:  # noqa: S106 - a test's
        yield found


@pytest.mark.parametrize(
    ("token", "error"), [(None, UnauthenticatedError), ("wrong", PermissionDeniedError)]
)
def test_a_missing_and_a_wrong_token_are_told_apart(
    guarded: str, token: str | None, error: type[Exception]
) -> None:
    """Neither reaches the service; health needs none."""
    with Client(guarded, token=token) as stranger:
        with pytest.raises(error):
            stranger.summarize(both())
        assert stranger.health() is Health.SERVING


def test_the_right_token_opens(guarded: str) -> None:
    """As a bearer token in the metadata."""
    with Client(guarded, token="right") as friend:  # noqa: S106 - a test's
        assert len(friend.summarize(both()).stories) == 2


def test_a_deadline_that_cannot_be_met_is_refused_at_once_with_the_estimate(
    client: Client,
) -> None:
    """Before any work, and with the time after which to come back."""
    many = [article(id=f"n{i}", body=NEWS * 40) for i in range(200)]
    with pytest.raises(OverloadedError) as refused:
        client.summarize(many, timeout=0.5)
    assert refused.value.status is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.value.retry_after is not None
    assert refused.value.estimate is not None
    assert refused.value.estimate > 0.5
