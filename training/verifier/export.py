"""Runs -> a checkpoint: `python -m training.verifier.export --run RUN --dev FILE --out FOLDER`.

Several runs are averaged, which wants the same start. Writes model.safetensors (bf16), config.json
with the thresholds, tokenizer.json and MODEL_CARD.md, whose numbers are those of `evaluate` on the
pairs of FILE.
"""

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

import torch
from safetensors.torch import load_file, save_file

from training.initialise import minilm_folder
from training.verifier.evaluate import Scorer, Verdicts, judge_by_origin
from training.verifier.pairs import read_pairs

MOST_PARAMETERS = 25_000_000
_TEMPLATE = Path(__file__).with_name("MODEL_CARD.template.md")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, nargs="+")
    parser.add_argument("--dev", type=Path, required=True, help="pairs the threshold is chosen on")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minilm", type=Path)
    options = parser.parse_args()
    print(export(options.run, options.dev, options.out, options.minilm or minilm_folder()))


def export(runs: Sequence[Path], dev: Path, out: Path, minilm: Path) -> str:
    """Writes the folder; returns the SHA-256 of its weights. ValueError if it is too large."""
    loaded = [load_file(run / "weights.safetensors") for run in runs]
    weights = {
        name: torch.stack([each[name] for each in loaded]).mean(0)
        if value.is_floating_point()
        else value
        for name, value in loaded[0].items()
    }
    size = sum(value.numel() for value in weights.values())
    if size > MOST_PARAMETERS:
        raise ValueError(f"{size:,} parameters, more than {MOST_PARAMETERS:,}")
    out.mkdir(parents=True, exist_ok=True)
    half = {n: v.to(torch.bfloat16) if v.is_floating_point() else v for n, v in weights.items()}
    save_file(half, out / "model.safetensors")
    (out / "tokenizer.json").write_bytes((minilm / "tokenizer.json").read_bytes())
    config = json.loads((runs[0] / "config.json").read_text())
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    pairs = read_pairs(dev)
    found = judge_by_origin(pairs, Scorer(out).scores(pairs))
    config["thresholds"] = {origin: verdicts.threshold for origin, verdicts in found.items()}
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    digest = hashlib.sha256((out / "model.safetensors").read_bytes()).hexdigest()
    card = _card(found, digest, size, config["num_hidden_layers"])
    (out / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    return digest


def _card(found: Mapping[str, Verdicts], digest: str, size: int, layers: int) -> str:
    template = Template(_TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(
        layers=layers,
        size=f"{size:,}",
        sha256=digest,
        origins="\n".join(
            f"| {origin} | {v.pairs:,} | {v.threshold:.2f} | {v.balanced_accuracy:.3f}"
            f" | {v.false_alarms:.3f} | {_share(v.wholeness)} |"
            for origin, v in found.items()
        ),
        kinds="\n".join(
            f"| {origin} | {kind} | {share:.3f} |"
            for origin, verdicts in found.items()
            for kind, share in verdicts.detected.items()
        ),
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
