"""The drafts that people labelled, and what of them reaches a user.

`benchmarks/labels/drafts.jsonl` has verdicts by the id of a draft; the drafts are made anew, so a
label counts only if the writer still writes the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.corpora import neus_summaries
from benchmarks.drafts import draft
from benchmarks.evidence.cases import Case
from training.verifier.pairs import FAITHFUL

if TYPE_CHECKING:
    from benchmarks.drafts import Drafted

LABELS = Path(__file__).resolve().parents[1] / "labels" / "drafts.jsonl"
DRAFTED = "drafted"
FAULTY = "unsupported draft"
TRAIN_STORIES = 70
"""Stories of neus_fulltext train that were drafted beside all of val."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A draft and its verdicts."""

    drafted: Drafted
    supported: bool
    grammatical: bool

    @property
    def case(self) -> Case:
        """For the systems that judge support."""
        kind = FAITHFUL if self.supported else FAULTY
        return Case(DRAFTED, kind, self.drafted.read, self.drafted.text)


@dataclass(frozen=True, slots=True)
class Drafts:
    """What was found of the labels, and the summaries that were made on the way."""

    labelled: tuple[Labelled, ...]
    labels: int
    """Labels there are; those without a draft are of outputs that are no longer written."""
    sentences: int
    """Of all summaries."""
    written: tuple[str, ...]
    """The sentences of summaries that the model wrote."""

    @property
    def unsupported(self) -> list[str]:
        """Written sentences in summaries that were labelled as unsupported."""
        false = {label.drafted.text for label in self.labelled if not label.supported}
        return [text for text in self.written if text in false]

    @property
    def ungrammatical(self) -> list[str]:
        """Written sentences in summaries that a sub-editor would have to mend."""
        faulty = {label.drafted.text for label in self.labelled if not label.grammatical}
        return [text for text in self.written if text in faulty]

    @property
    def unread(self) -> int:
        """Written sentences in summaries that nobody labelled."""
        known = {label.drafted.text for label in self.labelled}
        return sum(text not in known for text in self.written)


async def drafts() -> Drafts:
    """Draft the stories of the labels. Takes minutes."""
    verdicts = {}
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        verdicts[row["id"]] = row
    made = await draft([*neus_summaries("val"), *neus_summaries("train")[:TRAIN_STORIES]])
    found = tuple(
        Labelled(each, verdicts[each.id]["supported"], verdicts[each.id]["grammatical"])
        for each in made.drafts
        if each.id in verdicts
    )
    return Drafts(found, len(verdicts), made.sentences, made.written)
