"""The T5-shaped encoder-decoders: T5, flan-T5, mT5.

The arithmetic of transformers' classes over ragged rows, as in `bart`. What sets T5 apart: norms
without mean or bias before each sublayer, scores that are not scaled, places known by a bias on the
scores alone, and no biases anywhere else.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone uses

from newsfold.model.attention import StepAttention
from newsfold.model.caches import Past
from newsfold.model.layers import ACTIVATIONS, OutputLayer
from newsfold.model.memory import Memory
from newsfold.model.packed import Packing, attend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.engine import Ids
    from newsfold.model.layers import Head
    from newsfold.model.memory import Pieces

_SCALE = 1.0
"""Of the scores: T5 does without; its weights were initialised for that."""


def is_supported(config: Any) -> bool:
    """Whether a transformers config is of an architecture computed here."""
    return config.model_type in {"t5", "mt5"} and config.dense_act_fn in ACTIVATIONS


class T5:
    """See `Decoder`."""

    def __init__(self, model: Any, dtype: torch.dtype) -> None:
        """Takes the weights of a transformers model; `is_supported` must hold for its config."""
        config = model.config
        self._output = OutputLayer(model.lm_head.weight.detach().to(dtype))
        self.vocabulary = self._output.vocabulary
        self.dtype = dtype
        self.device = model.lm_head.weight.device
        self._heads = config.num_heads
        self._head_width = config.d_kv
        self._epsilon = config.layer_norm_epsilon
        self._activation = ACTIVATIONS[config.dense_act_fn]
        self._output_scale = config.d_model**-0.5 if _scales_output(config) else 1.0
        self._encoder = _Stack(model.encoder, dtype)
        self._decoder = _Stack(model.decoder, dtype)
        self._encoder_layers = [_Layer(block.layer, dtype) for block in model.encoder.block]
        self._decoder_layers = [_DecoderLayer(block.layer, dtype) for block in model.decoder.block]
        farthest = config.relative_attention_max_distance
        distances = torch.arange(-farthest, farthest + 1, device=self.device)
        self._around = self._encoder.bias(distances, farthest, both_ways=True)
        self._ago = self._decoder.bias(-distances[farthest:], farthest, both_ways=False)

    def read(self, rows: Sequence[Ids]) -> Pieces[list[torch.Tensor]]:
        """See `Decoder`."""
        packing = Packing(rows, self.device, self.dtype)
        bias = self._bias_around(packing.lengths[-1])
        states = self._encoder.words[packing.ids(rows)]
        for layer in self._encoder_layers:
            mixed = F.linear(self._norm(states, layer.attention_norm), layer.query_key_value)
            seen = attend(mixed, packing.blocks, self._heads, bias=bias, scale=_SCALE)
            states = states + F.linear(seen, layer.output)
            yield
            states = self._feed_forward(states, layer)
            yield
        return packing.apart(self._norm(states, self._encoder.last_norm))

    def remember(self, states: Sequence[torch.Tensor]) -> Pieces[Memory]:
        """See `Decoder`."""
        packing = Packing(states, self.device, self.dtype)
        packed = packing.packed(states)
        projected = (F.linear(packed, layer.cross_key_value) for layer in self._decoder_layers)
        return Memory.of(projected, packing, self._heads)

    def begin(self, rows: int, beams: int) -> Past:
        """See `Decoder`."""
        shape = (rows, beams, self._heads, self._head_width)
        return Past.empty(len(self._decoder_layers), shape, self.dtype, self.device)

    def step(
        self, tokens: torch.Tensor, steps: torch.Tensor, memory: Memory, past: Past
    ) -> tuple[torch.Tensor, Past]:
        """See `Decoder`."""
        attention = StepAttention(steps, memory, past, bias=self._ago, scale=_SCALE)
        states = self._decoder.words[tokens.reshape(-1)]
        for i, layer in enumerate(self._decoder_layers):
            mixed = F.linear(self._norm(states, layer.attention_norm), layer.query_key_value)
            states = states + F.linear(attention.back(i, mixed), layer.output)
            query = F.linear(self._norm(states, layer.cross_norm), layer.cross_query)
            states = states + F.linear(attention.across(i, query), layer.cross_output)
            states = self._feed_forward(states, layer)
        last = self._norm(states, self._decoder.last_norm)
        return last * self._output_scale, past

    def head(self, columns: torch.Tensor | None) -> Head:
        """See `Decoder`."""
        return self._output.only(columns)

    def _bias_around(self, length: int) -> torch.Tensor:
        """On the scores of each place in a row for each other, (heads, length, length)."""
        farthest = self._around.shape[1] // 2
        places = torch.arange(length, device=self.device)
        distances = places[None, :] - places[:, None]
        return self._around[:, distances.clamp(-farthest, farthest) + farthest]

    def _feed_forward(self, states: torch.Tensor, layer: _Layer) -> torch.Tensor:
        x = self._norm(states, layer.norm)
        inner = self._activation(F.linear(x, layer.up))
        if layer.gated is not None:
            inner = inner * F.linear(x, layer.gated)
        return states + F.linear(inner, layer.down)

    def _norm(self, states: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Zhang & Sennrich 2019; the mean square in float32 whatever the dtype."""
        return F.rms_norm(states, states.shape[-1:], weight, self._epsilon)


def _scales_output(config: Any) -> bool:
    """T5 1.0 does, whose output layer is its embedding; 1.1, flan-T5 and mT5 do not.

    transformers ties what the checkpoint does not keep apart, and remembers in a field of its own
    what the config said of tying.
    """
    tied = getattr(config, "scale_decoder_outputs", config.tie_word_embeddings)
    return config.model_type == "t5" and bool(tied)


class _Stack:
    """What encoder and decoder have around their layers."""

    def __init__(self, stack: Any, dtype: torch.dtype) -> None:
        first = stack.block[0].layer[0].SelfAttention
        self.words: torch.Tensor = stack.embed_tokens.weight.detach().to(dtype)
        self.last_norm = _weight(stack.final_layer_norm, dtype)
        self._by_bucket = _weight(first.relative_attention_bias, dtype)

    def bias(self, distances: torch.Tensor, farthest: int, *, both_ways: bool) -> torch.Tensor:
        """Of all layers, (heads, distances); a distance is seen place minus seeing place."""
        buckets = _buckets(distances, len(self._by_bucket), farthest, both_ways=both_ways)
        return self._by_bucket[buckets].T.contiguous()


class _Layer:
    """One layer, query, key and value in one matrix."""

    def __init__(self, sublayers: Any, dtype: torch.dtype) -> None:
        attention, last = sublayers[0].SelfAttention, sublayers[-1]
        wide = last.DenseReluDense
        self.query_key_value = _stacked((attention.q, attention.k, attention.v), dtype)
        self.output = _weight(attention.o, dtype)
        self.attention_norm = _weight(sublayers[0].layer_norm, dtype)
        is_gated = hasattr(wide, "wi_1")
        self.up = _weight(wide.wi_0 if is_gated else wide.wi, dtype)
        self.gated = _weight(wide.wi_1, dtype) if is_gated else None
        self.down = _weight(wide.wo, dtype)
        self.norm = _weight(last.layer_norm, dtype)


class _DecoderLayer(_Layer):
    """With attention to the input."""

    def __init__(self, sublayers: Any, dtype: torch.dtype) -> None:
        super().__init__(sublayers, dtype)
        cross = sublayers[1].EncDecAttention
        self.cross_query = _weight(cross.q, dtype)
        self.cross_key_value = _stacked((cross.k, cross.v), dtype)
        self.cross_output = _weight(cross.o, dtype)
        self.cross_norm = _weight(sublayers[1].layer_norm, dtype)


def _buckets(
    distances: torch.Tensor, buckets: int, farthest: int, *, both_ways: bool
) -> torch.Tensor:
    """The row of the bias table for each distance (Raffel et al. 2020, section 2.1).

    Half the buckets are for one distance each, the others grow with the logarithm up to `farthest`.
    The encoder's look `both_ways`, each with half of them.
    """
    first = torch.zeros_like(distances)
    if both_ways:
        buckets //= 2
        first = (distances > 0) * buckets
    distances = distances.abs()
    exact = buckets // 2
    share = torch.log(distances.float() / exact) / math.log(farthest / exact)
    grown = (exact + (share * (buckets - exact)).long()).clamp(max=buckets - 1)
    return first + torch.where(distances < exact, distances, grown)


def _weight(module: Any, dtype: torch.dtype) -> torch.Tensor:
    weight: torch.Tensor = module.weight.detach().to(dtype)
    return weight


def _stacked(modules: Sequence[Any], dtype: torch.dtype) -> torch.Tensor:
    return torch.cat([_weight(module, dtype) for module in modules])
