"""Judges checkpoints on dev rows: `python -m training.evaluate --rows ROWS CHECKPOINT...`.

A checkpoint is a directory that `AutoModelForSeq2SeqLM` loads (an exported model, the first
version), or a training run's folder, of which the last weights are averaged as export does. Prints
one table a task, with the baselines that need no model. No length tag is given unless asked for:
the target's own would tell the model how long the answer is, and the first version knows none.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForSeq2SeqLM, BartForConditionalGeneration

from training.baselines import best_input, centroid_input, first_input
from training.checkpoint import TIED, average, saved_weights
from training.config import DEFAULT_CONFIG, load_config
from training.decode import write
from training.initialise import from_minilm, minilm_folder
from training.metrics import Scores, score
from training.rows import Row, read_rows

_MINED_WITH_TARGET = ("sober", "central")  # the target is an input: these would flatter


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", nargs="*", type=Path)
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG)
    parser.add_argument("--rows", type=Path, required=True, help="folder that mine wrote")
    parser.add_argument("--most", type=int, help="rows of each task")
    parser.add_argument("--length", choices=("short", "normal", "long"))
    parser.add_argument("--show", type=int, default=0, help="outputs to print of each task")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    config = load_config(options.config)
    tokenizer = Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))
    dev = dev_rows(options.rows / "dev.jsonl", options.most or config.evaluate.rows, config.seed)
    layers = config.train.decoder_layers_from
    models = [
        (path, load_model(path, layers, config.export.average_last, minilm_folder()))
        for path in options.checkpoints
    ]
    for task, rows in dev.items():
        print(f"\n## {task}\n\n{_HEADER}")
        for name, scores in baseline_scores(rows):
            print(table_row(name, scores))
        for path, model in models:
            for beams in (1, config.evaluate.beams):
                outputs = write(
                    model.to(options.device),
                    tokenizer,
                    rows,
                    length=options.length,
                    beams=beams,
                    batch_rows=config.evaluate.batch_rows,
                )
                print(table_row(f"{path.name}, {beams} beams", judge(outputs, rows)), flush=True)
            for row, output in list(zip(rows, outputs, strict=True))[: options.show]:
                print("\n".join(["", *(f"- {text}" for text in row.inputs)]))
                print(f"> wrote:  {output}\n> target: {row.target}")


def dev_rows(path: Path, most: int, seed: int) -> dict[str, list[Row]]:
    """At most so many dev rows of each task, without those whose target is itself an input."""
    rows = [row for row in read_rows(path) if row.kind not in _MINED_WITH_TARGET]
    random.Random(seed).shuffle(rows)
    tasks = sorted({row.task for row in rows})
    return {task: [row for row in rows if row.task == task][:most] for task in tasks}


def load_model(
    path: Path, decoder_layers_from: Sequence[int], average_last: int, minilm: Path
) -> BartForConditionalGeneration:
    """An exported directory, or the average of a run's last weights, in fp32.

    Raises ValueError for weights of another depth.
    """
    weights = saved_weights(path)
    if not weights:
        return AutoModelForSeq2SeqLM.from_pretrained(path, dtype=torch.float32)
    model = from_minilm(minilm, decoder_layers_from, dropout=0.0)
    missing, unexpected = model.load_state_dict(average(weights[-average_last:]), strict=False)
    if unexpected or any(not name.endswith(TIED) for name in missing):
        raise ValueError(f"weights of another shape of model: {missing + unexpected}")
    return model


def baseline_scores(rows: Sequence[Row]) -> Iterator[tuple[str, Scores]]:
    """The picks among the inputs; the last one sees the target."""
    yield "first input", judge([first_input(row.inputs) for row in rows], rows)
    yield "centroid input", judge([centroid_input(row.inputs) for row in rows], rows)
    best = [best_input(row.inputs, row.target) for row in rows]
    yield "(best input, chosen with the target)", judge(best, rows)


def judge(outputs: Sequence[str], rows: Sequence[Row]) -> Scores:
    """Scores outputs against their rows."""
    return score(outputs, [row.target for row in rows], [row.inputs for row in rows])


_HEADER = (
    "| system | rows | R-1 | R-2 | R-L | words not in input | rows with a new number "
    "| repeated 3-gram | open quote | no final mark | output/input words |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


def table_row(name: str, scores: Scores) -> str:
    """One line of the Markdown table."""
    found = asdict(scores)
    rouge = [f"{found[key]:.1f}" for key in ("rouge1", "rouge2", "rouge_l")]
    shares = [
        f"{100 * found[key]:.1f}%"
        for key in (
            "new_words",
            "new_numbers",
            "repeated_trigrams",
            "open_quotes",
            "no_final_mark",
        )
    ]
    cells = [name, str(scores.rows), *rouge, *shares, f"{scores.length:.2f}"]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
