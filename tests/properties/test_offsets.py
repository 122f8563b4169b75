"""Whatever a body holds, a sentence's range points at its text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from newsfold.pipeline.clean import clean
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import CleanTuning
from newsfold.pipeline.types import Article, CleanArticle

words = st.sampled_from(
    ["The", "mayor", "said", "“Stop.", "Now.”", "U.S.", "at", "3", "p.m.", "naïve", "e\u0301",
     "🦩", "\U0001d518nicode", "東京。", "\tAdvertisement\n", "\r\n\r\n", "\n",
     "Photo: Lena Orsted", "He left.", "  "]
)  # fmt: skip
texts = st.one_of(st.lists(words, max_size=60).map(" ".join), st.text(max_size=300))


@settings(max_examples=300, deadline=None)
@given(texts, st.sampled_from(["en", "ja", ""]))
def test_a_sentence_is_its_range_with_white_space_folded(body: str, language: str) -> None:
    """Ranges are in order and do not overlap."""
    prepared = prepare(Article("a", "", body, language=language), 0, CleanTuning())
    if not isinstance(prepared, CleanArticle):
        return
    end = 0
    for sentence in prepared.sentences:
        assert end <= sentence.span.start < sentence.span.end <= len(body)
        assert " ".join(body[sentence.span.start : sentence.span.end].split()) == sentence.text
        end = sentence.span.end


@settings(max_examples=300, deadline=None)
@given(texts)
def test_kept_ranges_are_in_order_and_inside_the_body(body: str) -> None:
    """None is empty."""
    end = 0
    for span in clean(body, CleanTuning()):
        assert end <= span.start < span.end <= len(body)
        end = span.end
