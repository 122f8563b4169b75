"""A checkpoint's decoding parameters are found wherever its authors put them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from newsfold.model.checkpoint import Checkpoint
from newsfold.model.generation import Generation, read_generation

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = Generation(max_new_tokens=100, min_new_tokens=10)
T5_STYLE = {
    "task_specific_params": {
        "summarization": {"max_length": 200, "min_length": 30, "no_repeat_ngram_size": 3}
    }
}


@pytest.mark.parametrize(
    ("config", "generation_config", "expected"),
    [
        ({}, {}, FAMILY),
        (T5_STYLE, {"pad_token_id": 0}, Generation(199, 29, 1.0, 3)),
        (T5_STYLE, {"max_new_tokens": 60, "length_penalty": 2.0}, Generation(60, 29, 2.0, 3)),
        ({"max_length": 142, "length_penalty": 2.0}, {}, Generation(141, 10, 2.0)),
    ],
    ids=["family", "task_specific_params", "generation_config over it", "old config.json"],
)
def test_the_checkpoint_overrides_its_family(
    config: dict[str, object],
    generation_config: dict[str, object],
    expected: Generation,
    tmp_path: Path,
) -> None:
    """generation_config.json, then task_specific_params, then the family's defaults."""
    (tmp_path / "config.json").write_text(json.dumps(config))
    if generation_config:
        (tmp_path / "generation_config.json").write_text(json.dumps(generation_config))
    assert read_generation(Checkpoint("made", tmp_path, "0" * 64), FAMILY) == expected
