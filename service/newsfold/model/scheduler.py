"""One thread owns the device; requests hand it rows and await their results.

Rows of all requests wait in two lanes, embedding and writing, and leave them in batches. The lane
that has used less device time goes next, so that neither starves the other. Callers see two
coroutines; how rows are batched behind them is this module's alone to change.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

from newsfold.model.engine import BatchReport, NobodyObserves, Work
from newsfold.model.lane import Lane, Request
from newsfold.pipeline.errors import ModelFailed, NewsfoldError, NotReady, Overloaded

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
    from newsfold.model.lane import Waiting

In = TypeVar("In")
Out = TypeVar("Out")

EMBED_BATCH_TOKENS = 2_048
"""A full batch for the encoder. On 2 cores, bfloat16, 31 tokens a sentence: 68 sentences/s in
batches of 512 tokens, 80 of 1,024, 83 of 2,048; beyond that the differences are noise, and the
shorter a batch, the sooner the other lane has its turn."""
DECODER_ROWS = 64
"""Rows x beams of one cohort. On 2 cores, bfloat16, the rewriter with 4 beams: 125 tok/s with 32,
143 with 64, 130 with 128; a longer cohort would only hold memory and cancelled rows longer."""

_log = logging.getLogger(__name__)


class Scheduler:
    """Batches rows across requests on one device thread. `close` it."""

    def __init__(
        self,
        *,
        embedding: EmbeddingEngine,
        writing: WritingEngine,
        batch_tokens: int,
        queue_tokens: int,
        observer: EngineObserver | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`batch_tokens`: padded encoder tokens of a batch; `queue_tokens`: of all waiting rows."""
        self._embed: Lane[Ids, NDArray[Any]] = Lane(
            work=Work.EMBED,
            run=lambda rows, _: list(embedding.encode(rows)),
            length=len,
            tokens_out=lambda _: 0,
            group=lambda _: None,
            max_tokens=min(batch_tokens, EMBED_BATCH_TOKENS),
            max_rows=lambda _: EMBED_BATCH_TOKENS,
            pads=False,
        )
        self._write: Lane[Row, tuple[Hypothesis, ...]] = Lane(
            work=Work.WRITE,
            run=writing.generate,
            length=lambda row: len(row.ids),
            tokens_out=lambda hypotheses: len(hypotheses[0].ids) if hypotheses else 0,
            group=lambda row: row.decoding,
            max_tokens=batch_tokens,
            max_rows=lambda row: max(1, DECODER_ROWS // row.decoding.num_beams),
        )
        self._queue_tokens = queue_tokens
        self._observer: EngineObserver = observer or NobodyObserves()
        self._clock = clock
        self._changed = threading.Condition()
        self._running: list[Waiting[Any, Any]] = []
        self._closing = False
        self._thread = threading.Thread(
            target=self._own_device, name="newsfold-device", daemon=True
        )
        self._thread.start()

    async def encode(self, rows: Sequence[Ids]) -> list[NDArray[Any]]:
        """Pooled vectors, in order. Raises ModelFailed, NotReady, Overloaded."""
        return await self._submit(self._embed, rows)

    async def generate(self, rows: Sequence[Row]) -> list[tuple[Hypothesis, ...]]:
        """Hypotheses of each row, in order. Raises ModelFailed, NotReady, Overloaded."""
        return await self._submit(self._write, rows)

    def close(self, *, drain: bool = False) -> None:
        """Stop the thread and wait for it: after the queue is empty if `drain`, else at once.

        Without `drain` what waits or runs fails with ModelFailed. Blocks; closing twice is fine.
        """
        with self._changed:
            self._closing = True
            if not drain:
                requests: list[Request[Any, Any]] = [
                    *self._embed.drop_all(),
                    *self._write.drop_all(),
                    *(waiting.request for waiting in self._running),
                ]
                for request in requests:
                    _fail(request, ModelFailed("the engine was closed"))
            self._changed.notify_all()
        self._thread.join()

    async def _submit(self, lane: Lane[In, Out], rows: Sequence[In]) -> list[Out]:
        if not rows:
            return []
        loop = asyncio.get_running_loop()
        request: Request[In, Out] = Request(rows, loop, loop.create_future())
        with self._changed:
            if self._closing:
                raise NotReady("the engine is closing", retry_after=1.0)
            tokens = sum(map(lane.length, rows))
            queued = self._embed.tokens + self._write.tokens
            if queued and queued + tokens > self._queue_tokens:
                raise Overloaded(
                    f"{queued} tokens wait for the model", reason="QUEUE_FULL", retry_after=1.0
                )
            self._enter(lane, request)
        try:
            return await request.future
        except asyncio.CancelledError:
            self._abandon(lane, request)
            raise

    def _enter(self, lane: Lane[In, Out], request: Request[In, Out]) -> None:
        """Queue a request; a lane that was idle does not get paid for the time it did not ask."""
        other = self._write.spent if lane is self._embed else self._embed.spent
        if not lane.waiting:
            lane.spent = max(lane.spent, other)
        lane.push(request, self._clock())
        self._observer.queue_changed(lane.work, len(lane.waiting), lane.tokens)
        self._changed.notify_all()

    def _abandon(self, lane: Lane[In, Out], request: Request[In, Out]) -> None:
        with self._changed:
            request.gone = True
            dropped = lane.drop(request)
            self._observer.rows_cancelled(lane.work, dropped)
            self._observer.queue_changed(lane.work, len(lane.waiting), lane.tokens)

    def _own_device(self) -> None:
        while True:
            with self._changed:
                self._running = []
                while not (self._embed.waiting or self._write.waiting or self._closing):
                    self._changed.wait()
                lanes = [lane for lane in (self._embed, self._write) if lane.waiting]
                if not lanes:
                    return
                lane: Lane[Any, Any] = min(lanes, key=lambda lane: lane.spent)
                batch = self._running = lane.take()
                self._observer.queue_changed(lane.work, len(lane.waiting), lane.tokens)
            started = self._clock()
            self._run(lane, batch)
            lane.spent += self._clock() - started

    def _run(self, lane: Lane[In, Out], batch: list[Waiting[In, Out]]) -> None:
        """Run a batch and settle its rows.

        If it raises, run each request's rows apart, once, so that a request fails by its own only.
        """
        started = self._clock()
        try:
            results = lane.run([w.row for w in batch], lambda i: not batch[i].request.gone)
            if len(results) != len(batch):
                raise RuntimeError(f"{len(results)} results for {len(batch)} rows")
        except Exception as error:  # noqa: BLE001 - whatever a model raises, the thread lives
            self._report(lane, batch, None, started)
            by_request: dict[int, list[Waiting[In, Out]]] = {}
            for waiting in batch:
                by_request.setdefault(id(waiting.request), []).append(waiting)
            if len(by_request) == 1:
                self._fail_request(lane, batch[0].request, error)
            else:
                for own in by_request.values():
                    self._run(lane, own)
            return
        self._report(lane, batch, results, started)
        for waiting, result in zip(batch, results, strict=True):
            _settle(waiting, result)

    def _fail_request(
        self, lane: Lane[In, Out], request: Request[In, Out], error: Exception
    ) -> None:
        _log.error("batch.failed", exc_info=error)
        with self._changed:
            lane.drop(request)
        failure = ModelFailed(f"{type(error).__name__}: {error}")
        failure.__cause__ = error
        _fail(request, failure)

    def _report(
        self,
        lane: Lane[In, Out],
        batch: list[Waiting[In, Out]],
        results: Sequence[Out] | None,
        started: float,
    ) -> None:
        lengths = [lane.length(w.row) for w in batch]
        gone = [w.request.gone for w in batch]
        written = [lane.tokens_out(r) for r in results] if results is not None else [0] * len(batch)
        report = BatchReport(
            work=lane.work,
            rows=len(batch),
            tokens_in=sum(lengths),
            padding=max(lengths) * len(lengths) - sum(lengths) if lane.pads else 0,
            tokens_out=sum(n for n, g in zip(written, gone, strict=True) if not g),
            tokens_wasted=sum(n for n, g in zip(written, gone, strict=True) if g),
            cancelled=sum(gone),
            failed=results is None,
            seconds=self._clock() - started,
            waits=tuple(started - w.since for w in batch),
        )
        try:
            self._observer.batch_done(report)
        except Exception:  # noqa: BLE001 - whoever counts must not stop the device
            _log.exception("observer.failed")


def _settle(waiting: Waiting[In, Out], result: Out) -> None:
    request = waiting.request
    request.results[waiting.position] = result
    if len(request.results) == len(request.rows) and not request.gone:
        results = [request.results[i] for i in range(len(request.rows))]
        _call(request, lambda: request.future.set_result(results))


def _fail(request: Request[In, Out], error: NewsfoldError) -> None:
    if not request.gone:
        request.gone = True
        _call(request, lambda: request.future.set_exception(error))


def _call(request: Request[In, Out], settle: Callable[[], None]) -> None:
    """Have the request's event loop settle its future, unless its caller has left meanwhile.

    A loop that is closed has nobody left to tell.
    """

    def on_loop() -> None:
        if not request.future.done():
            settle()

    try:
        request.loop.call_soon_threadsafe(on_loop)
    except RuntimeError:
        _log.debug("loop.closed")
