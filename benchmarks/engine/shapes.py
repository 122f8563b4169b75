"""The same engines on the sizes of two well-known checkpoints, with random weights.

Nothing can be downloaded here, and speed does not depend on what the weights say: every row writes
as many tokens as it is asked for. Which tokens they are means nothing, and is not compared. Inputs
are of uneven length, spread evenly over its logarithm as texts are, and so are outputs: a static
batch of `generate` runs until its longest is done, as it does where rows end by themselves.
"""

from __future__ import annotations

import random
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from tokenizers import Tokenizer, models
from transformers import (
    AutoModelForSeq2SeqLM,
    BartConfig,
    PreTrainedTokenizerFast,
    T5Config,
)

from benchmarks.apart import medians_of
from benchmarks.engine import ctranslate
from benchmarks.engine.systems import BATCHES, half, offers, run_generate, run_newsfold, short
from benchmarks.report import Result
from newsfold.model.engine import Decoding, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from newsfold.model.engine import Ids

_SHORTEST, _LONGEST = 32, 512
"""Ids of a row."""
_TOKENS_OUT = (8, 16, 24, 32)
"""Of a quarter of the rows each."""
_GOAL_OVER_GENERATE = 2.0
_SPECIAL = ("<pad>", "</s>", "<unk>", "<s>")
_START = 9
"""An ordinary word: what random weights say is mostly what they read."""
_SHAPES: dict[str, Any] = {
    "distilbart-12-6": BartConfig(
        vocab_size=50_264,
        d_model=1024,
        encoder_layers=12,
        decoder_layers=6,
        encoder_attention_heads=16,
        decoder_attention_heads=16,
        encoder_ffn_dim=4096,
        decoder_ffn_dim=4096,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=3,
        decoder_start_token_id=_START,
        forced_eos_token_id=None,
    ),
    "t5-small": T5Config(
        vocab_size=32_128,
        d_model=512,
        d_kv=64,
        d_ff=2048,
        num_layers=6,
        num_heads=8,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=_START,
    ),
}


def measure(rows: int, device: torch.device) -> tuple[list[Result], list[str]]:
    """Greedy decoding of so many rows of each shape; notes."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name, config in _SHAPES.items():
            directory = _save(config, Path(folder, name))
            results += _shape(name, directory, _rows(config.vocab_size, rows), device)
    note = (
        f"Shapes: random weights, {rows} rows of {_SHORTEST} to {_LONGEST} ids, and"
        f" {', '.join(map(str, _TOKENS_OUT))} tokens out, a quarter each, greedy. CTranslate2 gets"
        " rows of equal output together, since it takes one limit a call."
    )
    return results, [note]


def _shape(name: str, directory: Path, rows: Sequence[Row], device: torch.device) -> list[Result]:
    dtype = half(device)
    runs: dict[str, Callable[[], Callable[[], list[Ids]]]] = {
        f"generate {short(dtype)}, static batches of {batch}": partial(
            run_generate, directory, rows, batch, dtype, device
        )
        for batch in BATCHES
    }
    own = f"newsfold {short(dtype)}, "
    offered = offers(len(rows))
    for size, told in offered.items():
        runs[own + told] = partial(run_newsfold, directory, rows, size, dtype, device)
    with ctranslate.converted(directory, device) as folder:
        if folder is not None:
            peers = ctranslate.runs_of(folder, rows, device)
            runs |= {str(setting): run for setting, run in peers.items()}
        seconds = {system: took for system, (_, took) in medians_of(runs).items()}
    tokens = sum(row.decoding.max_new_tokens for row in rows)
    ours = own + offered[max(offered)]

    def over(best: str, peers: str) -> Iterator[Result]:
        found = [took for system, took in seconds.items() if system.startswith(peers)]
        if found:
            ratio = min(found) / seconds[ours]
            yield Result(f"rows over the {best}", ours, name, ratio, "x")

    return [
        *(Result("rows", system, name, len(rows) / took, "/s") for system, took in seconds.items()),
        *(Result("tokens", system, name, tokens / took, "/s") for system, took in seconds.items()),
        *(r.at_least(_GOAL_OVER_GENERATE) for r in over("best `generate`", "generate")),
        *over("fastest CTranslate2, whatever it computes in", "CTranslate2"),
    ]


def _rows(vocabulary: int, rows: int) -> list[Row]:
    """Of uneven length, in and out, in a random order."""
    chance = random.Random(3)
    growth = (_LONGEST / _SHORTEST) ** (1 / max(1, rows - 1))
    lengths = [round(_SHORTEST * growth**i) for i in range(rows)]
    chance.shuffle(lengths)

    def row(length: int, tokens: int) -> Row:
        ids = tuple(chance.randrange(len(_SPECIAL), vocabulary) for _ in range(length))
        return Row(ids, Decoding(num_beams=1, max_new_tokens=tokens, min_new_tokens=tokens))

    return [row(n, _TOKENS_OUT[i % len(_TOKENS_OUT)]) for i, n in enumerate(lengths)]


def _save(config: Any, directory: Path) -> Path:
    """A checkpoint with a tokenizer that has a word for every id."""
    torch.manual_seed(3)
    AutoModelForSeq2SeqLM.from_config(config).save_pretrained(directory)
    words = [*_SPECIAL, *(f"w{i}" for i in range(len(_SPECIAL), config.vocab_size))]
    level = models.WordLevel({word: i for i, word in enumerate(words)}, unk_token=_SPECIAL[2])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(level),
        pad_token=_SPECIAL[0],
        eos_token=_SPECIAL[1],
        unk_token=_SPECIAL[2],
        bos_token=_SPECIAL[3],
    )
    tokenizer.save_pretrained(directory)
    return directory
