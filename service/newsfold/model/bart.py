"""The BART-shaped encoder-decoders: BART, mBART, PEGASUS, Marian and the embedded rewriter.

The arithmetic of transformers' classes over ragged rows: the encoder runs on packed rows, and a
decoder step takes rows that are each at a step of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone uses

from newsfold.model.attention import StepAttention
from newsfold.model.caches import Past
from newsfold.model.layers import ACTIVATIONS, OutputLayer
from newsfold.model.memory import Memory
from newsfold.model.packed import Affine, Packing, attend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from newsfold.model.engine import Ids
    from newsfold.model.layers import Head
    from newsfold.model.memory import Pieces


class _Shape(NamedTuple):
    """Where the architectures differ."""

    norm_first: bool
    """Layer norms stand before the sublayers, and one more at the end."""
    position_offset: int


_SHAPES = {
    "bart": _Shape(norm_first=False, position_offset=2),
    "mbart": _Shape(norm_first=True, position_offset=2),
    "pegasus": _Shape(norm_first=True, position_offset=0),
    "marian": _Shape(norm_first=False, position_offset=0),
}


def is_supported(config: Any) -> bool:
    """Whether a transformers config is of an architecture computed here."""
    return config.model_type in _SHAPES and config.activation_function in ACTIVATIONS


class Bart:
    """The weights and the arithmetic. Dropout is off; knows nothing of search or scheduling."""

    def __init__(self, model: Any, dtype: torch.dtype) -> None:
        """Takes the weights of a transformers model; `is_supported` must hold for its config."""
        config = model.config
        shape = _SHAPES[config.model_type]
        decoder, encoder = model.model.decoder, model.model.encoder
        bias = getattr(model, "final_logits_bias", None)
        self._output = OutputLayer(
            model.lm_head.weight.detach().to(dtype),
            None if bias is None or not bias.any() else bias[0].detach().float(),
        )
        self.vocabulary = self._output.vocabulary
        self.dtype = dtype
        self.device = model.lm_head.weight.device
        self._norm_first = shape.norm_first
        self._offset = shape.position_offset
        self._activation = ACTIVATIONS[config.activation_function]
        self._width = config.d_model
        self._heads = (config.encoder_attention_heads, config.decoder_attention_heads)
        self._scale = config.d_model**0.5 if config.scale_embedding else 1.0
        self._encoder = _Stack(encoder, dtype)
        self._decoder = _Stack(decoder, dtype)
        self._encoder_layers = [_Layer(layer, dtype) for layer in encoder.layers]
        self._decoder_layers = [_DecoderLayer(layer, dtype) for layer in decoder.layers]

    def read(self, rows: Sequence[Ids]) -> Pieces[list[torch.Tensor]]:
        """See `Decoder`."""
        packing = Packing(rows, self.device, self.dtype)
        states = self._embedded(packing.ids(rows), packing.places, self._encoder)
        for layer in self._encoder_layers:

            def look_around(x: torch.Tensor, layer: _Layer = layer) -> torch.Tensor:
                mixed = F.linear(x, *layer.query_key_value)
                return F.linear(attend(mixed, packing.blocks, self._heads[0]), *layer.output)

            states = self._sublayer(states, layer.attention_norm, look_around)
            yield
            states = self._feed_forward(states, layer)
            yield
        return packing.apart(_last_norm(states, self._encoder))

    def remember(self, states: Sequence[torch.Tensor]) -> Pieces[Memory]:
        """See `Decoder`."""
        packing = Packing(states, self.device, self.dtype)
        packed = packing.packed(states)
        projected = (F.linear(packed, *layer.cross_key_value) for layer in self._decoder_layers)
        return Memory.of(projected, packing, self._heads[1])

    def begin(self, rows: int, beams: int) -> Past:
        """See `Decoder`."""
        heads = self._heads[1]
        shape = (rows, beams, heads, self._width // heads)
        return Past.empty(len(self._decoder_layers), shape, self.dtype, self.device)

    def step(
        self, tokens: torch.Tensor, steps: torch.Tensor, memory: Memory, past: Past
    ) -> tuple[torch.Tensor, Past]:
        """See `Decoder`."""
        attention = StepAttention(steps, memory, past)
        at = steps[:, None].expand_as(tokens)
        states = self._embedded(tokens.reshape(-1), at.reshape(-1), self._decoder)
        for i, layer in enumerate(self._decoder_layers):

            def look_back(
                x: torch.Tensor, layer: _DecoderLayer = layer, i: int = i
            ) -> torch.Tensor:
                seen = attention.back(i, F.linear(x, *layer.query_key_value))
                return F.linear(seen, *layer.output)

            def look_across(
                x: torch.Tensor, layer: _DecoderLayer = layer, i: int = i
            ) -> torch.Tensor:
                seen = attention.across(i, F.linear(x, *layer.cross_query))
                return F.linear(seen, *layer.cross_output)

            states = self._sublayer(states, layer.attention_norm, look_back)
            states = self._sublayer(states, layer.cross_norm, look_across)
            states = self._feed_forward(states, layer)
        return _last_norm(states, self._decoder), past

    def head(self, columns: torch.Tensor | None) -> Head:
        """See `Decoder`."""
        return self._output.only(columns)

    def _embedded(self, ids: torch.Tensor, places: torch.Tensor, stack: _Stack) -> torch.Tensor:
        states = stack.words[ids] * self._scale + stack.places[places + self._offset]
        if stack.first_norm is None:
            return states
        return F.layer_norm(states, states.shape[-1:], *stack.first_norm)

    def _feed_forward(self, states: torch.Tensor, layer: _Layer) -> torch.Tensor:
        return self._sublayer(
            states,
            layer.norm,
            lambda x: F.linear(self._activation(F.linear(x, *layer.up)), *layer.down),
        )

    def _sublayer(
        self,
        states: torch.Tensor,
        norm: Affine,
        function: Callable[[torch.Tensor], torch.Tensor],
    ) -> torch.Tensor:
        width = states.shape[-1:]
        if self._norm_first:
            return states + function(F.layer_norm(states, width, *norm))
        return F.layer_norm(states + function(states), width, *norm)


class _Stack:
    """What encoder and decoder have around their layers."""

    def __init__(self, stack: Any, dtype: torch.dtype) -> None:
        self.words: torch.Tensor = stack.embed_tokens.weight.detach().to(dtype)
        self.places: torch.Tensor = stack.embed_positions.weight.detach().to(dtype)
        self.first_norm = _affine(getattr(stack, "layernorm_embedding", None), dtype)
        self.last_norm = _affine(getattr(stack, "layer_norm", None), dtype)


class _Layer:
    """One layer, query, key and value in one matrix."""

    def __init__(self, layer: Any, dtype: torch.dtype) -> None:
        attention = layer.self_attn
        self.query_key_value = _stacked(
            (attention.q_proj, attention.k_proj, attention.v_proj), dtype
        )
        self.output = _weights(attention.out_proj, dtype)
        self.attention_norm = _weights(layer.self_attn_layer_norm, dtype)
        self.up = _weights(layer.fc1, dtype)
        self.down = _weights(layer.fc2, dtype)
        self.norm = _weights(layer.final_layer_norm, dtype)


class _DecoderLayer(_Layer):
    """With attention to the input."""

    def __init__(self, layer: Any, dtype: torch.dtype) -> None:
        super().__init__(layer, dtype)
        cross = layer.encoder_attn
        self.cross_query = _weights(cross.q_proj, dtype)
        self.cross_key_value = _stacked((cross.k_proj, cross.v_proj), dtype)
        self.cross_output = _weights(cross.out_proj, dtype)
        self.cross_norm = _weights(layer.encoder_attn_layer_norm, dtype)


def _weights(module: Any, dtype: torch.dtype) -> Affine:
    return module.weight.detach().to(dtype), module.bias.detach().to(dtype)


def _affine(module: Any, dtype: torch.dtype) -> Affine | None:
    return None if module is None else _weights(module, dtype)


def _stacked(modules: Sequence[Any], dtype: torch.dtype) -> Affine:
    parts = [_weights(module, dtype) for module in modules]
    return torch.cat([weight for weight, _ in parts]), torch.cat([bias for _, bias in parts])


def _last_norm(states: torch.Tensor, stack: _Stack) -> torch.Tensor:
    if stack.last_norm is None:
        return states
    return F.layer_norm(states, states.shape[-1:], *stack.last_norm)
