"""CTranslate2 on the same rows, as a peer: converted for the run, driven by hand."""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tokenizers import Tokenizer

from newsfold.model.device import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch

    from newsfold.model.engine import Ids, Row

KINDS = ("float32", "int8", "bfloat16")
"""What it may compute in; the last on CUDA only."""
_BATCH_A_CORE = 8
"""Of 4, 8, 16 and 32 the fastest greedily, and near the fastest with four beams."""
_BART_CONFIG = {
    "normalize_before": False,
    "normalize_embedding": True,
    "add_final_layer_norm": False,
    "static_position_embeddings": False,
}
"""What its converter asks of a BART's config and transformers 5 does not write."""


class Setting(NamedTuple):
    """How it is driven."""

    kind: str
    """What it computes in."""
    batch: int
    """Rows, chosen by length."""
    workers: int
    """Batches at a time, which share the cores."""

    def __str__(self) -> str:
        side_by_side = f", {self.workers} at a time" if self.workers > 1 else ""
        return f"CTranslate2 {self.kind}, batches of {self.batch} by length{side_by_side}"


def absent(device: torch.device) -> str | None:
    """Why it does not run; None if it does."""
    if importlib.util.find_spec("ctranslate2") is None:
        return "not run, it is not installed"
    import ctranslate2  # noqa: PLC0415 - a peer, no dependency

    if device.type == "cuda" and not ctranslate2.get_cuda_device_count():
        return "not run, it finds no CUDA device"
    return None


@contextmanager
def converted(directory: Path, device: torch.device) -> Iterator[Path | None]:
    """A checkpoint as it reads it; None where it does not run."""
    if absent(device):
        yield None
        return
    import ctranslate2  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        shutil.copytree(directory, source)
        _complete(source, Tokenizer.from_file(str(source / "tokenizer.json")))
        ctranslate2.converters.TransformersConverter(str(source)).convert(str(target))
        shutil.copy(source / "tokenizer.json", target)
        yield target


def runs_of(
    folder: Path, rows: Sequence[Row], device: torch.device
) -> dict[Setting, Callable[[], Callable[[], list[Ids]]]]:
    """What decodes all rows in each way that is measured, for `apart.median_of`.

    On a CPU on all cores, and a batch on each core at the best size.
    """
    import ctranslate2  # noqa: PLC0415

    on_cuda = device.type == "cuda"
    able = ctranslate2.get_supported_compute_types(device.type)
    kinds = [kind for kind in KINDS if kind in able and (on_cuda or kind != "bfloat16")]
    ways = [(1, 1), (8, 1), (32, 1), *([] if on_cuda else [(_BATCH_A_CORE, cores())])]
    settings = [Setting(kind, *way) for kind in kinds for way in dict.fromkeys(ways)]
    return {setting: partial(_run, folder, rows, setting, device) for setting in settings}


def _run(
    folder: Path, rows: Sequence[Row], setting: Setting, device: torch.device
) -> Callable[[], list[Ids]]:
    import ctranslate2  # noqa: PLC0415

    translator = ctranslate2.Translator(
        str(folder),
        device=device.type,
        device_index=device.index or 0,
        compute_type=setting.kind,
        inter_threads=setting.workers,
        intra_threads=cores() // setting.workers,
    )
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return partial(_translate, translator, tokenizer, rows, setting.batch)


def _translate(translator: Any, tokenizer: Any, rows: Sequence[Row], batch: int) -> list[Ids]:
    """Rows of one length of output share a call: it has one limit for all."""
    found: dict[int, Any] = {}
    for how in dict.fromkeys(row.decoding for row in rows):
        own = [i for i, row in enumerate(rows) if row.decoding == how]
        written = translator.translate_batch(
            [[tokenizer.id_to_token(t) for t in rows[i].ids] for i in own],
            beam_size=how.num_beams,
            length_penalty=how.length_penalty,
            no_repeat_ngram_size=how.no_repeat_ngram,
            min_decoding_length=how.min_new_tokens,
            max_decoding_length=how.max_new_tokens,
            max_batch_size=batch,
            asynchronous=True,
        )
        found |= dict(zip(own, written, strict=True))
    results = [found[i].result() for i in range(len(rows))]
    return [tuple(map(tokenizer.token_to_id, result.hypotheses[0])) for result in results]


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
