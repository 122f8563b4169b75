"""Steps 1 and 2: articles -> clean sentences within the token limits, every token accounted for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING, TypeAlias

from newsfold.pipeline.errors import InputTooLong, InvalidRequest, TokenCount, Violation
from newsfold.pipeline.types import ArticleUsage, CleanArticle, Rejected

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from concurrent.futures import Future

    from newsfold.pipeline.limits import Limits
    from newsfold.pipeline.ports import Writer
    from newsfold.pipeline.types import Article, Sentence

Place: TypeAlias = tuple[int, int]
"""A sentence's address: (position of the article in the request, position in the article)."""


_COUNTED_AT_ONCE = 32
"""Articles."""


def place_of(sentence: Sentence) -> Place:
    """The address of a sentence."""
    return sentence.article, sentence.position


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a request."""

    articles: tuple[CleanArticle, ...]
    """The usable articles, cut to the limits, in the order of the request."""
    rejected: tuple[Rejected, ...]
    ids: tuple[str, ...]
    """Ids of all articles, in the order of the request."""
    outside_tokens: tuple[int, ...]
    """Tokens of each body that stand in no sentence."""
    sentence_tokens: dict[Place, int]
    """Tokens of each sentence, those that were cut included."""
    truncated: tuple[int, ...]
    """Tokens cut from each article."""

    def ledger(self, reached: Collection[Place]) -> tuple[ArticleUsage, ...]:
        """The truncation ledger, given the sentences that reached the writer or a summary.

        What is in no sentence counts as boilerplate: that is what was removed, and the fragments
        that are no sentence. `tokens_in` is the sum of the parts, and with a tokenizer that takes
        words one by one the tokens of the body.
        """
        in_sentences = [0] * len(self.ids)
        written = [0] * len(self.ids)
        for place, tokens in self.sentence_tokens.items():
            in_sentences[place[0]] += tokens
            if place in reached:
                written[place[0]] += tokens
        return tuple(
            ArticleUsage(
                article_id=self.ids[i],
                boilerplate=self.outside_tokens[i],
                truncated=self.truncated[i],
                not_selected=in_sentences[i] - self.truncated[i] - written[i],
                written=written[i],
            )
            for i in range(len(self.ids))
        )


def measure(
    articles: Sequence[Article],
    prepared: Iterable[CleanArticle | Rejected],
    writer: Writer,
) -> Reading:
    """Count the tokens of what `sentences.read` makes of each article; cut nothing yet.

    Those of some articles are counted in another thread while the next ones are made: a fast
    tokenizer needs no interpreter. Raises InvalidRequest if no article has a usable sentence.
    """
    usable: list[CleanArticle] = []
    rejected: list[Rejected] = []
    counting: list[Future[list[int]]] = []
    left = iter(prepared)
    with ThreadPoolExecutor(1) as counter:
        while batch := [*islice(left, _COUNTED_AT_ONCE)]:
            taken = [read for read in batch if isinstance(read, CleanArticle)]
            texts = [s.text for article in taken for s in article.sentences]
            counting.append(counter.submit(writer.count_tokens, texts))
            usable += taken
            rejected += (read for read in batch if isinstance(read, Rejected))
    if not usable:
        raise InvalidRequest(
            tuple(Violation(f"articles[{r.index}].body", r.detail, r.reason.name) for r in rejected)
        )
    sentences = (s for article in usable for s in article.sentences)
    counts = chain.from_iterable(found.result() for found in counting)
    outside = [article.body for article in articles]
    for read in usable:
        outside[read.index] = _outside(read)
    return Reading(
        articles=tuple(usable),
        rejected=tuple(rejected),
        ids=tuple(a.id for a in articles),
        outside_tokens=tuple(writer.count_tokens(outside)),
        sentence_tokens={place_of(s): n for s, n in zip(sentences, counts, strict=True)},
        truncated=(0,) * len(articles),
    )


def _outside(article: CleanArticle) -> str:
    """What of the body is in no sentence."""
    ends = [0, *(sentence.span.end for sentence in article.sentences)]
    starts = [*(sentence.span.start for sentence in article.sentences), None]
    body = article.article.body
    gaps = (body[end:start].strip() for end, start in zip(ends, starts, strict=True))
    return "\n".join(gap for gap in gaps if gap)


def over_limit(reading: Reading, limits: Limits) -> tuple[TokenCount, ...]:
    """The fields that hold more tokens than the limits allow, with exact counts."""
    totals = [_tokens(article, reading) for article in reading.articles]
    over = [
        TokenCount(f"articles[{article.index}].body", total, limits.max_article_tokens)
        for article, total in zip(reading.articles, totals, strict=True)
        if total > limits.max_article_tokens
    ]
    if sum(totals) > limits.max_request_tokens:
        over.append(TokenCount("articles", sum(totals), limits.max_request_tokens))
    return tuple(over)


def cut_to_limits(reading: Reading, limits: Limits, *, allow_truncation: bool) -> Reading:
    """The reading within the token limits, cut at the end of articles and only at sentence ends.

    The request's limit is shared out evenly: short articles stay whole, long ones are cut to one
    common length. The first sentence of an article is kept whatever its length.
    Raises InputTooLong if anything would be cut and `allow_truncation` is false.
    """
    over = over_limit(reading, limits)
    if not over:
        return reading
    if not allow_truncation:
        raise InputTooLong(over)
    totals = [_tokens(article, reading) for article in reading.articles]
    allowed = min(limits.max_article_tokens, _fair_share(totals, limits.max_request_tokens))
    truncated = list(reading.truncated)
    kept = []
    for article, total in zip(reading.articles, totals, strict=True):
        running = accumulate(reading.sentence_tokens[place_of(s)] for s in article.sentences)
        keep = max(1, sum(1 for tokens in running if tokens <= allowed))
        sentences = article.sentences[:keep]
        truncated[article.index] = total - sum(
            reading.sentence_tokens[place_of(s)] for s in sentences
        )
        kept.append(replace(article, sentences=sentences))
    return replace(reading, articles=tuple(kept), truncated=tuple(truncated))


def _tokens(article: CleanArticle, reading: Reading) -> int:
    return sum(reading.sentence_tokens[place_of(s)] for s in article.sentences)


def _fair_share(totals: Sequence[int], budget: int) -> int:
    """The largest length to which all may be cut so that their sum is within the budget."""
    remaining, left = budget, len(totals)
    for total in sorted(totals):
        if total * left > remaining:
            return remaining // left
        remaining -= total
        left -= 1
    return max(totals, default=0)
