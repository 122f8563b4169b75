"""Makes the directory that ships: `python -m training.export --run RUN --out DIR`.

Averages the last weights of a run, rounds to bf16 and writes safetensors, configuration, generation
settings and tokenizer, so that `AutoModelForSeq2SeqLM.from_pretrained(DIR)` and CTranslate2's
TransformersConverter load it as it is. Prints the sha256 of the weights.
"""

import argparse
import hashlib
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoTokenizer, GenerationConfig

from training.card import write_card
from training.checkpoint import saved_weights
from training.config import DEFAULT_CONFIG, Config, ExportSettings, load_config
from training.evaluate import load_model
from training.free_words import free_words
from training.initialise import minilm_folder
from training.prompt import (
    CLS,
    LENGTH_BOUNDS,
    LENGTH_IDS,
    MAX_INPUTS,
    MAX_PROMPT_IDS,
    PAD,
    SEP,
    TASK_IDS,
)
from training.rows import read_rows

_READABLE = 0o644  # safetensors writes for the owner alone; the server runs as another user


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=Path, required=True, help="folder that mine wrote")
    parser.add_argument("--results", type=Path, help="tables that evaluate printed, for the card")
    options = parser.parse_args()
    config = load_config(options.config)
    digest = export(config, options.run, options.out, minilm_folder())
    write_free_words(options.rows / "train.jsonl", options.out, minilm_folder())
    write_card(options.out, config, digest, options.run, rows=options.rows, results=options.results)
    print(f"sha256 {digest}  {options.out / 'model.safetensors'}")


def export(config: Config, run: Path, out: Path, minilm: Path) -> str:
    """Writes the directory and returns the sha256 of `model.safetensors`."""
    if not saved_weights(run):
        raise FileNotFoundError(f"no weights in {run}")
    out.mkdir(parents=True, exist_ok=True)
    model = load_model(run, config.train.decoder_layers_from, config.export.average_last, minilm)
    model.config.dropout = model.config.attention_dropout = config.train.dropout
    model.config.newsfold = prompt_format()
    model.generation_config = generation_config(config.export)
    model.to(torch.bfloat16).save_pretrained(out)
    weights = out / "model.safetensors"
    weights.chmod(_READABLE)
    _save_tokenizer(minilm, out)
    return hashlib.sha256(weights.read_bytes()).hexdigest()


def prompt_format() -> dict[str, object]:
    """What the service reads of the checkpoint's config.json to drive it as it was trained."""
    return {
        "family": "rewriter",
        "task_tags": TASK_IDS,
        "length_tags": LENGTH_IDS,
        "length_bounds": {task: list(bounds) for task, bounds in LENGTH_BOUNDS.items()},
        "max_sentences": MAX_INPUTS,
        "max_input_tokens": MAX_PROMPT_IDS,
        "languages": ["en"],
    }


def generation_config(settings: ExportSettings) -> GenerationConfig:
    """The decoding the model was judged with."""
    return GenerationConfig(
        bos_token_id=CLS,
        decoder_start_token_id=CLS,
        eos_token_id=SEP,
        pad_token_id=PAD,
        num_beams=settings.beams,
        early_stopping=True,
        length_penalty=1.0,
        no_repeat_ngram_size=settings.no_repeat_ngram,
        min_new_tokens=settings.min_new_tokens,
        max_new_tokens=settings.max_new_tokens,
    )


def write_free_words(rows: Path, out: Path, minilm: Path) -> None:
    """`free_words.txt`: what the decoding may add to the words of its input, one a line."""
    tokenizer = Tokenizer.from_file(str(minilm / "tokenizer.json"))
    words = free_words(read_rows(rows), tokenizer)
    (out / "free_words.txt").write_text("".join(f"{word}\n" for word in words))


def _save_tokenizer(minilm: Path, out: Path) -> None:
    """MiniLM's tokenizer, with the start and end tokens that a BERT tokenizer does not name.

    Truncation and padding stored in the release are taken out: they cut at 128 ids.
    """
    tokenizer = AutoTokenizer.from_pretrained(minilm)
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.save_pretrained(out)
    path = out / "tokenizer_config.json"
    kept = json.loads(path.read_text())
    for name in (
        "max_length",
        "stride",
        "truncation_side",
        "truncation_strategy",
        "local_files_only",
        "is_local",
    ):
        kept.pop(name, None)
    kept |= {"bos_token": "[CLS]", "eos_token": "[SEP]", "model_max_length": 512}
    path.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
