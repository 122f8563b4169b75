"""The verifier's training on a tiny encoder: it resumes, and is exported as it is judged."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from newsfold.model.checkpoint import find_verifier
from newsfold.model.verifier import ClaimRows, Verifier
from newsfold.pipeline.ports import Claim
from tests.training.newsroom import rows, tiny_encoder
from training.verifier.evaluate import Scorer, judge
from training.verifier.export import export
from training.verifier.mine import mine
from training.verifier.model import encode
from training.verifier.pairs import Pair, write_pairs
from training.verifier.settings import VerifierSettings
from training.verifier.train import Trainer

TINY = VerifierSettings(layers=2, batch_pairs=4, warmup_steps=2, max_tokens=96)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An encoder of width 32, with the configuration of its size, and pairs to judge."""
    encoder = tiny_encoder(tmp_path / "encoder")
    config = json.loads((encoder / "config.json").read_text())
    config |= {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 1,
        "max_position_embeddings": 256,
    }
    (encoder / "config.json").write_text(json.dumps(config))
    write_pairs(tmp_path / "dev.jsonl", mine(rows(), 7))
    return tmp_path


def trainer(folder: Path, run: str, steps: int = 6) -> Trainer:
    """A trainer as the command line makes it."""
    pairs = list(mine(rows(), 7))
    return Trainer(TINY, pairs, folder / "encoder", folder / run, "cpu", steps)


def test_resumed_run_has_the_losses_of_one_that_was_never_killed(folder: Path) -> None:
    """Same pairs, same dropout, same optimizer."""
    whole = trainer(folder, "whole").run()
    first = trainer(folder, "killed").run(until=3)
    (folder / "killed" / "last.partial").write_bytes(b"torn")
    assert first + trainer(folder, "killed").run() == pytest.approx(whole, abs=1e-5)


def test_a_run_may_go_on_from_an_exported_verifier(folder: Path) -> None:
    """It begins with the weights that were shipped, at step 0."""
    trainer(folder, "run", steps=2).run()
    export(folder / "run", folder / "dev.jsonl", folder / "out", folder / "encoder")
    pairs = list(mine(rows(), 7))
    again = Trainer(TINY, pairs, folder / "encoder", folder / "more", "cpu", 4, folder / "out")
    assert again.step == 0
    shipped = load_file(folder / "out" / "model.safetensors")
    for name, value in again.model.state_dict().items():
        assert torch.equal(value, shipped[name].to(value.dtype)), name


def test_export_judges_what_it_ships(folder: Path) -> None:
    """Its threshold is in the configuration, its digest in the card; scores are probabilities."""
    trainer(folder, "run", steps=2).run()
    digest = export(folder / "run", folder / "dev.jsonl", folder / "out", folder / "encoder")
    config = json.loads((folder / "out" / "config.json").read_text())
    assert 0.0 < config["threshold"] < 1.0
    assert digest in (folder / "out" / "MODEL_CARD.md").read_text()
    pairs = list(mine(rows(), 7))[:6]
    scores = Scorer(folder / "out").scores(pairs)
    assert all(0.0 < score < 1.0 for score in scores)
    alone = [Scorer(folder / "out").scores([pair])[0] for pair in pairs]
    assert scores == pytest.approx(alone, abs=1e-3)


def test_a_long_pair_keeps_the_sentence_and_cuts_the_evidence(folder: Path) -> None:
    """Token types tell the two apart."""
    tokenizer = Tokenizer.from_file(str(folder / "encoder" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pair = Pair(("bridge " * 300,), "The old bridge is closed.", True, "faithful", "s", "")
    ids, types = encode(pair, tokenizer, 96)
    alone, _ = encode(Pair(("",), pair.sentence, True, "faithful", "s", ""), tokenizer, 96)
    assert len(ids) == len(types) == 96
    said = sum(types)
    assert ids[-said:] == alone[-said:]
    assert types == sorted(types)


def test_threshold_is_the_one_that_parts_the_kinds() -> None:
    """And each kind has its own share."""
    pairs = [
        Pair(("e",), "s", kind == "faithful", kind, "s", "")
        for kind in ("faithful", "faithful", "number", "swap")
    ]
    found = judge(pairs, [0.9, 0.8, 0.1, 0.85])
    assert found.balanced_accuracy == pytest.approx(0.75)
    assert found.detected["number"] == 1.0
    with pytest.raises(ValueError, match="both kinds"):
        judge(pairs[:2], [0.9, 0.8])


def test_the_service_judges_as_the_training_does(folder: Path) -> None:
    """The same rows and, but for rounding, the same probabilities, alone and in a batch."""
    trainer(folder, "run", steps=2).run()
    export(folder / "run", folder / "dev.jsonl", folder / "out", folder / "encoder")
    pairs = list(mine(rows(), 7))[:12]
    checkpoint = find_verifier(str(folder / "out"))
    reader, verifier = ClaimRows(checkpoint), Verifier(checkpoint, torch.device("cpu"))
    read = [reader.row(Claim(pair.sentence, pair.evidence)) for pair in pairs]
    claims = [row for row in read if row is not None]
    tokenizer = Tokenizer.from_file(str(folder / "out" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    assert [list(row) for row in claims] == [encode(pair, tokenizer, 192)[0] for pair in pairs]
    together = verifier.encode(claims)
    assert together[:, 0] == pytest.approx(Scorer(folder / "out").scores(pairs), abs=0.02)
    assert [float(verifier.encode([row])[0, 0]) for row in claims] == together[:, 0].tolist()
