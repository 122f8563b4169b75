"""The cross-encoder: a MiniLM over evidence and sentence, mean and first position, one logit.

Below 23 M parameters with six layers, of which 11.8 M are the word embeddings.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from training.prompt import CLS, PAD, SEP
from training.verifier.pairs import Pair

_ROOM_FOR_EVIDENCE = 16
"""Tokens that evidence keeps however long the sentence is."""


VERDICTS = 2
"""That the evidence bears the sentence out, and that the sentence is whole: nothing to mend."""


class Verifier(torch.nn.Module):
    """Gives the logits of the two verdicts."""

    def __init__(self, config: BertConfig) -> None:
        """Random weights; `from_minilm` and `load_weights` give others."""
        super().__init__()
        self.config = config
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.head = torch.nn.Sequential(
            torch.nn.Linear(2 * config.hidden_size, config.hidden_size),
            torch.nn.GELU(),
            torch.nn.Dropout(config.hidden_dropout_prob),
            torch.nn.Linear(config.hidden_size, VERDICTS),
        )

    def forward(self, ids: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Logits, shape (n, VERDICTS), for ids and token types of shape (n, length)."""
        mask = ids != PAD
        hidden = self.encoder(
            input_ids=ids, attention_mask=mask.long(), token_type_ids=types
        ).last_hidden_state
        said = (mask & (types == 1)).unsqueeze(-1)
        mean = (hidden * said).sum(1) / said.sum(1).clamp(min=1)
        logits: torch.Tensor = self.head(torch.cat([hidden[:, 0], mean], dim=-1))
        return logits


def from_minilm(folder: Path, layers: int, dropout: float) -> Verifier:
    """A verifier over the first `layers` of a BERT folder; its head is random."""
    config = BertConfig.from_pretrained(folder)
    config.num_hidden_layers = min(layers, config.num_hidden_layers)
    config.hidden_dropout_prob, config.attention_probs_dropout_prob = dropout, 0.0
    model = Verifier(config)
    weights = {
        name.removeprefix("bert."): value.float()
        for name, value in load_file(folder / "model.safetensors").items()
    }
    own = model.encoder.state_dict()
    model.encoder.load_state_dict(
        {name: weights[name] for name in own if name in weights}
        | {name: value for name, value in own.items() if name not in weights}
    )
    missing = [name for name in own if name not in weights and "position_ids" not in name]
    if missing:
        raise ValueError(f"not a BERT of this shape: missing {missing}")
    return model


def encode(pair: Pair, tokenizer: Tokenizer, max_tokens: int) -> tuple[list[int], list[int]]:
    """Ids and token types: CLS evidence SEP evidence SEP (type 0), sentence SEP (type 1)."""
    texts = [
        e.ids
        for e in tokenizer.encode_batch([*pair.evidence, pair.sentence], add_special_tokens=False)
    ]
    said = [*texts[-1][: max_tokens - _ROOM_FOR_EVIDENCE], SEP]
    shown = [CLS]
    for ids in texts[:-1]:
        shown += [*ids, SEP]
    room = max_tokens - len(said)
    if len(shown) > room:
        shown = [*shown[: room - 1], SEP]
    return shown + said, [0] * len(shown) + [1] * len(said)


def batch_of(
    rows: Sequence[tuple[list[int], list[int]]], device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Padded ids and types."""
    length = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([row + [PAD] * (length - len(row)) for row, _ in rows])
    types = torch.tensor([row + [0] * (length - len(row)) for _, row in rows])
    return ids.to(device, non_blocking=True), types.to(device, non_blocking=True)
