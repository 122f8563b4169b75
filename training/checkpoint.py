"""Checkpoints that survive a kill at any moment: written beside, then renamed.

`last.pt` is all that a run needs to go on; `weights-<step>.safetensors` (fp32) are kept for
averaging and evaluation.
"""

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import BartForConditionalGeneration

from training.batches import Position
from training.schedule import Schedule

TIED = ("embed_tokens.weight", "lm_head.weight")  # names of `model.shared.weight` in other places


@dataclass(frozen=True)
class Progress:
    """How far a run is: steps taken, rows seen, place in the data, and the schedule it follows."""

    step: int
    rows: int
    position: Position
    schedule: Schedule


def save(
    folder: Path,
    model: BartForConditionalGeneration,
    optimizer: torch.optim.AdamW,
    progress: Progress,
    kept: int,
) -> None:
    """Writes `last.pt` and the weights, and removes all but the newest `kept` weights."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "progress": asdict(progress),
        "cpu_rng": torch.get_rng_state(),
        "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    partial = folder / "last.partial"
    torch.save(state, partial)
    _replace(partial, folder / "last.pt")
    weights = folder / f"weights-{progress.step:07d}.safetensors"
    save_file(_untied(model), weights.with_suffix(".partial"))
    _replace(weights.with_suffix(".partial"), weights)
    for old in saved_weights(folder)[:-kept]:
        old.unlink()


def load(path: Path, model: BartForConditionalGeneration, optimizer: torch.optim.AdamW) -> Progress:
    """Restores model, optimizer and random state from a `last.pt`; returns its progress."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["cpu_rng"])
    if torch.cuda.is_available() and state["cuda_rng"]:
        torch.cuda.set_rng_state_all(state["cuda_rng"])
    found = state["progress"]
    return Progress(
        found["step"],
        found["rows"],
        Position(**found["position"]),
        Schedule(**found["schedule"]),
    )


def saved_weights(folder: Path) -> list[Path]:
    """The kept weights, oldest first."""
    return sorted(
        path for path in folder.glob("weights-*.safetensors") if re.search(r"-\d{7}\.", path.name)
    )


def average(paths: list[Path]) -> dict[str, torch.Tensor]:
    """The mean of several weights, in fp32."""
    mean = {name: value.clone() for name, value in load_file(paths[0]).items()}
    for path in paths[1:]:
        for name, value in load_file(path).items():
            mean[name] += value
    return {name: value / len(paths) for name, value in mean.items()}


def _untied(model: BartForConditionalGeneration) -> dict[str, torch.Tensor]:
    """The state without the names that share memory with `model.shared.weight`."""
    return {
        name: value.detach().contiguous().cpu()
        for name, value in model.state_dict().items()
        if not name.endswith(TIED)
    }


def _replace(partial: Path, final: Path) -> None:
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    partial.replace(final)
