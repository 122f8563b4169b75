"""Encoded rows and the endless, seeded, resumable order in which training sees them."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tokenizers import Tokenizer

from training.prompt import MAX_TARGET_IDS, SEP, build_prompt, length_tag
from training.rows import WRITTEN, Row
from training.text import words

Pool: TypeAlias = tuple[str, bool]
"""A task, and whether its rows were written."""


@dataclass(frozen=True)
class EncodedRow:
    """Ids of the inputs and of the target (which ends with [SEP]), none with special tokens."""

    task: str
    inputs: tuple[tuple[int, ...], ...]
    target: tuple[int, ...]
    length: str
    written: bool = False
    """Whether it was written for the purpose, not mined."""

    @property
    def size(self) -> int:
        """Ids in prompt and target together, near enough to sort by."""
        return sum(map(len, self.inputs)) + len(self.inputs) + len(self.target)


@dataclass(frozen=True)
class Example:
    """What the model is given: the prompt, with or without length tag, and the target."""

    prompt: list[int]
    target: tuple[int, ...]


@dataclass(frozen=True)
class Position:
    """Where in the endless order training is: all that a resumed run needs to know of the data."""

    window: int = 0
    batch: int = 0
    drawn: Mapping[str, int] = field(default_factory=dict)
    """Rows of each pool, by its name, in the windows before this one; empty before the first."""


def encode_rows(rows: Sequence[Row], tokenizer: Tokenizer) -> list[EncodedRow]:
    """Encodes rows; those whose target is longer than 56 ids are dropped, never cut."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encoded = []
    for start in range(0, len(rows), 1000):
        block = rows[start : start + 1000]
        flat = [sentence for row in block for sentence in (*row.inputs, row.target)]
        found = iter(tokenizer.encode_batch(flat, add_special_tokens=False))
        for row in block:
            inputs = tuple(tuple(next(found).ids) for _ in row.inputs)
            target = (*next(found).ids, SEP)
            if len(target) <= MAX_TARGET_IDS:
                tag = length_tag(row.task, len(words(row.target)))
                encoded.append(EncodedRow(row.task, inputs, target, tag, row.kind == WRITTEN))
    return encoded


class Order:
    """The endless order: shuffled passes over each pool of rows, mixed by fixed shares.

    A pool is the mined or the written rows of a task.

    A window of rows is sorted by length, cut into batches of a padded size, and its batches are
    shuffled. A window is a function of seed, number and what was drawn before. With other shares,
    as when the rate falls, the passes go on where they were, but for the window under way.
    """

    def __init__(
        self,
        rows: Sequence[EncodedRow],
        *,
        shares: Mapping[str, float],
        written: float,
        window_rows: int,
        tokens_per_batch: int,
        untagged: float,
        seed: int,
    ) -> None:
        """`written`: the share of written rows in a task that has both kinds.

        Tasks without rows are left out of the mix.
        """
        self._rows: dict[Pool, list[EncodedRow]] = {
            (task, authored): [r for r in rows if r.task == task and r.written is authored]
            for task in shares
            for authored in (False, True)
        }
        present = {
            (task, authored): shares[task]
            * ((written if authored else 1 - written) if self._rows[task, not authored] else 1.0)
            for (task, authored), found in self._rows.items()
            if found
        }
        total = sum(present.values())
        self._counts = {p: max(1, round(window_rows * s / total)) for p, s in present.items()}
        self._tokens = tokens_per_batch
        self._untagged = untagged
        self._seed = seed

    def start(self, position: Position) -> Iterator[tuple[list[Example], Position]]:
        """Yields batches for ever from a position, each with the position after it."""
        window, batch = position.window, position.batch
        before = {name: position.drawn.get(name, 0) for name in map(_name, self._counts)}
        while True:
            batches = self._window(window, before)
            for index in range(batch, len(batches)):
                yield batches[index], Position(window, index + 1, before)
            before = {_name(pool): before[_name(pool)] + n for pool, n in self._counts.items()}
            window, batch = window + 1, 0

    def window(self, window: int) -> list[list[Example]]:
        """The batches of one window, if all before it were of this order."""
        return self._window(window, {_name(pool): window * n for pool, n in self._counts.items()})

    def _window(self, window: int, before: Mapping[str, int]) -> list[list[Example]]:
        rng = random.Random(f"{self._seed}/{window}")
        drawn = [row for pool in self._counts for row in self._drawn(pool, before[_name(pool)])]
        rng.shuffle(drawn)
        drawn.sort(key=lambda row: row.size)
        examples = [
            Example(
                build_prompt(
                    row.task, row.inputs, None if rng.random() < self._untagged else row.length
                ),
                row.target,
            )
            for row in drawn
        ]
        batches = list(_cut(examples, self._tokens))
        rng.shuffle(batches)
        return batches

    def _drawn(self, pool: Pool, first: int) -> Iterator[EncodedRow]:
        rows, name = self._rows[pool], _name(pool)
        passes: dict[int, list[int]] = {}
        for place in range(first, first + self._counts[pool]):
            number, index = divmod(place, len(rows))
            if number not in passes:
                passes[number] = list(range(len(rows)))
                random.Random(f"{self._seed}/{name}/{number}").shuffle(passes[number])
            yield rows[passes[number][index]]


def _name(pool: Pool) -> str:
    return "/".join((pool[0], *(["written"] if pool[1] else [])))


def _cut(examples: Sequence[Example], tokens: int) -> Iterator[list[Example]]:
    """Cuts into batches of at most `tokens` padded ids (prompt and target); never an empty one."""
    batch: list[Example] = []
    prompt = target = 0
    for example in examples:
        prompt, target = max(prompt, len(example.prompt)), max(target, len(example.target))
        if batch and (prompt + target) * (len(batch) + 1) > tokens:
            yield batch
            batch, prompt, target = [], len(example.prompt), len(example.target)
        batch.append(example)
    if batch:
        yield batch
