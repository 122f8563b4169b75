"""The words of the domain, as frozen dataclasses.

Everything the pipeline takes and gives is here. Nothing here knows protobuf, tensors or the
environment. Offsets are code points into `Article.body` as the client sent it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from datetime import datetime

Vectors: TypeAlias = NDArray[np.float32]
"""Row vectors of unit length, shape (n, d)."""


class StoryMode(Enum):
    """How articles are assigned to stories."""

    AUTO = "auto"
    SINGLE_STORY = "single_story"
    ONE_PER_ARTICLE = "one_per_article"


class Granularity(Enum):
    """How alike articles must be to share a story."""

    LOOSE = "loose"
    NORMAL = "normal"
    STRICT = "strict"


class WriteMode(Enum):
    """Who phrases the sentences."""

    ABSTRACTIVE = "abstractive"
    EXTRACTIVE = "extractive"


class PressurePolicy(Enum):
    """What may be traded for time under load."""

    FAIL = "fail"
    FEWER_BEAMS = "fewer_beams"
    EXTRACTIVE = "extractive"


class Role(Enum):
    """What an article is in its story."""

    REPRESENTATIVE = "representative"
    MEMBER = "member"
    NEAR_COPY = "near_copy"
    EXACT_COPY = "exact_copy"


class Origin(Enum):
    """Where a summary sentence comes from."""

    WRITTEN = "written"
    EXTRACTED = "extracted"


class Check(Enum):
    """A test that a written sentence has to pass."""

    SUPPORT = "support"
    NUMBER = "number"
    NAME = "name"
    QUOTE = "quote"
    POLARITY = "polarity"
    FORM = "form"
    LANGUAGE = "language"
    LENGTH = "length"
    RECOMBINATION = "recombination"
    VERIFIER = "verifier"


class ConflictKind(Enum):
    """What sources disagree about."""

    FIGURE = "figure"
    DATE = "date"


class FinishReason(Enum):
    """Why a summary ended."""

    COMPLETE = "complete"
    LENGTH = "length"


class RejectionReason(Enum):
    """Why an article is in no story."""

    ONLY_BOILERPLATE = "only_boilerplate"
    NO_USABLE_SENTENCE = "no_usable_sentence"


class Stage(Enum):
    """A step of the pipeline, in order."""

    QUEUE = "queue"
    CLEAN = "clean"
    SENTENCES = "sentences"
    EMBED = "embed"
    STORIES = "stories"
    OVERLAP = "overlap"
    SELECT = "select"
    WRITE = "write"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Article:
    """One article as the client sent it."""

    id: str
    title: str
    body: str
    source: str = ""
    url: str = ""
    published: datetime | None = None
    language: str = ""
    named: bool = True
    """Whether the client gave the id; one made for it says only where it stood."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asked for, every default resolved."""

    target_words: int | None = None
    max_sentences: int | None = None
    story_mode: StoryMode = StoryMode.AUTO
    granularity: Granularity = Granularity.NORMAL
    write_mode: WriteMode = WriteMode.ABSTRACTIVE
    headline: bool = True
    num_beams: int = 4
    allow_truncation: bool = False
    on_pressure: PressurePolicy = PressurePolicy.FAIL


@dataclass(frozen=True, slots=True)
class Span:
    """A range of an article's body, code points, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of one article."""

    article: int
    """Position of the article in the request."""
    position: int
    """0-based place among the article's sentences."""
    span: Span
    """Where it stands in the body as sent: `body[start:end]`, white space at the ends excluded."""
    text: str
    """Its text with inner white space folded to single spaces; the words are the body's."""


@dataclass(frozen=True, slots=True)
class CleanArticle:
    """An article after cleaning and splitting."""

    article: Article
    index: int
    """Position in the request."""
    kept: tuple[Span, ...]
    """The ranges of the body that are not boilerplate, in order."""
    sentences: tuple[Sentence, ...]
    language: str
    """Declared or detected, the primary subtag in lower case, for example "en"; "" if unknown."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An article that is in no story."""

    id: str
    index: int
    reason: RejectionReason
    detail: str


@dataclass(frozen=True, slots=True)
class Member:
    """An article's place in its story."""

    index: int
    """Position of the article in the request."""
    role: Role
    copy_of: int | None = None
    """Position of the article it copies."""
    similarity: float = 1.0
    """Cosine to the representative, clipped to 0..1."""


@dataclass(frozen=True, slots=True)
class StoryCluster:
    """Articles that tell the same story."""

    id: str
    members: tuple[Member, ...]
    """The representative first, then by request position."""

    @property
    def independent(self) -> tuple[int, ...]:
        """Positions of the articles that are not copies of another member."""
        return tuple(m.index for m in self.members if m.copy_of is None)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that sentences of a group state."""

    value: str
    """Qualifier and number as first written: "at least 30", "£1.2m"."""
    unit: str
    """What it counts as written, "passengers"; or "£", "$", "€", "%"; "" if unclear."""
    sentences: tuple[int, ...]
    """Positions, among the group's sentences, of those that state it."""


@dataclass(frozen=True, slots=True)
class OverlapGroup:
    """Sentences that state the same thing."""

    sentences: tuple[Sentence, ...]
    """The most central first."""
    source_count: int
    """Independent sources; copies of one text count once."""
    centrality: float
    """Cosine of the group to the story's centre, 0..1."""
    vector: Vectors = field(repr=False, compare=False)
    """Unit centroid of the members, shape (d,)."""
    figures: tuple[Figure, ...] = ()
    """The numbers it states, in the order of its sentences."""
    conflicts: tuple[int, ...] = ()
    """Positions, among the story's conflicts, of those in which a sentence of it is evidence."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that supports a sentence."""

    article: int
    """Position of the article in the request."""
    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class ConflictSide:
    """One of several statements that cannot all be right."""

    value: str
    evidence: tuple[Evidence, ...]
    source_count: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """A point on which sources disagree."""

    kind: ConflictKind
    subject: str
    sides: tuple[ConflictSide, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a written sentence was not used."""

    check: Check
    found: str


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """One sentence of a summary with what supports it."""

    text: str
    origin: Origin
    support: float
    evidence: tuple[Evidence, ...]
    source_count: int
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A finished story."""

    cluster: StoryCluster
    headline: SummarySentence | None
    sentences: tuple[SummarySentence, ...]
    conflicts: tuple[Conflict, ...]
    finish_reason: FinishReason
    write_mode: WriteMode

    @property
    def summary(self) -> str:
        """The sentences joined by spaces."""
        return " ".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class ArticleUsage:
    """The truncation ledger of one article, in the writer's tokens; they add up to `tokens_in`."""

    article_id: str
    boilerplate: int
    truncated: int
    not_selected: int
    written: int

    @property
    def tokens_in(self) -> int:
        """Tokens of the body as sent."""
        return self.boilerplate + self.truncated + self.not_selected + self.written

    @property
    def dropped(self) -> int:
        """Tokens that reached neither the seq2seq model nor the summary."""
        return self.boilerplate + self.truncated + self.not_selected


@dataclass(frozen=True, slots=True)
class Usage:
    """What was read, written and dropped."""

    articles: tuple[ArticleUsage, ...]
    output_tokens: int = 0
    groups: int = 0
    groups_selected: int = 0
    num_beams: int = 0


@dataclass(frozen=True, slots=True)
class StageTiming:
    """Wall-clock seconds of one stage."""

    stage: Stage
    seconds: float


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What produced a response."""

    writer_sha256: str
    embedder_sha256: str
    code_version: str
    parameters_sha256: str
    verifier_sha256: str = ""
    """Empty where rules judge alone."""


@dataclass(frozen=True, slots=True)
class ClusteredStory:
    """A story before writing."""

    cluster: StoryCluster
    groups: tuple[OverlapGroup, ...]
    """Most sources first, then most central."""
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a summary may say, the most important as far as the words reach."""

    groups: tuple[OverlapGroup, ...]
    """In the order in which they will be told."""
    ranks: tuple[int, ...]
    """Importance of each group, 0 the most: the order in which they were chosen."""
    phrased: int
    """Groups of so many first ranks may be rewritten; the others fill, word for word, what that
    leaves of the length."""
    target_words: int
    """Words the whole summary may take."""
    finish_reason: FinishReason


@dataclass(frozen=True, slots=True)
class Summaries:
    """The outcome of `Pipeline.summarize`."""

    stories: tuple[Story, ...]
    """Largest first, then earliest first."""
    rejected: tuple[Rejected, ...]
    usage: Usage
    timings: tuple[StageTiming, ...]
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Clustering:
    """The outcome of `Pipeline.cluster`."""

    stories: tuple[ClusteredStory, ...]
    rejected: tuple[Rejected, ...]
    usage: Usage
    timings: tuple[StageTiming, ...]
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Estimate:
    """The outcome of `Pipeline.estimate`."""

    usage: Usage
    story_count: int | None
    needs_truncation: bool
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True)
class StageProgress:
    """An event: a stage moved on."""

    stage: Stage
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class StoryFinished:
    """An event: a story is finished."""

    story: Story


Event: TypeAlias = StageProgress | StoryFinished
