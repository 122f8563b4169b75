"""Rows per second of the engines that could write the rewriter's rows.

All rows are there from the start. Peers in the same run: transformers' `generate` on one row at a
time and on static batches, and CTranslate2, where it is installed, in float32 and int8.
"""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoConfig

from benchmarks.apart import in_own_thread, median_of
from benchmarks.engine.bounds import measure_machine, writer_cost
from benchmarks.engine.ctranslate import converted, runs_of
from benchmarks.report import Result
from newsfold.model.checkpoint import find_writer
from newsfold.model.device import bfloat16_pays
from newsfold.model.load import load_models
from newsfold.model.rewriter import RewriterProfile
from newsfold.model.scheduler import Scheduler
from newsfold.model.seq2seq import Seq2SeqEngine, load_seq2seq
from newsfold.model.stepping import SteppingEngine
from newsfold.model.turns import DECODER_ROWS
from newsfold.model.vocabulary import Vocabulary
from newsfold.pipeline.ports import Task, WriteJob
from training.evaluate import dev_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from benchmarks.engine.bounds import Cost
    from newsfold.model.checkpoint import Checkpoint
    from newsfold.model.engine import Ids, Row

CPU = torch.device("cpu")
BATCHES = (1, 8, 32)
_GOALS_OVER_GENERATE = {4: 3.0, 1: 2.0}
"""By beams."""
_GOAL_OVER_CTRANSLATE2 = 0.95
_GOAL_SAME = 99.0


def measure(rows: Path, most: int) -> tuple[list[Result], list[str]]:
    """The rewriter's own rows with four beams and greedily; notes."""
    checkpoint = find_writer("embedded")
    profile = RewriterProfile(checkpoint, Vocabulary(checkpoint))
    jobs = _jobs(rows, most)
    results = [r for beams in (4, 1) for r in _with_beams(checkpoint, profile, jobs, beams)]
    prompts = profile.prompts(jobs)
    mean = statistics.mean(len(prompt.row.ids) for prompt in prompts if prompt.row is not None)
    note = (
        f"Offline: {len(jobs)} fuse rows of {mean:.0f} ids on average, at most 60 ids out, no"
        ' repeated 3-gram; each system in a process of its own. "Same tokens": those of `generate`'
        ' in float32 before the first that differs in a row; "same rows": outputs that are equal as'
        ' a whole. "Free" may write any token, as the peers do. "As served" is the writer of the'
        " service, from sentences to sentences: it may write only what its input and a list of"
        " function words allow, and chooses among its finished beams."
    )
    return results, [note]


def run_generate(
    directory: Path, rows: Sequence[Row], batch: int, dtype: torch.dtype
) -> Callable[[], list[Ids]]:
    """Transformers' own, on static batches, each as long as its longest row."""
    engine = Seq2SeqEngine(load_seq2seq(directory, device=CPU, dtype=dtype))

    def run() -> list[Ids]:
        return [
            ids for start in range(0, len(rows), batch) for ids in together(rows[start:][:batch])
        ]

    def together(rows: Sequence[Row]) -> list[Ids]:
        longest = max((row.decoding for row in rows), key=lambda how: how.max_new_tokens)
        alike = [replace(row, decoding=longest) for row in rows]
        return [hypotheses[0].ids for hypotheses in engine.generate(alike, lambda i: True)]

    return run


def run_newsfold(
    directory: Path, rows: Sequence[Row], dtype: torch.dtype
) -> Callable[[], list[Ids]]:
    """Ours, through the scheduler, as one large request would bring the rows."""

    def load() -> SteppingEngine:
        return SteppingEngine(load_seq2seq(directory, device=CPU, dtype=dtype), dtype)

    return partial(_through_scheduler, in_own_thread(load), rows)


def half() -> torch.dtype:
    """What the service computes in on this machine's CPU."""
    return torch.bfloat16 if bfloat16_pays(CPU) else torch.float32


def short(dtype: torch.dtype) -> str:
    """As the tables call it."""
    return "bf16" if dtype is torch.bfloat16 else "fp32"


def run_served(jobs: Sequence[WriteJob]) -> Callable[[], list[int]]:
    """The writer of the service, which remembers nothing; the tokens that each job took."""
    models = load_models(write_cache_entries=0, state_cache_mib=0)
    return lambda: [draft.output_tokens for draft in asyncio.run(models.writer.write(jobs))]


def _jobs(rows: Path, most: int) -> list[WriteJob]:
    dev = dev_rows(rows / "dev.jsonl", most, seed=0)["fuse"]
    return [WriteJob(Task.FUSE, tuple((s,) for s in row.inputs), num_beams=4) for row in dev]


def _with_beams(
    checkpoint: Checkpoint, profile: RewriterProfile, jobs: Sequence[WriteJob], beams: int
) -> list[Result]:
    jobs = [replace(job, num_beams=beams) for job in jobs]
    prompts = profile.prompts(jobs)
    served = [prompt.row for prompt in prompts if prompt.row is not None]
    free = [
        replace(row, allowed=None, decoding=replace(row.decoding, hypotheses=1)) for row in served
    ]
    setting = f"rewriter, {beams} beams" if beams > 1 else "rewriter, greedy"
    folder = checkpoint.directory
    exact = median_of(partial(run_generate, folder, free, 8, torch.float32))
    expected = exact[0]
    static = {"generate fp32, static batches of 8": exact}
    for batch in BATCHES:
        name = f"generate {short(half())}, static batches of {batch}"
        if name not in static:
            static[name] = median_of(partial(run_generate, folder, free, batch, half()))
    with converted(folder) as target:
        ways = {} if target is None else runs_of(target, free)
        peers = {name: median_of(run) for name, run in ways.items()}
    own = {
        f"newsfold {short(dtype)}, free": median_of(partial(run_newsfold, folder, free, dtype))
        for dtype in dict.fromkeys((torch.float32, half()))
    }
    tokens, seconds = median_of(partial(run_served, jobs))
    found = static | peers | own
    ours = f"newsfold {short(half())}, as served"
    results = [
        *(
            result
            for name, (ids, took) in found.items()
            for result in (
                *_rates(name, setting, list(map(len, ids)), took),
                *_fidelity(name, setting, ids, expected),
            )
        ),
        *_rates(ours, setting, tokens, seconds),
    ]
    bests = [
        ("best `generate`", _quickest(static), _GOALS_OVER_GENERATE[beams]),
        (
            f"best CTranslate2 with {_GOAL_SAME:.0f}% of the same tokens",
            _quickest({n: p for n, p in peers.items() if _same(p[0], expected) >= _GOAL_SAME}),
            _GOAL_OVER_CTRANSLATE2,
        ),
        ("fastest CTranslate2, whatever it writes", _quickest(peers), _GOAL_OVER_CTRANSLATE2),
    ]
    for which, best, goal in bests:
        if best is not None:
            served_over = Result(f"rows over the {which}", ours, setting, best / seconds, "x")
            results.append(served_over.at_least(goal))
            results += [
                Result(f"rows over the {which}", name, setting, best / took, "x")
                for name, (_, took) in own.items()
            ]
    cost = _cost(checkpoint, served, tokens)
    bounds = cost.bounds(in_own_thread(lambda: measure_machine(half())))
    nearest = 100 * max(bounds.values()) / seconds
    return [
        *results,
        *(
            Result(f"bound of rows, by {what}", "this machine", setting, len(served) / bound, "/s")
            for what, bound in bounds.items()
        ),
        Result("share of the nearer bound", ours, setting, nearest, "%"),
    ]


def _quickest(systems: Mapping[str, tuple[list[Ids], float]]) -> float | None:
    return min((seconds for _, seconds in systems.values()), default=None)


def _cost(checkpoint: Checkpoint, rows: Sequence[Row], written: Sequence[int]) -> Cost:
    """Of rows that decode as many at a time as they may."""
    beams = rows[0].decoding.num_beams
    together = DECODER_ROWS // beams
    columns = {token for row in rows if row.allowed is not None for token in row.allowed.tokens}
    return writer_cost(
        AutoConfig.from_pretrained(checkpoint.directory),
        half(),
        read=sum(len(row.ids) for row in rows),
        written=beams * sum(written),
        steps=sum(written) / min(together, len(rows)),
        seen=sum(len(row.ids) * n for row, n in zip(rows, written, strict=True)),
        columns=len(columns),
    )


def _rates(system: str, setting: str, tokens: Sequence[int], seconds: float) -> list[Result]:
    return [
        Result("rows", system, setting, len(tokens) / seconds, "/s"),
        Result("tokens", system, setting, sum(tokens) / seconds, "/s"),
    ]


def _fidelity(
    system: str, setting: str, ids: Sequence[Ids], expected: Sequence[Ids]
) -> list[Result]:
    told = Result("same tokens", system, setting, _same(ids, expected), "%")
    equal = 100 * statistics.mean(a == b for a, b in zip(ids, expected, strict=True))
    return [
        told.at_least(_GOAL_SAME) if system.startswith("newsfold") else told,
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
