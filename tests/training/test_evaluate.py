"""Judging and exporting: the figures mean what their names say, and the export loads anywhere."""

import json
from pathlib import Path

import pytest
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from tests.training.newsroom import rows, tiny_config, tiny_encoder
from training.baselines import best_input, centroid_input, first_input
from training.card import write_card
from training.decode import write
from training.export import export
from training.metrics import score
from training.rows import write_rows
from training.train import Trainer


def test_a_copy_of_the_target_scores_full_and_invents_nothing() -> None:
    """The upper end of the scale."""
    text = "The council voted to close the bridge."
    found = score([text], [text], [[text]])
    assert found.rouge2 == pytest.approx(100)
    assert found.new_words == found.new_numbers == found.repeated_trigrams == 0


def test_faults_are_counted() -> None:
    """A new number, new words, a repetition, an open quote and a missing full stop."""
    output = 'nine trolls voted " the bridge of doom the bridge of doom'
    found = score([output], ["The council voted."], [["The council voted on the bridge of doom."]])
    assert found.new_numbers == found.repeated_trigrams == 1
    assert found.open_quotes == found.no_final_mark == 1
    assert found.new_words == pytest.approx(2 / 7)


def test_baselines_pick_without_the_target() -> None:
    """The centroid is what the others resemble; only the ceiling sees the target."""
    inputs = [
        "Rain fell on the sea.",
        "The council closed the bridge.",
        "The council closed a bridge.",
    ]
    assert first_input(inputs) == inputs[0]
    assert centroid_input(inputs) in inputs[1:]
    assert best_input(inputs, "Rain fell.") == inputs[0]


def test_export_loads_without_remote_code_and_the_card_names_its_hash(tmp_path: Path) -> None:
    """Train, average, export, load, write."""
    write_rows(tmp_path / "train.jsonl", rows())
    write_rows(tmp_path / "dev.jsonl", rows()[:6])
    encoder, run, out = tiny_encoder(tmp_path / "encoder"), tmp_path / "run", tmp_path / "out"
    config = tiny_config()
    trainer = Trainer(config, tmp_path, run, encoder, "cpu")
    trainer.run(3)
    digest = export(config, run, out, encoder)
    model = AutoModelForSeq2SeqLM.from_pretrained(out)
    tokenizer = AutoTokenizer.from_pretrained(out)
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (101, 102, 0)
    assert model.generation_config.num_beams == config.export.beams
    written = write(
        model, tokenizer.backend_tokenizer, rows()[:3], length="short", beams=1, batch_rows=2
    )
    assert len(written) == 3
    (tmp_path / "counts.json").write_text(json.dumps({"train": {"fuse-2": 24}, "dev": {}}))
    card = write_card(out, config, digest, run, rows=tmp_path).read_text()
    assert digest in card
    assert "| fuse-2 | 24 | 0 |" in card
