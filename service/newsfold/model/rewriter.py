"""The embedded rewriter and its successors: one overlap group in, one sentence out.

    [CLS] task [length] s1 [SEP] s2 [SEP] ... [SEP]

The tags, the most sentences and the most ids stand in the `newsfold` section of the checkpoint's
config.json, because only its training knows them. The model is uncased: `surface` brings case and
spacing back from the source sentences.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from newsfold.model.checkpoint import CheckpointRefused
from newsfold.model.decoding import (
    CONSENSUS_WEIGHT,
    SUPPORT_WEIGHT,
    AllowedTokens,
    Candidate,
    choose,
)
from newsfold.model.engine import Decoding, Row
from newsfold.model.generation import Generation, read_generation
from newsfold.model.prompt import Prompt
from newsfold.model.surface import close_quotes, restore
from newsfold.pipeline.ports import Strategy, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.checkpoint import Checkpoint
    from newsfold.model.engine import Hypothesis, Ids
    from newsfold.model.vocabulary import Vocabulary
    from newsfold.pipeline.ports import WriteJob

_SECTION = "newsfold"
_FREE_WORDS = "free_words.txt"
_QUOTES = ('"', "“", "”")
_CARD_GENERATION = Generation(60, 5, 1.0, 3)


@dataclass(frozen=True, slots=True)
class PromptFormat:
    """How a version of the rewriter was trained to read."""

    task_tags: dict[str, int]
    """Tag id of "fuse", "compress" and "headline"."""
    max_sentences: int
    max_input_tokens: int
    length_tags: dict[str, int] = field(default_factory=dict)
    """Tag ids of "short", "normal" and "long"; empty if it was trained without."""
    length_bounds: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By task, the most words of a short and of a normal output."""
    languages: tuple[str, ...] = ("en",)

    def tags(self, job: WriteJob) -> Ids:
        """The tag ids that ask for what a job wants."""
        task = job.task.value
        if job.target_words is None or not self.length_tags or task not in self.length_bounds:
            return (self.task_tags[task],)
        short, normal = self.length_bounds[task]
        words = job.target_words
        length = "short" if words <= short else "normal" if words <= normal else "long"
        return (self.task_tags[task], self.length_tags[length])


class RewriterProfile:
    """Drives a sentence rewriter."""

    family = "rewriter"
    strategy = Strategy.REWRITER
    breaks_in_float16 = False

    def __init__(self, checkpoint: Checkpoint, vocabulary: Vocabulary) -> None:
        self._format = _read_format(checkpoint)
        self._vocabulary = vocabulary
        self._generation = read_generation(checkpoint, _CARD_GENERATION)
        self._free = tuple(checkpoint.read_lines(_FREE_WORDS))
        self._allowed = AllowedTokens(
            vocabulary.ids(self._free), vocabulary.ids(_QUOTES), vocabulary.continuations()
        )
        self.max_input_tokens = self._format.max_input_tokens

    def writes(self, language: str) -> bool:
        """Unknown is tried: the checks after writing catch what comes of it."""
        return not language or language in self._format.languages

    def prompts(self, jobs: Sequence[WriteJob]) -> list[Prompt]:
        """The rows of these jobs; a sentence too long for the model is passed over whole."""
        sentences = [s for job in jobs for document in job.documents for s in document]
        encoded = iter(self._vocabulary.encode(sentences))
        return [
            self._prompt(job, [next(encoded) for document in job.documents for _ in document])
            for job in jobs
        ]

    def text(self, prompt: Prompt, hypotheses: Sequence[Hypothesis]) -> tuple[str, Hypothesis]:
        """The hypothesis that keeps closest to its sources, in their surface form."""
        row = prompt.row
        sources = row.sources if row else ()
        texts = [
            close_quotes(restore(self._vocabulary.decode(h.ids), sources), sources)
            for h in hypotheses
        ]
        candidates = [Candidate(text, h.score) for text, h in zip(texts, hypotheses, strict=True)]
        headline = row is not None and self._format.task_tags["headline"] in row.ids[:2]
        chosen = choose(candidates, sources, headline=headline)
        return texts[chosen], hypotheses[chosen]

    def parameters(self) -> dict[str, object]:
        """Every parameter that shapes prompts and output."""
        return {
            "family": self.family,
            "format": asdict(self._format),
            "generation": asdict(self._generation),
            "choice": {"support": SUPPORT_WEIGHT, "consensus": CONSENSUS_WEIGHT},
            "free_words": hashlib.sha256(" ".join(self._free).encode()).hexdigest()[:16],
        }

    def _prompt(self, job: WriteJob, encoded: list[Ids]) -> Prompt:
        flat = [(d, s) for d, document in enumerate(job.documents) for s in range(len(document))]
        opening = (*self._vocabulary.prefix, *self._format.tags(job))
        read: list[int] = []
        used: list[tuple[int, int]] = []
        for place, sentence in zip(flat, encoded, strict=True):
            if len(used) == self._format.max_sentences:
                break
            following = (*sentence, *self._vocabulary.suffix)
            if len(opening) + len(read) + len(following) > self.max_input_tokens:
                continue
            read += following
            used.append(place)
        if not used:
            return Prompt(None, ())
        sources = tuple(job.documents[d][s] for d, s in used)
        row = Row(
            ids=(*opening, *read),
            decoding=self._decoding(job),
            sources=sources,
            allowed=self._allowed.of(tuple(read)) if self._free else None,
        )
        return Prompt(row, tuple(used))

    def _decoding(self, job: WriteJob) -> Decoding:
        return Decoding(
            num_beams=job.num_beams,
            max_new_tokens=self._generation.max_new_tokens,
            min_new_tokens=self._generation.min_new_tokens,
            length_penalty=self._generation.length_penalty,
            no_repeat_ngram=self._generation.no_repeat_ngram_size,
            early_stopping=self._generation.early_stopping,
            hypotheses=job.num_beams,
        )


def _read_format(checkpoint: Checkpoint) -> PromptFormat:
    section: dict[str, Any] = checkpoint.read_json("config.json")[_SECTION]
    try:
        given = PromptFormat(
            task_tags=dict(section["task_tags"]),
            max_sentences=int(section["max_sentences"]),
            max_input_tokens=int(section["max_input_tokens"]),
            length_tags=dict(section.get("length_tags", {})),
            length_bounds={
                task: (int(short), int(normal))
                for task, (short, normal) in section.get("length_bounds", {}).items()
            },
            languages=tuple(section.get("languages", ("en",))),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointRefused(
            f"the newsfold section of {checkpoint.name!r} is incomplete: {error!r}"
        ) from error
    missing = {t.value for t in (Task.FUSE, Task.COMPRESS, Task.HEADLINE)} - set(given.task_tags)
    if missing:
        raise CheckpointRefused(f"{checkpoint.name!r} has no tag for {', '.join(sorted(missing))}")
    return given
