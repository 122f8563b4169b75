"""What decoder rows see of their inputs: keys and values, computed once and packed.

Inputs of about one length lie on a shelf of their own, so that a long one costs the others neither
room nor time, and rows come and go without those on other shelves being copied.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

import torch

from newsfold.model.caches import doubled, whole_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from newsfold.model.packed import Packing

Found = TypeVar("Found")
Pieces: TypeAlias = Generator[None, None, Found]
"""Work that gives way between its pieces, and returns what was found in the end."""

LEAST_ON_A_GPU = 64
"""Places of its narrowest shelf."""
_MOST_EMPTY = 0.25
"""Share of a shelf that may belong to nobody: it is attended to for nothing, and to clear it copies
the shelf."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Inputs that are filled up to the same number of places."""

    rows: tuple[int | None, ...]
    """Which row of the pool each is the input of; None is nobody's."""
    keys: list[torch.Tensor]
    """(inputs, heads, places, head width), one a decoder layer."""
    values: list[torch.Tensor]
    seen: torch.Tensor
    """(inputs, 1, 1, places), False on padding."""

    @property
    def places(self) -> int:
        """Of each input."""
        return self.seen.shape[3]

    def moved(self, where: Mapping[int, int]) -> Shelf:
        """The same inputs, of rows that stand elsewhere now; of no row if it is not said where."""
        rows = tuple(None if row is None else where.get(row) for row in self.rows)
        return Shelf(rows, self.keys, self.values, self.seen)

    def taking(self, other: Shelf) -> Shelf:
        """With the inputs of a shelf of as many places: in the place of nobody's, then beside.

        Its tensors may be written to.
        """
        rows = list(self.rows)
        free = [i for i, row in enumerate(rows) if row is None][: len(other.rows)]
        for i, row in zip(free, other.rows, strict=False):
            rows[i] = row
        rest = slice(len(free), None)
        places = torch.tensor(free, dtype=torch.long, device=self.seen.device)

        def both(ours: torch.Tensor, theirs: torch.Tensor) -> torch.Tensor:
            ours[places] = theirs[: len(free)]
            return torch.cat([ours, theirs[rest]]) if len(free) < len(theirs) else ours

        return self._made((*rows, *other.rows[rest]), other, both)

    def cleared(self) -> Shelf:
        """Without what is nobody's, if that is much."""
        kept = [i for i, row in enumerate(self.rows) if row is not None]
        if len(self.rows) - len(kept) <= _MOST_EMPTY * len(self.rows):
            return self
        places = torch.tensor(kept, dtype=torch.long, device=self.seen.device)
        return self._made([self.rows[i] for i in kept], self, lambda ours, _: ours[places])

    def _made(
        self,
        rows: Iterable[int | None],
        other: Shelf,
        of: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    ) -> Shelf:
        return Shelf(
            tuple(rows),
            [of(*pair) for pair in zip(self.keys, other.keys, strict=True)],
            [of(*pair) for pair in zip(self.values, other.values, strict=True)],
            of(self.seen, other.seen),
        )


class Order(NamedTuple):
    """Of rows whose inputs lie on several shelves."""

    there: torch.Tensor
    """The row of each input, shelf by shelf; row 0 for nobody's."""
    back: torch.Tensor
    """Which of those inputs is each row's; the first for a row that is nobody's."""


class Memory:
    """The inputs of the rows of a pool.

    Rows that come or go make another, and this one is not to be used any more.
    """

    __slots__ = ("__weakref__", "order", "rows", "shelves")

    def __init__(self, shelves: Iterable[Shelf], rows: int) -> None:
        """`rows` of the pool; those that are on no shelf are nobody's."""
        self.shelves = tuple(shelves)
        self.rows = rows
        self.order: Order | None = None
        """None if the inputs lie as the rows stand."""
        found = [row for shelf in self.shelves for row in shelf.rows]
        if found != list(range(rows)):
            device = self.shelves[0].seen.device
            where = {row: i for i, row in enumerate(found) if row is not None}
            self.order = Order(
                torch.tensor([row or 0 for row in found], device=device),
                torch.tensor([where.get(row, 0) for row in range(rows)], device=device),
            )

    @classmethod
    def of(cls, projected: Iterable[torch.Tensor], packing: Packing, heads: int) -> Pieces[Memory]:
        """From the keys and values of each layer, side by side, (words, 2 x heads x head width)."""
        device = packing.device
        shelves: list[Shelf] = []
        words: list[tuple[slice, torch.Tensor]] = []
        first = start = 0
        while first < len(packing.lengths):
            places = _places(packing.lengths[first], device)
            last = first
            while last < len(packing.lengths) and packing.lengths[last] <= places:
                last += 1
            lengths = torch.tensor(packing.lengths[first:last], device=device)
            end = start + int(sum(packing.lengths[first:last]))
            row = torch.arange(last - first, device=device)
            which = row.repeat_interleave(lengths, output_size=end - start)
            words.append((slice(start, end), which))
            seen = torch.arange(places, device=device) < lengths[:, None]
            shelves.append(Shelf(tuple(packing.order[first:last]), [], [], seen[:, None, None]))
            first, start = last, end
        for layer in projected:
            both = layer.view(len(layer), 2, heads, -1)
            for shelf, (own, row) in zip(shelves, words, strict=True):
                for part, found in ((0, shelf.keys), (1, shelf.values)):
                    padded = layer.new_zeros(len(shelf.rows), heads, shelf.places, both.shape[3])
                    padded[row, :, packing.places[own]] = both[own, part]
                    found.append(padded)
            yield
        return cls(shelves, len(packing.lengths))

    @property
    def places(self) -> int:
        """Of the longest input."""
        return max(shelf.places for shelf in self.shelves)

    def taking(self, other: Memory, rows: Sequence[int]) -> Memory:
        """With the rows of another as these: in the place of whoever they were, or new."""
        taken = set(rows)
        stay = {row: row for row in range(self.rows) if row not in taken}
        shelves = {shelf.places: shelf.moved(stay) for shelf in self.shelves}
        come = dict(enumerate(rows))
        for shelf in (shelf.moved(come) for shelf in other.shelves):
            known = shelves.get(shelf.places)
            shelves[shelf.places] = shelf if known is None else known.taking(shelf)
        return Memory(_tidied(shelves.values()), max(self.rows, *(row + 1 for row in rows)))

    def only(self, rows: Sequence[int]) -> Memory:
        """These rows, in this order."""
        where = {row: i for i, row in enumerate(rows)}
        return Memory(_tidied(shelf.moved(where) for shelf in self.shelves), len(rows))


def _tidied(shelves: Iterable[Shelf]) -> list[Shelf]:
    """Narrow ones first, without those of nobody."""
    kept = [shelf.cleared() for shelf in shelves if any(row is not None for row in shelf.rows)]
    return sorted(kept, key=lambda shelf: shelf.places)


def _places(length: int, device: torch.device) -> int:
    """Of the shelf for an input: on a CPU near its length, while a GPU likes few kernels."""
    if device.type == "cpu":
        return whole_chunks(length)
    return doubled(LEAST_ON_A_GPU, length)
