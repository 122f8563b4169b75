"""Rows that decode together: equally many beams, each row at a step of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone uses

from newsfold.model.beams import Search
from newsfold.model.caches import whole_chunks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.beams import Tokens
    from newsfold.model.caches import Past
    from newsfold.model.decoder import Decoder
    from newsfold.model.engine import Hypothesis, Ids, Row
    from newsfold.model.memory import Memory


class Pool:
    """Rows that decode together."""

    def __init__(
        self,
        decoder: Decoder,
        tokens: Tokens,
        rows: Sequence[tuple[int, Row]],
        memory: Memory,
    ) -> None:
        """Rows with their keys, and what they see of their inputs."""
        decodings = [row.decoding for _, row in rows]
        self._decoder = decoder
        self._tokens = tokens
        self._slots: list[tuple[int, Row] | None] = list(rows)
        self._memory = memory
        self._past: Past = decoder.begin(len(rows), decodings[0].num_beams)
        self._search = Search.begin(decodings, tokens, decoder.device)
        self._columns: torch.Tensor | None = None
        self._fences: list[_Fence | None] | None = None
        self._choose_columns()

    @property
    def rows(self) -> int:
        """Rows that are computed on."""
        return len(self._slots)

    @property
    def keys(self) -> list[int]:
        """Of the rows that somebody waits for."""
        return [slot[0] for slot in self._slots if slot is not None]

    @property
    def idle(self) -> int:
        """Rows that are computed on for nothing."""
        return self._slots.count(None)

    def joined(self, other: Pool) -> Pool:
        """This pool with the rows of another: in the places of rows that are done, then beside.

        What the others wrote is copied only if there are not enough places.
        """
        free = [i for i, slot in enumerate(self._slots) if slot is None][: other.rows]
        places = [*free, *range(self.rows, self.rows + other.rows - len(free))]
        self._memory = self._memory.taking(other._memory, places)
        for place, slot in zip(free, other._slots, strict=False):
            self._slots[place] = slot
        if free:
            taken = torch.tensor(free, device=self._decoder.device)
            first = torch.arange(len(free))
            self._past = self._past.replaced(taken, other._past.only(first))
            self._search = self._search.replaced(taken, other._search.only(first))
        if len(free) < other.rows:
            rest = torch.arange(len(free), other.rows)
            self._past = self._past.joined(other._past.only(rest))
            self._search = self._search.joined(other._search.only(rest))
            self._slots += other._slots[len(free) :]
        self._choose_columns()
        return self

    def step(self) -> list[tuple[int, tuple[Hypothesis, ...]]]:
        """One token a beam; the rows that are done with it."""
        search = self._search
        room = whole_chunks(int(search.steps.max()) + 1) * search.scores.shape[1]
        held = self._past.with_room(room)
        given = held.first(room)
        hidden, past = self._decoder.step(search.last, search.steps, self._memory, given)
        weight, bias = self._head
        logits = F.linear(hidden.to(weight.dtype), weight).float()
        if bias is not None:
            logits += bias
        logits = logits.view(*search.scores.shape, -1)
        if self._fences is not None:
            logits = _fenced(logits, self._fences, search.last.tolist())
        parents, done = search.advance(logits, self._columns, self._tokens)
        # Whoever keeps the past elsewhere gives it back; else the room that is there stays.
        self._past = (held if past is given else past).reordered(parents)
        finished = []
        for i in done.nonzero()[:, 0].tolist():
            slot = self._slots[i]
            if slot is not None:
                key, row = slot
                found = search.hypotheses(i, row.decoding.hypotheses, self._tokens)
                finished.append((key, found))
                self._free(i)
        return finished

    def drop(self, keys: Sequence[int]) -> int:
        """Stop waiting for rows; returns the tokens of their best beams."""
        unwanted = set(keys)
        wasted = 0
        for i, slot in enumerate(self._slots):
            if slot is not None and slot[0] in unwanted:
                self._free(i)
                wasted += int(self._search.steps[i])
        return wasted

    def _free(self, place: int) -> None:
        self._slots[place] = None
        self._search.retire(place)

    def shrink(self) -> None:
        """Compute only on rows that somebody waits for."""
        kept = [i for i, slot in enumerate(self._slots) if slot is not None]
        rows = torch.tensor(kept, device=self._decoder.device)
        self._slots = [self._slots[i] for i in kept]
        self._memory = self._memory.only(kept)
        self._past = self._past.only(rows)
        self._search = self._search.only(rows)
        self._fences = None if self._fences is None else [self._fences[i] for i in kept]

    def _choose_columns(self) -> None:
        """The output layer's columns: those that any row may write, if every row says which."""
        allowed = [slot[1].allowed for slot in self._slots if slot is not None]
        self._columns = None
        if all(own is not None for own in allowed):
            written = {*self._tokens.ends, *self._forced()}
            for own in allowed:
                if own is not None:
                    written.update(own.tokens, *own.inside.values())
            self._columns = torch.tensor(sorted(written), device=self._decoder.device)
        self._head = self._decoder.head(self._columns)
        restricted = any(own is not None for own in allowed)
        self._fences = [self._fence(slot) for slot in self._slots] if restricted else None

    def _fence(self, slot: tuple[int, Row] | None) -> _Fence | None:
        allowed = slot[1].allowed if slot else None
        if allowed is None:
            return None
        device = self._decoder.device
        width = self._decoder.vocabulary if self._columns is None else len(self._columns)
        anywhere = torch.full((width,), -torch.inf, device=device)
        anywhere[self._places((*allowed.tokens, *self._tokens.ends))] = 0.0
        inside = {piece: self._places(found) for piece, found in allowed.inside.items()}
        return _Fence(anywhere, inside, allowed.halves)

    def _places(self, tokens: Ids) -> torch.Tensor:
        wanted = torch.tensor(tokens, dtype=torch.long, device=self._decoder.device)
        return wanted if self._columns is None else torch.searchsorted(self._columns, wanted)

    def _forced(self) -> list[int]:
        own = [slot[1].decoding.forced_bos for slot in self._slots if slot is not None]
        return [
            token
            for token in (self._tokens.forced_first, self._tokens.forced_last, *own)
            if token is not None
        ]


class _Fence(NamedTuple):
    """What a row is allowed, by column."""

    anywhere: torch.Tensor
    """(columns,): 0 where a token may be written anywhere, else -inf."""
    inside: dict[int, torch.Tensor]
    """By the token that was written last, the columns that may follow it inside a word."""
    halves: frozenset[int]


def _fenced(
    logits: torch.Tensor, fences: Sequence[_Fence | None], last: Sequence[Sequence[int]]
) -> torch.Tensor:
    """Logits (rows, beams, columns) with -inf where a row is not allowed to write."""
    fenced = logits.clone()
    for row, fence in enumerate(fences):
        if fence is None:
            continue
        fenced[row] += fence.anywhere
        for beam, token in enumerate(last[row]):
            if token in fence.halves:
                fenced[row, beam] = -torch.inf
            if token in fence.inside:
                columns = fence.inside[token]
                fenced[row, beam, columns] = logits[row, beam, columns]
    return fenced
