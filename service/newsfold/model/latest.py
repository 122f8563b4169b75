"""A bounded memory of the latest results, by what they were computed from."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

Key = TypeVar("Key", bound="Hashable")
Found = TypeVar("Found")


class Latest(Generic[Key, Found]):
    """Keeps the results that were asked for last. Belongs to one thread.

    What the engines compute of a row may differ in its last bits with what else is in the batch,
    and is tested to lead to the same tokens, and to vectors within 1e-5: a hit stands for a miss.
    """

    def __init__(
        self,
        most: int,
        looked_up: Callable[[int, int], None],
        size: Callable[[Found], int] = lambda _: 1,
    ) -> None:
        """`most`: what all results may come to by their `size`; 0 keeps none.

        `looked_up` is told of hits and misses.
        """
        self._most = most
        self._looked_up = looked_up
        self._size = size
        self._held = 0
        self._found: OrderedDict[Key, Found] = OrderedDict()

    def known(self, keys: Sequence[Key]) -> dict[Key, Found]:
        """Those of the keys that are in memory."""
        found = {key: self._found[key] for key in keys if key in self._found}
        for key in found:
            self._found.move_to_end(key)
        hits = sum(key in found for key in keys)
        self._looked_up(hits, len(keys) - hits)
        return found

    def remember(self, found: Mapping[Key, Found]) -> None:
        """Keep these, but none that is too large, and forget those nobody asked for longest."""
        for key, result in found.items():
            size = self._size(result)
            if size > self._most:
                continue
            if key in self._found:
                self._held -= self._size(self._found.pop(key))
            while self._held + size > self._most:
                _, oldest = self._found.popitem(last=False)
                self._held -= self._size(oldest)
            self._found[key] = result
            self._held += size
