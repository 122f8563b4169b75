"""Small random checkpoints of every family, made by transformers itself and saved to a folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModelForSeq2SeqLM,
    BartConfig,
    BlenderbotConfig,
    LEDConfig,
    LongT5Config,
    MarianConfig,
    MBartConfig,
    MT5Config,
    PegasusConfig,
    PreTrainedTokenizerFast,
    T5Config,
)

from newsfold.model.seq2seq import load_seq2seq

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from newsfold.model.memory import Found, Pieces

WORDS = (
    "the ferry struck a wall divers came island people were hurt on tuesday mayor said that it"
    " will close . , : ||||| summarize – harbour small two"
).split()
SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "<doc-sep>")
_SMALL = {
    "vocab_size": 64, "d_model": 16, "encoder_layers": 2, "decoder_layers": 2,
    "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
    "decoder_start_token_id": 2, "forced_eos_token_id": None, "max_position_embeddings": 48,
}  # fmt: skip
_LED = {
    **{k: v for k, v in _SMALL.items() if k != "max_position_embeddings"},
    "max_encoder_position_embeddings": 64,
    "max_decoder_position_embeddings": 48,
    "attention_window": [8, 8],
}


_SMALL_T5 = {
    "vocab_size": 64, "d_model": 16, "d_kv": 4, "d_ff": 32, "num_layers": 2, "num_heads": 3,
    "relative_attention_num_buckets": 8, "relative_attention_max_distance": 12,
    "pad_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 0,
}  # fmt: skip
"""Layers that share a bias, an inner width of its own, and rows longer than the bias goes."""
_FLAN = {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}


@dataclass(frozen=True)
class Sample:
    """A family's configuration, and what its input looks like."""

    config: Any
    folder: str
    starts: bool
    """Whether its tokenizer puts <s> in front."""
    special: tuple[str, ...] = ()
    tied: bool = True
    """Whether its output layer is its embedding."""
    extra: dict[str, Any] = field(default_factory=dict)


def samples() -> dict[str, Sample]:
    """A sample of each family."""
    return {
        "bart": Sample(BartConfig(**_SMALL), "distilbart-cnn", starts=True),
        "t5": Sample(T5Config(**_SMALL_T5), "t5-small", starts=False),
        "flan_t5": Sample(
            T5Config(**_SMALL_T5, **_FLAN), "flan-t5-small", starts=False, tied=False
        ),
        "mt5": Sample(MT5Config(**_SMALL_T5, **_FLAN), "mt5-small", starts=False, tied=False),
        "pegasus": Sample(
            PegasusConfig(**_SMALL, scale_embedding=True), "pegasus-xsum", starts=False
        ),
        "pegasus-multi_news": Sample(PegasusConfig(**_SMALL), "pegasus-multi_news", starts=False),
        "led": Sample(LEDConfig(**_LED), "led-base", starts=True),
        "primera": Sample(LEDConfig(**_LED), "PRIMERA", starts=True, special=("<doc-sep>",)),
        "marian": Sample(
            MarianConfig(**_SMALL, scale_embedding=True, activation_function="swish"),
            "opus-mt",
            starts=False,
        ),
        "mbart": Sample(MBartConfig(**_SMALL, scale_embedding=True), "mbart-large", starts=False),
        "long_t5": Sample(
            LongT5Config(
                **_SMALL_T5, local_radius=4, global_block_size=4, encoder_attention_type="local"
            ),
            "long-t5-local",
            starts=False,
        ),
        "plain": Sample(BlenderbotConfig(**_SMALL), "blenderbot", starts=False),
    }


def save(sample: Sample, folder: Path) -> Path:
    """Write a random checkpoint with its tokenizer; the same one each time."""
    directory = folder / sample.folder
    torch.manual_seed(7)
    model: Any = AutoModelForSeq2SeqLM.from_config(sample.config)
    if not sample.tied:
        model.lm_head.weight = torch.nn.Parameter(torch.empty_like(model.lm_head.weight))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0.0, 0.3)
    model.save_pretrained(directory)
    tokens = [t for t in SPECIAL if t != "<doc-sep>" or t in sample.special]
    backend = Tokenizer(
        models.WordLevel({t: i for i, t in enumerate([*tokens, *WORDS])}, unk_token="<unk>")  # noqa: S106
    )
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>" if sample.starts else "$A </s>",
        special_tokens=[("<s>", 1), ("</s>", 2)],
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>",  # noqa: S106
        eos_token="</s>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
        unk_token="<unk>",  # noqa: S106
        additional_special_tokens=list(sample.special),
    )
    tokenizer.save_pretrained(directory)
    path = directory / "tokenizer_config.json"
    config = json.loads(path.read_text())
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    path.write_text(json.dumps(config))
    return directory


def load(families: Iterable[str], folder: Path) -> dict[str, Any]:
    """A small random model of each family, in float32 on the CPU."""
    return {
        family: load_seq2seq(
            save(samples()[family], folder), device=torch.device("cpu"), dtype=torch.float32
        )
        for family in families
    }


def at_once(pieces: Pieces[Found]) -> Found:
    """All of a work that comes in pieces."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            found: Found = end.value
            return found
