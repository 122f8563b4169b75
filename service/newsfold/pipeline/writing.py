"""Steps 7 and 8 for one story: plan -> brief -> drafts -> checked sentences within the length.

Nothing the model wrote leaves this module unchecked.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsfold.pipeline.briefs import DocumentBrief, ExtractBrief, RewriterBrief
from newsfold.pipeline.disputes import Disputes
from newsfold.pipeline.headlines import HeadlineBrief
from newsfold.pipeline.ports import Strategy
from newsfold.pipeline.reading import place_of
from newsfold.pipeline.trust import Trust
from newsfold.pipeline.types import (
    Check,
    FinishReason,
    Origin,
    Stage,
    Story,
    Verdict,
    WriteMode,
)

if TYPE_CHECKING:
    from newsfold.pipeline.briefs import Brief
    from newsfold.pipeline.material import Material
    from newsfold.pipeline.ports import Draft, Verifier, Writer
    from newsfold.pipeline.reading import Place
    from newsfold.pipeline.stopwatch import Stopwatch
    from newsfold.pipeline.tuning import Tuning
    from newsfold.pipeline.types import Options


@dataclass(frozen=True, slots=True)
class WrittenStory:
    """A finished story and what it took."""

    story: Story
    reached: frozenset[Place]
    """Sentences that reached the seq2seq model or the summary."""
    output_tokens: int


async def write_story(
    material: Material,
    options: Options,
    writer: Writer,
    verifier: Verifier | None,
    tuning: Tuning,
    clock: Stopwatch,
) -> WrittenStory:
    """Write, check and fit one story. Raises ModelFailed.

    Cancelling the call takes its rows out of the model's queue and batch.
    """
    trust = Trust(verifier, tuning.attribute)
    brief, headline = _briefs(material, options, writer, tuning, trust)
    jobs = (*brief.jobs, *(headline.jobs if headline else ()))
    with clock.stage(Stage.WRITE):
        drafts = await writer.write([job.row for job in jobs]) if jobs else []
    own = drafts[: len(brief.jobs)]
    with clock.stage(Stage.ATTRIBUTE):
        claims = brief.claims(brief.jobs, own)
        if headline:
            claims += headline.claims(drafts[len(brief.jobs) :])
        await trust.learn(claims)
        retries = await asyncio.to_thread(brief.retries, own)
    again: list[Draft] = []
    if retries:
        with clock.stage(Stage.WRITE):
            again = await writer.write([job.row for job in retries])
    with clock.stage(Stage.ATTRIBUTE):
        await trust.learn(brief.claims(retries, again))
        return await asyncio.to_thread(
            _assemble, material, options, tuning, brief, headline, drafts, again
        )


def _briefs(
    material: Material, options: Options, writer: Writer, tuning: Tuning, trust: Trust
) -> tuple[Brief, HeadlineBrief | None]:
    """Who writes the story: the model, where it was asked for and knows the language."""
    refusal: Verdict | None = None
    abstractive = options.write_mode is WriteMode.ABSTRACTIVE
    if abstractive and not writer.writes(material.language):
        refusal = Verdict(Check.LANGUAGE, material.language or "unknown")
        abstractive = False
    rewrites = abstractive and writer.strategy is Strategy.REWRITER
    brief: Brief
    if not abstractive:
        brief = ExtractBrief(material, tuning, refusal)
    elif rewrites:
        brief = RewriterBrief(material, tuning, options.num_beams, trust)
    else:
        brief = DocumentBrief(material, tuning, options.num_beams, trust)
    if not options.headline:
        return brief, None
    return brief, HeadlineBrief(material, tuning, options.num_beams, trust, write=rewrites)


def _assemble(
    material: Material,
    options: Options,
    tuning: Tuning,
    brief: Brief,
    headline: HeadlineBrief | None,
    drafts: list[Draft],
    again: list[Draft],
) -> WrittenStory:
    """Check the drafts and put the story together."""
    jobs = (*brief.jobs, *(headline.jobs if headline else ()))
    reached = {
        place_of(sentence)
        for job, draft in zip(jobs, drafts, strict=True)
        for sentence in job.read_by(draft)
    }
    candidates = brief.candidates(drafts[: len(brief.jobs)], again)
    disputes = Disputes(material, tuning, compose=options.write_mode is WriteMode.ABSTRACTIVE)
    fair = disputes.settle(candidates)
    chosen = disputes.fitted(fair, options.max_sentences)
    reached |= {place_of(c.extract) for c in chosen if c.shown}
    sentences = tuple(c.sentence for c in chosen)
    complete = {c.rank for c in candidates} <= {c.rank for c in chosen}
    written = any(s.origin is Origin.WRITTEN for s in sentences)
    title = headline.settle(drafts[len(brief.jobs) :]) if headline else None
    story = Story(
        cluster=material.story.cluster,
        headline=disputes.headline(title) if title else None,
        sentences=sentences,
        conflicts=material.story.conflicts,
        finish_reason=material.plan.finish_reason if complete else FinishReason.LENGTH,
        write_mode=WriteMode.ABSTRACTIVE if written else WriteMode.EXTRACTIVE,
    )
    return WrittenStory(story, frozenset(reached), sum(d.output_tokens for d in (*drafts, *again)))
