"""The headline of a story: written and checked like a sentence, or the representative's title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsfold.pipeline.attribute import evidence_for
from newsfold.pipeline.briefs import Job
from newsfold.pipeline.ports import Task
from newsfold.pipeline.settling import settle, source_count
from newsfold.pipeline.types import Evidence, Origin, SummarySentence, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.material import Material
    from newsfold.pipeline.ports import Draft
    from newsfold.pipeline.tuning import Tuning
    from newsfold.pipeline.types import Sentence


class HeadlineBrief:
    """Asks for a headline over the leads of the story; falls back to a title, then to the lead."""

    def __init__(self, material: Material, tuning: Tuning, num_beams: int, *, write: bool) -> None:
        self._material, self._tuning = material, tuning
        self.jobs: tuple[Job, ...] = ()
        if write:
            leads = self._leads()
            self.jobs = (Job.of(Task.HEADLINE, [leads], num_beams=num_beams),)

    def _leads(self) -> list[Sentence]:
        """The first sentence of each article, the representative's first."""
        leads = [article.sentences[0] for article in self._material.articles]
        return leads[: self._tuning.write.headline_leads]

    def settle(self, drafts: Sequence[Draft]) -> SummarySentence:
        """The headline, from the draft of its job if there is one."""
        verdict: Verdict | None = None
        if self.jobs:
            read = self.jobs[0].read_by(drafts[0])
            settled = settle(
                drafts[0].text, read, read, self._material, self._tuning, headline=True
            )
            if not isinstance(settled, Verdict):
                return settled
            verdict = settled
        return self._extracted(verdict)

    def _extracted(self, verdict: Verdict | None) -> SummarySentence:
        """The representative's title, cited by the body passages that bear it out best."""
        representative = self._material.articles[0]
        lead = representative.sentences[0]
        title = " ".join(representative.article.title.split()) or lead.text
        found = evidence_for(title, representative.sentences, self._tuning.attribute)
        evidence = found or (Evidence(lead.article, lead.span, 0.0),)
        return SummarySentence(
            text=title,
            origin=Origin.EXTRACTED,
            support=evidence[0].score,
            evidence=evidence,
            source_count=source_count(evidence, self._material),
            verdict=verdict,
        )
