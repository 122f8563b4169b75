"""What a checkpoint's generation_config asks for is done: by our own loop, or by `generate`."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
import torch
from transformers import GenerationConfig

from newsfold.model import heeded
from newsfold.model import load as loading
from newsfold.model.checkpoint import CheckpointRefused
from newsfold.model.cohorts import Cohorts
from newsfold.model.engine import Decoding, Row
from newsfold.model.heeded import left_to_generate, left_to_nobody
from newsfold.model.load import load_models, writing_engine
from newsfold.model.stepping import SteppingEngine
from tests.model.checkpoints import load, samples, save

if TYPE_CHECKING:
    from pathlib import Path

    from newsfold.model.engine import Hypothesis

CPU = torch.device("cpu")
ROWS = [
    Row(ids, Decoding(3, 12, min_new_tokens=10))
    for ids in ((5, 9, 31, 44, 2), (7, 7, 50, 12, 33, 21, 40, 8, 2), (28, 2))
]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, ...]]:
    """What our loop writes where a checkpoint asks for nothing."""
    model = load(["bart"], tmp_path_factory.mktemp("plain"))["bart"]
    return written(SteppingEngine(model, torch.float32))


def written(engine: SteppingEngine | Cohorts) -> list[tuple[int, ...]]:
    """The best hypothesis of each row."""
    engine.admit(list(enumerate(ROWS)))
    found: dict[int, tuple[Hypothesis, ...]] = {}
    while len(found) < len(ROWS):
        found.update(engine.step(lambda _: True).finished)
    return [found[key][0].ids for key in range(len(ROWS))]


def asking(folder: Path, settings: dict[str, Any], family: str = "bart") -> Path:
    """A checkpoint with this in its generation_config.json."""
    directory = save(samples()[family], folder)
    path = directory / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))
    return directory


def opened(directory: Path) -> SteppingEngine | Cohorts:
    """In float32."""
    return writing_engine(directory, device=CPU, dtype=torch.float32)


def settings_for(field: str, first: list[tuple[int, ...]]) -> dict[str, Any]:
    """A value of the field that changes the first row, which begins with these tokens."""
    [one, two, three] = first[0][:3]
    values: dict[str, Any] = {
        "bad_words_ids": [[one, two]],
        "begin_suppress_tokens": [one],
        "encoder_no_repeat_ngram_size": 1,
        "encoder_repetition_penalty": 6.0,
        "exponential_decay_length_penalty": [2, 4.0],
        "forced_eos_token_id": [2, 40],
        "max_time": 1e-6,
        "repetition_penalty": 9.0,
        "sequence_bias": [[[one, two], -50.0], [[three], -50.0]],
        "watermarking_config": {"greenlist_ratio": 0.25, "bias": 40.0},
    }
    return {field: values[field]}


@pytest.mark.parametrize(
    "field",
    [
        "bad_words_ids",
        "begin_suppress_tokens",
        "encoder_no_repeat_ngram_size",
        "encoder_repetition_penalty",
        "exponential_decay_length_penalty",
        "forced_eos_token_id",
        "max_time",
        "repetition_penalty",
        "sequence_bias",
        "watermarking_config",
    ],
)
def test_what_our_loop_does_not_know_is_done_by_generate(
    field: str, plain: list[tuple[int, ...]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In cohorts, with a warning that names the field; and what is written is not what was."""
    directory = asking(tmp_path, settings_for(field, plain))
    with caplog.at_level(logging.WARNING):
        engine = opened(directory)
    assert isinstance(engine, Cohorts)
    assert f"sets {field}, which our own loop does not know" in caplog.text
    assert written(engine) != plain


@pytest.mark.parametrize(
    ("field", "value"),
    [("guidance_scale", 3.0), ("remove_invalid_values", True)],
)
def test_what_changes_nothing_here_goes_through_generate_too(
    field: str, value: object, tmp_path: Path
) -> None:
    """It may change something elsewhere."""
    assert isinstance(opened(asking(tmp_path, {field: value})), Cohorts)


@pytest.mark.parametrize(
    "settings",
    [
        {"repetition_penalty": 1.0, "encoder_repetition_penalty": 1.0, "guidance_scale": 1.0},
        {"encoder_no_repeat_ngram_size": 0, "num_beam_groups": 1, "diversity_penalty": 0.0},
        {"bad_words_ids": [[40]], "begin_suppress_tokens": None, "forced_eos_token_id": [2]},
        {"renormalize_logits": True, "suppress_tokens": [41], "early_stopping": True},
    ],
)
def test_what_our_loop_knows_or_changes_nothing_stays_with_it(
    settings: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a warning."""
    with caplog.at_level(logging.WARNING, "newsfold"):
        engine = opened(asking(tmp_path, settings))
    assert isinstance(engine, SteppingEngine)
    assert not [record for record in caplog.records if record.name.startswith("newsfold")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("num_beam_groups", 3),
        ("penalty_alpha", 0.6),
        ("dola_layers", "low"),
        ("force_words_ids", [[7]]),
        ("stop_strings", ["."]),
        ("token_healing", True),
        ("early_stopping", "never"),
    ],
)
def test_what_generate_cannot_do_is_refused(field: str, value: object, tmp_path: Path) -> None:
    """When the model is loaded, not with each request."""
    with pytest.raises(CheckpointRefused, match=f"sets {field}, which nothing here can do"):
        opened(asking(tmp_path, {field: value}))


@pytest.mark.parametrize("family", sorted(samples()))
def test_who_decodes_is_known_before_a_model_is_loaded(family: str, tmp_path: Path) -> None:
    """From its files, with a generation_config.json and without."""
    directory = asking(tmp_path, {"repetition_penalty": 1.0}, family)
    for ask in ({}, {"repetition_penalty": 2.0}):
        asking(tmp_path, ask, family)
        assert loading._will_be_ours(directory) is isinstance(opened(directory), SteppingEngine)
    (directory / "generation_config.json").unlink()
    assert loading._will_be_ours(directory) is isinstance(opened(directory), SteppingEngine)


@pytest.mark.parametrize(
    ("family", "settings", "dtype"),
    [
        ("bart", {}, "bfloat16"),
        ("bart", {"repetition_penalty": 2.0}, "float32"),
        ("led", {}, "float32"),
    ],
)
def test_what_goes_through_generate_is_computed_in_float32_on_a_cpu(
    family: str,
    settings: dict[str, Any],
    dtype: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even where bfloat16 pays: there padded rows may come out otherwise in a batch."""
    monkeypatch.setattr(loading, "bfloat16_pays", lambda _: True)
    directory = asking(tmp_path, settings, family)
    models = load_models(model=str(directory), device="cpu", verifier="none")
    models.close()
    assert models.writer_info.dtype == dtype


def test_a_config_of_transformers_own_asks_for_nothing() -> None:
    """The names of the tables are those of transformers."""
    known = GenerationConfig()
    assert left_to_generate(known) == left_to_nobody(known) == []
    assert all(hasattr(known, name) for name in (*heeded._ONLY_GENERATE, *heeded._NOBODY))
