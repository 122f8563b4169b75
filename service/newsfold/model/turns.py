"""What the device thread does at a time: a batch for the encoder, or a step of the writer.

Both kinds of turn take rows from a lane under the scheduler's lock, run without it, settle what is
done, and survive whatever a model raises: a request fails by its own rows only.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

from newsfold.model.engine import BatchReport, Idle, Work
from newsfold.model.lane import Lane, answer, fail
from newsfold.pipeline.errors import ModelFailed

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Sequence

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
    from newsfold.model.lane import Request, Waiting

In = TypeVar("In")
Out = TypeVar("Out")
_Text: TypeAlias = "Waiting[Ids, NDArray[Any]]"
_Row: TypeAlias = "Waiting[Row, tuple[Hypothesis, ...]]"

EMBED_BATCH_TOKENS = 2_048
"""A full batch for the encoder. On 2 cores, bfloat16, 31 tokens a sentence: 68 sentences/s in
batches of 512 tokens, 80 of 1,024, 83 of 2,048; beyond that the differences are noise, and the
shorter a batch, the sooner the other lane has its turn."""
DECODER_ROWS = 96
"""Rows x beams that decode together. On two cores more of them write no more rows a second."""
JOIN_SHARE = 0.125
"""Share of them that must be free before rows join others: the encoder likes several rows at once,
and done rows are computed on until others take their places."""

_log = logging.getLogger(__name__)


class Turns(Protocol, Generic[In, Out]):
    """One kind of work of the device thread."""

    lane: Lane[In, Out]

    @property
    def busy(self) -> bool:
        """Whether there is anything to do; asked with the lock held."""

    def take(self) -> None:
        """Take what the next turn is about; the lock is held."""

    def run(self, started: float) -> None:
        """Do it; the lock is not held."""

    def give_up(self) -> list[Request[In, Out]]:
        """Forget all rows; the requests they belong to. The lock is held."""

    def end(self) -> None:
        """The last turn is over; the lock is held."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all turns share with the scheduler."""

    lock: threading.Condition
    observer: EngineObserver
    clock: Callable[[], float]

    def report(self, report: BatchReport) -> None:
        """Tell the observer of a batch."""
        self._tell(lambda: self.observer.batch_done(report))

    def _tell(self, what: Callable[[], None]) -> None:
        try:
            what()
        except Exception:  # noqa: BLE001 - whoever counts must not stop the device
            _log.exception("observer.failed")

    def fail(self, lane: Lane[In, Out], request: Request[In, Out], error: Exception) -> None:
        """Answer a request with what its rows raised."""
        _log.error("batch.failed", exc_info=error)
        failure = ModelFailed(f"{type(error).__name__}: {error}")
        failure.__cause__ = error
        with self.lock:
            lane.drop(request)
            wasted = 0 if request.gone else lane.in_vain(request)
            fail(request, failure)
        self._tell(lambda: self.observer.tokens_wasted(lane.work, wasted))


class EmbeddingTurns:
    """Batches for a text encoder."""

    def __init__(
        self, work: Work, engine: EmbeddingEngine, batch_tokens: int, shared: Shared
    ) -> None:
        self._engine = engine
        self._shared = shared
        self._batch: list[_Text] = []
        self.lane: Lane[Ids, NDArray[Any]] = Lane(
            work=work,
            length=len,
            group=lambda _: None,
            max_tokens=min(batch_tokens, EMBED_BATCH_TOKENS),
            max_rows=lambda _: EMBED_BATCH_TOKENS,
            pads=False,
        )

    @property
    def busy(self) -> bool:
        """See `Turns`."""
        return bool(self.lane.waiting)

    def take(self) -> None:
        """See `Turns`."""
        self._batch = self.lane.take()

    def run(self, started: float) -> None:
        """See `Turns`."""
        self._encode(self._batch, started)
        self._batch = []

    def give_up(self) -> list[Request[Ids, NDArray[Any]]]:
        """See `Turns`."""
        return [*self.lane.drop_all(), *(waiting.request for waiting in self._batch)]

    def end(self) -> None:
        """See `Turns`."""

    def _encode(self, batch: list[_Text], started: float) -> None:
        """Run a batch; if it raises, each request's rows apart, once."""
        try:
            results = list(self._engine.encode([w.row for w in batch]))
            if len(results) != len(batch):
                raise RuntimeError(f"{len(results)} results for {len(batch)} rows")
        except Exception as error:  # noqa: BLE001 - whatever a model raises, the thread lives
            self._report(batch, started, failed=True)
            requests = _by_request(batch)
            if len(requests) == 1:
                self._shared.fail(self.lane, batch[0].request, error)
            else:
                for own in requests:
                    self._encode(own, self._shared.clock())
            return
        with self._shared.lock:
            complete, _, _ = self.lane.record(zip(batch, results, strict=True))
        self._report(batch, started, failed=False)
        for request in complete:
            answer(request)

    def _report(self, batch: list[_Text], started: float, *, failed: bool) -> None:
        self._shared.report(
            BatchReport(
                work=self.lane.work,
                rows=len(batch),
                tokens_in=sum(len(w.row) for w in batch),
                padding=0,
                tokens_out=0,
                tokens_wasted=0,
                cancelled=sum(w.request.gone for w in batch),
                failed=failed,
                seconds=self._shared.clock() - started,
                waits=tuple(started - w.since for w in batch),
            )
        )


class WritingTurns:
    """Steps of the writer, before which waiting rows come.

    A step that raises does not say whose rows it choked on. The requests that decoded are written
    anew in two halves, one after the other, and a half that raises again in two halves of its own,
    until a request that raises alone fails. Each step of that is a turn like any other; rows that
    wait join when it is over.
    """

    def __init__(self, engine: WritingEngine, batch_tokens: int, shared: Shared) -> None:
        self._engine = engine
        self._shared = shared
        self._live: dict[int, _Row] = {}
        self._joining: dict[int, _Row] = {}
        self._anew: deque[Lane[Row, tuple[Hypothesis, ...]]] = deque()
        """Rows that decoded when a step raised, in the groups in which they are written anew. Those
        that decode are of the first; what is left of it waits."""
        self._idle = Idle()
        self._keys = count()
        self.lane: Lane[Row, tuple[Hypothesis, ...]] = Lane(
            work=Work.WRITE,
            length=lambda row: len(row.ids),
            group=lambda row: row.decoding,
            max_tokens=batch_tokens,
            max_rows=lambda row: max(1, DECODER_ROWS // row.decoding.num_beams),
            written=lambda found: len(found[0].ids) if found else 0,
            pads=engine.pads,
        )

    @property
    def busy(self) -> bool:
        """See `Turns`."""
        return bool(self.lane.waiting or self._live or self._anew)

    def take(self) -> None:
        """See `Turns`."""
        self._joining = {next(self._keys): waiting for waiting in self._join()}
        self._live |= self._joining

    def give_up(self) -> list[Request[Row, tuple[Hypothesis, ...]]]:
        """See `Turns`."""
        running = [waiting.request for waiting in self._live.values()]
        queued = [request for lane in (self.lane, *self._anew) for request in lane.drop_all()]
        self._live = {}
        self._anew.clear()
        return [*queued, *running]

    def end(self) -> None:
        """See `Turns`."""
        self._engine.clear()

    def run(self, started: float) -> None:
        """See `Turns`."""
        with self._shared.lock:
            live = dict(self._live)
        joining = {key: waiting for key, waiting in self._joining.items() if key in live}
        came = list(joining.values())
        waits = () if self._anew else tuple(started - waiting.since for waiting in came)
        try:
            if joining:
                self._engine.admit([(key, w.row) for key, w in joining.items()])
            step = self._engine.step(lambda key: key in live and not live[key].request.gone)
        except Exception as error:  # noqa: BLE001 - whatever a model raises, the thread lives
            wasted = self._empty_engine()
            gone, failed = self._part(live.values())
            if failed is None:
                _log.warning("step.raised", exc_info=error)
            self._report(came, waits, len(live), None, started, wasted=wasted, gone=gone)
            if failed is not None:
                self._shared.fail(self.lane, failed, error)
            return
        self._idle = step.idle
        with self._shared.lock:
            for key in [*step.dropped, *(key for key, _ in step.finished)]:
                self._live.pop(key, None)
            found = [(live[key], hypotheses) for key, hypotheses in step.finished]
            complete, served, wasted = self.lane.record(found)
            if self._anew and not self._live and not self._anew[0].waiting:
                self._anew.popleft()
        self._report(came, waits, len(live), step, started, served=served, wasted=wasted)
        for request in complete:
            answer(request)

    def _join(self) -> list[_Row]:
        """The waiting rows that may start to decode now: one batch for the encoder.

        Of those that are written anew, as long as there are any.
        """
        beams = sum(w.row.decoding.num_beams for w in self._live.values())
        room = DECODER_ROWS - beams - self._idle.beams
        if self._live and room < JOIN_SHARE * DECODER_ROWS:
            return []
        joining: list[_Row] = []
        lane = self._anew[0] if self._anew else self.lane
        tokens = lane.max_tokens
        if lane.pads:  # and keeps what it pads until all of a batch are done
            tokens -= sum(len(w.row.ids) for w in self._live.values()) + self._idle.tokens
        while lane.waiting:
            first = lane.waiting[0].row
            beside = bool(joining or self._live)
            if beside and (room < first.decoding.num_beams or tokens < len(first.ids)):
                break
            if joining and lane.pads:
                break
            taken = lane.take(room // first.decoding.num_beams, tokens)
            joining += taken
            room -= sum(w.row.decoding.num_beams for w in taken)
            tokens -= sum(len(w.row.ids) for w in taken)
        return joining

    def _empty_engine(self) -> int:
        """Take all rows from an engine that raised; the tokens that they had written."""
        wasted = 0
        try:
            wasted = self._engine.step(lambda _: False).wasted
        except Exception:  # noqa: BLE001 - a broken device may not even tell that
            _log.exception("engine.broken")
        self._engine.clear()
        self._idle = Idle()
        return wasted

    def _part(
        self, live: Iterable[_Row]
    ) -> tuple[int, Request[Row, tuple[Hypothesis, ...]] | None]:
        """After a step that raised: have what decodes written anew, in two halves.

        How many rows nobody waits for any more, and the request that raised if it was the only one.
        """
        with self._shared.lock:
            rows = [*live, *(self._anew.popleft().waiting if self._anew else ())]
            self._live = {}
            requests = _by_request([waiting for waiting in rows if not waiting.request.gone])
            gone = len(rows) - sum(map(len, requests))
            if len(requests) == 1:
                return gone, requests[0][0].request
            half = len(requests) // 2
            for part in (requests[half:], requests[:half]):
                if part:
                    own = deque(waiting for request in part for waiting in request)
                    self._anew.appendleft(replace(self.lane, waiting=own))
            return gone, None

    def _report(
        self,
        came: Sequence[_Row],
        waits: tuple[float, ...],
        live: int,
        step: Step | None,
        started: float,
        *,
        served: int = 0,
        wasted: int = 0,
        gone: int = 0,
    ) -> None:
        lengths = [len(waiting.row.ids) for waiting in came]
        padded = max(lengths, default=0) * len(lengths) if self.lane.pads else sum(lengths)
        self._shared.report(
            BatchReport(
                work=Work.WRITE,
                rows=live,
                tokens_in=sum(lengths),
                padding=padded - sum(lengths),
                tokens_out=served,
                tokens_wasted=wasted + (step.wasted if step else 0),
                cancelled=len(step.dropped) if step else gone,
                failed=step is None,
                seconds=self._shared.clock() - started,
                waits=waits,
                decoded=step.tokens if step else 0,
                beams=step.beams if step else 1,
            )
        )


def _by_request(rows: Sequence[Waiting[In, Out]]) -> list[list[Waiting[In, Out]]]:
    """The rows of each request, in the order of their first rows."""
    found: dict[int, list[Waiting[In, Out]]] = {}
    for waiting in rows:
        found.setdefault(id(waiting.request), []).append(waiting)
    return list(found.values())
