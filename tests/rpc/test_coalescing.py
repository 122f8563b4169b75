"""Identical requests that are under way together, over a real socket."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc
import pytest
import pytest_asyncio

from newsfold.pipeline.errors import ModelFailed
from tests.rpc.running import HeldPipeline, refused, request, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from newsfold.v1 import newsfold_pb2 as pb
    from tests.rpc.running import Running

PATIENCE_S = 10.0
COALESCED = "newsfold_coalesced_requests_total"


@pytest_asyncio.fixture
async def held() -> HeldPipeline:
    """A pipeline that waits for its gate."""
    return HeldPipeline()


@pytest_asyncio.fixture
async def server(held: HeldPipeline) -> AsyncIterator[Running]:
    """A server that coalesces, with room for one piece of work."""
    async with running(held, coalesce=True, max_concurrent_requests=1) as found:
        yield found


def named(name: str, body: str = "A bridge fell.") -> pb.SummarizeArticlesRequest:
    """The same request under a name of its own."""
    made = request(body)
    made.request_id = name
    return made


async def joined(server: Running, count: int) -> None:
    """Wait until that many calls wait for the work of another."""
    async with asyncio.timeout(PATIENCE_S):
        while server.count(COALESCED) < count:  # noqa: ASYNC110 - a counter cannot be awaited
            await asyncio.sleep(0)


async def test_identical_requests_are_worked_on_once(server: Running, held: HeldPipeline) -> None:
    """Each gets the answer under its own name; they hold one place."""
    calls = [asyncio.ensure_future(server.stub.SummarizeArticles(named(n))) for n in "abc"]
    await joined(server, 2)
    assert server.count("newsfold_admitted_requests") == 1
    held.gate.set()
    answers = await asyncio.gather(*calls)
    assert [answer.request_id for answer in answers] == ["a", "b", "c"]
    assert len({answer.stories[0].id for answer in answers}) == 1
    assert held.entered.qsize() == 1
    assert server.count("newsfold_stories_total") == 1


async def test_another_request_is_other_work(server: Running, held: HeldPipeline) -> None:
    """And finds the only place taken."""
    call = asyncio.ensure_future(server.stub.SummarizeArticles(named("a")))
    await held.entered.get()
    error = await refused(server.stub.SummarizeArticles(named("b", "A dam broke.")))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    held.gate.set()
    await call
    again = await server.stub.SummarizeArticles(named("c"))
    assert again.request_id == "c"
    assert server.count(COALESCED) == 0


async def test_the_first_caller_may_leave_and_the_work_goes_on(
    server: Running, held: HeldPipeline
) -> None:
    """For those who still wait; when the last one leaves it is cancelled."""
    first = server.stub.SummarizeArticles(named("a"))
    gone = asyncio.ensure_future(first)
    await held.entered.get()
    second = server.stub.SummarizeArticles(named("b"))
    waits = asyncio.ensure_future(second)
    await joined(server, 1)
    first.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert held.left.empty()
    second.cancel()
    async with asyncio.timeout(PATIENCE_S):
        assert await held.left.get() is True
    await asyncio.gather(waits, return_exceptions=True)
    assert server.count("newsfold_admitted_requests") == 0


async def test_a_deadline_is_its_callers_own(server: Running, held: HeldPipeline) -> None:
    """The other caller gets the answer."""
    patient = asyncio.ensure_future(server.stub.SummarizeArticles(named("a")))
    await held.entered.get()
    error = await refused(server.stub.SummarizeArticles(named("b"), timeout=0.3))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    held.gate.set()
    assert (await patient).request_id == "a"


async def test_a_failure_is_everybodys(server: Running, held: HeldPipeline) -> None:
    """And the next request is worked on anew."""
    held.error = ModelFailed("out of memory")
    calls = [asyncio.ensure_future(refused(server.stub.SummarizeArticles(named(n)))) for n in "ab"]
    await joined(server, 1)
    held.gate.set()
    errors = await asyncio.gather(*calls)
    assert {error.code() for error in errors} == {grpc.StatusCode.INTERNAL}
    held.error = None
    assert (await server.stub.SummarizeArticles(named("c"))).request_id == "c"


@pytest.mark.parametrize("coalesce", [True, False])
async def test_it_can_be_turned_off(held: HeldPipeline, *, coalesce: bool) -> None:
    """Then each request holds a place of its own."""
    async with running(held, coalesce=coalesce) as server:
        calls = [asyncio.ensure_future(server.stub.SummarizeArticles(named(n))) for n in "ab"]
        async with asyncio.timeout(PATIENCE_S):
            await held.entered.get()
            if coalesce:
                await joined(server, 1)
            else:
                await held.entered.get()
        held.gate.set()
        await asyncio.gather(*calls)
        assert server.count(COALESCED) == float(coalesce)
