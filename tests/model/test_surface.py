"""The surface form comes back from the sources; the words never change."""

from __future__ import annotations

import gzip
import json
import unicodedata
from difflib import SequenceMatcher
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsfold.model.checkpoint import find_writer
from newsfold.model.surface import close_quotes, restore
from newsfold.model.vocabulary import Vocabulary
from newsfold.pipeline.sentences import prepare
from newsfold.pipeline.tuning import CleanTuning
from newsfold.pipeline.types import Article, CleanArticle
from tests.unit.test_attribute import ALLEGED, CAUSE, LEAD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "sources", "restored"),
    [
        (
            "the u . s . sent $ 5 , 000 to o ' neill .",
            ("Officials said the U.S. had helped.", "The council sent $5,000 to O'Neill."),
            "The U.S. sent $5,000 to O'Neill.",
        ),
        (
            "the ferry , which the police searched , left at 3 p . m . tuesday .",
            ("The police searched the ferry.", "It left at 3 p.m. Tuesday."),
            "The ferry, which the police searched, left at 3 p.m. Tuesday.",
        ),
        ('" we won , " she said .', ("She lost.",), '"We won," she said.'),
        ("he said : “ we won . ”", ("“We won.” He said so.",), "He said: “We won.”"),
        ("a well - known man ( 43 ) left on friday .", (), "A well-known man (43) left on Friday."),
        (
            "it cost 5 , 000 or 3 . 5 % in 2016 , 30 more .",
            (),
            "It cost 5,000 or 3.5% in 2016, 30 more.",
        ),
        ("rusk ' s ' no comment ' , he said .", (), "Rusk's 'no comment', he said."),
        ("sao paulo ' s mayor left .", ("São Paulo’s mayor is ill.",), "São Paulo’s mayor left."),
    ],
)
def test_case_spacing_and_marks_come_back(
    text: str, sources: tuple[str, ...], restored: str
) -> None:
    """From the source where it has the words, from English where not."""
    assert restore(text, sources) == restored


@pytest.mark.parametrize(
    ("text", "source", "mended"),
    [
        (
            'Rusk called it "a grave matter for the board.',
            'The inquiry is "a grave matter", Rusk said.',
            'Rusk called it "a grave matter" for the board.',
        ),
        ("“We knew of the wall.", "“We knew of the wall. We waited.", "“We knew of the wall.”"),
        ('He said "it was closed.', "He said it was closed.", "He said it was closed."),
        ("She “left” at noon.", "She left.", "She “left” at noon."),
        ('“We knew of it, "he said.', "“We knew of it. We waited.", "“We knew of it,” he said."),
        ('“We knew of it," he said.', "“We knew of it. We waited.", "“We knew of it,” he said."),
        ('"We knew of it,” he said.', '"We knew of it.', '"We knew of it," he said.'),
        ('“It is "grave" now,” he said.', "It is grave.", '“It is "grave" now,” he said.'),
        ('“It is "grave", he said.', "“It is grave.", "“It is” grave, he said."),
    ],
)
def test_an_open_quotation_is_closed_where_its_source_stops(
    text: str, source: str, mended: str
) -> None:
    """Or loses its mark, where no source quotes the words."""
    assert close_quotes(text, (source,)) == mended


def test_a_sentence_opener_is_lowered_in_the_middle() -> None:
    """Unless it is a name."""
    assert restore("police said the mayor left .", ("The mayor left.", "Police said so.")) == (
        "Police said the mayor left."
    )
    assert restore("the mayor met rusk .", ("Rusk met the mayor.",)) == "The mayor met Rusk."


words = st.sampled_from(
    (LEAD + " " + CAUSE + " " + ALLEGED + " “ ” ( ) $ 5 , . - ' unknown Zebra é").split()
)


@settings(max_examples=300, deadline=None)
@given(st.lists(words, min_size=1, max_size=25))
def test_the_words_never_change(picked: list[str]) -> None:
    """Split again, what comes out is what went in, case and accents aside."""
    text = " ".join(picked).lower()
    assert _letters(restore(text, (LEAD, CAUSE, ALLEGED))) == _letters(text)


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower())
    plain = plain.translate(str.maketrans("’‘“”", "''\"\""))
    return "".join(c for c in plain if unicodedata.category(c) != "Mn" and not c.isspace())


def test_sentences_copied_through_the_tokenizer_come_back(corpora: Path) -> None:
    """At least 99.5% of the words of 2,000 real sentences, character for character."""
    vocabulary = Vocabulary(find_writer("embedded"))
    whole = right = 0
    for sentence in islice(_news(corpora), 2_000):
        words = sentence.split()
        restored = restore(vocabulary.decode(vocabulary.encode([sentence])[0]), (sentence,)).split()
        matcher = SequenceMatcher(None, words, restored, autojunk=False)
        whole += len(words)
        right += sum(block.size for block in matcher.get_matching_blocks())
    assert right / whole >= 0.995


def _news(corpora: Path) -> Iterator[str]:
    """Sentences of the articles, as the service splits them."""
    with gzip.open(corpora / "neus_fulltext.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            for document in json.loads(line)["documents"]:
                prepared = prepare(Article("a", "", document), 0, CleanTuning())
                if isinstance(prepared, CleanArticle):
                    yield from (sentence.text for sentence in prepared.sentences)
