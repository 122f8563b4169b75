"""Wires everything by constructor, and owns the life of the server: start, serve, drain, stop.

It listens before the models are loaded, so that health and metrics answer meanwhile; calls are
refused with UNAVAILABLE until a real generation has passed.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc
import structlog
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from prometheus_client import start_http_server

from newsfold import __version__
from newsfold.canary import watch_canary
from newsfold.engine_metrics import EngineMetrics
from newsfold.heap import keep_trimmed, one_heap, settled
from newsfold.logs import configure
from newsfold.metrics import Metrics
from newsfold.pace import Pace
from newsfold.rpc.admission import Admission
from newsfold.rpc.calls import HEALTH, SERVICE
from newsfold.rpc.flights import Flights
from newsfold.rpc.health import Health
from newsfold.rpc.interceptors import interceptors
from newsfold.rpc.readiness import Product, Readiness, Summarizer
from newsfold.rpc.servicer import Servicer
from newsfold.v1 import newsfold_pb2_grpc as pb_grpc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable

    from newsfold.model.load import Models
    from newsfold.pipeline.pipeline import Pipeline
    from newsfold.settings import Settings

_log = structlog.get_logger(__name__)

Open: TypeAlias = "Callable[[Settings, Metrics], AbstractAsyncContextManager[Product[Summarizer]]]"
"""Loads, warms and in the end closes what the server serves with."""

_KEEPALIVE_S = 60
"""Between pings to a silent client, so that a dead one does not keep its work alive; under the
350 s after which common load balancers forget a silent connection."""
_KEEPALIVE_ANSWER_S = 20
_CLIENT_PING_S = 20
"""Clients may ping this often without being sent away (gRPC's default is 300 s)."""
_STREAMS = 1_000
"""Calls at once on one connection; more wait in the client."""


class CannotStart(Exception):
    """The server cannot run as it is set up; the text is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the server listens."""

    grpc: int
    metrics: int | None
    """None if metrics are off."""


def serve(settings: Settings) -> None:
    """Run a server until SIGTERM or SIGINT. Raises SystemExit(1) if it cannot start."""
    one_heap()
    configure(settings.log_level, settings.log_format)
    try:
        asyncio.run(_serve(settings))
    except CannotStart as error:
        _log.error("server.failed", error=str(error))
        raise SystemExit(1) from error


@asynccontextmanager
async def open_pipeline(
    settings: Settings, metrics: Metrics | None = None
) -> AsyncIterator[Product[Pipeline]]:
    """A warm pipeline over the models that `settings` name; they are closed in the end.

    Takes seconds, off the event loop. Raises CannotStart.
    """
    metrics = metrics or Metrics()
    observer = EngineMetrics(metrics)
    async with open_models(settings, observer) as models:
        from newsfold.model.canary import Canary  # noqa: PLC0415 - torch is imported by now

        await models.warm_up()
        for role, info in models.infos.items():
            metrics.model_info.labels(
                role, info.name, info.sha256, info.family, info.dtype, models.device
            ).set(1)
        pipeline = await asyncio.to_thread(_pipeline, settings, models)
        await pipeline.warm_up()
        observer.is_warm()
        with settled():
            yield Product(
                pipeline=pipeline,
                version=__version__,
                writer=models.writer_info,
                embedder=models.embedder_info,
                verifier=models.verifier_info,
                device=models.device,
                canary=Canary(models.embedder, models.writer, models.verifier).run,
                pace=observer.pace,
            )


@asynccontextmanager
async def open_models(settings: Settings, observer: EngineMetrics) -> AsyncIterator[Models]:
    """The models that `settings` name; they are closed in the end. Raises CannotStart."""
    models = await asyncio.to_thread(_load, settings, observer)
    try:
        yield models
    finally:
        await asyncio.to_thread(models.close)


@asynccontextmanager
async def _running(endless: Iterable[Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """Runs these beside the block until it ends."""
    tasks = [asyncio.create_task(one) for one in endless]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


class Server:
    """A server. `start` it, `wait` for its end, `stop` it; a signal handler may do the last."""

    def __init__(
        self, settings: Settings, *, metrics: Metrics | None = None, opens: Open = open_pipeline
    ) -> None:
        self._settings = settings
        self._metrics = metrics or Metrics()
        self._opens = opens
        self._readiness = Readiness()
        self._drained = asyncio.Event()
        self._stopping: asyncio.Task[None] | None = None
        self._pace: Callable[[], Pace] = Pace

    async def start(self) -> Ports:
        """Listen, begin to load, and say where. Raises CannotStart."""
        _log.info("server.start", version=__version__, settings=self._settings.effective())
        self._health = Health()
        self._grpc = self._build()
        try:
            port = self._bind(self._grpc)
            self._scrapes = _Scrapes(self._settings, self._metrics)
        except (OSError, RuntimeError) as error:
            raise CannotStart(f"cannot listen: {error}") from error
        await self._grpc.start()
        ports = Ports(port, self._scrapes.port)
        _log.info(
            "server.listening",
            host=self._settings.host,
            port=ports.grpc,
            metrics_port=ports.metrics,
        )
        self._life = asyncio.create_task(self._hold_product(), name="newsfold-product")
        return ports

    async def ready(self) -> None:
        """Return once it takes requests. Raises what loading raised."""
        serving = asyncio.create_task(self._readiness.wait())
        await asyncio.wait((serving, self._life), return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            serving.cancel()
            await self._life

    async def wait(self) -> None:
        """Return once it has stopped. Raises what loading raised, after stopping."""
        try:
            await asyncio.shield(self._life)
        finally:
            await self.stop()

    async def stop(self, *, at_once: bool = False) -> None:
        """NOT_SERVING, take no more calls, let those under way end, close the engine.

        Calls have `drain_s` to end, none if `at_once`; a second call with `at_once` cuts the
        first one short.
        """
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._shut_down(), name="newsfold-stop")
        if at_once:
            await self._grpc.stop(None)
        await asyncio.shield(self._stopping)

    async def _shut_down(self) -> None:
        _log.info("server.draining", drain_s=self._settings.drain_s)
        self._readiness.drain()
        self._metrics.ready.set(0)
        await self._health.close()
        await self._grpc.stop(self._settings.drain_s)
        self._drained.set()
        with suppress(Exception):  # `wait` raises it
            await self._life
        await asyncio.to_thread(self._scrapes.close)
        _log.info("server.stopped")

    async def _hold_product(self) -> None:
        """Load, serve with what was loaded until all calls have ended, and close it."""
        loading = asyncio.get_running_loop().time()
        async with self._opens(self._settings, self._metrics) as product:
            if self._drained.is_set():
                return
            self._pace = product.pace
            self._readiness.serve(product)
            await self._health.serve()
            self._metrics.ready.set(1)
            _log.info(
                "server.serving",
                writer=product.writer.name,
                writer_sha256=product.writer.sha256,
                embedder=product.embedder.name,
                device=product.device,
                seconds=round(asyncio.get_running_loop().time() - loading, 2),
            )
            meanwhile = [keep_trimmed()]
            if product.canary is not None and self._settings.canary_s:
                meanwhile.append(
                    watch_canary(product.canary, self._settings.canary_s, self._metrics)
                )
            async with _running(meanwhile):
                await self._drained.wait()

    def _build(self) -> grpc.aio.Server:
        settings = self._settings
        token = settings.auth_token.get_secret_value() if settings.auth_token else None
        server = grpc.aio.server(
            interceptors=interceptors(
                metrics=self._metrics, token=token, deadline_s=settings.default_deadline_s
            ),
            options=_options(settings),
        )
        admission = Admission(
            max_requests=settings.max_concurrent_requests,
            max_tokens=settings.max_queue_tokens,
            max_running=settings.max_running_requests,
            overtaking=settings.overtaking_share,
            max_tenants=settings.max_tenants,
            weights=settings.weights,
            metrics=self._metrics,
            pace=self._pace_now,
        )
        servicer = Servicer(
            readiness=self._readiness,
            admission=admission,
            flights=Flights(admission, self._metrics, coalesce=settings.coalesce),
            settings=settings,
            metrics=self._metrics,
        )
        pb_grpc.add_SummarizationServiceServicer_to_server(servicer, server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        if settings.reflection:
            names = (SERVICE, HEALTH, reflection.SERVICE_NAME)
            reflection.enable_server_reflection(names, server)
        return server

    def _pace_now(self) -> Pace:
        """Of the device, once there is one."""
        return self._pace()

    def _bind(self, server: grpc.aio.Server) -> int:
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"{host}:{settings.port}"
        if settings.tls_certificate is None or settings.tls_key is None:
            return server.add_insecure_port(address)
        pair = (settings.tls_key.read_bytes(), settings.tls_certificate.read_bytes())
        return server.add_secure_port(address, grpc.ssl_server_credentials([pair]))


class _Scrapes:
    """The /metrics listener, a thread of its own."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.port: int | None = None
        if settings.metrics:
            self._listener, self._thread = start_http_server(
                settings.metrics_port, addr=settings.host, registry=metrics.registry
            )
            self.port = self._listener.server_port

    def close(self) -> None:
        """Stop listening."""
        if self.port is not None:
            self._listener.shutdown()
            self._listener.server_close()
            self._thread.join()


async def _serve(settings: Settings) -> None:
    server = Server(settings)
    loop = asyncio.get_running_loop()
    stops: set[asyncio.Task[None]] = set()

    def stop() -> None:
        """The first signal drains, the next one does not."""
        stops.add(asyncio.create_task(server.stop(at_once=bool(stops))))

    await server.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await server.wait()


def _load(settings: Settings, observer: EngineMetrics) -> Models:
    """Import torch and load. Raises CannotStart."""
    # Imports torch, which takes seconds: health must answer meanwhile.
    from newsfold.model.checkpoint import CheckpointRefused  # noqa: PLC0415
    from newsfold.model.load import load_models  # noqa: PLC0415

    try:
        return load_models(
            model=settings.model,
            model_revision=settings.model_revision,
            model_sha256=settings.model_sha256,
            embedder=settings.embedder,
            embedder_revision=settings.embedder_revision,
            embedder_sha256=settings.embedder_sha256,
            verifier=settings.verifier,
            device=settings.device,
            dtype=settings.dtype.value,
            threads=settings.threads,
            cuda_graphs=settings.cuda_graphs,
            batch_tokens=settings.batch_tokens,
            embed_cache_entries=settings.embed_cache_entries,
            write_cache_entries=settings.write_cache_entries,
            state_cache_mib=settings.state_cache_mib,
            observer=observer,
        )
    except (CheckpointRefused, ValueError, OSError) as error:
        raise CannotStart(f"cannot load the models: {error}") from error


def _pipeline(settings: Settings, models: Models) -> Pipeline:
    """Import scipy, and wire. Raises CannotStart."""
    from newsfold.pipeline.pipeline import Pipeline  # noqa: PLC0415

    try:
        return Pipeline(
            embedder=models.embedder,
            writer=models.writer,
            verifier=models.verifier,
            limits=settings,
            tuning=settings.tuning,
            code_version=__version__,
            cohort_file=settings.cohort,
        )
    except (ValueError, OSError) as error:
        raise CannotStart(f"cannot use the cohort: {error}") from error


def _options(settings: Settings) -> list[tuple[str, Any]]:
    """Channel arguments; see grpc's `channel_arg_names.h`."""
    return [
        ("grpc.max_receive_message_length", settings.max_request_bytes),
        ("grpc.max_send_message_length", settings.max_request_bytes),
        ("grpc.max_concurrent_streams", _STREAMS),
        ("grpc.keepalive_time_ms", 1000 * _KEEPALIVE_S),
        ("grpc.keepalive_timeout_ms", 1000 * _KEEPALIVE_ANSWER_S),
        ("grpc.http2.min_ping_interval_without_data_ms", 1000 * _CLIENT_PING_S),
        # A second server on a taken port is refused, instead of sharing its connections.
        ("grpc.so_reuseport", 0),
    ]
