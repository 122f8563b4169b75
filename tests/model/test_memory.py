"""Every row sees its own input, whoever came and went before."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
import torch

from newsfold.model.memory import Memory
from newsfold.model.packed import Packing
from tests.model.checkpoints import at_once

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADS, WIDTH, LAYERS = 2, 3, 2


def _words(row: int, length: int) -> torch.Tensor:
    """Keys and values side by side that tell whose they are, and where they stand in the input."""
    return 1000.0 * row + torch.arange(length * 2 * HEADS * WIDTH).view(length, -1)


def _memory(inputs: Sequence[tuple[int, int]]) -> Memory:
    """Of rows (who, length)."""
    packing = Packing([range(length) for _, length in inputs], torch.device("cpu"))
    packed = packing.packed([_words(*each) for each in inputs])
    return at_once(Memory.of([packed + layer for layer in range(LAYERS)], packing, HEADS))


def _seen_by(memory: Memory, row: int, layer: int) -> torch.Tensor:
    """What a row of it sees, as `_words` gave it."""
    [(shelf, place)] = [
        (shelf, place)
        for shelf in memory.shelves
        for place, other in enumerate(shelf.rows)
        if other == row
    ]
    seen = shelf.seen[place, 0, 0]
    both = torch.stack([shelf.keys[layer][place], shelf.values[layer][place]])
    return both[:, :, seen].permute(2, 0, 1, 3).reshape(int(seen.sum()), -1)


def _check(memory: Memory, who: Sequence[tuple[int, int] | None]) -> None:
    assert memory.rows == len(who)
    stand = [row for shelf in memory.shelves for row in shelf.rows]
    for row, own in enumerate(who):
        if own is None:
            continue
        for layer in range(LAYERS):
            assert torch.equal(_seen_by(memory, row, layer), _words(*own) + layer)
        if memory.order is None:
            assert stand[row] == row
        else:
            assert memory.order.there[memory.order.back[row]] == row
            assert stand[memory.order.back[row]] == row


@pytest.mark.parametrize("seed", range(20))
def test_every_row_sees_its_own_input(seed: int) -> None:
    """Through any order of coming and going."""
    chance = random.Random(seed)  # noqa: S311
    coming = ((who, chance.randint(1, 70)) for who in range(1000))

    def some() -> list[tuple[int, int]]:
        return [next(coming) for _ in range(chance.randint(1, 6))]

    who: list[tuple[int, int] | None] = [*some()]
    memory = _memory([own for own in who if own is not None])
    for _ in range(25):
        _check(memory, who)
        there = [row for row, own in enumerate(who) if own is not None]
        gone = chance.sample(there, chance.randint(0, len(there) - 1))
        who = [None if row in gone else own for row, own in enumerate(who)]
        if chance.random() < 0.3:
            kept = [row for row, own in enumerate(who) if own is not None]
            memory, who = memory.only(kept), [who[row] for row in kept]
        else:
            new = some()
            places = [row for row, own in enumerate(who) if own is None][: len(new)]
            places += range(len(who), len(who) + len(new) - len(places))
            memory = memory.taking(_memory(new), places)
            who += [None] * (max(places) + 1 - len(who))
            for place, own in zip(places, new, strict=True):
                who[place] = own


def test_a_long_input_costs_the_others_no_room() -> None:
    """Inputs lie with those of about their length."""
    memory = _memory([(0, 10), (1, 300), (2, 12), (3, 40)])
    assert {shelf.rows: shelf.places for shelf in memory.shelves} == {
        (0, 2): 16,
        (3,): 48,
        (1,): 304,
    }
    assert memory.places == 304


def test_what_nobody_reads_is_cleared_away() -> None:
    """Once it is more than a quarter of a shelf."""
    memory = _memory([(who, 10) for who in range(8)])
    few = memory.taking(_memory([(8, 40)]), [0])  # an eighth of the shelf is empty: it stays
    assert [len(shelf.rows) for shelf in few.shelves] == [8, 1]
    many = few.taking(_memory([(9, 40), (10, 40), (11, 40)]), [1, 2, 3])
    assert [len(shelf.rows) for shelf in many.shelves] == [4, 4]
    last = many.taking(_memory([(who, 40) for who in range(4)]), [4, 5, 6, 7])
    assert [shelf.places for shelf in last.shelves] == [48]
