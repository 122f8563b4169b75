"""CTranslate2 on the same rows, as a peer: converted for the run, driven by hand."""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from tokenizers import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newsfold.model.engine import Ids, Row

_BATCH_ROWS = 32
_BART_CONFIG = {
    "normalize_before": False,
    "normalize_embedding": True,
    "add_final_layer_norm": False,
    "static_position_embeddings": False,
}
"""What its converter asks of a BART's config and transformers 5 does not write."""


def translators(directory: Path, rows: Sequence[Row]) -> dict[str, Callable[[], list[Ids]]]:
    """By the type it computes in, what decodes all rows; empty where it is not installed.

    All rows must have the same decoding parameters.
    """
    if importlib.util.find_spec("ctranslate2") is None:
        print("NOT RUN: ctranslate2 is not installed")
        return {}
    import ctranslate2  # noqa: PLC0415 - a peer, no dependency

    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    found: dict[str, Callable[[], list[Ids]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        shutil.copytree(directory, source)
        _complete(source, tokenizer)
        ctranslate2.converters.TransformersConverter(str(source)).convert(str(target))
        for kind in ("float32", "int8"):
            translator = ctranslate2.Translator(
                str(target), compute_type=kind, intra_threads=torch.get_num_threads()
            )
            found[kind] = partial(_translate, translator, tokenizer, rows)
    return found


def _translate(translator: Any, tokenizer: Any, rows: Sequence[Row]) -> list[Ids]:
    decoding = rows[0].decoding
    written = translator.translate_batch(
        [[tokenizer.id_to_token(i) for i in row.ids] for row in rows],
        beam_size=decoding.num_beams,
        length_penalty=decoding.length_penalty,
        no_repeat_ngram_size=decoding.no_repeat_ngram,
        min_decoding_length=decoding.min_new_tokens,
        max_decoding_length=decoding.max_new_tokens,
        max_batch_size=_BATCH_ROWS,
    )
    return [tuple(map(tokenizer.token_to_id, result.hypotheses[0])) for result in written]


def _complete(source: Path, tokenizer: Any) -> None:
    """Write what its converter reads beside what transformers wrote."""
    config = source / "config.json"
    stated = json.loads(config.read_text())
    config.write_text(json.dumps(_BART_CONFIG | stated))
    names = source / "tokenizer_config.json"
    told = json.loads(names.read_text())
    ends = {
        f"{name}_token": tokenizer.id_to_token(stated[f"{name}_token_id"])
        for name in ("bos", "eos")
        if stated.get(f"{name}_token_id") is not None
    }
    names.write_text(json.dumps(told | ends))
