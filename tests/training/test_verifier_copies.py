"""Copies of pairs: other names, the same words between them, the same verdict."""

from __future__ import annotations

import random
from dataclasses import replace

from training.verifier.copies import Renamer, with_copies
from training.verifier.pairs import BRIEF, FAITHFUL, MINED, Pair

FERRY = Pair(
    ("On Monday Piet Valdane of Port Callan saw the council of Callan, Valdane's clerk said.",),
    "Valdane saw the council on Monday.",
    True,
    FAITHFUL,
    "ferry",
    "",
    True,
    BRIEF,
)
PIER = replace(
    FERRY,
    evidence=("The pier of Lurgan was closed by Mara Telling.", "The Palvian flag of Palvia flew."),
    sentence="Mara Telling closed the pier.",
    supported=False,
    kind="role",
    story="pier",
)


def test_a_name_is_exchanged_throughout_and_nothing_else_is() -> None:
    """Days, plain words and the possessive stay."""
    copy = Renamer([FERRY, PIER]).rename(FERRY, random.Random(1))  # noqa: S311
    was = f"{FERRY.evidence[0]} {FERRY.sentence}".replace(",", "").replace("'s", "").split()
    now = f"{copy.evidence[0]} {copy.sentence}".replace(",", "").replace("'s", "").split()
    changed = {(a, b) for a, b in zip(was, now, strict=True) if a != b}
    assert {a for a, _ in changed} == {"Piet", "Valdane", "Port", "Callan"}
    assert len({b for _, b in changed}) == len(changed) == 4
    assert replace(copy, evidence=FERRY.evidence, sentence=FERRY.sentence) == FERRY


def test_words_of_one_family_stay_what_they_are() -> None:
    """Who is renamed to Ostria must not have an Ostrian flag under another name."""
    copy = Renamer([FERRY, PIER]).rename(PIER, random.Random(1))  # noqa: S311
    assert copy.evidence[1] == PIER.evidence[1]
    assert copy.evidence[0] != PIER.evidence[0]


def test_copies_are_made_by_origin_and_repeat_with_the_seed() -> None:
    """A distracted copy has one more sentence, of another story; verdicts never change."""
    mined = replace(FERRY, origin=MINED)
    pairs = [FERRY, PIER, mined]
    made = list(with_copies(pairs, {BRIEF: 20}, 3))
    assert made == list(with_copies(pairs, {BRIEF: 20}, 3))
    assert made[:3] == pairs
    assert len(made) == 3 + 2 * 20
    for original in (FERRY, PIER):
        own = [copy for copy in made[3:] if copy.story == original.story]
        assert len(own) == 20
        assert {copy.supported for copy in own} == {original.supported}
        sizes = {len(copy.evidence) - len(original.evidence) for copy in own}
        assert sizes == {0, 1}
