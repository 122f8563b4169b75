"""What export writes about the prompt is what the service needs to drive the checkpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from newsfold.model.checkpoint import Checkpoint, find_writer
from newsfold.model.profiles import profile_for
from newsfold.model.vocabulary import Vocabulary
from newsfold.pipeline.ports import Strategy, Task, WriteJob
from training.export import prompt_format
from training.prompt import CLS, LENGTH_IDS, MAX_PROMPT_IDS, SEP, TASK_IDS

if TYPE_CHECKING:
    from pathlib import Path


def test_the_service_prompts_an_exported_checkpoint_as_training_did(tmp_path: Path) -> None:
    """Tags, length and frame, from the config alone."""
    shipped = find_writer("embedded")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((shipped.directory / name).read_bytes())
    config = shipped.read_json("config.json") | {"newsfold": prompt_format()}
    (tmp_path / "config.json").write_text(json.dumps(config))
    checkpoint = Checkpoint("exported", tmp_path, "0" * 64)
    profile = profile_for(checkpoint, Vocabulary(checkpoint))
    job = WriteJob(Task.FUSE, (("The ferry struck a wall.",),), num_beams=1, target_words=10)
    [prompt] = profile.prompts([job])
    assert prompt.row is not None
    assert (profile.strategy, profile.max_input_tokens) == (Strategy.REWRITER, MAX_PROMPT_IDS)
    assert prompt.row.ids[:3] == (CLS, TASK_IDS["fuse"], LENGTH_IDS["short"])
    assert prompt.row.ids[-1] == SEP
