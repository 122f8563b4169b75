"""Small phrases that several renderings share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsfold.render.sources import printable
from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.render.sources import Sources

_NOTABLE_S = 0.1
"""Stages quicker than this are left out of the list of timings."""


def count(number: int, noun: str, plural: str | None = None) -> str:
    """For example "1 article", "1,203 tokens"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def coverage(sources: Sources) -> str:
    """For example "5 articles, 1 of them a copy"."""
    articles, copies = len(sources.all), sources.copies
    if copies == 0:
        return count(articles, "article")
    return f"{count(articles, 'article')}, {copies} of them {'a copy' if copies == 1 else 'copies'}"


def story_coverage(story: pb.Story, sources: Sources) -> str:
    """The same, with the mode if no sentence of the story is written."""
    mode = ", extracts only" if story.write_mode == pb.WRITE_MODE_EXTRACTIVE else ""
    return coverage(sources) + mode


def remark(sentence: pb.SummarySentence, story: pb.Story) -> str:
    """That a sentence is extracted, and why, where the story's mode does not say it already."""
    if sentence.origin != pb.SENTENCE_ORIGIN_EXTRACTED:
        return ""
    if not sentence.HasField("verdict"):
        return "" if story.write_mode == pb.WRITE_MODE_EXTRACTIVE else "extracted"
    check = enum_word(pb.Check.Name(sentence.verdict.check), "CHECK_")
    found = printable(sentence.verdict.found)
    return f"extracted: the written form failed its {check} check" + (
        f" ({found})" if found else ""
    )


def conflict_subject(conflict: pb.Conflict) -> str:
    """What is in dispute, for example "injured" or "the date of the accident"."""
    return printable(conflict.subject) or enum_word(
        pb.ConflictKind.Name(conflict.kind), "CONFLICT_KIND_"
    )


def enum_word(name: str, prefix: str) -> str:
    """An enum value's name as words: "STORY_MODE_SINGLE_STORY" -> "single story"."""
    return name.removeprefix(prefix).lower().replace("_", " ")


def dropped(usage: pb.Usage) -> str:
    """The token ledger in one sentence."""
    parts = {
        "boilerplate": sum(entry.tokens_boilerplate for entry in usage.articles),
        "over the limit": sum(entry.tokens_truncated for entry in usage.articles),
        "read but in no summary": sum(entry.tokens_not_selected for entry in usage.articles),
    }
    listed = ", ".join(f"{number:,} {what}" for what, number in parts.items())
    return f"Dropped {usage.dropped_tokens:,} of {count(usage.input_tokens, 'token')}: {listed}."


def timing(timings: Sequence[pb.StageTiming]) -> str:
    """Seconds in all and of the stages that took a tenth of a second or more."""
    seconds = {
        enum_word(
            pb.Stage.Name(entry.stage), "STAGE_"
        ): entry.duration.ToTimedelta().total_seconds()
        for entry in timings
    }
    longest = ", ".join(
        f"{stage} {took:.1f}" for stage, took in seconds.items() if took >= _NOTABLE_S
    )
    return f"{sum(seconds.values()):.1f} s" + (f" ({longest})" if longest else "")
