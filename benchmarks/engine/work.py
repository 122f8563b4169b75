"""The dev rows as each engine gets them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from benchmarks.engine.systems import half
from newsfold.pipeline.ports import Task, WriteJob

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from newsfold.model.engine import Row
    from newsfold.model.prompt import Prompt
    from newsfold.model.rewriter import RewriterProfile
    from training.rows import Row as DevRow


@dataclass(frozen=True, slots=True)
class Work:
    """Rows to write, and with how many beams."""

    directory: Path
    profile: RewriterProfile
    device: torch.device
    beams: int
    dev: Sequence[DevRow]
    jobs: Sequence[WriteJob]
    prompts: Sequence[Prompt]
    most: int
    """How many of them are timed."""

    @property
    def setting(self) -> str:
        """As the tables call it."""
        return f"rewriter, {self.beams} beams" if self.beams > 1 else "rewriter, greedy"

    @property
    def served(self) -> list[Row]:
        """As the service writes them."""
        return [prompt.row for prompt in self.prompts if prompt.row is not None]

    @property
    def free(self) -> list[Row]:
        """As the peers write them."""
        return [
            replace(row, allowed=None, decoding=replace(row.decoding, hypotheses=1))
            for row in self.served
        ]

    @property
    def timed(self) -> Work:
        """The rows that are timed."""
        first = slice(self.most)
        return replace(
            self, dev=self.dev[first], jobs=self.jobs[first], prompts=self.prompts[first]
        )

    @property
    def dtypes(self) -> tuple[torch.dtype, ...]:
        """Float32 and what the service computes in, which may be the same."""
        return tuple(dict.fromkeys((torch.float32, half(self.device))))


def work_of(
    directory: Path,
    profile: RewriterProfile,
    dev: Sequence[DevRow],
    most: int,
    beams: int,
    device: torch.device,
) -> Work:
    """Of the dev rows that fit the model, of which the first `most` are timed."""
    jobs = [WriteJob(Task.FUSE, tuple((s,) for s in row.inputs), num_beams=beams) for row in dev]
    prompts = profile.prompts(jobs)
    fits = [i for i, prompt in enumerate(prompts) if prompt.row is not None]
    return Work(
        directory,
        profile,
        device,
        beams,
        dev=[dev[i] for i in fits],
        jobs=[jobs[i] for i in fits],
        prompts=[prompts[i] for i in fits],
        most=most,
    )
