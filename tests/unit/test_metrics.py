"""What an answer and the device report come out as the metrics that the documentation names."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from newsfold.engine_metrics import EngineMetrics
from newsfold.metrics import Metrics
from newsfold.model.engine import BatchReport, Work
from newsfold.pipeline.types import (
    Article,
    ArticleUsage,
    Check,
    Options,
    Origin,
    Rejected,
    RejectionReason,
    Summaries,
    Usage,
    Verdict,
)
from tests.rpc.running import HeldPipeline


def summaries() -> Summaries:
    """Two stories: one sentence written, one extracted after a failed check; one rejection."""
    held = HeldPipeline()
    held.gate.set()
    articles = [Article("a", "", "One fell."), Article("b", "", "Two rose.")]
    answer = asyncio.run(held.summarize(articles, Options()))
    first, second = answer.stories
    written = replace(first.sentences[0], origin=Origin.WRITTEN, support=0.93)
    replaced = replace(second.sentences[0], verdict=Verdict(Check.NUMBER, "12"))
    return replace(
        answer,
        stories=(replace(first, sentences=(written,)), replace(second, sentences=(replaced,))),
        rejected=(Rejected("c", 2, RejectionReason.ONLY_BOILERPLATE, ""),),
        usage=Usage((ArticleUsage("a", 1, 2, 3, 4),), output_tokens=5, groups=6),
    )


def test_an_answer_is_counted_once_in_every_metric_it_is_a_fact_for() -> None:
    """Articles by role, tokens by fate, sentences by origin, verdicts by check."""
    metrics = Metrics()
    metrics.summarized(summaries())
    value = metrics.registry.get_sample_value
    assert value("newsfold_stories_total") == 2
    assert value("newsfold_groups_total") == 6
    assert value("newsfold_articles_total", {"role": "representative"}) == 2
    assert value("newsfold_articles_total", {"role": "rejected"}) == 1
    tokens = {"input": 10, "boilerplate": 1, "truncated": 2, "not_selected": 3, "written": 4}
    for kind, expected in (tokens | {"output": 5}).items():
        assert value("newsfold_tokens_total", {"kind": kind}) == expected
    assert value("newsfold_sentences_total", {"origin": "written"}) == 1
    assert value("newsfold_sentences_total", {"origin": "extracted"}) == 1
    assert value("newsfold_verdicts_total", {"check": "number"}) == 1
    assert value("newsfold_support_count") == 1
    assert value("newsfold_support_sum") == 0.93
    assert value("newsfold_finish_total", {"reason": "complete"}) == 2
    assert value("newsfold_stage_seconds_sum", {"stage": "write"}) == 0.5


def test_two_servers_in_one_process_do_not_share_numbers() -> None:
    """Each has its registry."""
    one, other = Metrics(), Metrics()
    one.summarized(summaries())
    assert other.registry.get_sample_value("newsfold_stories_total") == 0


def test_a_batch_is_counted_by_the_kind_of_its_work() -> None:
    """Tokens that nobody waited for are told apart."""
    metrics = Metrics()
    observer = EngineMetrics(metrics)
    observer.batch_done(
        BatchReport(
            work=Work.WRITE,
            rows=3,
            tokens_in=30,
            padding=6,
            tokens_out=12,
            tokens_wasted=4,
            cancelled=1,
            failed=True,
            seconds=0.25,
            waits=(0.1, 0.2, 0.3),
        )
    )
    observer.rows_cancelled(Work.WRITE, 2)
    observer.queue_changed(Work.WRITE, 7, 700)
    value = metrics.registry.get_sample_value
    for kind, expected in {"read": 30, "padding": 6, "written": 12, "wasted": 4}.items():
        labels = {"work": "write", "kind": kind}
        assert value("newsfold_engine_tokens_total", labels) == expected
    write = {"work": "write"}
    assert value("newsfold_engine_batch_rows_sum", write) == 3
    assert value("newsfold_engine_batch_failures_total", write) == 1
    assert value("newsfold_engine_rows_cancelled_total", write) == 3
    assert value("newsfold_engine_queue_seconds_count", write) == 3
    assert value("newsfold_engine_queue_rows", write) == 7
    assert value("newsfold_engine_queue_tokens", write) == 700
