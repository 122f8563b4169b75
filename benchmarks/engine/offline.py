"""Rows per second of the engines that could write the rewriter's rows.

All rows are there from the start. Peers in the same run: transformers' `generate` on one row at a
time and on static batches, and CTranslate2, where it is installed, in float32 and int8. "Free" may
write any token, as the peers do; "as served" keeps to what the row is allowed.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from transformers import AutoConfig

from benchmarks.engine.bounds import measure_machine, row_cost
from benchmarks.engine.ctranslate import translators
from benchmarks.report import Result
from newsfold.model.checkpoint import find_writer
from newsfold.model.device import bfloat16_pays
from newsfold.model.rewriter import RewriterProfile
from newsfold.model.scheduler import Scheduler
from newsfold.model.seq2seq import Seq2SeqEngine, load_seq2seq
from newsfold.model.stepping import SteppingEngine
from newsfold.model.vocabulary import Vocabulary
from newsfold.pipeline.ports import Task, WriteJob
from training.evaluate import dev_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from newsfold.model.checkpoint import Checkpoint
    from newsfold.model.engine import Ids, Row

T = TypeVar("T")

CPU = torch.device("cpu")
RUNS = 3
_BATCHES = (1, 8, 32)
_GOAL_OVER_GENERATE = 3.0
_GOAL_GREEDY_OVER_GENERATE = 2.0
_GOAL_OVER_CTRANSLATE2 = 0.95
_GOAL_SAME = 99.0


def measure(rows: Path, most: int) -> tuple[list[Result], list[str]]:
    """The rewriter's own rows with four beams and greedily; notes."""
    checkpoint = find_writer("embedded")
    served = _served(checkpoint, rows, most)
    results = [r for beams in (4, 1) for r in _with_beams(checkpoint, served, beams)]
    mean = statistics.mean(len(row.ids) for row in served)
    note = (
        f"Offline: {len(served)} fuse rows of {mean:.0f} ids on average, at most 60 ids out, no"
        ' repeated 3-gram. "Same tokens": those of `generate` in float32 before the first that'
        ' differs in a row; "same rows": outputs that are equal as a whole. "As served" may write'
        " only what its input and a list of function words allow."
    )
    return results, [note]


def run_generate(
    directory: Path, rows: Sequence[Row], batch: int, dtype: torch.dtype
) -> Callable[[], list[Ids]]:
    """Transformers' own, on static batches."""
    engine = Seq2SeqEngine(load_seq2seq(directory, device=CPU, dtype=dtype))

    def run() -> list[Ids]:
        return [
            hypotheses[0].ids
            for start in range(0, len(rows), batch)
            for hypotheses in engine.generate(rows[start : start + batch], lambda i: True)
        ]

    return run


def run_newsfold(
    directory: Path, rows: Sequence[Row], dtype: torch.dtype
) -> Callable[[], list[Ids]]:
    """Ours, through the scheduler, as one large request would bring the rows."""

    def load() -> SteppingEngine:
        return SteppingEngine(load_seq2seq(directory, device=CPU, dtype=dtype), dtype)

    return partial(_through_scheduler, in_own_thread(load), rows)


def median_of(prepare: Callable[[], Callable[[], list[Ids]]]) -> tuple[list[Ids], float]:
    """The output of what `prepare` gives, and the median of the seconds.

    In a thread of its own, as the server's is: what one system leaves behind in this process (a
    team of threads that waits) must not slow the next one.
    """

    def measured() -> tuple[list[Ids], float]:
        run = prepare()
        ids = run()
        times = []
        for _ in range(RUNS):
            started = time.perf_counter()
            ids = run()
            times.append(time.perf_counter() - started)
        return ids, statistics.median(times)

    return in_own_thread(measured)


def ready(run: Callable[[], list[Ids]]) -> Callable[[], list[Ids]]:
    """What needs no preparation."""
    return run


def in_own_thread(function: Callable[[], T]) -> T:
    """What it returns, once the thread has ended."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(function).result()


def half() -> torch.dtype:
    """What the service computes in on this machine's CPU."""
    return torch.bfloat16 if bfloat16_pays(CPU) else torch.float32


def short(dtype: torch.dtype) -> str:
    """As the tables call it."""
    return "bf16" if dtype is torch.bfloat16 else "fp32"


def _served(checkpoint: Checkpoint, rows: Path, most: int) -> list[Row]:
    profile = RewriterProfile(checkpoint, Vocabulary(checkpoint))
    dev = dev_rows(rows / "dev.jsonl", most, seed=0)["fuse"]
    jobs = [WriteJob(Task.FUSE, tuple((s,) for s in row.inputs), num_beams=4) for row in dev]
    return [prompt.row for prompt in profile.prompts(jobs) if prompt.row is not None]


def _with_beams(checkpoint: Checkpoint, served: Sequence[Row], beams: int) -> list[Result]:
    served = [
        replace(row, decoding=replace(row.decoding, num_beams=beams, hypotheses=1))
        for row in served
    ]
    free = [replace(row, allowed=None) for row in served]
    setting = f"rewriter, {beams} beams" if beams > 1 else "rewriter, greedy"
    folder = checkpoint.directory
    exact = median_of(partial(run_generate, folder, free, 8, torch.float32))
    expected = exact[0]
    found = {"generate fp32, static batches of 8": exact}
    for batch in _BATCHES:
        name = f"generate {short(half())}, static batches of {batch}"
        found[name] = median_of(partial(run_generate, folder, free, batch, half()))
    static = max(len(free) / s for _, s in found.values())
    peers = {
        f"CTranslate2 {kind}, batches of 32 by length": median_of(partial(ready, run))
        for kind, run in translators(folder, free).items()
    }
    fastest = max((len(free) / s for _, s in peers.values()), default=None)
    faithful = max(
        (len(free) / s for ids, s in peers.values() if _same(ids, expected) >= _GOAL_SAME),
        default=None,
    )
    found |= peers
    for dtype in dict.fromkeys((torch.float32, half())):
        name = f"newsfold {short(dtype)}, free"
        found[name] = median_of(partial(run_newsfold, folder, free, dtype))
    ours = f"newsfold {short(half())}, as served"
    found[ours] = median_of(partial(run_newsfold, folder, served, half()))
    results = [
        r
        for name, (ids, seconds) in found.items()
        for r in _rows(name, setting, ids, seconds, expected)
    ]
    goal = _GOAL_OVER_GENERATE if beams > 1 else _GOAL_GREEDY_OVER_GENERATE
    rate = len(served) / found[ours][1]
    ratio = Result("rows over the best `generate`", ours, setting, rate / static, "x")
    results.append(ratio.at_least(goal))
    for best, which in (
        (faithful, f"best CTranslate2 with {_GOAL_SAME:.0f}% of the same tokens"),
        (fastest, "fastest CTranslate2, whatever it writes"),
    ):
        if best is not None:
            ratio = Result(f"rows over the {which}", ours, setting, rate / best, "x")
            results.append(ratio.at_least(_GOAL_OVER_CTRANSLATE2))
    bound = _bound(checkpoint, served, found[ours][0])
    return [
        *results,
        Result("bound of rows, by matmul and memory", "this machine", setting, bound, "/s"),
        Result("share of the bound", ours, setting, 100 * rate / bound, "%"),
    ]


def _bound(checkpoint: Checkpoint, rows: Sequence[Row], written: Sequence[Ids]) -> float:
    """Rows a second, if only the products of matrices took time."""
    columns = {token for row in rows if row.allowed is not None for token in row.allowed.tokens}
    cost = row_cost(
        AutoConfig.from_pretrained(checkpoint.directory),
        statistics.mean(len(row.ids) for row in rows),
        statistics.mean(map(len, written)),
        rows[0].decoding.num_beams,
        len(columns),
    )
    return cost.rows_a_second(in_own_thread(lambda: measure_machine(half())))


def _rows(
    system: str, setting: str, ids: Sequence[Ids], seconds: float, expected: Sequence[Ids]
) -> list[Result]:
    rates = [
        Result("rows", system, setting, len(ids) / seconds, "/s"),
        Result("tokens", system, setting, sum(map(len, ids)) / seconds, "/s"),
    ]
    if system.endswith("as served"):
        return rates
    told = Result("same tokens", system, setting, _same(ids, expected), "%")
    equal = 100 * statistics.mean(a == b for a, b in zip(ids, expected, strict=True))
    ours = system.startswith("newsfold")
    return [
        *rates,
        told.at_least(_GOAL_SAME) if ours else told,
        Result("same rows", system, setting, equal, "%"),
    ]


def _same(ids: Sequence[Ids], expected: Sequence[Ids]) -> float:
    """Percent of the expected tokens that stand before the first difference of their row."""
    pairs = list(zip(ids, expected, strict=True))
    return 100 * sum(map(_shared_beginning, pairs)) / sum(len(b) for _, b in pairs)


def _shared_beginning(pair: tuple[Ids, Ids]) -> int:
    """Tokens before the first difference."""
    return sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(*pair, strict=False)))


def _through_scheduler(engine: SteppingEngine, rows: Sequence[Row]) -> list[Ids]:
    class NoTexts:
        """Nothing is embedded here."""

        def encode(self, rows: Sequence[Ids]) -> Any:
            """Never asked."""
            raise NotImplementedError

    scheduler = Scheduler(
        embedding=NoTexts(), writing=engine, batch_tokens=8_192, queue_tokens=10**9
    )
    try:
        return [found[0].ids for found in asyncio.run(scheduler.generate(rows))]
    finally:
        scheduler.close()
