"""Beam search over rows that are each at a step of their own.

Token for token what transformers' `generate` finds (its `_beam_search`, and for one beam its greedy
search), with every row's own limits and without waiting for the slowest row: a row is done as soon
as nothing that comes later could change its hypotheses.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812 - the name everyone uses

from newsfold.model.engine import Hypothesis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.engine import Decoding, Ids

_WRITTEN_DIMENSIONS = 3
"""Of tensors of tokens: rows, beams, room."""
_NEVER = -1e9
"""The score of what must not be chosen; finite, so that sums of it stay comparable."""
_CACHED = 2**18
"""Scores that are worked on at a time: a megabyte, which stays in the cache of a core."""
_BLOCK = 512
_LONG = 4
"""Blocks for each one wanted from which on to look at blocks first is faster."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The special tokens of a checkpoint, and what it does with the others' scores."""

    start: int
    pad: int
    ends: Ids
    forced_first: int | None = None
    forced_last: int | None = None
    banned: Ids = ()
    """Never written."""
    renormalises: bool = False
    """Whether what is left of a step's scores, once some are forbidden, is made to sum to one."""


@dataclass(slots=True)
class Search:
    """The state of `rows` searches with the same number of beams. Tensors are (rows, ...)."""

    written: torch.Tensor
    """(rows, beams, room): the start token and what the beams wrote."""
    scores: torch.Tensor
    """(rows, beams): summed log probability."""
    finished: torch.Tensor
    """(rows, beams, room): the best ended hypotheses, best first."""
    finished_scores: torch.Tensor
    """(rows, beams), length-normalised."""
    is_finished: torch.Tensor
    """(rows, beams): whether that place is taken."""
    steps: torch.Tensor
    """(rows,): tokens written so far, the start token not counted."""
    most: torch.Tensor
    least: torch.Tensor
    penalty: torch.Tensor
    early: torch.Tensor
    ngram: torch.Tensor
    forced_first: torch.Tensor
    """(rows,); -1 where the checkpoint decides."""

    @classmethod
    def begin(cls, decodings: Sequence[Decoding], tokens: Tokens, device: torch.device) -> Search:
        """One search a decoding; all have the same number of beams."""
        rows, beams = len(decodings), decodings[0].num_beams
        room = 1 + max(d.max_new_tokens for d in decodings)
        written = torch.full((rows, beams, room), tokens.pad, device=device)
        written[:, :, 0] = tokens.start
        scores = torch.full((rows, beams), _NEVER, device=device)
        scores[:, 0] = 0.0

        def each(values: Sequence[float | int | bool]) -> torch.Tensor:
            return torch.tensor(values, device=device)

        return cls(
            written=written,
            scores=scores,
            finished=written.clone(),
            finished_scores=torch.full((rows, beams), _NEVER, device=device),
            is_finished=torch.zeros((rows, beams), dtype=torch.bool, device=device),
            steps=torch.zeros(rows, dtype=torch.long, device=device),
            most=each([d.max_new_tokens for d in decodings]),
            least=each([d.min_new_tokens for d in decodings]),
            penalty=each([d.length_penalty for d in decodings]).float(),
            early=each([d.early_stopping or beams == 1 for d in decodings]),
            ngram=each([d.no_repeat_ngram for d in decodings]),
            forced_first=each([-1 if d.forced_bos is None else d.forced_bos for d in decodings]),
        )

    @property
    def last(self) -> torch.Tensor:
        """(rows, beams): the token that each beam wrote last."""
        rows, beams = self.scores.shape
        return self.written.gather(2, self.steps[:, None, None].expand(rows, beams, 1))[:, :, 0]

    def joined(self, other: Search) -> Search:
        """The rows of both."""
        room = max(self.written.shape[2], other.written.shape[2])
        both = zip(self._fields(room), other._fields(room), strict=True)
        return Search(*(torch.cat(pair) for pair in both))

    def replaced(self, rows: torch.Tensor, other: Search) -> Search:
        """With the rows of another in the place of these; writes to its tensors."""
        room = max(self.written.shape[2], other.written.shape[2])
        ours = self._fields(room)
        for field, theirs in zip(ours, other._fields(room), strict=True):
            field[rows] = theirs
        return Search(*ours)

    def only(self, rows: torch.Tensor) -> Search:
        """These rows, in this order."""
        return Search(*(field[rows] for field in self._fields(self.written.shape[2])))

    def _fields(self, room: int) -> list[torch.Tensor]:
        """All tensors, those of what was written with so much room."""
        more = room - self.written.shape[2]
        tensors = [getattr(self, field.name) for field in fields(self)]
        if not more:
            return tensors
        return [F.pad(t, (0, more)) if t.dim() == _WRITTEN_DIMENSIONS else t for t in tensors]

    def retire(self, row: int) -> None:
        """Lift what depends on the columns from a row that is done and still computed on.

        The columns are chosen for the others: a token it must not or has to write may have none.
        """
        self.ngram[row], self.forced_first[row] = 0, -1

    def advance(
        self, logits: torch.Tensor, columns: torch.Tensor | None, tokens: Tokens
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Take one step; logits (rows, beams, columns) are float32, -inf where not allowed.

        They are written to.

        `columns` are the token ids of the columns, ascending; None if they are the whole
        vocabulary. Returns the parent of each beam, (rows, beams), and which rows are done,
        (rows,). Rows that were done before may still be among them; what becomes of them means
        nothing.
        """
        _, beams, width = logits.shape
        for part in _parts(logits):
            _to_log_probabilities(part)
        scores = logits
        self._restrict(scores, columns, tokens)
        if tokens.renormalises:
            for part in _parts(scores):
                _to_log_probabilities(part)
                part.nan_to_num_(nan=-torch.inf, neginf=-torch.inf)  # where nothing is left
        # Twice as many as beams, so that enough are left if half of them end. (With several end
        # tokens more can end.)
        kept = max(2, 1 + len(tokens.ends)) * beams
        found = []
        for start in range(0, len(scores), _rows_of(scores)):
            part = scores[start : start + _rows_of(scores)]
            part += self.scores[start : start + len(part), :, None]
            found.append(_top(part.view(len(part), -1), kept))
        best, index = (torch.cat(both) for both in zip(*found, strict=True))
        parents = index // width
        chosen = index % width
        chosen = chosen if columns is None else columns[chosen]
        room = self.written.shape[2]
        candidates = self.written.gather(1, parents[:, :, None].expand(-1, -1, room))
        self.steps = (self.steps + 1).clamp_max(room - 1)
        candidates.scatter_(2, self.steps[:, None, None].expand(-1, kept, 1), chosen[:, :, None])
        full = (self.steps >= self.most)[:, None]
        ends = _is_in(chosen, tokens.ends) | full
        self._finish(candidates, best, ends)
        going_on = (best + ends * _NEVER).topk(beams).indices
        self.written = candidates.gather(1, going_on[:, :, None].expand(-1, -1, room))
        self.scores = (best + ends * _NEVER).gather(1, going_on)
        hopeless = ~self._can_improve()
        satisfied = self.is_finished.all(1) & self.early
        return parents.gather(1, going_on), hopeless | satisfied | full[:, 0]

    def hypotheses(self, row: int, most: int, tokens: Tokens) -> tuple[Hypothesis, ...]:
        """The finished hypotheses of a row, best first."""
        found = []
        for beam in range(min(most, self.finished.shape[1])):
            if not self.is_finished[row, beam]:
                break
            body = self.finished[row, beam, 1:].tolist()
            end = next((i for i, token in enumerate(body) if token in tokens.ends), None)
            limit = int(self.most[row]) if end is None else end
            score = float(self.finished_scores[row, beam])
            found.append(Hypothesis(tuple(body[:limit]), end is not None, score))
        return tuple(found)

    def _restrict(self, scores: torch.Tensor, columns: torch.Tensor | None, tokens: Tokens) -> None:
        """Forbid repeats, early ends and banned tokens, force first and last ones; in place."""
        for size in set(self.ngram.tolist()) - {0}:
            self._forbid_repeats(scores, columns, size)
        ends = _places(tokens.ends, columns)
        early = self.steps < self.least
        if early.any():
            scores[early.nonzero(), :, ends] = -torch.inf
        if tokens.banned:
            scores[:, :, _places(tokens.banned, columns)] = -torch.inf
        first = self.steps == 0
        if first.any():
            default = -1 if tokens.forced_first is None else tokens.forced_first
            forced = torch.where(self.forced_first >= 0, self.forced_first, default)
            _force(scores, first & (forced >= 0), forced, columns)
        last = self.steps == self.most - 1
        if tokens.forced_last is not None and last.any():
            _force(scores, last, torch.full_like(self.steps, tokens.forced_last), columns)

    def _forbid_repeats(
        self, scores: torch.Tensor, columns: torch.Tensor | None, size: int
    ) -> None:
        """No run of `size` tokens may occur twice in a beam, its start token included."""
        length = int(self.steps.max()) + 1
        if length < size:
            return
        runs = self.written[:, :, :length].unfold(2, size, 1)
        position = torch.arange(runs.shape[2], device=scores.device)
        written = position[None, :] + size - 1 <= self.steps[:, None]
        back = torch.arange(size - 2, -1, -1, device=scores.device)
        at = (self.steps[:, None] - back[None, :]).clamp_min(0)
        tail = self.written.gather(2, at[:, None, :].expand(-1, runs.shape[1], -1))
        same = (runs[..., :-1] == tail[:, :, None, :]).all(-1) & written[:, None, :]
        same &= ((self.ngram == size) & (self.steps + 1 >= size))[:, None, None]
        row, beam, place = same.nonzero(as_tuple=True)
        before = scores[row, beam]
        scores[row, beam, _columns_of(runs[row, beam, place, -1], columns)] = -torch.inf
        # A beam with nothing else to write, such as half a word that goes on in one way only,
        # repeats itself: a row always has a hypothesis.
        stuck = scores[row, beam].amax(-1) == -torch.inf
        scores[row[stuck], beam[stuck]] = before[stuck]

    def _finish(self, candidates: torch.Tensor, best: torch.Tensor, ends: torch.Tensor) -> None:
        """Merge the candidates that ended among the best `beams` into the finished hypotheses."""
        beams = self.scores.shape[1]
        among_best = torch.arange(candidates.shape[1], device=best.device) < beams
        just_finished = ends & among_best
        normalised = best / (self.steps[:, None] ** self.penalty[:, None])
        blocked = (self.is_finished.all(1) & self.early)[:, None] | ~just_finished
        normalised = normalised + blocked * _NEVER
        scores = torch.cat([self.finished_scores, normalised], 1)
        self.finished_scores, order = scores.topk(beams)
        room = candidates.shape[2]
        self.finished = torch.cat([self.finished, candidates], 1).gather(
            1, order[:, :, None].expand(-1, -1, room)
        )
        self.is_finished = torch.cat([self.is_finished, just_finished], 1).gather(1, order)

    def _can_improve(self) -> torch.Tensor:
        """Whether the best running beam, were it to end now, would be among the finished."""
        best = self.scores[:, 0] / self.steps**self.penalty
        worst = torch.where(self.is_finished, self.finished_scores.amin(1, keepdim=True), _NEVER)
        return (best[:, None] > worst).any(1)


def _rows_of(scores: torch.Tensor) -> int:
    """How many rows are worked on at a time."""
    if scores.device.type != "cpu":
        return len(scores)
    return max(1, _CACHED // scores[0].numel())


def _parts(scores: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Views of a few rows each: what is done to a part finds it in the cache of a CPU."""
    return torch.split(scores, _rows_of(scores))


def _to_log_probabilities(logits: torch.Tensor) -> None:
    """In place.

    Summed in double precision, so that columns that are not allowed cannot change the sum.
    """
    logits -= logits.amax(-1, keepdim=True)
    logits -= logits.exp().sum(-1, dtype=torch.float64, keepdim=True).log().float()


def _top(scores: torch.Tensor, most: int) -> tuple[torch.Tensor, torch.Tensor]:
    """`topk` of each row, by way of the blocks in which the greatest stand where rows are long."""
    blocks = scores.shape[1] // _BLOCK
    if blocks < _LONG * most:
        best = scores.topk(most)
        return best.values, best.indices
    whole = blocks * _BLOCK
    blocked = scores[:, :whole].view(len(scores), blocks, _BLOCK)
    chosen = blocked.amax(-1).topk(most).indices[:, :, None]
    inside = torch.arange(_BLOCK, device=scores.device)
    rest = torch.arange(whole, scores.shape[1], device=scores.device).expand(len(scores), -1)
    near = blocked.gather(1, chosen.expand(-1, -1, _BLOCK)).flatten(1)
    best = torch.cat([near, scores[:, whole:]], 1).topk(most)
    places = torch.cat([(chosen * _BLOCK + inside).flatten(1), rest], 1)
    return best.values, places.gather(1, best.indices)


def _force(
    scores: torch.Tensor, rows: torch.Tensor, token: torch.Tensor, columns: torch.Tensor | None
) -> None:
    row = rows.nonzero()[:, 0]
    scores[row] = -torch.inf
    scores[row, :, _columns_of(token[row], columns)] = 0.0


def _places(tokens: Ids, columns: torch.Tensor | None) -> torch.Tensor:
    """The columns of those tokens that have one."""
    if columns is None:
        return torch.tensor(tokens)
    return _is_in(columns, tokens).nonzero()[:, 0]


def _columns_of(tokens: torch.Tensor, columns: torch.Tensor | None) -> torch.Tensor:
    return tokens if columns is None else torch.searchsorted(columns, tokens)


def _is_in(tokens: torch.Tensor, wanted: Ids) -> torch.Tensor:
    return torch.isin(tokens, torch.tensor(wanted, device=tokens.device))
