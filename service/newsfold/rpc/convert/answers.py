"""Answers of the domain -> responses and events of the contract.

The domain names articles by position; `ids` turns positions into the identifiers of the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration

from newsfold.pipeline.limits import Defaults
from newsfold.pipeline.types import (
    Check,
    ConflictKind,
    FinishReason,
    Origin,
    RejectionReason,
    Role,
    Stage,
    WriteMode,
)
from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from newsfold.pipeline.types import (
        Clustering,
        Conflict,
        Estimate,
        Evidence,
        Fingerprint,
        Member,
        OverlapGroup,
        Rejected,
        StageProgress,
        StageTiming,
        Story,
        StoryCluster,
        Summaries,
        SummarySentence,
        Usage,
    )
    from newsfold.rpc.readiness import ModelFacts, Product, Summarizer
    from newsfold.settings import Settings

_ROLES = {
    Role.REPRESENTATIVE: pb.ARTICLE_ROLE_REPRESENTATIVE,
    Role.MEMBER: pb.ARTICLE_ROLE_MEMBER,
    Role.NEAR_COPY: pb.ARTICLE_ROLE_NEAR_COPY,
    Role.EXACT_COPY: pb.ARTICLE_ROLE_EXACT_COPY,
}
_ORIGINS = {
    Origin.WRITTEN: pb.SENTENCE_ORIGIN_WRITTEN,
    Origin.EXTRACTED: pb.SENTENCE_ORIGIN_EXTRACTED,
}
_CHECKS = {check: pb.Check.Value(f"CHECK_{check.name}") for check in Check}
_CONFLICT_KINDS = {
    ConflictKind.FIGURE: pb.CONFLICT_KIND_FIGURE,
    ConflictKind.DATE: pb.CONFLICT_KIND_DATE,
}
_FINISH_REASONS = {
    FinishReason.COMPLETE: pb.FINISH_REASON_COMPLETE,
    FinishReason.LENGTH: pb.FINISH_REASON_LENGTH,
}
_WRITE_MODES = {
    WriteMode.ABSTRACTIVE: pb.WRITE_MODE_ABSTRACTIVE,
    WriteMode.EXTRACTIVE: pb.WRITE_MODE_EXTRACTIVE,
}
_REJECTIONS = {
    RejectionReason.ONLY_BOILERPLATE: pb.REJECTION_REASON_ONLY_BOILERPLATE,
    RejectionReason.NO_USABLE_SENTENCE: pb.REJECTION_REASON_NO_USABLE_SENTENCE,
}
_STAGES = {stage: pb.Stage.Value(f"STAGE_{stage.name}") for stage in Stage}


def summarize_response(
    summaries: Summaries, ids: Sequence[str], request_id: str
) -> pb.SummarizeArticlesResponse:
    """The answer of SummarizeArticles."""
    return pb.SummarizeArticlesResponse(
        stories=[story_message(story, ids) for story in summaries.stories],
        rejected=_rejected(summaries.rejected),
        usage=_usage(summaries.usage),
        timings=_timings(summaries.timings),
        fingerprint=_fingerprint(summaries.fingerprint),
        request_id=request_id,
    )


def stream_accepted(request_id: str, predicted: float, articles: int) -> pb.StreamSummariesResponse:
    """The first event; `predicted` is in seconds."""
    return pb.StreamSummariesResponse(
        accepted=pb.StreamAccepted(
            request_id=request_id,
            predicted_duration=_duration(predicted),
            article_count=articles,
        )
    )


def progress_event(progress: StageProgress) -> pb.StreamSummariesResponse:
    """A stage moved on."""
    return pb.StreamSummariesResponse(
        progress=pb.StreamProgress(
            stage=_STAGES[progress.stage], done=progress.done, total=progress.total
        )
    )


def stream_finished(summaries: Summaries) -> pb.StreamSummariesResponse:
    """The last event."""
    return pb.StreamSummariesResponse(
        finished=pb.StreamFinished(
            story_ids=[story.cluster.id for story in summaries.stories],
            rejected=_rejected(summaries.rejected),
            usage=_usage(summaries.usage),
            timings=_timings(summaries.timings),
            fingerprint=_fingerprint(summaries.fingerprint),
        )
    )


def cluster_response(
    clustering: Clustering, ids: Sequence[str], request_id: str
) -> pb.ClusterArticlesResponse:
    """The answer of ClusterArticles."""
    return pb.ClusterArticlesResponse(
        stories=[
            pb.StoryCluster(
                id=story.cluster.id,
                articles=_members(story.cluster, ids),
                groups=[_group(group, ids) for group in story.groups],
                conflicts=[_conflict(conflict, ids) for conflict in story.conflicts],
            )
            for story in clustering.stories
        ],
        rejected=_rejected(clustering.rejected),
        usage=_usage(clustering.usage),
        timings=_timings(clustering.timings),
        fingerprint=_fingerprint(clustering.fingerprint),
        request_id=request_id,
    )


def estimate_response(
    estimate: Estimate, predicted: float, request_id: str
) -> pb.EstimateSummaryResponse:
    """The answer of EstimateSummary; `predicted` is in seconds."""
    return pb.EstimateSummaryResponse(
        usage=_usage(estimate.usage),
        predicted_duration=_duration(predicted),
        story_count=estimate.story_count,
        needs_truncation=estimate.needs_truncation,
        rejected=_rejected(estimate.rejected),
        request_id=request_id,
    )


def info_response(product: Product[Summarizer], settings: Settings) -> pb.GetServiceInfoResponse:
    """The answer of GetServiceInfo; every field of `settings` with a unit is a limit."""
    return pb.GetServiceInfoResponse(
        version=product.version,
        writer=_model(product.writer),
        embedder=_model(product.embedder),
        verifier=_model(product.verifier) if product.verifier else None,
        device=product.device,
        limits=[
            pb.Limit(
                name=name,
                value=getattr(settings, name),
                unit=str(field.json_schema_extra["unit"]),
                description=field.description or "",
            )
            for name, field in type(settings).model_fields.items()
            if isinstance(field.json_schema_extra, dict) and name not in Defaults.model_fields
        ],
        default_options=pb.SummaryOptions(
            target_words=settings.default_target_words,
            story_mode=pb.STORY_MODE_AUTO,
            granularity=pb.GRANULARITY_NORMAL,
            write_mode=pb.WRITE_MODE_ABSTRACTIVE,
            headline=True,
            num_beams=settings.default_beams,
            allow_truncation=False,
            on_pressure=pb.PRESSURE_POLICY_FAIL,
        ),
    )


def story_message(story: Story, ids: Sequence[str]) -> pb.Story:
    """A finished story."""
    headline = story.headline
    return pb.Story(
        id=story.cluster.id,
        headline=headline.text if headline else "",
        headline_sentence=_sentence(headline, ids) if headline else None,
        summary=story.summary,
        sentences=[_sentence(sentence, ids) for sentence in story.sentences],
        articles=_members(story.cluster, ids),
        conflicts=[_conflict(conflict, ids) for conflict in story.conflicts],
        finish_reason=_FINISH_REASONS[story.finish_reason],
        write_mode=_WRITE_MODES[story.write_mode],
    )


def _sentence(sentence: SummarySentence, ids: Sequence[str]) -> pb.SummarySentence:
    verdict = sentence.verdict
    return pb.SummarySentence(
        text=sentence.text,
        origin=_ORIGINS[sentence.origin],
        support=sentence.support,
        evidence=_evidence(sentence.evidence, ids),
        source_count=sentence.source_count,
        verdict=pb.Verdict(check=_CHECKS[verdict.check], found=verdict.found) if verdict else None,
    )


def _evidence(evidence: Iterable[Evidence], ids: Sequence[str]) -> list[pb.Evidence]:
    return [
        pb.Evidence(article_id=ids[e.article], start=e.span.start, end=e.span.end, score=e.score)
        for e in evidence
    ]


def _members(cluster: StoryCluster, ids: Sequence[str]) -> list[pb.StoryArticle]:
    return [_member(member, ids) for member in cluster.members]


def _member(member: Member, ids: Sequence[str]) -> pb.StoryArticle:
    return pb.StoryArticle(
        id=ids[member.index],
        index=member.index,
        role=_ROLES[member.role],
        copy_of="" if member.copy_of is None else ids[member.copy_of],
        similarity=member.similarity,
    )


def _group(group: OverlapGroup, ids: Sequence[str]) -> pb.OverlapGroup:
    return pb.OverlapGroup(
        sentences=[
            pb.Evidence(article_id=ids[s.article], start=s.span.start, end=s.span.end)
            for s in group.sentences
        ],
        source_count=group.source_count,
        centrality=group.centrality,
        figures=[
            pb.Figure(value=figure.value, unit=figure.unit, sentences=figure.sentences)
            for figure in group.figures
        ],
        conflicts=group.conflicts,
    )


def _conflict(conflict: Conflict, ids: Sequence[str]) -> pb.Conflict:
    return pb.Conflict(
        kind=_CONFLICT_KINDS[conflict.kind],
        subject=conflict.subject,
        sides=[
            pb.ConflictSide(
                value=side.value,
                evidence=_evidence(side.evidence, ids),
                source_count=side.source_count,
            )
            for side in conflict.sides
        ],
    )


def _rejected(rejected: Iterable[Rejected]) -> list[pb.RejectedArticle]:
    return [
        pb.RejectedArticle(id=r.id, index=r.index, reason=_REJECTIONS[r.reason], detail=r.detail)
        for r in rejected
    ]


def _usage(usage: Usage) -> pb.Usage:
    return pb.Usage(
        input_tokens=sum(article.tokens_in for article in usage.articles),
        output_tokens=usage.output_tokens,
        dropped_tokens=sum(article.dropped for article in usage.articles),
        articles=[
            pb.ArticleUsage(
                article_id=article.article_id,
                tokens_in=article.tokens_in,
                tokens_boilerplate=article.boilerplate,
                tokens_truncated=article.truncated,
                tokens_not_selected=article.not_selected,
                tokens_written=article.written,
            )
            for article in usage.articles
        ],
        groups=usage.groups,
        groups_selected=usage.groups_selected,
        num_beams=usage.num_beams,
    )


def _timings(timings: Iterable[StageTiming]) -> list[pb.StageTiming]:
    return [pb.StageTiming(stage=_STAGES[t.stage], duration=_duration(t.seconds)) for t in timings]


def _fingerprint(fingerprint: Fingerprint) -> pb.Fingerprint:
    return pb.Fingerprint(
        writer_sha256=fingerprint.writer_sha256,
        embedder_sha256=fingerprint.embedder_sha256,
        code_version=fingerprint.code_version,
        parameters_sha256=fingerprint.parameters_sha256,
        verifier_sha256=fingerprint.verifier_sha256,
    )


def _model(model: ModelFacts) -> pb.ModelInfo:
    return pb.ModelInfo(
        name=model.name,
        sha256=model.sha256,
        family=model.family,
        dtype=model.dtype,
        max_input_tokens=model.max_input_tokens,
    )


def _duration(seconds: float) -> Duration:
    message = Duration()
    message.FromNanoseconds(round(seconds * 1e9))
    return message
