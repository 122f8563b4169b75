"""The client against real gRPC servers: what it sends, what it retries, what it raises."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsfold import client as nf
from newsfold.client import AsyncClient, Client, Health, Tls, article, collect
from newsfold.pipeline import errors as pipeline_errors
from newsfold.rpc.errors import to_status
from newsfold.v1 import newsfold_pb2 as pb
from tests.unit.serving import real_server, servicer_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BRIDGE = "The old rope bridge over the Tamsel gorge collapsed on Tuesday, injuring 12 people."
TOKEN = "s3cret"  # noqa: S105 - of no server
ORCHARD = "Growers in the Vell valley expect the largest apple harvest in twenty years."


class Scripted:
    """Fails with the given statuses in turn, then answers; keeps what it was sent."""

    def __init__(self, *failures: grpc.Status) -> None:
        self.failures = list(failures)
        self.requests: list[Any] = []
        self.metadata: list[dict[str, str | bytes]] = []
        self.remaining: list[float] = []

    def SummarizeArticles(self, request: Any, context: Any) -> pb.SummarizeArticlesResponse:  # noqa: N802
        """Answer with the request's identifier."""
        self.requests.append(request)
        self.metadata.append({item.key: item.value for item in context.invocation_metadata()})
        self.remaining.append(context.time_remaining())
        if self.failures:
            failure = self.failures.pop(0)
            context.set_trailing_metadata(tuple(failure.trailing_metadata))
            context.abort(failure.code, failure.details)
        return pb.SummarizeArticlesResponse(request_id=request.request_id)


def status_of(error: Exception, remaining: float | None = 60.0) -> grpc.Status:
    """What the server makes of an error."""
    return to_status(error, request_id="r-1", remaining=remaining)


def failing_with(error: Exception) -> nf.NewsfoldError:
    """What the client raises when the server ends a call with that error."""
    with servicer_at(Scripted(status_of(error, remaining=0.0))) as target, Client(target) as client:
        with pytest.raises(nf.NewsfoldError) as caught:
            client.summarize([article(body=BRIDGE)])
        return caught.value


def test_a_request_carries_articles_options_and_name() -> None:
    """Nothing is added to or lost from what the caller gave."""
    servicer = Scripted()
    sent = article(
        id="a", title="T", body=BRIDGE, source="S", url="https://example.org/", language="en"
    )
    options = pb.SummaryOptions(max_sentences=2, headline=False)
    with servicer_at(servicer) as target, Client(target) as client:
        response = client.summarize([sent], options, request_id="mine")
    assert response.request_id == "mine"
    assert servicer.requests == [
        pb.SummarizeArticlesRequest(articles=[sent], options=options, request_id="mine")
    ]


def test_every_call_carries_the_token() -> None:
    """As bearer metadata."""
    servicer = Scripted()
    with servicer_at(servicer) as target, Client(target, token=TOKEN) as client:
        client.summarize([article(body=BRIDGE)])
    assert servicer.metadata[0]["authorization"] == f"Bearer {TOKEN}"


def test_every_call_carries_the_tenant_and_the_priority() -> None:
    """As metadata, and neither where it was not given."""
    servicer = Scripted()
    with servicer_at(servicer) as target:
        with Client(target, tenant="night desk", priority="batch") as client:
            client.summarize([article(body=BRIDGE)])
        with Client(target) as client:
            client.summarize([article(body=BRIDGE)])
    named, plain = servicer.metadata
    assert (named["newsfold-tenant"], named["newsfold-priority"]) == ("night desk", "batch")
    assert not {"newsfold-tenant", "newsfold-priority"} & set(plain)


def test_every_call_has_a_deadline_that_a_call_may_override() -> None:
    """The client's own default, the constructor's, and the call's."""
    servicer = Scripted()
    with servicer_at(servicer) as target:
        with Client(target) as client:
            client.summarize([article(body=BRIDGE)])
        with Client(target, timeout=40.0) as client:
            client.summarize([article(body=BRIDGE)])
            client.summarize([article(body=BRIDGE)], timeout=20.0)
    assert [round(seconds, -1) for seconds in servicer.remaining] == [120, 40, 20]


def test_unavailable_is_retried_until_it_succeeds() -> None:
    """A loading server refuses twice; the caller sees only the answer."""
    loading = status_of(pipeline_errors.NotReady("loading", retry_after=0.01))
    servicer = Scripted(loading, loading)
    with servicer_at(servicer) as target, Client(target) as client:
        assert client.summarize([article(body=BRIDGE)], request_id="x").request_id == "x"
    assert len(servicer.requests) == 3


def test_a_request_over_grpcs_default_retry_buffer_is_retried_too() -> None:
    """256 KiB is gRPC's default; a day's coverage is more."""
    servicer = Scripted(status_of(pipeline_errors.NotReady("loading", retry_after=0.01)))
    with servicer_at(servicer) as target, Client(target) as client:
        client.summarize([article(body=BRIDGE * 10_000)])
    assert len(servicer.requests) == 2


def test_overload_is_retried_when_the_server_says_when() -> None:
    """By grpc-retry-pushback-ms."""
    full = pipeline_errors.Overloaded("full", reason="QUEUE_FULL", retry_after=0.01)
    servicer = Scripted(status_of(full))
    with servicer_at(servicer) as target, Client(target) as client:
        client.summarize([article(body=BRIDGE)])
    assert len(servicer.requests) == 2


def test_overload_is_not_retried_when_the_server_says_not_to() -> None:
    """A negative pushback ends the call at once, with what the server predicted."""
    hopeless = pipeline_errors.Overloaded(
        "too slow", reason="DEADLINE_TOO_SHORT", retry_after=2.5, estimate=42.0
    )
    servicer = Scripted(status_of(hopeless))
    with (
        servicer_at(servicer) as target,
        Client(target) as client,
        pytest.raises(nf.OverloadedError) as caught,
    ):
        client.summarize([article(body=BRIDGE)])
    assert len(servicer.requests) == 1
    assert caught.value.reason == "DEADLINE_TOO_SHORT"
    assert caught.value.retry_after == 2.5
    assert caught.value.estimate == 42.0


def test_an_invalid_request_is_not_retried_and_raises_its_faults() -> None:
    """One Violation per fault, with path and reason."""
    error = failing_with(
        pipeline_errors.InvalidRequest(
            (
                pipeline_errors.Violation("articles[0].body", "is empty", "EMPTY"),
                pipeline_errors.Violation("options.num_beams", "is 99, limit 8", "TOO_LARGE"),
            )
        )
    )
    assert isinstance(error, nf.InvalidRequestError)
    assert error.status is grpc.StatusCode.INVALID_ARGUMENT
    assert error.request_id == "r-1"
    assert error.violations == (
        nf.Violation("articles[0].body", "is empty", "EMPTY"),
        nf.Violation("options.num_beams", "is 99, limit 8", "TOO_LARGE"),
    )


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (
            pipeline_errors.InputTooLong((pipeline_errors.TokenCount("articles[0].body", 9, 5),)),
            nf.InputTooLongError,
        ),
        (pipeline_errors.NotReady("draining", retry_after=1.0), nf.UnavailableError),
        (pipeline_errors.Unauthenticated("no token"), nf.UnauthenticatedError),
        (pipeline_errors.PermissionDenied("wrong token"), nf.PermissionDeniedError),
        (pipeline_errors.ModelFailed("secret"), nf.ServerError),
        (RuntimeError("secret"), nf.ServerError),
    ],
)
def test_each_error_of_the_server_has_its_class(
    raised: Exception, expected: type[nf.NewsfoldError]
) -> None:
    """The server's table and the client's tree agree, and no inner text leaks."""
    error = failing_with(raised)
    assert type(error) is expected
    assert "secret" not in str(error)


def test_too_many_tokens_are_told_with_their_counts() -> None:
    """As violations of the precondition."""
    error = failing_with(
        pipeline_errors.InputTooLong((pipeline_errors.TokenCount("articles[3].body", 900, 500),))
    )
    assert [v.field for v in error.violations] == ["articles[3].body"]
    assert "900" in error.violations[0].description


def test_a_message_over_the_clients_limit_is_refused_before_it_is_sent() -> None:
    """And told apart from an overloaded server."""
    servicer = Scripted()
    with (
        servicer_at(servicer) as target,
        Client(target, max_message_bytes=4_096) as client,
        pytest.raises(nf.MessageTooLargeError),
    ):
        client.summarize([article(body="x" * 5_000)])
    assert servicer.requests == []


def test_a_message_over_the_servers_transport_limit_is_no_overload() -> None:
    """The transport refuses it without a reason of the service's, on each attempt."""
    servicer = Scripted()
    with (
        servicer_at(servicer, max_receive_bytes=4_096) as target,
        Client(target) as client,
        pytest.raises(nf.MessageTooLargeError),
    ):
        client.summarize([article(body="x" * 5_000)])
    assert servicer.requests == []


def test_a_server_that_is_not_there_is_unavailable() -> None:
    """With the status; the retries end with the deadline."""
    with Client("127.0.0.1:1") as client, pytest.raises(nf.UnavailableError):
        client.health(timeout=2.0)


def test_a_deadline_that_passes_is_told_as_such() -> None:
    """By the class, in whichever part of the call it happens."""
    released = threading.Event()

    class Slow:
        def SummarizeArticles(  # noqa: N802
            self, request: Any, context: Any
        ) -> pb.SummarizeArticlesResponse:
            released.wait(30)
            return pb.SummarizeArticlesResponse()

    try:
        with servicer_at(Slow()) as target, Client(target) as client:
            with pytest.raises(nf.DeadlineError):
                client.summarize([article(body=BRIDGE)], timeout=0.2)
            released.set()
    finally:
        released.set()


def test_leaving_a_stream_early_cancels_the_call() -> None:
    """The server learns that nobody listens any more."""
    gone = threading.Event()

    class Endless:
        def StreamSummaries(  # noqa: N802
            self, request: Any, context: Any
        ) -> Iterator[pb.StreamSummariesResponse]:
            context.add_callback(gone.set)
            yield pb.StreamSummariesResponse(accepted=pb.StreamAccepted(request_id="x"))
            gone.wait(30)

    with servicer_at(Endless()) as target, Client(target) as client:
        events = client.stream([article(body=BRIDGE)])
        assert next(events).accepted.request_id == "x"
        events.close()  # type: ignore[attr-defined]
        assert gone.wait(10)


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    """The real server over stand-in models."""
    with real_server() as address:
        yield address


def test_the_stream_collects_to_what_the_unary_call_answers(target: str) -> None:
    """Same stories, same ledger, same fingerprint."""
    articles = [article(body=BRIDGE), article(body=ORCHARD)]
    with Client(target) as client:
        unary = client.summarize(articles, request_id="same")
        streamed = collect(client.stream(articles, request_id="same"))
    for response in (unary, streamed):
        del response.timings[:]
    assert streamed == unary
    assert len(unary.stories) == 2


def test_each_method_answers_over_a_real_server(target: str) -> None:
    """Cluster, estimate, info and health."""
    articles = [article(body=BRIDGE), article(body=ORCHARD)]
    with Client(target) as client:
        assert len(client.cluster(articles).stories) == 2
        assert client.estimate(articles, include_stories=True).story_count == 2
        assert client.info().writer.name == "stand-in writer"
        assert client.health() is Health.SERVING


async def test_the_asynchronous_client_answers_the_same(target: str) -> None:
    """Method by method."""
    articles = [article(body=BRIDGE), article(body=ORCHARD)]
    async with AsyncClient(target) as client:
        summarized, clustered, estimated, info, health = await asyncio.gather(
            client.summarize(articles),
            client.cluster(articles),
            client.estimate(articles),
            client.info(),
            client.health(),
        )
        events = [event async for event in client.stream(articles)]
    assert len(summarized.stories) == len(clustered.stories) == 2
    assert estimated.usage.input_tokens == summarized.usage.input_tokens
    assert info.version == "test"
    assert health is Health.SERVING
    assert [story.summary for story in collect(events).stories] == [
        story.summary for story in summarized.stories
    ]


async def test_the_asynchronous_client_raises_the_same_errors(target: str) -> None:
    """From a unary call and from a stream."""
    async with AsyncClient(target) as client:
        with pytest.raises(nf.InvalidRequestError) as unary:
            await client.summarize([])
        with pytest.raises(nf.InvalidRequestError) as streamed:
            _ = [event async for event in client.stream([])]
    assert unary.value.violations == streamed.value.violations != ()


def test_tls_reaches_a_server_whose_certificate_is_trusted(tmp_path: Path) -> None:
    """And not one that is not."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=newsfold.test", "-addext", "subjectAltName=DNS:newsfold.test"]
    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    try:
        subprocess.run(
            ["openssl", *new, "-days", "1", "-keyout", key, "-out", certificate, *subject],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("NOT RUN: openssl is not installed here")
    pair = (key.read_bytes(), certificate.read_bytes())
    with servicer_at(Scripted(), credentials=grpc.ssl_server_credentials([pair])) as address:
        trusting = Tls(certificate.read_bytes(), server_name="newsfold.test")
        with Client(address, tls=trusting) as client:
            assert client.summarize([article(body=BRIDGE)], request_id="x").request_id == "x"
        with Client(address, tls=Tls()) as client, pytest.raises(nf.UnavailableError):
            client.health(timeout=5.0)


@given(order=st.permutations(range(5)))
def test_stories_come_out_in_their_final_order_however_they_arrive(order: list[int]) -> None:
    """The last event's order."""
    events = [
        pb.StreamSummariesResponse(story=pb.Story(id=f"s{n}", headline=str(n))) for n in order
    ]
    finished = pb.StreamFinished(story_ids=[f"s{n}" for n in range(5)])
    response = collect([*events, pb.StreamSummariesResponse(finished=finished)])
    assert [story.headline for story in response.stories] == list("01234")


def test_a_stream_with_a_story_missing_is_no_answer() -> None:
    """Nor is one without its last event."""
    finished = pb.StreamFinished(story_ids=["a"])
    with pytest.raises(ValueError, match="0 stories"):
        collect([pb.StreamSummariesResponse(finished=finished)])
    with pytest.raises(ValueError, match="last event"):
        collect([pb.StreamSummariesResponse(story=pb.Story(id="a"))])


def test_a_publish_time_keeps_its_moment_in_any_zone() -> None:
    """Without a zone it is UTC."""
    moment = datetime(2026, 3, 10, 7, 40, tzinfo=UTC)
    east = moment.astimezone(timezone(timedelta(hours=9)))
    for given_time in (moment, east, moment.replace(tzinfo=None)):
        message = article(body="x", publish_time=given_time)
        assert message.publish_time.ToDatetime(UTC) == moment
