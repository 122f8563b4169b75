"""Every metric of the process, declared in one place; each is counted where its fact happens.

`Metrics` owns a registry that is passed in, so that two servers in one process (as in the tests)
do not share numbers. Names of the gRPC metrics and their labels are those of go-grpc-prometheus,
so that its dashboards and alerts work unchanged. Every label has few and known values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

from newsfold.pipeline.types import Check, FinishReason, Origin, Role, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsfold.pipeline.types import (
        Clustering,
        Rejected,
        StageTiming,
        StoryCluster,
        Summaries,
        Usage,
    )

_GRPC_LABELS = ("grpc_type", "grpc_service", "grpc_method")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
"""From an empty cluster call to the default deadline and beyond."""
_STAGE_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)
_SUPPORT = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99, 1.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
_TOKEN_KINDS = ("input", "output", "boilerplate", "truncated", "not_selected", "written")
REJECTED = "rejected"
"""Value of the label `role` for an article that is in no story."""


class Metrics:
    """The metrics of one server."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """Declare all of them in `registry`, a new one if none is given."""
        self.registry = r = registry if registry is not None else CollectorRegistry()
        ProcessCollector(registry=r)
        PlatformCollector(registry=r)
        GCCollector(registry=r)

        self.grpc_started = Counter(
            "grpc_server_started_total", "RPCs started", _GRPC_LABELS, registry=r
        )
        self.grpc_handled = Counter(
            "grpc_server_handled_total", "RPCs ended", (*_GRPC_LABELS, "grpc_code"), registry=r
        )
        self.grpc_received = Counter(
            "grpc_server_msg_received_total", "Messages received", _GRPC_LABELS, registry=r
        )
        self.grpc_sent = Counter(
            "grpc_server_msg_sent_total", "Messages sent", _GRPC_LABELS, registry=r
        )
        self.grpc_seconds = Histogram(
            "grpc_server_handling_seconds",
            "Time from an RPC's start to its end",
            _GRPC_LABELS,
            buckets=_SECONDS,
            registry=r,
        )

        self.stage_seconds = Histogram(
            "newsfold_stage_seconds",
            "Wall-clock time of a stage of one request, waiting for the device included",
            ("stage",),
            buckets=_STAGE_SECONDS,
            registry=r,
        )
        self.stories = Counter("newsfold_stories_total", "Stories answered", registry=r)
        self.articles = Counter(
            "newsfold_articles_total", "Articles by their role in a story", ("role",), registry=r
        )
        self.groups = Counter("newsfold_groups_total", "Overlap groups found", registry=r)
        self.tokens = Counter(
            "newsfold_tokens_total", "Tokens of the writer by what became of them", ("kind",),
            registry=r,
        )  # fmt: skip
        self.sentences = Counter(
            "newsfold_sentences_total", "Summary sentences by origin", ("origin",), registry=r
        )
        self.verdicts = Counter(
            "newsfold_verdicts_total", "Written sentences refused, by the check they failed",
            ("check",), registry=r,
        )  # fmt: skip
        self.support = Histogram(
            "newsfold_support", "Support of the written sentences that were used",
            buckets=_SUPPORT, registry=r,
        )  # fmt: skip
        self.finish = Counter(
            "newsfold_finish_total", "Summaries by why they ended", ("reason",), registry=r
        )

        self.model_info = Gauge(
            "newsfold_model_info",
            "1 for each loaded model",
            ("role", "name", "sha256", "family", "dtype", "device"),
            registry=r,
        )
        self.ready = Gauge("newsfold_ready", "1 while the server takes requests", registry=r)
        self.admitted_requests = Gauge(
            "newsfold_admitted_requests", "Requests admitted and not finished", registry=r
        )
        self.admitted_tokens = Gauge(
            "newsfold_admitted_tokens", "Estimated input tokens of those requests", registry=r
        )
        self.refusals = Counter(
            "newsfold_admission_rejections_total", "Requests not admitted", ("reason",), registry=r
        )
        self.concessions = Counter(
            "newsfold_admission_concessions_total",
            "Requests admitted with less than they asked for, as on_pressure allows",
            ("kind",),
            registry=r,
        )

        self.waiting_requests = Gauge(
            "newsfold_admission_waiting_requests", "Requests admitted whose turn has not come",
            registry=r,
        )  # fmt: skip
        self.admission_wait = Histogram(
            "newsfold_admission_wait_seconds", "Time until the turn of a request came",
            ("tenant", "priority"), buckets=_STAGE_SECONDS, registry=r,
        )  # fmt: skip
        self.prediction_error = Gauge(
            "newsfold_admission_prediction_error",
            "How far predicted times are off, as a share of them: a standard deviation",
            registry=r,
        )
        self.tenant_seconds = Counter(
            "newsfold_tenant_seconds_total",
            "Time of the whole server by tenant; those without a weight are one",
            ("tenant",),
            registry=r,
        )

        self.coalesced = Counter(
            "newsfold_coalesced_total",
            "Requests answered with the work of an equal one that was under way",
            registry=r,
        )
        self.reused = Counter(
            "newsfold_cache_total",
            "Sentences to embed, rows to write, inputs of rows to read: in memory or not",
            ("work", "result"),
            registry=r,
        )

        self.canary_runs = Counter(
            "newsfold_canary_runs_total",
            "Runs of fixed rows alone and among others, by whether they came out the same",
            ("result",),
            registry=r,
        )

        self.queue_rows = Gauge(
            "newsfold_engine_queue_rows", "Rows that wait for the device", ("work",), registry=r
        )
        self.queue_tokens = Gauge(
            "newsfold_engine_queue_tokens", "Tokens of those rows", ("work",), registry=r
        )
        self.queue_seconds = Histogram(
            "newsfold_engine_queue_seconds", "Time a row waited for the device", ("work",),
            buckets=_STAGE_SECONDS, registry=r,
        )  # fmt: skip
        self.batch_seconds = Histogram(
            "newsfold_engine_batch_seconds", "Device time of a batch", ("work",),
            buckets=_STAGE_SECONDS, registry=r,
        )  # fmt: skip
        self.batch_rows = Histogram(
            "newsfold_engine_batch_rows", "Rows of a batch", ("work",), buckets=_ROWS, registry=r
        )
        self.batch_failures = Counter(
            "newsfold_engine_batch_failures_total", "Batches that raised", ("work",), registry=r
        )
        self.engine_tokens = Counter(
            "newsfold_engine_tokens_total",
            "Tokens on the device: read, padding, written and written in vain",
            ("work", "kind"),
            registry=r,
        )
        self.cancelled_rows = Counter(
            "newsfold_engine_rows_cancelled_total",
            "Rows whose callers left, in the queue or in the batch",
            ("work",),
            registry=r,
        )
        self.token_seconds = Gauge(
            "newsfold_engine_token_seconds",
            "What a token costs the device now: to read, to write, and each further beam of it",
            ("kind",),
            registry=r,
        )
        self._start_at_zero()

    def summarized(self, summaries: Summaries) -> None:
        """Count an answer of SummarizeArticles or StreamSummaries."""
        self._read(
            [story.cluster for story in summaries.stories],
            summaries.rejected, summaries.usage, summaries.timings,
        )  # fmt: skip
        for story in summaries.stories:
            self.finish.labels(story.finish_reason.value).inc()
            for sentence in story.sentences:
                self.sentences.labels(sentence.origin.value).inc()
                if sentence.origin is Origin.WRITTEN:
                    self.support.observe(sentence.support)
                if sentence.verdict is not None:
                    self.verdicts.labels(sentence.verdict.check.value).inc()
        written = sum(article.written for article in summaries.usage.articles)
        not_selected = sum(article.not_selected for article in summaries.usage.articles)
        self.tokens.labels("written").inc(written)
        self.tokens.labels("not_selected").inc(not_selected)
        self.tokens.labels("output").inc(summaries.usage.output_tokens)

    def clustered(self, clustering: Clustering) -> None:
        """Count an answer of ClusterArticles; nothing was to be selected or written."""
        self._read(
            [story.cluster for story in clustering.stories],
            clustering.rejected, clustering.usage, clustering.timings,
        )  # fmt: skip

    def _read(
        self,
        clusters: Sequence[StoryCluster],
        rejected: Sequence[Rejected],
        usage: Usage,
        timings: Iterable[StageTiming],
    ) -> None:
        self.stories.inc(len(clusters))
        for cluster in clusters:
            for member in cluster.members:
                self.articles.labels(member.role.value).inc()
        self.articles.labels(REJECTED).inc(len(rejected))
        self.groups.inc(usage.groups)
        for article in usage.articles:
            self.tokens.labels("input").inc(article.tokens_in)
            self.tokens.labels("boilerplate").inc(article.boilerplate)
            self.tokens.labels("truncated").inc(article.truncated)
        for timing in timings:
            self.stage_seconds.labels(timing.stage.value).observe(timing.seconds)

    def _start_at_zero(self) -> None:
        """Make the series with known labels exist, so that a rate has a beginning."""
        for role in Role:
            self.articles.labels(role.value)
        self.articles.labels(REJECTED)
        for kind in _TOKEN_KINDS:
            self.tokens.labels(kind)
        for origin in Origin:
            self.sentences.labels(origin.value)
        for check in Check:
            self.verdicts.labels(check.value)
        for finish in FinishReason:
            self.finish.labels(finish.value)
        for outcome in ("equal", "different", "failed"):
            self.canary_runs.labels(outcome)
        for work in ("embed", "write", "read"):
            for result in ("hit", "miss"):
                self.reused.labels(work, result)
        for stage in Stage:
            self.stage_seconds.labels(stage.value)
