"""Trains the rewriter: `python -m training.train --rows ROWS --out RUN`.

Goes on from `RUN/last.pt` if there is one, so the same command starts and resumes. Without
`--decay-steps` it runs at a constant rate until it is stopped (SIGTERM and SIGINT save first).
`--from RUN --decay-steps N --out OTHER` takes N steps with a falling rate from the last checkpoint
of RUN, which it leaves alone.
"""

import argparse
import json
import logging
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType

import torch
from tokenizers import Tokenizer
from transformers import BartForConditionalGeneration

from training import checkpoint
from training.batches import Example, Order, Position, encode_rows
from training.checkpoint import Progress
from training.config import DEFAULT_CONFIG, Config, load_config
from training.initialise import from_checkpoint, from_minilm, minilm_folder
from training.prompt import build_prompt
from training.rows import read_rows
from training.schedule import Schedule
from training.step import loss_of, optimizer_for, take_step

log = logging.getLogger("train")
_LOG_EVERY = 50
_DEV_ROWS = 200


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG)
    parser.add_argument("--rows", type=Path, required=True, help="folder that mine wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--from", dest="source", type=Path, help="run to decay from")
    parser.add_argument("--decay-steps", type=int, default=0)
    parser.add_argument("--max-steps", type=int, help="stop at this step, for trials")
    parser.add_argument("--minilm", type=Path, help="folder of the encoder to start from")
    parser.add_argument("--start", type=Path, help="an exported rewriter to start from instead")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    trainer = Trainer(
        load_config(options.config),
        options.rows,
        options.out,
        options.minilm or minilm_folder(),
        options.device,
        options.start,
    )
    trainer.begin(options.source, options.decay_steps)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, trainer.stop)
    trainer.run(options.max_steps)


class Trainer:
    """One run: model, optimizer, data order and progress."""

    def __init__(
        self,
        config: Config,
        rows: Path,
        out: Path,
        minilm: Path,
        device: str,
        start: Path | None = None,
    ) -> None:
        """Builds the initial model and encodes the rows (about 17 s for 100,000).

        The weights are those of `start`, an exported rewriter, or else of the MiniLM.
        """
        self._settings = config.train
        self._out = out
        self._stopping = False
        torch.manual_seed(config.seed)
        tokenizer = Tokenizer.from_file(str(minilm / "tokenizer.json"))
        self._seed = config.seed
        found = read_rows(rows / "train.jsonl")
        if (rows / "restore.jsonl").exists():
            found += read_rows(rows / "restore.jsonl")
        else:
            log.warning("no restore.jsonl in %s: the other tasks share its part", rows)
        self._train = encode_rows(found, tokenizer)
        dev = encode_rows(read_rows(rows / "dev.jsonl"), tokenizer)
        random.Random(config.seed).shuffle(dev)
        self._dev = [
            Example(build_prompt(row.task, row.inputs, row.length), row.target)
            for row in dev[:_DEV_ROWS]
        ]
        dropout = self._settings.dropout
        if start is None:
            model = from_minilm(minilm, self._settings.decoder_layers_from, dropout)
        else:
            model = from_checkpoint(start, dropout)
        self.model = model.to(device)
        self._optimizer = optimizer_for(self.model, self._settings)
        self.progress = Progress(0, 0, Position(), Schedule(self._settings.warmup_steps))
        log.info("%d rows for training, %d for dev", len(self._train), len(self._dev))

    def begin(self, source: Path | None, decay_steps: int) -> None:
        """Takes up this run where it was, or starts a decay from another, or starts afresh."""
        own = self._out / "last.pt"
        if own.exists():
            self.progress = checkpoint.load(own, self.model, self._optimizer)
        elif source is not None:
            self.progress = checkpoint.load(source / "last.pt", self.model, self._optimizer)
        if decay_steps and self.progress.schedule.decay_from is None:
            decaying = Schedule(self._settings.warmup_steps, self.progress.step, decay_steps)
            self.progress = replace(self.progress, schedule=decaying)
        log.info("begin at step %d, %s", self.progress.step, self.progress.schedule)

    def run(self, max_steps: int | None) -> list[float]:
        """Trains until stopped or done; saves on the way and at the end; returns the losses."""
        ends = [end for end in (self.progress.schedule.last_step, max_steps) if end is not None]
        last = min(ends, default=None)
        losses: list[torch.Tensor] = []
        saved = logged = time.monotonic()
        rows_logged = self.progress.rows
        for batch, position in self.order().start(self.progress.position):
            if self._stopping or (last is not None and self.progress.step >= last):
                break
            factor = self.progress.schedule.factor(self.progress.step)
            losses.append(take_step(self.model, self._optimizer, batch, factor, self._settings))
            self.progress = replace(
                self.progress,
                step=self.progress.step + 1,
                rows=self.progress.rows + len(batch),
                position=position,
            )
            if self.progress.step % _LOG_EVERY == 0:
                now = time.monotonic()
                self._log(losses, (self.progress.rows - rows_logged) / (now - logged), last)
                logged, rows_logged = now, self.progress.rows
            if time.monotonic() - saved > 60 * self._settings.checkpoint_minutes:
                self.save()
                saved = time.monotonic()
        self.save()
        return [float(loss) for loss in losses]

    def order(self) -> Order:
        """Of the rows, in the shares of the phase that training is in."""
        return Order(
            self._train,
            shares=self._settings.shares(falling=self.progress.schedule.decay_from is not None),
            written=self._settings.written,
            window_rows=self._settings.window_rows,
            tokens_per_batch=self._settings.tokens_per_batch,
            untagged=self._settings.untagged,
            seed=self._seed,
        )

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Signal handler: ends `run` after the step in progress."""
        self._stopping = True

    def save(self) -> None:
        """Writes a checkpoint and appends the dev loss to `dev.jsonl`."""
        checkpoint.save(
            self._out,
            self.model,
            self._optimizer,
            self.progress,
            self._settings.checkpoints_kept,
        )
        found = {
            "step": self.progress.step,
            "rows": self.progress.rows,
            "dev_loss": dev_loss(self.model, self._dev),
            "factor": self.progress.schedule.factor(self.progress.step),
        }
        with (self._out / "dev.jsonl").open("a") as out:
            out.write(json.dumps(found) + "\n")
        log.info("saved at step %(step)d, dev loss %(dev_loss).4f", found)

    def _log(self, losses: Sequence[torch.Tensor], rows_a_second: float, last: int | None) -> None:
        recent = losses[-_LOG_EVERY:]
        left = "no end set"
        if last is not None:
            rows_a_step = self.progress.rows / self.progress.step
            seconds = (last - self.progress.step) * rows_a_step / rows_a_second
            left = f"{seconds / 60:.0f} min left"
        log.info(
            "step %d  rows %d  loss %.4f  %.1f rows/s  %s",
            self.progress.step,
            self.progress.rows,
            float(torch.stack(list(recent)).mean()),
            rows_a_second,
            left,
        )


def dev_loss(model: BartForConditionalGeneration, examples: Sequence[Example]) -> float:
    """Mean loss per target id without smoothing, dropout off; 0 without dev rows."""
    if not examples:
        return 0.0
    model.eval()
    ordered = sorted(examples, key=lambda example: len(example.prompt))
    total, count = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(ordered), 16):
            batch = ordered[start : start + 16]
            ids = sum(len(example.target) for example in batch)
            total += float(loss_of(model, batch, 0.0)) * ids
            count += ids
    return total / count


if __name__ == "__main__":
    main()
