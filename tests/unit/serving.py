"""Servers for tests of the client and the command line, on free ports, gone with the block."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import grpc
import structlog

from newsfold.pipeline.pipeline import Pipeline
from newsfold.rpc.readiness import Product
from newsfold.server import Server
from newsfold.settings import Settings
from newsfold.v1 import newsfold_pb2 as pb
from newsfold.v1 import newsfold_pb2_grpc as pb_grpc
from tests.fakes import BagOfWordsEmbedder, ScriptedWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from newsfold.metrics import Metrics


@dataclass(frozen=True)
class StandInModel:
    """What GetServiceInfo says of a stand-in."""

    name: str
    sha256: str
    family: str = "rewriter"
    dtype: str = "float32"
    max_input_tokens: int = 128


@asynccontextmanager
async def open_stand_ins(settings: Settings, metrics: Metrics) -> AsyncIterator[Product[Pipeline]]:
    """The real pipeline over the stand-in models."""
    writer, embedder = ScriptedWriter(), BagOfWordsEmbedder()
    yield Product(
        pipeline=Pipeline(
            embedder=embedder,
            writer=writer,
            limits=settings,
            tuning=settings.tuning,
            code_version="test",
        ),
        version="test",
        writer=StandInModel("stand-in writer", writer.sha256),
        embedder=StandInModel("stand-in embedder", embedder.sha256),
        device="cpu",
    )


@contextmanager
def real_server(**settings: object) -> Iterator[str]:
    """The real server over stand-in models, in a thread; gives host:port."""
    # Unconfigured, structlog prints to standard output, which is where commands answer.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    ports: dict[str, int] = {}
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def live() -> None:
        chosen = Settings(port=0, metrics=False, **settings)  # type: ignore[arg-type]
        server = Server(chosen, opens=open_stand_ins)
        ports["grpc"] = (await server.start()).grpc
        await server.ready()
        ready.set()
        await stop.wait()
        await server.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(live()), daemon=True)
    thread.start()
    assert ready.wait(30), "the server did not start"
    try:
        yield f"127.0.0.1:{ports['grpc']}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()
        structlog.reset_defaults()


@contextmanager
def servicer_at(
    servicer: object,
    *,
    credentials: grpc.ServerCredentials | None = None,
    max_receive_bytes: int = -1,
) -> Iterator[str]:
    """A plain gRPC server whose rpcs are the servicer's methods; gives host:port.

    Rpcs without a method are UNIMPLEMENTED.
    """
    service = pb.DESCRIPTOR.services_by_name["SummarizationService"]
    methods = {name: getattr(servicer, name, _unimplemented) for name in service.methods_by_name}
    server = grpc.server(
        ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", max_receive_bytes)]
    )
    pb_grpc.add_SummarizationServiceServicer_to_server(
        cast("pb_grpc.SummarizationServiceServicer", SimpleNamespace(**methods)), server
    )
    port = (
        server.add_insecure_port("127.0.0.1:0")
        if credentials is None
        else server.add_secure_port("127.0.0.1:0", credentials)
    )
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def _unimplemented(request: Any, context: Any) -> None:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, "the test has no such method")
