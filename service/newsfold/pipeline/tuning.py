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
