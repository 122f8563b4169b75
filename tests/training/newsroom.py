"""An invented archive and an encoder small enough to train in a second."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import torch
from safetensors.torch import save_file

from training.archive import Article
from training.config import Config, load_config
from training.initialise import minilm_folder
from training.rows import Row

PLACES = (
    "Varnholm",
    "Orlesk",
    "Tibury",
    "Quenmouth",
    "Dalbeck",
    "Fenwater",
    "Ostrava Hill",
    "Lurgan",
)
_STORIES = (
    (
        "The {p} council voted {n} to 3 on Monday to rebuild the old bridge by next winter.",
        "Councillors in {p} voted {n} to 3 on Monday to rebuild the old bridge, which closed after"
        " the storm, by next winter.",
        "By a vote of {n} to 3, the {p} council decided on Monday to rebuild the harbour bridge.",
    ),
    (
        "Engineers said the harbour bridge in {p} would cost {n} million crowns, all told.",
        "The harbour bridge in {p} would cost {n} million crowns, engineers said after a survey of"
        " the piers.",
        "Engineers said after a survey of the piers that the bridge in {p} would cost {n} million"
        " crowns.",
    ),
    (
        "Mayor Ilse Brandt of {p} promised {n} free ferries a day until the bridge opens again.",
        "Until the bridge opens again, {n} free ferries a day will run, Mayor Ilse Brandt of {p}"
        " promised.",
        "Mayor Ilse Brandt promised that {n} free ferries a day would run in {p} until the bridge"
        " opens.",
    ),
)


def articles() -> list[Article]:
    """Three articles on each of eight invented bridges, every one by another paper."""
    found = []
    for number, place in enumerate(PLACES):
        published = date(2031, 1 + number, 5)
        for paper in range(3):
            lines = [
                story[(paper + shift) % 3].format(p=place, n=11 + number + shift)
                for shift, story in enumerate(_STORIES)
            ]
            title = f"{place} council votes to rebuild old harbour bridge"
            found.append(
                Article(f"{number}-{paper}", title, "\n".join(lines), published, f"Paper {paper}")
            )
    return found


def write_archive(path: Path, written: list[Article]) -> None:
    """The archive as JSONL."""
    lines = [
        {
            "id": a.id,
            "title": a.title,
            "text": a.text,
            "published": str(a.published),
            "source": a.source,
        }
        for a in written
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")


def rows() -> list[Row]:
    """Rows of every task."""
    found = []
    for article in articles():
        first, second, third = article.text.split("\n")
        month = str(article.published)[:7]
        found += [
            Row("fuse", "fuse-2", (first, second), third, article.id, month),
            Row("compress", "compress", (second,), first, article.id, ""),
            Row("headline", "headline", (first, third), article.title, article.id, month),
        ]
    return found


def tiny_config() -> Config:
    """The shipped configuration, cut to a two-layer encoder and batches of a few rows."""
    config = load_config()
    train = replace(
        config.train,
        decoder_layers_from=(0, 1),
        tokens_per_batch=300,
        window_rows=24,
        warmup_steps=2,
    )
    return replace(config, train=train)


def tiny_encoder(folder: Path) -> Path:
    """A random two-layer BERT of width 32 with MiniLM's tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(7)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * 0.05

    weights = {
        "embeddings.word_embeddings.weight": drawn(30522, 32),
        "embeddings.position_embeddings.weight": drawn(256, 32),
        "embeddings.token_type_embeddings.weight": drawn(2, 32),
        "embeddings.LayerNorm.weight": torch.ones(32),
        "embeddings.LayerNorm.bias": torch.zeros(32),
    }
    for layer in range(2):
        name = f"encoder.layer.{layer}."
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            weights |= {
                f"{name}attention.{part}.weight": drawn(32, 32),
                f"{name}attention.{part}.bias": drawn(32),
            }
        for norm in ("attention.output.LayerNorm", "output.LayerNorm"):
            weights |= {f"{name}{norm}.weight": torch.ones(32), f"{name}{norm}.bias": drawn(32)}
        weights |= {
            f"{name}intermediate.dense.weight": drawn(64, 32),
            f"{name}intermediate.dense.bias": drawn(64),
            f"{name}output.dense.weight": drawn(32, 64),
            f"{name}output.dense.bias": drawn(32),
        }
    save_file(weights, folder / "model.safetensors")
    for name in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        (folder / name).write_bytes((minilm_folder() / name).read_bytes())
    return folder
