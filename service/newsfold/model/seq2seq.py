"""Any `AutoModelForSeq2SeqLM` through transformers' own `generate`, in padded cohorts.

The engine for the architectures that `stepping` does not know, and the reference that it is tested
against.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import ModuleList
from transformers import AutoModelForSeq2SeqLM
from transformers.generation import (
    GenerationConfig,
    LogitsProcessorList,
    MinNewTokensLengthLogitsProcessor,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.utils.logging import disable_progress_bar

from newsfold.model.checkpoint import CheckpointRefused
from newsfold.model.decoding import OnlyAllowed
from newsfold.model.device import disable_cudnn_attention
from newsfold.model.engine import Hypothesis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from newsfold.model.engine import Decoding, Row, Wanted


def _go_on(_: int) -> None:
    """Do not pause."""


_pause: ContextVar[Callable[[int], None]] = ContextVar("_pause", default=_go_on)
"""Of the batch that is running: batches that take turns on one model run in contexts of their own,
as greenlets do."""


class Seq2SeqEngine:
    """A checkpoint on a device. Blocking; one thread at a time."""

    def __init__(self, model: Any) -> None:
        """Takes over a transformers model on its device, in its dtype."""
        self._model = model
        self._device: torch.device = model.device
        config = self._model.generation_config
        self._pad = int(config.pad_token_id if config.pad_token_id is not None else 0)
        end = config.eos_token_id
        self._ends = frozenset(end if isinstance(end, list) else [end])

    def generate(
        self, rows: Sequence[Row], wanted: Wanted, pause: Callable[[int], None] = _go_on
    ) -> list[tuple[Hypothesis, ...]]:
        """Decode rows of equal `decoding`, as `BatchEngine.generate` says."""
        decoding = rows[0].decoding
        before = _pause.set(pause)
        try:
            return self._generate(rows, decoding, wanted, pause)
        finally:
            _pause.reset(before)

    def _generate(
        self,
        rows: Sequence[Row],
        decoding: Decoding,
        wanted: Wanted,
        pause: Callable[[int], None],
    ) -> list[tuple[Hypothesis, ...]]:
        with torch.inference_mode():
            output = self._model.generate(
                **self._inputs(rows),
                generation_config=self._config(rows),
                logits_processor=self._restrictions(rows),
                stopping_criteria=StoppingCriteriaList([_BetweenSteps(len(rows), wanted, pause)]),
            )
        scores = output.sequences_scores if decoding.num_beams > 1 else None
        hypotheses = [
            self._hypothesis(ids, float(scores[i]) if scores is not None else 0.0)
            for i, ids in enumerate(output.sequences.tolist())
        ]
        n = decoding.hypotheses
        return [tuple(hypotheses[i : i + n]) for i in range(0, len(hypotheses), n)]

    def _restrictions(self, rows: Sequence[Row]) -> LogitsProcessorList:
        """What forbids tokens, in the order of our own loop, where rows say what they may write."""
        if not _restricted(rows):
            return LogitsProcessorList()
        decoding = rows[0].decoding
        found = LogitsProcessorList([OnlyAllowed(rows, decoding.num_beams, self._ends)])
        if decoding.min_new_tokens:
            least, ends = decoding.min_new_tokens, sorted(self._ends)
            found.append(MinNewTokensLengthLogitsProcessor(1, least, ends, device=self._device))
        return found

    def _inputs(self, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        """Ids and masks, padded on the right."""
        shape = (len(rows), max(len(row.ids) for row in rows))
        ids = torch.full(shape, self._pad)
        mask = torch.zeros(shape, dtype=torch.long)
        everywhere = torch.zeros(shape, dtype=torch.long)
        for i, row in enumerate(rows):
            ids[i, : len(row.ids)] = torch.tensor(row.ids)
            mask[i, : len(row.ids)] = 1
            everywhere[i, list(row.global_attention)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask}
        if any(row.global_attention for row in rows):
            inputs["global_attention_mask"] = everywhere
        return {name: tensor.to(self._device) for name, tensor in inputs.items()}

    def _config(self, rows: Sequence[Row]) -> GenerationConfig:
        """All that the checkpoint asks for, with the parameters of these rows.

        Less what `_restrictions` forbids.
        """
        decoding, restricted = rows[0].decoding, _restricted(rows)
        config = GenerationConfig.from_dict(self._model.generation_config.to_dict())
        config.update(
            do_sample=False,
            num_beams=decoding.num_beams,
            num_return_sequences=decoding.hypotheses,
            max_length=None,
            min_length=None,
            max_new_tokens=decoding.max_new_tokens,
            min_new_tokens=0 if restricted else decoding.min_new_tokens,
            length_penalty=decoding.length_penalty,
            no_repeat_ngram_size=0 if restricted else decoding.no_repeat_ngram,
            early_stopping=decoding.early_stopping and decoding.num_beams > 1,
            return_dict_in_generate=True,
            pad_token_id=self._pad,
        )
        if decoding.forced_bos is not None:
            config.forced_bos_token_id = decoding.forced_bos
        return config

    def _hypothesis(self, sequence: list[int], score: float) -> Hypothesis:
        """Without the start token, the end and what follows it."""
        body = sequence[1:]
        end = next((i for i, token in enumerate(body) if token in self._ends), None)
        kept = body if end is None else body[:end]
        while kept and kept[-1] == self._pad:
            kept.pop()
        return Hypothesis(tuple(kept), end is not None, score)


def _restricted(rows: Sequence[Row]) -> bool:
    """Whether any says what it may write."""
    return any(row.allowed is not None for row in rows)


def load_seq2seq(directory: Path, *, device: torch.device, dtype: torch.dtype) -> Any:
    """The model of a checkpoint directory, in `dtype` at once. Raises CheckpointRefused.

    Batches of a `Seq2SeqEngine` pause after each layer of its encoder.
    """
    disable_progress_bar()  # it draws into the log
    disable_cudnn_attention(device)
    try:
        model: Any = AutoModelForSeq2SeqLM.from_pretrained(
            directory, dtype=dtype, local_files_only=True, trust_remote_code=False
        )
    except (ValueError, OSError) as error:
        raise CheckpointRefused(f"{directory} cannot be loaded: {error}") from error
    parts = model.get_encoder().modules()
    for layer in next((part for part in parts if isinstance(part, ModuleList)), ()):
        layer.register_forward_hook(lambda *_: _pause.get()(0))
    return model.to(device).eval()


class _BetweenSteps(StoppingCriteria):  # type: ignore[misc]
    """Pauses, and ends the rows that nobody waits for; with the last of them the batch."""

    def __init__(self, rows: int, wanted: Wanted, pause: Callable[[int], None]) -> None:
        self._rows = rows
        self._wanted = wanted
        self._pause = pause
        self._written = 0

    def __call__(
        self, input_ids: torch.Tensor, scores: object, **kwargs: object
    ) -> torch.BoolTensor:
        self._written += 1
        self._pause(self._written)
        gone = torch.tensor([not self._wanted(i) for i in range(self._rows)])
        done: Any = gone.repeat_interleave(input_ids.shape[0] // self._rows)
        return done.to(input_ids.device)  # type: ignore[no-any-return]
