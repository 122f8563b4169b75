"""Trains the verifier: `python -m training.verifier.train --pairs PAIRS --out RUN --steps N`.

Goes on from `RUN/last.pt` if there is one: the same command starts and resumes, and a run that was
killed has the losses of one that was not. SIGTERM and SIGINT save first. CPU or CUDA.
"""

import argparse
import json
import logging
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from types import FrameType

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional

from newsfold.model.device import bfloat16_pays
from training.initialise import minilm_folder
from training.verifier.copies import with_copies
from training.verifier.model import batch_of, encode, from_minilm
from training.verifier.pairs import Pair, read_pairs
from training.verifier.settings import VerifierSettings

log = logging.getLogger("verifier")
_LOG_EVERY = 50
_POOL = 8
"""Batches drawn at once and cut by length, so that little is padding."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="folder that mine wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True, help="of the whole run")
    parser.add_argument("--layers", type=int, default=VerifierSettings.layers)
    parser.add_argument("--minilm", type=Path, help="folder of the encoder to start from")
    parser.add_argument("--start", type=Path, help="an exported verifier to start from instead")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    settings = VerifierSettings(layers=options.layers)
    pairs = read_pairs(options.pairs / "train.jsonl")
    trainer = Trainer(
        settings,
        list(with_copies(pairs, settings.copies, settings.seed)),
        options.minilm or minilm_folder(),
        options.out,
        options.device,
        options.steps,
        options.start,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, trainer.stop)
    trainer.run()


class Trainer:
    """One run: model, optimizer and the step it has reached."""

    def __init__(
        self,
        settings: VerifierSettings,
        pairs: Sequence[Pair],
        minilm: Path,
        out: Path,
        device: str,
        steps: int,
        start: Path | None = None,
    ) -> None:
        """Takes up the run in `out` where it was, or starts it.

        The weights are those of `start`, an exported verifier, or else of the MiniLM.
        """
        self._settings, self._out, self._steps = settings, out, steps
        self._device = torch.device(device)
        self._tokenizer = Tokenizer.from_file(str(minilm / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._pools = [Pool(pairs, supported, settings.shares) for supported in (True, False)]
        self._rows: dict[int, tuple[list[int], list[int]]] = {}
        torch.manual_seed(settings.seed)
        self.model = from_minilm(minilm, settings.layers, settings.dropout)
        if start is not None:
            exported = load_file(start / "model.safetensors")
            self.model.load_state_dict({name: value.float() for name, value in exported.items()})
        self.model.to(self._device)
        self._optimizer = torch.optim.AdamW(
            [
                {"params": list(self.model.encoder.parameters()), "base_lr": settings.lr_encoder},
                {"params": list(self.model.head.parameters()), "base_lr": settings.lr_head},
            ],
            lr=settings.lr_encoder,
            betas=settings.betas,
            weight_decay=settings.weight_decay,
        )
        self.step = 0
        self._stopping = False
        out.mkdir(parents=True, exist_ok=True)
        if (out / "last.pt").exists():
            self._load()
        log.info("%d true and %d false pairs, step %d", *map(len, self._pools), self.step)

    def run(self, until: int | None = None) -> list[float]:
        """Trains to the last step, or `until`; saves on the way and at the end."""
        last = min(self._steps, until if until is not None else self._steps)
        losses: list[torch.Tensor] = []
        saved = logged = time.monotonic()
        self.model.train()
        while self.step < last and not self._stopping:
            losses.append(self._take_step(self._batch(self.step)))
            self.step += 1
            if self.step % _LOG_EVERY == 0:
                now = time.monotonic()
                seconds = (now - logged) / _LOG_EVERY
                recent = losses[-_LOG_EVERY:]
                left = (last - self.step) * seconds / 60
                mean = float(torch.stack(recent).mean())
                log.info("step %d  loss %.4f  %.0f min left", self.step, mean, left)
                logged = now
            if time.monotonic() - saved > 60 * self._settings.checkpoint_minutes:
                self.save()
                saved = time.monotonic()
        self.save()
        return [float(loss) for loss in losses]

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Signal handler: ends `run` after the step in progress."""
        del number, frame
        self._stopping = True

    def save(self) -> None:
        """Writes all that a run needs to go on, and the weights; whole or not at all."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "step": self.step,
            "cpu_rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }
        partial = self._out / "last.partial"
        torch.save(state, partial)
        weights = {n: v.detach().contiguous().cpu() for n, v in self.model.state_dict().items()}
        save_file(weights, self._out / "weights.partial")
        (self._out / "config.json").write_text(json.dumps(self.model.config.to_dict(), indent=1))
        for name, final in (
            ("last.partial", "last.pt"),
            ("weights.partial", "weights.safetensors"),
        ):
            with (self._out / name).open("rb") as written:
                os.fsync(written.fileno())
            (self._out / name).replace(self._out / final)

    def _load(self) -> None:
        state = torch.load(self._out / "last.pt", map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        torch.set_rng_state(state["cpu_rng"])
        if torch.cuda.is_available() and state["cuda_rng"]:
            torch.cuda.set_rng_state_all(state["cuda_rng"])

    def _batch(self, step: int) -> list[Pair]:
        """Half true, half false, of like length; which ones depends on the step alone."""
        number, place = divmod(step, _POOL)
        rng = random.Random(f"{self._settings.seed}/{number}")
        half = _POOL * self._settings.batch_pairs // 2
        batches: list[list[Pair]] = [[] for _ in range(_POOL)]
        for pool in self._pools:
            drawn = sorted(pool.draw(rng, half), key=_length)
            size = len(drawn) // _POOL
            for i in range(_POOL):
                batches[i] += drawn[i * size : (i + 1) * size]
        rng.shuffle(batches)
        return batches[place]

    def _take_step(self, pairs: Sequence[Pair]) -> torch.Tensor:
        for group in self._optimizer.param_groups:
            group["lr"] = self._factor() * group["base_lr"]
        ids, types = batch_of([self._encoded(pair) for pair in pairs], self._device)
        truth = torch.tensor([_truth(pair) for pair in pairs], device=self._device)
        weights = torch.tensor(
            [[1.0, self._settings.whole_weight * (pair.whole is not None)] for pair in pairs],
            device=self._device,
        )
        with torch.autocast(self._device.type, torch.bfloat16, enabled=bfloat16_pays(self._device)):
            logits = self.model(ids, types)
        losses = functional.binary_cross_entropy_with_logits(
            logits.float(), truth, weight=weights, reduction="none"
        )
        loss = losses.sum(1).mean()
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self._settings.clip)
        self._optimizer.step()
        return loss.detach()

    def _encoded(self, pair: Pair) -> tuple[list[int], list[int]]:
        """A pair is drawn often and encoded once; the pools keep it alive."""
        if id(pair) not in self._rows:
            self._rows[id(pair)] = encode(pair, self._tokenizer, self._settings.max_tokens)
        return self._rows[id(pair)]

    def _factor(self) -> float:
        """Warm-up, a constant rate, and a linear fall over the last `decay_share`."""
        warm = min(1.0, (self.step + 1) / max(1, self._settings.warmup_steps))
        falling = self._settings.decay_share * self._steps
        return warm * min(1.0, (self._steps - self.step) / max(1.0, falling))


class Pool:
    """The pairs of one kind, drawn with replacement in shares by origin."""

    def __init__(self, pairs: Sequence[Pair], supported: bool, shares: Mapping[str, float]) -> None:
        """An origin without pairs of this kind leaves its share to the others."""
        self._pairs = [pair for pair in pairs if pair.supported is supported]
        if not self._pairs:
            raise ValueError("pairs must be of both kinds")
        counts = Counter(pair.origin for pair in self._pairs)
        self._weights = list(accumulate(shares[p.origin] / counts[p.origin] for p in self._pairs))

    def __len__(self) -> int:
        return len(self._pairs)

    def draw(self, rng: random.Random, count: int) -> list[Pair]:
        """`count` pairs; the same one may come twice."""
        return rng.choices(self._pairs, cum_weights=self._weights, k=count)


def _truth(pair: Pair) -> list[float]:
    return [float(pair.supported), float(bool(pair.whole))]


def _length(pair: Pair) -> int:
    return len(pair.sentence) + sum(map(len, pair.evidence))


if __name__ == "__main__":
    main()
