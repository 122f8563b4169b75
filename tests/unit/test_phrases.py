"""What several sources say in the same words counts once."""

from __future__ import annotations

import pytest

from newsfold.pipeline.phrases import SharedPhrases, phrases
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import CleanTuning, SelectTuning
from newsfold.pipeline.types import Article, CleanArticle

STRUCK = "The Merrow Lady struck the eastern breakwater at Port Callan on Tuesday morning."
AGAIN = "On Tuesday morning the Merrow Lady struck the breakwater at Port Callan."
ALONE = "Divers will examine the harbour wall before any ship may berth there."


def shared(*articles: tuple[str, ...], **tuning: float) -> SharedPhrases:
    """Of the sentences of these articles, each of a source of its own."""
    clean = []
    for i, sentences in enumerate(articles):
        made = prepare(Article(f"a{i}", "", "\n\n".join(sentences)), i, CleanTuning())
        assert isinstance(made, CleanArticle)
        clean.append(made)
    texts = [sentence for article in articles for sentence in article]
    source_of = {article.index: article.index for article in clean}
    return SharedPhrases(texts, clean, source_of, SelectTuning(**tuning))


def test_phrases_are_two_words_in_a_row() -> None:
    """Stemmed, each once."""
    assert phrases("Ships berthed; ships berthed.") == {"ship berth", "berth ship"}


def test_what_two_sources_say_counts_and_what_one_says_does_not() -> None:
    """The sentence with the most is 1."""
    added = shared((STRUCK, ALONE), (AGAIN,)).added()
    assert added.max() == 1.0
    assert added[1] == 0.0


def test_what_is_told_adds_nothing_more() -> None:
    """Nor does what another sentence has of it."""
    told = shared((STRUCK, ALONE), (AGAIN,))
    told.tell(0)
    assert told.added().tolist() == [0.0, 0.0, 0.0]


def test_one_source_shares_nothing_with_itself() -> None:
    """However often it says it."""
    assert shared((STRUCK, AGAIN)).added().tolist() == [0.0, 0.0]


def test_a_longer_sentence_has_less_of_the_same_phrases() -> None:
    """By its words to a power that tuning gives."""
    longer = f"{STRUCK[:-1]}, which nobody in the village had ever seen a ship of that size do."
    even = shared((STRUCK,), (AGAIN,), (longer,), phrase_length_power=0.0).added()
    shortened = shared((STRUCK,), (AGAIN,), (longer,), phrase_length_power=1.0).added()
    assert even[2] >= even[0]
    assert shortened[2] < shortened[0]


def test_what_opens_articles_counts_more() -> None:
    """The same two sentences, once as openings and once below."""
    weights = {"opening_sentences": 1, "opening_phrase_weight": 5.0, "phrase_length_power": 0.0}
    below = shared((ALONE, STRUCK), (ALONE, AGAIN), **weights).added()
    assert below[0] > below[1]
    above = shared((STRUCK, ALONE), (AGAIN, ALONE), **weights).added()
    assert above[0] == pytest.approx(1.0)
    assert above[1] < above[0]
