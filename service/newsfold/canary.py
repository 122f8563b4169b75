"""Runs the canary of the models again and again while a server serves, and counts how it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from newsfold.pipeline.errors import NewsfoldError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from newsfold.metrics import Metrics

PATIENCE_S = 60.0
"""Its rows wait in the queue as all others do; after this it has told enough."""

_log = structlog.get_logger(__name__)


async def watch_canary(
    canary: Callable[[], Awaitable[bool]], interval_s: float, metrics: Metrics
) -> None:
    """Run it now and every `interval_s` seconds, until cancelled. Raises nothing else."""
    while True:
        result = await _result(canary)
        metrics.canary_runs.labels(result).inc()
        if result == "different":
            _log.error("canary.different")
        await asyncio.sleep(interval_s)


async def _result(canary: Callable[[], Awaitable[bool]]) -> str:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return "equal" if await canary() else "different"
    except (NewsfoldError, TimeoutError) as error:
        _log.warning("canary.failed", error=f"{type(error).__name__}: {error}")
        return "failed"
