"""The life of the server: it listens, loads, serves, drains, stops; and tells so."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import urllib.request
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from newsfold.cli.child import ChildServer
from newsfold.client import Client, article
from newsfold.metrics import Metrics
from newsfold.pace import Pace
from newsfold.rpc.health import LIVENESS
from newsfold.server import CannotStart, Server, open_pipeline
from newsfold.settings import Settings
from newsfold.v1 import newsfold_pb2 as pb
from newsfold.v1 import newsfold_pb2_grpc as pb_grpc
from tests.conftest import serves
from tests.rpc.running import HeldPipeline, product, refused, request, running
from tests.rpc.test_calls import PATIENCE_S, detail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from newsfold.rpc.readiness import Product, Summarizer

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def quiet(**settings: object) -> Settings:
    """A free port, no metrics listener."""
    return Settings(**({"port": 0, "metrics": False} | settings))  # type: ignore[arg-type]


async def test_what_warming_up_took_says_nothing_of_the_pace() -> None:
    """Its steps are few and cold; the first request would be refused for them."""
    async with open_pipeline(quiet()) as product:
        assert product.pace() == Pace()


async def test_while_loading_it_answers_health_and_refuses_work() -> None:
    """UNAVAILABLE with RetryInfo until the models are warm; alive all the time."""
    warm = asyncio.Event()

    @asynccontextmanager
    async def opens(_: Settings, __: Metrics) -> AsyncIterator[Product[Summarizer]]:
        await warm.wait()
        yield product(HeldPipeline())

    server = Server(quiet(), opens=opens)
    ports = await server.start()
    options = [("grpc.enable_retries", 0)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{ports.grpc}", options) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        stub = pb_grpc.SummarizationServiceStub(channel)

        async def told(name: str = "") -> int:
            answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
            status: int = answer.status
            return status

        assert [await told(), await told(LIVENESS)] == [NOT_SERVING, SERVING]
        error = await refused(stub.GetServiceInfo(pb.GetServiceInfoRequest()))
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert detail(error, error_details_pb2.ErrorInfo).reason == "NOT_READY"
        assert detail(error, error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() > 0
        warm.set()
        await server.ready()
        assert [await told(), await told("newsfold.v1.SummarizationService")] == [SERVING] * 2
        assert (await stub.GetServiceInfo(pb.GetServiceInfoRequest())).version == "test"
    await server.stop(at_once=True)


async def test_health_knows_no_other_name() -> None:
    """NOT_FOUND, as its specification says."""
    async with running(HeldPipeline()) as server:
        error = await refused(server.health.Check(health_pb2.HealthCheckRequest(service="x")))
        assert error.code() is grpc.StatusCode.NOT_FOUND


async def test_draining_tells_watchers_lets_calls_end_and_closes_the_product_last() -> None:
    """A Watch does not hold the stop, and a call under way is answered."""
    held, closed = HeldPipeline(), asyncio.Event()

    @asynccontextmanager
    async def opens(_: Settings, __: Metrics) -> AsyncIterator[Product[Summarizer]]:
        yield product(held)
        closed.set()

    server = Server(quiet(), opens=opens)
    ports = await server.start()
    await server.ready()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{ports.grpc}") as channel:
        watch = aiter(health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest()))
        assert (await anext(watch)).status == SERVING
        call = pb_grpc.SummarizationServiceStub(channel).SummarizeArticles(request())
        async with asyncio.timeout(PATIENCE_S):
            await held.entered.get()
            stopping = asyncio.create_task(server.stop())
            assert (await anext(watch)).status == NOT_SERVING
            assert [status async for status in watch] == []
            assert not closed.is_set()
            held.gate.set()
            assert len((await call).stories) == 1
            await stopping
            await server.wait()
    assert closed.is_set()


async def test_a_call_that_outlasts_the_drain_is_cut_and_leaves_the_pipeline() -> None:
    """The stop takes drain_s and no more."""
    held = HeldPipeline()
    async with running(held, drain_s=0.05) as server:
        call = server.stub.SummarizeArticles(request())
        async with asyncio.timeout(PATIENCE_S):
            await held.entered.get()
            await server.server.stop()
            assert await held.left.get() is True
            assert (await refused(call)).code() in {
                grpc.StatusCode.UNAVAILABLE,
                grpc.StatusCode.CANCELLED,
            }


async def test_a_second_stop_cuts_the_drain_short() -> None:
    """As a second Ctrl-C does."""
    held = HeldPipeline()
    async with running(held, drain_s=3600) as server:
        call = server.stub.SummarizeArticles(request())
        async with asyncio.timeout(PATIENCE_S):
            await held.entered.get()
            first = asyncio.create_task(server.server.stop())
            await server.server.stop(at_once=True)
            await first
            assert await held.left.get() is True
        await asyncio.gather(call, return_exceptions=True)


async def test_models_that_cannot_be_loaded_end_the_server_with_the_reason() -> None:
    """And it no longer listens."""

    @asynccontextmanager
    async def opens(_: Settings, __: Metrics) -> AsyncIterator[Product[Summarizer]]:
        raise CannotStart("the weights are not what they should be")
        yield  # an asynccontextmanager is a generator

    server = Server(quiet(), opens=opens)
    ports = await server.start()
    with pytest.raises(CannotStart, match="the weights"):
        await server.ready()
    with pytest.raises(CannotStart, match="the weights"):
        await server.wait()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", ports.grpc)


async def test_a_taken_port_is_refused() -> None:
    """Two servers never share one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CannotStart, match="cannot listen"):
            await Server(quiet(port=taken.getsockname()[1])).start()


async def test_metrics_are_scraped_on_a_port_of_their_own() -> None:
    """In the text format, with the process's own."""
    metrics = Metrics()

    @asynccontextmanager
    async def opens(_: Settings, __: Metrics) -> AsyncIterator[Product[Summarizer]]:
        yield product(HeldPipeline())

    server = Server(quiet(metrics=True, metrics_port=0), metrics=metrics, opens=opens)
    ports = await server.start()
    await server.ready()
    address = f"http://127.0.0.1:{ports.metrics}/metrics"
    page = await asyncio.to_thread(lambda: urllib.request.urlopen(address).read().decode())
    assert "newsfold_ready 1.0" in page
    assert 'newsfold_articles_total{role="rejected"} 0.0' in page
    assert "process_resident_memory_bytes" in page
    await server.stop()


async def test_without_reflection_the_service_does_not_list_itself() -> None:
    """UNIMPLEMENTED."""
    async with running(HeldPipeline(), reflection=False) as server:
        async with grpc.aio.insecure_channel(server.target) as channel:
            method = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
            call: Any = channel.stream_stream(method)(iter(()))
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                _ = [answer async for answer in call]
        assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_the_shipped_server_drains_on_sigterm_and_exits_with_0() -> None:
    """A process of its own, with its real models; a call under way is answered first."""
    with ChildServer() as child:
        ports = child.wait_listening(lambda _: None)
        with Client(f"127.0.0.1:{ports.grpc}") as client:
            child.wait_until(lambda: serves(client), lambda _: None)
            events = client.stream([article(body="The rope bridge fell on Tuesday, police said.")])
            assert next(events).WhichOneof("event") == "accepted"
            os.kill(child.pid, signal.SIGTERM)
            assert [event.WhichOneof("event") for event in events][-1] == "finished"
        assert child.stop() == 0
        assert "server.stopped" in child.tail()
