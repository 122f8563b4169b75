"""A run that is killed goes on as if nothing had happened."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.newsroom import rows, tiny_config, tiny_encoder
from training.checkpoint import saved_weights
from training.prompt import RESTORE, RESTORE_ID
from training.rows import write_rows
from training.schedule import Schedule
from training.train import Trainer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rows and an encoder to train from."""
    write_rows(tmp_path / "train.jsonl", rows())
    write_rows(tmp_path / "dev.jsonl", rows()[:6])
    tiny_encoder(tmp_path / "encoder")
    return tmp_path


def trainer(folder: Path, run: str) -> Trainer:
    """A trainer as the command line makes it, where the run left off."""
    made = Trainer(tiny_config(), folder, folder / run, folder / "encoder", "cpu")
    made.begin(None, 0)
    return made


def test_resumed_run_has_the_losses_of_one_that_was_never_killed(folder: Path) -> None:
    """Steps 4 to 6 after a restart: same data, same dropout, same optimizer."""
    whole = trainer(folder, "whole").run(6)
    first = trainer(folder, "killed").run(3)
    resumed = trainer(folder, "killed").run(6)
    assert first + resumed == pytest.approx(whole, abs=1e-5)


def test_training_lowers_the_loss(folder: Path) -> None:
    """On 72 rows, within 40 steps."""
    losses = trainer(folder, "run").run(40)
    assert sum(losses[-5:]) < sum(losses[:5])


def test_decay_leaves_the_run_it_starts_from_alone(folder: Path) -> None:
    """It ends by itself, at rate zero, in a folder of its own."""
    trainer(folder, "run").run(3)
    before = (folder / "run" / "last.pt").read_bytes()
    decay = Trainer(tiny_config(), folder, folder / "decay", folder / "encoder", "cpu")
    decay.begin(folder / "run", 4)
    assert len(decay.run(None)) == 4
    assert decay.progress.step == 7
    assert (folder / "run" / "last.pt").read_bytes() == before
    assert [path.name for path in saved_weights(folder / "decay")] == [
        "weights-0000007.safetensors"
    ]


def test_restored_sentences_are_trained_on_and_fewer_as_the_rate_falls(folder: Path) -> None:
    """If there is a file of them."""

    def restored(*, decay_steps: int) -> float:
        run = Trainer(tiny_config(), folder, folder / "mixed", folder / "encoder", "cpu")
        run.begin(None, decay_steps)
        prompts = [example.prompt for batch in run.order().window(0) for example in batch]
        return sum(prompt[1] == RESTORE_ID for prompt in prompts) / len(prompts)

    assert restored(decay_steps=0) == 0
    made = [replace(row, task=RESTORE, kind="restore-1") for row in rows()]
    write_rows(folder / "restore.jsonl", made)
    assert restored(decay_steps=0) == pytest.approx(0.7, abs=0.05)
    assert restored(decay_steps=9) == pytest.approx(0.3, abs=0.05)


def test_partial_checkpoint_is_never_read(folder: Path) -> None:
    """A kill while writing leaves a `.partial` that a resumed run ignores."""
    trainer(folder, "run").run(2)
    (folder / "run" / "last.partial").write_bytes(b"torn")
    (folder / "run" / "weights-0000009.partial").write_bytes(b"torn")
    assert trainer(folder, "run").progress.step == 2
    assert len(saved_weights(folder / "run")) == 1


def test_rate_warms_up_stays_and_falls_to_zero() -> None:
    """The three phases of the schedule."""
    stable = Schedule(warmup_steps=10)
    assert math.isclose(stable.factor(0), 0.1)
    assert stable.factor(9) == stable.factor(100_000) == 1.0
    decay = Schedule(warmup_steps=10, decay_from=50, decay_steps=10)
    assert [round(decay.factor(step), 2) for step in (50, 55, 60, 70)] == [1.0, 0.5, 0.0, 0.0]
    assert decay.last_step == 60
