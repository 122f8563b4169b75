"""What the server serves with, and whether it may yet or still."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from newsfold.pace import Pace
from newsfold.pipeline.errors import NotReady

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from newsfold.pipeline.types import Article, Clustering, Estimate, Event, Options, Summaries


class Summarizer(Protocol):
    """The product: `newsfold.pipeline.pipeline.Pipeline`."""

    async def summarize(
        self,
        articles: Sequence[Article],
        options: Options,
        observe: Callable[[Event], None] = ...,
    ) -> Summaries:
        """Cluster and write."""

    async def cluster(self, articles: Sequence[Article], options: Options) -> Clustering:
        """Cluster and merge."""

    async def estimate(
        self, articles: Sequence[Article], options: Options, *, include_stories: bool
    ) -> Estimate:
        """Count."""


class ModelFacts(Protocol):
    """What GetServiceInfo says of a model."""

    @property
    def name(self) -> str:
        """Name or path it was loaded from."""

    @property
    def sha256(self) -> str:
        """Of its weights."""

    @property
    def family(self) -> str:
        """The family it is driven as."""

    @property
    def dtype(self) -> str:
        """Its arithmetic."""

    @property
    def max_input_tokens(self) -> int:
        """The most it reads at once."""


P_co = TypeVar("P_co", bound=Summarizer, covariant=True)


@dataclass(frozen=True, slots=True)
class Product(Generic[P_co]):
    """The warm pipeline and what it is made of."""

    pipeline: P_co
    version: str
    writer: ModelFacts
    embedder: ModelFacts
    device: str
    verifier: ModelFacts | None = None
    """None where rules judge alone."""
    canary: Callable[[], Awaitable[bool]] | None = None
    """Runs fixed rows alone and among others: whether all came out the same. Raises ModelFailed."""
    pace: Callable[[], Pace] = Pace
    """What tokens cost the device now."""


LOADING_RETRY_S = 2.0
"""Models load in seconds; a client asks a few times, not a hundred."""
DRAINING_RETRY_S = 1.0
"""The retry is for another replica, so it may come soon."""


class Readiness:
    """Loading, then serving, then draining; never back."""

    def __init__(self) -> None:
        self._product: Product[Summarizer] | None = None
        self._draining = False
        self._serving = asyncio.Event()

    async def wait(self) -> None:
        """Return once there is a product."""
        await self._serving.wait()

    def serve(self, product: Product[Summarizer]) -> None:
        """Take requests from now on."""
        self._product = product
        self._serving.set()

    def drain(self) -> None:
        """Take no new requests."""
        self._draining = True

    def product(self) -> Product[Summarizer]:
        """What to serve with. Raises NotReady while loading and draining."""
        if self._draining:
            raise NotReady("the server is shutting down", retry_after=DRAINING_RETRY_S)
        if self._product is None:
            raise NotReady("the server is loading its models", retry_after=LOADING_RETRY_S)
        return self._product
