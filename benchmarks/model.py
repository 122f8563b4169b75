"""The shipped rewriter on dev rows: `python -m benchmarks.model --rows ROWS`.

ROWS is the folder that `training.mine` wrote. Beside the rewriter: the first version, a copy of the
first input, the input nearest to the others, and the input nearest to the target, which no system
may know. Everything is written by the service's own path: prompt, engine, choice among beams,
surface form. "Chosen" is that path with 4 beams; "greedy" has one beam and no restriction.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from benchmarks import report
from benchmarks.report import Result
from newsfold.model.checkpoint import Checkpoint, find_writer
from newsfold.model.device import bfloat16_pays, choose_device, use_threads
from newsfold.model.rewriter import RewriterProfile
from newsfold.model.seq2seq import load_seq2seq
from newsfold.model.stepping import SteppingEngine
from newsfold.model.vocabulary import Vocabulary
from newsfold.pipeline import facts
from newsfold.pipeline.ports import Task, WriteJob
from training.evaluate import baseline_scores, dev_rows
from training.metrics import Scores, score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.engine import Row
    from newsfold.model.prompt import Prompt
    from training.rows import Row as DevRow

FIRST_VERSION = Path("../shared/model")
_FIRST_FORMAT = {
    "task_tags": {"fuse": 2, "headline": 3, "compress": 4},
    "max_sentences": 3,
    "max_input_tokens": 160,
}
_COHORT = 16
_RUNS = 3


def main() -> None:
    """Print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, required=True, help="folder that mine wrote")
    parser.add_argument("--most", type=int, default=300, help="rows of each task")
    parser.add_argument("--model", help="a checkpoint directory instead of the shipped one")
    parser.add_argument("--show", type=int, default=0, help="outputs of each task to print")
    arguments = parser.parse_args()
    use_threads(0)
    dev = dev_rows(arguments.rows / "dev.jsonl", arguments.most, seed=0)
    shipped = Writer(find_writer(arguments.model or "embedded"))
    dev = {task: shipped.readable(rows) for task, rows in dev.items()}
    results = [result for task, rows in dev.items() for result in _baselines(task, rows)]
    if FIRST_VERSION.is_dir():
        with tempfile.TemporaryDirectory() as folder:
            first = Writer(_first_version(Path(folder)))
            for task, rows in dev.items():
                results += _scored(task, "first version, greedy", first.greedy(rows), rows)
    for task, rows in dev.items():
        results += _scored(task, "shipped, greedy", shipped.greedy(rows), rows)
        written = shipped.chosen(rows)
        results += _against_goals(task, written, rows)
        for row, text in list(zip(rows, written, strict=True))[: arguments.show]:
            print("\n".join(["", *(f"- {i}" for i in row.inputs), f"> {text}", f"= {row.target}"]))
    results.append(_speed(shipped, dev["fuse"]))
    rows_of = ", ".join(f"{len(rows)} {task} rows" for task, rows in dev.items())
    notes = [
        f"{rows_of}, kept apart by story and month. ROUGE: rouge_score, stemmed, F in percent."
        " The first version was trained on a random split of the same archive and may have seen"
        " some of these rows."
        f" Speed: median of {_RUNS} runs over the fuse rows, 4 beams, cohorts of {_COHORT}."
    ]
    print(report.write("model", "The embedded rewriter on dev rows", results, notes))


class Writer:
    """A rewriter as the service drives it."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        device = choose_device("auto")
        dtype = torch.bfloat16 if bfloat16_pays(device) else torch.float32
        self._profile = RewriterProfile(checkpoint, Vocabulary(checkpoint))
        model = load_seq2seq(checkpoint.directory, device=device, dtype=dtype)
        self._engine = SteppingEngine(model, dtype)

    def readable(self, rows: Sequence[DevRow]) -> list[DevRow]:
        """The rows that fit the model; the service writes nothing from the others."""
        return [r for r, p in zip(rows, self.prompts(rows), strict=True) if p.row is not None]

    def chosen(self, rows: Sequence[DevRow]) -> list[str]:
        """Four beams, restricted to the sources, the best candidate taken."""
        return self._write(self.prompts(rows))

    def greedy(self, rows: Sequence[DevRow]) -> list[str]:
        """One beam, nothing forbidden but a repeated 3-gram."""
        prompts = []
        for prompt in self.prompts(rows):
            row = _row(prompt)
            decoding = replace(row.decoding, num_beams=1, hypotheses=1)
            prompts.append(replace(prompt, row=replace(row, decoding=decoding, allowed=None)))
        return self._write(prompts)

    def prompts(self, rows: Sequence[DevRow]) -> list[Prompt]:
        """Without a length: the target's own would tell how long the answer is."""
        return self._profile.prompts(
            [WriteJob(Task(row.task), tuple((s,) for s in row.inputs), num_beams=4) for row in rows]
        )

    def decode(self, rows: Sequence[Row]) -> list[tuple[int, ...]]:
        """Tokens only, for timing."""
        return [h[0].ids for h in self._engine.generate(rows, lambda i: True)]

    def _write(self, prompts: Sequence[Prompt]) -> list[str]:
        order = sorted(range(len(prompts)), key=lambda i: len(_row(prompts[i]).ids))
        texts = [""] * len(prompts)
        for start in range(0, len(order), _COHORT):
            chosen = order[start : start + _COHORT]
            written = self._engine.generate([_row(prompts[i]) for i in chosen], lambda i: True)
            for i, hypotheses in zip(chosen, written, strict=True):
                texts[i], _ = self._profile.text(prompts[i], hypotheses)
        return texts


def _row(prompt: Prompt) -> Row:
    if prompt.row is None:
        raise ValueError("a dev row does not fit the model")
    return prompt.row


def _first_version(folder: Path) -> Checkpoint:
    """The first version with the section that says how to drive it, in a copy."""
    shutil.copytree(FIRST_VERSION, folder, dirs_exist_ok=True)
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"newsfold": _FIRST_FORMAT}))
    return find_writer(str(folder))


def _baselines(task: str, rows: Sequence[DevRow]) -> list[Result]:
    return [
        Result(name, system, task, value, "%")
        for system, scores in baseline_scores(rows)
        for name, value in (("ROUGE-1", scores.rouge1), ("ROUGE-2", scores.rouge2))
    ]


def _scored(task: str, system: str, texts: Sequence[str], rows: Sequence[DevRow]) -> list[Result]:
    found = _judged(texts, rows)
    return [
        Result("ROUGE-1", system, task, found.rouge1, "%"),
        Result("ROUGE-2", system, task, found.rouge2, "%"),
        Result("content words not in the input", system, task, 100 * found.new_words, "%"),
        Result("rows with a new number", system, task, 100 * found.new_numbers, "%"),
        Result("unbalanced quotes", system, task, 100 * found.open_quotes, "%"),
        Result("no final mark", system, task, 100 * found.no_final_mark, "%"),
    ]


def _against_goals(task: str, texts: Sequence[str], rows: Sequence[DevRow]) -> list[Result]:
    """The shipped rewriter as it is served."""
    found = _judged(texts, rows)
    new_names = 100 * statistics.mean(
        bool(_new_names(t, r)) for t, r in zip(texts, rows, strict=True)
    )
    rouge1, rouge2 = found.rouge1, found.rouge2
    goals = {
        "fuse": {"ROUGE-2": 44.0},
        "compress": {"ROUGE-2": 76.0},
        "headline": {"ROUGE-1": 50.0, "ROUGE-2": 28.0},
    }[task]
    most_new = {"fuse": 1.0, "compress": 1.0, "headline": 3.0}[task]

    def row(metric: str, value: float) -> Result:
        return Result(metric, "shipped, chosen", task, value, "%")

    results = [
        row(name, value).at_least(goals[name]) if name in goals else row(name, value)
        for name, value in (("ROUGE-1", rouge1), ("ROUGE-2", rouge2), ("ROUGE-L", found.rouge_l))
    ]
    if task == "fuse":
        centroid = dict(baseline_scores(rows))["centroid input"].rouge2
        results.append(row("ROUGE-2 above the centroid input", rouge2 - centroid).at_least(6.0))
    if task == "compress":
        length = row("output of 100 input words", 100 * found.length)
        results += [length.at_least(35.0), length.at_most(65.0)]
    results += [
        row("content words not in the input", 100 * found.new_words).at_most(most_new),
        row("rows with a new number", 100 * found.new_numbers).at_most(0.0),
        row("rows with a new name", new_names).at_most(0.0),
        row("rows with a repeated 3-gram", 100 * found.repeated_trigrams).at_most(0.0),
        row("unbalanced quotes", 100 * found.open_quotes).at_most(0.5),
    ]
    if task != "headline":
        results.append(row("no final mark", 100 * found.no_final_mark).at_most(0.5))
    return results


def _judged(texts: Sequence[str], rows: Sequence[DevRow]) -> Scores:
    return score(texts, [row.target for row in rows], [row.inputs for row in rows])


def _new_names(text: str, row: DevRow) -> set[str]:
    """Capitalised words of the text, its first left out, that no input has in any case."""
    known = {word for source in row.inputs for word in facts.tokens(source)}
    words = [match.group() for match in facts.WORD.finditer(text)][1:]
    return {token for word in words if word[0].isupper() for token in facts.tokens(word)} - known


def _speed(writer: Writer, rows: Sequence[DevRow]) -> Result:
    prompts = sorted((_row(p) for p in writer.prompts(rows)), key=lambda row: len(row.ids))
    times = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        for start in range(0, len(prompts), _COHORT):
            writer.decode(prompts[start : start + _COHORT])
        times.append(time.perf_counter() - started)
    value = len(prompts) / statistics.median(times)
    return Result("speed, 4 beams", "shipped, chosen", "fuse", value, "rows/s").at_least(22.0)


if __name__ == "__main__":
    main()
