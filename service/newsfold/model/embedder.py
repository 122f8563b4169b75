"""The sentence encoder: token ids in, pooled vectors out, and what turns texts into its ids.

all-MiniLM-L6-v2 by default: mean over the words of the last layer, unit length, 256 tokens a text
as its authors specify. Longer text is read in windows and averaged over all its words, so nothing
is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from newsfold.model.bert import PackedBert
from newsfold.model.checkpoint import CheckpointRefused
from newsfold.model.device import bfloat16_pays
from newsfold.model.packed import Packing
from newsfold.model.texts import frame, open_tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.checkpoint import Checkpoint
    from newsfold.model.engine import Ids
    from newsfold.pipeline.types import Vectors


class TextWindows:
    """Turns a text into the rows that the encoder reads: one, or several for a long text."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._tokenizer = open_tokenizer(checkpoint)
        specified = checkpoint.read_json("sentence_bert_config.json").get("max_seq_length")
        positions = checkpoint.read_json("config.json")["max_position_embeddings"]
        self.max_tokens = int(min(specified or positions, positions))
        self._start, self._end = frame(self._tokenizer)

    def rows(self, texts: Sequence[str]) -> list[list[Ids]]:
        """For each text the rows that cover it, each with its special tokens."""
        room = self.max_tokens - len(self._start) - len(self._end)
        rows = []
        for encoding in self._tokenizer.encode_batch(texts, add_special_tokens=False):
            ids = tuple(encoding.ids)
            starts = range(0, max(1, len(ids)), room)
            rows.append([self._start + ids[i : i + room] + self._end for i in starts])
        return rows


class SentenceEncoder:
    """The encoder on its device."""

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        config = checkpoint.read_json("config.json")
        if config.get("model_type") != "bert":
            raise CheckpointRefused(
                f"encoder {checkpoint.name!r} is a {config.get('model_type')!r}; only BERT encoders"
                " (MiniLM, BGE, E5, GTE and the like) are supported"
            )
        self._first_only = _pools_first(checkpoint)
        self._device = device
        self.dtype = torch.bfloat16 if bfloat16_pays(device) else torch.float32
        self._bert = PackedBert(checkpoint.directory, config, device, self.dtype)

    def encode(self, rows: Sequence[Ids]) -> Vectors:
        """Pooled vectors, not normalised, shape (len(rows), d)."""
        packing = Packing(rows, self._device, self.dtype)
        lengths = torch.tensor(packing.lengths, device=self._device)
        with torch.inference_mode():
            hidden = self._bert.hidden(packing, packing.ids(rows)).float()
            if self._first_only:
                pooled = hidden[lengths.cumsum(0) - lengths]
            else:
                pooled = torch.segment_reduce(hidden[: lengths.sum()], "mean", lengths=lengths)
        vectors = np.empty(pooled.shape, np.float32)
        vectors[packing.order] = pooled.cpu().numpy()
        return vectors


def unit_mean(pooled: Sequence[Vectors], lengths: Sequence[int]) -> Vectors:
    """The unit vector of a text from its windows, each weighted by its tokens; shape (d,)."""
    mean = np.average(np.asarray(pooled), axis=0, weights=np.asarray(lengths, dtype=np.float64))
    unit: Vectors = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    return unit


def _pools_first(checkpoint: Checkpoint) -> bool:
    """Whether the vector is the first token's; else it is the mean of all."""
    pooling = checkpoint.read_json("1_Pooling/config.json")
    if pooling.get("pooling_mode_cls_token"):
        return True
    if pooling.get("pooling_mode_mean_tokens", True):
        return False
    raise CheckpointRefused(f"encoder {checkpoint.name!r} pools neither by mean nor first token")
