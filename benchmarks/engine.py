"""Rows per second of the engines that could write: `python -m benchmarks.engine --rows ROWS`.

ROWS is the folder that `training.mine` wrote; its dev rows for fusion are decoded as the service
asks for them, in the order they come. Peers in the same run: transformers' `generate` on one row
at a time and on static batches, and CTranslate2, where it is installed, in float32 and int8. "Free"
may write any token, as the peers do; "as served" keeps to what the row is allowed.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from benchmarks import report
from benchmarks.report import Result
from newsfold.model.checkpoint import find_writer
from newsfold.model.device import has_fast_bfloat16, use_threads
from newsfold.model.rewriter import RewriterProfile
from newsfold.model.scheduler import Scheduler
from newsfold.model.seq2seq import Seq2SeqEngine, load_seq2seq
from newsfold.model.stepping import SteppingEngine
from newsfold.model.vocabulary import Vocabulary
from newsfold.pipeline.ports import Task, WriteJob
from training.evaluate import dev_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newsfold.model.checkpoint import Checkpoint
    from newsfold.model.engine import Ids, Row

_CPU = torch.device("cpu")
_RUNS = 3
_BATCHES = (1, 8, 32)
_CT2_CONFIG = {
    "normalize_before": False,
    "normalize_embedding": True,
    "add_final_layer_norm": False,
    "static_position_embeddings": False,
}


def main() -> None:
    """Print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True, help="folder that mine wrote")
    parser.add_argument("--most", type=int, default=32, help="rows to decode")
    arguments = parser.parse_args()
    threads = use_threads(0)
    checkpoint = find_writer("embedded")
    served = _served(checkpoint, arguments.rows, arguments.most)
    results: list[Result] = []
    for beams in (4, 1):
        results += _with_beams(checkpoint, served, beams)
    mean = statistics.mean(len(row.ids) for row in served)
    notes = [
        f"{len(served)} fuse rows of {mean:.0f} ids on average, at most 60 ids out, no repeated"
        f' 3-gram, {threads} threads, median of {_RUNS} runs after one to warm up. "Same tokens":'
        " rows whose output is that of `generate` in float32."
    ]
    print(report.write("engine", "Engines for the embedded rewriter", results, notes))


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
    setting = f"{beams} beams" if beams > 1 else "greedy"
    expected = _generate(checkpoint, free, 8, torch.float32)()
    found: list[tuple[str, list[Ids], float]] = []
    half = torch.bfloat16 if has_fast_bfloat16(_CPU) else torch.float32
    for batch in _BATCHES:
        ids, seconds = _median(_generate(checkpoint, free, batch, half))
        found.append((f"generate {_short(half)}, static batches of {batch}", ids, seconds))
    found += _ctranslate2(checkpoint, free)
    for dtype in dict.fromkeys((torch.float32, half)):
        engine = SteppingEngine(load_seq2seq(checkpoint.directory, device=_CPU, dtype=dtype), dtype)
        ids, seconds = _median(partial(_through_scheduler, engine, free))
        found.append((f"newsfold {_short(dtype)}, free", ids, seconds))
    ids, seconds = _median(partial(_through_scheduler, engine, served))
    found.append((f"newsfold {_short(dtype)}, as served", ids, seconds))
    return [r for name, ids, s in found for r in _rows(name, setting, ids, s, expected)]


def _rows(
    system: str, setting: str, ids: Sequence[Ids], seconds: float, expected: Sequence[Ids]
) -> list[Result]:
    same = statistics.mean(a == b for a, b in zip(ids, expected, strict=True))
    return [
        Result("rows", system, setting, len(ids) / seconds, "/s"),
        Result("tokens", system, setting, sum(map(len, ids)) / seconds, "/s"),
        Result("same tokens", system, setting, 100 * same, "%"),
    ]


def _generate(
    checkpoint: Checkpoint, rows: Sequence[Row], batch: int, dtype: torch.dtype
) -> Callable[[], list[Ids]]:
    """Transformers' own, on static batches."""
    engine = Seq2SeqEngine(load_seq2seq(checkpoint.directory, device=_CPU, dtype=dtype))

    def run() -> list[Ids]:
        return [
            hypotheses[0].ids
            for start in range(0, len(rows), batch)
            for hypotheses in engine.generate(rows[start : start + batch], lambda i: True)
        ]

    return run


def _through_scheduler(engine: SteppingEngine, rows: Sequence[Row]) -> list[Ids]:
    """All rows at once, as one large request would bring them."""

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


def _ctranslate2(checkpoint: Checkpoint, rows: Sequence[Row]) -> list[tuple[str, list[Ids], float]]:
    if importlib.util.find_spec("ctranslate2") is None:
        print("NOT RUN: ctranslate2 is not installed")
        return []
    import ctranslate2  # noqa: PLC0415 - a peer, no dependency

    found = []
    tokenizer = Vocabulary(checkpoint)
    pieces = [tokenizer.pieces(row.ids) for row in rows]
    decoding = rows[0].decoding
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        shutil.copytree(checkpoint.directory, source)
        config = source / "config.json"
        stated = json.loads(config.read_text())
        config.write_text(json.dumps(_CT2_CONFIG | stated))
        names = source / "tokenizer_config.json"
        start, end = tokenizer.pieces((stated["bos_token_id"], stated["eos_token_id"]))
        named = {"bos_token": start, "eos_token": end}
        names.write_text(json.dumps(json.loads(names.read_text()) | named))
        ctranslate2.converters.TransformersConverter(str(source)).convert(str(target))
        for kind in ("float32", "int8"):
            translator = ctranslate2.Translator(
                str(target), compute_type=kind, intra_threads=torch.get_num_threads()
            )

            def run(translator: Any = translator) -> list[Ids]:
                written = translator.translate_batch(
                    pieces,
                    beam_size=decoding.num_beams,
                    length_penalty=decoding.length_penalty,
                    no_repeat_ngram_size=decoding.no_repeat_ngram,
                    min_decoding_length=decoding.min_new_tokens,
                    max_decoding_length=decoding.max_new_tokens,
                    max_batch_size=32,
                )
                return [tokenizer.ids(result.hypotheses[0]) for result in written]

            ids, seconds = _median(run)
            found.append((f"CTranslate2 {kind}, batches of 32 by length", ids, seconds))
    return found


def _median(run: Callable[[], list[Ids]]) -> tuple[list[Ids], float]:
    ids = run()
    times = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        ids = run()
        times.append(time.perf_counter() - started)
    return ids, statistics.median(times)


def _short(dtype: torch.dtype) -> str:
    return "bf16" if dtype is torch.bfloat16 else "fp32"


if __name__ == "__main__":
    main()
