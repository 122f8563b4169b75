"""A progress bar on a terminal's standard error, fed by the events of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

_DOING = {
    pb.STAGE_QUEUE: "waiting for a place",
    pb.STAGE_CLEAN: "removing boilerplate",
    pb.STAGE_SENTENCES: "splitting sentences",
    pb.STAGE_EMBED: "reading",
    pb.STAGE_STORIES: "finding stories",
    pb.STAGE_OVERLAP: "merging what they share",
    pb.STAGE_SELECT: "choosing what to tell",
    pb.STAGE_WRITE: "writing",
    pb.STAGE_ATTRIBUTE: "checking against the sources",
}


class StageBar:
    """The stage a request is in and how far it has come; shows nothing off a terminal."""

    def __init__(self, console: Console, doing: str = "sending") -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            Elapsed(),
            TextColumn("{task.fields[note]}", style="dim"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(doing, total=None, note="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def observe(self, event: pb.StreamSummariesResponse) -> None:
        """Take in one event of the stream."""
        match event.WhichOneof("event"):
            case "accepted":
                predicted = event.accepted.predicted_duration.ToTimedelta().total_seconds()
                note = f"about {predicted:.0f} s" if predicted >= 1 else ""
                self._progress.update(self._task, description="accepted", note=note)
            case "progress":
                step = event.progress
                self._progress.update(
                    self._task,
                    description=_DOING.get(step.stage, "working"),
                    completed=step.done,
                    total=step.total,
                )
            case _:
                pass
