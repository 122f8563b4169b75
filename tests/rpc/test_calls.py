"""How calls end: answers, cancellation, deadlines, overload, failures; and what is counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import grpc
import pytest
import pytest_asyncio
import structlog
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from newsfold.pipeline.errors import ModelFailed
from newsfold.pipeline.types import WriteMode
from newsfold.v1 import newsfold_pb2 as pb
from tests.rpc.running import HeldPipeline, refused, request, running, stream_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.rpc.running import Running

UNARY = {
    "grpc_type": "unary",
    "grpc_service": "newsfold.v1.SummarizationService",
    "grpc_method": "SummarizeArticles",
}
STREAM = UNARY | {"grpc_type": "server_stream", "grpc_method": "StreamSummaries"}
PATIENCE_S = 10.0
Detail = TypeVar("Detail", bound=Message)


@pytest_asyncio.fixture
async def held() -> HeldPipeline:
    """A pipeline that waits for its gate."""
    return HeldPipeline()


@pytest_asyncio.fixture
async def server(held: HeldPipeline) -> AsyncIterator[Running]:
    """A server over it with room for three requests, all of them served at once."""
    async with running(held, max_concurrent_requests=3, max_running_requests=3) as found:
        yield found


async def ended(server: Running, count: int, **labels: str) -> None:
    """Wait until that many calls have been counted as ended so; no longer than a test may take."""
    async with asyncio.timeout(PATIENCE_S):
        # Turns of the loop, no time: a counter has nothing to wait for.
        while server.count("grpc_server_handled_total", **labels) < count:  # noqa: ASYNC110
            await asyncio.sleep(0)


def detail(error: grpc.aio.AioRpcError, kind: type[Detail]) -> Detail:
    """The detail of a kind in an error, which must have one."""
    metadata = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    for packed in status.details:
        found = kind()
        if packed.Unpack(found):
            return found
    raise AssertionError(f"{error} has no {kind.DESCRIPTOR.full_name}")


async def test_an_answer_is_counted_with_its_messages_and_its_time(
    server: Running, held: HeldPipeline
) -> None:
    """Under the names of go-grpc-prometheus."""
    held.gate.set()
    await server.stub.SummarizeArticles(request())
    assert server.count("grpc_server_started_total", **UNARY) == 1
    assert server.count("grpc_server_handled_total", **UNARY, grpc_code="OK") == 1
    assert server.count("grpc_server_msg_received_total", **UNARY) == 1
    assert server.count("grpc_server_msg_sent_total", **UNARY) == 1
    assert server.count("grpc_server_handling_seconds_count", **UNARY) == 1


async def test_stories_are_streamed_as_they_finish_and_finished_is_last(
    server: Running, held: HeldPipeline
) -> None:
    """The first story arrives while the work on the others is held back."""
    events = aiter(server.stub.StreamSummaries(stream_request("One.", "Two.")))
    before = [(await anext(events)).WhichOneof("event") for _ in range(3)]
    assert before == ["accepted", "progress", "story"]
    held.gate.set()
    after = [event.WhichOneof("event") async for event in events]
    assert after == ["story", "finished"]
    assert server.count("grpc_server_msg_sent_total", **STREAM) == 5
    assert server.count("grpc_server_handled_total", **STREAM, grpc_code="OK") == 1


@pytest.mark.parametrize("method", ["SummarizeArticles", "StreamSummaries"])
async def test_a_cancelled_call_stops_its_work_and_gives_its_place_back(
    server: Running, held: HeldPipeline, method: str
) -> None:
    """Whichever way the answer is sent."""
    sent = request() if method == "SummarizeArticles" else stream_request("One.")
    labels = UNARY if method == "SummarizeArticles" else STREAM
    call = getattr(server.stub, method)(sent)
    waiting = asyncio.ensure_future(call.read() if labels is STREAM else call)
    async with asyncio.timeout(PATIENCE_S):
        await held.entered.get()
        call.cancel()
        assert await held.left.get() is True
    await asyncio.gather(waiting, return_exceptions=True)
    await ended(server, 1, **labels, grpc_code="CANCELLED")
    assert server.count("newsfold_admitted_requests") == 0


async def test_the_callers_deadline_ends_the_work_and_is_counted_as_such(
    server: Running, held: HeldPipeline
) -> None:
    """DEADLINE_EXCEEDED on both sides, not CANCELLED."""
    error = await refused(server.stub.SummarizeArticles(request(), timeout=0.3))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    async with asyncio.timeout(PATIENCE_S):
        assert await held.left.get() is True
    await ended(server, 1, **UNARY, grpc_code="DEADLINE_EXCEEDED")
    assert server.count("newsfold_admitted_requests") == 0


async def test_a_call_without_a_deadline_gets_the_servers(held: HeldPipeline) -> None:
    """And is told so."""
    async with running(held, default_deadline_s=0.5) as server:
        error = await refused(server.stub.SummarizeArticles(request()))
        assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert "0.5 s" in (error.details() or "")
        assert held.left.get_nowait() is True


async def test_the_limit_of_requests_is_exact_after_waves_of_refused_and_cancelled_calls(
    server: Running, held: HeldPipeline
) -> None:
    """Three at once, whatever came before."""
    for _ in range(3):
        calls = [server.stub.SummarizeArticles(request()) for _ in range(3)]
        async with asyncio.timeout(PATIENCE_S):
            for _ in calls:
                await held.entered.get()
        over = await asyncio.gather(
            *(refused(server.stub.SummarizeArticles(request())) for _ in range(5))
        )
        assert {error.code() for error in over} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        for call in calls:
            call.cancel()
        async with asyncio.timeout(PATIENCE_S):
            for _ in calls:
                assert await held.left.get() is True
    assert server.count("newsfold_admission_rejections_total", reason="too_many_requests") == 15
    async with asyncio.timeout(PATIENCE_S):
        while server.count("newsfold_admitted_requests"):  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert server.count("newsfold_admitted_tokens") == 0


async def test_a_full_server_says_what_is_full_and_when_to_come_back(
    server: Running, held: HeldPipeline
) -> None:
    """RetryInfo, QuotaFailure, the estimate, and the trailer that gRPC libraries obey."""
    calls = [server.stub.SummarizeArticles(request()) for _ in range(3)]
    async with asyncio.timeout(PATIENCE_S):
        for _ in calls:
            await held.entered.get()
    error = await refused(server.stub.SummarizeArticles(request()))
    info = detail(error, error_details_pb2.ErrorInfo)
    retry = detail(error, error_details_pb2.RetryInfo)
    assert info.domain == "newsfold"
    assert info.reason == "QUEUE_FULL"
    assert float(info.metadata["estimate_seconds"]) > 0
    assert detail(error, error_details_pb2.QuotaFailure).violations
    pushback = int(dict(error.trailing_metadata())["grpc-retry-pushback-ms"])
    assert pushback == pytest.approx(retry.retry_delay.ToMilliseconds(), abs=1)
    held.gate.set()
    await asyncio.gather(*calls)


async def test_pressure_takes_beams_and_then_the_writing_if_the_caller_allows(
    held: HeldPipeline,
) -> None:
    """What it got instead is in the options of the work."""
    held.gate.set()
    async with running(held) as server:
        # 40 stories of 5 sentences and a headline each: 5 to 20 s of writing by the first rates,
        # 4 s of reading.
        bodies = ["A long and winding tale. " * 40] * 40
        extract = pb.PRESSURE_POLICY_EXTRACTIVE
        asked = request(*bodies, num_beams=4, on_pressure=extract, story_mode=3)
        answer = await server.stub.SummarizeArticles(asked, timeout=8)
        got = held.entered.get_nowait()
        assert got.write_mode is WriteMode.EXTRACTIVE
        assert {s.write_mode for s in answer.stories} == {pb.WRITE_MODE_EXTRACTIVE}
        assert answer.usage.num_beams == 1
        assert server.count("newsfold_admission_concessions_total", kind="extractive") == 1


async def test_pressure_takes_no_more_than_beams_if_the_caller_says_so(
    held: HeldPipeline,
) -> None:
    """As many as it takes; the answer says how many are left, and nothing is extracted."""
    held.gate.set()
    async with running(held) as server:
        # 40 stories of a sentence and a headline each: 13.6 s with 4 beams and 10.9 s with 2 by the
        # first rates, twice the usual error included.
        bodies = ["A long and winding tale. " * 20] * 40
        fewer = pb.PRESSURE_POLICY_FEWER_BEAMS
        asked = request(*bodies, num_beams=4, on_pressure=fewer, story_mode=3, max_sentences=1)
        answer = await server.stub.SummarizeArticles(asked, timeout=12.2)
        got = held.entered.get_nowait()
        assert (got.write_mode, got.num_beams) == (WriteMode.ABSTRACTIVE, 2)
        assert {s.write_mode for s in answer.stories} == {pb.WRITE_MODE_ABSTRACTIVE}
        assert answer.usage.num_beams == 2
        kinds = ("fewer_beams", "extractive")
        conceded = "newsfold_admission_concessions_total"
        assert [server.count(conceded, kind=kind) for kind in kinds] == [1, 0]


async def test_what_the_model_says_goes_to_the_log_and_not_to_the_client(
    server: Running, held: HeldPipeline
) -> None:
    """INTERNAL with a fixed text and the request's id."""
    held.error = ModelFailed("secret tensor shapes")
    held.gate.set()
    sent = request()
    sent.request_id = "desk-9"
    error = await refused(server.stub.SummarizeArticles(sent))
    assert error.code() is grpc.StatusCode.INTERNAL
    assert error.details() == "internal error, desk-9"
    assert b"secret" not in dict(error.trailing_metadata())["grpc-status-details-bin"]
    assert server.count("grpc_server_handled_total", **UNARY, grpc_code="INTERNAL") == 1


async def test_an_unforeseen_error_says_no_more_than_one_of_ours(
    server: Running, held: HeldPipeline
) -> None:
    """In a stream too."""
    held.error = KeyError("secret key")
    held.gate.set()
    call = server.stub.StreamSummaries(stream_request("One."))
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        _ = [event async for event in call]
    assert failed.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in (failed.value.details() or "")
    info = detail(failed.value, error_details_pb2.ErrorInfo)
    assert info.reason == "INTERNAL"


async def test_two_thousand_faults_fit_the_trailer_and_the_rest_is_counted(
    server: Running,
) -> None:
    """A peer refuses trailers over 8 KiB, and the client would not see the error."""
    error = await refused(server.stub.SummarizeArticles(request(*[""] * 2000)))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    info = detail(error, error_details_pb2.ErrorInfo)
    shown = detail(error, error_details_pb2.BadRequest).field_violations
    assert info.metadata["faults"] == "2000"
    assert len(shown) + int(info.metadata["faults_left_out"]) == 2000
    assert shown[0].field == "articles[0].body"


async def test_a_request_id_of_the_metadata_comes_back_in_the_trailer(
    server: Running, held: HeldPipeline
) -> None:
    """For clients that name their requests in a proxy."""
    held.gate.set()
    call = server.stub.SummarizeArticles(request(), metadata=(("x-request-id", "edge-1"),))
    assert (await call).request_id == "edge-1"
    assert dict(await call.trailing_metadata())["x-request-id"] == "edge-1"


async def test_a_request_id_that_would_break_a_log_line_is_refused(server: Running) -> None:
    """And not silently replaced."""
    sent = request()
    sent.request_id = "a\nb"
    error = await refused(server.stub.SummarizeArticles(sent))
    [fault] = detail(error, error_details_pb2.BadRequest).field_violations
    assert fault.field == "request_id"


async def test_a_call_is_one_log_event_without_a_word_of_its_articles(
    server: Running, held: HeldPipeline
) -> None:
    """Who, what, how long and how it ended."""
    held.gate.set()
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as logged:
        await server.stub.SummarizeArticles(request("A pelican landed."))
        await refused(server.stub.SummarizeArticles(request("A pelican\x00")))
    assert [event["event"] for event in logged] == ["rpc.done", "rpc.done"]
    assert [event["grpc_code"] for event in logged] == ["OK", "INVALID_ARGUMENT"]
    assert logged[0]["log_level"] == "info"
    assert (logged[0]["articles"], logged[0]["stories"]) == (1, 1)
    assert logged[1]["reason"] == "INVALID_REQUEST"
    assert "pelican" not in str(logged)


async def test_a_message_over_the_limit_is_refused_by_the_transport(held: HeldPipeline) -> None:
    """Without taking the server down."""
    held.gate.set()
    async with running(held, max_request_bytes=1000) as server:
        error = await refused(server.stub.SummarizeArticles(request("word " * 300)))
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await server.stub.SummarizeArticles(request())).stories
