"""Requests that wait for their turn, over the wire: who goes first, who gives way, who is late."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest_asyncio
from google.rpc import error_details_pb2

from newsfold.v1 import newsfold_pb2 as pb
from tests.rpc.running import HeldPipeline, refused, request, running
from tests.rpc.test_calls import PATIENCE_S, detail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.rpc.running import Running


@pytest_asyncio.fixture
async def held() -> HeldPipeline:
    """A pipeline that waits for its gate."""
    return HeldPipeline()


@pytest_asyncio.fixture
async def server(held: HeldPipeline) -> AsyncIterator[Running]:
    """One request at a time, six admitted."""
    async with running(
        held,
        max_running_requests=1,
        max_concurrent_requests=6,
        tenant_weights="newsroom=4",
    ) as found:
        yield found


async def send(server: Running, words: int, tenant: str = "", **given: Any) -> Any:
    """A call, once the server has taken it in; `words` tells it from others."""
    admitted = server.count("newsfold_admitted_requests")
    metadata = [("newsfold-tenant", tenant)] if tenant else []
    if "priority" in given:
        metadata.append(("newsfold-priority", given.pop("priority")))
    call = server.stub.SummarizeArticles(
        request(target_words=words), metadata=tuple(metadata), **given
    )
    async with asyncio.timeout(PATIENCE_S):
        while server.count("newsfold_admitted_requests") == admitted:  # noqa: ASYNC110
            await asyncio.sleep(0)
    return call


async def test_tenants_take_turns_and_batch_is_last(server: Running, held: HeldPipeline) -> None:
    """Though the flood came first."""
    calls = [
        await send(server, 10),
        await send(server, 20, "night", priority="batch"),
        *[await send(server, words, "flood") for words in (30, 31, 32)],
        await send(server, 40, "drop"),
    ]
    assert server.count("newsfold_admission_waiting_requests") == 5
    held.gate.set()
    await asyncio.gather(*calls)
    order = [held.entered.get_nowait().target_words for _ in calls]
    assert order == [10, 30, 40, 31, 32, 20]
    waited = {"tenant": "other", "priority": "batch"}
    assert server.count("newsfold_admission_wait_seconds_count", **waited) == 1


async def test_the_answer_says_how_long_its_turn_took(server: Running, held: HeldPipeline) -> None:
    """Before the stages of the work, in a stream too."""
    first = await send(server, 10)
    second = await send(server, 20)
    stream = server.stub.StreamSummaries(pb.StreamSummariesRequest(articles=request().articles))
    held.gate.set()
    answers = [(await first).timings, (await second).timings]
    answers += [event.finished.timings async for event in stream if event.HasField("finished")]
    queued = [timings[0] for timings in answers]
    assert [timing.stage for timing in queued] == [pb.STAGE_QUEUE] * 3
    assert queued[0].duration.ToNanoseconds() < queued[1].duration.ToNanoseconds()


async def test_a_tenant_with_most_of_a_full_queue_gives_way(
    server: Running, held: HeldPipeline
) -> None:
    """Its last request is refused, and not that of the tenant that asks for little."""
    flood = [await send(server, 30 + n, "flood") for n in range(6)]
    drop = server.stub.SummarizeArticles(request(), metadata=(("newsfold-tenant", "drop"),))
    error = await refused(flood[-1])
    info = detail(error, error_details_pb2.ErrorInfo)
    assert info.reason == "TENANT_OVER_QUOTA"
    assert float(info.metadata["estimate_seconds"]) > 0
    assert int(dict(error.trailing_metadata())["grpc-retry-pushback-ms"]) > 0
    assert server.count("newsfold_admission_rejections_total", reason="tenant_over_quota") == 1
    held.gate.set()
    await asyncio.gather(*flood[:-1], drop)
    assert server.count("newsfold_admitted_requests") == 0
    assert server.count("newsfold_admitted_tokens") == 0


async def test_a_request_that_waited_too_long_is_refused_and_not_begun(held: HeldPipeline) -> None:
    """When its turn comes it is compared with its deadline again."""
    async with running(held, max_running_requests=1) as server:
        first = await send(server, 10)
        # By the first rates a second of reading: in time if it went at once, or nearly.
        long = request("A long and winding tale of a bridge. " * 300, write_mode=2)
        late = server.stub.SummarizeArticles(long, timeout=2)
        async with asyncio.timeout(PATIENCE_S):
            while server.count("newsfold_admission_waiting_requests") == 0:  # noqa: ASYNC110
                await asyncio.sleep(0)
            while late.time_remaining() > 0.8:  # noqa: ASYNC110 - the deadline is what we wait for
                await asyncio.sleep(0.01)
        held.gate.set()
        await first
        error = await refused(late)
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert detail(error, error_details_pb2.ErrorInfo).reason == "DEADLINE_TOO_SHORT"
        rejections = "newsfold_admission_rejections_total"
        assert server.count(rejections, reason="deadline_after_wait") == 1
        assert held.entered.qsize() == 1


async def test_a_caller_that_leaves_while_it_waits_leaves_no_trace(
    server: Running, held: HeldPipeline
) -> None:
    """And the next has its turn."""
    first, second, third = [await send(server, words) for words in (10, 20, 30)]
    second.cancel()
    async with asyncio.timeout(PATIENCE_S):
        while server.count("newsfold_admission_waiting_requests") > 1:  # noqa: ASYNC110
            await asyncio.sleep(0)
    held.gate.set()
    await asyncio.gather(first, third)
    assert [held.entered.get_nowait().target_words for _ in range(2)] == [10, 30]
    assert server.count("newsfold_admitted_requests") == 0


async def test_an_unknown_priority_is_the_clients_fault(server: Running) -> None:
    """With the name of the key."""
    call = server.stub.SummarizeArticles(request(), metadata=(("newsfold-priority", "now"),))
    error = await refused(call)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    [fault] = detail(error, error_details_pb2.BadRequest).field_violations
    assert fault.field == "metadata.newsfold-priority"
