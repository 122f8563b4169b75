"""Equal requests under way are worked on once, over the wire; each caller comes and goes alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio

from newsfold.pipeline.errors import ModelFailed
from tests.rpc.running import HeldPipeline, refused, request, running, stream_request
from tests.rpc.test_calls import PATIENCE_S, STREAM, UNARY, ended

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.rpc.running import Running


@pytest_asyncio.fixture
async def held() -> HeldPipeline:
    """A pipeline that waits for its gate."""
    return HeldPipeline()


@pytest_asyncio.fixture
async def server(held: HeldPipeline) -> AsyncIterator[Running]:
    """A server over it with room for three requests."""
    async with running(held, max_concurrent_requests=3, coalesce=True) as found:
        yield found


async def admitted(server: Running, count: int) -> None:
    """Wait until so many requests are under way."""
    async with asyncio.timeout(PATIENCE_S):
        while server.count("newsfold_admitted_requests") != count:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_equal_requests_are_worked_on_once_and_answered_apart(
    server: Running, held: HeldPipeline
) -> None:
    """Each under its own identifier."""
    sent = [request("One.", "Two.") for _ in range(3)]
    for number, message in enumerate(sent):
        message.request_id = f"caller-{number}"
    calls = [server.stub.SummarizeArticles(message) for message in sent]
    await admitted(server, 3)
    held.gate.set()
    answers = await asyncio.gather(*calls)
    assert [answer.request_id for answer in answers] == ["caller-0", "caller-1", "caller-2"]
    assert answers[0].stories == answers[1].stories == answers[2].stories
    assert held.entered.qsize() == 1
    assert server.count("newsfold_coalesced_total") == 2
    await admitted(server, 0)
    assert server.count("newsfold_admitted_tokens") == 0


async def test_other_options_another_text_or_another_tenant_are_other_work(
    server: Running, held: HeldPipeline
) -> None:
    """Whatever else is equal."""
    held.gate.clear()
    calls = [
        server.stub.SummarizeArticles(request("One.")),
        server.stub.SummarizeArticles(request("One.", target_words=50)),
        server.stub.SummarizeArticles(request("One."), metadata=(("newsfold-tenant", "b"),)),
    ]
    await admitted(server, 3)
    held.gate.set()
    await asyncio.gather(*calls)
    assert held.entered.qsize() == 3
    assert server.count("newsfold_coalesced_total") == 0


async def test_the_work_goes_on_while_anybody_waits_and_no_longer(
    server: Running, held: HeldPipeline
) -> None:
    """The first to come may be the first to leave."""
    first = server.stub.SummarizeArticles(request())
    async with asyncio.timeout(PATIENCE_S):
        await held.entered.get()
    second = server.stub.SummarizeArticles(request())
    await admitted(server, 2)
    first.cancel()
    await ended(server, 1, **UNARY, grpc_code="CANCELLED")
    third = server.stub.SummarizeArticles(request())
    await admitted(server, 3)
    second.cancel()
    await admitted(server, 2)
    assert held.left.empty()
    third.cancel()
    async with asyncio.timeout(PATIENCE_S):
        assert await held.left.get() is True
    await admitted(server, 0)


async def test_a_deadline_of_one_caller_is_not_the_others(
    server: Running, held: HeldPipeline
) -> None:
    """Nor does joining make it any longer."""
    short = asyncio.ensure_future(refused(server.stub.SummarizeArticles(request(), timeout=0.3)))
    await admitted(server, 1)
    patient = server.stub.SummarizeArticles(request(), timeout=PATIENCE_S)
    error = await short
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    held.gate.set()
    assert (await patient).stories
    assert held.entered.qsize() == 1


async def test_a_failure_is_everybodys_and_is_not_kept(server: Running, held: HeldPipeline) -> None:
    """The next equal request is tried afresh."""
    held.error = ModelFailed("tensor shapes")
    calls = [server.stub.SummarizeArticles(request()) for _ in range(2)]
    await admitted(server, 2)
    held.gate.set()
    errors = await asyncio.gather(*map(refused, calls))
    assert {error.code() for error in errors} == {grpc.StatusCode.INTERNAL}
    held.error = None
    assert (await server.stub.SummarizeArticles(request())).stories
    assert held.entered.qsize() == 2


async def test_those_who_wait_for_the_work_of_others_are_bounded_too(
    server: Running, held: HeldPipeline
) -> None:
    """Three requests, however equal."""
    calls = [server.stub.SummarizeArticles(request()) for _ in range(3)]
    await admitted(server, 3)
    error = await refused(server.stub.SummarizeArticles(request()))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    held.gate.set()
    await asyncio.gather(*calls)
    await admitted(server, 0)


async def events(call: Any) -> list[str]:
    """What a stream tells from here on, by kind."""
    told = []
    while (event := await call.read()) != grpc.aio.EOF:
        told.append(str(event.WhichOneof("event")))
    return told


async def test_a_stream_that_comes_later_is_told_all_from_the_first_event(
    server: Running, held: HeldPipeline
) -> None:
    """Though it shares the work with one that has been told half."""
    sent = stream_request("One.", "Two.")
    first = server.stub.StreamSummaries(sent)
    begun = [str((await first.read()).WhichOneof("event")) for _ in range(3)]
    assert begun == ["accepted", "progress", "story"]
    later = server.stub.StreamSummaries(sent)
    unary = server.stub.SummarizeArticles(request("One.", "Two."))
    await admitted(server, 3)
    held.gate.set()
    told, rest, answer = await asyncio.gather(events(later), events(first), unary)
    assert told == [*begun, "story", "finished"]
    assert [*begun, *rest] == told
    assert len(answer.stories) == 2
    assert held.entered.qsize() == 1
    assert server.count("newsfold_coalesced_total") == 2
    await admitted(server, 0)


@pytest.mark.parametrize("leaving", [0, 1])
async def test_the_work_of_streams_goes_on_while_one_of_them_stays(
    leaving: int, server: Running, held: HeldPipeline
) -> None:
    """Whichever came first; it ends with the last."""
    calls = [server.stub.StreamSummaries(stream_request("One.")) for _ in range(2)]
    await admitted(server, 2)
    await asyncio.gather(*(call.read() for call in calls))
    calls[leaving].cancel()
    await ended(server, 1, **STREAM, grpc_code="CANCELLED")
    assert held.left.empty()
    calls[1 - leaving].cancel()
    await admitted(server, 0)
    assert await held.left.get()


async def test_a_failure_ends_the_streams_that_share_it(
    server: Running, held: HeldPipeline
) -> None:
    """With the same status, after what was told before."""
    held.error = ModelFailed("tensor shapes")
    calls = [server.stub.StreamSummaries(stream_request("One.")) for _ in range(2)]
    await admitted(server, 2)
    held.gate.set()
    for call in calls:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await events(call)
        assert raised.value.code() is grpc.StatusCode.INTERNAL
    assert held.entered.qsize() == 1


async def test_it_can_be_switched_off(held: HeldPipeline) -> None:
    """Then each request is worked on."""
    async with running(held, coalesce=False) as server:
        held.gate.set()
        await asyncio.gather(*(server.stub.SummarizeArticles(request()) for _ in range(3)))
        assert held.entered.qsize() == 3
