"""A language that the encoder does not read is compared by its words; one it reads is not."""

from __future__ import annotations

import numpy as np
import pytest

from newsfold.pipeline import foreign
from newsfold.pipeline.overlap import group
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.similarity import similarity
from newsfold.pipeline.stories import cluster
from newsfold.pipeline.tuning import CleanTuning, OverlapTuning, StoryTuning
from newsfold.pipeline.types import Article, CleanArticle, Granularity, Sentence, Span, StoryMode
from newsfold.pipeline.views import ArticleVectors

DAM = """Die Talsperre oberhalb von Gramsbach ist nach wochenlangem Regen zum ersten Mal bis zum
Rand gefüllt. Der Wasserverband ließ am Dienstag zwei Schleusen öffnen und warnte die Anwohner
am Ufer der Lunde vor einem steigenden Pegel."""
DAM_AGAIN = """Erstmals ist die Talsperre oberhalb von Gramsbach bis zum Rand gefüllt. Nach dem
Regen der letzten Wochen öffnete der Wasserverband zwei Schleusen, der Pegel der Lunde steigt, und
die Anwohner am Ufer wurden gewarnt."""
CHOIR = """Der Knabenchor von Ostermoor hat den Wettbewerb der Landesbühnen gewonnen. Die Jury lobte
vor allem die Sopranstimmen; im Herbst reisen die Sänger nach Veldhaven."""
DAM_IN_DUTCH = """De stuwdam boven Gramsbach is na weken van regen voor het eerst helemaal vol. Het
waterschap opende dinsdag twee sluizen en waarschuwde de bewoners langs de Lunde."""


def placed(*told: tuple[str, str]) -> list[CleanArticle]:
    """Clean articles of (body, language), in a request of their own."""
    found = [
        prepare(Article(f"a{i}", "", body, language=language), i, CleanTuning())
        for i, (body, language) in enumerate(told)
    ]
    assert all(isinstance(article, CleanArticle) for article in found)
    return [article for article in found if isinstance(article, CleanArticle)]


def vectors_of(*rows: tuple[float, float]) -> ArticleVectors:
    """The same vectors for texts and titles, made up: what an encoder might say."""
    unit = np.array(rows, np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    return ArticleVectors(unit, unit)


ALL_ALIKE = vectors_of((1, 0), (1, 0), (1, 0))
"""What an English encoder says of any three texts in another language."""


def stories(
    articles: list[CleanArticle], vectors: ArticleVectors, tuning: StoryTuning
) -> set[frozenset[int]]:
    """The stories at NORMAL, as sets of places in the request."""
    found = cluster(articles, vectors, StoryMode.AUTO, Granularity.NORMAL, tuning)
    return {frozenset(member.index for member in story.members) for story in found}


def test_words_are_known_by_their_beginning_without_function_words() -> None:
    """ "Schleuse" and "Schleusen" are one; "und", "die" and "der" are none."""
    rows = foreign.word_vectors(["die Schleuse und der Pegel", "Schleusen, Pegel"], ["de", "de"])
    assert np.allclose((rows @ rows.T).todense(), 1.0)


def test_nothing_is_left_out_of_a_text_in_an_unknown_language() -> None:
    """The same words, said to be of no language, are two more."""
    rows = foreign.word_vectors(["die Schleuse und der Pegel", "Schleusen, Pegel"], ["", "de"])
    assert (rows[0].count_nonzero(), rows[1].count_nonzero()) == (5, 2)


def test_a_text_of_function_words_is_like_nothing() -> None:
    """And divides by no zero."""
    rows = foreign.word_vectors(["und die der", "Schleusen"], ["de", "de"])
    assert np.allclose((rows @ rows.T).todense(), [[0, 0], [0, 1]])


def test_a_repeated_word_counts_by_its_logarithm() -> None:
    """1 + log 3 for three times, against 1."""
    rows = foreign.word_vectors(["Pegel Pegel Pegel Schleuse", "Pegel"], ["de", "de"])
    weight = 1 + np.log(3)
    assert (rows @ rows.T)[0, 1] == pytest.approx(weight / np.hypot(weight, 1), abs=1e-5)


def test_german_is_told_apart_by_words_whatever_the_vectors_say() -> None:
    """All vectors alike, and two of three articles are one story."""
    told = placed((DAM, "de"), (DAM_AGAIN, "de"), (CHOIR, "de"))
    assert stories(told, ALL_ALIKE, StoryTuning()) == {frozenset((0, 1)), frozenset((2,))}


@pytest.mark.parametrize("languages", [("*",), ("en", "de")])
def test_an_encoder_that_reads_german_has_its_way(languages: tuple[str, ...]) -> None:
    """Vectors are used: alike they join, apart they part, whatever the words say."""
    told = placed((DAM, "de"), (DAM_AGAIN, "de"), (CHOIR, "de"))
    tuning = StoryTuning(
        encoder_languages=languages,
        embedding_weight=0.83,
        title_weight=0.17,
        words_weight=0.0,
        told_weight=0.0,
    )
    assert stories(told, ALL_ALIKE, tuning) == {frozenset((0, 1, 2))}
    apart = vectors_of((1, 0), (0, 1), (1, 0))
    assert stories(told, apart, tuning) == {frozenset((0, 2)), frozenset((1,))}


@pytest.mark.parametrize("other", ["nl", "en"])
def test_two_languages_are_never_one_story_if_one_is_not_read(other: str) -> None:
    """Nothing in common, whatever vectors and words say; a multilingual encoder joins them."""
    told = placed((DAM, "de"), (DAM_IN_DUTCH if other == "nl" else DAM_AGAIN, other))
    alike = vectors_of((1, 0), (1, 0))
    assert similarity(told, alike, StoryTuning())[0, 1] == 0.0
    assert len(stories(told, alike, StoryTuning(loose_distance=0.99, normal_distance=0.99))) == 2
    both = StoryTuning(encoder_languages=("*",))
    assert similarity(told, alike, both)[0, 1] > 0.5


def test_an_english_pair_is_untouched_by_a_german_neighbour() -> None:
    """The comparison by words is of the pairs that need it."""
    english = [("The weir above Ferrow was opened on Monday.", "en"), ("A choir has won.", "en")]
    vectors = vectors_of((1, 0), (1, 1), (1, 0))
    alone = similarity(placed(*english), vectors[[0, 1]], StoryTuning())
    beside = similarity(placed(*english, (CHOIR, "de")), vectors, StoryTuning())
    assert np.allclose(alone, beside[:2, :2])


def test_sentences_of_an_unread_language_group_by_words() -> None:
    """All vectors alike: by vector one group, by words those that say the same."""
    texts = [
        "Der Wasserverband öffnete am Dienstag zwei Schleusen der Talsperre.",
        "Am Dienstag öffnete der Wasserverband an der Talsperre zwei Schleusen.",
        "Der Knabenchor reist im Herbst nach Veldhaven.",
    ]
    told = [Sentence(i, 0, Span(0, len(text)), text) for i, text in enumerate(texts)]
    same = np.tile(np.array([1, 0], np.float32), (3, 1))
    sources = {0: 0, 1: 1, 2: 2}
    found = group(told, same, sources, OverlapTuning(), unread="de")
    assert sorted(sorted(s.article for s in g.sentences) for g in found) == [[0, 1], [2]]
