"""Sentences that are taken apart can be put together again from what is left of them."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.training.newsroom import articles
from training.batches import EncodedRow, Order
from training.config import load_config
from training.prompt import RESTORE
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
        return sum(example.prompt[1] == 8 for example in examples) / len(examples)

    assert abs(share(falling=False) - settings.restore) < 0.01
    assert abs(share(falling=True) - settings.restore_falling) < 0.01
