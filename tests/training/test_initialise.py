"""The model starts as MiniLM, layer for layer."""

from pathlib import Path

import torch
from transformers import AutoModel, BartConfig, BartForConditionalGeneration

from training.initialise import from_checkpoint, from_minilm, minilm_folder
from training.step import padded

LAYERS = (0, 2, 3, 5)


def test_encoder_gives_the_hidden_states_of_minilm() -> None:
    """Within 1e-3 on real ids, padding and all."""
    bert = AutoModel.from_pretrained(minilm_folder()).eval()
    model = from_minilm(minilm_folder(), LAYERS, dropout=0.1).eval()
    ids = padded([[101, 2, 2023, 2003, 1037, 3231, 102], [101, *range(2000, 2040), 102]])
    mask = (ids != 0).long()
    with torch.inference_mode():
        expected = bert(input_ids=ids, attention_mask=mask).last_hidden_state
        found = model.model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    assert (expected - found)[mask.bool()].abs().max() < 1e-3


def test_cross_attention_is_the_copied_self_attention() -> None:
    """Of the encoder layer that the decoder layer is copied from."""
    model = from_minilm(minilm_folder(), LAYERS, dropout=0.1)
    for layer, source in zip(model.model.decoder.layers, LAYERS, strict=True):
        encoder = model.model.encoder.layers[source]
        expected = encoder.self_attn.state_dict()
        for attention in (layer.self_attn, layer.encoder_attn):
            for name, value in attention.state_dict().items():
                assert torch.equal(value, expected[name]), name
        assert torch.equal(
            layer.encoder_attn_layer_norm.weight, encoder.self_attn_layer_norm.weight
        )


def test_embeddings_and_output_layer_are_one_matrix() -> None:
    """Tied, so that the checkpoint holds them once."""
    model = from_minilm(minilm_folder(), LAYERS, dropout=0.1)
    assert model.lm_head.weight.data_ptr() == model.model.shared.weight.data_ptr()


def test_an_earlier_rewriter_is_taken_up_unchanged(tmp_path: Path) -> None:
    """Also one whose embeddings were not scaled, but for the epsilon of a layer norm."""
    torch.manual_seed(0)
    shape = {
        "vocab_size": 200, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1,
        "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 32,
        "decoder_ffn_dim": 32, "max_position_embeddings": 40,
    }  # fmt: skip
    ids = torch.randint(5, 200, (2, 12))
    for scaled in (False, True):
        earlier = BartForConditionalGeneration(BartConfig(**shape, scale_embedding=scaled)).eval()
        for parameter in earlier.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
        earlier.save_pretrained(tmp_path / str(scaled))
        taken = from_checkpoint(tmp_path / str(scaled), dropout=0.1).eval()
        with torch.inference_mode():
            expected = earlier(input_ids=ids, decoder_input_ids=ids[:, :6]).logits
            found = taken(input_ids=ids, decoder_input_ids=ids[:, :6]).logits
        assert taken.config.scale_embedding
        assert torch.allclose(expected, found, atol=1e-3)
