"""Writes MODEL_CARD.md from the template and what is known of the run."""

import json
from dataclasses import asdict
from pathlib import Path
from string import Template

from training.config import Config
from training.prompt import LENGTH_BOUNDS, LENGTH_IDS, TASK_IDS

_TEMPLATE = Path(__file__).with_name("MODEL_CARD.template.md")


def write_card(
    out: Path,
    config: Config,
    digest: str,
    run: Path,
    *,
    rows: Path | None = None,
    results: Path | None = None,
) -> Path:
    """Fills the template; what is not given is said to be missing, never left blank."""
    progress = _last_line(run / "dev.jsonl")
    text = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        sha256=digest,
        size=f"{(out / 'model.safetensors').stat().st_size:,}",
        steps=f"{progress['step']:,}",
        rows_seen=f"{progress['rows']:,}",
        dev_loss=f"{progress['dev_loss']:.3f}",
        tasks=_listed(TASK_IDS),
        lengths=_listed(LENGTH_IDS),
        bounds="; ".join(f"{task} {low} and {high}" for task, (low, high) in LENGTH_BOUNDS.items()),
        decoder_layers=len(config.train.decoder_layers_from),
        layers_from=", ".join(map(str, config.train.decoder_layers_from)),
        recipe=_recipe(config),
        counts=_counts(rows),
        months=", ".join(config.data.dev_months),
        average=config.export.average_last,
        beams=config.export.beams,
        ngram=config.export.no_repeat_ngram,
        min_new=config.export.min_new_tokens,
        max_new=config.export.max_new_tokens,
        results=results.read_text(encoding="utf-8").strip() if results else "Not measured yet.",
    )
    path = out / "MODEL_CARD.md"
    path.write_text(text, encoding="utf-8")
    return path


def _recipe(config: Config) -> str:
    settings = asdict(config.train)
    named = ("lr_decoder", "lr_encoder", "lr_embeddings", "betas", "weight_decay", "clip")
    more = ("label_smoothing", "warmup_steps", "tokens_per_batch", "dropout")
    return ", ".join(f"{name} {settings[name]}" for name in named + more)


def _counts(rows: Path | None) -> str:
    if rows is None:
        return "Not recorded."
    counts = json.loads((rows / "counts.json").read_text())
    kinds = sorted({kind for split in counts.values() for kind in split})
    lines = [
        f"| {k} | {counts['train'].get(k, 0):,} | {counts['dev'].get(k, 0):,} |" for k in kinds
    ]
    return "\n".join(["| kind | train | dev |", "|---|---|---|", *lines])


def _last_line(path: Path) -> dict[str, float]:
    found: dict[str, float] = json.loads(path.read_text().splitlines()[-1])
    return found


def _listed(ids: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in ids.items())
