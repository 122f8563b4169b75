"""Sentences that are taken apart can be put together again from what is left of them."""

import random
from dataclasses import replace
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from tests.training.newsroom import articles
from training.batches import EncodedRow, Example, Order, Position
from training.config import load_config
from training.prompt import RESTORE, RESTORE_ID
from training.restore import RestoreMiner, taken_apart
from training.sentence_bank import SentenceBank
from training.targets import clean_target

SMALL = frozenset("a an the of to in on at by for with from as and that is was are were".split())
WORD = st.text(alphabet="klmnopqrstu", min_size=3, max_size=7)


@given(
    words=st.lists(WORD, min_size=8, max_size=40),
    others=st.lists(st.lists(WORD, min_size=1, max_size=20), max_size=3),
    seed=st.integers(0, 10_000),
)
def test_every_word_is_in_some_copy(words: list[str], others: list[list[str]], seed: int) -> None:
    """Otherwise the model would learn to invent it."""
    inputs = taken_apart(words, others, random.Random(seed))  # noqa: S311
    assert set(words) <= set(" ".join(inputs).split())
    assert 1 <= len(inputs) <= 4
    assert all(inputs)


@given(seed=st.integers(0, 10_000))
def test_only_small_words_are_lost(seed: int) -> None:
    """Never a "not", a "would" or a name."""
    sentence = (
        "The mayor of Orlesk said on Monday that it would not sell the old harbour to a bank."
    )
    words = sentence.split()
    inputs = taken_apart(words, [], random.Random(seed))  # noqa: S311
    assert set(words) - set(" ".join(inputs).split()) <= SMALL


def test_sentences_are_taken_apart_in_all_ways() -> None:
    """Gaps, parts elsewhere, strange words and strangers; the fullest copy comes first."""
    words = [f"w{number}" for number in range(20)]
    others = [[f"x{number}" for number in range(9)]]
    found = [taken_apart(words, others, random.Random(seed)) for seed in range(300)]  # noqa: S311
    copies = [[s.split() for s in inputs if s.startswith("w") or " w" in s] for inputs in found]
    assert {len(made) for made in copies} == {1, 2, 3}
    own = [[[w for w in copy if w[0] == "w"] for copy in made] for made in copies]
    assert all(len(made[0]) == max(map(len, made)) for made in own)
    assert any(len(copy) < len(words) for made in own for copy in made)
    ordered = [copy == sorted(copy, key=words.index) for made in own for copy in made]
    assert {True, False} == set(ordered)
    assert all(any(w[0] == "x" for w in made[0]) for made in copies if len(made) == 1)
    assert any("x8" in copy for made in copies for copy in made)
    assert any(" ".join(others[0]) in inputs for inputs in found)


def test_passes_go_on_when_the_shares_change() -> None:
    """Nothing is seen again before the rest was seen, but for the window under way."""
    rows = [EncodedRow(RESTORE, ((number,) * 9,), (7,) * 9, "normal") for number in range(900)]
    rows += [EncodedRow("fuse", ((1000 + number,) * 9,), (7,) * 9, "normal") for number in range(9)]

    def order(share: float) -> Order:
        return Order(
            rows,
            shares={RESTORE: share, "fuse": 1 - share},
            written=0.0,
            window_rows=100,
            tokens_per_batch=10_000,
            untagged=1.0,
            seed=1,
        )

    def seen(examples: list[Example]) -> list[int]:
        return [e.prompt[2] for e in examples if e.prompt[1] == RESTORE_ID]

    first = list(islice(order(0.8).start(Position()), 3))
    position = replace(first[-1][1], window=3, batch=0, drawn={RESTORE: 240, "fuse": 60})
    then = list(islice(order(0.4).start(position), 3))
    drawn = [row for batch, _ in first + then for row in seen(batch)]
    assert len(drawn) == len(set(drawn)) == 3 * 80 + 3 * 40
    assert then[-1][1].drawn[RESTORE] == 240 + 2 * 40


def test_each_clean_sentence_makes_a_row() -> None:
    """Of its own article, the same with the same seed."""
    archive = articles()
    bank = SentenceBank(archive)

    def mined(share: float) -> list[tuple[str, tuple[str, ...]]]:
        miner = RestoreMiner(archive, bank=bank, share=share, seed=1)
        found = []
        for number in range(len(archive)):
            for row, drawn_on in miner.mine(number):
                assert drawn_on == {number}
                found.append((row.target, row.inputs))
        return found

    clean = [s.text for s in bank.sentences if clean_target(s.text) is not None]
    assert [target for target, _ in mined(1.0)] == clean
    assert mined(1.0) == mined(1.0)
    assert 0 < len(mined(0.3)) < len(clean)


def test_their_share_falls_with_the_rate() -> None:
    """They teach what a sentence is, the tasks what to write."""
    settings = load_config().train

    def share(*, falling: bool) -> float:
        rows = [
            EncodedRow(task, ((5,) * 9,), (7,) * 9, "normal")
            for task in ("fuse", "compress", "headline", RESTORE)
        ]
        order = Order(
            rows,
            shares=settings.shares(falling=falling),
            written=0.0,
            window_rows=1000,
            tokens_per_batch=1000,
            untagged=0.0,
            seed=1,
        )
        examples = [example for batch in order.window(0) for example in batch]
        return sum(example.prompt[1] == RESTORE_ID for example in examples) / len(examples)

    assert abs(share(falling=False) - settings.restore) < 0.01
    assert abs(share(falling=True) - settings.restore_falling) < 0.01
