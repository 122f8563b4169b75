"""The verifier: does the evidence bear a sentence out, and is it whole? A cross-encoder.

`training.verifier` makes it.

A row is CLS evidence SEP evidence SEP sentence SEP; the sentence, its last part, has token type 1.
Batch-invariant like the sentence encoder: the same probability alone and in a batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone uses
from safetensors import safe_open

from newsfold.model.bert import PackedBert
from newsfold.model.checkpoint import CheckpointRefused
from newsfold.model.device import bfloat16_pays
from newsfold.model.packed import Packing
from newsfold.model.texts import frame, open_tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.checkpoint import Checkpoint
    from newsfold.model.engine import Ids
    from newsfold.pipeline.ports import Claim
    from newsfold.pipeline.types import Vectors

ROW_TOKENS = 192
"""Tokens of the longest row of the training."""


class ClaimRows:
    """Turns a claim into the row that the verifier reads."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._tokenizer = open_tokenizer(checkpoint)
        self._start, self._end = frame(self._tokenizer)
        self._positions = int(checkpoint.read_json("config.json")["max_position_embeddings"])

    def row(self, claim: Claim) -> Ids | None:
        """The sentence with as much of its evidence, best first, as a row holds, whole sentences.

        None if not even one sentence of evidence fits beside it.
        """
        texts = [claim.text, *claim.evidence]
        said, *shown = (
            (*e.ids, *self._end)
            for e in self._tokenizer.encode_batch(texts, add_special_tokens=False)
        )
        row = [*self._start, *shown[0]]
        for evidence in shown[1:]:
            if len(row) + len(evidence) + len(said) <= ROW_TOKENS:
                row += evidence
        row += said
        return tuple(row) if len(row) <= self._positions else None


class Verifier:
    """The cross-encoder on its device."""

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        config = checkpoint.read_json("config.json")
        if config.get("model_type") != "bert":
            raise CheckpointRefused(
                f"verifier {checkpoint.name!r} is a {config.get('model_type')!r}; it must be a BERT"
                " that training.verifier.export wrote"
            )
        self.checkpoint = checkpoint
        self._device = device
        self.dtype = torch.bfloat16 if bfloat16_pays(device) else torch.float32
        self._bert = PackedBert(checkpoint.directory, config, device, self.dtype)
        with safe_open(checkpoint.directory / "model.safetensors", framework="pt") as file:
            self._head = [
                (
                    file.get_tensor(f"head.{layer}.weight").to(device, torch.float32),
                    file.get_tensor(f"head.{layer}.bias").to(device, torch.float32),
                )
                for layer in _HEAD_LAYERS
            ]
        verdicts = len(self._head[-1][1])
        if verdicts != _VERDICTS:
            raise CheckpointRefused(
                f"verifier {checkpoint.name!r} gives {verdicts} verdicts; it must give {_VERDICTS},"
                " like those that training.verifier.export writes"
            )

    def encode(self, rows: Sequence[Ids]) -> Vectors:
        """The probabilities of the two verdicts on each row, shape (len(rows), 2)."""
        packing = Packing(rows, self._device, self.dtype)
        types = packing.ids([_types(row) for row in rows])
        with torch.inference_mode():
            hidden = self._bert.hidden(packing, packing.ids(rows), types).float()
            found = torch.empty(len(rows), _VERDICTS)
            # Row by row: what else is in the batch must not change the last bit.
            for i, row in enumerate(zip(packing.apart(hidden), packing.apart(types), strict=True)):
                states, kinds = row
                said = states[kinds == 1].mean(0)
                inner = F.gelu(F.linear(torch.cat([states[0], said]), *self._head[0]))
                found[i] = F.linear(inner, *self._head[1]).sigmoid().cpu()
        vectors: Vectors = np.round(found.numpy(), _DECIMALS)
        return vectors


_DECIMALS = 4
"""Of a probability: in float32 the last bits of a product of matrices depend on its rows, so that a
verdict alone and in a batch would differ by 1e-7."""
_VERDICTS = 2
"""That the evidence bears the sentence out, and that the sentence is whole."""
_HEAD_LAYERS = (0, 3)
"""The linear layers among those of the head."""


def _types(row: Ids) -> Ids:
    """1 for the sentence, which is all after the last separator but one."""
    said = next(n for n, token in enumerate(reversed(row[:-1])) if token == row[-1])
    return (0,) * (len(row) - 1 - said) + (1,) * (said + 1)
