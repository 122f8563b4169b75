"""The order of the data: complete, bounded, the same after a restart."""

from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from tests.training.newsroom import rows
from training.batches import EncodedRow, Example, Order, Position, encode_rows
from training.initialise import minilm_folder
from training.prompt import CLS, LENGTH_IDS, MAX_PROMPT_IDS, SEP, TASK_IDS, build_prompt, length_tag

SHARES = {"fuse": 0.5, "compress": 0.25, "headline": 0.25}


@pytest.fixture(scope="module")
def encoded() -> list[EncodedRow]:
    """The invented rows as ids."""
    return encode_rows(rows(), Tokenizer.from_file(str(minilm_folder() / "tokenizer.json")))


def order(encoded: list[EncodedRow]) -> Order:
    """Windows of 96 rows: each fuse row twice, each other row once."""
    return ordered(encoded, untagged=0.0)


def ordered(encoded: list[EncodedRow], *, untagged: float) -> Order:
    """The same, with or without length tags."""
    return Order(
        encoded,
        shares=SHARES,
        written=0.25,
        window_rows=96,
        tokens_per_batch=400,
        untagged=untagged,
        seed=3,
    )


def test_a_batch_never_exceeds_its_padded_size(encoded: list[EncodedRow]) -> None:
    """Rows x (longest prompt + longest target)."""
    for batch in order(encoded).window(0):
        longest = max(len(e.prompt) for e in batch) + max(len(e.target) for e in batch)
        assert longest * len(batch) <= 400 or len(batch) == 1


def test_every_row_is_seen_before_any_is_seen_again(encoded: list[EncodedRow]) -> None:
    """In one window, which is one pass over headlines and two over fuse rows."""
    seen = Counter((tuple(e.prompt), e.target) for batch in order(encoded).window(0) for e in batch)
    assert Counter(seen.values()) == {2: 24, 1: 48}


def test_written_rows_have_their_share_of_each_task(encoded: list[EncodedRow]) -> None:
    """A quarter of fuse, however few there are; of a task that has none the mined rows are all."""
    fuse = [row for row in encoded if row.task == "fuse"]
    others = [row for row in encoded if row.task != "fuse"]
    few = [replace(row, target=(2000 + place, SEP), written=True) for place, row in enumerate(fuse)]
    drawn = [e for batch in order([*fuse, *others, *few[:5]]).window(0) for e in batch]
    tasks = Counter(e.prompt[1] for e in drawn)
    assert [tasks[TASK_IDS[task]] for task in SHARES] == [48, 24, 24]
    assert sum(len(e.target) == 2 for e in drawn) == 12


def test_order_goes_on_where_it_was(encoded: list[EncodedRow]) -> None:
    """From any position, into the next window."""
    whole = list(islice(order(encoded).start(Position()), 40))
    for cut in (1, 7, 23):
        position = whole[cut - 1][1]
        rest = [batch for batch, _ in islice(order(encoded).start(position), 40 - cut)]
        assert rest == [batch for batch, _ in whole[cut:]]


def test_length_tags_can_be_left_out(encoded: list[EncodedRow]) -> None:
    """At a share of 1 no prompt has one, as in the first version's format."""
    bare = ordered(encoded, untagged=1.0)
    tags = set(LENGTH_IDS.values())
    examples: list[Example] = [e for batch in bare.window(0) for e in batch]
    assert not any(tags & set(example.prompt[:3]) for example in examples)


@given(
    st.lists(st.lists(st.integers(1000, 30000), min_size=1, max_size=150), min_size=1, max_size=8),
    st.sampled_from([None, "short", "normal", "long"]),
)
def test_prompt_fits_and_keeps_the_beginning_of_every_sentence(
    sentences: list[list[int]], length: str | None
) -> None:
    """At most six sentences; short ones whole; none loses its start."""
    prompt = build_prompt("fuse", sentences, length)
    head = 3 if length else 2
    assert prompt[:2] == [CLS, TASK_IDS["fuse"]]
    assert len(prompt) <= MAX_PROMPT_IDS
    parts: list[list[int]] = [[]]
    for number in prompt[head:]:
        if number == SEP:
            parts.append([])
        else:
            parts[-1].append(number)
    kept = sentences[:6]
    assert parts.pop() == []
    assert [len(part) > 0 for part in parts] == [True] * len(kept)
    assert all(s[: len(part)] == part for s, part in zip(kept, parts, strict=True))
    if sum(map(len, kept)) + head + len(kept) <= MAX_PROMPT_IDS:
        assert parts == kept


def test_length_tag_grows_with_the_words() -> None:
    """The bounds of a fuse target."""
    assert [length_tag("fuse", n) for n in (8, 15, 16, 22, 23)] == [
        "short",
        "short",
        "normal",
        "normal",
        "long",
    ]
