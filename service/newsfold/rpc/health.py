"""grpc.health.v1: is the server alive, and does it take requests?

grpcio's own servicer says SERVING before anything is loaded, and its Watch streams hold a graceful
stop for the whole grace; this one starts NOT_SERVING and ends the streams when the server drains.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from newsfold.rpc.calls import SERVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

LIVENESS = "liveness"
"""SERVING as long as the process answers: for a probe that restarts it."""

_Response = health_pb2.HealthCheckResponse


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]
    """Status of "" (the server), of the service, and of `LIVENESS`."""

    def __init__(self) -> None:
        self._ready = False
        self._closed = False
        self._changed = asyncio.Condition()

    async def serve(self) -> None:
        """The models are warm: say SERVING, unless the server drains already."""
        async with self._changed:
            self._ready = not self._closed
            self._changed.notify_all()

    async def close(self) -> None:
        """Say NOT_SERVING from now on; each Watch sends it and ends."""
        async with self._changed:
            self._ready = False
            self._closed = True
            self._changed.notify_all()

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
        """The status now. NOT_FOUND for a name that is not ours."""
        status = self._statuses().get(request.service)
        if status is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such service")
        return _Response(status=status)

    async def List(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's name
        """All statuses."""
        return health_pb2.HealthListResponse(
            statuses={name: _Response(status=s) for name, s in self._statuses().items()}
        )

    async def Watch(self, request: Any, context: Any) -> None:  # noqa: N802 - gRPC's name
        """The status now and each time it changes, until the server drains."""
        told: int | None = None
        while True:
            status = self._status(request.service)
            if status != told:
                await context.write(_Response(status=status))
                told = status
            if self._closed:
                return
            async with self._changed:
                while not self._closed and self._status(request.service) == told:
                    await self._changed.wait()

    def _status(self, name: str) -> int:
        unknown: int = _Response.SERVICE_UNKNOWN
        return self._statuses().get(name, unknown)

    def _statuses(self) -> Mapping[str, int]:
        ready = _Response.SERVING if self._ready else _Response.NOT_SERVING
        return {"": ready, SERVICE: ready, LIVENESS: _Response.SERVING}
