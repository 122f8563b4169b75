"""Token limits: exact counts when refused, whole sentences when cut, every token in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from newsfold.pipeline.errors import InputTooLong, InvalidRequest
from newsfold.pipeline.limits import Limits
from newsfold.pipeline.reading import Reading, cut_to_limits, measure
from newsfold.pipeline.types import (
    Article,
    CleanArticle,
    Rejected,
    RejectionReason,
    Sentence,
    Span,
)
from tests.fakes import ScriptedWriter

if TYPE_CHECKING:
    from collections.abc import Sequence


def reading(*lengths: tuple[int, ...]) -> Reading:
    """Articles whose sentences have these numbers of words, plus a boilerplate line of two."""
    articles, prepared = [], []
    for index, words in enumerate(lengths):
        position, body, sentences = 0, "", []
        for position, count in enumerate(words):
            text = " ".join(["word"] * count)
            sentences.append(
                Sentence(index, position, Span(len(body), len(body) + len(text)), text)
            )
            body += text + "\n"
        article = Article(f"a{index}", "", body + "Read more")
        articles.append(article)
        kept = (Span(0, len(body)),)
        prepared.append(CleanArticle(article, index, kept, tuple(sentences), "en"))
    return measure(articles, prepared, ScriptedWriter())


def test_input_within_the_limits_is_not_touched() -> None:
    """The very same reading comes back."""
    read = reading((3, 4), (5,))
    assert cut_to_limits(read, Limits(), allow_truncation=False) is read


def test_too_long_an_article_is_refused_with_its_count() -> None:
    """The error names the article, its tokens and the limit."""
    limits = Limits(max_article_tokens=10)
    with pytest.raises(InputTooLong) as refused:
        cut_to_limits(reading((6, 6), (5,)), limits, allow_truncation=False)
    [count] = refused.value.counts
    assert (count.field, count.tokens, count.limit) == ("articles[0].body", 12, 10)


def test_too_long_a_request_is_refused_with_its_count() -> None:
    """The sum is over although no article is."""
    limits = Limits(max_article_tokens=10, max_request_tokens=15)
    with pytest.raises(InputTooLong) as refused:
        cut_to_limits(reading((9,), (9,)), limits, allow_truncation=False)
    assert [(c.field, c.tokens) for c in refused.value.counts] == [("articles", 18)]


def test_truncation_cuts_whole_sentences_off_the_end() -> None:
    """Ten tokens hold the first sentence and not the second."""
    cut = cut_to_limits(reading((6, 6, 1)), Limits(max_article_tokens=10), allow_truncation=True)
    assert [len(a.sentences) for a in cut.articles] == [1]
    assert cut.truncated == (7,)


def test_a_request_over_its_limit_is_shared_out_and_short_articles_stay_whole() -> None:
    """Twenty tokens: the short article keeps its four, the long ones get eight each."""
    limits = Limits(max_article_tokens=100, max_request_tokens=20)
    cut = cut_to_limits(reading((4,), (4,) * 5, (4,) * 5), limits, allow_truncation=True)
    assert [len(a.sentences) for a in cut.articles] == [1, 2, 2]


def test_the_first_sentence_is_kept_whatever_its_length() -> None:
    """An article is never cut to nothing."""
    cut = cut_to_limits(reading((50, 1)), Limits(max_article_tokens=10), allow_truncation=True)
    assert len(cut.articles[0].sentences) == 1


def test_the_ledger_of_a_cut_article_adds_up() -> None:
    """Boilerplate, cut, not selected and written are all there is."""
    cut = cut_to_limits(reading((6, 3, 6)), Limits(max_article_tokens=10), allow_truncation=True)
    [usage] = cut.ledger({(0, 0)})
    assert (usage.boilerplate, usage.truncated, usage.not_selected, usage.written) == (2, 6, 3, 6)
    assert usage.tokens_in == 17


def test_a_request_of_nothing_but_boilerplate_is_invalid_and_says_which_articles() -> None:
    """One violation for each."""
    article = Article("a", "", "Read more")
    rejected = Rejected("a", 0, RejectionReason.ONLY_BOILERPLATE, "nothing but boilerplate")
    with pytest.raises(InvalidRequest) as refused:
        measure([article], [rejected], ScriptedWriter())
    [violation] = refused.value.violations
    assert (violation.field, violation.reason) == ("articles[0].body", "ONLY_BOILERPLATE")


def test_rejected_articles_are_in_the_ledger_as_boilerplate() -> None:
    """No token of the request is missing."""
    whole = reading((3,))
    rejected = Rejected("b", 1, RejectionReason.ONLY_BOILERPLATE, "nothing but boilerplate")
    both = measure(
        [whole.articles[0].article, Article("b", "", "Read more now")],
        [*whole.articles, rejected],
        ScriptedWriter(),
    )
    assert [u.tokens_in for u in both.ledger(())] == [5, 3]
    assert both.ledger(())[1].boilerplate == 3


def test_many_articles_are_counted_each_for_itself() -> None:
    """In several batches, with rejected ones between them."""
    whole = reading(*((length,) for length in range(1, 101)))
    prepared = [
        Rejected(f"a{i}", i, RejectionReason.ONLY_BOILERPLATE, "nothing but boilerplate")
        if i % 7 == 3
        else article
        for i, article in enumerate(whole.articles)
    ]
    read = measure([a.article for a in whole.articles], iter(prepared), ScriptedWriter())
    assert [u.tokens_in for u in read.ledger(())] == [length + 2 for length in range(1, 101)]
    assert len(read.rejected) == sum(isinstance(p, Rejected) for p in prepared)


def test_a_tokenizer_that_fails_fails_the_reading() -> None:
    """Though it fails in another thread."""
    article = reading((3,)).articles[0]
    with pytest.raises(RuntimeError, match="no tokenizer"):
        measure([article.article], [article], Failing())


class Failing(ScriptedWriter):
    """Cannot count."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Never."""
        raise RuntimeError("no tokenizer")
