"""Every threshold of the pipeline, with where it comes from. Settings carries one `Tuning`.

One class a stage; a stage reads only its own.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class CleanTuning(_Frozen):
    """Boilerplate removal."""


class StoryTuning(_Frozen):
    """Articles to stories."""


class OverlapTuning(_Frozen):
    """Sentences to overlap groups."""


class SelectTuning(_Frozen):
    """Groups to a plan."""


class WriteTuning(_Frozen):
    """Plan to writing jobs."""

    max_fused: int = 3
    """Sentences of a group given to the rewriter: it was trained on one to three."""
    headline_leads: int = 3
    """Lead sentences given for a headline: as in training."""
    compress_over_words: int = 30
    """A sentence that stands alone is compressed above this length, and extracted below it."""
    compress_to: float = 0.6
    """Share of its words asked for: the middle of the 0.35-0.65 of the compression corpus."""


class AttributeTuning(_Frozen):
    """Checking written sentences."""


class Tuning(_Frozen):
    """All of them."""

    clean: CleanTuning = CleanTuning()
    stories: StoryTuning = StoryTuning()
    overlap: OverlapTuning = OverlapTuning()
    select: SelectTuning = SelectTuning()
    write: WriteTuning = WriteTuning()
    attribute: AttributeTuning = AttributeTuning()
