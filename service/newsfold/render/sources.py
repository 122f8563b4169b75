"""The numbered sources of a story: what [1] stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsfold.v1 import newsfold_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_ROLES = {
    pb.ARTICLE_ROLE_REPRESENTATIVE: "representative",
    pb.ARTICLE_ROLE_MEMBER: "member",
    pb.ARTICLE_ROLE_NEAR_COPY: "near copy",
    pb.ARTICLE_ROLE_EXACT_COPY: "exact copy",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One article of a story."""

    number: int
    """1-based, in the order of the story's articles."""
    id: str
    title: str
    outlet: str
    url: str
    date: str
    """YYYY-MM-DD in UTC; empty if unknown."""
    role: str
    """What it is in the story, for example "near copy of [1]"."""
    is_copy: bool
    similarity: float

    @property
    def name(self) -> str:
        """What to call it: the outlet, else the id."""
        return self.outlet or self.id


class Sources:
    """The articles of one story, numbered from 1."""

    def __init__(self, members: Sequence[pb.StoryArticle], articles: Sequence[pb.Article]) -> None:
        self._numbers = {member.id: n for n, member in enumerate(members, start=1)}
        self._bodies = {member.id: articles[member.index].body for member in members}
        self.all = tuple(
            self._source(member, articles[member.index], number)
            for number, member in enumerate(members, start=1)
        )

    @property
    def copies(self) -> int:
        """How many of them copy another one."""
        return sum(source.is_copy for source in self.all)

    def cited(self, evidence: Iterable[pb.Evidence]) -> str:
        """The numbers of the articles the evidence stands in, such as "[1][3]"."""
        numbers = sorted({self._numbers[passage.article_id] for passage in evidence})
        return "".join(f"[{number}]" for number in numbers)

    def numbers(self, evidence: Iterable[pb.Evidence]) -> list[int]:
        """The same as numbers, ascending."""
        return sorted({self._numbers[passage.article_id] for passage in evidence})

    def quote(self, passage: pb.Evidence) -> str:
        """The words of a passage, white space folded."""
        body = self._bodies[passage.article_id]
        return printable(" ".join(body[passage.start : passage.end].split()))

    def _source(self, member: pb.StoryArticle, article: pb.Article, number: int) -> Source:
        role = _ROLES.get(member.role, "member")
        copied = self._numbers.get(member.copy_of)
        return Source(
            number=number,
            id=printable(member.id),
            title=printable(article.title) or "(no title)",
            outlet=printable(article.source),
            url=printable(article.url),
            date=_date(article),
            role=f"{role} of [{copied}]" if copied else role,
            is_copy=bool(member.copy_of),
            similarity=member.similarity,
        )


def printable(text: str) -> str:
    """Text from outside, without characters that steer a terminal or turn the line around."""
    return _CONTROL.sub("�", text)


def _date(article: pb.Article) -> str:
    if not article.HasField("publish_time"):
        return ""
    return article.publish_time.ToDatetime().date().isoformat()
