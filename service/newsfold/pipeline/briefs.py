"""What is asked of the writer for one story, and what is made of its drafts.

    RewriterBrief   each overlap group -> one sentence
    DocumentBrief   the packed story -> a summary, split again
    ExtractBrief    nothing is asked; the groups speak for themselves

A draft that fails a check is asked for once more from fewer sentences, where there are several;
then it is replaced by the extracted sentence of a group, with the verdict on the first draft.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from newsfold.pipeline.fitting import Candidate, count_words
from newsfold.pipeline.ports import Task, WriteJob
from newsfold.pipeline.sentences import split_text
from newsfold.pipeline.settling import extracted, settle
from newsfold.pipeline.types import Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.material import Material
    from newsfold.pipeline.ports import Draft
    from newsfold.pipeline.trust import Trust
    from newsfold.pipeline.tuning import Tuning
    from newsfold.pipeline.types import OverlapGroup, Sentence, SummarySentence


Written: TypeAlias = "tuple[str, tuple[Sentence, ...]]"
"""A sentence of a draft and the sentences it was made from."""


@dataclass(frozen=True, slots=True)
class Job:
    """A row for the writer, with the sentences behind its strings."""

    row: WriteJob
    documents: tuple[tuple[Sentence, ...], ...]

    @classmethod
    def of(
        cls,
        task: Task,
        documents: Sequence[Sequence[Sentence]],
        *,
        num_beams: int,
        target_words: int | None = None,
    ) -> Job:
        """A job over `documents`, each a run of sentences."""
        texts = tuple(tuple(s.text for s in document) for document in documents)
        row = WriteJob(task, texts, num_beams, target_words)
        return cls(row, tuple(tuple(document) for document in documents))

    def read_by(self, draft: Draft) -> tuple[Sentence, ...]:
        """The sentences that reached the model."""
        return tuple(self.documents[d][s] for d, s in draft.used)


class Brief(Protocol):
    """One way to get a story's sentences."""

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What the writer is asked."""

    def claims(self, jobs: Sequence[Job], drafts: Sequence[Draft]) -> list[Written]:
        """The sentences of drafts of such jobs, each with what the model read for it."""

    def retries(self, drafts: Sequence[Draft]) -> tuple[Job, ...]:
        """What is asked once more, given one draft per job."""

    def candidates(self, drafts: Sequence[Draft], again: Sequence[Draft]) -> list[Candidate]:
        """Checked sentences in telling order, from one draft per job and one per retry."""


class ExtractBrief:
    """The best sentence of each planned group, word for word."""

    jobs: tuple[Job, ...] = ()

    def __init__(self, material: Material, tuning: Tuning, verdict: Verdict | None) -> None:
        self._material, self._tuning, self._verdict = material, tuning, verdict

    def claims(self, jobs: Sequence[Job], drafts: Sequence[Draft]) -> list[Written]:
        """None."""
        del jobs, drafts
        return []

    def retries(self, drafts: Sequence[Draft]) -> tuple[Job, ...]:
        """Nothing."""
        del drafts
        return ()

    def candidates(self, drafts: Sequence[Draft], again: Sequence[Draft]) -> list[Candidate]:
        """One extracted sentence per group; there are no drafts."""
        del drafts, again
        return [
            extracted(group, rank, self._material, self._tuning, self._verdict)
            for rank, group in self._material.ranked
        ]


class RewriterBrief:
    """Each planned group becomes one sentence.

    Sentences of several articles are fused; a long sentence that stands alone is compressed; a
    short one needs no model and is extracted, as is the reserve of the plan.
    """

    def __init__(self, material: Material, tuning: Tuning, num_beams: int, trust: Trust) -> None:
        self._material, self._tuning, self._trust = material, tuning, trust
        asked = {
            rank: self._job(group, num_beams)
            for rank, group in material.ranked
            if rank < material.plan.phrased
        }
        self._jobs = {rank: job for rank, job in asked.items() if job is not None}

    @property
    def jobs(self) -> tuple[Job, ...]:
        """A job for each group that gains from rewriting."""
        return tuple(self._jobs.values())

    def _job(self, group: OverlapGroup, num_beams: int) -> Job | None:
        write = self._tuning.write
        sentences = group.sentences[: write.max_fused]
        if len(sentences) > 1:
            return Job.of(Task.FUSE, [sentences], num_beams=num_beams)
        words = count_words(sentences[0].text)
        if words <= write.compress_over_words:
            return None
        target = round(words * write.compress_to)
        return Job.of(Task.COMPRESS, [sentences], num_beams=num_beams, target_words=target)

    def claims(self, jobs: Sequence[Job], drafts: Sequence[Draft]) -> list[Written]:
        """Each draft is one sentence."""
        return [(draft.text, job.read_by(draft)) for job, draft in zip(jobs, drafts, strict=True)]

    def retries(self, drafts: Sequence[Draft]) -> tuple[Job, ...]:
        """A job over fewer sentences for each group whose draft fails."""
        return tuple(self._retried(drafts).values())

    def candidates(self, drafts: Sequence[Draft], again: Sequence[Draft]) -> list[Candidate]:
        """One sentence per group, written where a draft passed its checks."""
        draft_of = dict(zip(self._jobs, drafts, strict=True))
        retried = self._retried(drafts)
        again_of = dict(zip(retried, zip(retried.values(), again, strict=True), strict=True))
        found = []
        for rank, group in self._material.ranked:
            if rank not in draft_of:
                found.append(extracted(group, rank, self._material, self._tuning, None))
                continue
            settled = self._settled(group, self._jobs[rank], draft_of[rank])
            verdict = settled if isinstance(settled, Verdict) else None
            if verdict is not None and rank in again_of:
                settled = self._settled(group, *again_of[rank])
            if isinstance(settled, Verdict):
                found.append(extracted(group, rank, self._material, self._tuning, verdict))
            else:
                found.append(Candidate(settled, group.sentences[0], rank))
        return found

    def _retried(self, drafts: Sequence[Draft]) -> dict[int, Job]:
        """By rank, the first half of the sentences of a draft that fails."""
        if not self._tuning.write.rewrite_failed:
            return {}
        groups = dict(self._material.ranked)
        jobs = {}
        for (rank, job), draft in zip(self._jobs.items(), drafts, strict=True):
            [sentences] = job.documents
            if len(sentences) > 1 and isinstance(self._settled(groups[rank], job, draft), Verdict):
                fewer = sentences[: (len(sentences) + 1) // 2]
                jobs[rank] = Job.of(job.row.task, [fewer], num_beams=job.row.num_beams)
        return jobs

    def _settled(self, group: OverlapGroup, job: Job, draft: Draft) -> SummarySentence | Verdict:
        read = job.read_by(draft)
        return settle(draft.text, read, group.sentences, self._material, self._tuning, self._trust)


class DocumentBrief:
    """The whole story becomes one summary; each article is a document, its sentences in order."""

    def __init__(self, material: Material, tuning: Tuning, num_beams: int, trust: Trust) -> None:
        self._material, self._tuning, self._trust = material, tuning, trust
        self.jobs: tuple[Job, ...] = (
            Job.of(
                Task.SUMMARIZE,
                [article.sentences for article in material.articles],
                num_beams=num_beams,
                target_words=material.plan.target_words,
            ),
        )

    def claims(self, jobs: Sequence[Job], drafts: Sequence[Draft]) -> list[Written]:
        """Each sentence of the draft was made from all that was read."""
        return [
            (text, job.read_by(draft))
            for job, draft in zip(jobs, drafts, strict=True)
            for text in split_text(draft.text, self._material.language)
        ]

    def retries(self, drafts: Sequence[Draft]) -> tuple[Job, ...]:
        """Nothing: a summary is written once."""
        del drafts
        return ()

    def candidates(self, drafts: Sequence[Draft], again: Sequence[Draft]) -> list[Candidate]:
        """The sentences of the summary; one that fails is replaced by the best group left."""
        del again
        draft, read = drafts[0], self.jobs[0].read_by(drafts[0])
        groups = [group for _, group in sorted(self._material.ranked, key=lambda pair: pair[0])]
        found: list[Candidate] = []
        for rank, text in enumerate(split_text(draft.text, self._material.language)):
            citable = self._material.sentences
            settled = settle(text, read, citable, self._material, self._tuning, self._trust)
            if not isinstance(settled, Verdict):
                found.append(Candidate(settled, self._cited(settled), rank))
            elif groups:
                group = groups.pop(0)
                found.append(extracted(group, rank, self._material, self._tuning, settled))
        if found:
            return found
        unreadable = Verdict(Check.LENGTH, "no sentence of the story fits the model")
        return ExtractBrief(self._material, self._tuning, unreadable).candidates((), ())

    def _cited(self, sentence: SummarySentence) -> Sentence:
        best = sentence.evidence[0]
        return next(
            s for s in self._material.sentences if (s.article, s.span) == (best.article, best.span)
        )
