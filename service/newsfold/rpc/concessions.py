"""What a request may be given instead of what it asked for, when time is short."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from newsfold.pipeline.types import PressurePolicy, WriteMode

if TYPE_CHECKING:
    from newsfold.pipeline.types import Options


def concessions(options: Options) -> list[Options]:
    """The options as asked for, then what their `on_pressure` allows, dearest first."""
    rungs = [options]
    if options.on_pressure is PressurePolicy.FAIL or options.write_mode is WriteMode.EXTRACTIVE:
        return rungs
    beams = options.num_beams // 2
    while beams >= 1:
        rungs.append(replace(options, num_beams=beams))
        beams //= 2
    if options.on_pressure is PressurePolicy.EXTRACTIVE:
        rungs.append(replace(options, num_beams=1, write_mode=WriteMode.EXTRACTIVE))
    return rungs


def kind_of_concession(asked: Options, given: Options) -> str | None:
    """What was conceded, as a label; None if nothing was."""
    if given is asked:
        return None
    return "extractive" if given.write_mode is not asked.write_mode else "fewer_beams"
