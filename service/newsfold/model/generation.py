"""The decoding parameters that a checkpoint comes with.

`generate` ignores `task_specific_params`, where older checkpoints keep those for summarization;
here they are read, and overridden by what generation_config.json says explicitly.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsfold.model.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class Generation:
    """Decoding parameters where a job is silent."""

    max_new_tokens: int
    min_new_tokens: int = 0
    length_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    early_stopping: bool = True


def read_generation(checkpoint: Checkpoint, family_default: Generation) -> Generation:
    """The family's defaults, overridden by what the checkpoint says itself."""
    config = checkpoint.read_json("config.json")
    special = (config.get("task_specific_params") or {}).get("summarization") or {}
    own = checkpoint.read_json("generation_config.json") or config
    values: dict[str, Any] = {f.name: getattr(family_default, f.name) for f in fields(Generation)}
    for said in (special, own):
        values |= {name: said[name] for name in values if said.get(name) is not None}
        # max_length and min_length count the start token, the new names do not
        for old, new in (("max_length", "max_new_tokens"), ("min_length", "min_new_tokens")):
            if said.get(old) and said.get(new) is None:
                values[new] = max(0, int(said[old]) - 1)
    return Generation(**values)
