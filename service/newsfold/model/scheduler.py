"""One thread owns the device; requests hand it rows and await their results.

Rows of all requests wait in lanes, one for each kind of work. A turn of embedding or verifying is a
batch, a turn of writing one step of the engine, before which waiting rows come and unwanted ones
leave.
The lane that has used the least device time goes next, so that none starves another. Callers see
coroutines; how rows are batched behind them is this module's alone to change.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

from newsfold.model.engine import NobodyObserves, Work
from newsfold.model.lane import Request, fail
from newsfold.model.turns import EmbeddingTurns, Shared, WritingTurns
from newsfold.pipeline.errors import ModelFailed, NotReady, Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from newsfold.model.engine import (
        EmbeddingEngine,
        EngineObserver,
        Hypothesis,
        Ids,
        Row,
        WritingEngine,
    )
    from newsfold.model.lane import Lane
    from newsfold.model.turns import Turns

In = TypeVar("In")
Out = TypeVar("Out")


class Scheduler:
    """Batches rows across requests on one device thread. `close` it."""

    def __init__(
        self,
        *,
        embedding: EmbeddingEngine,
        writing: WritingEngine,
        batch_tokens: int,
        queue_tokens: int,
        verifying: EmbeddingEngine | None = None,
        observer: EngineObserver | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`batch_tokens`: padded encoder tokens of a batch; `queue_tokens`: of all waiting rows.

        Without `verifying`, `verify` must not be called.
        """
        self.observer: EngineObserver = observer or NobodyObserves()
        self._clock = clock
        self._changed = threading.Condition()
        shared = Shared(self._changed, self.observer, clock)
        self._texts = EmbeddingTurns(Work.EMBED, embedding, batch_tokens, shared)
        self._rows = WritingTurns(writing, batch_tokens, shared)
        self._all: list[Turns[Any, Any]] = [self._texts, self._rows]
        if verifying is not None:
            self._claims = EmbeddingTurns(Work.VERIFY, verifying, batch_tokens, shared)
            self._all.append(self._claims)
        self._queue_tokens = queue_tokens
        self._closing = False
        self._thread = threading.Thread(
            target=self._own_device, name="newsfold-device", daemon=True
        )
        self._thread.start()

    async def encode(self, rows: Sequence[Ids]) -> list[NDArray[Any]]:
        """Pooled vectors, in order. Raises ModelFailed, NotReady, Overloaded."""
        return await self._submit(self._texts, rows)

    async def generate(self, rows: Sequence[Row]) -> list[tuple[Hypothesis, ...]]:
        """Hypotheses of each row, in order. Raises ModelFailed, NotReady, Overloaded."""
        return await self._submit(self._rows, rows)

    async def verify(self, rows: Sequence[Ids]) -> list[NDArray[Any]]:
        """The probability of each row, shape (1,), in order. Raises as `encode`."""
        return await self._submit(self._claims, rows)

    def close(self, *, drain: bool = False) -> None:
        """Stop the thread and wait for it: after the queue is empty if `drain`, else at once.

        Without `drain` what waits or runs fails with ModelFailed. Blocks; closing twice is fine.
        """
        with self._changed:
            self._closing = True
            if not drain:
                closed = ModelFailed("the engine was closed")
                for turns in self._all:
                    for request in turns.give_up():
                        fail(request, closed)
            self._changed.notify_all()
        self._thread.join()

    async def _submit(self, turns: Turns[In, Out], rows: Sequence[In]) -> list[Out]:
        if not rows:
            return []
        loop = asyncio.get_running_loop()
        request: Request[In, Out] = Request(rows, loop, loop.create_future())
        lane = turns.lane
        with self._changed:
            if self._closing:
                raise NotReady("the engine is closing", retry_after=1.0)
            tokens = sum(map(lane.length, rows))
            queued = sum(each.lane.tokens for each in self._all)
            if queued and queued + tokens > self._queue_tokens:
                raise Overloaded(
                    f"{queued} tokens wait for the model", reason="QUEUE_FULL", retry_after=1.0
                )
            if not turns.busy:
                # A lane that was idle does not get paid for the time it did not ask.
                lane.spent = max(each.lane.spent for each in self._all)
            lane.push(request, self._clock())
            self._tell_queue(lane)
            self._changed.notify_all()
        try:
            return await request.future
        except asyncio.CancelledError:
            self._abandon(lane, request)
            raise

    def _abandon(self, lane: Lane[In, Out], request: Request[In, Out]) -> None:
        with self._changed:
            if not request.gone:
                self.observer.tokens_wasted(lane.work, lane.in_vain(request))
            request.gone = True
            self.observer.rows_cancelled(lane.work, lane.drop(request))
            self._tell_queue(lane)

    def _own_device(self) -> None:
        while True:
            with self._changed:
                while not (any(turns.busy for turns in self._all) or self._closing):
                    self._changed.wait()
                busy = [turns for turns in self._all if turns.busy]
                if not busy:
                    for turns in self._all:
                        turns.end()
                    return
                turns = min(busy, key=lambda turns: turns.lane.spent)
                turns.take()
                self._tell_queue(turns.lane)
            started = self._clock()
            turns.run(started)
            turns.lane.spent += self._clock() - started

    def _tell_queue(self, lane: Lane[Any, Any]) -> None:
        self.observer.queue_changed(lane.work, len(lane.waiting), lane.tokens)
