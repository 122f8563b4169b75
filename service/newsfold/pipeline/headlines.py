"""The headline of a story: the title that says best what the story says, or a written one.

A title is an editor's work; the model is asked only where no article has one. Either is cited, and
a written one is checked, like any sentence.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from newsfold.pipeline.attribute import evidence_for
from newsfold.pipeline.briefs import Job
from newsfold.pipeline.conflicts import side_of_title
from newsfold.pipeline.facts import content_words
from newsfold.pipeline.ports import Task
from newsfold.pipeline.settling import settle, source_count
from newsfold.pipeline.types import Evidence, Origin, SummarySentence, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.pipeline.briefs import Written
    from newsfold.pipeline.material import Material
    from newsfold.pipeline.ports import Draft
    from newsfold.pipeline.trust import Trust
    from newsfold.pipeline.tuning import Tuning
    from newsfold.pipeline.types import CleanArticle, Sentence

_NOT_NEWS = re.compile(
    r"(?:opinion|analysis|commentary|editorial|live|watch)\b|.*\?\s*$", re.IGNORECASE
)
"""A title of comment, or one that asks, is no headline for a story of several articles."""


class HeadlineBrief:
    """Picks a title, or asks for a headline over the leads of the story."""

    def __init__(
        self, material: Material, tuning: Tuning, num_beams: int, trust: Trust, *, write: bool
    ) -> None:
        self._material, self._tuning, self._trust = material, tuning, trust
        self._titled = [a for a in material.articles if a.article.title.strip()]
        self.jobs: tuple[Job, ...] = ()
        if write and not self._titled:
            self.jobs = (Job.of(Task.HEADLINE, [self._leads()], num_beams=num_beams),)

    def claims(self, drafts: Sequence[Draft]) -> list[Written]:
        """The headlines of drafts, each with what the model read for it."""
        return [(d.text, job.read_by(d)) for job, d in zip(self.jobs, drafts, strict=True)]

    def settle(self, drafts: Sequence[Draft]) -> SummarySentence:
        """The headline, from the draft of its job if there is one."""
        if self._titled:
            best = max(self._titled, key=self._tells)
            return self._cited(best.article.title, None)
        verdict: Verdict | None = None
        if self.jobs:
            draft, read = drafts[0], self.jobs[0].read_by(drafts[0])
            settled = settle(
                draft.text, read, read, self._material, self._tuning, self._trust, headline=True
            )
            if not isinstance(settled, Verdict):
                return settled
            verdict = settled
        return self._cited(self._leads()[0].text, verdict)

    def _leads(self) -> list[Sentence]:
        """The first sentence of each article, the representative's first."""
        leads = [article.sentences[0] for article in self._material.articles]
        return leads[: self._tuning.write.headline_leads]

    def _tells(self, article: CleanArticle) -> tuple[bool, bool, float]:
        """How much of the planned groups a title tells; of equals the representative's wins.

        One that takes no side in a conflict comes before one that does.
        """
        title = set(content_words(article.article.title))
        told = [set(content_words(g.sentences[0].text)) for _, g in self._material.ranked]
        shares = [len(title & words) / max(1, len(title)) for words in told]
        news = _NOT_NEWS.match(article.article.title.strip()) is None
        conflicts = self._material.story.conflicts
        fair = all(side_of_title(article.article.title, c) is None for c in conflicts)
        return news, fair, round(sum(shares) / max(1, len(shares)), 4)

    def _cited(self, text: str, verdict: Verdict | None) -> SummarySentence:
        """A line of the sources, cited by the body passages that bear it out best."""
        lead = self._leads()[0]
        found = evidence_for(text, self._material.sentences, self._tuning.attribute)
        evidence = found or (Evidence(lead.article, lead.span, 0.0),)
        return SummarySentence(
            text=" ".join(text.split()),
            origin=Origin.EXTRACTED,
            support=evidence[0].score,
            evidence=evidence,
            source_count=source_count(evidence, self._material),
            verdict=verdict,
        )
