"""Whole-summary checkpoints: a story's plan in, a summary out (Strategy.DOCUMENT)."""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

from newsfold.model.engine import Decoding, Row
from newsfold.model.generation import read_generation
from newsfold.model.prompt import Prompt
from newsfold.pipeline.ports import Strategy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsfold.model.checkpoint import Checkpoint
    from newsfold.model.engine import Hypothesis, Ids
    from newsfold.model.families import Family
    from newsfold.model.vocabulary import Vocabulary
    from newsfold.pipeline.ports import WriteJob

TOKENS_PER_WORD = 1.5
"""Upper side of English news: 1.25 (BART) to 1.45 (T5) pieces a word with punctuation."""
CLOSING_TOKENS = 24
"""Room to finish the sentence that crosses the words asked for; about one sentence."""

_Kept: TypeAlias = dict[int, tuple[int, ...]]
"""By document, the positions of the sentences that are read; documents with none are left out."""

_SPACE = re.compile(r"(?:\s|<n>)+")
_BEFORE_POINT = re.compile(r" ([.,;:!?%)])")
_OPENING_DASH = re.compile("^[\u2013\u2014-] ?")


class DocumentProfile:
    """Drives BART, T5, PEGASUS, LED, PRIMERA, Marian, mBART and what resembles them."""

    strategy = Strategy.DOCUMENT

    def __init__(self, checkpoint: Checkpoint, vocabulary: Vocabulary, family: Family) -> None:
        config = checkpoint.read_json("config.json")
        self._vocabulary = vocabulary
        self._family = family
        self._generation = read_generation(checkpoint, family.generation)
        self._prefix = _prefix(config, family)
        self._separator: Ids = ()
        if family.after_each is not None:
            separator = vocabulary.special(family.after_each)
            if separator is None:
                raise ValueError(f"{checkpoint.name!r} has no token {family.after_each}")
            self._separator = (separator,)
        self._most_output = _decoder_positions(config) - 1
        said = config.get("newsfold", {}).get("languages")
        self._languages = frozenset(said) if said else family.languages
        self._forced_bos = vocabulary.source_language_id if family.name == "mbart" else None
        limits = [_encoder_positions(config) or family.reads, vocabulary.max_tokens]
        self.max_input_tokens = min(limit for limit in (*limits, 1 << 14) if limit)
        self.family = family.name
        self.breaks_in_float16 = family.breaks_in_float16

    def writes(self, language: str) -> bool:
        """Unknown is tried: the checks after writing catch what comes of it."""
        return self._languages is None or not language or language in self._languages

    def prompts(self, jobs: Sequence[WriteJob]) -> list[Prompt]:
        """The rows of these jobs."""
        return [self._prompt(job) for job in jobs]

    def text(self, prompt: Prompt, hypotheses: Sequence[Hypothesis]) -> tuple[str, Hypothesis]:
        """The best hypothesis with line marks, dashes and stray spaces cleaned away."""
        best = hypotheses[0]
        text = _SPACE.sub(" ", self._vocabulary.decode(best.ids)).strip()
        if self._family.opening_dash:
            text = _OPENING_DASH.sub("", text)
        text = _BEFORE_POINT.sub(r"\1", text)
        return text[:1].upper() + text[1:], best

    def parameters(self) -> dict[str, object]:
        """Every parameter that shapes prompts and output."""
        return {
            "family": self.family,
            "generation": asdict(self._generation),
            "max_input_tokens": self.max_input_tokens,
            "prefix": self._prefix,
        }

    def _prompt(self, job: WriteJob) -> Prompt:
        kept = self._fitting(job)
        while kept:
            ids, marks = self._compose(job, kept)
            if len(ids) <= self.max_input_tokens:
                used = tuple((d, s) for d, sentences in kept.items() for s in sentences)
                sources = tuple(job.documents[d][s] for d, s in used)
                return Prompt(Row(ids, self._decoding(job), marks, sources), used)
            kept = _one_less(kept)
        return Prompt(None, ())

    def _fitting(self, job: WriteJob) -> _Kept:
        """The sentences of each document that fit, from its start.

        The document with the fewest tokens so far takes its next sentence, so that the room is
        shared max-min fairly; one whose next sentence does not fit is closed. A sentence longer
        than all the room is passed over.
        """
        room = self.max_input_tokens - len(self._frame(self._vocabulary.encode([self._prefix])[0]))
        between = max(len(self._separator), len(self._vocabulary.encode([self._family.between])[0]))
        flat = self._vocabulary.encode([" " + s for document in job.documents for s in document])
        costs = iter([len(ids) for ids in flat])
        remaining = [
            deque((s, cost) for s in range(len(document)) if (cost := next(costs)) <= room)
            for document in job.documents
        ]
        kept: _Kept = dict.fromkeys(range(len(remaining)), ())
        used = dict.fromkeys(kept, 0)
        while any(remaining):
            d = min((d for d in kept if remaining[d]), key=lambda d: (used[d], d))
            s, cost = remaining[d].popleft()
            cost += 0 if kept[d] else between
            if cost > room:
                remaining[d].clear()
                continue
            room -= cost
            used[d] += cost
            kept[d] += (s,)
        return {d: sentences for d, sentences in kept.items() if sentences}

    def _compose(self, job: WriteJob, kept: _Kept) -> tuple[Ids, Ids]:
        """The ids of a row, and the positions with global attention."""
        texts = [" ".join(job.documents[d][s] for s in kept[d]) for d in kept]
        if self._separator:
            parts = self._vocabulary.encode([self._prefix + texts[0], *texts[1:]])
            body = tuple(i for part in parts for i in (*part, *self._separator))
        else:
            body = self._vocabulary.encode([self._prefix + self._family.between.join(texts)])[0]
        ids = self._frame(body)
        if not self._family.attends_globally:
            return ids, ()
        return ids, tuple(p for p, i in enumerate(ids) if p == 0 or i in self._separator)

    def _frame(self, body: Ids) -> Ids:
        return self._vocabulary.prefix + body + self._vocabulary.suffix

    def _decoding(self, job: WriteJob) -> Decoding:
        given = self._generation
        most, least = given.max_new_tokens, given.min_new_tokens
        if job.target_words is not None:
            most = math.ceil(TOKENS_PER_WORD * job.target_words) + CLOSING_TOKENS
            least = min(least, job.target_words)
        return Decoding(
            num_beams=job.num_beams,
            max_new_tokens=min(most, self._most_output),
            min_new_tokens=min(least, most, self._most_output),
            length_penalty=given.length_penalty,
            no_repeat_ngram=given.no_repeat_ngram_size,
            early_stopping=given.early_stopping is True,
            forced_bos=self._forced_bos,
        )


def _one_less(kept: _Kept) -> _Kept:
    """Without the last sentence of the document that has most, the later one on a tie."""
    most = max(kept, key=lambda d: (len(kept[d]), d))
    fewer = kept | {most: kept[most][:-1]}
    return {d: sentences for d, sentences in fewer.items() if sentences}


def _prefix(config: dict[str, Any], family: Family) -> str:
    """The checkpoint's own prefix for summarization, else its family's."""
    special = (config.get("task_specific_params") or {}).get("summarization") or {}
    for prefix in (config.get("prefix"), special.get("prefix")):
        if isinstance(prefix, str):
            return prefix
    return family.prefix


def _encoder_positions(config: dict[str, Any]) -> int | None:
    for name in ("max_encoder_position_embeddings", "max_position_embeddings", "n_positions"):
        if config.get(name):
            return int(config[name])
    return None


def _decoder_positions(config: dict[str, Any]) -> int:
    for name in ("max_decoder_position_embeddings", "max_position_embeddings", "n_positions"):
        if config.get(name):
            return int(config[name])
    return 512
