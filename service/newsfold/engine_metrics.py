"""What the device thread and its queue report, as metrics and as the pace of the device.

Apart from `metrics.py` because it knows the engine's words, which the transport must not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsfold.model.engine import Work
from newsfold.pace import Pace

if TYPE_CHECKING:
    from newsfold.metrics import Metrics
    from newsfold.model.engine import BatchReport, Kept


class EngineMetrics:
    """An `EngineObserver` that counts. prometheus_client's metrics are thread-safe."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._pace = Pace()
        costs = metrics.token_seconds
        costs.labels("read").set_function(lambda: self._pace.per_read)
        costs.labels("write").set_function(lambda: self._pace.per_written[0])
        costs.labels("beam").set_function(lambda: self._pace.per_written[1])

    def pace(self) -> Pace:
        """What tokens cost the device now. From any thread; only the device's makes another."""
        return self._pace

    def is_warm(self) -> None:
        """What the device did until now says nothing of its pace. Nothing may run."""
        self._pace = Pace()

    def batch_done(self, report: BatchReport) -> None:
        """A batch came back from the device."""
        work = report.work.value
        self._metrics.batch_seconds.labels(work).observe(report.seconds)
        self._metrics.batch_rows.labels(work).observe(report.rows)
        if report.failed:
            self._metrics.batch_failures.labels(work).inc()
        elif report.work is Work.EMBED:
            self._pace = self._pace.read(report.tokens_in, report.seconds)
        elif report.work is Work.WRITE:
            self._pace = self._pace.wrote(report.decoded, report.beams, report.seconds)
        self._metrics.cancelled_rows.labels(work).inc(report.cancelled)
        tokens = self._metrics.engine_tokens
        tokens.labels(work, "read").inc(report.tokens_in)
        tokens.labels(work, "padding").inc(report.padding)
        tokens.labels(work, "written").inc(report.tokens_out)
        tokens.labels(work, "wasted").inc(report.tokens_wasted)
        for wait in report.waits:
            self._metrics.queue_seconds.labels(work).observe(wait)

    def queue_changed(self, work: Work, rows: int, tokens: int) -> None:
        """What waits now."""
        self._metrics.queue_rows.labels(work.value).set(rows)
        self._metrics.queue_tokens.labels(work.value).set(tokens)

    def rows_cancelled(self, work: Work, rows: int) -> None:
        """Rows left the queue because their callers did."""
        self._metrics.cancelled_rows.labels(work.value).inc(rows)

    def tokens_wasted(self, work: Work, tokens: int) -> None:
        """Rows that were done belonged to a request that nobody will answer."""
        self._metrics.engine_tokens.labels(work.value, "wasted").inc(tokens)

    def looked_up(self, kept: Kept, hits: int, misses: int) -> None:
        """Of what was to be computed, so much was in memory."""
        self._metrics.reused.labels(kept.value, "hit").inc(hits)
        self._metrics.reused.labels(kept.value, "miss").inc(misses)
