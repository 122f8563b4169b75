"""Rows per second of the engines that could write the rewriter's rows, and what they write.

All rows are there from the start. Peers in the same run: transformers' `generate` on one row at a
time and on static batches, and CTranslate2, where it is installed, in float32 and int8.
"""

from __future__ import annotations

import statistics
from functools import partial
from typing import TYPE_CHECKING

from transformers import AutoConfig

from benchmarks.apart import in_own_thread, medians_of, output_of
from benchmarks.engine import ctranslate
from benchmarks.engine.bounds import measure_machine, writer_cost
from benchmarks.engine.fidelity import GOAL_SAME, agreement, rouge2, same_tokens, texts_of
from benchmarks.engine.systems import (
    BATCHES,
    half,
    offers,
    run_generate,
    run_newsfold,
    run_served,
    short,
)
from benchmarks.engine.work import work_of
from benchmarks.report import Result
from newsfold.model.checkpoint import find_writer
from newsfold.model.rewriter import RewriterProfile
from newsfold.model.turns import DECODER_ROWS
from newsfold.model.vocabulary import Vocabulary
from training.evaluate import dev_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import torch

    from benchmarks.engine.bounds import Cost
    from benchmarks.engine.work import Work
    from newsfold.model.engine import Ids

_GOALS_OVER_GENERATE = {4: 3.0, 1: 2.0}
"""By beams."""
_GOAL_OVER_CTRANSLATE2 = 0.95
_REFERENCE = "generate fp32"
_STATIC_BATCH = 8


def measure(
    rows: Path, most: int, judged: int, device: torch.device
) -> tuple[list[Result], list[str]]:
    """The rewriter's own rows with four beams and greedily; notes.

    `judged` rows are written once by each system, and the first `most` of them are timed.
    """
    checkpoint = find_writer("embedded")
    profile = RewriterProfile(checkpoint, Vocabulary(checkpoint))
    dev = dev_rows(rows / "dev.jsonl", max(most, judged), seed=0)["fuse"]
    works = [work_of(checkpoint.directory, profile, dev, most, beams, device) for beams in (4, 1)]
    results = [result for work in works for result in _measured(work)]
    timed = works[0].timed
    mean = statistics.mean(len(row.ids) for row in timed.served)
    notes = [
        f"Offline: {len(timed.dev)} fuse rows of {mean:.0f} ids on average, at most 60 ids out, no"
        ' repeated 3-gram; each system in a process of its own. "At a time": the rows of one'
        ' request, which has its answer before the next one comes. "Free" may write any token, as'
        ' the peers do. "The writer as served" is the writer of the service in the process of the'
        " benchmark, from sentences to sentences: it may write only what its input and a list of"
        " function words allow, and chooses among its finished beams. No row goes over the wire: a"
        " request with these sentences as its articles would also be split, embedded, grouped,"
        " headed and checked, and its groups would not be these rows.",
        f"What is written is judged on {len(works[0].dev)} rows, once for each system that writes"
        f' differently. "Same tokens": those of `{_REFERENCE}` before the first that differs in a'
        ' row; "same rows": outputs that are equal as a whole; ROUGE-2: of the text against the'
        f" dev row's target, its goal what `{_REFERENCE}` has.",
    ]
    absent = ctranslate.absent(device)
    return results, notes if absent is None else [*notes, f"CTranslate2: {absent}."]


def _measured(work: Work) -> list[Result]:
    with ctranslate.converted(work.directory, work.device) as target:
        written = _write_once(work, target)
        results = _judged(work, written)
        expected = written[_REFERENCE]
        exact = {name for name, ids in written.items() if same_tokens(ids, expected) >= GOAL_SAME}
        return [*results, *_timed(work.timed, target, exact)]


def _write_once(work: Work, target: Path | None) -> dict[str, list[Ids]]:
    """What each engine that writes differently writes freely, by its name."""
    where, rows = work.directory, work.free
    runs: dict[str, Callable[[], Callable[[], list[Ids]]]] = {}
    for dtype in work.dtypes:
        how = (dtype, work.device)
        runs[f"generate {short(dtype)}"] = partial(run_generate, where, rows, _STATIC_BATCH, *how)
        runs[_free(dtype)] = partial(run_newsfold, where, rows, len(rows), *how)
    if target is not None:
        runs |= {
            f"CTranslate2 {setting.kind}": run
            for setting, run in ctranslate.runs_of(target, rows, work.device).items()
        }
    return {name: output_of(run) for name, run in runs.items()}


def _judged(work: Work, written: Mapping[str, Sequence[Ids]]) -> list[Result]:
    """What was written, against the reference and the targets; ours may not be worse."""
    expected = written[_REFERENCE]
    rouge = {
        name: rouge2(texts_of(work.profile, work.prompts, ids), work.dev)
        for name, ids in written.items()
    }
    drafts = output_of(partial(run_served, work.jobs, len(work.jobs), work.device))
    rouge[_served(work)] = rouge2([draft.text for draft in drafts], work.dev)
    found = [
        Result("ROUGE-2", name, work.setting, value, "%")
        if not name.startswith("newsfold")
        else Result("ROUGE-2", name, work.setting, value, "%").at_least(rouge[_REFERENCE])
        for name, value in rouge.items()
    ]
    return [
        *(
            result
            for name, ids in written.items()
            for result in agreement(name, work.setting, ids, expected)
        ),
        *found,
    ]


def _timed(work: Work, target: Path | None, exact: set[str]) -> list[Result]:
    """Rows and tokens a second, ours beside the best of the peers, and the bounds."""
    where, rows = work.directory, work.free
    generate = medians_of(
        {
            f"generate {short(dtype)}, static batches of {batch}": partial(
                run_generate, where, rows, batch, dtype, work.device
            )
            for dtype in work.dtypes
            for batch in (BATCHES if dtype is half(work.device) else (_STATIC_BATCH,))
        }
    )
    peers = {} if target is None else medians_of(ctranslate.runs_of(target, rows, work.device))
    offered = offers(len(rows))
    whole = max(offered)
    own = medians_of(
        {
            f"{_free(dtype)}, {name}": partial(run_newsfold, where, rows, size, dtype, work.device)
            for dtype in work.dtypes
            for size, name in offered.items()
            if dtype is half(work.device) or size == whole
        }
    )
    served = medians_of(
        {
            f"{_served(work)}, {name}": partial(run_served, work.jobs, size, work.device)
            for size, name in offered.items()
        }
    )
    written = {
        **{n: ([len(ids) for ids in found], s) for n, (found, s) in (generate | own).items()},
        **{str(p): ([len(ids) for ids in found], s) for p, (found, s) in peers.items()},
        **{n: ([d.output_tokens for d in drafts], s) for n, (drafts, s) in served.items()},
    }
    bests = [
        ("best `generate`", generate.values(), _GOALS_OVER_GENERATE[work.beams]),
        (
            f"best CTranslate2 with {GOAL_SAME:.0f}% of the same tokens",
            [found for p, found in peers.items() if f"CTranslate2 {p.kind}" in exact],
            _GOAL_OVER_CTRANSLATE2,
        ),
        ("fastest CTranslate2, whatever it writes", peers.values(), _GOAL_OVER_CTRANSLATE2),
    ]
    ours = f"{_served(work)}, {offered[whole]}"
    return [
        *(
            result
            for name, (tokens, seconds) in written.items()
            for result in _rates(name, work.setting, tokens, seconds)
        ),
        *(
            Result(f"rows over the {which}", name, work.setting, best / seconds, "x").at_least(goal)
            for which, found, goal in bests
            if (best := min((seconds for _, seconds in found), default=None)) is not None
            for name, (_, seconds) in written.items()
            if name.startswith("newsfold") and name.endswith(offered[whole])
        ),
        *_bounds(work, ours, *written[ours]),
    ]


def _bounds(work: Work, system: str, tokens: Sequence[int], seconds: float) -> list[Result]:
    machine = in_own_thread(lambda: measure_machine(half(work.device), work.device))
    bounds = _cost(work, tokens).bounds(machine)
    rows = len(tokens)
    nearest = 100 * max(bounds.values()) / seconds
    return [
        *(
            Result(f"bound of rows, by {what}", "this machine", work.setting, rows / bound, "/s")
            for what, bound in bounds.items()
        ),
        Result("share of the nearer bound", system, work.setting, nearest, "%"),
    ]


def _cost(work: Work, written: Sequence[int]) -> Cost:
    """Of rows that decode as many at a time as they may."""
    rows = work.served
    together = DECODER_ROWS // work.beams
    columns = {token for row in rows if row.allowed is not None for token in row.allowed.tokens}
    return writer_cost(
        AutoConfig.from_pretrained(work.directory),
        half(work.device),
        read=sum(len(row.ids) for row in rows),
        written=work.beams * sum(written),
        steps=sum(written) / min(together, len(rows)),
        seen=sum(len(row.ids) * n for row, n in zip(rows, written, strict=True)),
        columns=len(columns),
    )


def _rates(system: str, setting: str, tokens: Sequence[int], seconds: float) -> list[Result]:
    return [
        Result("rows", system, setting, len(tokens) / seconds, "/s"),
        Result("tokens", system, setting, sum(tokens) / seconds, "/s"),
    ]


def _free(dtype: torch.dtype) -> str:
    return f"newsfold {short(dtype)}, free"


def _served(work: Work) -> str:
    return f"newsfold {short(half(work.device))}, the writer as served"
