"""The verifier's training on a tiny encoder: it resumes, and is exported as it is judged."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from newsfold.model.checkpoint import CheckpointRefused, find_verifier
from newsfold.model.verifier import ClaimRows, Verifier
from newsfold.pipeline.ports import Claim
from tests.training.newsroom import rows, tiny_encoder
from training.verifier.evaluate import Scorer, Scores, judge
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
    export([folder / "run"], folder / "dev.jsonl", folder / "out", folder / "encoder")
    pairs = list(mine(rows(), 7))
    again = Trainer(TINY, pairs, folder / "encoder", folder / "more", "cpu", 4, folder / "out")
    assert again.step == 0
    shipped = load_file(folder / "out" / "model.safetensors")
    for name, value in again.model.state_dict().items():
        assert torch.equal(value, shipped[name].to(value.dtype)), name


def test_export_judges_what_it_ships(folder: Path) -> None:
    """Its threshold is in the configuration, its digest in the card; scores are probabilities."""
    trainer(folder, "run", steps=2).run()
    digest = export([folder / "run"], folder / "dev.jsonl", folder / "out", folder / "encoder")
    config = json.loads((folder / "out" / "config.json").read_text())
    assert 0.0 < config["thresholds"]["mined"] < 1.0
    assert digest in (folder / "out" / "MODEL_CARD.md").read_text()
    pairs = list(mine(rows(), 7))[:6]
    scores = Scorer(folder / "out").scores(pairs)
    assert all(0.0 < probability < 1.0 for score in scores for probability in score)
    for pair, score in zip(pairs, scores, strict=True):
        assert Scorer(folder / "out").scores([pair])[0] == pytest.approx(score, abs=1e-3)


def test_runs_are_averaged(folder: Path) -> None:
    """Each weight is the mean of theirs."""
    runs = [folder / "run", folder / "other"]
    for run, steps in zip(runs, (2, 4), strict=True):
        trainer(folder, run.name, steps=steps).run()
    export(runs, folder / "dev.jsonl", folder / "out", folder / "encoder")
    one, other = (load_file(run / "weights.safetensors") for run in runs)
    for name, value in load_file(folder / "out" / "model.safetensors").items():
        if value.is_floating_point():
            assert torch.allclose(value.float(), (one[name] + other[name]) / 2, atol=1e-2), name


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
    found = judge(pairs, [Scores(score, 0.5) for score in (0.9, 0.8, 0.1, 0.85)])
    assert found.balanced_accuracy == pytest.approx(0.75)
    assert found.detected["number"] == 1.0
    with pytest.raises(ValueError, match="both kinds"):
        judge(pairs[:2], [Scores(0.9, 0.5), Scores(0.8, 0.5)])


def test_the_second_verdict_is_judged_where_somebody_said() -> None:
    """Pairs of which nobody knows whether they are whole do not count."""
    pairs = [
        Pair(("e",), "s", kind == "faithful", kind, "s", "", whole)
        for kind, whole in (("faithful", True), ("faithful", False), ("number", None))
    ]
    found = judge(pairs, [Scores(0.9, 0.8), Scores(0.9, 0.3), Scores(0.1, 0.1)])
    assert found.wholeness == 1.0
    assert judge(pairs[1:], [Scores(0.9, 0.3), Scores(0.1, 0.1)]).wholeness is None


def test_a_verifier_of_one_verdict_is_refused(folder: Path) -> None:
    """Its only column would be taken for both."""
    trainer(folder, "run", steps=2).run()
    export([folder / "run"], folder / "dev.jsonl", folder / "out", folder / "encoder")
    weights = load_file(folder / "out" / "model.safetensors")
    for name in ("head.3.weight", "head.3.bias"):
        weights[name] = weights[name][:1].clone()
    save_file(weights, folder / "out" / "model.safetensors")
    with pytest.raises(CheckpointRefused, match="gives 1 verdicts; it must give 2"):
        Verifier(find_verifier(str(folder / "out")), torch.device("cpu"))


def test_the_service_judges_as_the_training_does(folder: Path) -> None:
    """The same rows and, but for rounding, the same probabilities, alone and in a batch."""
    trainer(folder, "run", steps=2).run()
    export([folder / "run"], folder / "dev.jsonl", folder / "out", folder / "encoder")
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
    assert together == pytest.approx(np.array(Scorer(folder / "out").scores(pairs)), abs=0.02)
    assert [verifier.encode([row])[0].tolist() for row in claims] == together.tolist()
