"""What `newsfold calibrate` found -> lines of an environment file, the figures as comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from newsfold.cli.archive import Findings
    from newsfold.pipeline.bcubed import Agreement

_PREFIX = "NEWSFOLD_TUNING__STORIES__"
_MANY_STORIES = 100
"""Stories from which two halves of them choose heights that are near each other."""
_WIDE = 0.1
"""The distance between two granularities of the defaults."""
_MANY_STRANGERS = 300


def calibration_lines(findings: Findings, cohort_file: str | None) -> Iterator[str]:
    """Settings, one a line; everything else begins with #."""
    yield f"# embedder {findings.embedder_sha256[:12]}; chosen on {findings.articles} articles,"
    yield f"# {findings.stories} stories have several; BCubed in percent"
    for choice in findings.choices:
        name = choice.granularity.value.upper()
        yield "#"
        yield f"# {name}: {_told(choice.scores)}"
        yield f"#   chosen on half of the stories, judged on the rest: {_told(choice.held_out)}"
        yield f"#   nine in ten samples of the stories: {choice.lowest:.2f} to {choice.highest:.2f}"
        yield f"{_PREFIX}{name}_DISTANCE={choice.height:.2f}"
    if findings.usual_commonness is not None:
        yield "#"
        yield f"# {findings.strangers} strangers, and how near to them the articles are"
        yield f"NEWSFOLD_COHORT={cohort_file}"
        yield f"{_PREFIX}USUAL_COMMONNESS={findings.usual_commonness:.2f}"


def calibration_doubts(findings: Findings) -> Iterator[str]:
    """Why these settings should not be trusted, a line each; none if nothing speaks against."""
    if findings.stories < _MANY_STORIES:
        yield (
            f"only {findings.stories} stories with several articles:"
            f" with fewer than {_MANY_STORIES} the distances are rough"
        )
    for choice in findings.choices:
        if choice.highest - choice.lowest > _WIDE:
            yield (
                f"{choice.granularity.value.upper()}: samples of the stories put it from"
                f" {choice.lowest:.2f} to {choice.highest:.2f}; the data does not settle it"
            )
    if not findings.strangers:
        yield (
            "there are no strangers for this embedder, so similarities are not normalised;"
            " --strangers FILE takes them from the archive"
        )
    elif findings.strangers < _MANY_STRANGERS:
        yield f"only {findings.strangers} strangers; the package has 600 for its own embedder"


def _told(scores: Agreement) -> str:
    parts = (scores.precision, scores.recall, scores.f1)
    return "P {:.1f}  R {:.1f}  F1 {:.1f}".format(*(100 * part for part in parts))
