"""What the writer makes of real stories before any check: `python -m benchmarks.drafts`.

The stories are those of neus_fulltext, each as one story, with the settings as they come. The
drafts are what people read and label (`benchmarks/labels/README.md`); an id is the hash of what the
model read and wrote, so a label is never taken for the output of another model.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.corpora import neus_summaries
from newsfold import __version__
from newsfold.model.load import load_models
from newsfold.pipeline.pipeline import Pipeline
from newsfold.pipeline.types import Options, Origin, StoryMode
from newsfold.settings import Dtype, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.corpora import GoldSummary
    from newsfold.pipeline.ports import Draft, Strategy, WriteJob, Writer
    from newsfold.pipeline.types import SummarySentence


@dataclass(frozen=True, slots=True)
class Drafted:
    """One row of the writer."""

    story: str
    task: str
    read: tuple[str, ...]
    """The sentences that reached the model."""
    text: str

    @property
    def id(self) -> str:
        """16 hexadecimal digits."""
        whole = "\n".join((self.task, *self.read, self.text))
        return hashlib.sha256(whole.encode()).hexdigest()[:16]


@dataclass(slots=True)
class RecordingWriter:
    """A `Writer` that remembers what it was asked and what came of it."""

    writer: Writer
    story: str = ""
    drafts: list[Drafted] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights."""
        return self.writer.sha256

    @property
    def strategy(self) -> Strategy:
        """How the checkpoint is driven."""
        return self.writer.strategy

    @property
    def parameters(self) -> str:
        """Every decoding parameter in force."""
        return self.writer.parameters

    def writes(self, language: str) -> bool:
        """Whether the model knows the language."""
        return self.writer.writes(language)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""
        return self.writer.count_tokens(texts)

    async def write(self, jobs: Sequence[WriteJob]) -> list[Draft]:
        """One draft per job, in order. Raises ModelFailed."""
        found = await self.writer.write(jobs)
        for job, draft in zip(jobs, found, strict=True):
            read = tuple(job.documents[d][s] for d, s in draft.used)
            self.drafts.append(Drafted(self.story, job.task.value, read, draft.text))
        return found


@dataclass(frozen=True, slots=True)
class Made:
    """What came of stories."""

    drafts: tuple[Drafted, ...]
    """All rows, those that were asked for once more included; each text once."""
    sentences: int
    """Of all summaries."""
    written: tuple[str, ...]
    """Those of them that the model wrote."""


async def draft(stories: Sequence[GoldSummary], target_words: int = 50) -> Made:
    """Summarise each story as one story, with the settings as they come."""
    settings = Settings()
    # The writer in float32 on every machine: bfloat16 makes other drafts, without labels.
    models = await asyncio.to_thread(partial(load_models, dtype=Dtype.FLOAT32.value))
    recording = RecordingWriter(models.writer)
    try:
        pipeline = Pipeline(
            embedder=models.embedder,
            writer=recording,
            verifier=models.verifier,
            limits=settings,
            tuning=settings.tuning,
            code_version=__version__,
        )
        options = Options(target_words=target_words, story_mode=StoryMode.SINGLE_STORY)
        shown: list[SummarySentence] = []
        for story in stories:
            recording.story = story.id
            answer = await pipeline.summarize(story.articles, options)
            shown += [s for made in answer.stories for s in made.sentences]
    finally:
        await asyncio.to_thread(models.close)
    unique = {found.id: found for found in recording.drafts if found.text}
    written = tuple(s.text for s in shown if s.origin is Origin.WRITTEN)
    return Made(tuple(unique.values()), len(shown), written)


def main() -> None:
    """Print the drafts for a reader, or write them for the training of the verifier."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=("train", "val"), default="val")
    parser.add_argument("--skip", type=int, default=0, help="stories of the split to leave out")
    parser.add_argument("--stories", type=int, default=None)
    parser.add_argument("--words", type=int, default=50)
    parser.add_argument("--json", type=Path, help="a file, one draft a line, instead of printing")
    arguments = parser.parse_args()
    stories = neus_summaries(arguments.split)[arguments.skip :][: arguments.stories]
    made = asyncio.run(draft(stories, arguments.words))
    if arguments.json:
        with arguments.json.open("w", encoding="utf-8") as out:
            for found in made.drafts:
                row = {"id": found.id, **asdict(found)}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    for found in made.drafts:
        print(f"{found.id} {found.story} {found.task}")
        for sentence in found.read:
            print(f"  < {sentence}")
        print(f"  > {found.text}\n")


if __name__ == "__main__":
    main()
