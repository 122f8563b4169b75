"""Identical requests that are under way at the same time are worked on once.

Wire copy reaches a newsroom by several feeds at once, and a client that lost patience asks again.
The work goes on while at least one caller waits for it; each keeps its own deadline.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

T = TypeVar("T")


@dataclass(slots=True)
class _Work(Generic[T]):
    """Under way, and how many wait for it."""

    task: asyncio.Task[T]
    waiting: int = 0


class Coalescing(Generic[T]):
    """Not thread-safe: it belongs to the event loop."""

    def __init__(self, joined: Callable[[], None]) -> None:
        """`joined` is told of each caller that waits for another's work."""
        self._joined = joined
        self._under_way: dict[bytes, _Work[T]] = {}

    async def run(self, key: bytes, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of `start()`, or of the work of the same key that is under way.

        Raises what the work raises, to all who wait. The last one to be cancelled cancels it, and
        returns when it has ended.
        """
        work = self._under_way.get(key)
        if work is None:
            work = self._under_way[key] = _Work(asyncio.create_task(start()))
            work.task.add_done_callback(lambda _: self._forget(key, work))
        else:
            self._joined()
        work.waiting += 1
        try:
            return await asyncio.shield(work.task)
        finally:
            work.waiting -= 1
            if not work.waiting and not work.task.done():
                self._forget(key, work)
                work.task.cancel()
                await asyncio.gather(work.task, return_exceptions=True)

    def _forget(self, key: bytes, work: _Work[T]) -> None:
        if self._under_way.get(key) is work:
            del self._under_way[key]


def key_of(request: pb.SummarizeArticlesRequest) -> bytes:
    """The same for requests that differ in nothing but their `request_id`."""
    anonymous = pb.SummarizeArticlesRequest(articles=request.articles)
    if request.HasField("options"):
        anonymous.options.CopyFrom(request.options)
    return hashlib.sha256(anonymous.SerializeToString(deterministic=True)).digest()
