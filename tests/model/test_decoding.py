"""What the rewriter may write, and which of its beams is taken."""

from __future__ import annotations

import pytest

from newsfold.model.decoding import AllowedTokens, Candidate, choose
from newsfold.model.engine import Allowed

SOURCES = (
    "Joanna Rusk said the board knew of the crack on Monday.",
    "At least 30 people were hurt when the ferry struck the wall, the coastguard said.",
)


def test_a_row_may_write_its_own_pieces_and_the_free_ones() -> None:
    """Inner pieces only where its input has them, and halves of words must go on."""
    tokens = AllowedTokens(free=(5, 91), quotes=(40,), continuations=(90, 91, 92))
    assert tokens.of((1, 20, 90, 92, 21, 20, 91, 2, 22)) == Allowed(
        tokens=(1, 2, 5, 20, 21, 22),
        inside={20: (90, 91), 90: (92,)},
        halves=frozenset({20, 90}),
    )


def test_a_piece_that_is_also_a_word_may_stand_alone() -> None:
    """Where the input has it both ways."""
    tokens = AllowedTokens(free=(), quotes=(), continuations=(90,))
    allowed = tokens.of((20, 90, 20, 21))
    assert allowed.inside == {20: (90,)}
    assert allowed.halves == frozenset()


@pytest.mark.parametrize(("ids", "marks"), [((20, 40), {40, 41}), ((20, 21), set())])
def test_quotation_marks_need_quotation_marks_in_the_input(
    ids: tuple[int, ...], marks: set[int]
) -> None:
    """Of any kind: a model may write “ for the source's straight mark."""
    tokens = AllowedTokens(free=(40,), quotes=(40, 41), continuations=())
    assert set(tokens.of(ids).tokens) & {40, 41} == marks


GOOD = "The board knew of the crack on Monday, Joanna Rusk said."


@pytest.mark.parametrize(
    "faulty",
    [
        "The board knew of the crack on Monday, Joanna Rusk said",
        "The board knew of the crack on Monday, “Joanna Rusk said.",
        "The board knew of the crack crack on Monday, Joanna Rusk said.",
        "The board knew of the crack on Monday, Joanna Orrick said.",
        "The board knew of the 40 cracks on Monday, Joanna Rusk said.",
        "The board never knew of the crack on Monday, Joanna Rusk said.",
    ],
    ids=["no final mark", "open quotation", "word twice", "new name", "new figure", "new negation"],
)
def test_a_candidate_without_faults_is_taken_before_a_likelier_one(faulty: str) -> None:
    """However likely the model finds the fault."""
    candidates = [Candidate(faulty, -0.1), Candidate(GOOD, -3.0)]
    assert choose(candidates, SOURCES, headline=False) == 1


def test_a_headline_needs_no_final_mark() -> None:
    """Of candidates without faults the likelier one is taken."""
    candidates = [Candidate("Board knew of the crack", -0.2), Candidate("Board knew.", -0.9)]
    assert choose(candidates, SOURCES, headline=True) == 0


def test_words_kept_together_as_in_a_source_count() -> None:
    """Between candidates that are about as likely."""
    torn = "The coastguard struck the board on Monday."
    assert choose([Candidate(torn, -0.5), Candidate(GOOD, -0.6)], SOURCES, headline=False) == 1


def test_what_the_other_candidates_say_too_counts() -> None:
    """Between candidates that are about as likely and of their sources' words."""
    alone = "The board knew of the crack on Monday."
    agreeing = ("At least 30 people were hurt.", "30 people were hurt.")
    candidates = [Candidate(alone, -0.5), *(Candidate(text, -0.6) for text in agreeing)]
    assert choose(candidates, SOURCES, headline=False) == 1
    assert choose(candidates[:2], SOURCES, headline=False) == 0
