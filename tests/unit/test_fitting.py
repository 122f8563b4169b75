"""The last cut: whole sentences only, the important ones first."""

from newsfold.pipeline.fitting import Candidate, fit
from newsfold.pipeline.types import Origin, Sentence, Span, SummarySentence


def candidate(text: str, rank: int) -> Candidate:
    """A candidate of that text and importance."""
    source = Sentence(0, rank, Span(0, len(text)), text)
    return Candidate(SummarySentence(text, Origin.EXTRACTED, 1.0, (), 1), source, rank)


def texts(chosen: list[Candidate]) -> list[str]:
    """What was chosen, in order."""
    return [c.sentence.text for c in chosen]


def test_telling_order_is_kept_whatever_the_importance() -> None:
    """Importance decides who stays, not who comes first."""
    candidates = [candidate("Last matters.", 1), candidate("First matters.", 0)]
    assert texts(fit(candidates, 10, None)) == ["Last matters.", "First matters."]


def test_the_least_important_sentence_goes_first() -> None:
    """Six words leave room for two of three."""
    candidates = [candidate("a b c.", 2), candidate("d e f.", 0), candidate("g h i.", 1)]
    assert texts(fit(candidates, 6, None)) == ["d e f.", "g h i."]


def test_the_most_important_sentence_stays_although_it_alone_is_too_long() -> None:
    """A summary is never empty."""
    assert texts(fit([candidate("one two three four.", 0)], 2, None)) == ["one two three four."]


def test_a_shorter_sentence_takes_the_room_a_longer_one_cannot_use() -> None:
    """The second does not fit, the third does."""
    candidates = [candidate("a b.", 0), candidate("c d e f g.", 1), candidate("h.", 2)]
    assert texts(fit(candidates, 4, None)) == ["a b.", "h."]


def test_max_sentences_bounds_the_count() -> None:
    """Two asked, two given, however much room there is."""
    candidates = [candidate(f"sentence {i}.", i) for i in range(5)]
    assert len(fit(candidates, 1_000, 2)) == 2


def test_the_same_text_is_never_said_twice() -> None:
    """Two groups may be rewritten to one sentence."""
    assert texts(fit([candidate("Same.", 0), candidate("Same.", 1)], 10, None)) == ["Same."]
