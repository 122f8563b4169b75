"""One thread owns the device; requests hand it rows and await their results.

Rows of all requests wait in two lanes, embedding and writing. A turn of the first is a batch, a
turn of the second one decoder step, before which waiting rows join and unwanted ones leave. The
lane that has used less device time goes next, so that neither starves the other. Callers see two
coroutines; how rows are batched behind them is this module's alone to change.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from newsfold.model.engine import BatchReport, NobodyObserves, Work
from newsfold.model.lane import Lane, Request, fail, settle
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
        Step,
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
"""Rows x beams that decode together."""
JOIN_SHARE = 0.25
"""Share of them that must be free before rows join others: joining copies the caches of all, and
the encoder likes several rows at once."""

_WaitingText: TypeAlias = "Waiting[Ids, NDArray[Any]]"
_WaitingRow: TypeAlias = "Waiting[Row, tuple[Hypothesis, ...]]"

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
            length=len,
            group=lambda _: None,
            max_tokens=min(batch_tokens, EMBED_BATCH_TOKENS),
            max_rows=lambda _: EMBED_BATCH_TOKENS,
            pads=False,
        )
        self._writing = writing
        self._write: Lane[Row, tuple[Hypothesis, ...]] = Lane(
            work=Work.WRITE,
            length=lambda row: len(row.ids),
            group=lambda row: row.decoding,
            max_tokens=batch_tokens,
            max_rows=lambda row: max(1, DECODER_ROWS // row.decoding.num_beams),
            pads=not writing.joins,
        )
        self._embedding = embedding
        self._live: dict[int, _WaitingRow] = {}
        self._keys = count()
        self._queue_tokens = queue_tokens
        self._observer: EngineObserver = observer or NobodyObserves()
        self._clock = clock
        self._changed = threading.Condition()
        self._running: Sequence[Waiting[Any, Any]] = []
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
                    *(waiting.request for waiting in self._live.values()),
                ]
                self._live = {}
                for request in requests:
                    fail(request, ModelFailed("the engine was closed"))
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
                while not (self._embed.waiting or self._writes or self._closing):
                    self._changed.wait()
                lanes: list[Lane[Any, Any]] = []
                if self._embed.waiting:
                    lanes.append(self._embed)
                if self._writes:
                    lanes.append(self._write)
                if not lanes:
                    return
                lane = min(lanes, key=lambda lane: lane.spent)
                if lane is self._embed:
                    texts = self._embed.take()
                    self._running = texts
                    turn = partial(self._embed_batch, texts)
                else:
                    rows = self._join()
                    self._running = rows
                    turn = partial(self._decoder_step, rows)
                self._observer.queue_changed(lane.work, len(lane.waiting), lane.tokens)
            started = self._clock()
            turn()
            lane.spent += self._clock() - started

    @property
    def _writes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._write.waiting or self._live)

    def _join(self) -> list[_WaitingRow]:
        """The waiting rows that may start to decode now."""
        room = DECODER_ROWS - sum(w.row.decoding.num_beams for w in self._live.values())
        if self._live and (not self._writing.joins or room < JOIN_SHARE * DECODER_ROWS):
            return []
        joining: list[_WaitingRow] = []
        while self._write.waiting:
            beams = self._write.waiting[0].row.decoding.num_beams
            if room < beams and (joining or self._live):
                break
            taken = self._write.take(room // beams)
            joining += taken
            room -= sum(w.row.decoding.num_beams for w in taken)
            if not self._writing.joins:
                break
        return joining

    def _decoder_step(self, joining: list[_WaitingRow]) -> None:
        """Admit rows, take one step and settle the rows that it finished."""
        started = self._clock()
        joined = dict(zip(self._keys, joining, strict=False))
        with self._changed:
            self._live |= joined
            live = dict(self._live)
        try:
            if joined:
                self._writing.admit([(key, w.row) for key, w in joined.items()])
            step = self._writing.step(lambda key: not live[key].request.gone)
        except Exception as error:  # noqa: BLE001 - whatever a model raises, the thread lives
            self._report_step(joining, live, None, started)
            self._rescue(list(live.values()), error)
            return
        self._report_step(joining, live, step, started)
        with self._changed:
            for key in [*step.dropped, *(key for key, _ in step.finished)]:
                self._live.pop(key, None)
        for key, hypotheses in step.finished:
            settle(live[key], hypotheses)

    def _rescue(self, rows: list[_WaitingRow], error: Exception) -> None:
        """After a step that raised: write each request apart, so that it fails by its own only."""
        self._writing.clear()
        with self._changed:
            self._live = {}
        by_request: dict[int, list[_WaitingRow]] = {}
        for waiting in rows:
            by_request.setdefault(id(waiting.request), []).append(waiting)
        if len(by_request) == 1:
            self._fail_request(self._write, rows[0].request, error)
            return
        for own in by_request.values():
            try:
                self._write_alone(own)
            except Exception as again:  # noqa: BLE001
                self._writing.clear()
                self._fail_request(self._write, own[0].request, again)

    def _write_alone(self, rows: list[_WaitingRow]) -> None:
        """Decode rows of one request to the end."""
        left = dict(enumerate(rows))
        self._writing.admit([(key, w.row) for key, w in left.items()])
        while left:
            step = self._writing.step(lambda key: not rows[key].request.gone)
            for key, hypotheses in step.finished:
                settle(left.pop(key), hypotheses)
            for key in step.dropped:
                del left[key]

    def _embed_batch(self, batch: list[_WaitingText]) -> None:
        """Run a batch and settle its rows.

        If it raises, run each request's rows apart, once, so that a request fails by its own only.
        """
        started = self._clock()
        try:
            results = list(self._embedding.encode([w.row for w in batch]))
            if len(results) != len(batch):
                raise RuntimeError(f"{len(results)} results for {len(batch)} rows")
        except Exception as error:  # noqa: BLE001 - whatever a model raises, the thread lives
            self._report_batch(batch, started, failed=True)
            by_request: dict[int, list[_WaitingText]] = {}
            for waiting in batch:
                by_request.setdefault(id(waiting.request), []).append(waiting)
            if len(by_request) == 1:
                self._fail_request(self._embed, batch[0].request, error)
            else:
                for own in by_request.values():
                    self._embed_batch(own)
            return
        self._report_batch(batch, started, failed=False)
        for waiting, result in zip(batch, results, strict=True):
            settle(waiting, result)

    def _fail_request(
        self, lane: Lane[In, Out], request: Request[In, Out], error: Exception
    ) -> None:
        _log.error("batch.failed", exc_info=error)
        with self._changed:
            lane.drop(request)
        failure = ModelFailed(f"{type(error).__name__}: {error}")
        failure.__cause__ = error
        fail(request, failure)

    def _report_batch(self, batch: list[_WaitingText], started: float, *, failed: bool) -> None:
        self._report(
            BatchReport(
                work=Work.EMBED,
                rows=len(batch),
                tokens_in=sum(len(w.row) for w in batch),
                padding=0,
                tokens_out=0,
                tokens_wasted=0,
                cancelled=sum(w.request.gone for w in batch),
                failed=failed,
                seconds=self._clock() - started,
                waits=tuple(started - w.since for w in batch),
            )
        )

    def _report_step(
        self,
        joining: list[_WaitingRow],
        live: dict[int, _WaitingRow],
        step: Step | None,
        started: float,
    ) -> None:
        lengths = [len(w.row.ids) for w in joining]
        written = sum(len(found[0].ids) for _, found in step.finished if found) if step else 0
        self._report(
            BatchReport(
                work=Work.WRITE,
                rows=len(live),
                tokens_in=sum(lengths),
                padding=max(lengths, default=0) * len(lengths) - sum(lengths)
                if self._write.pads
                else 0,
                tokens_out=written,
                tokens_wasted=step.wasted if step else 0,
                cancelled=len(step.dropped) if step else 0,
                failed=step is None,
                seconds=self._clock() - started,
                waits=tuple(started - w.since for w in joining),
            )
        )

    def _report(self, report: BatchReport) -> None:
        try:
            self._observer.batch_done(report)
        except Exception:  # noqa: BLE001 - whoever counts must not stop the device
            _log.exception("observer.failed")
